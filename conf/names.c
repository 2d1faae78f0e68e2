/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

/* Patterns are in lower case; a domain of a message is too, but need not be. */
static bool fits(str pattern, str domain)
{
    if (str_eq(pattern, S("*")))
        return true;
    if (str_starts(pattern, S(".")))
        return domain.n > pattern.n && str_ends_nocase(domain, pattern);
    return str_eq_nocase(domain, pattern);
}

bool conf_names_fit(const struct conf_names *names, str domain)
{
    for (size_t i = 0; i < names->n; i++)
        if (fits(names->list[i], domain))
            return true;
    return false;
}

bool conf_nets_hold(const struct conf_nets *nets, const struct ip *ip)
{
    for (size_t i = 0; i < nets->n; i++)
        if (ip_in_prefix(ip, &nets->list[i].ip, nets->list[i].bits))
            return true;
    return false;
}

static bool is_in_scope(const struct conf_names *scope, str domain)
{
    return scope->n == 0 || conf_names_fit(scope, domain);
}

const struct conf_policy *conf_policy_for(const struct conf *c, str author_domain, str recipient_domain)
{
    size_t i = 0;
    while (i + 1 < c->policy_n && !(is_in_scope(&c->policies[i].author, author_domain) &&
                                    is_in_scope(&c->policies[i].recipient, recipient_domain)))
        i++;
    return &c->policies[i];
}
