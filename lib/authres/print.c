/* SPDX-License-Identifier: BSD-2-Clause */
/* Results as text. Nothing that came from outside is written but as a token, a quoted-string of printable ASCII, or a
 * mailbox of those.                                                          [RFC8601 2.2] [RFC8601 7.8] */
#include "authres/authres.h"

enum { LINE_MAX = 77, VALUE_MAX = 256, USUAL = 512 }; /* one column is left for the semicolon */

struct sheet {
    struct out o;
    size_t column;
    size_t piece_at; /* where the piece began that is being written: at its blank */
    bool has_own_names;
};

static bool is_of(str s, unsigned classes)
{
    size_t n = 0;
    while (n < s.n && byte_is(s.p[n], classes))
        n++;
    return n == s.n && n > 0;
}

static bool is_keyword(str s)
{
    return is_of(s, C_ALPHA | C_DIGIT | C_DASH | C_UNDER);
}

/* What a value is made of, found out in one pass. */
struct looks {
    bool is_token;
    bool
        is_quotable; /* every byte may stand in a quoted-string, some behind a backslash      [RFC5322 3.2.4] */
    size_t at;       /* of the last @; the value's length if there is none */
};

static struct looks look(str s)
{
    struct looks looks = {.at = s.n};
    unsigned all = s.n ? C_TOKEN : 0;
    bool is_quotable = s.n <= VALUE_MAX;
    for (size_t i = 0; i < s.n; i++) {
        unsigned classes = byte_classes[s.p[i]];
        all &= classes;
        is_quotable &= (classes & (C_VISIBLE | C_WSP)) != 0;
        if (s.p[i] == '@')
            looks.at = i;
    }
    looks.is_token = all != 0;
    looks.is_quotable = is_quotable;
    return looks;
}

static void put_quoted(struct out *o, str s)
{
    out_byte(o, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            out_byte(o, '\\');
        out_byte(o, s.p[i]);
    }
    out_byte(o, '"');
}

static void put_value(struct out *o, str s, const struct looks *looks)
{
    if (looks->is_token)
        out_str(o, s);
    else
        put_quoted(o, s);
}

/* ret  a quoted-string as it should be, from quote to quote */
static bool is_quoted_string(str s)
{
    if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
        return false;
    for (size_t i = 1; i < s.n - 1; i++) {
        if (s.p[i] == '"')
            return false;
        if (s.p[i] == '\\' && ++i == s.n - 1)
            return false;
    }
    return true;
}

/* dot-atom-text = 1*atext *("." 1*atext)                                                   [RFC5322 3.2.3] */
static bool is_dot_atom(str s)
{
    cur c = cur_of(s);
    do
        if (cur_run(&c, C_ATEXT).n == 0)
            return false;
    while (cur_byte(&c, '.'));
    return cur_end(&c);
}

/* pvalue: a mailbox keeps its form, its local-part is quoted where it has to be.            [RFC8601 2.2] */
static void put_pvalue(struct out *o, str s, const struct looks *looks)
{
    str local = str_first(s, looks->at);
    str domain = str_from(s, looks->at + 1);
    if (looks->at == s.n || !is_of(domain, C_ALPHA | C_DIGIT | C_DASH | C_DOT)) {
        put_value(o, s, looks);
        return;
    }
    if (local.n == 0 || is_dot_atom(local) || is_quoted_string(local))
        out_str(o, local);
    else
        put_quoted(o, local);
    out_byte(o, '@');
    out_str(o, domain);
}

static void piece_begin(struct sheet *s)
{
    s->piece_at = s->o.n;
    out_byte(&s->o, ' ');
}

/* Makes the blank before the piece a fold where the line would be too long. */
static void piece_end(struct sheet *s)
{
    size_t n = s->o.n - s->piece_at;
    if (s->column + n <= LINE_MAX) {
        s->column += n;
        return;
    }
    if (out_room(&s->o, 2) == NULL)
        return;
    uint8_t *blank = s->o.p + s->piece_at;
    memmove(blank + 2, blank, n);
    blank[0] = '\r';
    blank[1] = '\n';
    blank[2] = '\t';
    s->o.n += 2;
    s->column = n;
}

static void put_property(struct sheet *s, const struct authres_property *property)
{
    struct looks looks = look(property->value);
    bool is_named = s->has_own_names || (is_keyword(property->ptype) && is_keyword(property->property));
    if (!is_named || !looks.is_quotable)
        return;
    piece_begin(s);
    out_str(&s->o, property->ptype);
    out_byte(&s->o, '.');
    out_str(&s->o, property->property);
    out_byte(&s->o, '=');
    put_pvalue(&s->o, property->value, &looks);
    piece_end(s);
}

static void put_result(struct sheet *s, const struct authres_result *result)
{
    piece_begin(s);
    out_str(&s->o, result->method);
    out_byte(&s->o, '=');
    out_str(&s->o, result->result);
    piece_end(s);
    struct looks reason = look(result->reason);
    if (result->reason.n && reason.is_quotable) {
        piece_begin(s);
        out_z(&s->o, "reason=");
        put_value(&s->o, result->reason, &reason);
        piece_end(s);
    }
    for (size_t i = 0; i < result->property_n; i++)
        put_property(s, &result->properties[i]);
}

/* The id is the site's own word. It may be UTF-8, then it is quoted; bytes that may not be are dropped.   [RFC8601 2.5] */
static str clean_id(struct arena *a, str id)
{
    struct out o;
    if (is_of(id, C_VISIBLE))
        return id;
    bool is_utf8 = str_is_utf8(id);
    out_init(&o, a);
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] >= 0x20 && id.p[i] != 0x7f && (id.p[i] < 0x80 || is_utf8))
            out_byte(&o, id.p[i]);
    str clean = out_done(&o);
    return clean.n ? clean : S("localhost");
}

static bool is_printable(const struct authres_result *result)
{
    return is_keyword(result->method) && is_keyword(result->result);
}

/* Each result after the first has a line of its own: where it begins the line counts as full. */
str authres_print(struct arena *a, const struct authres *results, size_t column)
{
    struct sheet s = {.column = column, .has_own_names = results->has_own_names};
    size_t printed = 0;
    str id = clean_id(a, results->authserv_id);
    struct looks looks = look(id);
    out_init(&s.o, a);
    out_room(&s.o, USUAL);
    put_value(&s.o, id, &looks);
    s.column += s.o.n;
    for (size_t i = 0; i < results->n; i++) {
        if (!s.has_own_names && !is_printable(&results->results[i]))
            continue;
        out_byte(&s.o, ';');
        s.column = printed++ ? SIZE_MAX / 2 : s.column + 1;
        put_result(&s, &results->results[i]);
    }
    if (printed == 0)
        out_z(&s.o, "; none");
    return out_done(&s.o);
}
