/* SPDX-License-Identifier: BSD-2-Clause */
/* The DMARC record that governs a domain.                                              [RFC9989 4.10] [RFC9989 4.10.1] */
#include "records/records.h"

static str with_prefix(struct lint *l, str name)
{
    struct out o;
    out_init(&o, l->run->arena);
    out_z(&o, "_dmarc.");
    out_str(&o, name);
    return out_done(&o);
}

/* The record of the name itself, else that of the organizational domain, else that of the public suffix.
 *                                                                                              [RFC9989 4.10.1] */
static const struct dmarc_step *governing(const struct dmarc_walk *walk)
{
    const struct dmarc_step *psd = NULL;
    if (walk->n && walk->steps[0].record)
        return &walk->steps[0];
    for (size_t i = 0; i < walk->n; i++) {
        const struct dmarc_step *step = &walk->steps[i];
        if (step->record && str_eq(step->name, walk->organizational_domain))
            return step;
        if (step->record && step->record->psd == PSD_YES)
            psd = step;
    }
    return psd;
}

/* Asked for CNAME, as the method does: NXDOMAIN then means the name itself.                    [RFC9989 3.2.13] */
static bool is_missing(struct lint *l)
{
    const struct fact *fact = lint_ask(l, S(""), l->domain, INGAM_RR_CNAME);
    l->walk.is_policy_open = fact == NULL;
    return fact && fact->status == INGAM_STATUS_NXDOMAIN;
}

/* p at the name itself; below the record np where the name does not exist, else sp, else p.    [RFC9989 4.10.1] */
static enum ingam_dmarc_policy policy_of(struct lint *l, const struct dmarc_record *record, bool is_own)
{
    if (record->p_fault != FAULT_NONE)
        return INGAM_DMARC_NONE;
    if (is_own)
        return record->p;
    enum ingam_dmarc_policy existing = record->sp ? record->sp : record->p;
    bool would_change = record->np && record->np != existing;
    return would_change && is_missing(l) ? record->np : existing;
}

/* Keeps the walk for whoever wants to see it. */
static void tell(struct lint *l, const struct dmarc_walk *walk, const struct dmarc_step *found)
{
    for (size_t i = 0; i < walk->n; i++) {
        const struct dmarc_step *step = &walk->steps[i];
        const struct dmarc_record *record = step->record ? step->record : step->voided;
        l->steps[i] = (struct ingam_walk_step){.name = with_prefix(l, step->name),
                                               .status = step->fact->status,
                                               .record = record ? record->text : S(""),
                                               .has_several = step->has_several,
                                               .is_void = step->voided != NULL};
    }
    l->walk = (struct ingam_walk){
        .steps = l->steps, .n = walk->n, .organizational_domain = walk->organizational_domain};
    if (found == NULL)
        return;
    l->walk.policy_domain = found->name;
    l->walk.record = found->record->text;
    l->walk.is_testing = found->record->is_testing;
    l->walk.is_refused = found->record->p_fault != FAULT_NONE && !found->record->has_valid_rua;
    l->walk.policy = policy_of(l, found->record, found == walk->steps);
}

/* What stands at the name itself without being the one record. */
static void look_at_own_place(struct lint *l, const struct dmarc_step *step)
{
    str only = S("");
    size_t n = lint_records(step->fact, INGAM_RECORD_DMARC, &only);
    lint_take(l, step->fact->name, S(""));
    if (n > 1)
        lint_add_number(l, FIND_DMR031, S(""), (int64_t)n);
    if (n == 0 && step->fact->rr_n)
        lint_add_text(l, FIND_DMR036, S(""), step->fact->name, S(""));
    if (step->voided) {
        lint_take(l, step->fact->name, step->voided->text);
        lint_publish(l, INGAM_RECORD_DMARC, step->fact, step->voided->text);
        lint_dmarc(l, step->voided);
    }
}

static void look_at_own(struct lint *l, const struct dmarc_step *step)
{
    const struct dmarc_record *record = step->record;
    size_t labels = name_labels(step->name);
    str organizational = l->walk.organizational_domain;
    l->is_below = organizational.n && !str_eq(organizational, step->name) && record->psd == PSD_UNSET;
    lint_publish(l, INGAM_RECORD_DMARC, step->fact, record->text);
    lint_take(l, step->fact->name, record->text);
    lint_one(l, INGAM_RECORD_DMARC);
    if (labels >= DMARC_WALK_MAX)
        lint_add_number(l, FIND_DMR034, S(""), (int64_t)labels);
    if (l->is_below && (record->sp || record->np))
        lint_add_text(l, FIND_DMR035, S(""), organizational, S(""));
    if (l->walk.policy == INGAM_DMARC_NONE && record->has_valid_rua)
        lint_add(l, FIND_DMR039, S(""));
    if (l->walk.policy == INGAM_DMARC_REJECT && !l->has_key && !l->is_key_unsure)
        lint_add(l, FIND_DMR038, S(""));
    domain_reports(l, step->name, organizational, record->rua);
    domain_reports(l, step->name, organizational, record->ruf);
}

static void look_at_other(struct lint *l, const struct dmarc_step *step)
{
    const char *policy = ingam_dmarc_policy_name(l->walk.policy);
    lint_take(l, step->fact->name, step->record->text);
    lint_publish(l, INGAM_RECORD_DMARC, step->fact, step->record->text);
    if (l->walk.is_policy_open)
        policy = "a policy that is not known";
    lint_add_text(l, FIND_DMR032, S(""), step->name, str_of(policy ? policy : "none"));
}

void domain_dmarc(struct lint *l)
{
    struct dmarc_walk walk;
    if (dmarc_walk(l->run, l->domain, &walk) == PENDING) {
        l->is_open = true;
        return;
    }
    if (walk.has_failed) {
        lint_ask(l, S("_dmarc."), walk.steps[walk.failed_at].name, INGAM_RR_TXT);
        tell(l, &walk, NULL);
        return;
    }
    const struct dmarc_step *found = governing(&walk);
    tell(l, &walk, found);
    if (l->is_walk_only)
        return;
    if (walk.n && walk.steps[0].record == NULL)
        look_at_own_place(l, &walk.steps[0]);
    lint_take(l, l->domain, S(""));
    if (found == NULL)
        lint_add_text(l, FIND_DMR030, S(""), l->domain, S(""));
    else if (found == walk.steps)
        look_at_own(l, found);
    else
        look_at_other(l, found);
}
