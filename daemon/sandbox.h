/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up what a process does not need: user and groups, capabilities, new privileges, core dumps, and by seccomp the system
 * calls that its role never makes. A call outside the role's list fails with EPERM.
 *
 *   sandbox.c  user, capabilities, limits    sandbox_calls.c  the lists    sandbox_plain.c, sandbox_sanitized.c  what one kind
 *   of build needs beside them; meson takes one of the two */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include "conf/conf.h"

/* in   role  "worker": sockets yes, files no; "keyd": only its open sockets; "status": a listening socket that is open
 *            already, no files
 * ret  false: could not; errno and a line on standard error. The process must then end */
bool sandbox_enter(const struct conf *conf, const char *role);
/* What the parent gives up once its first sockets are bound: all but what starting children as another user, ending them
 * and opening new sockets needs. Nothing where it was not started as root. */
bool sandbox_parent(void);

#endif
