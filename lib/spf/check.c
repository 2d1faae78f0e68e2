/* SPDX-License-Identifier: BSD-2-Clause */
/* SPF by itself: the public ingam_spf_* face.                                                            [RFC7208] */
#include <ingam/spf.h>

#include "spf/spf.h"

/* Enough for most checks, so that they cost one allocation. */
enum { ROOM = 16 * 1024 };

/* One identity of the envelope. */
struct identity {
    struct spf_request request;
    struct spf_sender sender;
    struct ingam_spf_outcome outcome;
    bool is_wanted;
    bool is_done;
};

struct ingam_spf {
    struct ingam_alloc alloc;
    struct arena arena;
    struct ingam_limits limits;
    struct facts facts;
    struct identity identities[2]; /* HELO, MAIL FROM: the order of their notes */
    struct ingam_spf *self;        /* to write what follows when it is first asked for */
    struct trace told;             /* the notes of both */
    str received;
    uint64_t started_ms;
    bool has_trace;
    bool has_news; /* an answer came since the last run */
    bool is_done;
    bool is_told;
    bool has_outcome;                     /* false: memory ran out before it stood */
    _Alignas(ARENA_ALIGN) uint8_t room[]; /* the first of the arena */
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
    request.sender = &s->identities[0].sender;
    s->identities[0].request = request;
    s->identities[0].is_wanted = true;
    request.identity = SPF_MAIL_FROM;
    request.sender = &s->identities[1].sender;
    s->identities[1].request = request;
    s->identities[1].is_wanted = env->has_mail_from;
    return !a->has_failed;
}

struct ingam_spf *ingam_spf_new(const struct ingam_config *config, const struct ingam_envelope *env,
                                uint64_t now_ms)
{
    struct ingam_spf *s = alloc_get(&config->alloc, sizeof *s + ROOM);
    if (s == NULL)
        return NULL;
    *s = (struct ingam_spf){.alloc = config->alloc,
                            .limits = config->limits,
                            .started_ms = now_ms,
                            .has_trace = !config->no_trace,
                            .has_news = true};
    s->self = s;
    arena_init(&s->arena, &s->alloc, s->limits.arena);
    arena_lend(&s->arena, s->room, ROOM);
    facts_init(&s->facts, &s->arena, s->limits.questions);
    trace_init(&s->told, &s->arena);
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

static enum progress run_identity(struct ingam_spf *s, const struct identity *identity, struct trace *trace,
                                  struct ingam_spf_outcome *out)
{
    const struct method_run run = {.facts = &s->facts,
                                   .arena = &s->arena,
                                   .trace = trace,
                                   .limits = &s->limits,
                                   .now_s = (int64_t)(s->started_ms / 1000)};
    return spf_eval(&run, &identity->request, out);
}

/* The identity that speaks for the message: MAIL FROM where there is one.                [RFC7208 2.4] */
static const struct identity *main_identity(const struct ingam_spf *s)
{
    return s->identities[1].is_wanted ? &s->identities[1] : &s->identities[0];
}

/* Out of memory there is no outcome: a verdict on half the facts would be a guess. */
static void finish(struct ingam_spf *s)
{
    s->is_done = true;
    s->has_outcome = !s->arena.has_failed;
}

/* Runs what can be run with the answers that are there. */
static void run_all(struct ingam_spf *s)
{
    bool is_open = false;
    s->has_news = false;
    for (size_t i = 0; i < 2; i++) {
        struct identity *identity = &s->identities[i];
        if (identity->is_wanted && !identity->is_done)
            identity->is_done = run_identity(s, identity, NULL, &identity->outcome) == DONE;
        is_open = is_open || (identity->is_wanted && !identity->is_done);
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

/* The story is told when it is first asked for: all answers are there, so one more run of each identity comes out the
 * same and leaves its notes. HELO's come first. */
static void tell(struct ingam_spf *s)
{
    s->is_told = true;
    for (size_t i = 0; i < 2; i++) {
        struct ingam_spf_outcome same;
        struct trace trace;
        trace_init(&trace, &s->arena);
        if (s->identities[i].is_wanted)
            run_identity(s, &s->identities[i], &trace, &same);
        for (size_t k = 0; k < trace.n; k++)
            trace_add(&s->told, trace.notes[k]);
    }
}

size_t ingam_spf_notes(const struct ingam_spf *s, const struct ingam_note **notes)
{
    if (s->has_trace && s->has_outcome && !s->is_told)
        tell(s->self);
    *notes = s->told.notes;
    return s->told.n;
}
