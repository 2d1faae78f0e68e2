/* SPDX-License-Identifier: BSD-2-Clause */
/* parent: the process that reads the configuration, binds the sockets, and starts, watches and replaces all others. It touches
 * no byte of any mail.
 *
 * Everything happens in one event loop: signals (by a descriptor, so that a storm of them is one event), packets from the
 * workers, the control socket, timers. A configuration that is in force is a generation: texts, snapshot, sockets. A reload
 * makes the next one whole, or leaves everything as it is.
 *
 *   parent.c          start and end            parent_child.c   fork, watch, replace
 *   parent_reload.c   generations              parent_worker.c  what is said to workers, and what they say
 *   parent_keyd.c     keyd, and its renewal    parent_status.c  what `ingam status` and commands get
 *   parent_trial.c    `ingam test inbound`     parent_places.c  the sockets for people and their programs
 *   background.c      without a terminal */
#ifndef DAEMON_PARENT_H
#define DAEMON_PARENT_H

#include "daemon/listen.h"

struct parent_options {
    const char *config;           /* NULL: no file is read */
    struct listen_options listen; /* what stands over the file */
    const char *zone;             /* --dns; NULL: the real DNS */
    const char *pidfile;          /* NULL: none */
    bool is_foreground;
};

enum { PARENT_FAILED = 1, PARENT_CONFIG = 78 };
/* Lives until it is told to end. ret exit status: 0; PARENT_CONFIG; PARENT_FAILED */
int parent_run(const struct parent_options *options);
/* Reads the configuration and says whether it is good, on standard output or error. */
int parent_check(const struct parent_options *options);

#endif
