/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/trace.h"

#include "base/cur.h"

enum { FIRST = 8 };

void trace_init(struct trace *t, struct arena *a)
{
    *t = (struct trace){.arena = a};
}

void trace_reset(struct trace *t)
{
    if (t)
        t->n = 0;
}

static bool grow(struct trace *t)
{
    size_t cap = t->cap ? t->cap * 2 : FIRST;
    struct ingam_note *notes = arena_take_raw(t->arena, cap * sizeof *notes);
    if (notes == NULL)
        return false;
    if (t->n)
        memcpy(notes, t->notes, t->n * sizeof *notes);
    t->notes = notes;
    t->cap = cap;
    return true;
}

struct ingam_note *trace_room(struct trace *t)
{
    if (t == NULL || (t->n == t->cap && !grow(t)))
        return NULL;
    return &t->notes[t->n++];
}

void trace_add(struct trace *t, struct ingam_note note)
{
    struct ingam_note *room = trace_room(t);
    if (room)
        *room = note;
}

/* A text of bounded size that counts what did not fit. */
struct text {
    char *p;
    size_t n, cap;
};

static void put(struct text *t, uint8_t c)
{
    if (t->n + 1 < t->cap)
        t->p[t->n] = (char)c;
    t->n++;
}

static void put_str(struct text *t, str s)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c >= 0x20 && c < 0x7f && c != '\\') {
            put(t, c);
            continue;
        }
        put(t, '\\');
        put(t, 'x');
        put(t, (uint8_t)hex[c >> 4]);
        put(t, (uint8_t)hex[c & 15]);
    }
}

static void put_number(struct text *t, int64_t v)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    uint64_t u = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[--at] = (uint8_t)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0)
        put(t, '-');
    put_str(t, (str){digits + at, sizeof digits - at});
}

/* Takes {0} {1} {2} {#0} {#1} {#2}. ret false: no placeholder here, nothing taken */
static bool placeholder(cur *c, const struct ingam_note *note, struct text *t)
{
    cur at = *c;
    uint64_t i = 0;
    if (!cur_byte(&at, '{'))
        return false;
    bool is_number = cur_byte(&at, '#');
    if (!cur_uint(&at, 2, &i) || !cur_byte(&at, '}'))
        return false;
    if (is_number)
        put_number(t, note->number[i]);
    else
        put_str(t, note->text[i]);
    *c = at;
    return true;
}

size_t ingam_note_text(const struct ingam_note *note, char *buf, size_t cap)
{
    struct text t = {buf, 0, cap};
    cur c = cur_of(str_of(ingam_rule_row(note->rule)->sentence));
    while (!cur_end(&c))
        if (!placeholder(&c, note, &t))
            put(&t, *c.p++);
    if (cap)
        buf[t.n < cap ? t.n : cap - 1] = 0;
    return t.n;
}
