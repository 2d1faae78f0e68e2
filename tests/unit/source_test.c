/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone files as sources, and the pump that carries questions and answers. */
#include "io/clock.h"
#include "io/pump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char zone_text[] = "a.example. 60 TXT one\nb.example. 60 TXT two\n";

static ingam_str text_of(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

static struct source *opened(void)
{
    struct source_error error;
    struct source *s = source_open_zone_text("test", text_of(zone_text), &error);
    if (s == NULL)
        fail_msg("%s", error.text);
    return s;
}

static void ask(struct source *s, uint32_t id, const char *name)
{
    struct ingam_question q = {.id = id, .type = INGAM_RR_TXT, .name = text_of(name)};
    assert_int_equal(source_ask(s, &q), INGAM_OK);
}

static void zone_answers_in_order(void **state)
{
    struct source *s = opened();
    struct ingam_answer a;
    (void)state;
    assert_false(source_wait(s, 0, &a));
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 50; i++)
            ask(s, i + 1, i % 2 ? "a.example" : "c.example");
        assert_int_equal(source_open_n(s), 50);
        for (uint32_t i = 0; i < 50; i++) {
            assert_true(source_wait(s, 0, &a));
            assert_int_equal(a.id, i + 1);
            assert_int_equal(a.status, i % 2 ? INGAM_STATUS_OK : INGAM_STATUS_NXDOMAIN);
        }
        assert_false(source_wait(s, clock_now_ms() + 60000, &a));
    }
    ask(s, 1, "a.example");
    source_forget(s);
    assert_int_equal(source_open_n(s), 0);
    assert_false(source_wait(s, 0, &a));
    source_close(s);
    source_close(NULL);
}

static void zone_files_are_read(void **state)
{
    struct source_error error = {""};
    char path[64], want[128];
    (void)state;
    snprintf(path, sizeof path, "%s/ingam-zone-XXXXXX", P_tmpdir);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, zone_text, sizeof zone_text - 1), sizeof zone_text - 1);
    struct source *s = source_open_zone(path, &error);
    assert_non_null(s);
    source_close(s);
    assert_int_equal(write(fd, "c.example. A 1\n", 15), 15);
    close(fd);
    assert_null(source_open_zone(path, &error));
    snprintf(want, sizeof want, "%s:3:14: expected an IPv4 address", path);
    assert_string_equal(error.text, want);
    unlink(path);
    assert_null(source_open_zone(path, &error));
    snprintf(want, sizeof want, "%s: No such file or directory", path);
    assert_string_equal(error.text, want);
}

/* Asks for two names, then, when both are known, for a third; or for one that no source answers. */
struct asker {
    uint32_t asked, answered;
    uint64_t first_ms, deadline_ms;
    bool is_lost; /* says it waits, but has asked nothing */
    bool is_closed;
};

static enum ingam_want asker_next(void *subject, uint64_t now_ms, struct ingam_question *q)
{
    static const char *const names[] = {"a.example", "b.example", "c.example"};
    struct asker *a = subject;
    if (a->first_ms == 0)
        a->first_ms = now_ms;
    a->is_closed = a->deadline_ms && now_ms >= a->first_ms + a->deadline_ms;
    if (a->answered == 3 || a->is_closed)
        return INGAM_WANT_NOTHING;
    if (a->is_lost || a->asked == 3 || (a->asked == 2 && a->answered < 2))
        return INGAM_WANT_ANSWER;
    *q = (struct ingam_question){.id = a->asked + 1, .type = INGAM_RR_TXT, .name = text_of(names[a->asked])};
    a->asked++;
    return INGAM_WANT_ANSWER;
}

static enum ingam_err asker_answer(void *subject, const struct ingam_answer *answer)
{
    struct asker *a = subject;
    a->answered++;
    assert_int_equal(answer->id, a->answered);
    assert_int_equal(answer->status, answer->id == 3 ? INGAM_STATUS_NXDOMAIN : INGAM_STATUS_OK);
    return INGAM_OK;
}

static const struct pump_face asker_face = {asker_next, asker_answer};

static void pump_runs_to_the_end(void **state)
{
    struct source *s = opened();
    struct asker asker = {0};
    (void)state;
    ask(s, 99, "a.example");
    struct pump pump = pump_start(s, 1000, 30000);
    assert_int_equal(pump_run(&pump, &asker_face, &asker), INGAM_OK);
    assert_int_equal(asker.answered, 3);
    assert_in_range(asker.first_ms, 1000, 6000);
    source_close(s);
}

static void pump_stops_where_nothing_can_come(void **state)
{
    struct source *s = opened();
    struct asker asker = {.is_lost = true};
    struct pump pump = pump_start(s, 1000, 30000);
    (void)state;
    assert_int_equal(pump_run(&pump, &asker_face, &asker), INGAM_ERR_ORDER);
    source_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_answers_in_order),
        cmocka_unit_test(zone_files_are_read),
        cmocka_unit_test(pump_runs_to_the_end),
        cmocka_unit_test(pump_stops_where_nothing_can_come),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
