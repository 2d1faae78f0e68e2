/* SPDX-License-Identifier: BSD-2-Clause */
/* The Received-SPF field. Every byte of it that came from outside is made harmless.             [RFC7208 9.1] */
#include "base/cur.h"
#include "spf/spf.h"

enum { COLUMN_MAX = 78, FIELD_NAME_N = 14 /* "Received-SPF: " */, VALUE_MAX = 320 };

/* A field body that folds: a piece that would pass column 78 begins a new line. */
struct folding {
    struct out o;
    size_t column;
};

static void put_piece(struct folding *f, str piece)
{
    bool is_first = f->o.n == 0;
    if (!is_first && f->column + 1 + piece.n > COLUMN_MAX) {
        out_str(&f->o, S("\r\n\t"));
        f->column = 8;
    } else if (!is_first) {
        out_byte(&f->o, ' ');
        f->column++;
    }
    out_str(&f->o, piece);
    f->column += piece.n;
}

static bool is_dot_atom(str value)
{
    cur c = cur_of(value);
    cur_run(&c, C_ATEXT | C_DOT);
    bool has_outer_dot = value.n && (value.p[0] == '.' || value.p[value.n - 1] == '.');
    return value.n && cur_end(&c) && !has_outer_dot && str_find_str(value, S("..")) == value.n;
}

/* ret  the byte, or ? for what may not stand in a field */
static uint8_t printable(uint8_t c)
{
    return c >= 0x20 && c < 0x7f ? c : '?';
}

/* dot-atom / quoted-string, cut at VALUE_MAX bytes                                       [RFC7208 9.1] */
static void write_value(struct out *o, str value)
{
    value = str_first(value, VALUE_MAX);
    if (is_dot_atom(value)) {
        out_str(o, value);
        return;
    }
    out_byte(o, '"');
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = printable(value.p[i]);
        if (c == '"' || c == '\\')
            out_byte(o, '\\');
        out_byte(o, c);
    }
    out_byte(o, '"');
}

static void put_pair(struct folding *f, const char *key, str value, const char *end)
{
    struct out pair;
    out_init(&pair, f->o.arena);
    out_z(&pair, key);
    out_byte(&pair, '=');
    write_value(&pair, value);
    out_z(&pair, end);
    put_piece(f, out_done(&pair));
}

/* What the result says about the address; its place is between the two texts. */
static const struct verdict_words {
    const char *before, *after;
} words[] = {
    [INGAM_RESULT_NONE] = {"has no SPF record; client", ""},
    [INGAM_RESULT_PASS] = {"designates", "as permitted sender"},
    [INGAM_RESULT_FAIL] = {"does not designate", "as permitted sender"},
    [INGAM_RESULT_SOFTFAIL] = {"does not designate, in transition,", "as permitted sender"},
    [INGAM_RESULT_NEUTRAL] = {"says nothing about", ""},
    [INGAM_RESULT_POLICY] = {"says nothing about", ""},
    [INGAM_RESULT_TEMPERROR] = {"could not be asked about", ""},
    [INGAM_RESULT_PERMERROR] = {"has no usable record for", ""},
};

/* Receiver and domain hold no byte that could end the comment: both are names.           [RFC7208 9.1] */
static void put_comment(struct folding *f, str receiver, const struct ingam_spf_outcome *out, str address)
{
    const struct verdict_words *w = &words[out->result];
    bool ends_with_address = w->after[0] == 0;
    struct out piece;
    out_init(&piece, f->o.arena);
    out_byte(&piece, '(');
    out_str(&piece, receiver);
    out_byte(&piece, ':');
    put_piece(f, out_done(&piece));
    put_piece(f, out->domain.n ? S("domain of") : S("this sender"));
    if (out->domain.n)
        put_piece(f, out->domain);
    put_piece(f, str_of(w->before));
    out_init(&piece, f->o.arena);
    out_str(&piece, address);
    out_z(&piece, ends_with_address ? ")" : " ");
    out_z(&piece, w->after);
    out_z(&piece, ends_with_address ? "" : ")");
    put_piece(f, out_done(&piece));
}

static str harmless_name(struct arena *a, str name)
{
    struct out o;
    out_init(&o, a);
    for (size_t i = 0; i < name.n && i < VALUE_MAX; i++)
        if (byte_is(name.p[i], C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT))
            out_byte(&o, name.p[i]);
    return o.n ? out_done(&o) : S("unknown");
}

static str address_text(struct arena *a, const struct ip *ip)
{
    struct out o;
    out_init(&o, a);
    ip_write(&o, ip);
    return out_done(&o);
}

str spf_received(struct arena *a, const struct spf_request *request, const struct ingam_spf_outcome *out)
{
    bool is_helo = request->identity == SPF_HELO;
    str receiver = harmless_name(a, request->receiver);
    str address = request->has_ip ? address_text(a, &request->ip) : S("unknown");
    struct folding f = {.column = FIELD_NAME_N};
    out_init(&f.o, a);
    put_piece(&f, str_of(ingam_result_name(out->result)));
    put_comment(&f, receiver, out, address);
    put_pair(&f, "receiver", receiver, ";");
    put_pair(&f, "client-ip", address, ";");
    if (!is_helo)
        put_pair(&f, "envelope-from", request->mail_from, ";");
    put_pair(&f, "helo", request->helo, ";");
    if (out->mechanism.n)
        put_pair(&f, "mechanism", out->mechanism, ";");
    if (fault_result(out->fault) != INGAM_RESULT_NONE)
        put_pair(&f, "problem", str_of(ingam_fault_row(out->fault)->sentence), ";");
    put_pair(&f, "identity", is_helo ? S("helo") : S("mailfrom"), "");
    return out_done(&f.o);
}
