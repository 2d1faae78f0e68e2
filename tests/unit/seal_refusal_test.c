/* SPDX-License-Identifier: BSD-2-Clause */
/* What cannot be sealed, calls in the wrong order, and no memory: no set then, and a word that says why.  [RFC8617 5.1] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/seal_world.h"

static const struct {
    const char *about;
    str message;
    enum ingam_fault want;
} refusals[] = {
    {"the newest seal says cv=fail", S_INIT("ARC-Seal: i=1; cv=fail\r\n" MESSAGE), INGAM_FAULT_SEAL_CLOSED},
    {"there are 50 sets", S_INIT("ARC-Authentication-Results: i=50; x; none\r\n" MESSAGE),
     INGAM_FAULT_SEAL_FULL},
    {"a line that is no field", S_INIT("From: a@author.example\r\njunk\r\n\r\n"), INGAM_FAULT_SIGN_JUNK},
    {"a fold of nothing", S_INIT(" junk\r\nFrom: a@author.example\r\n\r\n"), INGAM_FAULT_SIGN_JUNK},
    {"it ends in its header", S_INIT("From: a@author.example"), INGAM_FAULT_SIGN_HEADER_OPEN},
    {"nobody wrote it", S_INIT("To: a@author.example\r\n\r\nx\r\n"), INGAM_FAULT_SIGN_FROM_MISSING},
    {"two wrote it", S_INIT("From: b@other.example\r\n" MESSAGE), INGAM_FAULT_SIGN_FROM_TWICE},
    {"LF alone", S_INIT(MESSAGE "a\nb\r\n"), INGAM_FAULT_SIGN_BARE_LF},
    {"CR alone", S_INIT(MESSAGE "a\rb\r\n"), INGAM_FAULT_SIGN_BARE_CR},
    {"NUL in the header", S_INIT("Subject: a\0b\r\n" MESSAGE), INGAM_FAULT_SIGN_NUL},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct arena a;
        arena_init(&a, NULL, WORLD_ARENA);
        struct sealing g = sealing_by(INGAM_ED25519_SHA256);
        str text = sealed(&a, &g, refusals[i].message);
        if (g.fault != refusals[i].want || g.field_n || !str_eq(text, refusals[i].message))
            fail_msg("%s: %s", refusals[i].about, ingam_fault_row(g.fault)->name);
        arena_free(&a);
    }
}

static void refuses_with(struct sealing g, enum ingam_fault want)
{
    struct arena a;
    arena_init(&a, NULL, WORLD_ARENA);
    sealed(&a, &g, S(MESSAGE));
    if (g.fault != want)
        fail_msg("%s, not %s", ingam_fault_row(g.fault)->name, ingam_fault_row(want)->name);
    assert_int_equal(g.field_n, 0);
    arena_free(&a);
}

/* [RFC8617 4.1.1] [RFC8617 4.1.2] */
static void refuses_what_is_wanted(void **state)
{
    (void)state;
    static const str wrong_names[] = {
        S_INIT("to:subject"),
        S_INIT("from:arc-seal"),
        S_INIT("from:ARC-Message-Signature"),
        S_INIT("from:Authentication-Results"),
        S_INIT("from::to"),
        S_INIT("from:arc-authentication-results"),
        S_INIT("from:a b"),
    };
    static const str wrong_results[] = {S_INIT(""), S_INIT(" \r\n "), S_INIT("x;\nnone"), S_INIT("x; no\0ne"),
                                        S_INIT("x;\rnone")};
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    for (size_t i = 0; i < sizeof wrong_names / sizeof *wrong_names; i++) {
        g.wanted.headers = wrong_names[i];
        refuses_with(g, INGAM_FAULT_SEAL_HEADERS);
    }
    g = sealing_by(INGAM_ED25519_SHA256);
    for (size_t i = 0; i < sizeof wrong_results / sizeof *wrong_results; i++) {
        g.wanted.results = wrong_results[i];
        refuses_with(g, INGAM_FAULT_SEAL_RESULTS);
    }
    g = sealing_by(INGAM_ED25519_SHA256);
    g.wanted.domain = S("example");
    refuses_with(g, INGAM_FAULT_SIGN_DOMAIN);
    g = sealing_by(INGAM_ED25519_SHA256);
    g.wanted.selector = S("");
    refuses_with(g, INGAM_FAULT_SIGN_SELECTOR);
    g = sealing_by(INGAM_ED25519_SHA256);
    g.config.limits.dkim_signed_names = 5;
    refuses_with(g, INGAM_FAULT_SIGN_TOO_MANY_NAMES);
    g = sealing_by(INGAM_ED25519_SHA256);
    g.config.limits.header_block = 20;
    refuses_with(g, INGAM_FAULT_MAIL_HEADER_TOO_LONG);
}

/* Calls in another order than their own do no harm, and answers must fit. */
static void keeps_order(void **state)
{
    (void)state;
    static const uint8_t bytes[64];
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    struct ingam_sign_job job;
    struct ingam_sign_answer good = {1, {bytes, 64}}, odd = {1, {bytes, 63}}, other = {2, {bytes, 64}};
    struct ingam_seal *s = ingam_seal_new(&g.config, &g.wanted, SIGNER_NOW);
    assert_non_null(s);
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_INPUT);
    assert_int_equal(ingam_seal_answer(s, &good), INGAM_ERR_ORDER);
    assert_null(ingam_seal_result(s));
    assert_int_equal(ingam_seal_feed(s, S(MESSAGE)), INGAM_OK);
    assert_int_equal(ingam_seal_end(s), INGAM_OK);
    assert_int_equal(ingam_seal_end(s), INGAM_ERR_ORDER);
    assert_int_equal(ingam_seal_feed(s, S("x")), INGAM_ERR_ORDER);
    assert_int_equal(ingam_seal_answer(s, &good), INGAM_ERR_ORDER);
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_SIGN);
    assert_int_equal(job.id, 1);
    assert_true(str_eq(job.key_name, S("ed._domainkey.author.example")));
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_SIGN);
    assert_int_equal(job.id, 0);
    assert_int_equal(ingam_seal_answer(s, &odd), INGAM_ERR_ARGUMENT);
    assert_int_equal(ingam_seal_answer(s, &other), INGAM_ERR_ORDER);
    assert_int_equal(ingam_seal_answer(s, &good), INGAM_OK);
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_SIGN);
    assert_int_equal(job.id, 2);
    other.signature.n = 0;
    assert_int_equal(ingam_seal_answer(s, &other), INGAM_OK);
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_NOTHING);
    assert_int_equal(ingam_seal_result(s)->fault, INGAM_FAULT_SIGN_KEY_REFUSED);
    assert_int_equal(ingam_seal_result(s)->n, 0);
    ingam_seal_free(s);
}

/* What the check has found may come behind the message, until the first job is out.               [RFC8617 4.1.1] */
static void is_decided_late(void **state)
{
    (void)state;
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    struct ingam_sign_job job;
    g.wanted.results = S("");
    struct ingam_seal *s = ingam_seal_new(&g.config, &g.wanted, SIGNER_NOW);
    assert_int_equal(ingam_seal_feed(s, S(MESSAGE)), INGAM_OK);
    assert_int_equal(ingam_seal_decide(s, S("early.example; none"), INGAM_RESULT_NONE), INGAM_OK);
    assert_int_equal(ingam_seal_end(s), INGAM_OK);
    assert_int_equal(ingam_seal_decide(s, S("late.example; none"), INGAM_RESULT_NONE), INGAM_OK);
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_SIGN);
    assert_int_equal(job.id, 1);
    assert_int_equal(ingam_seal_decide(s, S("x; none"), INGAM_RESULT_NONE), INGAM_ERR_ORDER);
    ingam_seal_free(s);

    s = ingam_seal_new(&g.config, &g.wanted, SIGNER_NOW);
    assert_int_equal(ingam_seal_feed(s, S(MESSAGE)), INGAM_OK);
    assert_int_equal(ingam_seal_end(s), INGAM_OK);
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_NOTHING);
    assert_int_equal(ingam_seal_result(s)->fault, INGAM_FAULT_SEAL_RESULTS);
    ingam_seal_free(s);

    s = ingam_seal_new(&g.config, &g.wanted, SIGNER_NOW);
    assert_int_equal(ingam_seal_decide(s, S("x\n; none"), INGAM_RESULT_NONE), INGAM_OK);
    assert_int_equal(ingam_seal_feed(s, S(MESSAGE)), INGAM_OK);
    assert_int_equal(ingam_seal_end(s), INGAM_OK);
    assert_int_equal(ingam_seal_next(s, &job), INGAM_WANT_NOTHING);
    assert_int_equal(ingam_seal_result(s)->fault, INGAM_FAULT_SEAL_RESULTS);
    ingam_seal_free(s);
}

/* An allocator that gives so many pieces and no more. */
struct scarce {
    size_t left, given;
};

static void *scarce_get(void *context, size_t n)
{
    struct scarce *s = context;
    if (s->left == 0)
        return NULL;
    s->left--;
    s->given++;
    return malloc(n);
}

static void scarce_put(void *context, void *p)
{
    (void)context;
    free(p);
}

/* Each allocation fails in turn: there is the whole set, or none and a call that says so. */
static void survives_without_memory(void **state)
{
    (void)state;
    bool is_made = false;
    str text = S("Subject: a\r\n" MESSAGE);
    for (size_t n = 0; !is_made && n < 200; n++) {
        struct scarce scarce = {n, 0};
        struct arena a;
        struct out o;
        arena_init(&a, NULL, WORLD_ARENA);
        out_init(&o, &a);
        struct sealing g = sealing_by(INGAM_ED25519_SHA256);
        g.config.alloc = (struct ingam_alloc){scarce_get, scarce_put, &scarce};
        is_made = seal_message(&signer, &g, text, &o);
        assert_int_equal(g.field_n, is_made ? 3 : 0);
        arena_free(&a);
    }
    assert_true(is_made);
}

static void judges_without_memory(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, WORLD_ARENA);
    struct sealing g = sealing_by(INGAM_RSA_SHA256);
    str text = sealed(&a, &g, S(MESSAGE));
    bool is_judged = false;
    for (size_t n = 0; !is_judged && n < 200; n++) {
        struct scarce scarce = {n, 0};
        struct arc_world w;
        arc_world_init(&w);
        w.alloc = (struct ingam_alloc){scarce_get, scarce_put, &scarce};
        is_judged = arc_world_judge(&w, &signer, text);
        if (is_judged)
            assert_int_equal(w.got.result, INGAM_RESULT_PASS);
        arc_world_free(&w);
    }
    assert_true(is_judged);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_what_is_wanted),
        cmocka_unit_test(keeps_order),
        cmocka_unit_test(is_decided_late),
        cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(judges_without_memory),
    };
    return cmocka_run_group_tests(tests, make_signer, free_signer);
}
