/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam explain: one line of the daemon's log, found by its id and told in sentences. */
#ifndef CLI_EXPLAIN_ID_H
#define CLI_EXPLAIN_ID_H

#include "base/base.h"
#include <jansson.h>

/* A line of the log, as its pairs. */
enum { LOGGED_PAIRS = 48 };
struct logged {
    str keys[LOGGED_PAIRS], values[LOGGED_PAIRS];
    size_t n;
};
/* Reads a line in either form, with whatever a journal or syslog has put in front of it.
 * ret  false: it is not the line of this id */
bool logged_read(struct arena *a, str line, str id, struct logged *l);
/* ret  empty: there is none */
str logged_value(const struct logged *l, const char *key);

/* What there is to say: a few words as head, and a paragraph. */
enum { TALE_PARTS = 16 };
struct tale {
    struct {
        const char *head;
        str text;
    } parts[TALE_PARTS];
    size_t n;
};
void tale_write(struct arena *a, const struct logged *l, struct tale *t);

#endif
