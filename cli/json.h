/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "cli/judge.h"
#include <jansson.h>

/* Writes the verdict as one line of JSON, all ASCII. ret false: no memory */
bool json_verdict(const struct judged *d, FILE *to);
/* The pieces that other sub-commands share. Text that is not UTF-8 has \xNN for the bytes that do not fit. */
json_t *json_text(str text);
json_t *json_text_or_null(str text); /* empty: null */
json_t *json_fault(enum ingam_fault fault);
json_t *json_notes(const struct ingam_note *notes, size_t n);
/* Writes and frees the object. */
bool json_line(json_t *object, FILE *to);

#endif
