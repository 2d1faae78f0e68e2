/* SPDX-License-Identifier: BSD-2-Clause */
/* Running another program to its end. No shell sees any of the words. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "base/base.h"

struct program_end {
    int status; /* exit status; -1: it could not be started (said), or a signal ended it */
    str output; /* what it wrote on standard output, up to 1 MiB, in the arena; empty where it was not asked for */
};
struct program {
    const char *const
        *argv; /* ends with NULL; argv[0] is looked for where mail servers' commands lie, and in PATH */
    int input; /* what becomes its standard input; 0: nothing to read */
    bool is_captured; /* its standard output is read; else it is ours */
    bool is_quiet;    /* what it says on standard error is dropped, and nothing is said of it here */
    int limit_ms;     /* captured: killed where it has not ended its output by then; 0: none */
};
struct program_end program_run_as(struct arena *a, const struct program *p);
/* The same for one that reads nothing and may take its time. */
struct program_end program_run(struct arena *a, const char *const argv[], bool is_captured);
/* ret  it lies in one of the system's folders */
bool program_exists(const char *name);

#endif
