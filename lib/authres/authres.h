/* SPDX-License-Identifier: BSD-2-Clause */
/* authres: Authentication-Results, written, read, and told apart.                             [RFC8601]
 *
 * The writer is the only place where bytes of a message get into this field: each value is a token or a quoted-string, or it
 * is left out. The reader is for people's eyes and for deciding which fields must go; nothing it reads feeds a verdict.
 * Both meet in struct authres: a verdict is first turned into results, then these are printed.
 *
 *   read.c   field -> results       write.c   verdict -> results
 *   print.c  results -> field       remove.c  which inbound fields claim to be ours */
#ifndef AUTHRES_AUTHRES_H
#define AUTHRES_AUTHRES_H

#include "mail/mail.h"
#include <ingam/check.h>

/* One resinfo as read. Slices lie in the value or the arena. */
struct authres_property {
    str ptype, property, value;
};
struct authres_result {
    str method, result, reason, comment; /* the comment is the first behind the result, without its ( ) */
    struct authres_property *properties;
    size_t property_n;
};
struct authres {
    str authserv_id;    /* unquoted, without comments */
    str version;        /* empty: 1 */
    bool is_none;       /* "; none" */
    bool has_own_names; /* methods, results and properties are this library's constants */
    struct authres_result *results;
    size_t n;
    enum ingam_fault fault; /* reading stopped at `wrong`; the results before it stand */
    const uint8_t *wrong;
};
/* Reads a field value. Values may hold more than the grammar allows without quotes (":", "/", "=" ...), since many are
 * written so; results of a method version other than 1 are skipped.
 * ret  false: no memory; what is wrong is out->fault                             [RFC8601 2.2] */
bool authres_read(struct arena *a, str value, const struct ingam_limits *limits, struct authres *out);

/* Writes results, without comments, folded with CRLF and a tab before each result but the first, and at 78 columns where that
 * is possible. Values that are neither a token nor printable as a quoted-string, or longer than 256 bytes, are left out.
 * in   column  where the body begins in its line
 * ret  empty on no memory                                                         [RFC8601 2.2] */
enum { AUTHRES_COLUMN = 24 }; /* behind "Authentication-Results: " */
str authres_print(struct arena *a, const struct authres *results, size_t column);

/* ret  this Authentication-Results field claims our authserv-id (any case, folded, commented, quoted, with a version, as
 *      U-labels, with a last dot, or unreadable but beginning with it) and must be deleted     [RFC8601 5]
 * cost linear; the arena is as before */
bool authres_is_ours(struct arena *a, str value, str authserv_id);
/* Indices of the fields that must be deleted, from the top: those of ours, and those of a version that is not known.
 * ret  false: no memory                                                            [RFC8601 5] */
bool authres_removals(struct arena *a, const struct mail_header *h, str authserv_id, const uint32_t **list,
                      size_t *n);

struct authres_facts {
    str authserv_id;
    const struct ingam_verdict *verdict;
    str mail_from_domain, helo; /* as in the envelope */
    str mail_from; /* the whole address; only shown where the SPF record looked at its local-part */
    str remote_ip;
};
/* Makes results of a verdict. ret false: no memory */
bool authres_of(struct arena *a, const struct authres_facts *facts, struct authres *out);
/* Writes a whole field body of its own, never more results for a field that is there, folded as authres_print says.
 * ret  empty on no memory                                                          [RFC8601 4] */
str authres_write(struct arena *a, const struct authres_facts *facts);

#endif
