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

/* Each digit at each of the four places of its group; above them a bit for each place says that a digit is there. */
#define D(place, v) (UINT32_C(0x1000000) << (place) | (uint32_t)(v) << (18 - 6 * (place)))
#define EIGHT(place, v, a, b, c, d, e, f, g, h)                                                              \
    [a] = D(place, v), [b] = D(place, (v) + 1), [c] = D(place, (v) + 2), [d] = D(place, (v) + 3),            \
    [e] = D(place, (v) + 4), [f] = D(place, (v) + 5), [g] = D(place, (v) + 6), [h] = D(place, (v) + 7)
#define DIGITS(place)                                                                                        \
    {                                                                                                        \
        EIGHT(place, 0, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'),                                             \
            EIGHT(place, 8, 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P'),                                         \
            EIGHT(place, 16, 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X'),                                        \
            EIGHT(place, 24, 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f'),                                        \
            EIGHT(place, 32, 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'),                                        \
            EIGHT(place, 40, 'o', 'p', 'q', 'r', 's', 't', 'u', 'v'),                                        \
            EIGHT(place, 48, 'w', 'x', 'y', 'z', '0', '1', '2', '3'),                                        \
            EIGHT(place, 56, '4', '5', '6', '7', '8', '9', '+', '/'),                                        \
    }
static const uint32_t places[4][256] = {DIGITS(0), DIGITS(1), DIGITS(2), DIGITS(3)};

/* Four digits at a time while nothing but digits comes. Writes a byte more than it has. */
static void read_quads(cur *c, uint8_t **out)
{
    const uint8_t *p = c->p, *end = c->end;
    uint8_t *o = *out;
    for (; end - p >= 4; p += 4, o += 3) {
        uint32_t v = places[0][p[0]] | places[1][p[1]] | places[2][p[2]] | places[3][p[3]];
        if (v >> 24 != 15)
            break;
        v = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(v << 8) : v << 8;
        memcpy(o, &v, sizeof v);
    }
    c->p = p;
    *out = o;
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

struct group {
    uint32_t v;
    unsigned have; /* digits: 0 to 3 */
};

/* Digits and white space up to a byte that is neither, or the end. */
static void read_digits(cur *c, uint8_t **out, struct group *g)
{
    for (;;) {
        if (g->have == 0)
            read_quads(c, out);
        if (cur_end(c) || digit_of[*c->p] > SKIP)
            return;
        uint8_t d = digit_of[*c->p++];
        if (d == SKIP)
            continue;
        g->v = g->v << 6 | d;
        if (++g->have < 4)
            continue;
        *(*out)++ = (uint8_t)(g->v >> 16);
        *(*out)++ = (uint8_t)(g->v >> 8);
        *(*out)++ = (uint8_t)g->v;
        g->have = 0;
    }
}

const uint8_t *base64_read(str text, uint8_t *out, size_t *n)
{
    cur c = cur_of(text);
    uint8_t *o = out;
    struct group g = {0, 0};
    const uint8_t *wrong = NULL;
    read_digits(&c, &o, &g);
    if (!cur_end(&c))
        wrong = digit_of[*c.p] == PAD && g.have >= 2 ? read_padding(&c, g.have) : c.p;
    else if (g.have == 1)
        wrong = c.p;
    if (wrong)
        return wrong;
    if (g.have >= 2)
        *o++ = (uint8_t)(g.v >> (g.have == 2 ? 4 : 10));
    if (g.have == 3)
        *o++ = (uint8_t)(g.v >> 2);
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
