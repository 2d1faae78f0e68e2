/* SPDX-License-Identifier: BSD-2-Clause */
/* One message on its way through lib/dkim, with whoever is asked for keys. */
#ifndef TESTS_DKIM_WORLD_H
#define TESTS_DKIM_WORLD_H

#include "dkim/dkim.h"

enum { WORLD_ARENA = 4 << 20 };

struct world {
    /* in */
    void (*answer)(void *context, const struct ingam_question *q, struct ingam_answer *a);
    void *context;
    str author_domain;
    int64_t now_s;
    size_t chunk; /* bytes fed at once; 0: all */
    bool allow_partial_body;
    struct ingam_keys *keys;
    struct ingam_limits limits;
    struct ingam_alloc alloc;
    size_t arena_cap;
    /* out */
    struct arena arena;
    struct facts facts;
    struct trace trace;
    struct method_run run;
    struct mail_header header;
    struct dkim_check *check;
    struct ingam_dkim_outcome *list;
    size_t n;
    size_t runs;
};

static inline void world_init(struct world *w)
{
    *w = (struct world){.now_s = 1780000000, .arena_cap = WORLD_ARENA};
    ingam_limits_default(&w->limits);
}

static inline void world_feed(struct world *w, str body)
{
    struct dkim_body *bodies = dkim_bodies(w->check);
    if (bodies == NULL)
        return;
    size_t step = w->chunk ? w->chunk : body.n + 1;
    for (size_t at = 0; at < body.n; at += step)
        dkim_body_feed(bodies, str_first(str_from(body, at), step));
    dkim_body_end(bodies);
}

static inline void world_answer(struct world *w)
{
    struct ingam_question q;
    while (facts_next(&w->facts, &q)) {
        struct ingam_answer a = {.status = INGAM_STATUS_NXDOMAIN};
        w->answer(w->context, &q, &a);
        a.id = q.id;
        facts_answer(&w->facts, &a);
    }
}

/* ret  the block and, behind it, the body */
static inline str world_split(str message, str *body)
{
    if (str_starts(message, S("\r\n"))) {
        *body = str_from(message, 2);
        return S("");
    }
    size_t at = str_find_str(message, S("\r\n\r\n"));
    *body = str_from(message, at + 4);
    return str_first(message, at + 2);
}

/* Runs a message through; the world is to be freed then. ret false: no memory */
static inline bool world_judge(struct world *w, str message)
{
    str body, block = world_split(message, &body);
    arena_init(&w->arena, &w->alloc, w->arena_cap);
    facts_init(&w->facts, &w->arena, w->limits.questions);
    trace_init(&w->trace, &w->arena);
    w->run = (struct method_run){&w->facts, &w->arena, &w->trace, &w->limits, w->now_s};
    if (!mail_header_of(block, &w->arena, &w->limits, &w->header))
        return false;
    w->check = dkim_begin(&w->run, &w->header, w->author_domain, w->keys, w->allow_partial_body);
    if (w->check == NULL)
        return false;
    dkim_eval(&w->run, w->check, false, &w->list, &w->n);
    world_feed(w, body);
    do {
        world_answer(w);
        trace_reset(&w->trace);
    } while (++w->runs < 99 && dkim_eval(&w->run, w->check, true, &w->list, &w->n) == PENDING);
    return !w->arena.has_failed;
}

static inline void world_free(struct world *w)
{
    dkim_free(w->check);
    arena_free(&w->arena);
}

#endif
