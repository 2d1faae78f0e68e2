/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/explain.h"

#include "base/date.h"
#include "cli/facts.h"
#include "cli/words.h"

enum { INDENT = 2, DEEPER = 6, NAME_MAX_COLUMNS = 40, TYPE = 6, STATUS = 10, TTL = 9 };
static const int64_t SECOND_MAX = 253402300799; /* the last of the year 9999 */

static void heading(struct screen *s, str text)
{
    screen_end_line(s);
    screen_paint(s, PAINT_STRONG, text);
    screen_end_line(s);
}

static void add_spec(struct out *o, const char *spec)
{
    out_z(o, "  [");
    out_z(o, spec);
    out_z(o, "]");
}

/* ret  text with each fold as one space */
static str folds_off(struct arena *a, str text)
{
    struct out o;
    if (str_find_str(text, S("\r\n")) == text.n)
        return text;
    out_init(&o, a);
    for (cur c = cur_of(text); !cur_end(&c);) {
        bool is_fold = cur_text(&c, S("\r\n ")) || cur_text(&c, S("\r\n\t"));
        if (is_fold)
            cur_run(&c, C_WSP);
        out_byte(&o, is_fold ? ' ' : *c.p++);
    }
    return out_done(&o);
}

/* Writes the time of a note that tells of one as people write it. */
static void add_date(struct out *o, const struct ingam_note *note)
{
    bool has_time = note->rule == INGAM_RULE_DKIM_SIGNED_AT || note->rule == INGAM_RULE_DKIM_CLOCK ||
                    note->rule == INGAM_RULE_DKIM_EXPIRY;
    if (!has_time || note->number[0] < 0 || note->number[0] > SECOND_MAX)
        return;
    out_z(o, "; that is ");
    date_write(o, note->number[0]);
}

/* ret  the sentence of a note */
static str sentence_of(struct arena *a, const struct ingam_note *note)
{
    struct ingam_note flat = *note;
    for (size_t i = 0; i < sizeof flat.text / sizeof flat.text[0]; i++)
        flat.text[i] = folds_off(a, flat.text[i]);
    size_t n = ingam_note_text(&flat, NULL, 0) + 1;
    char *text = arena_take(a, n);
    if (text == NULL)
        return S("");
    ingam_note_text(&flat, text, n);
    return str_of(text);
}

/* The name of a fault, and its sentence where the note has not said it already. */
static void show_fault(struct screen *s, struct arena *a, enum ingam_fault fault, str said)
{
    char name[INGAM_FAULT_NAME_SIZE];
    const struct ingam_fault_row *row = ingam_fault_row(fault);
    str sentence = str_of(row->sentence);
    struct out o;
    out_init(&o, a);
    out_z(&o, ingam_fault_name(fault, name));
    if (str_find_str(said, sentence) == said.n) {
        out_z(&o, ": ");
        out_str(&o, sentence);
    }
    add_spec(&o, row->spec);
    screen_blanks(s, DEEPER);
    screen_wrap(s, row->result == INGAM_RESULT_NONE ? PAINT_UNSURE : PAINT_BAD, DEEPER, DEEPER + 2,
                out_done(&o));
}

void explain_note(struct screen *s, struct arena *a, const struct ingam_note *note)
{
    str sentence = sentence_of(a, note);
    struct out o;
    out_init(&o, a);
    out_str(&o, sentence);
    add_date(&o, note);
    add_spec(&o, ingam_rule_row(note->rule)->spec);
    screen_blanks(s, INDENT);
    screen_wrap(s, PAINT_NONE, INDENT, INDENT + 2, out_done(&o));
    if (note->fault == INGAM_FAULT_NONE)
        return;
    show_fault(s, a, note->fault, sentence);
    str record = note->record;
    size_t at = note->at;
    for (; record.n && byte_is(record.p[0], C_FWS); record = str_from(record, 1))
        at -= at > 0;
    if (record.n)
        screen_caret(s, DEEPER, record, at);
}

static size_t name_columns(struct screen *s, const struct judged *d)
{
    size_t columns = 0;
    struct ingam_fact f;
    for (size_t i = 0; ingam_check_fact(d->check, i, &f); i++) {
        size_t n = screen_columns(s, f.name);
        columns = n > columns ? n : columns;
    }
    return (columns < NAME_MAX_COLUMNS ? columns : NAME_MAX_COLUMNS) + 2;
}

/* Writes a TXT record in quotes; of a long one, which is a key, the beginning. */
static str quoted(struct arena *a, str text, bool is_text)
{
    enum { WHOLE = 300, BEGINNING = 100 };
    struct out o;
    if (!is_text)
        return text;
    out_init(&o, a);
    out_byte(&o, '"');
    out_str(&o, text.n > WHOLE ? str_first(text, BEGINNING) : text);
    out_byte(&o, '"');
    if (text.n > WHOLE) {
        out_z(&o, " and so on, ");
        out_uint(&o, text.n);
        out_z(&o, " bytes");
    }
    return out_done(&o);
}

static str ttl_of(struct arena *a, const struct ingam_fact *f)
{
    struct out o;
    out_init(&o, a);
    out_uint(&o, f->ttl);
    out_z(&o, " s");
    return out_done(&o);
}

/* The answers behind a question: the first on its line, which is filled up to `first`, others on their own. */
static void show_answers(struct screen *s, struct arena *a, const struct ingam_fact *f, size_t first,
                         size_t at)
{
    for (size_t i = 0; i < f->rr_n; i++) {
        if (i)
            screen_blanks(s, at);
        screen_wrap(s, PAINT_DIM, i ? at : first, at,
                    quoted(a, fact_answer(a, f, i), f->type == INGAM_RR_TXT));
    }
    if (f->rr_n && f->is_secure) {
        screen_blanks(s, at);
        screen_wrap(s, PAINT_DIM, at, at, S("(proved by DNSSEC)"));
    }
}

static void show_fact(struct screen *s, struct arena *a, const struct ingam_fact *f, size_t column)
{
    size_t at = INDENT + column + TYPE + STATUS + TTL, name = screen_columns(s, f->name) + 1;
    size_t first = at + (name > column ? name - column : 0);
    bool has_failed = f->status == INGAM_STATUS_FAILED;
    screen_blanks(s, INDENT);
    screen_cell(s, PAINT_NONE, f->name, column - 1);
    screen_blanks(s, 1);
    screen_cell(s, PAINT_NONE, str_of(fact_type(a, f->type)), TYPE);
    screen_cell(s, has_failed ? PAINT_BAD : PAINT_NONE, str_of(ingam_status_name(f->status)), STATUS);
    screen_cell(s, PAINT_NONE, has_failed ? S("") : ttl_of(a, f), TTL);
    if (f->rr_n)
        show_answers(s, a, f, first, at);
    else
        screen_wrap(s, PAINT_DIM, first, at,
                    f->why         ? str_of(f->why)
                    : f->is_secure ? S("proved by DNSSEC")
                                   : S(""));
}

static void show_questions(struct screen *s, const struct judged *d)
{
    struct ingam_fact f;
    size_t column = name_columns(s, d);
    heading(s, S("What the DNS was asked"));
    for (size_t i = 0; ingam_check_fact(d->check, i, &f); i++)
        show_fact(s, d->arena, &f, column);
    if (ingam_check_facts(d->check) == 0) {
        screen_blanks(s, INDENT);
        screen_wrap(s, PAINT_NONE, INDENT, INDENT, S("nothing"));
    }
}

static void signature_heading(struct screen *s, const struct judged *d, size_t i)
{
    struct out o;
    out_init(&o, d->arena);
    out_z(&o, "DKIM signature ");
    out_uint(&o, i + 1);
    out_z(&o, " of ");
    out_uint(&o, d->verdict->dkim_n);
    if (i < d->verdict->dkim_n) {
        out_z(&o, ": d=");
        out_str(&o, d->verdict->dkim[i].domain);
        out_z(&o, " s=");
        out_str(&o, d->verdict->dkim[i].selector);
    }
    heading(s, out_done(&o));
}

static void method_heading(struct screen *s, const struct judged *d, enum ingam_method method,
                           uint32_t subject)
{
    static const char *const titles[] = {
        [INGAM_METHOD_MAIL] = "The message",
        [INGAM_METHOD_DNS] = "The DNS",
        [INGAM_METHOD_SPF] = "SPF of MAIL FROM: may this server send for the sender's domain?",
        [INGAM_METHOD_DKIM] = "DKIM",
        [INGAM_METHOD_ARC] = "ARC: what earlier servers saw",
        [INGAM_METHOD_DMARC] = "DMARC: does any of this speak for the domain in From?",
        [INGAM_METHOD_AUTHRES] = "Authentication-Results",
        [INGAM_METHOD_POLICY] = "What this site makes of it",
    };
    if (method == INGAM_METHOD_DKIM && d->verdict->dkim_n)
        signature_heading(s, d, subject);
    else if (method == INGAM_METHOD_SPF && subject)
        heading(s, S("SPF of HELO: may this server call itself so?"));
    else
        heading(s, str_of(titles[method]));
}

/* Why a signature failed, behind its notes. */
static void show_cause(struct screen *s, const struct judged *d, size_t i)
{
    struct ingam_cause cause;
    if (i >= d->verdict->dkim_n || !judged_cause(d, i, &cause))
        return;
    struct out o;
    out_init(&o, d->arena);
    out_z(&o, cause.is_proved ? "cause, proved: " : "likely cause: ");
    out_z(&o, cause.kind);
    out_z(&o, cause.detail.n ? ": " : "");
    out_str(&o, cause.detail);
    for (size_t k = 0; k < cause.also_n; k++) {
        out_z(&o, k ? ", " : "; also ");
        out_z(&o, cause.also[k]);
    }
    screen_blanks(s, INDENT);
    screen_wrap(s, PAINT_UNSURE, INDENT, INDENT + 2, out_done(&o));
}

/* ret  the two notes stand under one heading: of one method, one identity of SPF, one signature */
static bool is_same_part(const struct ingam_note *a, const struct ingam_note *b)
{
    enum ingam_method method = ingam_rule_row(a->rule)->method;
    bool has_parts = method == INGAM_METHOD_SPF || method == INGAM_METHOD_DKIM;
    return ingam_rule_row(b->rule)->method == method && (!has_parts || a->subject == b->subject);
}

static void show_story(struct screen *s, const struct judged *d)
{
    const struct ingam_note *notes;
    size_t n = ingam_check_notes(d->check, &notes);
    for (size_t i = 0; i < n; i++) {
        enum ingam_method method = ingam_rule_row(notes[i].rule)->method;
        if (i == 0 || !is_same_part(&notes[i - 1], &notes[i]))
            method_heading(s, d, method, notes[i].subject);
        explain_note(s, d->arena, &notes[i]);
        bool is_last = i + 1 == n || !is_same_part(&notes[i], &notes[i + 1]);
        if (is_last && method == INGAM_METHOD_DKIM)
            show_cause(s, d, notes[i].subject);
    }
}

static void show_written(struct screen *s, const struct judged *d)
{
    heading(s, S("What would be written into the message"));
    screen_blanks(s, INDENT);
    screen_wrap(s, PAINT_NONE, INDENT, DEEPER,
                fact_unfolded(d->arena, "Authentication-Results: ", d->verdict->authentication_results));
    if (d->verdict->received_spf.n) {
        screen_blanks(s, INDENT);
        screen_wrap(s, PAINT_NONE, INDENT, DEEPER,
                    fact_unfolded(d->arena, "Received-SPF: ", d->verdict->received_spf));
    }
}

void explain_show(struct screen *s, const struct judged *d)
{
    show_questions(s, d);
    show_story(s, d);
    show_written(s, d);
}
