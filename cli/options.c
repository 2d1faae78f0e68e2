/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options.h"

#include "base/cur.h"
#include "base/date.h"
#include "base/ip.h"
#include <math.h>
#include <stdlib.h>

void options_default(struct options *o)
{
    struct ingam_config config;
    ingam_config_default(&config);
    *o = (struct options){.policy = config.policy};
    o->policy.mode = INGAM_ENFORCE;
}

static bool set_ip(void *into, const char *value)
{
    struct ip ip;
    ((struct options *)into)->ip = value;
    return ip_read(str_of(value), &ip);
}

static bool set_helo(void *into, const char *value)
{
    ((struct options *)into)->helo = value;
    return true;
}

static bool set_mail_from(void *into, const char *value)
{
    ((struct options *)into)->mail_from = value;
    return true;
}

static bool set_authserv_id(void *into, const char *value)
{
    ((struct options *)into)->authserv_id = value;
    return *value != 0;
}

static bool set_zone(void *into, const char *value)
{
    ((struct options *)into)->zone = value;
    return *value != 0;
}

static bool set_resolver(void *into, const char *value)
{
    ((struct options *)into)->resolver = value;
    struct ip ip;
    str text = str_of(value);
    uint64_t port = 0;
    size_t at = str_find(text, '@');
    return ip_read(str_first(text, at), &ip) &&
           (at == text.n || str_to_uint(str_from(text, at + 1), 65535, &port));
}

static bool set_dnssec(void *into, const char *value)
{
    (void)value;
    ((struct options *)into)->has_dnssec = true;
    return true;
}

static bool set_timeout(void *into, const char *value)
{
    char *end;
    double seconds = strtod(value, &end);
    ((struct options *)into)->timeout_s = seconds;
    return end != value && *end == 0 && isfinite(seconds) && seconds > 0 && seconds <= 3600;
}

static bool set_at(void *into, const char *value)
{
    struct options *o = into;
    o->has_at = true;
    return date_read(str_of(value), &o->at_s);
}

/* Looks `value` up among words. ret false: not there */
static bool choose(const char *value, const char *const words[], size_t n, size_t *chosen)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(value, words[i]) == 0) {
            *chosen = i;
            return true;
        }
    return false;
}

static bool set_policy(void *into, const char *value)
{
    static const char *const words[] = {"observe", "enforce"};
    size_t chosen = 0;
    if (!choose(value, words, 2, &chosen))
        return false;
    ((struct options *)into)->policy.mode = chosen ? INGAM_ENFORCE : INGAM_OBSERVE;
    return true;
}

static bool set_on_reject(void *into, const char *value)
{
    static const char *const words[] = {"quarantine", "reject"};
    size_t chosen = 0;
    if (!choose(value, words, 2, &chosen))
        return false;
    ((struct options *)into)->policy.on_reject = chosen ? INGAM_REJECT : INGAM_QUARANTINE;
    return true;
}

static bool set_on_temperror(void *into, const char *value)
{
    static const char *const words[] = {"accept", "defer"};
    size_t chosen = 0;
    if (!choose(value, words, 2, &chosen))
        return false;
    ((struct options *)into)->policy.on_temperror = chosen ? INGAM_DEFER : INGAM_ACCEPT;
    return true;
}

static bool set_trust_arc(void *into, const char *value)
{
    struct options *o = into;
    cur c = cur_of(str_of(value));
    cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_DOT | C_UNDER);
    if (*value == 0 || !cur_end(&c) || o->policy.trusted_sealer_n == TRUSTED_MAX)
        return false;
    o->trusted[o->policy.trusted_sealer_n++] = str_of(value);
    o->policy.trusted_sealers = o->trusted;
    return true;
}

/* JSON holds all that the others show, so it wins wherever it stands. */
static void set_view(struct options *o, enum view view)
{
    if (o->view != VIEW_JSON)
        o->view = view;
}

static bool set_json(void *into, const char *value)
{
    (void)value;
    set_view(into, VIEW_JSON);
    return true;
}

static bool set_explain(void *into, const char *value)
{
    (void)value;
    set_view(into, VIEW_EXPLAIN);
    return true;
}

static bool set_brief(void *into, const char *value)
{
    (void)value;
    set_view(into, VIEW_BRIEF);
    return true;
}

static bool set_color(void *into, const char *value)
{
    static const char *const words[] = {"auto", "always", "never"};
    size_t chosen = 0;
    if (!choose(value, words, 3, &chosen))
        return false;
    ((struct options *)into)->color = (enum color)chosen;
    return true;
}

static bool set_received_spf(void *into, const char *value)
{
    (void)value;
    ((struct options *)into)->with_received_spf = true;
    return true;
}

const struct arg options_envelope[] = {
    {"ip", "IP", "address of the client that sent the message", set_ip,
     "an IPv4 or IPv6 address such as 192.0.2.1"},
    {"helo", "NAME", "the name it gave in HELO or EHLO", set_helo, "a host name"},
    {"mail-from", "ADDR", "the address in MAIL FROM; '<>' is the null sender", set_mail_from,
     "an address such as ann@example.org, or '<>'"},
    {"authserv-id", "ID", "who we are in Authentication-Results; else the name of this host", set_authserv_id,
     "a name such as mx.example.org"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct arg options_dns[] = {
    {"dns", "ZONEFILE", "take this zone file (RFC 1035) for the whole DNS; nothing is asked outside",
     set_zone, "the name of a zone file"},
    {"resolver", "ADDR[@PORT]", "ask this resolver, not the system's", set_resolver,
     "an IP address, with a port behind @ if it is not 53"},
    {"dnssec", NULL, "resolve from the root and validate with DNSSEC", set_dnssec, NULL},
    {"timeout", "SECONDS", "give up on open questions after this time (30)", set_timeout,
     "a number of seconds from 0.001 to 3600"},
    {"at", "TIME", "judge as of this time, not now", set_at,
     "a time such as 2026-09-01T12:00:00Z, or Unix seconds"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct arg options_policy[] = {
    {"policy", "observe|enforce", "show what an enforcing site does (enforce), or only what it would do",
     set_policy, "observe or enforce"},
    {"on-reject", "quarantine|reject", "what the site does where a policy asks for reject (quarantine)",
     set_on_reject, "quarantine or reject"},
    {"on-temperror", "accept|defer", "what it does while the DNS does not answer (defer)", set_on_temperror,
     "accept or defer"},
    {"trust-arc", "DOMAIN",
     "take the word of this ARC sealer; a chain counts where all its sealers are named", set_trust_arc,
     "a domain name such as lists.example.org, in ASCII; at most 64 times"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct arg options_view[] = {
    {"explain", NULL, "tell the whole story: each question, each rule, with its RFC section", set_explain,
     NULL},
    {"brief", NULL, "one line a message", set_brief, NULL},
    {"json", NULL, "one JSON object a line", set_json, NULL},
    {"color", "auto|always|never", "colours (auto: on a terminal)", set_color, "auto, always or never"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct arg options_json[] = {
    {"explain", NULL, "tell each term that was looked at, with its RFC section", set_explain, NULL},
    {"json", NULL, "one JSON object", set_json, NULL},
    {"color", "auto|always|never", "colours (auto: on a terminal)", set_color, "auto, always or never"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct arg options_mark[] = {
    {"received-spf", NULL, "write Received-SPF too", set_received_spf, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
