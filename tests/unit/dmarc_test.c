/* SPDX-License-Identifier: BSD-2-Clause */
/* DMARC verdicts over zones: every worked example of RFC 9989, every rule of discovery and alignment. Each row is judged
 * with its answers given all at once, one by one, one by one backwards, and with the identifiers known late; nothing of
 * the verdict may change. */
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

static str z(const char *text)
{
    return text ? str_of(text) : (str){NULL, 0};
}

static void bench_init(struct bench *b, const char *zone)
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

static void bench_free(struct bench *b)
{
    ingam_zone_free(b->zone);
    arena_free(&b->arena);
}

static void take_questions(struct bench *b)
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

static void answer(struct bench *b, size_t i)
{
    struct ingam_answer a = {0};
    ingam_zone_answer(b->zone, &b->open[i], &a);
    a.id = b->open[i].id;
    assert_int_equal(facts_answer(&b->facts, &a), INGAM_OK);
    b->open[i] = b->open[--b->open_n];
}

static void answer_some(struct bench *b, enum way way)
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
static void judge(struct bench *b, struct dmarc_request *request, enum way way,
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

static size_t signatures_of(const struct row *row, struct ingam_dkim_outcome dkim[SIGNATURES_MAX])
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
static void describe(const struct ingam_dmarc_outcome *out, const struct dmarc_request *request, char *text,
                     size_t cap)
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

static void check_way(const struct row *row, enum way way, char asked[2000])
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

static void check_rows(const struct row *rows, size_t n)
{
    char asked[2000];
    for (size_t i = 0; i < n; i++)
        for (enum way way = AT_ONCE; way < WAY_N; way++)
            check_way(&rows[i], way, asked);
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

/* [RFC9989 B.1.1] [RFC9989 B.1.2] */
static void appendix_b1(void **state)
{
    static const struct row rows[] = {
        {"SPF 1, strict",
         R("example.com", "p=reject; aspf=s"),
         "example.com",
         "example.com",
         {{0}},
         "pass reject@example.com od=example.com spf",
         2},
        {"SPF 1, relaxed",
         R("example.com", "p=reject"),
         "example.com",
         "example.com",
         {{0}},
         "pass reject@example.com od=example.com spf",
         2},
        {"SPF 2, relaxed",
         R("example.com", "p=reject"),
         "example.com",
         "child.example.com",
         {{0}},
         "pass reject@example.com od=example.com spf",
         3},
        {"SPF 2, strict",
         R("example.com", "p=reject; aspf=s"),
         "example.com",
         "child.example.com",
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-aligned",
         2},
        {"SPF 3",
         R("example.com", "p=reject"),
         "child.example.com",
         "example.net",
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-aligned",
         3},
        {"DKIM 1, strict",
         R("example.com", "p=reject; adkim=s"),
         "example.com",
         NULL,
         {PASS("example.com")},
         "pass reject@example.com od=example.com dkim 1",
         2},
        {"DKIM 2, relaxed",
         R("example.com", "p=reject"),
         "child.example.com",
         NULL,
         {PASS("example.com")},
         "pass reject@example.com od=example.com dkim 1",
         3},
        {"DKIM 2, strict",
         R("example.com", "p=reject; adkim=s"),
         "child.example.com",
         NULL,
         {PASS("example.com")},
         "fail reject@example.com od=example.com 0 dmarc-not-aligned",
         3},
        {"DKIM 3",
         R("example.com", "p=reject"),
         "child.example.com",
         NULL,
         {PASS("example.net")},
         "fail reject@example.com od=example.com 0 dmarc-not-aligned",
         3},
        {"B.3.1",
         R("example.com", "p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com"),
         "example.com",
         "mail.example.com",
         {PASS("example.com")},
         "pass reject@example.com od=example.com dkim spf 1",
         3},
    };
    (void)state;
    CHECK(rows);
}

#define DEEP "a.b.c.d.e.f.g.h.i.j.k.example.com"
#define BANK R("bank.example", "p=reject; psd=y; " RUA) R("giant.bank.example", "p=quarantine")

/* [RFC9989 B.4.1] [RFC9989 B.4.2] [RFC9989 B.4.3] */
static void appendix_b4(void **state)
{
    static const struct row rows[] = {
        {"B.4.1",
         R("example.com", "p=reject") R("signing.example.com", "p=none"),
         "example.com",
         "example.com",
         {PASS("signing.example.com")},
         "pass reject@example.com od=example.com dkim spf 1",
         3},
        {"B.4.1, DKIM only",
         R("example.com", "p=reject") R("signing.example.com", "p=none"),
         "example.com",
         NULL,
         {PASS("signing.example.com")},
         "pass reject@example.com od=example.com dkim 1",
         3},
        {"B.4.2",
         R("example.com", "p=reject") R("signing.example.com", "p=none") A(DEEP),
         DEEP,
         "example.com",
         {PASS("signing.example.com")},
         "pass reject@example.com od=example.com dkim spf 1",
         9},
        {"B.4.3",
         BANK,
         "giant.bank.example",
         "mail.giant.bank.example",
         {PASS("mail.mega.bank.example")},
         "pass quarantine@giant.bank.example od=giant.bank.example spf 0",
         4},
        {"B.4.3, DKIM only",
         BANK,
         "giant.bank.example",
         NULL,
         {PASS("mail.mega.bank.example")},
         "fail quarantine@giant.bank.example od=giant.bank.example 0 dmarc-not-aligned",
         3},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC9989 4.10.2] [RFC9989 5.1.8] [RFC9989 4.10.1] */
static void worked_examples_of_the_text(void **state)
{
    static const struct row rows[] = {
        {"4.10.2, records at mail and apex",
         R("mail.example.com", "p=none") R("example.com", "p=reject; sp=quarantine"),
         "a.mail.example.com",
         "example.com",
         {{0}},
         "pass quarantine@example.com od=example.com spf",
         4},
        {"4.10.2, psd=n at mail",
         R("mail.example.com", "p=none; psd=n") R("example.com", "p=reject"),
         "a.mail.example.com",
         "example.com",
         {{0}},
         "fail none@mail.example.com od=mail.example.com dmarc-not-aligned",
         4},
        {"4.10.2, only com with psd=y",
         R("com", "p=reject; psd=y"),
         "a.mail.example.com",
         "example.com",
         {{0}},
         "pass reject@com od=example.com spf",
         4},
        {"5.1.8, psd=n above eight labels is never seen",
         R("b.c.d.e.f.g.example.com", "p=none; psd=n") R("example.com", "p=reject"),
         "mail.a.b.c.d.e.f.g.example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         8},
        {"5.1.8, a record at the author domain always is",
         R("mail.a.b.c.d.e.f.g.example.com", "p=quarantine") R("example.com", "p=reject"),
         "mail.a.b.c.d.e.f.g.example.com",
         NULL,
         {{0}},
         "fail quarantine@mail.a.b.c.d.e.f.g.example.com od=example.com dmarc-not-authenticated",
         8},
    };
    (void)state;
    CHECK(rows);
}

/* The names of a walk, in order.                                      [RFC9989 4.10] [RFC9989 5.1.8] */
static void walks_ask_these_names(void **state)
{
    static const struct {
        const char *author, *asked;
    } rows[] = {
        {"a.b.c.d.e.f.g.h.i.j.mail.example.com",
         "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com h.i.j.mail.example.com "
         "i.j.mail.example.com "
         "j.mail.example.com mail.example.com example.com com "},
        {DEEP,
         DEEP " g.h.i.j.k.example.com h.i.j.k.example.com i.j.k.example.com j.k.example.com k.example.com "
              "example.com com "},
        {"mail.a.b.c.d.e.f.g.example.com", "mail.a.b.c.d.e.f.g.example.com c.d.e.f.g.example.com "
                                           "d.e.f.g.example.com e.f.g.example.com f.g.example.com "
                                           "g.example.com example.com com "},
        {"a.mail.example.com", "a.mail.example.com mail.example.com example.com com "},
        {"1.2.3.4.5.6.7", "1.2.3.4.5.6.7 2.3.4.5.6.7 3.4.5.6.7 4.5.6.7 5.6.7 6.7 7 "},
        {"1.2.3.4.5.6.7.8", "1.2.3.4.5.6.7.8 2.3.4.5.6.7.8 3.4.5.6.7.8 4.5.6.7.8 5.6.7.8 6.7.8 7.8 8 "},
        {"1.2.3.4.5.6.7.8.9", "1.2.3.4.5.6.7.8.9 3.4.5.6.7.8.9 4.5.6.7.8.9 5.6.7.8.9 6.7.8.9 7.8.9 8.9 9 "},
        {"com", "com "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        struct dmarc_request request = {.author_domain = str_of(rows[i].author)};
        struct ingam_dmarc_outcome out;
        bench_init(&b, "");
        judge(&b, &request, AT_ONCE, &out);
        assert_string_equal(b.asked, rows[i].asked);
        assert_int_equal(out.result, INGAM_RESULT_NONE);
        assert_true(str_eq(out.organizational_domain, request.author_domain));
        bench_free(&b);
    }
}

/* Which record governs.                                                    [RFC9989 4.10] [RFC9989 4.10.1] */
static void records_are_found(void **state)
{
    static const struct row rows[] = {
        {"no record",
         A("example.com"),
         "example.com",
         "example.com",
         {PASS("example.com")},
         "none -@ od=example.com 1",
         2},
        {"records that are none",
         "_dmarc.example.com. IN TXT \"v=spf1 -all\"\n_dmarc.example.com. IN TXT \"x\"\n",
         "example.com",
         "example.com",
         {{0}},
         "none -@ od=example.com",
         2},
        {"one of several is DMARC",
         "_dmarc.example.com. IN TXT \"x\"\n" R("example.com", "p=none"),
         "example.com",
         NULL,
         {{0}},
         "fail none@example.com od=example.com dmarc-not-authenticated",
         0},
        {"strings are joined",
         "_dmarc.example.com. IN TXT \"v=DMARC1; p=rej\" \"ect\"\n",
         "example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         0},
        {"two records are none",
         R("example.com", "p=none") R("example.com", "p=reject"),
         "example.com",
         "example.com",
         {{0}},
         "none -@ od=example.com dmarc-several-records",
         2},
        {"two records are none, the walk goes on",
         R("a.example.com", "p=none") R("a.example.com", "p=reject")
             R("example.com", "p=reject; sp=quarantine"),
         "a.example.com",
         "example.com",
         {{0}},
         "pass quarantine@example.com od=example.com spf",
         3},
        {"two records, one with psd=n",
         R("a.example.com", "p=none; psd=n") R("a.example.com", "p=reject") R("example.com", "p=none"),
         "a.example.com",
         NULL,
         {{0}},
         "fail none@example.com od=example.com dmarc-not-authenticated",
         3},
        {"a tag twice voids",
         R("example.com", "p=reject; p=reject"),
         "example.com",
         "example.com",
         {{0}},
         "none -@ od=example.com dmarc-tag-twice",
         2},
        {"a void record, the walk goes on",
         R("a.example.com", "p=none; p=none; psd=n") R("example.com", "p=reject"),
         "a.example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         3},
        {"through an alias",
         "_dmarc.example.com. IN CNAME d.provider.example.\nd.provider.example. IN TXT \"v=DMARC1; "
         "p=reject\"\n",
         "example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         2},
        {"a wildcard",
         "*.example.com. IN TXT \"v=DMARC1; p=reject\"\n",
         "a.example.com",
         NULL,
         {{0}},
         "fail reject@a.example.com od=example.com dmarc-not-authenticated",
         3},
        {"single label", R("com", "p=reject"), "com", "com", {{0}}, "pass reject@com od=com spf", 1},
        {"psd=y at the author domain itself",
         R("bank.example", "p=reject; psd=y; sp=none"),
         "bank.example",
         "bank.example",
         {{0}},
         "pass reject@bank.example od=bank.example spf",
         1},
        {"psd=y right above",
         R("bank.example", "p=reject; psd=y; sp=quarantine"),
         "a.bank.example",
         "a.bank.example",
         {{0}},
         "pass quarantine@bank.example od=a.bank.example spf",
         3},
        {"psd=y, the suffix itself is no identifier of ours",
         R("bank.example", "p=reject; psd=y"),
         "a.bank.example",
         "bank.example",
         {{0}},
         "fail reject@bank.example od=a.bank.example dmarc-not-aligned",
         3},
        {"psd policy not for a domain with a record",
         R("bank.example", "p=reject; psd=y; " RUA) R("a.bank.example", "p=none"),
         "m.a.bank.example",
         NULL,
         {{0}},
         "fail none@a.bank.example od=a.bank.example dmarc-not-authenticated",
         4},
        {"a record between the psd's child and us does not count",
         R("com", "p=reject; psd=y") R("mail.example.com", "p=none"),
         "a.mail.example.com",
         NULL,
         {{0}},
         "fail reject@com od=example.com dmarc-not-authenticated",
         4},
        {"psd=y eight labels up: the child was never asked for",
         R("4.5.6.7.8.9.10", "p=reject; psd=y"),
         "1.2.3.4.5.6.7.8.9.10",
         "2.3.4.5.6.7.8.9.10",
         {{0}},
         "pass reject@4.5.6.7.8.9.10 od=3.4.5.6.7.8.9.10 spf",
         9},
        {"psd=n stops the walk",
         R("a.example.com", "p=none; psd=n") R("example.com", "p=reject"),
         "a.example.com",
         "example.com",
         {{0}},
         "fail none@a.example.com od=a.example.com dmarc-not-aligned",
         1},
    };
    (void)state;
    CHECK(rows);
}

/* p, sp, np and t.                                                          [RFC9989 4.7] [RFC9989 4.10.1] */
static void policies_are_chosen(void **state)
{
    static const char *const np = R("example.com", "p=reject; sp=quarantine; np=none") A("there.example.com")
        A("x.above.example.com") "alias.example.com. IN CNAME nowhere.example.net.\n";
    const struct row rows[] = {
        {"p at the domain itself",
         np,
         "example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         2},
        {"sp where it exists",
         np,
         "there.example.com",
         NULL,
         {{0}},
         "fail quarantine@example.com od=example.com dmarc-not-authenticated",
         4},
        {"NODATA exists",
         np,
         "above.example.com",
         NULL,
         {{0}},
         "fail quarantine@example.com od=example.com dmarc-not-authenticated",
         4},
        {"an alias to nowhere exists",
         np,
         "alias.example.com",
         NULL,
         {{0}},
         "fail quarantine@example.com od=example.com dmarc-not-authenticated",
         4},
        {"np where it does not exist",
         np,
         "gone.example.com",
         NULL,
         {{0}},
         "fail none@example.com od=example.com dmarc-not-authenticated",
         4},
        {"np also for a pass",
         np,
         "gone.example.com",
         "example.com",
         {{0}},
         "pass none@example.com od=example.com spf",
         4},
        {"np equals sp: nothing is asked",
         R("example.com", "p=none; sp=reject; np=reject"),
         "gone.example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         3},
        {"np without sp",
         R("example.com", "p=none; np=reject"),
         "gone.example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         4},
        {"no np: sp for what does not exist",
         R("example.com", "p=none; sp=reject"),
         "gone.example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         3},
        {"neither: p",
         R("example.com", "p=reject"),
         "gone.example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         3},
        {"np of the author domain's own record is not for it",
         R("gone.example.com", "p=none; np=reject; sp=reject"),
         "gone.example.com",
         NULL,
         {{0}},
         "fail none@gone.example.com od=gone.example.com dmarc-not-authenticated",
         3},
        {"np of a psd",
         R("bank.example", "p=none; psd=y; sp=none; np=reject"),
         "gone.bank.example",
         "gone.bank.example",
         {{0}},
         "pass reject@bank.example od=gone.bank.example spf",
         4},
        {"t=y lowers reject",
         R("example.com", "p=reject; t=y"),
         "example.com",
         NULL,
         {{0}},
         "fail quarantine<reject@example.com od=example.com dmarc-not-authenticated",
         2},
        {"t=y lowers quarantine",
         R("example.com", "p=reject; sp=quarantine; t=y"),
         "a.example.com",
         NULL,
         {{0}},
         "fail none<quarantine@example.com od=example.com dmarc-not-authenticated",
         3},
        {"t=y leaves none",
         R("example.com", "p=none; t=y"),
         "example.com",
         NULL,
         {{0}},
         "fail none@example.com od=example.com dmarc-not-authenticated",
         2},
    };
    (void)state;
    CHECK(rows);
}

/* Records without a valid policy.                                                       [RFC9989 4.10.1] */
static void invalid_policies(void **state)
{
    static const struct row rows[] = {
        {"no p, with rua",
         R("example.com", RUA),
         "example.com",
         NULL,
         {{0}},
         "fail none@example.com od=example.com dmarc-not-authenticated",
         2},
        {"no p, no rua",
         R("example.com", "t=n"),
         "example.com",
         "example.com",
         {PASS("example.com")},
         "none -@example.com od=example.com 1 dmarc-p-missing",
         2},
        {"bad p, with rua",
         R("example.com", "p=bad; " RUA),
         "example.com",
         "example.com",
         {{0}},
         "pass none@example.com od=example.com spf",
         2},
        {"bad p, rua no good",
         R("example.com", "p=bad; rua=a@b.example"),
         "example.com",
         "example.com",
         {{0}},
         "none -@example.com od=example.com dmarc-p-invalid",
         2},
        {"bad sp, with rua: even p is none",
         R("example.com", "p=reject; sp=bad; " RUA),
         "example.com",
         NULL,
         {{0}},
         "fail none@example.com od=example.com dmarc-not-authenticated",
         2},
        {"bad sp, no rua",
         R("example.com", "p=reject; sp=bad"),
         "a.example.com",
         NULL,
         {{0}},
         "none -@example.com od=example.com dmarc-sp-invalid",
         3},
        {"bad np, no rua",
         R("example.com", "p=reject; np=bad"),
         "example.com",
         NULL,
         {{0}},
         "none -@example.com od=example.com dmarc-np-invalid",
         2},
        {"alignment modes are kept",
         R("example.com", "p=bad; aspf=s; " RUA),
         "example.com",
         "a.example.com",
         {{0}},
         "fail none@example.com od=example.com dmarc-not-aligned",
         2},
        {"no policy here, the walk does not go on",
         R("a.example.com", "p=bad") R("example.com", "p=reject"),
         "a.example.com",
         NULL,
         {{0}},
         "none -@a.example.com od=example.com dmarc-p-invalid",
         3},
        {"without p it still ends a walk",
         R("a.example.com", "psd=n; " RUA) R("example.com", "p=reject"),
         "b.a.example.com",
         "example.com",
         {{0}},
         "fail none@a.example.com od=a.example.com dmarc-not-aligned",
         4},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC9989 4.4] [RFC9989 4.10.2] [RFC9989 5.3.4] [RFC9989 5.3.5] */
static void identifiers_are_aligned(void **state)
{
    static const struct row rows[] = {
        {"a record only below does not reach up",
         R("a.example.com", "p=reject"),
         "a.example.com",
         NULL,
         {PASS("example.com")},
         "fail reject@a.example.com od=a.example.com 0 dmarc-not-aligned",
         3},
        {"siblings",
         R("example.com", "p=reject"),
         "a.example.com",
         "b.example.com",
         {PASS("c.example.com")},
         "pass reject@example.com od=example.com dkim spf 1",
         5},
        {"psd=n between",
         R("example.com", "p=reject") R("b.example.com", "p=none; psd=n"),
         "a.example.com",
         "x.b.example.com",
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-aligned",
         5},
        {"psd=y between",
         R("example.com", "p=reject") R("b.example.com", "p=none; psd=y"),
         "a.example.com",
         "x.b.example.com",
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-aligned",
         5},
        {"psd=y at the identifier itself",
         R("example.com", "p=reject") R("b.example.com", "p=none; psd=y"),
         "a.example.com",
         "b.example.com",
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-aligned",
         4},
        {"foreign domains are never asked",
         R("example.com", "p=reject"),
         "example.com",
         "bounce.esp.example",
         {PASS("esp.example"), PASS("xexample.com")},
         "fail reject@example.com od=example.com 00 dmarc-not-aligned",
         2},
        {"the second signature helps",
         R("example.com", "p=reject"),
         "example.com",
         NULL,
         {PASS("esp.example"), PASS("example.com")},
         "pass reject@example.com od=example.com dkim 01",
         2},
        {"one strict, one relaxed",
         R("example.com", "p=reject; adkim=s"),
         "example.com",
         "m.example.com",
         {PASS("m.example.com")},
         "pass reject@example.com od=example.com spf 0",
         3},
        {"failed signatures are told apart too",
         R("example.com", "p=reject"),
         "example.com",
         NULL,
         {{INGAM_RESULT_FAIL, "m.example.com", false}, {INGAM_RESULT_FAIL, "esp.example", false}},
         "fail reject@example.com od=example.com 10 dmarc-not-authenticated",
         3},
        {"policy is no pass",
         R("example.com", "p=reject"),
         "example.com",
         NULL,
         {{INGAM_RESULT_POLICY, "example.com", false}},
         "fail reject@example.com od=example.com 1 dmarc-not-authenticated",
         2},
        {"a testing key helps nobody",
         R("example.com", "p=reject"),
         "example.com",
         NULL,
         {{INGAM_RESULT_PASS, "example.com", true}},
         "fail reject@example.com od=example.com 1 dmarc-not-authenticated",
         2},
        {"case does not matter",
         R("example.com", "p=reject"),
         "example.com",
         "EXAMPLE.com",
         {PASS("M.Example.COM")},
         "pass reject@example.com od=example.com dkim spf 1",
         3},
        {"a last dot does not matter",
         R("example.com", "p=reject"),
         "example.com",
         "m.example.com.",
         {{0}},
         "pass reject@example.com od=example.com spf",
         3},
        {"an empty domain is nobody's",
         R("example.com", "p=reject"),
         "example.com",
         "",
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-aligned",
         2},
        {"a deep identifier",
         R("example.com", "p=reject"),
         "example.com",
         "1.2.3.4.5.6.7.8.9.example.com",
         {{0}},
         "pass reject@example.com od=example.com spf",
         8},
    };
    (void)state;
    CHECK(rows);
}

/* Questions that fail.                                                                   [RFC9989 5.3.6] */
static void failures_count_where_they_matter(void **state)
{
    static const struct row rows[] = {
        {"the author's record",
         FAIL("_dmarc.example.com"),
         "example.com",
         "example.com",
         {PASS("example.com")},
         "temperror -@ od= 1 dmarc-policy-unknown",
         1},
        {"a step that policy needs",
         R("example.com", "p=reject") FAIL("_dmarc.b.example.com"),
         "a.b.example.com",
         "example.com",
         {{0}},
         "temperror -@ od= dmarc-policy-unknown",
         4},
        {"a step above psd=n is not needed",
         R("example.com", "p=reject; psd=n") FAIL("_dmarc.com"),
         "a.example.com",
         NULL,
         {{0}},
         "fail reject@example.com od=example.com dmarc-not-authenticated",
         3},
        {"a pass of the same domain needs no walk",
         R("example.com", "p=reject") FAIL("_dmarc.com"),
         "example.com",
         "example.com",
         {{0}},
         "pass reject@example.com od= spf",
         2},
        {"strict needs no walk",
         R("example.com", "p=reject; aspf=s") FAIL("_dmarc.com"),
         "example.com",
         "m.example.com",
         {{0}},
         "fail reject@example.com od= dmarc-not-aligned",
         2},
        {"nothing passed: the walk is not needed",
         R("example.com", "p=reject") FAIL("_dmarc.com"),
         "example.com",
         NULL,
         {{INGAM_RESULT_FAIL, "m.example.com", false}},
         "fail reject@example.com od= 0 dmarc-not-authenticated",
         2},
        {"alignment in doubt",
         R("example.com", "p=reject") FAIL("_dmarc.com"),
         "example.com",
         "m.example.com",
         {{0}},
         "temperror reject@example.com od= dmarc-alignment-unknown",
         2},
        {"no doubt under another top label",
         R("example.com", "p=reject") FAIL("_dmarc.com"),
         "example.com",
         "m.example.net",
         {{0}},
         "fail reject@example.com od= dmarc-not-aligned",
         2},
        {"the identifier's own walk",
         R("example.com", "p=reject") FAIL("_dmarc.m.example.com"),
         "example.com",
         "m.example.com",
         {{0}},
         "temperror reject@example.com od=example.com dmarc-alignment-unknown",
         3},
        {"an aligned DKIM pass while SPF's walk fails",
         R("example.com", "p=reject") FAIL("_dmarc.m.example.com"),
         "example.com",
         "m.example.com",
         {PASS("d.example.com")},
         "pass reject@example.com od=example.com dkim 1",
         4},
        {"a failed signature's walk does not matter",
         R("example.com", "p=reject") FAIL("_dmarc.m.example.com"),
         "example.com",
         NULL,
         {{INGAM_RESULT_FAIL, "m.example.com", false}},
         "fail reject@example.com od=example.com 0 dmarc-not-authenticated",
         3},
        {"existence in doubt",
         R("example.com", "p=none; np=reject") ";!fault a.example.com * SERVFAIL\n",
         "a.example.com",
         NULL,
         {{0}},
         "temperror none@example.com od=example.com dmarc-existence-unknown",
         4},
        {"existence in doubt, but a pass",
         R("example.com", "p=none; np=reject") ";!fault a.example.com * TIMEOUT\n",
         "a.example.com",
         "example.com",
         {{0}},
         "pass none@example.com od=example.com spf",
         4},
        {"an aligned key that could not be had",
         R("example.com", "p=reject"),
         "example.com",
         NULL,
         {{INGAM_RESULT_TEMPERROR, "example.com", false}},
         "temperror reject@example.com od=example.com 1 dmarc-method-unfinished",
         2},
        {"an aligned key that could not be had, but SPF",
         R("example.com", "p=reject"),
         "example.com",
         "example.com",
         {{INGAM_RESULT_TEMPERROR, "example.com", false}},
         "pass reject@example.com od=example.com spf 1",
         2},
        {"somebody else's key that could not be had",
         R("example.com", "p=reject"),
         "example.com",
         NULL,
         {{INGAM_RESULT_TEMPERROR, "esp.example", false}},
         "fail reject@example.com od=example.com 0 dmarc-not-authenticated",
         2},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC9989 5.3.6] */
static void spf_temperror_of_an_aligned_domain(void **state)
{
    struct bench b;
    struct dmarc_request request = {
        .author_domain = S("example.com"), .spf = INGAM_RESULT_TEMPERROR, .spf_domain = S("m.example.com")};
    struct ingam_dmarc_outcome out;
    (void)state;
    bench_init(&b, R("example.com", "p=reject"));
    judge(&b, &request, AT_ONCE, &out);
    assert_int_equal(out.result, INGAM_RESULT_TEMPERROR);
    assert_int_equal(out.fault, FAULT_DMARC_METHOD_UNFINISHED);
    assert_false(out.is_spf_aligned);
    bench_free(&b);
}

/* [RFC9989 5.3.1] [RFC9989 11.5] */
static void no_author_domain(void **state)
{
    struct bench b;
    struct ingam_dkim_outcome dkim = {
        .result = INGAM_RESULT_PASS, .domain = S("example.com"), .is_aligned = true};
    struct dmarc_request request = {.author_fault = FAULT_MAIL_FROM_MISSING,
                                    .spf = INGAM_RESULT_PASS,
                                    .spf_domain = S("example.com"),
                                    .dkim = &dkim,
                                    .dkim_n = 1};
    struct ingam_dmarc_outcome out;
    (void)state;
    bench_init(&b, R("example.com", "p=reject"));
    judge(&b, &request, LATE, &out);
    assert_int_equal(out.result, INGAM_RESULT_PERMERROR);
    assert_int_equal(out.fault, FAULT_MAIL_FROM_MISSING);
    assert_int_equal(b.asked_n, 0);
    assert_false(dkim.is_aligned);
    assert_false(out.is_dkim_aligned);
    bench_free(&b);
}

/* After the deadline every question has failed; the verdict stands all the same.          [RFC9989 5.3.6] */
static void deadline(void **state)
{
    struct bench b;
    struct dmarc_request request = {.author_domain = S("a.example.com"), .is_ready = true};
    struct ingam_dmarc_outcome out;
    (void)state;
    bench_init(&b, "");
    assert_int_equal(dmarc_eval(&b.run, &request, &out), PENDING);
    facts_close(&b.facts, "deadline");
    assert_int_equal(dmarc_eval(&b.run, &request, &out), DONE);
    assert_int_equal(out.result, INGAM_RESULT_TEMPERROR);
    bench_free(&b);
}

/* A name so long that _dmarc does not fit before it has no record.                            [RFC1035 2.3.4] */
static void longest_author_domain(void **state)
{
    static const char name[] =
        L63 "." L63 "." L63 ".b1234567890123456789012345678901234567890123.example.com";
    struct bench b;
    struct ingam_dmarc_outcome out;
    (void)state;
    struct dmarc_request request = {.author_domain = str_of(name)};
    assert_in_range(request.author_domain.n, 248, 253);
    bench_init(&b, R("example.com", "p=reject"));
    judge(&b, &request, ONE_BY_ONE, &out);
    assert_int_equal(out.result, INGAM_RESULT_FAIL);
    assert_true(str_eq(out.policy_domain, S("example.com")));
    bench_free(&b);
}

/* Many signatures of many subdomains use up the share; what passed is looked at first.    [RFC9989 5.3.4] */
static void many_signatures(void **state)
{
    static char names[100][32];
    static struct ingam_dkim_outcome dkim[100];
    struct bench b;
    struct ingam_dmarc_outcome out;
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "s%zu.example.com", i);
        dkim[i] = (struct ingam_dkim_outcome){.result = INGAM_RESULT_FAIL, .domain = str_of(names[i])};
    }
    dkim[99].result = INGAM_RESULT_PASS;
    struct dmarc_request request = {.author_domain = S("example.com"), .dkim = dkim, .dkim_n = 100};
    bench_init(&b, R("example.com", "p=reject"));
    judge(&b, &request, AT_ONCE, &out);
    assert_int_equal(out.result, INGAM_RESULT_PASS);
    assert_true(dkim[99].is_aligned);
    assert_true(dkim[0].is_aligned);
    assert_false(dkim[98].is_aligned);
    assert_in_range(b.asked_n, 10, 18);
    bench_free(&b);
}

/* Each step, each identifier and the choice of policy stand in the trace. */
static void the_trace_tells_all(void **state)
{
    static const char *const want[] = {
        "walk from a.example.com, step 1: _dmarc.a.example.com holds several records, of which none counts",
        "walk from a.example.com, step 2: _dmarc.example.com holds v=DMARC1; p=reject; np=quarantine; t=y",
        "walk from a.example.com, step 3: _dmarc.com holds nothing (no such name)",
        "the organizational domain of a.example.com is example.com (the shortest name with a record)",
        "the record of the organizational domain example.com governs a.example.com",
        "a.example.com exists (nodata), so np= does not apply",
        "the policy for a.example.com is reject (from p=)",
        "t=y: of reject the policy one level below is left, quarantine",
        "SPF pass: example.net is not below the author domain's organizational domain: not aligned",
        "DKIM pass: example.com has the author domain's organizational domain: aligned",
        "pass: an aligned identifier passed",
    };
    struct bench b;
    struct ingam_dkim_outcome dkim = {.result = INGAM_RESULT_PASS, .domain = S("example.com")};
    struct dmarc_request request = {.author_domain = S("a.example.com"),
                                    .spf = INGAM_RESULT_PASS,
                                    .spf_domain = S("example.net"),
                                    .dkim = &dkim,
                                    .dkim_n = 1};
    struct ingam_dmarc_outcome out;
    size_t at = 0;
    (void)state;
    bench_init(&b, R("a.example.com", "p=none") R("a.example.com", "p=reject")
                       R("example.com", "p=reject; np=quarantine; t=y"));
    judge(&b, &request, BACKWARDS, &out);
    for (size_t i = 0; i < b.trace.n; i++) {
        char text[300];
        ingam_note_text(&b.trace.notes[i], text, sizeof text);
        if (at < sizeof want / sizeof want[0] && strcmp(text, want[at]) == 0)
            at++;
    }
    if (at < sizeof want / sizeof want[0])
        fail_msg("not told: %s", want[at]);
    bench_free(&b);
}

/* A record that is void, or has no valid policy, is told with the byte that is wrong. */
static void the_trace_shows_the_byte(void **state)
{
    static const struct {
        const char *zone;
        enum ingam_fault fault;
        size_t at;
    } rows[] = {
        {R("example.com", "p=none; t=y; t=n"), FAULT_DMARC_TAG_TWICE, 23},
        {R("example.com", "p=nun"), FAULT_DMARC_P_INVALID, 12},
        {R("example.com", "p=nun; " RUA), FAULT_DMARC_P_INVALID, 12},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        struct dmarc_request request = {.author_domain = S("example.com")};
        struct ingam_dmarc_outcome out;
        size_t found = 0;
        bench_init(&b, rows[i].zone);
        judge(&b, &request, AT_ONCE, &out);
        for (size_t k = 0; k < b.trace.n; k++) {
            const struct ingam_note *note = &b.trace.notes[k];
            found += note->fault == rows[i].fault && note->record.n && note->at == rows[i].at;
        }
        if (found != 1)
            fail_msg("row %zu: %zu notes", i, found);
        bench_free(&b);
    }
}

/* Wherever memory ends, the method ends too, and says nothing that is not so. */
static void memory_runs_out(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 40000; cap += 512) {
        struct bench b;
        struct ingam_dkim_outcome dkim = {.result = INGAM_RESULT_PASS, .domain = S("m.example.com")};
        struct dmarc_request request = {
            .author_domain = S("a.example.com"), .is_ready = true, .dkim = &dkim, .dkim_n = 1};
        struct ingam_dmarc_outcome out;
        bench_init(&b, R("example.com", "p=reject"));
        b.arena.cap = cap;
        while (dmarc_eval(&b.run, &request, &out) == PENDING && !b.arena.has_failed) {
            take_questions(&b);
            while (b.open_n && !b.arena.has_failed) {
                struct ingam_answer a = {0};
                ingam_zone_answer(b.zone, &b.open[0], &a);
                a.id = b.open[0].id;
                assert_in_range(facts_answer(&b.facts, &a), INGAM_OK, INGAM_ERR_MEMORY);
                b.open[0] = b.open[--b.open_n];
            }
        }
        if (!b.arena.has_failed)
            assert_int_equal(out.result, INGAM_RESULT_PASS);
        bench_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appendix_b1),
        cmocka_unit_test(appendix_b4),
        cmocka_unit_test(worked_examples_of_the_text),
        cmocka_unit_test(walks_ask_these_names),
        cmocka_unit_test(records_are_found),
        cmocka_unit_test(policies_are_chosen),
        cmocka_unit_test(invalid_policies),
        cmocka_unit_test(identifiers_are_aligned),
        cmocka_unit_test(failures_count_where_they_matter),
        cmocka_unit_test(spf_temperror_of_an_aligned_domain),
        cmocka_unit_test(no_author_domain),
        cmocka_unit_test(deadline),
        cmocka_unit_test(longest_author_domain),
        cmocka_unit_test(many_signatures),
        cmocka_unit_test(the_trace_tells_all),
        cmocka_unit_test(the_trace_shows_the_byte),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
