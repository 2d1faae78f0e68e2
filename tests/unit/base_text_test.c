/* SPDX-License-Identifier: BSD-2-Clause */
/* The readers and writers of base: tag lists, base64, IP addresses, dates, IDN, the words of the enums. */
#include "base/base.h"
#include "base/base64.h"
#include "base/date.h"
#include "base/idn.h"
#include "base/ip.h"
#include "base/tags.h"

#include <ingam/check.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static struct out written;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, NULL, 1 << 20);
    out_init(&written, &arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static unsigned wrong_n;

static void same(const char *about, str got, const char *want)
{
    if (str_eq(got, str_of(want)))
        return;
    print_error("%s: got \"%.*s\", wanted \"%s\"\n", about, (int)got.n, (const char *)got.p, want);
    wrong_n++;
}

/* clang-format off */
/* [RFC6376 3.2] */
static const struct { const char *about; str in; const char *want; enum tag_got end; size_t wrong_at; } tag_rows[] = {
    {"two tags",                  S_INIT("v=1; a=b c"),                   "v|1/a|b c/",      TAG_END, 0},
    {"outer fws goes",            S_INIT(" v \r\n\t=\r\n 1 ; p= a b "),   "v|1/p|a b/",      TAG_END, 0},
    {"inner fold stays",          S_INIT("b=ab\r\n\tcd"),                 "b|ab\r\n\tcd/",   TAG_END, 0},
    {"semicolon at the end",      S_INIT("v=1;"),                         "v|1/",            TAG_END, 0},
    {"white space at the end",    S_INIT("v=1; \r\n "),                   "v|1/",            TAG_END, 0},
    {"empty value",               S_INIT("p=;q= ;r="),                    "p|/q|/r|/",       TAG_END, 0},
    {"equals in the value",       S_INIT("b=a=b=="),                      "b|a=b==/",        TAG_END, 0},
    {"names with digits and _",   S_INIT("a_1=b"),                        "a_1|b/",          TAG_END, 0},
    {"case stays",                S_INIT("V=Ab"),                         "V|Ab/",           TAG_END, 0},
    {"nothing",                   S_INIT(""),                             "",                TAG_END, 0},
    {"only white space",          S_INIT(" \t"),                          "",                TAG_END, 0},
    {"empty tag is wrong",        S_INIT("v=1;;p=2"),                     "v|1/",            TAG_BAD, 4},
    {"name begins with a digit",  S_INIT("1=2"),                          "",                TAG_BAD, 0},
    {"no equals",                 S_INIT("v=1; p"),                       "v|1/",            TAG_BAD, 6},
    {"hyphen in a name",          S_INIT("a-b=1"),                        "",                TAG_BAD, 1},
    {"NUL ends a value wrongly",  S_INIT("v=1\0;p=2"),                    "",                TAG_BAD, 3},
    {"8 bit in a value",          S_INIT("i=\xc3\xa4"),                   "",                TAG_BAD, 2},
    {"no name",                   S_INIT("=1"),                           "",                TAG_BAD, 0},
};
/* clang-format on */

static void reads_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tag_rows / sizeof tag_rows[0]; i++) {
        cur c = cur_of(tag_rows[i].in);
        str name, value;
        enum tag_got got;
        out_init(&written, &arena);
        while ((got = tag_next(&c, &name, &value)) == TAG_OK) {
            out_str(&written, name);
            out_byte(&written, '|');
            out_str(&written, value);
            out_byte(&written, '/');
        }
        same(tag_rows[i].about, out_done(&written), tag_rows[i].want);
        assert_int_equal(got, tag_rows[i].end);
        assert_ptr_equal(c.p, tag_rows[i].in.p + (got == TAG_END ? tag_rows[i].in.n : tag_rows[i].wrong_at));
    }
    assert_int_equal(wrong_n, 0);
}

static void reads_tag_lists(void **state)
{
    struct tag_list list;
    str text = S("v=1; a=x; V=2");
    (void)state;
    assert_int_equal(tag_list_read(&arena, text, 3, false, &list), TAG_LIST_OK);
    assert_true(list.n == 3 && str_eq(tag_find(&list, S("V"))->value, S("2")) && !tag_find(&list, S("A")));
    assert_int_equal(tag_list_read(&arena, text, 2, false, &list), TAG_LIST_TOO_MANY);
    assert_ptr_equal(list.wrong, text.p + 10);
    text = S("v=1; a=x; v=1");
    assert_int_equal(tag_list_read(&arena, text, 9, false, &list), TAG_LIST_TWICE);
    assert_ptr_equal(list.wrong, text.p + 10);
    text = S("v=1; a");
    assert_int_equal(tag_list_read(&arena, text, 9, false, &list), TAG_LIST_SYNTAX);
    assert_ptr_equal(list.wrong, text.p + 6);
    text = S("i=\xc3\xa4@x"); /* [RFC8616 5] */
    assert_int_equal(tag_list_read(&arena, text, 9, false, &list), TAG_LIST_SYNTAX);
    assert_int_equal(tag_list_read(&arena, text, 9, true, &list), TAG_LIST_OK);
    struct arena none;
    arena_init(&none, NULL, 0);
    assert_int_equal(tag_list_read(&none, text, 9, true, &list), TAG_LIST_MEMORY);
}

/* [RFC4648 4] [RFC6376 3.2] */
static void reads_base64(void **state)
{
    static const struct {
        const char *about;
        str in;
        const char *want; /* NULL: wrong at `at` */
        size_t at;
    } rows[] = {{"nothing", S_INIT(""), "", 0},
                {"three bytes", S_INIT("YWJj"), "abc", 0},
                {"two bytes", S_INIT("YWI="), "ab", 0},
                {"one byte", S_INIT("YQ=="), "a", 0},
                {"no padding", S_INIT("YWJjYQ"), "abca", 0},
                {"no padding, two", S_INIT("YWI"), "ab", 0},
                {"white space", S_INIT(" Y\tW\r\n J j\r\n"), "abc", 0},
                {"white space in padding", S_INIT("YQ =\r\n = "), "a", 0},
                {"last bits are ignored", S_INIT("YR=="), "a", 0},
                {"every digit", S_INIT("+/+/"), "\xfb\xff\xbf", 0},
                {"one digit over", S_INIT("YWJjY"), NULL, 5},
                {"one = missing", S_INIT("YQ="), NULL, 3},
                {"one = too many", S_INIT("YWI=="), NULL, 4},
                {"three =", S_INIT("YQ==="), NULL, 4},
                {"= at a boundary", S_INIT("YWJj="), NULL, 4},
                {"= behind one digit", S_INIT("Y==="), NULL, 1},
                {"data behind padding", S_INIT("YQ==YQ=="), NULL, 4},
                {"= alone", S_INIT("="), NULL, 0},
                {"other bytes", S_INIT("YW-j"), NULL, 2},
                {"other bytes in padding", S_INIT("YQ=!"), NULL, 3},
                {"NUL", S_INIT("YWJj\0"), NULL, 4}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[64];
        size_t n = 0;
        const uint8_t *wrong = base64_read(rows[i].in, bytes, &n);
        if (rows[i].want == NULL)
            assert_ptr_equal(wrong, rows[i].in.p + rows[i].at);
        else if (wrong)
            fail_msg("%s: wrong at %td", rows[i].about, wrong - rows[i].in.p);
        else
            same(rows[i].about, (str){bytes, n}, rows[i].want);
    }
    assert_int_equal(wrong_n, 0);
}

static void writes_base64(void **state)
{
    static const struct {
        str bytes;
        const char *want;
    } rows[] = {{S_INIT(""), ""},
                {S_INIT("f"), "Zg=="},
                {S_INIT("fo"), "Zm8="},
                {S_INIT("foo"), "Zm9v"},
                {S_INIT("foob"), "Zm9vYg=="},
                {S_INIT("fooba"), "Zm9vYmE="},
                {S_INIT("foobar"), "Zm9vYmFy"},
                {S_INIT("\xff\xfe\xfd"), "//79"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        out_init(&written, &arena);
        base64_write(&written, rows[i].bytes);
        same("base64", out_done(&written), rows[i].want);
    }
    assert_int_equal(wrong_n, 0);
}

/* clang-format off */
/* RFC 4291 2.2, RFC 5952 4, [RFC7208 5.6] */
static const struct { str in; const char *want; } ip_rows[] = {
    {S_INIT("192.0.2.1"),              "192.0.2.1"},
    {S_INIT("0.0.0.0"),                "0.0.0.0"},
    {S_INIT("255.255.255.255"),        "255.255.255.255"},
    {S_INIT("256.0.0.1"),              NULL},
    {S_INIT("1.2.3"),                  NULL},
    {S_INIT("1.2.3.4.5"),              NULL},
    {S_INIT("1.2.3.04"),               NULL},
    {S_INIT("1.2.3.4 "),               NULL},
    {S_INIT("1..2.3"),                 NULL},
    {S_INIT(""),                       NULL},
    {S_INIT("::"),                     "::"},
    {S_INIT("::1"),                    "::1"},
    {S_INIT("1::"),                    "1::"},
    {S_INIT("2001:DB8::1"),            "2001:db8::1"},
    {S_INIT("2001:db8:0:0:1:0:0:1"),   "2001:db8::1:0:0:1"},
    {S_INIT("2001:0:0:1:0:0:0:1"),     "2001:0:0:1::1"},
    {S_INIT("2001:db8:0:1:1:1:1:1"),   "2001:db8:0:1:1:1:1:1"},
    {S_INIT("1:2:3:4:5:6:7::"),        "1:2:3:4:5:6:7:0"},
    {S_INIT("::2:3:4:5:6:7:8"),        "0:2:3:4:5:6:7:8"},
    {S_INIT("0:0:0:0:0:0:0:0"),        "::"},
    {S_INIT("fe80::00ff"),             "fe80::ff"},
    {S_INIT("64:ff9b::192.0.2.1"),     "64:ff9b::c000:201"},
    {S_INIT("1:2:3:4:5:6:1.2.3.4"),    "1:2:3:4:5:6:102:304"},
    {S_INIT("::ffff:192.0.2.1"),       "192.0.2.1"},
    {S_INIT("::FFFF:c000:0201"),       "192.0.2.1"},
    {S_INIT("1:2:3:4:5:6:7:8:9"),      NULL},
    {S_INIT("1:2:3:4:5:6:7"),          NULL},
    {S_INIT("1:2:3:4:5:6:7:8::"),      NULL},
    {S_INIT("1::2::3"),                NULL},
    {S_INIT(":::"),                    NULL},
    {S_INIT(":1"),                     NULL},
    {S_INIT("1:"),                     NULL},
    {S_INIT("12345::"),                NULL},
    {S_INIT("g::"),                    NULL},
    {S_INIT("::1.2.3"),                NULL},
    {S_INIT("1.2.3.4::"),              NULL},
    {S_INIT("1:2:3:4:5:6:7:1.2.3.4"),  NULL},
    {S_INIT("::1%eth0"),               NULL},
};
/* clang-format on */

static void reads_ips(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ip_rows / sizeof ip_rows[0]; i++) {
        struct ip ip;
        out_init(&written, &arena);
        if (ip_read(ip_rows[i].in, &ip) != (ip_rows[i].want != NULL))
            fail_msg("%.*s", (int)ip_rows[i].in.n, (const char *)ip_rows[i].in.p);
        if (ip_rows[i].want == NULL)
            continue;
        ip_write(&written, &ip);
        same("ip", out_done(&written), ip_rows[i].want);
    }
    assert_int_equal(wrong_n, 0);
}

static void compares_prefixes(void **state)
{
    static const struct {
        str ip, network;
        unsigned bits;
        bool is_in;
    } rows[] = {{S_INIT("192.0.2.1"), S_INIT("192.0.2.255"), 24, true},
                {S_INIT("192.0.2.1"), S_INIT("192.0.3.1"), 24, false},
                {S_INIT("192.0.2.1"), S_INIT("192.0.3.1"), 23, true},
                {S_INIT("192.0.2.1"), S_INIT("9.9.9.9"), 0, true},
                {S_INIT("192.0.2.1"), S_INIT("192.0.2.0"), 31, true},
                {S_INIT("192.0.2.1"), S_INIT("192.0.2.0"), 32, false},
                {S_INIT("192.0.2.1"), S_INIT("192.0.2.1"), 32, true},
                {S_INIT("2001:db8::1"), S_INIT("2001:db8::"), 127, true},
                {S_INIT("2001:db8::1"), S_INIT("2001:db8::"), 128, false},
                {S_INIT("2001:db8::1"), S_INIT("2001:db8::1"), 128, true},
                {S_INIT("::"), S_INIT("0.0.0.0"), 0, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ip ip, network;
        assert_true(ip_read(rows[i].ip, &ip) && ip_read(rows[i].network, &network));
        assert_int_equal(ip_in_prefix(&ip, &network, rows[i].bits), rows[i].is_in);
    }
}

/* [RFC7208 7.3, 5.5] */
static void writes_ip_names(void **state)
{
    struct ip ip;
    (void)state;
    assert_true(ip_read(S("192.0.2.1"), &ip));
    ip_write_dotted(&written, &ip);
    out_byte(&written, ' ');
    ip_write_reverse(&written, &ip);
    same("IPv4", out_done(&written), "192.0.2.1 1.2.0.192.in-addr.arpa");
    out_init(&written, &arena);
    assert_true(ip_read(S("2001:db8::cb01"), &ip));
    ip_write_dotted(&written, &ip);
    out_byte(&written, ' ');
    ip_write_reverse(&written, &ip);
    same("IPv6", out_done(&written),
         "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1 "
         "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    assert_int_equal(wrong_n, 0);
}

/* clang-format off */
static const struct { str in; int64_t want; } date_rows[] = {
    {S_INIT("0"), 0},                              {S_INIT("1788264000"), 1788264000},
    {S_INIT("253402300799"), 253402300799},        {S_INIT("253402300800"), -1},
    {S_INIT("1970-01-01T00:00:00Z"), 0},           {S_INIT("2026-09-01T12:00:00Z"), 1788264000},
    {S_INIT("2026-09-01t12:00:00z"), 1788264000},  {S_INIT("2026-09-01 12:00:00.25Z"), 1788264000},
    {S_INIT("2026-09-01T14:30:00+02:30"), 1788264000}, {S_INIT("2026-09-01T07:00:00-05:00"), 1788264000},
    {S_INIT("2024-02-29T00:00:00Z"), 1709164800},  {S_INIT("2023-02-29T00:00:00Z"), -1},
    {S_INIT("2000-02-29T00:00:00Z"), 951782400},   {S_INIT("2100-02-29T00:00:00Z"), -1},
    {S_INIT("9999-12-31T23:59:59Z"), 253402300799}, {S_INIT("2016-12-31T23:59:60Z"), 1483228800},
    {S_INIT("2026-13-01T00:00:00Z"), -1},          {S_INIT("2026-00-01T00:00:00Z"), -1},
    {S_INIT("2026-04-31T00:00:00Z"), -1},          {S_INIT("2026-09-01T24:00:00Z"), -1},
    {S_INIT("2026-09-01T12:60:00Z"), -1},          {S_INIT("2026-09-01T12:00:00"), -1},
    {S_INIT("2026-09-01T12:00:00.Z"), -1},         {S_INIT("2026-09-01T12:00:00+24:00"), -1},
    {S_INIT("2026-09-01T12:00:00+00:60"), -1},     {S_INIT("2026-09-01T12:00:00Zx"), -1},
    {S_INIT("2026-9-1T12:00:00Z"), -1},            {S_INIT(""), -1},
    {S_INIT("1969-12-31T23:59:59Z"), -1},          {S_INIT("-1"), -1},
};
/* [RFC5322 3.3] [RFC5322 4.3] */
static const struct { str in; int64_t want; } mail_date_rows[] = {
    {S_INIT("Tue, 01 Sep 2026 12:00:00 +0000"), 1788264000},
    {S_INIT(" Tue, 1 Sep 2026 12:00 +0000 (UTC)"), 1788264000},
    {S_INIT("1 sep 2026 14:00:00 +0200"), 1788264000},
    {S_INIT("Tue,1 Sep 2026\r\n\t05:00:00 -0700"), 1788264000},
    {S_INIT("Tue (a(b)\\)) , 1 (Sep) Sep 2026 12 : 00 : 00 (x) GMT"), 1788264000},
    {S_INIT("1 Sep 26 12:00:00 UT"), 1788264000},
    {S_INIT("1 Sep 126 12:00:00 Z"), 1788264000},
    {S_INIT("1 Sep 2026 07:00:00 CDT"), 1788264000},
    {S_INIT("1 Sep 2026 08:00:00 EDT"), 1788264000},
    {S_INIT("1 Jan 70 00:00:00 GMT"), 0},
    {S_INIT("31 Dec 69 16:00:00 PST"), 0},
    {S_INIT("1 Sep 2026 12:00:00"), -1},
    {S_INIT("32 Sep 2026 12:00:00 +0000"), -1},
    {S_INIT("31 Sep 2026 12:00:00 +0000"), -1},
    {S_INIT("1 Sup 2026 12:00:00 +0000"), -1},
    {S_INIT("1 Sep 2026 25:00:00 +0000"), -1},
    {S_INIT("1 Sep 2026 12:00:00 +0060"), -1},
    {S_INIT("Tue 1 Sep 2026 12:00:00 +0000"), -1},
    {S_INIT("1 Sep 6 12:00:00 +0000"), -1},
    {S_INIT("1 Sep 2026 12:00:00 +0000 x"), -1},
    {S_INIT(""), -1},
};
/* clang-format on */

static void reads_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof date_rows / sizeof date_rows[0]; i++) {
        int64_t s = -1;
        bool is_read = date_read(date_rows[i].in, &s);
        if (is_read ? s != date_rows[i].want : date_rows[i].want != -1)
            fail_msg("%.*s: %lld", (int)date_rows[i].in.n, (const char *)date_rows[i].in.p, (long long)s);
    }
    for (size_t i = 0; i < sizeof mail_date_rows / sizeof mail_date_rows[0]; i++) {
        int64_t s = -1;
        bool is_read = date_read_mail(mail_date_rows[i].in, &s);
        if (is_read ? s != mail_date_rows[i].want : mail_date_rows[i].want != -1)
            fail_msg("%.*s: %lld", (int)mail_date_rows[i].in.n, (const char *)mail_date_rows[i].in.p,
                     (long long)s);
    }
}

static void writes_dates(void **state)
{
    (void)state;
    date_write(&written, 1788264000);
    out_byte(&written, ' ');
    date_write_mail(&written, 1788264000);
    out_byte(&written, ' ');
    date_write_mail(&written, 0);
    same("dates", out_done(&written),
         "2026-09-01T12:00:00Z Tue, 01 Sep 2026 12:00:00 +0000 Thu, 01 Jan 1970 00:00:00 +0000");
    for (int64_t s = 0; s < 253402300800; s += 86400 * 13 + 3607) {
        int64_t again = -1;
        out_init(&written, &arena);
        struct arena_mark mark = arena_mark(&arena);
        date_write(&written, s);
        assert_true(date_read(out_done(&written), &again) && again == s);
        out_init(&written, &arena);
        date_write_mail(&written, s);
        assert_true(date_read_mail(out_done(&written), &again) && again == s);
        arena_rewind(&arena, mark);
    }
    assert_int_equal(wrong_n, 0);
}

/* [RFC8616 3] [RFC9989 5.3.1] */
static void converts_idn(void **state)
{
    static const struct {
        str in;
        const char *want;
    } rows[] = {{S_INIT("EXAMPLE.Com"), "example.com"},
                {S_INIT("b\xc3\xbc"
                        "cher.Example"),
                 "xn--bcher-kva.example"},
                {S_INIT("B\xc3\x9c"
                        "CHER.example"),
                 "xn--bcher-kva.example"},
                {S_INIT("fa\xc3\x9f.de"), "xn--fa-hia.de"},
                {S_INIT("XN--BCHER-KVA.b\xc3\xbc"
                        "cher"),
                 "xn--bcher-kva.xn--bcher-kva"},
                {S_INIT(""), ""},
                {S_INIT("b\xfc"
                        "cher"),
                 NULL},
                {S_INIT("b\xc3\xbc\0cher"), NULL},
                {S_INIT("\xe2\x80\xae"
                        "abc"),
                 NULL}};
    struct arena none;
    str ascii;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum idn_got got = idn_to_ascii(&arena, rows[i].in, &ascii);
        assert_int_equal(got, rows[i].want ? IDN_OK : IDN_BAD);
        if (rows[i].want)
            same("idn", ascii, rows[i].want);
    }
    arena_init(&none, NULL, 0);
    assert_int_equal(idn_to_ascii(&none, S("a"), &ascii), IDN_MEMORY);
    assert_int_equal(idn_to_ascii(&none, S("\xc3\xbc"), &ascii), IDN_MEMORY);
    assert_int_equal(idn_to_unicode(&arena, S("xn--bcher-kva.example"), &ascii), IDN_OK);
    same("idn back", ascii,
         "b\xc3\xbc"
         "cher.example");
    assert_int_equal(idn_to_unicode(&none, S("xn--bcher-kva"), &ascii), IDN_MEMORY);
    assert_int_equal(wrong_n, 0);
}

static void has_words(void **state)
{
    struct ingam_limits limits;
    (void)state;
    assert_string_equal(ingam_result_name(INGAM_RESULT_NONE), "none");
    assert_string_equal(ingam_result_name(INGAM_RESULT_PERMERROR), "permerror");
    assert_string_equal(ingam_method_name(INGAM_METHOD_POLICY), "policy");
    assert_string_equal(ingam_method_name(INGAM_METHOD_AUTHRES), "authres");
    assert_string_equal(ingam_status_name(INGAM_STATUS_FAILED), "failed");
    assert_string_equal(ingam_disposition_name(INGAM_ACCEPT), "none");
    assert_string_equal(ingam_disposition_name(INGAM_DEFER), "defer");
    assert_null(ingam_dmarc_policy_name(INGAM_DMARC_NO_POLICY));
    assert_string_equal(ingam_dmarc_policy_name(INGAM_DMARC_REJECT), "reject");
    assert_string_equal(ingam_rr_type_name(INGAM_RR_AAAA), "AAAA");
    assert_null(ingam_rr_type_name(9999));
    assert_null(ingam_result_name((enum ingam_result)99));
    ingam_limits_default(&limits);
    assert_true(limits.header_block == 1 << 20 && limits.fields == 4096 && limits.nesting == 32);
    assert_true(limits.from_addresses == 64 && limits.spf_terms == 10 && limits.deadline_ms == 30000);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(reads_tags),   CASE(reads_tag_lists),   CASE(reads_base64),    CASE(writes_base64),
        CASE(reads_ips),    CASE(compares_prefixes), CASE(writes_ip_names), CASE(reads_dates),
        CASE(writes_dates), CASE(converts_idn),      CASE(has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
