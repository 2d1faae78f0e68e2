/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the worker share. */
#ifndef DAEMON_WORKER_INSIDE_H
#define DAEMON_WORKER_INSIDE_H

#include "daemon/channel.h"
#include "daemon/worker.h"

struct life;

struct listener {
    struct life *life;
    struct event *readable;
    const struct conf_listen *listen; /* of life->w.conf */
    int fd;
};

/* Texts of a configuration that is on its way. */
struct coming {
    uint32_t generation;
    struct {
        char *name;
        uint8_t *p;
        size_t n;
    } texts[CONF_TEXTS_MAX];
    size_t n;
    bool is_open;   /* the last text goes on */
    bool is_broken; /* something was missing or did not fit into memory */
    size_t bytes;
};

struct life {
    struct worker w;
    const struct worker_start *start;
    struct listener *listeners;
    size_t listener_n;
    struct event *accept_again, *channel, *tick, *term, *last_call;
    struct coming coming;
    struct channel_packet packet;         /* too large for the stack */
    uint64_t full_said_ms, short_said_ms; /* when it was last said that no connection can be taken */
    bool is_renewing;
    int status;
};

/* Serves these sockets from now on, and no others. They are closed with the listeners.
 * ret  false: no memory; nothing has changed, the sockets are the caller's still */
bool worker_listen(struct life *life, const struct conf *conf, const int *fds);
void worker_listen_end(struct life *life);

/* Reads what the parent sent. */
void worker_channel(evutil_socket_t fd, short what, void *context);
bool worker_tell(struct life *life, enum channel_kind kind, uint32_t number);
void coming_forget(struct coming *coming);

/* Takes nothing new, ends when the last connection has left or drain_ms are over. */
void worker_drain(struct life *life);
void worker_renew(struct life *life);

#endif
