/* SPDX-License-Identifier: BSD-2-Clause */
/* One signature over the facts.                                                                   [RFC6376 6.1]
 *
 * A key on trial (t=y): RFC 6376 3.6.1 wants its signatures treated like no signature, and RFC 8601 2.7.1 says that "neutral"
 * does just that. So whatever would have failed is neutral; its fault still tells why. What passes, passes: the key has
 * shown that it works, and is_testing stands beside the result for whoever wants to know. */
#include "dkim/verify.h"

#include "base/base64.h"

enum { RECORDS_MAX = 8 }; /* key records at one name that are tried */

static enum ingam_fault fault_of_fact(const struct fact *fact)
{
    if (fact->is_over_limit)
        return FAULT_DKIM_KEY_NOT_ASKED;
    if (fact_failed(fact))
        return FAULT_DKIM_KEY_UNAVAILABLE;
    return fact->status == INGAM_STATUS_OK ? FAULT_NONE : FAULT_DKIM_KEY_MISSING;
}

/* Keeps the key record that came furthest; the enumeration of faults is in the order of the steps. */
static void keep_better(struct dkim_one *one, const struct dkim_key *key, str record)
{
    bool is_first = one->record.p == NULL;
    bool is_better =
        key->fault == FAULT_NONE || (one->key.fault != FAULT_NONE && key->fault > one->key.fault);
    if (!is_first && !is_better) {
        public_key_free(key->key);
        return;
    }
    public_key_free(one->key.key);
    one->key = *key;
    one->record = record;
}

/* Tries the key records of the answer until one fits.                                            [RFC6376 6.1.2] */
static void try_records(const struct method_run *run, struct dkim_check *d, struct dkim_one *one)
{
    for (size_t i = 0; i < one->fact->rr_n && i < RECORDS_MAX && !one->has_verified; i++) {
        struct dkim_key key;
        dkim_key_read(run, d->keys, one->fact->rrs[i].data, &one->sig, &key);
        if (key.fault == FAULT_NONE)
            one->has_verified = public_key_verify(key.key, one->header_digest, one->sig.signature);
        keep_better(one, &key, one->fact->rrs[i].data);
    }
}

static bool is_body_right(const struct dkim_one *one)
{
    return memcmp(one->body_got.hash, one->sig.body_hash, sizeof one->sig.body_hash) == 0;
}

/* ret  what is wrong once there is a key: the body first, as 6.1.3 has it.                       [RFC6376 6.1.3] */
static enum ingam_fault judge(const struct dkim_check *d, const struct dkim_one *one)
{
    if (!one->has_verified && one->fact->rr_n > RECORDS_MAX)
        return FAULT_DKIM_KEY_TOO_MANY;
    if (one->key.fault)
        return one->key.fault;
    if (one->body_got.is_short)
        return FAULT_DKIM_LENGTH_BEYOND_BODY;
    if (!is_body_right(one))
        return FAULT_DKIM_BODY_HASH;
    if (!one->has_verified)
        return FAULT_DKIM_SIGNATURE_WRONG;
    if (one->body_got.unsigned_bytes && !d->allow_partial_body)
        return FAULT_DKIM_BODY_PARTLY_SIGNED;
    return FAULT_NONE;
}

static enum ingam_result result_of(const struct dkim_one *one)
{
    if (one->fault == FAULT_NONE)
        return INGAM_RESULT_PASS;
    return one->key.is_testing ? INGAM_RESULT_NEUTRAL : fault_result(one->fault);
}

static void look(const struct method_run *run, struct dkim_check *d, struct dkim_one *one)
{
    one->fault = one->is_tried ? one->sig.fault : FAULT_DKIM_OVER_LIMIT;
    if (one->fault)
        return;
    dkim_body_get(d->body, one->body, &one->body_got);
    one->has_header_digest = dkim_header_hash(run, d->header, &one->sig, one->header_digest);
    one->fault = fault_of_fact(one->fact);
    if (one->fault)
        return;
    try_records(run, d, one);
    one->fault = judge(d, one);
}

/* [RFC6376 6.1] [RFC8601 2.7.1] */
void dkim_verify_one(const struct method_run *run, struct dkim_check *d, struct dkim_one *one)
{
    if (one->is_done)
        return;
    look(run, d, one);
    one->result = result_of(one);
    one->is_done = true;
    if (one->body >= 0 && !is_body_right(one)) {
        struct out o;
        out_init(&o, run->arena);
        base64_write(&o, (str){one->body_got.hash, sizeof one->body_got.hash});
        one->body_hash_text = out_done(&o);
    }
}
