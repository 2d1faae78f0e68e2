/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose word counts. DMARC's failure of a message that came through hands this site trusts is no reason to treat it as its
 * author's domain asks: they changed it, and say that it was good before, or they are the site's own. [RFC8617 7.2.1] [RFC9989 5.4]
 *
 *     a client            the host has said so
 *     a DKIM signature    it passes, and its d= is trusted
 *     a chain             each of its sealers is trusted; the strictest of their effects counts */
#include "verdict/verdict.h"

/* ret  "example.org" is that name, ".example.org" all below it, "*" any */
static bool fits(str pattern, str name)
{
    if (str_eq(pattern, S("*")))
        return name.n > 0;
    if (pattern.n && pattern.p[0] == '.')
        return name.n > pattern.n && str_ends_nocase(name, pattern);
    return name.n && str_eq_nocase(pattern, name);
}

static bool is_milder(enum ingam_disposition a, enum ingam_disposition b)
{
    return a == INGAM_ACCEPT && b != INGAM_ACCEPT;
}

/* Keeps the mildest.
 * in   had  something is in *best */
static bool take(struct ingam_trust *best, bool had, const struct ingam_trust *trust, str name)
{
    if (had && !is_milder(trust->effect, best->effect))
        return true;
    *best = *trust;
    best->name = name;
    return true;
}

/* ret  the mildest rule about this name, or NULL */
static const struct ingam_trust *rule_for(const struct ingam_policy *policy, enum ingam_trust_kind kind,
                                          str name)
{
    const struct ingam_trust *best = NULL;
    for (size_t i = 0; i < policy->trust_n; i++) {
        const struct ingam_trust *t = &policy->trusts[i];
        bool is_it = t->kind == kind && (kind == INGAM_TRUST_CLIENT || fits(t->name, name));
        if (is_it && (best == NULL || is_milder(t->effect, best->effect)))
            best = t;
    }
    return best;
}

/* ret  some rule fits; it is in *trust. A member of trusted_sealers is a rule without a name */
static bool sealer_rule(const struct ingam_policy *policy, str sealer, struct ingam_trust *trust)
{
    const struct ingam_trust *found = rule_for(policy, INGAM_TRUST_ARC, sealer);
    for (size_t i = 0; i < policy->trusted_sealer_n; i++)
        if (str_eq_nocase(policy->trusted_sealers[i], sealer)) {
            *trust = (struct ingam_trust){.kind = INGAM_TRUST_ARC, .effect = INGAM_ACCEPT};
            return true;
        }
    if (found)
        *trust = *found;
    return found != NULL;
}

/* Each sealer must be trusted: one that is not could have written what stands below. From the newest to the first, so that the
 * rule of the first is named, unless a stricter one counts. */
static bool chain_trust(const struct ingam_policy *policy, const struct ingam_arc_outcome *arc,
                        struct ingam_trust *trust)
{
    struct ingam_trust one = {.kind = INGAM_TRUST_ARC};
    *trust = one;
    if (!chain_is_witness(arc))
        return false;
    for (size_t i = 0; i < arc->sealer_n; i++) {
        if (!sealer_rule(policy, arc->sealers[i], &one))
            return false;
        if (i == 0 || !is_milder(one.effect, trust->effect))
            *trust = one;
    }
    return true;
}

bool trust_find(const struct ingam_policy *policy, const struct ingam_verdict *verdict,
                struct ingam_trust *trust)
{
    struct ingam_trust chain;
    bool has = false;
    *trust = (struct ingam_trust){.kind = INGAM_TRUST_CLIENT};
    const struct ingam_trust *rule = rule_for(policy, INGAM_TRUST_CLIENT, S(""));
    if (rule)
        has = take(trust, has, rule, S(""));
    for (size_t i = 0; i < verdict->dkim_n; i++) {
        const struct ingam_dkim_outcome *sig = &verdict->dkim[i];
        rule = sig->result == INGAM_RESULT_PASS ? rule_for(policy, INGAM_TRUST_DKIM, sig->domain) : NULL;
        if (rule)
            has = take(trust, has, rule, sig->domain);
    }
    if (chain_trust(policy, &verdict->arc, &chain))
        has = take(trust, has, &chain, verdict->arc.sealers[verdict->arc.sealer_n - 1]);
    return has;
}
