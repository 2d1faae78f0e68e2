/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a master file cut into pieces, and the small things that pieces are.              [RFC1035 5.1] */
#include "dns/zone.h"

bool zone_wrong(struct zone_reader *r, const uint8_t *at, const char *expected)
{
    if (r->expected == NULL) {
        r->wrong = at;
        r->expected = expected;
    }
    return false;
}

static void skip_comment(cur *c)
{
    while (!cur_end(c) && *c->p != '\n')
        c->p++;
}

/* Passes over all that separates pieces. ret false: a wrong parenthesis */
static bool skip_between(struct zone_reader *r)
{
    for (; !cur_end(&r->c); r->c.p++) {
        switch (*r->c.p) {
        case ' ':
        case '\t':
        case '\r': break;
        case '(': r->depth++; break;
        case ')':
            if (r->depth-- == 0)
                return zone_wrong(r, r->c.p, "no ) without a (");
            break;
        case '\n':
            if (r->depth == 0)
                return true;
            break;
        case ';':
            skip_comment(&r->c);
            if (cur_end(&r->c))
                return true;
            r->c.p--;
            break;
        default: return true;
        }
    }
    return true;
}

/* An escape hides the next byte, whatever it is but a line's end. */
static void pass(cur *c)
{
    c->p++;
    if (c->p[-1] == '\\' && !cur_end(c) && *c->p != '\n')
        c->p++;
}

static enum zone_token quoted(struct zone_reader *r, str *piece)
{
    const uint8_t *open = r->c.p++;
    const uint8_t *from = r->c.p;
    while (!cur_end(&r->c) && *r->c.p != '"' && *r->c.p != '\n')
        pass(&r->c);
    *piece = str_between(from, r->c.p);
    if (cur_byte(&r->c, '"'))
        return TOKEN_QUOTED;
    zone_wrong(r, open, "a closing quotation mark on the same line");
    return TOKEN_BAD;
}

static bool ends_word(uint8_t c)
{
    return byte_is(c, C_FWS) || c == ';' || c == '"' || c == '(' || c == ')';
}

enum zone_token zone_token(struct zone_reader *r, str *piece)
{
    *piece = str_between(r->c.p, r->c.p);
    if (!skip_between(r))
        return TOKEN_BAD;
    const uint8_t *from = r->c.p;
    *piece = str_between(from, from);
    if (cur_end(&r->c) && r->depth) {
        zone_wrong(r, from, "a closing )");
        return TOKEN_BAD;
    }
    if (cur_end(&r->c) || cur_byte(&r->c, '\n'))
        return TOKEN_END;
    if (*from == '"')
        return quoted(r, piece);
    while (!cur_end(&r->c) && !ends_word(*r->c.p))
        pass(&r->c);
    *piece = str_between(from, r->c.p);
    return TOKEN_WORD;
}

bool zone_word(struct zone_reader *r, const char *expected, str *word)
{
    enum zone_token token = zone_token(r, word);
    if (token == TOKEN_BAD)
        return false;
    return token == TOKEN_WORD || zone_wrong(r, word->p, expected);
}

bool zone_char(cur *c, uint8_t *byte)
{
    if (!cur_at(c, '\\')) {
        *byte = *c->p++;
        return true;
    }
    size_t left = (size_t)(c->end - c->p) - 1;
    if (left == 0)
        return false;
    if (!byte_is(c->p[1], C_DIGIT)) {
        *byte = c->p[1];
        c->p += 2;
        return true;
    }
    uint64_t value = 0;
    if (left < 3 || !str_to_uint((str){c->p + 1, 3}, 255, &value))
        return false;
    *byte = (uint8_t)value;
    c->p += 4;
    return true;
}

static uint32_t unit_s(uint8_t c)
{
    switch (byte_lower(c)) {
    case 'w': return 7 * 86400;
    case 'd': return 86400;
    case 'h': return 3600;
    case 'm': return 60;
    case 's': return 1;
    default: return 0;
    }
}

bool zone_ttl(str word, uint32_t *ttl)
{
    cur c = cur_of(word);
    uint64_t sum = 0;
    if (cur_end(&c))
        return false;
    while (!cur_end(&c)) {
        uint64_t value = 0;
        if (!cur_uint(&c, INT32_MAX, &value))
            return false;
        uint32_t unit = cur_end(&c) ? 1 : unit_s(*c.p++);
        sum += value * unit;
        if (unit == 0 || sum > INT32_MAX)
            return false;
    }
    *ttl = (uint32_t)sum;
    return true;
}

/* Of the types that no method asks for only the existence counts; these names of them are known. */
static const struct {
    str name;
    uint16_t type;
} types[] = {
    {S_INIT("A"), INGAM_RR_A},
    {S_INIT("NS"), INGAM_RR_NS},
    {S_INIT("CNAME"), INGAM_RR_CNAME},
    {S_INIT("SOA"), INGAM_RR_SOA},
    {S_INIT("PTR"), INGAM_RR_PTR},
    {S_INIT("MX"), INGAM_RR_MX},
    {S_INIT("TXT"), INGAM_RR_TXT},
    {S_INIT("AAAA"), INGAM_RR_AAAA},
    {S_INIT("HINFO"), 13},
    {S_INIT("RP"), 17},
    {S_INIT("AFSDB"), 18},
    {S_INIT("LOC"), 29},
    {S_INIT("SRV"), 33},
    {S_INIT("NAPTR"), 35},
    {S_INIT("CERT"), 37},
    {S_INIT("DNAME"), 39},
    {S_INIT("DS"), 43},
    {S_INIT("SSHFP"), 44},
    {S_INIT("RRSIG"), 46},
    {S_INIT("NSEC"), 47},
    {S_INIT("DNSKEY"), 48},
    {S_INIT("NSEC3"), 50},
    {S_INIT("NSEC3PARAM"), 51},
    {S_INIT("TLSA"), 52},
    {S_INIT("SMIMEA"), 53},
    {S_INIT("CDS"), 59},
    {S_INIT("CDNSKEY"), 60},
    {S_INIT("OPENPGPKEY"), 61},
    {S_INIT("CSYNC"), 62},
    {S_INIT("ZONEMD"), 63},
    {S_INIT("SVCB"), 64},
    {S_INIT("HTTPS"), 65},
    {S_INIT("SPF"), 99},
    {S_INIT("URI"), 256},
    {S_INIT("CAA"), 257},
};

bool zone_type(str word, uint16_t *type)
{
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_eq_nocase(word, types[i].name)) {
            *type = types[i].type;
            return true;
        }
    if (!str_starts_nocase(word, S("TYPE")) || !str_to_uint(str_from(word, 4), UINT16_MAX, &value) ||
        value == 0)
        return false;
    *type = (uint16_t)value;
    return true;
}
