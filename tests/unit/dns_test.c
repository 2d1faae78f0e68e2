/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and the fact box. */
#include "dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define L63  "a23456789012345678901234567890123456789012345678901234567890123"
#define N253 L63 "." L63 "." L63 ".a2345678901234567890123456789012345678901234567890123456789z1"

static bool has_text(str s, const char *want)
{
    return str_eq(s, str_of(want));
}

/* [RFC1035 2.3.4] [RFC7208 4.3] [RFC8616 3] */
static void names_are_read(void **state)
{
    static const struct {
        const char *about;
        str in;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"lower case", S_INIT("Example.COM"), "example.com"},
        {"one last dot goes", S_INIT("example.com."), "example.com"},
        {"two last dots", S_INIT("example.com.."), NULL},
        {"no name", S_INIT(""), NULL},
        {"the root", S_INIT("."), NULL},
        {"empty label inside", S_INIT("a..b"), NULL},
        {"empty label first", S_INIT(".a"), NULL},
        {"underscore", S_INIT("_dmarc.example"), "_dmarc.example"},
        {"label of 63", S_INIT(L63 ".example"), L63 ".example"},
        {"label of 64", S_INIT("x" L63 ".example"), NULL},
        {"name of 253", S_INIT(N253), N253},
        {"name of 253 and a dot", S_INIT(N253 "."), N253},
        {"name of 254", S_INIT("x" N253), NULL},
        {"u-labels", S_INIT("b\303\274cher.example"), "xn--bcher-kva.example"},
        {"u-labels upper case", S_INIT("B\303\234CHER.example"), "xn--bcher-kva.example"},
        {"not utf-8", S_INIT("b\374cher.example"), NULL},
        {"one label", S_INIT("localhost"), "localhost"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena a;
        str name = S("untouched");
        arena_init(&a, NULL, 1 << 16);
        bool is_read = name_read(&a, rows[i].in, &name);
        if (is_read != (rows[i].want != NULL) || !has_text(name, rows[i].want ? rows[i].want : "untouched"))
            fail_msg("%s: %d %.*s", rows[i].about, is_read, (int)name.n, name.p);
        arena_free(&a);
    }
}

static void names_may_be_askable(void **state)
{
    (void)state;
    assert_true(name_is_askable(S("foo:bar/baz.example.com")));
    assert_true(name_is_askable(S("a b\t.example.com")));
    assert_true(name_is_askable(S(N253)));
    assert_false(name_is_askable(S("x" N253)));
    assert_false(name_is_askable(S("a..b")));
    assert_false(name_is_askable(S("a.")));
    assert_false(name_is_askable(S("")));
    assert_false(name_is_askable(S("b\303\274cher.example")));
}

static void names_have_labels(void **state)
{
    (void)state;
    assert_int_equal(name_labels(S("")), 0);
    assert_int_equal(name_labels(S("com")), 1);
    assert_int_equal(name_labels(S("a.b.c")), 3);
    assert_true(has_text(name_parent(S("a.b.c")), "b.c"));
    assert_true(has_text(name_parent(S("c")), ""));
    assert_true(has_text(name_parent(S("")), ""));
    assert_true(has_text(name_last_labels(S("a.b.c"), 2), "b.c"));
    assert_true(has_text(name_last_labels(S("a.b.c"), 3), "a.b.c"));
    assert_true(has_text(name_last_labels(S("a.b.c"), 9), "a.b.c"));
    assert_true(has_text(name_last_labels(S("a.b.c"), 0), ""));
    assert_true(name_is_under(S("a.Example.com"), S("example.COM")));
    assert_true(name_is_under(S("example.com"), S("example.com")));
    assert_true(name_is_under(S("com"), S("")));
    assert_false(name_is_under(S("anexample.com"), S("example.com")));
    assert_false(name_is_under(S("com"), S("example.com")));
}

/* [RFC1035 3.1] */
static void names_come_off_the_wire(void **state)
{
    static const struct {
        const char *about;
        str in;
        const char *want; /* NULL: wrong */
        size_t at;        /* where the cursor or the wrong byte stands */
    } rows[] = {
        {"two labels", S_INIT("\002mx\007Example\000rest"), "mx.Example", 12},
        {"the root", S_INIT("\000"), "", 1},
        {"a dot inside", S_INIT("\003a.b\001c\000"), "a\\046b.c", 7},
        {"cut in a label", S_INIT("\005abc"), NULL, 0},
        {"no end", S_INIT("\001a"), NULL, 2},
        {"a pointer", S_INIT("\300\014"), NULL, 0},
        {"nothing", S_INIT(""), NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cur c = cur_of(rows[i].in);
        uint8_t text[NAME_MAX];
        size_t n = 0;
        const uint8_t *wrong = name_read_wire(&c, text, &n);
        const uint8_t *stands = rows[i].want ? c.p : wrong;
        if ((wrong == NULL) != (rows[i].want != NULL) || stands != rows[i].in.p + rows[i].at)
            fail_msg("%s: stands at %d", rows[i].about, stands ? (int)(stands - rows[i].in.p) : -1);
        if (rows[i].want && !has_text((str){text, n}, rows[i].want))
            fail_msg("%s: %.*s", rows[i].about, (int)n, text);
    }
}

/* A label of 63 dots would be 252 bytes of text: two of them do not fit. */
static void wire_name_may_be_too_long(void **state)
{
    uint8_t wire[130];
    uint8_t text[NAME_MAX];
    size_t n = 0;
    (void)state;
    memset(wire, '.', sizeof wire);
    wire[0] = 63;
    wire[64] = 63;
    wire[128] = 0;
    cur c = {wire, wire + sizeof wire};
    assert_ptr_equal(name_read_wire(&c, text, &n), wire + 64);
    assert_true(n <= NAME_MAX);
}

struct box {
    struct arena arena;
    struct facts facts;
};

static void box_open(struct box *b, size_t questions)
{
    arena_init(&b->arena, NULL, 1 << 20);
    facts_init(&b->facts, &b->arena, questions);
}

static const struct fact *ask(struct box *b, const char *name)
{
    return facts_ask(&b->facts, S(""), str_of(name), INGAM_RR_TXT);
}

static void box_is_asked_and_answered(void **state)
{
    struct box b;
    struct ingam_question q;
    struct ingam_rr rr = {0, S("v=DMARC1; p=none")};
    (void)state;
    box_open(&b, 64);
    facts_account(&b.facts, SHARE_DMARC);
    const struct fact *fact = facts_ask(&b.facts, S("_DMARC."), S("Example.COM."), INGAM_RR_TXT);
    assert_true(fact_is_open(fact));
    assert_true(has_text(fact->name, "_dmarc.example.com"));
    assert_ptr_equal(ask(&b, "_dmarc.example.com"), fact);
    assert_ptr_not_equal(facts_ask(&b.facts, S("_dmarc."), S("example.com"), INGAM_RR_A), fact);
    assert_int_equal(b.facts.open, 2);

    struct ingam_answer a = {
        .id = fact->id, .status = INGAM_STATUS_OK, .ttl = 300, .is_secure = true, .rrs = &rr, .rr_n = 1};
    assert_int_equal(facts_answer(&b.facts, &a), INGAM_ERR_ORDER);
    assert_true(facts_next(&b.facts, &q));
    assert_int_equal(q.id, fact->id);
    assert_int_equal(q.type, INGAM_RR_TXT);
    assert_true(has_text(q.name, "_dmarc.example.com"));
    assert_int_equal(facts_answer(&b.facts, &a), INGAM_OK);
    assert_int_equal(facts_answer(&b.facts, &a), INGAM_ERR_ORDER);
    assert_int_equal(fact->status, INGAM_STATUS_OK);
    assert_int_equal(fact->ttl, 300);
    assert_true(fact->is_secure);
    assert_int_equal(fact->rr_n, 1);
    assert_ptr_not_equal(fact->rrs[0].data.p, rr.data.p);
    assert_true(str_eq(fact->rrs[0].data, rr.data));
    assert_true(facts_next(&b.facts, &q));
    assert_false(facts_next(&b.facts, &q));
    assert_int_equal(b.facts.open, 1);
    arena_free(&b.arena);
}

static void box_remembers(void **state)
{
    struct box b;
    int thing = 0;
    (void)state;
    box_open(&b, 5);
    const struct fact *fact = ask(&b, "a.example");
    facts_remember(&b.facts, fact, MEMO_SPF, &thing);
    assert_ptr_equal(fact_memo(ask(&b, "a.example"), MEMO_SPF), &thing);
    assert_null(fact_memo(fact, MEMO_DKIM));
    const struct fact *over = ask(&b, "b.example");
    assert_true(over->is_over_limit);
    facts_remember(&b.facts, over, MEMO_SPF, &thing);
    assert_null(fact_memo(ask(&b, "c.example"), MEMO_SPF));
    arena_free(&b.arena);
}

static void box_refuses_what_cannot_be(void **state)
{
    static const struct ingam_rr v4 = {0, S_INIT("\300\000\002\001")};
    static const struct ingam_rr five = {0, S_INIT("12345")};
    static const struct ingam_rr null = {0, {NULL, 4}};
    static const struct {
        const char *about;
        uint16_t type;
        struct ingam_answer answer;
        enum ingam_err want;
    } rows[] = {
        {"a of 4", INGAM_RR_A, {.status = INGAM_STATUS_OK, .rrs = &v4, .rr_n = 1}, INGAM_OK},
        {"a of 5", INGAM_RR_A, {.status = INGAM_STATUS_OK, .rrs = &five, .rr_n = 1}, INGAM_ERR_ARGUMENT},
        {"aaaa of 4", INGAM_RR_AAAA, {.status = INGAM_STATUS_OK, .rrs = &v4, .rr_n = 1}, INGAM_ERR_ARGUMENT},
        {"bytes at NULL",
         INGAM_RR_TXT,
         {.status = INGAM_STATUS_OK, .rrs = &null, .rr_n = 1},
         INGAM_ERR_ARGUMENT},
        {"ok without records", INGAM_RR_A, {.status = INGAM_STATUS_OK}, INGAM_ERR_ARGUMENT},
        {"ok with records at NULL", INGAM_RR_A, {.status = INGAM_STATUS_OK, .rr_n = 1}, INGAM_ERR_ARGUMENT},
        {"open", INGAM_RR_A, {.status = INGAM_STATUS_OPEN}, INGAM_ERR_ARGUMENT},
        {"no such status", INGAM_RR_A, {.status = INGAM_STATUS_FAILED + 1}, INGAM_ERR_ARGUMENT},
        {"nodata with records",
         INGAM_RR_A,
         {.status = INGAM_STATUS_NODATA, .rrs = &v4, .rr_n = 1},
         INGAM_ERR_ARGUMENT},
        {"nxdomain with records",
         INGAM_RR_A,
         {.status = INGAM_STATUS_NXDOMAIN, .rrs = &v4, .rr_n = 1},
         INGAM_ERR_ARGUMENT},
        {"nxdomain", INGAM_RR_A, {.status = INGAM_STATUS_NXDOMAIN}, INGAM_OK},
        {"failed", INGAM_RR_A, {.status = INGAM_STATUS_FAILED, .why = "timeout"}, INGAM_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct box b;
        struct ingam_question q;
        struct ingam_answer a = rows[i].answer;
        box_open(&b, 64);
        const struct fact *fact = facts_ask(&b.facts, S(""), S("a.example"), rows[i].type);
        assert_true(facts_next(&b.facts, &q));
        a.id = q.id;
        enum ingam_err got = facts_answer(&b.facts, &a);
        if (got != rows[i].want || fact_is_open(fact) != (got != INGAM_OK))
            fail_msg("%s: %d", rows[i].about, (int)got);
        arena_free(&b.arena);
    }
}

static void box_has_shares(void **state)
{
    static const size_t totals[] = {5, 6, 63, 64, 65, 100, 128, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        struct box b;
        size_t sum = 0;
        box_open(&b, totals[i]);
        for (size_t k = 0; k < SHARE_N; k++) {
            assert_true(b.facts.share_limit[k] >= 1);
            sum += b.facts.share_limit[k];
        }
        assert_int_equal(sum, totals[i]);
        arena_free(&b.arena);
    }
    struct box none;
    box_open(&none, 0);
    for (size_t k = 0; k < SHARE_N; k++)
        assert_int_equal(none.facts.share_limit[k], 1);
    arena_free(&none.arena);
}

/* One method at its limit leaves the others theirs; what another has asked does not help it over its own. */
static void box_keeps_the_limit(void **state)
{
    struct box b;
    struct ingam_question q;
    char name[32];
    (void)state;
    box_open(&b, 64);
    facts_account(&b.facts, SHARE_DMARC);
    assert_true(fact_is_open(ask(&b, "shared.example")));
    facts_account(&b.facts, SHARE_DKIM);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++) {
            snprintf(name, sizeof name, "k%d.example", i);
            assert_true(fact_is_open(ask(&b, name)));
        }
        const struct fact *over = ask(&b, "shared.example");
        assert_true(fact_failed(over));
        assert_true(over->is_over_limit);
    }
    facts_account(&b.facts, SHARE_ARC);
    assert_true(fact_is_open(ask(&b, "k0.example")));
    size_t sent = 0;
    while (facts_next(&b.facts, &q))
        sent++;
    assert_int_equal(sent, 9);
    arena_free(&b.arena);
}

static void box_knows_impossible_names(void **state)
{
    struct box b;
    (void)state;
    box_open(&b, 64);
    assert_int_equal(ask(&b, "a..b")->status, INGAM_STATUS_NXDOMAIN);
    assert_int_equal(ask(&b, "")->status, INGAM_STATUS_NXDOMAIN);
    assert_int_equal(facts_ask(&b.facts, S("x"), S(N253), INGAM_RR_A)->status, INGAM_STATUS_NXDOMAIN);
    assert_int_equal(b.facts.n, 0);
    assert_true(fact_is_open(ask(&b, N253)));
    arena_free(&b.arena);
}

static void box_closes(void **state)
{
    struct box b;
    struct ingam_question q;
    (void)state;
    box_open(&b, 64);
    const struct fact *first = ask(&b, "a.example");
    const struct fact *second = ask(&b, "b.example");
    assert_true(facts_next(&b.facts, &q));
    struct ingam_answer a = {.id = q.id, .status = INGAM_STATUS_NODATA};
    assert_int_equal(facts_answer(&b.facts, &a), INGAM_OK);
    facts_close(&b.facts, "deadline");
    assert_int_equal(first->status, INGAM_STATUS_NODATA);
    assert_true(fact_failed(second));
    assert_string_equal(second->why, "deadline");
    const struct fact *late = ask(&b, "c.example");
    assert_true(fact_failed(late));
    assert_string_equal(late->why, "deadline");
    assert_false(facts_next(&b.facts, &q));
    assert_int_equal(b.facts.open, 0);
    arena_free(&b.arena);
}

/* Every cap gives either all facts or FAILED for the rest, and never a wrong one. */
static void box_without_memory(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 24 * 1024; cap += 256) {
        struct box b;
        struct ingam_question q;
        char name[32];
        arena_init(&b.arena, NULL, cap);
        facts_init(&b.facts, &b.arena, 1024);
        facts_account(&b.facts, SHARE_SPF_MAIL_FROM);
        for (int i = 0; i < 200; i++) {
            snprintf(name, sizeof name, "n%d.example", i);
            const struct fact *fact = ask(&b, name);
            assert_true(fact_is_open(fact) || (fact_failed(fact) && b.arena.has_failed));
            assert_true(fact_failed(fact) || has_text(fact->name, name));
        }
        size_t sent = 0;
        while (facts_next(&b.facts, &q))
            sent++;
        assert_int_equal(sent, b.facts.open);
        assert_true(sent == 200 || b.arena.has_failed);
        arena_free(&b.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(names_may_be_askable),
        cmocka_unit_test(names_have_labels),
        cmocka_unit_test(names_come_off_the_wire),
        cmocka_unit_test(wire_name_may_be_too_long),
        cmocka_unit_test(box_is_asked_and_answered),
        cmocka_unit_test(box_remembers),
        cmocka_unit_test(box_refuses_what_cannot_be),
        cmocka_unit_test(box_has_shares),
        cmocka_unit_test(box_keeps_the_limit),
        cmocka_unit_test(box_knows_impossible_names),
        cmocka_unit_test(box_closes),
        cmocka_unit_test(box_without_memory),
    };
    return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
