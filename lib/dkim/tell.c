/* SPDX-License-Identifier: BSD-2-Clause */
/* What the trace says about one signature: slices and numbers only, since nobody may ever read it. */
#include "dkim/verify.h"

struct teller {
    const struct method_run *run;
    const struct dkim_one *one;
    uint32_t subject;
};

static void tell(const struct teller *t, struct ingam_note note)
{
    note.subject = t->subject;
    trace_add(t->run->trace, note);
}

static str name_of(enum dkim_canon canon)
{
    return canon == CANON_SIMPLE ? S("simple") : S("relaxed");
}

static void tell_times(const struct teller *t)
{
    const struct dkim_signature *sig = &t->one->sig;
    int64_t age = t->run->now_s - sig->signed_at;
    if (sig->has_time && age >= 0)
        tell(t, (struct ingam_note){.rule = RULE_DKIM_SIGNED_AT, .number = {sig->signed_at, age}});
    else if (sig->has_time)
        tell(t, (struct ingam_note){.rule = RULE_DKIM_CLOCK, .number = {sig->signed_at, -age}});
    if (sig->has_expiry && sig->fault != FAULT_DKIM_EXPIRED)
        tell(t, (struct ingam_note){.rule = RULE_DKIM_EXPIRY,
                                    .number = {sig->expires_at, sig->expires_at - t->run->now_s}});
}

static void tell_field(const struct teller *t)
{
    const struct dkim_signature *sig = &t->one->sig;
    tell(t, (struct ingam_note){.rule = RULE_DKIM_SIGNATURE,
                                .text = {sig->domain, sig->selector, sig->algorithm}});
    if (sig->fault) {
        size_t at = sig->wrong ? (size_t)(sig->wrong - sig->field->value.p) : 0;
        str record = sig->wrong ? sig->field->value : (str){NULL, 0};
        tell(t,
             (struct ingam_note){.rule = RULE_DKIM_FIELD, .fault = sig->fault, .record = record, .at = at});
        return;
    }
    tell(t, (struct ingam_note){
                .rule = RULE_DKIM_SIGNED,
                .text = {sig->signed_names, name_of(sig->header_canon), name_of(sig->body_canon)}});
    tell_times(t);
}

static str why_no_key(const struct fact *fact)
{
    return str_of(fact->why ? fact->why : ingam_status_name(fact->status));
}

/* ret  a key was found */
static bool tell_key(const struct teller *t)
{
    const struct dkim_one *one = t->one;
    str name = one->fact->name;
    if (one->record.p == NULL) {
        tell(t, (struct ingam_note){
                    .rule = RULE_DKIM_NO_KEY, .fault = one->fault, .text = {name, why_no_key(one->fact)}});
        return false;
    }
    if (one->key.key == NULL)
        tell(t, (struct ingam_note){.rule = RULE_DKIM_KEY_REFUSED,
                                    .fault = one->key.fault,
                                    .text = {name},
                                    .number = {one->key.bits},
                                    .record = one->record,
                                    .at = one->key.at});
    else
        tell(t, (struct ingam_note){.rule = RULE_DKIM_KEY,
                                    .text = {name, one->sig.kind == KEY_RSA ? S("rsa") : S("ed25519")},
                                    .number = {one->key.bits}});
    if (one->key.is_testing)
        tell(t, (struct ingam_note){.rule = RULE_DKIM_TESTING, .text = {name}});
    return one->key.key != NULL;
}

static void tell_body(const struct teller *t)
{
    const struct dkim_one *one = t->one;
    const struct dkim_body_result *body = &one->body_got;
    bool is_right = one->body_hash_text.n == 0;
    tell(t, (struct ingam_note){.rule = RULE_DKIM_BODY,
                                .fault = is_right ? FAULT_NONE : FAULT_DKIM_BODY_HASH,
                                .text = {one->sig.bh_raw, is_right ? one->sig.bh_raw : one->body_hash_text},
                                .number = {(int64_t)body->hashed}});
    if (!one->sig.has_length)
        return;
    bool is_blamed =
        one->fault == FAULT_DKIM_LENGTH_BEYOND_BODY || one->fault == FAULT_DKIM_BODY_PARTLY_SIGNED;
    int64_t length = one->sig.length > INT64_MAX ? INT64_MAX : (int64_t)one->sig.length;
    tell(t, (struct ingam_note){.rule = RULE_DKIM_LENGTH,
                                .fault = is_blamed ? one->fault : FAULT_NONE,
                                .number = {length, (int64_t)body->unsigned_bytes}});
}

static void tell_header(const struct teller *t)
{
    bool is_right = t->one->has_verified;
    tell(t, (struct ingam_note){.rule = RULE_DKIM_HEADER,
                                .fault = is_right ? FAULT_NONE : FAULT_DKIM_SIGNATURE_WRONG,
                                .text = {is_right ? S("is right") : S("does not fit")}});
}

void dkim_tell_one(const struct method_run *run, struct dkim_one *one, uint32_t subject)
{
    struct teller t = {run, one, subject};
    if (run->trace == NULL)
        return;
    tell_field(&t);
    bool has_key = one->fact && tell_key(&t);
    if (one->body >= 0 && one->fact)
        tell_body(&t);
    if (has_key)
        tell_header(&t);
    tell(&t, (struct ingam_note){.rule = RULE_DKIM_RESULT,
                                 .fault = one->fault,
                                 .text = {str_of(ingam_result_name(one->result)), one->sig.domain}});
}
