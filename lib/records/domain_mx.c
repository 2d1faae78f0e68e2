/* SPDX-License-Identifier: BSD-2-Clause */
/* Where mail for the domain goes.                                                      [RFC5321 5.1] [RFC7505 3] */
#include "base/ip.h"
#include "records/records.h"

enum { EXCHANGERS_MAX = 16 };

static void look_at_exchanger(struct lint *l, str host)
{
    struct ip ip;
    if (ip_read(host, &ip)) {
        lint_take(l, l->domain, S(""));
        lint_add_text(l, FIND_MXR005, S(""), host, S(""));
        return;
    }
    const struct fact *alias = lint_ask(l, S(""), host, INGAM_RR_CNAME);
    const struct fact *v4 = lint_ask(l, S(""), host, INGAM_RR_A);
    const struct fact *v6 = lint_ask(l, S(""), host, INGAM_RR_AAAA);
    lint_take(l, l->domain, S(""));
    if (alias && alias->rr_n)
        lint_add_text(l, FIND_MXR004, S(""), host, S(""));
    if (v4 && v6 && v4->rr_n + v6->rr_n == 0)
        lint_add_text(l, FIND_MXR003, S(""), host, S(""));
}

void domain_mx(struct lint *l)
{
    facts_account(l->run->facts, SHARE_ARC);
    const struct fact *mx = lint_ask(l, S(""), l->domain, INGAM_RR_MX);
    if (mx == NULL)
        return;
    size_t nulls = 0;
    for (size_t i = 0; i < mx->rr_n; i++)
        nulls += mx->rrs[i].data.n == 0;
    l->has_null_mx = nulls && nulls == mx->rr_n;
    lint_take(l, l->domain, S(""));
    if (mx->rr_n == 0)
        lint_add(l, FIND_MXR001, S(""));
    if (nulls && nulls < mx->rr_n)
        lint_add(l, FIND_MXR002, S(""));
    for (size_t i = 0; i < mx->rr_n && i < EXCHANGERS_MAX; i++)
        if (mx->rrs[i].data.n)
            look_at_exchanger(l, mx->rrs[i].data);
}
