/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard error as a place that mail never waits for. A reader that stands still (a pipe that is full, a journal that hangs) costs the line that meets
 * it a tenth of a second and those behind it nothing: they are lost and counted, and once there is room again the log says how many. */
#ifndef DAEMON_OUTLET_H
#define DAEMON_OUTLET_H

#include "base/base.h"

/* Opens a pipe anew so that writing to it never waits; while the process may still open files. Called again it costs nothing. Where it cannot
 * be opened, what standard error itself does counts. */
void outlet_open(void);
/* Writes one line, whole or not at all; of one over 4 KiB perhaps the beginning, and then the next begins a line of its own. */
void outlet_write(str line);
/* ret  how many lines were lost, which are then told; 0 as long as there is no room to tell */
uint64_t outlet_lost(void);

#endif
