/* SPDX-License-Identifier: BSD-2-Clause */
/* The header as it streams in. Each chunk is scanned where it lies, line end by line end, until the empty line shows
 * how much of it is header; only that much is copied. What is remembered between two chunks is the length of the line
 * so far and the last byte, so that every chunking gives the same block. */
#include "mail/mail.h"

enum { FIRST = 4096 };

void mail_splitter_init(struct mail_splitter *s, const struct ingam_alloc *alloc,
                        const struct ingam_limits *limits)
{
    *s = (struct mail_splitter){.limits = limits};
    if (alloc)
        s->alloc = *alloc;
}

void mail_splitter_free(struct mail_splitter *s)
{
    alloc_put(&s->alloc, s->block);
    s->block = NULL;
    s->n = s->cap = 0;
}

static bool grow(struct mail_splitter *s, size_t wanted)
{
    size_t cap = s->cap ? s->cap * 2 : FIRST;
    if (cap > s->limits->header_block)
        cap = s->limits->header_block;
    if (cap < wanted)
        cap = wanted;
    uint8_t *block = alloc_get(&s->alloc, cap);
    if (block == NULL) {
        s->has_failed = true;
        return false;
    }
    if (s->n)
        memcpy(block, s->block, s->n);
    alloc_put(&s->alloc, s->block);
    s->block = block;
    s->cap = cap;
    return true;
}

/* Stores bytes up to the limit exactly, so that the block does not depend on the chunks. */
static void keep(struct mail_splitter *s, str piece)
{
    size_t room = s->limits->header_block - s->n;
    if (piece.n > room) {
        s->is_too_long = true;
        piece.n = room;
    }
    if (piece.n == 0 || s->has_failed || (piece.n > s->cap - s->n && !grow(s, s->n + piece.n)))
        return;
    memcpy(s->block + s->n, piece.p, piece.n);
    s->n += piece.n;
}

/* Walks from line end to line end. CRLF ends a line, and nothing else does.              [RFC5322 2.2]
 * ret  how many bytes belong to the header, with the empty line; is_ended is set where that was seen */
static size_t scan(struct mail_splitter *s, str in)
{
    size_t at = 0;
    while (at < in.n) {
        const uint8_t *lf = memchr(in.p + at, '\n', in.n - at);
        if (lf == NULL)
            break;
        size_t lf_at = (size_t)(lf - in.p);
        uint8_t before = lf_at ? in.p[lf_at - 1] : s->last;
        s->line_n += lf_at + 1 - at;
        at = lf_at + 1;
        if (before != '\r') {
            s->has_bare_lf = true;
        } else if (s->line_n == 2) {
            s->is_ended = true;
            return at;
        } else {
            s->line_n = 0;
        }
    }
    s->line_n += in.n - at;
    s->last = in.p[in.n - 1];
    return in.n;
}

/* ret  the line is a CR so far: with an LF it will be the empty line, which is not kept */
static bool is_cr_open(const struct mail_splitter *s)
{
    return s->line_n == 1 && s->last == '\r';
}

void mail_splitter_feed(struct mail_splitter *s, str *bytes)
{
    if (s->is_ended || bytes->n == 0)
        return;
    bool was_cr_open = is_cr_open(s);
    size_t taken = scan(s, *bytes);
    size_t left_out = s->is_ended && taken > 1 ? 2 : s->is_ended || is_cr_open(s);
    if (was_cr_open && bytes->p[0] != '\n')
        keep(s, S("\r"));
    keep(s, str_first(*bytes, taken - left_out));
    *bytes = str_from(*bytes, taken);
}

/* Takes the first line of a field's value. An LF that begins no fold stays bare: to us it is one field still, others may
 * see two.                                                                               [RFC5322 2.2.3] */
static void keep_line(struct mail_splitter *s, str *value)
{
    size_t lf_at = str_find(*value, '\n');
    str line = str_first(*value, lf_at);
    bool is_last = lf_at == value->n;
    *value = str_from(*value, lf_at + 1);
    if (!is_last && line.n && line.p[line.n - 1] == '\r')
        line.n--;
    keep(s, line);
    if (is_last)
        return;
    bool is_fold = value->n && byte_is(value->p[0], C_WSP);
    s->has_bare_lf = s->has_bare_lf || !is_fold;
    keep(s, is_fold ? S("\r\n") : S("\n"));
}

void mail_splitter_field(struct mail_splitter *s, str name, str value)
{
    if (s->is_ended)
        return;
    s->has_bare_lf = s->has_bare_lf || str_find(name, '\n') < name.n;
    keep(s, name);
    keep(s, S(":"));
    while (value.n)
        keep_line(s, &value);
    keep(s, S("\r\n"));
}

void mail_splitter_end(struct mail_splitter *s)
{
    if (!s->is_ended && is_cr_open(s))
        keep(s, S("\r"));
    s->is_ended = true;
}
