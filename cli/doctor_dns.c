/* SPDX-License-Identifier: BSD-2-Clause */
/* The resolver, asked as the daemon asks it: does it answer, how fast at first and again, does it validate, where is it? */
#include "cli/doctor.h"

#include "base/ip.h"
#include "io/clock.h"
#include "io/resolver.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { QUESTION_MS = 4000, WAIT_MS = 5000, ASKED_MAX = 5, SERVERS_MAX = 3, FAR_MS = 20, SLOW_MS = 500 };
static const size_t small_cache = (size_t)1 << 20;
static const char anchor_file[] = "/usr/share/dns/root.key";

struct source *doctor_source(const struct doctor *d, struct source_error *error)
{
    static const enum resolver_way ways[] = {RESOLVER_SYSTEM, RESOLVER_FORWARD, RESOLVER_RECURSE};
    struct resolver_options o = {.question_ms = QUESTION_MS};
    if (d->zone)
        return source_open_zone(d->zone, error);
    if (d->conf) {
        o.way = ways[d->conf->resolver.way];
        o.forward = d->conf->resolver.forward;
        o.anchor_file = d->conf->resolver.anchor_file;
    }
    if (d->resolver) {
        o.way = RESOLVER_FORWARD;
        o.forward = d->resolver;
    }
    return resolver_open(&o, error);
}

bool doctor_question(struct source *s, const char *name, uint16_t type, struct ingam_answer *answer,
                     double *ms)
{
    static uint32_t id;
    id++;
    struct ingam_question q = {.id = id, .type = type, .name = str_of(name)};
    uint64_t from_us = clock_now_us(), end_ms = clock_now_ms() + WAIT_MS;
    bool is_answered = source_ask(s, &q) == INGAM_OK && source_wait(s, end_ms, answer);
    *ms = (double)(clock_now_us() - from_us) / 1000;
    source_forget(s);
    return is_answered;
}

/* --- Speed ------------------------------------------------------------------------------------------------ */

struct speed {
    double ms[ASKED_MAX];
    size_t n, failed;
    bool is_secure; /* the root's answer is proved */
    const char *why;
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(struct speed *s)
{
    qsort(s->ms, s->n, sizeof *s->ms, by_size);
    return s->n ? s->ms[s->n / 2] : 0;
}

/* Asks some things that every resolver knows or can find. Stops where the first two stay without an answer. */
static bool measure(struct doctor *d, const char *own, struct speed *speed)
{
    const char *const names[ASKED_MAX] = {"", own, "com", "org", "net"};
    struct source_error error;
    struct source *s = doctor_source(d, &error);
    *speed = (struct speed){.why = "no answer in time"};
    if (s == NULL) {
        speed->why = doctor_text(d, "%s", error.text);
        return false;
    }
    for (size_t i = 0; i < ASKED_MAX && speed->failed < 2; i++) {
        struct ingam_answer a = {0};
        double ms = 0;
        bool is_good = doctor_question(s, names[i], i == 1 ? INGAM_RR_SOA : INGAM_RR_NS, &a, &ms);
        if (is_good && a.status != INGAM_STATUS_FAILED) {
            speed->ms[speed->n++] = ms;
            speed->is_secure = speed->is_secure || (i == 0 && a.is_secure);
        } else {
            speed->failed++;
            speed->why = is_good && a.why ? a.why : speed->why;
        }
    }
    source_close(s);
    return speed->n > speed->failed;
}

/* --- Where it is ------------------------------------------------------------------------------------------ */

static bool is_near_address(const char *text)
{
    static const struct {
        const char *net;
        unsigned bits;
    } nets[] = {{"127.0.0.0", 8}, {"10.0.0.0", 8}, {"172.16.0.0", 12}, {"192.168.0.0", 16},
                {"::1", 128},     {"fc00::", 7},   {"fe80::", 10}};
    struct ip ip, net;
    str host = str_first(str_of(text), str_find(str_of(text), '@'));
    if (!ip_read(host, &ip))
        return true;
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (ip_read(str_of(nets[i].net), &net) && ip_in_prefix(&ip, &net, nets[i].bits))
            return true;
    return false;
}

static size_t servers_of(struct doctor *d, const char *servers[SERVERS_MAX])
{
    str text, line;
    size_t n = 0;
    if (d->resolver || (d->conf && d->conf->resolver.way == CONF_DNS_FORWARD)) {
        servers[0] = d->resolver ? d->resolver : d->conf->resolver.forward;
        return servers[0] != NULL;
    }
    if ((d->conf && d->conf->resolver.way == CONF_DNS_RECURSE) || !doctor_read(d, "/etc/resolv.conf", &text))
        return 0;
    while (n < SERVERS_MAX && doctor_line(&text, &line))
        if (str_starts(line, S("nameserver")))
            servers[n++] = doctor_z(d, str_trim_fws(str_from(line, strlen("nameserver"))));
    return n;
}

static void run_recurse(struct doctor *d)
{
    doctor_write(d, doctor_config_file(d), "resolver { way = recurse }");
    doctor_run_reload(d);
}

static void look_at_servers(struct doctor *d, bool *is_validating, bool *is_near)
{
    const char *servers[SERVERS_MAX];
    size_t n = servers_of(d, servers);
    *is_near = true;
    for (size_t i = 0; i < n; i++) {
        double ms = 0;
        bool validates = false, is_near_one = is_near_address(servers[i]);
        *is_near = *is_near && is_near_one;
        if (!doctor_wire(servers[i], &ms, &validates)) {
            doctor_say(d, DOCTOR_NOTE, "dns-server-silent", "the resolver %s did not answer a single packet",
                       servers[i]);
            doctor_run(d, "dig @%.*s . NS", (int)strcspn(servers[i], "@"), servers[i]);
            continue;
        }
        *is_validating = *is_validating || validates;
        if (!is_near_one && ms > FAR_MS) {
            doctor_say(
                d, DOCTOR_NOTE, "dns-far",
                "the resolver %s is a stranger's, %.0f ms away; one on this host is faster, and its word can "
                "be trusted",
                servers[i], ms);
            run_recurse(d);
        }
    }
}

static void say_dnssec(struct doctor *d, bool is_secure, bool is_validating, bool is_near)
{
    bool has_anchor = d->conf && d->conf->resolver.anchor_file;
    const char *forward = has_anchor ? d->conf->resolver.anchor_file : NULL;
    if (is_secure) {
        doctor_say(d, DOCTOR_OK, "dns-secure", "answers are proved by DNSSEC here");
    } else if (forward) {
        doctor_say(d, DOCTOR_WRONG, "dns-unproved",
                   "the anchor %s is set, but the root's answer is not proved", forward);
        run_recurse(d);
    } else if (is_validating && is_near) {
        doctor_say(d, DOCTOR_OK, "dns-validating", "the resolver nearby proves answers by DNSSEC");
    } else {
        doctor_say(d, DOCTOR_NOTE, "dns-believed", "answers are believed as they come: %s",
                   is_validating ? "a resolver elsewhere proves them, and the way from there is open"
                                 : "nobody proves them by DNSSEC");
        if (access(anchor_file, R_OK) != 0)
            doctor_run(d, "apt-get install dns-root-data");
        doctor_write(d, doctor_config_file(d), "resolver { anchor = %s }", anchor_file);
        doctor_run_reload(d);
    }
}

static void look_at_cache(struct doctor *d)
{
    if (d->conf == NULL || d->conf->resolver.cache_bytes >= small_cache)
        return;
    doctor_say(d, DOCTOR_NOTE, "dns-cache",
               "the cache of %zu KiB a worker is small: the same things are asked again",
               d->conf->resolver.cache_bytes / 1024);
    doctor_write(d, doctor_config_file(d), "resolver { cache = 4MiB }");
    doctor_run_restart(d);
}

static void say_dead(struct doctor *d, const struct speed *speed)
{
    const char *servers[SERVERS_MAX];
    size_t n = servers_of(d, servers);
    d->dns_is_dead = true;
    doctor_say(d, DOCTOR_WRONG, "dns-dead", "the DNS does not answer (%s%s%s): mail would be deferred",
               n ? servers[0] : "", n ? ": " : "", speed->why);
    if (d->zone)
        doctor_run(d, "ingam doctor%s", doctor_config_words(d));
    else
        run_recurse(d);
}

void doctor_resolver(struct doctor *d)
{
    struct speed first, again;
    bool is_validating = false, is_near = true;
    str id = d->conf ? d->conf->authserv_id : str_of(d->host);
    const char *own = doctor_z(d, str_from(id, str_find(id, '.') + 1));
    if (!measure(d, own, &first)) {
        say_dead(d, &first);
        return;
    }
    if (!measure(d, own, &again))
        again = first;
    double first_ms = median(&first), again_ms = median(&again);
    doctor_say(d, first_ms > SLOW_MS ? DOCTOR_NOTE : DOCTOR_OK,
               first_ms > SLOW_MS ? "dns-slow" : "dns-answers",
               "the DNS answers in %.1f ms at first, in %.1f ms again (median of %zu)%s", first_ms, again_ms,
               first.n, d->zone ? "; from a zone file" : "");
    if (first_ms > SLOW_MS)
        run_recurse(d);
    if (d->zone)
        return;
    look_at_servers(d, &is_validating, &is_near);
    say_dnssec(d, again.is_secure || first.is_secure, is_validating, is_near);
    look_at_cache(d);
}
