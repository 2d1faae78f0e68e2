/* SPDX-License-Identifier: BSD-2-Clause */
/* An SPF record with all that it includes: what evaluation could reach for any client, where check_host() only goes as far as
 * one client takes it.                                                                                [RFC7208 4.6.4] */
#include "records/records.h"

enum { DEPTH_MAX = 12, BRANCHES_MAX = 1024 };

/* ret  its index; BRANCHES_MAX: no room */
static uint32_t add(struct lint *l, const struct ingam_spf_branch *branch)
{
    struct spf_tree *t = &l->tree;
    if (t->branches == NULL) {
        t->branches = NEW_N(l->run->arena, struct ingam_spf_branch, BRANCHES_MAX);
        t->networks = NEW_N(l->run->arena, struct ingam_network *, BRANCHES_MAX);
        t->cap = t->branches && t->networks ? BRANCHES_MAX : 0;
    }
    if (t->n == t->cap)
        return BRANCHES_MAX;
    t->branches[t->n] = *branch;
    t->branches[t->n].code = INGAM_FINDING_N;
    return (uint32_t)t->n++;
}

void tree_say(struct lint *l, uint32_t at, enum find code, int64_t number)
{
    struct ingam_spf_branch *branch = &l->tree.branches[at];
    const struct ingam_spf_branch *record = &l->tree.branches[branch->parent];
    lint_take(l, record->domain, record->record);
    struct ingam_finding *f = lint_add_text(l, code, branch->term, branch->target, branch->term);
    if (f)
        f->number[0] = number;
    branch->code = (enum ingam_finding_code)code;
}

static bool is_above(const struct lint *l, uint32_t at, str domain)
{
    for (;;) {
        const struct ingam_spf_branch *branch = &l->tree.branches[at];
        if (branch->is_record && str_eq(branch->domain, domain))
            return true;
        if (at == 0)
            return false;
        at = branch->parent;
    }
}

static bool was_told(const struct lint *l, str domain)
{
    for (size_t i = 0; i < l->tree.n; i++)
        if (l->tree.branches[i].is_record && str_eq(l->tree.branches[i].domain, domain))
            return true;
    return false;
}

/* A record is read once. */
static const struct spf_record *record_of(struct lint *l, const struct fact *fact, str text)
{
    struct spf_record *r = fact_memo(fact, MEMO_SPF);
    if (r == NULL) {
        r = spf_record_read(l->run->arena, text);
        facts_remember(l->run->facts, fact, MEMO_SPF, r);
    }
    return r;
}

static void go_over(struct lint *l, uint32_t at, const struct spf_record *record);

/* Adds the record at a target below the term that names it. */
static void add_record(struct lint *l, uint32_t term, const struct fact *fact, str text)
{
    const struct ingam_spf_branch *above = &l->tree.branches[term];
    bool is_repeated = was_told(l, above->target);
    struct ingam_spf_branch branch = {.domain = above->target,
                                      .depth = above->depth + 1,
                                      .parent = term,
                                      .ttl = fact->ttl,
                                      .is_record = true,
                                      .is_repeated = is_repeated,
                                      .record = text};
    const struct spf_record *r = record_of(l, fact, text);
    uint32_t at = r ? add(l, &branch) : BRANCHES_MAX;
    if (at == BRANCHES_MAX)
        return;
    if (r->fault != FAULT_NONE)
        tree_say(l, term, FIND_SPF040, 0);
    else
        go_over(l, at, r);
    if (is_repeated)
        tree_say(l, term, FIND_SPF038, 0);
}

/* include: and redirect=                                                         [RFC7208 5.2] [RFC7208 6.1] */
static void follow(struct lint *l, uint32_t at)
{
    struct ingam_spf_branch *branch = &l->tree.branches[at];
    str only = S("");
    if (is_above(l, branch->parent, branch->target)) {
        tree_say(l, at, FIND_SPF033, 0);
        return;
    }
    const struct fact *fact = lint_ask(l, S(""), branch->target, INGAM_RR_TXT);
    if (fact == NULL)
        return;
    size_t n = lint_records(fact, INGAM_RECORD_SPF, &only);
    l->tree.voids += fact->rr_n == 0;
    branch->voids = fact->rr_n == 0;
    if (n == 0)
        tree_say(l, at, FIND_SPF032, 0);
    else if (n > 1)
        tree_say(l, at, FIND_SPF040, 0);
    else if (branch->depth < DEPTH_MAX)
        add_record(l, at, fact, only);
}

/* Counts at every record above.                                                                        [RFC7208 4.6.4] */
static void count(struct lint *l, uint32_t at)
{
    l->tree.lookups++;
    for (;; at = l->tree.branches[at].parent) {
        l->tree.branches[at].lookups++;
        if (at == 0)
            return;
    }
}

static str target_of(struct lint *l, const struct spf_term *term, str domain)
{
    str name = arena_copy_lower(l->run->arena, term->domain);
    if (term->domain.n == 0)
        return domain;
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    return name;
}

/* ret  the branch of a term; BRANCHES_MAX: no room */
static uint32_t add_term(struct lint *l, uint32_t record_at, const struct spf_term *term)
{
    const struct ingam_spf_branch *record = &l->tree.branches[record_at];
    bool has_macro = (term->uses & USES_MACRO) != 0;
    bool has_target = spf_kind_asks(term->kind) && !has_macro;
    struct ingam_spf_branch branch = {.domain = record->domain,
                                      .term = term->text,
                                      .target = has_target ? target_of(l, term, record->domain) : S(""),
                                      .depth = record->depth + 1,
                                      .parent = record_at,
                                      .ttl = UINT32_MAX,
                                      .result = (enum ingam_result)term->qualifier};
    branch.is_dynamic = has_macro || term->kind == TERM_PTR || term->kind == TERM_EXISTS;
    return add(l, &branch);
}

static void look_at(struct lint *l, uint32_t record_at, const struct spf_term *term)
{
    uint32_t at = add_term(l, record_at, term);
    if (at == BRANCHES_MAX)
        return;
    if (spf_kind_asks(term->kind))
        count(l, at);
    if (l->tree.branches[at].is_dynamic)
        return;
    if (term->kind == TERM_INCLUDE || term->kind == TERM_REDIRECT)
        follow(l, at);
    else
        tree_hosts(l, at, term);
    bool is_everybody = term->kind == TERM_ALL && term->qualifier == INGAM_RESULT_PASS;
    if (is_everybody && record_at != 0)
        tree_say(l, l->tree.branches[record_at].parent, FIND_SPF041, 0);
}

static void go_over(struct lint *l, uint32_t at, const struct spf_record *record)
{
    for (size_t i = 0; i < record->n; i++) {
        const struct spf_term *term = &record->terms[i];
        if (term->kind != TERM_REDIRECT && term->kind != TERM_EXP && term->kind != TERM_OTHER)
            look_at(l, at, term);
        if (term->kind == TERM_ALL)
            return;
    }
    if (record->redirect)
        look_at(l, at, record->redirect);
}

void tree_make(struct lint *l, const struct fact *txt, str text)
{
    const struct spf_record *record = record_of(l, txt, text);
    uint32_t at = add(l, &(struct ingam_spf_branch){
                             .domain = l->domain, .ttl = txt->ttl, .is_record = true, .record = text});
    if (record && at != BRANCHES_MAX && record->fault == FAULT_NONE)
        go_over(l, at, record);
}
