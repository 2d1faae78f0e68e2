/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the name servers of a name, with a zone file for the DNS. Nobody answers at the addresses it gives. */
#include "io/authority_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char world[] = "$TTL 300\n"
                            "a.test. NS ns1.a.test.\n"
                            "a.test. NS ns2.far.test.\n"
                            "a.test. NS ns3.far.test.\n"
                            "ns1.a.test. A 127.9.9.1\n"
                            "ns1.a.test. AAAA ::1\n"
                            "ns2.far.test. A 127.9.9.2\n"
                            "_domainkey.sub.a.test. NS ns2.far.test.\n"
                            ";!fault broken.test. NS SERVFAIL\n";

/* ret  "server address|..." or "? why name" */
static const char *shown(const struct authority_peers *p)
{
    static char buf[512];
    int n = 0;
    buf[0] = 0;
    if (p->n == 0)
        snprintf(buf, sizeof buf, "? %s %.*s", p->why, (int)p->why_name.n, (const char *)p->why_name.p);
    for (size_t i = 0; i < p->n; i++)
        n += snprintf(buf + n, sizeof buf - (size_t)n, "%s%.*s %.*s", i ? "|" : "", (int)p->list[i].server.n,
                      (const char *)p->list[i].server.p, (int)p->list[i].address.n,
                      (const char *)p->list[i].address.p);
    return buf;
}

/* [RFC1034 4.2.1] */
static void servers_are_found(void **state)
{
    static const struct authority_server given[] = {
        {"", "192.0.2.1"}, {"b.test", "192.0.2.2"}, {"b.test", "192.0.2.3@5300"}, {"x.b.test", "192.0.2.4"}};
    static const struct {
        const char *name;
        size_t given_n;
        const char *want;
    } rows[] = {
        {"s._domainkey.a.test", 0,
         "ns1.a.test 127.9.9.1|ns1.a.test ::1|ns2.far.test 127.9.9.2|ns3.far.test no address"},
        {"s._domainkey.other.a.test", 0,
         "ns1.a.test 127.9.9.1|ns1.a.test ::1|ns2.far.test 127.9.9.2|ns3.far.test no address"},
        {"s._domainkey.sub.a.test", 0, "ns2.far.test 127.9.9.2"},
        {"s._domainkey.broken.test", 0, "? SERVFAIL broken.test"},
        {"s._domainkey.none.test", 0, "? no name servers s._domainkey.none.test"},
        {"s._domainkey.a.test", 4, "192.0.2.1 192.0.2.1"},
        {"s.b.test", 4, "192.0.2.2 192.0.2.2|192.0.2.3@5300 192.0.2.3@5300"},
        {"s.x.b.test", 4, "192.0.2.4 192.0.2.4"},
        {"s.yb.test", 4, "192.0.2.1 192.0.2.1"},
    };
    struct source_error error;
    struct source *source =
        source_open_zone_text("world", (str){(const uint8_t *)world, sizeof world - 1}, &error);
    static struct authority_peers peers;
    (void)state;
    assert_non_null(source);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct authority_options o = {.source = source, .servers = given, .server_n = rows[i].given_n};
        arena_init(&a, NULL, 1 << 20);
        assert_true(authority_find(&a, &o, str_of(rows[i].name), &peers));
        if (strcmp(shown(&peers), rows[i].want) != 0)
            fail_msg("%s: got '%s', wanted '%s'", rows[i].name, shown(&peers), rows[i].want);
        arena_free(&a);
    }
    source_close(source);
}

/* Every server stands in the report with the reason why it said nothing. */
static void silence_is_reported(void **state)
{
    static const struct authority_server given[] = {{"", "127.9.9.1@9"}, {"", "no address"}};
    struct authority_options o = {.servers = given, .server_n = 2, .question_ms = 300};
    struct authority_report r;
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    assert_true(authority_ask(&a, &o, S("s._domainkey.a.test"), &r));
    assert_int_equal(r.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(r.list[i].got, AUTHORITY_FAILED);
        assert_non_null(r.list[i].why);
    }
    o.server_n = 0;
    assert_true(authority_ask(&a, &o, S("s._domainkey.a.test"), &r));
    assert_int_equal(r.n, 0);
    assert_string_equal(r.why, "no name servers are known");
    arena_free(&a);
}

/* Memory that runs out anywhere is said, never a wrong answer. */
static void memory_may_run_out(void **state)
{
    static const struct authority_server given[] = {{"", "no address"}};
    struct authority_options o = {.servers = given, .server_n = 1, .question_ms = 100};
    bool is_done = false;
    (void)state;
    for (size_t cap = 256; !is_done; cap *= 2) {
        struct authority_report r;
        struct arena a;
        assert_true(cap < 1 << 24);
        arena_init(&a, NULL, cap);
        is_done = authority_ask(&a, &o, S("s._domainkey.a.test"), &r);
        assert_true(!is_done || (r.n == 1 && r.list[0].got == AUTHORITY_FAILED));
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_found),
        cmocka_unit_test(silence_is_reported),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests_name("authority", tests, NULL, NULL);
}
