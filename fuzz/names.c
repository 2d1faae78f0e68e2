/* SPDX-License-Identifier: BSD-2-Clause */
/* Names from text and off the wire: what is read is askable and reads as itself; labels, parents and suffixes agree; a
 * name off the wire lies in its buffer and has as many labels as the wire said. */
#include "dns/dns.h"

#include <stdint.h>
#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void look_at(str name)
{
    size_t n = name_labels(name);
    must(n >= 1 && n <= 127);
    must(name_is_under(name, name_parent(name)) && name_labels(name_parent(name)) == n - 1);
    for (size_t i = 0; i <= n; i++) {
        str last = name_last_labels(name, i);
        must(name_labels(last) == i && name_is_under(name, last) && last.p + last.n == name.p + name.n);
    }
}

static void read_text(str text)
{
    struct arena a;
    str name, again;
    arena_init(&a, NULL, 1 << 20);
    if (name_read(&a, text, &name)) {
        must(name_is_askable(name));
        must(name_read(&a, name, &again) && str_eq(name, again));
        look_at(name);
    }
    arena_free(&a);
}

static void read_wire(str bytes)
{
    cur c = cur_of(bytes);
    uint8_t *text = malloc(NAME_MAX);
    size_t n = 0;
    if (text == NULL)
        return;
    const uint8_t *wrong = name_read_wire(&c, text, &n);
    must(n <= NAME_MAX);
    must(wrong ? wrong >= bytes.p && wrong <= bytes.p + bytes.n : c.p > bytes.p && c.p <= bytes.p + bytes.n);
    size_t label_n = 0;
    for (const uint8_t *p = bytes.p; wrong == NULL && *p; p += 1 + *p)
        label_n++;
    must(wrong || name_labels((str){text, n}) == label_n);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_text((str){data, size});
    read_wire((str){data, size});
    return 0;
}
