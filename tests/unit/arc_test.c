/* SPDX-License-Identifier: BSD-2-Clause */
/* ARC fields as chains: what is one, and what is wrong with the others; which keys are asked for.   [RFC8617 4] [RFC8617 5.2] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/arc_world.h"

static struct signer signer;

#define AAR(i) "ARC-Authentication-Results: i=" i "; mx.example; none\r\n"
#define AMS(i)                                                                                               \
    "ARC-Message-Signature: i=" i "; a=rsa-sha256; d=author.example; s=rsa; h=from; c=relaxed/relaxed;\r\n"  \
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
#define AS(i, cv)  "ARC-Seal: i=" i "; a=rsa-sha256; cv=" cv "; d=author.example; s=rsa; b=AAAA\r\n"
#define SET(i, cv) AS(i, cv) AMS(i) AAR(i)
#define FROM       "From: a@author.example\r\n\r\n"

/* `wrong`: the text at the byte that is to blame; empty where no single byte is. PENDING is shown as no fault. */
static const struct {
    const char *about;
    str message;
    enum ingam_fault want;
    const char *wrong;
} structures[] = {
    {"a set", S_INIT(SET("1", "none") FROM), INGAM_FAULT_NONE, ""},
    {"two sets", S_INIT(SET("2", "pass") SET("1", "none") FROM), INGAM_FAULT_NONE, ""},
    {"order does not matter", S_INIT(AAR("1") SET("2", "pass") AMS("1") AS("1", "none") FROM),
     INGAM_FAULT_NONE, ""},
    {"a leading zero", S_INIT(SET("01", "none") FROM), INGAM_FAULT_NONE, ""},
    {"tags that are not known",
     S_INIT(
         "ARC-Seal: x=y; i=1; v=9; l=z; c=q; a=rsa-sha256; cv=none; d=author.example; s=rsa; b=AAAA\r\n" AMS(
             "1") AAR("1") FROM),
     INGAM_FAULT_NONE, ""},
    {"comments around the instance",
     S_INIT(AS("1", "none")
                AMS("1") "ARC-Authentication-Results: (a (b)) i (c) = (d)\r\n\t1 (e\\)) ; x; none\r\n" FROM),
     INGAM_FAULT_NONE, ""},
    {"no names at all",
     S_INIT(AS("1", "none") "ARC-Message-Signature: i=1; a=rsa-sha256; d=author.example; s=rsa; h=; "
                            "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n" AAR("1") FROM),
     INGAM_FAULT_NONE, ""},
    {"an older message signature that cannot be read whole",
     S_INIT(SET("2", "pass") AS("1", "none") AAR("1") "ARC-Message-Signature: i=1; a=?\r\n" FROM),
     INGAM_FAULT_NONE, ""},

    {"no seal", S_INIT(AMS("1") AAR("1") FROM), INGAM_FAULT_ARC_INCOMPLETE, ""},
    {"no message signature", S_INIT(AS("1", "none") AAR("1") FROM), INGAM_FAULT_ARC_INCOMPLETE, ""},
    {"no results", S_INIT(AS("1", "none") AMS("1") FROM), INGAM_FAULT_ARC_INCOMPLETE, ""},
    {"it begins with 2", S_INIT(SET("2", "pass") FROM), INGAM_FAULT_ARC_INCOMPLETE, ""},
    {"a gap", S_INIT(SET("3", "pass") SET("1", "none") FROM), INGAM_FAULT_ARC_INCOMPLETE, ""},
    {"two seals", S_INIT(AS("1", "none") SET("1", "none") FROM), INGAM_FAULT_ARC_TWICE, ""},
    {"two message signatures", S_INIT(AMS("1") SET("1", "none") FROM), INGAM_FAULT_ARC_TWICE, ""},
    {"two results", S_INIT(AAR("1") SET("1", "none") FROM), INGAM_FAULT_ARC_TWICE, ""},

    {"no instance", S_INIT(AS("1", "none") AMS("1") "ARC-Authentication-Results: x; none\r\n" FROM),
     INGAM_FAULT_ARC_INSTANCE, "x; none"},
    {"results: empty", S_INIT(AS("1", "none") AMS("1") "ARC-Authentication-Results: i=; x; none\r\n" FROM),
     INGAM_FAULT_ARC_INSTANCE, "; x; none"},
    {"results: behind the id",
     S_INIT(AS("1", "none") AMS("1") "ARC-Authentication-Results: x; i=1; none\r\n" FROM),
     INGAM_FAULT_ARC_INSTANCE, "x; i=1"},
    {"results: capital", S_INIT(AS("1", "none") AMS("1") "ARC-Authentication-Results: I=1; x; none\r\n" FROM),
     INGAM_FAULT_ARC_INSTANCE, "I=1"},
    {"results: no semicolon",
     S_INIT(AS("1", "none") AMS("1") "ARC-Authentication-Results: i=1 x; none\r\n" FROM),
     INGAM_FAULT_ARC_INSTANCE, "x; none"},
    {"results: three digits",
     S_INIT(AS("1", "none") AMS("1") "ARC-Authentication-Results: i=001; x; none\r\n" FROM),
     INGAM_FAULT_ARC_INSTANCE, "001"},
    {"results: a comment without end",
     S_INIT(AS("1", "none") AMS("1") "ARC-Authentication-Results: (i=1; x\r\n" FROM),
     INGAM_FAULT_ARC_INSTANCE, ""},
    {"zero", S_INIT(SET("0", "none") FROM), INGAM_FAULT_ARC_INSTANCE, "0; a=rsa"},
    {"51", S_INIT(SET("51", "pass") FROM), INGAM_FAULT_ARC_INSTANCE, "51; a=rsa"},
    {"no number", S_INIT(SET("one", "none") FROM), INGAM_FAULT_ARC_INSTANCE, "one; a=rsa"},
    {"negative", S_INIT(SET("-1", "none") FROM), INGAM_FAULT_ARC_INSTANCE, "-1; a=rsa"},
    {"no tag list", S_INIT("ARC-Seal: nothing\r\n" AMS("1") AAR("1") FROM), INGAM_FAULT_ARC_INSTANCE, ""},

    {"cv=fail in the newest", S_INIT(SET("2", "fail") SET("1", "none") FROM), INGAM_FAULT_ARC_CV_FAIL, ""},
    {"cv=fail in the newest of no chain", S_INIT(AS("7", "fail") FROM), INGAM_FAULT_ARC_CV_FAIL, ""},
    {"cv=fail further below", S_INIT(SET("2", "pass") SET("1", "fail") FROM), INGAM_FAULT_ARC_CV_WRONG,
     "fail"},
    {"cv=pass in the first", S_INIT(SET("1", "pass") FROM), INGAM_FAULT_ARC_CV_WRONG, "pass"},
    {"cv=none in the second", S_INIT(SET("2", "none") SET("1", "none") FROM), INGAM_FAULT_ARC_CV_WRONG,
     "none"},
    {"cv= in capitals", S_INIT(SET("1", "NONE") FROM), INGAM_FAULT_ARC_CV_WRONG, "NONE"},
    {"cv= empty", S_INIT(SET("1", "") FROM), INGAM_FAULT_ARC_CV_WRONG, ""},
    {"no cv=",
     S_INIT("ARC-Seal: i=1; a=rsa-sha256; d=author.example; s=rsa; b=AAAA\r\n" AMS("1") AAR("1") FROM),
     INGAM_FAULT_ARC_CV_WRONG, ""},

    {"h= in a seal",
     S_INIT("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=author.example; s=rsa; h=from; b=AAAA\r\n" AMS("1")
                AAR("1") FROM),
     INGAM_FAULT_ARC_SEAL_NAMES, "from; b"},
    {"a seal is covered",
     S_INIT(AS("1",
               "none") "ARC-Message-Signature: i=1; a=rsa-sha256; d=author.example; s=rsa; h=from : ARC-Seal;"
                       " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n" AAR("1") FROM),
     INGAM_FAULT_ARC_SEAL_COVERED, "ARC-Seal; bh"},
    {"a seal without key",
     S_INIT("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=author.example; b=AAAA\r\n" AMS("1") AAR("1") FROM),
     INGAM_FAULT_ARC_SEAL_UNUSABLE, ""},
    {"a seal by rsa-sha1",
     S_INIT("ARC-Seal: i=1; a=rsa-sha1; cv=none; d=author.example; s=rsa; b=AAAA\r\n" AMS("1") AAR("1") FROM),
     INGAM_FAULT_ARC_SEAL_UNUSABLE, "rsa-sha1"},
    {"the newest message signature without body hash",
     S_INIT(AS("1", "none") "ARC-Message-Signature: i=1; a=rsa-sha256; d=author.example; s=rsa; h=from; "
                            "b=AAAA\r\n" AAR("1") FROM),
     INGAM_FAULT_ARC_MESSAGE_UNUSABLE, ""},
};

/* ret  the note that says what is wrong with the structure, or NULL */
static const struct ingam_note *structure_note(const struct arc_world *w)
{
    for (size_t i = 0; i < w->trace.n; i++)
        if (w->trace.notes[i].rule == INGAM_RULE_ARC_STRUCTURE)
            return &w->trace.notes[i];
    return NULL;
}

/* [RFC8617 4.1.1] [RFC8617 4.1.2] [RFC8617 4.1.3] [RFC8617 4.2.1] [RFC8617 5.2] */
static void tells_chains_from_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof structures / sizeof *structures; i++) {
        struct arc_world w;
        str body;
        arc_world_init(&w);
        assert_true(arc_world_begin(&w, structures[i].message, &body));
        enum progress said = arc_eval(&w.run, w.check, false, &w.got);
        enum ingam_fault got = said == DONE ? w.got.fault : INGAM_FAULT_NONE;
        const struct ingam_note *note = structure_note(&w);
        str wrong = str_of(structures[i].wrong);
        bool is_there = wrong.n == 0 || (note && str_starts(str_from(note->record, note->at), wrong));
        if (got != structures[i].want || (said == PENDING) != (got == INGAM_FAULT_NONE) || !is_there)
            fail_msg("%s: %s, at \"%.*s\"", structures[i].about, ingam_fault_row(got)->name,
                     note ? (int)(note->record.n - note->at) : 0,
                     note ? (const char *)note->record.p + note->at : "");
        arc_world_free(&w);
    }
}

static void finds_no_chain(void **state)
{
    (void)state;
    struct arc_world w;
    arc_world_init(&w);
    assert_true(arc_world_judge(&w, &signer, S("From: a@author.example\r\n\r\nbody\r\n")));
    assert_int_equal(w.said, DONE);
    assert_int_equal(w.got.result, INGAM_RESULT_NONE);
    assert_int_equal(w.got.sets, 0);
    assert_null(w.bodies);
    assert_int_equal(w.asked, 0);
    arc_world_free(&w);
}

/* Two sets by one key are one question, and one body hasher. */
static void asks_each_name_once(void **state)
{
    (void)state;
    struct arc_world w;
    arc_world_init(&w);
    assert_true(arc_world_judge(&w, &signer, S(SET("2", "pass") SET("1", "none") FROM)));
    assert_int_equal(w.asked, 1);
    assert_int_equal(w.got.result, INGAM_RESULT_FAIL);
    assert_int_equal(w.got.fault, INGAM_FAULT_ARC_MESSAGE_WRONG);
    assert_int_equal(dkim_body_want(w.bodies, CANON_RELAXED, UINT64_MAX), 0);
    assert_int_equal(dkim_body_want(w.bodies, CANON_SIMPLE, UINT64_MAX), 1);
    arc_world_free(&w);
}

#define OTHER(n)                                                                                             \
    "ARC-Seal: i=" n "; a=rsa-sha256; cv=pass; d=d" n ".example; s=rsa; b=AAAA\r\n"                          \
    "ARC-Message-Signature: i=" n "; a=rsa-sha256; d=m" n ".example; s=rsa; h=from;\r\n"                     \
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n" AAR(n)

/* What must hold is asked for first: the newest message signature, then the seals from the newest on. */
static void asks_within_its_share(void **state)
{
    (void)state;
    static const char *const names[] = {"rsa._domainkey.m4.example",     "rsa._domainkey.d4.example",
                                        "rsa._domainkey.d3.example",     "rsa._domainkey.d2.example",
                                        "rsa._domainkey.author.example", "rsa._domainkey.m3.example"};
    struct arc_world w;
    struct ingam_question q;
    str body;
    arc_world_init(&w);
    assert_true(arc_world_begin(&w, S(OTHER("4") OTHER("3") OTHER("2") SET("1", "none") FROM), &body));
    assert_int_equal(arc_eval(&w.run, w.check, false, &w.got), PENDING);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(facts_next(&w.facts, &q));
        if (!str_eq(q.name, str_of(names[i])))
            fail_msg("%.*s", (int)q.name.n, (const char *)q.name.p);
    }
    assert_false(facts_next(&w.facts, &q));
    arc_world_free(&w);
}

static int make_signer(void **state)
{
    (void)state;
    return signer_init(&signer) ? 0 : -1;
}

static int free_signer(void **state)
{
    (void)state;
    signer_free(&signer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_chains_from_others),
        cmocka_unit_test(finds_no_chain),
        cmocka_unit_test(asks_each_name_once),
        cmocka_unit_test(asks_within_its_share),
    };
    return cmocka_run_group_tests(tests, make_signer, free_signer);
}
