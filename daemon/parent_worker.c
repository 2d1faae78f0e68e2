/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said to workers. A packet that does not go out now waits for room; a newer generation begins anew with its first text, and the
 * worker forgets what it has of the older one. */
#include "daemon/parent_inside.h"
#include "daemon/sandbox.h"
#include "daemon/worker.h"
#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEARD_A_TURN = 16 };

void worker_count(struct parent *p)
{
    uint64_t up = 0, ready = 0;
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++) {
        up += p->workers[i].pid != 0;
        ready += p->workers[i].pid != 0 && p->workers[i].is_ready;
    }
    p->all->workers_up = up;
    p->all->accepting = p->is_stopping ? 0 : ready;
    p->all->keyd_up = p->keyd.pid != 0 && p->keyd.is_ready;
}

/* --- Sending ------------------------------------------------------------------------------------------------- */

/* ret  false: not now */
static bool send_packet(struct child *c, const int *fds, size_t fd_n)
{
    if (channel_send(c->channel, &c->parent->packet, fds, fd_n))
        return true;
    if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
        event_add(c->writable, NULL);
    return false; /* else it is gone, which its end will tell */
}

static void fill(struct channel_packet *packet, enum channel_kind kind, uint32_t number)
{
    packet->kind = kind;
    packet->number = number;
    packet->is_last = false;
    packet->n = 0;
    memset(packet->name, 0, sizeof packet->name);
}

static bool send_text(struct child *c, const struct generation *g)
{
    struct channel_packet *packet = &c->parent->packet;
    const struct conf_text *text = &g->texts.list[c->text];
    str rest = str_from(text->text, c->text_at), piece = str_first(rest, CHANNEL_BYTES);
    fill(packet, CHANNEL_TEXT, g->number);
    snprintf(packet->name, sizeof packet->name, "%s", text->name);
    packet->is_last = piece.n == rest.n;
    packet->n = (uint32_t)piece.n;
    if (piece.n)
        memcpy(packet->bytes, piece.p, piece.n);
    if (!send_packet(c, NULL, 0))
        return false;
    c->text_at += piece.n;
    if (packet->is_last) {
        c->text++;
        c->text_at = 0;
    }
    return true;
}

static bool send_conf(struct child *c)
{
    const struct generation *g = &c->parent->now;
    int fds[LISTEN_MAX];
    while (c->text < g->texts.n)
        if (!send_text(c, g))
            return false;
    for (size_t i = 0; i < g->sockets.n; i++)
        fds[i] = g->sockets.list[i].fd;
    fill(&c->parent->packet, CHANNEL_CONF, g->number);
    return send_packet(c, fds, g->sockets.n);
}

static bool send_keyd(struct child *c)
{
    int *end = &c->parent->keyd_life.ends[c->number];
    fill(&c->parent->packet, CHANNEL_KEYD, 0);
    if (!send_packet(c, end, *end >= 0))
        return false;
    if (*end >= 0)
        close(*end);
    *end = -1;
    return true;
}

static bool send_trial(struct child *c)
{
    fill(&c->parent->packet, CHANNEL_TRIAL, 0);
    trial_put(c->parent, &c->parent->packet);
    return send_packet(c, NULL, 0);
}

static bool send_drain(struct child *c)
{
    fill(&c->parent->packet, CHANNEL_DRAIN, 0);
    return send_packet(c, NULL, 0);
}

void worker_flush(struct child *c)
{
    if (c->channel < 0)
        return;
    if (c->owes_conf)
        c->owes_conf = !send_conf(c);
    if (c->owes_keyd && !c->owes_conf)
        c->owes_keyd = !send_keyd(c);
    if (c->owes_trial && !c->owes_conf && !c->owes_keyd)
        c->owes_trial = !send_trial(c);
    if (c->owes_drain && !c->owes_conf && !c->owes_keyd && !c->owes_trial)
        c->owes_drain = !send_drain(c);
}

void worker_owe_conf(struct child *c)
{
    c->owes_conf = true;
    c->text = c->text_at = 0;
    worker_flush(c);
}

/* From now on it takes nothing new, and its end is no surprise. */
void worker_owe_drain(struct child *c)
{
    if (c->pid == 0 || c->is_replaced)
        return;
    c->owes_drain = c->is_replaced = true;
    worker_flush(c);
}

static void writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    worker_flush(context);
}

/* --- Hearing ------------------------------------------------------------------------------------------------- */

static bool are_all_ready(const struct parent *p)
{
    for (size_t i = 0; i < p->worker_n; i++)
        if (!p->workers[i].is_ready)
            return false;
    return true;
}

static void hear_refused(struct child *c, uint32_t number)
{
    struct parent *p = c->parent;
    if (number != p->now.number || !c->is_wanted || c->is_replaced || p->is_stopping)
        return;
    log_say(&p->log, CONF_ERROR, "worker %u does not take the new configuration: it is replaced", c->number);
    worker_owe_drain(c);
}

static void hear(struct child *c)
{
    struct parent *p = c->parent;
    c->alive_ms = clock_now_ms();
    switch (p->packet.kind) {
    case CHANNEL_READY:
        c->is_ready = true;
        worker_count(p);
        if (are_all_ready(p))
            parent_became_ready(p);
        break;
    case CHANNEL_TAKEN:
        c->generation = p->packet.number;
        reload_look(p);
        break;
    case CHANNEL_TRIAL:
    case CHANNEL_TRIAL_FAILED:
    case CHANNEL_TRIAL_RESULT: trial_hear(c); break;
    case CHANNEL_REFUSED: hear_refused(c, p->packet.number); break;
    default: break;
    }
}

/* A few a turn: one that never stops talking must not keep us from the others, nor from killing it. */
static void readable(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct child *c = context;
    int fds[CHANNEL_FDS];
    size_t fd_n;
    int got = 0;
    for (int n = 0; n < HEARD_A_TURN; n++) {
        got = channel_receive(fd, &c->parent->packet, fds, &fd_n);
        if (got <= 0)
            break;
        for (size_t i = 0; i < fd_n; i++)
            close(fds[i]);
        hear(c);
    }
    if (got < 0)
        event_del(c->readable); /* its end comes by SIGCHLD */
}

/* --- Life ---------------------------------------------------------------------------------------------------- */

struct inside {
    int channel, keyd, listens[LISTEN_MAX + 1];
};

static struct inside ends; /* what the next worker gets; read behind the fork only */

static int run_worker(struct parent *p, struct child *c)
{
    struct worker_start start = {.number = c->number,
                                 .conf = p->now.conf,
                                 .all = p->all,
                                 .channel = ends.channel,
                                 .keyd = ends.keyd,
                                 .listens = ends.listens,
                                 .zone_name = p->options->zone,
                                 .zone_text = p->zone_text,
                                 .host = p->host,
                                 .give_up_rights = sandbox_enter};
    return worker_run(&start);
}

static bool fork_with(struct child *c)
{
    struct parent *p = c->parent;
    struct child_fork f = {.child = c, .run = run_worker};
    f.kept[f.kept_n++] = ends.channel;
    if (ends.keyd >= 0)
        f.kept[f.kept_n++] = ends.keyd;
    for (size_t i = 0; i < p->now.sockets.n; i++)
        f.kept[f.kept_n++] = ends.listens[i] = p->now.sockets.list[i].fd;
    return child_fork(&f);
}

bool worker_fork(struct child *c)
{
    struct parent *p = c->parent;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        log_say(&p->log, CONF_ERROR, "worker %u cannot be started: %s", c->number, strerrordesc_np(errno));
        return false;
    }
    ends.channel = pair[1];
    ends.keyd = keyd_take_end(p, c->number);
    c->channel = pair[0];
    c->owes_conf = c->owes_keyd = c->owes_trial = c->owes_drain = false;
    c->generation = p->now.number;
    c->readable = event_new(p->base, c->channel, EV_READ | EV_PERSIST, readable, c);
    c->writable = event_new(p->base, c->channel, EV_WRITE, writable, c);
    bool is_good = c->readable && c->writable && event_add(c->readable, NULL) == 0 && fork_with(c);
    close(ends.channel);
    if (ends.keyd >= 0)
        close(ends.keyd);
    if (is_good)
        trial_worker_begins(c);
    else
        worker_left_us(c);
    worker_count(p);
    return is_good;
}

void worker_left_us(struct child *c)
{
    if (c->readable)
        event_free(c->readable);
    if (c->writable)
        event_free(c->writable);
    if (c->channel >= 0)
        close(c->channel);
    c->readable = c->writable = NULL;
    c->channel = -1;
    c->is_ready = false;
    c->owes_conf = c->owes_keyd = c->owes_trial = c->owes_drain = false;
}
