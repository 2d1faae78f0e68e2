/* SPDX-License-Identifier: BSD-2-Clause */
/* Identifier alignment.                                                                [RFC9989 4.10.2]
 *
 * Only identifiers at or below the author domain's Organizational Domain O need a walk. Proof: the walk from D visits
 * only D and names that end D, and 4.10.2 picks D, a name that was visited, or (psd=y) the name one label longer than a
 * visited one, cut from D as well. So the Organizational Domain of D always is D or a name above D. Were it O, O would be
 * D or above D; hence an identifier that is not at or below O has another Organizational Domain: not aligned. */
#include "dmarc/parts.h"

static str without_last_dot(str name)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    return name;
}

static enum alignment walk_below(struct judge *j, str domain)
{
    struct dmarc_walk walk;
    if (dmarc_walk_eagerly(j->run, domain, &walk) == PENDING)
        return ALIGN_OPEN;
    dmarc_tell_walk(j, domain, &walk);
    if (walk.has_failed)
        return ALIGN_UNKNOWN;
    bool is_same = str_eq_nocase(walk.organizational_domain, j->walk.organizational_domain);
    return is_same ? ALIGN_RELAXED : ALIGN_NOT_OTHER;
}

/* Walks from each domain once. Signatures that cannot give a pass (may_wait false) are told apart for people and reports
 * only: beyond WALKED_MAX domains nothing is asked for them. */
static enum alignment walk_once(struct judge *j, str domain, bool may_wait)
{
    for (size_t i = 0; i < j->walked_n; i++)
        if (str_eq_nocase(j->walked[i].domain, domain))
            return j->walked[i].how;
    if (j->walked_n == WALKED_MAX)
        return may_wait ? walk_below(j, domain) : ALIGN_UNKNOWN;
    enum alignment how = walk_below(j, domain);
    j->walked[j->walked_n++] = (struct walked){domain, how};
    return how;
}

/* Compares one identifier with the author domain. Where the author's walk failed at some name, its Organizational Domain
 * is not known; only an identifier under another top label is certainly outside.   [RFC9989 4.4] [RFC9989 4.10.2] */
static enum alignment compare(struct judge *j, str domain, bool is_strict, bool may_wait)
{
    str author = j->out->author_domain;
    domain = without_last_dot(domain);
    if (domain.n == 0)
        return ALIGN_NOT_OUTSIDE;
    if (str_eq_nocase(domain, author))
        return ALIGN_IDENTICAL;
    if (is_strict)
        return ALIGN_NOT_STRICT;
    if (j->walk.has_failed)
        return name_is_under(domain, name_last_labels(author, 1)) ? ALIGN_UNKNOWN : ALIGN_NOT_OUTSIDE;
    if (!name_is_under(domain, j->walk.organizational_domain))
        return ALIGN_NOT_OUTSIDE;
    return walk_once(j, domain, may_wait);
}

static bool is_aligned(enum alignment how)
{
    return how == ALIGN_IDENTICAL || how == ALIGN_RELAXED;
}

/* What an identifier may add to the verdict: a pass, or, where its method could not be finished, a doubt.
 * ret  an aligned pass */
static bool weigh(struct judge *j, enum alignment how, enum ingam_result result)
{
    bool is_pass = result == INGAM_RESULT_PASS;
    bool is_open = result == INGAM_RESULT_TEMPERROR;
    j->is_align_open |= how == ALIGN_OPEN;
    j->has_identifier |= is_pass;
    j->is_align_unknown |= how == ALIGN_UNKNOWN && (is_pass || is_open);
    j->is_unfinished |= is_aligned(how) && is_open;
    return is_aligned(how) && is_pass;
}

static bool may_matter(enum ingam_result result)
{
    return result == INGAM_RESULT_PASS || result == INGAM_RESULT_TEMPERROR;
}

static void align_spf(struct judge *j)
{
    const struct dmarc_request *request = j->request;
    if (!may_matter(request->spf)) {
        dmarc_tell(j, RULE_DMARC_NOTHING_PASSED, str_of(ingam_result_name(request->spf)), S(""), S(""));
        return;
    }
    enum alignment how = compare(j, request->spf_domain, j->record->is_aspf_strict, true);
    dmarc_tell_alignment(j, how, NULL);
    j->out->is_spf_aligned = weigh(j, how, request->spf);
}

/* A signature under a testing key (t=y) is as good as none.                            [RFC6376 3.6.1] */
static bool dkim_may_matter(const struct ingam_dkim_outcome *dkim)
{
    return may_matter(dkim->result) && !dkim->is_testing;
}

static void align_dkim(struct judge *j, struct ingam_dkim_outcome *dkim)
{
    bool may_wait = dkim_may_matter(dkim);
    enum alignment how = compare(j, dkim->domain, j->record->is_adkim_strict, may_wait);
    dmarc_tell_alignment(j, how, dkim);
    dkim->is_aligned = is_aligned(how);
    j->has_testing |= dkim->is_aligned && dkim->is_testing && dkim->result == INGAM_RESULT_PASS;
    j->out->is_dkim_aligned |= weigh(j, how, may_wait ? dkim->result : INGAM_RESULT_NONE);
}

/* What may give a pass comes first, so that the rest cannot use up its questions.        [RFC9989 5.3.4] */
void dmarc_align(struct judge *j)
{
    align_spf(j);
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < j->request->dkim_n; i++)
            if (dkim_may_matter(&j->request->dkim[i]) == (pass == 0))
                align_dkim(j, &j->request->dkim[i]);
}

void dmarc_align_identical(struct judge *j)
{
    str author = j->out->author_domain;
    for (size_t i = 0; i < j->request->dkim_n; i++) {
        struct ingam_dkim_outcome *dkim = &j->request->dkim[i];
        dkim->is_aligned = author.n && str_eq_nocase(dkim->domain, author);
    }
}
