/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures for mail that is ours, ARC sets for mail that goes on to others. Both are begun when the header is there and take the
 * body as it streams by; who signs is known then, what an ARC set is to say only when the verdict stands. The keys are keyd's. */
#include "daemon/session_inside.h"

static size_t field_count(const struct session *s)
{
    return ingam_check_fields(s->check);
}

/* ret  all raw fields but the last CRLF, as the check holds them: a slice from the first name to the last value */
static str header_of(const struct session *s)
{
    str name;
    str value;
    str first;
    size_t n = field_count(s);
    if (n == 0 || !ingam_check_field_at(s->check, 0, &first, &value) ||
        !ingam_check_field_at(s->check, n - 1, &name, &value))
        return S("");
    return str_between(first.p, value.p + value.n);
}

static void feed(struct session *s, str bytes)
{
    struct session_signing *g = &s->signing;
    enum ingam_err err = INGAM_OK;
    if (g->sign)
        err = ingam_sign_feed(g->sign, bytes);
    else if (g->seal)
        err = ingam_seal_feed(g->seal, bytes);
    if (err == INGAM_ERR_MEMORY)
        session_trouble(s, "memory");
}

static void feed_header(struct session *s)
{
    str header = header_of(s);
    if (header.n)
        feed(s, header);
    feed(s, header.n ? S("\r\n\r\n") : S("\r\n"));
}

static bool begin_sign(struct session *s)
{
    struct session_signing *g = &s->signing;
    struct ingam_sign_wanted wanted[SIGNING_KEYS] = {{.domain = {0}}};
    struct ingam_config config = session_config(s);
    for (size_t i = 0; i < g->key_n; i++)
        wanted[i] = (struct ingam_sign_wanted){.domain = g->domain,
                                               .selector = g->selectors[i],
                                               .algorithm = g->algorithms[i],
                                               .headers = s->conf->sign.headers,
                                               .expire_s = s->conf->sign.expire_s};
    g->kind = SIGN_OURS;
    g->sign = ingam_sign_new(&config, wanted, g->key_n, (int64_t)(s->wall_ms / 1000));
    if (g->sign == NULL)
        return false;
    s->needs_verdict = s->needs_verdict || ours_has_signature(s, g->domain);
    feed_header(s);
    return true;
}

/* Mail of ours. Until keyd has said which keys there are nobody knows whether it should be signed. */
static bool begin_ours(struct session *s)
{
    struct session_signing *g = &s->signing;
    if (s->conf->sign.keys == NULL || s->worker->keyd == NULL)
        return true;
    ours_find_signer(s, ingam_check_author(s->check), g);
    if (g->key_n)
        return !s->arena.has_failed && begin_sign(s);
    g->has_key_failed = ingam_check_author(s->check).n && !keyd_client_has_list(s->worker->keyd);
    if (g->has_key_failed)
        g->why_not = "keyd is not there";
    return true;
}

static bool is_sealed_for(struct session *s)
{
    const struct conf_names *seals = &s->conf->sign.seals;
    for (size_t i = 0; seals->n && i < s->envelope.rcpt_n; i++)
        if (conf_names_fit(seals, decide_domain_of(&s->arena, s->envelope.rcpts[i])))
            return true;
    return false;
}

/* RSA where there is such a key: every validator knows it, and keyd names it first.                [RFC8617 4.1] */
static bool begin_seal(struct session *s)
{
    struct session_signing *g = &s->signing;
    struct keyd_known known[SIGNING_KEYS];
    struct ingam_config config = session_config(s);
    str domain = s->conf->sign.seal_domain;
    if (domain.n == 0 || s->worker->keyd == NULL || !is_sealed_for(s))
        return true;
    g->key_n = keyd_client_keys(s->worker->keyd, domain, known) ? 1 : 0;
    if (g->key_n == 0) {
        g->why_not = "no key to seal with";
        return true;
    }
    g->domain = domain;
    g->algorithms[0] = known[0].algorithm;
    g->selectors[0] = arena_copy(&s->arena, str_of(known[0].selector));
    struct ingam_seal_wanted wanted = {
        .domain = domain, .selector = g->selectors[0], .algorithm = g->algorithms[0]};
    g->kind = SIGN_SEAL;
    g->seal = ingam_seal_new(&config, &wanted, (int64_t)(s->wall_ms / 1000));
    if (g->seal == NULL || s->arena.has_failed)
        return false;
    feed_header(s);
    return true;
}

bool signing_begin(struct session *s)
{
    return s->is_ours ? begin_ours(s) : begin_seal(s);
}

void signing_feed(struct session *s, str bytes)
{
    if (bytes.n)
        feed(s, bytes);
}

void signing_end(struct session *s)
{
    struct session_signing *g = &s->signing;
    enum ingam_err err = INGAM_OK;
    if (g->sign)
        err = ingam_sign_end(g->sign);
    else if (g->seal)
        err = ingam_seal_end(g->seal);
    if (err != INGAM_OK)
        session_trouble(s, "memory");
}

static enum ingam_want next(struct session_signing *g, struct ingam_sign_job *job)
{
    return g->sign ? ingam_sign_next(g->sign, job) : ingam_seal_next(g->seal, job);
}

static enum ingam_err answer(struct session_signing *g, uint32_t id, str signature)
{
    struct ingam_sign_answer a = {id, signature};
    return g->sign ? ingam_sign_answer(g->sign, &a) : ingam_seal_answer(g->seal, &a);
}

/* A key that is not there, or a signature of a size that none has: the job has failed. */
static void take(struct session *s, uint32_t id, str signature)
{
    struct session_signing *g = &s->signing;
    enum ingam_err err = answer(g, id, signature);
    if (err == INGAM_ERR_ARGUMENT) {
        signature = S("");
        err = answer(g, id, signature);
    }
    if (signature.n == 0) {
        g->has_key_failed = true;
        s->worker->counters->signings_failed++;
    }
    if (err != INGAM_OK)
        session_trouble(s, "memory");
}

static void answered(void *context, str signature)
{
    struct session_wish *w = context;
    w->wish = NULL;
    take(w->session, w->id, signature);
    session_step(w->session);
}

static void ask_key(struct session *s, const struct ingam_sign_job *job)
{
    struct session_signing *g = &s->signing;
    size_t key = g->key_n > 1 && g->algorithms[1] == job->algorithm;
    struct session_wish *w = &g->wishes[g->wishes[0].wish != NULL];
    *w = (struct session_wish){.session = s, .id = job->id};
    s->worker->counters->signings_asked++;
    struct keyd_wanted wanted = {g->domain, g->selectors[key], job->algorithm, job->digest};
    w->wish = keyd_client_sign(s->worker->keyd, &wanted, answered, w);
    if (w->wish == NULL)
        take(s, job->id, S(""));
}

/* ret  there is something to make, as far as is known now */
static bool is_wanted(struct session *s)
{
    struct session_signing *g = &s->signing;
    if (g->kind == SIGN_OURS && s->verdict && ours_has_valid_signature(s, g->domain)) {
        g->why_not = "signed already";
        return false;
    }
    if (g->kind != SIGN_SEAL)
        return g->kind == SIGN_OURS;
    enum ingam_disposition does = s->verdict->action.disposition;
    return does == INGAM_ACCEPT || does == INGAM_QUARANTINE;
}

static void decide_seal(struct session *s)
{
    struct session_signing *g = &s->signing;
    g->is_decided = true;
    if (ingam_seal_decide(g->seal, s->verdict->authentication_results, s->verdict->arc.result) != INGAM_OK)
        session_trouble(s, "memory");
}

/* Says why nothing was made. What is wrong with the message is no trouble of ours: it goes out as it is. */
static void conclude(struct session *s)
{
    struct session_signing *g = &s->signing;
    g->result = g->sign ? ingam_sign_result(g->sign) : ingam_seal_result(g->seal);
    if (g->result == NULL)
        session_trouble(s, "memory");
    else if (g->result->n == 0)
        g->why_not = ingam_fault_row(g->result->fault)->sentence;
}

bool signing_step(struct session *s)
{
    struct session_signing *g = &s->signing;
    struct ingam_sign_job job;
    if (s->trouble || g->result || !is_wanted(s))
        return true;
    if (g->kind == SIGN_SEAL && !g->is_decided)
        decide_seal(s);
    for (;;) {
        enum ingam_want want = next(g, &job);
        if (want != INGAM_WANT_SIGN)
            break;
        if (job.id == 0)
            return false;
        ask_key(s, &job);
    }
    conclude(s);
    return true;
}

void signing_free(struct session *s)
{
    struct session_signing *g = &s->signing;
    for (size_t i = 0; i < SIGNING_KEYS; i++)
        if (g->wishes[i].wish)
            keyd_client_cancel(g->wishes[i].wish);
    ingam_sign_free(g->sign);
    ingam_seal_free(g->seal);
}
