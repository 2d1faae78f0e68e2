/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether reports reach somebody who wants them.                                                        [RFC9990 4] */
#include "records/records.h"

/* ret  the domain of a mailto: URI, without a size behind it; empty: another scheme or none */
static str host_of(str uri)
{
    if (!str_starts_nocase(uri, S("mailto:")) || !dmarc_uri_is_valid(uri))
        return S("");
    str mailbox = str_first(uri, str_find(uri, '?'));
    mailbox = str_first(mailbox, str_find_last(mailbox, '!'));
    return str_from(mailbox, str_find_last(mailbox, '@') + 1);
}

/* ret  mail to it can arrive, as far as is known */
static bool takes_mail(struct lint *l, str host)
{
    const struct fact *mx = lint_ask(l, S(""), host, INGAM_RR_MX);
    const struct fact *v4 = lint_ask(l, S(""), host, INGAM_RR_A);
    const struct fact *v6 = lint_ask(l, S(""), host, INGAM_RR_AAAA);
    if (mx == NULL || v4 == NULL || v6 == NULL)
        return true;
    return mx->rr_n ? mx->rr_n > 1 || mx->rrs[0].data.n > 0 : v4->rr_n + v6->rr_n > 0;
}

/* ret  a record of the host's owner says so; also while nothing is known                    [RFC9990 4] */
static bool has_consent(struct lint *l, str policy_domain, str host, str *name)
{
    struct out o;
    out_init(&o, l->run->arena);
    out_str(&o, policy_domain);
    out_z(&o, "._report._dmarc.");
    out_str(&o, host);
    *name = out_done(&o);
    const struct fact *fact = lint_ask(l, S(""), *name, INGAM_RR_TXT);
    if (fact == NULL)
        return true;
    for (size_t i = 0; i < fact->rr_n; i++)
        if (record_begins(fact->rrs[i].data, S("v"), S("DMARC1")))
            return true;
    return false;
}

/* ret  both belong to one organization, or it is not known yet */
static bool is_at_home(struct lint *l, str host, str organizational)
{
    struct dmarc_walk walk;
    if (organizational.n && name_is_under(host, organizational) && str_eq_nocase(host, organizational))
        return true;
    if (dmarc_walk(l->run, host, &walk) == PENDING) {
        l->is_open = true;
        return true;
    }
    return walk.has_failed || str_eq_nocase(walk.organizational_domain, organizational);
}

static void look_at_uri(struct lint *l, str policy_domain, str organizational, str uri)
{
    str host, name = S(""), record = l->record, place = l->name, written = host_of(uri);
    if (written.n == 0 || !name_read(l->run->arena, written, &host))
        return;
    bool is_reachable = takes_mail(l, host);
    bool is_wanted = is_at_home(l, host, organizational) || has_consent(l, policy_domain, host, &name);
    lint_take(l, place, record);
    if (!is_reachable)
        lint_add_text(l, FIND_DMR037, uri, host, S(""));
    if (!is_wanted)
        lint_add_text(l, FIND_DMR033, uri, host, name);
}

void domain_reports(struct lint *l, str policy_domain, str organizational, str uris)
{
    for (cur c = cur_of(uris); !cur_end(&c); cur_byte(&c, ','))
        look_at_uri(l, policy_domain, organizational, str_trim_fws(cur_until(&c, ',')));
}
