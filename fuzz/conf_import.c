/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of OpenDKIM, OpenDMARC and policyd-spf: four texts, cut at NULs; the fourth is what any file holds that one of them names.
 * Whatever they say, the text that is made reads as ingam.conf, and what is left out is told in lines of printable ASCII. */
#include "conf/import.h"

#include <stdint.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 13, ARENA = 64 << 20 };

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static const char *read_part(void *context, struct arena *a, const char *path, str *text)
{
    (void)a;
    *text = *(const str *)context;
    return strlen(path) > 40 ? "left out: no such file" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char *const names[] = {"opendkim.conf", "opendmarc.conf", "policyd-spf.conf"};
    struct arena a;
    struct imported made;
    struct conf_error error;
    str rest = {p, n < TEXT_MAX ? n : TEXT_MAX};
    struct import_from from = {.read = read_part, .context = &rest};
    for (size_t i = 0; i < IMPORT_PROGRAMS; i++) {
        size_t cut = str_find(rest, 0);
        from.list[i] = (struct conf_text){cut ? names[i] : NULL, str_first(rest, cut)};
        rest = str_from(rest, cut + 1);
    }
    arena_init(&a, NULL, ARENA);
    must(conf_import(&a, &from, &made, &error) || a.has_failed);
    for (size_t i = 0; i < made.left.n; i++)
        must(made.left.p[i] == '\n' || (made.left.p[i] >= 0x20 && made.left.p[i] < 0x7f));
    arena_free(&a);
    return 0;
}
