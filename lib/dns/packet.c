/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/packet.h"

enum { HEADER = 12, RECORD_HEAD = 10, POINTERS_MAX = 127, CLASS_IN = 1 };
enum { RCODE_OK = 0, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_REFUSED = 5 };
static const char malformed[] = "malformed answer";

/* A packet while it is read, and what was found so far. */
struct reading {
    str packet;
    const struct ingam_question *q;
    struct arena *arena;
    uint8_t
        name[PACKET_NAME_MAX]; /* whose records are looked for: the question's, then that of the last alias */
    size_t name_n;
    size_t answers_at, authority_at; /* offsets of the sections */
    size_t aliases;
    uint32_t ttl;
    struct ingam_rr *rrs;
    size_t rr_n, rr_cap;
    const char *why;
};

/* A record as it stands in the packet. */
struct record {
    uint8_t owner[PACKET_NAME_MAX];
    size_t owner_n;
    uint16_t type, class;
    uint32_t ttl;
    size_t rdata_at, rdata_n;
};

static uint16_t two_at(str packet, size_t at)
{
    return (uint16_t)(packet.p[at] << 8 | packet.p[at + 1]);
}

static uint32_t four_at(str packet, size_t at)
{
    return (uint32_t)two_at(packet, at) << 16 | two_at(packet, at + 2);
}

/* Follows a pointer. Going backwards only, and not for ever, it comes to an end.
 * ret  where it points; 0: wrong */
static size_t pointed(str packet, size_t at, size_t before, size_t *pointers)
{
    if (packet.n - at < 2 || ++*pointers > POINTERS_MAX)
        return 0;
    size_t to = two_at(packet, at) & 0x3fffu;
    return to >= HEADER && to < before ? to : 0;
}

size_t packet_name(str packet, size_t at, uint8_t wire[PACKET_NAME_MAX], size_t *n)
{
    size_t end = 0, before = at, pointers = 0;
    for (*n = 0; at < packet.n;) {
        uint8_t c = packet.p[at];
        if (c >= 0xc0) {
            end = end ? end : at + 2;
            at = before = pointed(packet, at, before, &pointers);
            if (at == 0)
                return 0;
            continue;
        }
        if (c > LABEL_MAX || packet.n - at <= c || PACKET_NAME_MAX - *n <= c)
            return 0;
        memcpy(wire + *n, packet.p + at, c + 1u);
        *n += c + 1u;
        at += c + 1u;
        if (c == 0)
            return end ? end : at;
    }
    return 0;
}

size_t packet_write_name(str text, uint8_t wire[PACKET_NAME_MAX])
{
    size_t n = 1, label_at = 0;
    for (cur c = cur_of(text); !cur_end(&c);) {
        bool is_inner_dot = cur_text(&c, S("\\046"));
        uint8_t byte = is_inner_dot ? '.' : *c.p++;
        if (byte == '.' && !is_inner_dot) {
            wire[label_at] = (uint8_t)(n - label_at - 1);
            if (wire[label_at] == 0)
                return 0;
            label_at = n;
        }
        if (n == PACKET_NAME_MAX - 1 || n - label_at > LABEL_MAX)
            return 0;
        wire[n++] = byte;
    }
    wire[label_at] = (uint8_t)(n - label_at - 1);
    if (text.n == 0)
        return 1;
    if (wire[label_at] == 0)
        return 0;
    wire[n++] = 0;
    return n;
}

/* ret  offset behind the record; 0: it does not lie in the packet                        [RFC1035 4.1.3] */
static size_t read_record(str packet, size_t at, struct record *r)
{
    at = packet_name(packet, at, r->owner, &r->owner_n);
    if (at == 0 || packet.n - at < RECORD_HEAD)
        return 0;
    r->type = two_at(packet, at);
    r->class = two_at(packet, at + 2);
    r->ttl = four_at(packet, at + 4);
    r->rdata_n = two_at(packet, at + 8);
    r->rdata_at = at + RECORD_HEAD;
    if (r->ttl > INT32_MAX)
        r->ttl = 0; /* [RFC2181 8] */
    return packet.n - r->rdata_at < r->rdata_n ? 0 : r->rdata_at + r->rdata_n;
}

/* ret  offset behind `n` records; 0: one is wrong */
static size_t skip_records(str packet, size_t at, size_t n)
{
    struct record r;
    for (; n && at; n--)
        at = read_record(packet, at, &r);
    return at;
}

static bool fails(struct reading *r, const char *why)
{
    if (r->why == NULL)
        r->why = why;
    return false;
}

/* Checks that the packet answers our question. ret offset behind it; 0: it does not */
static size_t read_question(struct reading *r)
{
    str packet = r->packet;
    uint8_t asked[PACKET_NAME_MAX];
    size_t asked_n = 0, at = two_at(packet, 4) == 1 ? packet_name(packet, HEADER, asked, &asked_n) : 0;
    if (at == 0 || packet.n - at < 4 || two_at(packet, at) != r->q->type ||
        two_at(packet, at + 2) != CLASS_IN)
        return 0;
    return str_eq_nocase((str){asked, asked_n}, (str){r->name, r->name_n}) ? at + 4 : 0;
}

/* Checks each record of each section, and finds where these begin. */
static bool read_frame(struct reading *r)
{
    str packet = r->packet;
    if (packet.n < HEADER || (packet.p[2] & 0xf8) != 0x80)
        return fails(r, malformed);
    if (packet.p[2] & 0x02)
        return fails(r, "truncated answer");
    size_t at = r->answers_at = read_question(r);
    if (at)
        at = r->authority_at = skip_records(packet, at, two_at(packet, 6));
    if (at)
        at = skip_records(packet, at, two_at(packet, 8));
    if (at)
        at = skip_records(packet, at, two_at(packet, 10));
    return at == packet.n || fails(r, malformed);
}

/* Reads the name that begins there as text. ret offset behind it; 0: wrong */
static size_t name_text(struct reading *r, size_t at, str *text)
{
    uint8_t wire[PACKET_NAME_MAX], buf[NAME_MAX];
    size_t wire_n = 0, n = 0;
    at = packet_name(r->packet, at, wire, &wire_n);
    cur c = cur_of((str){wire, wire_n});
    if (at == 0 || name_read_wire(&c, buf, &n) != NULL)
        return 0;
    *text = arena_copy(r->arena, (str){buf, n});
    return at;
}

/* Joins the strings of a TXT.                                              [RFC1035 3.3.14] [RFC7208 3.3] */
static bool read_strings(struct reading *r, const struct record *in, str *data)
{
    uint8_t *text = arena_take_raw(r->arena, in->rdata_n);
    size_t n = 0;
    cur c = cur_of((str){r->packet.p + in->rdata_at, in->rdata_n});
    while (text && !cur_end(&c)) {
        size_t string_n = *c.p++;
        if ((size_t)(c.end - c.p) < string_n)
            return false;
        memcpy(text + n, c.p, string_n);
        c.p += string_n;
        n += string_n;
    }
    *data = (str){text, n};
    return true;
}

/* A SOA is two names and five numbers. out text the primary server; may be NULL */
static bool read_soa(struct reading *r, const struct record *in, str *text)
{
    uint8_t wire[PACKET_NAME_MAX];
    size_t n = 0, at = in->rdata_at;
    at = text ? name_text(r, at, text) : packet_name(r->packet, at, wire, &n);
    at = at ? packet_name(r->packet, at, wire, &n) : 0;
    return at && at + 20 == in->rdata_at + in->rdata_n;
}

/* ret  false: not what records of this type are                                           [RFC1035 3.3] */
static bool read_rdata(struct reading *r, const struct record *in, struct ingam_rr *rr)
{
    size_t end = in->rdata_at + in->rdata_n;
    switch (in->type) {
    case INGAM_RR_MX:
        if (in->rdata_n < 3)
            return false;
        rr->preference = two_at(r->packet, in->rdata_at);
        return name_text(r, in->rdata_at + 2, &rr->data) == end;
    case INGAM_RR_PTR:
    case INGAM_RR_NS:
    case INGAM_RR_CNAME: return name_text(r, in->rdata_at, &rr->data) == end;
    case INGAM_RR_SOA: return read_soa(r, in, &rr->data);
    case INGAM_RR_TXT: return read_strings(r, in, &rr->data);
    case INGAM_RR_A:
        if (in->rdata_n != 4)
            return false;
        break;
    case INGAM_RR_AAAA:
        if (in->rdata_n != 16)
            return false;
        break;
    default: break;
    }
    rr->data = arena_copy(r->arena, (str){r->packet.p + in->rdata_at, in->rdata_n});
    return true;
}

static void keep_smallest(struct reading *r, uint32_t ttl)
{
    if (ttl < r->ttl)
        r->ttl = ttl;
}

static bool add(struct reading *r, const struct record *in)
{
    if (r->rr_n == r->rr_cap) {
        size_t cap = r->rr_cap ? r->rr_cap * 4 : 4;
        struct ingam_rr *rrs = NEW_N(r->arena, struct ingam_rr, cap);
        if (rrs == NULL)
            return fails(r, "no memory");
        if (r->rr_n)
            memcpy(rrs, r->rrs, r->rr_n * sizeof *rrs);
        r->rrs = rrs;
        r->rr_cap = cap;
    }
    keep_smallest(r, in->ttl);
    return read_rdata(r, in, &r->rrs[r->rr_n++]) || fails(r, malformed);
}

static bool follow(struct reading *r, const struct record *alias)
{
    if (++r->aliases > PACKET_ALIASES_MAX)
        return fails(r, "CNAME loop");
    keep_smallest(r, alias->ttl);
    size_t at = packet_name(r->packet, alias->rdata_at, r->name, &r->name_n);
    return at == alias->rdata_at + alias->rdata_n || fails(r, malformed);
}

/* Goes through the answer section once: takes the records of the name, or the alias that stands for it. */
static bool read_answers(struct reading *r)
{
    struct record in;
    size_t at = r->answers_at;
    for (size_t n = two_at(r->packet, 6); n; n--) {
        at = read_record(r->packet, at, &in);
        if (in.class != CLASS_IN)
            return fails(r, malformed);
        if (!str_eq_nocase((str){in.owner, in.owner_n}, (str){r->name, r->name_n}))
            continue;
        if (in.type == r->q->type) {
            if (!add(r, &in))
                return false;
        } else if (in.type == INGAM_RR_CNAME && r->rr_n == 0 && !follow(r, &in))
            return false;
    }
    return true;
}

/* Aliases mostly stand in the order in which they lead on; where they do not, another turn finds the next one. */
static bool read_chain(struct reading *r)
{
    for (;;) {
        size_t aliases = r->aliases;
        if (!read_answers(r))
            return false;
        if (r->rr_n || r->aliases == aliases)
            return true;
    }
}

/* How long it is known that something is not there; not at all without a SOA.              [RFC2308 5] */
static bool read_negative_ttl(struct reading *r)
{
    struct record in;
    size_t at = r->authority_at;
    for (size_t n = two_at(r->packet, 8); n; n--) {
        at = read_record(r->packet, at, &in);
        if (in.type != INGAM_RR_SOA)
            continue;
        if (!read_soa(r, &in, NULL))
            return fails(r, malformed);
        uint32_t minimum = four_at(r->packet, in.rdata_at + in.rdata_n - 4);
        keep_smallest(r, in.ttl);
        keep_smallest(r, minimum > INT32_MAX ? 0 : minimum);
        return true;
    }
    r->ttl = 0;
    return true;
}

static bool read_records(struct reading *r, unsigned rcode)
{
    switch (rcode) {
    case RCODE_OK:
    case RCODE_NXDOMAIN: break;
    case RCODE_SERVFAIL: return fails(r, "SERVFAIL");
    case RCODE_REFUSED: return fails(r, "REFUSED");
    default: return fails(r, "error from the resolver");
    }
    if (!read_chain(r))
        return false;
    if (r->rr_n)
        return rcode == RCODE_OK || fails(r, malformed);
    return read_negative_ttl(r);
}

void packet_read(struct arena *a, str packet, const struct ingam_question *q, struct ingam_answer *answer)
{
    struct reading r = {.packet = packet, .q = q, .arena = a, .ttl = UINT32_MAX};
    *answer = (struct ingam_answer){.id = q->id, .status = INGAM_STATUS_FAILED};
    r.name_n = packet_write_name(q->name, r.name);
    bool is_read = r.name_n && read_frame(&r) && read_records(&r, packet.p[3] & 0x0f);
    if (a->has_failed)
        r.why = "no memory";
    if (!is_read || a->has_failed) {
        answer->why = r.why ? r.why : malformed;
        return;
    }
    answer->ttl = r.ttl;
    answer->rrs = r.rrs;
    answer->rr_n = r.rr_n;
    answer->status = r.rr_n                             ? INGAM_STATUS_OK
                     : (packet.p[3] & 0x0f) == RCODE_OK ? INGAM_STATUS_NODATA
                                                        : INGAM_STATUS_NXDOMAIN;
}
