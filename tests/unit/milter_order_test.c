/* SPDX-License-Identifier: BSD-2-Clause */
/* Which command may stand where, what waits for a reply, what is counted, and what both sides agree on. */
#include "milter_world.h"

/* ret  the letters of the events that the stream gives, the fault behind the last "!" */
static str events(struct milter *m, str input)
{
    struct out o;
    struct milter_event e;
    out_init(&o, &arena);
    while (milter_next(m, &input, &e) != MILTER_MORE) {
        out_byte(&o, (uint8_t)letter_of(e.kind));
        if (e.kind == MILTER_BAD)
            break;
    }
    if (m->fault)
        out_z(&o, milter_fault_name(m->fault));
    return out_done(&o);
}

/* clang-format off */
static const struct { const char *about; uint32_t options; const char *in, *want; } order_rows[] = {
    {"one message",                       0, "OCHMRRTLLNBBEQ",     "OCHMRRTLLNBBEQ"},
    {"macros before each command",        0, "ODCDHmMDRDTDLDNDBDEDQ", "ODCDHDMDRDTDLDNDBDEDQ"},
    {"messages after one another",        0, "OCHMRTLNEMRTLNBE",   "OCHMRTLNEMRTLNBE"},
    {"no HELO",                           0, "OCMRTLNE",           "OCMRTLNE"},
    {"HELO again",                        0, "OCHHMRTLNE",         "OCHHMRTLNE"},
    {"no DATA in old versions",           0, "OCHMRLNBE",          "OCHMRLNBE"},
    {"no field",                          0, "OCHMRTNE",           "OCHMRTNE"},
    {"no recipient",                      0, "OCHMTNE",            "OCHMTNE"},
    {"sessions after one another",        0, "OCHMRTLNEKCHMRTLNEQ", "OCHMRTLNEKCHMRTLNEQ"},
    {"session without mail",              0, "OCKCQ",              "OCKCQ"},
    {"quit at once",                      0, "OQ",                 "OQ"},
    {"quit before the options",           0, "Q",                  "Q"},
    {"abort after MAIL",                  0, "OCMAMRTLNE",         "OCMAMRTLNE"},
    {"abort after RCPT",                  0, "OCMRAM",             "OCMRAM"},
    {"abort after DATA",                  0, "OCMRTAM",            "OCMRTAM"},
    {"abort in the header",               0, "OCMRTLAM",           "OCMRTLAM"},
    {"abort in the body",                 0, "OCMRTLNBAM",         "OCMRTLNBAM"},
    {"abort between messages",            0, "OCHAAMRTLNEAM",      "OCHAAMRTLNEAM"},
    {"abort before CONNECT",              0, "OACHA",              "OACHA"},
    {"MAIL after a refused MAIL",         0, "OCMMR",              "OCMAMR"},
    {"MAIL after a refused RCPT",         0, "OCMRmMR",            "OCMRADMR"},
    {"macros belong to the new message",  0, "OCMRTLmM",           "OCMRTLADM"},
    {"MAIL in the body",                  0, "OCMRTLNBM",          "OCMRTLNBAM"},
    {"HELO inside a message",             0, "OCMRHMR",            "OCMRAHMR"},
    {"next session inside a message",     0, "OCMRKC",             "OCMRAKC"},
    {"unknown command",                   0, "OCUHUMURU",          "OCUHUMURU"},
    {"field after the options",           0, "OL",                 "O!order"},
    {"no options",                        0, "C",                  "!order"},
    {"macros before the options",         0, "DO",                 "!order"},
    {"abort before the options",          0, "A",                  "!order"},
    {"next session before the options",   0, "K",                  "!order"},
    {"options twice",                     0, "OO",                 "O!negotiated-twice"},
    {"options in a message",              0, "OCMRO",              "OCMR!negotiated-twice"},
    {"options in the next session",       0, "OCKO",               "OCK!negotiated-twice"},
    {"no CONNECT before HELO",            0, "OH",                 "O!order"},
    {"no CONNECT before MAIL",            0, "OM",                 "O!order"},
    {"no CONNECT in the next session",    0, "OCKM",               "OCK!order"},
    {"CONNECT twice",                     0, "OCC",                "OC!order"},
    {"CONNECT in a message",              0, "OCMC",               "OCM!order"},
    {"unknown command before CONNECT",    0, "OU",                 "O!order"},
    {"unknown command in the header",     0, "OCMRTLU",            "OCMRTL!order"},
    {"RCPT before MAIL",                  0, "OCHR",               "OCH!order"},
    {"RCPT after DATA",                   0, "OCMRTR",             "OCMRT!order"},
    {"RCPT in the header",                0, "OCMRTLR",            "OCMRTL!order"},
    {"DATA before MAIL",                  0, "OCT",                "OC!order"},
    {"DATA twice",                        0, "OCMRTT",             "OCMRT!order"},
    {"field before MAIL",                 0, "OCL",                "OC!order"},
    {"field in the body",                 0, "OCMRTLNL",           "OCMRTLN!order"},
    {"end of fields before MAIL",         0, "OCN",                "OC!order"},
    {"end of fields twice",               0, "OCMRTLNN",           "OCMRTLN!order"},
    {"body before MAIL",                  0, "OCB",                "OC!order"},
    {"body before the header",            0, "OCMRB",              "OCMR!order"},
    {"body before the header ends",       0, "OCMRTLB",            "OCMRTL!order"},
    {"end before MAIL",                   0, "OCE",                "OC!order"},
    {"end before the header ends",        0, "OCMRTLE",            "OCMRTL!order"},
    {"end twice",                         0, "OCMRTLNEE",          "OCMRTLNE!order"},
    {"body after the end",                0, "OCMRTLNEB",          "OCMRTLNE!order"},
    {"anything after quit",               0, "OCQC",               "OCQ!order"},
    {"options after quit",                0, "OQO",                "OQ!order"},
    {"quit after quit",                   0, "OQQ",                "OQ!order"},
    {"a letter that is no command",       0, "OCX",                "OC!unknown-command"},
    {"a small letter",                    0, "OCc",                "OC!unknown-command"},
    {"nothing after a fault",             0, "OLCHM",              "O!order"},
    {"CONNECT left out",                  MILTER_NO_CONNECT,                 "OHMRTLNEKM",  "OHMRTLNEKM"},
    {"CONNECT and MAIL left out",         MILTER_NO_CONNECT | MILTER_NO_MAIL, "ORTLNER",     "ORTLNER"},
    {"MAIL left out",                     MILTER_NO_MAIL,                    "OCHRTLNERTLNE", "OCHRTLNERTLNE"},
    {"MAIL left out, CONNECT is not",     MILTER_NO_MAIL,                    "OR",          "O!order"},
    {"end of fields left out",            MILTER_NO_FIELDS_END,              "OCMRTLBEMRTE", "OCMRTLBEMRTE"},
    {"all is left out",                   0x7f,                              "OEE",         "OEE"},
    {"all but RCPT and the end",          0x77,                              "OREKRE",      "OREKRE"},
    {"steps that come all the same",      0x37f,                             "OCHMRTLNBE",  "OCHMRTLNBE"},
};
/* clang-format on */

static void each_command_in_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof order_rows / sizeof *order_rows; i++) {
        struct milter_wants wants = {.actions = ADD, .options = order_rows[i].options};
        struct milter m;
        milter_init(&m, &wants);
        same(order_rows[i].about, events(&m, letters(order_rows[i].in)), str_of(order_rows[i].want));
    }
    assert_int_equal(wrong_n, 0);
}

/* clang-format off */
static const struct { const char *about; uint32_t options; const char *in, *waits; } reply_rows[] = {
    {"each step",              0,                           "OCHMRTLNBEU", "OCHMRTLNBEU"},
    {"macros, ends",           0,                           "ODCmMAKCQ",   "OCMC"},
    {"no-reply CONNECT",       MILTER_NO_REPLY_CONNECT,     "OCHM",        "OHM"},
    {"no-reply HELO",          MILTER_NO_REPLY_HELO,        "OCHM",        "OCM"},
    {"no-reply MAIL",          MILTER_NO_REPLY_MAIL,        "OCHMR",       "OCHR"},
    {"no-reply RCPT",          MILTER_NO_REPLY_RCPT,        "OCMRTL",      "OCMTL"},
    {"no-reply DATA",          MILTER_NO_REPLY_DATA,        "OCMRTL",      "OCMRL"},
    {"no-reply field",         MILTER_NO_REPLY_FIELD,       "OCMRTLLN",    "OCMRTN"},
    {"no-reply end of fields", MILTER_NO_REPLY_FIELDS_END,  "OCMRTLNB",    "OCMRTLB"},
    {"no-reply body",          MILTER_NO_REPLY_BODY,        "OCMRTLNBBE",  "OCMRTLNE"},
    {"no-reply unknown",       MILTER_NO_REPLY_UNKNOWN,     "OCUH",        "OCH"},
    {"all: only the end",      0xff080,                     "OCUHMRTLNBE", "OE"},
};
/* clang-format on */

static void who_waits_for_a_reply(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reply_rows / sizeof *reply_rows; i++) {
        struct milter_wants wants = {.actions = ADD, .options = reply_rows[i].options};
        struct milter m;
        struct milter_event e;
        struct out o;
        str input = letters(reply_rows[i].in);
        out_init(&o, &arena);
        milter_init(&m, &wants);
        while (milter_next(&m, &input, &e) > MILTER_BAD) {
            if (e.has_reply)
                out_byte(&o, (uint8_t)letter_of(e.kind));
        }
        same(reply_rows[i].about, out_done(&o), str_of(reply_rows[i].waits));
    }
    assert_int_equal(wrong_n, 0);
}

/* in   before  letters once, then `letter` n times, then after */
static str repeated(const char *before, char letter, size_t n, const char *after)
{
    struct out o;
    out_init(&o, &arena);
    out_str(&o, letters(before));
    while (n--)
        put_letter(&o, letter);
    out_str(&o, letters(after));
    return out_done(&o);
}

/* clang-format off */
static const struct { const char *about, *before; char letter; size_t n; const char *after; const char *fault; } flood_rows[] = {
    {"64 macros",                 "OC",    'D', 64,    "HM", "none"},
    {"65 macros",                 "OC",    'D', 65,    "",   "too-many-macros"},
    {"macros in two places",      "OCDDD", 'H', 100,   "D",  "none"},
    {"4,096 fields",              "OCMRT", 'L', 4096,  "NE", "none"},
    {"4,097 fields",              "OCMRT", 'L', 4097,  "",   "too-many-fields"},
    {"65,536 recipients",         "OCM",   'R', 65536, "T",  "none"},
    {"65,537 recipients",         "OCM",   'R', 65537, "",   "too-many-recipients"},
    {"aborts",                    "OCM",   'A', 70000, "M",  "none"},
    {"MAIL after MAIL",           "OC",    'M', 70000, "R",  "none"},
    {"HELO after HELO",           "OC",    'H', 70000, "M",  "none"},
};
/* clang-format on */

static void floods_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof flood_rows / sizeof *flood_rows; i++) {
        struct milter_wants wants = {.actions = ADD};
        struct milter m;
        milter_init(&m, &wants);
        events(&m,
               repeated(flood_rows[i].before, flood_rows[i].letter, flood_rows[i].n, flood_rows[i].after));
        same(flood_rows[i].about, str_of(milter_fault_name(m.fault)), str_of(flood_rows[i].fault));
    }
    assert_int_equal(wrong_n, 0);
}

/* Counters are one message's. */
static void counts_begin_anew(void **state)
{
    (void)state;
    struct milter_wants wants = {.actions = ADD, .fields_max = 2, .rcpts_max = 2, .macros_max = 1};
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"OCMRRTLLNEMRRTLLNE", "OCMRRTLLNEMRRTLLNE"},
        {"OCMRRAMRRTLLAMRTLLNE", "OCMRRAMRRTLLAMRTLLNE"},
        {"OCMRRMRRTLLMRTLLNE", "OCMRRAMRRTLLAMRTLLNE"},
        {"OCMRRKCMRR", "OCMRRAKCMRR"},
        {"ODCDHD", "ODCDHD"},
        {"OCMRRR", "OCMRR!too-many-recipients"},
        {"OCMRTLLL", "OCMRTLL!too-many-fields"},
        {"OCDD", "OCD!too-many-macros"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct milter m;
        milter_init(&m, &wants);
        same(rows[i].in, events(&m, letters(rows[i].in)), str_of(rows[i].want));
    }
    assert_int_equal(wrong_n, 0);
}

/* clang-format off */
static const struct {
    const char *about;
    uint32_t wanted_actions, wanted_options;
    const char *macros; /* at MAIL and at the end */
    uint32_t version, actions, options;
    uint32_t got_version, got_actions, got_options;
    const char *symbols, *fault;
} option_rows[] = {
    {"Postfix, version 6",        ADD, 0x1fffff, "i {a}", 6, 0x1ff, 0x1fffff,   6, 0x111, 0x1fffff, "2:i {a}/5:i {a}/", "none"},
    {"Sendmail with large packets", ADD, 0x1fffff, "",    6, 0x1ff, 0x701fffff, 6, 0x11,  0x1fffff, "", "none"},
    {"only what is wanted",       ADD, 0x100480, "",      6, 0x1ff, 0x1fffff,   6, 0x11,  0x100480, "", "none"},
    {"version 2, short masks",    ADD, 0x1fffff, "i",     2, 0x3f,  0x7f,       2, 0x11,  0x7f,     "", "none"},
    {"version 3",                 ADD, 0x1fffff, "i",     3, 0x3f,  0x1ff,      3, 0x11,  0x1ff,    "", "none"},
    {"version 4",                 ADD, 0x1fffff, "i",     4, 0x3f,  0x3ff,      4, 0x11,  0x3ff,    "", "none"},
    {"version 5",                 ADD, 0x1fffff, "i",     5, 0x3f,  0x3ff,      5, 0x11,  0x3ff,    "", "none"},
    {"a later version",           ADD, 0x1fffff, "",      7, 0xffffffff, 0xffffffff, 6, 0x11, 0x1fffff, "", "none"},
    {"quarantine is offered",     ADD | 0x20, 0, "",      6, 0x1ff, 0,          6, 0x31,  0,        "", "none"},
    {"quarantine is not",         ADD | 0x20, 0, "",      2, 0x1f,  0,          2, 0x11,  0,        "", "none"},
    {"macros without asking",     ADD | 0x100, 0, "",     6, 0x1ff, 0,          6, 0x11,  0,        "", "none"},
    {"no change of fields",       ADD, 0, "",             6, 0x1,   0,          0, 0, 0,            "", "actions"},
    {"nothing is allowed",        ADD, 0, "",             6, 0,     0,          0, 0, 0,            "", "actions"},
    {"nothing is wanted",         0,   0, "",             6, 0,     0,          6, 0, 0,            "", "none"},
    {"version 1",                 ADD, 0, "",             1, 0x1ff, 0,          0, 0, 0,            "", "version"},
    {"version 0",                 ADD, 0, "",             0, 0x1ff, 0,          0, 0, 0,            "", "version"},
};
/* clang-format on */

/* ret  "stage:names/" for each request in our answer */
static str symbols_of(const struct milter_answer *a)
{
    struct out o;
    uint32_t stage;
    str names, list = a->value;
    out_init(&o, &arena);
    while (milter_client_symbols(&list, &stage, &names)) {
        out_uint(&o, stage);
        out_byte(&o, ':');
        out_str(&o, names);
        out_byte(&o, '/');
    }
    return out_done(&o);
}

/* What the mail server reads is what the session goes by. */
static void check_options(const char *about, size_t i, const struct milter *m)
{
    struct milter_answer a;
    struct out o;
    out_init(&o, &arena);
    milter_write_options(&o, m);
    str answer = out_done(&o);
    bool is_right = milter_client_next(&answer, &a) == MILTER_ANSWER_OPTIONS && answer.n == 0 &&
                    a.version == option_rows[i].got_version && a.actions == option_rows[i].got_actions &&
                    a.options == option_rows[i].got_options && a.version == m->version &&
                    a.actions == m->actions && a.options == m->options;
    same(about, is_right ? symbols_of(&a) : S("other options"), str_of(option_rows[i].symbols));
}

static void the_least_that_both_know(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof option_rows / sizeof *option_rows; i++) {
        struct milter_wants wants = {.actions = option_rows[i].wanted_actions,
                                     .options = option_rows[i].wanted_options};
        struct milter m;
        struct milter_event e;
        struct out o;
        wants.macros[MILTER_AT_MAIL] = wants.macros[MILTER_AT_END] = str_of(option_rows[i].macros);
        out_init(&o, &arena);
        milter_init(&m, &wants);
        milter_client_options(&o, option_rows[i].version, option_rows[i].actions, option_rows[i].options);
        str input = out_done(&o);
        milter_next(&m, &input, &e);
        same(option_rows[i].about, str_of(milter_fault_name(m.fault)), str_of(option_rows[i].fault));
        if (e.kind == MILTER_NEGOTIATED)
            check_options(option_rows[i].about, i, &m);
    }
    assert_int_equal(wrong_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_command_in_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_for_a_reply, set_up, tear_down),
        cmocka_unit_test_setup_teardown(floods_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_begin_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_least_that_both_know, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
