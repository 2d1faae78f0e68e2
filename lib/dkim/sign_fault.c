/* SPDX-License-Identifier: BSD-2-Clause */
/* What neither a signature nor a seal may be put on. */
#include "dkim/dkim.h"

struct wrong {
    enum ingam_fault fault;
    uint64_t at;
};

static void blame(struct wrong *w, enum ingam_fault fault, uint64_t at)
{
    if (w->fault == FAULT_NONE)
        *w = (struct wrong){fault, at};
}

static uint64_t offset_of(const struct mail_header *h, const struct mail_field *f)
{
    return (uint64_t)(f->raw.p - h->block.p);
}

static uint64_t end_of_fields(const struct mail_header *h)
{
    if (h->n == 0)
        return 0;
    const struct mail_field *last = &h->fields[h->n - 1];
    return offset_of(h, last) + last->raw.n;
}

/* Exactly one From, since a signer answers for one author, and nothing that is no field: a field on top of such a line would
 * take it for its own fold.                                           [RFC5322 3.6] [RFC5322 2.2] [RFC6376 5.4] */
static void check_fields(struct wrong *w, const struct mail_header *h)
{
    size_t from_n = 0;
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        from_n += f->known == MAIL_FROM;
        if (f->known == MAIL_JUNK)
            blame(w, FAULT_SIGN_JUNK, offset_of(h, f));
        if (f->known == MAIL_FROM && from_n == 2)
            blame(w, FAULT_SIGN_FROM_TWICE, offset_of(h, f));
    }
    if (from_n == 0)
        blame(w, FAULT_SIGN_FROM_MISSING, 0);
}

enum ingam_fault sign_message_fault(const struct sign_lines *l, const struct mail_header *h, uint64_t *at)
{
    struct wrong w = {l->fault, l->fault ? l->wrong_at : 0};
    if (h->fault)
        blame(&w, h->fault, end_of_fields(h));
    if (h->block.n && h->block.p[h->block.n - 1] != '\n')
        blame(&w, FAULT_SIGN_HEADER_OPEN, h->block.n);
    if (h->has_nul)
        blame(&w, FAULT_SIGN_NUL, str_find(h->block, 0));
    check_fields(&w, h);
    *at = w.at;
    return w.fault;
}
