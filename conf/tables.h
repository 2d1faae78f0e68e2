/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenDKIM's KeyTable and SigningTable, as far as keys in folders can say the same. */
#ifndef CONF_TABLES_H
#define CONF_TABLES_H

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

/* Adds the lines of a file, or NAME=VALUE,... behind csl:. The rows lie in the text.
 * ret  false: no memory */
bool opendkim_add_lines(struct arena *a, struct opendkim_table *t, str text);
bool opendkim_add_list(struct arena *a, struct opendkim_table *t, str text);

/* domain:selector:path of a KeyTable. ret  false: it is not of this form */
struct opendkim_key {
    str domain, selector, path;
};
bool opendkim_key(str rest, struct opendkim_key *key);

/* What a line of a SigningTable signs for. */
enum opendkim_match { OPENDKIM_DOMAIN, OPENDKIM_BELOW, OPENDKIM_ONE_USER, OPENDKIM_ANY };
enum opendkim_match opendkim_match(str pattern, str *domain);

#endif
