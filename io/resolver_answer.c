/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/resolver_inside.h"

#include <stdlib.h>

/* Writes one byte of a label for a reader of master files.                                  [RFC1035 5.1] */
static char *put_byte(char *p, uint8_t c)
{
    if (byte_is(c, C_ALPHA | C_DIGIT | C_DASH | C_UNDER)) {
        *p++ = (char)c;
        return p;
    }
    *p++ = '\\';
    *p++ = (char)('0' + c / 100);
    *p++ = (char)('0' + c / 10 % 10);
    *p++ = (char)('0' + c % 10);
    return p;
}

/* A dot inside a label is \046 in our text too, and stays so; every other backslash is a byte of the name. */
void resolver_write_name(str name, char text[WIRE_TEXT_SIZE])
{
    char *p = text;
    for (cur c = cur_of(name); !cur_end(&c);) {
        if (cur_byte(&c, '.'))
            *p++ = '.';
        else if (cur_text(&c, S("\\046")))
            p = put_byte(p, '.');
        else
            p = put_byte(p, *c.p++);
    }
    if (p == text)
        *p++ = '.';
    *p = 0;
}

static bool first_name_of(cur *c, uint8_t *text, str *data)
{
    size_t n = 0;
    if (name_read_wire(c, text, &n))
        return false;
    *data = (str){text, n};
    return true;
}

/* Makes text of the name that is all of the bytes left. */
static bool name_of(cur *c, uint8_t *text, str *data)
{
    return first_name_of(c, text, data) && cur_end(c);
}

/* Joins the strings of a TXT.                                              [RFC1035 3.3.14] [RFC7208 3.3] */
static bool strings_of(cur *c, uint8_t *text, str *data)
{
    size_t n = 0;
    while (!cur_end(c)) {
        size_t string_n = *c->p++;
        if ((size_t)(c->end - c->p) < string_n)
            return false;
        memcpy(text + n, c->p, string_n);
        c->p += string_n;
        n += string_n;
    }
    *data = (str){text, n};
    return true;
}

/* How many bytes of text a record can need. */
static size_t room_for(uint16_t type, size_t rdata_n)
{
    switch (type) {
    case INGAM_RR_MX:
    case INGAM_RR_PTR:
    case INGAM_RR_NS:
    case INGAM_RR_CNAME:
    case INGAM_RR_SOA: return NAME_MAX;
    default: return rdata_n;
    }
}

/* ret  false: not what records of this type are */
static bool record_of(uint16_t type, str rdata, uint8_t *text, struct ingam_rr *rr)
{
    cur c = cur_of(rdata);
    switch (type) {
    case INGAM_RR_MX:
        if (rdata.n < 3)
            return false;
        rr->preference = (uint16_t)(rdata.p[0] << 8 | rdata.p[1]);
        c.p += 2;
        return name_of(&c, text, &rr->data);
    case INGAM_RR_PTR:
    case INGAM_RR_NS:
    case INGAM_RR_CNAME: return name_of(&c, text, &rr->data);
    case INGAM_RR_SOA: return first_name_of(&c, text, &rr->data);
    case INGAM_RR_TXT: return strings_of(&c, text, &rr->data);
    case INGAM_RR_A: rr->data = rdata; return rdata.n == 4;
    case INGAM_RR_AAAA: rr->data = rdata; return rdata.n == 16;
    default: rr->data = rdata; return true;
    }
}

static const char *add_records(struct flight *f, struct ingam_answer *a)
{
    const struct ub_result *u = f->result;
    size_t n = 0, room = 0;
    for (; u->data[n]; n++)
        room += room_for(f->type, (size_t)u->len[n]);
    f->rrs = calloc(n + 1, sizeof *f->rrs);
    f->bytes = malloc(room + 1);
    if (f->rrs == NULL || f->bytes == NULL)
        return "no memory";
    uint8_t *text = f->bytes;
    for (size_t i = 0; i < n; i++) {
        str rdata = {(const uint8_t *)u->data[i], (size_t)u->len[i]};
        if (!record_of(f->type, rdata, text, &f->rrs[i]))
            return "malformed record";
        text += room_for(f->type, rdata.n);
    }
    a->rrs = f->rrs;
    a->rr_n = n;
    return NULL;
}

static const char *failure_of(const struct ub_result *u)
{
    if (u->bogus)
        return "DNSSEC: bogus";
    switch (u->rcode) {
    case 0:
    case RCODE_NXDOMAIN: return NULL;
    case RCODE_SERVFAIL: return "SERVFAIL";
    case RCODE_REFUSED: return "REFUSED";
    default: return "error from the resolver";
    }
}

static enum ingam_status status_of(const struct ub_result *u)
{
    if (u->havedata)
        return INGAM_STATUS_OK;
    return u->nxdomain ? INGAM_STATUS_NXDOMAIN : INGAM_STATUS_NODATA;
}

void resolver_answer(struct flight *f, struct ingam_answer *a)
{
    const struct ub_result *u = f->result;
    *a = (struct ingam_answer){.id = f->id, .status = INGAM_STATUS_FAILED, .why = f->failed};
    if (a->why == NULL)
        a->why = failure_of(u);
    if (a->why)
        return;
    if (u->havedata)
        a->why = add_records(f, a);
    if (a->why)
        return;
    a->status = status_of(u);
    a->ttl = u->ttl > 0 ? (uint32_t)u->ttl : 0;
    a->is_secure = u->secure;
}
