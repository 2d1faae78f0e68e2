/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes out of a message and what goes in, as a mail server counts and puts it.                     [RFC8601 5] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/session_world.h"

#define ZONE "_dmarc.author.example IN TXT \"v=DMARC1; p=none\"\n"
#define FROM "From: a@author.example\r\n"
#define OURS "Authentication-Results: mx.rcpt.example; dmarc=pass\r\n"

static const struct conf_listen plain = {.front = CONF_MILTER};

static struct session_envelope envelope(void)
{
    return (struct session_envelope){
        .listen = &plain, .ip = S("203.0.113.9"), .helo = S("elsewhere.example")};
}

static const struct {
    const char *about;
    str header;
    const char *left; /* what stands behind our own field */
    size_t removed;
} rows[] = {
    {"nothing", S_INIT(FROM), FROM, 0},
    {"ours", S_INIT(OURS FROM), FROM, 1},
    {"ours, thrice", S_INIT(OURS FROM OURS OURS), FROM, 3},
    {"another's stays", S_INIT("Authentication-Results: x.example; none\r\n" FROM OURS),
     "Authentication-Results: x.example; none\r\n" FROM, 1},
    {"between others'",
     S_INIT("Authentication-Results: a.example; none\r\n" OURS
            "AUTHENTICATION-RESULTS: b.example; none\r\n" FROM),
     "Authentication-Results: a.example; none\r\nAUTHENTICATION-RESULTS: b.example; none\r\n" FROM, 1},
    {"in other letters", S_INIT("authentication-RESULTS:\r\n\t(x) \"MX.Rcpt.Example\" ; dmarc=pass\r\n" FROM),
     FROM, 1},
    {"blanks before the colon",
     S_INIT("Authentication-Results \t: mx.rcpt.example; dmarc=pass\r\n" FROM OURS), FROM, 2},
    {"a version that nobody knows", S_INIT("Authentication-Results: x.example 9; dmarc=pass\r\n" FROM), FROM,
     1},
    {"our action, forged", S_INIT("X-Ingam-Action: none\r\n" FROM "x-ingam-action: reject\r\n"), FROM, 2},
    {"hidden behind a CR", S_INIT("Subject: a\rAuthentication-Results: mx.rcpt.example; dmarc=pass\r\n" FROM),
     FROM, 1},
    {"a CR that hides nothing", S_INIT("Subject: a\rb\r\n" FROM), "Subject: a\rb\r\n" FROM, 0},
    {"hidden in the second of its name",
     S_INIT("X: 1\r\nX: 2\rauthentication-results: mx.rcpt.example; dmarc=pass\r\nX: 3\r\n" FROM),
     "X: 1\r\nX: 3\r\n" FROM, 1},
};

/* in   chunk  0: by field */
static void check_row(struct stage *t, size_t i, size_t chunk)
{
    struct came out = {.calls = 0};
    struct session_envelope e = envelope();
    struct arena a;
    struct out o;
    arena_init(&a, NULL, 1 << 20);
    out_init(&o, &a);
    out_str(&o, rows[i].header);
    out_z(&o, "\r\nbody\r\n");
    play(t, &e, out_done(&o), chunk, &out);
    str after = edited(&out, out_done(&o));
    if (!str_starts(after, S("Authentication-Results: mx.rcpt.example;")))
        fail_msg("%s: ours is not on top", rows[i].about);
    str rest = after;
    field_take(&rest);
    rest.n -= sizeof "\r\nbody\r\n" - 1;
    if (str_starts(rest, S("X-Ingam-Action")))
        field_take(&rest); /* observing tells what would be done where there is no author */
    if (!str_eq(rest, str_of(rows[i].left)))
        fail_msg("%s, chunk %zu: left is\n%.*s", rows[i].about, chunk, (int)rest.n, (const char *)rest.p);
    assert_int_equal(out.session->removed_n, rows[i].removed);
    came_free(&out);
    arena_free(&a);
}

static void deletes_what_is_forged(void **state)
{
    struct stage t;
    (void)state;
    stage_init(&t, "", ZONE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t chunk = 0; chunk < 60; chunk += 19)
            check_row(&t, i, chunk);
    stage_free(&t);
}

/* What only a mail server that hands over fields can hide: an LF within, a NUL, a name that is none. */
static void deletes_what_hides(void **state)
{
    static const str values[] = {S_INIT(" a\nAuthentication-Results: mx.rcpt.example; dmarc=pass"),
                                 S_INIT(" a\r\nX-Ingam-Action: none"),
                                 S_INIT(" a\0Authentication-Results: mx.rcpt.example; dmarc=pass"),
                                 S_INIT(" a\vAuthentication-Results: mx.rcpt.example; dmarc=pass")};
    struct stage t;
    (void)state;
    stage_init(&t, "mode = enforce\non-no-author = accept\n", ZONE);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct came out = {.calls = 0};
        struct session_envelope e = envelope();
        arena_init(&out.arena, NULL, 1 << 20);
        out.session = session_new(&t.worker, &e, came_out, &out);
        session_field(out.session, S("X"), S(" 1"));
        session_field(out.session, S("x "), values[i]);
        session_field(out.session, S("\nFrom"), S(" a@author.example"));
        session_field(out.session, S("From"), S(" a@author.example"));
        session_fields_end(out.session);
        session_end(out.session);
        for (int k = 0; k < 99 && out.calls == 0; k++)
            event_base_loop(t.base, EVLOOP_ONCE);
        assert_int_equal(out.decision.edit_n, 2);
        const struct edit *edits = out.decision.edits;
        assert_int_equal(edits[0].kind, EDIT_DELETE);
        assert_true(str_eq_nocase(edits[0].name, S("x")));
        assert_int_equal(edits[0].at, 2);
        assert_true(str_eq(edits[1].name, S("Authentication-Results")));
        must_hold(edits[1].value, "dmarc=permerror");
        came_free(&out);
    }
    stage_free(&t);
}

/* A header that is not read to its end: none of the fields behind may pass for ours. */
static void deletes_what_was_not_read(void **state)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = envelope();
    (void)state;
    stage_init(&t, "limits { fields = 64 }", ZONE);
    arena_init(&out.arena, NULL, 1 << 20);
    out.session = session_new(&t.worker, &e, came_out, &out);
    session_field(out.session, S("Authentication-Results"), S(" x.example; none"));
    for (size_t i = 0; i < 100; i++)
        session_field(out.session, S("X"), S(" 1"));
    session_field(out.session, S("authentication-results"), S(" mx.rcpt.example; dmarc=pass"));
    session_field(out.session, S("Authentication-Results "), S(" x.example; none"));
    session_fields_end(out.session);
    session_end(out.session);
    for (int k = 0; k < 99 && out.calls == 0; k++)
        event_base_loop(t.base, EVLOOP_ONCE);
    const struct edit *edits = out.decision.edits;
    assert_int_equal(out.decision.edit_n, 4);
    assert_int_equal(edits[0].at, 3);
    assert_int_equal(edits[1].at, 2);
    assert_int_equal(edits[2].kind, EDIT_INSERT);
    assert_true(str_eq(edits[2].name, S("X-Ingam-Action")));
    assert_true(str_eq(edits[3].name, S("Authentication-Results")));
    came_free(&out);
    stage_free(&t);
}

/* Our other field, forged beyond the limits; and a field there that hides one: nobody can say which number it has. */
static void nothing_of_ours_beyond_the_limits(void **state)
{
    (void)state;
    for (int hides = 0; hides < 2; hides++) {
        struct stage t;
        struct came out = {.calls = 0};
        struct session_envelope e = envelope();
        stage_init(&t, "limits { fields = 64 }", ZONE);
        arena_init(&out.arena, NULL, 1 << 20);
        out.session = session_new(&t.worker, &e, came_out, &out);
        for (size_t i = 0; i < 100; i++)
            session_field(out.session, S("X"), S(" 1\n\th=authentication-results"));
        session_field(out.session, S("x-ingam-action"), S(" none"));
        if (hides)
            session_field(out.session, S("X"), S(" 1\rAuthentication-Results: mx.rcpt.example; dmarc=pass"));
        session_fields_end(out.session);
        session_end(out.session);
        for (int k = 0; k < 99 && out.calls == 0; k++)
            event_base_loop(t.base, EVLOOP_ONCE);
        assert_int_equal(out.decision.does, hides ? INGAM_DEFER : INGAM_ACCEPT);
        assert_int_equal(out.decision.edit_n, hides ? 0 : 3);
        if (!hides) {
            assert_int_equal(out.decision.edits[0].kind, EDIT_DELETE);
            assert_true(str_eq(out.decision.edits[0].name, S("X-Ingam-Action")));
            assert_int_equal(out.decision.edits[0].at, 1);
        }
        came_free(&out);
        stage_free(&t);
    }
}

static void thousands_of_forged_ones(void **state)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = envelope();
    (void)state;
    stage_init(&t, "", ZONE);
    arena_init(&out.arena, NULL, 8 << 20);
    out.session = session_new(&t.worker, &e, came_out, &out);
    for (size_t i = 0; i < 4000; i++)
        session_field(out.session, S("Authentication-Results"), S(" mx.rcpt.example; dmarc=pass"));
    session_field(out.session, S("From"), S(" a@author.example"));
    session_fields_end(out.session);
    session_end(out.session);
    for (int k = 0; k < 99 && out.calls == 0; k++)
        event_base_loop(t.base, EVLOOP_ONCE);
    assert_int_equal(out.decision.edit_n, 4001);
    for (size_t i = 0; i < 4000; i++)
        assert_int_equal(out.decision.edits[i].at, 4000 - i);
    came_free(&out);
    stage_free(&t);
}

/* Received-SPF stands under the results, and only where it is wanted.                [RFC7208 9.1] */
static void writes_received_spf(void **state)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = envelope();
    (void)state;
    stage_init(&t, "received-spf = yes", ZONE);
    play(&t, &e, S(FROM "\r\nx\r\n"), 0, &out);
    str after = edited(&out, S(FROM "\r\nx\r\n"));
    str first = field_take(&after), second = field_take(&after);
    assert_true(str_starts(first, S("Authentication-Results: ")));
    assert_true(str_starts(second, S("Received-SPF: none")));
    came_free(&out);
    stage_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deletes_what_is_forged),    cmocka_unit_test(deletes_what_hides),
        cmocka_unit_test(deletes_what_was_not_read), cmocka_unit_test(nothing_of_ours_beyond_the_limits),
        cmocka_unit_test(thousands_of_forged_ones),  cmocka_unit_test(writes_received_spf),
    };
    return cmocka_run_group_tests(tests, stage_make_signer, stage_free_signer);
}
