/* SPDX-License-Identifier: BSD-2-Clause */
/* 32 bytes at a time. Most of them are copied whole: a lone SP stays as it is, so that only a TAB, or a SP with SP, TAB or
 * CR behind it, asks for a closer look. */
#include "dkim/relax.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

static inline AVX2 __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline AVX2 __m256i equal(__m256i v, char c)
{
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

/* Copies 32 bytes. in next: the byte behind them can be read. ret a bit for each that must be looked at */
static inline AVX2 uint32_t copy_block(const uint8_t *p, uint8_t *out)
{
    __m256i v = load(p), next = load(p + 1);
    __m256i ends = _mm256_or_si256(_mm256_or_si256(equal(next, ' '), equal(next, '\t')), equal(next, '\r'));
    __m256i look = _mm256_or_si256(equal(v, '\t'), _mm256_and_si256(equal(v, ' '), ends));
    _mm256_storeu_si256((__m256i *)(void *)out, v);
    return (uint32_t)_mm256_movemask_epi8(look);
}

AVX2 size_t relax_avx2(enum relax_state *state, str in, uint8_t *out)
{
    const uint8_t *p = in.p, *end = in.p + in.n;
    uint8_t *o = out;
    if (*state != RELAX_CLEAR)
        p = relax_gap(state, p, end, &o);
    while (end - p > 32) {
        uint32_t look = copy_block(p, o);
        if (look == 0) {
            p += 32;
            o += 32;
            continue;
        }
        unsigned plain = (unsigned)__builtin_ctz(look);
        o += plain;
        *state = RELAX_WSP;
        p = relax_gap(state, p + plain + 1, end, &o);
    }
    return (size_t)(o - out) + relax_scalar(state, str_between(p, end), o);
}
