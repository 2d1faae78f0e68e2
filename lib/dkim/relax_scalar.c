/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/relax.h"

size_t relax_scalar(enum relax_state *state, str in, uint8_t *out)
{
    const uint8_t *p = in.p, *end = in.p + in.n;
    uint8_t *o = out;
    if (*state != RELAX_CLEAR)
        p = relax_gap(state, p, end, &o);
    while (p < end) {
        uint8_t c = *p++;
        if (c != ' ' && c != '\t') {
            *o++ = c;
            continue;
        }
        *state = RELAX_WSP;
        p = relax_gap(state, p, end, &o);
    }
    return (size_t)(o - out);
}
