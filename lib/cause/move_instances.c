/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields that were added, or taken away, and so make others be picked: h= counts instances from the bottom up. What was taken
 * away is known only where the signer left a copy in z=.                                                [RFC6376 3.5] */
#include "base/tags.h"
#include "cause/search.h"

/* ret  this name stands in h= */
static bool is_signed_name(const struct head *head, str name)
{
    for (size_t i = 0; i + 1 < head->n; i++)
        if (str_eq_nocase(head->items[i].name, name))
            return true;
    return false;
}

/* The k-th instance of a name from the bottom, when one field is passed over. */
static const struct mail_field *instance_without(const struct mail_header *h,
                                                 const struct mail_field *without, size_t k)
{
    for (size_t i = h->n; i > 0; i--) {
        const struct mail_field *f = &h->fields[i - 1];
        if (f != without && mail_field_is(f, without->name) && k-- == 0)
            return f;
    }
    return NULL;
}

static void without_field(struct head *head, const struct mail_field *field)
{
    struct found f;
    size_t k = 0;
    found_text(head->scene, &f, "header-added", "a {2} field was added", field->name);
    struct move *move = head_move(head, "header-added", f.detail);
    for (size_t i = 0; i + 1 < head->n; i++) {
        if (!mail_field_is(field, head->items[i].name))
            continue;
        const struct mail_field *other = instance_without(head->scene->header, field, k++);
        str text = other ? head_canonical(head, other->name, other->value) : S("");
        if (!str_eq(text, head->items[i].canonical))
            move_item(move, i, text);
    }
    if (move && move->n == 0)
        head->move_n--;
}

static void added_fields(struct head *head)
{
    const struct mail_header *h = head->scene->header;
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        if (f != head->scene->sig->field && f->known != MAIL_JUNK && is_signed_name(head, f->name))
            without_field(head, f);
    }
}

static unsigned hex_of(uint8_t c)
{
    return byte_is(c, C_DIGIT) ? (unsigned)(c - '0') : (unsigned)(byte_lower(c) - 'a') + 10;
}

/* Undoes dkim-quoted-printable: white space goes, =XX is a byte.                                     [RFC6376 2.11] */
static str dkim_qp_read(struct arena *a, str text)
{
    struct out o;
    out_init(&o, a);
    for (cur c = cur_of(text); !cur_end(&c); c.p++) {
        bool is_escape =
            cur_at(&c, '=') && c.end - c.p > 2 && byte_is(c.p[1], C_HEX) && byte_is(c.p[2], C_HEX);
        if (is_escape) {
            out_byte(&o, (uint8_t)(hex_of(c.p[1]) << 4 | hex_of(c.p[2])));
            c.p += 2;
        } else if (!cur_is(&c, C_FWS)) {
            out_byte(&o, *c.p);
        }
    }
    return out_done(&o);
}

/* One copy from z=: where an item of that name differs from it, the copy is tried in its place. */
static void copied_field(struct head *head, str name, str value)
{
    str text = head_canonical(head, name, value);
    for (size_t i = 0; i + 1 < head->n; i++) {
        const struct item *item = &head->items[i];
        if (!str_eq_nocase(item->name, name) || str_eq(item->canonical, text))
            continue;
        struct found f;
        bool was_there = item->field != NULL;
        const char *kind = was_there ? "header-changed" : "header-removed";
        found_text(head->scene, &f, kind, was_there ? "{2} is not what was signed" : "{2} was taken away",
                   item->name);
        move_item(head_move(head, kind, f.detail), i, text);
    }
}

static void copies(struct head *head)
{
    struct tag_list tags;
    struct arena *a = head->scene->scratch;
    if (tag_list_read(a, head->scene->sig->field->value, 64, true, &tags) != TAG_LIST_OK)
        return;
    const struct tag *z = tag_find(&tags, S("z"));
    for (cur c = cur_of(z ? z->value : S("")); !cur_end(&c); cur_byte(&c, '|')) {
        str copy = cur_until(&c, '|');
        size_t colon = str_find(copy, ':');
        if (colon == copy.n)
            continue;
        str name = str_trim_fws(str_first(copy, colon));
        str value = dkim_qp_read(a, str_from(copy, colon + 1));
        copied_field(head, name, value);
        if (head->scene->sig->header_canon == CANON_SIMPLE && !str_starts(value, S(" "))) {
            struct out o;
            out_init(&o, a);
            out_byte(&o, ' ');
            out_str(&o, value);
            copied_field(head, name, out_done(&o));
        }
    }
}

void moves_of_instances(struct head *head)
{
    copies(head);
    added_fields(head);
}
