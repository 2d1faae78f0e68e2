/* SPDX-License-Identifier: BSD-2-Clause */
/* value: one value of ingam.conf, from its text and back to it. What value_write writes, value_read reads as the same. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "conf/words.h"

struct value_error {
    char text[400]; /* a sentence that goes on behind the word: "\"8 s\" is no time; ..." */
};

/* Reads one value, of a list one entry.
 * in   text  UTF-8 without control bytes
 * out  into  what the kind says (words.h); of a list a str or a struct conf_net; texts lie in the arena
 * ret  false: why says what was expected */
bool value_read(const struct word *w, struct arena *a, str text, void *into, struct value_error *why);
/* Writes what stands at `from`; lists whole, in braces. */
void value_write(struct out *o, const struct word *w, const void *from);
void value_write_time(struct out *o, uint64_t ms);
void value_write_size(struct out *o, uint64_t bytes);
void value_write_quoted(struct out *o, str text);
void value_write_net(struct out *o, const struct conf_net *net);

/* Writes the value as it was written, and what was expected. ret  false */
bool value_fails(struct value_error *why, str text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { VALUE_SOCKET_PATH_MAX = 107 };
/* What stands behind listen. */
bool value_read_listen(struct arena *a, str text, struct conf_listen *listen, struct value_error *why);
/* A pattern of domains; see conf.h */
bool value_read_pattern(struct arena *a, str text, str *pattern);
/* ret  false: no domain name, or no memory */
bool value_read_domain(struct arena *a, str text, str *domain); /* U-labels become A-labels */
bool value_is_account(str text);
bool value_is_metrics(str text);  /* ADDR:PORT, IPv6 in brackets */
bool value_is_resolver(str text); /* ADDR or ADDR@PORT */
bool value_read_net(str text, struct conf_net *net);
/* An authserv-id as it can stand in a header without quotes. */
bool value_is_id(str text);

#endif
