/* SPDX-License-Identifier: BSD-2-Clause */
/* Tag lists: names and values lie in the text in its order and are trimmed; the list written out plainly reads as the
 * same list; the whole-list reader agrees with the one that goes tag by tag. */
#include "base/tags.h"
#include "base/out.h"

#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool is_trimmed(str s)
{
    return s.n == 0 || (!byte_is(s.p[0], C_FWS) && !byte_is(s.p[s.n - 1], C_FWS));
}

/* Writes what is read tag by tag; ret how it ended, *n tags before that */
static enum tag_got rewrite(str text, struct out *o, size_t *n)
{
    cur c = cur_of(text);
    const uint8_t *at = text.p;
    for (*n = 0;; ++*n) {
        str name, value;
        enum tag_got got = tag_next(&c, &name, &value);
        must(c.p >= text.p && c.p <= text.p + text.n);
        if (got != TAG_OK)
            return got;
        must(name.p >= at && name.n && value.p > name.p + name.n - 1 && value.p + value.n <= c.p);
        must(is_trimmed(value));
        at = c.p;
        out_str(o, name);
        out_byte(o, '=');
        out_str(o, value);
        out_byte(o, ';');
    }
}

static void read_whole(struct arena *a, str text, enum tag_got end, size_t n)
{
    struct tag_list list;
    enum tag_list_got got = tag_list_read(a, text, 64, false, &list);
    must(list.n <= 64 && list.n <= n);
    must(got != TAG_LIST_OK || (end == TAG_END && list.n == n));
    must(got != TAG_LIST_SYNTAX || end == TAG_BAD);
    must(got != TAG_LIST_TOO_MANY || n > 64);
    must(got == TAG_LIST_OK || (list.wrong >= text.p && list.wrong <= text.p + text.n));
    for (size_t i = 0; i < list.n; i++)
        must(tag_find(&list, list.tags[i].name) == &list.tags[i]);
    got = tag_list_read(a, text, 64, true, &list);
    must(got == TAG_LIST_OK || end == TAG_BAD || got != TAG_LIST_SYNTAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct out once, twice;
    size_t n = 0, again_n = 0;
    str text = {data, size};
    arena_init(&a, NULL, (size_t)1 << 28);
    out_init(&once, &a);
    out_init(&twice, &a);
    enum tag_got end = rewrite(text, &once, &n);
    must(rewrite(out_done(&once), &twice, &again_n) == TAG_END);
    must(n == again_n && str_eq(out_done(&once), out_done(&twice)));
    read_whole(&a, text, end, n);
    arena_free(&a);
    return 0;
}
