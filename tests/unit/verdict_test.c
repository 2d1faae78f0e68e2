/* SPDX-License-Identifier: BSD-2-Clause */
/* What scenarios cannot show: the order of calls, defaults, the reply writer, letters that look like others. */
#include "verdict/state.h"
#include "verdict/version.h"
#include <ingam/ingam.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static const uint64_t now = 1788264000000;

static struct ingam_check *new_check(void)
{
    struct ingam_config config;
    ingam_config_default(&config);
    struct ingam_envelope env = {
        .ip = S("192.0.2.1"), .helo = S("mx.a.example"), .mail_from = S("b@a.example")};
    env.has_mail_from = true;
    struct ingam_check *c = ingam_check_new(&config, &env, now);
    assert_non_null(c);
    return c;
}

static void limits_are_those_of_the_plan(void **state)
{
    struct ingam_limits l;
    (void)state;
    ingam_limits_default(&l);
    assert_int_equal(l.header_block, 1 << 20);
    assert_int_equal(l.field, 256 << 10);
    assert_int_equal(l.fields, 4096);
    assert_int_equal(l.dkim_field, 16 << 10);
    assert_int_equal(l.dkim_tags, 64);
    assert_int_equal(l.dkim_signed_names, 256);
    assert_int_equal(l.dkim_signatures, 8);
    assert_int_equal(l.key_record, 8 << 10);
    assert_int_equal(l.rsa_bits_max, 8192);
    assert_int_equal(l.questions, 64);
    assert_int_equal(l.arena, 2 << 20);
    assert_int_equal(l.nesting, 32);
    assert_int_equal(l.from_addresses, 64);
    assert_int_equal(l.deadline_ms, 30000);
}

/* [RFC7208 4.6.4] [RFC9989 7.4] */
static void defaults_are_safe(void **state)
{
    struct ingam_config config;
    (void)state;
    ingam_config_default(&config);
    assert_int_equal(config.policy.mode, INGAM_OBSERVE);
    assert_int_equal(config.policy.on_reject, INGAM_QUARANTINE);
    assert_int_equal(config.policy.on_temperror, INGAM_DEFER);
    assert_int_equal(config.policy.on_no_author, INGAM_REJECT);
    assert_false(config.policy.allow_partial_body);
    assert_int_equal(config.limits.spf_terms, 10);
    assert_int_equal(config.limits.spf_voids, 2);
    assert_int_equal(config.limits.spf_mx, 10);
    assert_int_equal(config.limits.spf_ptr, 10);
    assert_string_equal(ingam_version(), INGAM_VERSION);
}

static void calls_have_an_order(void **state)
{
    struct ingam_check *c = new_check();
    (void)state;
    assert_int_equal(ingam_check_feed(c, S("From: a@a.example\r\n")), INGAM_OK);
    assert_int_equal(ingam_check_field(c, S("To"), S(" b")), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_fields_end(c), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_body(c, S("x")), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_end(c), INGAM_OK);
    assert_int_equal(ingam_check_end(c), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_feed(c, S("x")), INGAM_ERR_ORDER);
    assert_null(ingam_check_verdict(c));
    ingam_check_free(c);
    ingam_check_free(NULL);
}

static void fields_have_an_order(void **state)
{
    struct ingam_check *c = new_check();
    (void)state;
    assert_int_equal(ingam_check_field(c, S("From"), S(" a@a.example")), INGAM_OK);
    assert_int_equal(ingam_check_feed(c, S("x")), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_body(c, S("x")), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_fields_end(c), INGAM_OK);
    assert_int_equal(ingam_check_fields_end(c), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_field(c, S("To"), S(" b")), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_body(c, S("x")), INGAM_OK);
    assert_int_equal(ingam_check_end(c), INGAM_OK);
    assert_int_equal(ingam_check_fields(c), 1);
    ingam_check_free(c);
}

/* SPF is asked about as soon as the envelope is known, keys and policy with the end of the header. */
static void questions_go_out_early(void **state)
{
    struct ingam_check *c = new_check();
    struct ingam_question q;
    size_t asked = 0;
    (void)state;
    while (ingam_check_next(c, now, &q) == INGAM_WANT_ANSWER)
        asked++;
    assert_int_equal(asked, 2); /* HELO and MAIL FROM */
    assert_int_equal(ingam_check_next(c, now, &q), INGAM_WANT_INPUT);
    ingam_check_feed(c, S("From: a@a.example\r\n"));
    assert_int_equal(ingam_check_next(c, now, &q), INGAM_WANT_INPUT);
    ingam_check_feed(c, S("\r\nthe body is still coming"));
    assert_int_equal(ingam_check_next(c, now, &q), INGAM_WANT_ANSWER);
    assert_true(str_eq(q.name, S("_dmarc.a.example")));
    ingam_check_free(c);
}

static void answers_must_be_asked_for(void **state)
{
    struct ingam_check *c = new_check();
    struct ingam_question q;
    struct ingam_answer a = {.id = 1, .status = INGAM_STATUS_NXDOMAIN};
    (void)state;
    assert_int_equal(ingam_check_answer(c, &a), INGAM_ERR_ORDER);
    assert_int_equal(ingam_check_next(c, now, &q), INGAM_WANT_ANSWER);
    a.id = q.id;
    a.status = INGAM_STATUS_OPEN;
    assert_int_equal(ingam_check_answer(c, &a), INGAM_ERR_ARGUMENT);
    a.status = INGAM_STATUS_NXDOMAIN;
    assert_int_equal(ingam_check_answer(c, &a), INGAM_OK);
    assert_int_equal(ingam_check_answer(c, &a), INGAM_ERR_ORDER);
    ingam_check_free(c);
}

/* The deadline closes the questions, not the message: the verdict waits for its end. */
static void deadline_waits_for_the_message(void **state)
{
    struct ingam_check *c = new_check();
    struct ingam_question q;
    (void)state;
    ingam_check_feed(c, S("From: a@a.example\r\n\r\n"));
    assert_int_equal(ingam_check_next(c, now + 30000, &q), INGAM_WANT_INPUT);
    assert_null(ingam_check_verdict(c));
    ingam_check_end(c);
    assert_int_equal(ingam_check_next(c, now + 30000, &q), INGAM_WANT_NOTHING);
    const struct ingam_verdict *v = ingam_check_verdict(c);
    assert_non_null(v);
    assert_int_equal(v->spf_mail_from.result, INGAM_RESULT_TEMPERROR);
    assert_int_equal(v->dmarc.result, INGAM_RESULT_TEMPERROR);
    assert_int_equal(v->action.would_be, INGAM_DEFER);
    assert_int_equal(v->action.disposition, INGAM_ACCEPT);
    ingam_check_free(c);
}

static void only_old_questions_are_told_apart(void **state)
{
    struct ingam_check *c = new_check();
    struct ingam_question q;
    (void)state;
    ingam_check_end(c);
    while (ingam_check_next(c, now, &q) == INGAM_WANT_ANSWER && q.id)
        ;
    assert_int_equal(q.id, 0);
    assert_int_equal(ingam_check_next(c, now, &q), INGAM_WANT_ANSWER);
    assert_int_equal(q.id, 0);
    ingam_check_free(c);
}

static void no_trace_keeps_no_notes(void **state)
{
    struct ingam_config config;
    struct ingam_question q;
    const struct ingam_note *notes;
    const struct ingam_warning *warnings;
    (void)state;
    ingam_config_default(&config);
    config.no_trace = true;
    struct ingam_check *c = ingam_check_new(&config, &(struct ingam_envelope){0}, now);
    assert_int_equal(ingam_check_warnings(c, &warnings), 0);
    ingam_check_end(c);
    assert_int_equal(ingam_check_next(c, now, &q), INGAM_WANT_NOTHING);
    assert_non_null(ingam_check_verdict(c));
    assert_int_equal(ingam_check_notes(c, &notes), 0);
    assert_true(str_starts(ingam_check_verdict(c)->authentication_results, S("localhost;")));
    ingam_check_free(c);
}

static void replies_hold_printable_ascii_only(void **state)
{
    static const struct {
        const char *about;
        str name;
        const char *want;
    } rows[] = {
        {"a name", S_INIT("a.example"), "refused for a.example"},
        {"A-labels", S_INIT("xn--bcher-kva.example"), "refused for xn--bcher-kva.example"},
        {"nothing", S_INIT(""), "refused"},
        {"line end", S_INIT("a\r\n250 ok"), "refused"},
        {"blank", S_INIT("a b"), "refused"},
        {"high bytes", S_INIT("b\xc3\xbc.example"), "refused"},
        {"NUL", S_INIT("a\0b"), "refused"},
        {"quote", S_INIT("\"a\""), "refused"},
    };
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    for (size_t i = 0; i < N(rows); i++) {
        str got = reply_write(&a, S("refused"), S(" for "), rows[i].name);
        if (!str_eq(got, str_of(rows[i].want)))
            fail_msg("%s: got %.*s", rows[i].about, (int)got.n, (const char *)got.p);
        assert_true(reply_is_printable(got));
    }
    assert_false(reply_is_printable(S("a\n")));
    assert_false(reply_is_printable(S("\x7f")));
    assert_false(reply_is_printable(S("\xff")));
    arena_free(&a);
}

static void names_made_to_be_misread(void **state)
{
    static const struct {
        const char *about;
        str domain;
        bool want;
    } rows[] = {
        {"ASCII", S_INIT("paypal.example"), false},
        {"an umlaut", S_INIT("xn--bcher-kva.example"), false},
        {"wholly Cyrillic, all of letters that look Latin", S_INIT("xn--80ak6aa92e.com"), true},
        {"wholly Cyrillic, honest", S_INIT("xn--80a1acny.example"), false},
        {"Greek, honest", S_INIT("xn--hxajbheg2az3al.example"), false},
        {"Latin and Cyrillic", S_INIT("xn--pypal-4ve.example"), true},
        {"not to be decoded", S_INIT("xn--\x01.example"), false},
    };
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    for (size_t i = 0; i < N(rows); i++) {
        str shown;
        if (lookalike_domain(&a, rows[i].domain, &shown) != rows[i].want)
            fail_msg("%s: shown as %.*s", rows[i].about, (int)shown.n, (const char *)shown.p);
    }
    arena_free(&a);
    assert_true(lookalike_hidden(S("a\xe2\x80\xae.")));
    assert_true(lookalike_hidden(S("\xef\xbb\xbf")));
    assert_false(lookalike_hidden(S("a\xe2\x80\x8d\xe2")));
    assert_false(lookalike_hidden(S("\xad\xff\xc2")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_those_of_the_plan),
        cmocka_unit_test(defaults_are_safe),
        cmocka_unit_test(calls_have_an_order),
        cmocka_unit_test(fields_have_an_order),
        cmocka_unit_test(questions_go_out_early),
        cmocka_unit_test(answers_must_be_asked_for),
        cmocka_unit_test(deadline_waits_for_the_message),
        cmocka_unit_test(only_old_questions_are_told_apart),
        cmocka_unit_test(no_trace_keeps_no_notes),
        cmocka_unit_test(replies_hold_printable_ascii_only),
        cmocka_unit_test(names_made_to_be_misread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
