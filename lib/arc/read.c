/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields as sets.                                                         [RFC8617 4.1] [RFC8617 4.2] [RFC8617 5.2]
 *
 * Only as many sets are held as there are fields of one kind: in a chain the instances are 1 to that number. */
#include "arc/chain.h"

enum kind { RESULTS, MESSAGE, SEAL, KINDS };

struct reader {
    const struct method_run *run;
    struct arc_chain *chain;
};

static bool kind_of(const struct mail_field *f, enum kind *kind)
{
    if (f->known == MAIL_ARC_AUTHENTICATION_RESULTS)
        *kind = RESULTS;
    else if (f->known == MAIL_ARC_MESSAGE_SIGNATURE)
        *kind = MESSAGE;
    else if (f->known == MAIL_ARC_SEAL)
        *kind = SEAL;
    else
        return false;
    return true;
}

static uint32_t count_sets(const struct mail_header *h)
{
    uint32_t n[KINDS] = {0};
    enum kind kind;
    uint32_t most = 0;
    for (size_t i = 0; i < h->n; i++)
        if (kind_of(&h->fields[i], &kind) && ++n[kind] > most)
            most = n[kind];
    return most;
}

/* The first thing that is wrong counts. */
static void blame(struct reader *r, struct arc_blame what)
{
    if (r->chain->blame.fault == FAULT_NONE)
        r->chain->blame = what;
}

/* comment = "(" *([FWS] ccontent) [FWS] ")". ret false: it has no end, or too many inside it       [RFC5322 3.2.2] */
static bool skip_comment(cur *c, size_t nesting)
{
    size_t depth = 0;
    do {
        uint8_t byte = *c->p++;
        if (byte == '\\' && !cur_end(c))
            c->p++;
        else if (byte == '(' && ++depth > nesting)
            return false;
        else if (byte == ')')
            depth--;
    } while (depth && !cur_end(c));
    return depth == 0;
}

static bool skip_cfws(cur *c, size_t nesting)
{
    for (;;) {
        cur_run(c, C_FWS);
        if (!cur_at(c, '('))
            return true;
        if (!skip_comment(c, nesting))
            return false;
    }
}

/* Reads arc-info = instance [CFWS] ";" authres-payload
 *      instance  = [CFWS] %s"i" [CFWS] "=" [CFWS] 1*2DIGIT                            [RFC8617 4.1.1] [RFC8617 4.2.1]
 * ret  NULL: fine; else the byte that does not fit */
static const uint8_t *read_results(str value, size_t nesting, uint32_t *instance, str *payload)
{
    cur c = cur_of(value);
    const uint8_t *digits = NULL;
    uint64_t number = 0;
    if (!skip_cfws(&c, nesting) || !cur_byte(&c, 'i') || !skip_cfws(&c, nesting) || !cur_byte(&c, '=') ||
        !skip_cfws(&c, nesting))
        return c.p;
    digits = c.p;
    if (!cur_uint(&c, ARC_SETS_MAX, &number) || number == 0 || c.p - digits > 2)
        return digits;
    if (!skip_cfws(&c, nesting) || !cur_byte(&c, ';'))
        return c.p;
    *instance = (uint32_t)number;
    *payload = str_trim_fws(cur_rest(&c));
    return NULL;
}

static void note_instance(struct arc_chain *chain, uint32_t instance)
{
    if (instance > chain->highest)
        chain->highest = instance;
}

/* ret  the set, or NULL: the instance is higher than there are sets, so that one is missing below */
static struct arc_set *set_for(struct reader *r, const struct mail_field *f, uint32_t instance)
{
    note_instance(r->chain, instance);
    if (instance <= r->chain->n)
        return &r->chain->sets[instance - 1];
    blame(r, (struct arc_blame){FAULT_ARC_INCOMPLETE, FAULT_ARC_INCOMPLETE, f, instance, NULL});
    return NULL;
}

static bool take_results(struct reader *r, const struct mail_field *f)
{
    uint32_t instance = 0;
    str payload = {NULL, 0};
    if (f->raw.n > r->run->limits->dkim_field) {
        blame(r, (struct arc_blame){FAULT_ARC_FIELD_TOO_LONG, FAULT_ARC_FIELD_TOO_LONG, f, 0, NULL});
        return true;
    }
    const uint8_t *wrong = read_results(f->value, r->run->limits->nesting, &instance, &payload);
    if (wrong) {
        blame(r, (struct arc_blame){FAULT_ARC_INSTANCE, FAULT_ARC_INSTANCE, f, 0, wrong});
        return true;
    }
    struct arc_set *set = set_for(r, f, instance);
    if (set && set->results)
        blame(r, (struct arc_blame){FAULT_ARC_TWICE, FAULT_ARC_TWICE, f, instance, NULL});
    if (set == NULL || set->results)
        return true;
    set->results = f;
    set->payload = payload;
    return true;
}

static void note_seal(struct arc_chain *chain, const struct dkim_signature *sig)
{
    if (sig->instance < chain->highest_seal || sig->instance == 0)
        return;
    chain->highest_seal = sig->instance;
    chain->highest_cv = sig->chain;
}

/* ret  false: no memory */
static bool take_signature(struct reader *r, const struct mail_field *f, enum kind kind)
{
    struct dkim_signature sig;
    bool has_memory =
        kind == SEAL ? dkim_arc_seal_read(r->run, f, &sig) : dkim_arc_message_read(r->run, f, &sig);
    if (!has_memory)
        return false;
    if (kind == SEAL)
        note_seal(r->chain, &sig);
    if (sig.instance == 0) {
        bool is_too_long = sig.fault == FAULT_DKIM_FIELD_TOO_LONG;
        blame(r, (struct arc_blame){is_too_long ? FAULT_ARC_FIELD_TOO_LONG : FAULT_ARC_INSTANCE, sig.fault, f,
                                    0, sig.wrong});
        return true;
    }
    struct arc_set *set = set_for(r, f, sig.instance);
    if (set == NULL)
        return true;
    struct arc_signature *into = kind == SEAL ? &set->seal : &set->message;
    if (into->sig.field)
        blame(r, (struct arc_blame){FAULT_ARC_TWICE, FAULT_ARC_TWICE, f, sig.instance, NULL});
    else
        into->sig = sig;
    return true;
}

static bool take_fields(struct reader *r, const struct mail_header *h)
{
    enum kind kind;
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        if (!kind_of(f, &kind))
            continue;
        if (!(kind == RESULTS ? take_results(r, f) : take_signature(r, f, kind)))
            return false;
    }
    return true;
}

/* What is wrong with a seal's field, in the words of a chain. */
static enum ingam_fault seal_fault(enum ingam_fault fault)
{
    bool is_ours = fault == FAULT_ARC_SEAL_NAMES || fault == FAULT_ARC_CV_WRONG;
    return is_ours ? fault : FAULT_ARC_SEAL_UNUSABLE;
}

/* cv= is none in the first seal and pass in each other; all three fields are there.              [RFC8617 5.2] */
static void check_set(struct reader *r, const struct arc_set *set, uint32_t instance)
{
    const struct dkim_signature *seal = &set->seal.sig;
    const struct mail_field *any = set->results  ? set->results
                                   : seal->field ? seal->field
                                                 : set->message.sig.field;
    if (set->results == NULL || seal->field == NULL || set->message.sig.field == NULL)
        blame(r, (struct arc_blame){FAULT_ARC_INCOMPLETE, FAULT_ARC_INCOMPLETE, any, instance, NULL});
    else if (seal->fault)
        blame(r,
              (struct arc_blame){seal_fault(seal->fault), seal->fault, seal->field, instance, seal->wrong});
    else if (!str_eq(seal->chain, instance == 1 ? S("none") : S("pass")))
        blame(r, (struct arc_blame){FAULT_ARC_CV_WRONG, FAULT_ARC_CV_WRONG, seal->field, instance,
                                    seal->chain.p});
}

/* The newest message signature has to be usable; an older one is looked at only to see how far back it holds. */
static void check_newest(struct reader *r)
{
    const struct dkim_signature *sig = &r->chain->sets[r->chain->n - 1].message.sig;
    enum ingam_fault fault = sig->fault == FAULT_ARC_SEAL_COVERED ? sig->fault : FAULT_ARC_MESSAGE_UNUSABLE;
    if (sig->fault)
        blame(r, (struct arc_blame){fault, sig->fault, sig->field, r->chain->n, sig->wrong});
}

/* [RFC8617 5.2] */
bool arc_chain_read(const struct method_run *run, const struct mail_header *h, struct arc_chain *chain)
{
    struct reader r = {run, chain};
    size_t limit = run->limits->arc_sets < ARC_SETS_MAX ? run->limits->arc_sets : ARC_SETS_MAX;
    *chain = (struct arc_chain){.n = count_sets(h)};
    if (chain->n == 0)
        return true;
    if (h->fault)
        blame(&r, (struct arc_blame){.fault = FAULT_ARC_HEADER, .detail = h->fault});
    if (chain->n > limit) {
        blame(&r, (struct arc_blame){.fault = FAULT_ARC_TOO_MANY, .detail = FAULT_ARC_TOO_MANY});
        return true;
    }
    chain->sets = NEW_N(run->arena, struct arc_set, chain->n);
    if (chain->sets == NULL || !take_fields(&r, h))
        return false;
    if (str_eq(chain->highest_cv, S("fail")))
        chain->blame =
            (struct arc_blame){FAULT_ARC_CV_FAIL, FAULT_ARC_CV_FAIL, NULL, chain->highest_seal, NULL};
    for (uint32_t i = 1; i <= chain->n; i++)
        check_set(&r, &chain->sets[i - 1], i);
    check_newest(&r);
    return true;
}
