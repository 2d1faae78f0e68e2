/* SPDX-License-Identifier: BSD-2-Clause */
/* The key record.                                                              [RFC6376 3.6.1] [RFC6376 6.1.2] */
#include "dkim/dkim.h"

#include "base/base64.h"
#include "base/tags.h"
#include "dkim/signed_names.h"

enum { TAGS_MAX = 64 };
enum { IS_TESTING = 1, FORBIDS_SUB_DOMAINS = 2 }; /* flags of a key in the cache */

struct reader {
    const struct method_run *run;
    str record;
    const struct dkim_signature *sig;
    struct tag_list list;
    const struct tag *v, *h, *k, *p, *s, *t; /* NULL where not there */
    struct dkim_key *key;
};

static bool fails(const struct reader *r, enum ingam_fault fault, const uint8_t *wrong)
{
    r->key->fault = fault;
    r->key->at = wrong ? (size_t)(wrong - r->record.p) : 0;
    return false;
}

/* ret  this colon-separated list has the item; what is not known in it is ignored */
static bool list_has(str list, str item)
{
    cur c = cur_of(list);
    for (str one; signed_name_next(&c, &one);)
        if (str_eq(one, item))
            return true;
    return false;
}

/* Tags of other names are not known, and ignored. */
static void note_tags(struct reader *r)
{
    for (const struct tag *tag = r->list.tags; tag < r->list.tags + r->list.n; tag++) {
        if (tag->name.n != 1)
            continue;
        switch (tag->name.p[0]) {
        case 'v': r->v = tag; break;
        case 'h': r->h = tag; break;
        case 'k': r->k = tag; break;
        case 'p': r->p = tag; break;
        case 's': r->s = tag; break;
        case 't': r->t = tag; break;
        default: break;
        }
    }
}

static bool read_tags(struct reader *r)
{
    size_t max = r->run->limits->dkim_tags < TAGS_MAX ? r->run->limits->dkim_tags : TAGS_MAX;
    if (r->record.n > r->run->limits->key_record)
        return fails(r, FAULT_DKIM_KEY_TOO_LONG, NULL);
    switch (tag_list_read(r->run->arena, r->record, max, false, &r->list)) {
    case TAG_LIST_OK: return true;
    case TAG_LIST_TWICE: return fails(r, FAULT_DKIM_KEY_TAG_TWICE, r->list.wrong);
    case TAG_LIST_SYNTAX:
    case TAG_LIST_TOO_MANY: return fails(r, FAULT_DKIM_KEY_SYNTAX, r->list.wrong);
    case TAG_LIST_MEMORY: break;
    }
    return fails(r, FAULT_DKIM_KEY_SYNTAX, NULL);
}

/* v= has to be the first tag, if it is there at all, and DKIM1. */
static bool check_version(struct reader *r)
{
    if (r->v && (r->v != r->list.tags || !str_eq(r->v->value, S("DKIM1"))))
        return fails(r, FAULT_DKIM_KEY_VERSION, r->v->value.p);
    return true;
}

/* t= flags; others are not known. */
static void note_flags(struct reader *r)
{
    r->key->is_testing = r->t && list_has(r->t->value, S("y"));
    r->key->forbids_sub_domains = r->t && list_has(r->t->value, S("s"));
}

/* s= and h= say what the key may be used for. */
static bool check_use(struct reader *r)
{
    if (r->s && !list_has(r->s->value, S("*")) && !list_has(r->s->value, S("email")))
        return fails(r, FAULT_DKIM_KEY_SERVICE, r->s->value.p);
    if (r->h && !list_has(r->h->value, S("sha256")))
        return fails(r, FAULT_DKIM_KEY_HASH, r->h->value.p);
    return true;
}

/* k= is rsa where nothing is said.                                             [RFC6376 6.1.2] [RFC8463 4] */
static bool check_kind(struct reader *r)
{
    str kind = r->k ? r->k->value : S("rsa");
    if (!str_eq(kind, r->sig->kind == KEY_RSA ? S("rsa") : S("ed25519")))
        return fails(r, FAULT_DKIM_KEY_TYPE, r->k ? kind.p : NULL);
    if (r->key->forbids_sub_domains && r->sig->is_auid_below)
        return fails(r, FAULT_DKIM_KEY_SUB_DOMAIN, r->t->value.p);
    return true;
}

static bool judge_data(struct reader *r, enum key_got got, const uint8_t *at)
{
    switch (got) {
    case KEY_OK: return true;
    case KEY_SYNTAX: return fails(r, FAULT_DKIM_KEY_DATA, at);
    case KEY_TOO_SHORT: return fails(r, FAULT_DKIM_KEY_TOO_SHORT, at);
    case KEY_TOO_LONG: return fails(r, FAULT_DKIM_KEY_TOO_LARGE, at);
    case KEY_BAD_EXPONENT: return fails(r, FAULT_DKIM_KEY_EXPONENT, at);
    case KEY_MEMORY: break;
    }
    r->run->arena->has_failed = true;
    return fails(r, FAULT_DKIM_KEY_DATA, at);
}

/* Reads p= itself. */
static bool read_data(struct reader *r)
{
    struct dkim_key *key = r->key;
    str p = r->p->value;
    size_t n = 0;
    uint8_t *der = arena_take_raw(r->run->arena, p.n / 4 * 3 + 3);
    const uint8_t *wrong = der ? base64_read(p, der, &n) : p.p;
    if (wrong)
        return fails(r, FAULT_DKIM_KEY_BASE64, wrong);
    struct key_data data = {r->sig->kind, {der, n}, r->run->limits->rsa_bits_max};
    enum key_got got = public_key_read(&r->run->arena->alloc, &data, &key->key, &key->bits);
    return judge_data(r, got, p.p);
}

/* [RFC6376 6.1.2] */
static bool read_record(struct reader *r)
{
    if (!read_tags(r))
        return false;
    note_tags(r);
    note_flags(r);
    if (!check_version(r))
        return false;
    if (r->p == NULL)
        return fails(r, FAULT_DKIM_KEY_P_MISSING, NULL);
    if (!check_use(r))
        return false;
    if (r->p->value.n == 0)
        return fails(r, FAULT_DKIM_KEY_REVOKED, r->p->value.p);
    return check_kind(r) && read_data(r);
}

/* A record in the cache was found to be good as such. Whether it fits this signature is another question, and where it
 * does not the record is read again for the byte to blame.
 * ret  false: not there, or it does not fit */
static bool find_in_cache(const struct method_run *run, struct ingam_keys *keys, str record,
                          const struct dkim_signature *sig, struct dkim_key *key)
{
    struct public_key *found = record.n <= run->limits->key_record ? keys_get(keys, record) : NULL;
    if (found == NULL)
        return false;
    uint8_t flags = public_key_flags(found);
    bool forbids = (flags & FORBIDS_SUB_DOMAINS) != 0;
    bool is_too_large = sig->kind == KEY_RSA && public_key_bits(found) > run->limits->rsa_bits_max;
    if (public_key_kind(found) != sig->kind || is_too_large || (forbids && sig->is_auid_below)) {
        public_key_free(found);
        return false;
    }
    *key = (struct dkim_key){.key = found, .bits = public_key_bits(found), .forbids_sub_domains = forbids};
    key->is_testing = (flags & IS_TESTING) != 0;
    return true;
}

static void put_in_cache(struct ingam_keys *keys, str record, const struct dkim_key *key)
{
    unsigned flags =
        (key->is_testing ? IS_TESTING : 0) | (key->forbids_sub_domains ? FORBIDS_SUB_DOMAINS : 0);
    public_key_set_flags(key->key, (uint8_t)flags);
    keys_add(keys, record, key->key);
}

/* [RFC6376 3.6.1] */
void dkim_key_read(const struct method_run *run, struct ingam_keys *keys, str record,
                   const struct dkim_signature *sig, struct dkim_key *key)
{
    if (keys && find_in_cache(run, keys, record, sig, key))
        return;
    struct arena_mark mark = arena_mark(run->arena);
    struct reader r = {.run = run, .record = record, .sig = sig, .key = key};
    *key = (struct dkim_key){0};
    if (read_record(&r) && keys)
        put_in_cache(keys, record, key);
    arena_rewind(run->arena, mark);
}
