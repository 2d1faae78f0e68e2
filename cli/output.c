/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/output.h"

#include <stdio.h>

void output_bytes(str bytes)
{
    if (bytes.n)
        fwrite(bytes.p, 1, bytes.n, stdout);
}

void output_lines(const struct message *m, str bytes)
{
    if (!m->has_lf_ends) {
        output_bytes(bytes);
        return;
    }
    while (bytes.n) {
        size_t n = str_find_str(bytes, S("\r\n"));
        output_bytes(str_first(bytes, n));
        if (n < bytes.n)
            output_bytes(S("\n"));
        bytes = str_from(bytes, n + 2);
    }
}
