/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone text as a source of answers. */
#include "dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Writes an answer as one text: "ok 300 10 mx.example;20 b.example", "nodata 60", "failed timeout". */
static const char *shown(const struct ingam_answer *a, uint16_t type)
{
    static char buf[4096];
    int n = snprintf(buf, sizeof buf, "%s ", ingam_status_name(a->status));
    n += a->status == INGAM_STATUS_FAILED ? snprintf(buf + n, sizeof buf - (size_t)n, "%s", a->why)
                                          : snprintf(buf + n, sizeof buf - (size_t)n, "%u", a->ttl);
    for (size_t i = 0; i < a->rr_n; i++) {
        str data = a->rrs[i].data;
        n += snprintf(buf + n, sizeof buf - (size_t)n, "%s", i ? ";" : " ");
        if (type == INGAM_RR_MX)
            n += snprintf(buf + n, sizeof buf - (size_t)n, "%u ", a->rrs[i].preference);
        for (size_t k = 0; k < data.n; k++) {
            bool is_plain =
                data.p[k] >= 0x20 && data.p[k] < 0x7f && type != INGAM_RR_A && type != INGAM_RR_AAAA;
            n += snprintf(buf + n, sizeof buf - (size_t)n, is_plain ? "%c" : "<%02x>", data.p[k]);
        }
    }
    return buf;
}

static const char *asked(struct ingam_zone *zone, const char *name, uint16_t type)
{
    struct ingam_question q = {.id = 7, .type = type, .name = str_of(name)};
    struct ingam_answer a;
    ingam_zone_answer(zone, &q, &a);
    assert_int_equal(a.id, 7);
    return shown(&a, type);
}

static struct ingam_zone *zone_of(str text)
{
    struct ingam_zone_error error;
    struct ingam_zone *zone = ingam_zone_new(NULL, text, &error);
    if (zone == NULL)
        fail_msg("line %zu column %zu: expected %s", error.line, error.column, error.expected);
    return zone;
}

enum { A = INGAM_RR_A, MX = INGAM_RR_MX, TXT = INGAM_RR_TXT, AAAA = INGAM_RR_AAAA, NS = INGAM_RR_NS };
enum { PTR = INGAM_RR_PTR, CNAME = INGAM_RR_CNAME, SOA = INGAM_RR_SOA };

static const struct {
    const char *about;
    str zone;
    const char *name;
    uint16_t type;
    const char *want;
} records[] = {
    {"full", S_INIT("a.example. 60 IN A 192.0.2.1"), "a.example", A, "ok 60 <c0><00><02><01>"},
    {"class first", S_INIT("a.example. IN 60 A 192.0.2.1"), "a.example", A, "ok 60 <c0><00><02><01>"},
    {"no class", S_INIT("a.example. 60 A 192.0.2.1"), "a.example", A, "ok 60 <c0><00><02><01>"},
    {"no ttl anywhere", S_INIT("a.example. A 192.0.2.1"), "a.example", A, "ok 300 <c0><00><02><01>"},
    {"$TTL", S_INIT("$TTL 1h30m\na.example. A 192.0.2.1"), "a.example", A, "ok 5400 <c0><00><02><01>"},
    {"ttl of the entry before", S_INIT("b. 7 TXT b\na. TXT a"), "a", TXT, "ok 7 a"},
    {"$TTL wins over the entry before", S_INIT("$TTL 9\nb. 7 TXT b\na. TXT a"), "a", TXT, "ok 9 a"},
    {"the smallest ttl of a set", S_INIT("a. 9 TXT a\na. 7 TXT b\na. 8 TXT c"), "a", TXT, "ok 7 a;b;c"},
    {"lower-case words", S_INIT("a.example. in txt x"), "a.example", TXT, "ok 300 x"},
    {"$ORIGIN", S_INIT("$ORIGIN example.com.\nwww TXT x"), "www.example.com", TXT, "ok 300 x"},
    {"$ORIGIN is relative to the one before", S_INIT("$ORIGIN example.\n$ORIGIN sub\nwww TXT x"),
     "www.sub.example", TXT, "ok 300 x"},
    {"@", S_INIT("$ORIGIN example.\n@ TXT x"), "example", TXT, "ok 300 x"},
    {"the root", S_INIT(". TXT x"), "", TXT, "ok 300 x"},
    {"without $ORIGIN names hang below the root", S_INIT("a.b TXT x"), "a.b", TXT, "ok 300 x"},
    {"blank owner", S_INIT("a. TXT x\n\n; c\n  A 192.0.2.1\n"), "a", A, "ok 300 <c0><00><02><01>"},
    {"names in any case", S_INIT("A.Example. TXT x"), "a.eXAMPLE.", TXT, "ok 300 x"},
    {"crlf", S_INIT("a. TXT x\r\nb. TXT y\r\n"), "b", TXT, "ok 300 y"},
    {"strings are joined", S_INIT("a. TXT \"v=spf1 \" \"-all\" x"), "a", TXT, "ok 300 v=spf1 -allx"},
    {"empty string", S_INIT("a. TXT \"\""), "a", TXT, "ok 300 "},
    {"; in quotes", S_INIT("a. TXT \"p=none; x\" ; not this"), "a", TXT, "ok 300 p=none; x"},
    {"escapes", S_INIT("a. TXT \"\\\"\\\\\\255\\;\" \\032\\x"), "a", TXT, "ok 300 \"\\<ff>; x"},
    {"parentheses", S_INIT("a. TXT ( x ; one\n \"y\"\n ) z\nb. TXT q"), "a", TXT, "ok 300 xyz"},
    {"entry behind parentheses", S_INIT("a. TXT ( x ; one\n \"y\"\n ) z\nb. TXT q"), "b", TXT, "ok 300 q"},
    {"parenthesis in quotes", S_INIT("a. TXT \"(\""), "a", TXT, "ok 300 ("},
    {"any byte in a string", S_INIT("a. TXT \"\303\274\001\""), "a", TXT, "ok 300 <c3><bc><01>"},
    {"aaaa", S_INIT("a. AAAA 2001:db8::1"), "a", AAAA,
     "ok 300 <20><01><0d><b8><00><00><00><00><00><00><00><00><00><00><00><01>"},
    {"mx", S_INIT("$ORIGIN e.\n@ MX 10 mx\n@ MX 20 Mx.other."), "e", MX, "ok 300 10 mx.e;20 Mx.other"},
    {"null mx", S_INIT("a. MX 0 ."), "a", MX, "ok 300 0 "},
    {"ptr", S_INIT("1.2.0.192.in-addr.arpa. PTR a.example."), "1.2.0.192.in-addr.arpa", PTR,
     "ok 300 a.example"},
    {"ns", S_INIT("$ORIGIN e.\n@ NS ns"), "e", NS, "ok 300 ns.e"},
    {"soa", S_INIT("e. SOA ns.e. root.e. ( 4294967295 1h 10m 1w 60 )"), "e", SOA, "ok 300 ns.e"},
    {"the same record twice is one", S_INIT("a. TXT x\na. TXT \"x\"\na. TXT y"), "a", TXT, "ok 300 x;y"},
    {"escaped dot in a label", S_INIT("a\\.b.c. TXT x"), "a\\046b.c", TXT, "ok 300 x"},
    {"escaped space in a label", S_INIT("a\\032b. TXT x"), "a b", TXT, "ok 300 x"},
    {"odd bytes in a label", S_INIT("foo:bar/baz.e. TXT x"), "foo:bar/baz.e", TXT, "ok 300 x"},
    {"general a", S_INIT("a. A \\# 4 C0 000201"), "a", A, "ok 300 <c0><00><02><01>"},
    {"general type 16", S_INIT("a. TYPE16 \\# 4 01610162"), "a", TXT, "ok 300 ab"},
    {"general mx", S_INIT("a. MX \\# 7 000a 026d780000"), "a", MX, NULL},
    {"general mx, right", S_INIT("a. MX \\# 6 000a 026d7800"), "a", MX, "ok 300 10 mx"},
    {"type99 only is no data", S_INIT("a. TYPE99 \\# 3 02C296"), "a", TXT, "nodata 0"},
    {"spf only is no data", S_INIT("a. SPF \"v=spf1 -all\""), "a", TXT, "nodata 0"},
    {"unknown type of no bytes", S_INIT("a. TYPE65280 \\# 0"), "a", A, "nodata 0"},
    {"srv only is no data", S_INIT("a. SRV 0 0 ( 25\n b. )"), "a", A, "nodata 0"},
    {"empty file", S_INIT(""), "a", A, "nxdomain 0"},
    {"an owner named as a class", S_INIT("in TXT x"), "in", TXT, "ok 300 x"},
};

/* Each way to write a record.                          [RFC1035 5.1] [RFC2308 4] [RFC3597 5] [RFC7208 3.3] */
static void records_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        struct ingam_zone_error error;
        struct ingam_zone *zone = ingam_zone_new(NULL, records[i].zone, &error);
        if ((zone != NULL) != (records[i].want != NULL))
            fail_msg("%s: line %zu column %zu: expected %s", records[i].about, error.line, error.column,
                     error.expected ? error.expected : "what was there");
        const char *got = zone ? asked(zone, records[i].name, records[i].type) : NULL;
        if (got && strcmp(got, records[i].want) != 0)
            fail_msg("%s: got '%s', wanted '%s'", records[i].about, got, records[i].want);
        ingam_zone_free(zone);
    }
}

static const char world[] = "$ORIGIN example.\n"
                            "$TTL 300\n"
                            "@            SOA   ns hostmaster 1 2 3 4 60\n"
                            "a.b.c        TXT   deep\n"
                            "*.wild       TXT   any\n"
                            "*.wild  200  MX    10 mx\n"
                            "no.wild      A     192.0.2.1\n"
                            "under.no.wild A    192.0.2.2\n"
                            "alias   100  CNAME a.b.c\n"
                            "alias2  200  CNAME alias\n"
                            "out          CNAME nowhere.test.\n"
                            "dead         CNAME gone\n"
                            "loop         CNAME LOOP\n"
                            "ring1        CNAME ring2\n"
                            "ring2        CNAME ring1\n"
                            "*.far        CNAME alias\n"
                            "towild       CNAME x.wild\n";

/* What is there, what is not, and why.  [RFC1034 4.3.2] [RFC2308 5] [RFC4592 2.2.2] [RFC4592 3.3.1] [RFC8020 2] */
static void questions_are_answered(void **state)
{
    static const struct {
        const char *about, *name;
        uint16_t type;
        const char *want;
    } rows[] = {
        {"data", "a.b.c.example", TXT, "ok 300 deep"},
        {"no data", "a.b.c.example", A, "nodata 60"},
        {"empty non-terminal", "b.c.example", TXT, "nodata 60"},
        {"higher empty non-terminal", "c.example", TXT, "nodata 60"},
        {"top", "example", TXT, "nodata 60"},
        {"the root", "", TXT, "nodata 0"},
        {"not there", "d.example", TXT, "nxdomain 60"},
        {"below what is there", "x.a.b.c.example", TXT, "nxdomain 60"},
        {"another world", "test", TXT, "nxdomain 0"},
        {"wildcard", "x.wild.example", TXT, "ok 300 any"},
        {"wildcard over several labels", "x.y.z.wild.example", TXT, "ok 300 any"},
        {"wildcard has another ttl for another type", "x.wild.example", MX, "ok 200 10 mx.example"},
        {"wildcard without the type", "x.wild.example", A, "nodata 60"},
        {"wildcard asked by its own name", "*.wild.example", TXT, "ok 300 any"},
        {"not where the name is there", "no.wild.example", TXT, "nodata 60"},
        {"not below a name that is there", "x.no.wild.example", TXT, "nxdomain 60"},
        {"wildcard's parent", "wild.example", TXT, "nodata 60"},
        {"alias", "alias.example", TXT, "ok 100 deep"},
        {"alias of an alias", "alias2.example", TXT, "ok 100 deep"},
        {"alias asked for itself", "alias2.example", CNAME, "ok 200 alias.example"},
        {"alias to no data", "alias.example", A, "nodata 60"},
        {"alias to nowhere", "dead.example", TXT, "nxdomain 60"},
        {"alias out of the world", "out.example", TXT, "nxdomain 0"},
        {"alias to itself", "loop.example", TXT, "failed CNAME loop"},
        {"aliases in a ring", "ring1.example", TXT, "failed CNAME loop"},
        {"wildcard alias", "q.far.example", TXT, "ok 100 deep"},
        {"alias to a wildcard", "towild.example", TXT, "ok 300 any"},
        {"upper case and a last dot", "ALIAS.Example.", TXT, "ok 100 deep"},
    };
    struct ingam_zone *zone = zone_of(str_of(world));
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = asked(zone, rows[i].name, rows[i].type);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got '%s', wanted '%s'", rows[i].about, got, rows[i].want);
    }
    char too_long[400];
    memset(too_long, 'a', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = 0;
    assert_string_equal(asked(zone, too_long, TXT), "nxdomain 0");
    ingam_zone_free(zone);
}

static void faults_win_over_data(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        const char *want;
    } rows[] = {
        {"all.example", TXT, "failed timeout"},    {"all.example", A, "failed timeout"},
        {"one.example", TXT, "failed SERVFAIL"},   {"one.example", A, "ok 300 <c0><00><02><01>"},
        {"refused.example", MX, "failed REFUSED"}, {"gone.example", A, "nxdomain 0"},
        {"empty.example", A, "nodata 0"},          {"last.example", A, "nodata 0"},
        {"alias.example", TXT, "failed timeout"},  {"absolute.test", A, "failed SERVFAIL"},
        {"sub.all.example", A, "nxdomain 0"},      {"nothing.example", A, "nxdomain 0"},
        {"old.example", 99, "failed timeout"},     {"old.example", TXT, "nxdomain 0"},
    };
    struct ingam_zone *zone = zone_of(S("$ORIGIN example.\n"
                                        ";!fault all * TIMEOUT\n"
                                        "all TXT x\n"
                                        "one TXT x\n"
                                        "one A 192.0.2.1\n"
                                        "gone A 192.0.2.1\n"
                                        "empty A 192.0.2.1\n"
                                        "alias CNAME all\n"
                                        ";!FAULT One txt servfail ; and a comment\n"
                                        "  ;!fault refused MX REFUSED\n"
                                        ";!fault gone A NXDOMAIN\n"
                                        ";!fault empty A NODATA\n"
                                        ";!fault last A SERVFAIL\n"
                                        ";!fault last * NODATA\n"
                                        ";!fault absolute.test. A SERVFAIL\n"
                                        ";!fault old SPF TIMEOUT\n"
                                        ";!faults nothing A SERVFAIL: only a comment\n"
                                        "; !fault nothing A SERVFAIL: only a comment"));
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = asked(zone, rows[i].name, rows[i].type);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s %u: got '%s', wanted '%s'", rows[i].name, rows[i].type, got, rows[i].want);
    }
    ingam_zone_free(zone);
}

#define L64  "a234567890123456789012345678901234567890123456789012345678901234"
#define L63  "a23456789012345678901234567890123456789012345678901234567890123"
#define S256 L64 L64 L64 L64

static const struct {
    str text;
    size_t line, column;
    const char *expected; /* how it begins */
} errors[] = {
    {S_INIT("a. A 192.0.2"), 1, 6, "an IPv4 address"},
    {S_INIT("a. TXT x\nb. AAAA 192.0.2.1"), 2, 9, "an IPv6 address"},
    {S_INIT("a. A"), 1, 5, "an IPv4 address"},
    {S_INIT("a. A \"192.0.2.1\""), 1, 7, "an IPv4 address"},
    {S_INIT("a. A 192.0.2.1 x"), 1, 16, "the end of the record"},
    {S_INIT("a. MX mx.example."), 1, 7, "a preference"},
    {S_INIT("a. MX 65536 mx.example."), 1, 7, "a preference"},
    {S_INIT("a. MX 10"), 1, 9, "a domain name"},
    {S_INIT("a. MX 10 a..b"), 1, 12, "a name"},
    {S_INIT("a. CNAME .b"), 1, 10, "a name"},
    {S_INIT(L64 ". TXT x"), 1, 64, "a name"},
    {S_INIT(L63 "." L63 "." L63 "." L63 ". TXT x"), 1, 254, "a name"},
    {S_INIT("$ORIGIN " L63 "." L63 "." L63 ".\n" L63 " TXT x"), 2, 1, "a name"},
    {S_INIT("a\\25. TXT x"), 1, 2, "a name"},
    {S_INIT("a. TXT"), 1, 7, "a string"},
    {S_INIT("a. TXT \"x"), 1, 8, "a closing quotation mark"},
    {S_INIT("a. TXT \"x\ny\""), 1, 8, "a closing quotation mark"},
    {S_INIT("a. TXT \"\\256\""), 1, 9, "an escape"},
    {S_INIT("a. TXT \"\\25\""), 1, 9, "an escape"},
    {S_INIT("a. TXT \"" S256 "\""), 1, 264, "at most 255 bytes"},
    {S_INIT("a. TXT ( x\ny"), 2, 2, "a closing )"},
    {S_INIT("a. TXT x )"), 1, 10, "no ) without a ("},
    {S_INIT("a."), 1, 3, "a TTL, a class or a type"},
    {S_INIT("a. 60 IN"), 1, 9, "a TTL, a class or a type"},
    {S_INIT("a. CH TXT x"), 1, 4, "the class IN"},
    {S_INIT("a. TEXT x"), 1, 4, "a TTL, a class or a type"},
    {S_INIT("a. TYPE0 \\# 0"), 1, 4, "a TTL, a class or a type"},
    {S_INIT("a. TYPE65536 \\# 0"), 1, 4, "a TTL, a class or a type"},
    {S_INIT("a. 60x TXT x"), 1, 4, "a TTL, a class or a type"},
    {S_INIT("a. 2147483648 TXT x"), 1, 4, "a TTL, a class or a type"},
    {S_INIT("  TXT x"), 1, 3, "an owner name"},
    {S_INIT("\"a\" TXT x"), 1, 2, "an owner name"},
    {S_INIT("$INCLUDE other.zone"), 1, 1, "$ORIGIN or $TTL"},
    {S_INIT("$TTL soon"), 1, 6, "a TTL"},
    {S_INIT("$TTL 1 2"), 1, 8, "the end of the line"},
    {S_INIT("$ORIGIN a. b."), 1, 12, "the end of the line"},
    {S_INIT("a. SOA b. c. 1 2 3 4"), 1, 21, "a number"},
    {S_INIT("a. SOA b. c. 1 2 x 4 5"), 1, 18, "a number"},
    {S_INIT("a. TYPE99 \\# x"), 1, 14, "the length"},
    {S_INIT("a. TYPE99 \\# 2 00"), 1, 18, "hexadecimal digits"},
    {S_INIT("a. TYPE99 \\# 1 0000"), 1, 20, "hexadecimal digits"},
    {S_INIT("a. TYPE99 \\# 1 0g"), 1, 17, "hexadecimal digits"},
    {S_INIT("a. TYPE99 \\# 1 0 0"), 1, 17, "hexadecimal digits"},
    {S_INIT("a. A \\# 3 000000"), 1, 8, "the bytes of this type"},
    {S_INIT(";!fault a * SLOW"), 1, 13, "SERVFAIL"},
    {S_INIT(";!fault a TEXT TIMEOUT"), 1, 11, "a type or *"},
    {S_INIT(";!fault a * TIMEOUT x"), 1, 21, "the end of the line"},
    {S_INIT(";!fault a *\nb. TXT x"), 1, 12, "SERVFAIL"},
};

/* The place is that of the byte that does not fit. */
static void errors_have_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct ingam_zone_error e;
        struct ingam_zone *zone = ingam_zone_new(NULL, errors[i].text, &e);
        if (zone || e.line != errors[i].line || e.column != errors[i].column)
            fail_msg("'%s': %zu:%zu expected %s", errors[i].text.p, e.line, e.column,
                     e.expected ? e.expected : "(none)");
        if (strncmp(e.expected, errors[i].expected, strlen(errors[i].expected)) != 0)
            fail_msg("'%s': expected %s, not %s", errors[i].text.p, e.expected, errors[i].expected);
    }
}

/* A zone of n names, in memory of the test's own. */
static char *big_zone(size_t n, const char *line, size_t *len)
{
    size_t cap = n * 64 + 1;
    char *text = malloc(cap);
    *len = 0;
    for (size_t i = 0; i < n; i++) {
        int wrote = snprintf(text + *len, cap - *len, line, i);
        assert_true(wrote > 0 && (size_t)wrote < cap - *len);
        *len += (size_t)wrote;
    }
    return text;
}

static void sets_have_a_limit(void **state)
{
    (void)state;
    for (size_t n = 1024; n <= 1025; n++) {
        size_t len = 0;
        char *text = big_zone(n, "a. TXT %zu\n", &len);
        struct ingam_zone_error error;
        struct ingam_zone *zone = ingam_zone_new(NULL, (str){(uint8_t *)text, len}, &error);
        if (n == 1024)
            assert_non_null(zone);
        else
            assert_int_equal(error.line, 1025);
        ingam_zone_free(zone);
        free(text);
    }
}

static void big_zones_are_found_fast(void **state)
{
    enum { N = 50000 };
    size_t len = 0;
    char *text = big_zone(N, "n%zu.example. TXT x\n", &len);
    struct ingam_zone *zone = zone_of((str){(uint8_t *)text, len});
    (void)state;
    free(text);
    for (size_t i = 0; i < N; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%zu.example", i);
        struct ingam_question q = {.type = TXT, .name = str_of(name)};
        struct ingam_answer a;
        ingam_zone_answer(zone, &q, &a);
        assert_int_equal(a.status, INGAM_STATUS_OK);
    }
    ingam_zone_free(zone);
}

/* An allocator that says no at the nth asking. */
struct failing {
    size_t left;
    size_t held;
};

static void *failing_get(void *context, size_t n)
{
    struct failing *f = context;
    if (f->left == 0)
        return NULL;
    f->left--;
    f->held++;
    return malloc(n);
}

static void failing_put(void *context, void *p)
{
    struct failing *f = context;
    f->held -= p != NULL;
    free(p);
}

static void no_memory_is_no_zone(void **state)
{
    size_t len = 0;
    char *text = big_zone(500, "n%zu.example. TXT \"some text of a record\"\n", &len);
    size_t failed_n = 0;
    (void)state;
    for (size_t allowed = 0;; allowed++) {
        struct failing f = {.left = allowed};
        struct ingam_alloc alloc = {failing_get, failing_put, &f};
        struct ingam_zone_error error = {.line = 9};
        struct ingam_zone *zone = ingam_zone_new(&alloc, (str){(uint8_t *)text, len}, &error);
        bool is_made = zone != NULL;
        assert_int_equal(error.line, 0);
        ingam_zone_free(zone);
        assert_int_equal(f.held, 0);
        if (is_made)
            break;
        failed_n++;
    }
    assert_true(failed_n >= 5);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read),     cmocka_unit_test(questions_are_answered),
        cmocka_unit_test(faults_win_over_data), cmocka_unit_test(errors_have_a_place),
        cmocka_unit_test(sets_have_a_limit),    cmocka_unit_test(big_zones_are_found_fast),
        cmocka_unit_test(no_memory_is_no_zone),
    };
    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
