/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of h=, and which field each of them stands for.                          [RFC6376 3.5] [RFC6376 5.4.2] */
#ifndef DKIM_SIGNED_NAMES_H
#define DKIM_SIGNED_NAMES_H

#include "mail/mail.h"

/* Takes the next name of a list that is known to be good, white space around it removed. ret false: none left */
bool signed_name_next(cur *c, str *name);
/* Checks hdr-name *( [FWS] ":" [FWS] hdr-name ).                                                [RFC6376 3.5]
 * out  n        how many names
 *      has_from From is among them
 * ret  NULL: fine; else the byte that does not fit, or where a name is missing */
const uint8_t *signed_names_check(str list, size_t *n, bool *has_from);

/* A name takes the lowest field of that name that was not taken yet, and nothing when none is left. So all fields are
 * looked at once, from the top: each is put before the others of its name, if h= has that name at all. */
struct signed_fields {
    const struct mail_field *fields;
    struct signed_group *groups;
    uint32_t *above;    /* for each field: the one above it of the same name */
    uint16_t *group_of; /* for each place in h= */
    size_t n, at;       /* places in h=, and the next one */
};
/* in   own  the signature's field itself: it is never one of them
 * ret  false: no memory */
bool signed_fields_find(struct arena *a, const struct mail_header *h, str list, const struct mail_field *own,
                        struct signed_fields *s);
/* ret  the next field; NULL where there is none of that name (left) or, with is_over, no name is left */
const struct mail_field *signed_fields_next(struct signed_fields *s, bool *is_over);

#endif
