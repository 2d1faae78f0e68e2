/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose mail it claims to be: From -> author domain. */
#include "mail/mail.h"

#include "base/idn.h"

enum { DOMAIN_MAX = 253, LABEL_MAX = 63 };

/* A header that others may cut into other fields, or that we do not see whole, has no author we can vouch for. */
static enum ingam_fault header_fault(const struct mail_header *h)
{
    if (h->fault)
        return h->fault;
    if (h->has_bare_cr)
        return FAULT_MAIL_BARE_CR;
    return h->has_bare_lf ? FAULT_MAIL_BARE_LF : FAULT_NONE;
}

/* ret  a line that is no field, but that a reader who unfolds first, trims, or drops odd bytes takes for From: without the
 *      bytes that no field's name has, it begins with "From:" */
static bool is_disguised_from(const struct mail_field *f)
{
    static const uint8_t name[] = "from:";
    size_t n = 0;
    for (size_t i = 0; i < f->value.n && n < sizeof name - 1; i++) {
        uint8_t c = f->value.p[i];
        if (!byte_is(c, C_FTEXT) && c != ':')
            continue;
        if ((c | (byte_is(c, C_ALPHA) ? 0x20 : 0)) != name[n])
            return false;
        n++;
    }
    return n == sizeof name - 1;
}

/* There is exactly one From.                                                         [RFC5322 3.6] [RFC9989 11.5] */
static enum ingam_fault find_from(const struct mail_header *h, const struct mail_field **from)
{
    enum ingam_fault fault = FAULT_MAIL_FROM_MISSING;
    *from = NULL;
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        bool is_from = f->known == MAIL_FROM;
        if (!is_from && (f->known != MAIL_JUNK || !is_disguised_from(f)))
            continue;
        if (!is_from)
            fault = FAULT_MAIL_FROM_DISGUISED;
        else
            fault = fault == FAULT_MAIL_FROM_MISSING ? FAULT_NONE : FAULT_MAIL_FROM_TWICE;
        *from = f;
        if (fault)
            return fault;
    }
    return fault;
}

static size_t count(str s, uint8_t c)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
}

/* ret  letters, digits, "-" and "_" in labels of 1 to 63 bytes, 253 in all: what can be asked of the DNS as text */
static bool is_domain_name(str name)
{
    if (name.n > DOMAIN_MAX)
        return false;
    cur c = cur_of(name);
    do {
        str label = cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_UNDER);
        if (label.n == 0 || label.n > LABEL_MAX)
            return false;
    } while (cur_byte(&c, '.'));
    return cur_end(&c);
}

/* Makes an address's domain comparable: A-labels, lower case. A character that IDNA maps to a dot would make it
 * another domain for those who do not map: the number of dots must stay.             [RFC9989 5.3.1]
 * ret  false: no memory */
static bool normalize(struct arena *a, str written, str *domain, enum ingam_fault *fault)
{
    *fault = FAULT_MAIL_FROM_NO_DOMAIN;
    if (written.n == 0 || written.p[0] == '[')
        return true;
    enum idn_got got = idn_to_ascii(a, written, domain);
    bool is_good = got == IDN_OK && is_domain_name(*domain) && count(*domain, '.') == count(written, '.');
    *fault = is_good ? FAULT_NONE : FAULT_MAIL_FROM_DOMAIN_BAD;
    return got != IDN_MEMORY;
}

/* ret  offset of a slice in the field's value; 0 where it lies elsewhere */
static size_t offset_of(str value, const uint8_t *p)
{
    uintptr_t from = (uintptr_t)value.p;
    uintptr_t at = (uintptr_t)p;
    return at >= from && at - from <= value.n ? at - from : 0;
}

static bool fails_at(struct mail_author *author, enum ingam_fault fault, const struct mail_address *address)
{
    size_t at = offset_of(author->from->value, address->domain.p);
    author->fault = fault;
    author->at = at ? at : offset_of(author->from->value, address->local.p);
    author->domain = S("");
    return true;
}

/* All addresses have one domain, or there is none.                                    [RFC9989 5.3.1] */
static bool one_domain(struct arena *a, struct mail_author *author)
{
    enum ingam_fault fault = FAULT_NONE;
    const struct mail_addresses *addresses = &author->addresses;
    if (addresses->n == 0)
        author->fault = FAULT_MAIL_FROM_NO_DOMAIN;
    for (size_t i = 0; i < addresses->n; i++) {
        str domain = S("");
        if (!normalize(a, addresses->list[i].domain, &domain, &fault))
            return false;
        if (!fault && i && !str_eq(domain, author->domain))
            fault = FAULT_MAIL_FROM_SEVERAL_DOMAINS;
        if (fault)
            return fails_at(author, fault, &addresses->list[i]);
        author->domain = domain;
    }
    return true;
}

/* ret  false: no memory */
static bool read_from(struct arena *a, const struct mail_header *h, const struct ingam_limits *limits,
                      struct mail_author *author)
{
    enum ingam_fault fault = find_from(h, &author->from);
    author->fault = header_fault(h);
    if (author->fault == FAULT_NONE)
        author->fault = fault;
    if (author->fault)
        return true;
    if (!mail_addresses_read(a, author->from->value, limits, &author->addresses))
        return false;
    if (author->addresses.fault) {
        author->fault = author->addresses.fault;
        author->at = offset_of(author->from->value, author->addresses.wrong);
        return true;
    }
    return one_domain(a, author);
}

/* What is wrong with From itself is named first; a NUL anywhere hides from some readers what stands behind it. */
bool mail_author_find(struct arena *a, const struct mail_header *h, const struct ingam_limits *limits,
                      struct mail_author *author)
{
    *author = (struct mail_author){.domain = S("")};
    if (!read_from(a, h, limits, author))
        return false;
    if (author->fault == FAULT_NONE && h->has_nul) {
        author->fault = FAULT_MAIL_NUL;
        author->domain = S("");
    }
    return true;
}

void mail_author_tell(struct trace *trace, const struct mail_header *h, const struct mail_author *author)
{
    str value = author->from ? author->from->value : S("");
    trace_add(trace, (struct ingam_note){.rule = RULE_MAIL_HEADER,
                                         .fault = header_fault(h),
                                         .number = {(int64_t)h->n, (int64_t)h->block.n}});
    if (author->fault)
        trace_add(trace, (struct ingam_note){.rule = RULE_MAIL_NO_AUTHOR,
                                             .fault = author->fault,
                                             .text = {value},
                                             .record = value,
                                             .at = author->at});
    else
        trace_add(trace, (struct ingam_note){.rule = RULE_MAIL_AUTHOR,
                                             .text = {author->domain, value},
                                             .number = {(int64_t)author->addresses.n},
                                             .record = value});
}
