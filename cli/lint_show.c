/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings for people: the code, the record with a caret under the byte, what is wrong, what to publish instead. */
#include "cli/lint.h"

enum { INDENT = 2, LABEL = 10 };

static enum paint paint_of(enum ingam_severity severity)
{
    static const enum paint paints[] = {PAINT_DIM, PAINT_UNSURE, PAINT_BAD};
    return paints[severity];
}

static void show_label(struct screen *s, const char *label, enum paint paint, str text)
{
    screen_blanks(s, INDENT);
    screen_cell(s, PAINT_DIM, str_of(label), LABEL);
    screen_wrap(s, paint, INDENT + LABEL, INDENT + LABEL, text);
}

static void show_finding(struct screen *s, struct arena *a, const struct ingam_finding *f)
{
    const struct ingam_finding_row *row = ingam_finding_row(f->code);
    screen_paint(s, paint_of(row->severity), str_of(ingam_severity_name(row->severity)));
    screen_z(s, " ");
    screen_paint(s, PAINT_STRONG, str_of(row->code));
    if (f->name.n) {
        screen_z(s, " at ");
        screen_put(s, f->name);
    }
    screen_end_line(s);
    if (f->record.n)
        screen_caret(s, INDENT + LABEL, f->record, f->at);
    struct out o;
    out_init(&o, a);
    out_str(&o, linted_text(a, f, ingam_finding_text));
    out_z(&o, " [");
    out_z(&o, ingam_finding_spec(f));
    out_z(&o, "]");
    show_label(s, "what", PAINT_NONE, out_done(&o));
    show_label(s, "instead", PAINT_NONE, linted_text(a, f, ingam_finding_fix));
    screen_end_line(s);
}

static void add_count(struct out *o, size_t n, const char *what)
{
    if (n == 0)
        return;
    out_z(o, o->n ? ", " : "");
    out_uint(o, n);
    out_z(o, " ");
    out_z(o, what);
    out_z(o, n == 1 ? "" : "s");
}

static void show_head(struct screen *s, struct arena *a, const struct linted *d)
{
    struct out o;
    out_init(&o, a);
    add_count(&o, d->errors, "error");
    add_count(&o, d->warnings, "warning");
    add_count(&o, d->notes, "note");
    enum paint paint = d->errors ? PAINT_BAD : d->warnings ? PAINT_UNSURE : PAINT_GOOD;
    screen_paint(s, paint, str_of(linted_verdict(d)));
    screen_z(s, ": ");
    screen_put(s, d->subject.n ? d->subject : str_of(ingam_record_name(ingam_lint_type(d->lint))));
    screen_z(s, d->subject.n ? ": " : " record: ");
    screen_put(s, o.n ? out_done(&o) : S("nothing to say against it"));
    screen_end_line(s);
}

static void show_records(struct screen *s, const struct linted *d)
{
    const struct ingam_published *records;
    size_t n = ingam_lint_published(d->lint, &records);
    for (size_t i = 0; i < n; i++) {
        screen_blanks(s, INDENT);
        screen_cell(s, PAINT_DIM, str_of(ingam_record_name(records[i].type)), LABEL);
        screen_put(s, records[i].name);
        screen_end_line(s);
    }
}

void lint_show(struct screen *s, struct arena *a, const struct linted *d)
{
    show_head(s, a, d);
    show_records(s, d);
    screen_end_line(s);
    for (int severity = INGAM_SEVERITY_ERROR; severity >= INGAM_SEVERITY_NOTE; severity--)
        for (size_t i = 0; i < d->n; i++)
            if (ingam_finding_row(d->findings[i].code)->severity == (enum ingam_severity)severity)
                show_finding(s, a, &d->findings[i]);
}
