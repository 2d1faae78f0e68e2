/* SPDX-License-Identifier: BSD-2-Clause */
/* exp=, Received-SPF and the public face.                     [RFC7208 6.2] [RFC7208 9.1] [RFC7208 4.6.4] */
#include "spf_world.h"

#include "spf/spf.h"
#include <stdlib.h>

#define V4   "192.0.2.1"
#define ME   "a@d.example"
#define REV4 "1.2.0.192.in-addr.arpa"
#define EXP  TXT("d.example", "v=spf1 -all exp=e.example")

/* [RFC7208 6.2] */
static const struct {
    const char *about, *zone, *ip, *mail_from, *want;
    enum fault_short fault; /* of the note that says why there is none */
} texts[] = {
    {"plain", EXP TXT("e.example", "No  mail, please."), V4, ME, "No  mail, please.", FAULT_NONE},
    {"no exp", TXT("d.example", "v=spf1 -all"), V4, ME, "", FAULT_NONE},
    {"only for fail", TXT("d.example", "v=spf1 ~all exp=e.example") TXT("e.example", "x"), V4, ME, "",
     FAULT_NONE},
    {"the last dot of a text stays", EXP TXT("e.example", "%{d}."), V4, ME, "d.example.", FAULT_NONE},
    {"address", EXP TXT("e.example", "%{c} %{i} %{ir}.%{v}.arpa"), V4, ME,
     "192.0.2.1 192.0.2.1 1.2.0.192.in-addr.arpa", FAULT_NONE},
    {"IPv6 address", EXP TXT("e.example", "%{c} %{i}"), "2001:DB8::CB01", ME,
     "2001:db8::cb01 2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1", FAULT_NONE},
    {"receiver and time", EXP TXT("e.example", "%{r} at %{t}"), V4, ME, "mx.receiver.example at 0",
     FAULT_NONE},
    {"sender", EXP TXT("e.example", "%{s} %{l} %{o} %{h}"), V4, ME, "a@d.example a d.example mta.example.net",
     FAULT_NONE},
    {"no local-part", EXP TXT("e.example", "%{l}"), V4, "@d.example", "postmaster",
     FAULT_NONE}, /* [RFC7208 4.3] */
    {"URL", EXP TXT("e.example", "http://%{d}/why.html?s=%{S}&i=%{I}"), V4, "a+b@d.example",
     "http://d.example/why.html?s=a%2Bb%40d.example&i=192.0.2.1", FAULT_NONE},
    {"validated name", EXP TXT("e.example", "%{p}") PTR(REV4, "h.example") A("h.example", V4), V4, ME,
     "h.example", FAULT_NONE},
    {"name with macros", TXT("d.example", "v=spf1 -all exp=%{ir}.%{d}") TXT("1.2.0.192.d.example", "x"), V4,
     ME, "x", FAULT_NONE},
    {"strings are joined", EXP "e.example 300 IN TXT \"a\" \"b\"\n", V4, ME, "ab", FAULT_NONE},
    {"empty text", EXP "e.example 300 IN TXT \"\"\n", V4, ME, "", FAULT_NONE},
    {"missing", EXP, V4, ME, "", FAULT_SPF_EXP_DNS},
    {"no TXT there", EXP A("e.example", V4), V4, ME, "", FAULT_SPF_EXP_DNS},
    {"time-out", EXP DEAD("e.example"), V4, ME, "", FAULT_SPF_EXP_DNS},
    {"two texts", EXP TXT("e.example", "a") TXT("e.example", "b"), V4, ME, "", FAULT_SPF_EXP_SEVERAL},
    {"unknown letter", EXP TXT("e.example", "The %{x}-files."), V4, ME, "", FAULT_SPF_EXP_SYNTAX},
    {"bare percent", EXP TXT("e.example", "100% %(d)"), V4, ME, "", FAULT_SPF_EXP_SYNTAX},
    {"high bytes", EXP TXT("e.example", "\\195\\175"), V4, ME, "", FAULT_SPF_EXP_BYTE},
    {"control bytes", EXP TXT("e.example", "a\\013\\010b"), V4, ME, "", FAULT_SPF_EXP_BYTE},
    {"high bytes by a macro", EXP TXT("e.example", "%{l}"), V4, "\xc3\xb6@d.example", "", FAULT_SPF_EXP_BYTE},
    {"escaped they are ASCII", EXP TXT("e.example", "%{L}"), V4, "\xc3\xb6@d.example", "%C3%B6", FAULT_NONE},
    {"name cannot be asked", TXT("d.example", "v=spf1 -all exp=e..example"), V4, ME, "", FAULT_SPF_EXP_NAME},
    {"included exp is never used",
     TXT("d.example", "v=spf1 -include:i.example") TXT("i.example", "v=spf1 +all exp=e.example")
         TXT("e.example", "x"),
     V4, ME, "", FAULT_NONE},
    {"nor that of an inner fail",
     TXT("d.example", "v=spf1 include:i.example -all exp=e.example")
         TXT("i.example", "v=spf1 -all exp=f.example") TXT("e.example", "%{d}") TXT("f.example", "f"),
     V4, ME, "d.example", FAULT_NONE},
    {"redirect: the target's",
     TXT("d.example", "v=spf1 redirect=r.example exp=f.example") TXT("r.example", "v=spf1 -all exp=e.example")
         TXT("e.example", "%{d} %{o}") TXT("f.example", "f"),
     V4, ME, "r.example d.example", FAULT_NONE},
    {"redirect: or none",
     TXT("d.example", "v=spf1 redirect=r.example exp=f.example") TXT("r.example", "v=spf1 -all")
         TXT("f.example", "f"),
     V4, ME, "", FAULT_NONE},
};

/* ret  the fault of the note that says why there is no explanation */
static enum ingam_fault left_out(const struct world *w)
{
    const struct ingam_note *notes;
    size_t n = ingam_spf_notes(w->spf, &notes);
    for (size_t i = 0; i < n; i++)
        if (notes[i].rule == INGAM_RULE_SPF_NO_EXPLANATION)
            return notes[i].fault;
    return INGAM_FAULT_NONE;
}

static void explanations(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct world w = world_of(texts[i].zone, texts[i].ip, texts[i].mail_from);
        wrong +=
            world_differs(texts[i].about, "the explanation", texts[i].want, world_judge(&w)->explanation);
        wrong += world_fault_differs(texts[i].about, texts[i].fault, left_out(&w));
        world_free(&w);
    }
    assert_int_equal(wrong, 0);
}

/* ret  the explanation's length where the text is n times %{l} and the local-part has 100 bytes */
static size_t explanation_n(size_t n)
{
    struct text zone = {.n = 0};
    char mail_from[128];
    add(&zone, "%se.example 300 IN TXT \"", EXP);
    for (size_t i = 0; i < n; i++)
        add(&zone, "%%{l}");
    add(&zone, "\"\n");
    memset(mail_from, 'a', 100);
    memcpy(mail_from + 100, "@d.example", 11);
    struct world w = world_of(zone.p, V4, mail_from);
    size_t got = world_judge(&w)->explanation.n;
    assert_int_equal(left_out(&w), got ? INGAM_FAULT_NONE : INGAM_FAULT_SPF_EXP_LENGTH);
    world_free(&w);
    return got;
}

static void explanations_have_a_length(void **state)
{
    (void)state;
    assert_int_equal(explanation_n(10), 1000);
    assert_int_equal(explanation_n(11), 0);
}

/* [RFC7208 9.1] */
static void the_field_is_written(void **state)
{
    static const struct {
        const char *zone, *ip, *helo, *mail_from, *want;
    } rows[] = {
        {TXT("d.example", "v=spf1 ip4:192.0.2.0/24 -all"), V4, "mta.example.net", ME,
         "pass (mx.receiver.example: domain of d.example designates\r\n\t192.0.2.1 as permitted sender) "
         "receiver=mx.receiver.example;\r\n\tclient-ip=192.0.2.1; envelope-from=\"a@d.example\";\r\n\t"
         "helo=mta.example.net; mechanism=\"ip4:192.0.2.0/24\"; identity=mailfrom"},
        {TXT("d.example", "v=spf1 -all"), "2001:db8::1", "x", ME,
         "fail (mx.receiver.example: domain of d.example\r\n\tdoes not designate 2001:db8::1 as permitted "
         "sender)\r\n\t"
         "receiver=mx.receiver.example; client-ip=\"2001:db8::1\";\r\n\t"
         "envelope-from=\"a@d.example\"; helo=x; mechanism=-all; identity=mailfrom"},
        {TXT("d.example", "v=spf1 moo"), V4, "x", ME,
         "permerror (mx.receiver.example: domain of d.example\r\n\thas no usable record for 192.0.2.1) "
         "receiver=mx.receiver.example;\r\n\tclient-ip=192.0.2.1; envelope-from=\"a@d.example\"; "
         "helo=x;\r\n\t"
         "problem=\"no mechanism of this name exists\"; identity=mailfrom"},
        {TXT("h.example", "v=spf1"), V4, "h.example", NULL,
         "neutral (mx.receiver.example: domain of h.example\r\n\tsays nothing about 192.0.2.1) "
         "receiver=mx.receiver.example;\r\n\tclient-ip=192.0.2.1; helo=h.example; mechanism=default; "
         "identity=helo"},
        /* nothing from outside can end the field, a comment or a string */
        {TXT("h.example", "v=spf1"), V4, "a\r\nX: y)\"\\", "b\"\r\n@h.ex(ample",
         "none (mx.receiver.example: this sender has no SPF record; client\r\n\t192.0.2.1) "
         "receiver=mx.receiver.example; client-ip=192.0.2.1;\r\n\tenvelope-from=\"b\\\"?\?@h.ex(ample\"; "
         "helo=\"a?\?X: y)\\\"\\\\\";\r\n\tidentity=mailfrom"},
    };
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w = world_of(rows[i].zone, rows[i].ip, rows[i].mail_from);
        w.helo = rows[i].helo;
        world_judge(&w);
        wrong += world_differs("field", "the body", rows[i].want, ingam_spf_received(w.spf));
        world_free(&w);
    }
    assert_int_equal(wrong, 0);
}

static void long_texts_do_not_make_long_lines(void **state)
{
    char mail_from[2048];
    (void)state;
    memset(mail_from, '"', 2000);
    memcpy(mail_from + 2000, "@d.example", 11);
    struct world w = world_of(TXT("d.example", "v=spf1"), V4, mail_from);
    world_judge(&w);
    str field = ingam_spf_received(w.spf);
    while (field.n) {
        size_t line_n = str_find(field, '\n');
        assert_true(line_n < 998); /* [RFC5322 2.1.1] */
        field = str_from(field, line_n + 1);
    }
    world_free(&w);
}

static const struct ingam_note *note_of(const struct world *w, enum ingam_rule rule)
{
    const struct ingam_note *notes;
    size_t n = ingam_spf_notes(w->spf, &notes);
    for (size_t i = 0; i < n; i++)
        if (notes[i].rule == rule)
            return &notes[i];
    fail_msg("no note by rule %s", ingam_rule_row(rule)->name);
    return NULL;
}

/* ret  the whole story of MAIL FROM, one note a line */
static void tell(const struct world *w, char *story, size_t cap)
{
    const struct ingam_note *notes;
    size_t n = ingam_spf_notes(w->spf, &notes);
    size_t at = 0;
    for (size_t i = 0; i < n && at + 1 < cap; i++) {
        if (notes[i].subject != 0)
            continue;
        at += ingam_note_text(&notes[i], story + at, cap - at);
        if (at + 1 < cap)
            story[at++] = '\n';
    }
    story[at < cap ? at : cap - 1] = 0;
}

static void the_trace_tells_each_term(void **state)
{
    char story[4096];
    (void)state;
    struct world w =
        world_of(TXT("d.example", "v=spf1 a:none.example include:i.example ip4:192.0.2.9 mx -all")
                     TXT("i.example", "v=spf1 redirect=r.example") TXT("r.example", "v=spf1 ip6:::1 ~all")
                         MX("d.example", "m.example") A("m.example", V4),
                 V4, ME);
    world_judge(&w);
    tell(&w, story, sizeof story);
    assert_string_equal(
        story,
        "MAIL FROM: the domain to check is d.example\n"
        "d.example publishes v=spf1 a:none.example include:i.example ip4:192.0.2.9 mx -all\n"
        "a:none.example does not match (addresses of none.example); lookups 1/10, void 1/2, depth 0\n"
        "include:i.example: now the record of i.example; lookups 2/10, void 1/2, depth 0\n"
        "i.example publishes v=spf1 redirect=r.example\n"
        "redirect=r.example: now the record of r.example instead; lookups 3/10, void 1/2, depth 1\n"
        "r.example publishes v=spf1 ip6:::1 ~all\n"
        "ip6:::1 does not match; lookups 3/10, void 1/2, depth 1\n"
        "~all matches\n"
        "include:i.example does not match: the record of that domain says softfail; lookups 3/10, void "
        "1/2, depth 0\n"
        "ip4:192.0.2.9 does not match; lookups 3/10, void 1/2, depth 0\n"
        "mx matches (mail exchangers of d.example); lookups 4/10, void 1/2, depth 0\n"
        "MAIL FROM: pass for d.example; lookups 4/10, void 1/2\n");
    world_free(&w);
}

static void errors_point_at_their_byte(void **state)
{
    (void)state;
    struct world w = world_of(TXT("d.example", "v=spf1 a include:i.example -all") A("d.example", "192.0.2.9")
                                  TXT("i.example", "v=spf1 ip4:1.2.3"),
                              V4, ME);
    world_judge(&w);
    const struct ingam_note *note = note_of(&w, INGAM_RULE_SPF_SYNTAX);
    assert_int_equal(note->fault, INGAM_FAULT_SPF_IP4);
    assert_true(str_eq(note->record, S("v=spf1 ip4:1.2.3")));
    assert_int_equal(note->at, 11);
    world_free(&w);

    w = world_of(TXT("d.example", "v=spf1 a include:i.example -all") A("d.example", "192.0.2.9"), V4, ME);
    world_judge(&w);
    note = note_of(&w, INGAM_RULE_SPF_STOP);
    assert_int_equal(note->fault, INGAM_FAULT_SPF_INCLUDE_NONE);
    assert_int_equal(note->at, 9);
    world_free(&w);
}

static void many_terms_are_not_all_told(void **state)
{
    struct arena arena;
    struct out o;
    (void)state;
    arena_init(&arena, NULL, 1 << 20);
    out_init(&o, &arena);
    out_z(&o, "d.example 300 IN TXT \"v=spf1\"");
    for (size_t i = 0; i < 300; i++)
        out_z(&o, " \" ip4:192.0.2.9\"");
    out_z(&o, " \" -all\"\n");
    out_byte(&o, 0);
    struct world w = world_of((const char *)out_done(&o).p, V4, ME);
    assert_int_equal(world_judge(&w)->result, INGAM_RESULT_FAIL);
    assert_int_equal(note_of(&w, INGAM_RULE_SPF_MORE)->number[0], 300 - 256);
    world_free(&w);
    arena_free(&arena);
}

static struct ingam_spf *new_spf(struct ingam_config *config)
{
    const struct ingam_envelope env = {
        .ip = S(V4), .helo = S("mta.example.net"), .mail_from = S(ME), .has_mail_from = true};
    ingam_limits_default(&config->limits);
    return ingam_spf_new(config, &env, 1000);
}

static void calls_out_of_order(void **state)
{
    struct ingam_config config = {.no_trace = true};
    struct ingam_question q1, q2, q3;
    (void)state;
    struct ingam_spf *spf = new_spf(&config);
    assert_null(ingam_spf_outcome(spf));
    assert_int_equal(ingam_spf_next(spf, 1000, &q1), INGAM_WANT_ANSWER);
    assert_int_equal(ingam_spf_next(spf, 1000, &q2), INGAM_WANT_ANSWER);
    assert_int_equal(ingam_spf_next(spf, 1000, &q3), INGAM_WANT_ANSWER);
    assert_true(q1.id && q2.id);
    assert_int_equal(q3.id, 0);
    struct ingam_answer a = {.id = 99, .status = INGAM_STATUS_NXDOMAIN};
    assert_int_equal(ingam_spf_answer(spf, &a), INGAM_ERR_ORDER);
    a.id = q1.id;
    assert_int_equal(ingam_spf_answer(spf, &a), INGAM_OK);
    assert_int_equal(ingam_spf_answer(spf, &a), INGAM_ERR_ORDER);
    a.id = q2.id;
    assert_int_equal(ingam_spf_answer(spf, &a), INGAM_OK);
    assert_int_equal(ingam_spf_next(spf, 1000, &q3), INGAM_WANT_NOTHING);
    assert_int_equal(ingam_spf_outcome(spf)->result, INGAM_RESULT_NONE);
    assert_int_equal(ingam_spf_answer(spf, &a), INGAM_ERR_ORDER);
    ingam_spf_free(spf);
    ingam_spf_free(NULL);
}

/* At least 20 seconds, then temperror.                                                           [RFC7208 4.6.4] */
static void the_deadline_ends_it(void **state)
{
    struct ingam_config config = {.no_trace = true};
    struct ingam_question q;
    (void)state;
    struct ingam_spf *spf = new_spf(&config);
    assert_true(config.limits.deadline_ms >= 20000);
    assert_int_equal(ingam_spf_next(spf, 1000 + config.limits.deadline_ms - 1, &q), INGAM_WANT_ANSWER);
    assert_int_equal(ingam_spf_next(spf, 1000 + config.limits.deadline_ms, &q), INGAM_WANT_NOTHING);
    assert_int_equal(ingam_spf_outcome(spf)->result, INGAM_RESULT_TEMPERROR);
    assert_int_equal(ingam_spf_outcome(spf)->fault, INGAM_FAULT_SPF_DNS);
    ingam_spf_free(spf);
}

/* An allocator that says no at the n-th call. */
struct stingy {
    size_t left;
    size_t out;
};

static void *stingy_get(void *context, size_t n)
{
    struct stingy *s = context;
    if (s->left == 0)
        return NULL;
    s->left--;
    s->out++;
    return malloc(n);
}

static void stingy_put(void *context, void *p)
{
    struct stingy *s = context;
    s->out--;
    free(p);
}

static void answer_all(struct ingam_spf *spf, struct ingam_zone *zone)
{
    struct ingam_question q;
    struct ingam_answer a;
    while (ingam_spf_next(spf, 1000, &q) == INGAM_WANT_ANSWER && q.id) {
        ingam_zone_answer(zone, &q, &a);
        ingam_spf_answer(spf, &a);
    }
}

/* No memory: no outcome, no leak, no crash; enough of it: the right one. */
static void memory_may_end(void **state)
{
    static const char text[] =
        TXT("d.example", "v=spf1 mx exists:%{p}.%{ir}.x.example include:i.example -all exp=e.example")
            TXT("i.example", "v=spf1 a -all") MX("d.example", "m.example") A("m.example", "192.0.2.9")
                PTR(REV4, "m.example") TXT("e.example", "%{s}%{p}");
    size_t refused = 0;
    (void)state;
    for (size_t cap = 0; cap < 40000; cap += 256) {
        struct stingy stingy = {.left = cap / 256};
        struct ingam_config config = {.alloc = {stingy_get, stingy_put, &stingy}};
        struct ingam_zone *zone = world_zone(text);
        struct ingam_spf *spf = new_spf(&config);
        if (spf)
            answer_all(spf, zone);
        const struct ingam_spf_outcome *out = spf ? ingam_spf_outcome(spf) : NULL;
        refused += out == NULL;
        if (out)
            assert_int_equal(out->result, INGAM_RESULT_FAIL);
        ingam_spf_free(spf);
        ingam_zone_free(zone);
        assert_int_equal(stingy.out, 0);
    }
    assert_true(refused > 0 && refused < 40000 / 256);
}

/* The same with the arena's cap instead of the allocator. */
static void the_cap_may_be_reached(void **state)
{
    static const char text[] =
        TXT("d.example", "v=spf1 mx exists:%{p}.%{ir}.x.example include:i.example -all exp=e.example")
            TXT("i.example", "v=spf1 a -all") MX("d.example", "m.example") A("m.example", "192.0.2.9")
                PTR(REV4, "m.example") TXT("e.example", "%{s}%{p}");
    const struct ingam_envelope env = {
        .ip = S(V4), .helo = S("mta.example.net"), .mail_from = S(ME), .has_mail_from = true};
    size_t refused = 0;
    (void)state;
    for (size_t cap = 0; cap < 40000; cap += 100) {
        struct ingam_config config = {.no_trace = false};
        struct ingam_zone *zone = world_zone(text);
        ingam_limits_default(&config.limits);
        config.limits.arena = cap;
        struct ingam_spf *spf = ingam_spf_new(&config, &env, 1000);
        if (spf)
            answer_all(spf, zone);
        const struct ingam_spf_outcome *out = spf ? ingam_spf_outcome(spf) : NULL;
        refused += out == NULL;
        if (out)
            assert_int_equal(out->result, INGAM_RESULT_FAIL);
        ingam_spf_free(spf);
        ingam_zone_free(zone);
    }
    assert_true(refused > 0 && refused < 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explanations),
        cmocka_unit_test(explanations_have_a_length),
        cmocka_unit_test(the_field_is_written),
        cmocka_unit_test(long_texts_do_not_make_long_lines),
        cmocka_unit_test(the_trace_tells_each_term),
        cmocka_unit_test(errors_point_at_their_byte),
        cmocka_unit_test(many_terms_are_not_all_told),
        cmocka_unit_test(calls_out_of_order),
        cmocka_unit_test(the_deadline_ends_it),
        cmocka_unit_test(memory_may_end),
        cmocka_unit_test(the_cap_may_be_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
