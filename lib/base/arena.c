/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stddef.h>
#include <stdlib.h>

enum { FIRST_BLOCK = 32 * 1024, LARGEST_STEP = 256 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t size; /* with this head */
    _Alignas(16) uint8_t bytes[];
};

void *alloc_get(const struct ingam_alloc *alloc, size_t n)
{
    return alloc && alloc->get ? alloc->get(alloc->context, n) : malloc(n);
}

void alloc_put(const struct ingam_alloc *alloc, void *p)
{
    if (p == NULL)
        return;
    if (alloc && alloc->put)
        alloc->put(alloc->context, p);
    else
        free(p);
}

void arena_init(struct arena *a, const struct ingam_alloc *alloc, size_t cap)
{
    *a = (struct arena){.cap = cap};
    if (alloc)
        a->alloc = *alloc;
}

void arena_lend(struct arena *a, void *memory, size_t n)
{
    a->used = n < a->cap ? n : a->cap;
    a->p = memory;
    a->end = a->p + a->used;
}

void arena_free(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *older = a->blocks->older;
        alloc_put(&a->alloc, a->blocks);
        a->blocks = older;
    }
    a->p = a->end = NULL;
    a->used = 0;
}

/* Blocks double up to LARGEST_STEP, so that a small message costs one and a large one few. */
static size_t block_size(const struct arena *a, size_t n)
{
    size_t size = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    size_t least = n + sizeof(struct arena_block) + ARENA_ALIGN;
    if (size < least)
        size = least;
    size_t left = a->cap > a->used ? a->cap - a->used : 0;
    if (size > left && least <= left)
        size = left;
    return size > left ? 0 : size;
}

static bool grow(struct arena *a, size_t n)
{
    size_t size = n < SIZE_MAX / 4 ? block_size(a, n) : 0;
    struct arena_block *b = size && !a->has_failed ? alloc_get(&a->alloc, size) : NULL;
    if (b == NULL) {
        a->has_failed = true;
        return false;
    }
    b->older = a->blocks;
    b->size = size;
    a->blocks = b;
    a->used += size;
    a->p = b->bytes;
    a->end = (uint8_t *)b + size;
    return true;
}

void *arena_take_block(struct arena *a, size_t n)
{
    if (a->has_failed || !grow(a, n))
        return NULL;
    uint8_t *piece = a->p;
    a->p += n;
    return piece;
}

void *arena_take_array(struct arena *a, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size) {
        a->has_failed = true;
        return NULL;
    }
    return arena_take(a, n * size);
}

bool arena_extend(struct arena *a, void *piece, size_t had, size_t wanted)
{
    uint8_t *start = piece;
    if (start == NULL || start + had != a->p || wanted - had > (size_t)(a->end - a->p))
        return false;
    a->p = start + wanted;
    return true;
}

str arena_copy(struct arena *a, str s)
{
    uint8_t *p = arena_take_raw(a, s.n);
    if (p == NULL)
        return (str){NULL, 0};
    if (s.n)
        memcpy(p, s.p, s.n);
    return (str){p, s.n};
}

str arena_copy_lower(struct arena *a, str s)
{
    uint8_t *p = arena_take_raw(a, s.n);
    if (p == NULL)
        return (str){NULL, 0};
    for (size_t i = 0; i < s.n; i++)
        p[i] = byte_lower(s.p[i]);
    return (str){p, s.n};
}

char *arena_copy_z(struct arena *a, str s)
{
    char *z = arena_take_raw(a, s.n + 1);
    if (z == NULL)
        return NULL;
    if (s.n)
        memcpy(z, s.p, s.n);
    z[s.n] = 0;
    return z;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->blocks, a->p};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    while (a->blocks && a->blocks != mark.block) {
        struct arena_block *older = a->blocks->older;
        a->used -= a->blocks->size;
        alloc_put(&a->alloc, a->blocks);
        a->blocks = older;
    }
    a->p = a->blocks ? mark.p : NULL;
    a->end = a->blocks ? (uint8_t *)a->blocks + a->blocks->size : NULL;
}
