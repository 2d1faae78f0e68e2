/* SPDX-License-Identifier: BSD-2-Clause */
/* The Received-SPF field. Every byte of it that came from outside is made harmless.             [RFC7208 9.1] */
#include "base/cur.h"
#include "spf/spf.h"

enum {
    COLUMN_MAX = 78,
    FIELD_NAME_N = 14 /* "Received-SPF: " */,
    VALUE_MAX = 320,
    PIECE_MAX = 2 * VALUE_MAX + 64,
    FIELD_ROOM = 512
};

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

/* dot-atom-text = 1*atext *("." 1*atext)                                                [RFC5322 3.2.3] */
static bool is_dot_atom(str value)
{
    cur c = cur_of(value);
    do {
        if (cur_run(&c, C_ATEXT).n == 0)
            return false;
    } while (cur_byte(&c, '.'));
    return cur_end(&c);
}

/* ret  the byte, or ? for what may not stand in a field */
static uint8_t printable(uint8_t c)
{
    return c >= 0x20 && c < 0x7f ? c : '?';
}

/* One piece, built before it is known on which line it stands. */
struct piece {
    uint8_t p[PIECE_MAX];
    size_t n;
};

static void add_byte(struct piece *piece, uint8_t c)
{
    if (piece->n < PIECE_MAX)
        piece->p[piece->n++] = c;
}

static void add(struct piece *piece, str s)
{
    s = str_first(s, PIECE_MAX - piece->n);
    if (s.n)
        memcpy(piece->p + piece->n, s.p, s.n);
    piece->n += s.n;
}

/* dot-atom / quoted-string, cut at VALUE_MAX bytes                                       [RFC7208 9.1] */
static void add_value(struct piece *piece, str value)
{
    value = str_first(value, VALUE_MAX);
    if (is_dot_atom(value)) {
        add(piece, value);
        return;
    }
    add_byte(piece, '"');
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = printable(value.p[i]);
        if (c == '"' || c == '\\')
            add_byte(piece, '\\');
        add_byte(piece, c);
    }
    add_byte(piece, '"');
}

static void put_pair(struct folding *f, str key, str value, str end)
{
    struct piece piece;
    piece.n = 0;
    add(&piece, key);
    add_value(&piece, value);
    add(&piece, end);
    put_piece(f, (str){piece.p, piece.n});
}

/* What the result says about the address; its place is between the two texts. */
static const struct verdict_words {
    str before, after;
} words[] = {
    [INGAM_RESULT_NONE] = {S_INIT("has no SPF record; client"), S_INIT(")")},
    [INGAM_RESULT_PASS] = {S_INIT("designates"), S_INIT(" as permitted sender)")},
    [INGAM_RESULT_FAIL] = {S_INIT("does not designate"), S_INIT(" as permitted sender)")},
    [INGAM_RESULT_SOFTFAIL] = {S_INIT("does not designate, in transition,"), S_INIT(" as permitted sender)")},
    [INGAM_RESULT_NEUTRAL] = {S_INIT("says nothing about"), S_INIT(")")},
    [INGAM_RESULT_POLICY] = {S_INIT("says nothing about"), S_INIT(")")},
    [INGAM_RESULT_TEMPERROR] = {S_INIT("could not be asked about"), S_INIT(")")},
    [INGAM_RESULT_PERMERROR] = {S_INIT("has no usable record for"), S_INIT(")")},
};

/* Receiver and domain hold no byte that could end the comment: both are names.           [RFC7208 9.1] */
static void put_comment(struct folding *f, str receiver, const struct ingam_spf_outcome *out, str address)
{
    const struct verdict_words *w = &words[out->result];
    struct piece piece;
    piece.n = 0;
    add_byte(&piece, '(');
    add(&piece, receiver);
    add_byte(&piece, ':');
    put_piece(f, (str){piece.p, piece.n});
    put_piece(f, out->domain.n ? S("domain of") : S("this sender"));
    if (out->domain.n)
        put_piece(f, out->domain);
    put_piece(f, w->before);
    piece.n = 0;
    add(&piece, address);
    add(&piece, w->after);
    put_piece(f, (str){piece.p, piece.n});
}

static str harmless_name(struct arena *a, str name)
{
    cur c = cur_of(str_first(name, VALUE_MAX));
    str good = cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT);
    struct out o;
    if (good.n && cur_end(&c))
        return good;
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
    out_room(&f.o, FIELD_ROOM);
    put_piece(&f, str_of(ingam_result_name(out->result)));
    put_comment(&f, receiver, out, address);
    put_pair(&f, S("receiver="), receiver, S(";"));
    put_pair(&f, S("client-ip="), address, S(";"));
    if (!is_helo)
        put_pair(&f, S("envelope-from="), request->mail_from, S(";"));
    put_pair(&f, S("helo="), request->helo, S(";"));
    if (out->mechanism.n)
        put_pair(&f, S("mechanism="), out->mechanism, S(";"));
    if (fault_result(out->fault) != INGAM_RESULT_NONE)
        put_pair(&f, S("problem="), str_of(ingam_fault_row(out->fault)->sentence), S(";"));
    put_pair(&f, S("identity="), is_helo ? S("helo") : S("mailfrom"), S(""));
    return out_done(&f.o);
}
