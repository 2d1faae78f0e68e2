/* SPDX-License-Identifier: BSD-2-Clause */
/* One SPF record by itself.                                                                              [RFC7208 4] */
#include "records/records.h"

enum { LOOKUPS_MAX = 10, LOOKUPS_NEAR = 8 };

static bool is_network(const struct spf_term *t)
{
    return t->kind == TERM_IP4 || t->kind == TERM_IP6;
}

static unsigned bits_of(const struct spf_term *t)
{
    return t->kind == TERM_IP6 ? t->cidr6 : t->cidr4;
}

/* Networks of special use that never send over the Internet.                                             [RFC6890 2.2] */
static bool is_private(const struct spf_term *t)
{
    static const struct {
        uint8_t bytes[2];
        uint8_t bits;
        bool is_v6;
    } rows[] = {
        {{10, 0}, 8, false},     {{127, 0}, 8, false}, {{172, 16}, 12, false},   {{192, 168}, 16, false},
        {{169, 254}, 16, false}, {{0xfc, 0}, 7, true}, {{0xfe, 0x80}, 10, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ip network = {.is_v6 = rows[i].is_v6};
        memcpy(network.bytes, rows[i].bytes, 2);
        if (bits_of(t) >= rows[i].bits && ip_in_prefix(&t->network, &network, rows[i].bits))
            return true;
    }
    return false;
}

static bool has_host_bits(const struct spf_term *t)
{
    size_t n = t->network.is_v6 ? 16 : 4;
    for (size_t bit = bits_of(t); bit < 8 * n; bit++)
        if (t->network.bytes[bit / 8] & 0x80 >> bit % 8)
            return true;
    return false;
}

static void look_at_network(struct lint *l, const struct spf_term *t)
{
    unsigned bits = bits_of(t), large = t->network.is_v6 ? 19 : 11;
    if (t->qualifier != INGAM_RESULT_PASS)
        return;
    if (bits == 0)
        lint_add_text(l, FIND_SPF016, t->text, t->text, S(""));
    else if (is_private(t))
        lint_add_text(l, FIND_SPF018, t->text, t->text, S(""));
    else if (bits <= large)
        lint_add_text(l, FIND_SPF017, t->text, t->text, S(""));
    if (bits && has_host_bits(t))
        lint_add_text(l, FIND_SPF019, t->text, t->text, S(""));
}

/* a and mx with a length of 0 are everybody, too. */
static void look_at_length(struct lint *l, const struct spf_term *t)
{
    if (t->qualifier == INGAM_RESULT_PASS && (t->cidr4 == 0 || t->cidr6 == 0))
        lint_add_text(l, FIND_SPF016, t->text, t->text, S(""));
}

static void look_at_all(struct lint *l, const struct spf_term *t)
{
    if (t->qualifier == INGAM_RESULT_PASS)
        lint_add_text(l, FIND_SPF010, t->text, t->text, S(""));
    if (t->qualifier == INGAM_RESULT_NEUTRAL)
        lint_add_text(l, FIND_SPF011, t->text, t->text, S(""));
}

static void look_at_term(struct lint *l, const struct spf_term *t)
{
    if (t->uses & USES_PTR)
        lint_add_text(l, FIND_SPF024, t->text, t->text, S(""));
    if (is_network(t))
        look_at_network(l, t);
    else if (t->kind == TERM_A || t->kind == TERM_MX)
        look_at_length(l, t);
    else if (t->kind == TERM_ALL)
        look_at_all(l, t);
    else if (t->kind == TERM_PTR)
        lint_add(l, FIND_SPF015, t->text);
    else if (t->kind == TERM_OTHER)
        lint_add_text(l, FIND_SPF023, t->text, t->text, S(""));
}

/* ret  `t` without its qualifier, if that says pass */
static str bare(const struct spf_term *t)
{
    return str_from(t->text, t->text.n && t->text.p[0] == '+');
}

static bool is_within(const struct spf_term *inner, const struct spf_term *outer)
{
    return is_network(inner) && is_network(outer) && inner->qualifier == outer->qualifier &&
           bits_of(inner) >= bits_of(outer) && ip_in_prefix(&inner->network, &outer->network, bits_of(outer));
}

/* Looks for a term that makes this one needless. Only the first few hundred are compared: a record that answers hold never has
 * more. */
static void look_for_same(struct lint *l, const struct spf_record *r, size_t i)
{
    enum { COMPARED = 256 };
    const struct spf_term *t = &r->terms[i];
    size_t n = r->n < COMPARED ? r->n : COMPARED;
    for (size_t k = 0; k < n && t->kind != TERM_OTHER; k++) {
        const struct spf_term *other = &r->terms[k];
        if (k < i && str_eq_nocase(bare(t), bare(other))) {
            lint_add_text(l, FIND_SPF021, t->text, t->text, S(""));
            return;
        }
        bool is_same = is_within(t, other) && is_within(other, t);
        if (is_within(t, other) && (k < i || (k > i && !is_same))) {
            lint_add_text(l, FIND_SPF022, t->text, t->text, other->text);
            return;
        }
    }
}

/* Mechanisms behind all are dead, and redirect= beside it.                                  [RFC7208 5.1] [RFC7208 6.1] */
static void look_at_end(struct lint *l, const struct spf_record *r)
{
    bool is_behind = false;
    for (size_t i = 0; i < r->n; i++) {
        const struct spf_term *t = &r->terms[i];
        bool is_modifier = t->kind == TERM_REDIRECT || t->kind == TERM_EXP || t->kind == TERM_OTHER;
        if (is_behind && !is_modifier)
            lint_add_text(l, FIND_SPF013, t->text, t->text, S(""));
        is_behind = is_behind || t->kind == TERM_ALL;
    }
    if (r->has_all && r->redirect)
        lint_add_text(l, FIND_SPF014, r->redirect->text, r->redirect->text, S(""));
    if (!r->has_all && r->redirect == NULL)
        lint_add(l, FIND_SPF012, str_from(r->text, r->text.n));
}

/* Inside a domain the whole tree is counted instead.                                                  [RFC7208 4.6.4] */
static void count_terms(struct lint *l, const struct spf_record *r)
{
    int64_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += spf_kind_asks(r->terms[i].kind) && !(r->terms[i].kind == TERM_REDIRECT && r->has_all);
    if (!l->is_alone)
        return;
    if (n > LOOKUPS_MAX)
        lint_add_number(l, FIND_SPF020, S(""), n);
    else if (n >= LOOKUPS_NEAR)
        lint_add_number(l, FIND_SPF026, S(""), n);
}

void lint_spf(struct lint *l)
{
    if (!spf_is_record(l->record)) {
        lint_add(l, FIND_SPF002, str_first(l->record, str_find(l->record, ' ')));
        return;
    }
    const struct spf_record *r = spf_record_read(l->run->arena, l->record);
    if (r == NULL)
        return;
    if (r->fault != FAULT_NONE) {
        lint_add_fault(l, FIND_SPF001, r->fault, r->at);
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        look_at_term(l, &r->terms[i]);
        look_for_same(l, r, i);
    }
    look_at_end(l, r);
    count_terms(l, r);
}
