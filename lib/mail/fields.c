/* SPDX-License-Identifier: BSD-2-Clause */
/* The header block, cut into fields. */
#include "mail/mail.h"

enum { FIRST = 24 };

struct cutter {
    cur c;
    struct arena *arena;
    const struct ingam_limits *limits;
    struct mail_header *h;
    struct mail_field *fields;
    size_t cap;
    bool is_cut_short; /* the block goes on where we do not see it */
};

/* in   wanted  a constant as long as name: in its usual spelling it is compared by a few words */
static inline enum mail_name either(str name, str wanted, enum mail_name known)
{
    bool is_it = memcmp(name.p, wanted.p, wanted.n) == 0 || str_eq_nocase(name, wanted);
    return is_it ? known : MAIL_OTHER;
}

static enum mail_name known_of_8(str name)
{
    if ((name.p[2] | 0x20) == 'c')
        return name.p[3] == '-' ? either(name, S("ARC-Seal"), MAIL_ARC_SEAL)
                                : either(name, S("Received"), MAIL_RECEIVED);
    return either(name, S("Reply-To"), MAIL_REPLY_TO);
}

static enum mail_name known_name(str name)
{
    switch (name.n) {
    case 4: return either(name, S("From"), MAIL_FROM);
    case 6: return either(name, S("Sender"), MAIL_SENDER);
    case 7: return either(name, S("Subject"), MAIL_SUBJECT);
    case 8: return known_of_8(name);
    case 11: return either(name, S("Return-Path"), MAIL_RETURN_PATH);
    case 12: return either(name, S("Received-SPF"), MAIL_RECEIVED_SPF);
    case 14: return either(name, S("DKIM-Signature"), MAIL_DKIM_SIGNATURE);
    case 21: return either(name, S("ARC-Message-Signature"), MAIL_ARC_MESSAGE_SIGNATURE);
    case 22: return either(name, S("Authentication-Results"), MAIL_AUTHENTICATION_RESULTS);
    case 26: return either(name, S("ARC-Authentication-Results"), MAIL_ARC_AUTHENTICATION_RESULTS);
    default: return MAIL_OTHER;
    }
}

bool mail_field_is(const struct mail_field *f, str name)
{
    return str_eq_nocase(f->name, name);
}

/* Takes one line with its CRLF, or what is left. A CR that no LF follows is a byte of the line. */
static const uint8_t *behind_line(struct cutter *k, const uint8_t *at)
{
    const uint8_t *end = k->c.end;
    while (at < end) {
        const uint8_t *cr = memchr(at, '\r', (size_t)(end - at));
        if (cr == NULL)
            return end;
        at = cr + 1;
        if (at < end && *at == '\n')
            return at + 1;
        if (at < end || !k->is_cut_short)
            k->h->has_bare_cr = true;
    }
    return end;
}

static str without_crlf(str line)
{
    if (line.n >= 2 && line.p[line.n - 2] == '\r' && line.p[line.n - 1] == '\n')
        line.n -= 2;
    return line;
}

/* field = field-name *WSP ":" unstructured CRLF; a line that begins with WSP continues the one above.
 * White space before the colon is the obsolete form.              [RFC5322 2.2.3, 3.6.8] [RFC5322 4.5] */
static void take_field(struct cutter *k, struct mail_field *f)
{
    cur c = k->c; /* a copy that needs no memory: the cutter's would be written back at each byte */
    const uint8_t *from = c.p;
    const uint8_t *value = from;
    str name = cur_run(&c, C_FTEXT);
    cur_run(&c, C_WSP);
    bool is_field = name.n && cur_byte(&c, ':');
    if (is_field)
        value = c.p;
    f->name = is_field ? name : (str){from, 0};
    f->known = is_field ? known_name(name) : MAIL_JUNK;
    do
        c.p = behind_line(k, c.p);
    while (cur_is(&c, C_WSP));
    f->raw = str_between(from, c.p);
    f->value = without_crlf(str_between(value, c.p));
    k->c.p = c.p;
}

static bool grow(struct cutter *k)
{
    size_t cap = k->cap ? k->cap * 2 : FIRST;
    struct mail_field *fields = arena_take_raw(k->arena, cap * sizeof *fields);
    if (fields == NULL)
        return false;
    if (k->fields)
        memcpy(fields, k->fields, k->h->n * sizeof *fields);
    k->fields = fields;
    k->cap = cap;
    k->h->fields = fields;
    return true;
}

static enum ingam_fault limit_reached(const struct cutter *k, const struct mail_field *f)
{
    if (f->raw.n > k->limits->field)
        return FAULT_MAIL_FIELD_TOO_LONG;
    if (k->is_cut_short && cur_end(&k->c))
        return FAULT_MAIL_HEADER_TOO_LONG;
    if (k->h->n >= k->limits->fields)
        return FAULT_MAIL_TOO_MANY_FIELDS;
    return FAULT_NONE;
}

/* Cuts until the end or the first limit.
 * in   h  zeroed but for has_bare_lf */
static bool cut(struct cutter *k, str block)
{
    k->c = cur_of(block);
    k->h->block = block;
    k->h->has_nul = str_find(block, 0) != block.n;
    if (!grow(k))
        return false;
    for (struct mail_field *f; !cur_end(&k->c); k->h->n++) {
        if (k->h->n == k->cap && !grow(k))
            return false;
        f = &k->fields[k->h->n];
        take_field(k, f);
        k->h->fault = limit_reached(k, f);
        if (k->h->fault)
            return true;
        k->h->has_junk = k->h->has_junk || f->known == MAIL_JUNK;
    }
    if (k->is_cut_short)
        k->h->fault = FAULT_MAIL_HEADER_TOO_LONG;
    return true;
}

bool mail_header_split(const struct mail_splitter *s, struct arena *a, struct mail_header *h)
{
    struct cutter k = {.arena = a, .limits = s->limits, .h = h, .is_cut_short = s->is_too_long};
    *h = (struct mail_header){.has_bare_lf = s->has_bare_lf};
    return !s->has_failed && cut(&k, s->n ? (str){s->block, s->n} : S(""));
}

static bool has_bare_lf(str block)
{
    for (size_t at = str_find(block, '\n'); at < block.n; at += 1 + str_find(str_from(block, at + 1), '\n'))
        if (at == 0 || block.p[at - 1] != '\r')
            return true;
    return false;
}

bool mail_header_of(str block, struct arena *a, const struct ingam_limits *limits, struct mail_header *h)
{
    struct cutter k = {.arena = a, .limits = limits, .h = h};
    *h = (struct mail_header){.has_bare_lf = has_bare_lf(block)};
    k.is_cut_short = block.n > limits->header_block;
    return cut(&k, str_first(block, limits->header_block));
}
