/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an RSA key: the numbers lie inside the input, and written anew in strict DER they give the input back. */
#include "crypto/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void put_length(struct out *o, size_t n)
{
    if (n >= 0x100) {
        out_byte(o, 0x82);
        out_byte(o, (uint8_t)(n >> 8));
    } else if (n >= 0x80)
        out_byte(o, 0x81);
    out_byte(o, (uint8_t)n);
}

static void put(struct out *o, uint8_t tag, str content)
{
    out_byte(o, tag);
    put_length(o, content.n);
    out_str(o, content);
}

static void put_number(struct out *o, str n)
{
    bool needs_zero = n.p[0] >= 0x80;
    out_byte(o, 0x02);
    put_length(o, n.n + needs_zero);
    if (needs_zero)
        out_byte(o, 0);
    out_str(o, n);
}

static str written(struct arena *a, str n, str e)
{
    struct out numbers, key;
    out_init(&numbers, a);
    put_number(&numbers, n);
    put_number(&numbers, e);
    out_init(&key, a);
    put(&key, 0x30, out_done(&numbers));
    return out_done(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str der = {data, size}, n, e;
    struct arena arena;
    const uint8_t *wrong = der_rsa_read(der, &n, &e);
    if (wrong) {
        require(wrong >= data && wrong <= data + size);
        return 0;
    }
    require(n.n && n.p >= data && n.p + n.n <= data + size);
    require(e.n && e.p >= n.p + n.n && e.p + e.n == data + size);
    arena_init(&arena, NULL, 1 << 20);
    str again = written(&arena, n, e);
    require(again.n <= size && memcmp(data + size - again.n, again.p, again.n) == 0);
    arena_free(&arena);
    return 0;
}
