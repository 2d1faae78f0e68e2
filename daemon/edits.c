/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes into the message and what goes out of it.
 *
 * Out go the fields that could be taken for ours: Authentication-Results that claim our id, in all spellings [RFC8601 5];
 * X-Ingam-Action, whoever wrote it; any field that hides the first behind a line end or a NUL in its value, where another reader
 * may see a field of its own. They are named as mail servers count: the nth of a name, letters in any case, blanks before the
 * colon not part of it.
 *
 * Ours go on top. Postfix puts what is inserted at 0 above its own Received field, which a milter never sees, and counts all
 * others behind it; so at 0 results stand above the trace of the server that made them [RFC8601 4]. From the top:
 *
 *     ARC-Seal, ARC-Message-Signature, ARC-Authentication-Results, or the DKIM-Signatures
 *     Authentication-Results   X-Ingam-Action   Received-SPF   (Received ...) */
#include "daemon/session_inside.h"

enum { INSERTS = 8 };

struct editor {
    struct session *s;
    struct edit *list;
    size_t n, cap;
    struct arena *arena;
};

static void push(struct editor *e, struct edit edit)
{
    if (e->n == e->cap) {
        size_t cap = e->cap * 2;
        struct edit *list = NEW_N(e->arena, struct edit, cap);
        if (list == NULL)
            return;
        memcpy(list, e->list, e->n * sizeof *list);
        e->list = list;
        e->cap = cap;
    }
    e->list[e->n++] = edit;
}

static void insert(struct editor *e, str name, str value)
{
    if (value.n)
        push(e, (struct edit){EDIT_INSERT, name, value, 0});
}

/* --- Deletes --- */

static bool holds(str text, str part)
{
    for (size_t i = 0; i + part.n <= text.n; i++)
        if (str_eq_nocase((str){text.p + i, part.n}, part))
            return true;
    return false;
}

/* ret  how many bytes of a fold stand there */
static size_t fold_n(str text)
{
    size_t n = str_starts(text, S("\r\n")) ? 2 : str_starts(text, S("\n")) ? 1 : 0;
    return n && n < text.n && byte_is(text.p[n], C_WSP) ? n : 0;
}

/* ret  a byte in the value ends a line for some readers: CR or LF that is no fold, NUL, VT, FF, FS, GS, RS */
static bool has_line_end(str value)
{
    while (value.n) {
        size_t n = fold_n(value);
        if (n == 0 && value.p[0] < ' ' && value.p[0] != '\t')
            return true;
        value = str_from(value, n ? n : 1);
    }
    return false;
}

bool edits_hides(str value)
{
    return has_line_end(value) &&
           (holds(value, S("Authentication-Results")) || holds(value, S("X-Ingam-Action")));
}

static bool must_go(str name, str value)
{
    return str_eq_nocase(name, S("X-Ingam-Action")) || edits_hides(value);
}

/* How many fields of a name stand above the one that is looked at; the two names that a forger repeats are counted once for
 * all, since a header may hold thousands of them. */
struct counter {
    str name;
    size_t n;
};

static size_t count_above(const struct session *s, size_t field, str name)
{
    size_t n = 0;
    str other;
    str value;
    for (size_t i = 0; i < field && ingam_check_field_at(s->check, i, &other, &value); i++)
        n += str_eq_nocase(other, name);
    return n;
}

/* in   counters  of fields 0 to field
 * ret  the field is the nth of its name, from 1 */
static uint32_t nth_of(const struct session *s, size_t field, str name, struct counter counters[2])
{
    for (size_t i = 0; i < 2; i++)
        if (str_eq_nocase(counters[i].name, name))
            return (uint32_t)counters[i].n;
    return (uint32_t)count_above(s, field, name) + 1;
}

static void pass(struct counter counters[2], str name)
{
    for (size_t i = 0; i < 2; i++)
        counters[i].n -= str_eq_nocase(counters[i].name, name);
}

/* Fields beyond the limits were not read; none of them may pass for ours. */
static void delete_unread(struct editor *e, const struct counter *seen, size_t n)
{
    for (size_t nth = n; nth > seen->n; nth--)
        push(e, (struct edit){EDIT_DELETE, seen->name, {0}, (uint32_t)nth});
}

/* From the last field up, so that the last of each name comes first. */
static bool delete_forged(struct editor *e)
{
    const uint32_t *removed;
    size_t removed_n;
    size_t n = ingam_check_fields(e->s->check);
    struct counter counters[2] = {{S("Authentication-Results"), 0}, {S("X-Ingam-Action"), 0}};
    str name;
    str value;
    if (ingam_check_removed(e->s->check, &removed, &removed_n) != INGAM_OK)
        return false;
    for (size_t i = 0; i < 2; i++)
        counters[i].n = count_above(e->s, n, counters[i].name);
    delete_unread(e, &counters[0], e->s->results_n);
    delete_unread(e, &counters[1], e->s->actions_n);
    for (size_t i = n; i-- > 0 && ingam_check_field_at(e->s->check, i, &name, &value); pass(counters, name)) {
        bool is_listed = removed_n && removed[removed_n - 1] == i;
        removed_n -= is_listed;
        if (name.n && (is_listed || must_go(name, value)))
            push(e, (struct edit){EDIT_DELETE, name, {0}, nth_of(e->s, i, name, counters)});
    }
    e->s->removed_n = e->n;
    return true;
}

/* --- Inserts --- */

static str with_blank(struct editor *e, str value)
{
    struct out o;
    out_init(&o, e->arena);
    out_byte(&o, ' ');
    out_str(&o, value);
    return value.n ? out_done(&o) : S("");
}

/* In a comment: what would end it is quoted. The texts are printable already. */
static void put_comment(struct out *o, str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '(' || text.p[i] == ')' || text.p[i] == '\\')
            out_byte(o, '\\');
        out_byte(o, text.p[i]);
    }
}

/* "quarantine (p=reject; ...; id ...)", or "none (would be ...": for the site's own filters, and for people. */
static str action_of(struct editor *e)
{
    const struct session *s = e->s;
    const struct decision *d = &s->decision;
    const struct ingam_action *action = &s->verdict->action;
    bool is_observed = d->does != d->would_be;
    struct out o;
    bool is_tagged = d->does == INGAM_QUARANTINE && !d->is_held;
    if (!is_tagged && !is_observed)
        return S("");
    out_init(&o, e->arena);
    out_byte(&o, ' ');
    out_z(&o, ingam_disposition_name(d->does));
    out_z(&o, " (");
    if (is_observed) {
        out_z(&o, "observing, would be ");
        out_z(&o, ingam_disposition_name(d->would_be));
        out_z(&o, ";\r\n\t");
    }
    for (size_t i = 0; i < action->reason_n; i++) {
        if (strcmp(action->reasons[i], "observing") == 0)
            continue;
        put_comment(&o, str_of(action->reasons[i]));
        out_z(&o, ";\r\n\t");
    }
    out_z(&o, "id ");
    out_str(&o, d->id);
    out_byte(&o, ')');
    return out_done(&o);
}

/* Whole fields, the first topmost: taken from the last, since each is put on top. */
static void insert_signatures(struct editor *e)
{
    const struct ingam_sign_result *r = e->s->signing.result;
    for (size_t i = r ? r->n : 0; i-- > 0;) {
        str field = r->fields[i];
        size_t colon = str_find(field, ':');
        if (field.n > colon + 3)
            insert(e, str_first(field, colon), (str){field.p + colon + 1, field.n - colon - 3});
    }
}

static void insert_results(struct editor *e)
{
    const struct ingam_verdict *v = e->s->verdict;
    if (e->s->conf->adds_received_spf)
        insert(e, S("Received-SPF"), with_blank(e, v->received_spf));
    insert(e, S("X-Ingam-Action"), action_of(e));
    insert(e, S("Authentication-Results"), with_blank(e, v->authentication_results));
}

/* Mail that is turned down or deferred goes nowhere, and is left as it is. */
bool edits_make(struct session *s)
{
    struct decision *d = &s->decision;
    if (d->does == INGAM_REJECT || d->does == INGAM_DEFER)
        return true;
    struct editor e = {.s = s, .cap = INSERTS, .arena = &s->arena};
    e.list = NEW_N(e.arena, struct edit, e.cap);
    if (e.list == NULL || !delete_forged(&e))
        return false;
    if (!s->is_ours)
        insert_results(&e);
    insert_signatures(&e);
    d->edits = e.list;
    d->edit_n = e.n;
    return !s->arena.has_failed;
}
