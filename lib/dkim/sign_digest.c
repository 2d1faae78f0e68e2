/* SPDX-License-Identifier: BSD-2-Clause */
#include "dkim/sign.h"

static enum dkim_canon canon_of(enum ingam_canon c)
{
    return c == INGAM_SIMPLE ? CANON_SIMPLE : CANON_RELAXED;
}

static str canon_names(const struct ingam_sign_wanted *w)
{
    bool is_simple = w->body_canon == INGAM_SIMPLE;
    if (w->header_canon == INGAM_SIMPLE)
        return is_simple ? S("simple/simple") : S("simple/relaxed");
    return is_simple ? S("relaxed/simple") : S("relaxed/relaxed");
}

/* All but the value of b=. Without l=: what follows the body would be signed by nobody.             [RFC6376 3.5] */
static void write_field(const struct method_run *run, const struct dkim_body *body, struct sign_one *one)
{
    const struct ingam_sign_wanted *w = &one->wanted;
    struct dkim_body_result hashed;
    uint64_t now_s = (uint64_t)run->now_s;
    dkim_body_get(body, one->body, &hashed);
    out_init(&one->field, run->arena);
    dkim_write_field(&one->writer, &one->field, S("DKIM-Signature"));
    dkim_write_tag(&one->writer, S("v"), S("1"));
    dkim_write_tag(&one->writer, S("a"), str_of(ingam_algorithm_name(w->algorithm)));
    dkim_write_tag(&one->writer, S("c"), canon_names(w));
    dkim_write_tag(&one->writer, S("d"), w->domain);
    dkim_write_tag(&one->writer, S("s"), w->selector);
    if (w->auid.n)
        dkim_write_tag(&one->writer, S("i"), w->auid);
    dkim_write_uint(&one->writer, S("t"), now_s);
    if (w->expire_s)
        dkim_write_uint(&one->writer, S("x"), now_s + (uint64_t)w->expire_s);
    dkim_write_names(&one->writer, S("h"), one->names);
    dkim_write_hash(&one->writer, S("bh"), hashed.hash);
    dkim_write_b(&one->writer);
}

/* Hashes the signed fields and this one with an empty b=.                                            [RFC6376 3.7] */
bool sign_digest(const struct method_run *run, const struct mail_header *h, const struct dkim_body *body,
                 struct sign_one *one)
{
    static const str name = S_INIT("DKIM-Signature");
    write_field(run, body, one);
    out_str(&one->field, S("\r\n"));
    str raw = out_done(&one->field);
    if (raw.n == 0)
        return false;
    one->field.n -= 2;
    str value = {raw.p + name.n + 1, raw.n - name.n - 3};
    struct mail_field field = {raw, str_first(raw, name.n), value, MAIL_DKIM_SIGNATURE};
    struct dkim_signature sig = {.field = &field,
                                 .signed_names = one->names,
                                 .b_value = str_from(value, value.n),
                                 .header_canon = canon_of(one->wanted.header_canon)};
    return dkim_header_hash(run, h, &sig, one->digest);
}
