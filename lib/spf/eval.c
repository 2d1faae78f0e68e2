/* SPDX-License-Identifier: BSD-2-Clause */
/* check_host(): records, terms from left to right, include and redirect, and what they may cost.
 *                                                                                         [RFC7208 2.2] [RFC7208 4] */
#include "spf/eval.h"

/* So many terms are told in the trace; a record of a thousand terms is not worth a thousand notes. */
enum { NOTED_MAX = 256 };

struct judged {
    enum ingam_result result;    /* none, or a qualifier's */
    const struct spf_term *term; /* that matched; NULL: none did */
};

void spf_write_note(const struct spf_run *run, enum rule_short rule, str first, str second, str third)
{
    struct ingam_note *note = trace_room(run->trace);
    if (note == NULL)
        return;
    note->rule = (enum ingam_rule)rule;
    note->fault = INGAM_FAULT_NONE;
    note->subject = run->request->identity;
    note->text[0] = first;
    note->text[1] = second;
    note->text[2] = third;
    note->number[0] = run->out->lookups;
    note->number[1] = run->out->voids;
    note->number[2] = run->depth;
    note->record = S("");
    note->at = 0;
}

enum spf_step spf_stop(struct spf_run *run, enum ingam_fault fault)
{
    struct ingam_note note = {.rule = INGAM_RULE_SPF_STOP,
                              .fault = fault,
                              .subject = run->request->identity,
                              .text = {run->sender->domain, str_of(ingam_fault_row(fault)->sentence)},
                              .number = {run->out->lookups, run->out->voids, run->depth}};
    run->fault = fault;
    if (run->place && run->term) {
        note.text[0] = run->term->text;
        note.record = run->place->record->text;
        note.at = (size_t)(run->term->text.p - note.record.p);
    }
    trace_add(run->trace, note);
    return STEP_STOP;
}

/* [RFC7208 4.6.4] */
enum spf_step spf_count_lookup(struct spf_run *run)
{
    if (run->out->lookups >= run->on->limits->spf_terms)
        return spf_stop(run, FAULT_SPF_TOO_MANY_LOOKUPS);
    run->out->lookups++;
    return STEP_YES;
}

/* [RFC7208 4.6.4] */
enum spf_step spf_count_void(struct spf_run *run)
{
    if (run->out->voids >= run->on->limits->spf_voids)
        return spf_stop(run, FAULT_SPF_TOO_MANY_VOIDS);
    run->out->voids++;
    return STEP_YES;
}

/* Chooses among the TXT records; what came of it is kept beside the fact. Where nobody is told, networks that the client is
 * not in need not be kept.                                                                                [RFC7208 4.5]
 * ret  NULL: no memory. A record with a fault stands also for none (SPF_DOMAIN_MALFORMED) and for several */
static struct spf_record *select_record(struct spf_run *run, const struct fact *txt)
{
    size_t found_n = 0;
    str text = S("");
    for (size_t i = 0; i < txt->rr_n; i++) {
        if (!spf_is_record(txt->rrs[i].data))
            continue;
        text = txt->rrs[i].data;
        found_n++;
    }
    struct spf_record *record;
    if (found_n == 1)
        record = spf_record_read_for(run->on->arena, text, run->on->trace ? NULL : &run->request->ip);
    else
        record = NEW(run->on->arena, struct spf_record);
    if (record == NULL)
        return NULL;
    record->found_n = found_n;
    facts_remember(run->on->facts, txt, MEMO_SPF, record);
    return record;
}

static enum spf_step stop_at_record(struct spf_run *run, const struct fact *txt,
                                    const struct spf_record *record)
{
    bool has_several = record->found_n > 1;
    enum ingam_fault fault = has_several ? INGAM_FAULT_SPF_SEVERAL_RECORDS : record->fault;
    run->fault = fault;
    trace_add(run->trace,
              (struct ingam_note){.rule = has_several ? INGAM_RULE_SPF_SEVERAL : INGAM_RULE_SPF_SYNTAX,
                                  .fault = fault,
                                  .subject = run->request->identity,
                                  .text = {txt->name},
                                  .number = {(int64_t)(has_several ? record->found_n : record->at)},
                                  .record = record->text,
                                  .at = record->at});
    return STEP_STOP;
}

/* Finds the record of a domain that was asked for.                                     [RFC7208 4.4] [RFC7208 4.5]
 * ret  STEP_YES: its syntax is right; STEP_NO: there is none; STEP_PENDING; STEP_STOP */
static enum spf_step find_record(struct spf_run *run, const struct fact *txt, struct spf_record **found)
{
    enum spf_step step = spf_settle(run, txt);
    if (step != STEP_YES)
        return step;
    struct spf_record *record = fact_memo(txt, MEMO_SPF);
    if (record == NULL || (record->is_short && run->trace))
        record = select_record(run, txt);
    if (record == NULL)
        return spf_stop(run, FAULT_SPF_DNS);
    if (record->found_n == 0) {
        spf_note(run, RULE_SPF_NO_RECORD, txt->name, str_of(ingam_status_name(txt->status)), S(""));
        return STEP_NO;
    }
    if (record->found_n > 1 || record->fault)
        return stop_at_record(run, txt, record);
    spf_note(run, RULE_SPF_RECORD, txt->name, record->text, S(""));
    *found = record;
    return STEP_YES;
}

/* Puts a record that is asked for on top of the stack. ret false: no memory */
static bool enter(struct spf_run *run, const struct fact *txt)
{
    struct spf_frame *inner = arena_take_raw(run->on->arena, sizeof *inner);
    if (inner == NULL)
        return false;
    *inner = (struct spf_frame){.outer = run->frame, .due = txt};
    run->frame = inner;
    return true;
}

/* Asks for the record that include or redirect names. A name of one label has none.    [RFC7208 4.3]
 * ret  STEP_YES: *txt is asked for, maybe open; STEP_NO: malformed; STEP_PENDING, STEP_STOP */
static enum spf_step ask_record(struct spf_run *run, const struct fact **txt)
{
    struct spf_target *target;
    enum spf_step step = spf_find_target(run, &target);
    if (step != STEP_YES)
        return step;
    if (!target->has_parent)
        return STEP_NO;
    *txt = spf_fact(run, target, INGAM_RR_TXT);
    return *txt ? STEP_YES : STEP_NO;
}

/* ret  STEP_ON: the record that it names is on top of the stack; leave_include ends the term            [RFC7208 5.2] */
static enum spf_step match_include(struct spf_run *run)
{
    const struct fact *txt;
    enum spf_step step = ask_record(run, &txt);
    if (step == STEP_NO)
        return spf_stop(run, FAULT_SPF_INCLUDE_NONE);
    if (step != STEP_YES)
        return step;
    spf_note(run, RULE_SPF_INCLUDE_IN, run->term->text, txt->name, S(""));
    run->depth++;
    return enter(run, txt) ? STEP_ON : spf_stop(run, FAULT_SPF_DNS);
}

static enum spf_step match_all(struct spf_run *run)
{
    (void)run;
    return STEP_YES;
}

/* An IPv4 client never matches ip6, an IPv6 client never ip4.                            [RFC7208 5] [RFC7208 5.6] */
static enum spf_step match_network(struct spf_run *run)
{
    const struct spf_term *term = run->term;
    unsigned bits = term->network.is_v6 ? term->cidr6 : term->cidr4;
    return ip_in_prefix(&run->request->ip, &term->network, bits) ? STEP_YES : STEP_NO;
}

static const struct matcher {
    enum spf_step (*match)(struct spf_run *run);
    enum rule_short rule;
} matchers[] = {
    [TERM_ALL] = {match_all, RULE_SPF_ALL},     [TERM_INCLUDE] = {match_include, RULE_SPF_INCLUDE},
    [TERM_A] = {spf_match_a, RULE_SPF_A},       [TERM_MX] = {spf_match_mx, RULE_SPF_MX},
    [TERM_PTR] = {spf_match_ptr, RULE_SPF_PTR}, [TERM_IP4] = {match_network, RULE_SPF_IP4},
    [TERM_IP6] = {match_network, RULE_SPF_IP6}, [TERM_EXISTS] = {spf_match_exists, RULE_SPF_EXISTS},
};

static void note_term(struct spf_run *run, enum rule_short rule, bool is_match)
{
    if (run->trace == NULL)
        return;
    if (!is_match && run->noted >= NOTED_MAX) {
        run->unnoted++;
        return;
    }
    run->noted++;
    spf_note(run, rule, run->term->text, is_match ? S("matches") : S("does not match"), run->detail);
}

/* A term with %{s} or %{l} matches nothing where the local-part is not ASCII.             [RFC8616 4] */
static enum spf_step count_and_match(struct spf_run *run, const struct matcher *matcher)
{
    if (spf_kind_asks(run->term->kind) && spf_count_lookup(run) != STEP_YES)
        return STEP_STOP;
    bool is_dead = (run->term->uses & USES_LOCAL) && run->sender->has_high_local;
    return is_dead ? STEP_NO : matcher->match(run);
}

/* A term that has to wait is begun again, so it is not counted yet. */
static enum spf_step match_term(struct spf_run *run)
{
    const struct matcher *matcher = &matchers[run->term->kind];
    uint32_t lookups = run->out->lookups, voids = run->out->voids;
    bool has_used_ptr = run->has_used_ptr;
    run->detail = S("");
    enum spf_step step = count_and_match(run, matcher);
    if (step == STEP_PENDING) {
        run->out->lookups = lookups;
        run->out->voids = voids;
        run->has_used_ptr = has_used_ptr;
    }
    if (step == STEP_YES || step == STEP_NO)
        note_term(run, matcher->rule, step == STEP_YES);
    return step;
}

static enum spf_step judge(struct judged *judged, const struct spf_term *term)
{
    *judged = (struct judged){.result = (enum ingam_result)term->qualifier, .term = term};
    return STEP_YES;
}

/* Goes over the mechanisms from left to right.                                          [RFC7208 4.6.2]
 * ret  STEP_YES: judged->term matches; STEP_NO: none does */
static enum spf_step match_terms(struct spf_run *run, struct judged *judged)
{
    struct spf_frame *frame = run->frame;
    const struct spf_record *record = frame->place.record;
    for (; frame->at < record->n; frame->at++) {
        run->term = &record->terms[frame->at];
        enum spf_step step = run->term->kind < TERM_REDIRECT ? match_term(run) : STEP_NO;
        if (step == STEP_YES)
            return judge(judged, run->term);
        if (step != STEP_NO)
            return step;
    }
    return STEP_NO;
}

/* redirect counts only here, where it is used; `all` has matched before.                [RFC7208 5.1] [RFC7208 6.1] */
static enum spf_step follow_redirect(struct spf_run *run)
{
    const struct fact *txt;
    uint32_t lookups = run->out->lookups;
    run->term = run->place->record->redirect;
    if (spf_count_lookup(run) != STEP_YES)
        return STEP_STOP;
    enum spf_step step = ask_record(run, &txt);
    if (step == STEP_PENDING)
        run->out->lookups = lookups;
    if (step == STEP_NO)
        return spf_stop(run, FAULT_SPF_REDIRECT_NONE);
    if (step != STEP_YES)
        return step;
    spf_note(run, RULE_SPF_REDIRECT, run->term->text, txt->name, S(""));
    run->frame->due = txt;
    run->frame->is_redirected = true;
    return STEP_ON;
}

/* No mechanism matched and nothing is redirected to: neutral.                            [RFC7208 4.7] */
static enum spf_step judge_by_default(struct spf_run *run, struct judged *judged)
{
    *judged = (struct judged){.result = INGAM_RESULT_NEUTRAL};
    spf_note(run, RULE_SPF_DEFAULT, run->place->domain, S(""), S(""));
    return STEP_YES;
}

/* Takes up the record that is due. ret STEP_ON: it is there; STEP_YES: there is none, and that is judged */
static enum spf_step take_record(struct spf_run *run, struct judged *judged)
{
    struct spf_frame *frame = run->frame;
    struct spf_record *record = NULL;
    enum spf_step step = find_record(run, frame->due, &record);
    if (step == STEP_NO && frame->is_redirected)
        return spf_stop(run, FAULT_SPF_REDIRECT_NONE);
    if (step == STEP_NO) {
        *judged = (struct judged){.result = INGAM_RESULT_NONE};
        return STEP_YES;
    }
    if (step != STEP_YES || record == NULL)
        return step;
    frame->place = (struct spf_place){frame->due->name, record};
    frame->due = NULL;
    frame->at = 0;
    run->place = &frame->place;
    return STEP_ON;
}

/* Takes the judged record off the stack: pass matches; fail, softfail and neutral do not; none is a permanent error, as are
 * errors within.                                                                        [RFC7208 5.2]
 * ret  STEP_YES: the record beneath is judged too; STEP_ON: its next term is due */
static enum spf_step leave_include(struct spf_run *run, struct judged *judged)
{
    struct spf_frame *frame = run->frame->outer;
    bool is_match = judged->result == INGAM_RESULT_PASS;
    run->frame = frame;
    run->place = &frame->place;
    run->term = &frame->place.record->terms[frame->at];
    run->depth--;
    if (judged->result == INGAM_RESULT_NONE)
        return spf_stop(run, FAULT_SPF_INCLUDE_NONE);
    if (run->trace) {
        run->detail = str_of(ingam_result_name(judged->result));
        note_term(run, RULE_SPF_INCLUDE, is_match);
    }
    if (is_match)
        return judge(judged, run->term);
    frame->at++;
    return STEP_ON;
}

/* ret  STEP_YES: the record on top is judged; STEP_ON: another one is on top */
static enum spf_step judge_record(struct spf_run *run, struct judged *judged)
{
    if (run->frame->due)
        return take_record(run, judged);
    enum spf_step step = match_terms(run, judged);
    if (step != STEP_NO)
        return step;
    return run->place->record->redirect ? follow_redirect(run) : judge_by_default(run, judged);
}

/* check_host() for the sender's domain, and all that it includes and redirects to.      [RFC7208 4] [RFC7208 6.1]
 * ret  STEP_YES: judged is set; STEP_PENDING; STEP_STOP */
static enum spf_step check_host(struct spf_run *run, struct judged *judged)
{
    enum spf_step step;
    do {
        step = judge_record(run, judged);
        while (step == STEP_YES && run->frame->outer)
            step = leave_include(run, judged);
    } while (step == STEP_ON);
    return step;
}

static str identity_name(const struct spf_run *run)
{
    return run->request->identity == SPF_HELO ? S("HELO") : S("MAIL FROM");
}

static void refuse_domain(struct spf_run *run)
{
    *run->out = (struct ingam_spf_outcome){.is_run = true, .fault = FAULT_SPF_DOMAIN_MALFORMED};
    run->trace = run->on->trace;
    spf_note(run, RULE_SPF_SENDER, identity_name(run), run->sender->written, S(""));
}

/* Sets the outcome but for the explanation. */
static void conclude(struct spf_run *run, enum spf_step step, const struct judged *judged)
{
    struct ingam_spf_outcome *out = run->out;
    out->result = step == STEP_STOP ? fault_result(run->fault) : judged->result;
    out->fault = run->fault;
    if (step == STEP_YES && judged->result != INGAM_RESULT_NONE)
        out->mechanism = judged->term ? judged->term->text : S("default");
    if (run->unnoted)
        trace_add(run->trace, (struct ingam_note){.rule = INGAM_RULE_SPF_MORE,
                                                  .subject = run->request->identity,
                                                  .number = {run->unnoted}});
}

static enum progress wait(const struct spf_run *run)
{
    run->sender->stand = (struct spf_stand){.frame = run->frame,
                                            .open = run->open,
                                            .lookups = run->out->lookups,
                                            .voids = run->out->voids,
                                            .depth = run->depth,
                                            .has_used_ptr = run->has_used_ptr,
                                            .uses_local_part = run->out->uses_local_part};
    return PENDING;
}

/* Goes on where the last run ended. */
static void resume(struct spf_run *run)
{
    struct spf_stand *stand = &run->sender->stand;
    run->frame = stand->frame;
    run->place = stand->frame->place.record ? &stand->frame->place : NULL;
    run->depth = stand->depth;
    run->has_used_ptr = stand->has_used_ptr;
    run->out->lookups = stand->lookups;
    run->out->voids = stand->voids;
    run->out->uses_local_part = stand->uses_local_part;
    stand->frame = NULL;
}

/* Begins with the sender's own record. ret false: no memory */
static bool begin(struct spf_run *run)
{
    spf_note(run, RULE_SPF_IDENTITY, identity_name(run), run->sender->domain, S(""));
    return enter(run, run->sender->txt);
}

/* An explanation that has to wait is come to again from the top: that is rare. */
static enum progress evaluate(struct spf_run *run)
{
    struct judged judged = {.result = INGAM_RESULT_NONE};
    enum spf_step step = STEP_YES;
    *run->out = (struct ingam_spf_outcome){.is_run = true, .domain = run->sender->domain};
    if (run->sender->stand.frame)
        resume(run);
    else if (!begin(run))
        step = spf_stop(run, FAULT_SPF_DNS);
    if (step == STEP_YES)
        step = check_host(run, &judged);
    if (step == STEP_PENDING)
        return wait(run);
    conclude(run, step, &judged);
    bool is_explained = run->out->result == INGAM_RESULT_FAIL && run->place && run->place->record->exp;
    if (is_explained && spf_explain(run, run->place) == PENDING)
        return PENDING;
    run->depth = 0;
    spf_note(run, RULE_SPF_RESULT, identity_name(run), str_of(ingam_result_name(run->out->result)),
             run->sender->domain);
    return DONE;
}

/* The trace is written by one more run once all answers are there: most runs end at an open question, and their notes
 * would be thrown away. */
static enum progress evaluate_and_tell(struct spf_run *run)
{
    struct spf_run told = *run;
    told.trace = run->on->trace;
    return evaluate(run) == PENDING ? PENDING : evaluate(&told);
}

static bool is_waiting(const struct spf_sender *sender)
{
    const struct spf_stand *stand = &sender->stand;
    return stand->frame && stand->open && fact_is_open(stand->open);
}

static enum progress evaluate_for(const struct method_run *on, const struct spf_request *request,
                                  struct spf_sender *sender, struct ingam_spf_outcome *out)
{
    struct spf_run run = {.on = on, .request = request, .out = out, .sender = sender};
    if (is_waiting(sender))
        return PENDING;
    facts_account(on->facts, request->identity == SPF_HELO ? SHARE_SPF_HELO : SHARE_SPF_MAIL_FROM);
    if (!sender->is_known)
        spf_find_sender(on, request, sender);
    if (sender->txt)
        return on->trace ? evaluate_and_tell(&run) : evaluate(&run);
    refuse_domain(&run);
    return DONE;
}

enum progress spf_eval(const struct method_run *run, const struct spf_request *request,
                       struct ingam_spf_outcome *out)
{
    bool has_sender = request->helo.n || (request->identity == SPF_MAIL_FROM && request->mail_from.n);
    trace_reset(run->trace);
    if (!has_sender || !request->has_ip) {
        *out = (struct ingam_spf_outcome){.is_run = false};
        return DONE;
    }
    if (request->sender)
        return evaluate_for(run, request, request->sender, out);
    struct spf_sender sender = {.is_known = false};
    return evaluate_for(run, request, &sender, out);
}
