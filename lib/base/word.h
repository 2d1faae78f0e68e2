/* SPDX-License-Identifier: BSD-2-Clause */
/* Eight bytes at once. A mask has bit 7 of each byte of which something is true, and no other bit.
 * Sixteen bytes at once, in whatever registers the machine has: comparing gives 0xff for each byte that it is true of. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include "base/str.h"

#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (uint8_t)(byte))
#define WORD_MASK       WORD_EACH(0x80)

/* The first byte is the lowest one, on every machine. */
static inline uint64_t word_load(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? w : __builtin_bswap64(w);
}

static inline void word_store(uint64_t w, uint8_t *p)
{
    w = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? w : __builtin_bswap64(w);
    memcpy(p, &w, sizeof w);
}

/* As word_load for less than eight bytes; 0 stands behind them. */
static inline uint64_t word_load_part(const uint8_t *p, size_t n)
{
    uint64_t w = 0;
    uint32_t first, last;
    if (n >= 4 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        memcpy(&first, p, 4);
        memcpy(&last, p + n - 4, 4);
        return first | (uint64_t)last << 8 * (n - 4);
    }
    while (n--)
        w = w << 8 | p[n];
    return w;
}

/* in  c  below 0x80 */
static inline uint64_t word_above(uint64_t w, uint8_t c)
{
    return (((w & ~WORD_MASK) + WORD_EACH(0x7f - c)) | w) & WORD_MASK;
}

/* in  c  below 0x80; a byte above that is not equal */
static inline uint64_t word_is_not(uint64_t w, uint8_t c)
{
    return word_above(w ^ WORD_EACH(c), 0);
}

/* A-Z become a-z. */
static inline uint64_t word_lower(uint64_t w)
{
    uint64_t upper = word_above(w, 'A' - 1) & ~word_above(w, 'Z');
    return w | upper >> 2;
}

/* ret  place of the first byte of which it is true; the mask is not 0 */
static inline unsigned word_first(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask) / 8;
}

/* ret  how many bytes have this value */
static inline size_t word_count(uint64_t w, uint8_t c)
{
    return (size_t)((~word_is_not(w, c) & WORD_MASK) >> 7) * WORD_EACH(1) >> 56;
}

typedef uint8_t bytes16 __attribute__((vector_size(16)));

static inline bytes16 bytes16_load(const uint8_t *p)
{
    bytes16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void bytes16_store(bytes16 v, uint8_t *p)
{
    memcpy(p, &v, sizeof v);
}

/* ret  how many bytes at the start it is true of: 0 to 16
 * in   mask  what a comparison gave */
static inline unsigned bytes16_run(bytes16 mask)
{
    uint8_t bytes[16];
    memcpy(bytes, &mask, sizeof mask);
    uint64_t low = ~word_load(bytes), high = ~word_load(bytes + 8);
    if (low)
        return (unsigned)__builtin_ctzll(low) / 8;
    return high ? 8 + (unsigned)__builtin_ctzll(high) / 8 : 16;
}

#endif
