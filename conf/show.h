/* SPDX-License-Identifier: BSD-2-Clause */
/* show: a snapshot taken apart into words again, for conf_show and for whoever writes it otherwise. */
#ifndef CONF_SHOW_H
#define CONF_SHOW_H

#include "conf/value.h"

/* ret  how many blocks of this kind there are; BLOCK_POLICY without the default */
size_t show_count(const struct conf *c, enum block_id block);
/* The name behind the block's word; NULL for blocks without a title. */
const char *show_title(const struct conf *c, enum block_id block, size_t i);
/* in   a  where lists are put together
 * ret  what value_write reads at this word of the i-th block; NULL: the word has no meaning there */
const void *show_value(const struct conf *c, enum block_id block, size_t i, const struct word *w,
                       struct arena *a);

#endif
