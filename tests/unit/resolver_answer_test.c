/* SPDX-License-Identifier: BSD-2-Clause */
/* What libunbound hands over, made into answers: no wire needed. */
#include "io/resolver_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *about;
    uint16_t type;
    str rdata;
    const char *want; /* NULL: malformed */
} records[] = {
    {"a", INGAM_RR_A, S_INIT("abcd"), "abcd"},
    {"a of 5", INGAM_RR_A, S_INIT("abcde"), NULL},
    {"aaaa of 4", INGAM_RR_AAAA, S_INIT("abcd"), NULL},
    {"mx", INGAM_RR_MX, S_INIT("\000\012\002mx\000"), "mx"},
    {"null mx", INGAM_RR_MX, S_INIT("\000\000\000"), ""},
    {"mx without a name", INGAM_RR_MX, S_INIT("\000\012"), NULL},
    {"mx with a rest", INGAM_RR_MX, S_INIT("\000\012\002mx\000x"), NULL},
    {"ptr", INGAM_RR_PTR, S_INIT("\001A\003a.b\000"), "A.a\\046b"},
    {"ptr cut", INGAM_RR_PTR, S_INIT("\005abc"), NULL},
    {"compressed name", INGAM_RR_NS, S_INIT("\300\014"), NULL},
    {"empty cname", INGAM_RR_CNAME, S_INIT(""), NULL},
    {"txt", INGAM_RR_TXT, S_INIT("\002ab\000\001c"), "abc"},
    {"txt cut", INGAM_RR_TXT, S_INIT("\002ab\003c"), NULL},
    {"txt of nothing", INGAM_RR_TXT, S_INIT(""), ""},
    {"soa", INGAM_RR_SOA, S_INIT("\002ns\000\001h\00012345678901234567890"), "ns"},
    {"unknown", 99, S_INIT("any"), "any"},
};

static void answered(uint16_t type, str rdata, struct ingam_answer *a, struct flight *f)
{
    static char *data[2];
    static int len[2];
    static struct ub_result result;
    data[0] = (char *)(uintptr_t)rdata.p;
    len[0] = (int)rdata.n;
    result = (struct ub_result){.havedata = 1, .data = data, .len = len, .ttl = 9, .secure = 1};
    *f = (struct flight){.id = 3, .type = type, .result = &result};
    resolver_answer(f, a);
}

static void let_go(struct flight *f)
{
    free(f->rrs);
    free(f->bytes);
}

/* [RFC1035 3.3] */
static void rdata_becomes_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        struct ingam_answer a;
        struct flight f;
        answered(records[i].type, records[i].rdata, &a, &f);
        bool is_ok = a.status == INGAM_STATUS_OK && a.rr_n == 1 && a.ttl == 9 && a.is_secure && a.id == 3;
        if (is_ok != (records[i].want != NULL))
            fail_msg("%s: %s %s", records[i].about, ingam_status_name(a.status), a.why ? a.why : "");
        if (is_ok && !str_eq(a.rrs[0].data, str_of(records[i].want)))
            fail_msg("%s: %.*s", records[i].about, (int)a.rrs[0].data.n, a.rrs[0].data.p);
        if (!is_ok)
            assert_string_equal(a.why, "malformed record");
        let_go(&f);
    }
}

/* Any bytes at all: the sanitizers watch the edges, and what comes out is what the fact box takes. */
static void any_rdata_is_survived(void **state)
{
    static const uint16_t types[] = {INGAM_RR_MX, INGAM_RR_PTR, INGAM_RR_TXT, INGAM_RR_SOA, INGAM_RR_A};
    uint32_t random = 1;
    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        struct ingam_answer a;
        struct flight f;
        size_t n = i % 300;
        uint8_t *bytes = malloc(n + 1);
        for (size_t k = 0; k < n; k++) {
            random = random * 1664525u + 1013904223u;
            bytes[k] = (uint8_t)(random >> (random % 3 ? 28 : 24));
        }
        answered(types[i % 5], (str){bytes, n}, &a, &f);
        assert_true(a.status == INGAM_STATUS_OK || a.status == INGAM_STATUS_FAILED);
        assert_true(a.status == INGAM_STATUS_FAILED || a.rrs[0].data.n <= (n > NAME_MAX ? n : NAME_MAX));
        let_go(&f);
        free(bytes);
    }
}

/* [RFC2308 2] */
static void results_without_data_are_told_apart(void **state)
{
    static const struct {
        struct ub_result result;
        enum ingam_status status;
        const char *why;
    } rows[] = {
        {{.rcode = 0}, INGAM_STATUS_NODATA, NULL},
        {{.rcode = 3, .nxdomain = 1}, INGAM_STATUS_NXDOMAIN, NULL},
        {{.rcode = 2}, INGAM_STATUS_FAILED, "SERVFAIL"},
        {{.rcode = 5}, INGAM_STATUS_FAILED, "REFUSED"},
        {{.rcode = 4}, INGAM_STATUS_FAILED, "error from the resolver"},
        {{.rcode = 0, .bogus = 1}, INGAM_STATUS_FAILED, "DNSSEC: bogus"},
        {{.rcode = 2, .bogus = 1}, INGAM_STATUS_FAILED, "DNSSEC: bogus"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ub_result result = rows[i].result;
        struct flight f = {.type = INGAM_RR_A, .result = &result};
        struct ingam_answer a;
        resolver_answer(&f, &a);
        assert_int_equal(a.status, rows[i].status);
        assert_int_equal(a.rr_n, 0);
        if (rows[i].why)
            assert_string_equal(a.why, rows[i].why);
        else
            assert_null(a.why);
    }
}

/* [RFC1035 5.1] */
static void names_are_written_for_the_resolver(void **state)
{
    static const struct {
        str name;
        const char *want;
    } rows[] = {
        {S_INIT("a-b._c.example"), "a-b._c.example"}, {S_INIT("foo:bar %.e"), "foo\\058bar\\032\\037.e"},
        {S_INIT("a\\046b.e"), "a\\046b.e"},           {S_INIT("a\\b.e"), "a\\092b.e"},
        {S_INIT("\001\177.e"), "\\001\\127.e"},       {S_INIT(""), "."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[WIRE_TEXT_SIZE];
        resolver_write_name(rows[i].name, text);
        assert_string_equal(text, rows[i].want);
    }
    char text[WIRE_TEXT_SIZE];
    uint8_t longest[NAME_MAX];
    memset(longest, '!', sizeof longest);
    resolver_write_name((str){longest, sizeof longest}, text);
    assert_int_equal(strlen(text), 4 * NAME_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rdata_becomes_data),
        cmocka_unit_test(any_rdata_is_survived),
        cmocka_unit_test(results_without_data_are_told_apart),
        cmocka_unit_test(names_are_written_for_the_resolver),
    };
    return cmocka_run_group_tests_name("resolver_answer", tests, NULL, NULL);
}
