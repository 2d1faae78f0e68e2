/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields of a new set. Each is written up to "b=", which is what is hashed; the signature and a CRLF then complete it. */
#include "arc/seal.h"

enum { LINE_MAX = 78 };

static str canon_names(const struct ingam_seal_wanted *w)
{
    bool is_simple = w->body_canon == INGAM_SIMPLE;
    if (w->header_canon == INGAM_SIMPLE)
        return is_simple ? S("simple/simple") : S("simple/relaxed");
    return is_simple ? S("relaxed/simple") : S("relaxed/relaxed");
}

static void begin(const struct seal_work *w, struct seal_field *f, str name)
{
    f->name = name;
    out_init(&f->out, w->run->arena);
}

/* The text of a field as the field that it is.
 * in   raw  with its last CRLF */
static struct mail_field field_of(str raw, str name)
{
    str value = {raw.p + name.n + 1, raw.n - name.n - 3};
    return (struct mail_field){raw, str_first(raw, name.n), value, MAIL_OTHER};
}

/* arc-info = instance [CFWS] ";" authres-payload; the payload begins a line where the first would be too long.
 *                                                                                                [RFC8617 4.1.1] */
void seal_write_results(const struct seal_work *w, struct seal_set *set)
{
    struct out *o = &set->results.out;
    str payload = w->wanted->results;
    begin(w, &set->results, S("ARC-Authentication-Results"));
    out_str(o, set->results.name);
    out_str(o, S(": i="));
    out_uint(o, set->instance);
    out_str(o, S(";"));
    size_t first = str_find_str(payload, S("\r\n"));
    out_str(o, o->n + 1 + first > LINE_MAX ? S("\r\n\t") : S(" "));
    out_str(o, payload);
    out_str(o, S("\r\n"));
}

/* i=, a= and whose key it is: what both signatures have in common. */
static void write_signer(const struct seal_work *w, struct seal_field *f, uint32_t instance)
{
    dkim_write_field(&f->writer, &f->out, f->name);
    dkim_write_uint(&f->writer, S("i"), instance);
    dkim_write_tag(&f->writer, S("a"), str_of(ingam_algorithm_name(w->wanted->algorithm)));
}

static void write_key(const struct seal_work *w, struct seal_field *f)
{
    dkim_write_tag(&f->writer, S("d"), w->wanted->domain);
    dkim_write_tag(&f->writer, S("s"), w->wanted->selector);
    dkim_write_uint(&f->writer, S("t"), (uint64_t)w->run->now_s);
}

/* Reads back what was written so far, as a signature whose b= is empty.
 * ret  false: no memory */
static bool unsigned_field(struct seal_field *f, struct mail_field *field, struct dkim_signature *sig)
{
    out_str(&f->out, S("\r\n"));
    str raw = out_done(&f->out);
    if (raw.n == 0)
        return false;
    f->out.n -= 2;
    *field = field_of(raw, f->name);
    *sig = (struct dkim_signature){.field = field, .b_value = str_from(field->value, field->value.n)};
    return true;
}

bool seal_message_digest(const struct seal_work *w, struct seal_set *set, uint8_t digest[32])
{
    struct seal_field *f = &set->message;
    struct mail_field field;
    struct dkim_signature sig;
    begin(w, f, S("ARC-Message-Signature"));
    write_signer(w, f, set->instance);
    dkim_write_tag(&f->writer, S("c"), canon_names(w->wanted));
    write_key(w, f);
    dkim_write_names(&f->writer, S("h"), w->names);
    dkim_write_hash(&f->writer, S("bh"), w->body_hash);
    dkim_write_b(&f->writer);
    if (!unsigned_field(f, &field, &sig))
        return false;
    sig.signed_names = w->names;
    sig.header_canon = w->wanted->header_canon == INGAM_SIMPLE ? CANON_SIMPLE : CANON_RELAXED;
    return dkim_header_hash(w->run, w->header, &sig, digest);
}

/* ret  false: no memory */
static bool hash_earlier(const struct seal_work *w, struct sha256 *sha)
{
    for (uint32_t i = 0; i < w->chain->n; i++) {
        const struct arc_set *set = &w->chain->sets[i];
        if (!arc_hash_field(w->run->arena, sha, set->results) ||
            !arc_hash_field(w->run->arena, sha, set->message.sig.field) ||
            !arc_hash_field(w->run->arena, sha, set->seal.sig.field))
            return false;
    }
    return true;
}

static bool hash_written(const struct seal_work *w, struct sha256 *sha, const struct seal_field *f)
{
    str raw = out_done(&f->out);
    if (raw.n == 0)
        return false;
    struct mail_field field = field_of(raw, f->name);
    return arc_hash_field(w->run->arena, sha, &field);
}

/* The only tags are i, a, t, cv, d, s and b.                                                      [RFC8617 4.1.3] */
bool seal_digest(const struct seal_work *w, struct seal_set *set, uint8_t digest[32])
{
    struct seal_field *f = &set->seal;
    struct mail_field field;
    struct dkim_signature sig;
    struct sha256 sha;
    begin(w, f, S("ARC-Seal"));
    write_signer(w, f, set->instance);
    dkim_write_tag(&f->writer, S("cv"), str_of(ingam_result_name(set->cv)));
    write_key(w, f);
    dkim_write_b(&f->writer);
    sha256_init(&sha);
    if (set->cv == INGAM_RESULT_PASS && !hash_earlier(w, &sha))
        return false;
    if (!hash_written(w, &sha, &set->results) || !hash_written(w, &sha, &set->message) ||
        !unsigned_field(f, &field, &sig) || !arc_hash_own(w->run->arena, &sha, &sig))
        return false;
    sha256_end(&sha, digest);
    return true;
}
