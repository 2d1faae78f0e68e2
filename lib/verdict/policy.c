/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdict -> action. What the RFCs say of a message is one thing, what a site does about it another: this file is the second.
 *
 *     no usable author domain             on_no_author                                 [RFC9989 11.5]
 *     a policy may stand, the DNS failed   on_temperror                                 [RFC9989 5.3.6]
 *     failed, but it came through trusted  what the trust says, if that is milder, and say so: nobody is trusted where nothing
 *       hands (trust.c)                     was said                                   [RFC8617 7.2.1]
 *     failed, p=reject                    on_reject: QUARANTINE where nothing was said [RFC9989 7.4]
 *     failed, p=quarantine                on_quarantine: QUARANTINE where nothing was said
 *     anything else                       accept: SPF's or DKIM's own result decides nothing [RFC9989 7.1] [RFC6376 6.1] */
#include "verdict/verdict.h"

#include "base/cur.h"
#include "base/fault.h"

struct decision {
    struct arena *arena;
    const struct ingam_policy *policy;
    const struct ingam_verdict *verdict;
    struct trace *trace;
    struct ingam_action *action;
};

bool reply_is_printable(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] > 0x7e)
            return false;
    return true;
}

static bool is_host_name(str name)
{
    cur c = cur_of(name);
    cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_DOT | C_UNDER);
    return name.n && name.n <= 253 && cur_end(&c);
}

str reply_write(struct arena *a, str words, str before, str name)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, words);
    if (is_host_name(name)) {
        out_str(&o, before);
        out_str(&o, name);
    }
    return out_done(&o);
}

static void because(struct decision *d, const char *reason)
{
    struct ingam_action *act = d->action;
    if (act->reason_n < INGAM_REASONS_MAX)
        act->reasons[act->reason_n++] = reason;
}

static void reply(struct decision *d, uint16_t code, str enhanced, str text)
{
    d->action->code = code;
    d->action->enhanced = enhanced;
    d->action->text = text;
}

static str name_of(enum ingam_disposition disposition)
{
    return disposition == INGAM_ACCEPT ? S("accept") : str_of(ingam_disposition_name(disposition));
}

/* ret  SPF and DKIM have both failed of themselves, beside DMARC                              [RFC7372 3.4] */
static bool several_failed(const struct ingam_verdict *v)
{
    bool has_failed = false;
    for (size_t i = 0; i < v->dkim_n; i++) {
        if (v->dkim[i].result == INGAM_RESULT_PASS)
            return false;
        has_failed |= v->dkim[i].result == INGAM_RESULT_FAIL;
    }
    return has_failed && v->spf_mail_from.result == INGAM_RESULT_FAIL;
}

static enum ingam_disposition no_author(struct decision *d)
{
    enum ingam_disposition does = d->policy->on_no_author;
    const char *why = ingam_fault_row(d->verdict->fault)->sentence;
    because(d, "no-author-domain");
    because(d, why);
    trace_add(d->trace, (struct ingam_note){.rule = RULE_POLICY_NO_AUTHOR,
                                            .fault = d->verdict->fault,
                                            .text = {name_of(does), str_of(why)}});
    if (does == INGAM_REJECT)
        reply(d, 550, S("5.7.1"), S("rejected: no usable author domain in From"));
    if (does == INGAM_DEFER)
        reply(d, 451, S("4.7.1"), S("deferred: no usable author domain in From"));
    return does;
}

static bool has_dkim_temperror(const struct ingam_verdict *v)
{
    for (size_t i = 0; i < v->dkim_n; i++)
        if (v->dkim[i].result == INGAM_RESULT_TEMPERROR)
            return true;
    return false;
}

/* The reply names what could not be looked up, if it was one thing.     [RFC7372 3.2] [RFC6376 6.3] [RFC9989 7.2] */
static void reply_temperror(struct decision *d)
{
    bool is_spf = d->verdict->spf_mail_from.result == INGAM_RESULT_TEMPERROR;
    bool is_dkim = has_dkim_temperror(d->verdict);
    str domain = d->verdict->dmarc.author_domain;
    if (is_spf && !is_dkim)
        reply(d, 451, S("4.7.24"),
              reply_write(d->arena, S("SPF validation error: DNS failure"), S(" for "),
                          d->verdict->spf_mail_from.domain));
    else if (is_dkim && !is_spf)
        reply(d, 451, S("4.7.5"), S("unable to verify signature: key server unavailable"));
    else
        reply(d, 451, S("4.7.1"),
              reply_write(d->arena, S("DNS failure while checking DMARC"), S(" for "), domain));
}

/* A deferral where the DNS failed never turns into a rejection; accepting is the other choice.   [RFC9989 5.3.6, 7.2] */
static enum ingam_disposition temperror(struct decision *d)
{
    enum ingam_disposition does = d->policy->on_temperror;
    if (does == INGAM_REJECT)
        does = INGAM_DEFER;
    because(d, "dns-failure");
    if (does == INGAM_DEFER)
        reply_temperror(d);
    else
        because(d, "local-policy: accept in spite of the DNS failure");
    trace_add(d->trace, (struct ingam_note){.rule = RULE_POLICY_TEMPERROR,
                                            .fault = d->verdict->dmarc.fault,
                                            .text = {name_of(does), d->verdict->dmarc.author_domain}});
    return does;
}

/* Says that one thing was asked for and another is done.                     [RFC9989 5.4, 7.4] */
static void say_override(struct decision *d, enum ingam_disposition does, enum ingam_disposition asked)
{
    static const char *const instead_of_reject[] = {
        [INGAM_ACCEPT] = "local-policy: accept instead of reject",
        [INGAM_QUARANTINE] = "local-policy: quarantine instead of reject",
        [INGAM_REJECT] = "",
        [INGAM_DEFER] = "local-policy: defer instead of reject",
    };
    static const char *const instead_of_quarantine[] = {
        [INGAM_ACCEPT] = "local-policy: accept instead of quarantine",
        [INGAM_QUARANTINE] = "",
        [INGAM_REJECT] = "local-policy: reject instead of quarantine",
        [INGAM_DEFER] = "local-policy: defer instead of quarantine",
    };
    because(d, asked == INGAM_REJECT ? instead_of_reject[does] : instead_of_quarantine[does]);
    trace_add(d->trace,
              (struct ingam_note){.rule = asked == INGAM_REJECT ? RULE_POLICY_OVERRIDE : RULE_POLICY_INSTEAD,
                                  .text = {name_of(does), name_of(asked)}});
}

static void reply_failed(struct decision *d, enum ingam_disposition does)
{
    str domain = d->verdict->dmarc.author_domain;
    if (does == INGAM_REJECT)
        reply(d, 550, several_failed(d->verdict) ? S("5.7.26") : S("5.7.1"),
              reply_write(d->arena, S("rejected per DMARC policy"), S(" for "), domain));
    if (does == INGAM_DEFER)
        reply(d, 451, S("4.7.1"), reply_write(d->arena, S("deferred per DMARC policy"), S(" for "), domain));
}

/* The words for a reason that names the operator's rule; a name that no field can hold is left out. */
static const char *reason_of(struct decision *d, const struct ingam_trust *trust)
{
    static const char *const kinds[] = {
        [INGAM_TRUST_ARC] = "arc=pass by trusted sealers, where DMARC had passed",
        [INGAM_TRUST_DKIM] = "dkim=pass of a trusted signer",
        [INGAM_TRUST_CLIENT] = "trusted client",
    };
    struct out o;
    out_init(&o, d->arena);
    out_z(&o, trust->effect == INGAM_ACCEPT ? "local-policy: " : "local-policy: quarantine at most, ");
    out_z(&o, kinds[trust->kind]);
    if (trust->rule.n && reply_is_printable(trust->rule)) {
        out_z(&o, ", rule ");
        out_str(&o, trust->rule);
    }
    out_byte(&o, 0);
    const char *text = (const char *)out_done(&o).p;
    return text ? text : "local-policy: trusted";
}

/* DMARC failed here, but hands that this site trusts changed the message.             [RFC8617 7.2.1] [RFC9989 5.4]
 * in   trust  milder than what would be done without it */
static void excuse(struct decision *d, const struct ingam_trust *trust)
{
    static const enum ingam_rule rules[] = {
        [INGAM_TRUST_ARC] = RULE_POLICY_TRUSTED_ARC,
        [INGAM_TRUST_DKIM] = RULE_POLICY_TRUSTED_DKIM,
        [INGAM_TRUST_CLIENT] = RULE_POLICY_TRUSTED_CLIENT,
    };
    bool is_plain = trust->kind == INGAM_TRUST_ARC && trust->rule.n == 0;
    because(d, reason_of(d, trust));
    trace_add(d->trace, (struct ingam_note){.rule = is_plain ? RULE_POLICY_EXCUSED : rules[trust->kind],
                                            .text = {trust->name, name_of(trust->effect), trust->rule},
                                            .number = {(int64_t)d->verdict->arc.sets}});
}

/* What the site does where the policy asks for quarantine or reject, unless somebody trusted makes it milder. */
static enum ingam_disposition applied(struct decision *d, enum ingam_disposition asked)
{
    enum ingam_disposition does = asked == INGAM_REJECT ? d->policy->on_reject : d->policy->on_quarantine;
    bool is_severe = does == INGAM_REJECT || does == INGAM_DEFER;
    struct ingam_trust trust;
    bool is_trusted = trust_find(d->policy, d->verdict, &trust);
    if (is_trusted && trust.effect == INGAM_ACCEPT) {
        excuse(d, &trust);
        return INGAM_ACCEPT;
    }
    because(d, asked == INGAM_REJECT ? "p=reject" : "p=quarantine");
    if (is_trusted && is_severe) {
        excuse(d, &trust);
        return INGAM_QUARANTINE;
    }
    if (does != asked)
        say_override(d, does, asked);
    reply_failed(d, does);
    return does;
}

static enum ingam_disposition failed(struct decision *d)
{
    const struct ingam_dmarc_outcome *dmarc = &d->verdict->dmarc;
    if (dmarc->published != dmarc->policy)
        because(d, "t=y: one level below what is published");
    const char *policy = ingam_dmarc_policy_name(dmarc->policy);
    trace_add(d->trace,
              (struct ingam_note){.rule = RULE_POLICY_FAILED,
                                  .text = {str_of(policy ? policy : "none"), dmarc->policy_domain}});
    if (dmarc->policy == INGAM_DMARC_REJECT)
        return applied(d, INGAM_REJECT);
    if (dmarc->policy == INGAM_DMARC_QUARANTINE)
        return applied(d, INGAM_QUARANTINE);
    return INGAM_ACCEPT; /* p=none changes nothing                                      [RFC9989 5.4] */
}

static enum ingam_disposition accepted(struct decision *d)
{
    const struct ingam_dmarc_outcome *dmarc = &d->verdict->dmarc;
    trace_add(d->trace, (struct ingam_note){.rule = RULE_POLICY_ACCEPTED,
                                            .text = {str_of(ingam_result_name(dmarc->result))}});
    return INGAM_ACCEPT;
}

/* ret  the DNS failed where another policy than none may stand                     [RFC9989 5.3.6, 5.4] */
static bool hides_policy(const struct ingam_dmarc_outcome *dmarc)
{
    if (dmarc->result != INGAM_RESULT_TEMPERROR)
        return false;
    return dmarc->policy != INGAM_DMARC_NONE || dmarc->fault == FAULT_DMARC_EXISTENCE_UNKNOWN;
}

static enum ingam_disposition decide(struct decision *d)
{
    const struct ingam_dmarc_outcome *dmarc = &d->verdict->dmarc;
    if (dmarc->author_domain.n == 0)
        return no_author(d);
    if (hides_policy(dmarc))
        return temperror(d);
    return dmarc->result == INGAM_RESULT_FAIL ? failed(d) : accepted(d);
}

void policy_decide(struct arena *a, const struct ingam_policy *policy, const struct ingam_verdict *verdict,
                   struct trace *trace, struct ingam_action *action)
{
    struct decision d = {a, policy, verdict, trace, action};
    *action = (struct ingam_action){0};
    action->would_be = decide(&d);
    action->disposition = action->would_be;
    if (policy->mode == INGAM_ENFORCE)
        return;
    action->disposition = INGAM_ACCEPT;
    reply(&d, 0, S(""), S(""));
    if (action->would_be != INGAM_ACCEPT) {
        because(&d, "observing");
        trace_add(trace,
                  (struct ingam_note){.rule = RULE_POLICY_OBSERVED, .text = {name_of(action->would_be)}});
    }
}
