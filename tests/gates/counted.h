/* SPDX-License-Identifier: BSD-2-Clause */
/* A program linked with counted.c counts every allocation, also those of the libraries beneath: malloc is ours then. */
#ifndef TESTS_GATES_COUNTED_H
#define TESTS_GATES_COUNTED_H

#include <stddef.h>

struct counted {
    size_t calls;     /* malloc, calloc, realloc */
    size_t in_flight; /* bytes */
    size_t peak;      /* highest in_flight since it was set to that */
};
extern struct counted counted;

#endif
