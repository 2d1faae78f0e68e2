/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/front_milter.h"

#include "io/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    INPUT_SIZE = 256 * 1024,
    OUTPUT_SIZE = 64 * 1024,
    TURN_MAX = 8 * 1024 * 1024, /* what is said to one turn's packets is far less */
    READS_A_TURN = 4,
    BEGUN_LEAST = 4096,
    SURELY_SENT = 8192, /* a socket on which all was read takes this much at once */
    PROGRESS_MS = 3000,
    GRACE_MS = 1000,
    TICK_MS = 1000,
    DRAIN_TICK_MS = 250
};

/* --- Writing ------------------------------------------------------------------------------------------------ */

void connection_begin_turn(struct milter_connection *c, struct turn *turn)
{
    arena_init(&turn->arena, NULL, TURN_MAX);
    arena_lend(&turn->arena, c->front->output, OUTPUT_SIZE);
    out_init(&turn->out, &turn->arena);
    c->turn = turn;
}

/* What the socket does not take is kept, and until it has gone nothing more is read. */
static bool keep_unsent(struct milter_connection *c, str rest)
{
    bool is_first = c->unsent.n == 0;
    if (!kept_add(&c->unsent, rest))
        return false;
    if (!is_first || rest.n == 0)
        return true;
    c->unsent_ms = clock_now_ms();
    event_del(&c->readable);
    return event_add(&c->writable, NULL) == 0;
}

/* ret  bytes that went out; SIZE_MAX: the peer is gone */
static size_t send_some(const struct milter_connection *c, str bytes)
{
    ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    if (n >= 0)
        return (size_t)n;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : SIZE_MAX;
}

/* Memory for what may remain is taken before the first byte goes out, so that edits are never sent by half. */
static bool send_all(struct milter_connection *c, str bytes)
{
    if (c->unsent.n)
        return keep_unsent(c, bytes);
    if (bytes.n > SURELY_SENT && !kept_set(&c->unsent, bytes))
        return false;
    c->unsent.n = 0;
    size_t n = send_some(c, bytes);
    if (n == bytes.n) {
        kept_free(&c->unsent);
        return true;
    }
    return n < bytes.n && keep_unsent(c, str_from(bytes, n));
}

bool connection_end_turn(struct milter_connection *c)
{
    struct turn *turn = c->turn;
    str said = out_done(&turn->out);
    c->turn = NULL;
    if (turn->out.has_failed || (said.n && !send_all(c, said)))
        c->is_over = true;
    arena_free(&turn->arena);
    return !c->is_over;
}

/* --- The end ------------------------------------------------------------------------------------------------ */

static void front_free(struct milter_front *f)
{
    f->w->of_front[CONF_MILTER] = NULL;
    if (f->tick)
        event_free(f->tick);
    free(f->input);
    free(f->output);
    free(f);
}

static void connection_free(struct milter_connection *c)
{
    event_del(&c->readable);
    event_del(&c->writable);
    close(c->fd);
    kept_free(&c->begun);
    kept_free(&c->unsent);
    for (size_t i = 0; i < KEPT_N; i++)
        kept_free(&c->kept[i]);
    conf_drop(c->conf);
    free(c);
}

static void leave(struct milter_connection *c)
{
    struct milter_front *f = c->front;
    struct worker *w = f->w;
    message_forget(c);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    connection_free(c);
    if (f->all == NULL)
        event_del(f->tick);
    if (f->all == NULL && w->is_draining)
        front_free(f);
    worker_left(w);
}

/* --- Reading ------------------------------------------------------------------------------------------------ */

/* Where the next bytes go: behind the packet that has begun, which grows with what comes, not with what its length says. */
static uint8_t *room_for(struct milter_connection *c, size_t *room)
{
    struct kept_text *k = &c->begun;
    *room = INPUT_SIZE;
    if (k->n == 0)
        return c->front->input;
    size_t cap = k->n * 2 > BEGUN_LEAST ? k->n * 2 : BEGUN_LEAST;
    if (k->cap - k->n < cap / 4) {
        uint8_t *p = realloc(k->p, cap);
        if (p == NULL)
            return NULL;
        k->p = p;
        k->cap = cap;
    }
    *room = k->cap - k->n;
    return k->p + k->n;
}

static void keep_begun(struct milter_connection *c, str rest)
{
    struct kept_text *k = &c->begun;
    if (rest.n == 0) {
        kept_free(k);
    } else if (rest.p >= k->p && k->p && rest.p < k->p + k->cap) {
        memmove(k->p, rest.p, rest.n);
        k->n = rest.n;
    } else if (!kept_set(k, rest)) {
        c->is_over = true;
    }
}

static void take_packets(struct milter_connection *c, str bytes)
{
    struct milter_event e;
    size_t before = bytes.n;
    while (!c->is_over && milter_next(&c->m, &bytes, &e) != MILTER_MORE)
        step(c, &e);
    if (c->begun.n == 0 || bytes.n != before)
        c->begun_ms = c->came_ms;
    keep_begun(c, bytes);
}

/* A peer that waits for the acknowledgement of its last small packet before it sends the next would wait 40 ms. */
static void acknowledge(const struct milter_connection *c)
{
    int one = 1;
    if (c->is_tcp)
        setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

/* ret  there may be more */
static bool read_some(struct milter_connection *c)
{
    size_t room, begun = c->begun.n;
    uint8_t *to = room_for(c, &room);
    ssize_t n = to ? recv(c->fd, to, room, 0) : 0;
    if (n <= 0) {
        bool is_empty = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
        c->is_over = c->is_over || !is_empty;
        return false;
    }
    acknowledge(c);
    take_packets(c, (str){to - begun, begun + (size_t)n});
    return (size_t)n == room;
}

static void readable(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct milter_connection *c = context;
    struct turn turn;
    connection_begin_turn(c, &turn);
    c->came_ms = clock_now_ms();
    for (int i = 0; i < READS_A_TURN && !c->is_over; i++) {
        if (!read_some(c))
            break;
    }
    if (!connection_end_turn(c))
        leave(c);
}

static void writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct milter_connection *c = context;
    str left = {c->unsent.p, c->unsent.n};
    size_t n = send_some(c, left);
    if (n > left.n) {
        leave(c);
        return;
    }
    if (n == left.n) {
        kept_free(&c->unsent);
        event_del(&c->writable);
        event_add(&c->readable, NULL);
    } else if (n) {
        memmove(c->unsent.p, c->unsent.p + n, left.n - n);
        c->unsent.n -= n;
        c->unsent_ms = clock_now_ms();
    }
}

/* --- Time ----------------------------------------------------------------------------------------------------- */

static void say_progress(struct milter_connection *c, uint64_t now)
{
    struct turn turn;
    c->progress_ms = now;
    connection_begin_turn(c, &turn);
    milter_write(&turn.out, &c->m, MILTER_REPLY_PROGRESS);
    connection_end_turn(c);
}

/* The next message of an SMTP session may be on its way: to be cut off then costs its sender a second try. */
static bool is_drained(const struct milter_connection *c, uint64_t now)
{
    bool is_between = c->stage == MESSAGE_NONE && c->unsent.n == 0;
    return c->front->w->is_draining && is_between && now - c->came_ms >= GRACE_MS;
}

/* ret  why the connection must end; NULL: it need not */
static const char *overdue(const struct milter_connection *c, uint64_t now)
{
    const struct conf *conf = c->front->w->conf;
    if (c->unsent.n)
        return now - c->unsent_ms >= conf->limits.packet_ms ? "the mail server does not read" : NULL;
    if (c->stage == MESSAGE_WAITING)
        return NULL;
    if (c->begun.n && now - c->begun_ms >= conf->limits.packet_ms)
        return "a packet did not become whole";
    return now - c->came_ms >= conf->limits.idle_ms ? "nothing came" : NULL;
}

static void look_at(struct milter_connection *c, uint64_t now)
{
    if (c->stage == MESSAGE_WAITING && c->unsent.n == 0 && now - c->progress_ms >= PROGRESS_MS)
        say_progress(c, now);
    const char *why = overdue(c, now);
    if (why)
        log_say(&c->front->w->log, CONF_DEBUG, "milter: a connection is closed: %s", why);
    if (why || c->is_over || is_drained(c, now))
        leave(c);
}

static void set_tick(struct milter_front *f, bool is_draining)
{
    struct timeval each = {.tv_usec = DRAIN_TICK_MS * 1000};
    if (!is_draining)
        each = (struct timeval){.tv_sec = TICK_MS / 1000};
    event_add(f->tick, &each);
}

static void look_at_all(struct milter_front *f)
{
    uint64_t now = clock_now_ms();
    struct milter_connection *next;
    f->faults_said = 0;
    for (struct milter_connection *c = f->all; c; c = next) { /* the last that leaves may free the front */
        next = c->next;
        look_at(c, now);
    }
}

static void tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    look_at_all(context);
}

static void drain(struct worker *w)
{
    struct milter_front *f = w->of_front[CONF_MILTER];
    if (f == NULL)
        return;
    if (f->all == NULL) {
        front_free(f);
        return;
    }
    set_tick(f, true);
    look_at_all(f);
}

/* --- The beginning -------------------------------------------------------------------------------------------- */

static struct milter_front *front_of(struct worker *w)
{
    if (w->of_front[CONF_MILTER])
        return w->of_front[CONF_MILTER];
    struct milter_front *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->w = w;
    f->input = malloc(INPUT_SIZE);
    f->output = malloc(OUTPUT_SIZE);
    f->tick = event_new(w->base, -1, EV_PERSIST, tick, f);
    w->of_front[CONF_MILTER] = f;
    if (f->input && f->output && f->tick)
        return f;
    front_free(f);
    return NULL;
}

static void set_up_socket(struct milter_connection *c)
{
    int family = 0, one = 1;
    socklen_t n = sizeof family;
    getsockopt(c->fd, SOL_SOCKET, SO_DOMAIN, &family, &n);
    c->is_tcp = family == AF_INET || family == AF_INET6;
    if (c->is_tcp)
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void put_in_list(struct milter_front *f, struct milter_connection *c)
{
    if (f->all == NULL)
        set_tick(f, false);
    c->next = f->all;
    c->link = &f->all;
    if (c->next)
        c->next->link = &c->next;
    f->all = c;
}

static bool take(struct worker *w, const struct conf_listen *listen, int fd)
{
    struct milter_front *f = front_of(w);
    struct milter_connection *c = f ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        close(fd);
        return false;
    }
    *c = (struct milter_connection){.front = f, .listen = listen, .fd = fd, .came_ms = clock_now_ms()};
    c->conf = conf_hold(w->conf);
    milter_init(&c->m, &front_milter_wants);
    set_up_socket(c);
    event_assign(&c->readable, w->base, fd, EV_READ | EV_PERSIST, readable, c);
    event_assign(&c->writable, w->base, fd, EV_WRITE | EV_PERSIST, writable, c);
    if (event_add(&c->readable, NULL) != 0) {
        connection_free(c);
        return false;
    }
    put_in_list(f, c);
    return true;
}

const struct front front_milter = {.take = take, .drain = drain};
