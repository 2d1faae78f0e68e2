/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/authority_inside.h"

#include "base/ip.h"
#include "io/clock.h"

enum { FIND_MS = 20000 };

static bool add(struct authority_peers *p, str server, str address)
{
    if (server.p == NULL || address.p == NULL)
        return false;
    if (p->n < AUTHORITY_SERVERS_MAX)
        p->list[p->n++] = (struct authority_peer){.server = server, .address = address};
    return true;
}

/* Of the servers that were named, those of the longest zone that the name lies in. */
static void find_given(const struct authority_options *o, str name, struct authority_peers *p)
{
    size_t longest = 0;
    bool is_any = false;
    for (size_t i = 0; i < o->server_n; i++) {
        str zone = str_of(o->servers[i].zone);
        if (!name_is_under(name, zone) || (is_any && zone.n < longest))
            continue;
        if (zone.n > longest)
            p->n = 0;
        longest = zone.n;
        is_any = true;
        str address = str_of(o->servers[i].address);
        add(p, address, address);
    }
}

/* Asks one question and waits. ret false: no memory */
static bool ask(struct source *s, str name, uint16_t type, struct ingam_answer *answer)
{
    struct ingam_question q = {.id = 1, .type = type, .name = name};
    source_forget(s);
    if (source_ask(s, &q) != INGAM_OK)
        return false;
    if (!source_wait(s, clock_now_ms() + FIND_MS, answer))
        *answer = (struct ingam_answer){.id = 1, .status = INGAM_STATUS_FAILED, .why = "timeout"};
    return true;
}

struct names {
    str list[AUTHORITY_NAMES_MAX];
    size_t n;
};

/* Asks upwards for NS. ret  false: no memory; names->n is 0 where p->why says why */
static bool find_zone(struct arena *a, struct source *s, str name, struct names *names,
                      struct authority_peers *p)
{
    for (str zone = name_parent(name); zone.n; zone = name_parent(zone)) {
        struct ingam_answer answer;
        if (!ask(s, zone, INGAM_RR_NS, &answer))
            return false;
        p->why_name = zone;
        if (answer.status == INGAM_STATUS_FAILED) {
            p->why = answer.why ? answer.why : "the DNS failed";
            return true;
        }
        for (size_t i = 0; i < answer.rr_n && names->n < AUTHORITY_NAMES_MAX; i++)
            names->list[names->n++] = arena_copy_lower(a, answer.rrs[i].data);
        if (names->n)
            return !a->has_failed;
    }
    p->why = "no name servers";
    p->why_name = name;
    return true;
}

static bool add_address(struct arena *a, struct authority_peers *p, str server, str data)
{
    struct ip ip = {.is_v6 = data.n == 16};
    struct out text;
    if (data.n > sizeof ip.bytes)
        return true;
    memcpy(ip.bytes, data.p, data.n);
    out_init(&text, a);
    ip_write(&text, &ip);
    return add(p, server, out_done(&text));
}

/* A server without an address is one that does not answer. */
static bool find_addresses(struct arena *a, struct source *s, str server, struct authority_peers *p)
{
    static const uint16_t types[] = {INGAM_RR_A, INGAM_RR_AAAA};
    size_t had = p->n;
    for (size_t t = 0; t < 2; t++) {
        struct ingam_answer answer;
        if (!ask(s, server, types[t], &answer))
            return false;
        for (size_t i = 0; i < answer.rr_n; i++)
            if (!add_address(a, p, server, answer.rrs[i].data))
                return false;
    }
    return p->n > had || add(p, server, S("no address"));
}

bool authority_find(struct arena *a, const struct authority_options *o, str name, struct authority_peers *p)
{
    struct names names = {.n = 0};
    *p = (struct authority_peers){.n = 0};
    find_given(o, name, p);
    if (p->n)
        return true;
    if (o->source == NULL) {
        p->why = "no name servers are known";
        p->why_name = name;
        return true;
    }
    if (!find_zone(a, o->source, name, &names, p))
        return false;
    for (size_t i = 0; i < names.n; i++)
        if (!find_addresses(a, o->source, names.list[i], p))
            return false;
    return true;
}
