/* SPDX-License-Identifier: BSD-2-Clause */
/* The DNS Tree Walk.                                                                     [RFC9989 4.10] */
#include "dmarc/parts.h"

/* What is remembered beside a fact: the record there, read once. */
struct found {
    struct dmarc_record record;
    size_t n; /* DMARC records at this name */
};

/* Fills in the names of a whole walk: the domain, then its parents up to one label, of which all above seven labels
 * are skipped.                                                                    [RFC9989 4.10] [RFC9989 11.5] */
static void plan(str domain, struct dmarc_walk *walk)
{
    str name = domain;
    walk->n = walk->failed_at = 0;
    walk->organizational_domain = (str){NULL, 0};
    walk->has_failed = false;
    for (; name.n && walk->n < DMARC_WALK_MAX; walk->n++) {
        walk->steps[walk->n] = (struct dmarc_step){.name = name};
        name = walk->n == 0 ? name_last_labels(name_parent(name), DMARC_WALK_MAX - 1) : name_parent(name);
    }
}

static void ask(const struct method_run *run, struct dmarc_walk *walk, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        walk->steps[i].fact = facts_ask(run->facts, S("_dmarc."), walk->steps[i].name, INGAM_RR_TXT);
}

/* Discards what does not start with v=DMARC1; a fact holds the strings of one TXT joined.  ret NULL: no memory
 *                                                                       [RFC9989 4.5] [RFC9989 4.10] */
static const struct found *records_of(const struct method_run *run, const struct fact *fact)
{
    struct found *found = fact_memo(fact, MEMO_DMARC);
    if (found)
        return found;
    found = NEW(run->arena, struct found);
    if (found == NULL)
        return NULL;
    for (size_t i = 0; i < fact->rr_n; i++) {
        struct dmarc_record record;
        if (!dmarc_record_read(fact->rrs[i].data, &record))
            continue;
        found->record = record;
        found->n++;
    }
    facts_remember(run->facts, fact, MEMO_DMARC, found);
    return found;
}

/* Looks at one answered step; several records are all discarded.                         [RFC9989 4.10]
 * ret  false: the question failed */
static bool take(const struct method_run *run, struct dmarc_step *step)
{
    if (fact_failed(step->fact))
        return false;
    if (step->fact->rr_n == 0)
        return true;
    const struct found *found = records_of(run, step->fact);
    if (found == NULL)
        return false;
    step->has_several = found->n > 1;
    if (found->n != 1)
        return true;
    if (found->record.fault == FAULT_NONE)
        step->record = &found->record;
    else
        step->voided = &found->record;
    return true;
}

/* Selects from the longest name to the shortest; the walk has stopped at the first psd=y or psd=n.  [RFC9989 4.10.2] */
static str organizational(str domain, const struct dmarc_walk *walk)
{
    str best = domain;
    for (size_t i = 0; i < walk->n; i++) {
        const struct dmarc_step *step = &walk->steps[i];
        if (step->record == NULL)
            continue;
        if (step->record->psd == PSD_YES && i > 0)
            return name_last_labels(domain, name_labels(step->name) + 1);
        best = step->name;
    }
    return best;
}

/* Goes over the steps; `asked` of them have been asked. */
static enum progress go(const struct method_run *run, struct dmarc_walk *walk, size_t asked)
{
    size_t all = walk->n;
    for (size_t i = 0; i < all; i++) {
        struct dmarc_step *step = &walk->steps[i];
        if (i == asked)
            ask(run, walk, i, all);
        if (fact_is_open(step->fact))
            return PENDING;
        bool is_answered = take(run, step);
        bool is_last = step->record && step->record->psd != PSD_UNSET;
        if (is_answered && !is_last)
            continue;
        walk->n = i + 1;
        walk->has_failed = !is_answered;
        walk->failed_at = is_answered ? 0 : i;
        return DONE;
    }
    return DONE;
}

static enum progress walk_asking(const struct method_run *run, str domain, bool is_eager,
                                 struct dmarc_walk *walk)
{
    plan(domain, walk);
    size_t first = is_eager ? walk->n : walk->n > 0;
    ask(run, walk, 0, first);
    if (go(run, walk, first) == PENDING)
        return PENDING;
    if (!walk->has_failed)
        walk->organizational_domain = organizational(domain, walk);
    return DONE;
}

enum progress dmarc_walk(const struct method_run *run, str domain, struct dmarc_walk *walk)
{
    return walk_asking(run, domain, false, walk);
}

enum progress dmarc_walk_eagerly(const struct method_run *run, str domain, struct dmarc_walk *walk)
{
    return walk_asking(run, domain, true, walk);
}
