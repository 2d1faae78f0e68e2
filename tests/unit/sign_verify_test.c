/* SPDX-License-Identifier: BSD-2-Clause */
/* What the signer makes, the verifier believes; and not what became of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/sign_world.h"

static struct signer signer;

static const struct {
    const char *about;
    str text;
} headers[] = {
    {"small", S_INIT("From: a@author.example\r\n")},
    {"usual",
     S_INIT("Received: by mx.author.example\r\n\tfor <b@rcpt.example>\r\nFrom: A <a@author.example>\r\n"
            "To: b@rcpt.example\r\nSubject: hello\r\nDate: Tue, 01 Sep 2026 12:00:00 +0000\r\n"
            "Message-ID: <1@author.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n")},
    {"folds and white space",
     S_INIT("FROM \t:\r\n  a@author.example \t\r\n\t \r\nSubject:  a \t b\r\n\tc  \r\nto:\r\n")},
    {"the same name often",
     S_INIT("To: 1\r\nFrom: a@author.example\r\nTo: 2\r\nSubject: x\r\nTo: 3\r\nsubject: y\r\n")},
    {"another's signature",
     S_INIT("DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; bh=AA==; b=AA==\r\n"
            "From: a@author.example\r\n")},
    {"8-bit", S_INIT("From: J\xc3\xb6rg <a@author.example>\r\nSubject: \xff\xfe\x01\r\n")},
    {"a list's", S_INIT("From: a@author.example\r\nList-Unsubscribe: <https://l.example/u>\r\n"
                        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")},
};

static const struct {
    const char *about;
    str text;
} bodies[] = {
    {"no empty line", S_INIT("")},
    {"empty", S_INIT("\r\n")},
    {"one line", S_INIT("\r\nbody\r\n")},
    {"no end", S_INIT("\r\nbody")},
    {"blank lines", S_INIT("\r\n\r\n\r\na\r\n\r\n \t\r\n\r\n\r\n")},
    {"only blank lines", S_INIT("\r\n\r\n\r\n")},
    {"white space", S_INIT("\r\n a  b\t\tc \r\n\t\r\n  \r\nend \t")},
    {"8-bit and a NUL", S_INIT("\r\n\xff\0\x80 \x01\r\n")},
};

struct shape {
    enum ingam_canon header, body;
    enum ingam_algorithm algorithm;
    bool no_oversign;
};

static struct signing signing_of(const struct shape *shape)
{
    struct signing g = {.config = signer_config(), .wanted = {signer_wants(shape->algorithm)}, .wanted_n = 1};
    g.wanted[0].header_canon = shape->header;
    g.wanted[0].body_canon = shape->body;
    g.wanted[0].no_oversign = shape->no_oversign;
    return g;
}

/* Signs and judges one message: all signatures of ours pass. ret  the signed message, in the arena */
static str passes(struct arena *a, struct signing *g, str message, const char *about)
{
    struct world w;
    struct out o;
    out_init(&o, a);
    assert_true(signer_sign(&signer, g, message, &o));
    str text = out_done(&o);
    if (g->fault)
        fail_msg("%s: %s", about, ingam_fault_row(g->fault)->name);
    assert_true(signer_judge(&signer, &w, text));
    assert_true(w.n >= g->wanted_n);
    for (size_t i = 0; i < g->wanted_n; i++)
        if (w.list[i].result != INGAM_RESULT_PASS)
            fail_msg("%s: %s\n%.*s", about, ingam_fault_row(w.list[i].fault)->name, (int)text.n,
                     (const char *)text.p);
    world_free(&w);
    return text;
}

/* Every algorithm, every canonicalization, every shape of header and body, also above another's signature.
 *                                                                  [RFC6376 3.4] [RFC6376 5.6] [RFC8463 3] */
static void passes_in_every_shape(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 16; bits++)
        for (size_t h = 0; h < sizeof headers / sizeof *headers; h++)
            for (size_t b = 0; b < sizeof bodies / sizeof *bodies; b++) {
                struct arena a;
                struct out o;
                char about[128];
                struct shape shape = {(enum ingam_canon)(bits & 1), (enum ingam_canon)(bits >> 1 & 1),
                                      (enum ingam_algorithm)(bits >> 2 & 1), bits >> 3 & 1};
                struct signing g = signing_of(&shape);
                g.chunk = 1 + (h * 8 + b) % 11;
                arena_init(&a, NULL, 1 << 20);
                out_init(&o, &a);
                out_str(&o, headers[h].text);
                out_str(&o, bodies[b].text);
                snprintf(about, sizeof about, "%u: %s, %s", bits, headers[h].about, bodies[b].about);
                passes(&a, &g, out_done(&o), about);
                arena_free(&a);
            }
}

static const char message[] =
    "Received: x\r\nFrom: a@author.example\r\nTo: b@rcpt.example\r\nSubject: hello you\r\n"
    "X-Other: y\r\n\r\nfirst line\r\nsecond line\r\n";

/* ret  result of the one signature of a message */
static enum ingam_result judged(str text)
{
    struct world w;
    assert_true(signer_judge(&signer, &w, text));
    enum ingam_result result = w.n == 1 ? w.list[0].result : INGAM_RESULT_NONE;
    world_free(&w);
    return result;
}

/* ret  a change of this byte must be noticed: it is visible, and in a field that is signed, the signature or the body */
static bool is_signed(str text, size_t at, size_t b_to)
{
    size_t received = str_find_str(text, S("Received:")), from = str_find_str(text, S("From:"));
    size_t other = str_find_str(text, S("X-Other:")), end = str_find_str(text, S("\r\n\r\n"));
    bool is_free = (at >= received && at < from) || (at >= other && at < end);
    bool is_last_digit = at >= b_to - 4 && at < b_to; /* bits behind the last byte are ignored */
    return text.p[at] > ' ' && !is_free && !is_last_digit;
}

/* Any one changed byte that is signed breaks the signature; one that is not does not.                [RFC6376 3.7] */
static void notices_each_changed_byte(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 4; bits++) {
        struct arena a;
        struct shape shape = {(enum ingam_canon)(bits & 1), (enum ingam_canon)(bits >> 1),
                              INGAM_ED25519_SHA256, false};
        struct signing g = signing_of(&shape);
        arena_init(&a, NULL, 1 << 20);
        str text = passes(&a, &g, str_of(message), "usual");
        uint8_t *copy = arena_take(&a, text.n);
        for (size_t i = 0; i < text.n; i++) {
            memcpy(copy, text.p, text.n);
            copy[i] = byte_lower(copy[i]) == 'x' ? 'y' : 'x';
            bool passed = judged((str){copy, text.n}) == INGAM_RESULT_PASS;
            if (is_signed(text, i, g.top_n - 2) && passed)
                fail_msg("%u: byte %zu changed and nobody noticed", bits, i);
            bool is_in_other =
                i > str_find_str(text, S("X-Other:")) + 8 && i < str_find_str(text, S("\r\n\r\n"));
            if (is_in_other && text.p[i] > ' ' && !passed)
                fail_msg("%u: byte %zu is not signed", bits, i);
        }
        arena_free(&a);
    }
}

/* A field of a name that is signed cannot be added, on top or below; one more of it was signed.      [RFC6376 5.4] */
static void cannot_be_added_to(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        bool may_be_added;
    } added[] = {
        {"From: evil@other.example\r\n", false},
        {"To: c@rcpt.example\r\n", false},
        {"Cc: c@rcpt.example\r\n", false},
        {"Subject: other\r\n", false},
        {"Date: now\r\n", false},
        {"Message-ID: <2@x>\r\n", false},
        {"Reply-To: evil@x\r\n", false},
        {"MIME-Version: 2\r\n", false},
        {"Content-Type: text/html\r\n", false},
        {"Content-Transfer-Encoding: base64\r\n", false},
        {"In-Reply-To: <x>\r\n", false},
        {"References: <x>\r\n", false},
        {"Received: by x\r\n", true},
        {"List-Unsubscribe: <x>\r\n", true},
        {"X-Spam: no\r\n", true},
        {"DKIM-Signature: v=2\r\n", true},
    };
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        struct arena a;
        struct out o;
        struct world w;
        struct shape shape = {INGAM_RELAXED, INGAM_RELAXED, INGAM_ED25519_SHA256, false};
        struct signing g = signing_of(&shape);
        arena_init(&a, NULL, 1 << 20);
        str text = passes(&a, &g, str_of(message), "usual");
        out_init(&o, &a);
        out_z(&o, added[i].field);
        out_str(&o, text);
        assert_true(signer_judge(&signer, &w, out_done(&o)));
        if ((w.list[w.n - 1].result == INGAM_RESULT_PASS) != added[i].may_be_added)
            fail_msg("%s", added[i].field);
        world_free(&w);
        arena_free(&a);
    }
}

/* Signatures of both kinds in one message stand each for itself.                                     [RFC8463 6] */
static void passes_twice(void **state)
{
    (void)state;
    struct arena a;
    struct shape shape = {INGAM_RELAXED, INGAM_RELAXED, INGAM_ED25519_SHA256, false};
    struct signing g = signing_of(&shape);
    g.wanted[1] = signer_wants(INGAM_RSA_SHA256);
    g.wanted[1].body_canon = INGAM_SIMPLE;
    g.wanted_n = 2;
    arena_init(&a, NULL, 1 << 20);
    passes(&a, &g, str_of(message), "two");
    arena_free(&a);
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
        cmocka_unit_test(passes_in_every_shape),
        cmocka_unit_test(notices_each_changed_byte),
        cmocka_unit_test(cannot_be_added_to),
        cmocka_unit_test(passes_twice),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
