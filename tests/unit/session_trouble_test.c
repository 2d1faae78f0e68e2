/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that are not there, a resolver that is silent, clients that leave, no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "tests/unit/session_mail.h"

/* --- Keys in trouble --- */

static void check_keyd(int mood, const char *conf, enum ingam_disposition does)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = from_user();
    stage_init(&t, conf, ZONE);
    t.keyd_mood = mood;
    play(&t, &e, S(MESSAGE), 0, &out);
    assert_int_equal(out.decision.does, does);
    assert_int_equal(out.decision.edit_n, 0);
    assert_int_equal(out.decision.code, does == INGAM_DEFER ? 451 : 0);
    assert_int_equal(t.worker.counters->signings_failed, 2);
    assert_int_equal(t.worker.counters->troubles, does == INGAM_DEFER);
    came_free(&out);
    stage_free(&t);
}

static void keys_in_trouble(void **state)
{
    (void)state;
    check_keyd(KEYD_REFUSES, SIGN, INGAM_DEFER);
    check_keyd(KEYD_REFUSES, SIGN "limits { on-trouble = unmarked }", INGAM_ACCEPT);
    check_keyd(KEYD_SENDS_RUBBISH, SIGN, INGAM_DEFER);
    check_keyd(KEYD_IS_SILENT, SIGN, INGAM_DEFER);
}

/* Nobody knows which keys there are: what may be ours to sign waits, other mail does not. */
static void no_keyd_yet(void **state)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = from_user();
    (void)state;
    stage_init(&t, SIGN, ZONE);
    keyd_client_free(t.worker.keyd);
    t.worker.keyd = keyd_client_new(t.base, &t.worker.log);
    play(&t, &e, S(MESSAGE), 0, &out);
    assert_int_equal(out.decision.does, INGAM_DEFER);
    came_free(&out);
    e = from_author();
    play(&t, &e, S(MESSAGE), 0, &out);
    assert_int_equal(out.decision.does, INGAM_ACCEPT);
    must_hold(edited(&out, S(MESSAGE)), "dmarc=pass");
    came_free(&out);
    stage_free(&t);
}

/* --- Bad days --- */

/* ret  a socket of loopback on which questions come in and nobody reads them */
static int silent_server(char at[32])
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof to;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&to, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &n), 0);
    snprintf(at, 32, "127.0.0.1@%u", ntohs(to.sin_port));
    return fd;
}

/* A resolver that never answers costs the message its policy, and never more than the deadline.   [RFC9989 5.3.6] */
static void the_deadline_comes(void **state)
{
    struct stage t;
    struct came out = {.calls = 0};
    struct session_envelope e = from_elsewhere();
    struct source_error error;
    char at[32];
    int fd = silent_server(at);
    (void)state;
    stage_init(&t, ENFORCE, ZONE);
    asker_close(t.worker.asker);
    struct resolver_options options = {.way = RESOLVER_FORWARD, .forward = at, .question_ms = 60000};
    t.worker.asker = asker_open(t.base, &options, 0, &error);
    assert_non_null(t.worker.asker);
    t.conf->limits.message_ms = 20;
    for (size_t chunk = 0; chunk < 10; chunk += 9) {
        play(&t, &e, S(MESSAGE), chunk, &out);
        assert_int_equal(out.decision.does, INGAM_DEFER);
        must_hold(out.decision.text, "DNS failure");
        came_free(&out);
    }
    assert_int_equal(t.worker.counters->deadlines, 2);
    assert_int_equal(t.worker.counters->troubles, 0);
    stage_free(&t);
    close(fd);
}

static void can_be_left_at_any_time(void **state)
{
    (void)state;
    for (int step = 0; step < 6; step++)
        for (int is_ours = 0; is_ours < 2; is_ours++) {
            struct stage t;
            struct came out = {.calls = 0};
            struct session_envelope e = is_ours ? from_user() : from_elsewhere();
            stage_init(&t, SIGN, ZONE);
            struct session *s = session_new(&t.worker, &e, came_out, &out);
            if (step > 0)
                session_field(s, S("From"), S(" a@author.example"));
            if (step > 1)
                session_fields_end(s);
            if (step > 2)
                session_body(s, S("x\r\n"));
            if (step > 3)
                session_end(s);
            if (step > 4)
                event_base_loop(t.base, EVLOOP_ONCE);
            session_free(s);
            for (int i = 0; i < 4; i++)
                event_base_loop(t.base, EVLOOP_NONBLOCK);
            arena_free(&out.arena);
            stage_free(&t);
        }
}

static void ids_are_not_used_twice(void **state)
{
    struct stage t;
    struct session_envelope e = from_elsewhere();
    static char ids[500][SESSION_ID_N + 1];
    (void)state;
    stage_init(&t, "", ZONE);
    for (size_t i = 0; i < 500; i++) {
        t.worker.number = (unsigned)i % 3;
        struct session *s = session_new(&t.worker, &e, came_out, NULL);
        memcpy(ids[i], s->id, sizeof ids[i]);
        session_free(s);
        assert_int_equal(strspn(ids[i], "abcdefghijklmnopqrstuvwxyz234567"), SESSION_ID_N);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(ids[i], ids[k]);
    }
    stage_free(&t);
}

/* An allocator that gives so many pieces and no more. */
struct scarce {
    size_t left;
};

static void *scarce_get(void *context, size_t n)
{
    struct scarce *s = context;
    if (s->left == 0)
        return NULL;
    s->left--;
    return malloc(n);
}

static void scarce_put(void *context, void *p)
{
    (void)context;
    free(p);
}

/* ret  the message was decided as with all the memory there is */
static bool is_whole(const struct came *out, size_t edits)
{
    return out->decision.does == INGAM_ACCEPT && out->decision.edit_n == edits;
}

/* Each allocation fails in turn: the whole decision, or a deferral without any edit. */
static void survives_without_memory(void **state)
{
    static const str list[] = {S_INIT("members@list.example")};
    (void)state;
    for (int is_ours = 0; is_ours < 2; is_ours++) {
        bool is_done = false;
        for (size_t n = 0; !is_done && n < 500; n++) {
            struct stage t;
            struct scarce scarce = {n};
            struct came out = {.calls = 0};
            struct session_envelope e = is_ours ? from_user() : from_author();
            e.rcpts = list;
            stage_init(&t, SIGN, ZONE);
            t.worker.alloc = (struct ingam_alloc){scarce_get, scarce_put, &scarce};
            play(&t, &e, S("Authentication-Results: mx.rcpt.example; none\r\n" MESSAGE), n % 2 * 50, &out);
            is_done = out.calls && is_whole(&out, is_ours ? 3 : 5);
            if (out.calls && !is_done) {
                bool is_unsealed = !is_ours && is_whole(&out, 2);
                assert_true(is_unsealed || out.decision.does == INGAM_DEFER);
                assert_true(is_unsealed || out.decision.edit_n == 0);
            }
            came_free(&out);
            stage_free(&t);
        }
        assert_true(is_done);
    }
}

static void without_a_session(void **state)
{
    struct conf *defers = conf_of(""), *passes_on = conf_of("limits { on-trouble = unmarked }");
    (void)state;
    assert_int_equal(session_none(defers)->does, INGAM_DEFER);
    assert_int_equal(session_none(defers)->code, 451);
    assert_int_equal(session_none(passes_on)->does, INGAM_ACCEPT);
    assert_int_equal(session_none(passes_on)->edit_n, 0);
    conf_drop(defers);
    conf_drop(passes_on);
}

static void knows_when_it_has_enough(void **state)
{
    struct stage t;
    struct session_envelope e = from_elsewhere();
    (void)state;
    stage_init(&t, SIGN, ZONE);
    struct session *s = session_new(&t.worker, &e, came_out, NULL);
    assert_false(session_is_satisfied(s));
    session_field(s, S("From"), S(" a@author.example"));
    session_fields_end(s);
    assert_true(session_is_satisfied(s));
    session_free(s);
    e = from_user();
    s = session_new(&t.worker, &e, came_out, NULL);
    session_field(s, S("From"), S(" a@author.example"));
    session_fields_end(s);
    assert_false(session_is_satisfied(s));
    session_free(s);
    stage_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_in_trouble),        cmocka_unit_test(no_keyd_yet),
        cmocka_unit_test(the_deadline_comes),     cmocka_unit_test(can_be_left_at_any_time),
        cmocka_unit_test(ids_are_not_used_twice), cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(without_a_session),      cmocka_unit_test(knows_when_it_has_enough),
    };
    return cmocka_run_group_tests(tests, stage_make_signer, stage_free_signer);
}
