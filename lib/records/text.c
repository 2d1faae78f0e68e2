/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kind of record a text is, and what holds for every kind. */
#include "records/records.h"

enum { STRING_BYTES = 255, ANSWER_BYTES = 450 };

static const struct kind_row {
    str tag, value; /* how it begins; SPF: no tags */
    str hint;       /* what somebody wrote who meant it */
    enum ingam_record kind;
} kinds[] = {
    {S_INIT("v"), S_INIT("spf1"), S_INIT("spf"), INGAM_RECORD_SPF},
    {S_INIT("v"), S_INIT("DMARC1"), S_INIT("dmarc"), INGAM_RECORD_DMARC},
    {S_INIT("v"), S_INIT("DKIM1"), S_INIT("dkim"), INGAM_RECORD_DKIM},
    {S_INIT("v"), S_INIT("STSv1"), S_INIT("sts"), INGAM_RECORD_MTA_STS},
    {S_INIT("v"), S_INIT("TLSRPTv1"), S_INIT("tlsrpt"), INGAM_RECORD_TLSRPT},
    {S_INIT("v"), S_INIT("BIMI1"), S_INIT("bimi"), INGAM_RECORD_BIMI},
};
enum { KIND_N = sizeof kinds / sizeof kinds[0] };

bool record_begins(str text, str tag, str value)
{
    cur c = cur_of(text);
    if (!cur_text_nocase(&c, tag))
        return false;
    cur_run(&c, C_WSP);
    if (!cur_byte(&c, '='))
        return false;
    cur_run(&c, C_WSP);
    if (!cur_text(&c, value))
        return false;
    cur_run(&c, C_WSP);
    return cur_end(&c) || cur_at(&c, ';');
}

static bool is_kind(str text, const struct kind_row *row)
{
    return row->kind == INGAM_RECORD_SPF ? spf_is_record(text) : record_begins(text, row->tag, row->value);
}

/* ret  `word` occurs in the first bytes, in any case */
static bool hints_at(str text, str word)
{
    enum { NEAR = 16 };
    str head = str_first(text, NEAR);
    for (size_t i = 0; i + word.n <= head.n; i++)
        if (str_starts_nocase(str_from(head, i), word))
            return true;
    return false;
}

bool piece_next(cur *c, struct piece *piece)
{
    while (!cur_end(c)) {
        str whole = str_trim_fws(cur_until(c, ';'));
        cur_byte(c, ';');
        if (whole.n == 0)
            continue;
        size_t at = str_find(whole, '=');
        *piece = (struct piece){.whole = whole, .is_tag = at < whole.n};
        piece->name = str_trim_fws(str_first(whole, at));
        piece->value = str_trim_fws(str_from(whole, at + 1));
        return true;
    }
    return false;
}

/* A key record needs no v=: its p= gives it away. So does p=reject a DMARC record that lost its head. */
static enum ingam_record kind_of_tags(str text)
{
    cur c = cur_of(text);
    for (struct piece piece; piece_next(&c, &piece);) {
        if (str_eq(piece.name, S("k")) || str_eq(piece.name, S("g")))
            return INGAM_RECORD_DKIM;
        if (str_eq(piece.name, S("rua")) || str_eq(piece.name, S("sp")))
            return INGAM_RECORD_DMARC;
        if (!str_eq(piece.name, S("p")))
            continue;
        bool is_policy = str_eq_nocase(piece.value, S("none")) ||
                         str_eq_nocase(piece.value, S("quarantine")) ||
                         str_eq_nocase(piece.value, S("reject"));
        return is_policy ? INGAM_RECORD_DMARC : INGAM_RECORD_DKIM;
    }
    return INGAM_RECORD_UNKNOWN;
}

enum ingam_record record_kind(str text)
{
    text = str_trim_fws(text);
    if (text.n > 1 && text.p[0] == '"')
        text = str_from(text, 1);
    for (size_t i = 0; i < KIND_N; i++)
        if (is_kind(text, &kinds[i]))
            return kinds[i].kind;
    for (size_t i = KIND_N; i-- > 0;)
        if (hints_at(text, kinds[i].hint))
            return kinds[i].kind;
    return kind_of_tags(text);
}

static void look_at_size(struct lint *l, enum ingam_record kind)
{
    if (kind != INGAM_RECORD_DKIM && l->record.n > ANSWER_BYTES)
        lint_add_number(l, FIND_REC004, S(""), (int64_t)l->record.n);
    if (l->is_alone && l->record.n > STRING_BYTES)
        lint_add_number(l, FIND_REC005, str_from(l->record, STRING_BYTES), (int64_t)l->record.n);
}

bool lint_any(struct lint *l, enum ingam_record kind)
{
    str text = l->record;
    size_t wrong = spf_wrong_byte(text);
    if (kind == INGAM_RECORD_UNKNOWN) {
        lint_add(l, FIND_REC001, str_first(text, 0));
        return false;
    }
    if (text.n && text.p[0] == '"') {
        lint_add(l, FIND_REC002, str_first(text, 1));
        return false;
    }
    if (text.n && byte_is(text.p[0], C_FWS)) {
        lint_add(l, FIND_REC006, str_first(text, 1));
        l->record = str_trim_fws(text);
    }
    if (wrong < text.n && text.p[wrong] != '\t' && kind != INGAM_RECORD_SPF)
        lint_add(l, FIND_REC003, str_first(str_from(text, wrong), 1));
    look_at_size(l, kind);
    return true;
}

static void lint_dmarc_text(struct lint *l)
{
    struct dmarc_record record;
    if (dmarc_record_read(l->record, &record))
        lint_dmarc(l, &record);
    else
        lint_add(l, FIND_DMR001, str_first(l->record, str_find(l->record, ';')));
}

void lint_one(struct lint *l, enum ingam_record kind)
{
    if (!lint_any(l, kind))
        return;
    switch (kind) {
    case INGAM_RECORD_SPF: lint_spf(l); break;
    case INGAM_RECORD_DKIM: lint_dkim(l); break;
    case INGAM_RECORD_DMARC: lint_dmarc_text(l); break;
    case INGAM_RECORD_MTA_STS: lint_sts(l); break;
    case INGAM_RECORD_TLSRPT: lint_tls(l); break;
    case INGAM_RECORD_BIMI: lint_bimi(l); break;
    case INGAM_RECORD_UNKNOWN:
    case INGAM_RECORD_N: break;
    }
}
