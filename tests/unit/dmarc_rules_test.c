/* SPDX-License-Identifier: BSD-2-Clause */
/* Every rule of policy discovery and alignment, a row each. */
#include "tests/unit/dmarc_bench.h"

/* clang-format off */
static const struct row records_are_found_rows[] = {
    {"no record", A("example.com"), "example.com", "example.com", {PASS("example.com")},
     "none -@ od=example.com 1", 2},
    {"records that are none",
     "_dmarc.example.com. IN TXT \"v=spf1 -all\"\n_dmarc.example.com. IN TXT \"x\"\n", "example.com",
     "example.com", {{0}}, "none -@ od=example.com", 2},
    {"one of several is DMARC", "_dmarc.example.com. IN TXT \"x\"\n" R("example.com", "p=none"),
     "example.com", NULL, {{0}}, "fail none@example.com od=example.com dmarc-not-authenticated", 0},
    {"strings are joined", "_dmarc.example.com. IN TXT \"v=DMARC1; p=rej\" \"ect\"\n", "example.com", NULL,
     {{0}}, "fail reject@example.com od=example.com dmarc-not-authenticated", 0},
    {"two records are none", R("example.com", "p=none") R("example.com", "p=reject"), "example.com",
     "example.com", {{0}}, "none -@ od=example.com dmarc-several-records", 2},
    {"two records are none, the walk goes on", R("a.example.com", "p=none") R("a.example.com", "p=reject")
     R("example.com", "p=reject; sp=quarantine"), "a.example.com", "example.com", {{0}},
     "pass quarantine@example.com od=example.com spf", 3},
    {"two records, one with psd=n", R("a.example.com", "p=none; psd=n") R("a.example.com", "p=reject")
     R("example.com", "p=none"), "a.example.com", NULL, {{0}},
     "fail none@example.com od=example.com dmarc-not-authenticated", 3},
    {"a tag twice voids", R("example.com", "p=reject; p=reject"), "example.com", "example.com", {{0}},
     "none -@ od=example.com dmarc-tag-twice", 2},
    {"a void record, the walk goes on", R("a.example.com", "p=none; p=none; psd=n") R("example.com",
     "p=reject"), "a.example.com", NULL, {{0}},
     "fail reject@example.com od=example.com dmarc-not-authenticated", 3},
    {"through an alias",
     "_dmarc.example.com. IN CNAME d.provider.example.\nd.provider.example. IN TXT \"v=DMARC1; "
     "p=reject\"\n", "example.com", NULL, {{0}},
     "fail reject@example.com od=example.com dmarc-not-authenticated", 2},
    {"a wildcard", "*.example.com. IN TXT \"v=DMARC1; p=reject\"\n", "a.example.com", NULL, {{0}},
     "fail reject@a.example.com od=example.com dmarc-not-authenticated", 3},
    {"single label", R("com", "p=reject"), "com", "com", {{0}}, "pass reject@com od=com spf", 1},
    {"psd=y at the author domain itself", R("bank.example", "p=reject; psd=y; sp=none"), "bank.example",
     "bank.example", {{0}}, "pass reject@bank.example od=bank.example spf", 1},
    {"psd=y right above", R("bank.example", "p=reject; psd=y; sp=quarantine"), "a.bank.example",
     "a.bank.example", {{0}}, "pass quarantine@bank.example od=a.bank.example spf", 3},
    {"psd=y, the suffix itself is no identifier of ours", R("bank.example", "p=reject; psd=y"),
     "a.bank.example", "bank.example", {{0}}, "fail reject@bank.example od=a.bank.example dmarc-not-aligned",
     3},
    {"psd policy not for a domain with a record", R("bank.example", "p=reject; psd=y; " RUA)
     R("a.bank.example", "p=none"), "m.a.bank.example", NULL, {{0}},
     "fail none@a.bank.example od=a.bank.example dmarc-not-authenticated", 4},
    {"a record between the psd's child and us does not count", R("com", "p=reject; psd=y")
     R("mail.example.com", "p=none"), "a.mail.example.com", NULL, {{0}},
     "fail reject@com od=example.com dmarc-not-authenticated", 4},
    {"psd=y eight labels up: the child was never asked for", R("4.5.6.7.8.9.10", "p=reject; psd=y"),
     "1.2.3.4.5.6.7.8.9.10", "2.3.4.5.6.7.8.9.10", {{0}},
     "pass reject@4.5.6.7.8.9.10 od=3.4.5.6.7.8.9.10 spf", 9},
    {"psd=n stops the walk", R("a.example.com", "p=none; psd=n") R("example.com", "p=reject"),
     "a.example.com", "example.com", {{0}}, "fail none@a.example.com od=a.example.com dmarc-not-aligned", 1},
};
/* clang-format on */

/* Which record governs.                                     [RFC9989 4.5] [RFC9989 4.10] [RFC9989 4.10.1] */
static void records_are_found(void **state)
{
    (void)state;
    CHECK(records_are_found_rows);
}

#define NP                                                                                                   \
    R("example.com", "p=reject; sp=quarantine; np=none")                                                     \
    A("there.example.com") A("x.above.example.com") "alias.example.com. IN CNAME nowhere.example.net.\n"

/* clang-format off */
static const struct row policies_are_chosen_rows[] = {
    {"p at the domain itself", NP, "example.com", NULL, {{0}},
     "fail reject@example.com od=example.com dmarc-not-authenticated", 2},
    {"sp where it exists", NP, "there.example.com", NULL, {{0}},
     "fail quarantine@example.com od=example.com dmarc-not-authenticated", 4},
    {"NODATA exists", NP, "above.example.com", NULL, {{0}},
     "fail quarantine@example.com od=example.com dmarc-not-authenticated", 4},
    {"an alias to nowhere exists", NP, "alias.example.com", NULL, {{0}},
     "fail quarantine@example.com od=example.com dmarc-not-authenticated", 4},
    {"np where it does not exist", NP, "gone.example.com", NULL, {{0}},
     "fail none@example.com od=example.com dmarc-not-authenticated", 4},
    {"np also for a pass", NP, "gone.example.com", "example.com", {{0}},
     "pass none@example.com od=example.com spf", 4},
    {"np equals sp: nothing is asked", R("example.com", "p=none; sp=reject; np=reject"), "gone.example.com",
     NULL, {{0}}, "fail reject@example.com od=example.com dmarc-not-authenticated", 3},
    {"np without sp", R("example.com", "p=none; np=reject"), "gone.example.com", NULL, {{0}},
     "fail reject@example.com od=example.com dmarc-not-authenticated", 4},
    {"no np: sp for what does not exist", R("example.com", "p=none; sp=reject"), "gone.example.com", NULL,
     {{0}}, "fail reject@example.com od=example.com dmarc-not-authenticated", 3},
    {"neither: p", R("example.com", "p=reject"), "gone.example.com", NULL, {{0}},
     "fail reject@example.com od=example.com dmarc-not-authenticated", 3},
    {"np of the author domain's own record is not for it", R("gone.example.com",
     "p=none; np=reject; sp=reject"), "gone.example.com", NULL, {{0}},
     "fail none@gone.example.com od=gone.example.com dmarc-not-authenticated", 3},
    {"np of a psd", R("bank.example", "p=none; psd=y; sp=none; np=reject"), "gone.bank.example",
     "gone.bank.example", {{0}}, "pass reject@bank.example od=gone.bank.example spf", 4},
    {"t=y lowers reject", R("example.com", "p=reject; t=y"), "example.com", NULL, {{0}},
     "fail quarantine<reject@example.com od=example.com dmarc-not-authenticated", 2},
    {"t=y lowers quarantine", R("example.com", "p=reject; sp=quarantine; t=y"), "a.example.com", NULL, {{0}},
     "fail none<quarantine@example.com od=example.com dmarc-not-authenticated", 3},
    {"t=y leaves none", R("example.com", "p=none; t=y"), "example.com", NULL, {{0}},
     "fail none@example.com od=example.com dmarc-not-authenticated", 2},
};
/* clang-format on */

/* p, sp, np and t.                                                          [RFC9989 4.7] [RFC9989 4.10.1] */
static void policies_are_chosen(void **state)
{
    (void)state;
    CHECK(policies_are_chosen_rows);
}

/* clang-format off */
static const struct row invalid_policies_rows[] = {
    {"no p, with rua", R("example.com", RUA), "example.com", NULL, {{0}},
     "fail none@example.com od=example.com dmarc-not-authenticated", 2},
    {"no p, no rua", R("example.com", "t=n"), "example.com", "example.com", {PASS("example.com")},
     "none -@example.com od=example.com 1 dmarc-p-missing", 2},
    {"bad p, with rua", R("example.com", "p=bad; " RUA), "example.com", "example.com", {{0}},
     "pass none@example.com od=example.com spf", 2},
    {"bad p, rua no good", R("example.com", "p=bad; rua=a@b.example"), "example.com", "example.com", {{0}},
     "none -@example.com od=example.com dmarc-p-invalid", 2},
    {"bad sp, with rua: even p is none", R("example.com", "p=reject; sp=bad; " RUA), "example.com", NULL,
     {{0}}, "fail none@example.com od=example.com dmarc-not-authenticated", 2},
    {"bad sp, no rua", R("example.com", "p=reject; sp=bad"), "a.example.com", NULL, {{0}},
     "none -@example.com od=example.com dmarc-sp-invalid", 3},
    {"bad np, no rua", R("example.com", "p=reject; np=bad"), "example.com", NULL, {{0}},
     "none -@example.com od=example.com dmarc-np-invalid", 2},
    {"alignment modes are kept", R("example.com", "p=bad; aspf=s; " RUA), "example.com", "a.example.com",
     {{0}}, "fail none@example.com od=example.com dmarc-not-aligned", 2},
    {"no policy here, the walk does not go on", R("a.example.com", "p=bad") R("example.com", "p=reject"),
     "a.example.com", NULL, {{0}}, "none -@a.example.com od=example.com dmarc-p-invalid", 3},
    {"without p it still ends a walk", R("a.example.com", "psd=n; " RUA) R("example.com", "p=reject"),
     "b.a.example.com", "example.com", {{0}}, "fail none@a.example.com od=a.example.com dmarc-not-aligned",
     4},
};
/* clang-format on */

/* Records without a valid policy.                                                       [RFC9989 4.10.1] */
static void invalid_policies(void **state)
{
    (void)state;
    CHECK(invalid_policies_rows);
}

/* clang-format off */
static const struct row identifiers_are_aligned_rows[] = {
    {"a record only below does not reach up", R("a.example.com", "p=reject"), "a.example.com", NULL,
     {PASS("example.com")}, "fail reject@a.example.com od=a.example.com 0 dmarc-not-aligned", 3},
    {"siblings", R("example.com", "p=reject"), "a.example.com", "b.example.com", {PASS("c.example.com")},
     "pass reject@example.com od=example.com dkim spf 1", 5},
    {"psd=n between", R("example.com", "p=reject") R("b.example.com", "p=none; psd=n"), "a.example.com",
     "x.b.example.com", {{0}}, "fail reject@example.com od=example.com dmarc-not-aligned", 5},
    {"psd=y between", R("example.com", "p=reject") R("b.example.com", "p=none; psd=y"), "a.example.com",
     "x.b.example.com", {{0}}, "fail reject@example.com od=example.com dmarc-not-aligned", 5},
    {"psd=y at the identifier itself", R("example.com", "p=reject") R("b.example.com", "p=none; psd=y"),
     "a.example.com", "b.example.com", {{0}}, "fail reject@example.com od=example.com dmarc-not-aligned", 4},
    {"foreign domains are never asked", R("example.com", "p=reject"), "example.com", "bounce.esp.example",
     {PASS("esp.example"), PASS("xexample.com")},
     "fail reject@example.com od=example.com 00 dmarc-not-aligned", 2},
    {"the second signature helps", R("example.com", "p=reject"), "example.com", NULL, {PASS("esp.example"),
     PASS("example.com")}, "pass reject@example.com od=example.com dkim 01", 2},
    {"one strict, one relaxed", R("example.com", "p=reject; adkim=s"), "example.com", "m.example.com",
     {PASS("m.example.com")}, "pass reject@example.com od=example.com spf 0", 3},
    {"failed signatures are told apart too", R("example.com", "p=reject"), "example.com", NULL,
     {{INGAM_RESULT_FAIL, "m.example.com", false}, {INGAM_RESULT_FAIL, "esp.example", false}},
     "fail reject@example.com od=example.com 10 dmarc-not-authenticated", 3},
    {"policy is no pass", R("example.com", "p=reject"), "example.com", NULL, {{INGAM_RESULT_POLICY,
     "example.com", false}}, "fail reject@example.com od=example.com 1 dmarc-not-authenticated", 2},
    {"a testing key helps nobody", R("example.com", "p=reject"), "example.com", NULL, {{INGAM_RESULT_PASS,
     "example.com", true}}, "fail reject@example.com od=example.com 1 dmarc-key-testing", 2},
    {"case does not matter", R("example.com", "p=reject"), "example.com", "EXAMPLE.com",
     {PASS("M.Example.COM")}, "pass reject@example.com od=example.com dkim spf 1", 3},
    {"a last dot does not matter", R("example.com", "p=reject"), "example.com", "m.example.com.", {{0}},
     "pass reject@example.com od=example.com spf", 3},
    {"an empty domain is nobody's", R("example.com", "p=reject"), "example.com", "", {{0}},
     "fail reject@example.com od=example.com dmarc-not-aligned", 2},
    {"a deep identifier", R("example.com", "p=reject"), "example.com", "1.2.3.4.5.6.7.8.9.example.com",
     {{0}}, "pass reject@example.com od=example.com spf", 8},
};
/* clang-format on */

/* [RFC9989 4.4] [RFC9989 4.10.2] [RFC9989 5.3.3] [RFC9989 5.3.4] [RFC9989 5.3.5] */
static void identifiers_are_aligned(void **state)
{
    (void)state;
    CHECK(identifiers_are_aligned_rows);
}

/* clang-format off */
static const struct row failures_count_where_they_matter_rows[] = {
    {"the author's record", FAIL("_dmarc.example.com"), "example.com", "example.com", {PASS("example.com")},
     "temperror -@ od= 1 dmarc-policy-unknown", 1},
    {"a step that policy needs", R("example.com", "p=reject") FAIL("_dmarc.b.example.com"),
     "a.b.example.com", "example.com", {{0}}, "temperror -@ od= dmarc-policy-unknown", 4},
    {"a step above psd=n is not needed", R("example.com", "p=reject; psd=n") FAIL("_dmarc.com"),
     "a.example.com", NULL, {{0}}, "fail reject@example.com od=example.com dmarc-not-authenticated", 3},
    {"a pass of the same domain needs no walk", R("example.com", "p=reject") FAIL("_dmarc.com"),
     "example.com", "example.com", {{0}}, "pass reject@example.com od= spf", 2},
    {"strict needs no walk", R("example.com", "p=reject; aspf=s") FAIL("_dmarc.com"), "example.com",
     "m.example.com", {{0}}, "fail reject@example.com od= dmarc-not-aligned", 2},
    {"nothing passed: the walk is not needed", R("example.com", "p=reject") FAIL("_dmarc.com"),
     "example.com", NULL, {{INGAM_RESULT_FAIL, "m.example.com", false}},
     "fail reject@example.com od= 0 dmarc-not-authenticated", 2},
    {"alignment in doubt", R("example.com", "p=reject") FAIL("_dmarc.com"), "example.com", "m.example.com",
     {{0}}, "temperror reject@example.com od= dmarc-alignment-unknown", 2},
    {"no doubt under another top label", R("example.com", "p=reject") FAIL("_dmarc.com"), "example.com",
     "m.example.net", {{0}}, "fail reject@example.com od= dmarc-not-aligned", 2},
    {"the identifier's own walk", R("example.com", "p=reject") FAIL("_dmarc.m.example.com"), "example.com",
     "m.example.com", {{0}}, "temperror reject@example.com od=example.com dmarc-alignment-unknown", 3},
    {"an aligned DKIM pass while SPF's walk fails", R("example.com", "p=reject")
     FAIL("_dmarc.m.example.com"), "example.com", "m.example.com", {PASS("d.example.com")},
     "pass reject@example.com od=example.com dkim 1", 4},
    {"a failed signature's walk does not matter", R("example.com", "p=reject") FAIL("_dmarc.m.example.com"),
     "example.com", NULL, {{INGAM_RESULT_FAIL, "m.example.com", false}},
     "fail reject@example.com od=example.com 0 dmarc-not-authenticated", 3},
    {"existence in doubt", R("example.com", "p=none; np=reject") ";!fault a.example.com * SERVFAIL\n",
     "a.example.com", NULL, {{0}}, "temperror none@example.com od=example.com dmarc-existence-unknown", 4},
    {"existence in doubt, but a pass", R("example.com", "p=none; np=reject")
     ";!fault a.example.com * TIMEOUT\n", "a.example.com", "example.com", {{0}},
     "pass none@example.com od=example.com spf", 4},
    {"an aligned key that could not be had", R("example.com", "p=reject"), "example.com", NULL,
     {{INGAM_RESULT_TEMPERROR, "example.com", false}},
     "temperror reject@example.com od=example.com 1 dmarc-method-unfinished", 2},
    {"an aligned key that could not be had, but SPF", R("example.com", "p=reject"), "example.com",
     "example.com", {{INGAM_RESULT_TEMPERROR, "example.com", false}},
     "pass reject@example.com od=example.com spf 1", 2},
    {"somebody else's key that could not be had", R("example.com", "p=reject"), "example.com", NULL,
     {{INGAM_RESULT_TEMPERROR, "esp.example", false}},
     "fail reject@example.com od=example.com 0 dmarc-not-authenticated", 2},
};
/* clang-format on */

/* Questions that fail.                                                                   [RFC9989 5.3.6] */
static void failures_count_where_they_matter(void **state)
{
    (void)state;
    CHECK(failures_count_where_they_matter_rows);
}

/* [RFC9989 5.3.6] */
static void spf_temperror_of_an_aligned_domain(void **state)
{
    struct bench b;
    struct dmarc_request request = {
        .author_domain = S("example.com"), .spf = INGAM_RESULT_TEMPERROR, .spf_domain = S("m.example.com")};
    struct ingam_dmarc_outcome out;
    (void)state;
    bench_init(&b, R("example.com", "p=reject"));
    judge(&b, &request, AT_ONCE, &out);
    assert_int_equal(out.result, INGAM_RESULT_TEMPERROR);
    assert_int_equal(out.fault, FAULT_DMARC_METHOD_UNFINISHED);
    assert_false(out.is_spf_aligned);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_found),
        cmocka_unit_test(policies_are_chosen),
        cmocka_unit_test(invalid_policies),
        cmocka_unit_test(identifiers_are_aligned),
        cmocka_unit_test(failures_count_where_they_matter),
        cmocka_unit_test(spf_temperror_of_an_aligned_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
