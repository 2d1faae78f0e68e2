/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DAEMON_SANDBOX_CALLS_H
#define DAEMON_SANDBOX_CALLS_H

#include <stdbool.h>

/* Allows the system calls of a role and no other, from now on. ret false: errno */
bool sandbox_calls(const char *role);

/* What this kind of build needs in every role; ends with -1. */
extern const int sandbox_build_calls[];

#endif
