/* SPDX-License-Identifier: BSD-2-Clause */
/* The runtime of the sanitizers looks at its own stack, shadow memory and processors. It still opens no file: a report of theirs comes
 * without names of functions. */
#include "daemon/sandbox_calls.h"

#include <seccomp.h>

const int sandbox_build_calls[] = {
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(personality),
    SCMP_SYS(prctl),
    SCMP_SYS(mincore),
    SCMP_SYS(msync),
    SCMP_SYS(arch_prctl),
    -1,
};
