/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows: what a number is called, what it counts, where it stands. Everything else follows from them. */
#include "daemon/status.h"

#include <event2/buffer.h>
#include <ingam/ingam.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum kind { COUNTER, GAUGE };
struct row {
    const char *name, *unit, *help; /* unit: NULL, or how the name ends */
    enum kind kind;
    size_t at;
    double scale; /* 0: whole numbers */
};

#define OF(member)  offsetof(struct counters, member)
#define ALL(member) offsetof(struct counters_all, member)

static const struct row of_workers[] = {
    {"ingam_sessions_open", NULL, "Connections of mail servers that are open.", GAUGE, OF(sessions_open), 0},
    {"ingam_sessions_refused", NULL, "Connections closed at once: too many, or no memory.", COUNTER,
     OF(sessions_refused), 0},
    {"ingam_protocol_faults", NULL, "Connections closed for what the mail server sent.", COUNTER,
     OF(protocol_faults), 0},
    {"ingam_messages_judged", NULL, "Messages judged.", COUNTER, OF(messages_judged), 0},
    {"ingam_messages_signed", NULL, "Messages signed.", COUNTER, OF(messages_signed), 0},
    {"ingam_messages_sealed", NULL, "Messages that got an ARC set.", COUNTER, OF(messages_sealed), 0},
    {"ingam_messages_aborted", NULL, "Messages that the mail server gave up before their end.", COUNTER,
     OF(messages_aborted), 0},
    {"ingam_troubles", NULL, "Messages that could not be judged or signed for reasons of ours.", COUNTER,
     OF(troubles), 0},
    {"ingam_deadlines", NULL, "Messages whose verdict came by the deadline.", COUNTER, OF(deadlines), 0},
    {"ingam_signings_asked", NULL, "Signatures asked of keyd.", COUNTER, OF(signings_asked), 0},
    {"ingam_signings_failed", NULL, "Signatures that keyd did not give.", COUNTER, OF(signings_failed), 0},
    {"ingam_dns_questions", NULL, "Questions to the DNS.", COUNTER, OF(dns_asked), 0},
    {"ingam_dns_failures", NULL, "Questions that got no usable answer.", COUNTER, OF(dns_failed), 0},
    {"ingam_dns_timeouts", NULL, "Questions that got no answer in time.", COUNTER, OF(dns_timed_out), 0},
    {"ingam_dns_wait_seconds", "seconds", "Time until answers of the DNS came, summed.", COUNTER, OF(dns_us),
     1e-6},
    {NULL, NULL, NULL, COUNTER, 0, 0},
};
static const struct row of_parent[] = {
    {"ingam_start_time_seconds", "seconds", "When the daemon was started, in Unix time.", GAUGE,
     ALL(started_s), 1},
    {"ingam_reloads", NULL, "Configurations that came into force after the first.", COUNTER, ALL(reloads), 0},
    {"ingam_reloads_refused", NULL, "Configurations that were refused.", COUNTER, ALL(reloads_refused), 0},
    {"ingam_workers_up", NULL, "Workers that run.", GAUGE, ALL(workers_up), 0},
    {"ingam_workers_accepting", NULL, "Workers that take connections.", GAUGE, ALL(accepting), 0},
    {"ingam_keyd_up", NULL, "Whether the process that signs runs.", GAUGE, ALL(keyd_up), 0},
    {"ingam_keys", NULL, "Private keys that may sign.", GAUGE, ALL(key_n), 0},
    {NULL, NULL, NULL, COUNTER, 0, 0},
};

/* Not ingam_disposition_name, which speaks of DMARC's results and calls what is accepted "none". */
const char *status_action(unsigned i)
{
    static const char *const actions[] = {[INGAM_ACCEPT] = "accept",
                                          [INGAM_QUARANTINE] = "quarantine",
                                          [INGAM_REJECT] = "reject",
                                          [INGAM_DEFER] = "defer"};
    return i < sizeof actions / sizeof *actions ? actions[i] : "";
}

static uint64_t number(const void *all, size_t at)
{
    return *(const volatile uint64_t *)((const uint8_t *)all + at);
}

void status_sum(const struct counters_all *all, struct counters *sum)
{
    uint64_t *to = (uint64_t *)sum;
    memset(sum, 0, sizeof *sum);
    for (size_t w = 0; w < COUNTERS_WORKERS_MAX; w++)
        for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
            to[i] += number(&all->worker[w], i * sizeof *to);
}

static void head(struct evbuffer *to, const char *name, const char *type, const char *help)
{
    evbuffer_add_printf(to, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void write_row(struct evbuffer *to, const struct row *r, const void *from)
{
    uint64_t value = number(from, r->at);
    evbuffer_add_printf(to, "# TYPE %s %s\n", r->name, r->kind == COUNTER ? "counter" : "gauge");
    if (r->unit)
        evbuffer_add_printf(to, "# UNIT %s %s\n", r->name, r->unit);
    evbuffer_add_printf(to, "# HELP %s %s\n%s%s ", r->name, r->help, r->name,
                        r->kind == COUNTER ? "_total" : "");
    if (r->scale > 0)
        evbuffer_add_printf(to, "%.6f\n", (double)value * r->scale);
    else
        evbuffer_add_printf(to, "%" PRIu64 "\n", value);
}

static void write_rows(struct evbuffer *to, const struct row *rows, const void *from)
{
    for (; rows->name; rows++)
        write_row(to, rows, from);
}

static void write_connections(struct evbuffer *to, const struct counters *c)
{
    head(to, "ingam_connections", "counter", "Connections of mail servers that were taken.");
    evbuffer_add_printf(to, "ingam_connections_total{front=\"milter\"} %" PRIu64 "\n", c->connections_milter);
    evbuffer_add_printf(to, "ingam_connections_total{front=\"rspamc\"} %" PRIu64 "\n", c->connections_rspamc);
}

static void write_results(struct evbuffer *to, const struct counters *c)
{
    const struct {
        const char *method;
        const uint64_t *n;
    } methods[] = {{"spf", c->spf}, {"dkim", c->dkim}, {"arc", c->arc}, {"dmarc", c->dmarc}};
    head(to, "ingam_results", "counter", "Results of the methods.");
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
        for (size_t i = 0; i < COUNTERS_RESULTS; i++)
            evbuffer_add_printf(to, "ingam_results_total{method=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                                methods[m].method, ingam_result_name((enum ingam_result)i), methods[m].n[i]);
}

static void write_actions(struct evbuffer *to, const char *name, const char *help, const uint64_t n[4])
{
    head(to, name, "counter", help);
    for (unsigned i = 0; i < 4; i++)
        evbuffer_add_printf(to, "%s_total{action=\"%s\"} %" PRIu64 "\n", name, status_action(i), n[i]);
}

static void write_restarts(struct evbuffer *to, const struct counters_all *all)
{
    head(to, "ingam_restarts", "counter", "Processes that were started in the place of one that died.");
    evbuffer_add_printf(to, "ingam_restarts_total{process=\"worker\"} %" PRIu64 "\n", all->restarts_worker);
    evbuffer_add_printf(to, "ingam_restarts_total{process=\"keyd\"} %" PRIu64 "\n", all->restarts_keyd);
    evbuffer_add_printf(to, "ingam_restarts_total{process=\"status\"} %" PRIu64 "\n", all->restarts_status);
}

/* Bounds as OpenMetrics wants numbers in labels: 0.01, 0.5, 1.0, so that all readers take two of them for the same. */
static void write_bound(struct evbuffer *to, uint32_t ms)
{
    const char *whole = ms % 1000 ? "" : ".0";
    evbuffer_add_printf(to, "ingam_latency_seconds_bucket{le=\"%g%s\"} ", ms / 1000.0, whole);
}

/* Buckets are counted apart and shown summed. */
static void write_latency(struct evbuffer *to, const struct counters *c)
{
    static const char name[] = "ingam_latency_seconds";
    uint64_t n = 0;
    evbuffer_add_printf(
        to,
        "# TYPE %s histogram\n# UNIT %s seconds\n# HELP %s Time from the end of a message to the answer.\n",
        name, name, name);
    for (size_t i = 0; i + 1 < COUNTERS_BUCKETS; i++) {
        n += c->latency[i];
        write_bound(to, counters_bounds_ms[i]);
        evbuffer_add_printf(to, "%" PRIu64 "\n", n);
    }
    n += c->latency[COUNTERS_BUCKETS - 1];
    evbuffer_add_printf(to, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_count %" PRIu64 "\n%s_sum %.6f\n", name,
                        n, name, n, name, (double)c->latency_us * 1e-6);
}

void status_metrics(struct evbuffer *to, const struct counters_all *all)
{
    struct counters sum;
    status_sum(all, &sum);
    evbuffer_add_printf(
        to, "# TYPE ingam_build info\n# HELP ingam_build The daemon.\ningam_build_info{version=\"%s\"} 1\n",
        ingam_version());
    write_rows(to, of_parent, all);
    write_restarts(to, all);
    write_rows(to, of_workers, &sum);
    write_connections(to, &sum);
    write_results(to, &sum);
    write_actions(to, "ingam_actions", "What was done with messages.", sum.actions);
    write_actions(to, "ingam_would_be_actions", "What enforcing would have done.", sum.would_be);
    write_latency(to, &sum);
    evbuffer_add_printf(to, "# EOF\n");
}
