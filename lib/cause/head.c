/* SPDX-License-Identifier: BSD-2-Clause */
/* The signed header, and the search over moves. The canonical fields stand in the order of h=; a move gives some of them other
 * bytes. All are hashed again for each try: a header is a few kilobytes, a hash of it microseconds. */
#include "base/base64.h"
#include "cause/search.h"
#include "dkim/signed_names.h"

enum { MOVES_MAX = 512 };

static str canonical_of(struct head *head, const struct mail_field *field)
{
    struct out o;
    out_init(&o, head->scene->scratch);
    if (head->scene->sig->header_canon == CANON_RELAXED)
        dkim_canon_header_relaxed(&o, field);
    else
        out_str(&o, field->raw);
    return out_done(&o);
}

str head_canonical(struct head *head, str name, str value)
{
    struct out o;
    struct mail_field field = {.name = name, .value = value};
    out_init(&o, head->scene->scratch);
    out_str(&o, name);
    out_byte(&o, ':');
    out_str(&o, value);
    out_str(&o, S("\r\n"));
    field.raw = out_done(&o);
    field.value = (str){field.raw.p + name.n + 1, value.n};
    return field.raw.p ? canonical_of(head, &field) : field.raw;
}

/* The signature field without the value of b= and without its last CRLF.                             [RFC6376 3.7] */
static str own_field(struct head *head)
{
    const struct dkim_signature *sig = head->scene->sig;
    str value = sig->field->value;
    struct out o;
    out_init(&o, head->scene->scratch);
    out_str(&o, str_between(value.p, sig->b_value.p));
    out_str(&o, str_between(sig->b_value.p + sig->b_value.n, value.p + value.n));
    str text = head_canonical(head, sig->field->name, out_done(&o));
    return str_first(text, text.n < 2 ? 0 : text.n - 2);
}

static void set_target(struct head *head)
{
    const struct cause_scene *s = head->scene;
    size_t n = 0;
    uint8_t *bytes = arena_take_raw(s->scratch, s->sig->b.n / 4 * 3 + 3);
    if (s->key == NULL || bytes == NULL || public_key_kind(s->key) != KEY_RSA)
        return;
    if (base64_read(s->sig->b, bytes, &n) == NULL)
        head->has_target = public_key_recover(s->key, (str){bytes, n}, head->target);
}

static void add_item(struct head *head, str name, const struct mail_field *field)
{
    head->items[head->n++] = (struct item){name, field, field ? canonical_of(head, field) : S("")};
}

bool head_begin(struct cause_scene *scene, struct head *head)
{
    size_t max = scene->run->limits->dkim_signed_names + 1;
    struct signed_fields fields;
    bool is_over = false;
    str name = {NULL, 0};
    *head = (struct head){.scene = scene, .move_cap = MOVES_MAX};
    head->items = NEW_N(scene->scratch, struct item, max);
    head->moves = NEW_N(scene->scratch, struct move, MOVES_MAX);
    if (head->items == NULL || head->moves == NULL)
        return false;
    if (!signed_fields_find(scene->scratch, scene->header, scene->sig->signed_names, scene->sig->field,
                            &fields))
        return false;
    for (cur c = cur_of(scene->sig->signed_names); head->n + 1 < max && signed_name_next(&c, &name);)
        add_item(head, name, signed_fields_next(&fields, &is_over));
    head->items[head->n++] = (struct item){S(""), scene->sig->field, own_field(head)};
    set_target(head);
    return !scene->scratch->has_failed;
}

struct move *head_move(struct head *head, const char *kind, str detail)
{
    if (head->move_n == head->move_cap)
        return NULL;
    struct move *move = &head->moves[head->move_n++];
    *move = (struct move){.kind = kind, .detail = detail};
    return move;
}

void move_item(struct move *move, size_t item, str text)
{
    if (move == NULL || move->n == MOVE_ITEMS)
        return;
    move->to[move->n].item = item;
    move->to[move->n++].text = text;
}

void head_try_value(struct head *head, const char *kind, size_t item, str value, const char *sentence)
{
    if (value.p == NULL)
        return;
    str text = head_canonical(head, head->items[item].field->name, value);
    if (str_eq(text, head->items[item].canonical))
        return;
    struct found f;
    found_text(head->scene, &f, kind, sentence, head->items[item].name);
    move_item(head_move(head, kind, f.detail), item, text);
}

/* ret  what these moves make of an item */
static str moved(const struct head *head, const size_t *picked, size_t picked_n, size_t item)
{
    for (size_t k = 0; k < picked_n; k++) {
        const struct move *move = &head->moves[picked[k]];
        for (size_t j = 0; j < move->n; j++)
            if (move->to[j].item == item)
                return move->to[j].text;
    }
    return head->items[item].canonical;
}

static void digest_with(const struct head *head, const size_t *picked, size_t picked_n, uint8_t digest[32])
{
    struct sha256 state;
    sha256_init(&state);
    for (size_t i = 0; i < head->n; i++)
        sha256_add(&state, moved(head, picked, picked_n, i));
    sha256_end(&state, digest);
}

/* An RSA signature says what digest it was made over; an Ed25519 one has to be verified. */
static bool is_signed(struct head *head, const uint8_t digest[32])
{
    enum { B_MAX = 256 }; /* 88 characters and the white space of folds */
    struct cause_scene *s = head->scene;
    uint8_t bytes[B_MAX / 4 * 3 + 3];
    size_t n = 0;
    if (head->has_target)
        return memcmp(digest, head->target, 32) == 0;
    if (s->key == NULL || public_key_kind(s->key) != KEY_ED25519 || !scene_afford(s, CAUSE_SIGNATURE_COST))
        return false;
    if (s->sig->b.n > B_MAX || base64_read(s->sig->b, bytes, &n) != NULL)
        return false;
    return public_key_verify(s->key, digest, (str){bytes, n});
}

static bool fits_with(struct head *head, const size_t *picked, size_t n)
{
    uint8_t digest[32];
    if (!scene_afford(head->scene, 4096))
        return false;
    digest_with(head, picked, n, digest);
    return is_signed(head, digest);
}

bool head_fits(struct head *head)
{
    return fits_with(head, NULL, 0);
}

/* ret  the moves touch no field in common */
static bool are_apart(const struct move *a, const struct move *b)
{
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < b->n; j++)
            if (a->to[i].item == b->to[j].item)
                return false;
    return true;
}

static bool try_pairs(struct head *head, size_t picked[3])
{
    for (picked[0] = 0; picked[0] < head->move_n; picked[0]++)
        for (picked[1] = picked[0] + 1; picked[1] < head->move_n; picked[1]++)
            if (are_apart(&head->moves[picked[0]], &head->moves[picked[1]]) && fits_with(head, picked, 2))
                return true;
    return false;
}

/* What goes with the two first picked. */
static bool try_third(struct head *head, size_t picked[3])
{
    for (picked[2] = picked[1] + 1; picked[2] < head->move_n; picked[2]++) {
        const struct move *third = &head->moves[picked[2]];
        bool is_apart =
            are_apart(&head->moves[picked[0]], third) && are_apart(&head->moves[picked[1]], third);
        if (third->is_of_lists && is_apart && fits_with(head, picked, 3))
            return true;
    }
    return false;
}

static bool try_triples(struct head *head, size_t picked[3])
{
    for (picked[0] = 0; picked[0] < head->move_n; picked[0]++) {
        if (!head->moves[picked[0]].is_of_lists)
            continue;
        for (picked[1] = picked[0] + 1; picked[1] < head->move_n; picked[1]++) {
            bool is_apart = are_apart(&head->moves[picked[0]], &head->moves[picked[1]]);
            if (head->moves[picked[1]].is_of_lists && is_apart && try_third(head, picked))
                return true;
        }
    }
    return false;
}

size_t head_search(struct head *head, size_t picked[3])
{
    for (picked[0] = 0; picked[0] < head->move_n; picked[0]++)
        if (fits_with(head, picked, 1))
            return 1;
    if (try_pairs(head, picked))
        return 2;
    return try_triples(head, picked) ? 3 : 0;
}
