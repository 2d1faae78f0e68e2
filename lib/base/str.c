/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"

#include "base/word.h"

static inline bool word_eq_nocase(uint64_t a, uint64_t b)
{
    return a == b || word_lower(a) == word_lower(b);
}

bool str_eq_nocase(str a, str b)
{
    size_t i = 0;
    if (a.n != b.n)
        return false;
    for (; a.n - i >= 8; i += 8)
        if (!word_eq_nocase(word_load(a.p + i), word_load(b.p + i)))
            return false;
    if (i == a.n)
        return true;
    return word_eq_nocase(word_load_part(a.p + i, a.n - i), word_load_part(b.p + i, a.n - i));
}

bool str_starts(str s, str prefix)
{
    return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool str_starts_nocase(str s, str prefix)
{
    return s.n >= prefix.n && str_eq_nocase(str_first(s, prefix.n), prefix);
}

bool str_ends_nocase(str s, str suffix)
{
    return s.n >= suffix.n && str_eq_nocase(str_from(s, s.n - suffix.n), suffix);
}

int str_compare(str a, str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n ? memcmp(a.p, b.p, n) : 0;
    return d ? d : (a.n > b.n) - (a.n < b.n);
}

size_t str_find(str s, uint8_t c)
{
    const uint8_t *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

size_t str_find_last(str s, uint8_t c)
{
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == c)
            return i - 1;
    return s.n;
}

size_t str_find_str(str s, str needle)
{
    if (needle.n == 0)
        return 0;
    for (size_t at = 0; at + needle.n <= s.n; at++) {
        at += str_find(str_from(s, at), needle.p[0]);
        if (str_starts(str_from(s, at), needle))
            return at;
    }
    return s.n;
}

static bool is_wsp(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_fws(uint8_t c)
{
    return is_wsp(c) || c == '\r' || c == '\n';
}

str str_trim_wsp(str s)
{
    while (s.n && is_wsp(s.p[0]))
        s = str_from(s, 1);
    while (s.n && is_wsp(s.p[s.n - 1]))
        s.n--;
    return s;
}

str str_trim_fws(str s)
{
    while (s.n && is_fws(s.p[0]))
        s = str_from(s, 1);
    while (s.n && is_fws(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_to_uint(str s, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t digit = (uint8_t)(s.p[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, digit, &v) || v > max)
            return false;
    }
    *value = v;
    return true;
}

bool str_is_ascii(str s)
{
    uint64_t high = 0;
    size_t i = 0;
    for (; s.n - i >= 8; i += 8)
        high |= word_load(s.p + i);
    for (; i < s.n; i++)
        high |= s.p[i];
    return (high & WORD_MASK) == 0;
}

/* ret  length of the well-formed sequence at the start of s, 0 if there is none.  [RFC6532 3.1] */
static size_t utf8_sequence(str s)
{
    static const struct {
        uint8_t first, last, low, high;
        size_t n;
    } forms[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                 {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (s.p[0] < forms[i].first || s.p[0] > forms[i].last)
            continue;
        if (s.n < forms[i].n || (forms[i].n > 1 && (s.p[1] < forms[i].low || s.p[1] > forms[i].high)))
            return 0;
        for (size_t k = 2; k < forms[i].n; k++)
            if ((s.p[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].n;
    }
    return 0;
}

bool str_is_utf8(str s)
{
    while (s.n) {
        size_t n = utf8_sequence(s);
        if (n == 0)
            return false;
        s = str_from(s, n);
    }
    return true;
}
