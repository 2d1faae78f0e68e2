/* SPDX-License-Identifier: BSD-2-Clause */
/* From and its author domain: every form of the grammar, and the ways to make two readers see two domains. */
#include "mail/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ingam_limits limits;
static bool is_seen[INGAM_FAULT_N]; /* faults that some case gave */
static unsigned wrong_n;            /* cases that went wrong; each is told, then the test fails */

static int set_up(void **state)
{
    (void)state;
    ingam_limits_default(&limits);
    return 0;
}

/* Shows the author of a header: its domain, or "fault-name@byte". */
static str author_of(struct arena *a, str block)
{
    struct mail_header h;
    struct mail_author author;
    struct out o;
    char name[INGAM_FAULT_NAME_SIZE];
    out_init(&o, a);
    assert_true(mail_header_of(block, a, &limits, &h));
    assert_true(mail_author_find(a, &h, &limits, &author));
    is_seen[author.fault] = true;
    assert_int_equal(author.fault == FAULT_NONE, author.domain.n > 0);
    assert_true(author.fault == FAULT_NONE || fault_result(author.fault) == INGAM_RESULT_PERMERROR);
    assert_true(author.from == NULL || author.at <= author.from->value.n);
    if (author.fault == FAULT_NONE)
        return author.domain;
    out_z(&o, ingam_fault_name(author.fault, name) + strlen("mail-"));
    if (author.at) {
        out_byte(&o, '@');
        out_uint(&o, author.at);
    }
    return out_done(&o);
}

static void check(const char *about, str block, const char *want)
{
    struct arena a;
    arena_init(&a, NULL, limits.arena);
    str got = author_of(&a, block);
    if (!str_eq(got, str_of(want))) {
        print_error("%s: got %.*s, wanted %s\n", about, (int)got.n, (const char *)got.p, want);
        wrong_n++;
    }
    arena_free(&a);
}

/* clang-format off */
static const struct { const char *about; str from; const char *want; } rows[] = {
    /* mailbox                                                              [RFC5322 3.4, 3.4.1] */
    {"addr-spec",               S_INIT("a@x.example"),                           "x.example"},
    {"name-addr",               S_INIT("A B <a@x.example>"),                     "x.example"},
    {"angle alone",             S_INIT("<a@x.example>"),                         "x.example"},
    {"quoted name",             S_INIT("\"B, A\" <a@x.example>"),                "x.example"},
    {"quoted pairs",            S_INIT("\"\\\"\\\\\" <a@x.example>"),            "x.example"},
    {"quoted local-part",       S_INIT("\"a b@c\"@x.example"),                   "x.example"},
    {"dots in the local-part",  S_INIT("a.b.c@x.example"),                       "x.example"},
    {"all of atext",            S_INIT("!#$%&'*+-/=?^_`{|}~@x.example"),         "x.example"},
    {"case goes",               S_INIT("A@X.ExamplE"),                           "x.example"},
    {"one label",               S_INIT("a@localhost"),                           "localhost"},
    {"underscore and hyphen",   S_INIT("a@_a-b.example"),                        "_a-b.example"},
    {"folded",                  S_INIT("A\r\n B\r\n\t<a@x.example>"),            "x.example"},
    {"legacy name in comment",  S_INIT("a@x.example (A B)"),                     "x.example"},
    {"comments everywhere",     S_INIT("(a)A(b(c))<(d)a(e)@(f)x.example(g)>(h)"), "x.example"},
    {"comment holds addresses", S_INIT("(<b@y.example>,) a@x.example"),          "x.example"},
    {"quoted pair in comment",  S_INIT("a@x.example (\\)\\(b@y)"),               "x.example"},
    /* encoded words in the name                                            [RFC2047 5] */
    {"encoded name",            S_INIT("=?utf-8?q?ceo=40y.example?= <a@x.example>"), "x.example"},
    {"quoted name is address",  S_INIT("\"ceo@y.example\" <a@x.example>"),       "x.example"},
    {"quoted name has angles",  S_INIT("\"<ceo@y.example>\" <a@x.example>"),     "x.example"},
    /* RFC 6532 */
    {"UTF-8 name",              S_INIT("J\xc3\xb6rg <a@x.example>"),             "x.example"},
    {"name of other bytes",     S_INIT("J\xf6rg <a@x.example>"),                 "x.example"},
    {"UTF-8 local-part",        S_INIT("j\xc3\xb6rg@x.example"),                 "x.example"},
    {"U-labels",                S_INIT("a@b\xc3\xbc""cher.example"),             "xn--bcher-kva.example"},
    {"U-labels, upper case",    S_INIT("a@B\xc3\x9c""CHER.example"),             "xn--bcher-kva.example"},
    {"A-labels",                S_INIT("a@XN--BCHER-KVA.example"),               "xn--bcher-kva.example"},
    /* several addresses of one domain                                      [RFC9989 5.3.1] */
    {"two of one domain",       S_INIT("a@x.example, B <b@X.example>"),          "x.example"},
    {"U-label and A-label",     S_INIT("a@b\xc3\xbc""cher.example, b@xn--bcher-kva.example"), "xn--bcher-kva.example"},
    {"two domains",             S_INIT("a@x.example, b@y.example"),              "from-several-domains@15"},
    {"two in angles",           S_INIT("<a@x.example>, <b@y.example>"),          "from-several-domains@18"},
    {"a domain and its parent", S_INIT("a@x.example, b@m.x.example"),            "from-several-domains@15"},
    {"a third domain",          S_INIT("a@x.example,a@x.example,a@y.example"),   "from-several-domains@26"},
    /* groups                                                               [RFC5322 3.4] */
    {"group of one",            S_INIT("g: a@x.example;"),                       "x.example"},
    {"group of two",            S_INIT("\"g\" : a@x.example, b@x.example;(c)"),  "x.example"},
    {"group and mailbox",       S_INIT("g: a@x.example;, b@x.example"),          "x.example"},
    {"group of two domains",    S_INIT("g: a@x.example, b@y.example;"),          "from-several-domains@18"},
    {"empty group",             S_INIT("Undisclosed:;"),                         "from-no-domain"},
    {"group of commas",         S_INIT("g:,, ,;"),                               "from-no-domain"},
    {"empty group and mailbox", S_INIT("g:;, a@x.example"),                      "x.example"},
    {"open group",              S_INIT("g: a@x.example"),                        "from-syntax@14"},
    {"group in a group",        S_INIT("g: h: a@x.example;;"),                   "from-syntax@4"},
    {"group without a name",    S_INIT(": a@x.example;"),                        "from-syntax"},
    {"behind a group",          S_INIT("g: a@x.example; b@y.example"),           "from-syntax@16"},
    {"semicolon as comma",      S_INIT("a@x.example; b@x.example"),              "from-syntax@11"},
    /* obsolete forms                                                       [RFC5322 4.1] [RFC5322 4.4] */
    {"dots in the name",        S_INIT("John Q. Public <a@x.example>"),          "x.example"},
    {"a route",                 S_INIT("<@r.example,@s.example:a@x.example>"),   "x.example"},
    {"a route with commas",     S_INIT("<,, @r.example,, @s.example : a@x.example>"), "x.example"},
    {"space around dots and @", S_INIT("a . b @ x . example"),                   "x.example"},
    {"comment in the domain",   S_INIT("a@x(y.example).(z)example"),             "x.example"},
    {"comment before domain",   S_INIT("a@(y.example)x.example"),                "x.example"},
    {"words in the local-part", S_INIT("a.\"b c\".d@x.example"),                 "x.example"},
    {"missing members",         S_INIT(",, a@x.example, ,(c), b@x.example,"),    "x.example"},
    /* no domain                                                            [RFC9989 5.3.1] */
    {"nothing",                 S_INIT(""),                                      "from-no-domain"},
    {"only a comment",          S_INIT(" (a@x.example) "),                       "from-no-domain"},
    {"null address",            S_INIT("<>"),                                    "from-no-domain@1"},
    {"null address with name",  S_INIT("a <( )>"),                               "from-no-domain@6"},
    {"null beside another",     S_INIT("a@x.example, <>"),                       "from-no-domain@14"},
    {"IPv4 literal",            S_INIT("a@[192.0.2.1]"),                         "from-no-domain@2"},
    {"literal of anything",     S_INIT("a@[x.example]"),                         "from-no-domain@2"},
    {"only a name",             S_INIT("root"),                                  "from-no-domain@4"},
    {"only a name in angles",   S_INIT("A <root>"),                              "from-no-domain@7"},
    {"unquoted comma",          S_INIT("B, A <a@x.example>"),                    "from-no-domain@1"},
    {"encoded whole",           S_INIT("=?utf-8?q?a=40x.example?="),             "from-no-domain@25"},
    /* not one reading                                                      [RFC9989 11.5] */
    {"two @",                   S_INIT("a@x.example@y.example"),                 "from-syntax@11"},
    {"two @ in angles",         S_INIT("<a@x.example@y.example>"),               "from-syntax@12"},
    {"two angles",              S_INIT("\"x\" <a@x.example> <b@y.example>"),     "from-syntax@18"},
    {"two angles, one domain",  S_INIT("<a@x.example> <b@x.example>"),           "from-syntax@14"},
    {"open angle",              S_INIT("A <a@x.example"),                        "from-syntax@14"},
    {"angle in angle",          S_INIT("<<a@x.example>>"),                       "from-syntax@1"},
    {"closing angle too many",  S_INIT("<a@x.example>>"),                        "from-syntax@13"},
    {"text behind the angle",   S_INIT("<a@x.example> A"),                       "from-syntax@14"},
    {"text behind the address", S_INIT("a@x.example A"),                         "from-syntax@12"},
    {"text before the address", S_INIT("A a@x.example"),                         "from-syntax@2"},
    {"space in the domain",     S_INIT("a@x example"),                           "from-syntax@4"},
    {"dot at the end",          S_INIT("a@x.example."),                          "from-syntax@12"},
    {"dots in a row",           S_INIT("a@x..example"),                          "from-syntax@4"},
    {"dot at the start",        S_INIT(".a@x.example"),                          "from-syntax"},
    {"no local-part",           S_INIT("@x.example"),                            "from-syntax"},
    {"no local-part in angles", S_INIT("<@x.example>"),                          "from-syntax@11"},
    {"route without address",   S_INIT("<@x.example:>"),                         "from-syntax@12"},
    {"route without comma",     S_INIT("<@r.example @s.example:a@x.example>"),   "from-syntax@12"},
    {"open quote",              S_INIT("\"A <a@x.example>"),                     "from-syntax"},
    {"quote ends in backslash", S_INIT("\"A\\"),                                 "from-syntax"},
    {"open comment",            S_INIT("a@x.example (A"),                        "from-syntax@12"},
    {"comment closed twice",    S_INIT("a@x.example (A))"),                      "from-syntax@15"},
    {"open literal",            S_INIT("a@[192.0.2.1"),                          "from-syntax@12"},
    {"text behind a literal",   S_INIT("a@[192.0.2.1].x.example"),               "from-syntax@13"},
    {"backslash in a name",     S_INIT("A\\ B <a@x.example>"),                   "from-syntax@1"},
    /* beyond the grammar, on purpose: address.h */
    {"brackets in a bare name", S_INIT("[Ticket 1] A <a@x.example>"),            "x.example"},
    {"address in brackets",     S_INIT("[a@y.example] <a@x.example>"),           "from-syntax@2"},
    {"bare name is the address", S_INIT("a@x.example <b@X.example>"),            "x.example"},
    {"bare name is another",    S_INIT("ceo@y.example <a@x.example>"),           "from-display-address@14"},
    {"bare name, null address", S_INIT("ceo@y.example <>"),                      "from-display-address@14"},
    {"bare name by white space", S_INIT("ceo@x. example <a@x.example>"),         "x.example"},
    /* encoded words within an address                                      [RFC2047 5] */
    {"encoded local-part",      S_INIT("=?utf-8?q?ceo=40y.example=3E?=@x.example"), "from-encoded-word"},
    {"encoded in angles",       S_INIT("A <=?utf-8?b?Y2VvQHk=?=@x.example>"),    "from-encoded-word@3"},
    {"encoded and quoted",      S_INIT("\"=?utf-8?q?ceo=40y?=\"@x.example"),     "from-encoded-word"},
    {"encoded in two words",    S_INIT("\"\".=?utf-8?q?c=40y?=@x.example"),      "from-encoded-word"},
    {"encoded domain",          S_INIT("a@=?utf-8?q?y?=.example"),               "from-domain-bad@2"},
    /* bytes                                                                [RFC5322 2.2] */
    {"NUL in the domain",       S_INIT("a@x.example\0.y.example"),               "from-bytes@11"},
    {"NUL in a quoted name",    S_INIT("\"a\0\" <a@x.example>"),                 "from-bytes@2"},
    {"control in a comment",    S_INIT("a@x.example (\x01)"),                    "from-bytes@13"},
    {"DEL",                     S_INIT("a@x.example\x7f"),                       "from-bytes@11"},
    {"vertical tab",            S_INIT("a@x.example,\x0b"),                      "from-bytes@12"},
    {"local-part is not UTF-8", S_INIT("j\xf6rg@x.example"),                     "from-bytes"},
    {"bare CR",                 S_INIT("a@x.example\r, b@y.example"),            "bare-cr"},
    {"bare LF",                 S_INIT("a@x.example,\n b@y.example"),            "bare-lf"},
    /* domains that are none                                                [RFC9989 5.3.1] */
    {"domain is not UTF-8",     S_INIT("a@b\xfc""cher.example"),                 "from-domain-bad@2"},
    {"other bytes in a domain", S_INIT("a@x!y.example"),                         "from-domain-bad@2"},
    {"a slash from a letter",   S_INIT("a@\xe2\x84\x80.example"),                "from-domain-bad@2"},
    {"an @ from a letter",      S_INIT("a@a\xef\xbc\xa0y.example"),              "from-domain-bad@2"},
    {"a dot from a letter",     S_INIT("a@x\xe3\x80\x82y.example"),              "from-domain-bad@2"},
    {"label of 63",             S_INIT("a@aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123.x"),
                                "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123.x"},
    {"label of 64",             S_INIT("a@aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234.x"),
                                "from-domain-bad@2"},
    {"bad, joined in parts",    S_INIT("b@y . y!y"),                             "from-domain-bad"},
};

static const struct { const char *about; str block; const char *want; } headers[] = {
    /* exactly one From                                                     [RFC5322 3.6] [RFC9989 11.5] */
    {"no From",                 S_INIT("To: a@x.example\r\n"),                              "from-missing"},
    {"no header",               S_INIT(""),                                                 "from-missing"},
    {"two",                     S_INIT("From: a@x.example\r\nfrom: a@x.example\r\n"),       "from-twice"},
    {"obsolete From counts",    S_INIT("From: a@x.example\r\nFROM\t : a@y.example\r\n"),    "from-twice"},
    {"obsolete From alone",     S_INIT("From : a@x.example\r\n"),                           "x.example"},
    {"Resent-From is another",  S_INIT("Resent-From: a@y.example\r\nFrom:a@x.example\r\n"), "x.example"},
    {"From in a fold",          S_INIT("From: a@x.example\r\nA: b\r\n From: a@y.example\r\n"), "x.example"},
    {"envelope line of mbox",   S_INIT("From a@y.example Mon Jan 1\r\nFrom: a@x.example\r\n"), "x.example"},
    {"other junk",              S_INIT("junk\r\nFrom: a@x.example\r\n"),                    "x.example"},
    {"fold before the colon",   S_INIT("From\r\n : a@y.example\r\nFrom: a@x.example\r\n"),  "from-disguised"},
    {"space before, first",     S_INIT(" From: a@y.example\r\nFrom: a@x.example\r\n"),      "from-disguised"},
    {"control before the colon", S_INIT("From: a@x.example\r\nfrom\x0b: a@y.example\r\n"),  "from-disguised"},
    {"NUL before the colon",    S_INIT("From\0: a@y.example\r\n"),                          "from-disguised"},
    {"8 bit before the name",   S_INIT("\xef\xbb\xbf""From: a@y.example\r\n"),              "from-disguised"},
    {"NUL elsewhere",           S_INIT("A: \0\r\nFrom: a@x.example\r\n"),                   "nul"},
    {"bare CR elsewhere",       S_INIT("A: b\rFrom: c\r\nFrom: a@x.example\r\n"),           "bare-cr"},
    {"bare LF elsewhere",       S_INIT("A: b\nFrom: c\r\nFrom: a@x.example\r\n"),           "bare-lf"},
    {"no last CRLF",            S_INIT("From: a@x.example"),                                "x.example"},
};
/* clang-format on */

static void reads_from(void **state)
{
    (void)state;
    wrong_n = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena a;
        struct out o;
        arena_init(&a, NULL, limits.arena);
        out_init(&o, &a);
        out_str(&o, S("From:"));
        out_str(&o, rows[i].from);
        out_str(&o, S("\r\n"));
        check(rows[i].about, out_done(&o), rows[i].want);
        arena_free(&a);
    }
    assert_int_equal(wrong_n, 0);
}

static void finds_the_only_from(void **state)
{
    (void)state;
    wrong_n = 0;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        check(headers[i].about, headers[i].block, headers[i].want);
    assert_int_equal(wrong_n, 0);
}

static str repeated(struct arena *a, str before, str part, size_t n)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, before);
    for (size_t i = 0; i < n; i++)
        out_str(&o, part);
    return out_done(&o);
}

static void keeps_the_limits(void **state)
{
    struct arena a;
    (void)state;
    wrong_n = 0;
    arena_init(&a, NULL, 16 * limits.arena);
    check("64 addresses", repeated(&a, S("From: "), S("a@x.example,"), 64), "x.example");
    check("65 addresses", repeated(&a, S("From: "), S("a@x.example,"), 65), "from-too-many@769");
    check("32 comments", repeated(&a, repeated(&a, S("From:a@x.example "), S("("), 32), S(")"), 32),
          "x.example");
    check("33 comments", repeated(&a, repeated(&a, S("From:a@x.example "), S("("), 33), S(")"), 33),
          "from-nesting@44");
    check("label after label to 253", repeated(&a, S("From:a@x"), S(".y"), 126),
          (const char *)arena_copy_z(&a, repeated(&a, S("x"), S(".y"), 126)));
    check("255 bytes of labels", repeated(&a, S("From:a@x"), S(".y"), 127), "from-domain-bad@2");
    check("4097 fields", repeated(&a, S("From:a@x\r\n"), S("A:\r\n"), 4096), "too-many-fields");
    check("a long field", repeated(&a, S("From:a@x\r\nA:"), S("12345678"), 32768), "field-too-long");
    limits.fields = SIZE_MAX;
    limits.arena = 64 * 1024 * 1024;
    check("a long header", repeated(&a, S("From:a@x\r\n"), S("A:34567\r\n"), 131073), "header-too-long");
    ingam_limits_default(&limits);
    arena_free(&a);
    assert_int_equal(wrong_n, 0);
}

/* What would cost n squared if a byte were looked at again and again; minutes then, moments now. */
static void stays_linear(void **state)
{
    struct arena a;
    (void)state;
    wrong_n = 0;
    arena_init(&a, NULL, 64 * 1024 * 1024);
    limits.field = limits.header_block = 16 * 1024 * 1024;
    limits.arena = 64 * 1024 * 1024;
    check("10,000 addresses", repeated(&a, S("From: "), S("a@x.example,"), 10000), "from-too-many@769");
    check("words", repeated(&a, S("From: "), S("a "), 500000), "from-no-domain@1000001");
    check("words, then @", repeated(&a, repeated(&a, S("From:"), S("a."), 500000), S("a@x"), 1), "x");
    check("dots with space", repeated(&a, repeated(&a, S("From:a@"), S("a . "), 250000), S("a"), 1),
          "from-domain-bad");
    check("comments", repeated(&a, S("From:a@x"), S("()"), 500000), "x");
    check("open quotes", repeated(&a, S("From:"), S("\"\" "), 300000), "from-no-domain@900000");
    check("encoded words", repeated(&a, repeated(&a, S("From:"), S("=?"), 500000), S("@x"), 1),
          "from-encoded-word");
    limits.from_addresses = 10000;
    check("10,000 addresses wanted", repeated(&a, S("From: "), S("a@x.example,"), 10000), "x.example");
    ingam_limits_default(&limits);
    arena_free(&a);
    assert_int_equal(wrong_n, 0);
}

static void keeps_the_parts(void **state)
{
    static const struct {
        str value;
        const char *display, *local, *domain;
    } parts[] = {
        {S_INIT(" \"A \\\"B\" <a.b@X.example>"), "\"A \\\"B\"", "a.b", "X.example"},
        {S_INIT(" =?utf-8?q?A?= B\r\n <a@x>"), "=?utf-8?q?A?= B", "a", "x"},
        {S_INIT("a@x(c) . y"), "", "a", "x.y"},
        {S_INIT("(c) \"a b\" @ [ 1 ]"), "", "\"a b\"", "[ 1 ]"},
        {S_INIT("A <>"), "A", "", ""},
        {S_INIT("a@x <b@x>"), "a@x", "b", "x"},
        {S_INIT("g:<@r:a@x>;"), "", "a", "x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct arena a;
        struct mail_addresses got;
        arena_init(&a, NULL, limits.arena);
        assert_true(mail_addresses_read(&a, parts[i].value, &limits, &got));
        assert_int_equal(got.fault, FAULT_NONE);
        assert_int_equal(got.n, 1);
        assert_true(str_eq(got.list[0].display, str_of(parts[i].display)));
        assert_true(str_eq(got.list[0].local, str_of(parts[i].local)));
        assert_true(str_eq(got.list[0].domain, str_of(parts[i].domain)));
        arena_free(&a);
    }
}

static void refuses_stray_line_ends(void **state)
{
    static const str values[] = {S_INIT("a@x\r"), S_INIT("a@x\n"), S_INIT("a@x\r\n"), S_INIT("a@x,\r\nb@x")};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct arena a;
        struct mail_addresses got;
        arena_init(&a, NULL, limits.arena);
        assert_true(mail_addresses_read(&a, values[i], &limits, &got));
        assert_int_equal(got.fault, FAULT_MAIL_FROM_BYTES);
        assert_ptr_equal(got.wrong, values[i].p + str_find_str(values[i], i == 1 ? S("\n") : S("\r")));
        arena_free(&a);
    }
}

static void tells_the_trace(void **state)
{
    struct arena a;
    struct trace trace;
    struct mail_header h;
    struct mail_author author;
    char text[128];
    (void)state;
    arena_init(&a, NULL, limits.arena);
    trace_init(&trace, &a);
    assert_true(mail_header_of(S("From: a@x.example\r\n"), &a, &limits, &h));
    assert_true(mail_author_find(&a, &h, &limits, &author));
    mail_author_tell(&trace, &h, &author);
    assert_int_equal(trace.n, 2);
    ingam_note_text(&trace.notes[0], text, sizeof text);
    assert_string_equal(text, "the header has 1 fields in 19 bytes");
    ingam_note_text(&trace.notes[1], text, sizeof text);
    assert_string_equal(text, "From names the author domain x.example");

    trace_reset(&trace);
    assert_true(mail_header_of(S("From: a@x@y\r\n"), &a, &limits, &h));
    assert_true(mail_author_find(&a, &h, &limits, &author));
    mail_author_tell(&trace, &h, &author);
    assert_int_equal(trace.notes[1].fault, FAULT_MAIL_FROM_SYNTAX);
    assert_int_equal(trace.notes[1].at, 4);
    assert_true(str_eq(trace.notes[1].record, S(" a@x@y")));
    mail_author_tell(NULL, &h, &author);
    arena_free(&a);
}

/* A rising cap: the answer is the right one or none. */
static void bears_no_memory(void **state)
{
    str block = S("From: a@x . b\xc3\xbc"
                  "cher . example, b@x.b\xc3\xbc"
                  "cher.example,,,,"
                  " c@x.b\xc3\xbc"
                  "cher.example, d@x.b\xc3\xbc"
                  "cher.example, <e@x.b\xc3\xbc"
                  "cher.example>\r\n");
    size_t done = 0;
    (void)state;
    for (size_t cap = 64; cap < 8192; cap += 16) {
        struct arena a, big;
        struct mail_header h;
        struct mail_author author;
        arena_init(&a, NULL, cap);
        arena_init(&big, NULL, limits.arena);
        assert_true(mail_header_of(block, &big, &limits, &h));
        if (mail_author_find(&a, &h, &limits, &author)) {
            assert_true(str_eq(author.domain, S("x.xn--bcher-kva.example")));
            done++;
        } else {
            assert_true(a.has_failed);
        }
        arena_free(&a);
        arena_free(&big);
    }
    assert_true(done > 0 && done < (8192 - 64) / 16);
}

/* Runs last: each fault of this room came out of some case above. */
static void has_a_case_for_every_fault(void **state)
{
    (void)state;
    for (size_t i = 1; i < INGAM_FAULT_N; i++) {
        const char *name = ingam_fault_row((enum ingam_fault)i)->name;
        if (strncmp(name, "MAIL_", 5) == 0 && !is_seen[i])
            fail_msg("no case gives %s", name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_from),
        cmocka_unit_test(finds_the_only_from),
        cmocka_unit_test(keeps_the_limits),
        cmocka_unit_test(stays_linear),
        cmocka_unit_test(keeps_the_parts),
        cmocka_unit_test(refuses_stray_line_ends),
        cmocka_unit_test(tells_the_trace),
        cmocka_unit_test(bears_no_memory),
        cmocka_unit_test(has_a_case_for_every_fault),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
