/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys. A chain mostly has one sealer, who signs two fields a set: its records are parsed once. */
#include "arc/chain.h"

enum { RECORDS_MAX = 8 }; /* key records at one name that are tried */

static const struct fact *ask(const struct method_run *run, const struct dkim_signature *sig)
{
    struct out o;
    out_init(&o, run->arena);
    out_str(&o, sig->selector);
    out_str(&o, S("._domainkey."));
    str prefix = out_done(&o);
    facts_account(run->facts, SHARE_ARC);
    return prefix.p ? facts_ask(run->facts, prefix, sig->domain, INGAM_RR_TXT) : NULL;
}

struct arc_key *arc_key_of(const struct method_run *run, struct arc_check *c,
                           const struct dkim_signature *sig)
{
    const struct fact *fact = ask(run, sig);
    if (fact == NULL)
        return NULL;
    for (size_t i = 0; i < c->key_n; i++)
        if (c->keys[i].fact == fact && c->keys[i].kind == sig->kind)
            return &c->keys[i];
    struct arc_key *key = &c->keys[c->key_n++];
    *key = (struct arc_key){.fact = fact, .kind = sig->kind};
    return key;
}

static void read_records(const struct method_run *run, struct arc_check *c, struct arc_key *key,
                         const struct dkim_signature *sig)
{
    size_t n = key->fact->rr_n < RECORDS_MAX ? key->fact->rr_n : RECORDS_MAX;
    if (key->is_read)
        return;
    key->is_read = true;
    key->keys = NEW_N(run->arena, struct dkim_key, n);
    for (; key->keys && key->n < n; key->n++)
        dkim_key_read(run, c->wanted.keys, key->fact->rrs[key->n].data, sig, &key->keys[key->n]);
}

static enum ingam_fault fault_of_fact(const struct fact *fact)
{
    if (fact->is_over_limit)
        return FAULT_ARC_KEY_NOT_ASKED;
    if (fact_failed(fact))
        return FAULT_ARC_KEY_UNAVAILABLE;
    return fact->status == INGAM_STATUS_OK ? FAULT_NONE : FAULT_ARC_KEY_MISSING;
}

enum ingam_fault arc_key_verify(const struct method_run *run, struct arc_check *c,
                                struct arc_signature *signature, enum ingam_fault wrong)
{
    struct arc_key *key = signature->key;
    enum ingam_fault fault = fault_of_fact(key->fact);
    if (fault)
        return fault;
    read_records(run, c, key, &signature->sig);
    fault = FAULT_ARC_KEY_UNUSABLE;
    for (size_t i = 0; i < key->n; i++) {
        if (key->keys[i].fault)
            continue;
        if (public_key_verify(key->keys[i].key, signature->digest, signature->sig.signature))
            return FAULT_NONE;
        fault = wrong;
    }
    return fault;
}

void arc_keys_free(struct arc_check *c)
{
    for (size_t i = 0; i < c->key_n; i++) {
        for (size_t k = 0; k < c->keys[i].n; k++)
            public_key_free(c->keys[i].keys[k].key);
        c->keys[i].n = 0;
    }
}
