/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that the children write and the status process reads: one slot a worker in memory that all of them share, made by the
 * parent before the first fork. Plain 64-bit numbers, each written by one process; a worker that died leaves its numbers to
 * its successor. */
#ifndef DAEMON_COUNTERS_H
#define DAEMON_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

enum { COUNTERS_WORKERS_MAX = 64, COUNTERS_BUCKETS = 14, COUNTERS_RESULTS = 8 };
/* Upper bounds of the latency buckets in milliseconds; the last has none. Defined in counters.c. */
extern const uint32_t counters_bounds_ms[COUNTERS_BUCKETS - 1];

struct counters {
    uint64_t connections_milter, connections_rspamc; /* accepted */
    uint64_t sessions_open;                          /* a gauge */
    uint64_t sessions_refused;                       /* over limits.sessions */
    uint64_t protocol_faults;                        /* connections closed for what the peer sent */
    uint64_t messages_judged, messages_signed, messages_sealed, messages_aborted;
    uint64_t troubles;    /* messages we could not judge: memory, a child that was gone */
    uint64_t deadlines;   /* messages whose verdict came by the deadline */
    uint64_t actions[4];  /* by enum ingam_disposition: what was done */
    uint64_t would_be[4]; /* and what enforcing would have done */
    uint64_t spf[COUNTERS_RESULTS], dkim[COUNTERS_RESULTS], arc[COUNTERS_RESULTS],
        dmarc[COUNTERS_RESULTS]; /* enum ingam_result */
    uint64_t signings_asked, signings_failed;
    uint64_t dns_asked, dns_failed, dns_timed_out, dns_us;
    uint64_t latency_us; /* sum: from the end of the message to the answer */
    uint64_t latency[COUNTERS_BUCKETS];
};

struct counters_all {
    struct counters worker[COUNTERS_WORKERS_MAX];
    uint64_t started_s, reloads, reloads_refused; /* the parent's */
    uint64_t restarts_worker, restarts_keyd, restarts_status;
    uint64_t workers_up, keyd_up; /* gauges, the parent's */
    uint64_t accepting;           /* gauge: workers that said they are ready */
    uint64_t beat_ms;             /* the parent's last sign of life, clock_now_ms */
    uint64_t key_n, generation;   /* gauges: keys that sign, number of the configuration */
    uint32_t log_level;           /* enum conf_level; workers look here at each line */
};
struct counters_all *counters_new(void); /* shared memory; NULL: none */

#endif
