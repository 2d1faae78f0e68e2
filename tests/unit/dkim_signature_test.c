/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/dkim_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define V    "v=1; "
#define A    "a=rsa-sha256; "
#define D    "d=a.example; "
#define SEL  "s=sel; "
#define H    "h=from; "
#define BH   "bh=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=; "
#define B    "b=AAEC"
#define HEAD V A D SEL
#define TAIL H BH B
#define L10  "0123456789"
#define L60  L10 L10 L10 L10 L10 L10
#define U_A  "\xc3\xa4.example" /* a with diaeresis */

enum { NOW = 1780000000 };

/* clang-format off */
/* [RFC6376 2.11] [RFC6376 3.1] [RFC6376 3.5] [RFC6376 3.10] [RFC6376 6.1.1] [RFC6376 8.9] [RFC8301 3.1] [RFC8616 5]; `at`: what stands at the byte that is blamed, "" the end */
static const struct {
    const char *about;
    const char *value;
    enum ingam_fault fault;
    const char *at;
} rows[] = {
    {"the least", HEAD TAIL, 0, NULL},
    {"all tags", HEAD "c=relaxed/simple; i=x@b.a.example; l=0; q=dns/txt; t=1; x=1790000000; z=From:a|To:b; " TAIL ";", 0, NULL},
    {"folds everywhere", "\r\n v\r\n\t=\r\n 1\r\n ;\r\n a=rsa-sha256 ; " D SEL "h=to\r\n\t:\r\n from; " BH "b=AA\r\n\tEC\r\n ", 0, NULL},
    {"any order", B ";" BH H SEL D A "v=1", 0, NULL},
    {"an unknown tag", HEAD "xyz=!; " TAIL, 0, NULL},
    {"a tag of a capital letter is unknown", HEAD "T=x; " TAIL, 0, NULL},
    {"Ed25519", V "a=ed25519-sha256; " D SEL TAIL, 0, NULL},

    {"no tag list", V "foo; ", FAULT_DKIM_SYNTAX, "; "},
    {"nothing", "", FAULT_DKIM_V_MISSING, NULL},
    {"an empty tag", HEAD ";" TAIL, FAULT_DKIM_SYNTAX, ";" TAIL},
    {"a tag twice", HEAD TAIL "; d=b.example", FAULT_DKIM_TAG_TWICE, "d=b.example"},
    {"a control byte", HEAD "i=\x01; " TAIL, FAULT_DKIM_SYNTAX, "\x01; " TAIL},
    {"a high byte that is no UTF-8", HEAD "z=\xff; " TAIL, FAULT_DKIM_SYNTAX, "\xff; " TAIL},

    {"no v=", A D SEL TAIL, FAULT_DKIM_V_MISSING, NULL},
    {"v= of the future", "v=2; " A D SEL TAIL, FAULT_DKIM_VERSION, "2; " A D SEL TAIL},
    {"v= with a zero", "v=01; " A D SEL TAIL, FAULT_DKIM_VERSION, "01; " A D SEL TAIL},
    {"v= empty", "v=; " A D SEL TAIL, FAULT_DKIM_VERSION, "; " A D SEL TAIL},

    {"no a=", V D SEL TAIL, FAULT_DKIM_A_MISSING, NULL},
    {"SHA-1", V "a=rsa-sha1; " D SEL TAIL, FAULT_DKIM_SHA1, "rsa-sha1; " D SEL TAIL},
    {"an algorithm in capitals", V "a=RSA-SHA256; " D SEL TAIL, FAULT_DKIM_ALGORITHM_UNKNOWN, "RSA-SHA256; " D SEL TAIL},
    {"an unknown algorithm", V "a=rsa-sha512; " D SEL TAIL, FAULT_DKIM_ALGORITHM_UNKNOWN, "rsa-sha512; " D SEL TAIL},

    {"no d=", V A SEL TAIL, FAULT_DKIM_D_MISSING, NULL},
    {"d= empty", V A "d=; " SEL TAIL, FAULT_DKIM_DOMAIN, "; " SEL TAIL},
    {"d= of one label", V A "d=example; " SEL TAIL, FAULT_DKIM_DOMAIN, "example; " SEL TAIL},
    {"d= with an empty label", V A "d=a..example; " SEL TAIL, FAULT_DKIM_DOMAIN, "a..example; " SEL TAIL},
    {"d= with a last dot", V A "d=a.example.; " SEL TAIL, FAULT_DKIM_DOMAIN, ".; " SEL TAIL},
    {"d= with white space", V A "d=a. example; " SEL TAIL, FAULT_DKIM_DOMAIN, " example; " SEL TAIL},
    {"d= an address literal", V A "d=[192.0.2.1]; " SEL TAIL, FAULT_DKIM_DOMAIN, "[192.0.2.1]; " SEL TAIL},
    {"d= with a label of 63", V A "d=" L60 "012.example; " SEL TAIL, 0, NULL},
    {"d= with a label of 64", V A "d=" L60 "0123.example; " SEL TAIL, FAULT_DKIM_DOMAIN, L60 "0123.example; " SEL TAIL},
    {"d= of U-labels", V A "d=" U_A "; " SEL TAIL, 0, NULL},
    {"d= of broken UTF-8", V A "d=\xc3.example; " SEL TAIL, FAULT_DKIM_SYNTAX, "\xc3.example; " SEL TAIL},

    {"no s=", V A D TAIL, FAULT_DKIM_S_MISSING, NULL},
    {"s= empty", V A D "s=; " TAIL, FAULT_DKIM_SELECTOR, "; " TAIL},
    {"s= of labels", V A D "s=a.b-c.d_e; " TAIL, 0, NULL},
    {"s= with an empty label", V A D "s=.a; " TAIL, FAULT_DKIM_SELECTOR, ".a; " TAIL},
    {"s= with a slash", V A D "s=a/b; " TAIL, FAULT_DKIM_SELECTOR, "/b; " TAIL},
    {"s= of U-labels", V A D "s=\xc3\xa4; " TAIL, 0, NULL},
    {"a name of 253", V A D "s=" L60 "." L60 "." L60 "." L10 L10 L10 L10 "012345678; " TAIL, 0, NULL},
    {"a name of 254", V A D "s=" L60 "." L60 "." L60 "." L10 L10 L10 L10 L10 "; " TAIL, FAULT_DKIM_NAME_TOO_LONG,
     L60 "." L60 "." L60 "." L10 L10 L10 L10 L10 "; " TAIL},

    {"c= simple", HEAD "c=simple; " TAIL, 0, NULL},
    {"c= unknown header", HEAD "c=loose/simple; " TAIL, FAULT_DKIM_CANON_UNKNOWN, "loose/simple; " TAIL},
    {"c= unknown body", HEAD "c=simple/nofws; " TAIL, FAULT_DKIM_CANON_UNKNOWN, "nofws; " TAIL},
    {"c= in capitals", HEAD "c=Relaxed; " TAIL, FAULT_DKIM_CANON_UNKNOWN, "Relaxed; " TAIL},
    {"c= of three", HEAD "c=simple/simple/simple; " TAIL, FAULT_DKIM_CANON_UNKNOWN, "simple/simple; " TAIL},
    {"c= with nothing behind the slash", HEAD "c=simple/; " TAIL, FAULT_DKIM_CANON_UNKNOWN, "; " TAIL},

    {"no h=", HEAD BH B, FAULT_DKIM_H_MISSING, NULL},
    {"h= empty", HEAD "h=; " BH B, FAULT_DKIM_H_SYNTAX, "; " BH B},
    {"h= with an empty name", HEAD "h=from::to; " BH B, FAULT_DKIM_H_SYNTAX, ":to; " BH B},
    {"h= without From", HEAD "h=to:x-from; " BH B, FAULT_DKIM_FROM_UNSIGNED, "to:x-from; " BH B},
    {"h= in capitals, itself, the same twice", HEAD "h=FROM:dkim-signature:from:from; " BH B, 0, NULL},

    {"i= the domain alone", HEAD "i=@a.example; " TAIL, 0, NULL},
    {"i= in other letters", HEAD "i=@A.EXAMPLE; " TAIL, 0, NULL},
    {"i= below", HEAD "i=@x.y.a.example; " TAIL, 0, NULL},
    {"i= above", HEAD "i=@example; " TAIL, FAULT_DKIM_AUID_DOMAIN, "example; " TAIL},
    {"i= elsewhere", HEAD "i=x@b.example; " TAIL, FAULT_DKIM_AUID_DOMAIN, "b.example; " TAIL},
    {"i= that only ends alike", HEAD "i=@ba.example; " TAIL, FAULT_DKIM_AUID_DOMAIN, "ba.example; " TAIL},
    {"i= without @", HEAD "i=a.example; " TAIL, FAULT_DKIM_AUID_SYNTAX, "a.example; " TAIL},
    {"i= empty", HEAD "i=; " TAIL, FAULT_DKIM_AUID_SYNTAX, "; " TAIL},
    {"i= with @ only", HEAD "i=@; " TAIL, FAULT_DKIM_AUID_SYNTAX, "; " TAIL},
    {"i= with two @", HEAD "i=\"a@b\"@a.example; " TAIL, 0, NULL},
    {"i= quoted-printable", HEAD "i=x=20y=40@a=2Eexample; " TAIL, 0, NULL},
    {"i= folded", HEAD "i=x@a.\r\n example; " TAIL, 0, NULL},
    {"i= of U-labels", V A "d=xn--4ca.example; " SEL "i=\xc3\xb6@" U_A "; " TAIL, 0, NULL},

    {"l= 76 digits", HEAD "l=" L60 L10 "012345; " TAIL, 0, NULL},
    {"l= 77 digits", HEAD "l=" L60 L10 "0123456; " TAIL, FAULT_DKIM_LENGTH_SYNTAX, L60 L10 "0123456; " TAIL},
    {"l= empty", HEAD "l=; " TAIL, FAULT_DKIM_LENGTH_SYNTAX, "; " TAIL},
    {"l= negative", HEAD "l=-1; " TAIL, FAULT_DKIM_LENGTH_SYNTAX, "-1; " TAIL},
    {"l= with white space", HEAD "l=1 2; " TAIL, FAULT_DKIM_LENGTH_SYNTAX, "1 2; " TAIL},

    {"q= with others", HEAD "q=http : dns/txt:x/y; " TAIL, 0, NULL},
    {"q= without ours", HEAD "q=dns; " TAIL, FAULT_DKIM_QUERY_UNKNOWN, "dns; " TAIL},
    {"q= empty", HEAD "q=; " TAIL, FAULT_DKIM_QUERY_UNKNOWN, "; " TAIL},

    {"t= in the future", HEAD "t=1880000000; " TAIL, 0, NULL},
    {"t= and x= of more than 12 digits", HEAD "t=1000000000000; x=9999999999999; " TAIL, FAULT_DKIM_EXPIRY_NOT_LATER, "9999999999999; " TAIL},
    {"t= no number", HEAD "t=now; " TAIL, FAULT_DKIM_TIME_SYNTAX, "now; " TAIL},
    {"t= empty", HEAD "t=; " TAIL, FAULT_DKIM_TIME_SYNTAX, "; " TAIL},
    {"x= no number", HEAD "x=1.5; " TAIL, FAULT_DKIM_EXPIRY_SYNTAX, "1.5; " TAIL},
    {"x= without end", HEAD "x=" L60 "; " TAIL, 0, NULL},
    {"x= equal to t=", HEAD "t=1790000000; x=1790000000; " TAIL, FAULT_DKIM_EXPIRY_NOT_LATER, "1790000000; " TAIL},
    {"x= now", HEAD "x=1780000000; " TAIL, 0, NULL},
    {"x= a second ago", HEAD "x=1779999999; " TAIL, FAULT_DKIM_EXPIRED, "1779999999; " TAIL},
    {"expired, but something else is wrong too", HEAD "x=1; " H BH "b=!", FAULT_DKIM_B_SYNTAX, "!"},

    {"no bh=", HEAD H B, FAULT_DKIM_BH_MISSING, NULL},
    {"bh= empty", HEAD H "bh=; " B, FAULT_DKIM_BH_SYNTAX, "; " B},
    {"bh= of 31 bytes", HEAD H "bh=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==; " B, FAULT_DKIM_BH_SYNTAX, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==; " B},
    {"bh= of 33 bytes", HEAD H "bh=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g; " B, FAULT_DKIM_BH_SYNTAX, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g; " B},
    {"bh= folded", HEAD H "bh=AAECAwQFBgcICQoLDA0O\r\n DxAREhMUFRYXGBkaGxwdHh8=; " B, 0, NULL},
    {"no b=", HEAD H BH, FAULT_DKIM_B_MISSING, NULL},
    {"b= empty", HEAD H BH "b=", FAULT_DKIM_B_SYNTAX, ""},
    {"b= no base64", HEAD H BH "b=AA:A", FAULT_DKIM_B_SYNTAX, ":A"},
    {"b= of one digit", HEAD H BH "b=AAAAA", FAULT_DKIM_B_SYNTAX, ""},
};
/* clang-format on */

struct got {
    struct arena arena;
    struct mail_header header;
    struct dkim_signature sig;
};

/* The field lies in memory of just its size. */
static str make_field(const char *value)
{
    size_t n = strlen(value);
    uint8_t *text = malloc(n + 18);
    memcpy(text, "DKIM-Signature: ", 16);
    memcpy(text + 16, value, n);
    memcpy(text + 16 + n, "\r\n", 2);
    return (str){text, n + 18};
}

static void read_field(str text, const struct ingam_limits *limits, struct got *got)
{
    arena_init(&got->arena, NULL, WORLD_ARENA);
    struct method_run run = {.arena = &got->arena, .limits = limits, .now_s = NOW};
    assert_true(mail_header_of(text, &got->arena, limits, &got->header));
    assert_int_equal(got->header.n, 1);
    assert_true(dkim_signature_read(&run, &got->header.fields[0], &got->sig));
}

static void free_field(str text, struct got *got)
{
    arena_free(&got->arena);
    free((void *)(uintptr_t)text.p);
}

static void fields_are_read_or_blamed(void **state)
{
    (void)state;
    struct ingam_limits limits;
    ingam_limits_default(&limits);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct got got;
        str text = make_field(rows[i].value);
        read_field(text, &limits, &got);
        const uint8_t *end = text.p + text.n - 2;
        const char *name = ingam_fault_row(got.sig.fault)->name;
        if (got.sig.fault != rows[i].fault)
            fail_msg("%s: got %s", rows[i].about, name);
        if ((got.sig.wrong == NULL) != (rows[i].at == NULL))
            fail_msg("%s: %s blames a byte, or none", rows[i].about, name);
        if (got.sig.wrong && !str_eq(str_between(got.sig.wrong, end), str_of(rows[i].at)))
            fail_msg("%s: %s blames byte %td", rows[i].about, name, got.sig.wrong - text.p - 16);
        free_field(text, &got);
    }
}

static void everything_is_kept(void **state)
{
    (void)state;
    struct ingam_limits limits;
    struct got got;
    ingam_limits_default(&limits);
    str text = make_field(
        V "a=ed25519-sha256; d=A.Example; s=Sel_1; c=relaxed; i=x@B.a.example; l=12; t=1; x=1790000000; "
          "h= to : from ;" BH "b=\r\n AA EC\r\n ");
    read_field(text, &limits, &got);
    struct dkim_signature *sig = &got.sig;
    assert_int_equal(sig->fault, FAULT_NONE);
    assert_true(str_eq(sig->algorithm, S("ed25519-sha256")) && sig->kind == KEY_ED25519);
    assert_true(str_eq(sig->domain, S("a.example")) && str_eq(sig->selector, S("Sel_1")));
    assert_true(str_eq(sig->auid, S("x@B.a.example")) && sig->is_auid_below);
    assert_true(sig->header_canon == CANON_RELAXED && sig->body_canon == CANON_SIMPLE);
    assert_true(sig->has_length && sig->length == 12);
    assert_true(sig->has_time && sig->signed_at == 1 && sig->has_expiry && sig->expires_at == 1790000000);
    assert_true(str_eq(sig->signed_names, S("to : from")));
    assert_true(str_eq(sig->b_value, S("\r\n AA EC\r\n ")) && str_eq(sig->b, S("AA EC")));
    assert_true(str_eq(sig->signature, S("\0\1\2")));
    assert_true(sig->has_body_hash && sig->body_hash[0] == 0 && sig->body_hash[31] == 31);
    free_field(text, &got);
}

static void what_can_be_read_is_told_of_a_faulty_one(void **state)
{
    (void)state;
    struct ingam_limits limits;
    struct got got;
    ingam_limits_default(&limits);
    str text = make_field("v=2; a=rsa-sha1; d=a.example; s=sel; b=AAEC; !");
    read_field(text, &limits, &got);
    assert_int_equal(got.sig.fault, FAULT_DKIM_SYNTAX);
    assert_true(str_eq(got.sig.domain, S("a.example")) && str_eq(got.sig.selector, S("sel")));
    assert_true(str_eq(got.sig.algorithm, S("rsa-sha1")) && str_eq(got.sig.b, S("AAEC")));
    assert_true(str_eq(got.sig.auid, S("@a.example")));
    free_field(text, &got);
}

static void names_become_a_labels(void **state)
{
    (void)state;
    struct ingam_limits limits;
    struct got got;
    ingam_limits_default(&limits);
    str text = make_field(V A "d=" U_A "; s=\xc3\xb6; i=\xc3\xbc@x." U_A ";" TAIL);
    read_field(text, &limits, &got);
    assert_int_equal(got.sig.fault, FAULT_NONE);
    assert_true(str_eq(got.sig.domain, S("xn--4ca.example")) && str_eq(got.sig.selector, S("xn--nda")));
    assert_true(got.sig.is_auid_below);
    free_field(text, &got);
}

static enum ingam_fault fault_of(const char *value, const struct ingam_limits *limits)
{
    struct got got;
    str text = make_field(value);
    read_field(text, limits, &got);
    enum ingam_fault fault = got.sig.fault;
    free_field(text, &got);
    return fault;
}

/* At each limit, and one above it. */
static void limits_are_faults(void **state)
{
    (void)state;
    struct ingam_limits limits;
    ingam_limits_default(&limits);
    static char value[20000];
    size_t head_n = strlen("DKIM-Signature: ") + 2;
    for (size_t over = 0; over <= 1; over++) {
        size_t n = (size_t)snprintf(value, sizeof value, "%s; z=", HEAD TAIL);
        memset(value + n, 'a', limits.dkim_field - n - head_n + over);
        value[limits.dkim_field - head_n + over] = 0;
        assert_int_equal(fault_of(value, &limits), over ? FAULT_DKIM_FIELD_TOO_LONG : FAULT_NONE);

        n = (size_t)snprintf(value, sizeof value, "%s", HEAD TAIL);
        for (size_t i = 7; i < limits.dkim_tags + over; i++)
            n += (size_t)snprintf(value + n, sizeof value - n, "; u%zu=", i);
        assert_int_equal(fault_of(value, &limits), over ? FAULT_DKIM_TOO_MANY_TAGS : FAULT_NONE);

        n = (size_t)snprintf(value, sizeof value, "%s", HEAD "h=from");
        for (size_t i = 1; i < limits.dkim_signed_names + over; i++)
            n += (size_t)snprintf(value + n, sizeof value - n, ":x");
        snprintf(value + n, sizeof value - n, "; %s", BH B);
        assert_int_equal(fault_of(value, &limits), over ? FAULT_DKIM_TOO_MANY_NAMES : FAULT_NONE);
    }
}

static void no_memory_is_told(void **state)
{
    (void)state;
    struct ingam_limits limits;
    struct dkim_signature sig;
    ingam_limits_default(&limits);
    str value = S(HEAD TAIL);
    struct mail_field field = {.raw = value, .name = S("DKIM-Signature"), .value = value};
    for (size_t cap = 0; cap < 20000; cap += 50) {
        struct arena arena;
        struct method_run run = {.arena = &arena, .limits = &limits, .now_s = NOW};
        arena_init(&arena, NULL, cap);
        bool has_memory = dkim_signature_read(&run, &field, &sig);
        assert_true(has_memory == !arena.has_failed);
        assert_true(!has_memory || sig.fault == FAULT_NONE);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_or_blamed),
        cmocka_unit_test(everything_is_kept),
        cmocka_unit_test(what_can_be_read_is_told_of_a_faulty_one),
        cmocka_unit_test(names_become_a_labels),
        cmocka_unit_test(limits_are_faults),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
