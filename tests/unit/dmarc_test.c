/* SPDX-License-Identifier: BSD-2-Clause */
/* Every worked example of RFC 9989, the names that are asked, and what happens at the edges. */
#include "tests/unit/dmarc_bench.h"

/* clang-format off */
static const struct row appendix_b1_rows[] = {
    {"SPF 1, strict", R("example.com", "p=reject; aspf=s"), "example.com", "example.com", {{0}},
     "pass reject@example.com od=example.com spf", 2},
    {"SPF 1, relaxed", R("example.com", "p=reject"), "example.com", "example.com", {{0}},
     "pass reject@example.com od=example.com spf", 2},
    {"SPF 2, relaxed", R("example.com", "p=reject"), "example.com", "child.example.com", {{0}},
     "pass reject@example.com od=example.com spf", 3},
    {"SPF 2, strict", R("example.com", "p=reject; aspf=s"), "example.com", "child.example.com", {{0}},
     "fail reject@example.com od=example.com dmarc-not-aligned", 2},
    {"SPF 3", R("example.com", "p=reject"), "child.example.com", "example.net", {{0}},
     "fail reject@example.com od=example.com dmarc-not-aligned", 3},
    {"DKIM 1, strict", R("example.com", "p=reject; adkim=s"), "example.com", NULL, {PASS("example.com")},
     "pass reject@example.com od=example.com dkim 1", 2},
    {"DKIM 2, relaxed", R("example.com", "p=reject"), "child.example.com", NULL, {PASS("example.com")},
     "pass reject@example.com od=example.com dkim 1", 3},
    {"DKIM 2, strict", R("example.com", "p=reject; adkim=s"), "child.example.com", NULL,
     {PASS("example.com")}, "fail reject@example.com od=example.com 0 dmarc-not-aligned", 3},
    {"DKIM 3", R("example.com", "p=reject"), "child.example.com", NULL, {PASS("example.net")},
     "fail reject@example.com od=example.com 0 dmarc-not-aligned", 3},
    {"B.3.1", R("example.com", "p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com"), "example.com",
     "mail.example.com", {PASS("example.com")}, "pass reject@example.com od=example.com dkim spf 1", 3},
};
/* clang-format on */

/* [RFC9989 B.1.1] [RFC9989 B.1.2] */
static void appendix_b1(void **state)
{
    (void)state;
    CHECK(appendix_b1_rows);
}

#define DEEP "a.b.c.d.e.f.g.h.i.j.k.example.com"
#define BANK R("bank.example", "p=reject; psd=y; " RUA) R("giant.bank.example", "p=quarantine")

/* clang-format off */
static const struct row appendix_b4_rows[] = {
    {"B.4.1", R("example.com", "p=reject") R("signing.example.com", "p=none"), "example.com", "example.com",
     {PASS("signing.example.com")}, "pass reject@example.com od=example.com dkim spf 1", 3},
    {"B.4.1, DKIM only", R("example.com", "p=reject") R("signing.example.com", "p=none"), "example.com",
     NULL, {PASS("signing.example.com")}, "pass reject@example.com od=example.com dkim 1", 3},
    {"B.4.2", R("example.com", "p=reject") R("signing.example.com", "p=none") A(DEEP), DEEP, "example.com",
     {PASS("signing.example.com")}, "pass reject@example.com od=example.com dkim spf 1", 9},
    {"B.4.3", BANK, "giant.bank.example", "mail.giant.bank.example", {PASS("mail.mega.bank.example")},
     "pass quarantine@giant.bank.example od=giant.bank.example spf 0", 4},
    {"B.4.3, DKIM only", BANK, "giant.bank.example", NULL, {PASS("mail.mega.bank.example")},
     "fail quarantine@giant.bank.example od=giant.bank.example 0 dmarc-not-aligned", 3},
};
/* clang-format on */

/* [RFC9989 B.4.1] [RFC9989 B.4.2] [RFC9989 B.4.3] */
static void appendix_b4(void **state)
{
    (void)state;
    CHECK(appendix_b4_rows);
}

/* clang-format off */
static const struct row worked_examples_of_the_text_rows[] = {
    {"4.10.2, records at mail and apex", R("mail.example.com", "p=none") R("example.com",
     "p=reject; sp=quarantine"), "a.mail.example.com", "example.com", {{0}},
     "pass quarantine@example.com od=example.com spf", 4},
    {"4.10.2, psd=n at mail", R("mail.example.com", "p=none; psd=n") R("example.com", "p=reject"),
     "a.mail.example.com", "example.com", {{0}},
     "fail none@mail.example.com od=mail.example.com dmarc-not-aligned", 4},
    {"4.10.2, only com with psd=y", R("com", "p=reject; psd=y"), "a.mail.example.com", "example.com", {{0}},
     "pass reject@com od=example.com spf", 4},
    {"5.1.8, psd=n above eight labels is never seen", R("b.c.d.e.f.g.example.com", "p=none; psd=n")
     R("example.com", "p=reject"), "mail.a.b.c.d.e.f.g.example.com", NULL, {{0}},
     "fail reject@example.com od=example.com dmarc-not-authenticated", 8},
    {"5.1.8, a record at the author domain always is", R("mail.a.b.c.d.e.f.g.example.com", "p=quarantine")
     R("example.com", "p=reject"), "mail.a.b.c.d.e.f.g.example.com", NULL, {{0}},
     "fail quarantine@mail.a.b.c.d.e.f.g.example.com od=example.com dmarc-not-authenticated", 8},
};
/* clang-format on */

/* [RFC9989 4.10.2] [RFC9989 5.1.8] [RFC9989 4.10.1] */
static void worked_examples_of_the_text(void **state)
{
    (void)state;
    CHECK(worked_examples_of_the_text_rows);
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
