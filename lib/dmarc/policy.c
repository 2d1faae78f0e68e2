/* SPDX-License-Identifier: BSD-2-Clause */
/* Which record governs the author domain, and which policy it asks for.                [RFC9989 4.10.1] */
#include "dmarc/parts.h"

static const struct dmarc_step *step_at(const struct dmarc_walk *walk, str name)
{
    for (size_t i = 0; i < walk->n; i++)
        if (walk->steps[i].record && str_eq_nocase(walk->steps[i].name, name))
            return &walk->steps[i];
    return NULL;
}

/* The record of the author domain, else of its organizational domain, else of its public suffix domain, whose policy is
 * never used where the organizational domain has a record of its own.                   [RFC9989 4.10.1] */
static void place(struct judge *j)
{
    const struct dmarc_walk *walk = &j->walk;
    const struct dmarc_step *last = &walk->steps[walk->n - 1];
    j->place = AT_AUTHOR;
    j->step = walk->steps[0].record ? &walk->steps[0] : NULL;
    if (j->step == NULL && !walk->has_failed) {
        j->place = AT_ORGANIZATIONAL;
        j->step = step_at(walk, walk->organizational_domain);
    }
    if (j->step == NULL && last->record && last->record->psd == PSD_YES) {
        j->place = AT_PSD;
        j->step = last;
    }
    if (j->step == NULL)
        j->place = AT_NONE;
    j->record = j->step ? j->step->record : NULL;
}

/* ret  why a record that stands somewhere on the walk does not count */
static enum ingam_fault why_none(const struct dmarc_walk *walk)
{
    for (size_t i = 0; i < walk->n; i++) {
        if (walk->steps[i].has_several)
            return FAULT_DMARC_SEVERAL_RECORDS;
        if (walk->steps[i].voided)
            return walk->steps[i].voided->fault;
    }
    return FAULT_NONE;
}

static bool ends(struct judge *j, enum ingam_result result, enum ingam_fault fault, enum ingam_rule rule)
{
    j->out->result = result;
    j->out->fault = fault;
    dmarc_tell(j, rule, j->out->author_domain, S(""), S(""));
    return false;
}

static void tell_place(struct judge *j)
{
    static const enum ingam_rule rules[] = {
        [AT_AUTHOR] = RULE_DMARC_RECORD_OWN,
        [AT_ORGANIZATIONAL] = RULE_DMARC_RECORD_ABOVE,
        [AT_PSD] = RULE_DMARC_RECORD_PSD,
    };
    dmarc_tell(j, rules[j->place], j->out->author_domain, j->step->name, S(""));
}

/* Tells what is wrong with p, sp or np, with the place in the record. */
static void tell_policy_fault(struct judge *j, enum ingam_rule rule)
{
    trace_add(j->run->trace, (struct ingam_note){.rule = rule,
                                                 .fault = j->record->p_fault,
                                                 .text = {j->step->name},
                                                 .record = j->record->text,
                                                 .at = j->record->at});
}

/* [RFC9989 4.10.1] [RFC9989 5.3.2] [RFC9989 5.3.6] */
bool dmarc_policy_find(struct judge *j)
{
    place(j);
    if (j->place == AT_NONE && j->walk.has_failed)
        return ends(j, INGAM_RESULT_TEMPERROR, FAULT_DMARC_POLICY_UNKNOWN, RULE_DMARC_RECORD_UNKNOWN);
    if (j->place == AT_NONE)
        return ends(j, INGAM_RESULT_NONE, why_none(&j->walk), RULE_DMARC_RECORD_NONE);
    tell_place(j);
    j->out->policy_domain = j->step->name;
    if (j->record->p_fault == FAULT_NONE || j->record->has_valid_rua)
        return true;
    tell_policy_fault(j, RULE_DMARC_RECORD_USELESS);
    j->out->result = INGAM_RESULT_NONE;
    j->out->fault = j->record->p_fault;
    return false;
}

/* A policy and the tag it comes from. */
struct choice {
    enum ingam_dmarc_policy policy;
    const char *tag;
};

/* What an existing subdomain gets: sp, else p.                                            [RFC9989 4.7] */
static struct choice for_subdomain(const struct dmarc_record *record)
{
    if (record->sp != INGAM_DMARC_NO_POLICY)
        return (struct choice){record->sp, "sp"};
    return (struct choice){record->p, "p"};
}

/* Says whether the author domain does not exist. The question's type is CNAME: asked for any other type, a resolver
 * follows an alias, and the NXDOMAIN of an alias that leads nowhere would be told about the alias itself; NXDOMAIN to a
 * question for CNAME can only mean this name. NODATA exists.                            [RFC9989 3.2.13] */
static bool is_missing(struct judge *j)
{
    str domain = j->out->author_domain;
    const struct fact *fact = facts_ask(j->run->facts, S(""), domain, INGAM_RR_CNAME);
    j->is_existence_open = fact_is_open(fact);
    j->is_existence_unknown = fact_failed(fact);
    if (j->is_existence_open)
        return false;
    if (j->is_existence_unknown) {
        dmarc_tell(j, RULE_DMARC_EXISTENCE_UNKNOWN, domain, str_of(fact->why ? fact->why : "failed"), S(""));
        return false;
    }
    bool is_none = fact->status == INGAM_STATUS_NXDOMAIN;
    dmarc_tell(j, is_none ? RULE_DMARC_MISSING : RULE_DMARC_EXISTS, domain,
               str_of(ingam_status_name(fact->status)), S(""));
    return is_none;
}

/* p at the author domain itself; below the record np where it applies, else sp, else p.   [RFC9989 4.10.1]
 * The existence of the author domain is only asked where np would change something. */
static struct choice choose(struct judge *j)
{
    const struct dmarc_record *record = j->record;
    if (record->p_fault != FAULT_NONE) {
        tell_policy_fault(j, RULE_DMARC_RECORD_MENDED);
        return (struct choice){INGAM_DMARC_NONE, "p"};
    }
    if (j->place == AT_AUTHOR)
        return (struct choice){record->p, "p"};
    struct choice existing = for_subdomain(record);
    if (record->np == INGAM_DMARC_NO_POLICY || record->np == existing.policy || !is_missing(j))
        return existing;
    return (struct choice){record->np, "np"};
}

static str policy_word(enum ingam_dmarc_policy policy)
{
    return str_of(ingam_dmarc_policy_name(policy));
}

/* t=y: quarantine instead of reject, none instead of quarantine.                          [RFC9989 4.7] */
void dmarc_policy_choose(struct judge *j)
{
    struct ingam_dmarc_outcome *out = j->out;
    struct choice choice = choose(j);
    out->published = out->policy = choice.policy;
    out->is_testing = j->record->is_testing;
    dmarc_tell(j, RULE_DMARC_POLICY, out->author_domain, policy_word(choice.policy), str_of(choice.tag));
    if (!out->is_testing || choice.policy == INGAM_DMARC_NONE)
        return;
    out->policy = choice.policy == INGAM_DMARC_REJECT ? INGAM_DMARC_QUARANTINE : INGAM_DMARC_NONE;
    dmarc_tell(j, RULE_DMARC_TESTING, policy_word(choice.policy), policy_word(out->policy), S(""));
}
