/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of findings, and their words. */
#include "records/records.h"

static const struct ingam_finding_row rows[INGAM_FINDING_N + 1] = {
#define FINDING(code, severity, spec, sentence, fix)                                                         \
    [INGAM_FINDING_##code] = {#code, INGAM_SEVERITY_##severity, spec, sentence, fix},
#include <ingam/findings.def>
#undef FINDING
    [INGAM_FINDING_N] = {"", INGAM_SEVERITY_NOTE, "", "", ""},
};

const struct ingam_finding_row *ingam_finding_row(enum ingam_finding_code code)
{
    return &rows[(size_t)code < INGAM_FINDING_N ? code : INGAM_FINDING_N];
}

const char *ingam_severity_name(enum ingam_severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};
    return (size_t)severity < 3 ? names[severity] : NULL;
}

const char *ingam_record_name(enum ingam_record type)
{
    static const char *const names[] = {"unknown", "spf", "dkim", "dmarc", "mta-sts", "tlsrpt", "bimi"};
    return (size_t)type < INGAM_RECORD_N ? names[type] : NULL;
}

const char *ingam_finding_spec(const struct ingam_finding *finding)
{
    return finding->fault != INGAM_FAULT_NONE ? ingam_fault_row(finding->fault)->spec
                                              : ingam_finding_row(finding->code)->spec;
}

/* A text of bounded length; what does not fit is only counted. */
struct sink {
    char *p;
    size_t n, cap;
};

static void put(struct sink *s, char c)
{
    if (s->n + 1 < s->cap)
        s->p[s->n] = c;
    s->n++;
}

static void put_foreign(struct sink *s, str text)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c >= 0x20 && c < 0x7f) {
            put(s, (char)c);
            continue;
        }
        put(s, '\\');
        put(s, 'x');
        put(s, hex[c >> 4]);
        put(s, hex[c & 15]);
    }
}

static void put_number(struct sink *s, int64_t value)
{
    char digits[20];
    size_t n = 0;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value < 0)
        put(s, '-');
    do
        digits[n++] = (char)('0' + left % 10);
    while ((left /= 10) != 0);
    while (n)
        put(s, digits[--n]);
}

/* Puts in what a placeholder stands for. ret its length; 0: none begins here */
static size_t put_place(struct sink *s, const struct ingam_finding *f, const char *at)
{
    bool is_number = at[0] == '{' && at[1] == '#';
    size_t digit = is_number ? 2 : 1;
    if (at[0] != '{' || (at[digit] != '0' && at[digit] != '1') || at[digit + 1] != '}')
        return 0;
    unsigned i = (unsigned)(at[digit] - '0');
    if (is_number)
        put_number(s, f->number[i]);
    else
        put_foreign(s, f->text[i]);
    return digit + 2;
}

static size_t fill(const struct ingam_finding *f, const char *sentence, char *buf, size_t cap)
{
    struct sink s = {.p = buf, .cap = cap};
    while (*sentence) {
        size_t took = put_place(&s, f, sentence);
        if (took == 0)
            put(&s, *sentence);
        sentence += took ? took : 1;
    }
    if (cap)
        buf[s.n < cap ? s.n : cap - 1] = 0;
    return s.n;
}

size_t ingam_finding_text(const struct ingam_finding *finding, char *buf, size_t cap)
{
    return fill(finding, ingam_finding_row(finding->code)->sentence, buf, cap);
}

size_t ingam_finding_fix(const struct ingam_finding *finding, char *buf, size_t cap)
{
    return fill(finding, ingam_finding_row(finding->code)->fix, buf, cap);
}

void lint_take(struct lint *l, str name, str record)
{
    l->name = name;
    l->record = record;
}

/* Makes room for one more in an array of the arena. ret NULL: no memory */
static void *grown(struct arena *a, void *list, size_t n, size_t size)
{
    void *larger = arena_take_array(a, n ? 2 * n : 16, size);
    if (larger && n)
        memcpy(larger, list, n * size);
    return larger;
}

struct ingam_finding *lint_add(struct lint *l, enum find code, str part)
{
    if (l->n == l->cap) {
        void *list = grown(l->run->arena, l->findings, l->n, sizeof *l->findings);
        if (list == NULL)
            return NULL;
        l->findings = list;
        l->cap = l->n ? 2 * l->n : 16;
    }
    struct ingam_finding *f = &l->findings[l->n++];
    *f = (struct ingam_finding){.code = (enum ingam_finding_code)code, .name = l->name, .record = l->record};
    bool is_inside = part.p >= l->record.p && part.p + part.n <= l->record.p + l->record.n;
    if (l->record.n && part.p && is_inside) {
        f->at = (size_t)(part.p - l->record.p);
        f->length = part.n;
    }
    return f;
}

struct ingam_finding *lint_add_text(struct lint *l, enum find code, str part, str first, str second)
{
    struct ingam_finding *f = lint_add(l, code, part);
    if (f) {
        f->text[0] = first;
        f->text[1] = second;
    }
    return f;
}

struct ingam_finding *lint_add_number(struct lint *l, enum find code, str part, int64_t number)
{
    struct ingam_finding *f = lint_add(l, code, part);
    if (f)
        f->number[0] = number;
    return f;
}

void lint_add_fault(struct lint *l, enum find code, enum ingam_fault fault, size_t at)
{
    str sentence = str_of(ingam_fault_row(fault)->sentence);
    struct ingam_finding *f = lint_add_text(l, code, str_first(str_from(l->record, at), 1), sentence, S(""));
    if (f)
        f->fault = fault;
}

void lint_publish(struct lint *l, enum ingam_record kind, const struct fact *fact, str text)
{
    if (l->published_n == l->published_cap) {
        void *list = grown(l->run->arena, l->published, l->published_n, sizeof *l->published);
        if (list == NULL)
            return;
        l->published = list;
        l->published_cap = l->published_n ? 2 * l->published_n : 16;
    }
    l->published[l->published_n++] =
        (struct ingam_published){.type = kind, .name = fact->name, .text = text, .ttl = fact->ttl};
}
