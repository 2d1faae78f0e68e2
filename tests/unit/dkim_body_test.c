/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/dkim.h"

#include "dkim/relax.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NO_LENGTH = -1, ARENA = 1 << 20 };

/* [RFC6376 3.4.3] [RFC6376 3.4.4] [RFC6376 3.4.5] */
static const struct {
    const char *about;
    str body, simple, relaxed;
} rows[] = {
    {"nothing", S_INIT(""), S_INIT("\r\n"), S_INIT("")},
    {"one empty line", S_INIT("\r\n"), S_INIT("\r\n"), S_INIT("")},
    {"three empty lines", S_INIT("\r\n\r\n\r\n"), S_INIT("\r\n"), S_INIT("")},
    {"one line", S_INIT("a\r\n"), S_INIT("a\r\n"), S_INIT("a\r\n")},
    {"no last line end", S_INIT("a"), S_INIT("a\r\n"), S_INIT("a\r\n")},
    {"empty lines at the end", S_INIT("a\r\n\r\n\r\n"), S_INIT("a\r\n"), S_INIT("a\r\n")},
    {"empty lines at the start", S_INIT("\r\n\r\na\r\n"), S_INIT("\r\n\r\na\r\n"), S_INIT("\r\n\r\na\r\n")},
    {"empty lines inside", S_INIT("a\r\n\r\n\r\nb"), S_INIT("a\r\n\r\n\r\nb\r\n"),
     S_INIT("a\r\n\r\n\r\nb\r\n")},
    {"the example of RFC 6376", S_INIT(" C \r\nD \t E\r\n\r\n\r\n"), S_INIT(" C \r\nD \t E\r\n"),
     S_INIT(" C\r\nD E\r\n")},
    {"a run of both kinds", S_INIT("a \t \tb\r\n"), S_INIT("a \t \tb\r\n"), S_INIT("a b\r\n")},
    {"one tab", S_INIT("a\tb\r\n"), S_INIT("a\tb\r\n"), S_INIT("a b\r\n")},
    {"white space before a line end", S_INIT("a \t\r\nb\r\n"), S_INIT("a \t\r\nb\r\n"), S_INIT("a\r\nb\r\n")},
    {"a line of white space inside", S_INIT("a\r\n \t\r\nb\r\n"), S_INIT("a\r\n \t\r\nb\r\n"),
     S_INIT("a\r\n\r\nb\r\n")},
    {"lines of white space at the end", S_INIT("a\r\n \r\n\t\r\n"), S_INIT("a\r\n \r\n\t\r\n"),
     S_INIT("a\r\n")},
    {"only white space", S_INIT(" \t "), S_INIT(" \t \r\n"), S_INIT("")},
    {"only a line of white space", S_INIT(" \r\n"), S_INIT(" \r\n"), S_INIT("")},
    {"white space at the very end", S_INIT("a "), S_INIT("a \r\n"), S_INIT("a\r\n")},
    {"bare LF is a byte", S_INIT("a\nb \nc\n"), S_INIT("a\nb \nc\n\r\n"), S_INIT("a\nb \nc\n\r\n")},
    {"bare CR is a byte", S_INIT("a\rb \rc"), S_INIT("a\rb \rc\r\n"), S_INIT("a\rb \rc\r\n")},
    {"bare CR at the end", S_INIT("a\r"), S_INIT("a\r\r\n"), S_INIT("a\r\r\n")},
    {"bare CR at the end behind SP", S_INIT("a  \r"), S_INIT("a  \r\r\n"), S_INIT("a \r\r\n")},
    {"CR CR LF", S_INIT("a \r\r\nb"), S_INIT("a \r\r\nb\r\n"), S_INIT("a \r\r\nb\r\n")},
    {"CR before empty lines", S_INIT("\r\r\n\r\n"), S_INIT("\r\r\n"), S_INIT("\r\r\n")},
    {"LF CR", S_INIT("a\n\r"), S_INIT("a\n\r\r\n"), S_INIT("a\n\r\r\n")},
    {"empty line, then a bare CR", S_INIT("\r\n\r"), S_INIT("\r\n\r\r\n"), S_INIT("\r\n\r\r\n")},
    {"NUL and high bytes", S_INIT("\0 \xff\r\n"), S_INIT("\0 \xff\r\n"), S_INIT("\0 \xff\r\n")},
    {"dots stay", S_INIT("..\r\n.\r\n"), S_INIT("..\r\n.\r\n"), S_INIT("..\r\n.\r\n")},
    {"soft line breaks stay", S_INIT("a=20 =\r\n  b\r\n"), S_INIT("a=20 =\r\n  b\r\n"),
     S_INIT("a=20 =\r\n b\r\n")},
    {"longer than a block",
     S_INIT(
         "0123456789012345678901234567890 \t0123456789012345678901234567890123456789 \r\n\r\n  x\t\r\n\r\n"),
     S_INIT("0123456789012345678901234567890 \t0123456789012345678901234567890123456789 \r\n\r\n  x\t\r\n"),
     S_INIT("0123456789012345678901234567890 0123456789012345678901234567890123456789\r\n\r\n x\r\n")},
};
enum { ROWS = sizeof rows / sizeof *rows };

static struct dkim_body_result run(str body, enum dkim_canon canon, int64_t l, size_t chunk)
{
    struct arena arena;
    struct dkim_body_result got;
    arena_init(&arena, NULL, ARENA);
    struct dkim_body *b = dkim_body_new(&arena);
    int handle = dkim_body_want(b, canon, l == NO_LENGTH ? UINT64_MAX : (uint64_t)l);
    for (size_t at = 0; at < body.n; at += chunk)
        dkim_body_feed(b, str_first(str_from(body, at), chunk));
    dkim_body_end(b);
    dkim_body_get(b, handle, &got);
    arena_free(&arena);
    return got;
}

static void expect(const char *about, struct dkim_body_result got, str want)
{
    uint8_t hash[32];
    sha256_of(want, hash);
    if (got.hashed != want.n || memcmp(hash, got.hash, 32) != 0)
        fail_msg("%s: %zu bytes, expected %zu", about, (size_t)got.hashed, want.n);
}

static void bodies_are_canonical_in_any_chunking(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t chunk = 1; chunk <= rows[i].body.n + 1; chunk++) {
            expect(rows[i].about, run(rows[i].body, CANON_SIMPLE, NO_LENGTH, chunk), rows[i].simple);
            expect(rows[i].about, run(rows[i].body, CANON_RELAXED, NO_LENGTH, chunk), rows[i].relaxed);
        }
}

/* Every body of up to five of these pieces, against the rules taken literally. */
static const str pieces[] = {S_INIT(" "),  S_INIT("\t"),   S_INIT("\r"),
                             S_INIT("\n"), S_INIT("\r\n"), S_INIT("x")};
enum { PIECES = sizeof pieces / sizeof *pieces, PIECES_MAX = 5 };

static size_t reduce_line(str line, uint8_t *out)
{
    size_t n = 0;
    while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
        line.n--;
    for (size_t i = 0; i < line.n; i++) {
        bool is_wsp = line.p[i] == ' ' || line.p[i] == '\t';
        bool was_wsp = i && (line.p[i - 1] == ' ' || line.p[i - 1] == '\t');
        if (!is_wsp)
            out[n++] = line.p[i];
        else if (!was_wsp)
            out[n++] = ' ';
    }
    return n;
}

static str literally(str body, enum dkim_canon canon, uint8_t *out)
{
    size_t n = 0, keep = 0;
    for (size_t at = 0; at < body.n;) {
        str rest = str_from(body, at);
        str line = str_first(rest, str_find_str(rest, S("\r\n")));
        size_t line_at = n;
        if (canon == CANON_RELAXED)
            n += reduce_line(line, out + n);
        else {
            memcpy(out + n, line.p, line.n);
            n += line.n;
        }
        bool is_empty = n == line_at;
        memcpy(out + n, "\r\n", 2);
        n += 2;
        keep = is_empty ? keep : n;
        at += line.n + 2;
    }
    if (keep == 0 && canon == CANON_SIMPLE) {
        memcpy(out, "\r\n", 2);
        keep = 2;
    }
    return (str){out, keep};
}

static void short_bodies_are_as_the_rules_say(void **state)
{
    (void)state;
    size_t all = 1;
    for (size_t i = 0; i < PIECES_MAX; i++)
        all *= PIECES + 1;
    for (size_t code = 0; code < all; code++) {
        uint8_t body[2 * PIECES_MAX], out[8 * PIECES_MAX];
        size_t n = 0;
        for (size_t c = code; c; c /= PIECES + 1) {
            str piece = c % (PIECES + 1) ? pieces[c % (PIECES + 1) - 1] : S("");
            for (size_t i = 0; i < piece.n; i++)
                body[n++] = piece.p[i];
        }
        for (size_t chunk = 1; chunk <= 3; chunk++)
            for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++)
                expect("literally", run((str){body, n}, (enum dkim_canon)canon, NO_LENGTH, chunk),
                       literally((str){body, n}, (enum dkim_canon)canon, out));
    }
}

/* l= counts canonical bytes.                                                          [RFC6376 3.5] [RFC6376 3.7] */
static const struct {
    const char *about;
    str body;
    enum dkim_canon canon;
    uint64_t l;
    str want;
    uint64_t unsigned_bytes;
    bool is_short;
} lengths[] = {
    {"nothing of it", S_INIT("a\r\n"), CANON_SIMPLE, 0, S_INIT(""), 3, false},
    {"a part", S_INIT("abc\r\n"), CANON_SIMPLE, 2, S_INIT("ab"), 3, false},
    {"to the middle of a line end", S_INIT("a\r\nb"), CANON_SIMPLE, 2, S_INIT("a\r"), 4, false},
    {"all but empty lines", S_INIT("a\r\n\r\n\r\n"), CANON_SIMPLE, 3, S_INIT("a\r\n"), 0, false},
    {"the line end that was missing", S_INIT("a"), CANON_SIMPLE, 3, S_INIT("a\r\n"), 0, false},
    {"a byte too many", S_INIT("a\r\n"), CANON_SIMPLE, 4, S_INIT("a\r\n"), 0, true},
    {"as long as numbers go", S_INIT("a\r\n"), CANON_SIMPLE, UINT64_MAX - 1, S_INIT("a\r\n"), 0, true},
    {"behind white space that went", S_INIT("a  \t b \r\nc\r\n"), CANON_RELAXED, 5, S_INIT("a b\r\n"), 3,
     false},
    {"nothing of an empty body", S_INIT(""), CANON_RELAXED, 0, S_INIT(""), 0, false},
    {"more than an empty body", S_INIT(" \r\n"), CANON_RELAXED, 1, S_INIT(""), 0, true},
};

static void lengths_cut_the_canonical_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t chunk = 1; chunk <= 8; chunk++) {
            struct dkim_body_result got =
                run(lengths[i].body, lengths[i].canon, (int64_t)lengths[i].l, chunk);
            expect(lengths[i].about, got, lengths[i].want);
            if (got.unsigned_bytes != lengths[i].unsigned_bytes || got.is_short != lengths[i].is_short)
                fail_msg("%s: %zu bytes left", lengths[i].about, (size_t)got.unsigned_bytes);
        }
}

static void several_hashers_share_one_pass(void **state)
{
    (void)state;
    struct arena arena;
    struct dkim_body_result got;
    arena_init(&arena, NULL, ARENA);
    struct dkim_body *b = dkim_body_new(&arena);
    int relaxed = dkim_body_want(b, CANON_RELAXED, UINT64_MAX),
        simple = dkim_body_want(b, CANON_SIMPLE, UINT64_MAX);
    int part = dkim_body_want(b, CANON_RELAXED, 1), other = dkim_body_want(b, CANON_RELAXED, 4);
    assert_int_equal(dkim_body_want(b, CANON_RELAXED, UINT64_MAX), relaxed);
    assert_int_equal(dkim_body_want(b, CANON_RELAXED, 4), other);
    assert_true(relaxed != simple && relaxed != part && part != other);
    dkim_body_feed(b, S("a \r\nb"));
    dkim_body_end(b);
    dkim_body_get(b, relaxed, &got);
    expect("relaxed", got, S("a\r\nb\r\n"));
    dkim_body_get(b, simple, &got);
    expect("simple", got, S("a \r\nb\r\n"));
    dkim_body_get(b, part, &got);
    expect("one byte", got, S("a"));
    dkim_body_get(b, other, &got);
    expect("four bytes", got, S("a\r\nb"));
    arena_free(&arena);
}

/* Where the RFC gives the hash of an empty body. */
static void empty_bodies_have_the_hashes_of_the_rfc(void **state)
{
    (void)state;
    static const uint8_t simple[4] = {0x7e, 0xb7, 0x02, 0x57}, relaxed[4] = {0xe3, 0xb0, 0xc4, 0x42};
    struct dkim_body_result got = run(S(""), CANON_SIMPLE, NO_LENGTH, 1);
    assert_memory_equal(got.hash, simple, sizeof simple);
    got = run(S(""), CANON_RELAXED, NO_LENGTH, 1);
    assert_memory_equal(got.hash, relaxed, sizeof relaxed);
}

static void five_megabytes_of_nothing_take_no_memory(void **state)
{
    (void)state;
    static const char *const kinds[] = {"\r\n", "  ", "\t\r\n", "\r\r", " \r"};
    enum { N = 5 << 20, CHUNK = 65536 };
    uint8_t *chunk = malloc(CHUNK);
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        struct arena arena;
        size_t len = strlen(kinds[kind]);
        for (size_t i = 0; i < CHUNK; i++)
            chunk[i] = (uint8_t)kinds[kind][i % len];
        arena_init(&arena, NULL, 16384);
        struct dkim_body *b = dkim_body_new(&arena);
        assert_true(dkim_body_want(b, CANON_RELAXED, UINT64_MAX) >= 0);
        assert_true(dkim_body_want(b, CANON_SIMPLE, UINT64_MAX) >= 0);
        for (size_t at = 0; at < N; at += CHUNK)
            dkim_body_feed(b, (str){chunk, CHUNK});
        dkim_body_feed(b, S("x"));
        dkim_body_end(b);
        assert_false(arena.has_failed);
        arena_free(&arena);
    }
    free(chunk);
}

/* Bytes in which white space and line ends come often, each piece twice: in one kernel and in the plain one. */
static void check_kernel(relax_kernel *kernel)
{
    static const char alphabet[] = "  \t\r\n\nabcdefghijklmnopqrstuvwxyz";
    enum { ROUNDS = 20000, N = 300 };
    uint32_t random = 1;
    enum relax_state a = RELAX_CLEAR, b = RELAX_CLEAR;
    for (size_t round = 0; round < ROUNDS; round++) {
        uint8_t in[N], out[N + RELAX_EXTRA + RELAX_SLACK], same[N + RELAX_EXTRA + RELAX_SLACK];
        size_t n = round % (N + 1), dense = round % 7 ? sizeof alphabet - 1 : 8;
        for (size_t i = 0; i < n; i++) {
            random = random * 1664525 + 1013904223;
            in[i] = (uint8_t)alphabet[(random >> 16) % dense];
        }
        size_t out_n = kernel(&a, (str){in, n}, out), same_n = relax_scalar(&b, (str){in, n}, same);
        assert_int_equal(out_n, same_n);
        assert_int_equal(a, b);
        assert_true(out_n <= n + RELAX_EXTRA);
        assert_memory_equal(out, same, out_n);
    }
}

static void all_kernels_do_the_same(void **state)
{
    (void)state;
    relax_kernel *kernels[RELAX_KERNELS];
    size_t n = relax_usable(kernels);
    assert_ptr_equal(kernels[0], relax_pick());
    assert_ptr_equal(kernels[n - 1], relax_scalar);
    for (size_t i = 0; i < n; i++)
        check_kernel(kernels[i]);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL, 0);
    assert_null(dkim_body_new(&arena));
    arena_free(&arena);
    arena_init(&arena, NULL, ARENA);
    struct dkim_body *b = dkim_body_new(&arena);
    arena.has_failed = true;
    assert_int_equal(dkim_body_want(b, CANON_SIMPLE, 1), -1);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_canonical_in_any_chunking),
        cmocka_unit_test(short_bodies_are_as_the_rules_say),
        cmocka_unit_test(lengths_cut_the_canonical_body),
        cmocka_unit_test(several_hashers_share_one_pass),
        cmocka_unit_test(empty_bodies_have_the_hashes_of_the_rfc),
        cmocka_unit_test(five_megabytes_of_nothing_take_no_memory),
        cmocka_unit_test(all_kernels_do_the_same),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
