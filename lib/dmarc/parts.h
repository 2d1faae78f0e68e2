/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room share: the state of one evaluation. */
#ifndef DMARC_PARTS_H
#define DMARC_PARTS_H

#include "dmarc/dmarc.h"

/* As dmarc_walk; eager: all names at once, for domains whose upper names are likely known. */
enum progress dmarc_walk_eagerly(const struct method_run *run, str domain, struct dmarc_walk *walk);

/* Where the governing record stands, from highest preference to lowest.                [RFC9989 4.10.1] */
enum policy_place { AT_AUTHOR, AT_ORGANIZATIONAL, AT_PSD, AT_NONE };

/* How an identifier stands to the author domain. */
enum alignment {
    ALIGN_IDENTICAL,
    ALIGN_RELAXED,
    ALIGN_NOT_STRICT,  /* not identical, and the record is strict */
    ALIGN_NOT_OUTSIDE, /* not below the author's organizational domain */
    ALIGN_NOT_OTHER,   /* below it, with an organizational domain of its own */
    ALIGN_UNKNOWN,     /* a question failed */
    ALIGN_OPEN         /* a question is open */
};

/* An identifier whose walk was looked at: several signatures of one domain cost one. */
struct walked {
    str domain;
    enum alignment how;
};
enum { WALKED_MAX = 16 };

struct judge {
    const struct method_run *run;
    const struct dmarc_request *request;
    struct ingam_dmarc_outcome *out;
    enum policy_place place;
    const struct dmarc_step *step; /* where the governing record stands; NULL with AT_NONE */
    const struct dmarc_record *record;
    bool is_existence_open, is_existence_unknown;
    bool is_align_open;    /* a question about an identifier is open */
    bool is_align_unknown; /* of an identifier that might have given a pass */
    bool has_identifier;   /* something passed, aligned or not */
    bool has_testing;      /* an aligned signature passed under a key with t=y */
    bool is_unfinished;    /* aligned, but its method ended in temperror */
    size_t walked_n;
    struct dmarc_walk walk; /* of the author domain; from here on nothing is zeroed */
    struct walked walked[WALKED_MAX];
};

/* Finds the record that governs the author domain; the walk is done.                  [RFC9989 4.10.1]
 * ret  false: there is none, or it cannot be said: then out has its result and fault */
bool dmarc_policy_find(struct judge *j);
/* Chooses among p, sp and np and lowers by t=y. May leave is_existence_open.    [RFC9989 4.7] [RFC9989 4.10.1] */
void dmarc_policy_choose(struct judge *j);

/* Looks at every identifier: sets is_aligned of each DKIM outcome, is_dkim_aligned, is_spf_aligned and the flags above. */
void dmarc_align(struct judge *j);
/* The little that can be said without a record: an identical domain is aligned. */
void dmarc_align_identical(struct judge *j);

/* Notes. */
void dmarc_tell(struct judge *j, enum ingam_rule rule, str a, str b, str c);
void dmarc_tell_walk(struct judge *j, str domain, const struct dmarc_walk *walk);
void dmarc_tell_alignment(struct judge *j, enum alignment how, const struct ingam_dkim_outcome *dkim);

#endif
