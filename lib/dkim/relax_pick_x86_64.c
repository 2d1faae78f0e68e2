/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/relax.h"

relax_kernel *relax_pick(void)
{
    return __builtin_cpu_supports("avx2") ? relax_avx2 : relax_scalar;
}
