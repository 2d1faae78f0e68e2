/* SPDX-License-Identifier: BSD-2-Clause */
/* The envelope of a message: as given on the command line, or guessed from what the receiving server wrote on top. */
#ifndef CLI_ENVELOPE_H
#define CLI_ENVELOPE_H

#include "cli/options.h"

struct envelope {
    struct ingam_envelope smtp; /* slices in the options, or in the check that `guess` was made of */
    bool has_helo;
    bool ip_is_read, helo_is_read, mail_from_is_read; /* from the header, not given */
};

/* Fills the envelope from the options alone. */
void envelope_given(const struct options *o, struct envelope *e);
/* The same; what they leave out is read from the topmost Received that names a client (and is
 * no hop inside the machine), and from the topmost Return-Path. A HELO name is read only where its address is the one that stands.
 * in   header  a check whose header has ended; NULL: nothing is read */
void envelope_find(const struct options *o, const struct ingam_check *header, struct envelope *e);
/* ret  "given", "headers", "mixed" or "none" */
const char *envelope_source(const struct envelope *e);

/* What a Received field says about the client.                                          [RFC5321 4.4] */
struct received {
    str ip;        /* text of an address; empty: none was found */
    str helo;      /* empty: none */
    str mail_from; /* of an "envelope-from" comment, without < > */
    bool has_mail_from;
    bool is_internal; /* the machine handed the message to itself: by LMTP, or from a loopback address */
};
/* ret  false: the field has no "from" clause */
bool received_read(str value, struct received *r);

#endif
