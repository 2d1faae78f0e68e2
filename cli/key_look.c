/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/cli.h"
#include "cli/key.h"

#include "io/keys_look.h"
#include "io/resolver.h"

enum { PUBLIC_MAX = 4096 };

struct source *key_source(const struct key_options *o)
{
    struct source_error error;
    struct resolver_options way = {.way = o->resolver ? RESOLVER_FORWARD : RESOLVER_SYSTEM,
                                   .forward = o->resolver};
    struct source *source = o->zone ? source_open_zone(o->zone, &error) : resolver_open(&way, &error);
    if (source == NULL)
        complain("%s", error.text);
    return source;
}

int key_public(struct arena *a, const struct keys_domain *d, const struct keys_entry *e, str *p)
{
    struct ingam_private_key *key;
    struct keys_error error;
    char *text = arena_take(a, PUBLIC_MAX);
    *p = S("");
    if (!e->has_file)
        return EXIT_GOOD;
    enum keys_got got = keys_load(d, e->selector, &key, &error);
    if (got != KEYS_OK)
        return key_failed(got, &error);
    size_t n = text ? ingam_private_key_record(key, text, PUBLIC_MAX) : 0;
    ingam_private_key_free(key);
    *p = (str){(const uint8_t *)text, n < PUBLIC_MAX ? n : 0};
    if (p->n)
        return EXIT_GOOD;
    complain("%s: no memory", e->selector);
    return EXIT_LATER;
}

/* Where all servers are given on the command line nobody has to be asked for them. */
static int open_source(const struct key_options *o, struct authority_options *way)
{
    *way = (struct authority_options){.servers = o->servers, .server_n = o->server_n};
    way->question_ms = (uint64_t)(o->timeout_s * 1000);
    if (o->server_n && o->resolver == NULL)
        return EXIT_GOOD;
    way->source = key_source(o);
    return way->source ? EXIT_GOOD : EXIT_LATER;
}

static bool is_over(const struct keys_entry *e)
{
    return e->state == KEYS_GONE && e->at[KEYS_REMOVED];
}

static int look(const struct key_options *o, struct arena *a, const struct authority_options *way,
                struct keys_domain *d, struct key_look *looks)
{
    for (size_t i = 0; i < d->n; i++) {
        struct keys_entry *e = &d->list[i];
        struct key_look *l = &looks[i];
        struct keys_seen seen = {KEYS_UNSEEN, 0};
        str p;
        l->before = e->state;
        if (!is_over(e)) {
            int status = key_public(a, d, e, &p);
            if (status != EXIT_GOOD)
                return status;
            if (!authority_ask(a, way, key_name(a, e->selector, str_of(d->domain)), &l->report))
                return EXIT_LATER;
            l->was_asked = true;
            l->each = NEW_N(a, enum keys_sight, l->report.n);
            if (l->each == NULL)
                return EXIT_LATER;
            seen = keys_look(a, &l->report, e->algorithm, p, l->each);
        }
        l->step = keys_step(e, seen, key_now_s(o), &o->times);
        *e = l->step.entry;
    }
    return EXIT_GOOD;
}

int key_look_all(struct key_options *o, struct arena *a, struct keys_domain *d, struct key_look **looks)
{
    struct authority_options way;
    *looks = NEW_N(a, struct key_look, d->n);
    int status = *looks ? open_source(o, &way) : EXIT_LATER;
    if (status != EXIT_GOOD)
        return status;
    status = look(o, a, &way, d, *looks);
    source_close(way.source);
    return status;
}
