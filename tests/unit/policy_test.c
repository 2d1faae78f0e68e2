/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose word counts, and a policy that is chosen late.                       [RFC8617 7.2.1] [RFC9989 5.4] */
#include "verdict/verdict.h"
#include <ingam/ingam.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
enum { TRUSTS_MAX = 3 };

/* A message of author.example that failed DMARC; d.list.example signed it, list.example and other.example sealed it. */
static const struct ingam_str sealers[] = {S_INIT("list.example"), S_INIT("other.example")};
static const struct ingam_dkim_outcome signatures[] = {
    {.result = INGAM_RESULT_FAIL, .domain = S_INIT("author.example")},
    {.result = INGAM_RESULT_PASS, .domain = S_INIT("d.list.example")},
};

static struct ingam_verdict failed_message(enum ingam_dmarc_policy policy)
{
    return (struct ingam_verdict){
        .dkim = signatures,
        .dkim_n = N(signatures),
        .arc = {.result = INGAM_RESULT_PASS,
                .sets = 2,
                .first_dmarc = INGAM_RESULT_PASS,
                .is_author_signed = true,
                .sealers = sealers,
                .sealer_n = N(sealers)},
        .dmarc = {.result = INGAM_RESULT_FAIL,
                  .author_domain = S("author.example"),
                  .policy = policy,
                  .published = policy},
    };
}

#define ARC(name, does)                                                                                      \
    {                                                                                                        \
        INGAM_TRUST_ARC, S_INIT(name), does, S_INIT("r")                                                     \
    }
#define DKIM(name, does)                                                                                     \
    {                                                                                                        \
        INGAM_TRUST_DKIM, S_INIT(name), does, S_INIT("r")                                                    \
    }
#define CLIENT(does)                                                                                         \
    {                                                                                                        \
        INGAM_TRUST_CLIENT, S_INIT(""), does, S_INIT("r")                                                    \
    }

static const struct {
    const char *about;
    struct ingam_trust trusts[TRUSTS_MAX];
    size_t n;
    enum ingam_disposition want;
    const char *reason; /* the last */
} rows[] = {
    {"nobody", {CLIENT(INGAM_ACCEPT)}, 0, INGAM_REJECT, "p=reject"},
    {"the client", {CLIENT(INGAM_ACCEPT)}, 1, INGAM_ACCEPT, "local-policy: trusted client, rule r"},
    {"the client, a little",
     {CLIENT(INGAM_QUARANTINE)},
     1,
     INGAM_QUARANTINE,
     "local-policy: quarantine at most, trusted client, rule r"},
    {"the signer",
     {DKIM("d.list.example", INGAM_ACCEPT)},
     1,
     INGAM_ACCEPT,
     "local-policy: dkim=pass of a trusted signer, rule r"},
    {"all below",
     {DKIM(".list.EXAMPLE", INGAM_ACCEPT)},
     1,
     INGAM_ACCEPT,
     "local-policy: dkim=pass of a trusted signer, rule r"},
    {"below is not above", {DKIM(".d.list.example", INGAM_ACCEPT)}, 1, INGAM_REJECT, "p=reject"},
    {"above is not below", {DKIM("list.example", INGAM_ACCEPT)}, 1, INGAM_REJECT, "p=reject"},
    {"any signer",
     {DKIM("*", INGAM_QUARANTINE)},
     1,
     INGAM_QUARANTINE,
     "local-policy: quarantine at most, dkim=pass of a trusted signer, rule r"},
    {"one whose signature fails", {DKIM("author.example", INGAM_ACCEPT)}, 1, INGAM_REJECT, "p=reject"},
    {"the last sealer", {ARC("list.example", INGAM_ACCEPT)}, 1, INGAM_REJECT, "p=reject"},
    {"the first sealer", {ARC("other.example", INGAM_ACCEPT)}, 1, INGAM_REJECT, "p=reject"},
    {"both sealers",
     {ARC("list.example", INGAM_ACCEPT), ARC("other.example", INGAM_ACCEPT)},
     2,
     INGAM_ACCEPT,
     "local-policy: arc=pass by trusted sealers, where DMARC had passed, rule r"},
    {"both, one of them a little",
     {ARC("list.example", INGAM_QUARANTINE), ARC("other.example", INGAM_ACCEPT)},
     2,
     INGAM_QUARANTINE,
     "local-policy: quarantine at most, arc=pass by trusted sealers, where DMARC had passed, rule r"},
    {"the same the other way",
     {ARC("list.example", INGAM_ACCEPT), ARC("other.example", INGAM_QUARANTINE)},
     2,
     INGAM_QUARANTINE,
     "local-policy: quarantine at most, arc=pass by trusted sealers, where DMARC had passed, rule r"},
    {"the mildest counts",
     {CLIENT(INGAM_QUARANTINE), DKIM("*", INGAM_ACCEPT), CLIENT(INGAM_QUARANTINE)},
     3,
     INGAM_ACCEPT,
     "local-policy: dkim=pass of a trusted signer, rule r"},
    {"a chain is no signature", {DKIM("other.example", INGAM_ACCEPT)}, 1, INGAM_REJECT, "p=reject"},
    {"a signature is no chain", {ARC("d.list.example", INGAM_ACCEPT)}, 1, INGAM_REJECT, "p=reject"},
};

static struct ingam_policy enforcing(const struct ingam_trust *trusts, size_t n)
{
    struct ingam_config config;
    ingam_config_default(&config);
    config.policy.mode = INGAM_ENFORCE;
    config.policy.on_reject = INGAM_REJECT;
    config.policy.trusts = trusts;
    config.policy.trust_n = n;
    return config.policy;
}

static void trusts_whom_it_may(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    for (size_t i = 0; i < N(rows); i++) {
        struct ingam_policy policy = enforcing(rows[i].trusts, rows[i].n);
        struct ingam_verdict v = failed_message(INGAM_DMARC_REJECT);
        struct ingam_action action;
        struct trace trace;
        trace_init(&trace, &a);
        policy_decide(&a, &policy, &v, &trace, &action);
        bool is_told = rows[i].want == INGAM_REJECT || trace.n == 2;
        if (action.disposition != rows[i].want || !is_told ||
            strcmp(action.reasons[action.reason_n - 1], rows[i].reason) != 0)
            fail_msg("%s: %s, %s", rows[i].about, ingam_disposition_name(action.disposition),
                     action.reasons[action.reason_n - 1]);
        assert_int_equal(action.code, rows[i].want == INGAM_REJECT ? 550 : 0);
    }
    arena_free(&a);
}

/* A chain that does not pass, or whose first sealer saw no pass, or that leaves From open, is nobody's word. */
static void needs_a_witness(void **state)
{
    static const struct ingam_trust any[] = {ARC("*", INGAM_ACCEPT)};
    struct ingam_policy policy = enforcing(any, 1);
    struct ingam_trust trust;
    struct ingam_verdict v = failed_message(INGAM_DMARC_REJECT);
    (void)state;
    assert_true(trust_find(&policy, &v, &trust));
    assert_true(str_eq(trust.name, S("other.example")));
    v.arc.first_dmarc = INGAM_RESULT_FAIL;
    assert_false(trust_find(&policy, &v, &trust));
    v = failed_message(INGAM_DMARC_REJECT);
    v.arc.result = INGAM_RESULT_FAIL;
    assert_false(trust_find(&policy, &v, &trust));
    v = failed_message(INGAM_DMARC_REJECT);
    v.arc.is_author_signed = false;
    assert_false(trust_find(&policy, &v, &trust));
    v = failed_message(INGAM_DMARC_REJECT);
    v.arc.sealer_n = 0;
    assert_false(trust_find(&policy, &v, &trust));
}

static const struct {
    enum ingam_disposition on_quarantine;
    uint16_t code;
    const char *reason;
} quarantines[] = {
    {INGAM_ACCEPT, 0, "local-policy: accept instead of quarantine"},
    {INGAM_QUARANTINE, 0, "p=quarantine"},
    {INGAM_REJECT, 550, "local-policy: reject instead of quarantine"},
    {INGAM_DEFER, 451, "local-policy: defer instead of quarantine"},
};

static void quarantine_has_a_policy(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    for (size_t i = 0; i < N(quarantines); i++) {
        struct ingam_policy policy = enforcing(NULL, 0);
        struct ingam_verdict v = failed_message(INGAM_DMARC_QUARANTINE);
        struct ingam_action action;
        policy.on_quarantine = quarantines[i].on_quarantine;
        policy_decide(&a, &policy, &v, NULL, &action);
        assert_int_equal(action.disposition, quarantines[i].on_quarantine);
        assert_int_equal(action.code, quarantines[i].code);
        assert_string_equal(action.reasons[action.reason_n - 1], quarantines[i].reason);
    }
    arena_free(&a);
}

/* --- A policy that is chosen when the author is known --- */

static struct ingam_check *unsigned_check(void)
{
    struct ingam_config config;
    struct ingam_envelope env = {.ip = {0}};
    ingam_config_default(&config);
    struct ingam_check *c = ingam_check_new(&config, &env, 1788264000000);
    assert_non_null(c);
    return c;
}

static void policy_can_come_late(void **state)
{
    struct ingam_check *c = unsigned_check();
    struct ingam_policy policy = enforcing(NULL, 0);
    struct ingam_question q;
    const uint32_t *removed;
    size_t n = 7;
    (void)state;
    assert_int_equal(ingam_check_field(c, S("Authentication-Results"), S(" localhost; dmarc=pass")),
                     INGAM_OK);
    assert_int_equal(ingam_check_field(c, S("From"), S(" a@b@Author.Example")), INGAM_OK);
    assert_int_equal(ingam_check_author(c).n, 0);
    assert_true(ingam_check_wants_body(c));
    assert_int_equal(ingam_check_removed(c, &removed, &n), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_fields_end(c), INGAM_OK);
    assert_int_equal(ingam_check_author(c).n, 0);
    assert_false(ingam_check_wants_body(c));
    assert_int_equal(ingam_check_removed(c, &removed, &n), INGAM_OK);
    assert_int_equal(n, 1);
    assert_int_equal(removed[0], 0);
    assert_int_equal(ingam_check_set_policy(c, &policy), INGAM_OK);
    assert_int_equal(ingam_check_end(c), INGAM_OK);
    while (ingam_check_next(c, 1788264000000, &q) != INGAM_WANT_NOTHING)
        fail();
    assert_int_equal(ingam_check_verdict(c)->action.disposition, INGAM_REJECT);
    assert_int_equal(ingam_check_verdict(c)->removed_n, 1);
    assert_int_equal(ingam_check_set_policy(c, &policy), INGAM_ERR_ORDER);
    ingam_check_free(c);
}

static void author_is_known_at_the_end_of_the_header(void **state)
{
    struct ingam_check *c = unsigned_check();
    (void)state;
    assert_int_equal(ingam_check_feed(c, S("From: a@Author.Example\r\n")), INGAM_OK);
    assert_int_equal(ingam_check_author(c).n, 0);
    assert_int_equal(ingam_check_feed(c, S("\r\n")), INGAM_OK);
    assert_true(str_eq(ingam_check_author(c), S("author.example")));
    ingam_check_free(c);
}

/* What a mail server hands over as one field, and may write as two, has no author and stays one field.   [RFC5322 2.2] */
static void a_hidden_field_is_no_field(void **state)
{
    static const str values[] = {S_INIT(" x\nFrom: b@other.example"), S_INIT(" x\r\nFrom: b@other.example"),
                                 S_INIT(" x\n"), S_INIT(" x\rFrom: b@other.example"),
                                 S_INIT(" x\0From: b@other.example")};
    (void)state;
    for (size_t i = 0; i < N(values); i++) {
        struct ingam_check *c = unsigned_check();
        assert_int_equal(ingam_check_field(c, S("From"), S(" a@author.example")), INGAM_OK);
        assert_int_equal(ingam_check_field(c, S("Subject"), values[i]), INGAM_OK);
        assert_int_equal(ingam_check_fields_end(c), INGAM_OK);
        assert_int_equal(ingam_check_fields(c), 2);
        assert_int_equal(ingam_check_author(c).n, 0);
        ingam_check_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trusts_whom_it_may),
        cmocka_unit_test(needs_a_witness),
        cmocka_unit_test(quarantine_has_a_policy),
        cmocka_unit_test(policy_can_come_late),
        cmocka_unit_test(author_is_known_at_the_end_of_the_header),
        cmocka_unit_test(a_hidden_field_is_no_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
