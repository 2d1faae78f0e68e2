/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verdict rests on: the notes of the methods, the facts, the header fields. */
#include "verdict/state.h"

enum { TRACE_N = SHARE_N + 2 };

/* All traces in the order in which people read them. */
static void traces_of(const struct ingam_check *c, const struct trace *traces[TRACE_N])
{
    size_t n = 0;
    traces[n++] = &c->mail_trace;
    traces[n++] = &c->methods[SHARE_SPF_HELO].trace;
    traces[n++] = &c->methods[SHARE_SPF_MAIL_FROM].trace;
    traces[n++] = &c->methods[SHARE_DKIM].trace;
    traces[n++] = &c->methods[SHARE_ARC].trace;
    traces[n++] = &c->methods[SHARE_DMARC].trace;
    traces[n++] = &c->policy_trace;
}

static bool make_room(struct told *told, size_t n)
{
    if (n <= told->note_cap)
        return true;
    struct ingam_note *notes = NEW_N(told->arena, struct ingam_note, n);
    if (notes == NULL)
        return false;
    told->notes = notes;
    told->note_cap = n;
    return true;
}

size_t ingam_check_notes(const struct ingam_check *c, const struct ingam_note **notes)
{
    const struct trace *traces[TRACE_N];
    struct told *told = c->told;
    size_t total = 0;
    traces_of(c, traces);
    for (size_t i = 0; i < TRACE_N; i++)
        total += traces[i]->n;

    *notes = NULL;
    if (total == 0 || !make_room(told, total))
        return 0;
    told->note_n = 0;
    for (size_t i = 0; i < TRACE_N; i++)
        for (size_t k = 0; k < traces[i]->n; k++)
            told->notes[told->note_n++] = traces[i]->notes[k];
    *notes = told->notes;
    return told->note_n;
}

size_t ingam_check_facts(const struct ingam_check *c)
{
    return c->facts.n;
}

bool ingam_check_fact(const struct ingam_check *c, size_t i, struct ingam_fact *out)
{
    if (i >= c->facts.n)
        return false;
    const struct fact *fact = c->facts.list[i];
    *out = (struct ingam_fact){
        .name = fact->name,
        .type = fact->type,
        .status = fact->status,
        .ttl = fact->ttl,
        .is_secure = fact->is_secure,
        .why = fact->why,
        .rrs = fact->rrs,
        .rr_n = fact->rr_n,
    };
    return true;
}

size_t ingam_check_fields(const struct ingam_check *c)
{
    return c->header.n;
}

bool ingam_check_field_at(const struct ingam_check *c, size_t i, ingam_str *name, ingam_str *value)
{
    if (i >= c->header.n)
        return false;
    *name = c->header.fields[i].name;
    *value = c->header.fields[i].value;
    return true;
}
