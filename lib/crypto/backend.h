/* SPDX-License-Identifier: BSD-2-Clause */
/* What a back end gives: the arithmetic, and nothing that knows of mail or of key encodings. sha256_* of crypto.h belongs
 * to it too. openssl.c and sodium.c are the first ones; a build without them hands these functions in from outside. */
#ifndef CRYPTO_BACKEND_H
#define CRYPTO_BACKEND_H

#include "crypto/crypto.h"

/* An RSA public key with all that can be computed ahead (the Montgomery form), and room for the operation itself. */
struct rsa;
/* in   n, e  big-endian without leading zeros; n is odd
 * ret  NULL: no memory */
struct rsa *rsa_new(const struct ingam_alloc *alloc, str n, str e);
void rsa_free(const struct ingam_alloc *alloc, struct rsa *rsa);
/* Raises the signature to e.                                                        [RFC8017 5.2.2]
 * out  em   as many bytes as n has
 * ret  false: the signature is not below n (or no memory) */
bool rsa_power(struct rsa *rsa, str signature, uint8_t *em);

/* PureEdDSA; signatures and keys that are not canonical or of small order are refused.        [RFC8032 5.1.7] */
bool ed25519_verify(const uint8_t key[32], str message, const uint8_t signature[64]);

#endif
