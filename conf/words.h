/* SPDX-License-Identifier: BSD-2-Clause */
/* words: every word that ingam.conf knows, as rows. From these rows come the reader's options, the suggestions in errors, and
 * what conf_show writes; value.h knows how each kind of value is read and written. */
#ifndef CONF_WORDS_H
#define CONF_WORDS_H

#include "conf/conf.h"

enum word_kind {
    WORD_CHOICE,   /* unsigned: index in choices */
    WORD_YES,      /* bool */
    WORD_NUMBER,   /* size_t, min to max */
    WORD_WORKERS,  /* unsigned; "auto" is 0 */
    WORD_MODE,     /* unsigned, octal */
    WORD_BYTES,    /* size_t: "4M" */
    WORD_MS,       /* uint64_t: "8s" */
    WORD_SECONDS,  /* int64_t: "30d"; "none" is 0 */
    WORD_DATE,     /* int64_t: "2027-01-31", to the end of that day in UTC; "none" is 0 */
    WORD_ID,       /* str: an authserv-id */
    WORD_DOMAIN,   /* str: a domain name; "none" is empty */
    WORD_ACCOUNT,  /* const char *: user or group; "none" is NULL */
    WORD_PATH,     /* const char *: absolute; "none" is NULL */
    WORD_SOCKET,   /* the same, short enough for a socket */
    WORD_METRICS,  /* const char *: ADDR:PORT; "none" is NULL */
    WORD_RESOLVER, /* const char *: ADDR or ADDR@PORT; "none" is NULL */
    WORD_NAMES,    /* struct conf_names */
    WORD_NETS,     /* struct conf_nets */
    WORD_FIELDS    /* struct conf_names while it is read; in the snapshot one text, "from:to" */
};

struct word {
    const char *name;
    enum word_kind kind;
    size_t at; /* in the draft of its block */
    uint64_t min, max;
    const char *const *choices; /* ends with NULL */
    unsigned allowed;           /* CHOICE: a bit for each that is; 0: all */
};

enum block_id {
    BLOCK_TOP,
    BLOCK_LISTEN,
    BLOCK_SIGN,
    BLOCK_POLICY,
    BLOCK_TRUST,
    BLOCK_RESOLVER,
    BLOCK_LIMITS,
    BLOCK_LOG
};
enum { BLOCK_N = BLOCK_LOG + 1, WORDS_MAX = 32 };
struct block {
    const char *name; /* NULL: outside of all blocks */
    bool has_title;
    const struct word *words; /* ends with a row without a name */
};
extern const struct block blocks[BLOCK_N];

/* What words are read into; blocks without a title stand in the first. */
struct draft {
    struct conf conf;
    struct conf_policy policy; /* the default */
    struct conf_names headers;
    bool has_dnssec;
};
struct draft_trust {
    struct conf_trust trust;
    struct conf_names of[CONF_TRUST_HOST + 1];
};

static inline bool word_is_list(const struct word *w)
{
    return w->kind == WORD_NAMES || w->kind == WORD_NETS || w->kind == WORD_FIELDS;
}
/* ret  NULL: there is none of this name */
const struct word *word_named(enum block_id block, str name);
/* ret  the word or block that is meant most likely; NULL: nothing is near */
const char *word_nearest(enum block_id block, str name);
/* ret  the entry of a list (ends with NULL) that is meant most likely, or NULL */
const char *choice_nearest(const char *const *choices, str name);
/* ret  the block that has such a word, BLOCK_TOP also if none has */
enum block_id word_home(str name);

#endif
