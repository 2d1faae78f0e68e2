/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros in whole checks, by the names that are asked.                                                   [RFC7208 7] */
#include "spf_world.h"

#define V4   "192.0.2.1"
#define V6   "2001:db8::1"
#define ME   "a@d.example"
#define REV4 "1.2.0.192.in-addr.arpa"

/* Macros in domain-specs, by the names that are asked.                                  [RFC7208 7.2] [RFC7208 7.4] */
static void macros_make_names(void **state)
{
    static const struct {
        const char *spec, *ip, *mail_from, *want;
    } rows[] = {
        {"%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "strong-bad@email.example.com",
         "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "192.0.2.3", "strong-bad@email.example.com",
         "bad.strong.lp._spf.example.com"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "strong-bad@email.example.com",
         "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "192.0.2.3", "strong-bad@email.example.com",
         "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "192.0.2.3", "strong-bad@email.example.com",
         "example.com.trusted-domains.example.net"},
        {"%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01", "strong-bad@email.example.com",
         "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"},
        {"%{i}.x.example", V6, ME,
         "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.x.example"},
        {"%{h}", V4, ME, "mta.example.net"},
        {"%{hr}.x.example", V4, ME, "net.example.mta.x.example"},
        {"%{s}.x.example", V4, "Me+You@D.example", "me+you@d.example.x.example"},
        {"%{S}.x.example", V4, "me+you@d.example", "me%2byou%40d.example.x.example"},
        {"%{o}.%{l}", V4, "@d.example", "d.example.postmaster"}, /* [RFC7208 4.3] */
        {"%{l}.x.example", V4, "", "postmaster.x.example"},      /* [RFC7208 2.4] */
        {"m%%n%_%_o%-p.x.example", V4, ME, "m%n  o%20p.x.example"},
        {"%{o}.x.example", V4, "a@m\xc3\xbcnchen.example",
         "xn--mnchen-3ya.example.x.example"}, /* [RFC8616 4] */
        {"%{d}.x.example.", V4, ME, "d.example.x.example"},
    };
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char zone[1024], want[512];
        snprintf(zone, sizeof zone,
                 "* 300 IN TXT \"v=spf1 exists:%s -all\"\n*.com 300 IN TXT \"v=spf1 exists:%s -all\"\n",
                 rows[i].spec, rows[i].spec);
        snprintf(want, sizeof want, "\nA %s\n", rows[i].want);
        struct world w = world_of(zone, rows[i].ip, rows[i].mail_from);
        world_judge(&w);
        if (strstr(w.asked, want) == NULL) {
            print_error("%s: asked\n%s\n", rows[i].spec, w.asked);
            wrong++;
        }
        world_free(&w);
    }
    assert_int_equal(wrong, 0);
}

/* The left side goes where a name would be longer than 253 bytes.                                   [RFC7208 7.3] */
static void long_names_lose_their_left(void **state)
{
    struct text zone = {.n = 0};
    (void)state;
    add(&zone, "d.example 300 IN TXT \"v=spf1 exists:%%{l}.\"");
    for (size_t i = 0; i < 30; i++)
        add(&zone, " \"bbbbbbbbbbbbbbbbbbbb.\"");
    add(&zone, " \"%%{o}.%%{o} -all\"\n");
    struct world w = world_of(zone.p, V4, ME);
    world_judge(&w);
    const char *asked = strstr(w.asked, "\nA ");
    assert_non_null(asked);
    asked += 3;
    size_t n = strcspn(asked, "\n");
    assert_in_range(n, 253 - 21 + 1, 253);
    assert_memory_equal(asked + n - 19, "d.example.d.example", 19);
    assert_memory_equal(asked, "bbbbbbbbbbbbbbbbbbbb.", 21);
    world_free(&w);
}

/* [RFC7208 7.3] */
static void p_is_a_validated_name(void **state)
{
    static const struct {
        const char *about, *zone, *want;
    } rows[] = {
        {"none", "", "\nA unknown.x.example\n"},
        {"the only one", PTR(REV4, "h.example") A("h.example", V4), "\nA h.example.x.example\n"},
        {"one that does not lead back", PTR(REV4, "h.example") A("h.example", "192.0.2.9"),
         "\nA unknown.x.example\n"},
        {"error", DEAD(REV4), "\nA unknown.x.example\n"},
        {"the domain before all",
         PTR(REV4, "h.example") PTR(REV4, "s.d.example") PTR(REV4, "d.example") A("h.example", V4)
             A("s.d.example", V4) A("d.example", V4),
         "\nA d.example.x.example\n"},
        {"then one below",
         PTR(REV4, "h.example") PTR(REV4, "s.d.example") A("h.example", V4) A("s.d.example", V4),
         "\nA s.d.example.x.example\n"},
        {"the domain must lead back too",
         PTR(REV4, "h.example") PTR(REV4, "d.example") A("h.example", V4) A("d.example", "192.0.2.9"),
         "\nA h.example.x.example\n"},
    };
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char zone[2048];
        snprintf(zone, sizeof zone, "%s%s", TXT("d.example", "v=spf1 exists:%{p}.x.example -all"),
                 rows[i].zone);
        struct world w = world_of(zone, V4, ME);
        world_judge(&w);
        if (strstr(w.asked, rows[i].want) == NULL) {
            print_error("%s: asked\n%s\n", rows[i].about, w.asked);
            wrong++;
        }
        world_free(&w);
    }
    assert_int_equal(wrong, 0);
}

/* [RFC8616 4] */
static void a_local_part_beyond_ascii_matches_nothing(void **state)
{
    static const struct {
        const char *about, *zone, *want;
    } rows[] = {
        {"%{l}", TXT("d.example", "v=spf1 exists:%{l}.e.example ~all") A("*.e.example", V4), "softfail"},
        {"%{s}", TXT("d.example", "v=spf1 exists:%{s}.e.example ~all") A("*.e.example", V4), "softfail"},
        {"%{L}, include",
         TXT("d.example", "v=spf1 include:%{L}.e.example ~all") TXT("*.e.example", "v=spf1 +all"),
         "softfail"},
        {"a redirect has no target", TXT("d.example", "v=spf1 redirect=%{l}.e.example"), "permerror"},
        {"others match", TXT("d.example", "v=spf1 exists:%{o}.e.example ~all") A("*.e.example", V4), "pass"},
    };
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w = world_of(rows[i].zone, V4, "\xc3\xb6@d.example");
        str got = str_of(ingam_result_name(world_judge(&w)->result));
        wrong += world_differs(rows[i].about, "the result", rows[i].want, got);
        world_free(&w);
    }
    assert_int_equal(wrong, 0);
}

/* Hostile HELO text never becomes a question.                                                   [RFC7208 11.5.3] */
static void control_bytes_are_not_asked(void **state)
{
    (void)state;
    struct world w = world_of(TXT("d.example", "v=spf1 a:%{h} -all"), V4, ME);
    w.helo = "evil\r\n.example";
    assert_int_equal(world_judge(&w)->result, INGAM_RESULT_FAIL);
    assert_string_equal(w.asked, "TXT d.example\n");
    world_free(&w);
}

static void local_parts_that_matter_are_told(void **state)
{
    (void)state;
    struct world w = world_of(TXT("d.example", "v=spf1 exists:%{l}.x.example -all"), V4, ME);
    assert_true(world_judge(&w)->uses_local_part);
    world_free(&w);
    w = world_of(TXT("d.example", "v=spf1 +all exists:%{l}.x.example"), V4, ME);
    assert_false(world_judge(&w)->uses_local_part);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macros_make_names),
        cmocka_unit_test(long_names_lose_their_left),
        cmocka_unit_test(p_is_a_validated_name),
        cmocka_unit_test(a_local_part_beyond_ascii_matches_nothing),
        cmocka_unit_test(control_bytes_are_not_asked),
        cmocka_unit_test(local_parts_that_matter_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
