/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/inside.h"

enum { TEXT_MAX = 400 };

void milter_write(struct out *o, const struct milter *m, enum milter_reply reply)
{
    static const uint8_t bytes[] = {
        [MILTER_REPLY_CONTINUE] = 'c', [MILTER_REPLY_ACCEPT] = 'a',  [MILTER_REPLY_REJECT] = 'r',
        [MILTER_REPLY_TEMPFAIL] = 't', [MILTER_REPLY_DISCARD] = 'd', [MILTER_REPLY_SKIP] = 's',
        [MILTER_REPLY_PROGRESS] = 'p',
    };
    if (reply == MILTER_REPLY_SKIP && !(m->options & MILTER_SKIP))
        reply = MILTER_REPLY_CONTINUE;
    milter_put_head(o, bytes[reply], 0);
}

static bool is_printable(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < ' ' || s.p[i] > '~')
            return false;
    }
    return true;
}

/* class "." subject "." detail, the last two of one to three digits.                   [RFC3463 2] */
static bool is_enhanced(str s, uint16_t code)
{
    cur c = cur_of(s);
    if (!cur_byte(&c, (uint8_t)('0' + code / 100)))
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (!cur_byte(&c, '.'))
            return false;
        size_t n = cur_run(&c, C_DIGIT).n;
        if (n < 1 || n > 3)
            return false;
    }
    return cur_end(&c);
}

/* Cuts text so that it takes no more than TEXT_MAX bytes with each % doubled.
 * out  n  bytes that it takes */
static str fitting(str text, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        size_t takes = text.p[i] == '%' ? 2 : 1;
        if (*n + takes > TEXT_MAX)
            return str_first(text, i);
        *n += takes;
    }
    return text;
}

bool milter_write_reply(struct out *o, uint16_t code, str enhanced, str text)
{
    size_t n;
    if (code < 400 || code > 599 || !is_enhanced(enhanced, code) || !is_printable(text))
        return false;
    text = fitting(text, &n);
    milter_put_head(o, 'y', 3 + 1 + enhanced.n + 1 + n + 1);
    out_uint(o, code);
    out_byte(o, ' ');
    out_str(o, enhanced);
    out_byte(o, ' ');
    for (size_t i = 0; i < text.n; i++) {
        out_byte(o, text.p[i]);
        if (text.p[i] == '%')
            out_byte(o, '%');
    }
    out_byte(o, 0);
    return true;
}

static bool is_field_name(str name)
{
    cur c = cur_of(name);
    return cur_run(&c, C_FTEXT).n && cur_end(&c);
}

/* Takes CRLF or LF where a blank follows. */
static bool take_fold(cur *c)
{
    cur at = *c;
    cur_byte(&at, '\r');
    if (!cur_byte(&at, '\n') || !cur_is(&at, C_WSP))
        return false;
    *c = at;
    return true;
}

/* A value that makes one field and no more: folds, no other control bytes.             [RFC5322 2.2.3]
 * out  n  bytes that it takes with LF for each fold */
static bool is_field_value(str value, size_t *n)
{
    cur c = cur_of(value);
    for (*n = 0; !cur_end(&c); ++*n) {
        if (take_fold(&c))
            continue;
        if ((*c.p < ' ' && *c.p != '\t') || *c.p == 0x7f)
            return false;
        c.p++;
    }
    return true;
}

static void put_value(struct out *o, str value)
{
    cur c = cur_of(value);
    while (!cur_end(&c)) {
        if (take_fold(&c))
            out_byte(o, '\n');
        else
            out_byte(o, *c.p++);
    }
    out_byte(o, 0);
}

/* A packet about one field. */
struct edit {
    enum milter_action needs;
    uint8_t command;
    bool has_number;
    uint32_t number;
};

static bool write_field(struct out *o, const struct milter *m, struct edit edit, str name, str value)
{
    size_t n;
    if (!(m->actions & edit.needs) || !is_field_name(name))
        return false;
    if (!(m->options & MILTER_LEADING_SPACE) && value.n && byte_is(value.p[0], C_WSP))
        value = str_from(value, 1);
    if (!is_field_value(value, &n))
        return false;
    n += (edit.has_number ? 4U : 0U) + name.n + 2;
    if (n + 1 > MILTER_DATA_MAX)
        return false;
    milter_put_head(o, edit.command, n);
    if (edit.has_number)
        milter_put_uint32(o, edit.number);
    milter_put_string(o, name);
    put_value(o, value);
    return true;
}

bool milter_write_insert(struct out *o, const struct milter *m, uint32_t at, str name, str value)
{
    return write_field(o, m, (struct edit){MILTER_ADD_FIELD, 'i', true, at}, name, value);
}

bool milter_write_add(struct out *o, const struct milter *m, str name, str value)
{
    return write_field(o, m, (struct edit){MILTER_ADD_FIELD, 'h', false, 0}, name, value);
}

bool milter_write_change(struct out *o, const struct milter *m, uint32_t nth, str name, str value)
{
    return nth > 0 && write_field(o, m, (struct edit){MILTER_CHANGE_FIELD, 'm', true, nth}, name, value);
}

bool milter_write_quarantine(struct out *o, const struct milter *m, str reason)
{
    if (!(m->actions & MILTER_QUARANTINE) || reason.n == 0 || reason.n > TEXT_MAX || !is_printable(reason))
        return false;
    milter_put_head(o, 'q', reason.n + 1);
    milter_put_string(o, reason);
    return true;
}
