/* SPDX-License-Identifier: BSD-2-Clause */
/* check_host(): records, terms from left to right, include and redirect, and what they may cost.
 *                                                                                         [RFC7208 2.2] [RFC7208 4] */
#include "spf/eval.h"

/* So many terms are told in the trace; a record of a thousand terms is not worth a thousand notes. */
enum { NOTED_MAX = 256 };

struct judged {
    enum ingam_result result; /* none, or a qualifier's */
    struct spf_place place;
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

/* Chooses among the TXT records; what came of it is kept beside the fact.                               [RFC7208 4.5]
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
        record = spf_record_read(run->on->arena, text);
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
    run->is_open_record = step == STEP_PENDING;
    if (step != STEP_YES)
        return step;
    struct spf_record *record = fact_memo(txt, MEMO_SPF);
    if (record == NULL)
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

static enum spf_step check_host(struct spf_run *run, const struct fact *txt, struct judged *judged);

/* Asks for the record that include or redirect names. A name of one label has none.    [RFC7208 4.3]
 * ret  STEP_YES: *txt is asked for, maybe open; STEP_NO: malformed; STEP_PENDING, STEP_STOP */
static enum spf_step ask_record(struct spf_run *run, const struct fact **txt)
{
    struct spf_target *target = &run->term->targets[run->request->identity];
    bool is_asked = target->fact && (run->term->uses & ~USES_MACRO) == 0;
    enum spf_step step = is_asked ? STEP_YES : spf_find_target(run, &target);
    if (step != STEP_YES)
        return step;
    if (!target->has_parent)
        return STEP_NO;
    if (target->fact == NULL)
        target->fact = facts_ask(run->on->facts, S(""), target->name, INGAM_RR_TXT);
    *txt = target->fact;
    return STEP_YES;
}

/* pass matches; fail, softfail and neutral do not; none is a permanent error, as are errors within.     [RFC7208 5.2] */
static enum spf_step match_include(struct spf_run *run)
{
    const struct spf_place *place = run->place;
    const struct spf_term *term = run->term;
    const struct fact *txt;
    struct judged inner;
    enum spf_step step = ask_record(run, &txt);
    if (step == STEP_NO)
        return spf_stop(run, FAULT_SPF_INCLUDE_NONE);
    if (step != STEP_YES)
        return step;
    spf_note(run, RULE_SPF_INCLUDE_IN, term->text, txt->name, S(""));
    run->depth++;
    step = check_host(run, txt, &inner);
    run->depth--;
    run->place = place;
    run->term = term;
    if (step != STEP_YES)
        return step;
    if (inner.result == INGAM_RESULT_NONE)
        return spf_stop(run, FAULT_SPF_INCLUDE_NONE);
    run->detail = str_of(ingam_result_name(inner.result));
    return inner.result == INGAM_RESULT_PASS ? STEP_YES : STEP_NO;
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
    if (!is_match && run->noted >= NOTED_MAX) {
        run->unnoted++;
        return;
    }
    run->noted++;
    spf_note(run, rule, run->term->text, is_match ? S("matches") : S("does not match"), run->detail);
}

/* A term with %{s} or %{l} matches nothing where the local-part is not ASCII.             [RFC8616 4] */
static enum spf_step match_term(struct spf_run *run)
{
    const struct matcher *matcher = &matchers[run->term->kind];
    if (spf_kind_asks(run->term->kind) && spf_count_lookup(run) != STEP_YES)
        return STEP_STOP;
    run->detail = S("");
    bool is_dead = run->sender->has_high_local && (run->term->uses & USES_LOCAL);
    enum spf_step step = is_dead ? STEP_NO : matcher->match(run);
    if (step == STEP_YES || step == STEP_NO)
        note_term(run, matcher->rule, step == STEP_YES);
    return step;
}

/* The client's address is the same for all runs of a message: networks at the head of a record that did not match once
 * need no second look, but where the run is told. */
static void pass_over(const struct spf_run *run, struct spf_record *record, size_t i)
{
    if (record->live == i && !spf_kind_asks(run->term->kind))
        record->live = i + 1;
}

/* Goes over the mechanisms from left to right.                                          [RFC7208 4.6.2]
 * ret  STEP_YES: judged->term matches; STEP_NO: none does */
static enum spf_step match_terms(struct spf_run *run, struct judged *judged)
{
    struct spf_record *record = judged->place.record;
    for (size_t i = run->trace ? 0 : record->live; i < record->n; i++) {
        run->term = &record->terms[i];
        enum spf_step step = run->term->kind < TERM_REDIRECT ? match_term(run) : STEP_NO;
        if (step == STEP_NO) {
            pass_over(run, record, i);
            continue;
        }
        judged->term = &record->terms[i];
        judged->result = judged->term->qualifier;
        return step;
    }
    return STEP_NO;
}

/* redirect counts only here, where it is used; `all` has matched before.                [RFC7208 5.1] [RFC7208 6.1] */
static enum spf_step follow_redirect(struct spf_run *run, const struct fact **txt)
{
    run->term = run->place->record->redirect;
    if (spf_count_lookup(run) != STEP_YES)
        return STEP_STOP;
    enum spf_step step = ask_record(run, txt);
    if (step == STEP_NO)
        return spf_stop(run, FAULT_SPF_REDIRECT_NONE);
    if (step == STEP_YES)
        spf_note(run, RULE_SPF_REDIRECT, run->term->text, (*txt)->name, S(""));
    return step;
}

/* No mechanism matched and nothing is redirected to: neutral.                            [RFC7208 4.7] */
static enum spf_step judge_by_default(struct spf_run *run, struct judged *judged)
{
    judged->result = INGAM_RESULT_NEUTRAL;
    spf_note(run, RULE_SPF_DEFAULT, judged->place.domain, S(""), S(""));
    return STEP_YES;
}

/* check_host() for one domain and those it redirects to.                                [RFC7208 4] [RFC7208 6.1]
 * in   txt  asked for, maybe open
 * ret  STEP_YES: judged is set; STEP_PENDING; STEP_STOP */
static enum spf_step check_host(struct spf_run *run, const struct fact *txt, struct judged *judged)
{
    bool is_redirected = false;
    *judged = (struct judged){.result = INGAM_RESULT_NONE};
    for (;;) {
        struct spf_record *record = NULL;
        enum spf_step step = find_record(run, txt, &record);
        if (step == STEP_NO)
            return is_redirected ? spf_stop(run, FAULT_SPF_REDIRECT_NONE) : STEP_YES;
        if (step != STEP_YES || record == NULL)
            return step;
        judged->place = (struct spf_place){txt->name, record};
        run->place = &judged->place;
        step = match_terms(run, judged);
        if (step != STEP_NO)
            return step;
        if (record->redirect == NULL)
            return judge_by_default(run, judged);
        step = follow_redirect(run, &txt);
        if (step != STEP_YES)
            return step;
        is_redirected = true;
    }
}

static str identity_name(const struct spf_run *run)
{
    return run->request->identity == SPF_HELO ? S("HELO") : S("MAIL FROM");
}

static void refuse_domain(struct spf_run *run)
{
    run->out->fault = FAULT_SPF_DOMAIN_MALFORMED;
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

/* What the last run of this identity waits for; kept beside the record of the domain that is checked.
 * ret  NULL: that is not there yet, or no memory */
static struct spf_wait *wait_of(const struct spf_run *run)
{
    struct spf_record *record = fact_memo(run->sender->txt, MEMO_SPF);
    if (record && record->waits == NULL)
        record->waits = NEW_N(run->on->arena, struct spf_wait, SPF_IDENTITIES);
    return record && record->waits ? &record->waits[run->request->identity] : NULL;
}

static enum progress wait(const struct spf_run *run)
{
    struct spf_wait *wait = wait_of(run);
    if (wait)
        *wait = (struct spf_wait){.open = run->open,
                                  .is_record = run->is_open_record,
                                  .has_used_ptr = run->has_used_ptr,
                                  .lookups = run->out->lookups,
                                  .voids = run->out->voids,
                                  .depth = run->depth};
    return PENDING;
}

/* Looks at a record that was waited for by itself, with the counters as they stood: where it only leads to the next open
 * question, as a chain of includes does, there is no need to come again all the way from the top. Nothing but the question
 * is taken from it.
 * ret  DONE: the run from the top is due */
static enum progress look_ahead(struct spf_run run, const struct spf_wait *waited)
{
    struct judged judged;
    *run.out = (struct ingam_spf_outcome){.is_run = true, .lookups = waited->lookups, .voids = waited->voids};
    run.has_used_ptr = waited->has_used_ptr;
    run.depth = waited->depth;
    return check_host(&run, waited->open, &judged) == STEP_PENDING ? wait(&run) : DONE;
}

/* A run that ended at an open question ends there again as long as that is open. */
static enum progress catch_up(const struct spf_run *run)
{
    struct spf_wait *wait = wait_of(run);
    struct spf_wait waited = wait ? *wait : (struct spf_wait){.open = NULL};
    if (waited.open == NULL)
        return DONE;
    if (fact_is_open(waited.open))
        return PENDING;
    wait->open = NULL;
    return waited.is_record ? look_ahead(*run, &waited) : DONE;
}

static enum progress evaluate(struct spf_run run)
{
    struct judged judged;
    *run.out = (struct ingam_spf_outcome){.is_run = true, .domain = run.sender->domain};
    spf_note(&run, RULE_SPF_IDENTITY, identity_name(&run), run.sender->domain, S(""));
    enum spf_step step = check_host(&run, run.sender->txt, &judged);
    if (step == STEP_PENDING)
        return wait(&run);
    conclude(&run, step, &judged);
    const struct spf_record *record = judged.place.record;
    bool is_explained = run.out->result == INGAM_RESULT_FAIL && record && record->exp;
    if (is_explained && spf_explain(&run, &judged.place) == PENDING)
        return PENDING;
    run.depth = 0;
    spf_note(&run, RULE_SPF_RESULT, identity_name(&run), str_of(ingam_result_name(run.out->result)),
             run.sender->domain);
    return DONE;
}

/* The trace is written by one more run once all answers are there: most runs end at an open question, and their notes
 * would be thrown away. */
static enum progress evaluate_and_tell(struct spf_run *run)
{
    if (catch_up(run) == PENDING || evaluate(*run) == PENDING)
        return PENDING;
    run->trace = run->on->trace;
    return run->trace ? evaluate(*run) : DONE;
}

enum progress spf_eval(const struct method_run *run, const struct spf_request *request,
                       struct ingam_spf_outcome *out)
{
    struct spf_sender found = {.is_known = false};
    struct spf_sender *sender = request->sender ? request->sender : &found;
    struct spf_run eval = {.on = run, .request = request, .out = out, .sender = sender};
    bool has_sender = request->helo.n || (request->identity == SPF_MAIL_FROM && request->mail_from.n);
    trace_reset(run->trace);
    *out = (struct ingam_spf_outcome){.is_run = request->has_ip && has_sender};
    if (!out->is_run)
        return DONE;
    facts_account(run->facts, request->identity == SPF_HELO ? SHARE_SPF_HELO : SHARE_SPF_MAIL_FROM);
    if (!sender->is_known)
        spf_find_sender(run, request, sender);
    if (sender->txt)
        return evaluate_and_tell(&eval);
    refuse_domain(&eval);
    return DONE;
}
