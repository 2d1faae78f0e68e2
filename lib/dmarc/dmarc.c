/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict.                                                                            [RFC9989 5.3] */
#include "dmarc/parts.h"

/* DMARC needs exactly one author domain.                             [RFC9989 5.3.1] [RFC9989 11.5] */
static void end_without_author(struct judge *j)
{
    j->out->result = INGAM_RESULT_PERMERROR;
    j->out->fault = j->request->author_fault;
    trace_add(j->run->trace, (struct ingam_note){.rule = RULE_DMARC_NO_AUTHOR, .fault = j->out->fault});
}

/* ret  why there is no pass: of the doubts the first that holds, else what is missing */
static enum ingam_fault why_no_pass(const struct judge *j)
{
    if (j->is_align_unknown)
        return FAULT_DMARC_ALIGNMENT_UNKNOWN;
    if (j->is_unfinished)
        return FAULT_DMARC_METHOD_UNFINISHED;
    if (j->is_existence_unknown)
        return FAULT_DMARC_EXISTENCE_UNKNOWN;
    if (j->has_testing)
        return FAULT_DMARC_KEY_TESTING;
    return j->has_identifier ? FAULT_DMARC_NOT_ALIGNED : FAULT_DMARC_NOT_AUTHENTICATED;
}

/* One aligned pass is enough, whatever else failed. Without one, an unanswered question that might have led to it means
 * neither pass nor fail.                                                  [RFC9989 5.3.5] [RFC9989 5.3.6] */
static void conclude(struct judge *j)
{
    struct ingam_dmarc_outcome *out = j->out;
    bool is_pass = out->is_dkim_aligned || out->is_spf_aligned;
    out->fault = is_pass ? FAULT_NONE : why_no_pass(j);
    out->result = is_pass ? INGAM_RESULT_PASS : fault_result(out->fault);
}

static void tell_result(struct judge *j)
{
    trace_add(j->run->trace,
              (struct ingam_note){.rule = RULE_DMARC_RESULT,
                                  .fault = j->out->fault,
                                  .text = {str_of(ingam_result_name(j->out->result)),
                                           j->out->result == INGAM_RESULT_PASS
                                               ? S("an aligned identifier passed")
                                               : str_of(ingam_fault_row(j->out->fault)->sentence)}});
}

/* Judges from the start over the facts that are there. */
static enum progress judge(struct judge *j)
{
    if (j->out->author_domain.n == 0) {
        end_without_author(j);
        return DONE;
    }
    if (dmarc_walk(j->run, j->out->author_domain, &j->walk) == PENDING)
        return PENDING;
    dmarc_tell_walk(j, j->out->author_domain, &j->walk);
    j->out->organizational_domain = j->walk.organizational_domain;
    if (!dmarc_policy_find(j))
        return DONE;
    dmarc_policy_choose(j);
    if (!j->request->is_ready)
        return PENDING;
    dmarc_align(j);
    if (j->is_existence_open || j->is_align_open)
        return PENDING;
    conclude(j);
    tell_result(j);
    return DONE;
}

/* What out holds is all that a report needs of DMARC; the DKIM outcomes keep their d=, s= and result beside is_aligned.
 *                                                                    [RFC9989 5.3.3] [RFC9989 5.3.7]
 * Notes of a run that ends in PENDING are taken back: the run that comes to an end tells everything. One that cannot come to
 * an end tells nothing. */
enum progress dmarc_eval(const struct method_run *run, const struct dmarc_request *request,
                         struct ingam_dmarc_outcome *out)
{
    struct method_run quiet = *run;
    struct judge j;
    size_t note_n = run->trace ? run->trace->n : 0;
    quiet.trace = NULL;
    memset(&j, 0, offsetof(struct judge, walk));
    j.run = request->is_ready ? run : &quiet;
    j.request = request;
    j.out = out;
    j.place = AT_NONE;
    *out = (struct ingam_dmarc_outcome){.author_domain = request->author_domain};
    facts_account(run->facts, SHARE_DMARC);
    if (request->is_ready)
        dmarc_align_identical(&j);
    enum progress progress = judge(&j);
    if (!request->is_ready)
        progress = PENDING;
    if (run->trace && progress == PENDING)
        run->trace->n = note_n;
    return progress;
}
