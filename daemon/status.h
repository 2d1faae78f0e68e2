/* SPDX-License-Identifier: BSD-2-Clause */
/* status: the process that shows numbers to monitoring, over HTTP: /metrics, /healthz, /readyz. It reads the shared counters, has
 * one listening socket, and no other right. */
#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

#include "daemon/counters.h"
#include "daemon/log.h"

struct status_start {
    const struct conf *conf;
    struct counters_all *all; /* only read */
    struct log *log;
    int fd; /* listens already */
};
/* The process's life. ret exit status */
int status_run(const struct status_start *start);

/* --- status_metrics.c --- */

struct evbuffer;
/* Writes all numbers as OpenMetrics 1.0 text. No label has a value that comes from outside. */
void status_metrics(struct evbuffer *to, const struct counters_all *all);
/* Sums all workers into one. */
void status_sum(const struct counters_all *all, struct counters *sum);
/* ret  "accept", "quarantine", "reject", "defer": what becomes of a message, in numbers of enum ingam_disposition */
const char *status_action(unsigned i);
/* The parent has given a sign of life within the last 5 s. */
bool status_is_healthy(const struct counters_all *all);

#endif
