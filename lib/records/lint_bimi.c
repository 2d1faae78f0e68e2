/* SPDX-License-Identifier: BSD-2-Clause */
/* The BIMI assertion record, as far as it goes: the picture itself is not fetched. Draft-brand-indicators, section 5.3. */
#include "base/tags.h"
#include "records/records.h"

static bool is_https(str uri)
{
    cur c = cur_of(uri);
    if (!cur_text_nocase(&c, S("https://")))
        return false;
    str host = cur_until(&c, '/');
    return host.n > 0 && str_find(host, '.') < host.n && dmarc_uri_is_valid(uri);
}

static bool is_svg(str uri)
{
    str path = str_first(uri, str_find(uri, '?'));
    return str_ends_nocase(path, S(".svg")) || str_ends_nocase(path, S(".svgz"));
}

static void look_at_logo(struct lint *l, str uri)
{
    if (!is_https(uri))
        lint_add_text(l, FIND_BIM003, uri, uri, S(""));
    else if (!is_svg(uri))
        lint_add_text(l, FIND_BIM004, uri, uri, S(""));
}

static void look_at_places(struct lint *l, const struct tag *logo, const struct tag *evidence)
{
    bool has_logo = logo && logo->value.n, has_evidence = evidence && evidence->value.n;
    if (logo == NULL)
        lint_add(l, FIND_BIM002, str_from(l->record, l->record.n));
    if (has_logo)
        look_at_logo(l, logo->value);
    if (has_evidence && !is_https(evidence->value))
        lint_add_text(l, FIND_BIM003, evidence->value, evidence->value, S(""));
    if (has_logo && !has_evidence)
        lint_add(l, FIND_BIM005, str_from(l->record, l->record.n));
    if (logo && !has_logo && !has_evidence)
        lint_add(l, FIND_BIM007, logo->name);
}

static void look_at_names(struct lint *l, const struct tag_list *tags)
{
    static const str known[] = {S_INIT("v"), S_INIT("l"), S_INIT("a"), S_INIT("lps"), S_INIT("avp")};
    for (size_t i = 0; i < tags->n; i++) {
        size_t k = 0;
        while (k < 5 && !str_eq(tags->tags[i].name, known[k]))
            k++;
        if (k == 5)
            lint_add_text(l, FIND_BIM010, tags->tags[i].name, tags->tags[i].name, S(""));
    }
    const struct tag *avp = tag_find(tags, S("avp"));
    if (avp && !str_eq(avp->value, S("brand")) && !str_eq(avp->value, S("personal")))
        lint_add_text(l, FIND_BIM006, avp->value, avp->value, S(""));
}

void lint_bimi(struct lint *l)
{
    enum { TAGS_MAX = 16 };
    struct tag_list tags;
    if (!record_begins(l->record, S("v"), S("BIMI1"))) {
        lint_add(l, FIND_BIM001, str_first(l->record, str_find(l->record, ';')));
        return;
    }
    if (tag_list_read(l->run->arena, l->record, TAGS_MAX, false, &tags) != TAG_LIST_OK) {
        str rest = tags.wrong ? str_from(l->record, (size_t)(tags.wrong - l->record.p)) : S("");
        str piece = str_first(rest, str_find(rest, ';'));
        lint_add_text(l, FIND_BIM008, piece, piece, S(""));
        return;
    }
    look_at_names(l, &tags);
    look_at_places(l, tag_find(&tags, S("l")), tag_find(&tags, S("a")));
}
