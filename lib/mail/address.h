/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, by the grammar of RFC 5322 3.4 with its obsolete forms, and UTF-8 as RFC 6532 has it.
 *
 * Whose mail a message claims to be hangs on this reader, and the reader of the person who gets it is another one. So
 * whatever two readers in the wild may take for different domains is a fault, even where a tolerant one would find
 * something: a missing bracket or quote, an address behind an address, two @, a comma in a bare display name, an encoded
 * word inside an address (some decode first and parse then), control characters.
 *
 * Beyond the grammar, because it is common and every reading has the same domain:
 *   - bytes that are not UTF-8, and square brackets, in a bare display name before <...>
 *   - a bare address as display name, if its domain is that of the address: a@x.example <b@x.example>
 * A quoted display name may hold anything; `ingam check` warns of an address in it. Routes are skipped, as RFC 5322 4.4
 * says; comments and white space within a domain go. */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "mail/mail.h"

/* Each function below returns false after a fault (reader.out->fault, ->wrong) or when memory ran out (arena). */
struct mail_reader {
    cur c;
    struct arena *arena;
    const struct ingam_limits *limits;
    struct mail_addresses *out;
    size_t cap; /* of out->list */
};

/* Names the fault at the byte where the cursor stands. ret false */
bool mail_reader_fails(struct mail_reader *r, enum ingam_fault fault);
bool mail_read_cfws(struct mail_reader *r);
/* Takes a quoted-string from its opening quote on. */
bool mail_read_quoted(struct mail_reader *r);
/* Takes local-part "@" domain, with the CFWS around it. out display is left alone */
bool mail_read_spec(struct mail_reader *r, struct mail_address *address);
/* Takes "<" [route] addr-spec ">" or "<>", with the CFWS behind it. */
bool mail_read_angle(struct mail_reader *r, struct mail_address *address);

#endif
