/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_DER_H
#define CRYPTO_DER_H

#include "base/base.h"

/* Reads an RSA public key in either of its two encodings.                            [RFC8017 A.1.1] [RFC3279 2.3.1]
 * Strict DER: definite and shortest lengths, shortest positive integers, no byte left over anywhere.
 * out  n, e  big-endian without leading zeros; slices into the input
 * ret  NULL: fine; else the byte where it stops to be one */
const uint8_t *der_rsa_read(str der, str *n, str *e);

#endif
