/* SPDX-License-Identifier: BSD-2-Clause */
/* What the trace says about a chain. */
#include "arc/chain.h"

static void tell_structure(const struct method_run *run, const struct arc_blame *b)
{
    str record = b->field ? b->field->value : (str){NULL, 0};
    trace_add(run->trace, (struct ingam_note){.rule = RULE_ARC_STRUCTURE,
                                              .fault = b->detail ? b->detail : b->fault,
                                              .text = {b->field ? b->field->name : S("fields")},
                                              .number = {b->instance},
                                              .record = b->wrong ? record : (str){NULL, 0},
                                              .at = b->wrong ? (size_t)(b->wrong - record.p) : 0});
}

/* Each name once: the keys that were asked for, or why there is none. */
static void tell_keys(const struct method_run *run, const struct arc_check *c)
{
    for (size_t i = 0; i < c->key_n; i++) {
        const struct arc_key *key = &c->keys[i];
        const struct fact *fact = key->fact;
        if (fact->rr_n == 0)
            trace_add(
                run->trace,
                (struct ingam_note){
                    .rule = RULE_ARC_NO_KEY,
                    .text = {fact->name, str_of(fact->why ? fact->why : ingam_status_name(fact->status))}});
        for (size_t k = 0; k < key->n; k++) {
            const struct dkim_key *one = &key->keys[k];
            trace_add(run->trace,
                      (struct ingam_note){.rule = one->fault ? RULE_ARC_KEY_REFUSED : RULE_ARC_KEY,
                                          .fault = one->fault,
                                          .text = {fact->name},
                                          .number = {one->bits},
                                          .record = one->fault ? fact->rrs[k].data : (str){NULL, 0},
                                          .at = one->at});
        }
    }
}

static void tell_signature(const struct method_run *run, enum ingam_rule rule, uint32_t instance,
                           const struct arc_signature *s)
{
    if (!s->is_looked_at)
        return;
    trace_add(run->trace,
              (struct ingam_note){.rule = rule,
                                  .fault = s->fault,
                                  .text = {s->sig.domain, s->fault ? S("does not hold") : S("holds")},
                                  .number = {instance}});
}

/* An older signature that does not hold is no fault: the message was changed and sealed again. */
static void tell_message(const struct method_run *run, const struct arc_check *c, uint32_t instance)
{
    const struct arc_signature *s = &c->chain.sets[instance - 1].message;
    if (instance == c->chain.n || s->fault == FAULT_NONE)
        tell_signature(run, RULE_ARC_MESSAGE, instance, s);
    else if (s->is_looked_at)
        trace_add(run->trace, (struct ingam_note){.rule = RULE_ARC_OLDER,
                                                  .text = {s->sig.domain, S("does not hold any more")},
                                                  .number = {instance}});
}

static void tell_sets(const struct method_run *run, const struct arc_check *c)
{
    for (uint32_t i = c->chain.n; i > 0; i--) {
        const struct dkim_signature *seal = &c->chain.sets[i - 1].seal.sig;
        trace_add(run->trace, (struct ingam_note){.rule = RULE_ARC_SET,
                                                  .text = {seal->domain, seal->selector, seal->chain},
                                                  .number = {i}});
        tell_message(run, c, i);
        tell_signature(run, RULE_ARC_SEAL, i, &c->chain.sets[i - 1].seal);
    }
}

void arc_tell(const struct method_run *run, const struct arc_check *c, enum ingam_result result)
{
    if (run->trace == NULL)
        return;
    if (c->chain.n == 0) {
        trace_add(run->trace, (struct ingam_note){.rule = RULE_ARC_NONE});
        return;
    }
    if (c->chain.blame.fault) {
        tell_structure(run, &c->chain.blame);
    } else {
        tell_keys(run, c);
        tell_sets(run, c);
    }
    trace_add(run->trace, (struct ingam_note){.rule = RULE_ARC_RESULT,
                                              .fault = c->fault,
                                              .text = {str_of(ingam_result_name(result))},
                                              .number = {c->chain.n, c->oldest_pass}});
}
