/* SPDX-License-Identifier: BSD-2-Clause */
/* Slices, byte classes, cursor, arena, writer, faults and trace. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Each class as its definition has it: pairs of first and last byte, and bytes between them that do not belong. */
static const struct {
    unsigned class;
    const char *ranges, *but;
} definitions[] = {
    {C_ALPHA, "AZaz", ""},
    {C_DIGIT, "09", ""},
    {C_WSP, "  \t\t", ""},
    {C_FWS, "  \t\t\r\r\n\n", ""},
    {C_UNDER, "__", ""},
    {C_DASH, "--", ""},
    {C_DOT, "..", ""},
    {C_HEX, "09AFaf", ""},
    {C_VALCHAR, "\x21\x3a\x3c\x7e", ""},                             /* [RFC6376 3.2] */
    {C_ATEXT, "AZaz09!!##$$%%&&\'\'**++--//==??^^__``{{||}}~~", ""}, /* [RFC5322 3.2.3] */
    {C_FTEXT, "\x21\x39\x3b\x7e", ""},                               /* [RFC5322 3.6.8] */
    {C_TOKEN, "\x21\x7e", "()<>@,;:\\\"/[]?="},                      /* [RFC2045 5.1] */
    {C_BASE64, "AZaz09++//", ""},
    {C_HIGH, "\x80\xff", ""},
    {C_VISIBLE, "\x21\x7e", ""},
};

static bool belongs(uint8_t c, const char *ranges, const char *but)
{
    bool is_in = false;
    for (size_t i = 0; ranges[i]; i += 2)
        is_in = is_in || (c >= (uint8_t)ranges[i] && c <= (uint8_t)ranges[i + 1]);
    return is_in && strchr(but, c) == NULL;
}

static void classes_are_as_defined(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        unsigned classes = 0;
        for (size_t i = 0; i < sizeof definitions / sizeof definitions[0]; i++)
            if (belongs((uint8_t)c, definitions[i].ranges, definitions[i].but))
                classes |= definitions[i].class;
        if (byte_classes[c] != classes)
            fail_msg("byte %u: table 0x%04x, definition 0x%04x", c, byte_classes[c], classes);
    }
}

static void compares_slices(void **state)
{
    (void)state;
    assert_true(str_eq(S(""), (str){NULL, 0}));
    assert_true(str_eq(S("a\0b"), S("a\0b")) && !str_eq(S("a\0b"), S("a\0c")));
    assert_true(str_eq_nocase(S("aZ[\xc4"), S("Az[\xc4")));
    assert_false(str_eq_nocase(S("[\xc4"), S("{\xe4")));
    assert_false(str_eq_nocase(S("@"), S("`")));
    assert_true(str_starts(S("abc"), S("ab")) && str_starts(S("a"), S("")) && !str_starts(S("a"), S("ab")));
    assert_true(str_starts_nocase(S("ABc"), S("ab")) && str_ends_nocase(S("aBC"), S("bc")));
    assert_false(str_ends_nocase(S("c"), S("bc")));
    assert_true(str_compare(S("a"), S("b")) < 0 && str_compare(S("b"), S("a")) > 0);
    assert_true(str_compare(S("a"), S("ab")) < 0 && str_compare(S("ab"), S("a")) > 0);
    assert_true(str_compare(S("\x80"), S("a")) > 0 && str_compare(S(""), (str){NULL, 0}) == 0);
}

static void finds_and_cuts(void **state)
{
    (void)state;
    assert_int_equal(str_find(S("abca"), 'a'), 0);
    assert_int_equal(str_find(S("abca"), 'x'), 4);
    assert_int_equal(str_find((str){NULL, 0}, 'x'), 0);
    assert_int_equal(str_find_last(S("abca"), 'a'), 3);
    assert_int_equal(str_find_last(S("abca"), 'x'), 4);
    assert_int_equal(str_find_str(S("ababc"), S("abc")), 2);
    assert_int_equal(str_find_str(S("abab"), S("abc")), 4);
    assert_int_equal(str_find_str(S("ab"), S("")), 0);
    assert_int_equal(str_find_str(S(""), S("a")), 0);
    assert_true(str_eq(str_from(S("abc"), 1), S("bc")) && str_from(S("abc"), 9).n == 0);
    assert_int_equal(str_from((str){NULL, 0}, 1).n, 0);
    assert_true(str_eq(str_first(S("abc"), 2), S("ab")) && str_eq(str_first(S("abc"), 9), S("abc")));
    assert_true(str_eq(str_trim_wsp(S(" \ta \r\n\t")), S("a \r\n")));
    assert_true(str_eq(str_trim_fws(S(" \r\n\ta b\r\n ")), S("a b")));
    assert_int_equal(str_trim_fws(S(" \r\n")).n, 0);
    assert_int_equal(str_trim_wsp(S("")).n, 0);
}

static void reads_numbers(void **state)
{
    static const struct {
        str text;
        uint64_t max, value;
        bool is_good;
    } rows[] = {{S_INIT("0"), 0, 0, true},
                {S_INIT("1"), 0, 0, false},
                {S_INIT("255"), 255, 255, true},
                {S_INIT("256"), 255, 0, false},
                {S_INIT("0000000000000000000000255"), 255, 255, true},
                {S_INIT("7"), 5, 0, false},
                {S_INIT("18446744073709551615"), UINT64_MAX, UINT64_MAX, true},
                {S_INIT("18446744073709551616"), UINT64_MAX, 0, false},
                {S_INIT("99999999999999999999"), UINT64_MAX, 0, false},
                {S_INIT(""), 9, 0, false},
                {S_INIT("1a"), 99, 0, false},
                {S_INIT("-1"), 99, 0, false},
                {S_INIT(" 1"), 99, 0, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t v = 0;
        assert_int_equal(str_to_uint(rows[i].text, rows[i].max, &v), rows[i].is_good);
        assert_true(v == rows[i].value);
    }
}

/* [RFC6532 3.1] */
static void knows_utf8(void **state)
{
    static const struct {
        str text;
        bool is_utf8;
    } rows[] = {{S_INIT(""), true},
                {S_INIT("a\x7f"), true},
                {S_INIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), true},
                {S_INIT("\xf4\x8f\xbf\xbf"), true},
                {S_INIT("\xf4\x90\x80\x80"), false},
                {S_INIT("\xc0\x80"), false},
                {S_INIT("\xc1\xbf"), false},
                {S_INIT("\xe0\x9f\xbf"), false},
                {S_INIT("\xf0\x8f\xbf\xbf"), false},
                {S_INIT("\xed\xa0\x80"), false},
                {S_INIT("\xed\x9f\xbf\xee\x80\x80"), true},
                {S_INIT("\xc3"), false},
                {S_INIT("\xe2\x82"), false},
                {S_INIT("\xe2\x82("), false},
                {S_INIT("\x80"), false},
                {S_INIT("\xff"), false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_is_utf8(rows[i].text) != rows[i].is_utf8)
            fail_msg("row %zu", i);
    assert_true(str_is_ascii(S("a\x7f")) && !str_is_ascii(S("a\x80")) && str_is_ascii(S("")));
}

static void moves_a_cursor(void **state)
{
    uint64_t v = 0;
    cur c = cur_of(S("ab12-x"));
    (void)state;
    assert_false(cur_text(&c, S("abc")) || cur_byte(&c, 'x') || cur_uint(&c, 99, &v));
    assert_true(cur_text_nocase(&c, S("AB")) && cur_is(&c, C_DIGIT) && cur_at(&c, '1'));
    assert_false(cur_uint(&c, 11, &v));
    assert_true(cur_at(&c, '1') && cur_uint(&c, 12, &v) && v == 12);
    assert_int_equal(cur_run(&c, C_DIGIT).n, 0);
    assert_true(str_eq(cur_run(&c, C_DASH | C_ALPHA), S("-x")) && cur_end(&c));
    assert_false(cur_is(&c, C_ALPHA) || cur_at(&c, 'x') || cur_byte(&c, 0));
}

static void cursor_goes_to_a_byte(void **state)
{
    cur c = cur_of(S("a,b"));
    (void)state;
    assert_true(str_eq(cur_until(&c, ','), S("a")) && cur_byte(&c, ',') &&
                str_eq(cur_until(&c, ','), S("b")));
    assert_true(cur_end(&c) && cur_until(&c, ',').n == 0 && cur_rest(&c).n == 0);
    c = cur_of((str){NULL, 0});
    assert_true(cur_end(&c) && cur_run(&c, C_ALPHA).n == 0);
}

struct counted {
    size_t out; /* bytes that are out and not back */
    size_t got;
};

static void *counted_get(void *context, size_t n)
{
    struct counted *k = context;
    size_t *p = malloc(n + 16);
    if (p == NULL)
        return NULL;
    *p = n;
    k->out += n;
    k->got++;
    return (char *)p + 16;
}

static void counted_put(void *context, void *piece)
{
    struct counted *k = context;
    size_t *p = (size_t *)(void *)((char *)piece - 16);
    k->out -= *p;
    free(p);
}

static void arena_keeps_its_cap(void **state)
{
    struct counted k = {0, 0};
    const struct ingam_alloc alloc = {counted_get, counted_put, &k};
    (void)state;
    for (size_t cap = 0; cap < 200 * 1000; cap = cap * 2 + 100) {
        struct arena a;
        size_t n = 0;
        arena_init(&a, &alloc, cap);
        for (void *p; (p = arena_take(&a, n % 97 + 1)); n++) {
            assert_int_equal((uintptr_t)p % 16, 0);
            memset(p, 0xff, n % 97 + 1);
            assert_true(k.out <= cap && k.out == a.used);
        }
        assert_true(a.has_failed && arena_take_raw(&a, 0) == NULL);
        assert_true(cap < 200 || n > 0);
        arena_free(&a);
        assert_int_equal(k.out, 0);
    }
}

static void arena_begins_in_lent_memory(void **state)
{
    (void)state;
    _Alignas(ARENA_ALIGN) uint8_t lent[64];
    struct arena a;
    arena_init(&a, NULL, 1 << 20);
    arena_lend(&a, lent, sizeof lent);
    assert_ptr_equal(arena_take(&a, 48), lent);
    uint8_t *beyond = arena_take(&a, 48);
    assert_true(beyond && (beyond < lent || beyond >= lent + sizeof lent));
    arena_free(&a);
    arena_init(&a, NULL, 32);
    arena_lend(&a, lent, sizeof lent);
    assert_ptr_equal(arena_take(&a, 32), lent);
    assert_true(arena_take(&a, 1) == NULL && a.has_failed);
    arena_free(&a);
}

static void arena_takes_pieces(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    uint8_t *zeroed = arena_take(&a, 40);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(zeroed[i], 0);
    assert_non_null(arena_take(&a, 0));
    assert_non_null(arena_take(&a, 300 * 1000));
    assert_true(str_eq(arena_copy(&a, S("aB")), S("aB")) && arena_copy(&a, S("")).p);
    assert_true(str_eq(arena_copy_lower(&a, S("aB[")), S("ab[")));
    assert_string_equal(arena_copy_z(&a, S("ab")), "ab");

    uint8_t *piece = arena_take_raw(&a, 10);
    assert_true(arena_extend(&a, piece, 10, 20) && arena_extend(&a, piece, 20, 20));
    assert_false(arena_extend(&a, piece, 20, 1 << 20));
    assert_false(arena_extend(&a, piece, 20, 10));
    assert_non_null(arena_take(&a, 1));
    assert_false(arena_extend(&a, piece, 20, 21) || arena_extend(&a, NULL, 0, 1));

    assert_null(arena_take_array(&a, SIZE_MAX / 2, 4));
    assert_true(a.has_failed);
    assert_null(arena_copy(&a, S("a")).p);
    assert_null(arena_copy_lower(&a, S("a")).p);
    assert_null(arena_copy_z(&a, S("a")));
    arena_free(&a);
    arena_init(&a, NULL, 1 << 20);
    volatile size_t far_too_much = SIZE_MAX - 3; /* the compiler would see through a constant and warn */
    assert_null(arena_take(&a, far_too_much));
    arena_free(&a);
}

static void arena_goes_back(void **state)
{
    struct counted k = {0, 0};
    const struct ingam_alloc alloc = {counted_get, counted_put, &k};
    struct arena a;
    (void)state;
    arena_init(&a, &alloc, 1 << 20);
    struct arena_mark empty = arena_mark(&a);
    arena_rewind(&a, empty);
    assert_true(k.out == 0 && k.got == 0);
    uint8_t *kept = arena_take(&a, 10);
    memcpy(kept, "0123456789", 10);
    struct arena_mark mark = arena_mark(&a);
    uint8_t *first = arena_take(&a, 100);
    size_t out = k.out;
    for (size_t i = 0; i < 50; i++)
        assert_non_null(arena_take(&a, 10 * 1000));
    assert_true(k.out > out && a.used == k.out);
    arena_rewind(&a, mark);
    assert_true(k.out == out && a.used == out && memcmp(kept, "0123456789", 10) == 0);
    assert_ptr_equal(arena_take(&a, 100), first);
    assert_int_equal(first[0], 0);
    arena_rewind(&a, empty);
    assert_true(k.out == 0 && a.used == 0 && !a.has_failed);
    assert_non_null(arena_take(&a, 10));
    arena_free(&a);
    assert_int_equal(k.out, 0);
}

static void writer_grows(void **state)
{
    struct arena a;
    struct out o;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    out_init(&o, &a);
    assert_true(out_done(&o).p && out_done(&o).n == 0);
    out_str(&o, S(""));
    out_str(&o, S("ab"));
    out_byte(&o, 'C');
    out_lower(&o, S("DeF"));
    out_lower(&o, S(""));
    out_uint(&o, 0);
    out_uint(&o, UINT64_MAX);
    out_hex(&o, S("\x00\xaf"));
    out_z(&o, "z");
    assert_true(str_eq(out_done(&o), S("abCdef01844674407370955161500afz")));
    for (size_t i = 0; i < 100 * 1000; i++) {
        out_byte(&o, (uint8_t)i);
        if (i % 1000 == 0)
            assert_non_null(arena_take(&a, 1)); /* it cannot grow in place */
    }
    str done = out_done(&o);
    assert_true(str_starts(done, S("abCdef0")) && done.n == 32 + 100 * 1000);
    for (size_t i = 0; i < 100 * 1000; i++)
        assert_int_equal(done.p[32 + i], (uint8_t)i);
    assert_non_null(out_room(&o, 5));
    assert_int_equal(out_done(&o).n, done.n);
    arena_free(&a);
}

static void writer_fails_once(void **state)
{
    struct arena a;
    struct out o;
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    out_init(&o, &a);
    o.limit = 3;
    out_str(&o, S("abc"));
    assert_true(str_eq(out_done(&o), S("abc")));
    out_byte(&o, 'd');
    out_str(&o, S(""));
    out_lower(&o, S("e"));
    assert_true(o.has_failed && out_done(&o).p == NULL && out_done(&o).n == 0);
    out_init(&o, &a);
    assert_null(out_room(&o, SIZE_MAX));
    arena_free(&a);
    arena_init(&a, NULL, 100);
    out_init(&o, &a);
    for (size_t i = 0; i < 200; i++)
        out_byte(&o, 'x');
    assert_true(o.has_failed && a.has_failed);
    arena_free(&a);
}

static void rows_have_texts(void **state)
{
    (void)state;
    for (size_t i = 1; i < INGAM_FAULT_N; i++) {
        const struct ingam_fault_row *row = ingam_fault_row((enum ingam_fault)i);
        char name[INGAM_FAULT_NAME_SIZE];
        ingam_fault_name((enum ingam_fault)i, name);
        assert_true(strlen(row->name) > 3 && strlen(row->name) < INGAM_FAULT_NAME_SIZE);
        assert_int_equal(strlen(name), strlen(row->name));
        assert_null(strpbrk(name, "_ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
        assert_true(row->result != INGAM_RESULT_PASS && strlen(row->sentence) > 8);
        assert_int_equal(strncmp(row->spec, "RFC", 3), 0);
        for (size_t k = 1; k < i; k++)
            assert_string_not_equal(row->name, ingam_fault_row((enum ingam_fault)k)->name);
    }
    assert_string_equal(ingam_fault_row(INGAM_FAULT_NONE)->name, "");
    assert_string_equal(ingam_fault_row((enum ingam_fault)9999)->name, "");
    for (size_t i = 0; i < INGAM_RULE_N; i++) {
        const struct ingam_rule_row *row = ingam_rule_row((enum ingam_rule)i);
        assert_true(strlen(row->name) > 0 && strlen(row->sentence) > 3 && strncmp(row->spec, "RFC", 3) == 0);
    }
    assert_string_equal(ingam_rule_row((enum ingam_rule)9999)->sentence, "");
}

static void trace_keeps_notes(void **state)
{
    struct arena a;
    struct trace t;
    char text[64];
    (void)state;
    arena_init(&a, NULL, 1 << 20);
    trace_init(&t, &a);
    struct ingam_note note = {.rule = INGAM_RULE_MAIL_AUTHOR, .text = {S("x\r\\\xc3.example")}};
    for (size_t i = 0; i < 20; i++) {
        note.at = i;
        trace_add(&t, note);
    }
    assert_int_equal(t.n, 20);
    assert_int_equal(t.notes[19].at, 19);
    static const char want[] = "From names the author domain x\\x0d\\x5c\\xc3.example";
    assert_int_equal(ingam_note_text(&t.notes[0], text, sizeof text), strlen(want));
    assert_string_equal(text, want);
    assert_int_equal(ingam_note_text(&t.notes[0], text, 5), strlen(want));
    assert_string_equal(text, "From");
    assert_int_equal(ingam_note_text(&t.notes[0], NULL, 0), strlen(want));
    note = (struct ingam_note){.rule = INGAM_RULE_MAIL_HEADER, .number = {INT64_MIN, INT64_MAX}};
    ingam_note_text(&note, text, sizeof text);
    assert_non_null(strstr(text, "-9223372036854775808"));
    trace_reset(&t);
    assert_int_equal(t.n, 0);
    trace_add(NULL, note);
    trace_reset(NULL);
    arena_free(&a);
    arena_init(&a, NULL, 0);
    trace_init(&t, &a);
    trace_add(&t, note);
    assert_true(t.n == 0 && a.has_failed);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_as_defined),
        cmocka_unit_test(compares_slices),
        cmocka_unit_test(finds_and_cuts),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(knows_utf8),
        cmocka_unit_test(moves_a_cursor),
        cmocka_unit_test(cursor_goes_to_a_byte),
        cmocka_unit_test(arena_keeps_its_cap),
        cmocka_unit_test(arena_takes_pieces),
        cmocka_unit_test(arena_begins_in_lent_memory),
        cmocka_unit_test(arena_goes_back),
        cmocka_unit_test(writer_grows),
        cmocka_unit_test(writer_fails_once),
        cmocka_unit_test(rows_have_texts),
        cmocka_unit_test(trace_keeps_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
