/* SPDX-License-Identifier: BSD-2-Clause */
/* All that a domain publishes in any zone: it ends, the findings point into records, and the order of answers changes nothing. */
#include <ingam/records.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN_MAX = 4096 };

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void answer_all(struct ingam_lint *lint, struct ingam_zone *zone, bool is_last_first)
{
    static struct ingam_question open[OPEN_MAX];
    struct ingam_question q;
    struct ingam_answer a;
    size_t n = 0;
    while (ingam_lint_next(lint, 0, &q) == INGAM_WANT_ANSWER) {
        if (q.id) {
            must(n < OPEN_MAX);
            open[n++] = q;
            if (is_last_first)
                continue;
        }
        must(n > 0);
        ingam_zone_answer(zone, &open[--n], &a);
        must(ingam_lint_answer(lint, &a) == INGAM_OK);
    }
}

static void look_at(const struct ingam_lint *lint)
{
    const struct ingam_finding *f;
    const struct ingam_spf_branch *b;
    size_t n = ingam_lint_findings(lint, &f), branches = ingam_lint_spf_tree(lint, &b);
    for (size_t i = 0; i < n; i++) {
        must(f[i].at <= f[i].record.n && f[i].length <= f[i].record.n - f[i].at);
        must(ingam_finding_text(&f[i], NULL, 0) > 0);
    }
    for (size_t i = 0; i < branches; i++) {
        must(b[i].parent <= i && b[i].depth <= b[b[i].parent].depth + 1 && b[i].lookups <= branches);
        must(b[i].network_n == 0 || b[i].networks);
    }
    must(ingam_lint_walk(lint)->n <= 8);
}

static size_t judge(struct ingam_zone *zone, bool is_last_first)
{
    static const ingam_str selector = {(const uint8_t *)"sel", 3};
    struct ingam_lint_what what = {
        .domain = {(const uint8_t *)"d.example", 9}, .selectors = &selector, .selector_n = 1};
    struct ingam_config config = {.authserv_id = {NULL, 0}};
    const struct ingam_finding *findings;
    ingam_limits_default(&config.limits);
    struct ingam_lint *lint = ingam_lint_domain(&config, &what, 0);
    if (lint == NULL)
        return 0;
    answer_all(lint, zone, is_last_first);
    must(ingam_lint_is_whole(lint));
    look_at(lint);
    size_t n = ingam_lint_findings(lint, &findings);
    ingam_lint_free(lint);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ingam_zone *zone = ingam_zone_new(NULL, (ingam_str){data, size}, NULL);
    if (zone) {
        ingam_str names[8];
        size_t n = ingam_lint_zone(zone, names, 8);
        must(judge(zone, false) == judge(zone, true));
        must(n == 0 || ingam_lint_zone_has(zone, names, n, names[n - 1]));
    }
    ingam_zone_free(zone);
    return 0;
}
