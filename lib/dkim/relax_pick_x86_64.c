/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/relax.h"

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
}

size_t relax_usable(relax_kernel *list[RELAX_KERNELS])
{
    size_t n = 0;
    if (has_avx512())
        list[n++] = relax_avx512;
    if (__builtin_cpu_supports("avx2"))
        list[n++] = relax_avx2;
    list[n++] = relax_scalar;
    return n;
}
