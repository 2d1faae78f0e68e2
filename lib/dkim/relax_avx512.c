/* SPDX-License-Identifier: BSD-2-Clause */
/* 64 bytes at a time, without a branch on what they are. Of a run of white space its last byte stays, as SP, unless CR LF
 * follows: whether a byte stays is told by the two behind it, so that nothing is held back between blocks. */
#include "dkim/relax.h"

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt")))
enum { BLOCK = 64, AHEAD = 2 };

/* A block and where its bytes of interest are. */
struct block {
    __m512i bytes;
    __mmask64 tabs;
    uint64_t spaces, cr, lf;
};

static inline AVX512 __mmask64 equal(__m512i v, char c)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

/* Reads a block; of one that ends early no byte behind its end. */
static inline AVX512 struct block load(const uint8_t *p, size_t n)
{
    __mmask64 is_there = n < BLOCK ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
    struct block b = {.bytes = _mm512_maskz_loadu_epi8(is_there, p)};
    b.tabs = equal(b.bytes, '\t');
    b.spaces = b.tabs | equal(b.bytes, ' ');
    b.cr = equal(b.bytes, '\r');
    b.lf = equal(b.bytes, '\n');
    return b;
}

/* Writes what stays of the block's first n bytes; BLOCK bytes at out are touched.
 * in   next  the block behind it
 * ret  how many bytes stay */
static inline AVX512 size_t put(const struct block *b, const struct block *next, size_t n, uint8_t *out)
{
    uint64_t before_space = b->spaces >> 1 | next->spaces << 63;
    uint64_t before_end = (b->cr >> 1 | next->cr << 63) & (b->lf >> 2 | next->lf << 62);
    uint64_t stays = ~(b->spaces & (before_space | before_end));
    __m512i v = _mm512_mask_blend_epi8(b->tabs, b->bytes, _mm512_set1_epi8(' '));
    if (n < BLOCK)
        stays &= (UINT64_C(1) << n) - 1;
    _mm512_storeu_si512((void *)out, _mm512_maskz_compress_epi8(stays, v));
    return (size_t)__builtin_popcountll(stays);
}

/* Relaxes all but the last AHEAD bytes, of which it cannot be known here whether they stay. ret where it wrote up to */
static AVX512 uint8_t *relax_most(const uint8_t *p, size_t n, uint8_t *out)
{
    struct block b = load(p, n), next = {.tabs = 0};
    for (; n >= 2 * BLOCK; n -= BLOCK) {
        next = load(p += BLOCK, BLOCK);
        out += put(&b, &next, BLOCK, out);
        b = next;
    }
    next = load(p + BLOCK, n > BLOCK ? n - BLOCK : 0);
    if (n >= BLOCK + AHEAD) {
        out += put(&b, &next, BLOCK, out);
        b = next;
        next = load(p, 0);
        n -= BLOCK;
    }
    return out + put(&b, &next, n - AHEAD, out);
}

AVX512 size_t relax_avx512(enum relax_state *state, str in, uint8_t *out)
{
    const uint8_t *p = in.p, *end = in.p + in.n;
    uint8_t *o = out;
    if (*state != RELAX_CLEAR)
        p = relax_gap(state, p, end, &o);
    if (end - p > AHEAD) {
        o = relax_most(p, (size_t)(end - p), o);
        p = end - AHEAD;
    }
    return (size_t)(o - out) + relax_scalar(state, str_between(p, end), o);
}
