/* SPDX-License-Identifier: BSD-2-Clause */
/* The key record.                                                              [RFC6376 3.6.1] [RFC6376 6.1.2] */
#include "dkim/dkim.h"

#include "base/base64.h"
#include "base/tags.h"
#include "dkim/signed_names.h"

enum { TAGS_MAX = 64 };

struct reader {
    const struct method_run *run;
    struct ingam_keys *keys;
    str record;
    const struct dkim_signature *sig;
    struct tag_list tags;
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

static bool read_tags(struct reader *r)
{
    size_t max = r->run->limits->dkim_tags < TAGS_MAX ? r->run->limits->dkim_tags : TAGS_MAX;
    if (r->record.n > r->run->limits->key_record)
        return fails(r, FAULT_DKIM_KEY_TOO_LONG, NULL);
    switch (tag_list_read(r->run->arena, r->record, max, false, &r->tags)) {
    case TAG_LIST_OK: return true;
    case TAG_LIST_TWICE: return fails(r, FAULT_DKIM_KEY_TAG_TWICE, r->tags.wrong);
    case TAG_LIST_SYNTAX:
    case TAG_LIST_TOO_MANY: return fails(r, FAULT_DKIM_KEY_SYNTAX, r->tags.wrong);
    case TAG_LIST_MEMORY: break;
    }
    return fails(r, FAULT_DKIM_KEY_SYNTAX, NULL);
}

/* v= has to be the first tag, if it is there at all, and DKIM1. */
static bool check_version(struct reader *r)
{
    const struct tag *v = tag_find(&r->tags, S("v"));
    if (v && (v != r->tags.tags || !str_eq(v->value, S("DKIM1"))))
        return fails(r, FAULT_DKIM_KEY_VERSION, v->value.p);
    return true;
}

/* t= flags; others are not known. */
static void note_flags(struct reader *r)
{
    const struct tag *t = tag_find(&r->tags, S("t"));
    r->key->is_testing = t && list_has(t->value, S("y"));
    r->key->forbids_sub_domains = t && list_has(t->value, S("s"));
}

/* s= and h= say what the key may be used for. */
static bool check_use(struct reader *r)
{
    const struct tag *s = tag_find(&r->tags, S("s"));
    const struct tag *h = tag_find(&r->tags, S("h"));
    if (s && !list_has(s->value, S("*")) && !list_has(s->value, S("email")))
        return fails(r, FAULT_DKIM_KEY_SERVICE, s->value.p);
    if (h && !list_has(h->value, S("sha256")))
        return fails(r, FAULT_DKIM_KEY_HASH, h->value.p);
    return true;
}

/* k= is rsa where nothing is said.                                             [RFC6376 6.1.2] [RFC8463 4] */
static bool check_kind(struct reader *r)
{
    const struct tag *k = tag_find(&r->tags, S("k"));
    str kind = k ? k->value : S("rsa");
    if (!str_eq(kind, r->sig->kind == KEY_RSA ? S("rsa") : S("ed25519")))
        return fails(r, FAULT_DKIM_KEY_TYPE, k ? k->value.p : NULL);
    if (r->key->forbids_sub_domains && r->sig->is_auid_below)
        return fails(r, FAULT_DKIM_KEY_SUB_DOMAIN, tag_find(&r->tags, S("t"))->value.p);
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

/* Reads p= itself, and gives it to the cache. */
static bool read_data(struct reader *r, str p)
{
    struct dkim_key *key = r->key;
    size_t n = 0;
    uint8_t *der = arena_take_raw(r->run->arena, p.n / 4 * 3 + 3);
    const uint8_t *wrong = der ? base64_read(p, der, &n) : p.p;
    if (wrong)
        return fails(r, FAULT_DKIM_KEY_BASE64, wrong);
    enum key_got got = public_key_read(&r->run->arena->alloc, r->sig->kind, (str){der, n},
                                       r->run->limits->rsa_bits_max, &key->key, &key->bits);
    if (!judge_data(r, got, p.p))
        return false;
    if (r->keys)
        keys_add(r->keys, r->record, key->key);
    return true;
}

/* A key of the cache has passed every test but that of this configuration's limit. */
static bool find_data(struct reader *r, str p)
{
    r->key->key = r->keys ? keys_get(r->keys, r->record) : NULL;
    if (r->key->key == NULL)
        return read_data(r, p);
    r->key->bits = public_key_bits(r->key->key);
    if (r->sig->kind != KEY_RSA || r->key->bits <= r->run->limits->rsa_bits_max)
        return true;
    public_key_free(r->key->key);
    r->key->key = NULL;
    return judge_data(r, KEY_TOO_LONG, p.p);
}

/* [RFC6376 6.1.2] */
static bool read_record(struct reader *r)
{
    if (!read_tags(r))
        return false;
    note_flags(r);
    const struct tag *p = tag_find(&r->tags, S("p"));
    if (!check_version(r))
        return false;
    if (p == NULL)
        return fails(r, FAULT_DKIM_KEY_P_MISSING, NULL);
    if (!check_use(r))
        return false;
    if (p->value.n == 0)
        return fails(r, FAULT_DKIM_KEY_REVOKED, p->value.p);
    return check_kind(r) && find_data(r, p->value);
}

/* [RFC6376 3.6.1] */
void dkim_key_read(const struct method_run *run, struct ingam_keys *keys, str record,
                   const struct dkim_signature *sig, struct dkim_key *key)
{
    struct arena_mark mark = arena_mark(run->arena);
    struct reader r = {.run = run, .keys = keys, .record = record, .sig = sig, .key = key};
    *key = (struct dkim_key){0};
    read_record(&r);
    arena_rewind(run->arena, mark);
}
