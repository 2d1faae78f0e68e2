/* SPDX-License-Identifier: BSD-2-Clause */
/* One DMARC record by itself.                                                          [RFC9989 4.7] [RFC9989 4.8] */
#include "records/records.h"

static const struct choice {
    str name;
    str words; /* each as ":word:" */
    str fix;
} choices[] = {
    {S_INIT("adkim"), S_INIT(":r:s:"), S_INIT("adkim=r or adkim=s")},
    {S_INIT("aspf"), S_INIT(":r:s:"), S_INIT("aspf=r or aspf=s")},
    {S_INIT("t"), S_INIT(":y:n:"), S_INIT("t=y or t=n")},
    {S_INIT("psd"), S_INIT(":y:n:u:"), S_INIT("psd=y, psd=n or psd=u")},
};
enum { CHOICE_N = sizeof choices / sizeof choices[0] };

/* Tags of RFC 7489 that RFC 9989 took away.                                                          [RFC9989 C.5.2] */
static const struct {
    str name;
    enum find code;
} gone[] = {{S_INIT("pct"), FIND_DMR010}, {S_INIT("rf"), FIND_DMR011}, {S_INIT("ri"), FIND_DMR012}};
enum { GONE_N = sizeof gone / sizeof gone[0] };

static bool is_choice(const struct choice *row, str value)
{
    uint8_t c = value.n == 1 ? byte_lower(value.p[0]) : ':';
    return c != ':' && str_find(row->words, c) < row->words.n;
}

/* dmarc-fo: 0 or 1, d, s, each at most once, 0 and 1 not both.                                         [RFC9989 4.8] */
static bool is_fo(str value)
{
    unsigned seen = 0;
    for (cur c = cur_of(value);;) {
        str word = cur_until(&c, ':');
        size_t which = word.n == 1 ? str_find(S("01ds"), byte_lower(word.p[0])) : 4;
        if (which == 4 || (seen & 1u << which))
            return false;
        seen |= 1u << which;
        if (!cur_byte(&c, ':'))
            return (seen & 3) != 3;
    }
}

static void look_at_values(struct lint *l, const struct piece *piece)
{
    for (size_t i = 0; i < CHOICE_N; i++)
        if (str_eq(piece->name, choices[i].name) && !is_choice(&choices[i], piece->value))
            lint_add_text(l, FIND_DMR027, piece->whole, piece->whole, choices[i].fix);
    if (str_eq(piece->name, S("fo")) && !is_fo(piece->value))
        lint_add_text(l, FIND_DMR021, piece->whole, piece->value, S(""));
}

static bool is_known(str name)
{
    static const str names = S_INIT(":v:p:sp:np:rua:ruf:");
    for (size_t i = 0; i < CHOICE_N; i++)
        if (str_eq(name, choices[i].name))
            return true;
    for (cur c = cur_of(names); !cur_end(&c); cur_byte(&c, ':'))
        if (str_eq(cur_until(&c, ':'), name))
            return name.n > 0;
    return str_eq(name, S("fo"));
}

static void look_at_piece(struct lint *l, const struct piece *piece)
{
    if (!piece->is_tag || piece->name.n == 0 || piece->value.n == 0) {
        lint_add_text(l, FIND_DMR026, piece->whole, piece->whole, S(""));
        return;
    }
    for (size_t i = 0; i < GONE_N; i++)
        if (str_eq(piece->name, gone[i].name)) {
            lint_add(l, gone[i].code, piece->whole);
            return;
        }
    if (!is_known(piece->name))
        lint_add_text(l, FIND_DMR025, piece->whole, piece->name, S(""));
    look_at_values(l, piece);
}

/* ret  the value of a tag as written; empty: not there */
static str value_of(const struct dmarc_record *r, str name)
{
    cur c = cur_of(r->text);
    for (struct piece piece; piece_next(&c, &piece);)
        if (str_eq(piece.name, name))
            return piece.value;
    return S("");
}

/* p, sp and np that are no policies: the record then counts as p=none, or not at all.                [RFC9989 4.10.1] */
static bool has_right_policies(struct lint *l, const struct dmarc_record *r)
{
    static const struct {
        str name;
        enum find code;
    } rows[] = {{S_INIT("p"), FIND_DMR003}, {S_INIT("sp"), FIND_DMR006}, {S_INIT("np"), FIND_DMR007}};
    const enum ingam_dmarc_policy read[] = {r->p, r->sp, r->np};
    bool is_right = true;
    for (size_t i = 0; i < 3; i++) {
        str value = value_of(r, rows[i].name);
        if (value.n == 0 || read[i] != INGAM_DMARC_NO_POLICY)
            continue;
        lint_add_text(l, rows[i].code, value, value, S(""));
        is_right = false;
    }
    if (r->p == INGAM_DMARC_NO_POLICY && value_of(r, S("p")).n == 0) {
        lint_add(l, r->has_valid_rua ? FIND_DMR005 : FIND_DMR004, str_first(r->text, 0));
        is_right = false;
    }
    return is_right;
}

static str word(enum ingam_dmarc_policy policy)
{
    const char *name = ingam_dmarc_policy_name(policy);
    return str_of(name ? name : "none");
}

/* in   r  with policies that are right */
static void compare_policies(struct lint *l, const struct dmarc_record *r)
{
    enum ingam_dmarc_policy below = r->sp ? r->sp : r->p;
    str sp = value_of(r, S("sp")), np = value_of(r, S("np"));
    if (r->sp && r->sp < r->p)
        lint_add_text(l, FIND_DMR017, sp, word(r->sp), word(r->p));
    if (r->np && r->np < below)
        lint_add_text(l, FIND_DMR018, np, word(r->np), word(below));
    if (r->np == INGAM_DMARC_NO_POLICY && below != INGAM_DMARC_REJECT)
        lint_add_text(l, FIND_DMR016, str_from(r->text, r->text.n), word(below), S(""));
}

static void look_at_reports(struct lint *l, const struct dmarc_record *r)
{
    size_t addresses = lint_uris(l, r->rua);
    lint_uris(l, r->ruf);
    if (r->rua.n == 0 || addresses == 0) {
        bool is_idle = r->p == INGAM_DMARC_NONE && r->rua.n == 0;
        lint_add(l, is_idle ? FIND_DMR014 : FIND_DMR015, str_from(r->text, r->text.n));
    }
    if (r->fo.n && r->ruf.n == 0)
        lint_add(l, FIND_DMR020, r->fo);
    if (r->ruf.n && r->fo.n == 0)
        lint_add(l, FIND_DMR022, r->ruf);
}

static void look_at_test_mode(struct lint *l, const struct dmarc_record *r)
{
    bool has_policy = r->p > INGAM_DMARC_NONE || r->sp > INGAM_DMARC_NONE || r->np > INGAM_DMARC_NONE;
    if (r->is_testing)
        lint_add(l, has_policy ? FIND_DMR019 : FIND_DMR029, value_of(r, S("t")));
    if (r->psd == PSD_YES)
        lint_add(l, FIND_DMR028, value_of(r, S("psd")));
}

/* The tag that occurs twice, at its second place. */
static void say_twice(struct lint *l, const struct dmarc_record *r)
{
    cur c = cur_of(str_from(r->text, r->at));
    str name = cur_run(&c, C_ALPHA);
    struct ingam_finding *f = lint_add_text(l, FIND_DMR002, name, name, S(""));
    if (f)
        f->fault = r->fault;
}

void lint_dmarc(struct lint *l, const struct dmarc_record *r)
{
    struct piece piece;
    cur c = cur_of(r->text);
    piece_next(&c, &piece);
    while (piece_next(&c, &piece))
        look_at_piece(l, &piece);
    if (r->fault != FAULT_NONE)
        say_twice(l, r);
    if (has_right_policies(l, r) && !l->is_below)
        compare_policies(l, r);
    if (r->p != INGAM_DMARC_NO_POLICY || r->has_valid_rua)
        look_at_reports(l, r);
    look_at_test_mode(l, r);
}
