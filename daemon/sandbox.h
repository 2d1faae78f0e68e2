/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up what a process does not need: user and groups, capabilities, new privileges, core dumps, and by seccomp the system
 * calls that its role never makes. A call outside the role's list fails with EPERM. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include "conf/conf.h"

/* in   role  "worker": sockets yes, files no; "keyd": only its open sockets; "status": a listening socket that is open
 *            already, no files
 * ret  false: could not; errno and a line on standard error. The process must then end */
bool sandbox_enter(const struct conf *conf, const char *role);

#endif
