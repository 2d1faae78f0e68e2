/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/sign_world.h"

enum { ARENA_CAP = 1 << 20 };
static struct signer signer;

/* One message, signed with what is wanted. */
struct got {
    struct arena arena;
    struct signing signing;
    str text; /* the fields, then the message */
};

/* ret  false: no memory; free in any case */
static bool sign(struct got *got, const struct signing *g, str message)
{
    struct out o;
    got->signing = *g;
    arena_init(&got->arena, NULL, ARENA_CAP);
    out_init(&o, &got->arena);
    bool has_memory = signer_sign(&signer, &got->signing, message, &o);
    got->text = out_done(&o);
    return has_memory;
}

static struct signing wants(enum ingam_algorithm algorithm)
{
    return (struct signing){.config = signer_config(), .wanted = {signer_wants(algorithm)}, .wanted_n = 1};
}

static struct signing wants_both(void)
{
    struct signing g = wants(INGAM_ED25519_SHA256);
    g.wanted[1] = signer_wants(INGAM_RSA_SHA256);
    g.wanted_n = 2;
    return g;
}

/* --- refusals --- */

#define FIELDS "From: a@author.example\r\nSubject: s\r\n"
static const struct {
    const char *about;
    str message;
    enum ingam_fault want;
    uint64_t at;
} refusals[] = {
    {"usual", S_INIT(FIELDS "\r\nbody\r\n"), INGAM_FAULT_NONE, 0},
    {"no body", S_INIT(FIELDS), INGAM_FAULT_NONE, 0},
    {"no end of the last line", S_INIT(FIELDS "\r\nbody"), INGAM_FAULT_NONE, 0},
    {"8-bit bytes",
     S_INIT(FIELDS "\r\nb\xc3\xb6"
                   "dy\xff\r\n"),
     INGAM_FAULT_NONE, 0},
    {"a bare LF in the header", S_INIT("From: a@author.example\nSubject: s\r\n\r\n"),
     INGAM_FAULT_SIGN_BARE_LF, 22},
    {"a bare LF in the body", S_INIT(FIELDS "\r\nbo\ndy\r\n"), INGAM_FAULT_SIGN_BARE_LF, 40},
    {"a bare CR in the header", S_INIT("From: a@author.example\rX: y\r\n\r\n"), INGAM_FAULT_SIGN_BARE_CR, 22},
    {"a bare CR in the body", S_INIT(FIELDS "\r\nbo\rdy\r\n"), INGAM_FAULT_SIGN_BARE_CR, 40},
    {"a bare CR at the end", S_INIT(FIELDS "\r\nbody\r"), INGAM_FAULT_SIGN_BARE_CR, 42},
    {"a NUL in the header", S_INIT("Subject: s\0\r\nFrom: a@author.example\r\n\r\n"), INGAM_FAULT_SIGN_NUL,
     10},
    {"a NUL in the body", S_INIT(FIELDS "\r\nbo\0dy\r\n"), INGAM_FAULT_NONE, 0},
    {"no From", S_INIT("Subject: s\r\n\r\nbody\r\n"), INGAM_FAULT_SIGN_FROM_MISSING, 0},
    {"nothing at all", S_INIT(""), INGAM_FAULT_SIGN_FROM_MISSING, 0},
    {"From in the body", S_INIT("Subject: s\r\n\r\nFrom: a@author.example\r\n"),
     INGAM_FAULT_SIGN_FROM_MISSING, 0},
    {"two From", S_INIT("From: a@author.example\r\nSubject: s\r\nFROM : b@author.example\r\n\r\n"),
     INGAM_FAULT_SIGN_FROM_TWICE, 36},
    {"a line that is no field", S_INIT("From: a@author.example\r\nno field\r\n\r\n"), INGAM_FAULT_SIGN_JUNK,
     24},
    {"a header cut off", S_INIT("From: a@author.example\r\nSubject: s"), INGAM_FAULT_SIGN_HEADER_OPEN, 34},
};

/* What breaks RFC 5322 is refused, at the byte, whatever the chunks.        [RFC6376 5.3] [RFC5322 2.3] [RFC5322 3.6] */
static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        for (size_t chunk = 1; chunk < 60; chunk += 7) {
            struct got got;
            struct signing g = wants(INGAM_ED25519_SHA256);
            g.chunk = chunk;
            assert_true(sign(&got, &g, refusals[i].message));
            if (got.signing.fault != refusals[i].want || got.signing.at != refusals[i].at ||
                got.signing.field_n != (refusals[i].want == INGAM_FAULT_NONE))
                fail_msg("%s: %s at %llu, %zu fields", refusals[i].about,
                         ingam_fault_row(got.signing.fault)->name, (unsigned long long)got.signing.at,
                         got.signing.field_n);
            arena_free(&got.arena);
        }
}

static void refuses_long_lines(void **state)
{
    (void)state;
    static uint8_t text[4000];
    static const char end[] = "\r\nend\r\n", begin[] = FIELDS "\r\n";
    const size_t head_n = sizeof begin - 1;
    for (size_t n = 990; n < 1010; n++) {
        struct got got;
        struct signing g = wants(INGAM_ED25519_SHA256);
        g.chunk = 512;
        memcpy(text, begin, head_n);
        memset(text + head_n, 'x', n);
        memcpy(text + head_n + n, end, sizeof end - 1);
        assert_true(sign(&got, &g, (str){text, head_n + n + sizeof end - 1}));
        assert_int_equal(got.signing.fault, n > 998 ? INGAM_FAULT_SIGN_LINE_TOO_LONG : INGAM_FAULT_NONE);
        assert_int_equal(got.signing.at, n > 998 ? head_n + 998 : 0);
        arena_free(&got.arena);
    }
}

static void refuses_with(const struct signing *g, enum ingam_fault want)
{
    struct got got;
    assert_true(sign(&got, g, S(FIELDS)));
    assert_int_equal(got.signing.fault, want);
    assert_int_equal(got.signing.field_n, 0);
    arena_free(&got.arena);
}

static void refuses_what_is_wanted(void **state)
{
    (void)state;
    struct signing g = wants_both();
    g.wanted[1].selector = S("");
    refuses_with(&g, INGAM_FAULT_SIGN_SELECTOR);
    g = wants_both();
    g.config.limits.dkim_signed_names = 12;
    refuses_with(&g, INGAM_FAULT_SIGN_TOO_MANY_NAMES);
    g = wants_both();
    g.config.limits.header_block = 20;
    refuses_with(&g, INGAM_FAULT_MAIL_HEADER_TOO_LONG);
    g = wants_both();
    g.wanted_n = 0;
    refuses_with(&g, INGAM_FAULT_NONE);
}

/* --- what comes out --- */

/* The whole field, byte by byte, with the key of RFC 8463: whoever signs the same must write the same b=. */
static void writes_the_field(void **state)
{
    (void)state;
    struct got got;
    static const char want[] =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=author.example;\r\n"
        " s=ed; i=ann@author.example; t=1788264000; x=1788350400; h=from:from:to:cc:\r\n"
        " subject:subject:date:message-id:reply-to:mime-version:content-type:\r\n"
        " content-transfer-encoding:in-reply-to:references;\r\n"
        " bh=Ck5SoRNWUpSR4X0COv7R5ub2pUTtl6xz4dTFz++ji4M=;\r\n"
        " b=Eqhzpu/uAOfSGI1t3ZMMBcrGLrATgzfuqYY5p4UKt3bq1NI4VQA69ew3KDggD9d2BHwzVYqZNH9\r\n"
        " A/gCUCCVpAg==\r\n" FIELDS;
    struct signing g = wants(INGAM_ED25519_SHA256);
    g.wanted[0].body_canon = INGAM_SIMPLE;
    g.wanted[0].auid = S("ann@author.example");
    g.wanted[0].expire_s = 86400;
    assert_true(sign(&got, &g, S(FIELDS "\r\nbody\r\n")));
    if (!str_starts(got.text, str_of(want)))
        fail_msg("%.*s", (int)got.text.n, (const char *)got.text.p);
    arena_free(&got.arena);
}

/* RSA stands above Ed25519, whatever the order they were wanted in, and the same call gives the same bytes. [RFC8463 6] */
static void signs_twice_in_one_pass(void **state)
{
    (void)state;
    struct got first, second;
    struct signing g = wants_both();
    assert_true(sign(&first, &g, S(FIELDS "\r\nbody\r\n")));
    g.chunk = 1;
    assert_true(sign(&second, &g, S(FIELDS "\r\nbody\r\n")));
    assert_int_equal(first.signing.field_n, 2);
    assert_true(str_eq(first.text, second.text));
    assert_true(str_find_str(first.text, S("a=rsa-sha256")) <
                str_find_str(first.text, S("a=ed25519-sha256")));
    arena_free(&first.arena);
    arena_free(&second.arena);
}

/* The calls in another order than they are meant. */
static void keeps_its_order(void **state)
{
    (void)state;
    struct signing g = wants_both();
    struct ingam_sign_job job;
    uint8_t bytes[300] = {0};
    struct ingam_sign *s = ingam_sign_new(&g.config, g.wanted, 2, SIGNER_NOW);
    assert_int_equal(ingam_sign_next(s, &job), INGAM_WANT_INPUT);
    assert_int_equal(ingam_sign_answer(s, &(struct ingam_sign_answer){1, {bytes, 256}}), INGAM_ERR_ORDER);
    assert_int_equal(ingam_sign_feed(s, S(FIELDS)), INGAM_OK);
    assert_null(ingam_sign_result(s));
    assert_int_equal(ingam_sign_end(s), INGAM_OK);
    assert_int_equal(ingam_sign_end(s), INGAM_ERR_ORDER);
    assert_int_equal(ingam_sign_feed(s, S("x")), INGAM_ERR_ORDER);
    assert_int_equal(ingam_sign_next(s, &job), INGAM_WANT_SIGN);
    assert_int_equal(job.id, 1);
    assert_int_equal(job.algorithm, INGAM_RSA_SHA256);
    assert_true(str_eq(job.key_name, S("rsa._domainkey.author.example")));
    assert_int_equal(ingam_sign_answer(s, &(struct ingam_sign_answer){2, {bytes, 64}}), INGAM_ERR_ORDER);
    assert_int_equal(ingam_sign_next(s, &job), INGAM_WANT_SIGN);
    assert_int_equal(job.id, 2);
    assert_int_equal(ingam_sign_next(s, &job), INGAM_WANT_SIGN);
    assert_int_equal(job.id, 0); /* only old ones are open */
    assert_int_equal(ingam_sign_answer(s, &(struct ingam_sign_answer){1, {bytes, 64}}), INGAM_ERR_ARGUMENT);
    assert_int_equal(ingam_sign_answer(s, &(struct ingam_sign_answer){2, {bytes, 65}}), INGAM_ERR_ARGUMENT);
    assert_int_equal(ingam_sign_answer(s, &(struct ingam_sign_answer){2, {bytes, 64}}), INGAM_OK);
    assert_int_equal(ingam_sign_answer(s, &(struct ingam_sign_answer){2, {bytes, 64}}), INGAM_ERR_ORDER);
    assert_null(ingam_sign_result(s));
    assert_int_equal(ingam_sign_answer(s, &(struct ingam_sign_answer){1, {bytes, 0}}), INGAM_OK);
    assert_int_equal(ingam_sign_next(s, &job), INGAM_WANT_NOTHING);
    const struct ingam_sign_result *r = ingam_sign_result(s);
    assert_int_equal(r->fault, INGAM_FAULT_SIGN_KEY_REFUSED);
    assert_int_equal(r->n, 1);
    assert_int_not_equal(str_find_str(r->fields[0], S("ed25519")), r->fields[0].n);
    ingam_sign_free(s);
    ingam_sign_free(NULL);
}

/* --- memory --- */

struct counting {
    size_t calls, fail_at;
};

static void *count_get(void *context, size_t n)
{
    struct counting *c = context;
    return ++c->calls == c->fail_at ? NULL : malloc(n);
}

static void count_put(void *context, void *p)
{
    (void)context;
    free(p);
}

/* Each allocation fails once, and each time it is said. */
static void survives_each_allocation(void **state)
{
    (void)state;
    static uint8_t text[8192];
    static const char first[] = "From: a@author.example\r\n",
                      more[] = "To: ann@rcpt.example, bob@rcpt.example\r\n";
    struct counting counting = {0, 0};
    struct signing g = wants_both();
    struct got got;
    memcpy(text, first, sizeof first - 1);
    size_t n = sizeof first - 1;
    for (size_t i = 0; i < 100; i++, n += sizeof more - 1)
        memcpy(text + n, more, sizeof more - 1);
    g.config.alloc = (struct ingam_alloc){count_get, count_put, &counting};
    g.chunk = 100;
    assert_true(sign(&got, &g, (str){text, n}));
    assert_int_equal(got.signing.field_n, 2);
    arena_free(&got.arena);
    size_t calls = counting.calls;
    assert_true(calls >= 2);
    for (size_t i = 1; i <= calls; i++) {
        counting = (struct counting){0, i};
        if (sign(&got, &g, (str){text, n}))
            fail_msg("allocation %zu of %zu failed and nobody noticed", i, calls);
        arena_free(&got.arena);
    }
}

static int make_keys(void **state)
{
    (void)state;
    return signer_init(&signer) ? 0 : -1;
}

static int free_keys(void **state)
{
    (void)state;
    signer_free(&signer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_long_lines),
        cmocka_unit_test(refuses_what_is_wanted),
        cmocka_unit_test(writes_the_field),
        cmocka_unit_test(signs_twice_in_one_pass),
        cmocka_unit_test(keeps_its_order),
        cmocka_unit_test(survives_each_allocation),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
