/* SPDX-License-Identifier: BSD-2-Clause */
/* Running another program to its end. No shell sees any of the words. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "base/base.h"

struct program_end {
    int status; /* exit status; -1: it could not be started (said), or a signal ended it */
    str output; /* what it wrote on standard output, up to 1 MiB, in the arena; empty where it was not asked for */
};
/* in   argv        ends with NULL; argv[0] is looked up in PATH and in /usr/sbin
 *      is_captured  its standard output is read; else it is ours */
struct program_end program_run(struct arena *a, const char *const argv[], bool is_captured);

#endif
