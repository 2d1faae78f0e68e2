/* SPDX-License-Identifier: BSD-2-Clause */
/* DMARC over a zone: each row is judged with its answers given all at once, one by one, one by one backwards, and with the
 * identifiers known late; nothing of the verdict may change, and the questions must be the same in the same order. */
#ifndef TESTS_DMARC_BENCH_H
#define TESTS_DMARC_BENCH_H

#include "dmarc/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define R(name, tags)  "_dmarc." name ". 300 IN TXT \"v=DMARC1; " tags "\"\n"
#define A(name)        name ". 300 IN A 192.0.2.1\n"
#define FAIL(name)     ";!fault " name " TXT SERVFAIL\n"
#define RUA            "rua=mailto:a@reports.example"
#define L63            "a23456789012345678901234567890123456789012345678901234567890123"
#define SIGNATURES_MAX 3

struct signature {
    enum ingam_result result;
    const char *domain;
    bool is_testing;
};
struct row {
    const char *about;
    const char *zone;
    const char *author;
    const char *spf_domain; /* NULL: SPF did not pass */
    struct signature dkim[SIGNATURES_MAX];
    const char *want;
    size_t asked; /* questions, 0: not looked at */
};
#define PASS(domain)                                                                                         \
    {                                                                                                        \
        INGAM_RESULT_PASS, domain, false                                                                     \
    }

enum way { AT_ONCE, ONE_BY_ONE, BACKWARDS, LATE, WAY_N };

struct bench {
    struct arena arena;
    struct facts facts;
    struct trace trace;
    struct ingam_limits limits;
    struct method_run run;
    struct ingam_zone *zone;
    struct ingam_question open[64];
    size_t open_n, asked_n;
    char asked[2000]; /* the names without _dmarc., each with a blank behind it */
};

static inline str z(const char *text)
{
    return text ? str_of(text) : (str){NULL, 0};
}

static inline void bench_init(struct bench *b, const char *zone)
{
    struct ingam_zone_error error;
    memset(b, 0, sizeof *b);
    ingam_limits_default(&b->limits);
    arena_init(&b->arena, NULL, 1 << 20);
    facts_init(&b->facts, &b->arena, b->limits.questions);
    trace_init(&b->trace, &b->arena);
    b->run = (struct method_run){&b->facts, &b->arena, &b->trace, &b->limits, 1790000060};
    b->zone = ingam_zone_new(NULL, str_of(zone), &error);
    if (b->zone == NULL)
        fail_msg("zone, line %zu: %s", error.line, error.expected);
}

static inline void bench_free(struct bench *b)
{
    ingam_zone_free(b->zone);
    arena_free(&b->arena);
}

static inline void take_questions(struct bench *b)
{
    struct ingam_question q;
    while (facts_next(&b->facts, &q)) {
        assert_in_range(b->open_n, 0, 63);
        b->open[b->open_n++] = q;
        b->asked_n++;
        size_t n = strlen(b->asked);
        str name = str_starts(q.name, S("_dmarc.")) ? str_from(q.name, 7) : q.name;
        snprintf(b->asked + n, sizeof b->asked - n, "%.*s%s ", (int)name.n, name.p,
                 q.type == INGAM_RR_TXT ? "" : "?");
    }
}

static inline void answer(struct bench *b, size_t i)
{
    struct ingam_answer a = {0};
    ingam_zone_answer(b->zone, &b->open[i], &a);
    a.id = b->open[i].id;
    assert_int_equal(facts_answer(&b->facts, &a), INGAM_OK);
    b->open[i] = b->open[--b->open_n];
}

static inline void answer_some(struct bench *b, enum way way)
{
    if (way == ONE_BY_ONE)
        answer(b, 0);
    else if (way == BACKWARDS)
        answer(b, b->open_n - 1);
    else
        while (b->open_n)
            answer(b, 0);
}

/* Runs the method until it is done, as lib/verdict does. */
static inline void judge(struct bench *b, struct dmarc_request *request, enum way way,
                         struct ingam_dmarc_outcome *out)
{
    request->is_ready = way != LATE;
    while (dmarc_eval(&b->run, request, out) == PENDING) {
        assert_int_equal(b->trace.n, 0);
        take_questions(b);
        if (b->open_n)
            answer_some(b, way);
        else if (!request->is_ready)
            request->is_ready = true;
        else
            fail_msg("pending, and nothing to ask");
    }
    assert_false(b->arena.has_failed);
    assert_true(b->trace.n > 0);
}

static inline size_t signatures_of(const struct row *row, struct ingam_dkim_outcome dkim[SIGNATURES_MAX])
{
    size_t n = 0;
    for (; n < SIGNATURES_MAX && row->dkim[n].domain; n++)
        dkim[n] = (struct ingam_dkim_outcome){.result = row->dkim[n].result,
                                              .domain = z(row->dkim[n].domain),
                                              .is_testing = row->dkim[n].is_testing};
    return n;
}

static const char *word(enum ingam_dmarc_policy policy)
{
    return policy == INGAM_DMARC_NO_POLICY ? "-" : ingam_dmarc_policy_name(policy);
}

/* "RESULT POLICY@POLICY-DOMAIN od=... by=dkim,spf aligned=101 [fault]"; "POLICY<PUBLISHED" in testing */
static inline void describe(const struct ingam_dmarc_outcome *out, const struct dmarc_request *request,
                            char *text, size_t cap)
{
    char name[INGAM_FAULT_NAME_SIZE];
    char aligned[SIGNATURES_MAX + 1] = "";
    for (size_t i = 0; i < request->dkim_n; i++)
        aligned[i] = request->dkim[i].is_aligned ? '1' : '0';
    snprintf(text, cap, "%s %s%s%s@%.*s od=%.*s%s%s%s%s%s%s", ingam_result_name(out->result),
             word(out->policy), out->policy != out->published ? "<" : "",
             out->policy != out->published ? word(out->published) : "", (int)out->policy_domain.n,
             out->policy_domain.p, (int)out->organizational_domain.n, out->organizational_domain.p,
             out->is_dkim_aligned ? " dkim" : "", out->is_spf_aligned ? " spf" : "",
             request->dkim_n ? " " : "", aligned, out->fault ? " " : "", ingam_fault_name(out->fault, name));
}

static inline void check_way(const struct row *row, enum way way, char asked[2000])
{
    struct bench b;
    struct ingam_dkim_outcome dkim[SIGNATURES_MAX];
    struct ingam_dmarc_outcome out;
    char text[400];
    bench_init(&b, row->zone);
    struct dmarc_request request = {.author_domain = z(row->author),
                                    .spf = row->spf_domain ? INGAM_RESULT_PASS : INGAM_RESULT_FAIL,
                                    .spf_domain = row->spf_domain ? z(row->spf_domain) : S("unused.example"),
                                    .dkim = dkim,
                                    .dkim_n = signatures_of(row, dkim)};
    judge(&b, &request, way, &out);
    describe(&out, &request, text, sizeof text);
    if (strcmp(text, row->want) != 0)
        fail_msg("%s (way %d): %s, asked %s", row->about, way, text, b.asked);
    if (row->asked && b.asked_n != row->asked)
        fail_msg("%s (way %d): asked %zu: %s", row->about, way, b.asked_n, b.asked);
    if (way == AT_ONCE)
        memcpy(asked, b.asked, sizeof b.asked);
    else if (strcmp(asked, b.asked) != 0)
        fail_msg("%s (way %d): asked %s, not %s", row->about, way, b.asked, asked);
    bench_free(&b);
}

static inline void check_rows(const struct row *rows, size_t n)
{
    char asked[2000];
    for (size_t i = 0; i < n; i++)
        for (enum way way = AT_ONCE; way < WAY_N; way++)
            check_way(&rows[i], way, asked);
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
