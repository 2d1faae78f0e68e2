/* SPDX-License-Identifier: BSD-2-Clause */
/* authority: what every name server of a zone says about one name, each asked by itself, past all caches.
 *
 * The zone is found by asking upwards for NS, its servers are resolved, and each address is asked directly. A CNAME leads to
 * the servers of its target's zone, where it is the same on all servers of this one. */
#ifndef IO_AUTHORITY_H
#define IO_AUTHORITY_H

#include "base/base.h"
#include "io/source.h"

/* A server that is known beforehand. */
struct authority_server {
    const char *zone;    /* for names in this zone; "": for all */
    const char *address; /* "ADDR" or "ADDR@PORT" */
};

struct authority_options {
    struct source *source; /* finds zones and addresses; NULL: only the servers below are known */
    const struct authority_server *servers; /* for names in their zones nothing is looked for */
    size_t server_n;
    uint64_t question_ms; /* how long one server may take; 0: 5,000 */
};

enum authority_got {
    AUTHORITY_TEXTS,  /* TXT records */
    AUTHORITY_NONE,   /* no TXT, or no such name */
    AUTHORITY_ALIAS,  /* a CNAME that is not the same everywhere, or one of too many */
    AUTHORITY_FAILED, /* no answer that counts: `why` */
};

struct authority_answer {
    str server;  /* its name, or the address where it was given by that */
    str address; /* "192.0.2.1" or "192.0.2.1@5300" */
    enum authority_got got;
    const char *why;
    str name; /* whose records these are: the one asked for, or the end of its CNAMEs */
    const str *texts;
    size_t text_n;
};

struct authority_report {
    struct authority_answer *list;
    size_t n;
    const char *why; /* why there is nobody to ask; NULL: there is */
    str why_name;    /* the name that `why` is about */
    int64_t
        wait_s; /* the longest that a cache may keep what stands, or stood, on the way: TTL or negative TTL [RFC2308 5] */
};

/* in   name  lower case, A-labels
 * out  r     lives in the arena
 * ret  false: no memory */
bool authority_ask(struct arena *a, const struct authority_options *o, str name, struct authority_report *r);

#endif
