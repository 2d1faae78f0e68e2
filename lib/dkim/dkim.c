/* SPDX-License-Identifier: BSD-2-Clause */
/* All signatures of a message: which are tried, in which order, and what is told of them.             [RFC6376 6.1] */
#include "dkim/dkim.h"

#include "base/tags.h"
#include "dkim/verify.h"

/* Outcomes that are listed, tried or not: a header may hold thousands of fields. The trace has the whole number. */
enum { LISTED_MAX = 64, B_PREFIX = 8 };

enum { CLOSEST = 3 };

/* How likely a domain is aligned for DMARC, before the DNS was asked: an aligned one shares at least the Organizational
 * Domain with the author domain, which mostly has two labels, or three.                                 [RFC9989 4.10.2]
 * ret  CLOSEST: one is the other, or above or below it; 2: three last labels are the same; 1: two; 0: fewer */
static int closeness(str domain, str author_domain)
{
    if (domain.n == 0 || author_domain.n == 0)
        return 0;
    if (name_is_under(domain, author_domain) || name_is_under(author_domain, domain))
        return CLOSEST;
    for (size_t labels = 3; labels > 1; labels--)
        if (name_is_under(domain, name_last_labels(author_domain, labels)))
            return (int)labels - 1;
    return 0;
}

/* Finds d= without reading the whole field: when there are more signatures than are tried, only some are read. */
static str peek_domain(const struct mail_field *f)
{
    cur c = cur_of(f->value);
    for (str name, value; tag_next(&c, &name, &value) == TAG_OK;)
        if (str_eq(name, S("d")))
            return value;
    return (str){NULL, 0};
}

struct chooser {
    const struct mail_header *h;
    str author_domain;
    uint8_t *is_chosen; /* by field */
    size_t left;        /* how many may still be chosen */
};

static void choose(struct chooser *c, int closeness_least)
{
    for (size_t i = 0; i < c->h->n && c->left; i++) {
        const struct mail_field *f = &c->h->fields[i];
        if (f->known != MAIL_DKIM_SIGNATURE || c->is_chosen[i])
            continue;
        if (closeness_least && closeness(peek_domain(f), c->author_domain) < closeness_least)
            continue;
        c->is_chosen[i] = true;
        c->left--;
    }
}

/* Reads the chosen ones, and as many of the others as are listed. ret false: no memory */
static bool read_signatures(const struct method_run *run, struct dkim_check *d, const struct chooser *c)
{
    size_t others = d->total - d->order_n;
    others = d->order_n + others > LISTED_MAX ? LISTED_MAX - d->order_n : others;
    for (size_t i = 0; i < d->header->n; i++) {
        const struct mail_field *f = &d->header->fields[i];
        if (f->known != MAIL_DKIM_SIGNATURE || (!c->is_chosen[i] && others == 0))
            continue;
        others -= !c->is_chosen[i];
        struct dkim_one *one = &d->ones[d->n++];
        one->field = (uint32_t)i;
        one->is_tried = c->is_chosen[i];
        one->body = -1;
        if (!dkim_signature_read(run, f, &one->sig))
            return false;
    }
    return true;
}

static void put_in_order(struct dkim_check *d, str author_domain)
{
    size_t n = 0;
    for (int wanted = CLOSEST; wanted >= 0; wanted--)
        for (size_t i = 0; i < d->n; i++) {
            struct dkim_one *one = &d->ones[i];
            if (one->is_tried && closeness(one->sig.domain, author_domain) == wanted)
                d->order[n++] = one;
        }
}

/* Opens the body hasher of a signature and writes the name of its key. ret false: no memory */
static bool prepare(const struct method_run *run, struct dkim_check *d, struct dkim_one *one)
{
    struct out o;
    if (one->sig.fault)
        return true;
    if (d->body == NULL)
        d->body = dkim_body_new(run->arena);
    if (d->body == NULL)
        return false;
    one->body =
        dkim_body_want(d->body, one->sig.body_canon, one->sig.has_length ? one->sig.length : UINT64_MAX);
    out_init(&o, run->arena);
    out_str(&o, one->sig.selector);
    out_str(&o, S("._domainkey."));
    one->key_prefix = out_done(&o);
    return one->body >= 0 && one->key_prefix.p;
}

static size_t count_signatures(const struct mail_header *h)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        n += h->fields[i].known == MAIL_DKIM_SIGNATURE;
    return n;
}

/* ret  false: no memory */
static bool find_signatures(const struct method_run *run, struct dkim_check *d, str author_domain)
{
    size_t limit = run->limits->dkim_signatures < LISTED_MAX ? run->limits->dkim_signatures : LISTED_MAX;
    struct chooser c = {.h = d->header, .author_domain = author_domain};
    d->total = count_signatures(d->header);
    d->order_n = c.left = d->total < limit ? d->total : limit;
    size_t listed = d->total < LISTED_MAX ? d->total : LISTED_MAX;
    d->ones = NEW_N(run->arena, struct dkim_one, listed);
    d->order = NEW_N(run->arena, struct dkim_one *, d->order_n);
    d->outcomes = NEW_N(run->arena, struct ingam_dkim_outcome, listed);
    c.is_chosen = arena_take(run->arena, d->header->n);
    if (d->ones == NULL || d->order == NULL || d->outcomes == NULL || c.is_chosen == NULL)
        return false;
    for (int least = d->total > limit ? CLOSEST : 0; least >= 0; least--)
        choose(&c, least);
    if (!read_signatures(run, d, &c))
        return false;
    put_in_order(d, author_domain);
    return true;
}

void dkim_allow_partial_body(struct dkim_check *d, bool is_allowed)
{
    d->allow_partial_body = is_allowed;
}

struct dkim_check *dkim_begin(const struct method_run *run, const struct mail_header *h, str author_domain,
                              struct ingam_keys *keys, bool allow_partial_body)
{
    struct dkim_check *d = NEW(run->arena, struct dkim_check);
    if (d == NULL)
        return NULL;
    *d = (struct dkim_check){.header = h, .keys = keys, .allow_partial_body = allow_partial_body};
    if (!find_signatures(run, d, author_domain))
        return NULL;
    for (size_t i = 0; i < d->order_n; i++)
        if (!prepare(run, d, d->order[i]))
            return NULL;
    return d;
}

struct dkim_body *dkim_bodies(struct dkim_check *d)
{
    return d->body;
}

/* Asks for the keys of all signatures at once; facts_ask knows a name that was asked before. A fact that was found is the
 * same one in the next run.                                                       [RFC6376 3.6.2] [RFC6376 3.6.2.2]
 * ret  PENDING: some are not there yet */
static enum progress ask_keys(const struct method_run *run, struct dkim_check *d)
{
    enum progress got = DONE;
    facts_account(run->facts, SHARE_DKIM);
    for (size_t i = 0; i < d->order_n; i++) {
        struct dkim_one *one = d->order[i];
        if (one->sig.fault)
            continue;
        if (one->fact == NULL)
            one->fact = facts_ask(run->facts, one->key_prefix, one->sig.domain, INGAM_RR_TXT);
        if (fact_is_open(one->fact))
            got = PENDING;
    }
    return got;
}

/* The first characters of b=, by which signatures of one domain are told apart.                          [RFC6008 3] */
static str b_prefix(struct arena *a, str b)
{
    size_t n = 0;
    while (n < b.n && n < B_PREFIX && !byte_is(b.p[n], C_FWS))
        n++;
    if (n == B_PREFIX || n == b.n)
        return str_first(b, n);
    uint8_t *p = arena_take_raw(a, B_PREFIX);
    if (p == NULL)
        return (str){NULL, 0};
    n = 0;
    for (size_t i = 0; i < b.n && n < B_PREFIX; i++)
        if (!byte_is(b.p[i], C_FWS))
            p[n++] = b.p[i];
    return (str){p, n};
}

/* [RFC6376 3.11] [RFC8601 2.7.1] */
static void write_outcome(struct arena *a, const struct dkim_one *one, struct ingam_dkim_outcome *out)
{
    const struct dkim_signature *sig = &one->sig;
    bool is_aligned = out->is_aligned;
    *out = (struct ingam_dkim_outcome){.result = one->result,
                                       .fault = one->fault,
                                       .domain = sig->domain,
                                       .selector = sig->selector,
                                       .algorithm = sig->algorithm,
                                       .auid = sig->auid,
                                       .b_prefix = out->b_prefix.p ? out->b_prefix : b_prefix(a, sig->b),
                                       .key_bits = one->key.bits,
                                       .field = one->field,
                                       .is_aligned = is_aligned,
                                       .is_testing = one->key.is_testing,
                                       .has_length = sig->has_length,
                                       .unsigned_bytes = one->body_got.unsigned_bytes};
    out->has_body_hash = sig->has_body_hash && one->body >= 0;
    memcpy(out->body_hash_wanted, sig->body_hash, sizeof out->body_hash_wanted);
    memcpy(out->body_hash_got, one->body_got.hash, sizeof out->body_hash_got);
    out->is_body_hash_right = out->has_body_hash && one->body_hash_text.n == 0;
}

static void tell_numbers(const struct method_run *run, const struct dkim_check *d)
{
    if (d->total == 0)
        trace_add(run->trace, (struct ingam_note){.rule = RULE_DKIM_NONE});
    if (d->total > d->order_n)
        trace_add(run->trace,
                  (struct ingam_note){.rule = RULE_DKIM_NOT_TRIED,
                                      .fault = FAULT_DKIM_OVER_LIMIT,
                                      .number = {(int64_t)(d->total - d->order_n), (int64_t)d->total}});
}

enum progress dkim_eval(const struct method_run *run, struct dkim_check *d, bool is_body_done,
                        struct ingam_dkim_outcome **list, size_t *n)
{
    if (ask_keys(run, d) == PENDING || !is_body_done)
        return PENDING;
    tell_numbers(run, d);
    for (size_t i = 0; i < d->n; i++) {
        dkim_verify_one(run, d, &d->ones[i]);
        dkim_tell_one(run, &d->ones[i], (uint32_t)i);
        write_outcome(run->arena, &d->ones[i], &d->outcomes[i]);
    }
    *list = d->outcomes;
    *n = d->n;
    return DONE;
}

void dkim_free(struct dkim_check *d)
{
    for (size_t i = 0; d && i < d->n; i++) {
        public_key_free(d->ones[i].key.key);
        d->ones[i].key.key = NULL;
    }
}

const struct dkim_signature *dkim_signature_at(const struct dkim_check *d, size_t i)
{
    return i < d->n ? &d->ones[i].sig : NULL;
}

const struct public_key *dkim_key_at(const struct dkim_check *d, size_t i)
{
    return i < d->n ? d->ones[i].key.key : NULL;
}

const uint8_t *dkim_header_digest_at(const struct dkim_check *d, size_t i)
{
    return i < d->n && d->ones[i].has_header_digest ? d->ones[i].header_digest : NULL;
}
