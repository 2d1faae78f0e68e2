/* SPDX-License-Identifier: BSD-2-Clause */
/* The resolver against a real name server (NSD) on this machine's loopback; without NSD its tests are skipped. */
#include "io/clock.h"
#include "io/resolver.h"

#include "dns_lab.h"

static struct source *opened(struct resolver_options options)
{
    struct source_error error;
    struct source *source = resolver_open(&options, &error);
    if (source == NULL)
        fail_msg("%s", error.text);
    return source;
}

static struct source *lab_source(void)
{
    if (lab.pid == 0)
        skip();
    return opened((struct resolver_options){.way = RESOLVER_FORWARD, .forward = lab.address});
}

static struct ingam_answer asked(struct source *s, const char *name, uint16_t type)
{
    struct ingam_answer a;
    struct ingam_question q = {.id = 5, .type = type, .name = text_of(name)};
    assert_int_equal(source_ask(s, &q), INGAM_OK);
    assert_true(source_wait(s, clock_now_ms() + 15000, &a));
    assert_int_equal(a.id, 5);
    return a;
}

/* [RFC1035 3.3] [RFC2308 2] */
static void records_come_as_they_are(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        const char *want;
        uint32_t ttl; /* at most, and at most 5 s less */
    } rows[] = {
        {"a.lab.test", INGAM_RR_A, "ok|c0000201|c0000202", 300},
        {"a.lab.test", INGAM_RR_AAAA, "ok|20010db8000000000000000000000001", 300},
        {"m.lab.test", INGAM_RR_MX, "ok|20 b.lab.test|10 a.lab.test", 120},
        {"nomx.lab.test", INGAM_RR_MX, "ok|0 ", 300},
        {"t.lab.test", INGAM_RR_TXT, "ok|v=spf1 -all|c3bc", 300},
        {"p.lab.test", INGAM_RR_PTR, "ok|host.lab.test", 300},
        {"dot.lab.test", INGAM_RR_PTR, "ok|a\\046b.lab.test", 300},
        {"a\\046b.lab.test", INGAM_RR_A, "ok|c0000203", 300},
        {"foo:bar %.lab.test", INGAM_RR_A, "ok|c0000204", 300},
        {"lab.test", INGAM_RR_NS, "ok|ns.lab.test", 300},
        {"lab.test", INGAM_RR_SOA, "ok|ns.lab.test", 300},
        {"chain.lab.test", INGAM_RR_CNAME, "ok|chain2.lab.test", 50},
        {"chain.lab.test", INGAM_RR_TXT, "ok|v=spf1 -all|c3bc", 50},
        {"1.2.0.192.in-addr.arpa", INGAM_RR_PTR, "ok|a.lab.test", 300},
        {"q.wild.lab.test", INGAM_RR_TXT, "ok|any", 300},
        {"a.lab.test", INGAM_RR_TXT, "nodata", 77},
        {"ent.lab.test", INGAM_RR_TXT, "nodata", 77},
        {"gone.lab.test", INGAM_RR_TXT, "nxdomain", 77},
        {"dead.lab.test", INGAM_RR_TXT, "nxdomain", 77},
        {"chain.lab.test", INGAM_RR_A, "nodata", 50},
        {"a.broken.test", INGAM_RR_A, "failed SERVFAIL", 0},
    };
    struct source *s = lab_source();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ingam_answer a = asked(s, rows[i].name, rows[i].type);
        const char *got = shown(&a, rows[i].type);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s %u: got '%s', wanted '%s'", rows[i].name, rows[i].type, got, rows[i].want);
        if (a.ttl > rows[i].ttl || a.ttl + 5 < rows[i].ttl || a.is_secure)
            fail_msg("%s %u: ttl %u, secure %d", rows[i].name, rows[i].type, a.ttl, a.is_secure);
    }
    source_close(s);
}

static void questions_fly_together(void **state)
{
    enum { N = 40 };
    bool seen[N] = {false};
    struct source *s = lab_source();
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.wild.lab.test", i);
        struct ingam_question q = {.id = i + 1, .type = INGAM_RR_TXT, .name = text_of(name)};
        assert_int_equal(source_ask(s, &q), INGAM_OK);
    }
    assert_int_equal(source_open_n(s), N);
    for (uint32_t i = 0; i < N; i++) {
        struct ingam_answer a;
        assert_true(source_wait(s, clock_now_ms() + 15000, &a));
        assert_true(a.id >= 1 && a.id <= N && !seen[a.id - 1]);
        seen[a.id - 1] = true;
        assert_string_equal(shown(&a, INGAM_RR_TXT), "ok|any");
    }
    struct ingam_answer none;
    assert_int_equal(source_open_n(s), 0);
    assert_false(source_wait(s, clock_now_ms() + 15000, &none));
    source_close(s);
}

static void forgotten_questions_have_no_answers(void **state)
{
    struct source *s = lab_source();
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        struct ingam_question q = {.id = 100 + i, .type = INGAM_RR_A, .name = text_of("a.lab.test")};
        assert_int_equal(source_ask(s, &q), INGAM_OK);
    }
    source_forget(s);
    assert_int_equal(source_open_n(s), 0);
    struct ingam_answer a = asked(s, "a.lab.test", INGAM_RR_A);
    assert_string_equal(shown(&a, INGAM_RR_A), "ok|c0000201|c0000202");
    assert_int_equal(source_open_n(s), 0);
    source_close(s);
}

static void signed_answers_are_secure(void **state)
{
    if (lab.pid == 0)
        skip();
    struct source *s = opened((struct resolver_options){
        .way = RESOLVER_FORWARD, .forward = lab.address, .anchor_file = lab.anchor});
    (void)state;
    struct ingam_answer a = asked(s, "well.signed.example", INGAM_RR_TXT);
    assert_string_equal(shown(&a, INGAM_RR_TXT), "ok|v=spf1 -all");
    assert_true(a.is_secure);
    a = asked(s, "gone.signed.example", INGAM_RR_TXT);
    assert_string_equal(shown(&a, INGAM_RR_TXT), "nxdomain");
    assert_true(a.is_secure);
    a = asked(s, "bad.signed.example", INGAM_RR_TXT);
    assert_string_equal(shown(&a, INGAM_RR_TXT), "failed DNSSEC: bogus");
    assert_false(a.is_secure);
    a = asked(s, "a.lab.test", INGAM_RR_A);
    assert_int_equal(a.status, INGAM_STATUS_OK);
    assert_false(a.is_secure);
    source_close(s);
}

/* A server that never says anything: the question's deadline, and the caller's own before it. */
static void silence_is_a_failure(void **state)
{
    char address[32];
    uint16_t port = 0;
    int fd = bound_socket(SOCK_DGRAM, &port);
    (void)state;
    snprintf(address, sizeof address, "127.0.0.1@%u", port);
    struct source *s =
        opened((struct resolver_options){.way = RESOLVER_FORWARD, .forward = address, .question_ms = 400});
    struct ingam_question q = {.id = 1, .type = INGAM_RR_A, .name = text_of("a.lab.test")};
    struct ingam_answer a;
    uint64_t start_ms = clock_now_ms();
    assert_int_equal(source_ask(s, &q), INGAM_OK);
    assert_false(source_wait(s, 0, &a));
    assert_false(source_wait(s, start_ms + 100, &a));
    assert_int_equal(source_open_n(s), 1);
    assert_true(source_wait(s, start_ms + 10000, &a));
    uint64_t waited_ms = clock_now_ms() - start_ms;
    assert_string_equal(shown(&a, INGAM_RR_A), "failed timeout");
    assert_in_range(waited_ms, 400, 3000);
    assert_int_equal(source_open_n(s), 0);
    source_close(s);
    close(fd);
}

static void bad_options_are_refused(void **state)
{
    static const struct resolver_options rows[] = {
        {.way = RESOLVER_FORWARD},
        {.way = RESOLVER_FORWARD, .forward = "not an address"},
        {.way = RESOLVER_FORWARD, .forward = "127.0.0.1@x"},
        {.way = RESOLVER_SYSTEM, .resolv_conf = "/nonexistent/resolv.conf"},
        {.way = RESOLVER_FORWARD, .forward = "127.0.0.1", .anchor_file = "/nonexistent/root.key"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct source_error error = {""};
        struct source *s = resolver_open(&rows[i], &error);
        if (s || strncmp(error.text, "resolver", 8) != 0)
            fail_msg("row %zu: %s", i, error.text);
    }
}

/* resolv.conf names the server; libunbound can only be told port 53 there, where nobody listens on this address. */
static void resolv_conf_is_read(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/ingam-resolv-XXXXXX", P_tmpdir);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "nameserver 127.9.9.9\n", 21), 21);
    close(fd);
    struct source *s = opened((struct resolver_options){.resolv_conf = path, .question_ms = 500});
    struct ingam_answer a = asked(s, "a.lab.test", INGAM_RR_A);
    assert_int_equal(a.status, INGAM_STATUS_FAILED);
    assert_non_null(a.why);
    source_close(s);
    unlink(path);
}

/* Recursion begins at the root servers of the hints, and at no others. */
static void recursion_starts_at_the_hints(void **state)
{
    char hints[96];
    if (lab.pid == 0)
        skip();
    (void)state;
    write_file("hints", ". 3600 NS ns.root.\nns.root. 3600 A 127.9.9.9\n");
    snprintf(hints, sizeof hints, "%s/hints", lab.dir);
    struct source *s = opened((struct resolver_options){
        .way = RESOLVER_RECURSE, .anchor_file = lab.anchor, .root_hints = hints, .question_ms = 500});
    struct ingam_answer a = asked(s, "a.lab.test", INGAM_RR_AAAA);
    assert_string_equal(shown(&a, INGAM_RR_AAAA), "nxdomain");
    a = asked(s, "lab.example", INGAM_RR_A);
    assert_int_equal(a.status, INGAM_STATUS_FAILED);
    source_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_as_they_are),
        cmocka_unit_test(questions_fly_together),
        cmocka_unit_test(forgotten_questions_have_no_answers),
        cmocka_unit_test(signed_answers_are_secure),
        cmocka_unit_test(silence_is_a_failure),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(resolv_conf_is_read),
        cmocka_unit_test(recursion_starts_at_the_hints),
    };
    return cmocka_run_group_tests_name("resolver", tests, open_lab, close_lab);
}
