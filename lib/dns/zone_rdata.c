/* SPDX-License-Identifier: BSD-2-Clause */
/* The right-hand sides of records, in the form of their type and as \# length hex.   [RFC1035 3.3] [RFC3597 5] */
#include "dns/zone.h"

#include "base/ip.h"

static bool at_end(struct zone_reader *r)
{
    str piece;
    enum zone_token token = zone_token(r, &piece);
    if (token == TOKEN_BAD)
        return false;
    return token == TOKEN_END || zone_wrong(r, piece.p, "the end of the record");
}

/* A name under construction: text, and how long the current label is. */
struct naming {
    uint8_t *p;
    size_t n;
    size_t label_n;
};

static bool add(struct naming *name, str bytes)
{
    if (bytes.n > NAME_MAX - name->n)
        return false;
    if (bytes.n)
        memcpy(name->p + name->n, bytes.p, bytes.n);
    name->n += bytes.n;
    return true;
}

/* Takes one byte of a label. A dot that is meant as a byte stays apart from the dots between labels. */
static bool add_label_byte(struct naming *name, cur *c)
{
    uint8_t byte = 0;
    if (!zone_char(c, &byte) || ++name->label_n > LABEL_MAX)
        return false;
    return add(name, byte == '.' ? S("\\046") : (str){&byte, 1});
}

/* Reads labels and the dots between them. ret NULL: fine; else the byte that does not fit */
static const uint8_t *read_labels(str word, struct naming *name, bool *is_relative)
{
    cur c = cur_of(word);
    for (*is_relative = true; !cur_end(&c) && *is_relative;) {
        const uint8_t *at = c.p;
        if (!cur_byte(&c, '.')) {
            if (!add_label_byte(name, &c))
                return at;
            continue;
        }
        *is_relative = !cur_end(&c);
        if (name->label_n == 0 || (*is_relative && !add(name, S("."))))
            return at;
        name->label_n = 0;
    }
    return NULL;
}

bool zone_name(struct zone_reader *r, str word, uint8_t name[NAME_MAX], size_t *n)
{
    static const char expected[] = "a name: labels of 1 to 63 bytes, 253 in all";
    struct naming to = {name, 0, 0};
    bool is_relative = true;
    if (str_eq(word, S("@")) || str_eq(word, S("."))) {
        *n = word.p[0] == '@' ? r->origin_n : 0;
        memcpy(name, r->origin, *n);
        return true;
    }
    const uint8_t *wrong = read_labels(word, &to, &is_relative);
    if (wrong)
        return zone_wrong(r, wrong, expected);
    if (is_relative && r->origin_n && !(add(&to, S(".")) && add(&to, (str){r->origin, r->origin_n})))
        return zone_wrong(r, word.p, expected);
    *n = to.n;
    return true;
}

static bool read_address(struct zone_reader *r, uint16_t type, struct ingam_rr *rr)
{
    str word;
    struct ip ip;
    bool is_v6 = type == INGAM_RR_AAAA;
    const char *expected = is_v6 ? "an IPv6 address" : "an IPv4 address";
    if (!zone_word(r, expected, &word))
        return false;
    if (!(is_v6 ? ip_read_v6(word, &ip) : ip_read_v4(word, &ip)))
        return zone_wrong(r, word.p, expected);
    rr->data = arena_copy(&r->zone->arena, (str){ip.bytes, is_v6 ? 16 : 4});
    return rr->data.p != NULL;
}

static bool read_domain(struct zone_reader *r, str *data)
{
    str word;
    uint8_t name[NAME_MAX];
    size_t n = 0;
    if (!zone_word(r, "a domain name", &word) || !zone_name(r, word, name, &n))
        return false;
    *data = arena_copy(&r->zone->arena, (str){name, n});
    return data->p != NULL;
}

static bool read_mx(struct zone_reader *r, struct ingam_rr *rr)
{
    static const char expected[] = "a preference, 0 to 65535";
    str word;
    uint64_t preference = 0;
    if (!zone_word(r, expected, &word))
        return false;
    if (!str_to_uint(word, UINT16_MAX, &preference))
        return zone_wrong(r, word.p, expected);
    rr->preference = (uint16_t)preference;
    return read_domain(r, &rr->data);
}

static bool read_soa(struct zone_reader *r, struct zone_rdata *out)
{
    str mailbox;
    uint32_t number = 0;
    if (!read_domain(r, &out->rr.data) || !read_domain(r, &mailbox))
        return false;
    for (int i = 0; i < 5; i++) {
        static const char expected[] = "a number: serial, refresh, retry, expire, minimum";
        str word;
        uint64_t serial = 0;
        if (!zone_word(r, expected, &word))
            return false;
        if (i == 0 ? !str_to_uint(word, UINT32_MAX, &serial) : !zone_ttl(word, &number))
            return zone_wrong(r, word.p, expected);
    }
    out->negative_ttl = number;
    return true;
}

static bool add_string(struct zone_reader *r, str piece, struct out *o)
{
    cur c = cur_of(piece);
    size_t n = 0;
    while (!cur_end(&c)) {
        const uint8_t *at = c.p;
        uint8_t byte = 0;
        if (!zone_char(&c, &byte))
            return zone_wrong(r, at, "an escape: \\ and three digits up to 255, or \\ and another character");
        if (++n > STRING_MAX)
            return zone_wrong(r, at, "at most 255 bytes in one string");
        out_byte(o, byte);
    }
    return true;
}

/* Joins the strings of a TXT without anything between. Takes the entry's end.    [RFC1035 3.3.14] [RFC7208 3.3] */
static bool read_txt(struct zone_reader *r, struct ingam_rr *rr)
{
    struct out o;
    str piece;
    size_t string_n = 0;
    out_init(&o, &r->zone->arena);
    for (enum zone_token token; (token = zone_token(r, &piece)) != TOKEN_END; string_n++) {
        if (token == TOKEN_BAD || !add_string(r, piece, &o))
            return false;
        if (o.n + string_n + 1 > UINT16_MAX)
            return zone_wrong(r, piece.p, "at most 65535 bytes in one record");
    }
    if (string_n == 0)
        return zone_wrong(r, piece.p, "a string");
    rr->data = o.n ? out_done(&o) : S("");
    return !o.has_failed;
}

/* Passes over what is not kept, to the entry's end. */
static bool skip_rest(struct zone_reader *r)
{
    str piece;
    for (enum zone_token token; (token = zone_token(r, &piece)) != TOKEN_END;)
        if (token == TOKEN_BAD)
            return false;
    return true;
}

static int nibble(uint8_t c)
{
    c = byte_lower(c);
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Adds the bytes of one word. ret NULL: fine; else the byte that does not fit */
static const uint8_t *add_hex(str word, size_t left, struct out *o)
{
    cur c = cur_of(word);
    if (cur_run(&c, C_HEX).n != word.n || word.n % 2 || word.n / 2 > left)
        return c.p;
    for (size_t i = 0; i < word.n; i += 2)
        out_byte(o, (uint8_t)(nibble(word.p[i]) << 4 | nibble(word.p[i + 1])));
    return NULL;
}

/* Reads the length and the hexadecimal words up to the entry's end. A byte may not be torn between two words.
 *                                                                                                  [RFC3597 5] */
static bool read_hex(struct zone_reader *r, str *bytes)
{
    static const char expected_n[] = "the length of the data";
    static const char expected[] = "hexadecimal digits, two a byte, as many as stated";
    str word;
    struct out o;
    uint64_t n = 0;
    if (!zone_word(r, expected_n, &word))
        return false;
    if (!str_to_uint(word, UINT16_MAX, &n))
        return zone_wrong(r, word.p, expected_n);
    out_init(&o, &r->zone->arena);
    for (enum zone_token token; (token = zone_token(r, &word)) != TOKEN_END;) {
        if (token == TOKEN_BAD)
            return false;
        const uint8_t *wrong = token == TOKEN_WORD ? add_hex(word, (size_t)n - o.n, &o) : word.p;
        if (wrong)
            return zone_wrong(r, wrong, expected);
    }
    if (o.n != n)
        return zone_wrong(r, word.p, expected);
    *bytes = n ? out_done(&o) : S("");
    return bytes->p != NULL;
}

static bool domain_of_wire(struct zone_reader *r, cur *c, str *data)
{
    uint8_t name[NAME_MAX];
    size_t n = 0;
    if (name_read_wire(c, name, &n))
        return false;
    *data = arena_copy(&r->zone->arena, (str){name, n});
    return data->p != NULL;
}

static bool txt_of_wire(struct zone_reader *r, cur *c, str *data)
{
    struct out o;
    out_init(&o, &r->zone->arena);
    do {
        if (cur_end(c) || *c->p >= c->end - c->p)
            return false;
        out_str(&o, (str){c->p + 1, *c->p});
        c->p += 1 + *c->p;
    } while (!cur_end(c));
    *data = o.n ? out_done(&o) : S("");
    return data->p != NULL;
}

static bool soa_of_wire(struct zone_reader *r, cur *c, struct zone_rdata *out)
{
    str mailbox;
    if (!domain_of_wire(r, c, &out->rr.data) || !domain_of_wire(r, c, &mailbox) || c->end - c->p != 20)
        return false;
    const uint8_t *p = c->p + 16;
    out->negative_ttl = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    c->p = c->end;
    return true;
}

/* Makes of the bytes of a known type what its own form would have given. */
static bool of_wire(struct zone_reader *r, uint16_t type, str bytes, struct zone_rdata *out)
{
    cur c = cur_of(bytes);
    bool is_right = true;
    switch (type) {
    case INGAM_RR_A:
    case INGAM_RR_AAAA: out->rr.data = bytes; return bytes.n == (type == INGAM_RR_A ? 4 : 16);
    case INGAM_RR_TXT: return txt_of_wire(r, &c, &out->rr.data);
    case INGAM_RR_SOA: return soa_of_wire(r, &c, out);
    case INGAM_RR_MX:
        if (bytes.n < 2)
            return false;
        out->rr.preference = (uint16_t)(bytes.p[0] << 8 | bytes.p[1]);
        c.p += 2;
        break;
    case INGAM_RR_CNAME:
    case INGAM_RR_NS:
    case INGAM_RR_PTR: break;
    default: out->is_kept = false; return true;
    }
    is_right = domain_of_wire(r, &c, &out->rr.data);
    return is_right && cur_end(&c);
}

/* ret  the data is in the general form; then "\#" is taken */
static bool is_general(struct zone_reader *r)
{
    struct zone_reader before = *r;
    str word;
    if (zone_token(r, &word) == TOKEN_WORD && str_eq(word, S("\\#")))
        return true;
    *r = before;
    return false;
}

static bool read_general(struct zone_reader *r, uint16_t type, struct zone_rdata *out)
{
    const uint8_t *at = r->c.p;
    str bytes = {NULL, 0};
    if (!read_hex(r, &bytes))
        return false;
    return of_wire(r, type, bytes, out) || zone_wrong(r, at, "the bytes of this type's data");
}

bool zone_rdata(struct zone_reader *r, uint16_t type, struct zone_rdata *out)
{
    bool is_read = false;
    *out = (struct zone_rdata){.is_kept = true};
    if (is_general(r))
        return read_general(r, type, out);
    switch (type) {
    case INGAM_RR_A:
    case INGAM_RR_AAAA: is_read = read_address(r, type, &out->rr); break;
    case INGAM_RR_MX: is_read = read_mx(r, &out->rr); break;
    case INGAM_RR_CNAME:
    case INGAM_RR_NS:
    case INGAM_RR_PTR: is_read = read_domain(r, &out->rr.data); break;
    case INGAM_RR_SOA: is_read = read_soa(r, out); break;
    case INGAM_RR_TXT: return read_txt(r, &out->rr);
    default: out->is_kept = false; return skip_rest(r);
    }
    return is_read && at_end(r);
}
