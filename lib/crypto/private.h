/* SPDX-License-Identifier: BSD-2-Clause */
/* A private key as it lies in memory: OpenSSL's object for RSA, libsodium's 64 bytes for Ed25519. private_pem.c reads, makes
 * and writes keys, off the hot path and with OpenSSL's own decoder; private_sign.c signs. */
#ifndef CRYPTO_PRIVATE_H
#define CRYPTO_PRIVATE_H

#include "base/base.h"
#include <ingam/sign.h>
#include <openssl/evp.h>

enum { ED25519_SEED = 32, ED25519_SECRET = 64 };

struct ingam_private_key {
    struct ingam_alloc alloc;
    enum ingam_algorithm algorithm;
    uint32_t bits;
    EVP_PKEY *rsa;                   /* NULL: Ed25519 */
    EVP_PKEY_CTX *ready;             /* of rsa, set up once: that is 1.5 % of a signature */
    uint8_t ed25519[ED25519_SECRET]; /* seed, then public key */
};

/* ret  what signs PKCS#1 v1.5 with this key; NULL: no memory */
EVP_PKEY_CTX *private_rsa_ready(EVP_PKEY *rsa);

#endif
