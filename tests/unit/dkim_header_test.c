/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/dkim_world.h"

#include "dkim/signed_names.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define X8  "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8

/* [RFC6376 3.4.2] */
static const struct {
    const char *about;
    str field, want;
} relaxed[] = {
    {"the first field of RFC 6376's example", S_INIT("A: X\r\n"), S_INIT("a:X\r\n")},
    {"the second one", S_INIT("B : Y\t\r\n\tZ  \r\n"), S_INIT("b:Y Z\r\n")},
    {"letters of the name only", S_INIT("SUBJect: AbC\r\n"), S_INIT("subject:AbC\r\n")},
    {"no white space behind the colon", S_INIT("A:b\r\n"), S_INIT("a:b\r\n")},
    {"nothing", S_INIT("A:\r\n"), S_INIT("a:\r\n")},
    {"only white space", S_INIT("A: \t \r\n"), S_INIT("a:\r\n")},
    {"only a fold", S_INIT("A:\r\n \r\n"), S_INIT("a:\r\n")},
    {"a fold at the start", S_INIT("A:\r\n b\r\n"), S_INIT("a:b\r\n")},
    {"folds in a row", S_INIT("A: b\r\n \r\n\t \r\n c\r\n"), S_INIT("a:b c\r\n")},
    {"a fold behind a word", S_INIT("A: b\r\n\tc\r\n"), S_INIT("a:b c\r\n")},
    {"tabs and runs", S_INIT("A: b\tc \t d\r\n"), S_INIT("a:b c d\r\n")},
    {"white space at the end of a folded line", S_INIT("A: b \r\n\tc \r\n"), S_INIT("a:b c\r\n")},
    {"a line of white space at the end", S_INIT("A: b\r\n \r\n"), S_INIT("a:b\r\n")},
    {"bare CR is a byte", S_INIT("A: b\rc \r d\r\n"), S_INIT("a:b\rc \r d\r\n")},
    {"bare LF is a byte", S_INIT("A: b\nc\r\n"), S_INIT("a:b\nc\r\n")},
    {"bare CR at the end", S_INIT("A: b\r\r\n"), S_INIT("a:b\r\r\n")},
    {"high bytes and NUL", S_INIT("A: \xc3\xa4 \0  b\r\n"), S_INIT("a:\xc3\xa4 \0 b\r\n")},
    {"a name of eight letters", S_INIT("ABCDEFGH: X\r\n"), S_INIT("abcdefgh:X\r\n")},
    {"a name of eleven bytes", S_INIT("X-[A]_Z@{`~: X\r\n"), S_INIT("x-[a]_z@{`~:X\r\n")},
    {"gaps at each place of a word of eight", S_INIT("A: 1  2345678 9 123  45678 9123456  78 9\r\n"),
     S_INIT("a:1 2345678 9 123 45678 9123456 78 9\r\n")},
    {"long", S_INIT("A: " X64 "  " X64 "\r\n " X64 "\r\n"), S_INIT("a:" X64 " " X64 " " X64 "\r\n")},
    {"no last line end", S_INIT("A: b"), S_INIT("a:b\r\n")},
};

static struct mail_field only_field(struct world *w, str text)
{
    arena_init(&w->arena, NULL, WORLD_ARENA);
    assert_true(mail_header_of(text, &w->arena, &w->limits, &w->header));
    assert_int_equal(w->header.n, 1);
    return w->header.fields[0];
}

static void fields_are_relaxed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof relaxed / sizeof *relaxed; i++) {
        struct world w;
        struct out o;
        world_init(&w);
        struct mail_field f = only_field(&w, relaxed[i].field);
        out_init(&o, &w.arena);
        dkim_canon_header_relaxed(&o, &f);
        str got = out_done(&o);
        if (!str_eq(got, relaxed[i].want))
            fail_msg("%s: got \"%.*s\"", relaxed[i].about, (int)got.n, (const char *)got.p);
        arena_free(&w.arena);
    }
}

#define SIG(h, c)                                                                                            \
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=" h ";" c " bh=; b=\r\n\tAA \r\n\tAA ; t=1\r\n"
#define SIGNED(h, c) "dkim-signature:v=1; a=rsa-sha256; d=a.example; s=s; h=" h ";" c " bh=; b=; t=1"
#define RELAXED      " c=relaxed;"

/* [RFC6376 3.4.1] [RFC6376 3.7] [RFC6376 5.4] [RFC6376 5.4.2] */
static const struct {
    const char *about;
    str header, want;
} hashed[] = {
    {"one field", S_INIT(SIG("from", RELAXED) "From: a\r\nTo: b\r\n"),
     S_INIT("from:a\r\n" SIGNED("from", RELAXED))},
    {"in the order of h=", S_INIT(SIG("to:from", RELAXED) "From: a\r\nTo: b\r\n"),
     S_INIT("to:b\r\nfrom:a\r\n" SIGNED("to:from", RELAXED))},
    {"the lowest of its name", S_INIT(SIG("x", RELAXED) "X: 1\r\nX: 2\r\nY: 3\r\n"),
     S_INIT("x:2\r\n" SIGNED("x", RELAXED))},
    {"from the bottom up", S_INIT(SIG("x:x", RELAXED) "X: 1\r\nX: 2\r\nX: 3\r\n"),
     S_INIT("x:3\r\nx:2\r\n" SIGNED("x:x", RELAXED))},
    {"bottom up with another in between", S_INIT(SIG("x:y:x", RELAXED) "X: 1\r\nY: 9\r\nX: 2\r\nX: 3\r\n"),
     S_INIT("x:3\r\ny:9\r\nx:2\r\n" SIGNED("x:y:x", RELAXED))},
    {"more often than it is there", S_INIT(SIG("x:x:x", RELAXED) "X: 1\r\n"),
     S_INIT("x:1\r\n" SIGNED("x:x:x", RELAXED))},
    {"not there at all", S_INIT(SIG("z", RELAXED) "X: 1\r\n"), S_INIT(SIGNED("z", RELAXED))},
    {"names in any case", S_INIT(SIG("sUBJECT:FROM", RELAXED) "from: a\r\nSubject: b\r\n"),
     S_INIT("subject:b\r\nfrom:a\r\n" SIGNED("sUBJECT:FROM", RELAXED))},
    {"like but for case of no letter", S_INIT(SIG("x@", RELAXED) "x`: 1\r\n"), S_INIT(SIGNED("x@", RELAXED))},
    {"white space around names", S_INIT(SIG("x \r\n\t:\r\n y ", RELAXED) "X: 1\r\nY: 2\r\n"),
     S_INIT("x:1\r\ny:2\r\n" SIGNED("x : y ", RELAXED))},
    {"never the signature itself", S_INIT(SIG("dkim-signature:x", RELAXED) "X: 1\r\n"),
     S_INIT("x:1\r\n" SIGNED("dkim-signature:x", RELAXED))},
    {"but another signature, with its b=", S_INIT(SIG("dkim-signature", RELAXED) "DKIM-Signature: b= 1;\r\n"),
     S_INIT("dkim-signature:b= 1;\r\n" SIGNED("dkim-signature", RELAXED))},
    {"a line that is no field has no name", S_INIT(SIG("x", RELAXED) "junk\r\nX: 1\r\n"),
     S_INIT("x:1\r\n" SIGNED("x", RELAXED))},
    {"white space before the colon", S_INIT(SIG("x", RELAXED) "X \t: 1\r\n"),
     S_INIT("x:1\r\n" SIGNED("x", RELAXED))},
    {"simple: byte for byte", S_INIT(SIG("x:y", "") "X \t: 1 \r\n\t 2  \r\nY:3\r\n"),
     S_INIT("X \t: 1 \r\n\t 2  \r\nY:3\r\nDKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=x:y; bh=; "
            "b=; t=1")},
    {"simple: the line end that was missing", S_INIT(SIG("x", "") "X: 1"),
     S_INIT("X: 1\r\nDKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=x; bh=; b=; t=1")},
    {"b= last, with a fold behind", S_INIT("DKIM-Signature: c=relaxed; h=x; b=AAAA\r\n \r\nX: 1\r\n"),
     S_INIT("x:1\r\ndkim-signature:c=relaxed; h=x; b=")},
    {"b= last, simple", S_INIT("DKIM-Signature: h=x; b= AA AA \r\n \r\nX: 1\r\n"),
     S_INIT("X: 1\r\nDKIM-Signature: h=x; b=")},
    {"b= first", S_INIT("DKIM-Signature:\r\n b\r\n\t=\r\n AAAA\r\n\t; c=relaxed/simple; h=x\r\nX: 1\r\n"),
     S_INIT("x:1\r\ndkim-signature:b =; c=relaxed/simple; h=x")},
    {"b= empty", S_INIT("DKIM-Signature: c=relaxed; b=; h=x\r\nX: 1\r\n"),
     S_INIT("x:1\r\ndkim-signature:c=relaxed; b=; h=x")},
    {"b= of white space", S_INIT("DKIM-Signature: c=relaxed; b= \t ; h=x\r\nX: 1\r\n"),
     S_INIT("x:1\r\ndkim-signature:c=relaxed; b=; h=x")},
    {"bh= stays", S_INIT("DKIM-Signature: c=relaxed; bh=A  A; b=A; h=x\r\nX: 1\r\n"),
     S_INIT("x:1\r\ndkim-signature:c=relaxed; bh=A A; b=; h=x")},
};

static void expect_hash(const char *about, str header, str want)
{
    struct world w;
    struct dkim_signature sig;
    uint8_t got[32], hash[32];
    world_init(&w);
    arena_init(&w.arena, NULL, WORLD_ARENA);
    w.run = (struct method_run){.arena = &w.arena, .limits = &w.limits};
    assert_true(mail_header_of(header, &w.arena, &w.limits, &w.header));
    assert_true(dkim_signature_read(&w.run, &w.header.fields[0], &sig));
    assert_true(dkim_header_hash(&w.run, &w.header, &sig, got));
    sha256_of(want, hash);
    if (memcmp(got, hash, 32) != 0)
        fail_msg("%s: other bytes were hashed", about);
    arena_free(&w.arena);
}

static void the_right_fields_are_hashed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hashed / sizeof *hashed; i++)
        expect_hash(hashed[i].about, hashed[i].header, hashed[i].want);
}

/* Fields around and above the size of what is hashed at once, in both canonicalizations. */
static void long_fields_are_hashed_whole(void **state)
{
    (void)state;
    enum { LONGEST = 9000 };
    static const char *const sigs[] = {"DKIM-Signature: c=relaxed; h=x:y; b=\r\n",
                                       "DKIM-Signature: h=x:y; b=\r\n"};
    static const char *const signed_sigs[] = {"dkim-signature:c=relaxed; h=x:y; b=",
                                              "DKIM-Signature: h=x:y; b="};
    for (size_t n = 2000; n < LONGEST; n += n < 2100 || (n > 4000 && n < 4200) ? 1 : 97)
        for (size_t canon = 0; canon < 2; canon++) {
            static char header[4 * LONGEST], want[4 * LONGEST];
            char *h = header, *o = want;
            h += strlen(memcpy(h, sigs[canon], strlen(sigs[canon]) + 1));
            h[0] = 'X';
            h[1] = ':';
            memset(h + 2, 'a', n);
            h[n / 2] = ' ';
            memcpy(h + 2 + n, "\r\nY:b\r\n", 8);
            size_t fields_n = n + 9;
            memcpy(o, h, fields_n);
            if (canon == 0)
                o[0] = 'x', o[n + 4] = 'y';
            memcpy(o + fields_n, signed_sigs[canon], strlen(signed_sigs[canon]));
            size_t want_n = fields_n + strlen(signed_sigs[canon]);
            header[(size_t)(h - header) + fields_n] = 0;
            expect_hash("long", (str){(uint8_t *)header, (size_t)(h - header) + fields_n},
                        (str){(uint8_t *)want, want_n});
        }
}

/* [RFC6376 3.5] */
static const struct {
    const char *about;
    str list;
    size_t n;
    bool has_from;
    int wrong_at;
} lists[] = {
    {"one", S_INIT("from"), 1, true, -1},
    {"several", S_INIT("a:From:c"), 3, true, -1},
    {"white space", S_INIT("a \r\n\t: FROM"), 2, true, -1},
    {"without From", S_INIT("fro:from-"), 2, false, -1},
    {"nothing", S_INIT(""), 0, false, 0},
    {"a colon in front", S_INIT(":from"), 0, false, 0},
    {"a colon behind", S_INIT("from:"), 1, true, 5},
    {"two colons", S_INIT("from::to"), 1, true, 5},
    {"white space inside", S_INIT("from to"), 1, true, 5},
    {"a high byte", S_INIT("from:\xc3\xa4"), 1, true, 5},
};

static void lists_of_names_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        size_t n;
        bool has_from;
        const uint8_t *wrong = signed_names_check(lists[i].list, &n, &has_from);
        int at = wrong ? (int)(wrong - lists[i].list.p) : -1;
        if (at != lists[i].wrong_at || n != lists[i].n || has_from != lists[i].has_from)
            fail_msg("%s: %zu names, wrong at %d", lists[i].about, n, at);
    }
}

/* All names in h= and all fields there may be, and every name in one bucket as far as anybody can arrange it. */
static void many_fields_and_names_stay_cheap(void **state)
{
    (void)state;
    enum { FIELDS = 4096, NAMES = 256, LINE = 16 };
    struct world w;
    struct signed_fields names;
    uint8_t *block = malloc(FIELDS * LINE), *list = malloc(NAMES * 8);
    size_t block_n = 0, list_n = 0, found = 0;
    bool is_over = false;
    for (size_t i = 0; i < FIELDS; i++)
        block_n += (size_t)snprintf((char *)block + block_n, LINE, "N%03zu: %zu\r\n", i % NAMES, i);
    for (size_t i = 0; i < NAMES; i++)
        list_n += (size_t)snprintf((char *)list + list_n, 8, "n%03zu:", i);
    world_init(&w);
    arena_init(&w.arena, NULL, WORLD_ARENA);
    assert_true(mail_header_of((str){block, block_n}, &w.arena, &w.limits, &w.header));
    assert_true(signed_fields_find(&w.arena, &w.header, (str){list, list_n - 1}, NULL, &names));
    while (!is_over) {
        const struct mail_field *f = signed_fields_next(&names, &is_over);
        if (f)
            assert_int_equal(f - w.header.fields, FIELDS - NAMES + found++);
    }
    assert_int_equal(found, NAMES);
    arena_free(&w.arena);
    free(block);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_relaxed),
        cmocka_unit_test(the_right_fields_are_hashed),
        cmocka_unit_test(long_fields_are_hashed_whole),
        cmocka_unit_test(lists_of_names_are_checked),
        cmocka_unit_test(many_fields_and_names_stay_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
