/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages on standard output, with the line ends that they came with. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/input.h"

void output_bytes(str bytes);
/* Writes bytes of the CRLF form with the line ends of the file. */
void output_lines(const struct message *m, str bytes);

#endif
