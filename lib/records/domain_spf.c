/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPF record of a domain with its tree.                                             [RFC7208 3] [RFC7208 4.6.4] */
#include "records/records.h"

enum { LOOKUPS_MAX = 10, LOOKUPS_NEAR = 8, VOIDS_MAX = 2, ANSWER_BYTES = 512, RR_BYTES = 13 };

/* How much all TXT records of an answer take, with name, type and length of each string.               [RFC7208 3.4] */
static size_t answer_size(const struct fact *fact)
{
    size_t n = 12 + fact->name.n + 6;
    for (size_t i = 0; i < fact->rr_n; i++)
        n += RR_BYTES + fact->rrs[i].data.n + fact->rrs[i].data.n / 255;
    return n;
}

static void look_at_counts(struct lint *l, str record)
{
    lint_take(l, l->domain, record);
    if (l->tree.lookups > LOOKUPS_MAX)
        lint_add_number(l, FIND_SPF034, S(""), l->tree.lookups);
    else if (l->tree.lookups >= LOOKUPS_NEAR)
        lint_add_number(l, FIND_SPF035, S(""), l->tree.lookups);
    if (l->tree.voids > VOIDS_MAX)
        lint_add_number(l, FIND_SPF036, S(""), l->tree.voids);
}

/* ret  the record lets anybody send at all */
static bool lets_somebody(const struct lint *l)
{
    for (size_t i = 0; i < l->tree.n; i++) {
        const struct ingam_spf_branch *branch = &l->tree.branches[i];
        bool is_source = branch->network_n > 0 || branch->is_dynamic;
        if (is_source && branch->result == INGAM_RESULT_PASS)
            return true;
    }
    return false;
}

static void look_at_record(struct lint *l, const struct fact *txt, str record)
{
    lint_publish(l, INGAM_RECORD_SPF, txt, record);
    lint_take(l, l->domain, record);
    lint_one(l, INGAM_RECORD_SPF);
    tree_make(l, txt, record);
    look_at_counts(l, record);
    if (l->has_null_mx && lets_somebody(l))
        lint_add(l, FIND_MXR006, S(""));
}

void domain_spf(struct lint *l)
{
    str only = S("");
    const struct fact *txt = lint_ask(l, S(""), l->domain, INGAM_RR_TXT);
    if (txt == NULL)
        return;
    size_t n = lint_records(txt, INGAM_RECORD_SPF, &only);
    lint_take(l, l->domain, S(""));
    if (n == 0)
        lint_add(l, FIND_SPF031, S(""));
    if (n > 1)
        lint_add_number(l, FIND_SPF030, S(""), (int64_t)n);
    if (n && answer_size(txt) > ANSWER_BYTES)
        lint_add_number(l, FIND_SPF042, S(""), (int64_t)answer_size(txt));
    if (n == 1)
        look_at_record(l, txt, only);
}
