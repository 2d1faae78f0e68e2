/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies under "simple" and "relaxed".                                               [RFC6376 3.4.3] [RFC6376 3.4.4]
 *
 *     relaxed:  bytes -> white space (relax_*.c) -> line ends -> sinks
 *     simple:   bytes ------------------------------> line ends -> sinks
 *
 * The step for line ends holds back CRLFs until something follows them, since those at the end of the body do not count.
 * They are counted, not stored. A sink is a hash that stops after l= bytes. */
#include "dkim/dkim.h"

#include "dkim/relax.h"

enum { PIECE = 4096 }; /* body bytes that go through the relaxed kernel at once */

struct sink {
    uint64_t limit; /* l=, or UINT64_MAX */
    uint64_t hashed;
    struct sha256 sha;
    uint8_t digest[32];
    int handle;
    struct sink *next;
};

/* One canonicalization. */
struct stream {
    struct sink *sinks;      /* NULL: nobody wants it */
    uint64_t total;          /* canonical bytes so far */
    uint64_t held;           /* CRLFs held back */
    bool holds_cr;           /* and a CR behind them, whose LF may come yet */
    enum relax_state spaces; /* relaxed only */
};

struct dkim_body {
    struct arena *arena;
    struct stream streams[2]; /* by enum dkim_canon */
    int n;
    relax_kernel *relax;
};

struct dkim_body *dkim_body_new(struct arena *a)
{
    struct dkim_body *b = NEW(a, struct dkim_body);
    if (b)
        *b = (struct dkim_body){.arena = a, .relax = relax_pick()};
    return b;
}

int dkim_body_want(struct dkim_body *b, enum dkim_canon canon, uint64_t l)
{
    struct stream *st = &b->streams[canon];
    for (struct sink *s = st->sinks; s; s = s->next)
        if (s->limit == l)
            return s->handle;
    struct sink *s = NEW(b->arena, struct sink);
    if (s == NULL)
        return -1;
    *s = (struct sink){.limit = l, .handle = b->n++, .next = st->sinks};
    sha256_init(&s->sha);
    st->sinks = s;
    return s->handle;
}

static void pour(struct stream *st, str bytes)
{
    st->total += bytes.n;
    for (struct sink *s = st->sinks; s; s = s->next) {
        uint64_t left = s->limit - s->hashed;
        str part = left < bytes.n ? str_first(bytes, (size_t)left) : bytes;
        if (part.n == 0)
            continue;
        sha256_add(&s->sha, part);
        s->hashed += part.n;
    }
}

static void pour_held(struct stream *st)
{
    static const uint8_t ends[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
                                  "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
    enum { ENDS = (sizeof ends - 1) / 2 };
    while (st->held) {
        size_t n = st->held < ENDS ? (size_t)st->held : ENDS;
        pour(st, (str){ends, n * 2});
        st->held -= n;
    }
}

/* Cuts CRLFs off the end of the bytes, and a CR behind them. */
static str without_ends(str bytes, uint64_t *ends, bool *has_cr)
{
    *ends = 0;
    *has_cr = bytes.n && bytes.p[bytes.n - 1] == '\r';
    if (*has_cr)
        bytes.n--;
    while (bytes.n >= 2 && bytes.p[bytes.n - 1] == '\n' && bytes.p[bytes.n - 2] == '\r') {
        ++*ends;
        bytes.n -= 2;
    }
    return bytes;
}

/* A CR was held back: takes its LF, or lets it through as the byte of the line that it is. */
static str after_cr(struct stream *st, str bytes)
{
    st->holds_cr = false;
    if (bytes.n && bytes.p[0] == '\n') {
        st->held++;
        return str_from(bytes, 1);
    }
    pour_held(st);
    pour(st, S("\r"));
    return bytes;
}

static void feed_lines(struct stream *st, str bytes)
{
    uint64_t ends;
    if (bytes.n == 0)
        return;
    if (st->holds_cr)
        bytes = after_cr(st, bytes);
    str lines = without_ends(bytes, &ends, &st->holds_cr);
    if (lines.n) {
        pour_held(st);
        pour(st, lines);
    }
    st->held += ends;
}

static void feed_relaxed(struct dkim_body *b, struct stream *st, str bytes)
{
    uint8_t out[PIECE + RELAX_EXTRA + RELAX_SLACK];
    while (bytes.n) {
        str piece = str_first(bytes, PIECE);
        size_t n = b->relax(&st->spaces, piece, out);
        feed_lines(st, (str){out, n});
        bytes = str_from(bytes, piece.n);
    }
}

void dkim_body_feed(struct dkim_body *b, str bytes)
{
    if (b->streams[CANON_SIMPLE].sinks)
        feed_lines(&b->streams[CANON_SIMPLE], bytes);
    if (b->streams[CANON_RELAXED].sinks)
        feed_relaxed(b, &b->streams[CANON_RELAXED], bytes);
}

/* What was held back is now known to be the end: it becomes one CRLF. A relaxed body that is empty stays empty. */
static void end(struct stream *st, enum dkim_canon canon)
{
    if (st->spaces == RELAX_WSP_CR)
        feed_lines(st, S(" \r"));
    if (st->holds_cr)
        after_cr(st, S(""));
    st->held = 0;
    if (canon == CANON_SIMPLE || st->total)
        pour(st, S("\r\n"));
    for (struct sink *s = st->sinks; s; s = s->next)
        sha256_end(&s->sha, s->digest);
}

void dkim_body_end(struct dkim_body *b)
{
    end(&b->streams[CANON_SIMPLE], CANON_SIMPLE);
    end(&b->streams[CANON_RELAXED], CANON_RELAXED);
}

void dkim_body_get(const struct dkim_body *b, int handle, struct dkim_body_result *out)
{
    *out = (struct dkim_body_result){0};
    for (size_t canon = 0; canon < 2; canon++) {
        const struct stream *st = &b->streams[canon];
        for (const struct sink *s = st->sinks; s; s = s->next) {
            if (s->handle != handle)
                continue;
            *out = (struct dkim_body_result){.hashed = s->hashed, .unsigned_bytes = st->total - s->hashed};
            out->is_short = s->limit != UINT64_MAX && s->hashed < s->limit;
            memcpy(out->hash, s->digest, sizeof out->hash);
        }
    }
}
