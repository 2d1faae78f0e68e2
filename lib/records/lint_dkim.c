/* SPDX-License-Identifier: BSD-2-Clause */
/* One key record by itself.                                                                          [RFC6376 3.6.1] */
#include "base/tags.h"
#include "dkim/dkim.h"
#include "records/records.h"

enum { TAGS_MAX = 64, BITS_GOOD = 2048, BITS_KNOWN = 4096 };

static bool list_has(str list, str item)
{
    for (cur c = cur_of(list); !cur_end(&c); cur_byte(&c, ':'))
        if (str_eq(str_trim_fws(cur_until(&c, ':')), item))
            return true;
    return false;
}

static str value_of(const struct tag_list *tags, str name)
{
    const struct tag *tag = tag_find(tags, name);
    return tag ? tag->value : S("");
}

static void look_at_service(struct lint *l, str s)
{
    bool is_for_mail = list_has(s, S("*")) || list_has(s, S("email"));
    if (s.n == 0 || is_for_mail)
        return;
    lint_add_text(l, list_has(s, S("tlsrpt")) ? FIND_DKM015 : FIND_DKM007, s, s, S(""));
}

static void look_at_hashes(struct lint *l, str h)
{
    if (h.n == 0)
        return;
    if (!list_has(h, S("sha256")))
        lint_add_text(l, FIND_DKM008, h, h, S(""));
    else if (list_has(h, S("sha1")))
        lint_add(l, FIND_DKM009, h);
}

/* The tags of RFC 6376; g= is that of RFC 4871.                                                     [RFC6376 3.6.1] */
static void look_at_tags(struct lint *l, const struct tag_list *tags)
{
    static const str known = S_INIT("vhkpstn");
    for (size_t i = 0; i < tags->n; i++) {
        str name = tags->tags[i].name;
        if (str_eq(name, S("g")))
            lint_add(l, FIND_DKM006, name);
        else if (name.n != 1 || str_find(known, name.p[0]) == known.n)
            lint_add_text(l, FIND_DKM011, name, name, S(""));
    }
    if (tag_find(tags, S("v")) == NULL)
        lint_add(l, FIND_DKM010, str_first(l->record, 0));
    look_at_service(l, value_of(tags, S("s")));
    look_at_hashes(l, value_of(tags, S("h")));
    str t = value_of(tags, S("t"));
    if (list_has(t, S("y")))
        lint_add(l, FIND_DKM005, t);
}

static void look_at_bits(struct lint *l, uint32_t bits, str p)
{
    if (bits < BITS_GOOD)
        lint_add_number(l, FIND_DKM004, p, bits);
    if (bits > BITS_KNOWN)
        lint_add_number(l, FIND_DKM012, p, bits);
}

/* What the reader says, in words of its own where it has a remedy of its own. */
static void look_at_fault(struct lint *l, const struct dkim_key *key, str p)
{
    if (key->fault == FAULT_DKIM_KEY_REVOKED)
        lint_add(l, FIND_DKM002, p);
    else if (key->fault == FAULT_DKIM_KEY_TOO_SHORT)
        lint_add_number(l, FIND_DKM003, p, key->bits);
    else
        lint_add_fault(l, FIND_DKM001, key->fault, key->at);
}

/* The record without s= and h=, which keep the verifier from looking at the key. */
static str without_use(struct lint *l, str k, str p)
{
    struct out o;
    out_init(&o, l->run->arena);
    if (k.n) {
        out_z(&o, "k=");
        out_str(&o, k);
        out_z(&o, "; ");
    }
    out_z(&o, "p=");
    out_str(&o, p);
    return out_done(&o);
}

static void look_at_read(struct lint *l, const struct dkim_key *key, enum key_kind kind, str p)
{
    if (key->fault != FAULT_NONE)
        look_at_fault(l, key, p);
    else if (kind == KEY_RSA)
        look_at_bits(l, key->bits, p);
    else
        lint_add(l, FIND_DKM013, p);
}

/* Reads the key as the verifier would; which service it is for is looked at apart.                   [RFC6376 6.1.2] */
static void look_at_key(struct lint *l, const struct tag_list *tags)
{
    struct dkim_key key;
    str k = value_of(tags, S("k")), p = value_of(tags, S("p"));
    struct dkim_signature sig = {.kind = str_eq(k, S("ed25519")) ? KEY_ED25519 : KEY_RSA};
    if (k.n && sig.kind == KEY_RSA && !str_eq(k, S("rsa"))) {
        lint_add_text(l, FIND_DKM014, k, k, S(""));
        return;
    }
    dkim_key_read(l->run, NULL, l->record, &sig, &key);
    if (key.fault == FAULT_DKIM_KEY_SERVICE || key.fault == FAULT_DKIM_KEY_HASH) {
        public_key_free(key.key);
        dkim_key_read(l->run, NULL, without_use(l, k, p), &sig, &key);
        key.at = p.n ? (size_t)(p.p - l->record.p) : 0;
    }
    look_at_read(l, &key, sig.kind, p);
    public_key_free(key.key);
}

void lint_dkim(struct lint *l)
{
    struct tag_list tags;
    struct arena_mark mark = arena_mark(l->run->arena);
    bool is_list = tag_list_read(l->run->arena, l->record, TAGS_MAX, false, &tags) == TAG_LIST_OK;
    if (!is_list) {
        struct dkim_signature sig = {.kind = KEY_RSA};
        struct dkim_key key;
        arena_rewind(l->run->arena, mark);
        dkim_key_read(l->run, NULL, l->record, &sig, &key);
        lint_add_fault(l, FIND_DKM001, key.fault, key.at);
        public_key_free(key.key);
        return;
    }
    look_at_tags(l, &tags);
    look_at_key(l, &tags);
}
