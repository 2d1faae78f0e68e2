/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole SPF check in one call, for tests: the zone text is the DNS. Each check is made three times, its answers given in
 * order, newest first and in a shuffled order, and must come out the same.                             [RFC7208 4] */
#ifndef SPF_WORLD_H
#define SPF_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include <ingam/spf.h>
#include <stdio.h>

/* Zone lines. */
#define TXT(name, text)   name " 300 IN TXT \"" text "\"\n"
#define A(name, ip)       name " 300 IN A " ip "\n"
#define AAAA(name, ip)    name " 300 IN AAAA " ip "\n"
#define MX(name, host)    name " 300 IN MX 10 " host "\n"
#define PTR(name, host)   name " 300 IN PTR " host "\n"
#define DEAD(name)        ";!fault " name " * TIMEOUT\n"
#define FAILS(name, type) ";!fault " name " " type " SERVFAIL\n"

enum { ORDERS = 3, OUT_MAX = 128 };

/* A zone under construction. */
struct text {
    char p[16384];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static inline void add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->p + t->n, sizeof t->p - t->n, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof t->p - t->n);
    t->n += (size_t)n;
}

struct world {
    const char *zone;
    const char *ip, *helo, *mail_from; /* mail_from NULL: not known */
    struct ingam_config config;
    struct ingam_spf *spf; /* of the last order */
    char asked[4096];      /* every question as "TYPE name\n", in the order of asking */
    size_t asked_n;
};

static inline struct world world_of(const char *zone, const char *ip, const char *mail_from)
{
    struct world w = {.zone = zone, .ip = ip, .helo = "mta.example.net", .mail_from = mail_from};
    ingam_limits_default(&w.config.limits);
    w.config.authserv_id = S("mx.receiver.example");
    return w;
}

static inline struct ingam_zone *world_zone(const char *text)
{
    struct ingam_zone_error error;
    struct ingam_zone *zone = ingam_zone_new(NULL, str_of(text), &error);
    if (zone == NULL)
        fail_msg("line %zu column %zu of the zone: %s", error.line, error.column, error.expected);
    return zone;
}

static inline struct ingam_question world_take(struct ingam_question *out, size_t *out_n, int order)
{
    size_t i = order == 1 ? *out_n - 1 : *out_n * 7 / 13;
    struct ingam_question q = out[i];
    out[i] = out[--*out_n];
    return q;
}

static inline void world_note_question(struct world *w, const struct ingam_question *q)
{
    size_t n = strlen(w->asked);
    snprintf(w->asked + n, sizeof w->asked - n, "%s %.*s\n", ingam_rr_type_name(q->type), (int)q->name.n,
             (const char *)q->name.p);
    w->asked_n++;
}

static inline void world_run(struct world *w, struct ingam_zone *zone, int order)
{
    struct ingam_question out[OUT_MAX], q;
    struct ingam_answer a;
    size_t out_n = 0;
    w->asked[0] = 0;
    w->asked_n = 0;
    while (ingam_spf_next(w->spf, 0, &q) == INGAM_WANT_ANSWER) {
        if (q.id) {
            assert_true(out_n < OUT_MAX);
            world_note_question(w, &q);
            out[out_n++] = q;
            if (order > 0)
                continue;
        }
        assert_true(out_n > 0);
        q = world_take(out, &out_n, order);
        ingam_zone_answer(zone, &q, &a);
        assert_int_equal(ingam_spf_answer(w->spf, &a), INGAM_OK);
    }
}

static inline void world_free(struct world *w)
{
    ingam_spf_free(w->spf);
    w->spf = NULL;
}

static inline bool outcome_eq(const struct ingam_spf_outcome *a, const struct ingam_spf_outcome *b)
{
    return a->result == b->result && a->fault == b->fault && a->lookups == b->lookups &&
           a->voids == b->voids && str_eq(a->mechanism, b->mechanism) &&
           str_eq(a->explanation, b->explanation) && str_eq(a->domain, b->domain) &&
           a->uses_local_part == b->uses_local_part;
}

/* ret  the outcome; its texts live until world_free */
static inline const struct ingam_spf_outcome *world_judge(struct world *w)
{
    struct ingam_zone *zone = world_zone(w->zone);
    struct ingam_envelope env = {.ip = str_of(w->ip), .helo = str_of(w->helo)};
    struct ingam_spf *runs[ORDERS];
    env.has_mail_from = w->mail_from != NULL;
    if (w->mail_from)
        env.mail_from = str_of(w->mail_from);
    for (int order = ORDERS - 1; order >= 0; order--) {
        w->spf = runs[order] = ingam_spf_new(&w->config, &env, 0);
        world_run(w, zone, order);
        assert_non_null(ingam_spf_outcome(w->spf));
    }
    for (int order = 1; order < ORDERS; order++) {
        assert_true(outcome_eq(ingam_spf_outcome(runs[0]), ingam_spf_outcome(runs[order])));
        ingam_spf_free(runs[order]);
    }
    ingam_zone_free(zone);
    return ingam_spf_outcome(w->spf);
}

/* Prints what is expected beside what is there where the two differ. ret they differ */
static inline unsigned world_differs(const char *about, const char *what, const char *want, str got)
{
    if (str_eq(str_of(want), got))
        return 0;
    print_error("%s: %s is '%.*s', not '%s'\n", about, what, (int)got.n, (const char *)got.p, want);
    return 1;
}

static inline unsigned world_fault_differs(const char *about, enum fault_short want, enum ingam_fault got)
{
    if ((int)want == (int)got)
        return 0;
    print_error("%s: the fault is '%s', not '%s'\n", about, ingam_fault_row(got)->name,
                ingam_fault_row((enum ingam_fault)want)->name);
    return 1;
}

#endif
