/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies and edits: what goes out, what is refused, and that the mail server reads it back. */
#include "milter_world.h"

enum { NO_SPACE = 0, SPACE = MILTER_LEADING_SPACE };

/* ret  all answers, told as the mail server reads them */
static str read_back(const struct out *o)
{
    static const char letters_of[] = ".?Ocartdsypihmq*";
    struct out told;
    struct milter_answer a;
    str input = out_done(o);
    out_init(&told, &arena);
    while (milter_client_next(&input, &a) > MILTER_ANSWER_BAD) {
        out_byte(&told, (uint8_t)letters_of[a.kind]);
        if (a.kind == MILTER_ANSWER_INSERT || a.kind == MILTER_ANSWER_CHANGE)
            out_uint(&told, a.number);
        out_byte(&told, '(');
        put_shown(&told, a.name);
        out_byte(&told, '|');
        put_shown(&told, a.value);
        out_byte(&told, ')');
    }
    if (input.n)
        out_z(&told, "left over");
    return out_done(&told);
}

/* clang-format off */
static const struct { const char *about; uint32_t actions, options; char what; uint32_t number; str name, value; const char *want; } edit_rows[] = {
    {"insert on top",             ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b"),             "i0(A| b)"},
    {"insert further down",       ADD, SPACE,    'i', 7, S_INIT("A"), S_INIT(" b"),             "i7(A| b)"},
    {"no leading space",          ADD, NO_SPACE, 'i', 0, S_INIT("A"), S_INIT(" b"),             "i0(A|b)"},
    {"one leading space goes",    ADD, NO_SPACE, 'i', 0, S_INIT("A"), S_INIT("  b"),            "i0(A| b)"},
    {"a leading tab goes",        ADD, NO_SPACE, 'i', 0, S_INIT("A"), S_INIT("\tb"),            "i0(A|b)"},
    {"none to lose",              ADD, NO_SPACE, 'i', 0, S_INIT("A"), S_INIT("b"),              "i0(A|b)"},
    {"fold with CRLF",            ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b;\r\n\tc"),     "i0(A| b;\n\tc)"},
    {"fold with LF",              ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b;\n c\n d"),    "i0(A| b;\n c\n d)"},
    {"high bytes",                ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" \xc3\xa4"),      "i0(A| \xc3\xa4)"},
    {"empty value",               ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(""),               "i0(A|)"},
    {"add",                       ADD, SPACE,    'h', 0, S_INIT("A-b"), S_INIT(" c"),           "h(A-b| c)"},
    {"change",                    ADD, SPACE,    'm', 2, S_INIT("A"), S_INIT(" c"),             "m2(A| c)"},
    {"delete",                    ADD, SPACE,    'm', 1, S_INIT("A"), S_INIT(""),               "m1(A|)"},
    {"change number 0",           ADD, SPACE,    'm', 0, S_INIT("A"), S_INIT(""),               ""},
    {"adding is not allowed",     0x10, SPACE,   'i', 0, S_INIT("A"), S_INIT(" b"),             ""},
    {"adding is not allowed",     0x10, SPACE,   'h', 0, S_INIT("A"), S_INIT(" b"),             ""},
    {"changing is not allowed",   0x01, SPACE,   'm', 1, S_INIT("A"), S_INIT(""),               ""},
    {"NUL",                       ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b\0c"),          ""},
    {"bare CR",                   ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b\rc"),          ""},
    {"CR at the end",             ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b\r"),           ""},
    {"CR CR LF",                  ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b\r\r\n c"),     ""},
    {"LF and a new field",        ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b\nBcc: x"),     ""},
    {"CRLF and a new field",      ADD, SPACE,    'h', 0, S_INIT("A"), S_INIT(" b\r\nBcc: x"),   ""},
    {"CRLF at the end",           ADD, SPACE,    'm', 1, S_INIT("A"), S_INIT(" b\r\n"),         ""},
    {"two line ends",             ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" b\n\n c"),       ""},
    {"escape",                    ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" \x1b[31m"),      ""},
    {"DEL",                       ADD, SPACE,    'i', 0, S_INIT("A"), S_INIT(" \x7f"),          ""},
    {"no name",                   ADD, SPACE,    'i', 0, S_INIT(""), S_INIT(" b"),              ""},
    {"colon in the name",         ADD, SPACE,    'i', 0, S_INIT("A:"), S_INIT(" b"),            ""},
    {"blank in the name",         ADD, SPACE,    'i', 0, S_INIT("A B"), S_INIT(" b"),           ""},
    {"line end in the name",      ADD, SPACE,    'h', 0, S_INIT("A\n"), S_INIT(" b"),           ""},
    {"quarantine",                0x20, 0,       'q', 0, S_INIT(""), S_INIT("dmarc failed"),    "q(|dmarc failed)"},
    {"quarantine is not allowed", ADD, 0,        'q', 0, S_INIT(""), S_INIT("dmarc failed"),    ""},
    {"quarantine without reason", 0x20, 0,       'q', 0, S_INIT(""), S_INIT(""),                ""},
    {"line end in the reason",    0x20, 0,       'q', 0, S_INIT(""), S_INIT("a\r\nb"),          ""},
    {"NUL in the reason",         0x20, 0,       'q', 0, S_INIT(""), S_INIT("a\0b"),            ""},
};
/* clang-format on */

static bool write_edit(struct out *o, const struct milter *m, size_t i)
{
    str name = edit_rows[i].name, value = edit_rows[i].value;
    switch (edit_rows[i].what) {
    case 'i': return milter_write_insert(o, m, edit_rows[i].number, name, value);
    case 'h': return milter_write_add(o, m, name, value);
    case 'm': return milter_write_change(o, m, edit_rows[i].number, name, value);
    default: return milter_write_quarantine(o, m, value);
    }
}

static void edits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof edit_rows / sizeof *edit_rows; i++) {
        struct milter m = {.actions = edit_rows[i].actions, .options = edit_rows[i].options};
        struct out o;
        out_init(&o, &arena);
        bool is_written = write_edit(&o, &m, i);
        assert_int_equal(is_written, o.n > 0);
        same(edit_rows[i].about, read_back(&o), str_of(edit_rows[i].want));
    }
    assert_int_equal(wrong_n, 0);
}

/* clang-format off */
static const struct { const char *about; uint16_t code; const char *enhanced; str text; const char *want; } text_rows[] = {
    {"reject",                   550, "5.7.1",     S_INIT("no"),               "y(|550 5.7.1 no)"},
    {"defer",                    451, "4.7.24",    S_INIT("later"),            "y(|451 4.7.24 later)"},
    {"percent",                  550, "5.7.1",     S_INIT("100% %d"),          "y(|550 5.7.1 100%% %%d)"},
    {"no text",                  550, "5.7.1",     S_INIT(""),                 "y(|550 5.7.1 )"},
    {"long parts",               599, "5.999.999", S_INIT("x"),                "y(|599 5.999.999 x)"},
    {"code 250",                 250, "2.0.0",     S_INIT("fine"),             ""},
    {"code 399",                 399, "3.0.0",     S_INIT("x"),                ""},
    {"code 600",                 600, "6.0.0",     S_INIT("x"),                ""},
    {"other class",              550, "4.7.1",     S_INIT("x"),                ""},
    {"two parts",                550, "5.7",       S_INIT("x"),                ""},
    {"four parts",               550, "5.7.1.1",   S_INIT("x"),                ""},
    {"four digits",              550, "5.7.1234",  S_INIT("x"),                ""},
    {"empty part",               550, "5..1",      S_INIT("x"),                ""},
    {"no enhanced code",         550, "",          S_INIT("x"),                ""},
    {"line end",                 550, "5.7.1",     S_INIT("a\r\n250 b"),       ""},
    {"NUL",                      550, "5.7.1",     S_INIT("a\0b"),             ""},
    {"TAB",                      550, "5.7.1",     S_INIT("a\tb"),             ""},
    {"high byte",                550, "5.7.1",     S_INIT("\xc3\xa4"),         ""},
};
/* clang-format on */

/* [RFC3463 2] */
static void replies_of_our_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof text_rows / sizeof *text_rows; i++) {
        struct out o;
        out_init(&o, &arena);
        bool is_written =
            milter_write_reply(&o, text_rows[i].code, str_of(text_rows[i].enhanced), text_rows[i].text);
        assert_int_equal(is_written, o.n > 0);
        same(text_rows[i].about, read_back(&o), str_of(text_rows[i].want));
    }
    assert_int_equal(wrong_n, 0);
}

/* 400 bytes of text go out, a doubled % is never cut in two. */
static void long_texts_are_cut(void **state)
{
    (void)state;
    static const struct {
        size_t letters, percents, want;
    } rows[] = {{400, 0, 400}, {401, 0, 400}, {9000, 0, 400}, {0, 200, 400},
                {0, 300, 400}, {399, 1, 399}, {398, 9, 400}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct out o, text;
        struct milter_answer a;
        out_init(&o, &arena);
        out_init(&text, &arena);
        for (size_t n = 0; n < rows[i].letters; n++)
            out_byte(&text, 'x');
        for (size_t n = 0; n < rows[i].percents; n++)
            out_byte(&text, '%');
        assert_true(milter_write_reply(&o, 550, S("5.7.1"), out_done(&text)));
        str input = out_done(&o);
        assert_int_equal(milter_client_next(&input, &a), MILTER_ANSWER_REPLY);
        assert_int_equal(a.value.n, rows[i].want + strlen("550 5.7.1 "));
    }
}

/* What a mail server would not take is not sent. */
static void fields_that_are_too_long(void **state)
{
    (void)state;
    struct milter m = {.actions = ADD, .options = MILTER_LEADING_SPACE};
    uint8_t *value = arena_take(&arena, 70000);
    memset(value, 'x', 70000);
    struct out o;
    out_init(&o, &arena);
    size_t most = 65535 - 1 - 4 - 2 - 1;
    assert_false(milter_write_insert(&o, &m, 0, S("A"), (str){value, 70000}));
    assert_false(milter_write_insert(&o, &m, 0, S("A"), (str){value, most + 1}));
    assert_int_equal(o.n, 0);
    assert_true(milter_write_insert(&o, &m, 0, S("A"), (str){value, most}));
    assert_int_equal(o.n, 65535 + 4);
    same("the longest", str_first(read_back(&o), 4), S("i0(A"));
    assert_int_equal(wrong_n, 0);
}

static void plain_replies(void **state)
{
    (void)state;
    struct milter m = {.options = MILTER_SKIP};
    struct out o;
    out_init(&o, &arena);
    for (int i = MILTER_REPLY_CONTINUE; i <= MILTER_REPLY_PROGRESS; i++)
        milter_write(&o, &m, (enum milter_reply)i);
    same("all", read_back(&o), S("c(|)a(|)r(|)t(|)d(|)s(|)p(|)"));
    m.options = 0;
    out_init(&o, &arena);
    milter_write(&o, &m, MILTER_REPLY_SKIP);
    same("no SKIP", read_back(&o), S("c(|)"));
    assert_int_equal(wrong_n, 0);
}

/* clang-format off */
static const struct { const char *about; str in; enum milter_answer_kind want; } answer_rows[] = {
    {"nothing",                S_INIT(""),                                     MILTER_ANSWER_MORE},
    {"half",                   S_INIT("\0\0\0\x9h"),                           MILTER_ANSWER_MORE},
    {"continue",               S_INIT("\0\0\0\1c"),                            MILTER_ANSWER_CONTINUE},
    {"a body",                 S_INIT("\0\0\0\3bxy"),                          MILTER_ANSWER_OTHER},
    {"length 0",               S_INIT("\0\0\0\0"),                             MILTER_ANSWER_BAD},
    {"too long",               S_INIT("\0\1\0\0c"),                            MILTER_ANSWER_BAD},
    {"no such answer",         S_INIT("\0\0\0\1X"),                            MILTER_ANSWER_BAD},
    {"continue with data",     S_INIT("\0\0\0\2cx"),                           MILTER_ANSWER_BAD},
    {"reply without NUL",      S_INIT("\0\0\0\4yabc"),                         MILTER_ANSWER_BAD},
    {"half a number",          S_INIT("\0\0\0\3i\0\0"),                        MILTER_ANSWER_BAD},
    {"insert without value",   S_INIT("\0\0\0\7i\0\0\0\0A\0"),                 MILTER_ANSWER_BAD},
    {"short options",          S_INIT("\0\0\0\5O\0\0\0\6"),                    MILTER_ANSWER_BAD},
    {"half a request",         S_INIT("\0\0\0\x0fO\0\0\0\6\0\0\0\0\0\0\0\0\0\0"), MILTER_ANSWER_BAD},
};
/* clang-format on */

static void what_no_filter_may_send(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_rows / sizeof *answer_rows; i++) {
        struct milter_answer a;
        str input = answer_rows[i].in;
        enum milter_answer_kind got = milter_client_next(&input, &a);
        if (got != answer_rows[i].want || a.kind != got) {
            print_error("%s: %d, wanted %d\n", answer_rows[i].about, got, answer_rows[i].want);
            wrong_n++;
        }
    }
    assert_int_equal(wrong_n, 0);
}

/* Out of memory: the writer's error stays, nothing else happens. */
static void memory_ends(void **state)
{
    (void)state;
    struct arena small;
    struct milter m = {.actions = 0x1ff, .options = 0};
    struct out o;
    arena_init(&small, NULL, 16);
    out_init(&o, &small);
    milter_write_insert(&o, &m, 0, S("Authentication-Results"), S(" mx.example; none"));
    milter_write_reply(&o, 550, S("5.7.1"), S("no"));
    milter_write(&o, &m, MILTER_REPLY_CONTINUE);
    assert_true(o.has_failed);
    assert_null(out_done(&o).p);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(edits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replies_of_our_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_texts_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_that_are_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plain_replies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_no_filter_may_send, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_ends, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
