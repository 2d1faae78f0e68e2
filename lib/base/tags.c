/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/tags.h"

#include "base/word.h"

static str without_trailing_fws(str s)
{
    while (s.n && byte_is(s.p[s.n - 1], C_FWS))
        s.n--;
    return s;
}

/* Takes a run of value bytes and FWS. Values are long and mostly plain: no FWS, ";", controls or high bytes. */
static str value_run(cur *c, unsigned classes)
{
    const uint8_t *from = c->p, *p = c->p;
    for (;;) {
        while (c->end - p >= 16) {
            bytes16 v = bytes16_load(p);
            unsigned n = bytes16_run((bytes16)((v > ' ') & (v < 0x7f) & (v != ';')));
            p += n;
            if (n < 16)
                break;
        }
        if (p == c->end || !byte_is(*p, classes))
            break;
        p++;
    }
    c->p = p;
    return str_between(from, p);
}

static enum tag_got next_of(cur *c, unsigned value_classes, struct tag *tag)
{
    cur_run(c, C_FWS);
    if (cur_end(c))
        return TAG_END;

    if (!cur_is(c, C_ALPHA))
        return TAG_BAD;
    tag->name = cur_run(c, C_ALPHA | C_DIGIT | C_UNDER);
    cur_run(c, C_FWS);
    if (!cur_byte(c, '='))
        return TAG_BAD;

    cur_run(c, C_FWS);
    tag->value = without_trailing_fws(value_run(c, value_classes | C_FWS));
    if (!cur_end(c) && !cur_byte(c, ';'))
        return TAG_BAD;
    return TAG_OK;
}

enum tag_got tag_next(cur *c, str *name, str *value)
{
    struct tag tag = {0};
    enum tag_got got = next_of(c, C_VALCHAR, &tag);
    *name = tag.name;
    *value = tag.value;
    return got;
}

const struct tag *tag_find(const struct tag_list *list, str name)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->tags[i].name, name))
            return &list->tags[i];
    return NULL;
}

enum tag_list_got tag_list_read(struct arena *a, str text, size_t max, bool allow_high, struct tag_list *list)
{
    cur c = cur_of(text);
    unsigned classes = allow_high ? C_VALCHAR | C_HIGH : C_VALCHAR;
    *list = (struct tag_list){.tags = NEW_N(a, struct tag, max)};
    if (list->tags == NULL)
        return TAG_LIST_MEMORY;
    for (;;) {
        struct tag tag = {0};
        enum tag_got got = next_of(&c, classes, &tag);
        if (got == TAG_END)
            return TAG_LIST_OK;
        list->wrong = got == TAG_BAD ? c.p : tag.name.p;
        if (got == TAG_BAD)
            return TAG_LIST_SYNTAX;
        if (tag_find(list, tag.name))
            return TAG_LIST_TWICE;
        if (list->n == max)
            return TAG_LIST_TOO_MANY;
        list->tags[list->n++] = tag;
    }
}
