/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/sign.h"

/* What a reader sees or a mail program acts on, and what a list or a gateway leaves alone; so nothing that is stamped on the
 * way: no Return-Path, Received, Authentication-Results, ARC-*, DKIM-Signature.             [RFC6376 5.4] [RFC6376 5.4.1]
 * is_closed: the field must not be added where it is absent. A list that passes mail on unchanged adds its own
 * List-Unsubscribe, and that shall not break the signature.                                  [RFC8058 4] */
static const struct {
    str name;
    bool is_closed;
} defaults[] = {
    {S_INIT("from"), true},
    {S_INIT("to"), true},
    {S_INIT("cc"), true},
    {S_INIT("subject"), true},
    {S_INIT("date"), true},
    {S_INIT("message-id"), true},
    {S_INIT("reply-to"), true},
    {S_INIT("mime-version"), true},
    {S_INIT("content-type"), true},
    {S_INIT("content-transfer-encoding"), true},
    {S_INIT("in-reply-to"), true},
    {S_INIT("references"), true},
    {S_INIT("list-unsubscribe"), false},
    {S_INIT("list-unsubscribe-post"), false},
};

static size_t count(const struct mail_header *h, str name)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        n += mail_field_is(&h->fields[i], name);
    return n;
}

static void add(struct out *o, str name, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        if (o->n)
            out_byte(o, ':');
        out_str(o, name);
    }
}

str sign_names(struct arena *a, const struct ingam_sign_wanted *wanted, const struct mail_header *h)
{
    struct out o;
    if (wanted->headers.n)
        return wanted->headers;
    out_init(&o, a);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        size_t present = count(h, defaults[i].name);
        bool has_one_more = !wanted->no_oversign && (present || defaults[i].is_closed); /* [RFC6376 5.4] */
        add(&o, defaults[i].name, present + has_one_more);
    }
    return out_done(&o);
}

str dkim_default_names(struct arena *a, const struct mail_header *h)
{
    static const struct ingam_sign_wanted nothing_said;
    return sign_names(a, &nothing_said, h);
}

size_t sign_names_n(str names)
{
    size_t n = 1;
    for (size_t i = 0; i < names.n; i++)
        n += names.p[i] == ':';
    return n;
}
