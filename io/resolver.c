/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/resolver_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { QUESTION_MS = 10000 };

/* Where systems keep the root's trust anchor. */
static const char *const anchor_files[] = {"/usr/share/dns/root.key", "/var/lib/unbound/root.key",
                                           "/etc/unbound/root.key", "/usr/local/etc/unbound/root.key"};

/* Zones that libunbound would answer by itself. The resolver that is asked may know better: a laboratory has its own
 * .test, and addresses for documentation have names in suites. */
static const char *const own_zones[] = {
    "localhost.",
    "test.",
    "invalid.",
    "onion.",
    "home.arpa.",
    "127.in-addr.arpa.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa."};

bool resolver_set(struct ub_ctx *ctx, const char *option, const char *value, struct source_error *error)
{
    int rc = ub_ctx_set_option(ctx, option, value);
    if (rc != 0)
        snprintf(error->text, sizeof error->text, "resolver: %s %s: %s", option, value, ub_strerror(rc));
    return rc == 0;
}

static bool is_done(int rc, const char *what, struct source_error *error)
{
    if (rc != 0)
        snprintf(error->text, sizeof error->text, "resolver %s: %s", what, ub_strerror(rc));
    return rc == 0;
}

/* Asks another resolver, which may live on this machine, and believes it about every zone. */
static bool set_forwarding(struct ub_ctx *ctx, const struct resolver_options *o, struct source_error *error)
{
    if (!resolver_set(ctx, "do-not-query-localhost:", "no", error) ||
        !resolver_set(ctx, "unblock-lan-zones:", "yes", error))
        return false;
    if (o->way == RESOLVER_FORWARD)
        return is_done(o->forward ? ub_ctx_set_fwd(ctx, o->forward) : UB_SYNTAX,
                       o->forward ? o->forward : "without an address", error);
    const char *path = o->resolv_conf ? o->resolv_conf : "/etc/resolv.conf";
    return is_done(ub_ctx_resolvconf(ctx, path), path, error);
}

static const char *find_anchor(void)
{
    for (size_t i = 0; i < sizeof anchor_files / sizeof anchor_files[0]; i++)
        if (access(anchor_files[i], R_OK) == 0)
            return anchor_files[i];
    return NULL;
}

static bool set_anchor(struct ub_ctx *ctx, const struct resolver_options *o, struct source_error *error)
{
    const char *path = o->anchor_file;
    if (path == NULL && o->way != RESOLVER_RECURSE)
        return true;
    if (path == NULL)
        path = find_anchor();
    if (path && access(path, R_OK) == 0)
        return is_done(ub_ctx_add_ta_file(ctx, path), path, error);
    snprintf(error->text, sizeof error->text, "resolver: the root's trust anchor %s",
             path ? "cannot be read" : "is not where systems keep it; name its file");
    return false;
}

/* The order of records stays the server's, so that the same question shows the same answer. */
bool resolver_configure(struct ub_ctx *ctx, const struct resolver_options *o, struct source_error *error)
{
    ub_ctx_debugout(ctx, NULL);
    if (!resolver_set(ctx, "rrset-roundrobin:", "no", error) || !set_anchor(ctx, o, error))
        return false;
    if (o->keeps_ttl && (!resolver_set(ctx, "cache-max-ttl:", "604800", error) ||
                         !resolver_set(ctx, "cache-max-negative-ttl:", "86400", error)))
        return false;
    if (o->way == RESOLVER_RECURSE)
        return o->root_hints == NULL || resolver_set(ctx, "root-hints:", o->root_hints, error);
    return set_forwarding(ctx, o, error);
}

bool resolver_remove_zones(struct ub_ctx *ctx, const struct resolver_options *o, struct source_error *error)
{
    for (size_t i = 0; o->way != RESOLVER_RECURSE && i < sizeof own_zones / sizeof own_zones[0]; i++)
        if (!is_done(ub_ctx_zone_remove(ctx, own_zones[i]), own_zones[i], error))
            return false;
    return true;
}

static bool start(struct ub_ctx *ctx, const struct resolver_options *o, struct source_error *error)
{
    return is_done(ub_ctx_async(ctx, 1), "thread", error) && resolver_remove_zones(ctx, o, error);
}

struct source *resolver_open(const struct resolver_options *o, struct source_error *error)
{
    struct resolver *r = calloc(1, sizeof *r);
    struct ub_ctx *ctx = r ? ub_ctx_create() : NULL;
    if (ctx && resolver_configure(ctx, o, error) && start(ctx, o, error)) {
        r->source.face = &resolver_face;
        r->ctx = ctx;
        r->question_ms = o->question_ms ? o->question_ms : QUESTION_MS;
        return &r->source;
    }
    if (ctx == NULL)
        snprintf(error->text, sizeof error->text, "resolver: no memory");
    ub_ctx_delete(ctx);
    free(r);
    return NULL;
}
