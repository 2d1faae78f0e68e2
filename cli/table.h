/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/judge.h"
#include "cli/screen.h"

/* Shows a verdict on about a dozen lines: the sentence, who sent it, the table, the warnings, the reason. */
void table_show(struct screen *s, const struct judged *d);
/* Shows it on one line. */
void table_brief(struct screen *s, const struct judged *d);

#endif
