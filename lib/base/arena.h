/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

/* One message's memory: blocks that grow, freed whole. Reaching the cap, or the allocator saying no, sets has_failed for
 * good, and everything asked for after that is NULL too. */
struct arena_block;
struct arena {
    struct ingam_alloc alloc;
    struct arena_block *blocks; /* newest first */
    uint8_t *p, *end;           /* what is free in the newest */
    size_t used;                /* bytes taken from the allocator */
    size_t cap;
    bool has_failed;
};

/* in  alloc  zeroed or NULL: malloc and free */
void arena_init(struct arena *a, const struct ingam_alloc *alloc, size_t cap);
void arena_free(struct arena *a);
/* Gives a fresh arena its first memory, which stays the lender's and must outlive it; it counts against the cap.
 * in   memory  aligned for any type; at most the cap of it is used */
void arena_lend(struct arena *a, void *memory, size_t n);

enum { ARENA_ALIGN = 16 };
/* What arena_take_raw does where the newest block is full. */
void *arena_take_block(struct arena *a, size_t n);

/* ret  n bytes that are written at once, aligned for any type; NULL when the cap is reached (n = 0 gives a valid pointer) */
static inline void *arena_take_raw(struct arena *a, size_t n)
{
    size_t padding = (size_t)(-(uintptr_t)a->p & (ARENA_ALIGN - 1));
    size_t left = (size_t)(a->end - a->p);
    if (a->has_failed || a->p == NULL || left < padding || left - padding < n)
        return arena_take_block(a, n);
    uint8_t *piece = a->p + padding;
    a->p = piece + n;
    return piece;
}
/* The same, zeroed. */
static inline void *arena_take(struct arena *a, size_t n)
{
    void *piece = arena_take_raw(a, n);
    if (piece && n)
        memset(piece, 0, n);
    return piece;
}
/* ret  an array of n zeroed elements; NULL also when n * size overflows */
void *arena_take_array(struct arena *a, size_t n, size_t size);
/* Grows the newest piece in place where that is possible.
 * ret  false: not the newest piece or no room; nothing changed */
bool arena_extend(struct arena *a, void *piece, size_t had, size_t wanted);
/* ret  a copy; p is NULL and n 0 when memory ran out */
str arena_copy(struct arena *a, str s);
str arena_copy_lower(struct arena *a, str s);
/* ret  NUL-terminated copy, NULL when memory ran out */
char *arena_copy_z(struct arena *a, str s);

#define NEW(arena, type)      ((type *)arena_take((arena), sizeof(type)))
#define NEW_N(arena, type, n) ((type *)arena_take_array((arena), (n), sizeof(type)))

/* A place to go back to: everything taken since is given back at once. Blocks stay with the arena's newest. */
struct arena_mark {
    struct arena_block *block;
    uint8_t *p;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

/* Memory outside any arena, through the same allocator. */
void *alloc_get(const struct ingam_alloc *alloc, size_t n);
void alloc_put(const struct ingam_alloc *alloc, void *p);

#endif
