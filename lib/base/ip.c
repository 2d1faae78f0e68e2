/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/ip.h"

#include "base/cur.h"

enum { V4_TEXT_MAX = 15 };

/* The next digit, where `end` lies so far behind it that it need not be looked at, or else not. ret  above 9: there is none */
static inline unsigned digit_at(const uint8_t *p, const uint8_t *end, bool is_far)
{
    return is_far || p < end ? (unsigned)*p - '0' : 10;
}

/* qnum without leading zeros. ret  behind it; NULL: there is none             [RFC7208 5.6] */
static inline const uint8_t *take_octet(const uint8_t *p, const uint8_t *end, bool is_far, uint8_t *octet)
{
    unsigned v = digit_at(p++, end, is_far);
    if (v > 9)
        return NULL;
    unsigned digit = digit_at(p, end, is_far);
    if (digit <= 9) {
        if (v == 0)
            return NULL;
        v = v * 10 + digit;
        digit = digit_at(++p, end, is_far);
        if (digit <= 9) {
            p++;
            v = v * 10 + digit;
        }
    }
    *octet = (uint8_t)v;
    return v <= 255 ? p : NULL;
}

/* ret  behind the address; NULL: there is none */
static inline const uint8_t *take_octets(const uint8_t *p, const uint8_t *end, bool is_far, uint8_t *octets)
{
    p = take_octet(p, end, is_far, octets);
    for (size_t i = 1; p && i < 4; i++) {
        if ((!is_far && p == end) || *p != '.')
            return NULL;
        p = take_octet(p + 1, end, is_far, octets + i);
    }
    return p;
}

bool ip_take_v4(cur *c, struct ip *ip)
{
    *ip = (struct ip){.is_v6 = false};
    const uint8_t *p = c->end - c->p > V4_TEXT_MAX ? take_octets(c->p, c->end, true, ip->bytes)
                                                   : take_octets(c->p, c->end, false, ip->bytes);
    if (p == NULL)
        return false;
    c->p = p;
    return true;
}

bool ip_read_v4(str text, struct ip *ip)
{
    cur c = cur_of(text);
    return ip_take_v4(&c, ip) && cur_end(&c);
}

static unsigned hex_value(uint8_t c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(byte_lower(c) - 'a') + 10;
}

/* 1*4HEXDIG. ret false: none, or more than four */
static bool read_group(cur *c, uint16_t *group)
{
    str digits = cur_run(c, C_HEX);
    unsigned v = 0;
    if (digits.n == 0 || digits.n > 4)
        return false;
    for (size_t i = 0; i < digits.n; i++)
        v = v << 4 | hex_value(digits.p[i]);
    *group = (uint16_t)v;
    return true;
}

struct v6_parts {
    uint16_t groups[8];
    size_t n;
    size_t gap; /* where "::" stands; 9: nowhere */
};

/* ret  a dotted IPv4 address ends the text here and was taken as two groups */
static bool read_v4_tail(cur *c, struct v6_parts *v)
{
    struct ip v4;
    if (v->n > 6 || !ip_read_v4(cur_rest(c), &v4))
        return false;
    v->groups[v->n++] = (uint16_t)(v4.bytes[0] << 8 | v4.bytes[1]);
    v->groups[v->n++] = (uint16_t)(v4.bytes[2] << 8 | v4.bytes[3]);
    c->p = c->end;
    return true;
}

static bool read_v6_parts(cur *c, struct v6_parts *v)
{
    *v = (struct v6_parts){.gap = 9};
    if (cur_text(c, S("::")))
        v->gap = 0;
    while (!cur_end(c)) {
        if (v->n == 8)
            return false;
        if (read_v4_tail(c, v))
            return true;
        if (!read_group(c, &v->groups[v->n++]))
            return false;
        if (cur_end(c))
            return true;
        if (!cur_byte(c, ':') || cur_end(c))
            return false;
        if (!cur_byte(c, ':'))
            continue;
        if (v->gap != 9)
            return false;
        v->gap = v->n;
    }
    return true;
}

bool ip_read_v6(str text, struct ip *ip)
{
    cur c = cur_of(text);
    struct v6_parts v;
    *ip = (struct ip){.is_v6 = true};
    if (!read_v6_parts(&c, &v) || !cur_end(&c))
        return false;
    if (v.gap == 9 ? v.n != 8 : v.n > 7)
        return false;
    for (size_t i = 0; i < v.n; i++) {
        size_t at = v.gap != 9 && i >= v.gap ? i + 8 - v.n : i;
        ip->bytes[2 * at] = (uint8_t)(v.groups[i] >> 8);
        ip->bytes[2 * at + 1] = (uint8_t)v.groups[i];
    }
    return true;
}

bool ip_read(str text, struct ip *ip)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (ip_read_v4(text, ip))
        return true;
    if (!ip_read_v6(text, ip))
        return false;
    if (memcmp(ip->bytes, mapped, sizeof mapped) == 0) {
        struct ip v4 = {.is_v6 = false};
        memcpy(v4.bytes, ip->bytes + 12, 4);
        *ip = v4;
    }
    return true;
}

/* ret  the first `bits` of 64 are the same */
static bool has_same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    x ^= y;
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        x = __builtin_bswap64(x);
    return bits == 0 || x >> (64 - bits) == 0;
}

bool ip_in_prefix(const struct ip *ip, const struct ip *network, unsigned bits)
{
    if (ip->is_v6 != network->is_v6)
        return false;
    if (bits <= 64)
        return has_same_bits(ip->bytes, network->bytes, bits);
    return has_same_bits(ip->bytes, network->bytes, 64) &&
           has_same_bits(ip->bytes + 8, network->bytes + 8, bits - 64);
}

static void write_v4(struct out *o, const uint8_t *bytes)
{
    uint8_t text[16], *p = text;
    for (size_t i = 0; i < 4; i++) {
        if (bytes[i] >= 100)
            *p++ = (uint8_t)('0' + bytes[i] / 100);
        if (bytes[i] >= 10)
            *p++ = (uint8_t)('0' + bytes[i] / 10 % 10);
        *p++ = (uint8_t)('0' + bytes[i] % 10);
        *p++ = '.';
    }
    out_str(o, str_between(text, p - 1));
}

/* The longest run of at least two zero groups, the first of equals.       [RFC5952 4.2] */
static size_t longest_gap(const struct ip *ip, size_t *length)
{
    size_t best = 8;
    *length = 1;
    for (size_t i = 0; i < 8; i++) {
        size_t n = 0;
        while (i + n < 8 && ip->bytes[2 * (i + n)] == 0 && ip->bytes[2 * (i + n) + 1] == 0)
            n++;
        if (n > *length) {
            best = i;
            *length = n;
        }
    }
    return best;
}

static void write_group(struct out *o, unsigned group)
{
    static const char hex[] = "0123456789abcdef";
    bool is_started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = group >> shift & 15;
        is_started = is_started || digit || shift == 0;
        if (is_started)
            out_byte(o, (uint8_t)hex[digit]);
    }
}

void ip_write(struct out *o, const struct ip *ip)
{
    if (!ip->is_v6) {
        write_v4(o, ip->bytes);
        return;
    }
    size_t length = 0;
    size_t gap = longest_gap(ip, &length);
    for (size_t i = 0; i < 8; i++) {
        if (i == gap) {
            out_str(o, S("::"));
            i += length - 1;
            continue;
        }
        if (i && i != gap + length)
            out_byte(o, ':');
        write_group(o, (unsigned)ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1]);
    }
}

static uint8_t nibble(const struct ip *ip, size_t i)
{
    static const char hex[] = "0123456789abcdef";
    return (uint8_t)hex[i % 2 ? ip->bytes[i / 2] & 15 : ip->bytes[i / 2] >> 4];
}

void ip_write_dotted(struct out *o, const struct ip *ip)
{
    if (!ip->is_v6) {
        write_v4(o, ip->bytes);
        return;
    }
    for (size_t i = 0; i < 32; i++) {
        if (i)
            out_byte(o, '.');
        out_byte(o, nibble(ip, i));
    }
}

void ip_write_reverse(struct out *o, const struct ip *ip)
{
    if (!ip->is_v6) {
        const uint8_t back[4] = {ip->bytes[3], ip->bytes[2], ip->bytes[1], ip->bytes[0]};
        write_v4(o, back);
        out_str(o, S(".in-addr.arpa"));
        return;
    }
    for (size_t i = 32; i > 0; i--) {
        out_byte(o, nibble(ip, i - 1));
        out_byte(o, '.');
    }
    out_str(o, S("ip6.arpa"));
}
