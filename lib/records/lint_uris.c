/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses for reports.                                                        [RFC9989 4.7] [RFC9989 4.8] [RFC8460 3] */
#include "records/records.h"

/* ret  all before a "!" that a size stands behind */
static str without_size(str uri)
{
    return str_first(uri, str_find_last(uri, '!'));
}

static bool is_mailto(str uri)
{
    return str_starts_nocase(uri, S("mailto:"));
}

size_t lint_uris(struct lint *l, str list)
{
    size_t good = 0;
    for (cur c = cur_of(list); !cur_end(&c); cur_byte(&c, ',')) {
        str uri = str_trim_fws(cur_until(&c, ','));
        if (!dmarc_uri_is_valid(uri)) {
            lint_add_text(l, FIND_DMR023, uri, uri.n ? uri : S("an empty place"), S(""));
            continue;
        }
        if (without_size(uri).n < uri.n)
            lint_add_text(l, FIND_DMR013, uri, uri, S(""));
        if (!is_mailto(uri))
            lint_add_text(l, FIND_DMR024, uri, uri, S(""));
        good += is_mailto(uri);
    }
    return good;
}
