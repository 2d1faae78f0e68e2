/* SPDX-License-Identifier: BSD-2-Clause */
/* The record.                                                                          [RFC9989 4.7] [RFC9989 4.8]
 *
 *     dmarc-record  = dmarc-version *(dmarc-sep dmarc-tag) [dmarc-sep]
 *     dmarc-version = "v" equals %s"DMARC1"
 *     dmarc-sep     = *WSP ";" *WSP
 *     dmarc-tag     = 1*ALPHA equals 1*dmarc-value
 *     equals        = *WSP "=" *WSP
 *     dmarc-value   = %x20-3A / %x3C-7E
 *
 * Only a wrong version makes a text no record. What is wrong behind it is dropped tag by tag, but a tag that occurs twice:
 * 4.7 takes the tag lists of RFC 6376 3.2, where that voids the whole list. */
#include "dmarc/dmarc.h"

/* What is known beside the record while it is read. */
struct reading {
    struct dmarc_record *record;
    str text;
    unsigned seen;                                /* bit per row of `tags` */
    const uint8_t *p_wrong, *sp_wrong, *np_wrong; /* values that are no policy; NULL if there is none */
};

/* dmarc-request = "none" / "quarantine" / "reject", in any case                          [RFC9989 4.8] */
static bool policy_read(str value, enum ingam_dmarc_policy *policy)
{
    static const struct {
        str word;
        enum ingam_dmarc_policy policy;
    } rows[] = {
        {S_INIT("none"), INGAM_DMARC_NONE},
        {S_INIT("quarantine"), INGAM_DMARC_QUARANTINE},
        {S_INIT("reject"), INGAM_DMARC_REJECT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!str_eq_nocase(value, rows[i].word))
            continue;
        *policy = rows[i].policy;
        return true;
    }
    return false;
}

static enum dmarc_psd psd_of(str value)
{
    if (str_eq_nocase(value, S("y")))
        return PSD_YES;
    return str_eq_nocase(value, S("n")) ? PSD_NO : PSD_UNSET;
}

/* scheme ":" and at least one byte of RFC 3986; "%" with two hex digits; neither "," nor "!". */
static bool has_uri_bytes(cur c)
{
    static const bool is_other[256] = {
        ['"'] = true, ['<'] = true, ['>'] = true, ['\\'] = true, ['^'] = true, ['`'] = true,
        ['{'] = true, ['|'] = true, ['}'] = true, ['!'] = true,  [','] = true};
    if (cur_end(&c))
        return false;
    for (; !cur_end(&c); c.p++) {
        if (!cur_is(&c, C_VISIBLE) || is_other[*c.p])
            return false;
        if (*c.p != '%')
            continue;
        if (c.end - c.p <= 2 || !byte_is(c.p[1], C_HEX) || !byte_is(c.p[2], C_HEX))
            return false;
    }
    return true;
}

/* obs-dmarc-report-size = "!" 1*DIGIT [ "k" / "m" / "g" / "t" ]                          [RFC9989 4.8] */
static str without_size(str uri)
{
    size_t at = str_find_last(uri, '!');
    cur c = cur_of(str_from(uri, at + 1));
    if (at == uri.n || cur_run(&c, C_DIGIT).n == 0)
        return uri;
    if (!cur_end(&c) && str_find(S("kmgt"), byte_lower(*c.p)) < 4)
        c.p++;
    return cur_end(&c) ? str_first(uri, at) : uri;
}

/* mailto: names a mailbox: something, "@", something.                                        [RFC3986 3] */
bool dmarc_uri_is_valid(str uri)
{
    uri = without_size(str_trim_wsp(uri));
    cur c = cur_of(uri);
    if (!cur_is(&c, C_ALPHA))
        return false;
    while (cur_is(&c, C_ALPHA | C_DIGIT | C_DASH | C_DOT) || cur_at(&c, '+'))
        c.p++;
    str scheme = str_between(uri.p, c.p);
    if (!cur_byte(&c, ':') || !has_uri_bytes(c))
        return false;
    if (!str_eq_nocase(scheme, S("mailto")))
        return true;
    str mailbox = cur_until(&c, '?');
    size_t at = str_find_last(mailbox, '@');
    return at > 0 && at + 1 < mailbox.n;
}

static bool has_valid_uri(str list)
{
    for (cur c = cur_of(list); !cur_end(&c); cur_byte(&c, ','))
        if (dmarc_uri_is_valid(cur_until(&c, ',')))
            return true;
    return false;
}

static void take_version_again(struct reading *r, str value)
{
    (void)r;
    (void)value;
}

static void take_p(struct reading *r, str value)
{
    r->p_wrong = policy_read(value, &r->record->p) ? NULL : value.p;
}

static void take_sp(struct reading *r, str value)
{
    r->sp_wrong = policy_read(value, &r->record->sp) ? NULL : value.p;
}

static void take_np(struct reading *r, str value)
{
    r->np_wrong = policy_read(value, &r->record->np) ? NULL : value.p;
}

static void take_adkim(struct reading *r, str value)
{
    r->record->is_adkim_strict = str_eq_nocase(value, S("s"));
}

static void take_aspf(struct reading *r, str value)
{
    r->record->is_aspf_strict = str_eq_nocase(value, S("s"));
}

static void take_t(struct reading *r, str value)
{
    r->record->is_testing = str_eq_nocase(value, S("y"));
}

static void take_psd(struct reading *r, str value)
{
    r->record->psd = psd_of(value);
}

static void take_rua(struct reading *r, str value)
{
    r->record->rua = value;
    r->record->has_valid_rua = has_valid_uri(value);
}

static void take_ruf(struct reading *r, str value)
{
    r->record->ruf = value;
}

static void take_fo(struct reading *r, str value)
{
    r->record->fo = value;
}

/* The tags of the registry; a value that does not fit leaves the default.       [RFC9989 4.7] [RFC9989 9.3] */
static const struct {
    str name;
    void (*take)(struct reading *r, str value);
} tags[] = {
    {S_INIT("v"), take_version_again},
    {S_INIT("p"), take_p},
    {S_INIT("sp"), take_sp},
    {S_INIT("np"), take_np},
    {S_INIT("adkim"), take_adkim},
    {S_INIT("aspf"), take_aspf},
    {S_INIT("t"), take_t},
    {S_INIT("psd"), take_psd},
    {S_INIT("rua"), take_rua},
    {S_INIT("ruf"), take_ruf},
    {S_INIT("fo"), take_fo},
};
enum { TAG_V, TAG_N = sizeof tags / sizeof tags[0] };

/* ret  TAG_N: a tag that this version does not know; the case of tag names matters       [RFC6376 3.2] */
static unsigned tag_of(str name)
{
    unsigned tag = 0;
    while (tag < TAG_N && !str_eq(name, tags[tag].name))
        tag++;
    return tag;
}

/* A TAB is let through: dmarc-urilist allows it around commas. */
static bool is_value(str value)
{
    for (size_t i = 0; i < value.n; i++)
        if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] > 0x7e)
            return false;
    return true;
}

/* Takes what stands between two semicolons; what is no tag is ignored.                     [RFC9989 4.8] */
static void take_piece(struct reading *r, str piece)
{
    cur c = cur_of(str_trim_wsp(piece));
    str name = cur_run(&c, C_ALPHA);
    cur_run(&c, C_WSP);
    unsigned tag = tag_of(name);
    if (tag == TAG_N || !cur_byte(&c, '='))
        return;
    cur_run(&c, C_WSP);
    bool is_again = (r->seen & 1u << tag) != 0;
    if (is_again && r->record->fault == FAULT_NONE) {
        r->record->fault = FAULT_DMARC_TAG_TWICE;
        r->record->at = (size_t)(name.p - r->text.p);
    }
    r->seen |= 1u << tag;
    str value = cur_rest(&c);
    tags[tag].take(r, is_value(value) ? value : str_first(value, 0));
}

/* dmarc-version; v is the first tag and its value matters in case. Leaves c at ";" or the end.   [RFC9989 4.7] */
static bool take_version(cur *c)
{
    if (!cur_byte(c, 'v') && !cur_byte(c, 'V'))
        return false;
    cur_run(c, C_WSP);
    if (!cur_byte(c, '='))
        return false;
    cur_run(c, C_WSP);
    if (!cur_text(c, S("DMARC1")))
        return false;
    cur_run(c, C_WSP);
    return cur_end(c) || cur_at(c, ';');
}

static void set_policy_fault(struct reading *r, enum ingam_fault fault, const uint8_t *wrong)
{
    r->record->p_fault = fault;
    if (r->record->fault == FAULT_NONE)
        r->record->at = (size_t)(wrong - r->text.p);
}

/* Says which of p, sp and np is wrong, the first of them.                                [RFC9989 4.10.1] */
static void find_policy_fault(struct reading *r)
{
    if (r->p_wrong)
        set_policy_fault(r, FAULT_DMARC_P_INVALID, r->p_wrong);
    else if (r->record->p == INGAM_DMARC_NO_POLICY)
        set_policy_fault(r, FAULT_DMARC_P_MISSING, r->text.p + r->text.n);
    else if (r->sp_wrong)
        set_policy_fault(r, FAULT_DMARC_SP_INVALID, r->sp_wrong);
    else if (r->np_wrong)
        set_policy_fault(r, FAULT_DMARC_NP_INVALID, r->np_wrong);
}

/* [RFC9989 4.7] [RFC9989 4.8] */
bool dmarc_record_read(str text, struct dmarc_record *record)
{
    cur c = cur_of(text);
    struct reading r = {.record = record, .text = text, .seen = 1u << TAG_V};
    *record = (struct dmarc_record){.text = text};
    if (!take_version(&c))
        return false;
    while (cur_byte(&c, ';'))
        take_piece(&r, cur_until(&c, ';'));
    find_policy_fault(&r);
    return true;
}
