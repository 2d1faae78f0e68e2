/* SPDX-License-Identifier: BSD-2-Clause */
/* libunbound in event mode: it lives on our loop, in our thread. Its callback hands over a packet, which is read at once,
 * since the next answer is written into the same memory. */
#include "dns/packet.h"
#include "io/asker_inside.h"
#include "io/resolver_inside.h"

#include <stdio.h>
#include <unbound-event.h>

enum { QUESTION_MS = 10000, SECURE = 2, BOGUS = 1 };

/* Many questions fly at once, over few sockets: a question whose socket is not free waits a little. */
static const struct {
    const char *option, *value;
} settings[] = {
    {"outgoing-range:", "512"},     {"num-queries-per-thread:", "4096"}, {"outgoing-num-tcp:", "64"},
    {"infra-keep-probing:", "yes"}, {"infra-cache-numhosts:", "2000"},
};
/* How long libunbound remembers that a name server was silent. All of our questions go through the few that we forward to:
 * with the 900 s it has by itself, half a minute of silence would cost minutes after the server has come back. */
static const char infra_forward[] = "5", infra_recurse[] = "60";

/* What each cache gets of the whole, in hundredths. */
static const struct {
    const char *option;
    size_t share;
} caches[] = {
    {"rrset-cache-size:", 60}, {"msg-cache-size:", 30}, {"key-cache-size:", 5}, {"neg-cache-size:", 5}};

static bool set_up(struct ub_ctx *ctx, enum resolver_way way, size_t cache_bytes, struct source_error *error)
{
    if (!resolver_set(ctx, "infra-host-ttl:", way == RESOLVER_RECURSE ? infra_recurse : infra_forward, error))
        return false;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (!resolver_set(ctx, settings[i].option, settings[i].value, error))
            return false;
    for (size_t i = 0; cache_bytes && i < sizeof caches / sizeof caches[0]; i++) {
        char bytes[32];
        snprintf(bytes, sizeof bytes, "%zu", cache_bytes / 100 * caches[i].share);
        if (!resolver_set(ctx, caches[i].option, bytes, error))
            return false;
    }
    return true;
}

static const char *failure_of(int rcode)
{
    switch (rcode) {
    case RCODE_SERVFAIL: return "SERVFAIL";
    case RCODE_REFUSED: return "REFUSED";
    default: return "error from the resolver";
    }
}

/* Called from the loop, or, where the answer is known already, from inside ub_resolve_event. */
static void landed(void *context, int rcode, void *packet, int packet_n, int security, char *why_bogus,
                   int was_limited)
{
    struct asking *g = context;
    (void)why_bogus;
    (void)was_limited;
    if (!asker_landed(g))
        return;
    if (security == BOGUS)
        asker_fail(g, "DNSSEC: bogus");
    else if (rcode != 0 || packet == NULL || packet_n < 0)
        asker_fail(g, failure_of(rcode));
    else {
        packet_read(&g->arena, (str){packet, (size_t)packet_n}, &g->question, &g->answer);
        g->answer.is_secure = security == SECURE && g->answer.status != INGAM_STATUS_FAILED;
        asker_ready(g);
    }
}

void asker_unbound_send(struct asking *g)
{
    char name[WIRE_TEXT_SIZE];
    struct ub_ctx *ctx = g->asker->ctx;
    resolver_write_name(g->question.name, name);
    g->is_out = true;
    int rc = ub_resolve_event(ctx, name, g->question.type, 1, g, landed, &g->async_id);
    if (rc == 0)
        return;
    g->is_out = false;
    asker_fail(g, ub_strerror(rc));
}

/* The first question makes libunbound open what it will ever need to open; so one is asked that it answers by itself.
 * Only then are its own zones taken away. */
static bool warm_up(struct asker *a, const struct resolver_options *o, struct source_error *error)
{
    struct asking first = {.asker = a, .is_out = true}; /* in no list: its answer is for nobody */
    int rc = ub_resolve_event(a->ctx, "invalid.", INGAM_RR_A, 1, &first, landed, NULL);
    if (rc == 0 && !first.is_out)
        return resolver_remove_zones(a->ctx, o, error);
    snprintf(error->text, sizeof error->text, "resolver: %s", rc ? ub_strerror(rc) : "does not begin");
    return false;
}

struct asker *asker_open(struct event_base *base, const struct resolver_options *options, size_t cache_bytes,
                         struct source_error *error)
{
    struct asker *a = asker_new(base, error);
    if (a == NULL)
        return NULL;
    a->question_us = (options->question_ms ? options->question_ms : QUESTION_MS) * 1000;
    a->ctx = ub_ctx_create_event(base);
    if (a->ctx && resolver_configure(a->ctx, options, error) &&
        set_up(a->ctx, options->way, cache_bytes, error) && warm_up(a, options, error))
        return a;
    if (a->ctx == NULL)
        snprintf(error->text, sizeof error->text, "resolver: no memory");
    asker_close(a);
    return NULL;
}

void asker_unbound_close(struct asker *a)
{
    if (a->ctx == NULL)
        return;
    for (struct asking *g = a->open.first; g; g = g->next)
        ub_cancel(a->ctx, g->async_id);
    for (struct asking *g = a->ready.first; g; g = g->next)
        if (g->is_out)
            ub_cancel(a->ctx, g->async_id);
    for (struct asking *g = a->lost.first; g; g = g->next)
        ub_cancel(a->ctx, g->async_id);
    ub_ctx_delete(a->ctx);
    a->ctx = NULL;
}
