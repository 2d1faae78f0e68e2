/* SPDX-License-Identifier: BSD-2-Clause */
/* The DKIM-Signature field, and its two relatives of ARC.   [RFC6376 3.5] [RFC6376 6.1.1] [RFC8616 5] [RFC8617 4.1]
 *                                                                                                 [RFC6376 8.9]
 * All tags are read, whatever is wrong, so that a person can be told whose signature it was meant to be; the first fault in
 * the order of `steps` is the one that counts. */
#include "dkim/dkim.h"

#include "base/base64.h"
#include "base/tags.h"
#include "dkim/signed_names.h"

enum { TAGS_MAX = 64, LENGTH_DIGITS = 76, LABELS_LEAST = 2 };
/* Times of more than 12 digits are as good as infinite.                                          [RFC6376 3.5] */
#define TIME_MAX INT64_C(999999999999)

struct reader {
    const struct method_run *run;
    struct dkim_signature *sig;
    const struct tag *letters['z' - 'a' + 1]; /* tags of one small letter */
    const struct tag *bh, *cv;
};

static void blame(struct dkim_signature *sig, enum ingam_fault fault, const uint8_t *wrong)
{
    if (sig->fault != FAULT_NONE)
        return;
    sig->fault = fault;
    sig->wrong = wrong;
}

static const struct tag *tag_of(const struct reader *r, char letter)
{
    return r->letters[letter - 'a'];
}

static const struct tag *required(const struct reader *r, const struct tag *tag, enum ingam_fault missing)
{
    if (tag == NULL)
        blame(r->sig, missing, NULL);
    return tag;
}

static bool is_only_digits(str s)
{
    size_t n = 0;
    while (n < s.n && byte_is(s.p[n], C_DIGIT))
        n++;
    return n && n == s.n;
}

/* v= 1*DIGIT, and it has to be 1 */
static void read_version(const struct reader *r)
{
    const struct tag *tag = required(r, tag_of(r, 'v'), FAULT_DKIM_V_MISSING);
    if (tag && !str_eq(tag->value, S("1")))
        blame(r->sig, FAULT_DKIM_VERSION, tag->value.p);
}

/* [RFC8301 3.1] [RFC8463 3] [RFC8463 5] */
static void read_algorithm(const struct reader *r)
{
    const struct tag *tag = required(r, tag_of(r, 'a'), FAULT_DKIM_A_MISSING);
    if (tag == NULL)
        return;
    r->sig->algorithm = tag->value;
    if (str_eq(tag->value, S("rsa-sha256")))
        r->sig->kind = KEY_RSA;
    else if (str_eq(tag->value, S("ed25519-sha256")))
        r->sig->kind = KEY_ED25519;
    else if (str_eq(tag->value, S("rsa-sha1")))
        blame(r->sig, FAULT_DKIM_SHA1, tag->value.p);
    else
        blame(r->sig, FAULT_DKIM_ALGORITHM_UNKNOWN, tag->value.p);
}

/* ret  the first byte that is no letter, digit, "-", "_", "." or part of a U-label; NULL: none. "_" is no part of
 *      RFC 5321's sub-domain, but many selectors that are in use have one. */
static const uint8_t *wrong_in_name(str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is(name.p[i], C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT | C_HIGH))
            return name.p + i;
    return name.n && name.p[name.n - 1] == '.' ? name.p + name.n - 1 : NULL;
}

/* Reads sub-domain *("." sub-domain); U-labels become A-labels.                          [RFC6376 3.5] [RFC8616 5]
 * ret  the byte that is wrong, or NULL */
static const uint8_t *read_name(const struct reader *r, str text, size_t labels_least, str *name)
{
    const uint8_t *wrong = wrong_in_name(text);
    str got;
    if (wrong)
        return wrong;
    if (!name_read(r->run->arena, text, &got) || name_labels(got) < labels_least)
        return text.p;
    *name = got;
    return NULL;
}

static void read_domain(const struct reader *r)
{
    const struct tag *tag = required(r, tag_of(r, 'd'), FAULT_DKIM_D_MISSING);
    const uint8_t *wrong = tag ? read_name(r, tag->value, LABELS_LEAST, &r->sig->domain) : NULL;
    if (wrong)
        blame(r->sig, FAULT_DKIM_DOMAIN, wrong);
}

static void read_selector(const struct reader *r)
{
    const struct tag *tag = required(r, tag_of(r, 's'), FAULT_DKIM_S_MISSING);
    if (tag == NULL)
        return;
    const uint8_t *wrong = wrong_in_name(tag->value);
    r->sig->selector = tag->value;
    if (wrong == NULL && !name_is_askable(tag->value))
        wrong = read_name(r, tag->value, 1, &r->sig->selector);
    if (wrong)
        blame(r->sig, FAULT_DKIM_SELECTOR, wrong);
    else if (r->sig->selector.n + sizeof "._domainkey." - 1 + r->sig->domain.n > NAME_MAX)
        blame(r->sig, FAULT_DKIM_NAME_TOO_LONG, tag->value.p);
}

static bool canon_of(str name, enum dkim_canon *canon)
{
    bool is_relaxed = str_eq(name, S("relaxed"));
    *canon = is_relaxed ? CANON_RELAXED : CANON_SIMPLE;
    return is_relaxed || str_eq(name, S("simple"));
}

/* c= header ["/" body]; the body is simple where nothing is said. */
static void read_canon(const struct reader *r)
{
    const struct tag *tag = tag_of(r, 'c');
    r->sig->header_canon = r->sig->body_canon = CANON_SIMPLE;
    r->sig->has_canon = tag != NULL;
    if (tag == NULL)
        return;
    size_t slash = str_find(tag->value, '/');
    if (!canon_of(str_first(tag->value, slash), &r->sig->header_canon))
        blame(r->sig, FAULT_DKIM_CANON_UNKNOWN, tag->value.p);
    if (slash < tag->value.n && !canon_of(str_from(tag->value, slash + 1), &r->sig->body_canon))
        blame(r->sig, FAULT_DKIM_CANON_UNKNOWN, tag->value.p + slash + 1);
}

/* [RFC6376 5.4] */
static void read_signed_names(const struct reader *r)
{
    const struct tag *tag = required(r, tag_of(r, 'h'), FAULT_DKIM_H_MISSING);
    size_t n;
    bool has_from;
    if (tag == NULL)
        return;
    r->sig->signed_names = tag->value;
    const uint8_t *wrong = signed_names_check(tag->value, &n, &has_from);
    r->sig->signs_author = has_from;
    if (wrong)
        blame(r->sig, FAULT_DKIM_H_SYNTAX, wrong);
    if (n > r->run->limits->dkim_signed_names)
        blame(r->sig, FAULT_DKIM_TOO_MANY_NAMES, tag->value.p);
    if (!has_from)
        blame(r->sig, FAULT_DKIM_FROM_UNSIGNED, tag->value.p);
}

static int hex_of(uint8_t c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Undoes dkim-quoted-printable: white space goes, =XX is a byte.                                  [RFC6376 2.11] */
static str unquoted(struct arena *a, str text)
{
    uint8_t *out = arena_take_raw(a, text.n);
    size_t n = 0;
    if (out == NULL)
        return text;
    for (size_t i = 0; i < text.n; i++) {
        bool is_quoted = text.p[i] == '=' && i + 2 < text.n && byte_is(text.p[i + 1], C_HEX) &&
                         byte_is(text.p[i + 2], C_HEX);
        if (is_quoted) {
            out[n++] = (uint8_t)(hex_of(text.p[i + 1]) << 4 | hex_of(text.p[i + 2]));
            i += 2;
        } else if (!byte_is(text.p[i], C_FWS)) {
            out[n++] = text.p[i];
        }
    }
    return (str){out, n};
}

static bool is_quoted_printable(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '=' || byte_is(text.p[i], C_FWS))
            return true;
    return false;
}

/* i= [Local-part] "@" domain-name; by default "@" and d=.               [RFC6376 3.5] [RFC6376 3.10] [RFC6376 6.1.1] */
static void read_auid(const struct reader *r)
{
    struct dkim_signature *sig = r->sig;
    const struct tag *tag = tag_of(r, 'i');
    str name = {NULL, 0};
    if (tag == NULL && sig->domain.n == 0)
        return;
    if (tag == NULL) {
        struct out o;
        out_init(&o, r->run->arena);
        out_byte(&o, '@');
        out_str(&o, sig->domain);
        sig->auid = out_done(&o);
        return;
    }
    sig->auid = tag->value;
    size_t at = str_find_last(tag->value, '@');
    str domain = str_from(tag->value, at + 1);
    bool is_plain = !is_quoted_printable(domain);
    if (!is_plain)
        domain = unquoted(r->run->arena, domain);
    const uint8_t *wrong = at < tag->value.n ? read_name(r, domain, 1, &name) : tag->value.p;
    if (wrong)
        blame(sig, FAULT_DKIM_AUID_SYNTAX, is_plain ? wrong : tag->value.p);
    else if (!name_is_under(name, sig->domain))
        blame(sig, FAULT_DKIM_AUID_DOMAIN, tag->value.p + at + 1);
    else
        sig->is_auid_below = name.n > sig->domain.n;
}

/* l= 1*76DIGIT; what no body can have is as good as the largest number. */
static void read_length(const struct reader *r)
{
    const struct tag *tag = tag_of(r, 'l');
    if (tag == NULL)
        return;
    r->sig->has_length = true;
    if (!is_only_digits(tag->value) || tag->value.n > LENGTH_DIGITS)
        blame(r->sig, FAULT_DKIM_LENGTH_SYNTAX, tag->value.p);
    else if (!str_to_uint(tag->value, UINT64_MAX - 1, &r->sig->length))
        r->sig->length = UINT64_MAX - 1;
}

/* q= method *(":" method); those that are not known are skipped. */
static void read_query(const struct reader *r)
{
    const struct tag *tag = tag_of(r, 'q');
    if (tag == NULL)
        return;
    cur c = cur_of(tag->value);
    for (str method; signed_name_next(&c, &method);)
        if (str_eq(method, S("dns/txt")))
            return;
    blame(r->sig, FAULT_DKIM_QUERY_UNKNOWN, tag->value.p);
}

/* ret  false: there is no such tag, or it is no number */
static bool read_time(const struct reader *r, const struct tag *tag, enum ingam_fault fault, int64_t *seconds)
{
    uint64_t value;
    if (tag == NULL)
        return false;
    if (!is_only_digits(tag->value)) {
        blame(r->sig, fault, tag->value.p);
        return false;
    }
    *seconds = str_to_uint(tag->value, TIME_MAX, &value) ? (int64_t)value : TIME_MAX;
    return true;
}

static void read_signing_time(const struct reader *r)
{
    struct dkim_signature *sig = r->sig;
    sig->has_time = read_time(r, tag_of(r, 't'), FAULT_DKIM_TIME_SYNTAX, &sig->signed_at);
}

static void read_times(const struct reader *r)
{
    struct dkim_signature *sig = r->sig;
    read_signing_time(r);
    sig->has_expiry = read_time(r, tag_of(r, 'x'), FAULT_DKIM_EXPIRY_SYNTAX, &sig->expires_at);
    if (sig->has_time && sig->has_expiry && sig->expires_at <= sig->signed_at)
        blame(sig, FAULT_DKIM_EXPIRY_NOT_LATER, tag_of(r, 'x')->value.p);
}

/* Decodes base64 into the arena. ret the byte that is wrong, or NULL (also without memory: the arena says so) */
static const uint8_t *decode(const struct reader *r, str text, str *bytes)
{
    uint8_t *out = arena_take_raw(r->run->arena, text.n / 4 * 3 + 3);
    size_t n = 0;
    const uint8_t *wrong = out ? base64_read(text, out, &n) : NULL;
    *bytes = (str){out, n};
    return wrong;
}

static void read_body_hash(const struct reader *r)
{
    const struct tag *tag = required(r, r->bh, FAULT_DKIM_BH_MISSING);
    str hash;
    if (tag == NULL)
        return;
    r->sig->bh_raw = tag->value;
    const uint8_t *wrong = decode(r, tag->value, &hash);
    r->sig->has_body_hash = wrong == NULL && hash.n == sizeof r->sig->body_hash;
    if (r->sig->has_body_hash)
        memcpy(r->sig->body_hash, hash.p, hash.n);
    else
        blame(r->sig, FAULT_DKIM_BH_SYNTAX, wrong ? wrong : tag->value.p);
}

/* The value with the white space around it, from the "=" to the ";" or the end.                    [RFC6376 3.7] */
static str with_white_space(str field, str value)
{
    const uint8_t *from = value.p, *to = value.p + value.n, *end = field.p + field.n;
    while (from > field.p && byte_is(from[-1], C_FWS))
        from--;
    while (to < end && byte_is(*to, C_FWS))
        to++;
    return str_between(from, to);
}

static void read_signature_data(const struct reader *r)
{
    struct dkim_signature *sig = r->sig;
    const struct tag *tag = required(r, tag_of(r, 'b'), FAULT_DKIM_B_MISSING);
    if (tag == NULL)
        return;
    sig->b = tag->value;
    sig->b_value = with_white_space(sig->field->value, tag->value);
    const uint8_t *wrong = decode(r, tag->value, &sig->signature);
    if (wrong || sig->signature.n == 0)
        blame(sig, FAULT_DKIM_B_SYNTAX, wrong ? wrong : tag->value.p);
}

static void judge_expiry(const struct reader *r)
{
    const struct tag *tag = tag_of(r, 'x');
    if (r->sig->has_expiry && r->run->now_s > r->sig->expires_at)
        blame(r->sig, FAULT_DKIM_EXPIRED, tag->value.p);
}

/* i= 1*2DIGIT, from 1 to 50                                                              [RFC8617 4.2.1] */
static void read_instance(const struct reader *r)
{
    enum { INSTANCE_MAX = 50, INSTANCE_DIGITS = 2 };
    const struct tag *tag = required(r, tag_of(r, 'i'), FAULT_ARC_INSTANCE);
    uint64_t value = 0;
    if (tag == NULL)
        return;
    bool is_number =
        tag->value.n <= INSTANCE_DIGITS && str_to_uint(tag->value, INSTANCE_MAX, &value) && value > 0;
    if (is_number)
        r->sig->instance = (uint32_t)value;
    else
        blame(r->sig, FAULT_ARC_INSTANCE, tag->value.p);
}

/* The names of an ARC-Message-Signature. Many cover ARC-Authentication-Results, which they must not, and some leave out
 * From or all: that proves less, but is no fault of the chain. One that covers a seal covers what is made of it.
 *                                                                                                  [RFC8617 4.1.2] */
static void read_arc_names(const struct reader *r)
{
    const struct tag *tag = required(r, tag_of(r, 'h'), FAULT_DKIM_H_MISSING);
    size_t n = 0;
    if (tag == NULL)
        return;
    cur c = cur_of(tag->value);
    r->sig->signed_names = tag->value;
    for (str name; signed_name_next(&c, &name); n++) {
        r->sig->signs_author = r->sig->signs_author || str_eq_nocase(name, S("from"));
        if (str_eq_nocase(name, S("arc-seal")))
            blame(r->sig, FAULT_ARC_SEAL_COVERED, name.p);
    }
    if (n > r->run->limits->dkim_signed_names)
        blame(r->sig, FAULT_DKIM_TOO_MANY_NAMES, tag->value.p);
}

/* A seal covers the ARC fields and nothing else: h= is forbidden.                                  [RFC8617 4.1.3] */
static void read_chain(const struct reader *r)
{
    const struct tag *h = tag_of(r, 'h');
    const struct tag *tag = required(r, r->cv, FAULT_ARC_CV_WRONG);
    if (h)
        blame(r->sig, FAULT_ARC_SEAL_NAMES, h->value.p);
    if (tag)
        r->sig->chain = tag->value;
    r->sig->header_canon = CANON_RELAXED;
}

typedef void read_step(const struct reader *r);
static read_step *const dkim_steps[] = {
    read_version,      read_algorithm,      read_domain,  read_selector, read_canon,
    read_signed_names, read_auid,           read_length,  read_query,    read_times,
    read_body_hash,    read_signature_data, judge_expiry, NULL};
static read_step *const arc_message_steps[] = {
    read_instance, read_algorithm, read_domain,    read_selector,       read_canon,   read_arc_names,
    read_length,   read_times,     read_body_hash, read_signature_data, judge_expiry, NULL};
static read_step *const arc_seal_steps[] = {read_instance,       read_chain,    read_algorithm,
                                            read_domain,         read_selector, read_signing_time,
                                            read_signature_data, NULL};

static enum ingam_fault fault_of_list(enum tag_list_got got)
{
    switch (got) {
    case TAG_LIST_SYNTAX: return FAULT_DKIM_SYNTAX;
    case TAG_LIST_TWICE: return FAULT_DKIM_TAG_TWICE;
    case TAG_LIST_TOO_MANY: return FAULT_DKIM_TOO_MANY_TAGS;
    case TAG_LIST_OK:
    case TAG_LIST_MEMORY: break;
    }
    return FAULT_NONE;
}

/* Tags of other names are not known, and ignored.                                                [RFC6376 3.5] */
static void note_tags(struct reader *r, const struct tag_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        str name = list->tags[i].name;
        if (name.n == 1 && name.p[0] >= 'a' && name.p[0] <= 'z')
            r->letters[name.p[0] - 'a'] = &list->tags[i];
        else if (str_eq(name, S("bh")))
            r->bh = &list->tags[i];
        else if (str_eq(name, S("cv")))
            r->cv = &list->tags[i];
    }
}

/* High bytes may stand in a field that is UTF-8; few have any.                                      [RFC8616 5] */
static enum tag_list_got read_tag_list(const struct method_run *run, str value, struct tag_list *list)
{
    size_t max = run->limits->dkim_tags < TAGS_MAX ? run->limits->dkim_tags : TAGS_MAX;
    enum tag_list_got got = tag_list_read(run->arena, value, max, false, list);
    bool is_at_high = got == TAG_LIST_SYNTAX && list->wrong < value.p + value.n && *list->wrong >= 0x80;
    return is_at_high && str_is_utf8(value) ? tag_list_read(run->arena, value, max, true, list) : got;
}

static bool read_field(const struct method_run *run, const struct mail_field *field, read_step *const steps[],
                       struct dkim_signature *sig)
{
    struct reader r = {.run = run, .sig = sig};
    struct tag_list list;
    *sig = (struct dkim_signature){.field = field};
    if (field->raw.n > run->limits->dkim_field) {
        blame(sig, FAULT_DKIM_FIELD_TOO_LONG, NULL);
        return true;
    }
    enum tag_list_got got = read_tag_list(run, field->value, &list);
    if (got == TAG_LIST_MEMORY)
        return false;
    if (got != TAG_LIST_OK)
        blame(sig, fault_of_list(got), list.wrong);
    note_tags(&r, &list);
    for (size_t i = 0; steps[i]; i++)
        steps[i](&r);
    return !run->arena->has_failed;
}

/* [RFC6376 3.5] [RFC6376 6.1.1] */
bool dkim_signature_read(const struct method_run *run, const struct mail_field *field,
                         struct dkim_signature *sig)
{
    return read_field(run, field, dkim_steps, sig);
}

/* [RFC8617 4.1.2] */
bool dkim_arc_message_read(const struct method_run *run, const struct mail_field *field,
                           struct dkim_signature *sig)
{
    return read_field(run, field, arc_message_steps, sig);
}

/* [RFC8617 4.1.3] */
bool dkim_arc_seal_read(const struct method_run *run, const struct mail_field *field,
                        struct dkim_signature *sig)
{
    return read_field(run, field, arc_seal_steps, sig);
}
