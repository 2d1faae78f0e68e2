/* SPDX-License-Identifier: BSD-2-Clause */
/* The floor: OpenSSL's SHA-256 over the message's bytes and the signature operation, with keys that are ready. */
#include "bench.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static EVP_PKEY *keys[KEY_N];
static EVP_PKEY_CTX *rsa_verify, *rsa_sign;
static EVP_MD_CTX *ed25519;
static uint8_t signatures[KEY_N][INGAM_SIGNATURE_MAX];
static size_t signature_n[KEY_N];
static const uint8_t digest[32] = {1};

static EVP_PKEY_CTX *rsa_context(int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(keys[KEY_RSA], NULL);
    if (c == NULL || init(c) != 1 || EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) != 1)
        give_up("openssl", "RSA");
    return c;
}

static void sign(enum key_kind kind)
{
    size_t n = sizeof signatures[kind];
    bool is_made;
    if (kind == KEY_RSA)
        is_made = EVP_PKEY_sign(rsa_sign, signatures[kind], &n, digest, sizeof digest) == 1;
    else
        is_made = EVP_DigestSignInit(ed25519, NULL, NULL, NULL, keys[kind]) == 1 &&
                  EVP_DigestSign(ed25519, signatures[kind], &n, digest, sizeof digest) == 1;
    if (!is_made)
        give_up("openssl", "does not sign");
    signature_n[kind] = n;
}

static void verify(enum key_kind kind)
{
    const uint8_t *signature = signatures[kind];
    size_t n = signature_n[kind];
    bool is_right;
    if (kind == KEY_RSA)
        is_right = EVP_PKEY_verify(rsa_verify, signature, n, digest, sizeof digest) == 1;
    else
        is_right = EVP_DigestVerifyInit(ed25519, NULL, NULL, NULL, keys[kind]) == 1 &&
                   EVP_DigestVerify(ed25519, signature, n, digest, sizeof digest) == 1;
    if (!is_right)
        give_up("openssl", "does not verify");
}

void floor_init(void)
{
    for (size_t i = 0; i < KEY_N; i++) {
        BIO *bio = BIO_new_mem_buf(world.pem[i].p, (int)world.pem[i].n);
        keys[i] = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
    }
    rsa_verify = rsa_context(EVP_PKEY_verify_init);
    rsa_sign = rsa_context(EVP_PKEY_sign_init);
    ed25519 = EVP_MD_CTX_new();
    sign(KEY_RSA);
    sign(KEY_ED25519);
}

void floor_hash(const struct job *job)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    if (EVP_Digest(job->mail->whole.p, job->mail->whole.n, out, NULL, EVP_sha256(), NULL) != 1)
        give_up("openssl", "SHA-256");
}

void floor_verify(const struct job *job)
{
    floor_hash(job);
    for (size_t i = 0; i < job->key_n; i++)
        verify(job->keys[i]);
}

void floor_sign(const struct job *job)
{
    floor_hash(job);
    for (size_t i = 0; i < job->key_n; i++)
        sign(job->keys[i]);
}
