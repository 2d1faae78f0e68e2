/* SPDX-License-Identifier: BSD-2-Clause */
/* SPF records: terms are slices of the record in their order, a fault points into it, the terms written out again read as the
 * same terms, and what a macro writes has the parts it says. */
#include "spf/macro.h"
#include "spf/record.h"

#include <stdint.h>
#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool lies_in(str inner, str outer)
{
    return inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

static size_t count(str s, uint8_t c)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
}

static void expand(struct arena *a, const struct macro *m, str value)
{
    struct out o;
    out_init(&o, a);
    macro_write(&o, m, value);
    str got = out_done(&o);
    must(got.n <= 3 * value.n);
    must(m->is_escaped || !m->keep || count(got, '.') < m->keep || m->delimiters.n);
    for (size_t i = 0; m->is_escaped && i < got.n; i++)
        must(got.p[i] > 0x20 && got.p[i] < 0x7f);
}

/* Every macro of a domain that was read can be expanded. */
static void expand_all(struct arena *a, str spec)
{
    cur c = cur_of(spec);
    struct macro m;
    for (;;) {
        enum macro_got got = macro_next(&c, &m);
        must(got != MACRO_BAD);
        if (got == MACRO_END)
            return;
        if (got == MACRO_LITERAL)
            continue;
        expand(a, &m, S("a.b-c+d,e/f_g=h..\xff"));
        expand(a, &m, S(""));
        expand(a, &m, spec);
    }
}

static void look_at_term(const struct spf_term *t, str record)
{
    must(lies_in(t->text, record) && t->text.n > 0 && count(t->text, ' ') == 0);
    must(t->domain.n == 0 || lies_in(t->domain, t->text));
    must(t->cidr4 <= 32 && t->cidr6 <= 128);
    must((t->targets != NULL) == (spf_kind_asks(t->kind) || t->kind == TERM_EXP));
}

static void look_at(struct arena *a, const struct spf_record *r)
{
    const uint8_t *from = r->text.p;
    must(r->fault ? r->at <= r->text.n : r->at == 0);
    for (size_t i = 0; i < r->n; i++) {
        const struct spf_term *t = &r->terms[i];
        must(t->text.p > from);
        look_at_term(t, r->text);
        expand_all(a, t->domain);
        from = t->text.p;
    }
    must(r->fault || r->redirect == NULL || r->redirect->kind == TERM_REDIRECT);
    must(r->fault || r->exp == NULL || r->exp->kind == TERM_EXP);
}

static bool is_same(const struct spf_term *a, const struct spf_term *b)
{
    return str_eq(a->text, b->text) && str_eq(a->domain, b->domain) && a->kind == b->kind &&
           a->qualifier == b->qualifier && a->cidr4 == b->cidr4 && a->cidr6 == b->cidr6 &&
           a->uses == b->uses && memcmp(&a->network, &b->network, sizeof a->network) == 0;
}

static void write_and_read(struct arena *a, const struct spf_record *r)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, S("v=spf1"));
    for (size_t i = 0; i < r->n; i++) {
        out_byte(&o, ' ');
        out_str(&o, r->terms[i].text);
    }
    const struct spf_record *again = spf_record_read(a, out_done(&o));
    must(again && again->fault == INGAM_FAULT_NONE && again->n == r->n && again->has_all == r->has_all);
    for (size_t i = 0; i < r->n; i++)
        must(is_same(&r->terms[i], &again->terms[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct out o;
    str text = {data, size};
    arena_init(&a, NULL, 64 << 20);
    out_init(&o, &a);
    out_str(&o, spf_is_record(text) ? S("") : S("v=spf1 "));
    out_str(&o, text);
    text = out_done(&o);
    must(spf_is_record(text));
    const struct spf_record *r = spf_record_read(&a, text);
    if (r) {
        look_at(&a, r);
        if (r->fault == INGAM_FAULT_NONE)
            write_and_read(&a, r);
    }
    arena_free(&a);
    return 0;
}
