/* SPDX-License-Identifier: BSD-2-Clause */
/* MTA-STS and TLS-RPT: both are "v=..." and fields between semicolons.                  [RFC8461 3.1] [RFC8460 3] */
#include "records/records.h"

struct field_codes {
    str version; /* with its "v=": no white space, and case matters */
    enum find no_version, no_field, unknown, twice;
    str wanted; /* the field that must be there */
    enum find missing;
};

static const struct field_codes sts = {S_INIT("v=STSv1"), FIND_STS001,  FIND_STS004, FIND_STS005,
                                       FIND_STS008,       S_INIT("id"), FIND_STS002};
static const struct field_codes tls = {S_INIT("v=TLSRPTv1"), FIND_TLS001,   FIND_TLS004, FIND_TLS005,
                                       FIND_TLS008,          S_INIT("rua"), FIND_TLS002};

/* name=value without white space around "=": 1*32 letters, digits, "_", "-", "."; a value of visible bytes. The value of rua=
 * is looked at by itself.                                                                            [RFC8461 3.1] */
static bool is_field(const struct piece *piece, str wanted)
{
    cur c = cur_of(piece->whole);
    str name = cur_run(&c, C_ALPHA | C_DIGIT | C_UNDER | C_DASH | C_DOT);
    if (name.n == 0 || name.n > 32 || !byte_is(name.p[0], C_ALPHA | C_DIGIT) || !cur_byte(&c, '='))
        return false;
    if (str_eq(name, wanted))
        return true;
    return cur_run(&c, C_VISIBLE).n > 0 && cur_end(&c);
}

/* Goes over the fields. ret the value of the wanted one; p is NULL: it is not there */
static str read_fields(struct lint *l, const struct field_codes *codes, cur c)
{
    str value = {NULL, 0};
    for (struct piece piece; piece_next(&c, &piece);) {
        bool is_wanted = piece.is_tag && str_eq(piece.name, codes->wanted);
        if (!is_field(&piece, codes->wanted))
            lint_add_text(l, codes->no_field, piece.whole, piece.whole, S(""));
        else if (is_wanted && value.p)
            lint_add_text(l, codes->twice, piece.whole, piece.name, S(""));
        else if (is_wanted)
            value = piece.value.p ? piece.value : str_first(piece.whole, 0);
        else
            lint_add_text(l, codes->unknown, piece.whole, piece.name, S(""));
    }
    return value;
}

/* ret  the version stands at the start; `c` is behind it */
static bool take_version(struct lint *l, const struct field_codes *codes, cur *c)
{
    *c = cur_of(l->record);
    bool is_there = cur_text(c, codes->version);
    cur_run(c, C_WSP);
    if (is_there && (cur_end(c) || cur_byte(c, ';')))
        return true;
    lint_add(l, codes->no_version, str_first(l->record, str_find(l->record, ';')));
    return false;
}

static str wanted_field(struct lint *l, const struct field_codes *codes)
{
    cur c;
    str none = {NULL, 0};
    if (!take_version(l, codes, &c))
        return none;
    str value = read_fields(l, codes, c);
    if (value.p == NULL)
        lint_add(l, codes->missing, str_from(l->record, l->record.n));
    return value;
}

void lint_sts(struct lint *l)
{
    str id = wanted_field(l, &sts);
    cur c = cur_of(id);
    size_t n = cur_run(&c, C_ALPHA | C_DIGIT).n;
    if (id.p && (n == 0 || n > 32 || !cur_end(&c)))
        lint_add_text(l, FIND_STS003, id, id, S(""));
}

static bool is_report_uri(str uri)
{
    bool is_known = str_starts_nocase(uri, S("mailto:")) || str_starts_nocase(uri, S("https:"));
    return is_known && dmarc_uri_is_valid(uri) && str_find(uri, '!') == uri.n;
}

void lint_tls(struct lint *l)
{
    str rua = wanted_field(l, &tls);
    if (rua.p == NULL)
        return;
    cur c = cur_of(rua);
    do {
        str uri = str_trim_fws(cur_until(&c, ','));
        if (!is_report_uri(uri))
            lint_add_text(l, FIND_TLS003, uri, uri.n ? uri : S("an empty place"), S(""));
    } while (cur_byte(&c, ','));
}
