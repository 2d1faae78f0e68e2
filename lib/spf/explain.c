/* SPDX-License-Identifier: BSD-2-Clause */
/* exp=: why the mail was refused, in the sending domain's own words. The result is fail already; whatever goes wrong here
 * only leaves the words out.                                                                          [RFC7208 6.2] */
#include "spf/eval.h"

#include "spf/macro.h"

enum { EXPLANATION_MAX = 1000 };

static enum progress leave_out(struct spf_run *run, enum ingam_fault fault, str record, size_t at)
{
    trace_add(run->trace, (struct ingam_note){.rule = INGAM_RULE_SPF_NO_EXPLANATION,
                                              .fault = fault,
                                              .subject = run->request->identity,
                                              .text = {run->detail, str_of(ingam_fault_row(fault)->sentence)},
                                              .record = record,
                                              .at = at});
    return DONE;
}

/* Fetches the text. Exactly one TXT record will do.                                        [RFC7208 6.2]
 * ret  STEP_YES; STEP_PENDING; STEP_NO: *fault says why there is none */
static enum spf_step fetch_text(struct spf_run *run, str *text, enum ingam_fault *fault)
{
    struct spf_target *target;
    enum spf_step step = spf_find_target(run, &target);
    *fault = FAULT_SPF_EXP_NAME;
    if (step != STEP_YES)
        return step;
    const struct fact *txt = spf_fact(run, target, INGAM_RR_TXT);
    if (txt == NULL)
        return STEP_NO;
    if (fact_is_open(txt))
        return STEP_PENDING;
    *fault = txt->rr_n ? FAULT_SPF_EXP_SEVERAL : FAULT_SPF_EXP_DNS;
    if (txt->rr_n != 1)
        return STEP_NO;
    *text = txt->rrs[0].data;
    return STEP_YES;
}

/* explain-string = *( macro-string / SP )                                                  [RFC7208 7.1] */
static enum progress expand(struct spf_run *run, str text)
{
    struct macro_check check;
    struct out o;
    size_t wrong_at = spf_wrong_byte(text);
    if (wrong_at < text.n)
        return leave_out(run, FAULT_SPF_EXP_BYTE, text, wrong_at);
    if (!macro_string_check(text, true, &check))
        return leave_out(run, FAULT_SPF_EXP_SYNTAX, text, (size_t)(check.wrong - text.p));
    out_init(&o, run->on->arena);
    o.limit = EXPLANATION_MAX;
    if (spf_expand(run, text, &o) == STEP_PENDING)
        return PENDING;
    if (o.has_failed)
        return leave_out(run, FAULT_SPF_EXP_LENGTH, text, 0);
    str whole = out_done(&o);
    if (spf_wrong_byte(whole) < whole.n)
        return leave_out(run, FAULT_SPF_EXP_BYTE, text, 0);
    run->out->explanation = whole;
    spf_note(run, RULE_SPF_EXPLANATION, run->place->domain, whole, S(""));
    return DONE;
}

enum progress spf_explain(struct spf_run *run, const struct spf_place *place)
{
    str text = S("");
    enum ingam_fault fault;
    run->place = place;
    run->term = place->record->exp;
    run->detail = run->term->domain;
    run->is_explaining = true;
    enum spf_step step = fetch_text(run, &text, &fault);
    if (step == STEP_PENDING)
        return PENDING;
    return step == STEP_YES ? expand(run, text) : leave_out(run, fault, S(""), 0);
}
