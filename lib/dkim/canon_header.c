/* SPDX-License-Identifier: BSD-2-Clause */
/* Header fields under "simple" and "relaxed", and the hash over them.     [RFC6376 3.4.1] [RFC6376 3.4.2] [RFC6376 3.7] */
#include "dkim/dkim.h"

#include "base/word.h"
#include "dkim/signed_names.h"

enum { BUFFER = 2048 };

/* Collects canonical bytes, hashes them when the buffer is full. */
struct hasher {
    struct sha256 sha;
    size_t n;
    uint8_t bytes[BUFFER];
};

static void flush(struct hasher *h)
{
    sha256_add(&h->sha, (str){h->bytes, h->n});
    h->n = 0;
}

static inline void make_room(struct hasher *h, size_t n)
{
    if (n > BUFFER - h->n)
        flush(h);
}

static void put(struct hasher *h, str s)
{
    make_room(h, s.n);
    if (s.n > BUFFER) {
        sha256_add(&h->sha, s);
        return;
    }
    if (s.n)
        memcpy(h->bytes + h->n, s.p, s.n);
    h->n += s.n;
}

/* Skips SP, TAB and the CRLF of folds. A CR without LF is a byte like any other. */
static const uint8_t *skip_gap(const uint8_t *p, const uint8_t *end)
{
    for (;;) {
        if (p < end && (*p == ' ' || *p == '\t'))
            p++;
        else if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
            p += 2;
        else
            return p;
    }
}

/* Copies sixteen bytes. in p: the seventeenth can be read, too
 * ret  how many of them stay as they are: no TAB or CR, and no SP but a lone one */
static inline unsigned copy_plain(const uint8_t *p, uint8_t *out)
{
    bytes16 v = bytes16_load(p), next = bytes16_load(p + 1);
    bytes16_store(v, out);
    return bytes16_run((bytes16)((v > ' ') | ((v >= ' ') & (next > ' '))));
}

/* Writes a value unfolded, each gap as one SP and none at its end, as far as there is room.
 * in   at   not inside a gap
 * out  at   where it stopped; the value's end if there was room for all
 * ret  bytes written */
static size_t relax_value(const uint8_t **at, const uint8_t *end, uint8_t *out, size_t room)
{
    const uint8_t *p = *at, *stop = (size_t)(end - p) > room ? p + room : end;
    uint8_t *o = out;
    while (p < stop) {
        if (stop - p > 16) {
            unsigned n = copy_plain(p, o);
            p += n;
            o += n;
            if (n == 16)
                continue;
        }
        const uint8_t *next = *p <= ' ' ? skip_gap(p, end) : p;
        if (next == p) {
            *o++ = *p++;
            continue;
        }
        p = next;
        if (p < end)
            *o++ = ' ';
    }
    *at = p;
    return (size_t)(o - out);
}

static void put_relaxed(struct hasher *h, str value)
{
    const uint8_t *p = value.p, *end = value.p + value.n;
    while (p < end) {
        if (h->n == BUFFER)
            flush(h);
        h->n += relax_value(&p, end, h->bytes + h->n, BUFFER - h->n);
    }
}

/* The value without the white space behind the colon. */
static str value_of(str value)
{
    const uint8_t *end = value.p + value.n;
    return str_between(skip_gap(value.p, end), end);
}

void dkim_canon_header_relaxed(struct out *o, const struct mail_field *f)
{
    out_lower(o, f->name);
    out_byte(o, ':');
    str value = value_of(f->value);
    uint8_t *at = out_room(o, value.n + 2);
    if (at == NULL)
        return;
    const uint8_t *p = value.p;
    size_t n = relax_value(&p, value.p + value.n, at, value.n);
    at[n++] = '\r';
    at[n++] = '\n';
    o->n += n;
}

static void put_name(struct hasher *h, str name)
{
    for (size_t i = 0; i < name.n; i += 8) {
        size_t n = name.n - i < 8 ? name.n - i : 8;
        uint64_t w = n == 8 ? word_load(name.p + i) : word_load_part(name.p + i, n);
        make_room(h, 8);
        word_store(word_lower(w), h->bytes + h->n);
        h->n += n;
    }
    make_room(h, 1);
    h->bytes[h->n++] = ':';
}

static void put_line_end(struct hasher *h)
{
    make_room(h, 2);
    h->bytes[h->n++] = '\r';
    h->bytes[h->n++] = '\n';
}

/* One field that h= names, with its CRLF. */
static void put_field(struct hasher *h, const struct mail_field *f, enum dkim_canon canon)
{
    if (canon == CANON_RELAXED) {
        put_name(h, f->name);
        put_relaxed(h, value_of(f->value));
    } else {
        put(h, str_between(f->raw.p, f->value.p + f->value.n));
    }
    put_line_end(h);
}

/* The signature's own field: the value of b= is cut out with the white space around it, and no CRLF ends it.
 *                                                                                             [RFC6376 3.7] */
static void put_signature(struct hasher *h, const struct dkim_signature *sig)
{
    const struct mail_field *f = sig->field;
    str after = str_between(sig->b_value.p + sig->b_value.n, f->value.p + f->value.n);
    if (sig->header_canon == CANON_SIMPLE) {
        put(h, str_between(f->raw.p, sig->b_value.p));
        put(h, after);
        return;
    }
    put_name(h, f->name);
    put_relaxed(h, str_between(value_of(f->value).p, sig->b_value.p));
    put_relaxed(h, after);
}

/* [RFC6376 3.7] [RFC6376 5.4.2] */
bool dkim_header_hash(const struct method_run *run, const struct mail_header *h,
                      const struct dkim_signature *sig, uint8_t digest[32])
{
    struct arena_mark mark = arena_mark(run->arena);
    struct signed_fields names;
    struct hasher hasher;
    bool is_over = !signed_fields_find(run->arena, h, sig->signed_names, sig->field, &names);
    bool has_memory = !is_over;
    hasher.n = 0;
    sha256_init(&hasher.sha);
    while (!is_over) {
        const struct mail_field *f = signed_fields_next(&names, &is_over);
        if (f)
            put_field(&hasher, f, sig->header_canon);
    }
    put_signature(&hasher, sig);
    flush(&hasher);
    sha256_end(&hasher.sha, digest);
    arena_rewind(run->arena, mark);
    return has_memory;
}
