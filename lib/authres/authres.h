/* SPDX-License-Identifier: BSD-2-Clause */
/* authres: Authentication-Results, written, read, and told apart.                             [RFC8601]
 *
 * The writer is the only place where bytes of a message get into this field: each value is a token or a quoted-string, or it
 * is left out. The reader is for people's eyes and for deciding which fields must go; nothing it reads feeds a verdict.
 *
 *   write.c  verdict -> field      read.c  field -> results      remove.c  which inbound fields claim to be ours */
#ifndef AUTHRES_AUTHRES_H
#define AUTHRES_AUTHRES_H

#include "mail/mail.h"
#include <ingam/check.h>

/* One resinfo as read. Slices lie in the value or the arena. */
struct authres_property {
    str ptype, property, value;
};
struct authres_result {
    str method, result, reason, comment;
    struct authres_property *properties;
    size_t property_n;
};
struct authres {
    str authserv_id; /* unquoted, without comments */
    str version;     /* empty: 1 */
    bool is_none;    /* "; none" */
    struct authres_result *results;
    size_t n;
    enum ingam_fault fault;
    const uint8_t *wrong;
};
/* Reads a field value. ret false: no memory; what is wrong is out->fault             [RFC8601 2.2] */
bool authres_read(struct arena *a, str value, const struct ingam_limits *limits, struct authres *out);

/* ret  this Authentication-Results field claims our authserv-id (any case, folded, commented, quoted, with a version, or
 *      unreadable but beginning with it) and must be deleted                          [RFC8601 5] */
bool authres_is_ours(struct arena *a, str value, str authserv_id);
/* Indices of the fields that must be deleted, from the top. ret false: no memory */
bool authres_removals(struct arena *a, const struct mail_header *h, str authserv_id, const uint32_t **list,
                      size_t *n);

struct authres_facts {
    str authserv_id;
    const struct ingam_verdict *verdict;
    str mail_from_domain, helo; /* as in the envelope */
    str remote_ip;
};
/* Writes the field body, folded with CRLF and a tab at 78 columns where that is possible.  ret empty on no memory */
str authres_write(struct arena *a, const struct authres_facts *facts);

#endif
