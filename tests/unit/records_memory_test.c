/* SPDX-License-Identifier: BSD-2-Clause */
/* Linting when memory is refused: whichever allocation fails, there is no finding rather than half of them, and no leak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include <ingam/records.h>
#include <stdlib.h>

static const char zone_text[] =
    "$ORIGIN example.\n$TTL 300\n"
    "d MX 10 mx.d\nmx.d A 192.0.2.1\n"
    "d TXT \"v=spf1 mx include:i.example include:i.example ip4:192.0.2.1/24 ?all\"\n"
    "i TXT \"v=spf1 a:gone.example include:d.example +all\"\n"
    "k1._domainkey.d TXT \"v=DKIM1; t=y; p=\"\n"
    "_dmarc.d TXT \"v=DMARC1; p=none; pct=1; rua=mailto:a@else.where\"\n"
    "_mta-sts.d TXT \"v=STSv1; x\"\n"
    "default._bimi.d TXT \"v=BIMI1; l=x\"\n";

/* The memory of one run: the nth request is refused, and all that follow. */
struct purse {
    size_t left;
    size_t held;
};

static void *get(void *context, size_t n)
{
    struct purse *purse = context;
    if (purse->left == 0)
        return NULL;
    purse->left--;
    void *p = malloc(n);
    purse->held += p != NULL;
    return p;
}

static void put(void *context, void *p)
{
    ((struct purse *)context)->held -= p != NULL;
    free(p);
}

static struct ingam_config config_of(struct purse *purse)
{
    struct ingam_config config = {.alloc = {get, put, purse}};
    ingam_limits_default(&config.limits);
    return config;
}

/* ret  how many findings; SIZE_MAX: there was no memory */
static size_t judge(struct purse *purse, struct ingam_zone *zone)
{
    struct ingam_config config = config_of(purse);
    struct ingam_lint_what what = {.domain = S("d.example")};
    const struct ingam_finding *findings;
    struct ingam_lint *lint = ingam_lint_domain(&config, &what, 0);
    struct ingam_question q;
    struct ingam_answer a;
    while (lint && ingam_lint_next(lint, 0, &q) == INGAM_WANT_ANSWER) {
        if (q.id == 0)
            break;
        ingam_zone_answer(zone, &q, &a);
        if (ingam_lint_answer(lint, &a) != INGAM_OK)
            break;
    }
    size_t n = lint && ingam_lint_is_whole(lint) ? ingam_lint_findings(lint, &findings) : SIZE_MAX;
    ingam_lint_free(lint);
    return n;
}

static void no_memory_is_no_finding(void **state)
{
    (void)state;
    struct ingam_zone *zone = ingam_zone_new(NULL, str_of(zone_text), NULL);
    struct purse rich = {.left = SIZE_MAX};
    size_t want = judge(&rich, zone), tried = 0;
    assert_true(want > 10 && want != SIZE_MAX);
    for (size_t left = 0;; left++) {
        struct purse purse = {.left = left};
        size_t got = judge(&purse, zone);
        assert_int_equal(purse.held, 0);
        assert_true(got == want || got == SIZE_MAX);
        tried++;
        if (got == want)
            break;
    }
    assert_true(tried > 3);
    ingam_zone_free(zone);
}

static void a_text_needs_memory_too(void **state)
{
    (void)state;
    for (size_t left = 0; left < 2; left++) {
        struct purse purse = {.left = left};
        struct ingam_config config = config_of(&purse);
        struct ingam_lint *lint = ingam_lint_record(&config, S("v=spf1 mx +all"), INGAM_RECORD_UNKNOWN);
        assert_null(lint);
        assert_int_equal(purse.held, 0);
    }
}

/* [RFC7208 4.6.4]: the deadline ends a run whose answers never come. */
static void a_deadline_ends_it(void **state)
{
    (void)state;
    struct purse rich = {.left = SIZE_MAX};
    struct ingam_config config = config_of(&rich);
    struct ingam_lint_what what = {.domain = S("d.example")};
    const struct ingam_finding *findings;
    struct ingam_question q;
    struct ingam_lint *lint = ingam_lint_domain(&config, &what, 1000);
    assert_non_null(lint);
    while (ingam_lint_next(lint, 1000, &q) == INGAM_WANT_ANSWER && q.id)
        ;
    assert_false(ingam_lint_is_whole(lint));
    assert_int_equal(ingam_lint_next(lint, 1000 + config.limits.deadline_ms, &q), INGAM_WANT_NOTHING);
    assert_true(ingam_lint_findings(lint, &findings) > 3);
    for (size_t i = 0; i < ingam_lint_findings(lint, &findings); i++)
        assert_int_equal(findings[i].code, INGAM_FINDING_DNS001);
    ingam_lint_free(lint);
}

/* Every record includes the next eight: the tree stays bounded. */
static void a_hostile_tree_is_bounded(void **state)
{
    (void)state;
    static char text[65536];
    struct out o = {.p = (uint8_t *)text, .cap = sizeof text};
    out_z(&o, "$ORIGIN example.\n$TTL 1\n");
    for (unsigned i = 0; i < 64; i++) {
        out_z(&o, i ? "x" : "d");
        if (i)
            out_uint(&o, i);
        out_z(&o, " TXT \"v=spf1");
        for (unsigned k = 1; k < 9; k++) {
            out_z(&o, " include:x");
            out_uint(&o, i + k);
            out_z(&o, ".example");
        }
        out_z(&o, " -all\"\n");
    }
    struct ingam_zone *zone = ingam_zone_new(NULL, (str){o.p, o.n}, NULL);
    struct purse rich = {.left = SIZE_MAX};
    assert_non_null(zone);
    assert_true(judge(&rich, zone) < 4096);
    assert_int_equal(rich.held, 0);
    ingam_zone_free(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_no_finding),
        cmocka_unit_test(a_text_needs_memory_too),
        cmocka_unit_test(a_deadline_ends_it),
        cmocka_unit_test(a_hostile_tree_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
