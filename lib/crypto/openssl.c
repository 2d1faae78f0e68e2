/* SPDX-License-Identifier: BSD-2-Clause */
/* The back end on libcrypto: SHA-256 with its state in our memory, and RSA on bare numbers.
 * Why these calls, which OpenSSL 3 marks as deprecated: docs/decisions/0003-sha256-state.md. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/backend.h"

#include <openssl/bn.h>
#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct sha256), "the state fits");

static SHA256_CTX *context(struct sha256 *s)
{
    return (SHA256_CTX *)(void *)s;
}

void sha256_init(struct sha256 *s)
{
    SHA256_Init(context(s));
}

void sha256_add(struct sha256 *s, str bytes)
{
    if (bytes.n)
        SHA256_Update(context(s), bytes.p, bytes.n);
}

void sha256_end(struct sha256 *s, uint8_t digest[32])
{
    SHA256_Final(digest, context(s));
}

struct rsa {
    BIGNUM *n, *e;
    BN_MONT_CTX *montgomery;
    BN_CTX *scratch;
    BIGNUM *signature, *power;
    int size; /* bytes of n */
};

void rsa_free(const struct ingam_alloc *alloc, struct rsa *rsa)
{
    if (rsa == NULL)
        return;
    BN_free(rsa->n);
    BN_free(rsa->e);
    BN_MONT_CTX_free(rsa->montgomery);
    BN_CTX_free(rsa->scratch);
    BN_free(rsa->signature);
    BN_free(rsa->power);
    alloc_put(alloc, rsa);
}

static bool is_filled(struct rsa *rsa, str n, str e)
{
    rsa->n = BN_bin2bn(n.p, (int)n.n, NULL);
    rsa->e = BN_bin2bn(e.p, (int)e.n, NULL);
    rsa->montgomery = BN_MONT_CTX_new();
    rsa->scratch = BN_CTX_new();
    rsa->signature = BN_new();
    rsa->power = BN_new();
    rsa->size = (int)n.n;
    return rsa->n && rsa->e && rsa->montgomery && rsa->scratch && rsa->signature && rsa->power &&
           BN_MONT_CTX_set(rsa->montgomery, rsa->n, rsa->scratch);
}

struct rsa *rsa_new(const struct ingam_alloc *alloc, str n, str e)
{
    struct rsa *rsa = alloc_get(alloc, sizeof *rsa);
    if (rsa == NULL)
        return NULL;
    *rsa = (struct rsa){0};
    if (!is_filled(rsa, n, e)) {
        rsa_free(alloc, rsa);
        return NULL;
    }
    return rsa;
}

bool rsa_power(struct rsa *rsa, str signature, uint8_t *em)
{
    if (signature.n > (size_t)rsa->size || !BN_bin2bn(signature.p, (int)signature.n, rsa->signature))
        return false;
    if (BN_ucmp(rsa->signature, rsa->n) >= 0)
        return false;
    return BN_mod_exp_mont(rsa->power, rsa->signature, rsa->e, rsa->n, rsa->scratch, rsa->montgomery) &&
           BN_bn2binpad(rsa->power, em, rsa->size) == rsa->size;
}
