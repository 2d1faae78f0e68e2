/* SPDX-License-Identifier: BSD-2-Clause */
/* The public face: a check is made, fed, asked, answered, read and freed. */
#include "verdict/state.h"

static str or_else(str s, str otherwise)
{
    return s.n ? s : otherwise;
}

static void copy_envelope(struct ingam_check *c, const struct ingam_envelope *env)
{
    struct ip ip = {0};
    c->remote_ip = arena_copy(&c->arena, env->ip);
    bool has_ip = ip_read(c->remote_ip, &ip);
    str helo = arena_copy(&c->arena, env->helo);
    str mail_from = arena_copy(&c->arena, env->mail_from);
    c->has_mail_from = env->has_mail_from;
    c->receiver = or_else(arena_copy(&c->arena, env->receiver), c->config.authserv_id);
    c->mail_from = (struct spf_request){
        SPF_MAIL_FROM, has_ip, ip, mail_from, helo, c->receiver, &c->senders[SPF_MAIL_FROM]};
    c->helo = c->mail_from;
    c->helo.identity = SPF_HELO;
    c->helo.sender = &c->senders[SPF_HELO];
}

static void prepare(struct ingam_check *c, const struct ingam_config *config, uint64_t now_ms)
{
    c->config = *config;
    c->config.authserv_id = or_else(config->authserv_id, S("localhost"));
    c->now_s = (int64_t)(now_ms / 1000);
    c->deadline_ms = now_ms + config->limits.deadline_ms;
    if (c->deadline_ms < now_ms)
        c->deadline_ms = UINT64_MAX;
    facts_init(&c->facts, &c->arena, config->limits.questions);
    mail_splitter_init(&c->splitter, &config->alloc, &c->config.limits);
    trace_init(&c->mail_trace, &c->arena);
    trace_init(&c->policy_trace, &c->arena);
    for (size_t i = 0; i < SHARE_N; i++)
        trace_init(&c->methods[i].trace, &c->arena);
    c->methods[SHARE_SPF_HELO].is_due = c->methods[SHARE_SPF_MAIL_FROM].is_due = true;
}

struct ingam_check *ingam_check_new(const struct ingam_config *config, const struct ingam_envelope *env,
                                    uint64_t now_ms)
{
    struct arena a;
    arena_init(&a, &config->alloc, config->limits.arena);
    struct ingam_check *c = arena_take_raw(&a, sizeof *c);
    struct told *told = NEW(&a, struct told);
    if (c == NULL || told == NULL) {
        arena_free(&a);
        return NULL;
    }
    *c = (struct ingam_check){.arena = a, .told = told};
    told->arena = &c->arena;
    prepare(c, config, now_ms);
    copy_envelope(c, env);
    if (check_failed(c)) {
        ingam_check_free(c);
        return NULL;
    }
    return c;
}

void ingam_check_free(struct ingam_check *c)
{
    if (c == NULL)
        return;
    dkim_free(c->dkim);
    arc_free(c->arc);
    mail_splitter_free(&c->splitter);
    struct arena a = c->arena;
    arena_free(&a);
}

static enum ingam_err state_of(const struct ingam_check *c)
{
    return check_failed(c) ? INGAM_ERR_MEMORY : INGAM_OK;
}

/* ret  OK: this way of feeding may go on */
static enum ingam_err enter(struct ingam_check *c, enum feeding way)
{
    if (check_failed(c))
        return INGAM_ERR_MEMORY;
    if (c->is_ended || (c->feeding != FED_NOTHING && c->feeding != way))
        return INGAM_ERR_ORDER;
    c->feeding = way;
    return INGAM_OK;
}

static void feed_body(struct ingam_check *c, str bytes)
{
    if (c->bodies && bytes.n)
        dkim_body_feed(c->bodies, bytes);
}

enum ingam_err ingam_check_feed(struct ingam_check *c, ingam_str bytes)
{
    enum ingam_err err = enter(c, FED_BYTES);
    if (err != INGAM_OK)
        return err;
    if (!c->is_header_done) {
        mail_splitter_feed(&c->splitter, &bytes);
        if (!c->splitter.is_ended || check_failed(c))
            return state_of(c);
        methods_header_ended(c);
    }
    if (!check_failed(c))
        feed_body(c, bytes);
    return state_of(c);
}

enum ingam_err ingam_check_field(struct ingam_check *c, ingam_str name, ingam_str value)
{
    enum ingam_err err = enter(c, FED_FIELDS);
    if (err != INGAM_OK)
        return err;
    if (c->is_header_done)
        return INGAM_ERR_ORDER;
    mail_splitter_field(&c->splitter, name, value);
    return state_of(c);
}

static void end_header(struct ingam_check *c)
{
    mail_splitter_end(&c->splitter);
    if (!check_failed(c))
        methods_header_ended(c);
}

enum ingam_err ingam_check_fields_end(struct ingam_check *c)
{
    enum ingam_err err = enter(c, FED_FIELDS);
    if (err != INGAM_OK)
        return err;
    if (c->is_header_done)
        return INGAM_ERR_ORDER;
    end_header(c);
    return state_of(c);
}

enum ingam_err ingam_check_body(struct ingam_check *c, ingam_str bytes)
{
    enum ingam_err err = enter(c, FED_FIELDS);
    if (err != INGAM_OK)
        return err;
    if (!c->is_header_done)
        return INGAM_ERR_ORDER;
    feed_body(c, bytes);
    return state_of(c);
}

enum ingam_err ingam_check_end(struct ingam_check *c)
{
    if (check_failed(c))
        return INGAM_ERR_MEMORY;
    if (c->is_ended)
        return INGAM_ERR_ORDER;
    if (!c->is_header_done)
        end_header(c);
    if (!check_failed(c))
        methods_message_ended(c);
    return state_of(c);
}

ingam_str ingam_check_author(const struct ingam_check *c)
{
    return c->is_header_done ? c->author.domain : S("");
}

enum ingam_err ingam_check_set_policy(struct ingam_check *c, const struct ingam_policy *policy)
{
    if (c->has_verdict)
        return INGAM_ERR_ORDER;
    c->config.policy = *policy;
    if (c->dkim)
        dkim_allow_partial_body(c->dkim, policy->allow_partial_body);
    if (c->arc)
        arc_allow_partial_body(c->arc, policy->allow_partial_body);
    return state_of(c);
}

enum ingam_err ingam_check_removed(struct ingam_check *c, const uint32_t **removed, size_t *n)
{
    if (check_failed(c))
        return INGAM_ERR_MEMORY;
    if (!c->is_header_done)
        return INGAM_ERR_ORDER;
    if (!methods_find_removed(c))
        c->arena.has_failed = true;
    *removed = c->verdict.removed;
    *n = c->verdict.removed_n;
    return state_of(c);
}

bool ingam_check_wants_body(const struct ingam_check *c)
{
    return !check_failed(c) && (!c->is_header_done || c->bodies != NULL);
}

/* ret  NOTHING: the verdict stands; ANSWER: q is new; INPUT: neither, yet */
static enum ingam_want settle(struct ingam_check *c, struct ingam_question *q)
{
    if (check_failed(c))
        return INGAM_WANT_NOTHING;
    if (c->is_ended && methods_are_done(c)) {
        methods_conclude(c);
        return INGAM_WANT_NOTHING;
    }
    return facts_next(&c->facts, q) ? INGAM_WANT_ANSWER : INGAM_WANT_INPUT;
}

enum ingam_want ingam_check_next(struct ingam_check *c, uint64_t now_ms, struct ingam_question *q)
{
    *q = (struct ingam_question){0};
    if (c->has_verdict || check_failed(c))
        return INGAM_WANT_NOTHING;
    if (now_ms >= c->deadline_ms && !c->facts.is_closed)
        methods_deadline(c);

    enum ingam_want want = settle(c, q);
    if (want == INGAM_WANT_INPUT) {
        methods_run(c);
        want = settle(c, q);
    }
    return want == INGAM_WANT_INPUT && c->is_ended ? INGAM_WANT_ANSWER : want;
}

enum ingam_err ingam_check_answer(struct ingam_check *c, const struct ingam_answer *a)
{
    if (check_failed(c))
        return INGAM_ERR_MEMORY;
    if (c->has_verdict)
        return INGAM_ERR_ORDER;
    enum ingam_err err = facts_answer(&c->facts, a);
    if (err == INGAM_OK)
        methods_answered(c, c->facts.list[a->id - 1]);
    return err;
}

const struct ingam_verdict *ingam_check_verdict(const struct ingam_check *c)
{
    return c->has_verdict ? &c->verdict : NULL;
}
