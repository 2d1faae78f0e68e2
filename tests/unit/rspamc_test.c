/* SPDX-License-Identifier: BSD-2-Clause */
/* The request of Exim's spam condition, and its answer. */
#include "rspamc/rspamc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* What a stock Exim 4.96 sends: recorded, with other names. */
#define EXIM_HEAD                                                                                            \
    "Queue-Id: 1xUwum-0004jP-03\r\nFrom: <a@legit.example>\r\nRecipient-Number: 2\r\n"                       \
    "Rcpt: <b@rcpt.example>\r\nRcpt: <c+d@rcpt.example>\r\nHelo: client.legit.example\r\nIP: 192.0.2.10\r\n"
#define EXIM_PAIRS                                                                                           \
    "Queue-Id=1xUwum-0004jP-03|From=<a@legit.example>|Recipient-Number=2|Rcpt=<b@rcpt.example>|"             \
    "Rcpt=<c+d@rcpt.example>|Helo=client.legit.example|IP=192.0.2.10|"
#define MBOX_HEAD                                                                                            \
    "From MAILER-DAEMON Sun Nov 22 02:02:48 2026\nX-Envelope-From: <a@legit.example>\n"                      \
    "X-Envelope-To: b@rcpt.example, c+d@rcpt.example\n"
#define CHECK "CHECK RSPAMC/1.3\r\n"

/* clang-format off */
static const struct {
    const char *about;
    str in;
    const char *want;
} requests_are_read_rows[] = {
    {"a whole request of Exim",
     S_INIT(CHECK "Content-length: 184\r\n" EXIM_HEAD "\r\n" MBOX_HEAD
            "Received: from a\n\tby b\nFrom: Ann <a@legit.example>\n\nHi\n.\n"),
     "Content-length=184|" EXIM_PAIRS "ENVELOPE|Received: from a\r\n\tby b\r\nFrom: Ann <a@legit.example>\r\n\r\nHi\r\n.\r\n|END"},
    {"an empty sender has no X-Envelope-From",
     S_INIT(CHECK "Content-length: 52\r\nFrom: <>\r\n\r\nFrom MAILER-DAEMON x\nX-Envelope-To: b@c\nA: b\n\nhello\n"),
     "Content-length=52|From=<>|ENVELOPE|A: b\r\n\r\nhello\r\n|END"},
    {"fields of these names in the message stay",
     S_INIT(CHECK "\r\nFrom x\nX-Envelope-From: <a>\nX-Envelope-To: b\nX-Envelope-To: c\nX-Envelope-From: d\n\n"),
     "ENVELOPE|X-Envelope-To: c\r\nX-Envelope-From: d\r\n\r\n|END"},
    {"without a From line nothing is taken", S_INIT(CHECK "\r\nX-Envelope-From: <a>\nX: y\n\n"),
     "ENVELOPE|X-Envelope-From: <a>\r\nX: y\r\n\r\n|END"},
    {"From: is no From line", S_INIT(CHECK "Content-length: 6\r\n\r\nFrom:x"), "Content-length=6|ENVELOPE|From:x|END"},
    {"a message that is shorter than the head", S_INIT(CHECK "Content-length: 3\r\n\r\nFro"), "Content-length=3|ENVELOPE|Fro|END"},
    {"a From line without an end", S_INIT(CHECK "Content-length: 7\r\n\r\nFrom ab"), "Content-length=7|ENVELOPE||END"},
    {"no message at all", S_INIT(CHECK "Content-length: 0\r\n\r\n"), "Content-length=0|ENVELOPE||END"},
    {"CRLF stays", S_INIT(CHECK "\r\nA: b\r\n\r\nx\r\ny\nz"), "ENVELOPE|A: b\r\n\r\nx\r\ny\r\nz|END"},
    {"CR alone stays, LF first too", S_INIT(CHECK "\r\n\na\rb\r\n\n"), "ENVELOPE|\r\na\rb\r\n\r\n|END"},
    {"bytes behind the message are nobody's", S_INIT(CHECK "Content-length: 2\r\n\r\nabcd"), "Content-length=2|ENVELOPE|ab|END"},
    {"lines may end with LF", S_INIT("CHECK RSPAMC/1.2\nHelo:x\n\nabc"), "Helo=x|ENVELOPE|abc|END"},
    {"names in any case, blanks around values", S_INIT(CHECK "content-LENGTH: \t1 \r\nX:\r\n\r\nab"), "content-LENGTH=1|X=|ENVELOPE|a|END"},
    {"UTF-8 in an address", S_INIT(CHECK "From: <\xc3\xbc@x>\r\n\r\n"), "From=<\xc3\xbc@x>|ENVELOPE||END"},
    {"ping", S_INIT("PING RSPAMC/1.3\r\n\r\n"), "PING"},
    {"nothing", S_INIT(""), "!cut"},
    {"another command", S_INIT("SYMBOLS RSPAMC/1.3\r\n\r\n"), "!request"},
    {"another protocol", S_INIT("CHECK SPAMC/1.3\r\n\r\n"), "!request"},
    {"version 2", S_INIT("CHECK RSPAMC/2.0\r\n\r\n"), "!request"},
    {"no version", S_INIT("CHECK RSPAMC/1.\r\n\r\n"), "!request"},
    {"something behind the version", S_INIT("CHECK RSPAMC/1.3 x\r\n\r\n"), "!request"},
    {"HTTP", S_INIT("POST /checkv2 HTTP/1.1\r\n\r\n"), "!request"},
    {"a line without colon", S_INIT(CHECK "Helo x\r\n\r\n"), "!line"},
    {"a line without name", S_INIT(CHECK ": x\r\n\r\n"), "!line"},
    {"a folded line", S_INIT(CHECK "Helo: x\r\n y\r\n\r\n"), "Helo=x|!line"},
    {"NUL in a value", S_INIT(CHECK "Helo: a\0b\r\n\r\n"), "!line"},
    {"CR in a value", S_INIT(CHECK "Helo: a\rIP: b\r\n\r\n"), "!line"},
    {"a length that is none", S_INIT(CHECK "Content-length: 1x\r\n\r\n"), "!length"},
    {"an empty length", S_INIT(CHECK "Content-length:\r\n\r\n"), "!length"},
    {"a negative length", S_INIT(CHECK "Content-length: -1\r\n\r\n"), "!length"},
    {"a length beyond 64 bits", S_INIT(CHECK "Content-length: 18446744073709551616\r\n\r\n"), "!length"},
    {"two lengths", S_INIT(CHECK "Content-length: 1\r\nContent-Length: 1\r\n\r\na"), "Content-length=1|!length"},
    {"a message that is too long", S_INIT(CHECK "Content-length: 201\r\n\r\n"), "!message-too-long"},
    {"a head that ends early", S_INIT(CHECK "Helo: x\r\nIP: 1"), "Helo=x|!cut"},
    {"a message that ends early", S_INIT(CHECK "Content-length: 10\r\n\r\nabc"), "Content-length=10|ENVELOPE|abc!cut"},
    {"an mbox head that ends early", S_INIT(CHECK "Content-length: 20\r\n\r\nFrom x"), "Content-length=20|ENVELOPE|!cut"},
    {"too many lines", S_INIT(CHECK "A:1\r\nB:2\r\nC:3\r\nD:4\r\nE:5\r\nF:6\r\nG:7\r\nH:8\r\nI:9\r\nJ:10\r\nK:11\r\n\r\n"),
     "A=1|B=2|C=3|D=4|E=5|F=6|G=7|H=8|I=9|J=10|!too-many-pairs"},
    {"a line that is too long",
     S_INIT(CHECK "Helo: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n\r\n"), "!line-too-long"},
};
/* clang-format on */

struct heard {
    char p[1024];
    size_t n;
    bool in_text;
};

static void hear(struct heard *h, str s)
{
    assert_true(h->n + s.n < sizeof h->p);
    if (s.n)
        memcpy(h->p + h->n, s.p, s.n);
    h->n += s.n;
    h->p[h->n] = 0;
}

/* ret  false: over */
static bool hear_event(struct heard *h, const struct rspamc *r, const struct rspamc_event *e)
{
    switch (e->kind) {
    case RSPAMC_MORE: return false;
    case RSPAMC_BAD:
        hear(h, S("!"));
        hear(h, str_of(rspamc_fault_name(r->fault)));
        assert_true(strlen(rspamc_fault_text(r->fault)) > 10);
        return false;
    case RSPAMC_PING: hear(h, S("PING")); return false;
    case RSPAMC_PAIR:
        hear(h, e->name);
        hear(h, S("="));
        hear(h, e->value);
        hear(h, S("|"));
        return true;
    case RSPAMC_ENVELOPE: hear(h, S("ENVELOPE|")); return true;
    case RSPAMC_BYTES: hear(h, e->value); return true;
    case RSPAMC_END: hear(h, S("|END")); return false;
    }
    return false;
}

/* Feeds it in pieces of `step` bytes, each in memory of its own size. */
static void read_in_steps(str in, size_t step, struct heard *h)
{
    static const struct rspamc_limits limits = {.line = 64, .pairs = 10, .length = 200};
    struct rspamc r;
    uint8_t waiting[1024];
    size_t waiting_n = 0;
    *h = (struct heard){.n = 0};
    rspamc_init(&r, &limits);
    for (size_t at = 0; at <= in.n; at += step) {
        str piece = str_first(str_from(in, at), step);
        struct rspamc_event event = {0};
        memcpy(waiting + waiting_n, piece.p, piece.n);
        str input = {waiting, waiting_n + piece.n};
        do
            rspamc_next(&r, &input, at + step > in.n, &event);
        while (hear_event(h, &r, &event));
        if (event.kind != RSPAMC_MORE)
            return;
        memmove(waiting, input.p, input.n);
        waiting_n = input.n;
    }
    fail_msg("it never ended: %s", h->p);
}

static void requests_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests_are_read_rows / sizeof *requests_are_read_rows; i++) {
        for (size_t step = 1; step < 400; step = step < 8 ? step + 1 : step * 3) {
            struct heard h;
            read_in_steps(requests_are_read_rows[i].in, step, &h);
            if (strcmp(h.p, requests_are_read_rows[i].want) != 0)
                fail_msg("%s (%zu): %s", requests_are_read_rows[i].about, step, h.p);
        }
    }
}

static void what_is_over_stays_over(void **state)
{
    (void)state;
    struct rspamc r;
    struct rspamc_event event;
    str input = S("nonsense\r\n");
    rspamc_init(&r, NULL);
    assert_int_equal(rspamc_next(&r, &input, false, &event), RSPAMC_BAD);
    input = S(CHECK);
    assert_int_equal(rspamc_next(&r, &input, false, &event), RSPAMC_BAD);
    assert_int_equal(r.fault, RSPAMC_FAULT_REQUEST);
    assert_string_equal(rspamc_fault_name(RSPAMC_FAULT_NONE), "none");
}

/* A message without a length is bounded too. */
static void no_message_is_endless(void **state)
{
    (void)state;
    static const struct rspamc_limits limits = {.length = 1000};
    struct rspamc r;
    struct rspamc_event event;
    str input = S(CHECK "\r\n");
    uint64_t shown = 0;
    rspamc_init(&r, &limits);
    assert_int_equal(rspamc_next(&r, &input, false, &event), RSPAMC_ENVELOPE);
    for (int i = 0; i < 200 && event.kind != RSPAMC_BAD; i++) {
        input = S("0123456789");
        while (rspamc_next(&r, &input, false, &event) == RSPAMC_BYTES)
            shown += event.value.n;
    }
    assert_int_equal(r.fault, RSPAMC_FAULT_MESSAGE_TOO_LONG);
    assert_int_equal(shown, 1000);
}

/* clang-format off */
#define KEEP(text) S_INIT(text)
static const struct {
    const char *about;
    str in;
    const char *want;
} fields_are_kept_rows[] = {
    {"none",                   KEEP("A: b\r\n\r\nResults: x\r\n"),                    ""},
    {"one",                    KEEP("A: b\r\nResults: x\r\nC: d\r\n\r\n"),            "Results: x\r\n|"},
    {"two, one folded",        KEEP("Results: x\r\n\ty\r\n z\r\nresults:\r\nC: d\r\n\r\n"), "Results: x\r\n\ty\r\n z\r\n|Results:\r\n|"},
    {"blanks before the colon", KEEP("RESULTS \t: x\r\n\r\n"),                        "Results: x\r\n|"},
    {"other names",            KEEP("Result: x\r\nResults2: x\r\nX-Results: x\r\nResults x: y\r\n\r\n"), ""},
    {"a fold of another's",    KEEP("A: b\r\n Results: x\r\n\r\n"),                   ""},
    {"a fold first of all",    KEEP(" Results: x\r\n\r\n"),                           ""},
    {"a name cut by a line end", KEEP("Resu\r\nResults\r\nResults: y\r\n\r\n"),       "Results: y\r\n|"},
    {"no line end",            KEEP("Results: x"),                                    "|"},
    {"no body",                KEEP("Results: x\r\n"),                                "Results: x\r\n|"},
};
/* clang-format on */

static void fields_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields_are_kept_rows / sizeof *fields_are_kept_rows; i++) {
        for (size_t step = 1; step < 40; step++) {
            struct arena a;
            struct rspamc_keep k;
            struct heard h = {.n = 0};
            str in = fields_are_kept_rows[i].in;
            arena_init(&a, NULL, 1 << 20);
            rspamc_keep_init(&k, &a, S("Results"));
            for (; in.n; in = str_from(in, step))
                rspamc_keep_bytes(&k, str_first(in, step));
            for (size_t nth = 1; nth <= k.n; nth++) {
                hear(&h, rspamc_keep_field(&k, nth));
                hear(&h, S("|"));
            }
            assert_int_equal(rspamc_keep_field(&k, 0).n + rspamc_keep_field(&k, k.n + 1).n, 0);
            if (strcmp(h.p, fields_are_kept_rows[i].want) != 0)
                fail_msg("%s (%zu): %s", fields_are_kept_rows[i].about, step, h.p);
            arena_free(&a);
        }
    }
}

/* What is too much is counted, and what follows it is kept again where there is room. */
static void keeping_is_bounded(void **state)
{
    (void)state;
    struct arena a;
    struct rspamc_keep k;
    arena_init(&a, NULL, 1 << 20);
    rspamc_keep_init(&k, &a, S("Results"));
    rspamc_keep_bytes(&k, S("Results: first\r\nResults: "));
    for (int i = 0; i < 1000; i++)
        rspamc_keep_bytes(&k, S("0123456789012345678901234567890123456789\r\n "));
    rspamc_keep_bytes(&k, S("end\r\nResults: third\r\n"));
    assert_int_equal(k.n, 3);
    assert_true(k.text.n < 100);
    assert_true(str_eq(rspamc_keep_field(&k, 1), S("Results: first\r\n")));
    assert_int_equal(rspamc_keep_field(&k, 2).n, 0);
    assert_true(str_eq(rspamc_keep_field(&k, 3), S("Results: third\r\n")));
    for (int i = 0; i < 100; i++)
        rspamc_keep_bytes(&k, S("Results: again\r\n"));
    assert_int_equal(k.n, 103);
    assert_true(rspamc_keep_field(&k, RSPAMC_KEPT_MAX).n > 0);
    assert_int_equal(rspamc_keep_field(&k, RSPAMC_KEPT_MAX + 1).n, 0);
    arena_free(&a);
}

#define STATUS(metric, action)                                                                               \
    "RSPAMD/1.3 0 EX_OK\r\nMetric: default; " metric " / 1.0 / 3.0\r\nAction: " action "\r\n"

static const str two_fields[] = {S_INIT("A-R: x;\r\n\ty=z\r\n"), S_INIT("B: \xc3\xbc\r\n")};
static const str some_removed[] = {S_INIT("A-R:2"), S_INIT("a-r:1"), S_INIT("X-Y"),
                                   S_INIT("<;x:3"), S_INIT("a*"),    S_INIT("")};
static const str wrong_ends[] = {S_INIT("B: c"),        S_INIT("B: c\n"),  S_INIT("B: c\r\nD\r\n"),
                                 S_INIT("B c\r\n"),     S_INIT(": c\r\n"), S_INIT("B: \0\r\n"),
                                 S_INIT("B: a\rb\r\n"), S_INIT("")};

/* clang-format off */
static const struct {
    const char *about;
    struct rspamc_answer answer;
    const char *want; /* NULL: refused */
} answers_are_written_rows[] = {
    {"accept", {.action = S_INIT("no action"), .id = S_INIT("abcdefghij")}, STATUS("False; 0.0", "no action") "Id: abcdefghij\r\n"},
    {"accept with fields, the topmost last", {.action = S_INIT("no action"), .fields = two_fields, .field_n = 2},
     STATUS("False; 0.0", "no action") ":at_start:B: \xc3\xbc\r\n:at_start:A-R: x;\r\n\ty=z\r\n"},
    {"reject", {.action = S_INIT("reject"), .code = 550, .enhanced = S_INIT("5.7.1"), .text = S_INIT("no (abc)")},
     STATUS("True; 3.0", "reject") "Reply: 550 5.7.1 no (abc)\r\n"},
    {"defer without an enhanced code", {.action = S_INIT("soft reject"), .code = 451, .text = S_INIT("later")},
     STATUS("True; 2.0", "soft reject") "Reply: 451 later\r\n"},
    {"quarantine", {.action = S_INIT("quarantine")}, STATUS("True; 1.0", "quarantine")},
    {"tag", {.action = S_INIT("add header")}, STATUS("True; 1.0", "add header")},
    {"names that go, each once, and what comes back",
     {.action = S_INIT("no action"), .removed = some_removed, .removed_n = 5, .kept = two_fields, .kept_n = 2, .fields = two_fields, .field_n = 1},
     STATUS("False; 0.0", "no action") "Removed: A-R:2 a-r:1 X-Y <;x:3 a*\r\nRemove: A-R:X-Y\r\n"
     ":after_received:B: \xc3\xbc\r\n:after_received:A-R: x;\r\n\ty=z\r\n:at_start:A-R: x;\r\n\ty=z\r\n"},
    {"a name that would be a list of Exim", {.action = S_INIT("no action"), .removed = some_removed + 3, .removed_n = 1},
     STATUS("False; 0.0", "no action") "Removed: <;x:3\r\n"},
    {"what cannot be put back is left out", {.action = S_INIT("no action"), .kept = wrong_ends, .kept_n = 8}, STATUS("False; 0.0", "no action")},
    {"no action at all", {.action = S_INIT("")}, NULL},
    {"a text with a line end", {.action = S_INIT("reject"), .code = 550, .text = S_INIT("a\r\n:at_start:X: y")}, NULL},
    {"a text with bytes", {.action = S_INIT("reject"), .code = 550, .text = S_INIT("\xc3\xbc")}, NULL},
    {"a code that is none", {.action = S_INIT("reject"), .code = 250, .text = S_INIT("a")}, NULL},
    {"a name that is empty", {.action = S_INIT("no action"), .removed = some_removed + 5, .removed_n = 1}, NULL},
    {"field: no end", {.action = S_INIT("no action"), .fields = wrong_ends, .field_n = 1}, NULL},
    {"field: LF alone", {.action = S_INIT("no action"), .fields = wrong_ends + 1, .field_n = 1}, NULL},
    {"field: two in one", {.action = S_INIT("no action"), .fields = wrong_ends + 2, .field_n = 1}, NULL},
    {"field: no colon", {.action = S_INIT("no action"), .fields = wrong_ends + 3, .field_n = 1}, NULL},
    {"field: no name", {.action = S_INIT("no action"), .fields = wrong_ends + 4, .field_n = 1}, NULL},
    {"field: NUL", {.action = S_INIT("no action"), .fields = wrong_ends + 5, .field_n = 1}, NULL},
    {"field: CR alone", {.action = S_INIT("no action"), .fields = wrong_ends + 6, .field_n = 1}, NULL},
};
/* clang-format on */

static void answers_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers_are_written_rows / sizeof *answers_are_written_rows; i++) {
        struct arena a;
        struct out o;
        struct heard h = {.n = 0};
        const char *want = answers_are_written_rows[i].want;
        arena_init(&a, NULL, 1 << 20);
        out_init(&o, &a);
        bool is_written = rspamc_write(&o, &answers_are_written_rows[i].answer);
        hear(&h, out_done(&o));
        if (is_written != (want != NULL) || strcmp(h.p, want ? want : "") != 0)
            fail_msg("%s: %s", answers_are_written_rows[i].about, h.p);
        arena_free(&a);
    }
}

/* Exim reads 32,599 bytes. What is put back goes first, our own fields never. */
static void answers_fit_into_exim(void **state)
{
    (void)state;
    struct arena a;
    struct out o;
    static uint8_t long_text[10000];
    arena_init(&a, NULL, 1 << 20);
    out_init(&o, &a);
    memset(long_text, 'x', sizeof long_text);
    memcpy(long_text, "A: ", 3);
    memcpy(long_text + sizeof long_text - 2, "\r\n", 2);
    str fields[4];
    for (size_t i = 0; i < 4; i++)
        fields[i] = (str){long_text, sizeof long_text};
    struct rspamc_answer answer = {
        .action = S("no action"), .fields = fields, .field_n = 2, .kept = fields, .kept_n = 4};
    assert_true(rspamc_write(&o, &answer));
    assert_true(o.n > 30000 && o.n <= RSPAMC_ANSWER_MAX);
    answer.field_n = 4;
    size_t before = o.n;
    assert_false(rspamc_write(&o, &answer));
    assert_int_equal(o.n, before);
    arena_free(&a);
}

static void short_answers_are_written(void **state)
{
    (void)state;
    struct arena a;
    struct out o;
    arena_init(&a, NULL, 1 << 16);
    out_init(&o, &a);
    rspamc_write_error(&o, RSPAMC_FAULT_LENGTH);
    rspamc_write_pong(&o);
    assert_true(str_eq(out_done(&o), S("RSPAMD/1.3 1 length\r\n\r\nRSPAMD/1.3 0 PONG\r\n\r\n")));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_read),     cmocka_unit_test(what_is_over_stays_over),
        cmocka_unit_test(no_message_is_endless), cmocka_unit_test(fields_are_kept),
        cmocka_unit_test(keeping_is_bounded),    cmocka_unit_test(answers_are_written),
        cmocka_unit_test(answers_fit_into_exim), cmocka_unit_test(short_answers_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
