/* SPDX-License-Identifier: BSD-2-Clause */
/* Which Authentication-Results fields are forged or may be taken for ours.                       [RFC8601 5] */
#include "authres/authres.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define OURS "mx.rcpt.example"

/* clang-format off */
static const struct {
    const char *about;
    str in, id;
    bool is_ours;
} spellings_rows[] = {
    {"as we write it", S_INIT(" mx.rcpt.example; dmarc=pass"), S_INIT(OURS), true},
    {"no blank", S_INIT("mx.rcpt.example;none"), S_INIT(OURS), true},
    {"upper case", S_INIT(" MX.Rcpt.EXAMPLE; dmarc=pass"), S_INIT(OURS), true},
    {"our own in upper case", S_INIT(" mx.rcpt.example; dmarc=pass"), S_INIT("MX.RCPT.EXAMPLE"), true},
    {"a comment before", S_INIT(" (really) mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"nested comments before", S_INIT(" (a(b(c)\\)) d)(e)\r\n\tmx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"a comment with a semicolon", S_INIT("(x; y)mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"a comment with a quote", S_INIT("(\")mx.rcpt.example(\"); x=y"), S_INIT(OURS), true},
    {"a comment behind", S_INIT("mx.rcpt.example(c); x=y"), S_INIT(OURS), true},
    {"folded before", S_INIT("\r\n mx.rcpt.example\r\n ; x=y"), S_INIT(OURS), true},
    {"quoted", S_INIT(" \"mx.rcpt.example\"; x=y"), S_INIT(OURS), true},
    {"quoted with escapes", S_INIT(" \"\\m\\x.rcpt.e\\xample\"; x=y"), S_INIT(OURS), true},
    {"quoted, folded, upper case, commented, with a version",
     S_INIT("(a)\r\n \"MX.RCPT.example\" (b) 1 (c); x=y"), S_INIT(OURS), true},
    {"quoted with blanks", S_INIT("\" mx.rcpt.example \"; x=y"), S_INIT(OURS), true},
    {"with a version", S_INIT("mx.rcpt.example 1; x=y"), S_INIT(OURS), true},
    {"with another version", S_INIT("mx.rcpt.example 7; x=y"), S_INIT(OURS), true},
    {"with a last dot", S_INIT("mx.rcpt.example.; x=y"), S_INIT(OURS), true},
    {"our own with a last dot", S_INIT("mx.rcpt.example; x=y"), S_INIT(OURS "."), true},
    {"no semicolon", S_INIT("mx.rcpt.example dmarc=pass"), S_INIT(OURS), true},
    {"nothing behind", S_INIT("mx.rcpt.example"), S_INIT(OURS), true},
    /* unreadable, but beginning with ours */
    {"a slash", S_INIT("mx.rcpt.example/1; x=y"), S_INIT(OURS), true},
    {"an =", S_INIT("mx.rcpt.example=x; x=y"), S_INIT(OURS), true},
    {"a NUL behind", S_INIT("mx.rcpt.example\0; x=y"), S_INIT(OURS), true},
    {"a NUL before", S_INIT("\0mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"semicolons before", S_INIT(";; mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"a comma before", S_INIT(", mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"an open quoted-string", S_INIT("\"mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"an open comment before", S_INIT("(x mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"an open comment behind", S_INIT("mx.rcpt.example (x; x=y"), S_INIT(OURS), true},
    {"a comment within", S_INIT("mx.(c)rcpt.example; x=y"), S_INIT(OURS), true},
    {"blanks within", S_INIT("mx . rcpt\r\n .example 1; x=y"), S_INIT(OURS), true},
    {"quoted in part", S_INIT("mx.\"rcpt\".example; x=y"), S_INIT(OURS), true},
    {"very deep comments",
     S_INIT("((((((((((((((((((((((((((((((((((((((((()))))))))))))))))))))))))))))))))))))))))"
     "mx.rcpt.example; x=y"), S_INIT(OURS), true},
    /* U-labels and A-labels */
    {"U-label for our A-label", S_INIT("b\303\274cher.example; x=y"), S_INIT("xn--bcher-kva.example"), true},
    {"A-label for our U-label", S_INIT("XN--BCHER-KVA.example 1; x=y"), S_INIT("b\303\274cher.example"),
     true},
    {"U-label in upper case", S_INIT("\"B\303\234CHER.example\"; x=y"), S_INIT("b\303\274cher.example"),
     true},
    {"U-label, decomposed", S_INIT("bu\314\210cher.example; x=y"), S_INIT("b\303\274cher.example"), true},
    {"full-width letters", S_INIT("\357\275\215\357\275\230.rcpt.example; x=y"), S_INIT(OURS), true},
    {"another U-label", S_INIT("b\303\266cher.example; x=y"), S_INIT("xn--bcher-kva.example"), false},
    {"not UTF-8", S_INIT("\374.example; x=y"), S_INIT(OURS), false},
    /* what a reader of Latin-1, or one that drops what it cannot decode, takes for a blank */
    {"a blank of Latin-1 before", S_INIT(" \240mx.rcpt.example; x=y"), S_INIT(OURS), true},
    {"a blank of Latin-1 behind", S_INIT(" mx.rcpt.example\240; x=y"), S_INIT(OURS), true},
    {"half a character within", S_INIT(" mx.rcpt\303.example; x=y"), S_INIT(OURS), true},
    {"half a character, quoted", S_INIT(" \"\200mx.rcpt.example\"; x=y"), S_INIT(OURS), true},
    {"a Latin-1 letter elsewhere", S_INIT(" mx.\374.example; x=mx.rcpt.example"), S_INIT(OURS), false},
    /* somebody else's */
    {"another id", S_INIT(" mx.sender.example; dmarc=pass"), S_INIT(OURS), false},
    {"ours in a comment", S_INIT(" (mx.rcpt.example) mx.sender.example; x=y"), S_INIT(OURS), false},
    {"ours behind", S_INIT(" mx.sender.example; x=y p.q=mx.rcpt.example"), S_INIT(OURS), false},
    {"ours is its beginning", S_INIT("mx.rcpt.example.net; x=y"), S_INIT(OURS), false},
    {"ours is its end", S_INIT("a.mx.rcpt.example; x=y"), S_INIT(OURS), false},
    {"a longer last label", S_INIT("mx.rcpt.examples; x=y"), S_INIT(OURS), false},
    {"a hyphen more", S_INIT("mx.rcpt.example-relay; x=y"), S_INIT(OURS), false},
    {"a digit more", S_INIT("mx.rcpt.example1; x=y"), S_INIT(OURS), false},
    {"two dots", S_INIT("mx.rcpt.example..a; x=y"), S_INIT(OURS), false},
    {"nothing", S_INIT(""), S_INIT(OURS), false},
    {"only a comment", S_INIT("(x)"), S_INIT(OURS), false},
    {"an open comment without us", S_INIT("(x"), S_INIT(OURS), false},
    /* other ids */
    {"no id configured", S_INIT("localhost; x=y"), S_INIT(""), true},
    {"no id configured, another", S_INIT("mx.rcpt.example; x=y"), S_INIT(""), false},
    {"our id has a blank", S_INIT("\"mail  gate\" 1; x=y"), S_INIT("mail gate"), true},

    {"an encoded word, Q", S_INIT(" =?utf-8?q?mx.rcpt.example?=; dmarc=pass"), S_INIT(OURS), true},
    {"an encoded word, Q with digits", S_INIT("=?US-ASCII?Q?=6dx=2Ercpt.EXAMPLE?= 1; x=y"), S_INIT(OURS), true},
    {"an encoded word, B", S_INIT("=?UTF-8*en?B?bXgucmNwdC5leGFtcGxl?=; x=y"), S_INIT(OURS), true},
    {"an encoded word holds the semicolon", S_INIT("=?utf-8?q?mx.rcpt.example;_dmarc=3Dpass?="), S_INIT(OURS), true},
    {"two encoded words", S_INIT("=?utf-8?q?mx.rcpt?=\r\n =?utf-8?b?LmV4YW1wbGU=?=; x=y"), S_INIT(OURS), true},
    {"two encoded words, a comment between", S_INIT("=?utf-8?q?mx.rcpt?=(c)=?utf-8?q?.example?=; x=y"), S_INIT(OURS),
     true},
    {"an encoded word in part", S_INIT("m=?utf-8?q?x.rcpt.?=example; x=y"), S_INIT(OURS), true},
    {"an encoded word in quotes", S_INIT("\"=?utf-8?q?mx.rcpt.example?=\"; x=y"), S_INIT(OURS), true},
    {"an encoded word, escaped", S_INIT("\"=\\?utf-8?q?mx.rcpt.example?=\"; x=y"), S_INIT(OURS), true},
    {"an encoded word, and a comment in it", S_INIT("(x) =?utf-8?q?=28x=29mx.rcpt.example?=; x=y"), S_INIT(OURS), true},
    {"an encoded word of another charset", S_INIT("=?koi8-r?q?mx.rcpt.example?=; x=y"), S_INIT(OURS), true},
    {"an encoded U-label", S_INIT("=?iso-8859-1?q?b=FCcher.example?=; x=y"), S_INIT("xn--bcher-kva.example"), true},
    {"an encoded word with another id", S_INIT("=?utf-8?q?mx.sender.example?=; x=y"), S_INIT(OURS), false},
    {"an encoded word with a longer id", S_INIT("=?utf-8?q?mx.rcpt.example.net?=; x=y"), S_INIT(OURS), false},
    {"ours encoded behind", S_INIT("mx.sender.example; x=y p.q=\"=?utf-8?q?mx.rcpt.example?=\""), S_INIT(OURS), false},
    {"no encoded word: an open one", S_INIT("=?utf-8?q?mx.rcpt.example; x=y"), S_INIT(OURS), false},
};
/* clang-format on */

static void spellings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof spellings_rows / sizeof spellings_rows[0]; i++) {
        struct arena a;
        arena_init(&a, NULL, 1 << 20);
        if (authres_is_ours(&a, spellings_rows[i].in, spellings_rows[i].id) != spellings_rows[i].is_ours)
            fail_msg("%s", spellings_rows[i].about);
        assert_false(a.has_failed);
        arena_free(&a);
    }
}

/* Whatever stands before or behind, a field that begins with our id is ours, also where it fills 200 KB; one so long
 * with an encoded word in it is not read, and goes. */
static void padding_does_not_hide(void **state)
{
    enum { N = 200000 };
    static uint8_t text[N + 64];
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 16);
    memset(text, ' ', N);
    memcpy(text + N, OURS "; x=y", sizeof OURS "; x=y" - 1);
    assert_true(authres_is_ours(&a, (str){text, N + sizeof OURS "; x=y" - 1}, S(OURS)));
    text[0] = '(';
    text[N - 1] = ')';
    assert_true(authres_is_ours(&a, (str){text, N + sizeof OURS "; x=y" - 1}, S(OURS)));
    memset(text, 'x', N);
    assert_false(authres_is_ours(&a, (str){text, N + sizeof OURS "; x=y" - 1}, S(OURS)));
    memcpy(text + N - 20, "=?x?q?mx?=", 10);
    assert_true(authres_is_ours(&a, (str){text, N + sizeof OURS "; x=y" - 1}, S(OURS)));
    assert_false(a.has_failed);
    arena_free(&a);
}

/* [RFC8601 5]: ours go, and those of an unknown version; ARC's copies stay. */
static void fields_of_a_header(void **state)
{
    static const str block =
        S_INIT("Authentication-Results: mx.rcpt.example; dmarc=pass\r\n"
               "From: a@b.example\r\n"
               "AUTHENTICATION-RESULTS: mx.sender.example; dmarc=pass\r\n"
               "Authentication-Results: mx.sender.example 2; dmarc=pass\r\n"
               "ARC-Authentication-Results: i=1; mx.rcpt.example; dmarc=pass\r\n"
               "authentication-results:\r\n (x)\r\n \"MX.rcpt.example\"\r\n 1; dmarc=pass\r\n"
               "X-Authentication-Results: mx.rcpt.example; dmarc=pass\r\n");
    struct arena a;
    struct ingam_limits limits;
    struct mail_header h;
    const uint32_t *list = NULL;
    size_t n = 0;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    ingam_limits_default(&limits);
    assert_true(mail_header_of(block, &a, &limits, &h));
    assert_true(authres_removals(&a, &h, S(OURS), &list, &n));
    assert_int_equal(n, 3);
    assert_int_equal(list[0], 0);
    assert_int_equal(list[1], 3);
    assert_int_equal(list[2], 5);
    assert_true(authres_removals(&a, &h, S("elsewhere.example"), &list, &n));
    assert_int_equal(n, 1);
    arena_free(&a);
}

/* Without memory nothing is let through. */
static void no_memory(void **state)
{
    struct arena a;
    struct mail_field field = {.value = S_INIT("mx.sender.example; x=y"),
                               .known = MAIL_AUTHENTICATION_RESULTS};
    struct mail_header h = {.fields = &field, .n = 1};
    const uint32_t *list;
    size_t n;
    (void)state;
    arena_init(&a, NULL, 0);
    assert_true(authres_is_ours(&a, field.value, S(OURS)));
    assert_false(authres_removals(&a, &h, S(OURS), &list, &n));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings),
        cmocka_unit_test(padding_does_not_hide),
        cmocka_unit_test(fields_of_a_header),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
