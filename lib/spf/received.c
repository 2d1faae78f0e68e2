/* SPDX-License-Identifier: BSD-2-Clause */
/* The Received-SPF field. Every byte of it that came from outside is made harmless.             [RFC7208 9.1] */
#include "base/cur.h"
#include "spf/record.h"
#include "spf/spf.h"

enum {
    COLUMN_MAX = 78,
    FIELD_NAME_N = 14 /* "Received-SPF: " */,
    VALUE_MAX = 320,
    PIECE_MAX = 2 * VALUE_MAX + 64,
    FIELD_ROOM = 1400
};

/* A field body that folds: a piece that would pass column 78 begins a new line. A piece is written where it stands if it
 * does not; it is moved by two bytes if it does. */
struct folding {
    struct out o;
    size_t column;
    size_t start; /* of the piece being written, at the byte that separates it */
};

static void begin_piece(struct folding *f)
{
    if (f->o.cap - f->o.n < PIECE_MAX + 3)
        out_room(&f->o, PIECE_MAX + 3);
    f->start = f->o.n;
    if (!f->o.has_failed && f->o.n)
        f->o.p[f->o.n++] = ' ';
}

static void end_piece(struct folding *f)
{
    struct out *o = &f->o;
    size_t n = o->n - f->start;
    f->column += n;
    if (o->has_failed || f->start == 0 || f->column <= COLUMN_MAX)
        return;
    memmove(o->p + f->start + 3, o->p + f->start + 1, n - 1);
    memcpy(o->p + f->start, "\r\n\t", 3);
    o->n += 2;
    f->column = 8 + n - 1;
}

static void add_byte(struct folding *f, uint8_t c)
{
    if (!f->o.has_failed && f->o.n - f->start <= PIECE_MAX)
        f->o.p[f->o.n++] = c;
}

/* Copies 8 to 32 bytes in two pieces that may overlap: a call of memcpy costs more than most of what is written here. */
static inline void copy_short(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n > 32 || n < 8) {
        memcpy(to, from, n);
    } else if (n >= 16) {
        memcpy(to, from, 16);
        memcpy(to + n - 16, from + n - 16, 16);
    } else {
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    }
}

static inline void add(struct folding *f, str s)
{
    s = str_first(s, PIECE_MAX + f->start - f->o.n + 1);
    if (f->o.has_failed || s.n == 0)
        return;
    copy_short(f->o.p + f->o.n, s.p, s.n);
    f->o.n += s.n;
}

static void put_piece(struct folding *f, str piece)
{
    begin_piece(f);
    add(f, piece);
    end_piece(f);
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

/* Quotes what has bytes that need it; ? stands for what may not be in a field. */
static void add_escaped(struct folding *f, str value)
{
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i] >= 0x20 && value.p[i] < 0x7f ? value.p[i] : '?';
        if (c == '"' || c == '\\')
            add_byte(f, '\\');
        add_byte(f, c);
    }
}

/* dot-atom / quoted-string, cut at VALUE_MAX bytes                                       [RFC7208 9.1] */
static void add_value(struct folding *f, str value)
{
    value = str_first(value, VALUE_MAX);
    if (is_dot_atom(value)) {
        add(f, value);
        return;
    }
    bool is_plain = spf_wrong_byte(value) == value.n && str_find(value, '"') == value.n &&
                    str_find(value, '\\') == value.n;
    add_byte(f, '"');
    if (is_plain)
        add(f, value);
    else
        add_escaped(f, value);
    add_byte(f, '"');
}

static void put_pair(struct folding *f, str key, str value)
{
    begin_piece(f);
    add(f, key);
    add_value(f, value);
    add_byte(f, ';');
    end_piece(f);
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
    begin_piece(f);
    add_byte(f, '(');
    add(f, receiver);
    add_byte(f, ':');
    end_piece(f);
    put_piece(f, out->domain.n ? S("domain of") : S("this sender"));
    if (out->domain.n)
        put_piece(f, out->domain);
    put_piece(f, w->before);
    begin_piece(f);
    add(f, address);
    add(f, w->after);
    end_piece(f);
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
    put_pair(&f, S("receiver="), receiver);
    put_pair(&f, S("client-ip="), address);
    if (!is_helo)
        put_pair(&f, S("envelope-from="), request->mail_from);
    if (request->helo.n)
        put_pair(&f, S("helo="), request->helo);
    if (out->mechanism.n)
        put_pair(&f, S("mechanism="), out->mechanism);
    if (fault_result(out->fault) != INGAM_RESULT_NONE)
        put_pair(&f, S("problem="), str_of(ingam_fault_row(out->fault)->sentence));
    put_piece(&f, is_helo ? S("identity=helo") : S("identity=mailfrom"));
    return out_done(&f.o);
}
