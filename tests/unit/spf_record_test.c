/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as text: which is one, what its terms are, and the byte of its first error.          [RFC7208 4.5] [RFC7208 4.6] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spf/macro.h"
#include "spf/record.h"

static void a_record_has_its_version(void **state)
{
    static const struct {
        const char *about;
        str text;
        bool want;
    } rows[] = {
        /* [RFC7208 4.5] */
        {"version alone", S_INIT("v=spf1"), true},
        {"version and space", S_INIT("v=spf1 "), true},
        {"any case", S_INIT("V=SpF1 -all"), true},
        {"a longer version is another", S_INIT("v=spf10"), false},
        {"no space", S_INIT("v=spf1mx"), false},
        {"a tab is no space", S_INIT("v=spf1\t-all"), false},
        {"a space before", S_INIT(" v=spf1 -all"), false},
        {"cut short", S_INIT("v=spf"), false},
        {"nothing", S_INIT(""), false},
        {"sender id", S_INIT("spf2.0/pra -all"), false},
    };
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (spf_is_record(rows[i].text) != rows[i].want) {
            print_error("%s\n", rows[i].about);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

/* Rows whose record is "v=spf1 " and the text; at counts from the text's start. */
static const struct {
    const char *about;
    str text;
    enum fault_short fault;
    size_t at;
} syntax[] = {
    /* the record as such */
    {"empty record", S_INIT(""), FAULT_NONE, 0},
    {"spaces only", S_INIT("   "), FAULT_NONE, 0},
    {"spaces between and behind", S_INIT("a    -all  "), FAULT_NONE, 0},
    {"control byte", S_INIT("a:b.example\rptr"), FAULT_SPF_BYTE, 11},
    {"line feed", S_INIT("ip4:192.0.2.5\n -all"), FAULT_SPF_BYTE, 13},
    {"tab", S_INIT("a\tb"), FAULT_SPF_BYTE, 1},
    {"NUL", S_INIT("a:foo.example.com\0"), FAULT_SPF_BYTE, 17},
    {"byte 7f", S_INIT("\x7f"), FAULT_SPF_BYTE, 0},
    {"high byte", S_INIT("a:\xc3\xaf.example -all"), FAULT_SPF_BYTE, 2},
    {"an error behind all counts", S_INIT("-all moo"), FAULT_SPF_MECHANISM, 5},
    /* all                                                                         [RFC7208 5.1] */
    {"all", S_INIT("all"), FAULT_NONE, 0},
    {"all in any case", S_INIT("-aLL"), FAULT_NONE, 0},
    {"all four qualifiers", S_INIT("+all -all ~all ?all"), FAULT_NONE, 0},
    {"two qualifiers", S_INIT("--all"), FAULT_SPF_MECHANISM, 1},
    {"all with a dot", S_INIT("-all."), FAULT_SPF_MECHANISM, 1},
    {"all with an argument", S_INIT("-all:foobar"), FAULT_SPF_ARGUMENT, 4},
    {"all with a length", S_INIT("-all/8"), FAULT_SPF_ARGUMENT, 4},
    {"qualifier alone", S_INIT("-"), FAULT_SPF_MECHANISM, 1},
    /* include, exists                                               [RFC7208 5.2] [RFC7208 5.7] */
    {"include", S_INIT("include:a.example"), FAULT_NONE, 0},
    {"include of nothing", S_INIT("include:"), FAULT_SPF_DOMAIN_MISSING, 8},
    {"include without colon", S_INIT("include"), FAULT_SPF_DOMAIN_MISSING, 7},
    {"include with a length", S_INIT("include:a.example/24"), FAULT_SPF_DOMAIN_END, 10},
    {"exists", S_INIT("exists:%{ir}.a.example"), FAULT_NONE, 0},
    {"exists of nothing", S_INIT("exists:"), FAULT_SPF_DOMAIN_MISSING, 7},
    {"exists without colon", S_INIT("exists"), FAULT_SPF_DOMAIN_MISSING, 6},
    {"exists with a length", S_INIT("exists/24"), FAULT_SPF_ARGUMENT, 6},
    /* ptr                                                                         [RFC7208 5.5] */
    {"ptr", S_INIT("ptr ptr:a.example"), FAULT_NONE, 0},
    {"ptr with a length", S_INIT("ptr/0"), FAULT_SPF_ARGUMENT, 3},
    {"ptr of nothing", S_INIT("ptr:"), FAULT_SPF_DOMAIN_MISSING, 4},
    /* a, mx                                                         [RFC7208 5.3] [RFC7208 5.4] */
    {"a in all its forms", S_INIT("a a:b.example a/24 a//64 a/24//64 a:b.example/24//64"), FAULT_NONE, 0},
    {"mx in all its forms", S_INIT("mx mx:b.example mx/0 mx//0 mx/32//128 mx:b.example//64"), FAULT_NONE, 0},
    {"a of nothing", S_INIT("a:"), FAULT_SPF_DOMAIN_MISSING, 2},
    {"a of a length only", S_INIT("a:/24"), FAULT_SPF_DOMAIN_MISSING, 2},
    {"mx of nothing", S_INIT("mx:"), FAULT_SPF_DOMAIN_MISSING, 3},
    {"a/33", S_INIT("a/33"), FAULT_SPF_CIDR, 2},
    {"a//129", S_INIT("a//129"), FAULT_SPF_CIDR, 3},
    {"a//33 is right", S_INIT("a//33"), FAULT_NONE, 0},
    {"a/024", S_INIT("a/024"), FAULT_SPF_CIDR, 2},
    {"a//064", S_INIT("a//064"), FAULT_SPF_CIDR, 3},
    {"a/", S_INIT("a/"), FAULT_SPF_CIDR, 1},
    {"a//", S_INIT("a//"), FAULT_SPF_CIDR, 1},
    {"one slash before the second length", S_INIT("a/24/64"), FAULT_SPF_CIDR, 5},
    {"two lengths for IPv4", S_INIT("a/24/16"), FAULT_SPF_CIDR, 1},
    {"lengths in the wrong order", S_INIT("a//64/24"), FAULT_SPF_CIDR, 1},
    {"a/24//", S_INIT("a/24//"), FAULT_SPF_CIDR, 1},
    {"a/x", S_INIT("a/x"), FAULT_SPF_CIDR, 1},
    {"a length that overflows", S_INIT("a/99999999999999999999999999"), FAULT_SPF_CIDR, 2},
    {"slashes inside a domain", S_INIT("mx:foo:bar/baz.example.com"), FAULT_NONE, 0},
    {"slash and digits inside", S_INIT("a:1/24.example.com/24"), FAULT_NONE, 0},
    {"a%", S_INIT("a%{d}"), FAULT_SPF_CIDR, 1},
    /* ip4, ip6                                                                    [RFC7208 5.6] */
    {"ip4", S_INIT("ip4:192.0.2.0 ip4:192.0.2.0/24 ip4:0.0.0.0/0 ip4:255.255.255.255/32"), FAULT_NONE, 0},
    {"bare ip4", S_INIT("ip4"), FAULT_SPF_NETWORK_MISSING, 3},
    {"ip4 with a slash", S_INIT("ip4/24"), FAULT_SPF_NETWORK_MISSING, 3},
    {"ip4 of nothing", S_INIT("ip4:"), FAULT_SPF_IP4, 4},
    {"three numbers", S_INIT("ip4:192.0.2"), FAULT_SPF_IP4, 4},
    {"three numbers and a length", S_INIT("ip4:192.0.2/24"), FAULT_SPF_IP4, 4},
    {"256", S_INIT("ip4:192.0.2.256"), FAULT_SPF_IP4, 4},
    {"leading zero", S_INIT("ip4:192.0.02.1"), FAULT_SPF_IP4, 4},
    {"port", S_INIT("ip4:192.0.2.1:25"), FAULT_SPF_IP4, 4},
    {"ip4 /33", S_INIT("ip4:192.0.2.1/33"), FAULT_SPF_CIDR, 14},
    {"ip4 /032", S_INIT("ip4:192.0.2.1/032"), FAULT_SPF_CIDR, 14},
    {"ip4 /", S_INIT("ip4:192.0.2.1/"), FAULT_SPF_CIDR, 14},
    {"ip4 //32", S_INIT("ip4:192.0.2.1//32"), FAULT_SPF_CIDR, 14},
    {"ip4 with a macro", S_INIT("ip4:%{i}"), FAULT_SPF_IP4, 4},
    {"ip6 in ip4", S_INIT("ip4:2001:db8::1"), FAULT_SPF_IP4, 4},
    {"ip6", S_INIT("ip6:2001:db8::1 ip6:::1.1.1.1/0 ip6:Cafe:Babe:8000::/33 ip6:::/128"), FAULT_NONE, 0},
    {"bare ip6", S_INIT("-all ip6"), FAULT_SPF_NETWORK_MISSING, 8},
    {"two gaps", S_INIT("ip6::CAFE::BABE"), FAULT_SPF_IP6, 4},
    {"ip6 /129", S_INIT("ip6:::1/129"), FAULT_SPF_CIDR, 8},
    {"ip6 //33", S_INIT("ip6:::1//33"), FAULT_SPF_CIDR, 8},
    {"ip4 in ip6", S_INIT("ip6:192.0.2.1"), FAULT_SPF_IP6, 4},
    /* modifiers                                                     [RFC7208 4.6.1] [RFC7208 6] */
    {"redirect and exp anywhere", S_INIT("exp=e.example redirect=r.example a"), FAULT_NONE, 0},
    {"redirect of nothing", S_INIT("redirect="), FAULT_SPF_DOMAIN_MISSING, 9},
    {"redirect as mechanism", S_INIT("redirect:r.example"), FAULT_SPF_MECHANISM, 0},
    {"redirect of no domain", S_INIT("redirect=-all"), FAULT_SPF_DOMAIN_END, 9},
    {"redirect with a length", S_INIT("redirect=r.example/24"), FAULT_SPF_DOMAIN_END, 11},
    {"redirect twice", S_INIT("redirect=r.example REDIRECT=r.example"), FAULT_SPF_MODIFIER_TWICE, 19},
    {"exp of nothing", S_INIT("exp="), FAULT_SPF_DOMAIN_MISSING, 4},
    {"exp of no domain", S_INIT("exp=-all"), FAULT_SPF_DOMAIN_END, 4},
    {"exp twice", S_INIT("exp=r.example all exp=r.example"), FAULT_SPF_MODIFIER_TWICE, 18},
    {"a qualified modifier", S_INIT("+redirect=r.example"), FAULT_SPF_MODIFIER_NAME, 0},
    {"unknown modifiers, several times", S_INIT("moo.cow-far_out=man:dog/cat x= x=%{s} x=%{c}"), FAULT_NONE,
     0},
    {"a mechanism's name as modifier", S_INIT("a=b include=%{d2} all=x"), FAULT_NONE, 0},
    {"unknown modifier, bad macro", S_INIT("foo=%abc"), FAULT_SPF_MACRO_PERCENT, 4},
    {"a name that begins with a digit", S_INIT("1up=foo"), FAULT_SPF_MODIFIER_NAME, 0},
    {"a name that begins with a dash", S_INIT("-x=foo"), FAULT_SPF_MODIFIER_NAME, 0},
    {"no name", S_INIT("=all"), FAULT_SPF_MODIFIER_NAME, 0},
    {"slash before =", S_INIT("moo.cow/far_out=man"), FAULT_SPF_MECHANISM, 0},
    {"colon before =", S_INIT("moo.cow:far_out=man"), FAULT_SPF_MECHANISM, 0},
    {"unknown mechanism", S_INIT("ip:192.0.2.1"), FAULT_SPF_MECHANISM, 0},
    {"a name too long", S_INIT("mxx"), FAULT_SPF_MECHANISM, 0},
    /* domain-spec                                                                 [RFC7208 7.1] */
    {"trailing dot", S_INIT("a:b.example."), FAULT_NONE, 0},
    {"two trailing dots", S_INIT("a:b.example.."), FAULT_SPF_DOMAIN_END, 12},
    {"top label only", S_INIT("a:museum"), FAULT_SPF_DOMAIN_END, 2},
    {"top label and dot only", S_INIT("a:museum."), FAULT_SPF_DOMAIN_END, 2},
    {"a dot before it will do", S_INIT("a:.museum"), FAULT_NONE, 0},
    {"top label of digits", S_INIT("a:abc.123"), FAULT_SPF_DOMAIN_END, 6},
    {"top label of digits and a dash", S_INIT("a:abc.1-2"), FAULT_NONE, 0},
    {"dash first", S_INIT("a:example.-com"), FAULT_SPF_DOMAIN_END, 10},
    {"dash last", S_INIT("a:example.com-"), FAULT_SPF_DOMAIN_END, 10},
    {"IDN top label", S_INIT("a:foo.example.xn--zckzah"), FAULT_NONE, 0},
    {"underscore in the top label", S_INIT("a:example.c_m"), FAULT_SPF_DOMAIN_END, 10},
    {"port in the top label", S_INIT("a:example.com:8080"), FAULT_SPF_DOMAIN_END, 10},
    {"an address", S_INIT("a:192.0.2.1"), FAULT_SPF_DOMAIN_IS_ADDRESS, 2},
    {"an address and a length", S_INIT("mx:192.0.2.1/24"), FAULT_SPF_DOMAIN_IS_ADDRESS, 3},
    {"an IPv6 address", S_INIT("a:2001:db8::1"), FAULT_SPF_DOMAIN_IS_ADDRESS, 2},
    {"empty labels are no syntax error", S_INIT("a:mail.example...com"), FAULT_NONE, 0},
    {"macro at the end", S_INIT("a:%{d} a:x%{h} a:x%% a:x%_ a:x%-"), FAULT_NONE, 0},
    {"dot behind a macro at the end", S_INIT("a:%{d}."), FAULT_SPF_DOMAIN_END, 6},
    {"label behind a macro", S_INIT("a:%{d}com"), FAULT_SPF_DOMAIN_END, 6},
    {"dot and label behind a macro", S_INIT("a:%{d}.com"), FAULT_NONE, 0},
    /* macros                                          [RFC7208 7.1] [RFC7208 7.2] [RFC7208 7.3] */
    {"every letter", S_INIT("x=%{s}%{l}%{o}%{d}%{i}%{p}%{h}%{c}%{r}%{t}%{v}"), FAULT_NONE, 0},
    {"every letter in upper case", S_INIT("x=%{S}%{L}%{O}%{D}%{I}%{P}%{H}%{C}%{R}%{T}%{V}"), FAULT_NONE, 0},
    {"letters of domains", S_INIT("exists:%{s}%{l}%{o}%{d}%{i}%{p}%{h}%{v}"), FAULT_NONE, 0},
    {"c in a domain", S_INIT("exists:%{c}"), FAULT_SPF_MACRO_EXP_ONLY, 9},
    {"R in a domain", S_INIT("exp=%{R}.example.com"), FAULT_SPF_MACRO_EXP_ONLY, 6},
    {"t in a domain", S_INIT("redirect=a.%{t}.b.example"), FAULT_SPF_MACRO_EXP_ONLY, 13},
    {"unknown letter", S_INIT("a:%{a}.example.com"), FAULT_SPF_MACRO_LETTER, 4},
    {"no letter", S_INIT("a:%{}"), FAULT_SPF_MACRO_LETTER, 4},
    {"text ends at the brace", S_INIT("a:%{"), FAULT_SPF_MACRO_LETTER, 4},
    {"text ends at the letter", S_INIT("a:%{d"), FAULT_SPF_MACRO_OPEN, 5},
    {"text ends at the percent", S_INIT("a:b.%"), FAULT_SPF_MACRO_PERCENT, 4},
    {"round bracket", S_INIT("-exists:%(ir).sbl.example"), FAULT_SPF_MACRO_PERCENT, 8},
    {"percent and dot", S_INIT("exists:foo%.sbl.example"), FAULT_SPF_MACRO_PERCENT, 10},
    {"all transformers", S_INIT("a:%{d127r.-+,/_=} a:%{l1R-}.b.example a:%{d999999999999}"), FAULT_NONE, 0},
    {"zero parts", S_INIT("a:%{d0}"), FAULT_SPF_MACRO_ZERO, 5},
    {"zero in two digits", S_INIT("a:%{d00r}"), FAULT_SPF_MACRO_ZERO, 5},
    {"one in two digits", S_INIT("a:%{d01}"), FAULT_NONE, 0},
    {"r before digits", S_INIT("a:%{dr2}"), FAULT_SPF_MACRO_OPEN, 6},
    {"delimiter before r", S_INIT("a:%{d-r}"), FAULT_SPF_MACRO_OPEN, 6},
    {"no delimiter", S_INIT("a:%{d:}"), FAULT_SPF_MACRO_OPEN, 5},
};

static void a_record_is_right_or_wrong_at_a_byte(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof syntax / sizeof syntax[0]; i++) {
        struct arena arena;
        struct out o;
        arena_init(&arena, NULL, 1 << 20);
        out_init(&o, &arena);
        out_str(&o, S("v=spf1 "));
        out_str(&o, syntax[i].text);
        const struct spf_record *record = spf_record_read(&arena, out_done(&o));
        size_t at = syntax[i].fault ? syntax[i].at + 7 : 0;
        if ((int)record->fault != (int)syntax[i].fault || record->at != at) {
            print_error("%s: %s at %zu\n", syntax[i].about, ingam_fault_row(record->fault)->name, record->at);
            wrong++;
        }
        arena_free(&arena);
    }
    assert_int_equal(wrong, 0);
}

static void terms_stand_as_written(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL, 1 << 20);
    str text =
        S("v=spf1  ~a:%{l}.b.example/24//64 x=y Redirect=%{p}.r.example exp=e.example ?ip6:::1/8 -aLL ");
    const struct spf_record *r = spf_record_read(&arena, text);
    assert_int_equal(r->fault, INGAM_FAULT_NONE);
    assert_int_equal(r->n, 6);
    assert_true(str_eq(r->terms[0].text, S("~a:%{l}.b.example/24//64")));
    assert_true(str_eq(r->terms[0].domain, S("%{l}.b.example")));
    assert_int_equal(r->terms[0].uses, USES_MACRO | USES_LOCAL);
    assert_int_equal(r->terms[0].qualifier, INGAM_RESULT_SOFTFAIL);
    assert_int_equal(r->terms[0].cidr4, 24);
    assert_int_equal(r->terms[0].cidr6, 64);
    assert_int_equal(r->terms[1].kind, TERM_OTHER);
    assert_ptr_equal(r->redirect, &r->terms[2]);
    assert_int_equal(r->redirect->uses, USES_MACRO | USES_PTR);
    assert_ptr_equal(r->exp, &r->terms[3]);
    assert_int_equal(r->terms[4].cidr6, 8);
    assert_int_equal(r->terms[4].qualifier, INGAM_RESULT_NEUTRAL);
    assert_true(r->has_all);
    assert_int_equal(r->terms[5].qualifier, INGAM_RESULT_FAIL);
    arena_free(&arena);
}

/* Networks elsewhere are left out, but not what is wrong behind them. */
static void a_record_for_a_client_is_short(void **state)
{
    (void)state;
    struct arena arena;
    struct ip client;
    arena_init(&arena, NULL, 1 << 20);
    assert_true(ip_read(S("192.0.2.7"), &client));
    const struct spf_record *r = spf_record_read_for(
        &arena, S("v=spf1 ip4:198.51.100.0/24 ip6:::/0 -ip4:192.0.2.0/25 a redirect=r.example"), &client);
    assert_int_equal(r->fault, INGAM_FAULT_NONE);
    assert_int_equal(r->n, 3);
    assert_true(r->is_short);
    assert_true(str_eq(r->terms[0].text, S("-ip4:192.0.2.0/25")));
    assert_ptr_equal(r->redirect, &r->terms[2]);
    r = spf_record_read_for(&arena, S("v=spf1 ip4:198.51.100.0/24 ip4:198.51.100.0/33"), &client);
    assert_int_equal(r->fault, INGAM_FAULT_SPF_CIDR);
    arena_free(&arena);
}

/* ret  the fault of a record of n terms "a" */
static enum ingam_fault fault_of_many(size_t n)
{
    struct arena arena;
    struct out o;
    arena_init(&arena, NULL, 1 << 22);
    out_init(&o, &arena);
    out_str(&o, S("v=spf1"));
    for (size_t i = 0; i < n; i++)
        out_str(&o, S(" a"));
    enum ingam_fault fault = spf_record_read(&arena, out_done(&o))->fault;
    arena_free(&arena);
    return fault;
}

static void a_record_has_so_many_terms(void **state)
{
    (void)state;
    assert_int_equal(fault_of_many(SPF_RECORD_TERMS), INGAM_FAULT_NONE);
    assert_int_equal(fault_of_many(SPF_RECORD_TERMS + 1), INGAM_FAULT_SPF_TOO_MANY_TERMS);
}

/* One macro, written with one value.                                                        [RFC7208 7.3] [RFC7208 7.4] */
static const struct {
    const char *macro;
    str value;
    const char *want;
} macros[] = {
    {"%{s}", S_INIT("strong-bad@email.example.com"), "strong-bad@email.example.com"},
    {"%{d}", S_INIT("email.example.com"), "email.example.com"},
    {"%{d4}", S_INIT("email.example.com"), "email.example.com"},
    {"%{d3}", S_INIT("email.example.com"), "email.example.com"},
    {"%{d2}", S_INIT("email.example.com"), "example.com"},
    {"%{d1}", S_INIT("email.example.com"), "com"},
    {"%{dr}", S_INIT("email.example.com"), "com.example.email"},
    {"%{d2r}", S_INIT("email.example.com"), "example.email"},
    {"%{l}", S_INIT("strong-bad"), "strong-bad"},
    {"%{l-}", S_INIT("strong-bad"), "strong.bad"},
    {"%{lr}", S_INIT("strong-bad"), "strong-bad"},
    {"%{lr-}", S_INIT("strong-bad"), "bad.strong"},
    {"%{l1r-}", S_INIT("strong-bad"), "strong"},
    {"%{ir}", S_INIT("192.0.2.1"), "1.2.0.192"},
    {"%{IR}", S_INIT("192.0.2.1"), "1.2.0.192"},
    {"%{d127}", S_INIT("a.b.c"), "a.b.c"},
    {"%{d127r}", S_INIT("a.b.c"), "c.b.a"},
    {"%{d99999999999999999999r}", S_INIT("a.b.c"), "c.b.a"},
    {"%{l+-}", S_INIT("a-b+c.d"), "a.b.c.d"},
    {"%{l2+-}", S_INIT("a-b+c.d"), "b.c.d"},
    {"%{lr.-+,/_=}", S_INIT("1.2-3+4,5/6_7=8"), "8.7.6.5.4.3.2.1"},
    /* empty parts stay parts */
    {"%{dr}", S_INIT(".a..b."), ".b..a."},
    {"%{d2}", S_INIT("a..b"), ".b"},
    {"%{d2r}", S_INIT(".a.b"), "a."},
    {"%{d1}", S_INIT("a."), ""},
    {"%{dr}", S_INIT(""), ""},
    {"%{d3r}", S_INIT(""), ""},
    /* upper case: URL-escaped after everything else */
    {"%{L}", S_INIT("~jack&jill=up-a_b3.c"), "~jack%26jill%3Dup-a_b3.c"},
    {"%{L=}", S_INIT("a=b c\xff"), "a.b%20c%FF"},
    {"%{LR=}", S_INIT("a&=b"), "b.a%26"},
};

static void macros_split_turn_and_cut(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++) {
        struct arena arena;
        struct macro m;
        struct out o;
        cur c = cur_of(str_of(macros[i].macro));
        arena_init(&arena, NULL, 1 << 20);
        out_init(&o, &arena);
        assert_int_equal(macro_next(&c, &m), MACRO_LETTER);
        macro_write(&o, &m, macros[i].value);
        str got = out_done(&o);
        if (!str_eq(got, str_of(macros[i].want))) {
            print_error("%s: '%.*s', not '%s'\n", macros[i].macro, (int)got.n, (const char *)got.p,
                        macros[i].want);
            wrong++;
        }
        arena_free(&arena);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_has_its_version),
        cmocka_unit_test(a_record_is_right_or_wrong_at_a_byte),
        cmocka_unit_test(terms_stand_as_written),
        cmocka_unit_test(a_record_has_so_many_terms),
        cmocka_unit_test(a_record_for_a_client_is_short),
        cmocka_unit_test(macros_split_turn_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
