/* SPDX-License-Identifier: BSD-2-Clause */
/* What each packet shows; bad packets; chunking; and that the mail server's side writes what is read. */
#include "milter_world.h"

static const struct milter_wants wants = {.actions = ADD, .options = MILTER_LEADING_SPACE};

/* clang-format off */
static const struct { const char *about, *before; char letter; str data; const char *want; } packet_rows[] = {
    {"IPv4",                      "O", 'C', S_INIT("mx.example\0" "4\x01\x02" "192.0.2.1\0"),  "C+4192.0.2.1:258(mx.example|)"},
    {"IPv6",                      "O", 'C', S_INIT("mx\0" "6\x00\x19" "2001:db8::1\0"),        "C+62001:db8::1:25(mx|)"},
    {"IPv6 as Sendmail has it",   "O", 'C', S_INIT("mx\0" "6\x00\x19" "IPv6:2001:db8::1\0"),   "C+62001:db8::1:25(mx|)"},
    {"port 65535",                "O", 'C', S_INIT("mx\0" "4\xff\xff" "192.0.2.1\0"),          "C+4192.0.2.1:65535(mx|)"},
    {"local",                     "O", 'C', S_INIT("localhost\0" "L\0\0" "/run/x\0"),          "C+L/run/x:0(localhost|)"},
    {"unknown",                   "O", 'C', S_INIT("localhost\0" "U"),                         "C+U:0(localhost|)"},
    {"unknown with more",         "O", 'C', S_INIT("localhost\0" "U\0\0\0"),                   "C+U:0(localhost|)"},
    {"empty host",                "O", 'C', S_INIT("\0" "4\x00\x19" "192.0.2.1\0"),            "C+4192.0.2.1:25(|)"},
    {"empty address",             "O", 'C', S_INIT("a\0" "4\x00\x19" "\0"),                    "C+4:25(a|)"},
    {"CONNECT empty",             "O", 'C', S_INIT(""),                                        "!missing-nul(|)"},
    {"host without NUL",          "O", 'C', S_INIT("mx.example"),                              "!missing-nul(|)"},
    {"no family",                 "O", 'C', S_INIT("mx.example\0"),                            "!family(|)"},
    {"family 5",                  "O", 'C', S_INIT("mx\0" "5\x00\x19" "192.0.2.1\0"),          "!family(|)"},
    {"family NUL",                "O", 'C', S_INIT("mx\0" "\0\x00\x19" "192.0.2.1\0"),         "!family(|)"},
    {"family 4 alone",            "O", 'C', S_INIT("mx\0" "4"),                                "!port-truncated(|)"},
    {"half a port",               "O", 'C', S_INIT("mx\0" "6\x19"),                            "!port-truncated(|)"},
    {"port, no address",          "O", 'C', S_INIT("mx\0" "4\x00\x19"),                        "!missing-nul(|)"},
    {"address without NUL",       "O", 'C', S_INIT("mx\0" "4\x00\x19" "192.0.2.1"),            "!missing-nul(|)"},
    {"more behind the address",   "O", 'C', S_INIT("mx\0" "4\x00\x19" "192.0.2.1\0x\0"),       "!junk(|)"},

    {"HELO",                      "OC", 'H', S_INIT("mx.example\0"),                           "H+(mx.example|)"},
    {"HELO of nothing",           "OC", 'H', S_INIT("\0"),                                     "H+(|)"},
    {"HELO empty",                "OC", 'H', S_INIT(""),                                       "!missing-nul(|)"},
    {"HELO without NUL",          "OC", 'H', S_INIT("mx"),                                     "!missing-nul(|)"},
    {"two strings in HELO",       "OC", 'H', S_INIT("mx\0evil\0"),                             "!junk(|)"},

    {"MAIL",                      "OC", 'M', S_INIT("<a@x.example>\0"),                        "M+(a@x.example|)"},
    {"MAIL with parameters",      "OC", 'M', S_INIT("<a@x>\0SIZE=1\0BODY=8BITMIME\0"),         "M+(a@x|SIZE=1^BODY=8BITMIME)"},
    {"MAIL without brackets",     "OC", 'M', S_INIT("a@x.example\0"),                          "M+(a@x.example|)"},
    {"null sender",               "OC", 'M', S_INIT("<>\0"),                                   "M+(|)"},
    {"null sender, no brackets",  "OC", 'M', S_INIT("\0"),                                     "M+(|)"},
    {"blanks around the path",    "OC", 'M', S_INIT(" <a@x> \0"),                              "M+(a@x|)"},
    {"one bracket",               "OC", 'M', S_INIT("<a@x\0"),                                 "M+(<a@x|)"},
    {"brackets in a quoted name", "OC", 'M', S_INIT("<\"<b>\"@x>\0"),                          "M+(\"<b>\"@x|)"},
    {"empty parameter",           "OC", 'M', S_INIT("<a@x>\0\0"),                              "M+(a@x|)"},
    {"MAIL empty",                "OC", 'M', S_INIT(""),                                       "!missing-nul(|)"},
    {"MAIL without NUL",          "OC", 'M', S_INIT("<a@x>"),                                  "!missing-nul(|)"},
    {"parameter without NUL",     "OC", 'M', S_INIT("<a@x>\0SIZE=1"),                          "!missing-nul(|)"},
    {"RCPT with parameters",      "OCM", 'R', S_INIT("<b@y>\0NOTIFY=NEVER\0"),                 "R+(b@y|NOTIFY=NEVER)"},
    {"RCPT without NUL",          "OCM", 'R', S_INIT("<b@y>"),                                 "!missing-nul(|)"},

    {"field",                     "OCMRT", 'L', S_INIT("Subject\0 Hello\0"),                   "L+(Subject| Hello)"},
    {"no blank: as it is",        "OCMRT", 'L', S_INIT("Subject\0Hello\0"),                    "L+(Subject|Hello)"},
    {"folded field",              "OCMRT", 'L', S_INIT("A\0 b\n\tc\r\n d\0"),                  "L+(A| b\n\tc\r\n d)"},
    {"empty value",               "OCMRT", 'L', S_INIT("A\0\0"),                               "L+(A|)"},
    {"empty name",                "OCMRT", 'L', S_INIT("\0 b\0"),                              "L+(| b)"},
    {"field without value",       "OCMRT", 'L', S_INIT("A\0"),                                 "!missing-nul(|)"},
    {"field empty",               "OCMRT", 'L', S_INIT(""),                                    "!missing-nul(|)"},
    {"value without NUL",         "OCMRT", 'L', S_INIT("A\0b"),                                "!missing-nul(|)"},
    {"NUL in the value",          "OCMRT", 'L', S_INIT("A\0b\0c\0"),                           "!junk(|)"},

    {"body",                      "OCMRTN", 'B', S_INIT("a\r\n\0\xff"),                        "B+(|a\r\n^\xff)"},
    {"empty body",                "OCMRTN", 'B', S_INIT(""),                                   "B+(|)"},
    {"end with the last bytes",   "OCMRTN", 'E', S_INIT("bye\r\n"),                            "E+(|bye\r\n)"},
    {"end",                       "OCMRTN", 'E', S_INIT(""),                                   "E+(|)"},
    {"DATA with data",            "OCMR",   'T', S_INIT("x"),                                  "T+(|)"},
    {"ABORT with data",           "OCMR",   'A', S_INIT("x"),                                  "A(|)"},
    {"unknown command",           "OC",     'U', S_INIT("HALP me\0"),                          "U+(HALP me|)"},
    {"unknown, no NUL",           "OC",     'U', S_INIT("HALP"),                               "!missing-nul(|)"},

    {"macros at CONNECT",         "O",  'D', S_INIT("Cj\0mx\0{daemon_name}\0x\0"),             "DC0(|j^mx^{daemon_name}^x^)"},
    {"macros at HELO",            "OC", 'D', S_INIT("H"),                                      "DH1(|)"},
    {"macros at MAIL",            "OC", 'D', S_INIT("Mi\0Q1\0"),                               "DM2(|i^Q1^)"},
    {"macros at RCPT",            "OC", 'D', S_INIT("R"),                                      "DR3(|)"},
    {"macros at DATA",            "OC", 'D', S_INIT("T"),                                      "DT4(|)"},
    {"macros at the end",         "OC", 'D', S_INIT("E"),                                      "DE5(|)"},
    {"macros at end of fields",   "OC", 'D', S_INIT("N"),                                      "DN6(|)"},
    {"macros at another place",   "OC", 'D', S_INIT("La\0b\0"),                                "DL7(|a^b^)"},
    {"macros for no command",     "OC", 'D', S_INIT("\0" "a\0b\0"),                            "D\0007(|a^b^)"},
    {"macro without a value",     "OC", 'D', S_INIT("Mi\0"),                                   "!macro-list(|)"},
    {"three strings",             "OC", 'D', S_INIT("Ma\0b\0c\0"),                             "!macro-list(|)"},
    {"macro value without NUL",   "OC", 'D', S_INIT("Mi\0Q1"),                                 "!macro-list(|)"},
    {"macro name without NUL",    "OC", 'D', S_INIT("Mi"),                                     "!macro-list(|)"},
    {"macros empty",              "OC", 'D', S_INIT(""),                                       "!macro-list(|)"},

    {"options of 11 bytes",       "",   'O', S_INIT("\0\0\0\6\0\0\0\x11\0\0\0"),               "!options-truncated(|)"},
    {"options empty",             "",   'O', S_INIT(""),                                       "!options-truncated(|)"},
    {"options and more",          "",   'O', S_INIT("\0\0\0\6\0\0\0\x11\0\0\0\0more"),         "O+(|)"},
    {"no command",                "",   'X', S_INIT("x"),                                      "!unknown-command(|)"},
};
/* clang-format on */

static str last_event(const char *before, str packet)
{
    struct milter m;
    struct milter_event e;
    struct out o, all;
    out_init(&o, &arena);
    out_init(&all, &arena);
    out_str(&all, letters(before));
    out_str(&all, packet);
    str input = out_done(&all);
    milter_init(&m, &wants);
    while (input.n && milter_next(&m, &input, &e) > MILTER_BAD)
        ;
    put_event(&o, &m, &e);
    return out_done(&o);
}

static void what_a_packet_shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packet_rows / sizeof *packet_rows; i++) {
        struct out o;
        out_init(&o, &arena);
        milter_client_packet(&o, (uint8_t)packet_rows[i].letter, packet_rows[i].data);
        str got = last_event(packet_rows[i].before, out_done(&o));
        str want = str_of(packet_rows[i].want);
        if (packet_rows[i].letter == 'D' && packet_rows[i].data.n && packet_rows[i].data.p[0] == 0)
            want = S("D\0"
                     "7(|a^b^)");
        same(packet_rows[i].about, got, want);
    }
    assert_int_equal(wrong_n, 0);
}

/* clang-format off */
static const struct { const char *about; size_t packet_max; str in; const char *want; } length_rows[] = {
    {"nothing",                   0,  S_INIT(""),                              ".(|)"},
    {"half a length",             0,  S_INIT("\0\0\0"),                        ".(|)"},
    {"length alone",              0,  S_INIT("\0\0\0\1"),                      ".(|)"},
    {"half a packet",             0,  S_INIT("\0\0\0\xdO\0\0\0\6"),            ".(|)"},
    {"length 0",                  0,  S_INIT("\0\0\0\0"),                      "!packet-empty(|)"},
    {"1 MiB",                     0,  S_INIT("\0\x10\0\0"),                    ".(|)"},
    {"1 MiB and a byte",          0,  S_INIT("\0\x10\0\1"),                    "!packet-too-long(|)"},
    {"all bits",                  0,  S_INIT("\xff\xff\xff\xff"),              "!packet-too-long(|)"},
    {"sign bit",                  0,  S_INIT("\x80\0\0\0"),                    "!packet-too-long(|)"},
    {"a limit of ours",           13, S_INIT("\0\0\0\xd"),                     ".(|)"},
    {"beyond a limit of ours",    13, S_INIT("\0\0\0\xe"),                     "!packet-too-long(|)"},
    {"HTTP",                      0,  S_INIT("GET / HTTP/1.1\r\n\r\n"),        "!packet-too-long(|)"},
};
/* clang-format on */

static void lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof length_rows / sizeof *length_rows; i++) {
        struct milter_wants wanted = {.packet_max = length_rows[i].packet_max};
        struct milter m;
        struct milter_event e;
        struct out o;
        str input = length_rows[i].in;
        out_init(&o, &arena);
        milter_init(&m, &wanted);
        milter_next(&m, &input, &e);
        assert_ptr_equal(input.p, length_rows[i].in.p);
        put_event(&o, &m, &e);
        same(length_rows[i].about, out_done(&o), str_of(length_rows[i].want));
    }
    assert_int_equal(wrong_n, 0);
}

static void macros_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        str in;
        const char *want;
        size_t left;
    } rows[] = {
        {"none", S_INIT(""), "", 0},
        {"two", S_INIT("i\0Q1\0j\0mx\0"), "i=Q1;j=mx;", 0},
        {"braces go", S_INIT("{auth_authen}\0ann\0"), "auth_authen=ann;", 0},
        {"one brace stays", S_INIT("{a\0b\0"), "{a=b;", 0},
        {"empty value", S_INIT("i\0\0"), "i=;", 0},
        {"empty name", S_INIT("\0x\0"), "=x;", 0},
        {"no value", S_INIT("i\0Q1\0j\0"), "i=Q1;", 2},
        {"no NUL", S_INIT("i\0Q1"), "", 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct out o;
        str name, value, list = rows[i].in;
        out_init(&o, &arena);
        while (milter_macro_next(&list, &name, &value)) {
            out_str(&o, name);
            out_byte(&o, '=');
            out_str(&o, value);
            out_byte(&o, ';');
        }
        same(rows[i].about, out_done(&o), str_of(rows[i].want));
        assert_int_equal(list.n, rows[i].left);
    }
    assert_int_equal(wrong_n, 0);
}

/* Tells all events of a stream that comes in pieces of n bytes. */
static str told(str stream, size_t n)
{
    struct milter m;
    struct out o;
    size_t taken = 0;
    out_init(&o, &arena);
    milter_init(&m, &wants);
    for (size_t there = 0; there < stream.n && !m.fault;) {
        there = stream.n - there < n ? stream.n : there + n;
        str input = str_first(str_from(stream, taken), there - taken);
        struct milter_event e;
        while (milter_next(&m, &input, &e) > MILTER_BAD)
            put_event(&o, &m, &e);
        if (e.kind == MILTER_BAD)
            put_event(&o, &m, &e);
        taken = there - input.n;
    }
    return out_done(&o);
}

static const char *const streams[] = {
    "ODCDHmMDRRDTLLLNBBDEmMRTLNEQ", "OCHMRmMRAMRTLNBKCHMQ", "OCMRTLB", "OCMRTLNBEX", "OOC",
};

static void chunks_do_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        str stream = letters(streams[i]);
        str whole = told(stream, stream.n);
        assert_true(whole.n > 0);
        for (size_t n = 1; n < 40; n++)
            same(streams[i], told(stream, n), whole);
    }
    assert_int_equal(wrong_n, 0);
}

/* write(read(x)) shows the same again. */
static void the_server_writes_what_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct milter m;
        struct milter_event e;
        struct out o;
        str stream = letters(streams[i]), input = stream;
        out_init(&o, &arena);
        milter_init(&m, &wants);
        while (milter_next(&m, &input, &e) > MILTER_BAD) {
            if (e.kind == MILTER_NEGOTIATED)
                put_options(&o);
            else
                assert_true(milter_client_write(&o, &e));
        }
        assert_false(milter_client_write(&o, &e));
        str again = told(out_done(&o), SIZE_MAX / 2);
        same(streams[i], again, str_first(told(stream, stream.n), again.n));
        assert_true(again.n > 4);
    }
    assert_int_equal(wrong_n, 0);
}

/* Each fault has a word of its own and a sentence. */
static void faults_have_words(void **state)
{
    (void)state;
    for (int i = 0; i < MILTER_FAULT_N; i++) {
        assert_true(strlen(milter_fault_name((enum milter_fault)i)) > 3);
        assert_true(strlen(milter_fault_text((enum milter_fault)i)) > 15);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(milter_fault_name((enum milter_fault)i),
                                    milter_fault_name((enum milter_fault)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_packet_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lengths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(macros_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chunks_do_not_matter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_server_writes_what_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_have_words, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
