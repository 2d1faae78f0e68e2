/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <ingam/types.h>
#include <string.h>

typedef ingam_str str;

/* A slice of a string literal, without its NUL. */
#define S(literal) ((str){(const uint8_t *)("" literal), sizeof(literal) - 1})
/* For initialisers of static tables. */
#define S_INIT(literal)                                                                                      \
    {                                                                                                        \
        (const uint8_t *)("" literal), sizeof(literal) - 1                                                   \
    }

static inline str str_of(const char *z)
{
    return (str){(const uint8_t *)z, strlen(z)};
}

/* The part from byte `at` on; empty if `at` lies beyond the end. */
static inline str str_from(str s, size_t at)
{
    return at < s.n ? (str){s.p + at, s.n - at} : (str){s.n ? s.p + s.n : s.p, 0};
}

/* The first n bytes, or all. */
static inline str str_first(str s, size_t n)
{
    return (str){s.p, n < s.n ? n : s.n};
}

static inline str str_between(const uint8_t *from, const uint8_t *to)
{
    return (str){from, (size_t)(to - from)};
}

static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

static inline uint8_t byte_lower(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

bool str_eq_nocase(str a, str b); /* ASCII letters only */
bool str_starts(str s, str prefix);
bool str_starts_nocase(str s, str prefix);
bool str_ends_nocase(str s, str suffix);
int str_compare(str a, str b); /* as memcmp, shorter first */
/* ret  offset of the first / last byte c, or s.n if there is none */
size_t str_find(str s, uint8_t c);
size_t str_find_last(str s, uint8_t c);
/* ret  offset of `needle` in s, or s.n; not for long needles */
size_t str_find_str(str s, str needle);
str str_trim_wsp(str s); /* SP and TAB at both ends */
str str_trim_fws(str s); /* SP TAB CR LF at both ends */
/* Decimal digits only, all of s. ret false: empty, other bytes, or above max */
bool str_to_uint(str s, uint64_t max, uint64_t *value);
bool str_is_ascii(str s);
/* ret  s is well-formed UTF-8: no overlong forms, no surrogates, at most U+10FFFF */
bool str_is_utf8(str s);

#endif
