/* SPDX-License-Identifier: BSD-2-Clause */
/* What we seal, we believe; not what became of it.                                                 [RFC8617 5.1] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/seal_world.h"

static const struct {
    const char *about;
    str text;
} messages[] = {
    {"usual", S_INIT(MESSAGE)},
    {"no body", S_INIT(FIELDS)},
    {"blank lines", S_INIT(FIELDS "\r\n\r\n a \t b \r\n\r\n\r\n")},
    {"a signature of the author",
     S_INIT("DKIM-Signature: v=1; a=rsa-sha256; d=author.example; s=x; h=from; bh=AA==; b=AA==\r\n" MESSAGE)},
    {"results of somebody", S_INIT("Authentication-Results: mx.author.example; spf=pass\r\n" MESSAGE)},
    {"8-bit", S_INIT("From: J\xc3\xb6rg <a@author.example>\r\nSubject: \xff\r\n\r\n\xfe\0\r\n")},
};

static enum ingam_result judged(str message, uint32_t sets)
{
    struct arc_world w;
    arc_world_init(&w);
    assert_true(arc_world_judge(&w, &signer, message));
    assert_int_equal(w.got.sets, sets);
    enum ingam_result result = w.got.result;
    if (result == INGAM_RESULT_PASS)
        assert_int_equal(w.got.oldest_pass, 0);
    arc_world_free(&w);
    return result;
}

/* Seals a message three times, and all its sets hold. */
static void round_trip(size_t i, struct sealing *g)
{
    struct arena a;
    arena_init(&a, NULL, WORLD_ARENA);
    str text = messages[i].text;
    g->wanted.chain = INGAM_RESULT_NONE;
    for (uint32_t sets = 1; sets <= 3; sets++) {
        text = sealed(&a, g, text);
        if (g->fault || judged(text, sets) != INGAM_RESULT_PASS)
            fail_msg("%s, set %u: %s\n%.*s", messages[i].about, sets, ingam_fault_row(g->fault)->name,
                     (int)text.n, (const char *)text.p);
        g->wanted.chain = INGAM_RESULT_PASS;
    }
    arena_free(&a);
}

static void holds_what_it_seals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        for (unsigned shape = 0; shape < 8; shape++) {
            struct sealing g = sealing_by(shape & 1 ? INGAM_RSA_SHA256 : INGAM_ED25519_SHA256);
            g.wanted.header_canon = shape & 2 ? INGAM_SIMPLE : INGAM_RELAXED;
            g.wanted.body_canon = shape & 4 ? INGAM_SIMPLE : INGAM_RELAXED;
            round_trip(i, &g);
        }
}

/* Any byte of the ARC fields changed, and the chain fails; but for bits of the last digit of b= that base64 ignores.
 *                                                                                                [RFC8617 5.1.1] */
static void fails_when_changed(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, WORLD_ARENA);
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    str once = sealed(&a, &g, S(MESSAGE));
    g.wanted.chain = INGAM_RESULT_PASS;
    str text = sealed(&a, &g, once);
    uint8_t *bytes = arena_take_raw(&a, text.n);
    assert_non_null(bytes);
    for (size_t i = 0; i < text.n - S(MESSAGE).n; i++) {
        if (byte_is(text.p[i], C_FWS) || text.p[i + 1] == '=')
            continue;
        memcpy(bytes, text.p, text.n);
        bytes[i] ^= 1;
        struct arc_world w;
        arc_world_init(&w);
        assert_true(arc_world_judge(&w, &signer, (str){bytes, text.n}));
        if (w.got.result == INGAM_RESULT_PASS)
            fail_msg("byte %zu of\n%.*s", i, (int)text.n, (const char *)bytes);
        arc_world_free(&w);
    }
    arena_free(&a);
}

/* A change between two hands: the seals hold, and oldest-pass says from where on the message is the same.
 *                                                                                                [RFC8617 5.2] */
static void tells_the_oldest_that_passes(void **state)
{
    (void)state;
    struct arena a;
    struct arc_world w;
    struct out o;
    arena_init(&a, NULL, WORLD_ARENA);
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    str text = sealed(&a, &g, S(MESSAGE));
    g.wanted.chain = INGAM_RESULT_PASS;
    text = sealed(&a, &g, text);
    out_init(&o, &a);
    out_str(&o, text);
    out_str(&o, S("a footer\r\n"));
    text = sealed(&a, &g, sealed(&a, &g, out_done(&o)));
    arc_world_init(&w);
    assert_true(arc_world_judge(&w, &signer, text));
    assert_int_equal(w.got.result, INGAM_RESULT_PASS);
    assert_int_equal(w.got.sets, 4);
    assert_int_equal(w.got.oldest_pass, 3);
    assert_int_equal(w.got.sealer_n, 4);
    assert_true(str_eq(w.got.sealers[3], S("author.example")) && str_eq(w.got.selectors[3], S("ed")));
    assert_true(w.got.is_author_signed);
    arc_world_free(&w);
    arena_free(&a);
}

/* The seal of a failed chain covers its own set alone, that of a good one all of it.              [RFC8617 5.1.2] */
static void seals_failed_chains_alone(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, WORLD_ARENA);
    str fields[2][2];
    for (unsigned i = 0; i < 4; i++) {
        struct sealing g = sealing_by(INGAM_ED25519_SHA256);
        g.wanted.results = i & 1 ? S("other.example; none") : S("mx.example; none");
        str text = sealed(&a, &g, S(MESSAGE));
        g.wanted.results = S("mx.example; none");
        g.wanted.chain = i & 2 ? INGAM_RESULT_FAIL : INGAM_RESULT_PASS;
        text = sealed(&a, &g, text);
        fields[i >> 1][i & 1] = str_first(text, g.top_n);
        bool says_fail = str_find_str(text, S("cv=fail")) < g.top_n;
        assert_int_equal(says_fail, (i & 2) != 0);
        assert_int_equal(judged(text, 2), i & 2 ? INGAM_RESULT_FAIL : INGAM_RESULT_PASS);
    }
    assert_false(str_eq(fields[0][0], fields[0][1]));
    assert_true(str_eq(fields[1][0], fields[1][1]));
    arena_free(&a);
}

/* A chain that is none is a failed one, whatever the caller says; so is one that nobody has judged.   [RFC8617 5.1.2] */
static void believes_no_broken_chain(void **state)
{
    (void)state;
    static const struct {
        str message;
        enum ingam_result chain;
        str want;
    } rows[] = {
        {S_INIT(MESSAGE), INGAM_RESULT_PASS, S_INIT("i=1; a=ed25519-sha256; cv=none;")},
        {S_INIT("ARC-Authentication-Results: i=1; x; none\r\n" MESSAGE), INGAM_RESULT_PASS,
         S_INIT("i=2; a=ed25519-sha256; cv=fail;")},
        {S_INIT("ARC-Authentication-Results: i=7; x; none\r\n" MESSAGE), INGAM_RESULT_NONE,
         S_INIT("i=8; a=ed25519-sha256; cv=fail;")},
        {S_INIT("ARC-Seal: junk\r\n" MESSAGE), INGAM_RESULT_FAIL, S_INIT("i=1; a=ed25519-sha256; cv=fail;")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        arena_init(&a, NULL, WORLD_ARENA);
        struct sealing g = sealing_by(INGAM_ED25519_SHA256);
        g.wanted.chain = rows[i].chain;
        str text = sealed(&a, &g, rows[i].message);
        assert_int_equal(g.field_n, 3);
        if (!str_starts(text, S("ARC-Seal: ")) || !str_starts(str_from(text, 10), rows[i].want))
            fail_msg("%.*s", (int)text.n, (const char *)text.p);
        arena_free(&a);
    }
}

static void same_for_all_chunks(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, WORLD_ARENA);
    struct sealing g = sealing_by(INGAM_RSA_SHA256);
    str whole = sealed(&a, &g, S(MESSAGE));
    for (g.chunk = 1; g.chunk < 20; g.chunk += 3)
        assert_true(str_eq(sealed(&a, &g, S(MESSAGE)), whole));
    for (size_t at = 0; at < g.top_n;) {
        size_t line = str_find_str(str_from(whole, at), S("\r\n"));
        assert_true(line <= 78);
        at += line + 2;
    }
    arena_free(&a);
}

/* Folds of the results come out as folds, and no line of blanks among them. */
static void folds_results(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, WORLD_ARENA);
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    g.wanted.results = S(" mx.example;\r\n   spf=pass \r\n \t\r\n\tdkim=none\r\n");
    str text = sealed(&a, &g, S(MESSAGE));
    str want = S("ARC-Authentication-Results: i=1; mx.example;\r\n\tspf=pass\r\n\tdkim=none\r\nFrom: ");
    assert_true(str_find_str(text, want) < text.n);
    assert_int_equal(judged(text, 1), INGAM_RESULT_PASS);
    arena_free(&a);
}

static str chain_of(struct arena *a, int sets)
{
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    str text = S(MESSAGE);
    for (int i = 0; i < sets; i++) {
        text = sealed(a, &g, text);
        g.wanted.chain = INGAM_RESULT_PASS;
    }
    return text;
}

/* Fifty sets hold, each question once; there is no fifty-first.                       [RFC8617 4.2.1] [RFC8617 5.2] */
static void fifty_sets(void **state)
{
    (void)state;
    struct arena a;
    struct arc_world w;
    arena_init(&a, NULL, 8 * WORLD_ARENA);
    struct sealing g = sealing_by(INGAM_ED25519_SHA256);
    g.wanted.chain = INGAM_RESULT_PASS;
    str text = chain_of(&a, 50);
    arc_world_init(&w);
    assert_true(arc_world_judge(&w, &signer, text));
    assert_int_equal(w.got.result, INGAM_RESULT_PASS);
    assert_int_equal(w.got.sets, 50);
    assert_int_equal(w.asked, 1);
    arc_world_free(&w);

    sealed(&a, &g, text);
    assert_int_equal(g.fault, INGAM_FAULT_SEAL_FULL);
    struct out o;
    out_init(&o, &a);
    out_str(&o, S("ARC-Authentication-Results: i=50; x; none\r\n"));
    out_str(&o, text);
    arc_world_init(&w);
    assert_true(arc_world_judge(&w, &signer, out_done(&o)));
    assert_int_equal(w.got.fault, INGAM_FAULT_ARC_TOO_MANY);
    assert_int_equal(w.asked, 0);
    arc_world_free(&w);
    arena_free(&a);
}

/* ret  seconds of CPU that a chain takes, the least of several runs */
static double cost_of(str text, uint32_t sets)
{
    double best = 1e9;
    for (int run = 0; run < 5; run++) {
        clock_t from = clock();
        assert_int_equal(judged(text, sets), INGAM_RESULT_PASS);
        double took = (double)(clock() - from) / CLOCKS_PER_SEC;
        best = took < best ? took : best;
    }
    return best;
}

/* Twice as many sets cost less than 2.5 times as much; measured again where other programs disturb. */
static void grows_in_line(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, 16 * WORLD_ARENA);
    str half = chain_of(&a, 25), whole = chain_of(&a, 50);
    double ratio = 99;
    for (int tries = 0; tries < 6 && ratio >= 2.5; tries++)
        ratio = cost_of(whole, 50) / cost_of(half, 25);
    assert_true(ratio < 2.5);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_it_seals),
        cmocka_unit_test(fails_when_changed),
        cmocka_unit_test(tells_the_oldest_that_passes),
        cmocka_unit_test(seals_failed_chains_alone),
        cmocka_unit_test(believes_no_broken_chain),
        cmocka_unit_test(same_for_all_chunks),
        cmocka_unit_test(folds_results),
        cmocka_unit_test(fifty_sets),
        cmocka_unit_test(grows_in_line),
    };
    return cmocka_run_group_tests(tests, make_signer, free_signer);
}
