/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "cli/judge.h"
#include "cli/screen.h"

/* Tells the whole story of a verdict: the questions with their answers, then each rule in the order in which it decided. */
void explain_show(struct screen *s, const struct judged *d);
/* Shows one note: the sentence, its RFC section, the fault and the byte that is wrong. */
void explain_note(struct screen *s, struct arena *a, const struct ingam_note *note);

#endif
