/* SPDX-License-Identifier: BSD-2-Clause */
/* All workers wait on the same sockets: another may have taken what we were woken for, and taking but a few a turn leaves some
 * to the others. */
#include "daemon/worker_inside.h"
#include "io/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { A_TURN = 4, REST_MS = 100, SAY_AGAIN_MS = 60000 };

static const struct front *front_of(const struct conf_listen *listen)
{
    return listen->front == CONF_RSPAMC ? &front_rspamc : &front_milter;
}

static void count(struct worker *w, const struct conf_listen *listen)
{
    if (listen->front == CONF_RSPAMC)
        w->counters->connections_rspamc++;
    else
        w->counters->connections_milter++;
    w->connection_n++;
    w->counters->sessions_open = w->connection_n;
}

/* What lasts is said once a minute. */
static bool is_news(uint64_t *said_ms)
{
    uint64_t now = clock_now_ms();
    if (*said_ms && now - *said_ms < SAY_AGAIN_MS)
        return false;
    *said_ms = now;
    return true;
}

static void refuse(struct life *life, int fd)
{
    struct worker *w = &life->w;
    close(fd);
    w->counters->sessions_refused++;
    if (is_news(&life->full_said_ms))
        log_say(&w->log, CONF_WARNING, "%zu connections are open, limits.sessions: more are refused",
                w->connection_n);
}

/* Over the limit the connection is closed at once: the mail server then does what its default action says, while a
 * connection that hangs would cost its client minutes. */
static void take(struct life *life, const struct conf_listen *listen, int fd)
{
    struct worker *w = &life->w;
    if (w->connection_n >= w->conf->limits.sessions) {
        refuse(life, fd);
    } else if (front_of(listen)->take(w, listen, fd)) {
        count(w, listen);
    } else {
        w->counters->sessions_refused++;
        log_say(&w->log, CONF_ERROR, "no memory for a connection");
    }
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

static void rest(struct life *life, int error)
{
    if (is_news(&life->short_said_ms))
        log_say(&life->w.log, CONF_ERROR, "cannot accept connections: %s; trying again",
                strerrordesc_np(error));
    for (size_t i = 0; i < life->listener_n; i++)
        event_del(life->listeners[i].readable);
    event_add(life->accept_again, &(struct timeval){.tv_usec = REST_MS * 1000});
}

static void acceptable(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct listener *l = context;
    for (int i = 0; i < A_TURN; i++) {
        int taken = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (taken >= 0) {
            take(l->life, l->listen, taken);
            continue;
        }
        if (is_shortage(errno))
            rest(l->life, errno);
        return;
    }
}

static void accept_again(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct life *life = context;
    for (size_t i = 0; i < life->listener_n; i++)
        event_add(life->listeners[i].readable, NULL);
}

static void close_all(struct listener *list, size_t n, bool with_sockets)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].readable)
            event_free(list[i].readable);
        if (with_sockets)
            close(list[i].fd);
    }
    free(list);
}

static bool open_all(struct life *life, struct listener *list, const struct conf *conf, const int *fds)
{
    for (size_t i = 0; i < conf->listen_n; i++) {
        struct listener *l = &list[i];
        *l = (struct listener){.life = life, .listen = &conf->listens[i], .fd = fds[i]};
        l->readable = event_new(life->w.base, fds[i], EV_READ | EV_PERSIST, acceptable, l);
        if (l->readable == NULL || evutil_make_socket_nonblocking(fds[i]) != 0 ||
            event_add(l->readable, NULL) != 0)
            return false;
    }
    return true;
}

bool worker_listen(struct life *life, const struct conf *conf, const int *fds)
{
    struct listener *list = calloc(conf->listen_n + 1, sizeof *list);
    if (life->accept_again == NULL)
        life->accept_again = evtimer_new(life->w.base, accept_again, life);
    if (list == NULL || life->accept_again == NULL || !open_all(life, list, conf, fds)) {
        if (list)
            close_all(list, conf->listen_n, false);
        return false;
    }
    close_all(life->listeners, life->listener_n, true);
    life->listeners = list;
    life->listener_n = conf->listen_n;
    return true;
}

void worker_listen_end(struct life *life)
{
    close_all(life->listeners, life->listener_n, true);
    life->listeners = NULL;
    life->listener_n = 0;
    if (life->accept_again)
        event_free(life->accept_again);
    life->accept_again = NULL;
}
