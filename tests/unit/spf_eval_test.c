/* SPDX-License-Identifier: BSD-2-Clause */
/* check_host() over small worlds: identities, records, each mechanism, include and redirect.            [RFC7208 2.2] [RFC7208 4] */
#include "spf_world.h"

enum {
    NONE = INGAM_RESULT_NONE,
    PASS = INGAM_RESULT_PASS,
    FAIL = INGAM_RESULT_FAIL,
    SOFT = INGAM_RESULT_SOFTFAIL,
    NEUTRAL = INGAM_RESULT_NEUTRAL,
    TEMP = INGAM_RESULT_TEMPERROR,
    PERM = INGAM_RESULT_PERMERROR
};

#define V4 "192.0.2.1"
#define V6 "2001:db8::1"
#define ME "a@d.example"

struct row {
    const char *about, *zone, *ip, *mail_from;
    int result;
    enum fault_short fault;
    const char *mechanism;
};

static unsigned row_differs(const struct row *row)
{
    struct world w = world_of(row->zone, row->ip, row->mail_from);
    const struct ingam_spf_outcome *out = world_judge(&w);
    unsigned wrong = world_differs(row->about, "the mechanism", row->mechanism, out->mechanism);
    wrong += world_fault_differs(row->about, row->fault, out->fault);
    wrong += world_differs(row->about, "the result", ingam_result_name((enum ingam_result)row->result),
                           str_of(ingam_result_name(out->result)));
    world_free(&w);
    return wrong;
}

static void check_rows(const struct row *rows, size_t n)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < n; i++)
        wrong += row_differs(&rows[i]);
    assert_int_equal(wrong, 0);
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

/* [RFC7208 4.3] [RFC7208 4.4] [RFC7208 4.5] */
static void records_are_found(void **state)
{
    static const char long62[] = "a2345678901234567890123456789012345678901234567890123456789012";
    static char label63[128], label64[128];
    static const struct row rows[] = {
        {"a record", TXT("d.example", "v=spf1 -all"), V4, ME, FAIL, FAULT_NONE, "-all"},
        {"upper case domain", TXT("d.example", "v=spf1 -all"), V4, "a@D.eXample", FAIL, FAULT_NONE, "-all"},
        {"last dot", TXT("d.example", "v=spf1 -all"), V4, "a@d.example.", FAIL, FAULT_NONE, "-all"},
        {"no such domain", A("x.example", V4), V4, ME, NONE, FAULT_NONE, ""},
        {"no TXT", A("d.example", V4), V4, ME, NONE, FAULT_NONE, ""},
        {"other TXT", TXT("d.example", "v=spf10") TXT("d.example", "x"), V4, ME, NONE, FAULT_NONE, ""},
        {"one among others", TXT("d.example", "v=spf10") TXT("d.example", "v=spf1 +all"), V4, ME, PASS,
         FAULT_NONE, "+all"},
        {"two records", TXT("d.example", "v=spf1 -all") TXT("d.example", "V=SPF1 +all"), V4, ME, PERM,
         FAULT_SPF_SEVERAL_RECORDS, ""},
        {"strings are joined", "d.example 300 IN TXT \"v=spf1 ip4:\" \"192.0.2.1 -all\"\n", V4, ME, PASS,
         FAULT_NONE, "ip4:192.0.2.1"},
        {"time-out", DEAD("d.example"), V4, ME, TEMP, FAULT_SPF_DNS, ""},
        {"empty record", TXT("d.example", "v=spf1"), V4, ME, NEUTRAL, FAULT_NONE, "default"},
        {"error behind a match", TXT("d.example", "v=spf1 +all moo"), V4, ME, PERM, FAULT_SPF_MECHANISM, ""},
        {"one label", TXT("example", "v=spf1 +all"), V4, "a@example", NONE, FAULT_SPF_DOMAIN_MALFORMED, ""},
        {"address literal", TXT("d.example", "v=spf1 +all"), V4, "a@[192.0.2.1]", NONE,
         FAULT_SPF_DOMAIN_MALFORMED, ""},
        {"bare address", TXT("d.example", "v=spf1 +all"), V4, "a@192.0.2.1", NONE, FAULT_SPF_DOMAIN_MALFORMED,
         ""},
        {"empty label", TXT("d.example", "v=spf1 +all"), V4, "a@d..example", NONE, FAULT_SPF_DOMAIN_MALFORMED,
         ""},
        {"no domain", TXT("d.example", "v=spf1 +all"), V4, "a@", NONE, FAULT_SPF_DOMAIN_MALFORMED, ""},
        {"space in the domain", TXT("d.example", "v=spf1 +all"), V4, "a@b d.example", NONE,
         FAULT_SPF_DOMAIN_MALFORMED, ""},
        {"the last @ divides", TXT("d.example", "v=spf1 -all"), V4, "\"a@b\"@d.example", FAIL, FAULT_NONE,
         "-all"},
        {"source route", TXT("d.example", "v=spf1 -all"), V4, "@r.example,@s.example:a@d.example", FAIL,
         FAULT_NONE, "-all"},
        {"domain only", TXT("d.example", "v=spf1 -all"), V4, "d.example", FAIL, FAULT_NONE, "-all"},
        {"U-labels become A-labels", TXT("xn--mnchen-3ya.example", "v=spf1 -all"), V4,
         "a@M\xc3\xbcnchen.example", FAIL, FAULT_NONE, "-all"}, /* [RFC8616 4] */
        {"63 bytes in a label", NULL, V4, label63, NONE, FAULT_NONE, ""},
        {"64 bytes in a label", NULL, V4, label64, NONE, FAULT_SPF_DOMAIN_MALFORMED, ""},
    };
    (void)state;
    snprintf(label63, sizeof label63, "a@b%s.example", long62);
    snprintf(label64, sizeof label64, "a@bc%s.example", long62);
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct row row = rows[i];
        row.zone = row.zone ? row.zone : A("x.example", V4);
        wrong += row_differs(&row);
    }
    assert_int_equal(wrong, 0);
}

/* [RFC7208 4.6.2] [RFC7208 4.7] [RFC7208 5.1] [RFC7208 5.6] */
static void terms_are_tried_from_the_left(void **state)
{
    static const struct row rows[] = {
        {"+", TXT("d.example", "v=spf1 all"), V4, ME, PASS, FAULT_NONE, "all"},
        {"~", TXT("d.example", "v=spf1 ~all"), V4, ME, SOFT, FAULT_NONE, "~all"},
        {"?", TXT("d.example", "v=spf1 ?all"), V4, ME, NEUTRAL, FAULT_NONE, "?all"},
        {"first all wins", TXT("d.example", "v=spf1 ~all -all"), V4, ME, SOFT, FAULT_NONE, "~all"},
        {"nothing matches", TXT("d.example", "v=spf1 -ip4:192.0.2.2"), V4, ME, NEUTRAL, FAULT_NONE,
         "default"},
        {"what is behind all is not tried",
         TXT("d.example", "v=spf1 -all a:dead.example") DEAD("dead.example"), V4, ME, FAIL, FAULT_NONE,
         "-all"},
        {"unknown modifiers change nothing", TXT("d.example", "v=spf1 x=a default=pass -all"), V4, ME, FAIL,
         FAULT_NONE, "-all"},
        {"ip4", TXT("d.example", "v=spf1 ip4:192.0.2.1 -all"), V4, ME, PASS, FAULT_NONE, "ip4:192.0.2.1"},
        {"ip4 no prefix is all bits", TXT("d.example", "v=spf1 ip4:192.0.2.0 -all"), V4, ME, FAIL, FAULT_NONE,
         "-all"},
        {"ip4/31", TXT("d.example", "v=spf1 ip4:192.0.2.0/31 -all"), V4, ME, PASS, FAULT_NONE,
         "ip4:192.0.2.0/31"},
        {"ip4/0", TXT("d.example", "v=spf1 ip4:10.0.0.0/0 -all"), V4, ME, PASS, FAULT_NONE, "ip4:10.0.0.0/0"},
        {"ip4/0 is not for IPv6", TXT("d.example", "v=spf1 ip4:10.0.0.0/0 -all"), V6, ME, FAIL, FAULT_NONE,
         "-all"},
        {"ip6", TXT("d.example", "v=spf1 ip6:2001:db8::/33 -all"), V6, ME, PASS, FAULT_NONE,
         "ip6:2001:db8::/33"},
        {"ip6 other net", TXT("d.example", "v=spf1 ip6:2001:db9::/32 -all"), V6, ME, FAIL, FAULT_NONE,
         "-all"},
        {"ip6/0 is not for IPv4", TXT("d.example", "v=spf1 ip6:::/0 -all"), V4, ME, FAIL, FAULT_NONE, "-all"},
        {"mapped address is IPv4", TXT("d.example", "v=spf1 ip6:::/0 ip4:192.0.2.1 -all"), "::ffff:192.0.2.1",
         ME, PASS, FAULT_NONE, "ip4:192.0.2.1"}, /* [RFC7208 5] */
        {"ip6 of a mapped address never matches", TXT("d.example", "v=spf1 ip6:::ffff:192.0.2.1 -all"),
         "::ffff:192.0.2.1", ME, FAIL, FAULT_NONE, "-all"},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC7208 5.3] [RFC7208 5.7] */
static void a_and_exists(void **state)
{
    static const struct row rows[] = {
        {"own address", TXT("d.example", "v=spf1 a -all") A("d.example", V4), V4, ME, PASS, FAULT_NONE, "a"},
        {"any of several", TXT("d.example", "v=spf1 a -all") A("d.example", "192.0.2.9") A("d.example", V4),
         V4, ME, PASS, FAULT_NONE, "a"},
        {"other domain", TXT("d.example", "v=spf1 a:h.example -all") A("h.example", V4), V4, ME, PASS,
         FAULT_NONE, "a:h.example"},
        {"last dot", TXT("d.example", "v=spf1 a:h.example. -all") A("h.example", V4), V4, ME, PASS,
         FAULT_NONE, "a:h.example."},
        {"prefix", TXT("d.example", "v=spf1 a/24//64 -all") A("d.example", "192.0.2.9"), V4, ME, PASS,
         FAULT_NONE, "a/24//64"},
        {"IPv6 prefix alone: all bits of IPv4",
         TXT("d.example", "v=spf1 a//64 -all") A("d.example", "192.0.2.9"), V4, ME, FAIL, FAULT_NONE, "-all"},
        {"IPv6", TXT("d.example", "v=spf1 a -all") AAAA("d.example", V6), V6, ME, PASS, FAULT_NONE, "a"},
        {"IPv6 prefix", TXT("d.example", "v=spf1 a/24//64 -all") AAAA("d.example", "2001:db8::9"), V6, ME,
         PASS, FAULT_NONE, "a/24//64"},
        {"A is not for IPv6", TXT("d.example", "v=spf1 a/0 -all") A("d.example", V4), V6, ME, FAIL,
         FAULT_NONE, "-all"},
        {"AAAA is not for IPv4", TXT("d.example", "v=spf1 a//0 -all") AAAA("d.example", V6), V4, ME, FAIL,
         FAULT_NONE, "-all"},
        {"/0 needs an address", TXT("d.example", "v=spf1 a/0 -all"), V4, ME, FAIL, FAULT_NONE, "-all"},
        {"NXDOMAIN does not match", TXT("d.example", "v=spf1 a:h.example -all"), V4, ME, FAIL, FAULT_NONE,
         "-all"},
        {"time-out", TXT("d.example", "v=spf1 a:h.example -all") DEAD("h.example"), V4, ME, TEMP,
         FAULT_SPF_DNS, ""},
        {"empty label: not asked, no match", TXT("d.example", "v=spf1 a:h...example -all"), V4, ME, FAIL,
         FAULT_NONE, "-all"}, /* [RFC7208 4.8] */
        {"colon and slash in a name", TXT("d.example", "v=spf1 a:h:b/c.example -all") A("h:b/c.example", V4),
         V4, ME, PASS, FAULT_NONE, "a:h:b/c.example"},
        {"exists", TXT("d.example", "v=spf1 exists:h.example -all") A("h.example", "127.0.0.2"), V4, ME, PASS,
         FAULT_NONE, "exists:h.example"},
        {"exists asks for A over IPv6", TXT("d.example", "v=spf1 exists:h.example -all") A("h.example", V4),
         V6, ME, PASS, FAULT_NONE, "exists:h.example"},
        {"AAAA is no proof", TXT("d.example", "v=spf1 exists:h.example -all") AAAA("h.example", V6), V6, ME,
         FAIL, FAULT_NONE, "-all"},
        {"exists times out", TXT("d.example", "v=spf1 exists:h.example -all") DEAD("h.example"), V4, ME, TEMP,
         FAULT_SPF_DNS, ""},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC7208 5.4] */
static void mx(void **state)
{
    static const struct row rows[] = {
        {"second host",
         TXT("d.example", "v=spf1 mx -all") MX("d.example", "m1.example") MX("d.example", "m2.example")
             A("m1.example", "192.0.2.9") A("m2.example", V4),
         V4, ME, PASS, FAULT_NONE, "mx"},
        {"other domain, prefix",
         TXT("d.example", "v=spf1 mx:e.example/24 -all") MX("e.example", "m1.example")
             A("m1.example", "192.0.2.9"),
         V4, ME, PASS, FAULT_NONE, "mx:e.example/24"},
        {"IPv6", TXT("d.example", "v=spf1 mx -all") MX("d.example", "m1.example") AAAA("m1.example", V6), V6,
         ME, PASS, FAULT_NONE, "mx"},
        {"no implicit MX", TXT("d.example", "v=spf1 mx -all") A("d.example", V4), V4, ME, FAIL, FAULT_NONE,
         "-all"},
        {"null MX", TXT("d.example", "v=spf1 mx -all") MX("d.example", "."), V4, ME, FAIL, FAULT_NONE,
         "-all"},
        {"MX fails", TXT("d.example", "v=spf1 mx -all") FAILS("d.example", "MX"), V4, ME, TEMP, FAULT_SPF_DNS,
         ""},
        {"a host fails before the match",
         TXT("d.example", "v=spf1 mx -all") MX("d.example", "m1.example") MX("d.example", "m2.example")
             DEAD("m1.example") A("m2.example", V4),
         V4, ME, TEMP, FAULT_SPF_DNS, ""},
        {"a host fails after the match",
         TXT("d.example", "v=spf1 mx -all") MX("d.example", "m1.example") MX("d.example", "m2.example")
             A("m1.example", V4) DEAD("m2.example"),
         V4, ME, PASS, FAULT_NONE, "mx"},
        {"a host without address",
         TXT("d.example", "v=spf1 mx -all") MX("d.example", "m1.example") MX("d.example", "m2.example")
             A("m2.example", V4),
         V4, ME, PASS, FAULT_NONE, "mx"},
    };
    (void)state;
    CHECK(rows);
}

#define REV4 "1.2.0.192.in-addr.arpa"
#define REV6 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"

/* [RFC7208 5.5] */
static void ptr(void **state)
{
    static const struct row rows[] = {
        {"same name", TXT("d.example", "v=spf1 ptr -all") PTR(REV4, "d.example") A("d.example", V4), V4, ME,
         PASS, FAULT_NONE, "ptr"},
        {"name below", TXT("d.example", "v=spf1 ptr -all") PTR(REV4, "h.D.example") A("h.d.example", V4), V4,
         ME, PASS, FAULT_NONE, "ptr"},
        {"other target",
         TXT("d.example", "v=spf1 ptr:E.example -all") PTR(REV4, "h.e.example") A("h.e.example", V4), V4, ME,
         PASS, FAULT_NONE, "ptr:E.example"},
        {"name above is no match",
         TXT("d.example", "v=spf1 ptr:h.e.example -all") PTR(REV4, "e.example") A("e.example", V4), V4, ME,
         FAIL, FAULT_NONE, "-all"},
        {"end of a label is no match",
         TXT("d.example", "v=spf1 ptr -all") PTR(REV4, "bad-d.example") A("bad-d.example", V4), V4, ME, FAIL,
         FAULT_NONE, "-all"},
        {"name does not lead back",
         TXT("d.example", "v=spf1 ptr -all") PTR(REV4, "h.d.example") A("h.d.example", "192.0.2.9"), V4, ME,
         FAIL, FAULT_NONE, "-all"},
        {"IPv6", TXT("d.example", "v=spf1 ptr -all") PTR(REV6, "h.d.example") AAAA("h.d.example", V6), V6, ME,
         PASS, FAULT_NONE, "ptr"},
        {"no PTR", TXT("d.example", "v=spf1 ptr -all"), V4, ME, FAIL, FAULT_NONE, "-all"},
        {"PTR fails: no match", TXT("d.example", "v=spf1 ptr -all") DEAD(REV4), V4, ME, FAIL, FAULT_NONE,
         "-all"},
        {"one name fails: skipped",
         TXT("d.example", "v=spf1 ptr -all") PTR(REV4, "dead.d.example") PTR(REV4, "h.d.example")
             DEAD("dead.d.example") A("h.d.example", V4),
         V4, ME, PASS, FAULT_NONE, "ptr"},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC7208 5.2] */
static void include(void **state)
{
#define TOP(term) TXT("d.example", "v=spf1 " term " ?all")
    static const struct row rows[] = {
        {"pass matches", TOP("include:i.example") TXT("i.example", "v=spf1 +all"), V4, ME, PASS, FAULT_NONE,
         "include:i.example"},
        {"its qualifier counts", TOP("-include:i.example") TXT("i.example", "v=spf1 +all"), V4, ME, FAIL,
         FAULT_NONE, "-include:i.example"},
        {"fail does not", TOP("include:i.example") TXT("i.example", "v=spf1 -all"), V4, ME, NEUTRAL,
         FAULT_NONE, "?all"},
        {"softfail does not", TOP("include:i.example") TXT("i.example", "v=spf1 ~all"), V4, ME, NEUTRAL,
         FAULT_NONE, "?all"},
        {"neutral does not", TOP("include:i.example") TXT("i.example", "v=spf1 ?all"), V4, ME, NEUTRAL,
         FAULT_NONE, "?all"},
        {"nor a default", TOP("include:i.example") TXT("i.example", "v=spf1"), V4, ME, NEUTRAL, FAULT_NONE,
         "?all"},
        {"temperror is one", TOP("include:i.example") DEAD("i.example"), V4, ME, TEMP, FAULT_SPF_DNS, ""},
        {"permerror is one", TOP("include:i.example") TXT("i.example", "v=spf1 moo"), V4, ME, PERM,
         FAULT_SPF_MECHANISM, ""},
        {"none is permerror", TOP("include:i.example") TXT("i.example", "x"), V4, ME, PERM,
         FAULT_SPF_INCLUDE_NONE, ""},
        {"NXDOMAIN is permerror", TOP("include:i.example"), V4, ME, PERM, FAULT_SPF_INCLUDE_NONE, ""},
        {"two records are permerror",
         TOP("include:i.example") TXT("i.example", "v=spf1") TXT("i.example", "v=spf1 a"), V4, ME, PERM,
         FAULT_SPF_SEVERAL_RECORDS, ""},
        {"malformed is permerror", TOP("include:i..example"), V4, ME, PERM, FAULT_SPF_INCLUDE_NONE, ""},
        {"one label is permerror", TOP("include:%{d1}") TXT("example", "v=spf1 +all"), V4, ME, PERM,
         FAULT_SPF_INCLUDE_NONE, ""},
        {"the domain changes", TOP("include:i.example") TXT("i.example", "v=spf1 a") A("i.example", V4), V4,
         ME, PASS, FAULT_NONE, "include:i.example"},
        {"and comes back",
         TXT("d.example", "v=spf1 include:i.example a") TXT("i.example", "v=spf1 -all") A("d.example", V4),
         V4, ME, PASS, FAULT_NONE, "a"},
        {"the sender stays",
         TOP("include:i.example") TXT("i.example", "v=spf1 exists:%{l}.%{o}.%{d}")
             A("a.d.example.i.example", V4),
         V4, ME, PASS, FAULT_NONE, "include:i.example"},
        {"redirect inside",
         TOP("include:i.example") TXT("i.example", "v=spf1 redirect=r.example")
             TXT("r.example", "v=spf1 +all"),
         V4, ME, PASS, FAULT_NONE, "include:i.example"},
        {"three deep",
         TOP("include:i.example") TXT("i.example", "v=spf1 include:j.example")
             TXT("j.example", "v=spf1 include:k.example") TXT("k.example", "v=spf1 ip4:192.0.2.0/24"),
         V4, ME, PASS, FAULT_NONE, "include:i.example"},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC7208 6.1] */
static void redirect(void **state)
{
    static const struct row rows[] = {
        {"the target's result", TXT("d.example", "v=spf1 redirect=r.example") TXT("r.example", "v=spf1 -all"),
         V4, ME, FAIL, FAULT_NONE, "-all"},
        {"after the mechanisms",
         TXT("d.example", "v=spf1 redirect=r.example ip4:192.0.2.1") TXT("r.example", "v=spf1 -all"), V4, ME,
         PASS, FAULT_NONE, "ip4:192.0.2.1"},
        {"not with all, wherever it stands",
         TXT("d.example", "v=spf1 redirect=r.example ~all") TXT("r.example", "v=spf1 -all"), V4, ME, SOFT,
         FAULT_NONE, "~all"}, /* [RFC7208 5.1] */
        {"no record", TXT("d.example", "v=spf1 redirect=r.example"), V4, ME, PERM, FAULT_SPF_REDIRECT_NONE,
         ""},
        {"malformed", TXT("d.example", "v=spf1 redirect=r..example"), V4, ME, PERM, FAULT_SPF_REDIRECT_NONE,
         ""},
        {"time-out", TXT("d.example", "v=spf1 redirect=r.example") DEAD("r.example"), V4, ME, TEMP,
         FAULT_SPF_DNS, ""},
        {"the domain changes",
         TXT("d.example", "v=spf1 redirect=r.example") TXT("r.example", "v=spf1 a -all") A("r.example", V4),
         V4, ME, PASS, FAULT_NONE, "a"},
        {"twice",
         TXT("d.example", "v=spf1 redirect=r.example") TXT("r.example", "v=spf1 redirect=s.example")
             TXT("s.example", "v=spf1 ~all"),
         V4, ME, SOFT, FAULT_NONE, "~all"},
        {"to itself ends at the limit", TXT("d.example", "v=spf1 redirect=d.example"), V4, ME, PERM,
         FAULT_SPF_TOO_MANY_LOOKUPS, ""},
        {"default of the target", TXT("d.example", "v=spf1 redirect=r.example") TXT("r.example", "v=spf1"),
         V4, ME, NEUTRAL, FAULT_NONE, "default"},
    };
    (void)state;
    CHECK(rows);
}

/* [RFC7208 2.3] [RFC7208 2.4] */
static void identities(void **state)
{
    static const char zone[] = TXT("d.example", "v=spf1 -all") TXT("mta.example.net", "v=spf1 +all");
    (void)state;
    struct world w = world_of(zone, V4, ME);
    world_judge(&w);
    assert_int_equal(ingam_spf_outcome(w.spf)->result, INGAM_RESULT_FAIL);
    assert_int_equal(ingam_spf_helo_outcome(w.spf)->result, INGAM_RESULT_PASS);
    assert_true(str_eq(ingam_spf_helo_outcome(w.spf)->domain, S("mta.example.net")));
    world_free(&w);

    w = world_of(zone, V4, "");
    assert_int_equal(world_judge(&w)->result, INGAM_RESULT_PASS);
    assert_true(str_eq(ingam_spf_outcome(w.spf)->domain, S("mta.example.net")));
    world_free(&w);

    w = world_of(zone, V4, NULL);
    assert_int_equal(world_judge(&w)->result, INGAM_RESULT_PASS);
    world_free(&w);

    w = world_of(zone, "", ME);
    assert_false(world_judge(&w)->is_run);
    assert_int_equal(w.asked_n, 0);
    world_free(&w);

    w = world_of(zone, V4, "");
    w.helo = "";
    assert_false(world_judge(&w)->is_run);
    world_free(&w);
}

/* The addresses of all exchangers, and of all names of the client, go out together.                  [RFC7208 5.4] */
static void hosts_are_asked_for_together(void **state)
{
    (void)state;
    struct world w =
        world_of(TXT("d.example", "v=spf1 mx ptr -all") MX("d.example", "m1.example")
                     MX("d.example", "m2.example") PTR(REV4, "p1.d.example") PTR(REV4, "p2.d.example")
                         A("m1.example", "192.0.2.8") A("m2.example", "192.0.2.9"),
                 V4, ME);
    w.helo = "x";
    world_judge(&w);
    assert_string_equal(w.asked, "TXT d.example\nMX d.example\nA m1.example\nA m2.example\nPTR " REV4
                                 "\nA p1.d.example\nA p2.d.example\n");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_found),
        cmocka_unit_test(terms_are_tried_from_the_left),
        cmocka_unit_test(a_and_exists),
        cmocka_unit_test(mx),
        cmocka_unit_test(ptr),
        cmocka_unit_test(include),
        cmocka_unit_test(redirect),
        cmocka_unit_test(identities),
        cmocka_unit_test(hosts_are_asked_for_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
