/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/front_rspamc.h"

#include "io/clock.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_BYTES = 65536, BATCH_BYTES = 16384, LINGER_MS = 2000, DRAIN_MS = 500, FAULTS_SAID = 10 };

enum stage { READING, WAITING, WRITING, LEAVING };

struct rspamc_connection {
    struct rspamc_connection *next, **link;
    struct rspamc_front *front;
    struct conf *conf; /* under which it was accepted */
    struct bufferevent *stream;
    struct event *timer;
    enum stage stage;
    bool has_begun, is_in_message, has_peer_ended;
    uint64_t begun_ms;
    struct rspamc r;
    struct rspamc_request request;
    struct session *session; /* NULL in WAITING and before: there is no memory for one */
};

struct rspamc_front {
    struct worker *w;
    struct rspamc_connection *all;
    uint64_t faults_at_s; /* the second in which */
    unsigned faults_said; /* so many were said */
    size_t batch_n;
    uint8_t
        batch[BATCH_BYTES]; /* pieces of one message on their way to its session; empty between two turns */
};

static void connection_free(struct rspamc_connection *c)
{
    struct worker *w = c->front->w;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    session_free(c->session);
    bufferevent_free(c->stream);
    event_free(c->timer);
    request_free(&c->request);
    conf_drop(c->conf);
    free(c);
    worker_left(w);
}

/* --- Time --- */

static void set_timer(struct rspamc_connection *c, uint64_t ms)
{
    struct timeval time = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
    event_add(c->timer, &time);
}

/* The head of the request must be whole in packet_ms; then no pause is longer than that, and all is over in idle_ms. */
static void set_reading_timer(struct rspamc_connection *c)
{
    uint64_t now = clock_now_ms(), wait = c->conf->limits.packet_ms;
    uint64_t end = c->begun_ms + (c->is_in_message ? c->conf->limits.idle_ms : wait);
    uint64_t left = end > now ? end - now : 0;
    set_timer(c, wait < left ? wait : left);
}

static void say_fault(struct rspamc_connection *c, const char *what)
{
    struct rspamc_front *f = c->front;
    uint64_t second = clock_now_ms() / 1000;
    if (f->faults_at_s != second)
        f->faults_said = 0;
    f->faults_at_s = second;
    f->w->counters->protocol_faults++;
    if (f->faults_said++ < FAULTS_SAID)
        log_say(&f->w->log, CONF_WARNING, "rspamc: %s: connection closed: %s",
                c->request.envelope.listen->address, what);
}

static void late(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct rspamc_connection *c = context;
    if (c->stage == READING && c->has_begun)
        say_fault(c, "the request did not come to its end in time");
    connection_free(c);
}

/* --- Writing --- */

/* The connection is over as soon as this has gone out. */
static void send_last(struct rspamc_connection *c, str text)
{
    c->stage = WRITING;
    set_timer(c, c->conf->limits.packet_ms);
    bufferevent_write(c->stream, text.p, text.n);
}

static void sent(struct bufferevent *stream, void *context)
{
    (void)stream;
    struct rspamc_connection *c = context;
    if (c->stage != WRITING)
        return;
    if (c->has_peer_ended) {
        connection_free(c);
        return;
    }
    c->stage = LEAVING;
    shutdown(bufferevent_getfd(c->stream), SHUT_WR);
    set_timer(c, LINGER_MS);
}

static void answer(struct rspamc_connection *c, const struct decision *d)
{
    struct worker *w = c->front->w;
    struct out o;
    out_init(&o, &c->request.arena);
    if (!request_answer(&c->request, c->conf, d, &o)) {
        w->counters->troubles++;
        log_say(&w->log, CONF_ERROR, "rspamc: a message could not be answered as it was judged: it is %s",
                c->conf->limits.on_trouble == CONF_DEFER ? "deferred" : "let pass unmarked");
    }
    send_last(c, out_done(&o));
}

static void decided(void *context, const struct decision *d)
{
    struct rspamc_connection *c = context;
    answer(c, d);
    struct session *s = c->session;
    c->session = NULL;
    session_free(s);
}

/* --- Reading --- */

static void begin_session(struct rspamc_connection *c)
{
    struct session_envelope *e = &c->request.envelope;
    e->is_local = e->ip.n == 0;
    if (e->is_local)
        e->auth_user = (str){0}; /* the account of a local program is no login */
    c->is_in_message = true;
    if (!c->request.arena.has_failed)
        c->session = session_new(c->front->w, e, decided, c);
}

static void flush_batch(struct rspamc_connection *c)
{
    struct rspamc_front *f = c->front;
    str bytes = {f->batch, f->batch_n};
    f->batch_n = 0;
    if (bytes.n && c->session)
        session_bytes(c->session, bytes);
}

/* Lines come one by one with their ends apart; the session gets many at once. */
static void feed(struct rspamc_connection *c, str bytes)
{
    struct rspamc_front *f = c->front;
    rspamc_keep_bytes(&c->request.results, bytes);
    if (bytes.n > BATCH_BYTES - f->batch_n)
        flush_batch(c);
    if (bytes.n > BATCH_BYTES) {
        if (c->session)
            session_bytes(c->session, bytes);
        return;
    }
    memcpy(f->batch + f->batch_n, bytes.p, bytes.n);
    f->batch_n += bytes.n;
}

static void end_message(struct rspamc_connection *c)
{
    flush_batch(c);
    c->stage = WAITING;
    event_del(c->timer);
    if (c->session) {
        session_results(c->session, c->request.results.n);
        session_end(c->session); /* may call decided */
        return;
    }
    c->front->w->counters->troubles++;
    log_say(&c->front->w->log, CONF_ERROR, "rspamc: no memory for a message");
    answer(c, session_none(c->conf));
}

static void refuse(struct rspamc_connection *c)
{
    struct out o;
    out_init(&o, &c->request.arena);
    rspamc_write_error(&o, c->r.fault);
    say_fault(c, rspamc_fault_text(c->r.fault));
    session_free(c->session);
    c->session = NULL;
    send_last(c, out_done(&o));
}

static void pong(struct rspamc_connection *c)
{
    struct out o;
    out_init(&o, &c->request.arena);
    rspamc_write_pong(&o);
    send_last(c, out_done(&o));
}

static void take_event(struct rspamc_connection *c, const struct rspamc_event *e)
{
    switch (e->kind) {
    case RSPAMC_MORE: flush_batch(c); break;
    case RSPAMC_BAD:
        c->front->batch_n = 0;
        refuse(c);
        break;
    case RSPAMC_PING: pong(c); break;
    case RSPAMC_PAIR: request_pair(&c->request, e->name, e->value); break;
    case RSPAMC_ENVELOPE: begin_session(c); break;
    case RSPAMC_BYTES: feed(c, e->value); break;
    case RSPAMC_END: end_message(c); break;
    }
}

static void take_input(struct rspamc_connection *c, bool is_ended)
{
    struct evbuffer *buffer = bufferevent_get_input(c->stream);
    size_t n = evbuffer_get_length(buffer);
    str input = {n ? evbuffer_pullup(buffer, -1) : NULL, n};
    struct rspamc_event e = {.kind = RSPAMC_PAIR};
    while (c->stage == READING && e.kind != RSPAMC_MORE) {
        rspamc_next(&c->r, &input, is_ended, &e);
        take_event(c, &e);
    }
    evbuffer_drain(buffer, c->stage == READING ? n - input.n : n);
}

static void readable(struct bufferevent *stream, void *context)
{
    struct rspamc_connection *c = context;
    if (c->stage != READING) {
        struct evbuffer *buffer = bufferevent_get_input(stream);
        evbuffer_drain(buffer, evbuffer_get_length(buffer));
        return;
    }
    if (!c->has_begun)
        c->begun_ms = clock_now_ms();
    c->has_begun = true;
    take_input(c, false);
    if (c->stage == READING)
        set_reading_timer(c);
}

/* A peer that has ended its side may still wait for the answer. */
static void peer_ended(struct rspamc_connection *c)
{
    c->has_peer_ended = true;
    if (c->stage == LEAVING || !c->has_begun)
        connection_free(c);
    else if (c->stage == READING)
        take_input(c, true);
}

static void happened(struct bufferevent *stream, short what, void *context)
{
    (void)stream;
    if (what & BEV_EVENT_EOF)
        peer_ended(context);
    else if (what & BEV_EVENT_ERROR)
        connection_free(context);
}

/* --- The front --- */

static struct rspamc_front *front_of(struct worker *w)
{
    struct rspamc_front *f = w->of_front[CONF_RSPAMC];
    if (f == NULL) {
        f = calloc(1, sizeof *f);
        if (f == NULL)
            return NULL;
        f->w = w;
        w->of_front[CONF_RSPAMC] = f;
    }
    return f;
}

static struct rspamc_connection *connection_new(struct rspamc_front *f, int fd)
{
    struct rspamc_connection *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->stream = bufferevent_socket_new(f->w->base, fd, BEV_OPT_CLOSE_ON_FREE);
    c->timer = evtimer_new(f->w->base, late, c);
    if (c->stream && c->timer)
        return c;
    if (c->timer)
        event_free(c->timer);
    if (c->stream) {
        bufferevent_setfd(c->stream, -1);
        bufferevent_free(c->stream);
    }
    free(c);
    return NULL;
}

static void put_in_list(struct rspamc_front *f, struct rspamc_connection *c)
{
    c->front = f;
    c->link = &f->all;
    c->next = f->all;
    if (c->next)
        c->next->link = &c->next;
    f->all = c;
}

static bool take(struct worker *w, const struct conf_listen *listen, int fd)
{
    struct rspamc_front *f = front_of(w);
    struct rspamc_connection *c = f ? connection_new(f, fd) : NULL;
    if (c == NULL) {
        close(fd);
        return false;
    }
    struct rspamc_limits limits = {.pairs = RSPAMC_PAIRS_MAX};
    put_in_list(f, c);
    c->conf = conf_hold(w->conf);
    rspamc_init(&c->r, &limits);
    request_init(&c->request, w, listen);
    bufferevent_setcb(c->stream, readable, sent, happened, c);
    bufferevent_setwatermark(c->stream, EV_READ, 0, INPUT_BYTES);
    bufferevent_enable(c->stream, EV_READ | EV_WRITE);
    set_timer(c, c->conf->limits.idle_ms);
    return true;
}

/* Nobody stands between two messages here. One that has said nothing yet may be about to, for it was accepted a moment ago; it
 * has that moment left. */
static void drain(struct worker *w)
{
    struct rspamc_front *f = w->of_front[CONF_RSPAMC];
    for (struct rspamc_connection *c = f ? f->all : NULL; c; c = c->next)
        if (!c->has_begun)
            set_timer(c, DRAIN_MS);
}

const struct front front_rspamc = {.take = take, .drain = drain};
