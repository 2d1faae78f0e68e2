/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service manager is told: sd_notify's datagrams, without libsystemd (docs/decisions/0009). */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
    int fd;               /* -1: nobody wants to know */
    uint64_t watchdog_ms; /* how often to send a sign of life: half of what was asked for; 0: never */
};
/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them from the environment. */
void notify_open(struct notify *n);
void notify_close(struct notify *n);
/* in   lines  "READY=1\nSTATUS=..." */
void notify_send(const struct notify *n, const char *lines);
/* RELOADING=1 with the moment, as Type=notify-reload wants it */
void notify_reloading(const struct notify *n);

#endif
