/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verdict says, as results.                           [RFC8601 2.7] [RFC6008 4] [RFC9989 9.1] [RFC8617 10.2] */
#include "authres/authres.h"

enum {
    DKIM_PROPERTIES = 5,
    PROPERTIES_MAX = DKIM_PROPERTIES,
    OTHERS = 3,
    SIGNATURES_MAX = 16,
    NUMBER_MAX = 10
};

struct writer {
    struct arena *arena;
    const struct authres_facts *facts;
    const struct ingam_verdict *verdict;
    struct authres *out;
};

static struct authres_result *add(struct writer *w, str method, enum ingam_result result)
{
    struct authres_result *r = &w->out->results[w->out->n++];
    *r = (struct authres_result){
        .method = method, .result = str_of(ingam_result_name(result)), .properties = r->properties};
    return r;
}

/* Where there is no value there is no property. */
static void with(struct authres_result *r, str ptype, str property, str value)
{
    if (value.n)
        r->properties[r->property_n++] = (struct authres_property){ptype, property, value};
}

/* A reason helps where something is wrong. */
static void because(struct authres_result *r, enum ingam_result result, enum ingam_fault fault)
{
    if (result != INGAM_RESULT_PASS && fault != FAULT_NONE)
        r->reason = str_of(ingam_fault_row(fault)->sentence);
}

/* The local-part is shown only where the record looked at it.                              [RFC8601 2.7.2] */
static str mail_from(const struct writer *w, const struct ingam_spf_outcome *spf)
{
    if (spf->uses_local_part && w->facts->mail_from.n)
        return w->facts->mail_from;
    return spf->domain.n ? spf->domain : w->facts->mail_from_domain;
}

/* U-labels are shown as the A-labels that were asked for.                                  [RFC8616 4] */
static str helo(const struct writer *w, const struct ingam_spf_outcome *spf)
{
    return w->facts->helo.n && str_is_ascii(w->facts->helo) ? w->facts->helo : spf->domain;
}

static void add_spf(struct writer *w)
{
    const struct ingam_verdict *v = w->verdict;
    const struct ingam_spf_outcome *spf = v->spf_mail_from.is_run ? &v->spf_mail_from : &v->spf_helo;
    if (!spf->is_run)
        return;
    struct authres_result *r = add(w, S("spf"), spf->result);
    because(r, spf->result, spf->fault);
    bool is_mail_from = v->spf_mail_from.is_run && w->facts->mail_from_domain.n;
    if (is_mail_from)
        with(r, S("smtp"), S("mailfrom"), mail_from(w, spf));
    else
        with(r, S("smtp"), S("helo"), helo(w, spf));
}

/* header.b tells signatures of one domain apart.                               [RFC6008 4] [RFC8601 2.7.1] */
static void add_signature(struct writer *w, const struct ingam_dkim_outcome *dkim)
{
    struct authres_result *r = add(w, S("dkim"), dkim->result);
    because(r, dkim->result, dkim->fault);
    with(r, S("header"), S("d"), dkim->domain);
    with(r, S("header"), S("i"), dkim->auid);
    with(r, S("header"), S("s"), dkim->selector);
    with(r, S("header"), S("a"), dkim->algorithm);
    with(r, S("header"), S("b"), dkim->b_prefix);
}

/* All that passed, and of the others as many as are left of SIGNATURES_MAX: a message may carry thousands. */
static size_t chosen(const struct ingam_verdict *v, bool *is_chosen)
{
    size_t passed = 0;
    size_t n = 0;
    for (size_t i = 0; i < v->dkim_n; i++)
        passed += v->dkim[i].result == INGAM_RESULT_PASS;
    size_t others = passed < SIGNATURES_MAX ? SIGNATURES_MAX - passed : 0;
    for (size_t i = 0; i < v->dkim_n; i++) {
        bool is_pass = v->dkim[i].result == INGAM_RESULT_PASS;
        is_chosen[i] = is_pass || others > 0;
        others -= !is_pass && is_chosen[i];
        n += is_chosen[i];
    }
    return n;
}

static void add_dkim(struct writer *w, const bool *is_chosen)
{
    if (w->verdict->dkim_n == 0)
        add(w, S("dkim"), INGAM_RESULT_NONE);
    for (size_t i = 0; i < w->verdict->dkim_n; i++)
        if (is_chosen[i])
            add_signature(w, &w->verdict->dkim[i]);
}

static str number(struct writer *w, uint32_t value)
{
    struct out o;
    out_init(&o, w->arena);
    out_uint(&o, value);
    return out_done(&o);
}

/* [RFC8617 10.2] */
static void add_arc(struct writer *w)
{
    const struct ingam_arc_outcome *arc = &w->verdict->arc;
    if (arc->result == INGAM_RESULT_NONE)
        return;
    struct authres_result *r = add(w, S("arc"), arc->result);
    because(r, arc->result, arc->fault);
    with(r, S("smtp"), S("remote-ip"), w->facts->remote_ip);
    if (arc->result == INGAM_RESULT_PASS)
        with(r, S("header"), S("oldest-pass"), number(w, arc->oldest_pass));
}

/* ret  what this site does instead of the published policy; empty if nothing            [RFC9989 5.4] [RFC8601 2.4] */
static str override(const struct ingam_action *action)
{
    for (size_t i = 0; i < action->reason_n; i++)
        if (str_starts(str_of(action->reasons[i]), S("local-policy")))
            return str_of(action->reasons[i]);
    return S("");
}

/* policy.dmarc is the policy after all options, where one was looked at.                    [RFC9989 9.1] */
static void add_dmarc(struct writer *w)
{
    const struct ingam_dmarc_outcome *dmarc = &w->verdict->dmarc;
    const char *policy = ingam_dmarc_policy_name(dmarc->policy);
    bool is_decided = dmarc->result == INGAM_RESULT_PASS || dmarc->result == INGAM_RESULT_FAIL;
    str why = override(&w->verdict->action);
    struct authres_result *r = add(w, S("dmarc"), dmarc->result);
    because(r, dmarc->result, dmarc->fault);
    if (why.n)
        r->reason = why;
    with(r, S("header"), S("from"), dmarc->author_domain);
    if (policy && is_decided)
        with(r, S("policy"), S("dmarc"), str_of(policy));
}

static bool is_nothing_run(const struct ingam_verdict *v)
{
    bool is_spf_run = v->spf_mail_from.is_run || v->spf_helo.is_run;
    bool is_dmarc_run = v->dmarc.result != INGAM_RESULT_NONE || v->dmarc.author_domain.n;
    return !is_spf_run && !is_dmarc_run && v->dkim_n == 0 && v->arc.result == INGAM_RESULT_NONE;
}

/* One block of properties for every result that there can be. */
static bool make_room(struct writer *w, size_t signatures)
{
    size_t n = signatures + 1 + OTHERS;
    struct authres_property *properties = NEW_N(w->arena, struct authres_property, n * PROPERTIES_MAX);
    w->out->results = NEW_N(w->arena, struct authres_result, n);
    if (properties == NULL || w->out->results == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        w->out->results[i].properties = properties + i * PROPERTIES_MAX;
    return true;
}

bool authres_of(struct arena *a, const struct authres_facts *facts, struct authres *out)
{
    struct writer w = {a, facts, facts->verdict, out};
    bool *is_chosen = NEW_N(a, bool, facts->verdict->dkim_n);
    *out = (struct authres){
        .authserv_id = facts->authserv_id, .has_own_names = true, .is_none = is_nothing_run(facts->verdict)};
    if (is_chosen == NULL || !make_room(&w, chosen(facts->verdict, is_chosen)))
        return false;
    if (out->is_none)
        return true;
    add_spf(&w);
    add_dkim(&w, is_chosen);
    add_arc(&w);
    add_dmarc(&w);
    return true;
}

str authres_write(struct arena *a, const struct authres_facts *facts)
{
    struct authres results = {0};
    if (!authres_of(a, facts, &results))
        return (str){NULL, 0};
    return authres_print(a, &results, AUTHRES_COLUMN);
}
