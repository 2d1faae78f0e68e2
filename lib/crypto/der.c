/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/der.h"

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_SEQUENCE = 0x30 };

/* AlgorithmIdentifier content: OID 1.2.840.113549.1.1.1, NULL.                             [RFC3279 2.3.1] */
static const uint8_t rsa_encryption[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* Reads a length: one byte below 128, else one or two bytes behind 0x81 or 0x82, never longer than needed. */
static bool take_length(cur *c, size_t *n)
{
    if (cur_end(c))
        return false;
    uint8_t first = *c->p++;
    *n = first;
    if (first < 0x80)
        return true;
    size_t bytes = first & 0x7f;
    if (bytes < 1 || bytes > 2 || (size_t)(c->end - c->p) < bytes)
        return false;
    *n = 0;
    for (size_t i = 0; i < bytes; i++)
        *n = *n << 8 | *c->p++;
    return *n >= (bytes == 1 ? 0x80U : 0x100U);
}

/* Takes one element of this tag.
 * ret  false: c->p is near the byte that does not fit */
static bool take(cur *c, uint8_t tag, cur *content)
{
    size_t n = 0;
    if (!cur_byte(c, tag) || !take_length(c, &n) || n > (size_t)(c->end - c->p))
        return false;
    *content = (cur){c->p, c->p + n};
    c->p += n;
    return true;
}

/* Takes a positive INTEGER. ret its bytes without the leading zero; empty: not one */
static str take_positive(cur *c)
{
    cur content = {0};
    const uint8_t *from = c->p;
    str none = {NULL, 0};
    if (!take(c, DER_INTEGER, &content))
        return none;
    str value = cur_rest(&content);
    bool has_zero = value.n > 1 && value.p[0] == 0;
    if (has_zero)
        value = str_from(value, 1);
    if (value.n && value.p[0] && (value.p[0] >= 0x80) == has_zero)
        return value;
    c->p = from;
    return none;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }                  [RFC8017 A.1.1] */
static const uint8_t *read_numbers(cur *c, str *n, str *e)
{
    *n = take_positive(c);
    if (n->n)
        *e = take_positive(c);
    return n->n && e->n && cur_end(c) ? NULL : c->p;
}

/* SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier, BIT STRING of an RSAPublicKey }      [RFC3279 2.3.1] */
static const uint8_t *open_subject_public_key(cur *c, cur *numbers)
{
    cur algorithm = {0}, bits = {0};
    const uint8_t *from = c->p;
    str want = {rsa_encryption, sizeof rsa_encryption};
    if (!take(c, DER_SEQUENCE, &algorithm))
        return c->p;
    if (!str_eq(cur_rest(&algorithm), want))
        return from;
    if (!take(c, DER_BIT_STRING, &bits) || !cur_end(c))
        return c->p;
    if (!cur_byte(&bits, 0) || !take(&bits, DER_SEQUENCE, numbers) || !cur_end(&bits))
        return bits.p;
    return NULL;
}

const uint8_t *der_rsa_read(str der, str *n, str *e)
{
    cur c = cur_of(der), key = {0}, numbers = {0};
    *n = *e = (str){NULL, 0};
    if (!take(&c, DER_SEQUENCE, &key) || !cur_end(&c))
        return c.p;
    if (!cur_at(&key, DER_SEQUENCE))
        return read_numbers(&key, n, e);
    const uint8_t *wrong = open_subject_public_key(&key, &numbers);
    return wrong ? wrong : read_numbers(&numbers, n, e);
}
