/* SPDX-License-Identifier: BSD-2-Clause */
/* MTA-STS, TLS-RPT and BIMI of a domain.                                          [RFC8461 3.1] [RFC8460 3] */
#include "records/records.h"

/* Judges the only record of a kind. ret how many there are */
static size_t look_at_only(struct lint *l, const struct fact *fact, enum ingam_record kind, enum find several)
{
    str only = S("");
    size_t n = lint_records(fact, kind, &only);
    lint_take(l, fact->name, n == 1 ? only : S(""));
    if (n > 1)
        lint_add_number(l, several, S(""), (int64_t)n);
    if (n != 1)
        return n;
    lint_publish(l, kind, fact, only);
    lint_one(l, kind);
    return n;
}

static void look_at_policy_host(struct lint *l)
{
    const struct fact *v4 = lint_ask(l, S("mta-sts."), l->domain, INGAM_RR_A);
    const struct fact *v6 = lint_ask(l, S("mta-sts."), l->domain, INGAM_RR_AAAA);
    if (v4 == NULL || v6 == NULL || v4->rr_n + v6->rr_n)
        return;
    lint_take(l, v4->name, S(""));
    lint_add_text(l, FIND_STS007, S(""), v4->name, S(""));
}

void domain_tls(struct lint *l)
{
    const struct fact *sts = lint_ask(l, S("_mta-sts."), l->domain, INGAM_RR_TXT);
    const struct fact *tls = lint_ask(l, S("_smtp._tls."), l->domain, INGAM_RR_TXT);
    if (sts)
        l->has_sts = look_at_only(l, sts, INGAM_RECORD_MTA_STS, FIND_STS006) > 0;
    if (l->has_sts)
        look_at_policy_host(l);
    if (tls == NULL || look_at_only(l, tls, INGAM_RECORD_TLSRPT, FIND_TLS006) > 0 || !l->has_sts)
        return;
    lint_take(l, tls->name, S(""));
    lint_add_text(l, FIND_TLS007, S(""), l->domain, S(""));
}

void domain_bimi(struct lint *l)
{
    str only = S("");
    const struct fact *fact = lint_ask(l, S("default._bimi."), l->domain, INGAM_RR_TXT);
    if (fact == NULL || lint_records(fact, INGAM_RECORD_BIMI, &only) != 1)
        return;
    lint_publish(l, INGAM_RECORD_BIMI, fact, only);
    lint_take(l, fact->name, only);
    lint_one(l, INGAM_RECORD_BIMI);
    const char *policy = ingam_dmarc_policy_name(l->walk.policy);
    if (l->walk.policy != INGAM_DMARC_QUARANTINE && l->walk.policy != INGAM_DMARC_REJECT)
        lint_add_text(l, FIND_BIM009, S(""), str_of(policy ? policy : "not there"), S(""));
}
