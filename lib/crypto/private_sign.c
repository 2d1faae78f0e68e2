/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/private.h"

#include <openssl/rsa.h>
#include <sodium.h>

/* DigestInfo of SHA-256 up to the digest: handing it in whole spares OpenSSL the look-up of the hash.    [RFC8017 9.2] */
static const uint8_t digest_info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

EVP_PKEY_CTX *private_rsa_ready(EVP_PKEY *rsa)
{
    EVP_PKEY_CTX *ready = EVP_PKEY_CTX_new(rsa, NULL);
    if (ready && EVP_PKEY_sign_init(ready) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(ready, RSA_PKCS1_PADDING) == 1)
        return ready;
    EVP_PKEY_CTX_free(ready);
    return NULL;
}

/* RSASSA-PKCS1-v1_5 over a SHA-256 digest.                                          [RFC6376 3.3.2] [RFC8301 3.1] */
static bool sign_rsa(EVP_PKEY_CTX *ready, const uint8_t digest[32], uint8_t *signature, size_t *n)
{
    uint8_t info[sizeof digest_info + 32];
    memcpy(info, digest_info, sizeof digest_info);
    memcpy(info + sizeof digest_info, digest, 32);
    *n = INGAM_SIGNATURE_MAX;
    return EVP_PKEY_sign(ready, signature, n, info, sizeof info) == 1;
}

bool ingam_private_key_sign(const struct ingam_private_key *key, const uint8_t digest[32], uint8_t *signature,
                            size_t *n)
{
    if (key->ready)
        return sign_rsa(key->ready, digest, signature, n);
    /* PureEdDSA over the 32 bytes of the digest. [RFC8463 3] */
    *n = crypto_sign_BYTES;
    return crypto_sign_detached(signature, NULL, digest, 32, key->ed25519) == 0;
}
