/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/dkim_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkim_vectors.h"

#define MESSAGE HEADER "\r\n" BODY

enum { RECORDS_MAX = 10, NEUTRAL = INGAM_RESULT_NEUTRAL, FAIL = INGAM_RESULT_FAIL, PASS = INGAM_RESULT_PASS };

/* What the DNS says, whatever is asked. */
struct dns {
    enum ingam_status status;
    const char *records[RECORDS_MAX];
    size_t asked;
};

static void answer(void *context, const struct ingam_question *q, struct ingam_answer *a)
{
    static struct ingam_rr rrs[RECORDS_MAX];
    struct dns *dns = context;
    assert_int_equal(q->type, INGAM_RR_TXT);
    dns->asked++;
    a->status = dns->status;
    a->why = dns->status == INGAM_STATUS_FAILED ? "SERVFAIL" : NULL;
    a->rrs = rrs;
    for (a->rr_n = 0; a->rr_n < RECORDS_MAX && dns->records[a->rr_n]; a->rr_n++)
        rrs[a->rr_n].data = str_of(dns->records[a->rr_n]);
}

/* clang-format off */
/* One signature, one name to ask.   [RFC6376 3.6.2.1] [RFC6376 8.2] [RFC8463 5] [RFC6376 6.1.2] [RFC6376 6.1.3] [RFC6376 3.6.1] [RFC8601 2.7.1] [RFC8301 3.2] */
static const struct {
    const char *about;
    const char *message;
    enum ingam_status status;
    const char *records[RECORDS_MAX];
    enum ingam_result result;
    enum ingam_fault fault;
} rows[] = {
    {"relaxed/relaxed", SIG_RSA MESSAGE, INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"simple/simple", SIG_SIMPLE MESSAGE, INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"Ed25519", SIG_ED25519 MESSAGE, INGAM_STATUS_OK, {"k=ed25519; " P_ED25519}, PASS, 0},
    {"relaxed, respaced", SIG_RSA "FROM:A <a@author.example>\r\nTo:\r\n b@rcpt.example \r\nSubject: a test\r\n\r\n"
     "One line,\r\n another one. \r\n\r\nAnd the last.", INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"simple, a space more", SIG_SIMPLE HEADER "\r\n " BODY, INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_BODY_HASH},
    {"a field that is not signed", SIG_RSA "X: 1\r\n" MESSAGE, INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"a second Subject below", SIG_RSA HEADER "Subject: b\r\n\r\n" BODY, INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_SIGNATURE_WRONG},
    {"a second Subject on top", SIG_RSA "Subject: b\r\n" MESSAGE, INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"a body that is another", SIG_RSA HEADER "\r\nx", INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_BODY_HASH},
    {"no body", SIG_RSA HEADER, INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_BODY_HASH},
    {"body and header are others", SIG_RSA HEADER "Subject: b\r\n\r\nx", INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_BODY_HASH},
    {"bh= of another body", SIG_WRONG_BODY MESSAGE, INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_BODY_HASH},
    {"a bit of b=", SIG_WRONG_B MESSAGE, INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_SIGNATURE_WRONG},
    {"a key of another size", SIG_RSA MESSAGE, INGAM_STATUS_OK, {P_OTHER}, FAIL, FAULT_DKIM_SIGNATURE_WRONG},
    {"512 bits", SIG_TINY MESSAGE, INGAM_STATUS_OK, {P_TINY}, INGAM_RESULT_PERMERROR, FAULT_DKIM_KEY_TOO_SHORT},
    {"expired", SIG_EXPIRED MESSAGE, INGAM_STATUS_OK, {P_RSA}, INGAM_RESULT_PERMERROR, FAULT_DKIM_EXPIRED},
    {"signed in the future", SIG_FUTURE MESSAGE, INGAM_STATUS_OK, {P_RSA}, PASS, 0},

    {"a part of the body", SIG_PART MESSAGE, INGAM_STATUS_OK, {P_RSA}, INGAM_RESULT_POLICY, FAULT_DKIM_BODY_PARTLY_SIGNED},
    {"l= of all of it", SIG_WHOLE MESSAGE, INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"l= of all, and empty lines", SIG_WHOLE MESSAGE "\r\n\r\n", INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"l= of all, and a footer", SIG_WHOLE MESSAGE "--\r\n", INGAM_STATUS_OK, {P_RSA}, INGAM_RESULT_POLICY, FAULT_DKIM_BODY_PARTLY_SIGNED},
    {"l= of all, some missing", SIG_WHOLE HEADER "\r\nOne line,\r\n", INGAM_STATUS_OK, {P_RSA}, INGAM_RESULT_PERMERROR, FAULT_DKIM_LENGTH_BEYOND_BODY},
    {"l= larger than the body", SIG_LONG MESSAGE, INGAM_STATUS_OK, {P_RSA}, INGAM_RESULT_PERMERROR, FAULT_DKIM_LENGTH_BEYOND_BODY},
    {"a part, and a wrong header", SIG_PART HEADER "Subject: b\r\n\r\n" BODY, INGAM_STATUS_OK, {P_RSA}, FAIL, FAULT_DKIM_SIGNATURE_WRONG},

    {"no such name", SIG_RSA MESSAGE, INGAM_STATUS_NXDOMAIN, {0}, INGAM_RESULT_PERMERROR, FAULT_DKIM_KEY_MISSING},
    {"no such record", SIG_RSA MESSAGE, INGAM_STATUS_NODATA, {0}, INGAM_RESULT_PERMERROR, FAULT_DKIM_KEY_MISSING},
    {"no answer", SIG_RSA MESSAGE, INGAM_STATUS_FAILED, {0}, INGAM_RESULT_TEMPERROR, FAULT_DKIM_KEY_UNAVAILABLE},
    {"revoked", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"p="}, INGAM_RESULT_PERMERROR, FAULT_DKIM_KEY_REVOKED},
    {"the wrong key first", SIG_RSA MESSAGE, INGAM_STATUS_OK, {P_OTHER, P_RSA}, PASS, 0},
    {"the wrong key last", SIG_RSA MESSAGE, INGAM_STATUS_OK, {P_RSA, P_OTHER}, PASS, 0},
    {"other texts around", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"v=spf1 -all", "hello", P_RSA, "p="}, PASS, 0},
    {"the nearest of several is told", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"v=spf1 -all", "p=", "p=AAAA", "hello"}, INGAM_RESULT_PERMERROR, FAULT_DKIM_KEY_DATA},
    {"a key that can be used is nearer", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"p=AAAA", P_OTHER, P_TINY}, FAIL, FAULT_DKIM_SIGNATURE_WRONG},
    {"the eighth fits", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"1", "2", "3", "4", "5", "6", "7", P_RSA, "9"}, PASS, 0},
    {"the ninth is not tried", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"1", "2", "3", "4", "5", "6", "7", "8", P_RSA}, INGAM_RESULT_PERMERROR, FAULT_DKIM_KEY_TOO_MANY},
    {"t=s and i= of d=", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"t=s; " P_RSA}, PASS, 0},
    {"i= below d=", SIG_BELOW MESSAGE, INGAM_STATUS_OK, {P_RSA}, PASS, 0},
    {"t=s and i= below d=", SIG_BELOW MESSAGE, INGAM_STATUS_OK, {"t=s; " P_RSA}, INGAM_RESULT_PERMERROR, FAULT_DKIM_KEY_SUB_DOMAIN},
    {"a key on trial", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"t=y; " P_RSA}, PASS, 0},
    {"a key on trial, and a body that is another", SIG_RSA HEADER "\r\nx", INGAM_STATUS_OK, {"t=y; " P_RSA}, NEUTRAL, FAULT_DKIM_BODY_HASH},
    {"a key on trial that is none", SIG_RSA MESSAGE, INGAM_STATUS_OK, {"t=y; p=AAAA"}, NEUTRAL, FAULT_DKIM_KEY_DATA},
};
/* clang-format on */

static void expect_row(size_t i, size_t chunk, struct ingam_keys *keys)
{
    struct dns dns = {.status = rows[i].status};
    struct world w;
    memcpy(dns.records, rows[i].records, sizeof dns.records);
    world_init(&w);
    w.answer = answer;
    w.context = &dns;
    w.chunk = chunk;
    w.keys = keys;
    w.author_domain = S("author.example");
    assert_true(world_judge(&w, str_of(rows[i].message)));
    assert_int_equal(w.n, 1);
    if (w.list[0].result != rows[i].result || w.list[0].fault != rows[i].fault)
        fail_msg("%s: %s, %s", rows[i].about, ingam_result_name(w.list[0].result),
                 ingam_fault_row(w.list[0].fault)->name);
    assert_true(w.list[0].is_testing ==
                (rows[i].records[0] && str_starts(str_of(rows[i].records[0]), S("t=y"))));
    world_free(&w);
}

static void one_signature_fares(void **state)
{
    (void)state;
    struct ingam_keys *keys = ingam_keys_new(NULL, 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t chunk = 0; chunk < 4; chunk++) {
            expect_row(i, chunk, NULL);
            expect_row(i, chunk, keys);
        }
    ingam_keys_free(keys);
}

static void judge_all(struct world *w, struct dns *dns, const char *author_domain, const char *message)
{
    world_init(w);
    w->answer = answer;
    w->context = dns;
    w->author_domain = str_of(author_domain);
    assert_true(world_judge(w, str_of(message)));
}

static void a_part_may_do_where_the_site_says_so(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
    struct world w;
    world_init(&w);
    w.answer = answer;
    w.context = &dns;
    w.allow_partial_body = true;
    assert_true(world_judge(&w, S(SIG_PART MESSAGE)));
    assert_int_equal(w.list[0].result, PASS);
    assert_true(w.list[0].has_length && w.list[0].unsigned_bytes == 34);
    world_free(&w);
}

/* [RFC6376 3.11] */
static void the_outcome_tells_all(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
    struct world w;
    judge_all(&w, &dns, "author.example", "X: 1\r\n" SIG_BELOW HEADER "\r\nx");
    const struct ingam_dkim_outcome *o = w.list;
    assert_true(str_eq(o->domain, S("author.example")) && str_eq(o->selector, S("s")));
    assert_true(str_eq(o->algorithm, S("rsa-sha256")) && str_eq(o->auid, S("@x.author.example")));
    assert_true(o->key_bits == 1024 && o->field == 1 && !o->has_length && o->b_prefix.n == 8);
    assert_true(o->has_body_hash && !o->is_body_hash_right);
    assert_int_equal(o->body_hash_wanted[0], 0xec);
    uint8_t got[32];
    sha256_of(S("x\r\n"), got);
    assert_memory_equal(o->body_hash_got, got, 32);
    assert_non_null(dkim_key_at(w.check, 0));
    assert_ptr_equal(dkim_signature_at(w.check, 0)->field, &w.header.fields[1]);
    uint8_t digest[32];
    str signature = dkim_signature_at(w.check, 0)->signature;
    assert_true(public_key_recover(dkim_key_at(w.check, 0), signature, digest));
    assert_memory_equal(dkim_header_digest_at(w.check, 0), digest, 32);
    assert_null(dkim_key_at(w.check, 1));
    assert_null(dkim_signature_at(w.check, 1));
    assert_null(dkim_header_digest_at(w.check, 1));
    world_free(&w);
}

/* [RFC6008 3] */
static void b_prefix_has_no_white_space(void **state)
{
    (void)state;
    static const struct {
        const char *message, *want;
    } prefixes[] = {{"DKIM-Signature: b=AB\r\n CD EFGHIJ\r\n\r\n", "ABCDEFGH"},
                    {"DKIM-Signature: b=ABCDEFGHIJ\r\n\r\n", "ABCDEFGH"},
                    {"DKIM-Signature: b=ABC\r\n\r\n", "ABC"},
                    {"DKIM-Signature: b=A B\r\n\r\n", "AB"},
                    {"DKIM-Signature: v=1\r\n\r\n", ""}};
    struct dns dns = {0};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        struct world w;
        judge_all(&w, &dns, "", prefixes[i].message);
        assert_true(str_eq(w.list[0].b_prefix, str_of(prefixes[i].want)));
        world_free(&w);
    }
}

static void each_signature_stands_for_itself(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {P_RSA, "k=ed25519; " P_ED25519}, 0};
    struct world w;
    judge_all(&w, &dns, "author.example",
              SIG_WRONG_BODY SIG_ED25519 "DKIM-Signature: nonsense\r\n" SIG_OTHER SIG_RSA SIG_SIMPLE MESSAGE);
    static const enum ingam_fault want[] = {FAULT_DKIM_BODY_HASH, 0, FAULT_DKIM_SYNTAX, 0, 0, 0};
    assert_int_equal(w.n, 6);
    for (size_t i = 0; i < w.n; i++) {
        assert_int_equal(w.list[i].fault, want[i]);
        assert_int_equal(w.list[i].field, i);
    }
    assert_int_equal(dns.asked, 2);
    world_free(&w);
}

static void no_signature_is_no_outcome(void **state)
{
    (void)state;
    struct dns dns = {0};
    struct world w;
    judge_all(&w, &dns, "author.example", MESSAGE);
    assert_int_equal(w.n, 0);
    assert_null(dkim_bodies(w.check));
    assert_int_equal(w.trace.n, 1);
    assert_int_equal(w.trace.notes[0].rule, RULE_DKIM_NONE);
    world_free(&w);
}

#define TWO(x)  x x
#define FOUR(x) TWO(x) TWO(x)

/* [RFC6376 6.1] */
static void at_most_eight_are_tried(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
    struct world w;
    judge_all(&w, &dns, "author.example", FOUR(SIG_RSA) FOUR(SIG_RSA) MESSAGE);
    for (size_t i = 0; i < w.n; i++)
        assert_int_equal(w.list[i].result, PASS);
    world_free(&w);
    judge_all(&w, &dns, "author.example", FOUR(SIG_RSA) FOUR(SIG_RSA) SIG_RSA MESSAGE);
    assert_int_equal(w.n, 9);
    for (size_t i = 0; i < w.n; i++)
        assert_int_equal(w.list[i].fault, i < 8 ? FAULT_NONE : FAULT_DKIM_OVER_LIMIT);
    assert_int_equal(w.list[8].result, INGAM_RESULT_POLICY);
    assert_true(str_eq(w.list[8].domain, S("author.example")));
    assert_int_equal(w.trace.notes[0].rule, RULE_DKIM_NOT_TRIED);
    assert_int_equal(w.trace.notes[0].number[0], 1);
    world_free(&w);
}

static void those_of_the_author_are_tried_first(void **state)
{
    (void)state;
    static const char *const authors[] = {"author.example", "x.mail.author.example", "mail.author.example"};
    struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
    for (size_t i = 0; i < sizeof authors / sizeof *authors; i++) {
        struct world w;
        judge_all(&w, &dns, authors[i], FOUR(SIG_OTHER) FOUR(SIG_OTHER) SIG_RSA SIG_PARENT MESSAGE);
        assert_int_equal(w.n, 10);
        for (size_t k = 0; k < w.n; k++)
            assert_int_equal(w.list[k].fault, k < 6 || k > 7 ? FAULT_NONE : FAULT_DKIM_OVER_LIMIT);
        str first = w.facts.list[0]->name;
        assert_true(str_eq(first, S("s._domainkey.author.example")));
        world_free(&w);
    }
}

/* A header full of signatures: few are tried, some are listed, all are counted. */
static void thousands_are_counted_only(void **state)
{
    (void)state;
    enum { N = 4000 };
    struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
    static char message[N * 64 + 4096];
    size_t n = 0;
    for (size_t i = 0; i < N; i++)
        n += (size_t)snprintf(message + n, 64, "DKIM-Signature: d=other.example\r\n");
    snprintf(message + n, 4096, "%s", SIG_RSA MESSAGE);
    struct world w;
    judge_all(&w, &dns, "author.example", message);
    assert_int_equal(w.n, 64);
    assert_int_equal(w.list[63].result, PASS);
    assert_int_equal(w.list[63].field, N);
    assert_int_equal(w.list[6].fault, FAULT_DKIM_V_MISSING);
    assert_int_equal(w.list[7].fault, FAULT_DKIM_OVER_LIMIT);
    assert_int_equal(w.trace.notes[0].number[0], N + 1 - 8);
    world_free(&w);
}

static void questions_can_be_used_up(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
    struct world w;
    world_init(&w);
    w.limits.questions = 5;
    w.answer = answer;
    w.context = &dns;
    w.author_domain = S("other.example");
    assert_true(world_judge(&w, S(SIG_RSA SIG_OTHER MESSAGE)));
    assert_int_equal(w.list[0].fault, FAULT_DKIM_KEY_NOT_ASKED);
    assert_int_equal(w.list[0].result, INGAM_RESULT_PERMERROR);
    assert_int_equal(w.list[1].result, PASS);
    world_free(&w);
}

static void the_deadline_is_a_temporary_error(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
    struct world w;
    judge_all(&w, &dns, "", SIG_RSA MESSAGE);
    world_free(&w);
    world_init(&w);
    arena_init(&w.arena, NULL, WORLD_ARENA);
    facts_init(&w.facts, &w.arena, 64);
    w.run = (struct method_run){&w.facts, &w.arena, NULL, &w.limits, 0};
    assert_true(mail_header_of(S(SIG_RSA HEADER), &w.arena, &w.limits, &w.header));
    w.check = dkim_begin(&w.run, &w.header, S(""), NULL, false);
    assert_int_equal(dkim_eval(&w.run, w.check, false, &w.list, &w.n), PENDING);
    dkim_body_end(dkim_bodies(w.check));
    assert_int_equal(dkim_eval(&w.run, w.check, true, &w.list, &w.n), PENDING);
    facts_close(&w.facts, "deadline");
    assert_int_equal(dkim_eval(&w.run, w.check, true, &w.list, &w.n), DONE);
    assert_int_equal(w.list[0].result, INGAM_RESULT_TEMPERROR);
    world_free(&w);
}

static bool has_note(const struct world *w, enum ingam_rule rule, enum ingam_fault fault)
{
    for (size_t i = 0; i < w->trace.n; i++)
        if (w->trace.notes[i].rule == rule && w->trace.notes[i].fault == fault)
            return true;
    return false;
}

static void the_trace_tells_the_story(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {"t=y; " P_RSA}, 0};
    struct world w;
    char text[512];
    judge_all(&w, &dns, "author.example",
              SIG_FUTURE SIG_PART "DKIM-Signature: v=1; d=x.example; !\r\n" HEADER "\r\nAnother");
    assert_true(has_note(&w, RULE_DKIM_SIGNATURE, 0) && has_note(&w, RULE_DKIM_SIGNED, 0));
    assert_true(has_note(&w, RULE_DKIM_CLOCK, 0) && has_note(&w, RULE_DKIM_EXPIRY, 0));
    assert_true(has_note(&w, RULE_DKIM_KEY, 0) && has_note(&w, RULE_DKIM_TESTING, 0));
    assert_true(has_note(&w, RULE_DKIM_BODY, FAULT_DKIM_BODY_HASH) && has_note(&w, RULE_DKIM_LENGTH, 0));
    assert_true(has_note(&w, RULE_DKIM_HEADER, 0) && has_note(&w, RULE_DKIM_FIELD, FAULT_DKIM_SYNTAX));
    assert_true(has_note(&w, RULE_DKIM_RESULT, FAULT_DKIM_BODY_HASH));
    const struct ingam_note *body = w.trace.notes;
    while (body->rule != RULE_DKIM_BODY)
        body++;
    ingam_note_text(body, text, sizeof text);
    assert_non_null(strstr(text, "got lK3BipEWZ3+tQCJURxuhYiLvGwAVXaYo6tz+T7aJCrk= over 9 canonical bytes"));
    const struct ingam_note *last = &w.trace.notes[w.trace.n - 2];
    assert_true(last->rule == RULE_DKIM_FIELD && last->subject == 2 && last->record.p[last->at] == '!');
    world_free(&w);
}

static void a_key_record_that_is_refused_is_shown(void **state)
{
    (void)state;
    struct dns dns = {INGAM_STATUS_OK, {"v=DKIM1; k=rsa; p=AA-A"}, 0};
    struct world w;
    judge_all(&w, &dns, "", SIG_RSA MESSAGE);
    const struct ingam_note *note = w.trace.notes;
    while (note->rule != RULE_DKIM_KEY_REFUSED)
        note++;
    assert_true(note->fault == FAULT_DKIM_KEY_BASE64 && note->at == 20 && note->record.p[note->at] == '-');
    world_free(&w);
}

/* Memory that ends at any byte: said, or the same verdict. */
static void little_memory_changes_no_verdict(void **state)
{
    (void)state;
    size_t whole = 0;
    for (size_t cap = 1000; cap < 60000; cap += 500) {
        struct dns dns = {INGAM_STATUS_OK, {P_RSA}, 0};
        struct world w;
        world_init(&w);
        w.answer = answer;
        w.context = &dns;
        w.arena_cap = cap;
        bool has_memory = world_judge(&w, S(SIG_RSA SIG_OTHER SIG_SIMPLE SIG_PART MESSAGE));
        whole += has_memory;
        for (size_t i = 0; has_memory && i < 4; i++)
            assert_int_equal(w.list[i].fault, i < 3 ? FAULT_NONE : FAULT_DKIM_BODY_PARTLY_SIGNED);
        world_free(&w);
    }
    assert_true(whole > 10 && whole < 118);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_signature_fares),
        cmocka_unit_test(a_part_may_do_where_the_site_says_so),
        cmocka_unit_test(the_outcome_tells_all),
        cmocka_unit_test(b_prefix_has_no_white_space),
        cmocka_unit_test(each_signature_stands_for_itself),
        cmocka_unit_test(no_signature_is_no_outcome),
        cmocka_unit_test(at_most_eight_are_tried),
        cmocka_unit_test(those_of_the_author_are_tried_first),
        cmocka_unit_test(thousands_are_counted_only),
        cmocka_unit_test(questions_can_be_used_up),
        cmocka_unit_test(the_deadline_is_a_temporary_error),
        cmocka_unit_test(the_trace_tells_the_story),
        cmocka_unit_test(a_key_record_that_is_refused_is_shown),
        cmocka_unit_test(little_memory_changes_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
