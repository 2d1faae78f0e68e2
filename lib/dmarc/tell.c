/* SPDX-License-Identifier: BSD-2-Clause */
/* The notes of this room: slices and numbers only. */
#include "dmarc/parts.h"

void dmarc_tell(struct judge *j, enum ingam_rule rule, str a, str b, str c)
{
    trace_add(j->run->trace, (struct ingam_note){.rule = rule, .text = {a, b, c}});
}

static str what_is_there(const struct dmarc_step *step)
{
    if (step->record)
        return step->record->text;
    if (step->voided)
        return step->voided->text;
    if (step->has_several)
        return S("several records, of which none counts");
    return step->fact->status == INGAM_STATUS_NXDOMAIN ? S("nothing (no such name)") : S("no DMARC record");
}

static void tell_step(struct judge *j, str domain, size_t i, const struct dmarc_step *step)
{
    struct ingam_note note = {.rule = RULE_DMARC_STEP,
                              .text = {domain, step->name, what_is_there(step)},
                              .number = {(int64_t)i + 1}};
    if (fact_failed(step->fact)) {
        note.rule = RULE_DMARC_STEP_FAILED;
        note.text[2] = str_of(step->fact->why ? step->fact->why : "failed");
    }
    if (step->has_several)
        note.fault = FAULT_DMARC_SEVERAL_RECORDS;
    if (step->voided) {
        note.fault = step->voided->fault;
        note.record = step->voided->text;
        note.at = step->voided->at;
    }
    trace_add(j->run->trace, note);
}

/* ret  by which sentence of 4.10.2 the Organizational Domain was chosen                [RFC9989 4.10.2] */
static str why_organizational(const struct dmarc_walk *walk)
{
    bool has_record = false;
    const struct dmarc_record *last = walk->steps[walk->n - 1].record;
    if (last && last->psd == PSD_NO)
        return S("its record says psd=n");
    if (last && last->psd == PSD_YES && walk->n > 1)
        return S("one label below a record with psd=y");
    for (size_t i = 0; i < walk->n; i++)
        has_record |= walk->steps[i].record != NULL;
    return has_record ? S("the shortest name with a record") : S("no name above has a record");
}

void dmarc_tell_walk(struct judge *j, str domain, const struct dmarc_walk *walk)
{
    if (j->run->trace == NULL || walk->n == 0)
        return;
    for (size_t i = 0; i < walk->n; i++)
        tell_step(j, domain, i, &walk->steps[i]);
    if (!walk->has_failed)
        dmarc_tell(j, RULE_DMARC_ORGANIZATIONAL, domain, walk->organizational_domain,
                   why_organizational(walk));
}

void dmarc_tell_alignment(struct judge *j, enum alignment how, const struct ingam_dkim_outcome *dkim)
{
    static const enum ingam_rule rules[] = {
        [ALIGN_IDENTICAL] = RULE_DMARC_IDENTICAL, [ALIGN_RELAXED] = RULE_DMARC_RELAXED,
        [ALIGN_NOT_STRICT] = RULE_DMARC_STRICT,   [ALIGN_NOT_OUTSIDE] = RULE_DMARC_OUTSIDE,
        [ALIGN_NOT_OTHER] = RULE_DMARC_OTHER,     [ALIGN_UNKNOWN] = RULE_DMARC_UNKNOWN,
        [ALIGN_OPEN] = RULE_DMARC_UNKNOWN,
    };
    const struct dmarc_request *request = j->request;
    struct ingam_note note = {.rule = rules[how]};
    note.text[0] = dkim ? S("DKIM") : S("SPF");
    note.text[1] = dkim ? dkim->domain : request->spf_domain;
    note.text[2] = str_of(ingam_result_name(dkim ? dkim->result : request->spf));
    note.subject = dkim ? (uint32_t)(dkim - request->dkim) : 0;
    trace_add(j->run->trace, note);
    if (dkim == NULL || !dkim->is_testing || dkim->result != INGAM_RESULT_PASS)
        return;
    note.rule = RULE_DMARC_KEY_TESTING;
    note.text[0] = dkim->domain;
    trace_add(j->run->trace, note);
}
