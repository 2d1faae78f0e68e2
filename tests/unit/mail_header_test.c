/* SPDX-License-Identifier: BSD-2-Clause */
/* The splitter and the cut into fields. */
#include "mail/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ingam_limits limits;

static int set_up(void **state)
{
    (void)state;
    ingam_limits_default(&limits);
    return 0;
}

/* What a header looks like in a table: "Name=value;" a field, "!value;" a line that is none, then the flags. */
static str shown(struct arena *a, const struct mail_header *h)
{
    struct out o;
    char name[INGAM_FAULT_NAME_SIZE];
    out_init(&o, a);
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        out_str(&o, f->known == MAIL_JUNK ? S("!") : f->name);
        out_str(&o, f->known == MAIL_JUNK ? S("") : S("="));
        out_str(&o, f->value);
        out_byte(&o, ';');
    }
    out_str(&o, h->has_bare_cr ? S(" CR") : S(""));
    out_str(&o, h->has_bare_lf ? S(" LF") : S(""));
    out_str(&o, h->has_nul ? S(" NUL") : S(""));
    out_str(&o, h->has_junk ? S(" junk") : S(""));
    if (h->fault) {
        out_byte(&o, ' ');
        out_z(&o, ingam_fault_name(h->fault, name));
    }
    return out_done(&o);
}

static bool is_inside(str part, str whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

/* The fields lie in the block one behind the other, and name and value inside the field. */
static void check_slices(const struct mail_header *h)
{
    const uint8_t *at = h->block.p;
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        assert_ptr_equal(f->raw.p, at);
        assert_true(f->raw.n > 0 && is_inside(f->name, f->raw) && is_inside(f->value, f->raw));
        at += f->raw.n;
    }
    assert_true(at <= h->block.p + h->block.n);
}

/* Feeds in chunks of `step` bytes, the first of `first` bytes; compares header and body. */
static void feed_and_compare(const char *about, str in, size_t first, size_t step, const char *want)
{
    struct mail_splitter s;
    struct arena a;
    struct mail_header h;
    struct out o;
    arena_init(&a, NULL, limits.arena);
    mail_splitter_init(&s, NULL, &limits);
    out_init(&o, &a);
    size_t body_n = 0;
    for (str rest = in; rest.n;) {
        str chunk = str_first(rest, rest.n == in.n && first ? first : step);
        rest = str_from(rest, chunk.n);
        mail_splitter_feed(&s, &chunk);
        body_n += chunk.n;
        assert_true(chunk.n == 0 || s.is_ended);
    }
    mail_splitter_end(&s);
    assert_true(mail_header_split(&s, &a, &h));
    check_slices(&h);
    out_str(&o, shown(&a, &h));
    if (body_n) {
        out_str(&o, S(" body:"));
        out_str(&o, str_from(in, in.n - body_n));
    }
    if (!str_eq(out_done(&o), str_of(want)))
        fail_msg("%s (chunks of %zu, first %zu): got \"%.*s\", wanted \"%s\"", about, step, first, (int)o.n,
                 (const char *)o.p, want);
    mail_splitter_free(&s);
    arena_free(&a);
}

/* clang-format off */
static const struct { const char *about; str in; const char *want; } rows[] = {
    /* [RFC5322 2.1] [RFC5322 2.2] */
    {"fields and body",              S_INIT("A: 1\r\nB:2\r\n\r\nbody\r\n"),      "A= 1;B=2; body:body\r\n"},
    {"no body",                      S_INIT("A: 1\r\n\r\n"),                     "A= 1;"},
    {"no empty line",                S_INIT("A: 1\r\n"),                         "A= 1;"},
    {"ends within a line",           S_INIT("A: 1\r\nB: 2"),                     "A= 1;B= 2;"},
    {"ends within a CRLF",           S_INIT("A: 1\r"),                           "A= 1\r; CR"},
    {"nothing",                      S_INIT(""),                                 ""},
    {"no header",                    S_INIT("\r\nbody"),                         " body:body"},
    {"empty lines of the body stay", S_INIT("A:1\r\n\r\n\r\n\r\n"),              "A=1; body:\r\n\r\n"},
    {"empty value",                  S_INIT("A:\r\nB:\r\n\r\n"),                 "A=;B=;"},
    {"colons in the value",          S_INIT("A:b:c\r\n"),                        "A=b:c;"},
    {"any ftext makes a name",       S_INIT("!~x@[]:1\r\n"),                     "!~x@[]=1;"},
    /* [RFC5322 2.2.3] */
    {"a fold",                       S_INIT("A: 1\r\n 2\r\nB: 3\r\n"),           "A= 1\r\n 2;B= 3;"},
    {"a fold by TAB, twice",         S_INIT("A: 1\r\n\t2\r\n\t3\r\n\r\nx"),      "A= 1\r\n\t2\r\n\t3; body:x"},
    {"a fold of white space only",   S_INIT("A: 1\r\n \r\n\t\r\nB: 3\r\n"),      "A= 1\r\n \r\n\t;B= 3;"},
    {"a fold that looks a field",    S_INIT("A: 1\r\n From: x\r\n"),             "A= 1\r\n From: x;"},
    {"white space is no empty line", S_INIT("A: 1\r\n \r\n\r\nbody"),            "A= 1\r\n ; body:body"},
    {"value begins in the fold",     S_INIT("A:\r\n 1\r\n"),                     "A=\r\n 1;"},
    /* [RFC5322 4.5] */
    {"white space before the colon", S_INIT("From \t: a\r\n"),                   "From= a;"},
    /* [RFC5322 3.6.8] */
    {"no colon",                     S_INIT("From a@b Mon\r\nA: 1\r\n"),         "!From a@b Mon;A= 1; junk"},
    {"first line begins with space", S_INIT(" A: 1\r\nB: 2\r\n"),                "! A: 1;B= 2; junk"},
    {"junk with folds",              S_INIT("A: 1\r\njunk\r\n x\r\nB: 2\r\n"),   "A= 1;!junk\r\n x;B= 2; junk"},
    {"no name",                      S_INIT(": 1\r\nB: 2\r\n"),                  "!: 1;B= 2; junk"},
    {"space within the name",        S_INIT("A B: 1\r\n"),                       "!A B: 1; junk"},
    {"8 bit in the name",            S_INIT("A\xc3\xa4: 1\r\n"),                 "!A\xc3\xa4: 1; junk"},
    {"fold before the colon",        S_INIT("From\r\n : a\r\n"),                 "!From\r\n : a; junk"},
    /* CRLF only: a bare CR or LF is a byte of the line                          [RFC5322 2.2] */
    {"bare LF",                      S_INIT("A: 1\nB: 2\r\n\r\nx"),              "A= 1\nB: 2; LF body:x"},
    {"bare LF, empty line of LF",    S_INIT("A: 1\n\nB: 2\r\n\r\nx"),            "A= 1\n\nB: 2; LF body:x"},
    {"LF at the start",              S_INIT("\nA: 1\r\n\r\nx"),                  "!\nA: 1; LF junk body:x"},
    {"LF CRLF is no empty line",     S_INIT("A: 1\n\r\nB: 2\r\n\r\n"),           "A= 1\n;B= 2; LF"},
    {"bare CR",                      S_INIT("A: 1\rB: 2\r\n\r\nx"),              "A= 1\rB: 2; CR body:x"},
    {"CR CRLF",                      S_INIT("A: 1\r\r\nB: 2\r\n"),               "A= 1\r;B= 2; CR"},
    {"CR CRLF on its own",           S_INIT("A: 1\r\n\r\r\nB: 2\r\n\r\nx"),      "A= 1;!\r;B= 2; CR junk body:x"},
    {"CR, then a field",             S_INIT("A: 1\r\n\rB: 2\r\n"),               "A= 1;!\rB: 2; CR junk"},
    {"LF CR",                        S_INIT("A: 1\n\r\n\rB:2\r\n"),              "A= 1\n;!\rB:2; CR LF junk"},
    {"only a CR",                    S_INIT("\r"),                               "!\r; CR junk"},
    {"bare LF in the body is free",  S_INIT("A: 1\r\n\r\nx\ny\rz"),              "A= 1; body:x\ny\rz"},
};
/* clang-format on */

static void cuts_in_any_chunking(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t first = 1; first <= rows[i].in.n; first++)
            feed_and_compare(rows[i].about, rows[i].in, first, SIZE_MAX, rows[i].want);
        feed_and_compare(rows[i].about, rows[i].in, 0, 1, rows[i].want);
        feed_and_compare(rows[i].about, rows[i].in, 0, 2, rows[i].want);
        feed_and_compare(rows[i].about, rows[i].in, 0, SIZE_MAX, rows[i].want);
    }
}

static void notes_a_nul(void **state)
{
    struct arena a;
    struct mail_header h;
    (void)state;
    arena_init(&a, NULL, limits.arena);
    assert_true(mail_header_of(S("A: 1\r\nB: \0\r\n"), &a, &limits, &h));
    assert_true(h.has_nul && h.n == 2 && !h.has_bare_cr && !h.has_bare_lf);
    assert_true(mail_header_of(S("A: 1\r\nB\0: 2\r\n"), &a, &limits, &h));
    assert_true(h.has_nul && h.has_junk && h.n == 2);
    arena_free(&a);
}

static void reads_a_block_in_memory(void **state)
{
    struct arena a;
    struct mail_header h;
    (void)state;
    arena_init(&a, NULL, limits.arena);
    assert_true(mail_header_of(S("A: 1\nB: 2\r\nC:\r3\r\n"), &a, &limits, &h));
    assert_true(str_eq(shown(&a, &h), S("A= 1\nB: 2;C=\r3; CR LF")));
    assert_true(mail_header_of(S(""), &a, &limits, &h));
    assert_true(h.n == 0 && h.fault == FAULT_NONE);
    arena_free(&a);
}

static void knows_names(void **state)
{
    static const struct {
        const char *name;
        enum mail_name known;
    } names[] = {{"From", MAIL_FROM},
                 {"fRoM", MAIL_FROM},
                 {"Fro_", MAIL_OTHER},
                 {"Reply-To", MAIL_REPLY_TO},
                 {"REPLY-TO", MAIL_REPLY_TO},
                 {"Sender", MAIL_SENDER},
                 {"Subject", MAIL_SUBJECT},
                 {"Received", MAIL_RECEIVED},
                 {"received", MAIL_RECEIVED},
                 {"Recei-ed", MAIL_OTHER},
                 {"Return-Path", MAIL_RETURN_PATH},
                 {"DKIM-Signature", MAIL_DKIM_SIGNATURE},
                 {"dkim-signature", MAIL_DKIM_SIGNATURE},
                 {"Authentication-Results", MAIL_AUTHENTICATION_RESULTS},
                 {"Received-SPF", MAIL_RECEIVED_SPF},
                 {"ARC-Authentication-Results", MAIL_ARC_AUTHENTICATION_RESULTS},
                 {"ARC-Message-Signature", MAIL_ARC_MESSAGE_SIGNATURE},
                 {"ARC-Seal", MAIL_ARC_SEAL},
                 {"arc-seal", MAIL_ARC_SEAL},
                 {"ARC\x0dSeal", MAIL_JUNK},
                 {"To", MAIL_OTHER}};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena a;
        struct mail_header h;
        char line[64];
        arena_init(&a, NULL, limits.arena);
        int n = snprintf(line, sizeof line, "%s: x\r\n", names[i].name);
        assert_true(mail_header_of((str){(const uint8_t *)line, (size_t)n}, &a, &limits, &h));
        assert_int_equal(h.n, 1);
        if (h.fields[0].known != names[i].known)
            fail_msg("%s is taken for %d", names[i].name, (int)h.fields[0].known);
        if (names[i].known != MAIL_JUNK)
            assert_true(mail_field_is(&h.fields[0], str_of(names[i].name)));
        assert_false(mail_field_is(&h.fields[0], S("X-Other")));
        arena_free(&a);
    }
}

/* Field by field gives the block that the bytes give. */
static void takes_single_fields(void **state)
{
    static const struct {
        const char *about;
        str value;
        const char *want;
    } values[] = {{"plain", S_INIT(" 1"), "A= 1;B= 2;"},
                  {"a fold by LF", S_INIT(" 1\n\t2"), "A= 1\r\n\t2;B= 2;"},
                  {"a fold by CRLF", S_INIT(" 1\r\n\t2"), "A= 1\r\n\t2;B= 2;"},
                  {"LF at both ends", S_INIT("\n 1\n "), "A=\r\n 1\r\n ;B= 2;"},
                  {"bare CR stays", S_INIT(" 1\r2"), "A= 1\r2;B= 2; CR"},
                  {"CR at the end stays", S_INIT(" 1\r"), "A= 1\r;B= 2; CR"},
                  {"a line of its own stays", S_INIT(" 1\nC:3"), "A= 1\nC:3;B= 2; LF"},
                  {"the same with a CR", S_INIT(" 1\r\nC:3"), "A= 1\nC:3;B= 2; LF"},
                  {"LF at the end", S_INIT(" 1\n"), "A= 1\n;B= 2; LF"},
                  {"an empty line", S_INIT(" 1\n\nC:3"), "A= 1\n\nC:3;B= 2; LF"}};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct mail_splitter s;
        struct arena a;
        struct mail_header h;
        arena_init(&a, NULL, limits.arena);
        mail_splitter_init(&s, NULL, &limits);
        mail_splitter_field(&s, S("A"), values[i].value);
        mail_splitter_field(&s, S("B"), S(" 2"));
        mail_splitter_end(&s);
        mail_splitter_field(&s, S("D"), S("behind the end"));
        assert_true(mail_header_split(&s, &a, &h));
        str got = shown(&a, &h);
        if (!str_eq(got, str_of(values[i].want)))
            fail_msg("%s: got \"%.*s\"", values[i].about, (int)got.n, (const char *)got.p);
        mail_splitter_free(&s);
        arena_free(&a);
    }
}

static void keeps_the_limits(void **state)
{
    static const struct {
        const char *about;
        size_t header_block, field, fields;
        str in;
        const char *want;
    } cases[] = {
        {"block at the limit", 12, 99, 9, S_INIT("A: 1\r\nB: 2\r\n\r\nx"), "A= 1;B= 2; body:x"},
        {"block one above", 11, 99, 9, S_INIT("A: 1\r\nB: 2\r\n\r\nx"), "A= 1; mail-header-too-long body:x"},
        {"block far above", 5, 99, 9, S_INIT("A: 1\r\nB: 2\r\nC:3\r\n\r\nx"), " mail-header-too-long body:x"},
        {"cut between fields", 6, 99, 9, S_INIT("A: 1\r\nB: 2\r\n\r\nx"), " mail-header-too-long body:x"},
        {"field at the limit", 99, 6, 9, S_INIT("A: 1\r\nB: 2\r\n\r\nx"), "A= 1;B= 2; body:x"},
        {"field one above", 99, 6, 9, S_INIT("A: 1\r\nB: 23\r\n\r\nx"), "A= 1; mail-field-too-long body:x"},
        {"field above by a fold", 99, 6, 9, S_INIT("A: 1\r\n 2\r\nB:\r\n"), " mail-field-too-long"},
        {"fields at the limit", 99, 99, 2, S_INIT("A: 1\r\nB: 2\r\n\r\nx"), "A= 1;B= 2; body:x"},
        {"fields one above", 99, 99, 2, S_INIT("A: 1\r\nB: 2\r\nC: 3\r\n"),
         "A= 1;B= 2; mail-too-many-fields"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        limits.header_block = cases[i].header_block;
        limits.field = cases[i].field;
        limits.fields = cases[i].fields;
        for (size_t step = 1; step <= cases[i].in.n; step++)
            feed_and_compare(cases[i].about, cases[i].in, 0, step, cases[i].want);
    }
    ingam_limits_default(&limits);
}

static void limits_a_block_in_memory(void **state)
{
    struct arena a;
    struct mail_header h;
    (void)state;
    arena_init(&a, NULL, limits.arena);
    limits.header_block = 12;
    assert_true(mail_header_of(S("A: 1\r\nB: 2\r\n"), &a, &limits, &h));
    assert_true(h.n == 2 && h.fault == FAULT_NONE);
    assert_true(mail_header_of(S("A: 1\r\nB: 2\r\nC"), &a, &limits, &h));
    assert_true(h.n == 1 && h.fault == FAULT_MAIL_HEADER_TOO_LONG);
    ingam_limits_default(&limits);
    arena_free(&a);
}

/* A megabyte in one line, byte by byte, and 10,000 fields: whoever looks twice at a byte needs minutes here. */
static void stays_linear(void **state)
{
    enum { LINE = 1000 * 1000, FIELDS = 10000 };
    struct mail_splitter s;
    struct arena a;
    struct mail_header h;
    (void)state;
    limits.fields = limits.field = LINE + 16;
    arena_init(&a, NULL, limits.arena * 4);
    mail_splitter_init(&s, NULL, &limits);
    str name = S("A:");
    mail_splitter_feed(&s, &name);
    for (size_t i = 0; i < LINE; i++) {
        str byte = i % 2 ? S("x") : S("\r");
        mail_splitter_feed(&s, &byte);
    }
    mail_splitter_end(&s);
    assert_true(mail_header_split(&s, &a, &h) && h.n == 1 && h.has_bare_cr);
    assert_int_equal(h.fields[0].raw.n, LINE + 2);
    mail_splitter_free(&s);

    mail_splitter_init(&s, NULL, &limits);
    for (size_t i = 0; i < FIELDS; i++) {
        str field = S("From: x\r\n");
        mail_splitter_feed(&s, &field);
    }
    mail_splitter_end(&s);
    assert_true(mail_header_split(&s, &a, &h) && h.n == FIELDS);
    mail_splitter_free(&s);
    arena_free(&a);
    ingam_limits_default(&limits);
}

struct meagre {
    size_t left; /* how many times memory is to be had */
};

static void *meagre_get(void *context, size_t n)
{
    struct meagre *m = context;
    return m->left ? (m->left--, malloc(n)) : NULL;
}

static void meagre_put(void *context, void *p)
{
    (void)context;
    free(p);
}

/* Each allocation fails in turn: no memory is said, or all is as it should be. */
static void bears_no_memory(void **state)
{
    (void)state;
    for (size_t allowed = 0; allowed < 20; allowed++) {
        struct meagre m = {allowed};
        const struct ingam_alloc alloc = {meagre_get, meagre_put, &m};
        struct mail_splitter s;
        struct arena a;
        struct mail_header h;
        arena_init(&a, &alloc, limits.arena);
        mail_splitter_init(&s, &alloc, &limits);
        for (size_t i = 0; i < 2000; i++) {
            str field = S("A: 1\r\n");
            mail_splitter_feed(&s, &field);
        }
        str end = S("\r\nbody");
        mail_splitter_feed(&s, &end);
        assert_true(s.is_ended && end.n == 4);
        bool is_split = mail_header_split(&s, &a, &h);
        assert_true(is_split ? h.n == 2000 : s.has_failed || a.has_failed);
        assert_true(is_split || allowed < 19);
        mail_splitter_free(&s);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_in_any_chunking),     cmocka_unit_test(notes_a_nul),
        cmocka_unit_test(reads_a_block_in_memory),  cmocka_unit_test(knows_names),
        cmocka_unit_test(takes_single_fields),      cmocka_unit_test(keeps_the_limits),
        cmocka_unit_test(limits_a_block_in_memory), cmocka_unit_test(stays_linear),
        cmocka_unit_test(bears_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
