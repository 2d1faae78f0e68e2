/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a signature fails: a second pass over the whole message, each hypothesis proved by a hash that then matches.
 * For commands and pages; a daemon on the mail path does not do this. */
#ifndef INGAM_CAUSE_H
#define INGAM_CAUSE_H

#include <ingam/check.h>

struct ingam_cause {
    const char
        *kind;      /* "body-appended", "subject-tagged", "key-missing" ... see ingam-check(1); never NULL */
    bool is_proved; /* a hash matched; otherwise the likely reason */
    ingam_str detail;    /* printable UTF-8, one line; lives as long as the check */
    const char *also[8]; /* further kinds that hold at the same time */
    size_t also_n;
};
/* Looks for the cause of signature `i` of the verdict.
 * in   c        the verdict stands
 *      message  the same bytes that were fed, whole, with CRLF line ends
 * out  cause    set when true is returned
 * ret  false: the signature passed, or there is nothing to be said
 * cost a bounded number of hashes over the body */
INGAM_API bool ingam_check_cause(struct ingam_check *c, size_t i, ingam_str message,
                                 struct ingam_cause *cause);

#endif
