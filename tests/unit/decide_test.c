/* SPDX-License-Identifier: BSD-2-Clause */
/* Which policy stands for whom, and whose word counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/session_world.h"

#define ZONE                                                                                                 \
    "_dmarc.author.example IN TXT \"v=DMARC1; p=reject\"\n"                                                  \
    "_dmarc.x.example IN TXT \"v=DMARC1; p=reject\"\n"
#define MESSAGE "From: a@author.example\r\n\r\nx\r\n"
#define STRICT  "mode = enforce\non-reject = reject\n"
#define MILD    "policy \"mild\" { recipient = {\"mild.example\"} on-reject = quarantine }\n"
#define SEES    "policy \"sees\" { recipient = {\"sees.example\"} mode = observe }\n"

static const struct conf_listen plain = {.front = CONF_MILTER};

static const struct {
    const char *about, *conf;
    str rcpts[3];
    size_t n;
    enum ingam_disposition does, would_be;
} policies[] = {
    {"the default", STRICT MILD, {S_INIT("a@rcpt.example")}, 1, INGAM_REJECT, INGAM_REJECT},
    {"nobody is known", STRICT MILD, {S_INIT("")}, 0, INGAM_REJECT, INGAM_REJECT},
    {"a rule's", STRICT MILD, {S_INIT("a@Mild.EXAMPLE")}, 1, INGAM_QUARANTINE, INGAM_QUARANTINE},
    {"the mildest",
     STRICT MILD,
     {S_INIT("a@rcpt.example"), S_INIT("b@mild.example")},
     2,
     INGAM_QUARANTINE,
     INGAM_QUARANTINE},
    {"the mildest first",
     STRICT MILD,
     {S_INIT("b@mild.example"), S_INIT("a@rcpt.example")},
     2,
     INGAM_QUARANTINE,
     INGAM_QUARANTINE},
    {"one only looks",
     STRICT SEES,
     {S_INIT("b@sees.example"), S_INIT("a@rcpt.example")},
     2,
     INGAM_ACCEPT,
     INGAM_REJECT},
    {"no domain at all", STRICT MILD, {S_INIT("postmaster")}, 1, INGAM_REJECT, INGAM_REJECT},
    {"the author's",
     STRICT "policy \"p\" { author = {\"author.example\"} on-reject = accept }",
     {S_INIT("a@rcpt.example")},
     1,
     INGAM_ACCEPT,
     INGAM_ACCEPT},
};

static void chooses_the_policy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct stage t;
        struct came out = {.calls = 0};
        struct session_envelope e = {
            .listen = &plain, .ip = S("203.0.113.9"), .rcpts = policies[i].rcpts, .rcpt_n = policies[i].n};
        stage_init(&t, policies[i].conf, ZONE);
        play(&t, &e, S(MESSAGE), 0, &out);
        if (out.decision.does != policies[i].does || out.decision.would_be != policies[i].would_be)
            fail_msg("%s: %s", policies[i].about, ingam_disposition_name(out.decision.does));
        came_free(&out);
        stage_free(&t);
    }
}

static const struct {
    const char *about, *trust;
    enum ingam_disposition does;
    const char *reason; /* in Authentication-Results */
} trusts[] = {
    {"address", "address = {\"203.0.113.0/24\"}", INGAM_ACCEPT, "trusted client, rule r"},
    {"another's address", "address = {\"198.51.100.0/24\"}", INGAM_REJECT, ""},
    {"host", "host = {\".lists.example\"}", INGAM_ACCEPT, "trusted client, rule r"},
    {"another's host", "host = {\"lists.example\"}", INGAM_REJECT, ""},
    {"a little", "address = {\"203.0.113.9\"} effect = quarantine", INGAM_QUARANTINE, "quarantine at most"},
    {"for this author", "address = {\"203.0.113.9\"} author = {\"author.example\"}", INGAM_ACCEPT, "rule r"},
    {"for another author", "address = {\"203.0.113.9\"} author = {\"x.example\"}", INGAM_REJECT, ""},
    {"for a recipient", "address = {\"203.0.113.9\"} recipient = {\"rcpt.example\"}", INGAM_ACCEPT, "rule r"},
    {"for another recipient", "address = {\"203.0.113.9\"} recipient = {\"x.example\"}", INGAM_REJECT, ""},
    {"over", "address = {\"203.0.113.9\"} until = 2020-01-31", INGAM_REJECT, ""},
    {"not over yet", "address = {\"203.0.113.9\"} until = 2090-01-31", INGAM_ACCEPT, "rule r"},
    {"a signer who did not sign", "dkim = {\"author.example\"}", INGAM_REJECT, ""},
};

/* [RFC9989 5.4] */
static void trusts_within_its_scope(void **state)
{
    static const str rcpts[] = {S_INIT("b@other.example"), S_INIT("a@rcpt.example")};
    (void)state;
    for (size_t i = 0; i < sizeof trusts / sizeof *trusts; i++) {
        struct stage t;
        struct came out = {.calls = 0};
        struct session_envelope e = {.listen = &plain,
                                     .ip = S("203.0.113.9"),
                                     .client_name = S("mx.lists.example"),
                                     .rcpts = rcpts,
                                     .rcpt_n = 2};
        char conf[512];
        snprintf(conf, sizeof conf, STRICT "trust \"r\" { %s }\n", trusts[i].trust);
        stage_init(&t, conf, ZONE);
        play(&t, &e, S(MESSAGE), 0, &out);
        if (out.decision.does != trusts[i].does)
            fail_msg("%s: %s", trusts[i].about, ingam_disposition_name(out.decision.does));
        if (trusts[i].does != INGAM_REJECT)
            must_hold(edited(&out, S(MESSAGE)), trusts[i].reason);
        came_free(&out);
        stage_free(&t);
    }
}

/* A signature of author.example on a message of x.example, and a rule about it. */
static void trusts_a_signer(void **state)
{
    static const char message[] = "From: a@x.example\r\nSubject: s\r\n\r\nx\r\n";
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = {.listen = &plain, .ip = S("203.0.113.9")};
    struct signing g = {
        .config = signer_config(), .wanted = {signer_wants(INGAM_ED25519_SHA256)}, .wanted_n = 1};
    struct arena a;
    struct out o;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    out_init(&o, &a);
    assert_true(signer_sign(&stage_signer, &g, str_of(message), &o));
    stage_init(&t, STRICT "trust \"our list\" { dkim = {\"author.example\"} }\n", ZONE);
    play(&t, &e, out_done(&o), 0, &out);
    assert_int_equal(out.decision.does, INGAM_ACCEPT);
    str after = edited(&out, out_done(&o));
    must_hold(after, "dkim=pass");
    must_hold(after, "of a trusted signer");
    must_hold(after, "rule our list");
    came_free(&out);
    stage_free(&t);
    arena_free(&a);
}

static void reads_domains_of_addresses(void **state)
{
    static const struct {
        str address;
        const char *want;
    } rows[] = {{S_INIT("a@b@Rcpt.Example"), "rcpt.example"},
                /* as Postfix hands over what the client wrote, and understands it */
                {S_INIT("b@rcpt.example "), "rcpt.example"},
                {S_INIT("b@rcpt.example\t"), "rcpt.example"},
                {S_INIT("b@ rcpt . example"), "rcpt.example"},
                {S_INIT("b@rcpt.example (b@mild.example)"), "rcpt.example"},
                {S_INIT("b@(mild.example)rcpt.(c(\\)))example"), "rcpt.example"},
                {S_INIT("\"b@rcpt.example\""), "rcpt.example"},
                {S_INIT("\"(\"@rcpt.example"), "rcpt.example"},
                {S_INIT("\\(b@rcpt.example"), "rcpt.example"},
                {S_INIT("b@\"rcpt.example\""), "rcpt.example"},
                {S_INIT("b <b@rcpt.example>"), "rcpt.example"},
                {S_INIT("b@rcpt.example.."), "rcpt.example"},
                {S_INIT("b%Rcpt.example"), "rcpt.example"},
                {S_INIT("rcpt.example!b"), "rcpt.example"},
                {S_INIT("b\\"), ""},
                {S_INIT("a@rcpt.example."), "rcpt.example"},
                {S_INIT("a"), ""},
                {S_INIT(""), ""},
                {S_INIT("a@"), ""},
                {S_INIT("a@b\xc3\xbc"
                        "cher.example"),
                 "xn--bcher-kva.example"},
                {S_INIT("a@[192.0.2.1]"), "[192.0.2.1]"}};
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        str got = decide_domain_of(&a, rows[i].address);
        if (!str_eq(got, str_of(rows[i].want)))
            fail_msg("%zu: %.*s", i, (int)got.n, (const char *)got.p);
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_the_policy),
        cmocka_unit_test(trusts_within_its_scope),
        cmocka_unit_test(trusts_a_signer),
        cmocka_unit_test(reads_domains_of_addresses),
    };
    return cmocka_run_group_tests(tests, stage_make_signer, stage_free_signer);
}
