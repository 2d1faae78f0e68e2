/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkim/sign.h"

enum { CAP = 1 << 20 };
static struct ingam_limits limits;

static void fill(struct arena *a, str *text, size_t n, const char *pattern)
{
    struct out o;
    out_init(&o, a);
    while (o.n < n)
        out_z(&o, pattern);
    *text = str_first(out_done(&o), n);
}

/* --- lines --- */

/* A line of n bytes before its end. */
#define X10  "xxxxxxxxxx"
#define X90  X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X900 X90 X90 X90 X90 X90 X90 X90 X90 X90 X90
#define X998 X900 X90 "xxxxxxxx"

static const struct {
    const char *about;
    str in;
    enum ingam_fault want;
    uint64_t at;
} lines[] = {
    {"nothing", S_INIT(""), INGAM_FAULT_NONE, 0},
    {"CRLF lines", S_INIT("a\r\nb\r\n\r\nc\r\n"), INGAM_FAULT_NONE, 0},
    {"no end of the last line", S_INIT("a\r\nb"), INGAM_FAULT_NONE, 0},
    {"a bare LF first", S_INIT("\nb"), INGAM_FAULT_SIGN_BARE_LF, 0},
    {"a bare LF", S_INIT("a\r\nb\nc\r\n"), INGAM_FAULT_SIGN_BARE_LF, 4},
    {"a bare CR", S_INIT("a\r\nb\rc\r\n"), INGAM_FAULT_SIGN_BARE_CR, 4},
    {"two CRs", S_INIT("a\r\r\n"), INGAM_FAULT_SIGN_BARE_CR, 1},
    {"a CR at the end", S_INIT("a\r\nb\r"), INGAM_FAULT_SIGN_BARE_CR, 4},
    {"LF CR", S_INIT("0123456789abcdef0123456789abcdef\n\r"), INGAM_FAULT_SIGN_BARE_LF, 32},
    {"the first of two", S_INIT("0123456789abcdef0123\r456789abcdef\n\r"), INGAM_FAULT_SIGN_BARE_CR, 20},
    {"998 bytes", S_INIT("a\r\n" X998 "\r\nb\r\n"), INGAM_FAULT_NONE, 0},
    {"998 bytes, no end", S_INIT(X998), INGAM_FAULT_NONE, 0},
    {"999 bytes", S_INIT("a\r\n" X998 "x\r\nb\r\n"), INGAM_FAULT_SIGN_LINE_TOO_LONG, 1001},
    {"999 bytes, no end", S_INIT(X998 "x"), INGAM_FAULT_SIGN_LINE_TOO_LONG, 998},
    {"1000 bytes, no end", S_INIT(X998 "xx"), INGAM_FAULT_SIGN_LINE_TOO_LONG, 998},
    {"5000 bytes", S_INIT("a\r\n" X998 X998 X998 X998 X998 "\r\n"), INGAM_FAULT_SIGN_LINE_TOO_LONG, 1001},
    {"a bare CR behind a long line's limit", S_INIT(X998 "x\rx\r\n"), INGAM_FAULT_SIGN_LINE_TOO_LONG, 998},
    {"a bare CR at the limit", S_INIT(X998 "\rx\r\n"), INGAM_FAULT_SIGN_BARE_CR, 998},
    {"a bare LF at the limit", S_INIT(X998 "\nx\r\n"), INGAM_FAULT_SIGN_BARE_LF, 998},
};

/* The same fault at the same byte in chunks of every size.                      [RFC5322 2.1.1] [RFC5322 2.3] */
static void watches_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (size_t chunk = 1; chunk < 1100; chunk += chunk < 40 ? 1 : 53) {
            struct sign_lines l = {0};
            for (str left = lines[i].in; left.n; left = str_from(left, chunk))
                sign_lines_feed(&l, str_first(left, chunk));
            sign_lines_end(&l);
            if (l.fault != lines[i].want || (l.fault && l.wrong_at != lines[i].at))
                fail_msg("%s, chunks of %zu: %s at %llu", lines[i].about, chunk,
                         ingam_fault_row(l.fault)->name, (unsigned long long)l.wrong_at);
        }
}

/* --- the writer --- */

/* ret  the length of the longest line; each line but the first begins with a space */
static size_t longest_line(str text)
{
    size_t longest = 0;
    while (text.n) {
        size_t n = str_find_str(text, S("\r\n"));
        longest = n > longest ? n : longest;
        text = str_from(text, n + 2);
        assert_true(text.n == 0 || text.p[0] == ' ');
    }
    return longest;
}

/* h= of any length is folded behind a colon; without the folds it is what was given.         [RFC5322 2.1.1] */
static void folds_names(void **state)
{
    (void)state;
    for (size_t n = 1; n < 300; n++) {
        struct arena a;
        struct out o;
        struct dkim_writer w;
        str names;
        arena_init(&a, NULL, CAP);
        fill(&a, &names, n, n % 2 ? "from:list-unsubscribe-post:x:" : "subject:cc:");
        names = names.p[n - 1] == ':' ? str_first(names, n - 1) : names;
        out_init(&o, &a);
        dkim_write_field(&w, &o, S("DKIM-Signature"));
        dkim_write_tag(&w, S("v"), S("1"));
        dkim_write_names(&w, S("h"), names);
        dkim_write_b(&w);
        str text = out_done(&o), bare;
        assert_true(longest_line(text) <= 78);
        out_init(&o, &a);
        for (size_t i = 0; i < text.n; i++)
            if (text.p[i] > ' ')
                out_byte(&o, text.p[i]);
        bare = out_done(&o);
        assert_true(str_starts(bare, S("DKIM-Signature:v=1;h=")));
        assert_true(str_eq(str_first(str_from(bare, 21), names.n), names));
        arena_free(&a);
    }
}

static void folds_at_tags(void **state)
{
    (void)state;
    static const char want[] =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=author.example;\r\n"
        " s=sel; t=1788264000; h=from:to;\r\n"
        " bh=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;\r\n"
        " b=AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
        " AAAAAAAAAAA==\r\n";
    struct arena a;
    struct out o;
    struct dkim_writer w;
    arena_init(&a, NULL, CAP);
    out_init(&o, &a);
    dkim_write_field(&w, &o, S("DKIM-Signature"));
    dkim_write_tag(&w, S("v"), S("1"));
    dkim_write_tag(&w, S("a"), S("ed25519-sha256"));
    dkim_write_tag(&w, S("c"), S("relaxed/relaxed"));
    dkim_write_tag(&w, S("d"), S("author.example"));
    dkim_write_tag(&w, S("s"), S("sel"));
    dkim_write_uint(&w, S("t"), 1788264000);
    dkim_write_names(&w, S("h"), S("from:to"));
    dkim_write_hash(&w, S("bh"), (uint8_t[32]){1});
    dkim_write_b(&w);
    dkim_write_signature(&w, (str){(uint8_t[64]){2}, 64});
    str text = out_done(&o);
    assert_int_equal(text.n, sizeof want - 1);
    assert_memory_equal(text.p, want, text.n);
    arena_free(&a);
}

/* A value without a place to fold goes over the line, and over nothing else. */
static void leaves_long_values_whole(void **state)
{
    (void)state;
    struct arena a;
    struct out o;
    struct dkim_writer w;
    str domain;
    arena_init(&a, NULL, CAP);
    fill(&a, &domain, 200, "label.");
    out_init(&o, &a);
    dkim_write_field(&w, &o, S("DKIM-Signature"));
    dkim_write_tag(&w, S("v"), S("1"));
    dkim_write_tag(&w, S("d"), domain);
    dkim_write_tag(&w, S("s"), S("sel"));
    str text = out_done(&o);
    assert_int_equal(longest_line(text), 200 + 4);
    assert_true(str_ends_nocase(text, S(";\r\n s=sel")));
    arena_free(&a);
}

/* --- the list of names --- */

#define CLOSED                                                                                               \
    "message-id:reply-to:mime-version:content-type:content-transfer-encoding:in-reply-to:references"
static const struct {
    const char *about;
    str header;
    bool no_oversign;
    const char *asked, *want;
} names[] = {
    {"each once more than it is there", S_INIT("From: a\r\nTO: b\r\nsubject: s\r\n"), false, "",
     "from:from:to:to:cc:subject:subject:date:" CLOSED},
    {"what is there twice stands three times", S_INIT("From: a\r\nTo: b\r\nTo: c\r\n"), false, "",
     "from:from:to:to:to:cc:subject:date:" CLOSED},
    {"a list's own field may be added", S_INIT("From: a\r\nList-Unsubscribe: <u>\r\n"), false, "",
     "from:from:to:cc:subject:date:" CLOSED ":list-unsubscribe:list-unsubscribe"},
    {"never what is stamped on the way",
     S_INIT("Return-Path: <a>\r\nReceived: r\r\nAuthentication-Results: x\r\nARC-Seal: "
            "i=1\r\nDKIM-Signature: v=1\r\n"
            "Sender: s\r\nX-Other: x\r\nFrom: a\r\n"),
     false, "", "from:from:to:cc:subject:date:" CLOSED},
    {"not oversigned", S_INIT("From: a\r\nTo: b\r\nTo: c\r\nReferences: r\r\n"), true, "",
     "from:to:to:references"},
    {"those asked for", S_INIT("From: a\r\nTo: b\r\n"), false, "From:X-Other:X-Other",
     "From:X-Other:X-Other"},
};

static void picks_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct arena a;
        struct mail_header h;
        arena_init(&a, NULL, CAP);
        assert_true(mail_header_of(names[i].header, &a, &limits, &h));
        struct ingam_sign_wanted w = {.no_oversign = names[i].no_oversign, .headers = str_of(names[i].asked)};
        str got = sign_names(&a, &w, &h);
        if (!str_eq(got, str_of(names[i].want)))
            fail_msg("%s: %.*s", names[i].about, (int)got.n, (const char *)got.p);
        arena_free(&a);
    }
}

/* --- what is wanted --- */

static const struct {
    const char *about;
    const char *domain, *selector, *auid, *headers;
    int64_t now_s, expire_s;
    enum ingam_fault want;
    const char *written; /* d= s= i= h= key */
} wanted[] = {
    {"usual", "Author.Example", "sel", "", "", 1, 0, INGAM_FAULT_NONE,
     "author.example sel   sel._domainkey.author.example"},
    {"a dot at the end", "author.example.", "a.b", "", "", 1, 0, INGAM_FAULT_NONE,
     "author.example a.b   a.b._domainkey.author.example"},
    {"U-labels",
     "b\xc3\xbc"
     "cher.example",
     "s\xc3\xa4l",
     "j\xc3\xb6rg@b\xc3\xbc"
     "cher.example",
     "", 1, 0, INGAM_FAULT_NONE,
     "xn--bcher-kva.example xn--sl-via j=C3=B6rg@xn--bcher-kva.example  "
     "xn--sl-via._domainkey.xn--bcher-kva.example"},
    {"one label", "example", "sel", "", "", 1, 0, INGAM_FAULT_SIGN_DOMAIN, ""},
    {"no domain", "", "sel", "", "", 1, 0, INGAM_FAULT_SIGN_DOMAIN, ""},
    {"an empty label", "a..example", "sel", "", "", 1, 0, INGAM_FAULT_SIGN_DOMAIN, ""},
    {"a semicolon", "a.example;b", "sel", "", "", 1, 0, INGAM_FAULT_SIGN_DOMAIN, ""},
    {"a dash first", "-a.example", "sel", "", "", 1, 0, INGAM_FAULT_SIGN_DOMAIN, ""},
    {"a dash last", "a-.example", "sel", "", "", 1, 0, INGAM_FAULT_SIGN_DOMAIN, ""},
    {"no selector", "a.example", "", "", "", 1, 0, INGAM_FAULT_SIGN_SELECTOR, ""},
    {"a space", "a.example", "s l", "", "", 1, 0, INGAM_FAULT_SIGN_SELECTOR, ""},
    {"a label of 64", "a.example", "0123456789012345678901234567890123456789012345678901234567890123", "", "",
     1, 0, INGAM_FAULT_SIGN_SELECTOR, ""},
    {"the domain itself", "a.example", "s", "@a.example", "", 1, 0, INGAM_FAULT_NONE,
     "a.example s @a.example  s._domainkey.a.example"},
    {"below it, quoted", "a.example", "s", "x;y=z @w@b.A.example", "", 1, 0, INGAM_FAULT_NONE,
     "a.example s x=3By=3Dz=20@w@b.a.example  s._domainkey.a.example"},
    {"beside it", "a.example", "s", "@ba.example", "", 1, 0, INGAM_FAULT_SIGN_AUID, ""},
    {"no at", "a.example", "s", "a.example", "", 1, 0, INGAM_FAULT_SIGN_AUID, ""},
    {"a list of names", "a.example", "s", "", " From : to:X-a", 1, 0, INGAM_FAULT_NONE,
     "a.example s  From:to:X-a s._domainkey.a.example"},
    {"no From", "a.example", "s", "", "to:subject", 1, 0, INGAM_FAULT_SIGN_HEADERS, ""},
    {"an empty name", "a.example", "s", "", "from::to", 1, 0, INGAM_FAULT_SIGN_HEADERS, ""},
    {"a colon last", "a.example", "s", "", "from:", 1, 0, INGAM_FAULT_SIGN_HEADERS, ""},
    {"a semicolon", "a.example", "s", "", "from:a;b=c", 1, 0, INGAM_FAULT_SIGN_HEADERS, ""},
    {"the signature itself", "a.example", "s", "", "from:DKIM-Signature", 1, 0, INGAM_FAULT_SIGN_HEADERS, ""},
    {"before 1970", "a.example", "s", "", "", -1, 0, INGAM_FAULT_SIGN_TIME, ""},
    {"13 digits", "a.example", "s", "", "", 1000000000000, 0, INGAM_FAULT_SIGN_TIME, ""},
    {"expired", "a.example", "s", "", "", 100, -1, INGAM_FAULT_SIGN_TIME, ""},
    {"an expiry of 13 digits", "a.example", "s", "", "", 999999999999, 1, INGAM_FAULT_SIGN_TIME, ""},
};

static void checks_what_is_wanted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct arena a;
        char got[512] = "";
        arena_init(&a, NULL, CAP);
        struct ingam_sign_wanted w, in = {.domain = str_of(wanted[i].domain),
                                          .selector = str_of(wanted[i].selector),
                                          .auid = str_of(wanted[i].auid),
                                          .headers = str_of(wanted[i].headers),
                                          .expire_s = wanted[i].expire_s};
        enum ingam_fault fault = sign_wanted_read(&a, &in, wanted[i].now_s, &w);
        if (!fault)
            snprintf(got, sizeof got, "%.*s %.*s %.*s %.*s %.*s", (int)w.domain.n, (const char *)w.domain.p,
                     (int)w.selector.n, (const char *)w.selector.p, (int)w.auid.n, (const char *)w.auid.p,
                     (int)w.headers.n, (const char *)w.headers.p, (int)w.key_name.n,
                     (const char *)w.key_name.p);
        if (fault != wanted[i].want || strcmp(got, wanted[i].written) != 0)
            fail_msg("%s: %s \"%s\"", wanted[i].about, ingam_fault_row(fault)->name, got);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watches_lines), cmocka_unit_test(folds_names),
        cmocka_unit_test(folds_at_tags), cmocka_unit_test(leaves_long_values_whole),
        cmocka_unit_test(picks_names),   cmocka_unit_test(checks_what_is_wanted),
    };
    ingam_limits_default(&limits);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
