/* SPDX-License-Identifier: BSD-2-Clause */
/* scan: what stands in a text, letter by letter, before libconfuse sees it.
 *
 * libconfuse takes an unclosed block or string for the end of the file without a word, remembers a string that was left open for
 * the next text, and puts the environment in for ${NAME}. So the text is cut into words, strings, comments and signs here, and
 * written anew without comments and with every unusual word in quotes: it then reads as we have read it. */
#ifndef CONF_SCAN_H
#define CONF_SCAN_H

#include "conf/conf.h"

enum { SCAN_BLOCKS_MAX = 1024 };
struct scanned {
    str text;             /* the same number of lines */
    uint32_t *block_line; /* for each block in turn the line on which it begins */
    size_t block_n;
};
/* in   a  all of *scanned lies there
 * ret  false: error says why */
bool scan_text(struct arena *a, const struct conf_text *text, struct scanned *scanned,
               struct conf_error *error);

/* Writes "NAME:LINE: " and the sentence; a text too long is cut. */
void conf_error_set(struct conf_error *error, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
