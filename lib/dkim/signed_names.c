/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/signed_names.h"

#include "base/word.h"

enum { NONE = UINT32_MAX, NO_GROUP = UINT16_MAX };

bool signed_name_next(cur *c, str *name)
{
    if (cur_end(c))
        return false;
    *name = str_trim_fws(cur_until(c, ':'));
    cur_byte(c, ':');
    return true;
}

/* [RFC6376 5.4] */
const uint8_t *signed_names_check(str list, size_t *n, bool *has_from)
{
    cur c = cur_of(list);
    *n = 0;
    *has_from = false;
    for (;;) {
        cur_run(&c, C_FWS);
        str name = cur_run(&c, C_FTEXT);
        if (name.n == 0)
            return c.p;
        ++*n;
        *has_from = *has_from || str_eq_nocase(name, S("from"));
        cur_run(&c, C_FWS);
        if (cur_end(&c))
            return NULL;
        if (!cur_byte(&c, ':'))
            return c.p;
    }
}

/* All places of h= that have the same name. */
struct signed_group {
    str name;
    uint32_t hash;
    uint32_t lowest; /* field that is the next to be taken */
};

struct index {
    struct signed_group *groups;
    size_t n;
    uint16_t *slots;
    uint32_t mask;
};

/* Letters in any case give the same; so do a few other pairs, which the comparison tells apart. */
static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ (word | WORD_EACH(0x20))) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint32_t hash_of(str name)
{
    uint64_t hash = name.n;
    size_t i = 0;
    for (; name.n - i >= 8; i += 8)
        hash = mixed(hash, word_load(name.p + i));
    hash = mixed(hash, word_load_part(name.p + i, name.n - i));
    return (uint32_t)(hash >> 32);
}

/* ret  the slot that holds this name's group, or the free one where it would be */
static uint16_t *slot_of(const struct index *x, str name, uint32_t hash)
{
    uint32_t at = hash & x->mask;
    for (; x->slots[at] != NO_GROUP; at = (at + 1) & x->mask) {
        const struct signed_group *g = &x->groups[x->slots[at]];
        if (g->hash == hash && str_eq_nocase(g->name, name))
            break;
    }
    return &x->slots[at];
}

static uint16_t group_for(struct index *x, str name)
{
    uint32_t hash = hash_of(name);
    uint16_t *slot = slot_of(x, name, hash);
    if (*slot == NO_GROUP) {
        *slot = (uint16_t)x->n;
        x->groups[x->n++] = (struct signed_group){name, hash, NONE};
    }
    return *slot;
}

static size_t places(str list)
{
    size_t n = 1, i = 0;
    for (; list.n - i >= 8; i += 8)
        n += word_count(word_load(list.p + i), ':');
    return n + word_count(word_load_part(list.p + i, list.n - i), ':');
}

static bool make_index(struct arena *a, struct index *x, size_t n)
{
    size_t slots = 16;
    while (slots < n * 2)
        slots *= 2;
    x->groups = arena_take_raw(a, n * sizeof *x->groups);
    x->slots = arena_take_raw(a, slots * sizeof *x->slots);
    x->mask = (uint32_t)slots - 1;
    if (x->groups == NULL || x->slots == NULL)
        return false;
    memset(x->slots, 0xff, slots * sizeof *x->slots);
    return true;
}

bool signed_fields_find(struct arena *a, const struct mail_header *h, str list, const struct mail_field *own,
                        struct signed_fields *s)
{
    struct index x = {0};
    size_t n = places(list);
    *s = (struct signed_fields){.fields = h->fields};
    s->above = arena_take_raw(a, h->n * sizeof *s->above);
    s->group_of = arena_take_raw(a, n * sizeof *s->group_of);
    if (n >= NO_GROUP || s->above == NULL || s->group_of == NULL || !make_index(a, &x, n))
        return false;
    cur c = cur_of(list);
    for (str name; signed_name_next(&c, &name);)
        s->group_of[s->n++] = group_for(&x, name);
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        uint16_t slot = f == own || f->name.n == 0 ? NO_GROUP : *slot_of(&x, f->name, hash_of(f->name));
        if (slot == NO_GROUP)
            continue;
        s->above[i] = x.groups[slot].lowest;
        x.groups[slot].lowest = (uint32_t)i;
    }
    s->groups = x.groups;
    return true;
}

const struct mail_field *signed_fields_next(struct signed_fields *s, bool *is_over)
{
    *is_over = s->at == s->n;
    if (*is_over)
        return NULL;
    struct signed_group *g = &s->groups[s->group_of[s->at++]];
    uint32_t field = g->lowest;
    if (field == NONE)
        return NULL;
    g->lowest = s->above[field];
    return &s->fields[field];
}
