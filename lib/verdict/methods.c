/* SPDX-License-Identifier: BSD-2-Clause */
/* Running the methods over one message, and writing down what they said. */
#include "verdict/state.h"

static enum progress run_helo(struct ingam_check *c, const struct method_run *run)
{
    if (c->helo.helo.n == 0)
        return DONE;
    return spf_eval(run, &c->helo, &c->verdict.spf_helo);
}

/* MAIL FROM is checked also where HELO has decided: DMARC looks at nothing else.      [RFC7208 2.4] [RFC9989 5.3.3] */
static enum progress run_mail_from(struct ingam_check *c, const struct method_run *run)
{
    if (!c->has_mail_from || (c->mail_from.mail_from.n == 0 && c->mail_from.helo.n == 0))
        return DONE;
    return spf_eval(run, &c->mail_from, &c->verdict.spf_mail_from);
}

static enum progress run_dkim(struct ingam_check *c, const struct method_run *run)
{
    return dkim_eval(run, c->dkim, c->is_ended, &c->dkim_outcomes, &c->verdict.dkim_n);
}

/* [RFC8617 5.2] */
static enum progress run_arc(struct ingam_check *c, const struct method_run *run)
{
    enum progress said = arc_eval(run, c->arc, c->is_ended, &c->verdict.arc);
    if (said == DONE)
        chain_read_results(run, c->arc, c->author.domain, &c->verdict.arc);
    return said;
}

/* ret  all that DMARC hears of the other methods stands */
static bool has_identifiers(const struct ingam_check *c)
{
    return c->methods[SHARE_SPF_MAIL_FROM].is_done && c->methods[SHARE_DKIM].is_done;
}

/* SPF pass and DKIM pass are all that DMARC hears of the other methods; before both are done it can only walk. */
static enum progress run_dmarc(struct ingam_check *c, const struct method_run *run)
{
    bool is_ready = has_identifiers(c);
    struct dmarc_request request = {
        .author_domain = c->author.domain,
        .author_fault = c->author.fault,
        .is_ready = is_ready,
    };
    if (is_ready) {
        request.spf = c->verdict.spf_mail_from.result;
        request.spf_domain = c->verdict.spf_mail_from.domain;
        request.dkim = c->dkim_outcomes;
        request.dkim_n = c->verdict.dkim_n;
    }
    enum progress said = dmarc_eval(run, &request, &c->verdict.dmarc);
    return is_ready ? said : PENDING;
}

/* In the order in which they run and are told; DMARC last, since it waits for the others. */
static const struct {
    enum share share;
    enum progress (*run)(struct ingam_check *c, const struct method_run *run);
} rows[] = {
    {SHARE_SPF_HELO, run_helo}, {SHARE_SPF_MAIL_FROM, run_mail_from},
    {SHARE_DKIM, run_dkim},     {SHARE_ARC, run_arc},
    {SHARE_DMARC, run_dmarc},
};
enum { ROW_N = sizeof rows / sizeof rows[0] };
_Static_assert(ROW_N == SHARE_N, "each method has its share of the questions");

static struct method_run run_of(struct ingam_check *c, struct trace *trace)
{
    return (struct method_run){
        .facts = &c->facts,
        .arena = &c->arena,
        .trace = check_trace(c, trace),
        .limits = &c->config.limits,
        .now_s = c->now_s,
    };
}

static void run_row(struct ingam_check *c, size_t i)
{
    struct method *m = &c->methods[rows[i].share];
    struct method_run run = run_of(c, &m->trace);
    m->is_due = false;
    m->trace.n = m->kept;
    facts_account(&c->facts, rows[i].share);
    m->is_done = rows[i].run(c, &run) == DONE;
    bool is_waited_for = rows[i].share == SHARE_SPF_MAIL_FROM || rows[i].share == SHARE_DKIM;
    if (m->is_done && is_waited_for && has_identifiers(c))
        c->methods[SHARE_DMARC].is_due = true;
}

void methods_run(struct ingam_check *c)
{
    for (size_t i = 0; i < ROW_N; i++) {
        const struct method *m = &c->methods[rows[i].share];
        if (m->is_due && !m->is_done && !check_failed(c))
            run_row(c, i);
    }
}

bool methods_are_done(const struct ingam_check *c)
{
    for (size_t i = 0; i < SHARE_N; i++)
        if (!c->methods[i].is_done)
            return false;
    return true;
}

/* DKIM and ARC have asked for all their keys by their first run; before the body has ended they can do nothing with them. */
void methods_answered(struct ingam_check *c, const struct fact *fact)
{
    for (size_t i = 0; i < SHARE_N; i++)
        if ((fact->shares & 1u << i) && ((i != SHARE_DKIM && i != SHARE_ARC) || c->is_ended))
            c->methods[i].is_due = true;
}

void methods_deadline(struct ingam_check *c)
{
    facts_close(&c->facts, "deadline");
    trace_add(
        check_trace(c, &c->policy_trace),
        (struct ingam_note){.rule = RULE_POLICY_DEADLINE, .number = {(int64_t)c->config.limits.deadline_ms}});
    c->methods[SHARE_SPF_HELO].is_due = c->methods[SHARE_SPF_MAIL_FROM].is_due = true;
    if (c->is_header_done)
        c->methods[SHARE_DKIM].is_due = c->methods[SHARE_ARC].is_due = c->methods[SHARE_DMARC].is_due = true;
}

/* Finds the author domain. A header that was not read whole has none: what lies beyond the limit may be another From.
 *                                                                                      [RFC9989 5.3.1, 11.5] */
static bool find_author(struct ingam_check *c)
{
    if (!mail_author_find(&c->arena, &c->header, &c->config.limits, &c->author))
        return false;
    if (c->header.fault != FAULT_NONE) {
        c->author.fault = c->header.fault;
        c->author.domain = S("");
    }
    c->verdict.fault = c->author.fault;
    mail_author_tell(check_trace(c, &c->mail_trace), &c->header, &c->author);
    return true;
}

/* The body hashers are shared with DKIM, and made if only the chain needs them. */
static void begin_arc(struct ingam_check *c)
{
    struct method_run run = run_of(c, &c->methods[SHARE_ARC].trace);
    struct arc_wanted wanted = {
        .header = &c->header,
        .keys = c->config.keys,
        .allow_partial_body = c->config.policy.allow_partial_body,
        .bodies = &c->bodies,
    };
    facts_account(&c->facts, SHARE_ARC);
    c->arc = arc_begin(&run, &wanted);
    if (c->arc == NULL)
        c->arena.has_failed = true;
}

void methods_header_ended(struct ingam_check *c)
{
    c->is_header_done = true;
    if (!mail_header_split(&c->splitter, &c->arena, &c->header) || !find_author(c)) {
        c->arena.has_failed = true;
        return;
    }
    struct method_run run = run_of(c, &c->methods[SHARE_DKIM].trace);
    facts_account(&c->facts, SHARE_DKIM);
    c->dkim =
        dkim_begin(&run, &c->header, c->author.domain, c->config.keys, c->config.policy.allow_partial_body);
    if (c->dkim == NULL) {
        c->arena.has_failed = true;
        return;
    }
    c->methods[SHARE_DKIM].kept = c->methods[SHARE_DKIM].trace.n;
    c->bodies = dkim_bodies(c->dkim);
    begin_arc(c);
    c->methods[SHARE_DKIM].is_due = c->methods[SHARE_ARC].is_due = c->methods[SHARE_DMARC].is_due = true;
}

void methods_message_ended(struct ingam_check *c)
{
    if (c->bodies)
        dkim_body_end(c->bodies);
    c->is_ended = true;
    c->methods[SHARE_DKIM].is_due = c->methods[SHARE_ARC].is_due = true;
}

static str received_spf(struct ingam_check *c)
{
    const struct ingam_verdict *v = &c->verdict;
    if (v->spf_mail_from.is_run)
        return spf_received(&c->arena, &c->mail_from, &v->spf_mail_from);
    if (v->spf_helo.is_run)
        return spf_received(&c->arena, &c->helo, &v->spf_helo);
    return S("");
}

static str domain_of(str address)
{
    size_t at = str_find_last(address, '@');
    return at < address.n ? str_from(address, at + 1) : address;
}

/* Tells which fields go, counted from 1.                                                     [RFC8601 5] */
static void tell_removed(struct ingam_check *c)
{
    const struct ingam_verdict *v = &c->verdict;
    for (size_t i = 0; i < v->removed_n; i++)
        trace_add(check_trace(c, &c->policy_trace),
                  (struct ingam_note){.rule = RULE_AUTHRES_REMOVED,
                                      .text = {c->config.authserv_id},
                                      .number = {(int64_t)v->removed[i] + 1}});
}

bool methods_find_removed(struct ingam_check *c)
{
    struct ingam_verdict *v = &c->verdict;
    if (!c->has_removed)
        c->has_removed =
            authres_removals(&c->arena, &c->header, c->config.authserv_id, &v->removed, &v->removed_n);
    return c->has_removed;
}

static bool write_fields(struct ingam_check *c)
{
    struct ingam_verdict *v = &c->verdict;
    struct authres_facts facts = {
        .authserv_id = c->config.authserv_id,
        .verdict = v,
        .mail_from_domain = domain_of(c->mail_from.mail_from),
        .mail_from = c->mail_from.mail_from,
        .helo = c->helo.helo,
        .remote_ip = c->remote_ip,
    };
    v->received_spf = received_spf(c);
    v->authentication_results = authres_write(&c->arena, &facts);
    if (!methods_find_removed(c))
        return false;
    tell_removed(c);
    return true;
}

void methods_conclude(struct ingam_check *c)
{
    struct ingam_verdict *v = &c->verdict;
    v->dkim = c->dkim_outcomes;
    policy_decide(&c->arena, &c->config.policy, v, check_trace(c, &c->policy_trace), &v->action);
    if (!write_fields(c))
        c->arena.has_failed = true;
    c->has_verdict = !check_failed(c);
}
