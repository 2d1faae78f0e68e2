/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/gates/counted.h"

#include <malloc.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void __libc_free(void *p);

struct counted counted;

static void *count(void *p)
{
    counted.calls++;
    counted.in_flight += p ? malloc_usable_size(p) : 0;
    if (counted.in_flight > counted.peak)
        counted.peak = counted.in_flight;
    return p;
}

void *malloc(size_t n)
{
    return count(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
    counted.in_flight -= p ? malloc_usable_size(p) : 0;
    return count(__libc_realloc(p, n));
}

void free(void *p)
{
    counted.in_flight -= p ? malloc_usable_size(p) : 0;
    __libc_free(p);
}
