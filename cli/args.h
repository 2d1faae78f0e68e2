/* SPDX-License-Identifier: BSD-2-Clause */
/* A command line, read from tables: the same rows give the parser and the text of --help. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "base/base.h"

struct arg {
    const char *name;  /* without the two dashes */
    const char *value; /* what --help calls its value; NULL: it takes none */
    const char *help;
    /* ret  false: the value does not fit */
    bool (*set)(void *into, const char *value);
    const char *expected; /* what would have fitted: "an address such as 192.0.2.1" */
};

struct args {
    const char *command;
    const char *synopsis;
    const char *about;           /* paragraphs of --help above the options */
    const char *after;           /* and below them */
    const struct arg *groups[5]; /* each ends with a row without a name; ends with NULL */
};

enum args_got { ARGS_OK, ARGS_HELP, ARGS_WRONG };
/* Reads argv[1..]; words that are no options are moved to its end.
 * out  *first  the index of the first such word
 * ret  ARGS_OK
 *      ARGS_HELP   the help was asked for and is written
 *      ARGS_WRONG  what is wrong was said on standard error */
enum args_got args_read(const struct args *a, void *into, int argc, char **argv, int *first);

#endif
