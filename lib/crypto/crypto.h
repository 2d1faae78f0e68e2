/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto: hashes and signatures behind one small door. The build picks the back end: openssl.c (SHA-256, RSA) and sodium.c
 * (Ed25519). Keys come from a strict DER reader of ours (der.c), since OpenSSL's decoder costs more than the verification
 * itself; the encoded message is built and compared whole, never parsed. */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/base.h"
#include <ingam/check.h>

/* SHA-256 with its state in place: no allocation. The layout belongs to the back end. */
struct sha256 {
    _Alignas(16) uint8_t state[128];
};
void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, str bytes);
void sha256_end(struct sha256 *s, uint8_t digest[32]);
static inline void sha256_of(str bytes, uint8_t digest[32])
{
    struct sha256 s;
    sha256_init(&s);
    sha256_add(&s, bytes);
    sha256_end(&s, digest);
}

enum key_kind { KEY_RSA, KEY_ED25519 };

/* A public key, ready to verify. */
struct public_key;
enum key_got { KEY_OK, KEY_SYNTAX, KEY_TOO_SHORT, KEY_TOO_LONG, KEY_BAD_EXPONENT, KEY_MEMORY };

/* What p= holds after base64.
 * KEY_RSA: SubjectPublicKeyInfo or bare RSAPublicKey, 1024 bits to max_bits, odd e >= 3; KEY_ED25519: 32 bytes */
struct key_data {
    enum key_kind kind;
    str bytes;
    size_t max_bits; /* RSA only */
};
/* Reads a key.                                    [RFC6376 3.6.1] [RFC8301 3.2] [RFC8463 4]
 * out  bits  set also when the size is refused
 * ret  KEY_OK: *key is the caller's, free it; else NULL */
enum key_got public_key_read(const struct ingam_alloc *alloc, const struct key_data *data,
                             struct public_key **key, uint32_t *bits);
void public_key_free(struct public_key *key);
enum key_kind public_key_kind(const struct public_key *key);
uint32_t public_key_bits(const struct public_key *key);
/* ret  true: the signature over this SHA-256 digest is right. RSA: PKCS#1 v1.5 whole EM compared; Ed25519: PureEdDSA over
 *      the digest [RFC8463 3] */
bool public_key_verify(const struct public_key *key, const uint8_t digest[32], str signature);
/* RSA only: recovers the digest that a signature was made over, if its padding is that of SHA-256. */
bool public_key_recover(const struct public_key *key, str signature, uint8_t digest[32]);

/* The cache behind ingam_keys_*: by record bytes, least recently used out first. A key that was got stays valid until
 * it is put back, also when it falls out of the cache meanwhile.
 * in   record  the key record's bytes
 * ret  NULL: not there */
struct public_key *keys_get(struct ingam_keys *keys, str record);
void keys_add(struct ingam_keys *keys, str record, struct public_key *key); /* the cache takes a reference */
void public_key_keep(struct public_key *key); /* one more reference; free drops one */
/* What the reader of the record wants to know when it gets the key from the cache again: any bits, 0 at first. */
void public_key_set_flags(struct public_key *key, uint8_t flags);
uint8_t public_key_flags(const struct public_key *key);

#endif
