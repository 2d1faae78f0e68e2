/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/out.h"

/* Reads base64 with white space (SP TAB CR LF) anywhere.                 [RFC4648 4] [RFC6376 3.2]
 * Padding may be missing; if it is there it must be right and last. Bits beyond the last byte are ignored.
 * in   out   room for text.n / 4 * 3 + 3 bytes
 * out  n     bytes written
 * ret  NULL: fine; else the byte that does not fit (or the end, where a single 6-bit group is left over) */
const uint8_t *base64_read(str text, uint8_t *out, size_t *n);
/* Writes base64 with padding, without line breaks. */
void base64_write(struct out *o, str bytes);

#endif
