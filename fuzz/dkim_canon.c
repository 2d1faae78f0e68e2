/* SPDX-License-Identifier: BSD-2-Clause */
/* A body in any chunking, through each kernel, against the rules taken literally: the same hash, length and remainder.
 * The first bytes choose the chunks and l=.                                          [RFC6376 3.4.3] [RFC6376 3.4.4] */
#include "dkim/dkim.h"
#include "dkim/relax.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 16 << 20, HEAD = 4 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool is_wsp(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static size_t put_line(str line, enum dkim_canon canon, uint8_t *out)
{
    size_t n = 0;
    while (canon == CANON_RELAXED && line.n && is_wsp(line.p[line.n - 1]))
        line.n--;
    for (size_t i = 0; i < line.n; i++) {
        bool is_gap = canon == CANON_RELAXED && is_wsp(line.p[i]);
        if (is_gap && i && is_wsp(line.p[i - 1]))
            continue;
        out[n++] = is_gap ? ' ' : line.p[i];
    }
    return n;
}

/* Line by line, all in memory. */
static str literally(str body, enum dkim_canon canon, uint8_t *out)
{
    size_t n = 0, keep = 0;
    for (size_t at = 0; at < body.n;) {
        str rest = str_from(body, at);
        str line = str_first(rest, str_find_str(rest, S("\r\n")));
        size_t line_n = put_line(line, canon, out + n);
        n += line_n;
        out[n++] = '\r';
        out[n++] = '\n';
        keep = line_n ? n : keep;
        at += line.n + 2;
    }
    if (keep == 0 && canon == CANON_SIMPLE) {
        out[keep++] = '\r';
        out[keep++] = '\n';
    }
    return (str){out, keep};
}

static void check_stream(struct arena *a, str head, str body, enum dkim_canon canon, str want)
{
    struct dkim_body_result whole, part;
    uint8_t hash[32];
    uint64_t l = head.p[2];
    size_t step = 1 + head.p[0] + (size_t)head.p[1] * 16;
    struct dkim_body *b = dkim_body_new(a);
    int whole_of = dkim_body_want(b, canon, UINT64_MAX), part_of = dkim_body_want(b, canon, l);
    for (size_t at = 0; at < body.n; at += step)
        dkim_body_feed(b, str_first(str_from(body, at), step));
    dkim_body_end(b);
    dkim_body_get(b, whole_of, &whole);
    dkim_body_get(b, part_of, &part);
    sha256_of(want, hash);
    require(whole.hashed == want.n && memcmp(whole.hash, hash, sizeof hash) == 0);
    require(whole.unsigned_bytes == 0 && !whole.is_short);
    sha256_of(str_first(want, l), hash);
    require(memcmp(part.hash, hash, sizeof hash) == 0);
    require(part.is_short == (l > want.n) && part.unsigned_bytes == want.n - part.hashed);
}

/* A kernel and the plain one on pieces of the body, each with its own state. */
static void check_kernel(relax_kernel *kernel, str body, size_t step, uint8_t *out, uint8_t *same)
{
    enum relax_state a = RELAX_CLEAR, b = RELAX_CLEAR;
    for (size_t at = 0; at < body.n; at += step) {
        str piece = str_first(str_from(body, at), step);
        size_t n = kernel(&a, piece, out);
        require(n <= piece.n + RELAX_EXTRA && n == relax_scalar(&b, piece, same));
        require(a == b && memcmp(out, same, n) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    if (size < HEAD || size > 65536)
        return 0;
    str head = {data, HEAD}, body = {data + HEAD, size - HEAD};
    arena_init(&a, NULL, ARENA);
    uint8_t *out = arena_take(&a, body.n * 3 + 64), *same = arena_take(&a, body.n * 3 + 64);
    for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++)
        check_stream(&a, head, body, (enum dkim_canon)canon, literally(body, (enum dkim_canon)canon, out));
    relax_kernel *kernels[RELAX_KERNELS];
    for (size_t i = relax_usable(kernels); i; i--)
        check_kernel(kernels[i - 1], body, 1 + (size_t)head.p[3], out, same);
    arena_free(&a);
    return 0;
}
