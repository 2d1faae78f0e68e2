/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoded words, for people's eyes only: nothing here decides anything but which forged results go
 * (authres/remove.c).
 *
 *     encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="         [RFC2047 2] [RFC2231 5] */
#include "mail/mail.h"

#include "base/base64.h"
#include "base/out.h"

enum charset { ASCII_LIKE, LATIN_1, WINDOWS_1252, UNKNOWN };

struct encoded_word {
    enum charset charset;
    bool is_base64;
    str text;
};

static enum charset charset_of(str name)
{
    static const struct {
        str name;
        enum charset charset;
    } rows[] = {{S_INIT("utf-8"), ASCII_LIKE},
                {S_INIT("us-ascii"), ASCII_LIKE},
                {S_INIT("utf8"), ASCII_LIKE},
                {S_INIT("iso-8859-1"), LATIN_1},
                {S_INIT("windows-1252"), WINDOWS_1252}};
    name = str_first(name, str_find(name, '*'));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_eq_nocase(name, rows[i].name))
            return rows[i].charset;
    return UNKNOWN;
}

/* Takes one encoded word of a charset we know. ret false: there is none, nothing taken */
static bool take_word(cur *c, struct encoded_word *w)
{
    cur at = *c;
    if (!cur_text(&at, S("=?")))
        return false;
    str charset = cur_run(&at, C_TOKEN);
    if (!cur_byte(&at, '?'))
        return false;
    w->is_base64 = cur_text_nocase(&at, S("b"));
    if (!w->is_base64 && !cur_text_nocase(&at, S("q")))
        return false;
    if (!cur_byte(&at, '?'))
        return false;
    const uint8_t *from = at.p;
    while (cur_is(&at, C_VISIBLE | C_HIGH) && *at.p != '?')
        at.p++;
    w->text = str_between(from, at.p);
    w->charset = charset_of(charset);
    if (!cur_text(&at, S("?=")) || w->charset == UNKNOWN)
        return false;
    *c = at;
    return true;
}

static unsigned hex_value(uint8_t c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(byte_lower(c) - 'a') + 10;
}

/* The Q encoding: "_" is a space, "=" and two hex digits any byte.                              [RFC2047 4.2]
 * in   bytes  room for text.n */
static size_t read_q(str text, uint8_t *bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        bool is_hex =
            c == '=' && text.n - i > 2 && byte_is(text.p[i + 1], C_HEX) && byte_is(text.p[i + 2], C_HEX);
        if (is_hex) {
            bytes[n++] = (uint8_t)(hex_value(text.p[i + 1]) << 4 | hex_value(text.p[i + 2]));
            i += 2;
        } else {
            bytes[n++] = c == '_' ? ' ' : c;
        }
    }
    return n;
}

static void put_code_point(struct out *o, unsigned v)
{
    if (v < 0x80) {
        out_byte(o, (uint8_t)v);
        return;
    }
    if (v < 0x800) {
        out_byte(o, (uint8_t)(0xc0 | v >> 6));
    } else {
        out_byte(o, (uint8_t)(0xe0 | v >> 12));
        out_byte(o, (uint8_t)(0x80 | (v >> 6 & 63)));
    }
    out_byte(o, (uint8_t)(0x80 | (v & 63)));
}

static void put_text(struct out *o, enum charset charset, str bytes)
{
    static const uint16_t high[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                      0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                      0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                      0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    if (charset == ASCII_LIKE) {
        out_str(o, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = bytes.p[i];
        bool is_mapped = charset == WINDOWS_1252 && c >= 0x80 && c < 0xa0;
        put_code_point(o, is_mapped ? high[c - 0x80] : c);
    }
}

/* ret  false: the text does not decode; nothing is written */
static bool put_word(struct out *o, struct arena *scratch, const struct encoded_word *w)
{
    size_t n = 0;
    uint8_t *bytes = arena_take_raw(scratch, w->text.n + 3);
    if (bytes == NULL)
        return false;
    if (!w->is_base64)
        n = read_q(w->text, bytes);
    else if (base64_read(w->text, bytes, &n))
        return false;
    put_text(o, w->charset, (str){bytes, n});
    return true;
}

/* White space without its line ends. */
static void put_space(struct out *o, str space)
{
    for (size_t i = 0; i < space.n; i++)
        if (byte_is(space.p[i], C_WSP))
            out_byte(o, space.p[i]);
}

str mail_words_decode(struct arena *a, str text)
{
    struct out o;
    cur c = cur_of(text);
    bool is_behind_word = false;
    out_init(&o, a);
    while (!cur_end(&c)) {
        cur at = c;
        struct encoded_word w;
        str space = cur_run(&at, C_FWS);
        cur word = at;
        bool is_word = take_word(&at, &w);
        /* White space between two encoded words is no text.                                     [RFC2047 6.2] */
        if (!is_word || !is_behind_word)
            put_space(&o, space);
        is_behind_word = is_word;
        if (is_word && !put_word(&o, a, &w))
            out_str(&o, str_between(word.p, at.p));
        if (!is_word && !cur_end(&at))
            out_byte(&o, *at.p++);
        c = at;
    }
    return out_done(&o);
}
