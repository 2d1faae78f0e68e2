/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of mailboxes and groups. */
#include "mail/address.h"

enum { FIRST = 4, C_ATOM = C_ATEXT | C_HIGH };

/* Control characters have no business in an address, and CR and LF only in a fold.        [RFC5322 2.2, 2.2.3]
 * They are refused before anything is read, since some readers end at a NUL and some at a bare CR. */
static bool has_good_bytes(struct mail_reader *r)
{
    cur at = r->c;
    while (!cur_end(&at)) {
        cur_run(&at, C_VISIBLE | C_HIGH | C_WSP);
        if (cur_end(&at))
            return true;
        bool is_fold = at.end - at.p > 2 && at.p[0] == '\r' && at.p[1] == '\n' && byte_is(at.p[2], C_WSP);
        if (!is_fold) {
            r->c = at;
            return mail_reader_fails(r, FAULT_MAIL_FROM_BYTES);
        }
        at.p += 2;
    }
    return true;
}

static bool add(struct mail_reader *r, const struct mail_address *address)
{
    struct mail_addresses *out = r->out;
    if (out->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : FIRST;
        struct mail_address *list = NEW_N(r->arena, struct mail_address, cap);
        if (list == NULL)
            return false;
        if (out->n)
            memcpy(list, out->list, out->n * sizeof *list);
        out->list = list;
        r->cap = cap;
    }
    out->list[out->n++] = *address;
    return true;
}

/* phrase = 1*word / obs-phrase, which allows dots; square brackets are common there and mean nothing.
 * [RFC5322 3.2.5] [RFC5322 4.1]
 * ret  true: the cursor stands at the first byte that belongs to no phrase */
static bool skip_phrase(struct mail_reader *r, bool *has_brackets)
{
    *has_brackets = false;
    for (;;) {
        if (!mail_read_cfws(r))
            return false;
        if (cur_at(&r->c, '"')) {
            if (!mail_read_quoted(r))
                return false;
        } else if (cur_at(&r->c, '[') || cur_at(&r->c, ']')) {
            *has_brackets = true;
            r->c.p++;
        } else if (!cur_run(&r->c, C_ATOM | C_DOT).n) {
            return true;
        }
    }
}

/* What begins like addr-spec. Where "<" follows, it was a bare display name of the form of an address: readers differ in
 * which of the two they take, so that both must name the same domain. */
static bool bare_address(struct mail_reader *r, struct mail_address *address)
{
    const uint8_t *from = r->c.p;
    if (!mail_read_spec(r, address))
        return false;
    if (!cur_at(&r->c, '<'))
        return true;
    str domain = address->domain;
    const uint8_t *angle = r->c.p;
    address->display = str_trim_fws(str_between(from, angle));
    if (!mail_read_angle(r, address))
        return false;
    if (str_eq_nocase(domain, address->domain))
        return true;
    r->c.p = angle;
    return mail_reader_fails(r, FAULT_MAIL_FROM_DISPLAY_ADDRESS);
}

/* mailbox = [phrase] angle-addr / addr-spec.                                              [RFC5322 3.4]
 * in   from   where its phrase begins; the cursor stands behind the phrase */
static bool mailbox(struct mail_reader *r, const uint8_t *from, bool has_brackets)
{
    struct mail_address address = {.display = {from, 0}};
    bool is_read = false;
    if (r->out->n >= r->limits->from_addresses) {
        r->c.p = from;
        return mail_reader_fails(r, FAULT_MAIL_FROM_TOO_MANY);
    }
    if (cur_at(&r->c, '<')) {
        address.display = str_trim_fws(str_between(from, r->c.p));
        is_read = mail_read_angle(r, &address);
    } else if (cur_at(&r->c, '@') && !has_brackets) {
        r->c.p = from;
        is_read = bare_address(r, &address);
    } else {
        bool is_bare = cur_end(&r->c) || cur_at(&r->c, ',') || cur_at(&r->c, ';');
        return mail_reader_fails(r, is_bare ? FAULT_MAIL_FROM_NO_DOMAIN : FAULT_MAIL_FROM_SYNTAX);
    }
    return is_read && add(r, &address);
}

struct place {
    bool is_in_group;
    bool is_behind; /* behind a mailbox or a group: "," or the end must come */
};

static bool member(struct mail_reader *r, struct place *at)
{
    bool has_brackets = false;
    const uint8_t *from = r->c.p;
    if (!skip_phrase(r, &has_brackets))
        return false;
    if (r->c.p != from && !at->is_in_group && cur_byte(&r->c, ':')) {
        at->is_in_group = true;
        return true;
    }
    at->is_behind = true;
    return mailbox(r, from, has_brackets);
}

/* address-list = (address *("," address)) / obs-addr-list, group = display-name ":" [group-list] ";".
 * Members may be missing, groups stand in no group. A group in From is RFC 6854's.        [RFC5322 3.4] [RFC5322 4.4] */
static bool address_list(struct mail_reader *r)
{
    struct place at = {false, false};
    for (;;) {
        if (!mail_read_cfws(r))
            return false;
        if (cur_end(&r->c))
            return !at.is_in_group || mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
        if (cur_byte(&r->c, ',')) {
            at.is_behind = false;
        } else if (at.is_in_group && cur_byte(&r->c, ';')) {
            at = (struct place){.is_behind = true};
        } else if (at.is_behind) {
            return mail_reader_fails(r, FAULT_MAIL_FROM_SYNTAX);
        } else if (!member(r, &at)) {
            return false;
        }
    }
}

bool mail_addresses_read(struct arena *a, str value, const struct ingam_limits *limits,
                         struct mail_addresses *out)
{
    struct mail_reader r = {.c = cur_of(value), .arena = a, .limits = limits, .out = out};
    *out = (struct mail_addresses){.list = NULL};
    return (has_good_bytes(&r) && address_list(&r)) || out->fault;
}
