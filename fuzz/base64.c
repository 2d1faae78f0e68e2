/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64: any bytes come back from their text, also with white space strewn in and without padding; any text that reads
 * as bytes has their length. */
#include "base/base64.h"
#include "base/cur.h"

#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

/* ret  as base64_read; the room is what its contract asks for, to the byte */
static const uint8_t *read_into(str text, uint8_t **bytes, size_t *n)
{
    *bytes = malloc(text.n / 4 * 3 + 3);
    *n = 0;
    return *bytes ? base64_read(text, *bytes, n) : text.p;
}

static void must_read_as(str text, str want)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    must(read_into(text, &bytes, &n) == NULL && str_eq((str){bytes, n}, want));
    free(bytes);
}

static void write_and_read(struct arena *a, str bytes)
{
    struct out o, strewn;
    out_init(&o, a);
    out_init(&strewn, a);
    base64_write(&o, bytes);
    str text = out_done(&o);
    must(text.n == (bytes.n + 2) / 3 * 4);
    must_read_as(text, bytes);
    must_read_as(str_first(text, str_find(text, '=')), bytes);
    for (size_t i = 0; i < text.n; i++) {
        out_byte(&strewn, text.p[i]);
        if (i % 5 == bytes.n % 5)
            out_str(&strewn, S("\r\n\t "));
    }
    must_read_as(out_done(&strewn), bytes);
}

static void read_any(str text)
{
    uint8_t *bytes = NULL;
    size_t n = 0, digit_n = 0;
    for (size_t i = 0; i < text.n; i++)
        digit_n += byte_is(text.p[i], C_BASE64);
    const uint8_t *wrong = read_into(text, &bytes, &n);
    must(wrong ? wrong >= text.p && wrong <= text.p + text.n : n == digit_n / 4 * 3 + digit_n % 4 * 3 / 4);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, NULL, (size_t)1 << 28);
    write_and_read(&a, (str){data, size});
    read_any((str){data, size});
    arena_free(&a);
    return 0;
}
