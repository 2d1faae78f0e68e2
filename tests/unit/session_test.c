/* SPDX-License-Identifier: BSD-2-Clause */
/* A message's life in a worker: judged, signed, sealed, told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/outlet.h"
#include "tests/unit/session_mail.h"

static const struct conf_listen submission = {.is_submission = true};

/* --- Judging --- */

static const struct {
    const char *about, *conf;
    str from;
    enum ingam_disposition does, would_be;
    uint16_t code;
    const char *enhanced, *text, *results, *tag; /* "": not there */
} judged[] = {
    {"pass", ENFORCE, S_INIT("author"), INGAM_ACCEPT, INGAM_ACCEPT, 0, "", "", "dmarc=pass", ""},
    {"reject", ENFORCE, S_INIT(""), INGAM_REJECT, INGAM_REJECT, 550, "5.7.1",
     "rejected per DMARC policy for author.example (", "", ""},
    {"observe", "", S_INIT(""), INGAM_ACCEPT, INGAM_QUARANTINE, 0, "", "", "dmarc=fail",
     "X-Ingam-Action: none (observing, would be quarantine;\r\n\tp=reject;\r\n\tlocal-policy: quarantine "
     "instead "
     "of reject;\r\n\tid "},
    {"tag", "mode = enforce", S_INIT(""), INGAM_QUARANTINE, INGAM_QUARANTINE, 0, "", "", "dmarc=fail",
     "X-Ingam-Action: quarantine (p=reject;\r\n\tlocal-policy: quarantine instead of reject;\r\n\tid "},
    {"hold", "mode = enforce\nquarantine = hold", S_INIT(""), INGAM_QUARANTINE, INGAM_QUARANTINE, 0, "", "",
     "dmarc=fail", ""},
};

static void check_judged(size_t i, size_t chunk)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = judged[i].from.n ? from_author() : from_elsewhere();
    stage_init(&t, judged[i].conf, ZONE);
    play(&t, &e, S(MESSAGE), chunk, &out);
    const struct decision *d = &out.decision;
    if (d->does != judged[i].does || d->would_be != judged[i].would_be || d->code != judged[i].code)
        fail_msg("%s: %s", judged[i].about, ingam_disposition_name(d->does));
    assert_int_equal(d->id.n, SESSION_ID_N);
    assert_true(str_eq(d->enhanced, str_of(judged[i].enhanced)));
    assert_true(str_starts(d->text, str_of(judged[i].text)));
    assert_true(d->code == 0 || holds(d->text, out.session->id));
    str after = edited(&out, S(MESSAGE));
    if (d->code)
        assert_int_equal(d->edit_n, 0);
    else
        assert_true(str_starts(after, S("Authentication-Results: mx.rcpt.example;")));
    must_hold(after, judged[i].results);
    must_hold(after, judged[i].tag);
    assert_int_equal(holds(after, "X-Ingam-Action"), judged[i].tag[0] != 0);
    assert_true(str_ends_nocase(after, S(MESSAGE)));
    assert_int_equal(t.worker.counters->messages_judged, 1);
    assert_int_equal(t.worker.counters->actions[d->does], 1);
    came_free(&out);
    stage_free(&t);
}

/* [RFC8601 4] [RFC9989 7.4] */
static void judges(void **state)
{
    static const size_t chunks[] = {0, 1, 7, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++)
        for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++)
            check_judged(i, chunks[k]);
}

/* What one message comes to under one configuration. */
static void check_one(const char *conf, str message, enum ingam_disposition does, const char *text)
{
    for (size_t chunk = 0; chunk < 50; chunk += 40) {
        struct stage t;
        struct came out = {.is_freed_inside = chunk > 0};
        struct session_envelope e = from_elsewhere();
        stage_init(&t, conf, ZONE);
        play(&t, &e, message, chunk, &out);
        assert_int_equal(out.decision.does, does);
        must_hold(out.decision.text, text);
        came_free(&out);
        stage_free(&t);
    }
}

/* [RFC9989 5.3.6] [RFC9989 11.5] */
static void defers_and_refuses(void **state)
{
    (void)state;
    check_one(ENFORCE, S("From: a@broken.example\r\n\r\nx\r\n"), INGAM_DEFER,
              "DNS failure while checking DMARC");
    check_one(ENFORCE, S("To: a@broken.example\r\n\r\nx\r\n"), INGAM_REJECT,
              "no usable author domain in From (");
    check_one("", S("To: a@broken.example\r\n\r\nx\r\n"), INGAM_ACCEPT, "");
    check_one(ENFORCE, S("From: a@soft.example\r\n\r\nx\r\n"), INGAM_QUARANTINE, "");
    check_one(ENFORCE, S("From: a@author.example\r\nSubject: a\rX: b\r\n\r\nx\r\n"), INGAM_REJECT,
              "no usable author");
}

/* --- Ours --- */

static size_t passes(str message)
{
    struct world w;
    size_t n = 0;
    assert_true(signer_judge(&stage_signer, &w, message));
    for (size_t i = 0; i < w.n; i++)
        n += w.list[i].result == INGAM_RESULT_PASS;
    world_free(&w);
    return n;
}

/* in   wanted  signatures that verify in what goes on */
static void check_ours(const struct session_envelope *e, const char *conf, str message, size_t wanted)
{
    static const size_t chunks[] = {0, 1, 33, 4000};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        struct stage t;
        struct came out = {.calls = 0};
        stage_init(&t, conf, ZONE);
        play(&t, e, message, chunks[i], &out);
        str after = edited(&out, message);
        assert_int_equal(passes(after), wanted);
        if (wanted) {
            assert_int_equal(out.decision.does, INGAM_ACCEPT);
            assert_false(holds(after, "Authentication-Results: mx.rcpt.example"));
            assert_int_equal(t.worker.counters->messages_judged, 0);
        }
        came_free(&out);
        stage_free(&t);
    }
}

/* By how it came, never by From.                                                     [RFC6376 3.7] [RFC8463 3] */
static void signs_what_is_ours(void **state)
{
    (void)state;
    struct session_envelope e = from_user();
    check_ours(&e, ENFORCE SIGN, S(MESSAGE), 2);
    e = from_elsewhere();
    check_ours(&e, SIGN, S(MESSAGE), 0);
    e.ip = S("");
    check_ours(&e, SIGN, S(MESSAGE), 0); /* a client whose address is not known */
    e.is_local = true;
    check_ours(&e, ENFORCE SIGN, S(MESSAGE), 2);
    e.is_local = false;
    e.ip = S("198.51.100.7");
    check_ours(&e, ENFORCE SIGN, S(MESSAGE), 2);
    e = from_elsewhere();
    e.listen = &submission;
    check_ours(&e, ENFORCE SIGN, S(MESSAGE), 2);
    e = from_user();
    check_ours(&e, "sign { keys = \"/keys\" authenticated = no }", S(MESSAGE), 0);
    check_ours(&e, "sign { keys = \"/keys\" domains = {\"other.example\"} }", S(MESSAGE), 0);
    check_ours(&e, "", S(MESSAGE), 0);
}

static void signs_for_those_below(void **state)
{
    static const char below[] = "From: a@x.news.author.example\r\n\r\nx\r\n";
    struct session_envelope e = from_user();
    (void)state;
    check_ours(&e, "sign { keys = \"/keys\" }", S("From: a@news.author.example\r\n\r\nx\r\n"), 0);
    check_ours(&e, "sign { keys = \"/keys\" subdomains = yes }", str_of(below), 2);
    check_ours(&e, "sign { keys = \"/keys\" subdomains = yes domains = {\"author.example\"} }", str_of(below),
               2);
    check_ours(&e, "sign { keys = \"/keys\" subdomains = yes domains = {\"news.author.example\"} }",
               str_of(below), 0);
}

/* A message that no verifier would believe goes out as it is: the sender's doing, and no reason to keep it.  [RFC6376 5.3] */
static void leaves_what_cannot_be_signed(void **state)
{
    struct session_envelope e = from_user();
    (void)state;
    check_ours(&e, SIGN, S("From: a@author.example\r\nFrom: b@author.example\r\n\r\nx\r\n"), 0);
    check_ours(&e, SIGN, S(FIELDS "\r\nbo\ndy\r\n"), 0);
}

static void deletes_forged_results_from_ours(void **state)
{
    static const char message[] = "Authentication-Results: mx.rcpt.example; auth=pass\r\n"
                                  "Authentication-Results: other.example; none\r\n" MESSAGE;
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = from_user();
    (void)state;
    stage_init(&t, SIGN, ZONE);
    play(&t, &e, str_of(message), 0, &out);
    str after = edited(&out, str_of(message));
    assert_false(holds(after, "auth=pass"));
    must_hold(after, "\r\nAuthentication-Results: other.example; none\r\n");
    assert_int_equal(passes(after), 2);
    came_free(&out);
    stage_free(&t);
}

/* [RFC6376 5.1] */
static void does_not_sign_twice(void **state)
{
    struct stage t;
    struct came first = {.calls = 0}, second = {.calls = 0}, third = {.calls = 0};
    struct session_envelope e = from_user();
    (void)state;
    stage_init(&t, SIGN, ZONE);
    play(&t, &e, S(MESSAGE), 0, &first);
    str once = edited(&first, S(MESSAGE));
    for (size_t chunk = 0; chunk < 20; chunk += 9) {
        play(&t, &e, once, chunk, &second);
        assert_int_equal(second.decision.edit_n, 0);
        assert_string_equal(second.session->signing.why_not, "signed already");
        came_free(&second);
    }
    struct out o;
    out_init(&o, &first.arena);
    out_str(&o, once);
    out_z(&o, "a footer\r\n");
    play(&t, &e, out_done(&o), 0, &third);
    assert_int_equal(third.decision.edit_n, 2);
    assert_int_equal(passes(edited(&third, out_done(&o))), 2);
    came_free(&first);
    came_free(&third);
    stage_free(&t);
}

/* --- Seals --- */

static enum ingam_result chain_of(str message, struct stage *t)
{
    struct came out = {.calls = 0};
    struct session_envelope e = from_elsewhere();
    play(t, &e, message, 0, &out);
    enum ingam_result result = out.session->verdict->arc.result;
    came_free(&out);
    return result;
}

/* [RFC8617 5.1] */
static void seals_what_goes_on(void **state)
{
    static const str list[] = {S_INIT("b@rcpt.example"), S_INIT("members@List.Example")};
    struct session_envelope e = from_author();
    (void)state;
    e.rcpts = list;
    e.rcpt_n = 2;
    for (size_t chunk = 0; chunk < 30; chunk += 11) {
        struct stage t;
        struct came out = {.calls = 0};
        stage_init(&t, SIGN ENFORCE, ZONE);
        play(&t, &e, S(MESSAGE), chunk, &out);
        str after = edited(&out, S(MESSAGE));
        assert_true(str_starts(after, S("ARC-Seal: i=1;")));
        must_hold(after, "ARC-Authentication-Results: i=1; mx.rcpt.example;");
        must_hold(after, "\r\nAuthentication-Results: mx.rcpt.example;");
        assert_int_equal(chain_of(after, &t), INGAM_RESULT_PASS);
        assert_int_equal(t.worker.counters->messages_sealed, 1);
        came_free(&out);
        stage_free(&t);
    }
}

/* What is turned down is not sealed; where the key refuses, the message goes on without. */
static void seals_no_more_than_that(void **state)
{
    static const str list[] = {S_INIT("members@list.example")};
    struct session_envelope e = from_elsewhere();
    struct stage t;
    struct came out = {.calls = 0};
    (void)state;
    e.rcpts = list;
    stage_init(&t, SIGN ENFORCE, ZONE);
    play(&t, &e, S(MESSAGE), 0, &out);
    assert_int_equal(out.decision.does, INGAM_REJECT);
    assert_int_equal(t.worker.counters->signings_asked, 0);
    came_free(&out);
    e = from_author();
    e.rcpts = list;
    t.keyd_mood = KEYD_REFUSES;
    play(&t, &e, S(MESSAGE), 0, &out);
    assert_int_equal(out.decision.does, INGAM_ACCEPT);
    assert_int_equal(out.decision.edit_n, 1);
    came_free(&out);
    stage_free(&t);
}

/* --- The log --- */

static void says_it_in_one_line(void **state)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = from_elsewhere();
    char line[8192];
    int ends[2];
    (void)state;
    e.helo = S("a b\n\xff");
    stage_init(&t, ENFORCE, ZONE);
    t.level = CONF_INFO;
    assert_int_equal(pipe(ends), 0);
    int kept = dup(2);
    dup2(ends[1], 2);
    outlet_open();
    play(&t, &e, S(MESSAGE), 0, &out);
    dup2(kept, 2);
    outlet_open();
    ssize_t n = read(ends[0], line, sizeof line);
    assert_true(n > 0);
    str text = {(const uint8_t *)line, (size_t)n};
    static const char *const wanted[] = {
        "id=",
        " queue=4fXyz client=203.0.113.9 helo=\"a b\\x0a\\xff\" from=x@bounce.example "
        "rcpts=1 author=author.example spf=fail:bounce.example dkim=none "
        "dmarc=fail(dmarc-",
        ":author.example p=reject policy=default reasons=\"p=reject\"", " action=reject dns=", " dns_ms="};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        must_hold(text, wanted[i]);
    assert_int_equal(str_find(text, '\n'), text.n - 1);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    came_free(&out);
    stage_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges),
        cmocka_unit_test(defers_and_refuses),
        cmocka_unit_test(signs_what_is_ours),
        cmocka_unit_test(signs_for_those_below),
        cmocka_unit_test(leaves_what_cannot_be_signed),
        cmocka_unit_test(deletes_forged_results_from_ours),
        cmocka_unit_test(does_not_sign_twice),
        cmocka_unit_test(seals_what_goes_on),
        cmocka_unit_test(seals_no_more_than_that),
        cmocka_unit_test(says_it_in_one_line),
    };
    return cmocka_run_group_tests(tests, stage_make_signer, stage_free_signer);
}
