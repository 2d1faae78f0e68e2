/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam.conf: two texts, cut at a NUL, give a snapshot or an error with its file; what conf_show writes of a snapshot reads as
 * the same snapshot; and no text changes how the next one reads. */
#include "conf/conf.h"

#include <stdint.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 14 };

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static str shown(struct arena *a, const struct conf *c)
{
    struct out o;
    out_init(&o, a);
    conf_show(&o, c);
    return out_done(&o);
}

static void must_read_back(const struct conf *c)
{
    struct arena a;
    struct conf_error error;
    arena_init(&a, NULL, (size_t)16 << 20);
    struct conf_text text = {"shown", shown(&a, c)};
    struct conf *again = conf_read(&text, 1, "other.example", &error);
    must(again != NULL);
    must(str_eq(text.text, shown(&a, again)));
    must(conf_policy_for(c, S("a.example"), S("b.example")) != NULL);
    conf_drop(again);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct conf_error error;
    str input = {p, n < TEXT_MAX ? n : TEXT_MAX};
    size_t cut = str_find(input, 0);
    struct conf_text texts[] = {{"first", str_first(input, cut)}, {"second", str_from(input, cut + 1)}};
    struct conf *c = conf_read(texts, 2, "mx.example.org", &error);
    if (c)
        must_read_back(c);
    else
        must(str_starts(str_of(error.text), S("first:")) || str_starts(str_of(error.text), S("second:")));
    conf_drop(c);
    c = conf_read(NULL, 0, "mx.example.org", &error);
    must(c != NULL);
    conf_drop(c);
    return 0;
}
