/* SPDX-License-Identifier: BSD-2-Clause */
/* worker: one process that serves mail servers. Accepts on the sockets the parent bound, has one event loop, one resolver, one
 * socket to keyd, no files. Its parent hands it, over a channel, new configurations with their sockets, new keyds, and the word
 * to drain. */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include "conf/conf.h"
#include "daemon/counters.h"
#include "daemon/keyd.h"
#include "daemon/log.h"
#include "io/asker.h"

#include <event2/event.h>

/* What a worker begins with; everything is open already. */
struct worker_start {
    unsigned number;   /* from 0: the slot of its counters */
    struct conf *conf; /* held for the worker */
    struct counters_all *all;
    int channel;           /* to the parent, see channel.h */
    int keyd;              /* -1: none */
    const int *listens;    /* one for each conf->listens, same order */
    const char *zone_name; /* --dns: the text is the whole DNS; NULL: the real one */
    str zone_text;
    const char *host; /* this host's name */
    bool (*give_up_rights)(const struct conf *conf, const char *role);
};
/* ret  exit status: 0 after draining; 1 could not start; WORKER_RENEW: a configuration came that changes the resolver, which
 *      only a process that may still open files can do. It has taken the rest of that configuration (CHANNEL_TAKEN), goes
 *      on serving with the resolver it has, and ends when it has no connection, at the latest after drain_ms (and 5 s more for each
 *      worker before it, so that never all are away at once). The parent starts its successor at once: no back-off, no
 *      warning, not counted as a restart. */
enum { WORKER_RENEW = 3 };
int worker_run(const struct worker_start *start);

struct worker {
    struct event_base *base;
    struct conf *conf; /* what is in force for messages that begin now */
    struct asker *asker;
    struct trial *trial; /* NULL: there was none */
    struct keyd_client *keyd;
    struct ingam_keys *public_keys; /* parsed keys kept between messages */
    struct counters_all *all;
    struct counters *counters; /* this worker's */
    struct log log;
    unsigned number;
    const char *host;
    bool is_draining;
    size_t connection_n;
    uint64_t message_n;       /* for ids */
    void *of_front[2];        /* by enum conf_front: what the front keeps */
    struct ingam_alloc alloc; /* of messages; zeroed: malloc */
};

/* A front: takes an accepted socket over (non-blocking, close-on-exec), serves it, closes it, and calls worker_left once.
 * Fronts keep their connections in a list of their own, and end those that stand between two messages when `drain` is called. */
struct front {
    bool (*take)(struct worker *w, const struct conf_listen *listen,
                 int fd); /* false: no memory; fd is closed */
    void (*drain)(struct worker *w);
};
extern const struct front front_milter, front_rspamc;
void worker_left(struct worker *w);

#endif
