/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "base/arena.h"

/* A writer that grows in an arena. Its error sticks: write on, look once at out_done. */
struct out {
    struct arena *arena;
    uint8_t *p;
    size_t n, cap; /* up to cap may be written without a look at anything else */
    size_t limit;  /* 0: only the arena's */
    bool has_failed;
};

void out_init(struct out *o, struct arena *a);
/* Makes room for n more bytes. ret where they go (o->n is not moved), NULL if there is none */
uint8_t *out_room(struct out *o, size_t n);
static inline void out_byte(struct out *o, uint8_t c)
{
    uint8_t *p = o->n < o->cap ? o->p + o->n : out_room(o, 1);
    if (p) {
        *p = c;
        o->n++;
    }
}
static inline void out_str(struct out *o, str s)
{
    if (s.n == 0)
        return;
    uint8_t *p = s.n <= o->cap - o->n ? o->p + o->n : out_room(o, s.n);
    if (p) {
        memcpy(p, s.p, s.n);
        o->n += s.n;
    }
}
void out_lower(struct out *o, str s);
void out_uint(struct out *o, uint64_t v);
void out_hex(struct out *o, str bytes); /* lower case */
static inline void out_z(struct out *o, const char *z)
{
    out_str(o, str_of(z));
}
/* ret  what was written; p is NULL and n 0 if anything failed */
str out_done(const struct out *o);

#endif
