/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of a domain: those at selectors that were named, and at names that many signers use.   [RFC6376 3.6.2] */
#include "records/records.h"

/* Selectors that providers and signing software give out, each of them for very many domains. */
static const str usual[] = {
    S_INIT("default"),     S_INIT("dkim"),
    S_INIT("mail"),        S_INIT("google"),
    S_INIT("selector1"),   S_INIT("selector2"),
    S_INIT("s1"),          S_INIT("s2"),
    S_INIT("k1"),          S_INIT("k2"),
    S_INIT("k3"),          S_INIT("mandrill"),
    S_INIT("mxvault"),     S_INIT("everlytickey1"),
    S_INIT("smtp"),        S_INIT("smtpapi"),
    S_INIT("m1"),          S_INIT("mg"),
    S_INIT("pic"),         S_INIT("key1"),
    S_INIT("key2"),        S_INIT("zoho"),
    S_INIT("zmail"),       S_INIT("fm1"),
    S_INIT("fm2"),         S_INIT("fm3"),
    S_INIT("protonmail"),  S_INIT("protonmail2"),
    S_INIT("protonmail3"), S_INIT("mailjet"),
    S_INIT("sig1"),        S_INIT("pm"),
    S_INIT("scph0920"),    S_INIT("cm"),
    S_INIT("dk"),          S_INIT("x"),
    S_INIT("ed25519"),     S_INIT("rsa"),
    S_INIT("turbo-smtp"),  S_INIT("hs1"),
    S_INIT("hs2"),         S_INIT("brevo1"),
    S_INIT("brevo2"),
};
enum { USUAL_N = sizeof usual / sizeof usual[0] };

static str prefix_of(struct lint *l, str selector)
{
    struct out o;
    out_init(&o, l->run->arena);
    out_str(&o, selector);
    out_z(&o, "._domainkey.");
    return out_done(&o);
}

/* Looks at what stands at one selector. ret how many key records */
static size_t look_at_keys(struct lint *l, const struct fact *fact)
{
    size_t n = 0;
    for (size_t i = 0; i < fact->rr_n; i++) {
        str text = fact->rrs[i].data;
        if (record_kind(text) != INGAM_RECORD_DKIM)
            continue;
        lint_publish(l, INGAM_RECORD_DKIM, fact, text);
        lint_take(l, fact->name, text);
        lint_one(l, INGAM_RECORD_DKIM);
        n++;
    }
    lint_take(l, fact->name, S(""));
    if (n > 1)
        lint_add_number(l, FIND_DKM022, S(""), (int64_t)n);
    l->has_key = l->has_key || n > 0;
    return n;
}

static void look_at_named(struct lint *l, str selector)
{
    const struct fact *fact = lint_ask(l, prefix_of(l, selector), l->domain, INGAM_RR_TXT);
    if (fact && look_at_keys(l, fact) == 0)
        lint_add_text(l, FIND_DKM021, S(""), selector, S(""));
}

/* Nobody is told of a usual selector that is not there, nor of one that could not be asked. */
static void look_at_usual(struct lint *l, str selector)
{
    for (size_t i = 0; i < l->selector_n; i++)
        if (str_eq(l->selectors[i], selector))
            return;
    const struct fact *fact = facts_ask(l->run->facts, prefix_of(l, selector), l->domain, INGAM_RR_TXT);
    if (fact_is_open(fact))
        l->is_open = true;
    else if (fact_failed(fact))
        l->is_key_unsure = true;
    else if (fact->rr_n)
        look_at_keys(l, fact);
}

/* ret  true: every selector has a record, whether it was made or not */
static bool has_wildcard(struct lint *l)
{
    const struct fact *fact =
        lint_ask(l, S("ingam-lint-no-such-selector._domainkey."), l->domain, INGAM_RR_TXT);
    str only = S("");
    if (fact == NULL || lint_records(fact, INGAM_RECORD_DKIM, &only) == 0)
        return false;
    lint_take(l, fact->name, only);
    lint_add(l, FIND_DKM023, S(""));
    return true;
}

void domain_keys(struct lint *l)
{
    struct out asked;
    for (size_t i = 0; i < l->selector_n; i++)
        look_at_named(l, l->selectors[i]);
    bool is_wild = has_wildcard(l);
    for (size_t i = 0; i < USUAL_N && !is_wild; i++)
        look_at_usual(l, usual[i]);
    if (l->has_key || is_wild || l->is_open || l->is_key_unsure)
        return;
    out_init(&asked, l->run->arena);
    for (size_t i = 0; i < l->selector_n; i++) {
        out_str(&asked, l->selectors[i]);
        out_z(&asked, ", ");
    }
    out_z(&asked, "the usual ones");
    lint_take(l, l->domain, S(""));
    lint_add_text(l, FIND_DKM020, S(""), out_done(&asked), S(""));
}
