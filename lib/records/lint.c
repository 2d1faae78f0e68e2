/* SPDX-License-Identifier: BSD-2-Clause */
/* The public face. */
#include "records/records.h"

enum { QUESTIONS = 2048, MEMORY = 64 * 1024 * 1024, DOMAIN_BYTES = 1024 };

struct ingam_lint {
    struct ingam_alloc alloc;
    struct arena arena;
    struct ingam_limits limits;
    struct facts facts;
    struct method_run run;
    struct lint lint;
    enum ingam_record type;
    uint64_t started_ms;
    bool is_done;
};

static struct ingam_lint *begin(const struct ingam_config *config, uint64_t now_ms)
{
    struct ingam_lint *l = alloc_get(&config->alloc, sizeof *l);
    if (l == NULL)
        return NULL;
    *l = (struct ingam_lint){.alloc = config->alloc, .limits = config->limits, .started_ms = now_ms};
    if (l->limits.questions < QUESTIONS)
        l->limits.questions = QUESTIONS;
    arena_init(&l->arena, &l->alloc, MEMORY);
    facts_init(&l->facts, &l->arena, l->limits.questions);
    l->run = (struct method_run){
        .facts = &l->facts, .arena = &l->arena, .limits = &l->limits, .now_s = (int64_t)(now_ms / 1000)};
    l->lint.run = &l->run;
    return l;
}

void ingam_lint_free(struct ingam_lint *l)
{
    if (l == NULL)
        return;
    struct ingam_alloc alloc = l->alloc;
    arena_free(&l->arena);
    alloc_put(&alloc, l);
}

struct ingam_lint *ingam_lint_record(const struct ingam_config *config, ingam_str text,
                                     enum ingam_record type)
{
    struct ingam_lint *l = begin(config, 0);
    if (l == NULL)
        return NULL;
    str copy = arena_copy(&l->arena, text);
    l->type = type == INGAM_RECORD_UNKNOWN ? record_kind(copy) : type;
    l->lint.is_alone = true;
    lint_take(&l->lint, S(""), copy);
    lint_one(&l->lint, l->type);
    l->is_done = true;
    if (!l->arena.has_failed)
        return l;
    ingam_lint_free(l);
    return NULL;
}

static bool copy_selectors(struct ingam_lint *l, const struct ingam_lint_what *what)
{
    str *copy = NEW_N(&l->arena, str, what->selector_n);
    for (size_t i = 0; copy && i < what->selector_n; i++)
        copy[i] = arena_copy_lower(&l->arena, what->selectors[i]);
    l->lint.selectors = copy;
    l->lint.selector_n = what->selector_n;
    return !l->arena.has_failed;
}

struct ingam_lint *ingam_lint_domain(const struct ingam_config *config, const struct ingam_lint_what *what,
                                     uint64_t now_ms)
{
    struct ingam_lint *l = what->domain.n <= DOMAIN_BYTES ? begin(config, now_ms) : NULL;
    if (l == NULL)
        return NULL;
    l->lint.is_spf_only = what->is_spf_only;
    l->lint.is_walk_only = what->is_walk_only;
    if (name_read(&l->arena, what->domain, &l->lint.domain) && copy_selectors(l, what))
        return l;
    ingam_lint_free(l);
    return NULL;
}

/* Everything is run again once no answer is missing of all that the last run asked for. */
static void run_again(struct ingam_lint *l)
{
    struct lint *lint = &l->lint;
    lint->n = lint->published_n = 0;
    lint->is_open = lint->has_null_mx = lint->has_key = lint->has_sts = lint->is_below = lint->is_key_unsure =
        false;
    lint->tree.n = 0;
    lint->tree.lookups = lint->tree.voids = 0;
    lint->walk = (struct ingam_walk){.n = 0};
    domain_run(lint);
    l->is_done = !lint->is_open || l->arena.has_failed;
}

enum ingam_want ingam_lint_next(struct ingam_lint *l, uint64_t now_ms, struct ingam_question *q)
{
    *q = (struct ingam_question){.id = 0};
    if (l->is_done)
        return INGAM_WANT_NOTHING;
    if (now_ms - l->started_ms >= l->limits.deadline_ms && now_ms > l->started_ms)
        facts_close(&l->facts, "deadline");
    if (l->facts.open == 0)
        run_again(l);
    if (l->is_done)
        return INGAM_WANT_NOTHING;
    facts_next(&l->facts, q);
    return INGAM_WANT_ANSWER;
}

enum ingam_err ingam_lint_answer(struct ingam_lint *l, const struct ingam_answer *a)
{
    return l->is_done ? INGAM_ERR_ORDER : facts_answer(&l->facts, a);
}

bool ingam_lint_is_whole(const struct ingam_lint *l)
{
    return l->is_done && !l->arena.has_failed;
}

size_t ingam_lint_findings(const struct ingam_lint *l, const struct ingam_finding **findings)
{
    *findings = l->lint.findings;
    return ingam_lint_is_whole(l) ? l->lint.n : 0;
}

enum ingam_severity ingam_lint_worst(const struct ingam_lint *l)
{
    enum ingam_severity worst = INGAM_SEVERITY_NOTE;
    for (size_t i = 0; i < l->lint.n; i++) {
        enum ingam_severity severity = ingam_finding_row(l->lint.findings[i].code)->severity;
        worst = severity > worst ? severity : worst;
    }
    return worst;
}

enum ingam_record ingam_lint_type(const struct ingam_lint *l)
{
    return l->type;
}

ingam_str ingam_lint_domain_name(const struct ingam_lint *l)
{
    return l->lint.domain;
}

size_t ingam_lint_published(const struct ingam_lint *l, const struct ingam_published **records)
{
    *records = l->lint.published;
    return ingam_lint_is_whole(l) ? l->lint.published_n : 0;
}

size_t ingam_lint_spf_tree(const struct ingam_lint *l, const struct ingam_spf_branch **branches)
{
    *branches = l->lint.tree.branches;
    return ingam_lint_is_whole(l) ? l->lint.tree.n : 0;
}

size_t ingam_lint_plan(struct ingam_lint *l, const struct ingam_plan_wish *wish,
                       const struct ingam_planned **list)
{
    *list = NULL;
    size_t n = ingam_lint_is_whole(l) ? records_plan(&l->lint, &l->arena, wish, list) : 0;
    return l->arena.has_failed ? 0 : n;
}

const struct ingam_walk *ingam_lint_walk(const struct ingam_lint *l)
{
    return &l->lint.walk;
}

size_t ingam_network_text(const struct ingam_network *network, char *buf, size_t cap)
{
    uint8_t text[64] = {0};
    struct out o = {.p = text, .cap = sizeof text};
    struct ip ip = {.is_v6 = network->is_v6};
    memcpy(ip.bytes, network->bytes, sizeof ip.bytes);
    ip_write(&o, &ip);
    if (network->bits < (network->is_v6 ? 128 : 32)) {
        out_byte(&o, '/');
        out_uint(&o, network->bits);
    }
    size_t n = o.n < cap ? o.n : cap ? cap - 1 : 0;
    if (cap) {
        memcpy(buf, text, n);
        buf[n] = 0;
    }
    return o.n;
}
