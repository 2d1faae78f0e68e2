/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a validator, over the facts.                                                        [RFC8617 5.2] */
#include "arc/chain.h"

static struct arc_set *newest(const struct arc_check *c)
{
    return &c->chain.sets[c->chain.n - 1];
}

/* Opens the body hasher of a message signature. An older one with l= is not looked at: a chain of fifty lengths would have
 * the body hashed fifty times. ret false: no memory */
static bool want_body(const struct method_run *run, struct arc_check *c, struct arc_set *set)
{
    const struct dkim_signature *sig = &set->message.sig;
    set->body = set->relaxed_body = -1;
    if (sig->fault || (sig->has_length && set != newest(c)))
        return true;
    if (*c->wanted.bodies == NULL)
        *c->wanted.bodies = dkim_body_new(run->arena);
    if (*c->wanted.bodies == NULL)
        return false;
    uint64_t length = sig->has_length ? sig->length : UINT64_MAX;
    set->body = dkim_body_want(*c->wanted.bodies, sig->body_canon, length);
    if (!sig->has_canon)
        set->relaxed_body = dkim_body_want(*c->wanted.bodies, CANON_RELAXED, length);
    return set->body >= 0 && (sig->has_canon || set->relaxed_body >= 0);
}

static bool prepare(const struct method_run *run, struct arc_check *c)
{
    if (!arc_chain_read(run, c->wanted.header, &c->chain))
        return false;
    if (c->chain.n == 0 || c->chain.blame.fault)
        return true;
    c->keys = NEW_N(run->arena, struct arc_key, (size_t)2 * c->chain.n);
    c->sealers = NEW_N(run->arena, str, c->chain.n);
    c->selectors = NEW_N(run->arena, str, c->chain.n);
    if (c->keys == NULL || c->sealers == NULL || c->selectors == NULL)
        return false;
    for (uint32_t i = 0; i < c->chain.n; i++) {
        const struct dkim_signature *seal = &c->chain.sets[c->chain.n - 1 - i].seal.sig;
        c->sealers[i] = seal->domain;
        c->selectors[i] = seal->selector;
        if (!want_body(run, c, &c->chain.sets[i]))
            return false;
    }
    return true;
}

void arc_allow_partial_body(struct arc_check *c, bool is_allowed)
{
    c->wanted.allow_partial_body = is_allowed;
}

struct arc_check *arc_begin(const struct method_run *run, const struct arc_wanted *wanted)
{
    struct arc_check *c = NEW(run->arena, struct arc_check);
    if (c == NULL)
        return NULL;
    c->wanted = *wanted;
    return prepare(run, c) ? c : NULL;
}

void arc_free(struct arc_check *c)
{
    if (c)
        arc_keys_free(c);
}

str arc_results_at(const struct arc_check *c, uint32_t instance)
{
    bool is_there = c->chain.blame.fault == FAULT_NONE && instance >= 1 && instance <= c->chain.n;
    return is_there ? c->chain.sets[instance - 1].payload : (str){NULL, 0};
}

/* ret  the key's answer is there, or the signature cannot be used */
static bool ask(const struct method_run *run, struct arc_check *c, struct arc_signature *signature)
{
    if (signature->sig.fault)
        return true;
    if (signature->key == NULL)
        signature->key = arc_key_of(run, c, &signature->sig);
    return signature->key && !fact_is_open(signature->key->fact);
}

/* What must hold comes first: the share of questions may not suffice for all older message signatures. */
static enum progress ask_keys(const struct method_run *run, struct arc_check *c)
{
    bool is_there = ask(run, c, &newest(c)->message);
    for (uint32_t i = c->chain.n; i-- > 0;)
        is_there &= ask(run, c, &c->chain.sets[i].seal);
    for (uint32_t i = c->chain.n - 1; i-- > 0;)
        is_there &= ask(run, c, &c->chain.sets[i].message);
    return is_there ? DONE : PENDING;
}

/* Adds relaxed(f). [RFC6376 3.4.2] */
bool arc_hash_field(struct arena *a, struct sha256 *sha, const struct mail_field *f)
{
    struct arena_mark mark = arena_mark(a);
    struct out o;
    out_init(&o, a);
    dkim_canon_header_relaxed(&o, f);
    str text = out_done(&o);
    sha256_add(sha, text);
    arena_rewind(a, mark);
    return text.p != NULL;
}

bool arc_hash_own(struct arena *a, struct sha256 *sha, const struct dkim_signature *sig)
{
    struct arena_mark mark = arena_mark(a);
    struct mail_field own = *sig->field;
    const uint8_t *value_end = own.value.p + own.value.n;
    const uint8_t *b_end = sig->b_value.p + sig->b_value.n;
    struct out o;
    out_init(&o, a);
    out_str(&o, str_between(own.value.p, sig->b_value.p));
    out_str(&o, str_between(b_end, value_end));
    own.value = out_done(&o);
    out_init(&o, a);
    dkim_canon_header_relaxed(&o, &own);
    str text = out_done(&o);
    if (text.n >= 2)
        sha256_add(sha, str_first(text, text.n - 2));
    arena_rewind(a, mark);
    return text.n >= 2;
}

/* Hashes the sets from the first on; each seal takes a copy of the state.                        [RFC8617 5.1.1]
 * ret  false: no memory */
static bool hash_seals(const struct method_run *run, struct arc_check *c)
{
    struct sha256 sha;
    sha256_init(&sha);
    for (uint32_t i = 0; i < c->chain.n; i++) {
        struct arc_set *set = &c->chain.sets[i];
        if (!arc_hash_field(run->arena, &sha, set->results) ||
            !arc_hash_field(run->arena, &sha, set->message.sig.field))
            return false;
        struct sha256 own = sha;
        if (!arc_hash_own(run->arena, &own, &set->seal.sig) ||
            !arc_hash_field(run->arena, &sha, set->seal.sig.field))
            return false;
        sha256_end(&own, set->seal.digest);
    }
    return true;
}

static enum ingam_fault judge_body(const struct arc_check *c, const struct arc_set *set)
{
    struct dkim_body_result body;
    if (set->body < 0)
        return FAULT_ARC_BODY_PARTLY;
    dkim_body_get(*c->wanted.bodies, set->body, &body);
    if (body.is_short || memcmp(body.hash, set->message.sig.body_hash, sizeof body.hash) != 0)
        return FAULT_ARC_BODY_HASH;
    return body.unsigned_bytes && !c->wanted.allow_partial_body ? FAULT_ARC_BODY_PARTLY : FAULT_NONE;
}

static enum ingam_fault judge_once(const struct method_run *run, struct arc_check *c, struct arc_set *set)
{
    struct arc_signature *message = &set->message;
    enum ingam_fault fault = judge_body(c, set);
    if (fault)
        return fault;
    if (!dkim_header_hash(run, c->wanted.header, &message->sig, message->digest))
        return FAULT_ARC_MESSAGE_WRONG;
    return arc_key_verify(run, c, message, FAULT_ARC_MESSAGE_WRONG);
}

/* Verifies a message signature as a DKIM signature is verified. Without c= it is simple/simple; but there are sealers that leave
 * c= out and mean relaxed/relaxed, and what holds under that was signed no less.           [RFC8617 4.1.2] [RFC6376 3.5] */
static enum ingam_fault judge_message(const struct method_run *run, struct arc_check *c, struct arc_set *set)
{
    struct arc_signature *message = &set->message;
    message->is_looked_at = true;
    message->fault = message->sig.fault ? FAULT_ARC_MESSAGE_UNUSABLE : judge_once(run, c, set);
    if (message->fault == FAULT_NONE || set->relaxed_body < 0)
        return message->fault;
    message->sig.header_canon = message->sig.body_canon = CANON_RELAXED;
    set->body = set->relaxed_body;
    return message->fault = judge_once(run, c, set);
}

static enum ingam_fault judge_seals(const struct method_run *run, struct arc_check *c)
{
    if (!hash_seals(run, c))
        return FAULT_ARC_SEAL_WRONG;
    for (uint32_t i = c->chain.n; i-- > 0;) {
        struct arc_signature *seal = &c->chain.sets[i].seal;
        seal->is_looked_at = true;
        seal->fault = arc_key_verify(run, c, seal, FAULT_ARC_SEAL_WRONG);
        if (seal->fault)
            return seal->fault;
    }
    return FAULT_NONE;
}

/* ret  the lowest instance whose message signature still holds, and those above it; 0: all do        [RFC8617 5.2] */
static uint32_t find_oldest_pass(const struct method_run *run, struct arc_check *c)
{
    for (uint32_t i = c->chain.n - 1; i-- > 0;)
        if (judge_message(run, c, &c->chain.sets[i]))
            return i + 2;
    return 0;
}

static void judge(const struct method_run *run, struct arc_check *c)
{
    c->fault = judge_message(run, c, newest(c));
    if (!c->fault)
        c->fault = judge_seals(run, c);
    if (!c->fault)
        c->oldest_pass = find_oldest_pass(run, c);
}

static void write_outcome(const struct arc_check *c, struct ingam_arc_outcome *out)
{
    bool is_chain = c->chain.n && c->chain.blame.fault == FAULT_NONE;
    *out = (struct ingam_arc_outcome){.result = INGAM_RESULT_NONE, .fault = c->fault, .sets = c->chain.n};
    if (c->chain.n)
        out->result = c->fault ? INGAM_RESULT_FAIL : INGAM_RESULT_PASS;
    if (!is_chain)
        return;
    out->oldest_pass = c->oldest_pass;
    out->sealers = c->sealers;
    out->selectors = c->selectors;
    out->sealer_n = c->chain.n;
    out->first_results = c->chain.sets[0].payload;
    out->is_author_signed = newest(c)->message.sig.signs_author;
}

enum progress arc_eval(const struct method_run *run, struct arc_check *c, bool is_body_done,
                       struct ingam_arc_outcome *out)
{
    c->fault = c->chain.blame.fault;
    if (c->chain.n && c->fault == FAULT_NONE) {
        if (ask_keys(run, c) == PENDING || !is_body_done)
            return PENDING;
        judge(run, c);
    }
    write_outcome(c, out);
    arc_tell(run, c, out->result);
    return DONE;
}
