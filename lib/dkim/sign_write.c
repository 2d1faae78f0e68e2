/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/base64.h"
#include "dkim/dkim.h"

enum { COLUMNS = 78 };

static void put(struct dkim_writer *w, str text)
{
    out_str(w->o, text);
    w->column += text.n;
}

/* FWS = [*WSP CRLF] 1*WSP: one space, which no gateway turns into something else.             [RFC5322 3.2.2] */
static void fold(struct dkim_writer *w)
{
    out_str(w->o, S("\r\n "));
    w->column = 1;
}

void dkim_write_field(struct dkim_writer *w, struct out *o, str name)
{
    *w = (struct dkim_writer){.o = o};
    put(w, name);
    put(w, S(":"));
}

/* Begins a tag whose first piece takes n bytes, on this line if it fits there with what ends it.   [RFC6376 3.2] */
static void begin(struct dkim_writer *w, str tag, size_t n)
{
    if (w->is_open)
        put(w, S(";"));
    w->is_open = true;
    if (w->column + S(" ").n + tag.n + S("=").n + n + S(";").n > COLUMNS)
        fold(w);
    else
        put(w, S(" "));
    put(w, tag);
    put(w, S("="));
}

void dkim_write_tag(struct dkim_writer *w, str tag, str value)
{
    begin(w, tag, value.n);
    put(w, value);
}

void dkim_write_uint(struct dkim_writer *w, str tag, uint64_t value)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value);
    dkim_write_tag(w, tag, (str){digits + at, sizeof digits - at});
}

/* hdr-name *( [FWS] ":" [FWS] hdr-name )                                                           [RFC6376 3.5] */
void dkim_write_names(struct dkim_writer *w, str tag, str names)
{
    begin(w, tag, str_find(names, ':'));
    for (;;) {
        str name = str_first(names, str_find(names, ':'));
        put(w, name);
        names = str_from(names, name.n + 1);
        if (names.n == 0)
            return;
        put(w, S(":"));
        if (w->column + str_find(names, ':') + S(":").n > COLUMNS)
            fold(w);
    }
}

/* 64 digits of base64 at a time are 48 bytes: a line is full at 77 digits, so digits are written one by one. */
static void put_digits(struct dkim_writer *w, str digits)
{
    while (digits.n) {
        if (w->column >= COLUMNS)
            fold(w);
        str line = str_first(digits, COLUMNS - w->column);
        put(w, line);
        digits = str_from(digits, line.n);
    }
}

/* in   bytes  at most a signature: 1,024 */
static void put_base64(struct dkim_writer *w, str bytes)
{
    struct out text;
    out_init(&text, w->o->arena);
    base64_write(&text, bytes);
    w->o->has_failed = w->o->has_failed || text.has_failed;
    put_digits(w, out_done(&text));
}

void dkim_write_hash(struct dkim_writer *w, str tag, const uint8_t hash[32])
{
    enum { DIGITS = 44 };
    begin(w, tag, DIGITS);
    put_base64(w, (str){hash, 32});
}

void dkim_write_b(struct dkim_writer *w)
{
    begin(w, S("b"), COLUMNS);
}

void dkim_write_signature(struct dkim_writer *w, str signature)
{
    put_base64(w, signature);
    out_str(w->o, S("\r\n"));
}
