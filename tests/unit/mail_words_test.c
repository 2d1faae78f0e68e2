/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoded words, decoded for people.                                       [RFC2047 2, 4, 5, 6.2] */
#include "mail/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* clang-format off */
static const struct { const char *about; str in; const char *want; } rows[] = {
    {"plain text",               S_INIT("Hello, you"),                            "Hello, you"},
    {"nothing",                  S_INIT(""),                                      ""},
    {"Q",                        S_INIT("=?utf-8?q?a_b=20c=c3=A4?="),             "a b c\xc3\xa4"},
    {"B",                        S_INIT("=?UTF-8?B?YWLDpA==?="),                  "ab\xc3\xa4"},
    {"B without padding",        S_INIT("=?utf-8?b?YWLDpA?="),                    "ab\xc3\xa4"},
    {"language",                 S_INIT("=?utf-8*en?q?a?="),                      "a"},
    {"Latin-1",                  S_INIT("=?iso-8859-1?q?=e4=80?="),               "\xc3\xa4\xc2\x80"},
    {"Windows-1252",             S_INIT("=?windows-1252?Q?=80=9f=41?="),          "\xe2\x82\xac\xc5\xb8""A"},
    {"between text",             S_INIT("a =?utf-8?q?b?= c"),                     "a b c"},
    {"space between words goes", S_INIT("=?utf-8?q?a?= \r\n =?utf-8?q?b?="),      "ab"},
    {"a letter in two words",    S_INIT("=?utf-8?q?=c3?= =?utf-8?q?=a4?="),       "\xc3\xa4"},
    {"space behind a word stays", S_INIT("=?utf-8?q?a?=  b  =?utf-8?q?c?="),      "a  b  c"},
    {"folds go",                 S_INIT("a\r\n b"),                               "a b"},
    {"white space at the ends",  S_INIT(" a "),                                   " a "},
    {"in quotes too",            S_INIT("\"=?utf-8?q?ceo=40x?=\" b"),             "\"ceo@x\" b"},
    {"unknown charset stays",    S_INIT("=?koi8-r?q?=c1?= a"),                    "=?koi8-r?q?=c1?= a"},
    {"unknown encoding stays",   S_INIT("=?utf-8?x?a?="),                         "=?utf-8?x?a?="},
    {"bad base64 stays",         S_INIT("=?utf-8?b?a*b?= c"),                     "=?utf-8?b?a*b?= c"},
    {"open word stays",          S_INIT("=?utf-8?q?a"),                           "=?utf-8?q?a"},
    {"space ends a word",        S_INIT("=?utf-8?q?a b?="),                       "=?utf-8?q?a b?="},
    {"broken hex stays",         S_INIT("=?utf-8?q?=4=zz=?="),                    "=4=zz="},
    {"empty words",              S_INIT("=?utf-8?q?" "?= =?utf-8?b?" "?="),             ""},
    {"question marks",           S_INIT("=?=?=?utf-8?q?a?=?="),                   "=?=?a?="},
};
/* clang-format on */

static void decodes(void **state)
{
    unsigned wrong_n = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena a;
        arena_init(&a, NULL, 65536);
        str got = mail_words_decode(&a, rows[i].in);
        assert_non_null(got.p);
        if (!str_eq(got, str_of(rows[i].want))) {
            print_error("%s: got \"%.*s\"\n", rows[i].about, (int)got.n, (const char *)got.p);
            wrong_n++;
        }
        arena_free(&a);
    }
    assert_int_equal(wrong_n, 0);
}

static void stays_linear(void **state)
{
    static const str parts[] = {S_INIT("=?utf-8?q?"), S_INIT("=?"), S_INIT("=?utf-8?b?YQ?= "), S_INIT(" ")};
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct arena a;
        struct out o;
        arena_init(&a, NULL, 64 * 1024 * 1024);
        out_init(&o, &a);
        while (o.n < 1000 * 1000)
            out_str(&o, parts[i]);
        assert_non_null(mail_words_decode(&a, out_done(&o)).p);
        arena_free(&a);
    }
}

static void bears_no_memory(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 16);
    assert_null(mail_words_decode(&a, S("=?utf-8?q?a?=")).p);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decodes), cmocka_unit_test(stays_linear),
                                       cmocka_unit_test(bears_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
