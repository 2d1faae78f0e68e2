/* SPDX-License-Identifier: BSD-2-Clause */
/* From what every name server says to what a key is seen as. */
#ifndef IO_KEYS_LOOK_H
#define IO_KEYS_LOOK_H

#include "io/authority.h"
#include "io/keys.h"

/* in   p     of the key, base64; empty: its file is gone, nothing but an empty record fits
 * out  each  what each of r->n answers shows */
struct keys_seen keys_look(struct arena *a, const struct authority_report *r, enum ingam_algorithm algorithm,
                           str p, enum keys_sight *each);

#endif
