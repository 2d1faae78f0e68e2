/* SPDX-License-Identifier: BSD-2-Clause */
/* Authentication-Results: what is read and printed is read again as the same; a field that begins with our id is ours;
 * verdicts made of hostile bytes stay in their place. */
#include "authres/authres.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool is_true)
{
    if (!is_true)
        abort();
}

/* ret  the text is one field body: every CR is followed by LF and white space, every LF by white space */
static bool is_one_field(str text)
{
    for (size_t i = 0; i < text.n; i++) {
        bool is_followed = i + 1 < text.n;
        if (text.p[i] == '\r' && !(is_followed && text.p[i + 1] == '\n'))
            return false;
        if (text.p[i] == '\n' && !(i > 0 && text.p[i - 1] == '\r' && is_followed && text.p[i + 1] == '\t'))
            return false;
        if (text.p[i] == 0 || text.p[i] == 0x7f)
            return false;
    }
    return true;
}

static void same_result(const struct authres_result *a, const struct authres_result *b)
{
    hold(str_eq(a->method, b->method) && str_eq(a->result, b->result) && str_eq(a->reason, b->reason));
    hold(a->property_n == b->property_n);
    for (size_t i = 0; i < a->property_n; i++) {
        hold(str_eq(a->properties[i].ptype, b->properties[i].ptype));
        hold(str_eq(a->properties[i].property, b->properties[i].property));
        hold(str_eq(a->properties[i].value, b->properties[i].value));
    }
}

static void same(const struct authres *a, const struct authres *b)
{
    hold(str_eq(a->authserv_id, b->authserv_id) && a->n == b->n);
    for (size_t i = 0; i < a->n; i++)
        same_result(&a->results[i], &b->results[i]);
}

/* An id of blanks and commas is nobody's. */
static bool has_letter(str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (byte_is(id.p[i], C_TOKEN | C_HIGH))
            return true;
    return false;
}

/* Prints what was read, and reads it: that is the plain form, which printing and reading keep. */
static void prints_and_reads(struct arena *a, const struct ingam_limits *limits,
                             const struct authres *results)
{
    struct authres plain;
    struct authres again;
    str printed = authres_print(a, results, AUTHRES_COLUMN);
    hold(a->has_failed || is_one_field(printed));
    if (!authres_read(a, printed, limits, &plain))
        return;
    hold(plain.fault == FAULT_NONE);
    str twice = authres_print(a, &plain, AUTHRES_COLUMN);
    if (!authres_read(a, twice, limits, &again))
        return;
    hold(str_eq(printed, twice));
    same(&plain, &again);
    hold(authres_is_ours(a, printed, plain.authserv_id) || !has_letter(plain.authserv_id));
}

/* The first part of the input as each value of a verdict. */
static void writes_hostile_bytes(struct arena *a, const struct ingam_limits *limits, str bytes)
{
    struct ingam_dkim_outcome dkim = {
        .domain = bytes, .auid = bytes, .selector = bytes, .algorithm = bytes, .b_prefix = bytes};
    struct ingam_verdict v = {.dkim = &dkim, .dkim_n = 1, .dmarc = {.author_domain = bytes}};
    v.spf_mail_from = (struct ingam_spf_outcome){.domain = bytes, .is_run = true, .uses_local_part = true};
    struct authres_facts facts = {S("mx.rcpt.example"), &v, bytes, bytes, bytes, bytes};
    struct authres read;
    str text = authres_write(a, &facts);
    if (a->has_failed)
        return;
    hold(is_one_field(text) && str_is_ascii(text));
    hold(authres_read(a, text, limits, &read));
    hold(read.fault == FAULT_NONE && read.n == 3);
    hold(str_eq(read.results[0].method, S("spf")) && str_eq(read.results[0].result, S("none")));
    hold(str_eq(read.results[1].method, S("dkim")) && str_eq(read.results[2].method, S("dmarc")));
}

static void knows_ours(struct arena *a, str bytes)
{
    static const str starts[] = {S_INIT("mx.rcpt.example;"), S_INIT("(\\)((x)))\"MX.\\rcpt.example\";"),
                                 S_INIT("\r\n mx.rcpt.example. 1 ")};
    bool is_ours = authres_is_ours(a, bytes, S("mx.rcpt.example"));
    hold(is_ours == authres_is_ours(a, bytes, S("MX.rcpt.Example.")) || a->has_failed);
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        uint8_t *text = malloc(starts[i].n + bytes.n);
        hold(text != NULL);
        memcpy(text, starts[i].p, starts[i].n);
        if (bytes.n)
            memcpy(text + starts[i].n, bytes.p, bytes.n);
        hold(authres_is_ours(a, (str){text, starts[i].n + bytes.n}, S("mx.rcpt.example")));
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str bytes = {data, size};
    struct arena a;
    struct authres results;
    struct ingam_limits limits;
    ingam_limits_default(&limits);
    arena_init(&a, NULL, 1 << 22);
    if (authres_read(&a, bytes, &limits, &results)) {
        hold(results.fault == FAULT_NONE || (results.wrong >= data && results.wrong <= data + size));
        prints_and_reads(&a, &limits, &results);
    }
    writes_hostile_bytes(&a, &limits, str_first(bytes, 300));
    knows_ours(&a, bytes);
    arena_free(&a);
    return 0;
}
