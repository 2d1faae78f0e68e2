/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/backend.h"
#include "crypto/der.h"

/* RSA_CAP bounds what any configuration may allow; so does EXPONENT_MAX, since the work grows with the exponent's bits and
 * nothing in use is longer than 32. [RFC8301 3.2] asks for 1024 to 4096 bits. */
enum { RSA_LEAST = 1024, RSA_CAP = 16384, EXPONENT_MAX = 8, ED25519_SIZE = 32, SIGNATURE_SIZE = 64 };

struct public_key {
    struct ingam_alloc alloc;
    uint32_t refs;
    enum key_kind kind;
    uint32_t bits;
    uint8_t flags;   /* the caller's */
    size_t size;     /* RSA: bytes of the modulus */
    struct rsa *rsa; /* NULL for Ed25519 */
    uint8_t ed25519[ED25519_SIZE];
};

/* DigestInfo of SHA-256 up to the digest itself.                                    [RFC8017 9.2] */
static const uint8_t digest_info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static struct public_key *key_new(const struct ingam_alloc *alloc, enum key_kind kind, uint32_t bits)
{
    struct public_key *key = alloc_get(alloc, sizeof *key);
    if (key == NULL)
        return NULL;
    *key = (struct public_key){.refs = 1, .kind = kind, .bits = bits};
    if (alloc)
        key->alloc = *alloc;
    return key;
}

static uint32_t bits_of(str n)
{
    return (uint32_t)(n.n * 8) - (uint32_t)__builtin_clz(n.p[0]) + 24;
}

static enum key_got judge_numbers(str n, str e, uint32_t bits, size_t max_bits)
{
    if (bits < RSA_LEAST)
        return KEY_TOO_SHORT;
    if (bits > max_bits || bits > RSA_CAP)
        return KEY_TOO_LONG;
    if ((n.p[n.n - 1] & 1) == 0)
        return KEY_SYNTAX;
    bool is_odd = e.p[e.n - 1] & 1;
    bool is_one = e.n == 1 && e.p[0] == 1;
    return !is_odd || is_one || e.n > EXPONENT_MAX ? KEY_BAD_EXPONENT : KEY_OK;
}

static enum key_got read_rsa(const struct ingam_alloc *alloc, const struct key_data *data,
                             struct public_key **key, uint32_t *bits)
{
    str n, e;
    if (der_rsa_read(data->bytes, &n, &e))
        return KEY_SYNTAX;
    *bits = bits_of(n);
    enum key_got got = judge_numbers(n, e, *bits, data->max_bits);
    if (got != KEY_OK)
        return got;
    struct public_key *k = key_new(alloc, KEY_RSA, *bits);
    if (k == NULL)
        return KEY_MEMORY;
    k->size = n.n;
    k->rsa = rsa_new(alloc, n, e);
    if (k->rsa == NULL) {
        public_key_free(k);
        return KEY_MEMORY;
    }
    *key = k;
    return KEY_OK;
}

/* The 32 bytes themselves are the key.                                               [RFC8463 4] */
static enum key_got read_ed25519(const struct ingam_alloc *alloc, str bytes, struct public_key **key,
                                 uint32_t *bits)
{
    if (bytes.n != ED25519_SIZE)
        return KEY_SYNTAX;
    *bits = ED25519_SIZE * 8;
    struct public_key *k = key_new(alloc, KEY_ED25519, *bits);
    if (k == NULL)
        return KEY_MEMORY;
    memcpy(k->ed25519, bytes.p, ED25519_SIZE);
    *key = k;
    return KEY_OK;
}

enum key_got public_key_read(const struct ingam_alloc *alloc, const struct key_data *data,
                             struct public_key **key, uint32_t *bits)
{
    *key = NULL;
    *bits = 0;
    return data->kind == KEY_RSA ? read_rsa(alloc, data, key, bits)
                                 : read_ed25519(alloc, data->bytes, key, bits);
}

void public_key_keep(struct public_key *key)
{
    key->refs++;
}

void public_key_free(struct public_key *key)
{
    if (key == NULL || --key->refs)
        return;
    struct ingam_alloc alloc = key->alloc;
    rsa_free(&alloc, key->rsa);
    alloc_put(&alloc, key);
}

enum key_kind public_key_kind(const struct public_key *key)
{
    return key->kind;
}

uint32_t public_key_bits(const struct public_key *key)
{
    return key->bits;
}

void public_key_set_flags(struct public_key *key, uint8_t flags)
{
    key->flags = flags;
}

uint8_t public_key_flags(const struct public_key *key)
{
    return key->flags;
}

/* Writes 00 01 FF ... FF 00 DigestInfo: all of the encoded message that stands before the digest.   [RFC8017 9.2]
 * ret  where the digest belongs; size - 32 */
static size_t write_frame(uint8_t *em, size_t size)
{
    size_t digest_at = size - 32, info_at = digest_at - sizeof digest_info;
    em[0] = 0;
    em[1] = 1;
    memset(em + 2, 0xff, info_at - 3);
    em[info_at - 1] = 0;
    memcpy(em + info_at, digest_info, sizeof digest_info);
    return digest_at;
}

/* ret  offset of the digest in em, if all before it is as it has to be; else 0 */
static size_t open_signature(const struct public_key *key, str signature, uint8_t em[RSA_CAP / 8])
{
    uint8_t want[RSA_CAP / 8];
    if (signature.n != key->size || !rsa_power(key->rsa, signature, em))
        return 0;
    size_t digest_at = write_frame(want, key->size);
    return memcmp(em, want, digest_at) == 0 ? digest_at : 0;
}

bool public_key_verify(const struct public_key *key, const uint8_t digest[32], str signature)
{
    uint8_t em[RSA_CAP / 8];
    if (key->kind == KEY_ED25519)
        return signature.n == SIGNATURE_SIZE && ed25519_verify(key->ed25519, (str){digest, 32}, signature.p);
    size_t digest_at = open_signature(key, signature, em);
    return digest_at && memcmp(em + digest_at, digest, 32) == 0;
}

bool public_key_recover(const struct public_key *key, str signature, uint8_t digest[32])
{
    uint8_t em[RSA_CAP / 8];
    size_t digest_at = key->kind == KEY_RSA ? open_signature(key, signature, em) : 0;
    if (digest_at)
        memcpy(digest, em + digest_at, 32);
    return digest_at != 0;
}
