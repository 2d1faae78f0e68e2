/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces of one address: comments, quoted strings, local-part, domain, angle brackets. */
#include "mail/address.h"

#include "base/out.h"

enum { C_ATOM = C_ATEXT | C_HIGH }; /* [RFC5322 3.2.3] [RFC6532 3.2] */

bool mail_reader_fails(struct mail_reader *r, enum ingam_fault fault)
{
    r->out->fault = fault;
    r->out->wrong = r->c.p;
    return false;
}

/* comment = "(" *([FWS] (ctext / quoted-pair / comment)) [FWS] ")"                     [RFC5322 3.2.2] */
static bool comment(struct mail_reader *r)
{
    cur opened = r->c;
    size_t depth = 0;
    for (; !cur_end(&r->c); r->c.p++) {
        if (*r->c.p == '(' && depth++ == r->limits->nesting)
            return mail_reader_fails(r, FAULT_MAIL_FROM_NESTING);
        if (*r->c.p == ')' && --depth == 0) {
            r->c.p++;
            return true;
        }
        if (*r->c.p == '\\' && r->c.end - r->c.p > 1)
            r->c.p++;
    }
    r->c = opened;
    return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
}

bool mail_read_cfws(struct mail_reader *r)
{
    for (;;) {
        cur_run(&r->c, C_FWS);
        if (!cur_at(&r->c, '('))
            return true;
        if (!comment(r))
            return false;
    }
}

bool mail_read_quoted(struct mail_reader *r)
{
    cur opened = r->c;
    for (r->c.p++; !cur_end(&r->c); r->c.p++) {
        if (*r->c.p == '"') {
            r->c.p++;
            return true;
        }
        if (*r->c.p == '\\' && r->c.end - r->c.p > 1)
            r->c.p++;
    }
    r->c = opened;
    return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
}

static bool word(struct mail_reader *r)
{
    if (cur_at(&r->c, '"'))
        return mail_read_quoted(r);
    return cur_run(&r->c, C_ATOM).n || mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
}

/* An encoded word must not stand in an address: who decodes first reads another one.            [RFC2047 5] */
static bool has_encoded_word(str local)
{
    str from = str_from(local, str_find_str(local, S("=?")));
    return str_find_str(str_from(from, 2), S("?=")) != str_from(from, 2).n;
}

/* local-part = word *("." word), with CFWS between.                        [RFC5322 3.4.1] [RFC5322 4.4]
 * ret  true: the cursor stands behind the CFWS that follows */
static bool local_part(struct mail_reader *r, str *local)
{
    const uint8_t *from = r->c.p;
    do {
        if (!mail_read_cfws(r) || !word(r))
            return false;
        *local = str_between(from, r->c.p);
        if (!mail_read_cfws(r))
            return false;
    } while (cur_byte(&r->c, '.'));
    enum ingam_fault fault = FAULT_NONE;
    if (has_encoded_word(*local))
        fault = FAULT_MAIL_FROM_ENCODED_WORD;
    else if (!str_is_utf8(*local))
        fault = FAULT_MAIL_FROM_BYTES;
    if (fault) {
        r->c.p = from;
        return mail_reader_fails(r, fault);
    }
    return true;
}

/* domain-literal = "[" *([FWS] dtext) [FWS] "]"                            [RFC5322 3.4.1] [RFC5322 4.4] */
static bool literal(struct mail_reader *r, str *domain)
{
    const uint8_t *from = r->c.p++;
    while (!cur_end(&r->c) && *r->c.p != ']' && *r->c.p != '[') {
        if (*r->c.p == '\\' && r->c.end - r->c.p > 1)
            r->c.p++;
        r->c.p++;
    }
    if (!cur_byte(&r->c, ']'))
        return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
    *domain = str_between(from, r->c.p);
    return mail_read_cfws(r);
}

/* Adds "." atom: in place where it stands right behind, else in memory of the arena. */
static bool add_atom(struct out *o, str *domain, str atom)
{
    if (o->n == 0 && domain->n == 0) {
        *domain = atom;
        return true;
    }
    if (o->n == 0 && domain->p + domain->n + 1 == atom.p) {
        domain->n += 1 + atom.n;
        return true;
    }
    if (o->n == 0)
        out_str(o, *domain);
    out_byte(o, '.');
    out_str(o, atom);
    *domain = out_done(o);
    return !o->has_failed;
}

/* domain = atom *("." atom), with CFWS between / domain-literal.           [RFC5322 3.4.1] [RFC5322 4.4] */
static bool domain_of(struct mail_reader *r, str *domain)
{
    struct out joined;
    out_init(&joined, r->arena);
    *domain = S("");
    if (!mail_read_cfws(r))
        return false;
    if (cur_at(&r->c, '['))
        return literal(r, domain);
    do {
        if (!mail_read_cfws(r))
            return false;
        str atom = cur_run(&r->c, C_ATOM);
        if (atom.n == 0)
            return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
        if (!add_atom(&joined, domain, atom) || !mail_read_cfws(r))
            return false;
    } while (cur_byte(&r->c, '.'));
    return true;
}

bool mail_read_spec(struct mail_reader *r, struct mail_address *address)
{
    if (!mail_read_cfws(r) || !local_part(r, &address->local))
        return false;
    if (!cur_byte(&r->c, '@')) {
        bool is_bare = cur_end(&r->c) || cur_at(&r->c, '>');
        return mail_reader_fails(r, is_bare ? FAULT_MAIL_FROM_NO_DOMAIN : FAULT_MAIL_FROM_SYNTAX);
    }
    return domain_of(r, &address->domain);
}

/* obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":"; it is read and ignored.  [RFC5322 4.4] */
static bool route(struct mail_reader *r)
{
    str domain;
    for (;;) {
        if (!mail_read_cfws(r))
            return false;
        if (cur_byte(&r->c, ','))
            continue;
        if (cur_byte(&r->c, ':'))
            return true;
        if (!cur_byte(&r->c, '@'))
            return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
        if (!domain_of(r, &domain))
            return false;
        if (!cur_at(&r->c, ',') && !cur_at(&r->c, ':'))
            return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
    }
}

/* angle-addr = "<" addr-spec ">"; "<>" is RFC 5321's null path, which is no author. [RFC5322 3.4] [RFC5322 4.4] */
bool mail_read_angle(struct mail_reader *r, struct mail_address *address)
{
    r->c.p++;
    if (!mail_read_cfws(r))
        return false;
    address->local = address->domain = (str){r->c.p, 0};
    bool is_null = cur_at(&r->c, '>');
    bool has_route = cur_at(&r->c, '@') || cur_at(&r->c, ',');
    if (!is_null && ((has_route && !route(r)) || !mail_read_spec(r, address)))
        return false;
    if (!cur_byte(&r->c, '>'))
        return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
    return mail_read_cfws(r);
}
