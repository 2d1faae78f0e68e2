/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading Authentication-Results.                                                            [RFC8601 2.2] */
#include "authres/authres.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct text {
    char p[2000];
    size_t n;
};

static void add(struct text *t, const char *before, str s)
{
    int n =
        snprintf(t->p + t->n, sizeof t->p - t->n, "%s%.*s", before, (int)s.n, s.n ? (const char *)s.p : "");
    t->n += n > 0 ? (size_t)n : 0;
}

/* "id/version|method=result ~reason (comment) ptype.property=value ...|...|fault@where" */
static void describe(const struct authres *r, str in, struct text *t)
{
    char name[INGAM_FAULT_NAME_SIZE];
    *t = (struct text){.n = 0};
    add(t, "", r->authserv_id);
    if (r->version.n)
        add(t, "/", r->version);
    if (r->is_none)
        add(t, "|none", S(""));
    for (size_t i = 0; i < r->n; i++) {
        const struct authres_result *one = &r->results[i];
        add(t, "|", one->method);
        add(t, "=", one->result);
        if (one->reason.n)
            add(t, " ~", one->reason);
        if (one->comment.n)
            add(t, " #", one->comment);
        for (size_t k = 0; k < one->property_n; k++) {
            add(t, " ", one->properties[k].ptype);
            add(t, ".", one->properties[k].property);
            add(t, "=", one->properties[k].value);
        }
    }
    if (r->fault == FAULT_NONE)
        return;
    add(t, "|!", str_of(ingam_fault_name(r->fault, name) + strlen("authres-")));
    t->n += (size_t)snprintf(t->p + t->n, sizeof t->p - t->n, "@%zu", (size_t)(r->wrong - in.p));
}

/* clang-format off */
static const struct {
    const char *about;
    str in;
    const char *want;
} fields_are_read_rows[] = {
    /* RFC 8601, appendix B */
    {"B.2", S_INIT(" example.org 1; none"), "example.org/1|none"},
    {"B.3", S_INIT(" example.com;\r\n spf=pass smtp.mailfrom=example.net"),
     "example.com|spf=pass smtp.mailfrom=example.net"},
    {"B.4", S_INIT(" example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
     "          spf=pass smtp.mailfrom=example.net"),
     "example.com|auth=pass #cram-md5 smtp.auth=sender@example.net|spf=pass smtp.mailfrom=example.net"},
    {"B.6", S_INIT(" example.com;\r\n dkim=pass reason=\"good signature\"\r\n "
     "header.i=@mail-router.example.net;\r\n"
     " dkim=fail reason=\"bad signature\"\r\n header.i=@newyork.example.com"),
     "example.com|dkim=pass ~good signature header.i=@mail-router.example.net|dkim=fail ~bad signature "
     "header.i=@newyork.example.com"},
    {"B.7",
     S_INIT(" foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for "
     "it) fail\r\n"
     " policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't "
     "expecting it) 1362471462"), "foo.example.net/1|dkim=fail #A dot can go here policy.expired=1362471462"},
    {"header.b", S_INIT("mail-router.example.net; dkim=pass (good signature) header.d=newyork.example.com "
     "header.b=oINEO8hg"),
     "mail-router.example.net|dkim=pass #good signature header.d=newyork.example.com header.b=oINEO8hg"},
    /* head */
    {"quoted id", S_INIT("\"a b;c\" ; none"), "a b;c|none"},
    {"escapes", S_INIT("\"a\\\"b\\\\c\"; none"), "a\"b\\c|none"},
    {"a folded quoted-string", S_INIT("\"a\r\n b\"; none"), "a b|none"},
    {"nothing", S_INIT(""), "|!no-id@0"},
    {"only a comment", S_INIT(" (x) "), "|!no-id@5"},
    {"no id", S_INIT("; none"), "|!no-id@0"},
    {"only an id", S_INIT("a.example"), "a.example|!syntax@9"},
    {"an id and nothing", S_INIT("a.example;"), "a.example|!syntax@10"},
    {"another version", S_INIT("a.example 2; spf=pass"), "a.example/2|!version@10"},
    {"leading zeros", S_INIT("a.example 001; none"), "a.example/001|none"},
    {"junk behind the id", S_INIT("a.example b; none"), "a.example|!syntax@10"},
    {"utf-8", S_INIT("b\303\274cher.example; none"), "b\303\274cher.example|none"},
    /* comments [RFC5322 3.2.2] */
    {"nested", S_INIT("(a(b)\\)c)a.example(d);(e)none(f)"), "a.example|none"},
    {"an open comment", S_INIT("a.example; spf=pass (x(y)"), "a.example|!comment-open@20"},
    {"an open quoted-string", S_INIT("a.example; spf=pass reason=\"x"), "a.example|!quote-open@27"},
    {"a backslash at the very end", S_INIT("a.example; spf=pass reason=\"x\\"), "a.example|!quote-open@27"},
    {"a comment with a backslash at the end", S_INIT("(\\"), "|!comment-open@0"},
    /* results */
    {"last semicolon", S_INIT("a.example; spf=pass;"), "a.example|spf=pass"},
    {"none and more", S_INIT("a.example; none; spf=pass"), "a.example|!syntax@15"},
    {"none as a method", S_INIT("a.example; none=pass"), "a.example|none=pass"},
    {"another method version is skipped", S_INIT("a.example; dkim/2=pass header.d=x; spf/1=pass"),
     "a.example|spf=pass"},
    {"no result", S_INIT("a.example; spf="), "a.example|!syntax@15"},
    {"no method", S_INIT("a.example; =pass"), "a.example|!syntax@11"},
    {"method version without digits", S_INIT("a.example; spf/=pass"), "a.example|!syntax@15"},
    {"results before the fault stand", S_INIT("a.example; spf=pass; dkim"), "a.example|spf=pass|!syntax@25"},
    {"reason behind properties", S_INIT("a.example; x=y p.q=r reason=s"), "a.example|x=y ~s p.q=r"},
    {"a ptype named reason", S_INIT("a.example; x=y reason.q=r"), "a.example|x=y reason.q=r"},
    {"no ptype", S_INIT("a.example; x=y .q=r"), "a.example|!syntax@15"},
    {"no property", S_INIT("a.example; x=y p.=r"), "a.example|!syntax@17"},
    {"no dot", S_INIT("a.example; x=y p=r"), "a.example|!syntax@16"},
    {"no =", S_INIT("a.example; x=y p.q"), "a.example|!syntax@18"},
    /* what is not known is read, and decides nothing [RFC8601 2.3] [RFC8601 4.1] */
    {"unknown method, result and ptype", S_INIT("a.example; x-new=superb odd.thing=1; spf=pass"),
     "a.example|x-new=superb odd.thing=1|spf=pass"},
    /* pvalue */
    {"mailbox", S_INIT("a.example; x=y smtp.mailfrom=a.b@c.example"),
     "a.example|x=y smtp.mailfrom=a.b@c.example"},
    {"quoted local-part", S_INIT("a.example; x=y smtp.mailfrom=\"a b\"@c.example"),
     "a.example|x=y smtp.mailfrom=\"a b\"@c.example"},
    {"quoted value", S_INIT("a.example; x=y header.b=\"a/b=\" p.q=r"), "a.example|x=y header.b=a/b= p.q=r"},
    {"unquoted but clear", S_INIT("a.example; x=y smtp.remote-ip=2001:db8::1 header.b=a/b=;z=w"),
     "a.example|x=y smtp.remote-ip=2001:db8::1 header.b=a/b=|z=w"},
    {"empty", S_INIT("a.example; x=y smtp.helo=;z=w"), "a.example|x=y smtp.helo=|z=w"},
    {"what Google says of a chain",
     S_INIT("mx.google.com; arc=pass (i=1 spf=pass spfdomain=a.example dkim=pass dkdomain=a.example);"
     " dmarc=fail (p=REJECT sp=REJECT dis=NONE arc=pass) header.from=a.example"),
     "mx.google.com|arc=pass #i=1 spf=pass spfdomain=a.example dkim=pass dkdomain=a.example"
     "|dmarc=fail #p=REJECT sp=REJECT dis=NONE arc=pass header.from=a.example"},
};
/* clang-format on */

static void fields_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields_are_read_rows / sizeof fields_are_read_rows[0]; i++) {
        struct arena a;
        struct authres r;
        struct ingam_limits limits;
        struct text t;
        arena_init(&a, NULL, 1 << 20);
        ingam_limits_default(&limits);
        assert_true(authres_read(&a, fields_are_read_rows[i].in, &limits, &r));
        describe(&r, fields_are_read_rows[i].in, &t);
        if (strcmp(t.p, fields_are_read_rows[i].want) != 0)
            fail_msg("%s: %s", fields_are_read_rows[i].about, t.p);
        arena_free(&a);
    }
}

static size_t repeat(char *p, const char *piece, size_t n)
{
    size_t len = strlen(piece);
    for (size_t i = 0; i < n; i++)
        memcpy(p + i * len, piece, len);
    return n * len;
}

/* Comments nested to the limit, and one deeper.                                              [RFC8601 7.8] */
static void nesting_has_a_limit(void **state)
{
    struct ingam_limits limits;
    (void)state;
    ingam_limits_default(&limits);
    for (size_t more = 0; more < 2; more++) {
        char text[200];
        struct arena a;
        struct authres r;
        size_t n = repeat(text, "(", limits.nesting + more);
        n += repeat(text + n, ")", limits.nesting + more);
        n += repeat(text + n, "a; none", 1);
        arena_init(&a, NULL, 1 << 20);
        assert_true(authres_read(&a, (str){(const uint8_t *)text, n}, &limits, &r));
        assert_int_equal(r.fault, more ? FAULT_AUTHRES_NESTING : FAULT_NONE);
        arena_free(&a);
    }
}

/* At most 128 results and 1,024 properties are read.                                        [RFC8601 7.8] */
static void numbers_have_limits(void **state)
{
    static const struct {
        const char *piece;
        size_t max;
    } rows[] = {{";a=b", 128}, {" p.q=r", 1024}};
    static char text[8192];
    struct ingam_limits limits;
    (void)state;
    ingam_limits_default(&limits);
    for (size_t i = 0; i < 2; i++) {
        for (size_t more = 0; more < 2; more++) {
            struct arena a;
            struct authres r;
            size_t n = repeat(text, i == 0 ? "id" : "id;a=b", 1);
            n += repeat(text + n, rows[i].piece, rows[i].max + more);
            arena_init(&a, NULL, 1 << 20);
            assert_true(authres_read(&a, (str){(const uint8_t *)text, n}, &limits, &r));
            assert_int_equal(r.fault, more ? FAULT_AUTHRES_TOO_MANY : FAULT_NONE);
            assert_int_equal(r.n, i == 0 ? 128 : 1 - more);
            arena_free(&a);
        }
    }
}

static void memory_runs_out(void **state)
{
    static const str text = S_INIT("\"a\\b\"; a=b p.q=r p.q=r p.q=r p.q=r p.q=\"x\\y\"; a=b; a=b; a=b; a=b");
    struct ingam_limits limits;
    size_t refused = 0;
    (void)state;
    ingam_limits_default(&limits);
    for (size_t cap = 0; cap < 8192; cap += 64) {
        struct arena a;
        struct authres r;
        arena_init(&a, NULL, cap);
        bool is_read = authres_read(&a, text, &limits, &r);
        assert_int_equal(is_read, !a.has_failed);
        refused += !is_read;
        arena_free(&a);
    }
    assert_in_range(refused, 1, 127);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(numbers_have_limits),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
