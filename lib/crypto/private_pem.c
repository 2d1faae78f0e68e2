/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/base64.h"
#include "crypto/private.h"

#include <openssl/core_dispatch.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <sodium.h>

enum { RSA_BITS_SEAL = 1024, RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192, ARENA_CAP = 64 * 1024 };

const char *ingam_key_fault_text(enum ingam_key_fault fault)
{
    static const char *const texts[] = {
        [INGAM_KEY_OK] = "the key is fine",
        [INGAM_KEY_NOT_PEM] = "there is no private key in PEM form in it, or it is damaged",
        [INGAM_KEY_ENCRYPTED] = "the key is locked with a passphrase; signing needs it open",
        [INGAM_KEY_KIND] = "the key is neither RSA nor Ed25519, which are all that DKIM knows",
        [INGAM_KEY_SIZE] =
            "the RSA key is shorter than 2,048 bits (a seal takes 1,024), or longer than 8,192",
        [INGAM_KEY_NO_MEMORY] = "no memory",
    };
    return (size_t)fault < sizeof texts / sizeof *texts ? texts[fault] : "";
}

/* Tells from the words before PRIVATE KEY whether the block is one of those read here.                 [RFC7468 10] */
static enum ingam_key_fault kind_of(str words, str next_line)
{
    if (str_eq(words, S("ENCRYPTED ")) || str_starts(next_line, S("Proc-Type: 4,ENCRYPTED")))
        return INGAM_KEY_ENCRYPTED;
    return words.n == 0 || str_eq(words, S("RSA ")) ? INGAM_KEY_OK : INGAM_KEY_KIND;
}

/* Finds the first block that holds a private key; certificates and the like before it are passed over.
 * out  block  from its first dash to the end of the text */
static enum ingam_key_fault find_block(str pem, str *block)
{
    static const str begin = S_INIT("-----BEGIN "), end = S_INIT("PRIVATE KEY-----");
    for (;;) {
        pem = str_from(pem, str_find_str(pem, begin));
        if (pem.n == 0)
            return INGAM_KEY_NOT_PEM;
        str line = str_first(pem, str_find(pem, '\n'));
        size_t at = str_find_str(line, end);
        if (at < line.n) {
            *block = pem;
            return kind_of(str_from(str_first(line, at), begin.n), str_from(pem, line.n + 1));
        }
        pem = str_from(pem, line.n);
    }
}

static EVP_PKEY *decode(str block)
{
    EVP_PKEY *pkey = NULL;
    const unsigned char *p = block.p;
    size_t n = block.n;
    OSSL_DECODER_CTX *context =
        OSSL_DECODER_CTX_new_for_pkey(&pkey, "PEM", NULL, NULL, EVP_PKEY_KEYPAIR, NULL, NULL);
    if (context && OSSL_DECODER_from_data(context, &p, &n) != 1) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    OSSL_DECODER_CTX_free(context);
    return pkey;
}

/* Takes over what OpenSSL read or made.
 * ret  key->rsa is pkey, or pkey is still the caller's to free */
static enum ingam_key_fault adopt(struct ingam_private_key *key, EVP_PKEY *pkey)
{
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        uint8_t seed[ED25519_SEED], open[crypto_sign_PUBLICKEYBYTES];
        size_t n = sizeof seed;
        bool is_read = EVP_PKEY_get_raw_private_key(pkey, seed, &n) == 1 && n == sizeof seed &&
                       crypto_sign_seed_keypair(open, key->ed25519, seed) == 0;
        sodium_memzero(seed, sizeof seed);
        key->algorithm = INGAM_ED25519_SHA256;
        key->bits = 256;
        return is_read ? INGAM_KEY_OK : INGAM_KEY_NOT_PEM;
    }
    if (!EVP_PKEY_is_a(pkey, "RSA"))
        return INGAM_KEY_KIND;
    int bits = EVP_PKEY_get_bits(pkey);
    if (bits < RSA_BITS_SEAL || bits > RSA_BITS_MAX) /* [RFC8301 3.2] */
        return INGAM_KEY_SIZE;
    key->algorithm = INGAM_RSA_SHA256;
    key->bits = (uint32_t)bits;
    key->rsa = pkey;
    key->ready = private_rsa_ready(pkey);
    return key->ready ? INGAM_KEY_OK : INGAM_KEY_NO_MEMORY;
}

/* Signs once and verifies it: a file whose numbers do not belong together is found out before any mail is signed. */
static bool is_whole(const struct ingam_private_key *key)
{
    static const uint8_t digest[32] = {1};
    uint8_t signature[INGAM_SIGNATURE_MAX];
    size_t n;
    if (!ingam_private_key_sign(key, digest, signature, &n))
        return false;
    if (key->rsa == NULL)
        return true;
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->rsa, NULL);
    bool is_right = sha256 && context && EVP_PKEY_verify_init(context) == 1 &&
                    EVP_PKEY_CTX_set_signature_md(context, sha256) == 1 &&
                    EVP_PKEY_verify(context, signature, n, digest, sizeof digest) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_MD_free(sha256);
    return is_right;
}

static struct ingam_private_key *key_of(const struct ingam_alloc *alloc, EVP_PKEY *pkey,
                                        enum ingam_key_fault *fault)
{
    struct ingam_private_key *key = pkey ? alloc_get(alloc, sizeof *key) : NULL;
    if (key == NULL) {
        *fault = pkey ? INGAM_KEY_NO_MEMORY : INGAM_KEY_NOT_PEM;
        EVP_PKEY_free(pkey);
        return NULL;
    }
    *key = (struct ingam_private_key){.alloc = alloc ? *alloc : (struct ingam_alloc){0}};
    *fault = adopt(key, pkey);
    if (key->rsa == NULL)
        EVP_PKEY_free(pkey);
    if (*fault == INGAM_KEY_OK && !is_whole(key))
        *fault = INGAM_KEY_NOT_PEM;
    if (*fault == INGAM_KEY_OK)
        return key;
    ingam_private_key_free(key);
    return NULL;
}

struct ingam_private_key *ingam_private_key_read_short(const struct ingam_alloc *alloc, ingam_str pem,
                                                       enum ingam_key_fault *fault)
{
    enum ingam_key_fault none = INGAM_KEY_OK;
    str block;
    fault = fault ? fault : &none;
    *fault = find_block(pem, &block);
    return *fault == INGAM_KEY_OK ? key_of(alloc, decode(block), fault) : NULL;
}

struct ingam_private_key *ingam_private_key_read(const struct ingam_alloc *alloc, ingam_str pem,
                                                 enum ingam_key_fault *fault)
{
    struct ingam_private_key *key = ingam_private_key_read_short(alloc, pem, fault);
    if (key == NULL || key->rsa == NULL || key->bits >= RSA_BITS_MIN)
        return key;
    if (fault)
        *fault = INGAM_KEY_SIZE;
    ingam_private_key_free(key);
    return NULL;
}

struct ingam_private_key *ingam_private_key_new(const struct ingam_alloc *alloc,
                                                enum ingam_algorithm algorithm, uint32_t bits)
{
    enum ingam_key_fault fault;
    if (algorithm == INGAM_ED25519_SHA256)
        return key_of(alloc, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &fault);
    if (bits != 2048 && bits != 3072 && bits != 4096)
        return NULL;
    return key_of(alloc, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits), &fault);
}

enum ingam_algorithm ingam_private_key_algorithm(const struct ingam_private_key *key)
{
    return key->algorithm;
}

uint32_t ingam_private_key_bits(const struct ingam_private_key *key)
{
    return key->bits;
}

void ingam_private_key_free(struct ingam_private_key *key)
{
    if (key == NULL)
        return;
    struct ingam_alloc alloc = key->alloc;
    EVP_PKEY_CTX_free(key->ready);
    EVP_PKEY_free(key->rsa); /* wipes its secret numbers */
    sodium_memzero(key, sizeof *key);
    alloc_put(&alloc, key);
}

/* Writes text and a NUL where there is room. ret its length */
static size_t put(str text, char *buf, size_t cap)
{
    if (cap) {
        str fits = str_first(text, cap - 1);
        if (fits.p)
            memcpy(buf, fits.p, fits.n);
        buf[fits.n] = 0;
    }
    return text.n;
}

/* What OpenSSL's encoder makes of a key.
 * ret  for OPENSSL_clear_free; NULL: it made nothing */
static uint8_t *encode(EVP_PKEY *pkey, int selection, const char *format, const char *structure, size_t *n)
{
    unsigned char *bytes = NULL;
    OSSL_ENCODER_CTX *context = OSSL_ENCODER_CTX_new_for_pkey(pkey, selection, format, structure, NULL);
    *n = 0;
    if (context == NULL || OSSL_ENCODER_to_data(context, &bytes, n) != 1)
        *n = 0;
    OSSL_ENCODER_CTX_free(context);
    return bytes;
}

static size_t put_base64(const struct ingam_alloc *alloc, str bytes, char *buf, size_t cap)
{
    struct arena arena;
    struct out text;
    arena_init(&arena, alloc, ARENA_CAP);
    out_init(&text, &arena);
    base64_write(&text, bytes);
    size_t n = put(out_done(&text), buf, cap);
    arena_free(&arena);
    return n;
}

size_t ingam_private_key_record(const struct ingam_private_key *key, char *buf, size_t cap)
{
    if (key->rsa == NULL) /* the bare 32 bytes [RFC8463 4.2] */
        return put_base64(&key->alloc, (str){key->ed25519 + ED25519_SEED, ED25519_SECRET - ED25519_SEED}, buf,
                          cap);
    size_t n;
    uint8_t *der = encode(key->rsa, EVP_PKEY_PUBLIC_KEY, "DER", "SubjectPublicKeyInfo", &n);
    size_t needed = put_base64(&key->alloc, (str){der, n}, buf, cap);
    OPENSSL_free(der);
    return needed;
}

size_t ingam_private_key_pem(const struct ingam_private_key *key, char *buf, size_t cap)
{
    EVP_PKEY *pkey = key->rsa;
    if (pkey == NULL)
        pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, key->ed25519, ED25519_SEED);
    size_t n = 0;
    uint8_t *pem = pkey ? encode(pkey, EVP_PKEY_KEYPAIR, "PEM", "PrivateKeyInfo", &n) : NULL;
    size_t needed = put((str){pem, n}, buf, cap);
    OPENSSL_clear_free(pem, n);
    if (pkey != key->rsa)
        EVP_PKEY_free(pkey);
    return needed;
}
