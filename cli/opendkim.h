/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenDKIM's tables, from files. */
#ifndef CLI_OPENDKIM_H
#define CLI_OPENDKIM_H

#include "conf/tables.h"

/* Reads "FILE", "file:FILE", "refile:FILE" or "csl:NAME=VALUE,...".
 * out  *text  what the rows' slices lie in; the caller's to free
 * ret  an exit status; what is not EXIT_GOOD was said */
int opendkim_read(struct arena *a, const char *spec, struct opendkim_table *table, uint8_t **text);

#endif
