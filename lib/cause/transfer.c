/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfer encodings, as gateways read and write them.                                       [RFC2045 6.7] [RFC2045 6.8] */
#include "base/base64.h"
#include "cause/search.h"

static int hex_digit(uint8_t c)
{
    if (byte_is(c, C_DIGIT))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes "=XX" or a soft line break. ret false: neither */
static bool escape_read(cur *c, struct out *o)
{
    str rest = cur_rest(c);
    cur at = {c->p + 1, c->end};
    cur_run(&at, C_WSP);
    if (cur_text(&at, S("\r\n")) || cur_end(&at)) {
        *c = at;
        return true;
    }
    if (rest.n < 3 || hex_digit(rest.p[1]) < 0 || hex_digit(rest.p[2]) < 0)
        return false;
    out_byte(o, (uint8_t)(hex_digit(rest.p[1]) * 16 + hex_digit(rest.p[2])));
    c->p += 3;
    return true;
}

str quoted_printable_read(struct arena *a, str text)
{
    struct out o;
    out_init(&o, a);
    for (cur c = cur_of(text); !cur_end(&c);)
        if (!cur_at(&c, '=') || !escape_read(&c, &o))
            out_byte(&o, *c.p++);
    return out_done(&o);
}

enum { QP_COLUMNS = 76 };

struct qp_writer {
    struct out *o;
    size_t column;
    bool escapes_dots_and_from;
};

static bool must_escape(const struct qp_writer *w, str line, size_t i)
{
    uint8_t c = line.p[i];
    if (c == '=' || c >= 0x7f || (c < 0x20 && c != '\t'))
        return true;
    if (i + 1 == line.n && byte_is(c, C_WSP))
        return true;
    return w->escapes_dots_and_from && w->column == 0 &&
           (c == '.' || (i == 0 && str_starts(line, S("From "))));
}

static void qp_byte(struct qp_writer *w, str line, size_t i)
{
    static const char hex[] = "0123456789ABCDEF";
    bool is_last = i + 1 == line.n;
    size_t needed = must_escape(w, line, i) ? 3 : 1;
    if (w->column + needed > QP_COLUMNS - (is_last ? 0 : 1)) {
        out_str(w->o, S("=\r\n"));
        w->column = 0;
    }
    if (must_escape(w, line, i)) {
        out_byte(w->o, '=');
        out_byte(w->o, (uint8_t)hex[line.p[i] >> 4]);
        out_byte(w->o, (uint8_t)hex[line.p[i] & 15]);
    } else {
        out_byte(w->o, line.p[i]);
    }
    w->column += needed;
}

str quoted_printable_write(struct arena *a, str text, bool escapes_dots_and_from)
{
    struct out o;
    struct qp_writer w = {&o, 0, escapes_dots_and_from};
    out_init(&o, a);
    for (str rest = text; rest.n;) {
        str line = str_first(rest, str_find_str(rest, S("\r\n")));
        w.column = 0;
        for (size_t i = 0; i < line.n; i++)
            qp_byte(&w, line, i);
        if (line.n < rest.n)
            out_str(&o, S("\r\n"));
        rest = str_from(rest, line.n + 2);
    }
    return out_done(&o);
}

str base64_lines_read(struct arena *a, str text)
{
    size_t n = 0;
    uint8_t *bytes = arena_take_raw(a, text.n / 4 * 3 + 3);
    if (bytes == NULL || base64_read(text, bytes, &n) != NULL)
        return (str){NULL, 0};
    return (str){bytes, n};
}

str base64_lines_write(struct arena *a, str text, size_t columns)
{
    struct out o;
    size_t step = columns / 4 * 3;
    out_init(&o, a);
    for (size_t at = 0; at < text.n; at += step) {
        base64_write(&o, str_first(str_from(text, at), step));
        out_str(&o, S("\r\n"));
    }
    return out_done(&o);
}
