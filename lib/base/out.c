/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/out.h"

enum { FIRST = 64 };

void out_init(struct out *o, struct arena *a)
{
    *o = (struct out){.arena = a};
}

static bool grow(struct out *o, size_t wanted)
{
    size_t cap = o->cap ? o->cap * 2 : FIRST;
    if (cap < wanted)
        cap = wanted;
    if (arena_extend(o->arena, o->p, o->cap, cap)) {
        o->cap = cap;
        return true;
    }
    uint8_t *p = arena_take_raw(o->arena, cap);
    if (p == NULL)
        return false;
    if (o->p)
        memcpy(p, o->p, o->n);
    o->p = p;
    o->cap = cap;
    return true;
}

uint8_t *out_room(struct out *o, size_t n)
{
    if (o->has_failed)
        return NULL;
    bool is_too_much = n > SIZE_MAX / 4 || (o->limit && o->n + n > o->limit);
    if (is_too_much || ((o->p == NULL || n > o->cap - o->n) && !grow(o, o->n + n))) {
        o->has_failed = true;
        o->cap = o->n;
        return NULL;
    }
    if (o->limit && o->cap > o->limit)
        o->cap = o->limit;
    return o->p + o->n;
}

void out_lower(struct out *o, str s)
{
    uint8_t *p = out_room(o, s.n);
    if (p == NULL)
        return;
    for (size_t i = 0; i < s.n; i++)
        p[i] = byte_lower(s.p[i]);
    o->n += s.n;
}

void out_uint(struct out *o, uint64_t v)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v);
    out_str(o, (str){digits + at, sizeof digits - at});
}

void out_hex(struct out *o, str bytes)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.n; i++) {
        out_byte(o, (uint8_t)hex[bytes.p[i] >> 4]);
        out_byte(o, (uint8_t)hex[bytes.p[i] & 15]);
    }
}

str out_done(const struct out *o)
{
    if (o->has_failed)
        return (str){NULL, 0};
    return o->p ? (str){o->p, o->n} : S("");
}
