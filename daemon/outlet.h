/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard error and syslog as places that mail never waits for. A reader that stands still (a pipe that is full, a journal that hangs) costs the line that meets
 * it a tenth of a second and those behind it nothing: they are lost and counted, and once there is room again the log says how many. */
#ifndef DAEMON_OUTLET_H
#define DAEMON_OUTLET_H

#include "base/base.h"

/* Opens a pipe anew so that writing to it never waits; while the process may still open files. Called again it costs nothing. Where it cannot
 * be opened, what standard error itself does counts. */
void outlet_open(void);
/* Writes one line, whole or not at all; of one over 4 KiB perhaps the beginning, and then the next begins a line of its own. */
void outlet_write(str line);
/* Syslog at this socket (/dev/log). One that is started anew is found again without a connection of ours, also by a process that may open
 * none any more. */
void outlet_open_syslog(const char *path);
void outlet_syslog(int priority, str line); /* facility and level together; without a line end */
/* ret  how many lines were lost, which are then told; 0 as long as there is no room to tell */
uint64_t outlet_lost(bool is_syslog);

#endif
