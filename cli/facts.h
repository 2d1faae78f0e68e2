/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of a verdict as text; bytes of strangers are in it as they are, screen.h or json.h make them harmless. */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include "base/base.h"
#include <ingam/ingam.h>

/* ret  the i-th record of an answer: an address, text, "10 mx.example.org" */
str fact_answer(struct arena *a, const struct ingam_fact *fact, size_t i);
/* ret  "A", "TXT" or "TYPE65" */
const char *fact_type(struct arena *a, uint16_t type);
/* ret  a warning's sentence with its texts put in */
str fact_sentence(struct arena *a, const struct ingam_warning *w);
/* ret  a field body on one line: each fold is one blank */
str fact_unfolded(struct arena *a, const char *before, str body);
/* ret  the sentence of a fault; empty for NONE */
static inline str fact_fault(enum ingam_fault fault)
{
    return str_of(ingam_fault_row(fault)->sentence);
}

#endif
