/* SPDX-License-Identifier: BSD-2-Clause */
/* What an evaluation may cost: each limit at the last number that passes and the first that does not. [RFC7208 4.6.4] */
#include "spf_world.h"

#define V4   "192.0.2.1"
#define ME   "a@d.example"
#define REV4 "1.2.0.192.in-addr.arpa"

static struct ingam_spf_outcome judge_under(const char *zone, const struct ingam_limits *limits)
{
    struct world w = world_of(zone, V4, ME);
    w.helo = "x"; /* no questions of its own */
    if (limits)
        w.config.limits = *limits;
    struct ingam_spf_outcome out = *world_judge(&w);
    out.mechanism = out.explanation = out.domain = S("");
    world_free(&w);
    return out;
}

/* A zone whose record at d.example is "v=spf1", n times the term, and the end. */
static void start(struct text *t, const char *term, size_t n, const char *end)
{
    *t = (struct text){.n = 0};
    add(t, "d.example 300 IN TXT \"v=spf1\"");
    for (size_t i = 0; i < n; i++)
        add(t, " \" %s\"", term);
    add(t, " \" %s\"\n", end);
}

static struct ingam_spf_outcome judge(const char *term, size_t n, const char *end, const char *more)
{
    struct text t;
    start(&t, term, n, end);
    add(&t, "%s", more);
    return judge_under(t.p, NULL);
}

static void assert_outcome(struct ingam_spf_outcome out, enum ingam_result result, enum fault_short fault)
{
    assert_string_equal(ingam_fault_row(out.fault)->name, ingam_fault_row((enum ingam_fault)fault)->name);
    assert_string_equal(ingam_result_name(out.result), ingam_result_name(result));
}

static void ten_terms_may_query(void **state)
{
    static const char hosts[] = A("d.example", "192.0.2.9") MX("d.example", "d.example")
        PTR(REV4, "x.example") TXT("i.example", "v=spf1 -all") TXT("j.example", "v=spf1 ?exists:d.example");
    static const struct {
        const char *term;
        size_t cost;
    } rows[] = {{"a", 1}, {"mx", 1}, {"ptr", 1}, {"include:i.example", 1}, {"include:j.example", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ingam_spf_outcome out = judge(rows[i].term, 10 / rows[i].cost, "-all", hosts);
        assert_outcome(out, INGAM_RESULT_FAIL, FAULT_NONE);
        assert_int_equal(out.lookups, 10);
        out = judge(rows[i].term, 10 / rows[i].cost + 1, "-all", hosts);
        assert_outcome(out, INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_LOOKUPS);
        assert_int_equal(out.lookups, 10);
    }
}

static void redirect_counts_where_it_is_used(void **state)
{
    static const char hosts[] = A("d.example", "192.0.2.9") TXT("r.example", "v=spf1 -all");
    (void)state;
    assert_outcome(judge("a", 9, "redirect=r.example", hosts), INGAM_RESULT_FAIL, FAULT_NONE);
    assert_outcome(judge("a", 10, "redirect=r.example", hosts), INGAM_RESULT_PERMERROR,
                   FAULT_SPF_TOO_MANY_LOOKUPS);
    assert_outcome(judge("a", 10, "redirect=r.example -all", hosts), INGAM_RESULT_FAIL, FAULT_NONE);
}

static void an_eleventh_that_is_not_reached_does_not_count(void **state)
{
    static const char hosts[] = A("d.example", "192.0.2.9");
    (void)state;
    assert_outcome(judge("a", 10, "ip4:192.0.2.1 a", hosts), INGAM_RESULT_PASS, FAULT_NONE);
}

static void other_terms_are_free(void **state)
{
    (void)state;
    struct ingam_spf_outcome out = judge("ip4:192.0.2.9 ip6:2001:db8::1", 100, "exp=e.example -all", "");
    assert_outcome(out, INGAM_RESULT_FAIL, FAULT_NONE);
    assert_int_equal(out.lookups, 0);
    assert_int_equal(out.voids, 0);
}

static void p_costs_one_lookup(void **state)
{
    static const char hosts[] = A("d.example", "192.0.2.9") PTR(REV4, "h.example") A("h.example", V4)
        TXT("h.example.x.example", "v=spf1 -all");
    (void)state;
    struct ingam_spf_outcome out =
        judge("a", 7, "include:%{p}.x.example include:%{p}.x.example -all exp=%{p}.e.example", hosts);
    assert_outcome(out, INGAM_RESULT_FAIL, FAULT_NONE);
    assert_int_equal(out.lookups, 10);
    out = judge("a", 9, "include:%{p}.x.example -all", hosts);
    assert_outcome(out, INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_LOOKUPS);
}

static void two_terms_may_find_nothing(void **state)
{
    static const char *const terms[] = {"a:n.example", "mx:n.example",    "exists:n.example",
                                        "ptr",         "mx:null.example", "mx:deaf.example"};
    static const char zone[] =
        MX("null.example", ".") MX("deaf.example", "m1.example") MX("deaf.example", "m2.example");
    (void)state;
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        struct ingam_spf_outcome out = judge(terms[i], 2, "-all", zone);
        assert_outcome(out, INGAM_RESULT_FAIL, FAULT_NONE);
        assert_int_equal(out.voids, 2);
        assert_outcome(judge(terms[i], 3, "-all", zone), INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_VOIDS);
    }
}

static void nodata_is_void_too(void **state)
{
    static const char zone[] = AAAA("n.example", "2001:db8::1");
    (void)state;
    assert_outcome(judge("a:n.example", 2, "-all", zone), INGAM_RESULT_FAIL, FAULT_NONE);
    assert_outcome(judge("a:n.example", 3, "-all", zone), INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_VOIDS);
}

static void an_mx_with_one_live_host_is_not_void(void **state)
{
    static const char zone[] = MX("d.example", "m1.example") MX("d.example", "m2.example")
        MX("d.example", "m3.example") MX("d.example", "m4.example") A("m2.example", "192.0.2.9");
    (void)state;
    assert_int_equal(judge("mx", 3, "-all", zone).voids, 0);
}

/* The names of ptr belong to the client; an explanation is looked for when all is over.        [RFC7208 6.2] */
static void other_searches_are_not_void(void **state)
{
    static const char zone[] = PTR(REV4, "n1.d.example") PTR(REV4, "n2.d.example") PTR(REV4, "n3.d.example");
    (void)state;
    struct ingam_spf_outcome out = judge("a:n.example", 2, "ptr -all exp=n.example", zone);
    assert_outcome(out, INGAM_RESULT_FAIL, FAULT_NONE);
    assert_int_equal(out.voids, 2);
}

static void ten_exchangers_may_be_asked(void **state)
{
    (void)state;
    for (size_t n = 10; n <= 11; n++) {
        struct text t;
        start(&t, "mx", 1, "-all");
        for (size_t i = 0; i < n; i++)
            add(&t, "d.example 300 IN MX %zu m%zu.example\nm%zu.example 300 IN A 192.0.2.%zu\n", i, i, i,
                i == 9 ? 1 : 100 + i);
        struct ingam_spf_outcome out = judge_under(t.p, NULL);
        if (n == 10)
            assert_outcome(out, INGAM_RESULT_PASS, FAULT_NONE);
        else
            assert_outcome(out, INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_MX);
    }
}

static void ten_names_of_the_client_are_looked_at(void **state)
{
    (void)state;
    for (size_t n = 10; n <= 11; n++) {
        struct text t;
        start(&t, "ptr", 1, "-all");
        for (size_t i = 1; i <= n; i++)
            add(&t, "%s 300 IN PTR n%zu.d.example\nn%zu.d.example 300 IN A 192.0.2.%zu\n", REV4, i, i,
                i == n ? 1 : 100 + i);
        assert_outcome(judge_under(t.p, NULL), n == 10 ? INGAM_RESULT_PASS : INGAM_RESULT_FAIL, FAULT_NONE);
    }
}

/* There is no such limit for the addresses of one name. */
static void addresses_have_no_limit(void **state)
{
    (void)state;
    struct text t;
    start(&t, "a", 1, "-all");
    for (size_t i = 60; i > 0; i--)
        add(&t, "d.example 300 IN A 192.0.2.%zu\n", i);
    assert_outcome(judge_under(t.p, NULL), INGAM_RESULT_PASS, FAULT_NONE);
}

/* Three terms of ten exchangers: more questions than SPF is granted of 64, and never a temperror.       [RFC7208 11.1] */
static void questions_are_shared_out(void **state)
{
    struct ingam_limits limits;
    struct text t;
    (void)state;
    start(&t, "mx:m1.example mx:m2.example mx:m3.example", 1, "-all");
    for (size_t m = 1; m <= 3; m++)
        for (size_t i = 0; i < 10; i++)
            add(&t, "m%zu.example 300 IN MX 1 h%zu.m%zu.example\nh%zu.m%zu.example 300 IN A 192.0.2.9\n", m,
                i, m, i, m);
    assert_outcome(judge_under(t.p, NULL), INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_QUESTIONS);
    ingam_limits_default(&limits);
    limits.questions = 640;
    assert_outcome(judge_under(t.p, &limits), INGAM_RESULT_FAIL, FAULT_NONE);
}

static void limits_are_configured(void **state)
{
    struct ingam_limits limits;
    struct text t;
    (void)state;
    ingam_limits_default(&limits);
    limits.spf_voids = 3;
    limits.spf_terms = 3;
    start(&t, "a:n.example", 3, "-all");
    assert_outcome(judge_under(t.p, &limits), INGAM_RESULT_FAIL, FAULT_NONE);
    start(&t, "a:n.example", 4, "-all");
    assert_outcome(judge_under(t.p, &limits), INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_LOOKUPS);
    limits.spf_terms = 4;
    assert_outcome(judge_under(t.p, &limits), INGAM_RESULT_PERMERROR, FAULT_SPF_TOO_MANY_VOIDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_terms_may_query),
        cmocka_unit_test(redirect_counts_where_it_is_used),
        cmocka_unit_test(an_eleventh_that_is_not_reached_does_not_count),
        cmocka_unit_test(other_terms_are_free),
        cmocka_unit_test(p_costs_one_lookup),
        cmocka_unit_test(two_terms_may_find_nothing),
        cmocka_unit_test(nodata_is_void_too),
        cmocka_unit_test(an_mx_with_one_live_host_is_not_void),
        cmocka_unit_test(other_searches_are_not_void),
        cmocka_unit_test(ten_exchangers_may_be_asked),
        cmocka_unit_test(ten_names_of_the_client_are_looked_at),
        cmocka_unit_test(addresses_have_no_limit),
        cmocka_unit_test(questions_are_shared_out),
        cmocka_unit_test(limits_are_configured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
