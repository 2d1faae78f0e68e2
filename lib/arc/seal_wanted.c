/* SPDX-License-Identifier: BSD-2-Clause */
#include "arc/seal.h"

/* ret  a field that changes after the seal: each hand deletes results of its own name, and adds ARC fields
 *                                                                                                [RFC8617 4.1.2] */
static bool is_forbidden(str name)
{
    return str_eq_nocase(name, S("authentication-results")) ||
           str_eq_nocase(name, S("arc-authentication-results")) ||
           str_eq_nocase(name, S("arc-message-signature")) || str_eq_nocase(name, S("arc-seal"));
}

static bool is_field_name(str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is(name.p[i], C_FTEXT) || name.p[i] == ';')
            return false;
    return name.n > 0;
}

/* h= = hdr-name *( ":" hdr-name ), From among them                                       [RFC6376 3.5] [RFC6376 5.4] */
static enum ingam_fault read_headers(struct arena *a, str text, str *headers)
{
    struct out o;
    bool has_from = false;
    out_init(&o, a);
    *headers = S("");
    for (bool is_last = text.n == 0; !is_last;) {
        size_t colon = str_find(text, ':');
        str name = str_trim_wsp(str_first(text, colon));
        is_last = colon == text.n;
        text = str_from(text, colon + 1);
        if (!is_field_name(name) || is_forbidden(name))
            return FAULT_SEAL_HEADERS;
        has_from = has_from || str_eq_nocase(name, S("from"));
        if (o.n)
            out_byte(&o, ':');
        out_str(&o, name);
    }
    if (o.n)
        *headers = out_done(&o);
    return has_from || o.n == 0 ? FAULT_NONE : FAULT_SEAL_HEADERS;
}

/* Copies the results line by line: a line of nothing but blanks would end the header for some readers.
 *                                                                                     [RFC5322 2.2.3] [RFC5322 3.2.2] */
enum ingam_fault seal_results_read(struct arena *a, str text, str *results)
{
    struct out o;
    out_init(&o, a);
    for (text = str_trim_fws(text); text.n;) {
        size_t n = str_find_str(text, S("\r\n"));
        str line = str_trim_wsp(str_first(text, n));
        text = str_from(text, n + 2);
        for (size_t i = 0; i < line.n; i++)
            if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
                return FAULT_SEAL_RESULTS;
        if (line.n == 0)
            continue;
        if (o.n)
            out_str(&o, S("\r\n\t"));
        out_str(&o, line);
    }
    *results = o.n ? out_done(&o) : S("");
    return o.n ? FAULT_NONE : FAULT_SEAL_RESULTS;
}

enum ingam_fault seal_wanted_read(struct arena *a, const struct ingam_seal_wanted *wanted, int64_t now_s,
                                  struct ingam_seal_wanted *out)
{
    struct ingam_sign_wanted signer = {.domain = wanted->domain,
                                       .selector = wanted->selector,
                                       .key_name = wanted->key_name,
                                       .algorithm = wanted->algorithm};
    struct ingam_sign_wanted read;
    *out = *wanted;
    enum ingam_fault fault = sign_wanted_read(a, &signer, now_s, &read);
    if (fault)
        return fault;
    out->domain = read.domain;
    out->selector = read.selector;
    out->key_name = read.key_name;
    fault = read_headers(a, wanted->headers, &out->headers);
    if (fault || wanted->results.n == 0)
        return fault;
    return seal_results_read(a, wanted->results, &out->results);
}
