/* SPDX-License-Identifier: BSD-2-Clause */
/* An address list: its parts lie in it and, written out plainly, read as the same addresses; a comment in front changes
 * nothing. The author of a message with that From is one lower-case domain name or a fault at a byte of it. Encoded words
 * decode to at most three times their length. */
#include "mail/mail.h"

#include <stdlib.h>

static struct ingam_limits limits;

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool is_inside(str part, str whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static str joined(struct arena *a, str x, str y, str z)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, x);
    out_str(&o, y);
    out_str(&o, z);
    return out_done(&o);
}

static void same(const struct mail_addresses *x, const struct mail_addresses *y)
{
    must(x->n == y->n && x->fault == y->fault);
    for (size_t i = 0; i < x->n; i++)
        must(str_eq(x->list[i].local, y->list[i].local) && str_eq(x->list[i].domain, y->list[i].domain));
}

static void write_and_read(struct arena *a, const struct mail_addresses *list)
{
    struct mail_addresses again;
    struct out o;
    out_init(&o, a);
    for (size_t i = 0; i < list->n; i++) {
        bool is_null = list->list[i].domain.n == 0;
        out_str(&o, S("x <"));
        out_str(&o, list->list[i].local);
        out_str(&o, is_null ? S("") : S("@"));
        out_str(&o, list->list[i].domain);
        out_str(&o, S(">,"));
    }
    must(mail_addresses_read(a, out_done(&o), &limits, &again));
    same(list, &again);
}

static void read_list(struct arena *a, str text)
{
    struct mail_addresses list, again;
    must(mail_addresses_read(a, text, &limits, &list));
    must(list.n <= limits.from_addresses);
    must(list.fault == FAULT_NONE || (list.wrong >= text.p && list.wrong <= text.p + text.n));
    for (size_t i = 0; i < list.n; i++)
        must(is_inside(list.list[i].display, text) && is_inside(list.list[i].local, text));
    if (list.fault == FAULT_NONE)
        write_and_read(a, &list);
    must(mail_addresses_read(a, joined(a, S("("), S(","), joined(a, S(") "), text, S(""))), &limits, &again));
    same(&list, &again);
}

static void find_author(struct arena *a, str text)
{
    struct mail_header h;
    struct mail_author author;
    must(mail_header_of(joined(a, S("From:"), text, S("\r\n")), a, &limits, &h));
    must(mail_author_find(a, &h, &limits, &author));
    must((author.fault == FAULT_NONE) == (author.domain.n > 0));
    must(author.from == NULL || author.at <= author.from->value.n);
    for (size_t i = 0; i < author.domain.n; i++) {
        uint8_t c = author.domain.p[i];
        must(byte_is(c, C_ALPHA | C_DIGIT | C_DASH | C_DOT | C_UNDER) && c == byte_lower(c));
    }
}

static void decode(struct arena *a, str text)
{
    str words = mail_words_decode(a, text);
    must(words.p && words.n <= 3 * text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    ingam_limits_default(&limits);
    limits.header_block = limits.field = SIZE_MAX / 2;
    arena_init(&a, NULL, (size_t)1 << 28);
    read_list(&a, (str){data, size});
    find_author(&a, (str){data, size});
    decode(&a, (str){data, size});
    arena_free(&a);
    return 0;
}
