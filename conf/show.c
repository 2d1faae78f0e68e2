/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/show.h"

size_t show_count(const struct conf *c, enum block_id block)
{
    switch (block) {
    case BLOCK_LISTEN: return c->listen_n;
    case BLOCK_POLICY: return c->policy_n - 1;
    case BLOCK_TRUST: return c->trust_n;
    case BLOCK_TOP:
    case BLOCK_SIGN:
    case BLOCK_RESOLVER:
    case BLOCK_LIMITS:
    case BLOCK_LOG: break;
    }
    return 1;
}

const char *show_title(const struct conf *c, enum block_id block, size_t i)
{
    if (block == BLOCK_LISTEN)
        return c->listens[i].address;
    if (block == BLOCK_POLICY)
        return c->policies[i].name;
    return block == BLOCK_TRUST ? c->trusts[i].name : NULL;
}

static const void *at_of(const void *draft, const struct word *w)
{
    return draft ? (const uint8_t *)draft + w->at : NULL;
}

static struct conf_names split_fields(struct arena *a, str text)
{
    str *list = NEW_N(a, str, text.n + 1);
    struct conf_names names = {list, 0};
    while (list && text.n) {
        list[names.n] = str_first(text, str_find(text, ':'));
        text = str_from(text, list[names.n++].n + 1);
    }
    return names;
}

static const struct draft *draft_of(const struct conf *c, struct arena *a)
{
    struct draft *d = NEW(a, struct draft);
    if (d == NULL)
        return NULL;
    d->conf = *c;
    d->policy = c->policies[c->policy_n - 1];
    d->headers = split_fields(a, c->sign.headers);
    d->has_dnssec = c->resolver.anchor_file || c->resolver.way == CONF_DNS_RECURSE;
    return d;
}

static const void *listen_value(const struct conf_listen *l, const struct word *w)
{
    bool is_of_file = str_eq(str_of(w->name), S("group")) || str_eq(str_of(w->name), S("mode"));
    return is_of_file && l->family != CONF_UNIX ? NULL : at_of(l, w);
}

static const void *trust_value(const struct conf_trust *t, const struct word *w, struct arena *a)
{
    struct draft_trust *d = NEW(a, struct draft_trust);
    enum conf_trust_kind kind = (enum conf_trust_kind)(w - blocks[BLOCK_TRUST].words);
    if (d == NULL || (kind <= CONF_TRUST_ADDRESS && kind != t->kind))
        return NULL;
    d->trust = *t;
    if (t->kind != CONF_TRUST_ADDRESS)
        d->of[t->kind] = t->names;
    return at_of(d, w);
}

const void *show_value(const struct conf *c, enum block_id block, size_t i, const struct word *w,
                       struct arena *a)
{
    if (block == BLOCK_LISTEN)
        return listen_value(&c->listens[i], w);
    if (block == BLOCK_POLICY)
        return at_of(&c->policies[i], w);
    return block == BLOCK_TRUST ? trust_value(&c->trusts[i], w, a) : at_of(draft_of(c, a), w);
}

static void show_words(struct out *o, const struct conf *c, enum block_id block, size_t i)
{
    for (const struct word *w = blocks[block].words; w->name; w++) {
        struct arena scratch;
        arena_init(&scratch, NULL, (size_t)64 << 20);
        const void *value = show_value(c, block, i, w, &scratch);
        if (value) {
            out_z(o, block == BLOCK_TOP ? "" : "    ");
            out_z(o, w->name);
            out_z(o, " = ");
            value_write(o, w, value);
            out_byte(o, '\n');
        }
        arena_free(&scratch);
    }
}

static void show_block(struct out *o, const struct conf *c, enum block_id block, size_t i)
{
    const char *title = show_title(c, block, i);
    out_byte(o, '\n');
    out_z(o, blocks[block].name);
    if (title) {
        out_byte(o, ' ');
        value_write_quoted(o, str_of(title));
    }
    out_z(o, " {\n");
    show_words(o, c, block, i);
    out_z(o, "}\n");
}

void conf_show(struct out *o, const struct conf *c)
{
    show_words(o, c, BLOCK_TOP, 0);
    for (unsigned block = BLOCK_TOP + 1; block < BLOCK_N; block++)
        for (size_t i = 0; i < show_count(c, (enum block_id)block); i++)
            show_block(o, c, (enum block_id)block, i);
}
