/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/sign.h"

static const int64_t time_max = 999999999999; /* t= and x= have at most 12 digits             [RFC6376 3.5] */

/* sub-domain = Let-dig [Ldh-str]; an underscore is let through, since such names are in use.   [RFC5321 4.1.2] */
static bool is_host_like(str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!byte_is(name.p[i], C_ALPHA | C_DIGIT | C_UNDER | C_DASH | C_DOT))
            return false;
        bool is_edge = i == 0 || i + 1 == name.n || name.p[i - 1] == '.' || name.p[i + 1] == '.';
        if (name.p[i] == '-' && is_edge)
            return false;
    }
    return true;
}

/* d=: U-labels become A-labels.                                                 [RFC6376 3.5] [RFC8616 5] */
static enum ingam_fault read_domain(struct arena *a, str text, str *domain)
{
    bool is_name = name_read(a, text, domain) && is_host_like(*domain);
    return is_name && name_labels(*domain) >= 2 ? FAULT_NONE : FAULT_SIGN_DOMAIN;
}

/* s=: what is asked for in the DNS must fit into one name.                      [RFC6376 3.1] [RFC6376 3.6.2.1] */
static enum ingam_fault read_selector(struct arena *a, str text, str domain, str *selector)
{
    bool is_name = text.n && name_read(a, text, selector) && is_host_like(*selector);
    return is_name && selector->n + S("._domainkey.").n + domain.n <= NAME_MAX ? FAULT_NONE
                                                                               : FAULT_SIGN_SELECTOR;
}

/* dkim-quoted-printable: all but printable ASCII without ";" and "=" is written =XX.             [RFC6376 2.11] */
static void write_quoted(struct out *o, str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (byte_is(c, C_VALCHAR) && c != '=') {
            out_byte(o, c);
            continue;
        }
        out_byte(o, '=');
        out_byte(o, (uint8_t)hex[c >> 4]);
        out_byte(o, (uint8_t)hex[c & 15]);
    }
}

/* i= = [ Local-part ] "@" domain-name; the domain is d= or below it.                             [RFC6376 3.5] */
static enum ingam_fault read_auid(struct arena *a, str text, str domain, str *auid)
{
    struct out o;
    str under;
    size_t at = str_find_last(text, '@');
    *auid = S("");
    if (text.n == 0)
        return FAULT_NONE;
    if (at == text.n || !name_read(a, str_from(text, at + 1), &under) || !name_is_under(under, domain))
        return FAULT_SIGN_AUID;
    out_init(&o, a);
    write_quoted(&o, str_first(text, at));
    out_byte(&o, '@');
    out_str(&o, under);
    *auid = out_done(&o);
    return is_host_like(under) ? FAULT_NONE : FAULT_SIGN_AUID;
}

/* Takes the next name of a list; white space around it goes. */
static str next_name(cur *c)
{
    str name = str_trim_wsp(cur_until(c, ':'));
    cur_byte(c, ':');
    return name;
}

static bool is_field_name(str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is(name.p[i], C_FTEXT) || name.p[i] == ';')
            return false;
    return name.n > 0;
}

/* h= = hdr-name *( ":" hdr-name ), From among them, the signature itself not.        [RFC6376 3.5] [RFC6376 5.4] */
static enum ingam_fault read_headers(struct arena *a, str text, str *headers)
{
    struct out o;
    cur c = cur_of(text);
    bool has_from = false;
    out_init(&o, a);
    *headers = S("");
    if (text.n == 0)
        return FAULT_NONE;
    do {
        str name = next_name(&c);
        if (!is_field_name(name) || str_eq_nocase(name, S("dkim-signature")))
            return FAULT_SIGN_HEADERS;
        has_from = has_from || str_eq_nocase(name, S("from"));
        if (o.n)
            out_byte(&o, ':');
        out_str(&o, name);
    } while (c.p[-1] == ':');
    *headers = out_done(&o);
    return has_from ? FAULT_NONE : FAULT_SIGN_HEADERS;
}

/* t= and x=, which is later than t=.                                                             [RFC6376 3.5] */
static enum ingam_fault check_times(int64_t now_s, int64_t expire_s)
{
    bool is_written = now_s >= 0 && now_s <= time_max && expire_s >= 0 && expire_s <= time_max - now_s;
    return is_written ? FAULT_NONE : FAULT_SIGN_TIME;
}

/* selector._domainkey.domain, where no key is named */
static str key_name(struct arena *a, const struct ingam_sign_wanted *w)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, w->selector);
    out_str(&o, S("._domainkey."));
    out_str(&o, w->domain);
    return out_done(&o);
}

enum ingam_fault sign_wanted_read(struct arena *a, const struct ingam_sign_wanted *wanted, int64_t now_s,
                                  struct ingam_sign_wanted *out)
{
    *out = *wanted;
    enum ingam_fault fault = read_domain(a, wanted->domain, &out->domain);
    if (!fault)
        fault = read_selector(a, wanted->selector, out->domain, &out->selector);
    if (!fault)
        fault = read_auid(a, wanted->auid, out->domain, &out->auid);
    if (!fault)
        fault = read_headers(a, wanted->headers, &out->headers);
    if (!fault)
        fault = check_times(now_s, wanted->expire_s);
    if (!fault)
        out->key_name = wanted->key_name.n ? arena_copy(a, wanted->key_name) : key_name(a, out);
    return fault;
}
