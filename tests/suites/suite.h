/* SPDX-License-Identifier: BSD-2-Clause */
/* What the runners of the public suites share: the cases of a suite are read one by one, each with its zone and its message, and
 * handed to the runner, which says whether it went as expected. */
#ifndef SUITES_SUITE_H
#define SUITES_SUITE_H

#include <ingam/ingam.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct suite_case {
    const char *id;
    const json_t *args, *expected;
    struct ingam_zone *zone;
    ingam_str
        message; /* with CRLF: where a file has none at all each LF became one; p NULL: the case has no message */
};
typedef bool suite_judge(const struct suite_case *test);

/* Runs all cases of the suites of these names (folders under cases/), prints the failed ones and the counts.
 * in   argv[1]  where the data lies, if $INGAM_TESTDATA does not say so
 * ret  main's: 77 where none of the suites is there */
int suite_main(int argc, char **argv, const char *const names[],
               suite_judge *judge); /* names end with NULL */

/* ret  the text under this key, or "" */
const char *suite_text(const json_t *object, const char *key);
/* ret  the word is among those that the case expects under this key, or it expects nothing there; else says so */
bool suite_expects(const struct suite_case *test, const char *key, const char *got);
/* ret  the word is in the list */
bool suite_has_word(const json_t *words, const char *word);

static inline ingam_str suite_str(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

#endif
