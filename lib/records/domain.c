/* SPDX-License-Identifier: BSD-2-Clause */
/* All that a domain publishes. */
#include "records/records.h"

/* ret  a failure of this question was told already */
static bool was_told(const struct lint *l, str name)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->findings[i].code == INGAM_FINDING_DNS001 && str_eq(l->findings[i].text[0], name))
            return true;
    return false;
}

const struct fact *lint_ask(struct lint *l, str prefix, str name, enum ingam_rr_type type)
{
    const struct fact *fact = facts_ask(l->run->facts, prefix, name, type);
    if (fact_is_open(fact)) {
        l->is_open = true;
        return NULL;
    }
    if (!fact_failed(fact))
        return fact;
    str asked = fact->name.n ? fact->name : name;
    if (!was_told(l, asked)) {
        lint_take(l, asked, S(""));
        lint_add_text(l, FIND_DNS001, S(""), asked, str_of(fact->why ? fact->why : "failed"));
    }
    return NULL;
}

static bool is_of_kind(str text, enum ingam_record kind)
{
    struct dmarc_record record;
    switch (kind) {
    case INGAM_RECORD_SPF: return spf_is_record(text);
    case INGAM_RECORD_DMARC: return dmarc_record_read(text, &record);
    case INGAM_RECORD_MTA_STS: return str_starts(text, S("v=STSv1"));
    case INGAM_RECORD_TLSRPT: return str_starts(text, S("v=TLSRPTv1"));
    case INGAM_RECORD_BIMI: return record_begins(text, S("v"), S("BIMI1"));
    case INGAM_RECORD_DKIM: return record_kind(text) == INGAM_RECORD_DKIM;
    case INGAM_RECORD_UNKNOWN:
    case INGAM_RECORD_N: break;
    }
    return false;
}

size_t lint_records(const struct fact *fact, enum ingam_record kind, str *only)
{
    size_t n = 0;
    for (size_t i = 0; i < fact->rr_n; i++) {
        if (!is_of_kind(fact->rrs[i].data, kind))
            continue;
        *only = fact->rrs[i].data;
        n++;
    }
    return n;
}

/* A name that nobody made has no records, but for a wildcard; one with an SPF record is no trap.     [RFC4592 4] */
static void look_for_wildcard(struct lint *l)
{
    str only = S("");
    const struct fact *fact = lint_ask(l, S("ingam-lint-no-such-name."), l->domain, INGAM_RR_TXT);
    if (fact == NULL || fact->rr_n == 0 || lint_records(fact, INGAM_RECORD_SPF, &only) == fact->rr_n)
        return;
    lint_take(l, fact->name, S(""));
    lint_add_text(l, FIND_DNS003, S(""), fact->name, S(""));
}

/* ret  false: the name does not exist */
static bool look_at_name(struct lint *l)
{
    const struct fact *alias = lint_ask(l, S(""), l->domain, INGAM_RR_CNAME);
    const struct fact *txt = lint_ask(l, S(""), l->domain, INGAM_RR_TXT);
    lint_take(l, l->domain, S(""));
    if (alias && alias->rr_n)
        lint_add_text(l, FIND_DNS002, S(""), alias->rrs[0].data, S(""));
    if (txt == NULL || txt->status != INGAM_STATUS_NXDOMAIN)
        return true;
    lint_add_text(l, FIND_DNS004, S(""), l->domain, S(""));
    return false;
}

void domain_run(struct lint *l)
{
    facts_account(l->run->facts, SHARE_SPF_MAIL_FROM);
    if (l->is_spf_only) {
        domain_spf(l);
        return;
    }
    bool is_there = !l->is_walk_only && look_at_name(l);
    if (is_there) {
        look_for_wildcard(l);
        domain_mx(l);
        facts_account(l->run->facts, SHARE_SPF_MAIL_FROM);
        domain_spf(l);
        facts_account(l->run->facts, SHARE_DKIM);
        domain_keys(l);
    }
    facts_account(l->run->facts, SHARE_DMARC);
    domain_dmarc(l);
    facts_account(l->run->facts, SHARE_ARC);
    if (!is_there)
        return;
    domain_tls(l);
    domain_bimi(l);
}
