/* SPDX-License-Identifier: BSD-2-Clause */
/* Which domains of a zone file have mail records, and which names are its own. */
#include "dns/zone.h"
#include "records/records.h"

static bool has_spf(const struct zone_node *node)
{
    const struct zone_set *txt = zone_set_of(node, INGAM_RR_TXT);
    for (size_t i = 0; txt && i < txt->n; i++)
        if (spf_is_record(txt->rrs[i].data))
            return true;
    return false;
}

/* ret  the domain that a name's records are about; empty: they are not about mail */
static str domain_of(const struct zone_node *node)
{
    str name = node->name;
    size_t key = str_find_str(name, S("._domainkey."));
    if (!node->is_there || str_starts(name, S("*")) || node->sets == NULL)
        return S("");
    if (str_starts(name, S("_dmarc.")))
        return str_find_str(name, S("._report.")) < name.n ? S("") : name_parent(name);
    if (key < name.n)
        return str_from(name, key + sizeof "._domainkey." - 1);
    bool is_host = str_find(name, '_') == name.n;
    return is_host && (zone_set_of(node, INGAM_RR_MX) || has_spf(node)) ? name : S("");
}

/* Puts a name where it belongs in the sorted list, once. ret how many there are now */
static size_t insert(ingam_str *names, size_t n, size_t max, str name)
{
    size_t at = 0;
    while (at < n && str_compare(names[at], name) < 0)
        at++;
    if (name.n == 0 || n == max || (at < n && str_eq(names[at], name)))
        return n;
    memmove(names + at + 1, names + at, (n - at) * sizeof *names);
    names[at] = name;
    return n + 1;
}

size_t ingam_lint_zone(const struct ingam_zone *zone, ingam_str *names, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < zone->bucket_n; i++)
        for (const struct zone_node *node = zone->buckets[i]; node; node = node->next)
            n = insert(names, n, max, domain_of(node));
    return n;
}

bool ingam_lint_zone_has(const struct ingam_zone *zone, const ingam_str *names, size_t n, ingam_str name)
{
    for (str above = name; above.n; above = name_parent(above)) {
        const struct zone_node *node = zone_find(zone, above);
        if (node && zone_set_of(node, INGAM_RR_SOA))
            return true;
    }
    for (size_t i = 0; i < n; i++)
        if (name_is_under(name, names[i]))
            return true;
    return false;
}
