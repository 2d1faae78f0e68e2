/* SPDX-License-Identifier: BSD-2-Clause */
/* The mechanisms that ask for hosts: a, mx, exists.                                                     [RFC7208 5] */
#include "spf/eval.h"

/* in   fact  open or failed */
enum spf_step spf_settle_rest(struct spf_run *run, const struct fact *fact)
{
    if (fact_is_open(fact)) {
        run->open = fact;
        return STEP_PENDING;
    }
    return spf_stop(run, fact->is_over_limit ? FAULT_SPF_TOO_MANY_QUESTIONS : FAULT_SPF_DNS);
}

const struct fact *spf_fact(struct spf_run *run, struct spf_target *target, enum ingam_rr_type type)
{
    struct facts *facts = run->on->facts;
    if (target->fact == NULL)
        target->fact = facts_ask(facts, S(""), target->name, type);
    return target->fact == &facts->no_name ? NULL : target->fact;
}

enum spf_step spf_ask(struct spf_run *run, struct spf_target *target, enum ingam_rr_type type)
{
    const struct fact *fact = spf_fact(run, target, type);
    return fact ? spf_settle(run, fact) : STEP_NO;
}

/* Finds the target and asks for it; an answer with nothing in it counts as void.
 * ret  STEP_YES: (*target)->fact has records; STEP_NO: it has none, or there is no such name */
static enum spf_step fetch(struct spf_run *run, enum ingam_rr_type type, struct spf_target **target)
{
    enum spf_step step = spf_find_target(run, target);
    if (step == STEP_YES)
        step = spf_ask(run, *target, type);
    if (step != STEP_YES || !spf_is_void((*target)->fact))
        return step;
    return spf_count_void(run) == STEP_YES ? STEP_NO : STEP_STOP;
}

bool spf_has_client(const struct spf_run *run, const struct fact *addresses, unsigned bits)
{
    struct ip address = {.is_v6 = run->request->ip.is_v6};
    for (size_t i = 0; i < addresses->rr_n; i++) {
        str data = addresses->rrs[i].data;
        memcpy(address.bytes, data.p, data.n);
        if (ip_in_prefix(&run->request->ip, &address, bits))
            return true;
    }
    return false;
}

/* No length: all bits.                                                                   [RFC7208 5.6] */
static unsigned prefix_bits(const struct spf_run *run)
{
    return run->request->ip.is_v6 ? run->term->cidr6 : run->term->cidr4;
}

/* [RFC7208 5.3] */
enum spf_step spf_match_a(struct spf_run *run)
{
    struct spf_target *target;
    enum spf_step step = fetch(run, spf_address_type(run), &target);
    if (step != STEP_YES)
        return step;
    return spf_has_client(run, target->fact, prefix_bits(run)) ? STEP_YES : STEP_NO;
}

/* An A record is looked for whatever the client's address is.                              [RFC7208 5.7] */
enum spf_step spf_match_exists(struct spf_run *run)
{
    struct spf_target *target;
    return fetch(run, INGAM_RR_A, &target);
}

/* Asks for the addresses of all mail exchangers together, so that they are under way at the same time. A null MX (the
 * root) has none. ret false: no memory */
static bool ask_exchangers(struct spf_run *run, struct spf_target *target)
{
    const struct fact *mx = target->fact;
    if (target->host)
        return true;
    target->host = NEW_N(run->on->arena, const struct fact *, mx->rr_n);
    if (target->host == NULL)
        return false;
    for (size_t i = 0; i < mx->rr_n; i++)
        if (mx->rrs[i].data.n)
            target->host[i] = facts_ask(run->on->facts, S(""), mx->rrs[i].data, spf_address_type(run));
    return true;
}

/* In the order of the answer, whichever answer comes first; so the result does not hang on that.       [RFC7208 5.4]
 * out  has_address  one of the hosts has an address of the client's kind */
static enum spf_step match_exchangers(struct spf_run *run, const struct spf_target *target, bool *has_address)
{
    *has_address = false;
    for (size_t i = 0; i < target->fact->rr_n; i++) {
        const struct fact *host = target->host[i];
        enum spf_step step = host ? spf_settle(run, host) : STEP_NO;
        if (step == STEP_NO)
            continue;
        if (step != STEP_YES)
            return step;
        *has_address = *has_address || host->rr_n;
        if (spf_has_client(run, host, prefix_bits(run)))
            return STEP_YES;
    }
    return STEP_NO;
}

/* No implicit MX: a domain without MX records has no exchangers. An mx term none of whose hosts has an address found
 * nothing in the end, and counts as one void lookup.                              [RFC7208 5.4] [RFC7208 4.6.4] */
enum spf_step spf_match_mx(struct spf_run *run)
{
    struct spf_target *target;
    bool has_address = false;
    enum spf_step step = fetch(run, INGAM_RR_MX, &target);
    if (step != STEP_YES)
        return step;
    if (target->fact->rr_n > run->on->limits->spf_mx)
        return spf_stop(run, FAULT_SPF_TOO_MANY_MX);
    if (!ask_exchangers(run, target))
        return spf_stop(run, FAULT_SPF_DNS);
    step = match_exchangers(run, target, &has_address);
    if (step == STEP_NO && !has_address)
        return spf_count_void(run) == STEP_YES ? STEP_NO : STEP_STOP;
    return step;
}
