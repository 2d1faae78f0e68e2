/* SPDX-License-Identifier: BSD-2-Clause */
/* SPF by itself: the public ingam_spf_* face.                                                            [RFC7208] */
#include <ingam/spf.h>

#include "spf/spf.h"

/* One identity of the envelope. */
struct identity {
    struct spf_request request;
    struct ingam_spf_outcome outcome;
    struct trace trace;
    bool is_wanted;
    bool is_done;
};

struct ingam_spf {
    struct ingam_alloc alloc;
    struct arena arena;
    struct ingam_limits limits;
    struct facts facts;
    struct identity identities[2]; /* HELO, MAIL FROM: the order of their notes */
    struct trace told;             /* the notes of both, once done */
    struct ingam_spf *self;        /* to write `received` when it is first asked for */
    str received;
    uint64_t started_ms;
    bool has_trace;
    bool has_news; /* an answer came since the last run */
    bool is_done;
    bool has_outcome; /* false: memory ran out before it stood */
};

static bool copy_envelope(struct ingam_spf *s, const struct ingam_config *config,
                          const struct ingam_envelope *env)
{
    struct arena *a = &s->arena;
    struct spf_request request = {.identity = SPF_HELO};
    str receiver = env->receiver.n ? env->receiver : config->authserv_id;
    request.has_ip = ip_read(env->ip, &request.ip);
    request.helo = arena_copy(a, env->helo);
    request.mail_from = arena_copy(a, env->mail_from);
    request.receiver = arena_copy(a, receiver);
    s->identities[0].request = request;
    s->identities[0].is_wanted = true;
    request.identity = SPF_MAIL_FROM;
    s->identities[1].request = request;
    s->identities[1].is_wanted = env->has_mail_from;
    return !a->has_failed;
}

struct ingam_spf *ingam_spf_new(const struct ingam_config *config, const struct ingam_envelope *env,
                                uint64_t now_ms)
{
    struct ingam_spf *s = alloc_get(&config->alloc, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (struct ingam_spf){.alloc = config->alloc,
                            .limits = config->limits,
                            .started_ms = now_ms,
                            .has_trace = !config->no_trace,
                            .has_news = true};
    s->self = s;
    arena_init(&s->arena, &s->alloc, s->limits.arena);
    facts_init(&s->facts, &s->arena, s->limits.questions);
    for (size_t i = 0; i < 2; i++)
        trace_init(&s->identities[i].trace, &s->arena);
    if (copy_envelope(s, config, env))
        return s;
    ingam_spf_free(s);
    return NULL;
}

void ingam_spf_free(struct ingam_spf *s)
{
    if (s == NULL)
        return;
    struct ingam_alloc alloc = s->alloc;
    arena_free(&s->arena);
    alloc_put(&alloc, s);
}

static void run_identity(struct ingam_spf *s, struct identity *identity)
{
    struct method_run run = {.facts = &s->facts,
                             .arena = &s->arena,
                             .trace = s->has_trace ? &identity->trace : NULL,
                             .limits = &s->limits,
                             .now_s = (int64_t)(s->started_ms / 1000)};
    if (identity->is_wanted && !identity->is_done)
        identity->is_done = spf_eval(&run, &identity->request, &identity->outcome) == DONE;
}

/* The identity that speaks for the message: MAIL FROM where there is one.                [RFC7208 2.4] */
static const struct identity *main_identity(const struct ingam_spf *s)
{
    return s->identities[1].is_wanted ? &s->identities[1] : &s->identities[0];
}

/* HELO's notes come first. */
static void join_notes(struct ingam_spf *s)
{
    const struct trace *mail_from = &s->identities[1].trace;
    s->told = s->identities[0].trace;
    if (s->told.n == 0)
        s->told = *mail_from;
    else
        for (size_t i = 0; i < mail_from->n; i++)
            trace_add(&s->told, mail_from->notes[i]);
}

/* Out of memory there is no outcome: a verdict on half the facts would be a guess. */
static void finish(struct ingam_spf *s)
{
    join_notes(s);
    s->is_done = true;
    s->has_outcome = !s->arena.has_failed;
}

/* Runs what can be run with the answers that are there. */
static void run_all(struct ingam_spf *s)
{
    bool is_open = false;
    s->has_news = false;
    for (size_t i = 0; i < 2; i++) {
        run_identity(s, &s->identities[i]);
        is_open = is_open || (s->identities[i].is_wanted && !s->identities[i].is_done);
    }
    if (!is_open)
        finish(s);
}

enum ingam_want ingam_spf_next(struct ingam_spf *s, uint64_t now_ms, struct ingam_question *q)
{
    if (s->is_done)
        return INGAM_WANT_NOTHING;
    if (now_ms - s->started_ms >= s->limits.deadline_ms && now_ms > s->started_ms) {
        facts_close(&s->facts, "deadline");
        s->has_news = true;
    }
    if (s->has_news)
        run_all(s);
    s->is_done = s->is_done || s->arena.has_failed;
    if (s->is_done)
        return INGAM_WANT_NOTHING;
    if (!facts_next(&s->facts, q))
        *q = (struct ingam_question){.id = 0};
    return INGAM_WANT_ANSWER;
}

enum ingam_err ingam_spf_answer(struct ingam_spf *s, const struct ingam_answer *a)
{
    if (s->is_done)
        return INGAM_ERR_ORDER;
    enum ingam_err err = facts_answer(&s->facts, a);
    s->has_news = s->has_news || err == INGAM_OK;
    return err;
}

const struct ingam_spf_outcome *ingam_spf_outcome(const struct ingam_spf *s)
{
    return s->has_outcome ? &main_identity(s)->outcome : NULL;
}

const struct ingam_spf_outcome *ingam_spf_helo_outcome(const struct ingam_spf *s)
{
    return s->has_outcome ? &s->identities[0].outcome : NULL;
}

ingam_str ingam_spf_received(const struct ingam_spf *s)
{
    const struct identity *speaks = main_identity(s);
    if (!s->has_outcome || !speaks->outcome.is_run)
        return S("");
    if (s->received.p == NULL)
        s->self->received = spf_received(&s->self->arena, &speaks->request, &speaks->outcome);
    return s->received.p ? s->received : S("");
}

size_t ingam_spf_notes(const struct ingam_spf *s, const struct ingam_note **notes)
{
    *notes = s->told.notes;
    return s->told.n;
}
