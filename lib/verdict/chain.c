/* SPDX-License-Identifier: BSD-2-Clause */
/* What an ARC chain says. Anybody can seal anything: the words of a chain are shown, and they decide nothing unless this site
 * has said whose words it takes (trust.c).                                                       [RFC8617 7.2.1] [RFC8617 9.4] */
#include "verdict/state.h"

/* ret  the text on one line, each gap one blank; empty on no memory */
static str unfolded(struct arena *a, str text)
{
    uint8_t *out = arena_take_raw(a, text.n);
    size_t n = 0;
    for (size_t i = 0; out && i < text.n; i++) {
        if (!byte_is(text.p[i], C_FWS))
            out[n++] = text.p[i];
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    return (str){out, n};
}

/* What is written behind arc= in a comment, as large mailbox providers do:
 * "arc=pass (i=1 spf=pass spfdomain=example.com dkim=pass dkdomain=example.com dmarc=pass fromdomain=example.com)" */
static str claim_of(const struct authres *results)
{
    for (size_t i = 0; i < results->n; i++) {
        const struct authres_result *r = &results->results[i];
        bool is_arc = str_eq_nocase(r->method, S("arc")) && str_eq_nocase(r->result, S("pass"));
        if (is_arc && str_starts(str_trim_fws(r->comment), S("i=")))
            return str_trim_fws(r->comment);
    }
    return S("");
}

/* ret  the value of header.from, or an empty one */
static str from_of(const struct authres_result *r)
{
    for (size_t i = 0; i < r->property_n; i++) {
        const struct authres_property *p = &r->properties[i];
        if (str_eq_nocase(p->ptype, S("header")) && str_eq_nocase(p->property, S("from")))
            return p->value;
    }
    return S("");
}

/* An address is taken for its domain, since some write one. */
static bool is_about(struct arena *a, str from, str author_domain)
{
    size_t at = str_find_last(from, '@');
    str name;
    return name_read(a, at < from.n ? str_from(from, at + 1) : from, &name) && str_eq(name, author_domain);
}

static enum ingam_result result_of(str word)
{
    static const enum ingam_result known[] = {INGAM_RESULT_PASS, INGAM_RESULT_FAIL, INGAM_RESULT_TEMPERROR,
                                              INGAM_RESULT_PERMERROR};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq_nocase(word, str_of(ingam_result_name(known[i]))))
            return known[i];
    return INGAM_RESULT_NONE;
}

/* The DMARC result for this author domain; two of them are none.                                 [RFC8601 2.7] */
static enum ingam_result dmarc_of(struct arena *a, const struct authres *results, str author_domain)
{
    enum ingam_result found = INGAM_RESULT_NONE;
    size_t n = 0;
    for (size_t i = 0; i < results->n; i++) {
        const struct authres_result *r = &results->results[i];
        if (!str_eq_nocase(r->method, S("dmarc")))
            continue;
        n++;
        if (is_about(a, from_of(r), author_domain))
            found = result_of(r->result);
    }
    return n == 1 ? found : INGAM_RESULT_NONE;
}

/* Finds the newest claim; each set's results are read in turn and given back.
 * in   n  sets */
static void tell_claim(const struct method_run *run, const struct arc_check *arc, uint32_t n)
{
    for (uint32_t i = n; i > 0; i--) {
        struct arena_mark mark = arena_mark(run->arena);
        struct authres results;
        bool is_read = authres_read(run->arena, arc_results_at(arc, i), run->limits, &results);
        str claim = is_read ? claim_of(&results) : S("");
        arena_rewind(run->arena, mark);
        if (claim.n == 0)
            continue;
        trace_add(run->trace, (struct ingam_note){.rule = RULE_ARC_CLAIM,
                                                  .text = {unfolded(run->arena, claim)},
                                                  .number = {i}});
        return;
    }
}

void chain_read_results(const struct method_run *run, const struct arc_check *arc, str author_domain,
                        struct ingam_arc_outcome *out)
{
    struct authres first;
    out->first_results = unfolded(run->arena, out->first_results);
    if (out->first_results.n == 0 || !authres_read(run->arena, out->first_results, run->limits, &first))
        return;
    trace_add(run->trace, (struct ingam_note){.rule = RULE_ARC_FIRST, .text = {out->first_results}});
    if (out->result != INGAM_RESULT_PASS)
        return;
    if (author_domain.n && first.fault == FAULT_NONE)
        out->first_dmarc = dmarc_of(run->arena, &first, author_domain);
    if (run->trace)
        tell_claim(run, arc, out->sets);
}

bool chain_is_witness(const struct ingam_arc_outcome *arc)
{
    return arc->result == INGAM_RESULT_PASS && arc->first_dmarc == INGAM_RESULT_PASS &&
           arc->is_author_signed && arc->sealer_n > 0;
}
