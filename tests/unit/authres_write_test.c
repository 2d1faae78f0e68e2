/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing Authentication-Results.                     [RFC8601 2.2] [RFC8601 2.7] [RFC6008 4] [RFC9989 9.1] */
#include "authres/authres.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct ingam_dkim_outcome signature(enum ingam_result result, const char *domain)
{
    return (struct ingam_dkim_outcome){.result = result,
                                       .domain = str_of(domain),
                                       .selector = S("sel"),
                                       .algorithm = S("rsa-sha256"),
                                       .auid = S("user@mail.example"),
                                       .b_prefix = S("aGk/b+==")};
}

/* A pass of everything, to be changed by each test. */
static struct ingam_verdict good(const struct ingam_dkim_outcome *dkim, size_t n)
{
    return (struct ingam_verdict){
        .spf_mail_from = {.result = INGAM_RESULT_PASS, .domain = S_INIT("mail.example"), .is_run = true},
        .spf_helo = {.result = INGAM_RESULT_NONE, .domain = S_INIT("helo.mail.example"), .is_run = true},
        .dkim = dkim,
        .dkim_n = n,
        .dmarc = {.result = INGAM_RESULT_PASS,
                  .author_domain = S_INIT("mail.example"),
                  .policy = INGAM_DMARC_REJECT}};
}

static struct authres_facts facts_of(const struct ingam_verdict *verdict)
{
    return (struct authres_facts){.authserv_id = S("mx.rcpt.example"),
                                  .verdict = verdict,
                                  .mail_from_domain = S("mail.example"),
                                  .mail_from = S("a.b@mail.example"),
                                  .helo = S("helo.mail.example"),
                                  .remote_ip = S("2001:db8::1")};
}

static void writes(const struct authres_facts *facts, const char *want)
{
    struct arena a;
    arena_init(&a, NULL, 1 << 20);
    str got = authres_write(&a, facts);
    if (!str_eq(got, str_of(want)))
        fail_msg("%.*s\nnot\n%s", (int)got.n, (const char *)got.p, want);
    arena_free(&a);
}

static void all_methods(void **state)
{
    struct ingam_dkim_outcome dkim[2] = {signature(INGAM_RESULT_PASS, "mail.example"),
                                         signature(INGAM_RESULT_FAIL, "esp.example")};
    struct ingam_verdict v = good(dkim, 2);
    struct authres_facts facts = facts_of(&v);
    (void)state;
    v.arc = (struct ingam_arc_outcome){.result = INGAM_RESULT_PASS, .sets = 3, .oldest_pass = 2};
    writes(&facts, "mx.rcpt.example; spf=pass smtp.mailfrom=mail.example;\r\n"
                   "\tdkim=pass header.d=mail.example header.i=user@mail.example header.s=sel\r\n"
                   "\theader.a=rsa-sha256 header.b=\"aGk/b+==\";\r\n"
                   "\tdkim=fail header.d=esp.example header.i=user@mail.example header.s=sel\r\n"
                   "\theader.a=rsa-sha256 header.b=\"aGk/b+==\";\r\n"
                   "\tarc=pass smtp.remote-ip=\"2001:db8::1\" header.oldest-pass=2;\r\n"
                   "\tdmarc=pass header.from=mail.example policy.dmarc=reject");
}

/* no-result, and the id as it may be configured                          [RFC8601 2.2] [RFC8601 2.5] */
static void nothing_was_run(void **state)
{
    struct ingam_verdict v = {0};
    struct authres_facts facts = facts_of(&v);
    (void)state;
    writes(&facts, "mx.rcpt.example; none");
    facts.authserv_id = S("");
    writes(&facts, "localhost; none");
    facts.authserv_id = S("mail gate\r\n");
    writes(&facts, "\"mail gate\"; none");
    facts.authserv_id = S("b\303\274cher.example");
    writes(&facts, "\"b\303\274cher.example\"; none");
}

static void no_signature_and_no_policy(void **state)
{
    struct ingam_verdict v = good(NULL, 0);
    struct authres_facts facts = facts_of(&v);
    (void)state;
    v.dmarc = (struct ingam_dmarc_outcome){.author_domain = S("mail.example")};
    writes(&facts, "mx.rcpt.example; spf=pass smtp.mailfrom=mail.example;\r\n"
                   "\tdkim=none;\r\n\tdmarc=none header.from=mail.example");
}

/* Which identity SPF speaks of, and how much of it is shown.                               [RFC8601 2.7.2] */
static void spf_identities(void **state)
{
    struct ingam_verdict v = good(NULL, 0);
    struct authres_facts facts = facts_of(&v);
    (void)state;
    v.dmarc = (struct ingam_dmarc_outcome){0};
    v.spf_mail_from.uses_local_part = true;
    writes(&facts,
           "mx.rcpt.example; spf=pass\r\n\tsmtp.mailfrom=a.b@mail.example;\r\n\tdkim=none;\r\n\tdmarc=none");
    facts.mail_from = S("a b@mail.example");
    writes(
        &facts,
        "mx.rcpt.example; spf=pass\r\n\tsmtp.mailfrom=\"a b\"@mail.example;\r\n\tdkim=none;\r\n\tdmarc=none");
    facts.mail_from = S("");
    facts.mail_from_domain = S("");
    writes(&facts, "mx.rcpt.example; spf=pass smtp.helo=helo.mail.example;\r\n\tdkim=none;\r\n\tdmarc=none");
    v.spf_mail_from.is_run = false;
    v.spf_helo.result = INGAM_RESULT_FAIL;
    writes(&facts, "mx.rcpt.example; spf=fail smtp.helo=helo.mail.example;\r\n\tdkim=none;\r\n\tdmarc=none");
    v.spf_helo.is_run = false;
    writes(&facts, "mx.rcpt.example; none");
}

/* reason= where something is wrong; a local policy is named.                   [RFC9989 5.4] [RFC8601 2.2] */
static void reasons(void **state)
{
    struct ingam_verdict v = good(NULL, 0);
    struct authres_facts facts = facts_of(&v);
    (void)state;
    v.spf_mail_from.result = INGAM_RESULT_FAIL;
    v.dmarc.result = INGAM_RESULT_FAIL;
    v.dmarc.fault = FAULT_DMARC_NOT_AUTHENTICATED;
    writes(&facts, "mx.rcpt.example; spf=fail smtp.mailfrom=mail.example;\r\n"
                   "\tdkim=none;\r\n"
                   "\tdmarc=fail reason=\"neither SPF nor a DKIM signature passed\"\r\n"
                   "\theader.from=mail.example policy.dmarc=reject");
    v.action.reasons[0] = "p=reject";
    v.action.reasons[1] = "local-policy: quarantine instead of reject";
    v.action.reason_n = 2;
    writes(&facts, "mx.rcpt.example; spf=fail smtp.mailfrom=mail.example;\r\n"
                   "\tdkim=none;\r\n"
                   "\tdmarc=fail reason=\"local-policy: quarantine instead of reject\"\r\n"
                   "\theader.from=mail.example policy.dmarc=reject");
    v.action.reason_n = 0;
    v.dmarc.result = INGAM_RESULT_TEMPERROR;
    v.dmarc.fault = FAULT_DMARC_POLICY_UNKNOWN;
    writes(&facts, "mx.rcpt.example; spf=fail smtp.mailfrom=mail.example;\r\n"
                   "\tdkim=none;\r\n"
                   "\tdmarc=temperror reason=\"the DMARC record could not be looked up\"\r\n"
                   "\theader.from=mail.example");
}

/* clang-format off */
static const struct {
    const char *about;
    str in;
    const char *want; /* header.i=..., or empty */
} hostile_values_rows[] = {
    {"mailbox", S_INIT("a@b.example"), " header.i=a@b.example"},
    {"no local-part", S_INIT("@b.example"), " header.i=@b.example"},
    {"quoted-printable", S_INIT("a=20b@b.example"), " header.i=a=20b@b.example"},
    {"quoted local-part", S_INIT("\"a; dmarc=pass\"@b.example"), " header.i=\"a; dmarc=pass\"@b.example"},
    {"a semicolon", S_INIT("a; dmarc=pass@b.example"), " header.i=\"a; dmarc=pass\"@b.example"},
    {"a comment", S_INIT("(a@b.example"), " header.i=\"(a\"@b.example"},
    {"quotes and backslashes", S_INIT("a\"b\\@b.example"), " header.i=\"a\\\"b\\\\\"@b.example"},
    {"a quote that closes early", S_INIT("\"a\"; x=\"y\"@b.example"),
     " header.i=\"\\\"a\\\"; x=\\\"y\\\"\"@b.example"},
    {"a backslash before the quote", S_INIT("\"a\\\"@b.example"), " header.i=\"\\\"a\\\\\\\"\"@b.example"},
    {"two dots", S_INIT("a..b@b.example"), " header.i=\"a..b\"@b.example"},
    {"no domain", S_INIT("a;b@"), " header.i=\"a;b@\""},
    {"a domain that is none", S_INIT("a@b;c"), " header.i=\"a@b;c\""},
    {"a line end", S_INIT("a\r\nX: y@b.example"), ""},
    {"a NUL", S_INIT("a\0b@b.example"), ""},
    {"not ASCII", S_INIT("\303\274@b.example"), ""},
    {"a TAB", S_INIT("a\tb@b.example"), " header.i=\"a\tb\"@b.example"},
    {"nothing", S_INIT(""), ""},
};
/* clang-format on */

/* What a stranger put into the message cannot leave its place.                 [RFC8601 7.1] [RFC8601 7.8] */
static void hostile_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile_values_rows / sizeof hostile_values_rows[0]; i++) {
        char want[200];
        struct ingam_dkim_outcome dkim = {.result = INGAM_RESULT_FAIL, .auid = hostile_values_rows[i].in};
        struct ingam_verdict v = {.dkim = &dkim, .dkim_n = 1};
        struct authres_facts facts = facts_of(&v);
        facts.authserv_id = S("a");
        snprintf(want, sizeof want, "a; dkim=fail%s;\r\n\tdmarc=none", hostile_values_rows[i].want);
        writes(&facts, want);
    }
}

/* A helo may be anything; 256 bytes are written, more are not. */
static void long_values(void **state)
{
    static uint8_t helo[257];
    struct ingam_verdict v = {.spf_helo = {.is_run = true, .result = INGAM_RESULT_NONE}};
    struct authres_facts facts = facts_of(&v);
    struct arena a;
    (void)state;
    memset(helo, 'h', sizeof helo);
    arena_init(&a, NULL, 1 << 20);
    for (size_t n = 256; n <= 257; n++) {
        facts.helo = (str){helo, n};
        str got = authres_write(&a, &facts);
        assert_int_equal(str_find_str(got, S("smtp.helo=hhh")) < got.n, n == 256);
    }
    arena_free(&a);
}

/* Thousands of signatures: those that passed are named, and a few of the rest. */
static void many_signatures(void **state)
{
    enum { N = 1000 };
    static struct ingam_dkim_outcome dkim[N];
    struct ingam_verdict v = good(dkim, N);
    struct authres_facts facts = facts_of(&v);
    struct arena a;
    struct authres r;
    size_t passed = 0;
    (void)state;
    for (size_t i = 0; i < N; i++)
        dkim[i] = signature(i % 250 == 249 ? INGAM_RESULT_PASS : INGAM_RESULT_FAIL, "mail.example");
    arena_init(&a, NULL, 1 << 20);
    assert_true(authres_of(&a, &facts, &r));
    for (size_t i = 0; i < r.n; i++)
        passed += str_eq(r.results[i].method, S("dkim")) && str_eq(r.results[i].result, S("pass"));
    assert_int_equal(passed, 4);
    assert_int_equal(r.n, 16 + 2);
    arena_free(&a);
}

static void check_lines(str text)
{
    size_t column = AUTHRES_COLUMN;
    for (size_t i = 0; i < text.n; i++) {
        column = text.p[i] == '\n' ? 0 : column + (text.p[i] != '\r');
        assert_in_range(column, 0, 78);
        if (text.p[i] == '\r')
            assert_true(i + 2 < text.n && text.p[i + 1] == '\n' && text.p[i + 2] == '\t');
    }
}

static bool is_same_result(const struct authres_result *a, const struct authres_result *b)
{
    bool is_same = str_eq(a->method, b->method) && str_eq(a->result, b->result) &&
                   str_eq(a->reason, b->reason) && a->property_n == b->property_n;
    for (size_t i = 0; is_same && i < a->property_n; i++)
        is_same = str_eq(a->properties[i].property, b->properties[i].property) &&
                  str_eq(a->properties[i].value, b->properties[i].value);
    return is_same;
}

/* What is written is read back as it was, is ours, and has short lines, whatever the length of the names. */
static void what_is_written_is_read(void **state)
{
    static char name[54]; /* with the semicolon and the field's name before it: 78 columns */
    (void)state;
    for (size_t n = 1; n < sizeof name; n++) {
        struct arena a;
        struct authres r;
        struct authres back;
        struct ingam_limits limits;
        memset(name, 'n', n);
        struct ingam_dkim_outcome dkim[2] = {signature(INGAM_RESULT_PASS, name),
                                             signature(INGAM_RESULT_TEMPERROR, name)};
        struct ingam_verdict v = good(dkim, 2);
        struct authres_facts facts = facts_of(&v);
        v.dmarc.result = INGAM_RESULT_FAIL;
        v.dmarc.fault = FAULT_DMARC_NOT_ALIGNED;
        facts.authserv_id = str_of(name);
        arena_init(&a, NULL, 1 << 20);
        ingam_limits_default(&limits);
        str text = authres_write(&a, &facts);
        check_lines(text);
        assert_true(authres_of(&a, &facts, &r));
        assert_true(authres_read(&a, text, &limits, &back));
        assert_int_equal(back.fault, FAULT_NONE);
        assert_true(str_eq(back.authserv_id, facts.authserv_id));
        assert_int_equal(back.n, r.n);
        for (size_t i = 0; i < r.n; i++)
            assert_true(is_same_result(&r.results[i], &back.results[i]));
        assert_true(authres_is_ours(&a, text, facts.authserv_id));
        arena_free(&a);
    }
}

/* [RFC8617 10.2] */
static void arc_results(void **state)
{
    struct ingam_verdict v = {.arc = {.result = INGAM_RESULT_FAIL, .sets = 1}};
    struct authres_facts facts = facts_of(&v);
    (void)state;
    facts.authserv_id = S("a");
    writes(&facts, "a; dkim=none;\r\n\tarc=fail smtp.remote-ip=\"2001:db8::1\";\r\n\tdmarc=none");
    v.arc.result = INGAM_RESULT_PASS;
    facts.remote_ip = S("192.0.2.1");
    writes(&facts,
           "a; dkim=none;\r\n\tarc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=0;\r\n\tdmarc=none");
}

static void memory_runs_out(void **state)
{
    struct ingam_dkim_outcome dkim = signature(INGAM_RESULT_PASS, "mail.example");
    struct ingam_verdict v = good(&dkim, 1);
    struct authres_facts facts = facts_of(&v);
    size_t refused = 0;
    (void)state;
    for (size_t cap = 0; cap < 16384; cap += 128) {
        struct arena a;
        arena_init(&a, NULL, cap);
        str text = authres_write(&a, &facts);
        assert_int_equal(text.n == 0, a.has_failed);
        refused += text.n == 0;
        arena_free(&a);
    }
    assert_in_range(refused, 1, 127);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_methods),
        cmocka_unit_test(nothing_was_run),
        cmocka_unit_test(no_signature_and_no_policy),
        cmocka_unit_test(spf_identities),
        cmocka_unit_test(reasons),
        cmocka_unit_test(hostile_values),
        cmocka_unit_test(long_values),
        cmocka_unit_test(many_signatures),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(arc_results),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
