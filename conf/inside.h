/* SPDX-License-Identifier: BSD-2-Clause */
/* Between read.c, which lets libconfuse read the texts and judges each value where it stands, and build.c, which makes the
 * snapshot of what libconfuse then holds. */
#ifndef CONF_INSIDE_H
#define CONF_INSIDE_H

#include "conf/value.h"
#include <confuse.h>

struct place {
    const char *name; /* NULL: nowhere */
    size_t line;
};

struct reading {
    cfg_t *cfg;
    struct arena *scratch;
    struct conf_error *error;
    bool has_error;
    const struct conf_text *text;             /* the one that is being read */
    uint32_t *block_line;                     /* its blocks' lines */
    size_t block_at;                          /* how many of them have ended */
    size_t block_n;                           /* with a title, in all texts */
    struct place word_at[BLOCK_N][WORDS_MAX]; /* where each word stood last */
    uint32_t line_here[BLOCK_N][WORDS_MAX];   /* in this text and block; 0: not yet */
    struct place *section_at[BLOCK_N];        /* of blocks with a title */
};

/* in   a  the snapshot's
 * ret  NULL: an error was set */
struct conf *build_conf(struct reading *r, struct arena *a, const char *host);

/* Sets the error unless one is set. ret  false */
bool reading_fails(struct reading *r, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Where a word of a block without a title was written last; name is NULL if nowhere. */
struct place reading_place(const struct reading *r, enum block_id block, const char *word);

#endif
