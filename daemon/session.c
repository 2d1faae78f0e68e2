/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a session: fed, asking and hearing, decided. */
#include "daemon/session_inside.h"
#include "daemon/trial.h"

#include <event2/event.h>

enum { ENVELOPE_ROOM = 16 * 1024 * 1024 };
static const uint64_t ms = 1000;

/* The check's clock stands still until our deadline: counted from the end of the message, since a slow sender must not cost it
 * its verdict, and what mail servers bound is how long they wait then. */
static uint64_t check_now(const struct session *s)
{
    return s->is_late ? s->wall_ms + s->conf->limits.message_ms : s->wall_ms;
}

struct ingam_config session_config(const struct session *s)
{
    struct ingam_config config;
    ingam_config_default(&config);
    config.limits = s->conf->limits.message;
    config.limits.deadline_ms = s->conf->limits.message_ms;
    config.authserv_id = s->conf->authserv_id;
    config.alloc = s->worker->alloc;
    config.keys = s->worker->public_keys;
    config.no_trace = true;
    return config;
}

/* Makes the name by which people speak of this message: 44 bits of time in eighths of a millisecond that never stand still
 * within a worker, and 6 of the worker's number. A worker that is started anew begins later than the one before it ended. */
static void make_id(struct session *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    struct worker *w = s->worker;
    uint64_t now = s->wall_ms * 8;
    w->message_n = w->message_n >= now ? w->message_n + 1 : now;
    uint64_t bits = w->message_n << 6 | (w->number & 63);
    for (size_t i = SESSION_ID_N; i-- > 0; bits >>= 5)
        s->id[i] = letters[bits & 31];
}

static bool copy_envelope(struct session *s, const struct session_envelope *e)
{
    struct arena *a = &s->arena;
    str *rcpts = NEW_N(a, str, e->rcpt_n);
    for (size_t i = 0; rcpts && i < e->rcpt_n; i++)
        rcpts[i] = arena_copy(a, e->rcpts[i]);
    s->envelope = (struct session_envelope){
        .listen = e->listen,
        .is_local = e->is_local,
        .ip = arena_copy(a, e->ip),
        .client_name = arena_copy(a, e->client_name),
        .helo = arena_copy(a, e->helo),
        .mail_from = arena_copy(a, e->mail_from),
        .rcpts = rcpts,
        .rcpt_n = e->rcpt_n,
        .auth_user = arena_copy(a, e->auth_user),
        .queue_id = arena_copy(a, e->queue_id),
        .receiver = arena_copy(a, e->receiver),
    };
    s->has_ip = ip_read(s->envelope.ip, &s->ip);
    return !a->has_failed;
}

/* Our own mail came to us by no SPF path: its check is there for the header, and for signatures that it may bear already. */
static void begin_check(struct session *s)
{
    const struct session_envelope *e = &s->envelope;
    struct ingam_config config = session_config(s);
    struct ingam_envelope env = {.receiver = e->receiver.n ? e->receiver : str_of(s->worker->host)};
    if (!s->is_ours) {
        env.ip = e->ip;
        env.helo = e->helo;
        env.mail_from = e->mail_from;
        env.has_mail_from = true;
    }
    s->needs_verdict = !s->is_ours;
    s->check = ingam_check_new(&config, &env, s->wall_ms);
    if (s->check == NULL)
        session_trouble(s, "memory");
}

struct session *session_new(struct worker *w, const struct session_envelope *e, session_done done,
                            void *context)
{
    struct arena a;
    arena_init(&a, &w->alloc, ENVELOPE_ROOM);
    struct session *s = NEW(&a, struct session);
    if (s == NULL) {
        arena_free(&a);
        return NULL;
    }
    s->arena = a;
    s->worker = w;
    s->conf = conf_hold(w->conf);
    s->done = done;
    s->context = context;
    s->started_ms = clock_now_ms();
    s->wall_ms = clock_wall_ms();
    make_id(s);
    if (!copy_envelope(s, e)) {
        session_trouble(s, "memory");
        return s;
    }
    s->is_ours = session_is_ours(s->conf, &s->envelope);
    begin_check(s);
    session_step(s);
    return s;
}

const struct decision *session_none(const struct conf *c)
{
    static const struct decision unmarked,
        deferred = {
            .does = INGAM_DEFER,
            .would_be = INGAM_DEFER,
            .code = 451,
            .enhanced = S_INIT("4.3.0"),
            .text = S_INIT("the message cannot be examined now, please try again later"),
        };
    return c->limits.on_trouble == CONF_UNMARKED ? &unmarked : &deferred;
}

void session_queue_id(struct session *s, str queue_id)
{
    str copy = arena_copy(&s->arena, queue_id);
    if (copy.p)
        s->envelope.queue_id = copy;
}

/* --- Questions --- */

/* dns_us is the time in which at least one question was open. */
static void opened(struct session *s)
{
    if (s->dns_open++ == 0)
        s->dns_since_us = clock_now_us();
}

static void closed(struct session *s)
{
    if (--s->dns_open == 0)
        s->dns_us += clock_now_us() - s->dns_since_us;
}

static void cancel_questions(struct session *s)
{
    for (struct session_question *q = s->questions; q; q = q->next) {
        if (q->asking == NULL)
            continue;
        asker_cancel(q->asking);
        q->asking = NULL;
        closed(s);
    }
}

static void count_answer(struct session *s, const struct session_question *q, const struct ingam_answer *a)
{
    struct counters *n = s->worker->counters;
    n->dns_us += clock_now_us() - q->asked_us;
    n->dns_failed += a->status == INGAM_STATUS_FAILED;
    n->dns_timed_out += a->status == INGAM_STATUS_FAILED && a->why && strcmp(a->why, "timeout") == 0;
}

static void heard(void *context, const struct ingam_answer *a)
{
    struct session_question *q = context;
    struct session *s = q->session;
    struct ingam_answer answer = *a;
    q->asking = NULL;
    closed(s);
    count_answer(s, q, a);
    answer.id = q->id;
    enum ingam_err err = ingam_check_answer(s->check, &answer);
    if (err == INGAM_ERR_ARGUMENT) {
        answer =
            (struct ingam_answer){.id = q->id, .status = INGAM_STATUS_FAILED, .why = "unreadable answer"};
        err = ingam_check_answer(s->check, &answer);
    }
    if (err == INGAM_ERR_MEMORY)
        session_trouble(s, "memory");
    session_step(s);
}

static void ask_one(struct session *s, const struct ingam_question *want)
{
    struct session_question *q = NEW(&s->arena, struct session_question);
    if (q == NULL) {
        session_trouble(s, "memory");
        return;
    }
    *q = (struct session_question){
        .session = s, .id = want->id, .asked_us = clock_now_us(), .next = s->questions};
    s->questions = q;
    q->asking = asker_ask(trial_asker(s->worker, want->name), want, heard, q);
    if (q->asking == NULL) {
        session_trouble(s, "memory");
        return;
    }
    s->dns_n++;
    s->worker->counters->dns_asked++;
    opened(s);
}

/* Hands out what the check wants to know, until it has nothing more to say now. */
static void ask(struct session *s)
{
    struct ingam_question q;
    enum ingam_want want = INGAM_WANT_ANSWER;
    while (!s->trouble && (want = ingam_check_next(s->check, check_now(s), &q)) == INGAM_WANT_ANSWER && q.id)
        ask_one(s, &q);
    if (want != INGAM_WANT_NOTHING)
        return;
    s->verdict = ingam_check_verdict(s->check);
    if (s->verdict == NULL)
        session_trouble(s, "memory");
}

/* --- The end --- */

/* Our mail for which no key made a signature: as it is, or later. */
static bool must_wait_for_keys(const struct session *s)
{
    const struct session_signing *g = &s->signing;
    bool has_any = g->result && g->result->n;
    return s->is_ours && g->has_key_failed && !has_any && s->conf->limits.on_trouble == CONF_DEFER;
}

static void conclude(struct session *s)
{
    s->is_decided = true;
    cancel_questions(s);
    if (!s->trouble && must_wait_for_keys(s))
        session_trouble(s, "no signature from keyd");
    if (!s->trouble) {
        decide(s);
        if (!edits_make(s))
            session_trouble(s, "memory");
    }
    if (s->trouble)
        decide_trouble(s, s->trouble);
    tell(s);
    trial_tell(s);
    s->done(s->context, &s->decision);
}

static void late(evutil_socket_t fd, short what, void *context)
{
    struct session *s = context;
    (void)fd;
    (void)what;
    if (s->is_decided || s->verdict)
        return;
    s->is_late = true;
    s->worker->counters->deadlines++;
    cancel_questions(s);
    session_step(s);
}

static void begin_waiting(struct session *s)
{
    uint64_t wait = s->conf->limits.message_ms;
    struct timeval tv = {(time_t)(wait / ms), (suseconds_t)(wait % ms * 1000)};
    s->timer = evtimer_new(s->worker->base, late, s);
    if (s->timer == NULL || evtimer_add(s->timer, &tv) != 0)
        session_trouble(s, "memory");
}

/* ret  all that was wanted of the message is there, or cannot be had */
static bool is_complete(struct session *s)
{
    bool is_judged = s->trouble || !s->needs_verdict || s->verdict;
    return is_judged && (signing_step(s) || s->trouble);
}

void session_step(struct session *s)
{
    if (s->is_decided)
        return;
    if (s->needs_verdict && !s->verdict && !s->trouble)
        ask(s);
    if (!s->is_ended)
        return;
    bool is_done = is_complete(s);
    if (!is_done && s->timer == NULL)
        begin_waiting(s);
    if (is_done || s->trouble)
        conclude(s);
}

/* --- Feeding --- */

static void note(struct session *s, enum ingam_err err)
{
    if (err == INGAM_ERR_MEMORY)
        session_trouble(s, "memory");
}

/* in   is_whole  its end was seen; else the message ends within, and nobody signs it */
static void header_ended(struct session *s, bool is_whole)
{
    s->is_header_done = true;
    if (!s->is_ours && !decide_policy(s))
        session_trouble(s, "memory");
    if (is_whole && !s->trouble && !signing_begin(s))
        session_trouble(s, "memory");
}

/* ret  a name as the mail server that took the message can have seen it; the obsolete form has blanks behind it */
static bool is_name(str name)
{
    cur c = cur_of(name);
    str text = cur_run(&c, C_FTEXT);
    cur_run(&c, C_WSP);
    return text.n && cur_end(&c);
}

/* A name that is none cannot be told from its neighbours once it is written down. It becomes a field with a NUL in it, which
 * leaves the message without a usable author and the numbers of the other fields as they are. */
void session_field(struct session *s, str name, str value)
{
    s->bytes += name.n + value.n + 3;
    if (s->trouble || s->is_header_done)
        return;
    s->field_n++;
    s->results_n += str_eq_nocase(str_trim_wsp(name), S("Authentication-Results"));
    s->actions_n += str_eq_nocase(str_trim_wsp(name), S("X-Ingam-Action"));
    if (is_name(name))
        note(s, ingam_check_field(s->check, name, value));
    else
        note(s, ingam_check_field(s->check, S("X-No-Field"), S(" \0")));
    s->has_hidden = s->has_hidden || edits_hides(value);
}

void session_results(struct session *s, size_t n)
{
    s->results_n = n;
}

void session_fields_end(struct session *s)
{
    s->bytes += 2;
    if (s->trouble || s->is_header_done)
        return;
    note(s, ingam_check_fields_end(s->check));
    if (s->has_hidden && ingam_check_fields(s->check) < s->field_n)
        session_trouble(s, "a field beyond the limits hides another");
    if (!s->trouble)
        header_ended(s, true);
    session_step(s);
}

void session_body(struct session *s, str bytes)
{
    s->bytes += bytes.n;
    if (s->trouble || !s->is_header_done)
        return;
    if (s->needs_verdict)
        note(s, ingam_check_body(s->check, bytes));
    signing_feed(s, bytes);
}

/* ret  how many bytes the header and its empty line have */
static uint64_t header_bytes(const struct session *s)
{
    str first;
    str name;
    str value;
    size_t n = ingam_check_fields(s->check);
    if (n == 0 || !ingam_check_field_at(s->check, 0, &first, &value) ||
        !ingam_check_field_at(s->check, n - 1, &name, &value))
        return 2;
    return (uint64_t)(value.p + value.n - first.p) + 4;
}

static bool has_header_ended(struct session *s)
{
    const uint32_t *removed;
    size_t n;
    return ingam_check_removed(s->check, &removed, &n) == INGAM_OK;
}

/* The check finds the end of the header; the signer is then given what lies behind it. A header that was not read whole is
 * not signed, wherever it ended. */
void session_bytes(struct session *s, str bytes)
{
    s->bytes += bytes.n;
    if (s->trouble)
        return;
    if (!s->is_header_done || s->needs_verdict)
        note(s, ingam_check_feed(s->check, bytes));
    if (s->is_header_done) {
        signing_feed(s, bytes);
        return;
    }
    if (s->trouble || !has_header_ended(s))
        return;
    header_ended(s, true);
    uint64_t behind = s->bytes - header_bytes(s);
    if (!s->trouble && behind <= bytes.n)
        signing_feed(s, str_from(bytes, bytes.n - (size_t)behind));
    session_step(s);
}

bool session_is_satisfied(const struct session *s)
{
    if (s->trouble)
        return true;
    if (!s->is_header_done || s->signing.kind != SIGN_NOTHING)
        return false;
    return !s->needs_verdict || !ingam_check_wants_body(s->check);
}

void session_end(struct session *s)
{
    s->ended_us = clock_now_us();
    s->is_ended = true;
    if (!s->trouble && (!s->is_header_done || s->needs_verdict))
        note(s, ingam_check_end(s->check));
    if (!s->trouble && !s->is_header_done)
        header_ended(s, false);
    if (!s->trouble)
        signing_end(s);
    session_step(s);
}

void session_free(struct session *s)
{
    if (s == NULL)
        return;
    if (!s->is_decided)
        tell_aborted(s);
    cancel_questions(s);
    if (s->timer)
        event_free(s->timer);
    signing_free(s);
    ingam_check_free(s->check);
    conf_drop(s->conf);
    struct arena a = s->arena;
    arena_free(&a);
}
