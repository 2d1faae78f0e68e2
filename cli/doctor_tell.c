/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doctor.h"

#include "cli/json.h"
#include <stdarg.h>
#include <stdio.h>

enum { TEXT_SIZE = 8192, GRADE_COLUMNS = 8, AREA_COLUMNS = 15, WORD_COLUMNS = 7 };

static const char *const grades[] = {"ok", "note", "wrong", "unseen"};

static str printed(struct doctor *d, const char *format, va_list list)
{
    char text[TEXT_SIZE];
    int n = vsnprintf(text, sizeof text, format, list);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    const char *copy = arena_copy_z(&d->arena, (str){(const uint8_t *)text, len});
    return copy ? (str){(const uint8_t *)copy, len} : S("");
}

void doctor_say(struct doctor *d, enum doctor_grade grade, const char *code, const char *format, ...)
{
    struct doctor_finding *f = NEW(&d->arena, struct doctor_finding);
    va_list list;
    d->now = f;
    if (f == NULL)
        return;
    va_start(list, format);
    *f = (struct doctor_finding){.area = d->area, .code = code, .grade = grade};
    f->text = printed(d, format, list);
    va_end(list);
    *d->last = f;
    d->last = &f->next;
}

static void add_mend(struct doctor *d, const char *file, str what)
{
    struct doctor_mend *m = NEW(&d->arena, struct doctor_mend);
    if (m == NULL || d->now == NULL)
        return;
    *m = (struct doctor_mend){.file = file, .what = what};
    struct doctor_mend **at = &d->now->mends;
    while (*at)
        at = &(*at)->next;
    *at = m;
}

void doctor_run(struct doctor *d, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add_mend(d, NULL, printed(d, format, list));
    va_end(list);
}

void doctor_write(struct doctor *d, const char *file, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add_mend(d, file, printed(d, format, list));
    va_end(list);
}

const char *doctor_text(struct doctor *d, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    str text = printed(d, format, list);
    va_end(list);
    return (const char *)text.p;
}

const char *doctor_z(struct doctor *d, str text)
{
    const char *copy = arena_copy_z(&d->arena, text);
    return copy ? copy : "";
}

static bool is_plain(const char *text)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@,+=%";
    return *text && text[strspn(text, good)] == 0;
}

const char *doctor_quoted(struct doctor *d, const char *text)
{
    struct out o;
    if (is_plain(text))
        return text;
    out_init(&o, &d->arena);
    out_byte(&o, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            out_z(&o, "'\\'");
        out_byte(&o, (uint8_t)*text);
    }
    out_byte(&o, '\'');
    return doctor_z(d, out_done(&o));
}

static void show_mend(struct screen *s, const struct doctor_mend *m)
{
    screen_blanks(s, GRADE_COLUMNS);
    screen_cell(s, PAINT_DIM, str_of(m->file ? "write" : "run"), WORD_COLUMNS);
    screen_paint(s, PAINT_STRONG, m->what);
    if (m->file) {
        screen_z(s, "   in ");
        screen_z(s, m->file);
    }
    screen_end_line(s);
}

void doctor_show(struct doctor *d, const struct doctor_finding *f)
{
    static const char *const words[] = {"OK", "NOTE", "WRONG", "UNSEEN"};
    static const enum paint paints[] = {PAINT_GOOD, PAINT_UNSURE, PAINT_BAD, PAINT_UNSURE};
    screen_cell(&d->screen, paints[f->grade], str_of(words[f->grade]), GRADE_COLUMNS);
    screen_cell(&d->screen, PAINT_DIM, str_of(f->area), AREA_COLUMNS);
    screen_put(&d->screen, f->text);
    screen_end_line(&d->screen);
    for (const struct doctor_mend *m = f->mends; m; m = m->next)
        show_mend(&d->screen, m);
}

static json_t *json_finding(const struct doctor_finding *f)
{
    json_t *mends = json_array(), *o = json_object();
    for (const struct doctor_mend *m = f->mends; m; m = m->next) {
        json_t *one = json_object();
        json_object_set_new(one, m->file ? "write" : "run", json_text(m->what));
        if (m->file)
            json_object_set_new(one, "file", json_text(str_of(m->file)));
        json_array_append_new(mends, one);
    }
    json_object_set_new(o, "grade", json_string(grades[f->grade]));
    json_object_set_new(o, "area", json_string(f->area));
    json_object_set_new(o, "code", json_string(f->code));
    json_object_set_new(o, "text", json_text(f->text));
    json_object_set_new(o, "mends", mends);
    return o;
}

bool doctor_show_json(const struct doctor *d)
{
    json_t *all = json_object(), *list = json_array();
    json_int_t counts[4] = {0};
    for (const struct doctor_finding *f = d->first; f; f = f->next) {
        counts[f->grade]++;
        json_array_append_new(list, json_finding(f));
    }
    for (size_t i = 0; i < 4; i++)
        json_object_set_new(all, grades[i], json_integer(counts[i]));
    json_object_set_new(all, "findings", list);
    return json_line(all, stdout);
}
