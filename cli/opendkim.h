/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenDKIM's KeyTable and SigningTable, as far as keys in folders can say the same. */
#ifndef CLI_OPENDKIM_H
#define CLI_OPENDKIM_H

#include "base/base.h"

/* One line of a table: a word, and the rest. */
struct opendkim_row {
    str word, rest;
    size_t line; /* of the file; 0: given inside a csl: */
    bool is_used;
};
struct opendkim_table {
    const char *name; /* of the file, for "file:line"; or the text of a csl: */
    struct opendkim_row *rows;
    size_t n;
};
/* Reads "FILE", "file:FILE", "refile:FILE" or "csl:NAME=VALUE,...".
 * out  *text  what the rows' slices lie in; the caller's to free
 * ret  an exit status; what is not EXIT_GOOD was said */
int opendkim_read(struct arena *a, const char *spec, struct opendkim_table *table, uint8_t **text);

/* domain:selector:path of a KeyTable. ret  false: it is not of this form */
struct opendkim_key {
    str domain, selector, path;
};
bool opendkim_key(str rest, struct opendkim_key *key);

/* What a line of a SigningTable signs for. */
enum opendkim_match { OPENDKIM_DOMAIN, OPENDKIM_BELOW, OPENDKIM_ONE_USER, OPENDKIM_ANY };
enum opendkim_match opendkim_match(str pattern, str *domain);

#endif
