/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CUR_H
#define BASE_CUR_H

#include "base/str.h"

/* A cursor: what is left to read. After a failure p stands at the byte that does not fit. */
typedef struct cur {
    const uint8_t *p;
    const uint8_t *end;
} cur;

/* Byte classes; a class argument is any union of them. */
enum {
    C_ALPHA = 1 << 0,
    C_DIGIT = 1 << 1,
    C_WSP = 1 << 2,     /* SP TAB                                              */
    C_FWS = 1 << 3,     /* SP TAB CR LF                                        */
    C_UNDER = 1 << 4,   /* _                                                   */
    C_DASH = 1 << 5,    /* -                                                   */
    C_DOT = 1 << 6,     /* .                                                   */
    C_HEX = 1 << 7,     /* 0-9 A-F a-f                                         */
    C_VALCHAR = 1 << 8, /* %x21-3A %x3C-7E                     [RFC6376 3.2]   */
    C_ATEXT = 1 << 9,   /* letters, digits, !#$%&'*+-/=?^_`{|}~ [RFC5322 3.2.3] */
    C_FTEXT = 1 << 10,  /* %d33-57 %d59-126: field names       [RFC5322 3.6.8] */
    C_TOKEN = 1 << 11,  /* MIME token                          [RFC2045 5.1]   */
    C_BASE64 = 1 << 12, /* letters, digits, + /                                */
    C_HIGH = 1 << 13,   /* 0x80-0xff                                           */
    C_VISIBLE = 1 << 14 /* %x21-7E                                             */
};
extern const uint16_t byte_classes[256];

static inline bool byte_is(uint8_t c, unsigned classes)
{
    return (byte_classes[c] & classes) != 0;
}

static inline cur cur_of(str s)
{
    return (cur){s.p, s.n ? s.p + s.n : s.p};
}

static inline bool cur_end(const cur *c)
{
    return c->p == c->end;
}

static inline str cur_rest(const cur *c)
{
    return str_between(c->p, c->end);
}

/* ret  the next byte is of one of these classes */
static inline bool cur_is(const cur *c, unsigned classes)
{
    return c->p < c->end && byte_is(*c->p, classes);
}

static inline bool cur_at(const cur *c, uint8_t byte)
{
    return c->p < c->end && *c->p == byte;
}

/* Takes the longest run of bytes of these classes; may be empty. */
static inline str cur_run(cur *c, unsigned classes)
{
    const uint8_t *from = c->p;
    const uint8_t *end = c->end;
    const uint8_t *at = from; /* stays in a register, while *c may not */
    while (at < end && byte_is(*at, classes))
        at++;
    c->p = at;
    return str_between(from, at);
}

/* Takes this byte. ret false: something else is next, nothing taken */
static inline bool cur_byte(cur *c, uint8_t byte)
{
    if (!cur_at(c, byte))
        return false;
    c->p++;
    return true;
}

bool cur_text(cur *c, str text);        /* takes exactly these bytes, or nothing */
bool cur_text_nocase(cur *c, str text); /* the same, ASCII letters in any case   */
/* Takes all up to (not including) the byte, or all that is left. */
str cur_until(cur *c, uint8_t byte);
/* Takes 1*DIGIT up to max. ret false: no digit, or too large; then nothing is taken */
bool cur_uint(cur *c, uint64_t max, uint64_t *value);

#endif
