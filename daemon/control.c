/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct control_peer {
    struct control *control;
    struct bufferevent *stream; /* NULL: this place is free */
    uid_t uid;
    int waits_for;
    bool is_answered;
};
struct control {
    struct evconnlistener *listener;
    control_asked asked;
    void *context;
    struct control_peer peers[CONTROL_PEERS_MAX];
};

static void leave(struct control_peer *peer)
{
    bufferevent_free(peer->stream);
    *peer = (struct control_peer){.control = peer->control};
}

static void written(struct bufferevent *stream, void *context)
{
    (void)stream;
    struct control_peer *peer = context;
    if (peer->is_answered)
        leave(peer);
}

static void ended(struct bufferevent *stream, short what, void *context)
{
    (void)stream, (void)what;
    leave(context);
}

static void came(struct bufferevent *stream, void *context)
{
    struct control_peer *peer = context;
    struct evbuffer *input = bufferevent_get_input(stream);
    char *line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF);
    if (line == NULL && evbuffer_get_length(input) < CONTROL_LINE_MAX)
        return;
    bufferevent_disable(stream, EV_READ);
    if (line == NULL)
        control_answer(peer, json_pack("{ss}", "error", "the line is too long"));
    else
        peer->control->asked(peer->control->context, peer, line);
    free(line);
}

static struct control_peer *free_place(struct control *c)
{
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
        if (c->peers[i].stream == NULL)
            return &c->peers[i];
    return NULL;
}

static bool open_peer(struct control *c, struct control_peer *peer, int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    struct timeval idle = {.tv_sec = CONTROL_IDLE_S};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        return false;
    struct event_base *base = evconnlistener_get_base(c->listener);
    struct bufferevent *stream = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (stream == NULL)
        return false;
    *peer = (struct control_peer){.control = c, .stream = stream, .uid = who.uid};
    bufferevent_setcb(stream, came, written, ended, peer);
    bufferevent_setwatermark(stream, EV_READ, 0, CONTROL_LINE_MAX);
    bufferevent_set_timeouts(stream, &idle, &idle);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
    return true;
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int n,
                     void *context)
{
    (void)listener, (void)from, (void)n;
    struct control *c = context;
    struct control_peer *peer = free_place(c);
    if (peer == NULL || !open_peer(c, peer, fd))
        close(fd);
}

struct control *control_new(struct event_base *base, int fd, control_asked asked, void *context)
{
    struct control *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->asked = asked;
    c->context = context;
    c->listener = evconnlistener_new(base, accepted, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (c->listener)
        return c;
    free(c);
    return NULL;
}

void control_free(struct control *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
        if (c->peers[i].stream)
            leave(&c->peers[i]);
    evconnlistener_free(c->listener);
    free(c);
}

uid_t control_uid(const struct control_peer *peer)
{
    return peer->uid;
}

void control_answer(struct control_peer *peer, json_t *answer)
{
    char *text = answer ? json_dumps(answer, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(answer);
    peer->waits_for = 0;
    peer->is_answered = true;
    struct evbuffer *output = bufferevent_get_output(peer->stream);
    const char *line = text ? text : "{\"error\":\"no memory\"}";
    if (evbuffer_add(output, line, strlen(line)) != 0 || evbuffer_add(output, "\n", 1) != 0)
        bufferevent_trigger_event(peer->stream, BEV_EVENT_ERROR, BEV_OPT_DEFER_CALLBACKS);
    free(text);
}

void control_wait(struct control_peer *peer, int what)
{
    peer->waits_for = what;
    bufferevent_set_timeouts(peer->stream, NULL, NULL);
}

struct control_peer *control_waiting(struct control *c, int what)
{
    for (size_t i = 0; c && i < CONTROL_PEERS_MAX; i++)
        if (c->peers[i].stream && c->peers[i].waits_for == what)
            return &c->peers[i];
    return NULL;
}
