/* SPDX-License-Identifier: BSD-2-Clause */
/* White space in a body under "relaxed": a run of SP and TAB becomes one SP, and nothing before CRLF.   [RFC6376 3.4.4]
 * Line ends, and what is to be dropped at the end of the body, are another step (body.c). The kernels are alike
 * byte for byte; relax_pick_*.c chooses when the program runs. */
#ifndef DKIM_RELAX_H
#define DKIM_RELAX_H

#include "base/base.h"

/* What is held back between two pieces of the body. */
enum relax_state { RELAX_CLEAR, RELAX_WSP /* a run */, RELAX_WSP_CR /* a run, then CR */ };

/* A kernel reads all of `in` and writes at most in.n + RELAX_EXTRA bytes. It may write RELAX_SLACK bytes more than it
 * returns: there must be room for in.n + RELAX_EXTRA + RELAX_SLACK. */
enum { RELAX_EXTRA = 2, RELAX_SLACK = 64 };
typedef size_t relax_kernel(enum relax_state *state, str in, uint8_t *out);

relax_kernel relax_scalar;
relax_kernel relax_avx2, relax_avx512; /* x86_64 only */
/* Lists the kernels that this machine can run, the fastest first. ret how many */
enum { RELAX_KERNELS = 3 };
size_t relax_usable(relax_kernel *list[RELAX_KERNELS]);
static inline relax_kernel *relax_pick(void)
{
    relax_kernel *list[RELAX_KERNELS];
    relax_usable(list);
    relax_kernel *fastest = *list;
    return fastest;
}

/* Reads on in a run of white space, until it is known what becomes of it.
 * in   state  not RELAX_CLEAR
 * ret  where to go on; state is RELAX_CLEAR unless that is the end */
static inline const uint8_t *relax_gap(enum relax_state *state, const uint8_t *p, const uint8_t *end,
                                       uint8_t **out)
{
    if (*state == RELAX_WSP) {
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        if (p == end)
            return p;
        if (*p != '\r') {
            *(*out)++ = ' ';
            *state = RELAX_CLEAR;
            return p;
        }
        p++;
        *state = RELAX_WSP_CR;
    }
    if (p == end)
        return p;
    if (*p != '\n')
        *(*out)++ = ' ';
    *(*out)++ = '\r';
    *state = RELAX_CLEAR;
    return p;
}

#endif
