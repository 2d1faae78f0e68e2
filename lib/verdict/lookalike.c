/* SPDX-License-Identifier: BSD-2-Clause */
/* Names made to be misread: scripts mixed within a label, labels wholly of letters that look like Latin ones, and characters
 * that nobody sees. A simple set: it is there to make a person look twice, and decides nothing. */
#include "verdict/state.h"

#include "base/idn.h"

enum script {
    SCRIPT_NONE = 0,
    SCRIPT_LATIN = 1,
    SCRIPT_CYRILLIC = 2,
    SCRIPT_GREEK = 4,
    SCRIPT_ODD_LATIN = 8
};

struct range {
    uint32_t from, to;
};

static bool is_in(const struct range *ranges, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}

#define IS_IN(ranges, c) is_in((ranges), sizeof(ranges) / sizeof((ranges)[0]), (c))

/* Takes one character of UTF-8; bytes that are none count one each, as themselves. */
static uint32_t take(str *s)
{
    static const uint8_t mask[] = {0x7f, 0x1f, 0x0f, 0x07};
    uint8_t lead = s->p[0];
    size_t more = lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0;
    uint32_t c = more ? lead & mask[more] : lead;
    if (more >= s->n || !str_is_utf8(str_first(*s, more + 1)))
        more = 0, c = lead;
    for (size_t i = 1; i <= more; i++)
        c = c << 6 | (s->p[i] & 0x3f);
    *s = str_from(*s, more + 1);
    return c;
}

static enum script script_of(uint32_t c)
{
    static const struct range odd[] = {{0x131, 0x131}, {0x250, 0x2af}, {0x1d00, 0x1d7f}};
    static const struct range latin[] = {{'a', 'z'}, {'A', 'Z'}, {0xc0, 0x24f}, {0x1e00, 0x1eff}};
    static const struct range cyrillic[] = {
        {0x400, 0x52f}, {0x1c80, 0x1c8f}, {0x2de0, 0x2dff}, {0xa640, 0xa69f}};
    static const struct range greek[] = {{0x370, 0x3ff}, {0x1f00, 0x1fff}};
    if (IS_IN(odd, c))
        return SCRIPT_ODD_LATIN;
    if (IS_IN(latin, c))
        return SCRIPT_LATIN;
    if (IS_IN(cyrillic, c))
        return SCRIPT_CYRILLIC;
    return IS_IN(greek, c) ? SCRIPT_GREEK : SCRIPT_NONE;
}

/* Cyrillic and Greek letters that most fonts draw as Latin ones. */
static bool looks_latin(uint32_t c)
{
    static const struct range alike[] = {
        {0x430, 0x430}, {0x435, 0x435}, {0x43e, 0x43e}, {0x440, 0x441}, {0x443, 0x443},
        {0x445, 0x445}, {0x455, 0x456}, {0x458, 0x458}, {0x4bb, 0x4bb}, {0x4cf, 0x4cf},
        {0x501, 0x501}, {0x51b, 0x51b}, {0x51d, 0x51d}, {0x3b1, 0x3b1}, {0x3b9, 0x3b9},
        {0x3bd, 0x3bd}, {0x3bf, 0x3bf}, {0x3c1, 0x3c1}, {0x3c5, 0x3c5}, {0x3c7, 0x3c7},
    };
    return IS_IN(alike, c);
}

static bool is_lookalike_label(str label)
{
    unsigned scripts = 0;
    bool is_all_alike = true;
    while (label.n) {
        uint32_t c = take(&label);
        enum script script = script_of(c);
        scripts |= script;
        is_all_alike &= script == SCRIPT_NONE || looks_latin(c);
    }
    bool is_mixed = (scripts & (scripts - 1)) != 0 || scripts == SCRIPT_ODD_LATIN;
    return is_mixed || (scripts != 0 && is_all_alike);
}

bool lookalike_domain(struct arena *a, str domain, str *shown)
{
    *shown = domain;
    if (str_find_str(domain, S("xn--")) == domain.n || idn_to_unicode(a, domain, shown) != IDN_OK)
        return false;
    for (str left = *shown; left.n;) {
        str label = str_first(left, str_find(left, '.'));
        left = str_from(left, label.n + 1);
        if (is_lookalike_label(label))
            return true;
    }
    return false;
}

/* Joiners (U+200C, U+200D) and single direction marks have their honest use in Persian, Hebrew and emoji. */
bool lookalike_hidden(str text)
{
    static const struct range hidden[] = {{0xad, 0xad},      {0x200b, 0x200b}, {0x202a, 0x202e},
                                          {0x2060, 0x2064},  {0x2066, 0x2069}, {0xfeff, 0xfeff},
                                          {0xe0000, 0xe007f}};
    while (text.n) {
        bool is_high = text.p[0] >= 0xc2;
        uint32_t c = take(&text);
        if (is_high && IS_IN(hidden, c))
            return true;
    }
    return false;
}
