/* SPDX-License-Identifier: BSD-2-Clause */
/* A message in chunks, the first byte saying how: the header, its fields and the body are those of the message in one
 * piece; the fields lie in the block one behind the other; fields fed one by one give the same block.
 *     the low 5 bits: bytes a chunk, 0 for growing ones;  bit 7: narrow limits */
#include "mail/mail.h"

#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

struct split {
    struct mail_splitter s;
    struct mail_header h;
    str body;
};

static void feed(struct split *sp, struct arena *a, const struct ingam_limits *limits, str in, size_t step)
{
    size_t next = step;
    mail_splitter_init(&sp->s, NULL, limits);
    sp->body = str_from(in, in.n);
    while (in.n) {
        str chunk = str_first(in, step ? step : ++next);
        in = str_from(in, chunk.n);
        mail_splitter_feed(&sp->s, &chunk);
        if (chunk.n && sp->body.n == 0)
            sp->body = (str){chunk.p, chunk.n + in.n};
    }
    mail_splitter_end(&sp->s);
    must(mail_header_split(&sp->s, a, &sp->h));
}

static void same(const struct mail_header *x, const struct mail_header *y)
{
    must(str_eq(x->block, y->block) && x->n == y->n && x->fault == y->fault);
    must(x->has_bare_cr == y->has_bare_cr && x->has_bare_lf == y->has_bare_lf);
    must(x->has_nul == y->has_nul && x->has_junk == y->has_junk);
    for (size_t i = 0; i < x->n; i++) {
        must(x->fields[i].known == y->fields[i].known);
        must(str_eq(x->fields[i].raw, y->fields[i].raw) && str_eq(x->fields[i].value, y->fields[i].value));
    }
}

/* ret  each field is one that feeding it by itself gives again */
static bool look_at(const struct mail_header *h, const struct ingam_limits *limits)
{
    const uint8_t *at = h->block.p;
    bool is_plain = !h->has_bare_cr && !h->has_bare_lf && !h->has_junk && !h->fault;
    must(h->n <= limits->fields);
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        must(f->raw.p == at && f->raw.n > 0 && f->raw.n <= limits->field);
        must(f->name.p == at && f->value.p >= f->name.p + f->name.n);
        must(f->value.p + f->value.n <= at + f->raw.n);
        must((f->known == MAIL_JUNK) == (f->name.n == 0));
        is_plain = is_plain && f->value.p == f->name.p + f->name.n + 1;
        is_plain = is_plain && f->raw.n == f->name.n + 1 + f->value.n + 2;
        at += f->raw.n;
    }
    must(at <= h->block.p + h->block.n && h->block.n <= limits->header_block);
    must(h->fault || at == h->block.p + h->block.n);
    return is_plain;
}

static void feed_by_field(const struct mail_header *h, struct arena *a, const struct ingam_limits *limits)
{
    struct mail_splitter s;
    struct mail_header again;
    mail_splitter_init(&s, NULL, limits);
    for (size_t i = 0; i < h->n; i++)
        mail_splitter_field(&s, h->fields[i].name, h->fields[i].value);
    mail_splitter_end(&s);
    must(mail_header_split(&s, a, &again));
    same(h, &again);
    mail_splitter_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ingam_limits limits;
    struct arena a;
    struct split whole, parts;
    struct mail_header of;
    str in = str_from((str){data, size}, 1);
    uint8_t how = size ? data[0] : 1;
    ingam_limits_default(&limits);
    if (how & 0x80) {
        limits.header_block = 40;
        limits.field = 20;
        limits.fields = 4;
    }
    arena_init(&a, NULL, 64 * 1024 * 1024);
    feed(&whole, &a, &limits, in, SIZE_MAX);
    feed(&parts, &a, &limits, in, how & 31);
    same(&whole.h, &parts.h);
    must(whole.body.p == parts.body.p && whole.body.n == parts.body.n);
    must(whole.s.is_too_long == parts.s.is_too_long);
    if (look_at(&whole.h, &limits))
        feed_by_field(&whole.h, &a, &limits);
    if (!whole.s.is_too_long) {
        must(mail_header_of(whole.h.block, &a, &limits, &of));
        of.has_bare_lf =
            whole.h.has_bare_lf; /* all that was seen; the block ends where the CRLF of the end began */
        same(&whole.h, &of);
    }
    mail_splitter_free(&whole.s);
    mail_splitter_free(&parts.s);
    arena_free(&a);
    return 0;
}
