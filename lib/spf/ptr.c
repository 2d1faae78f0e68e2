/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's own names: the ptr mechanism and %{p}. A name counts where one of its addresses is the client's.
 *                                                                                      [RFC7208 5.5] [RFC7208 7.3] */
#include "spf/eval.h"

/* Asks for the names of the client's address.
 * ret  STEP_YES: there are some; STEP_NO: none, or the question failed */
static enum spf_step fetch_names(struct spf_run *run, const struct fact **ptr)
{
    struct out o;
    out_init(&o, run->on->arena);
    ip_write_reverse(&o, &run->request->ip);
    *ptr = facts_ask(run->on->facts, S(""), out_done(&o), INGAM_RR_PTR);
    if (fact_is_open(*ptr))
        return STEP_PENDING;
    if ((*ptr)->is_over_limit && !run->is_explaining)
        return spf_stop(run, FAULT_SPF_TOO_MANY_QUESTIONS);
    return (*ptr)->rr_n ? STEP_YES : STEP_NO;
}

/* All names beyond the first 10 are ignored: their owner is the client, not the sender.  [RFC7208 4.6.4] */
static size_t names_n(const struct spf_run *run, const struct fact *ptr)
{
    return ptr->rr_n < run->on->limits->spf_ptr ? ptr->rr_n : run->on->limits->spf_ptr;
}

/* Asks for the addresses of one name. A name that is no name, or whose question fails, is skipped.
 * ret  STEP_YES: it is the client's; STEP_NO; STEP_PENDING; STEP_STOP: over our limit of questions */
static enum spf_step validate(struct spf_run *run, str name)
{
    if (!name_is_askable(name) || spf_wrong_byte(name) < name.n)
        return STEP_NO;
    const struct fact *host = facts_ask(run->on->facts, S(""), name, spf_address_type(run));
    if (fact_is_open(host))
        return STEP_PENDING;
    if (host->is_over_limit && !run->is_explaining)
        return spf_stop(run, FAULT_SPF_TOO_MANY_QUESTIONS);
    return spf_has_client(run, host, run->request->ip.is_v6 ? 128 : 32) ? STEP_YES : STEP_NO;
}

/* Looks at the names under `top` in their order, all asked for together.
 * out  found  the first one that is the client's
 * ret  STEP_NO: there is none */
static enum spf_step find_name(struct spf_run *run, const struct fact *ptr, str top, str *found)
{
    enum spf_step first = STEP_NO;
    for (size_t i = 0; i < names_n(run, ptr); i++) {
        str name = ptr->rrs[i].data;
        if (!name_is_under(name, top))
            continue;
        enum spf_step step = validate(run, name);
        if (step == STEP_STOP)
            return STEP_STOP;
        if (first == STEP_NO && step == STEP_YES)
            *found = name;
        if (first == STEP_NO)
            first = step;
    }
    return first;
}

/* Only names under the target can make it match, so no other is asked for.                 [RFC7208 5.5] */
enum spf_step spf_match_ptr(struct spf_run *run)
{
    struct spf_target *target;
    const struct fact *ptr;
    str found;
    enum spf_step step = spf_find_target(run, &target);
    if (step == STEP_YES && !name_is_askable(target->name))
        return STEP_NO;
    if (step != STEP_YES)
        return step;
    step = fetch_names(run, &ptr);
    if (step == STEP_NO && spf_is_void(ptr))
        return spf_count_void(run) == STEP_YES ? STEP_NO : STEP_STOP;
    return step == STEP_YES ? find_name(run, ptr, target->name, &found) : step;
}

/* The domain itself before a name under it, and that before any other.                     [RFC7208 7.3] */
static enum spf_step choose_name(struct spf_run *run, const struct fact *ptr, str *name)
{
    str domain = run->place->domain;
    enum spf_step any = find_name(run, ptr, S(""), name);
    if (any != STEP_YES)
        return any;
    for (size_t i = 0; i < names_n(run, ptr); i++) {
        if (!str_eq_nocase(ptr->rrs[i].data, domain))
            continue;
        enum spf_step step = validate(run, domain);
        if (step == STEP_YES)
            *name = domain;
        if (step != STEP_NO)
            return step;
    }
    enum spf_step under = find_name(run, ptr, domain, name);
    return under == STEP_NO ? any : under;
}

enum spf_step spf_validated_name(struct spf_run *run, str *name)
{
    const struct fact *ptr;
    enum spf_step step = fetch_names(run, &ptr);
    if (step == STEP_YES)
        step = choose_name(run, ptr, name);
    if (step != STEP_NO)
        return step;
    *name = S("unknown");
    return STEP_YES;
}
