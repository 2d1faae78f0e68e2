/* SPDX-License-Identifier: BSD-2-Clause */
/* One message on its way through lib/arc: judged, and sealed with the keys of sign_world.h. */
#ifndef TESTS_ARC_WORLD_H
#define TESTS_ARC_WORLD_H

#include "arc/arc.h"
#include "tests/unit/sign_world.h"
#include <ingam/seal.h>

struct arc_world {
    struct arena arena;
    struct facts facts;
    struct trace trace;
    struct ingam_limits limits;
    struct ingam_alloc alloc;
    struct ingam_keys *keys;
    bool allow_partial_body;
    struct method_run run;
    struct mail_header header;
    struct dkim_body *bodies;
    struct arc_check *check;
    struct ingam_arc_outcome got;
    enum progress said; /* of the last run */
    size_t asked;
};

static inline void arc_world_init(struct arc_world *w)
{
    *w = (struct arc_world){.said = PENDING};
    ingam_limits_default(&w->limits);
}

/* Sorts the fields of a message. ret false: no memory */
static inline bool arc_world_begin(struct arc_world *w, str message, str *body)
{
    str block = world_split(message, body);
    arena_init(&w->arena, &w->alloc, WORLD_ARENA);
    facts_init(&w->facts, &w->arena, w->limits.questions);
    trace_init(&w->trace, &w->arena);
    w->run = (struct method_run){&w->facts, &w->arena, &w->trace, &w->limits, SIGNER_NOW + 60};
    if (!mail_header_of(block, &w->arena, &w->limits, &w->header))
        return false;
    struct arc_wanted wanted = {&w->header, w->keys, w->allow_partial_body, &w->bodies};
    w->check = arc_begin(&w->run, &wanted);
    return w->check != NULL;
}

static inline void arc_world_answer(struct arc_world *w, struct signer *s)
{
    struct ingam_question q;
    while (facts_next(&w->facts, &q)) {
        struct ingam_answer a = {.status = INGAM_STATUS_NXDOMAIN};
        signer_dns(s, &q, &a);
        a.id = q.id;
        w->asked++;
        facts_answer(&w->facts, &a);
    }
}

/* Judges the chain of a message; the world is to be freed then. ret false: no memory */
static inline bool arc_world_judge(struct arc_world *w, struct signer *s, str message)
{
    str body;
    if (!arc_world_begin(w, message, &body))
        return false;
    arc_eval(&w->run, w->check, false, &w->got);
    trace_reset(&w->trace);
    if (w->bodies) {
        dkim_body_feed(w->bodies, body);
        dkim_body_end(w->bodies);
    }
    for (size_t runs = 0; w->said == PENDING && runs < 99 && !w->arena.has_failed; runs++) {
        arc_world_answer(w, s);
        trace_reset(&w->trace);
        w->said = arc_eval(&w->run, w->check, true, &w->got);
    }
    return !w->arena.has_failed;
}

static inline void arc_world_free(struct arc_world *w)
{
    arc_free(w->check);
    arena_free(&w->arena);
}

/* What is wanted of one message, and what came out. */
struct sealing {
    struct ingam_config config;
    struct ingam_seal_wanted wanted;
    size_t chunk; /* bytes fed at once; 0: all */
    enum ingam_fault fault;
    uint64_t at;
    size_t field_n, top_n; /* fields made, and their bytes */
};

static inline struct sealing sealing_by(enum ingam_algorithm algorithm)
{
    return (struct sealing){
        .config = signer_config(),
        .wanted = {.domain = S("author.example"),
                   .selector = algorithm == INGAM_RSA_SHA256 ? S("rsa") : S("ed"),
                   .algorithm = algorithm,
                   .results = S("mx.author.example; dmarc=pass header.from=author.example")}};
}

/* Lets the key make both signatures. ret false: no memory */
static inline bool sealing_answer(const struct signer *keys, struct ingam_seal *s)
{
    struct ingam_sign_job job;
    while (ingam_seal_next(s, &job) == INGAM_WANT_SIGN) {
        uint8_t bytes[INGAM_SIGNATURE_MAX];
        size_t n = 0;
        if (!ingam_private_key_sign(keys->keys[job.algorithm], job.digest, bytes, &n))
            n = 0;
        struct ingam_sign_answer a = {job.id, {bytes, n}};
        if (ingam_seal_answer(s, &a) != INGAM_OK)
            return false;
    }
    return true;
}

/* Seals a message.
 * out  o  the fields, then the message as it was
 * ret  false: no memory */
static inline bool seal_message(const struct signer *keys, struct sealing *g, str message, struct out *o)
{
    struct ingam_seal *s = ingam_seal_new(&g->config, &g->wanted, SIGNER_NOW);
    bool has_memory = s != NULL;
    size_t chunk = g->chunk ? g->chunk : message.n + 1;
    for (str left = message; has_memory && left.n; left = str_from(left, chunk))
        has_memory = ingam_seal_feed(s, str_first(left, chunk)) == INGAM_OK;
    has_memory = has_memory && ingam_seal_end(s) == INGAM_OK && sealing_answer(keys, s);
    const struct ingam_sign_result *r = s ? ingam_seal_result(s) : NULL;
    if (has_memory && r) {
        g->fault = r->fault;
        g->at = r->at;
        g->field_n = r->n;
        for (size_t i = 0; i < r->n; i++)
            out_str(o, r->fields[i]);
        g->top_n = o->n;
        out_str(o, message);
    }
    ingam_seal_free(s);
    return has_memory && r;
}

#endif
