/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/base64.h"

#include "base/cur.h"

/* 0-63: a digit; SKIP: white space; PAD: '='; BAD: the rest. */
enum { SKIP = 64, PAD = 65, BAD = 66 };
#define B BAD
static const uint8_t digit_of[256] = {
    B,  B,  B,  B,  B,  B,  B,  B,  B,  64, 64, B,  B,  64, B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  64, B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  62, B,  B,  B,  63, 52, 53, 54, 55,
    56, 57, 58, 59, 60, 61, B,  B,  B,  65, B,  B,  B,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, B,  B,  B,  B,  B,  B,  26, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B};
#undef B

/* Four digits at a time while nothing but digits comes. */
static void read_quads(cur *c, uint8_t **out)
{
    while (c->end - c->p >= 4) {
        uint32_t a = digit_of[c->p[0]], b = digit_of[c->p[1]], d = digit_of[c->p[2]], e = digit_of[c->p[3]];
        if ((a | b | d | e) & 64)
            return;
        uint32_t v = a << 18 | b << 12 | d << 6 | e;
        (*out)[0] = (uint8_t)(v >> 16);
        (*out)[1] = (uint8_t)(v >> 8);
        (*out)[2] = (uint8_t)v;
        *out += 3;
        c->p += 4;
    }
}

/* After the first '=': only padding that completes the group, and white space.
 * in  have  digits in the open group: 2 or 3 */
static const uint8_t *read_padding(cur *c, unsigned have)
{
    unsigned want = 4 - have;
    for (; !cur_end(c); c->p++) {
        uint8_t d = digit_of[*c->p];
        if (d == SKIP)
            continue;
        if (d != PAD || want-- == 0)
            return c->p;
    }
    return want ? c->end : NULL;
}

const uint8_t *base64_read(str text, uint8_t *out, size_t *n)
{
    cur c = cur_of(text);
    uint8_t *o = out;
    uint32_t v = 0;
    unsigned have = 0;
    const uint8_t *wrong = NULL;
    for (;;) {
        if (have == 0)
            read_quads(&c, &o);
        if (cur_end(&c))
            break;
        uint8_t d = digit_of[*c.p];
        if (d == BAD || (d == PAD && have < 2))
            return c.p;
        if (d == PAD) {
            wrong = read_padding(&c, have);
            break;
        }
        c.p++;
        if (d == SKIP)
            continue;
        v = v << 6 | d;
        if (++have == 4) {
            *o++ = (uint8_t)(v >> 16);
            *o++ = (uint8_t)(v >> 8);
            *o++ = (uint8_t)v;
            have = 0;
        }
    }
    if (wrong || have == 1)
        return wrong ? wrong : c.end;
    if (have >= 2)
        *o++ = (uint8_t)(v >> (have == 2 ? 4 : 10));
    if (have == 3)
        *o++ = (uint8_t)(v >> 2);
    *n = (size_t)(o - out);
    return NULL;
}

void base64_write(struct out *o, str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t v = (uint32_t)bytes.p[i] << 16;
        v |= left > 1 ? (uint32_t)bytes.p[i + 1] << 8 : 0;
        v |= left > 2 ? (uint32_t)bytes.p[i + 2] : 0;
        out_byte(o, (uint8_t)digits[v >> 18]);
        out_byte(o, (uint8_t)digits[v >> 12 & 63]);
        out_byte(o, left > 1 ? (uint8_t)digits[v >> 6 & 63] : '=');
        out_byte(o, left > 2 ? (uint8_t)digits[v & 63] : '=');
    }
}
