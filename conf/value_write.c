/* SPDX-License-Identifier: BSD-2-Clause */
/* Values back to text: one function a kind. */
#include "base/date.h"
#include "conf/value.h"

void value_write_quoted(struct out *o, str text)
{
    out_byte(o, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            out_byte(o, '\\');
        out_byte(o, text.p[i]);
    }
    out_byte(o, '"');
}

void value_write_net(struct out *o, const struct conf_net *net)
{
    ip_write(o, &net->ip);
    if (net->bits == (net->ip.is_v6 ? 128 : 32))
        return;
    out_byte(o, '/');
    out_uint(o, net->bits);
}

static void write_mode(struct out *o, unsigned mode)
{
    out_byte(o, '0');
    for (int shift = 6; shift >= 0; shift -= 3)
        out_byte(o, (uint8_t)('0' + (mode >> shift & 7)));
}

#define WRITER(name) static void name(struct out *o, const struct word *w, const void *from)

WRITER(put_choice)
{
    out_z(o, w->choices[*(const unsigned *)from]);
}

WRITER(put_yes)
{
    (void)w;
    out_z(o, *(const bool *)from ? "yes" : "no");
}

WRITER(put_number)
{
    (void)w;
    out_uint(o, *(const size_t *)from);
}

WRITER(put_workers)
{
    (void)w;
    if (*(const unsigned *)from)
        out_uint(o, *(const unsigned *)from);
    else
        out_z(o, "auto");
}

WRITER(put_mode)
{
    (void)w;
    write_mode(o, *(const unsigned *)from);
}

WRITER(put_bytes)
{
    (void)w;
    value_write_size(o, *(const size_t *)from);
}

WRITER(put_ms)
{
    (void)w;
    value_write_time(o, *(const uint64_t *)from);
}

WRITER(put_seconds)
{
    int64_t seconds = *(const int64_t *)from;
    if (seconds == 0)
        out_z(o, "none");
    else if (w->kind == WORD_DATE)
        date_write(o, seconds);
    else
        value_write_time(o, (uint64_t)seconds * 1000);
}

WRITER(put_str)
{
    (void)w;
    const str *text = from;
    if (text->n)
        value_write_quoted(o, *text);
    else
        out_z(o, "none");
}

WRITER(put_z)
{
    (void)w;
    const char *z = *(const char *const *)from;
    if (z)
        value_write_quoted(o, str_of(z));
    else
        out_z(o, "none");
}

WRITER(put_names)
{
    (void)w;
    const struct conf_names *names = from;
    out_byte(o, '{');
    for (size_t i = 0; i < names->n; i++) {
        out_z(o, i ? ", " : "");
        value_write_quoted(o, names->list[i]);
    }
    out_byte(o, '}');
}

WRITER(put_nets)
{
    (void)w;
    const struct conf_nets *nets = from;
    out_byte(o, '{');
    for (size_t i = 0; i < nets->n; i++) {
        out_z(o, i ? ", \"" : "\"");
        value_write_net(o, &nets->list[i]);
        out_byte(o, '"');
    }
    out_byte(o, '}');
}

typedef void writer(struct out *o, const struct word *w, const void *from);
static writer *const writers[] = {
    [WORD_CHOICE] = put_choice,   [WORD_YES] = put_yes,         [WORD_NUMBER] = put_number,
    [WORD_WORKERS] = put_workers, [WORD_MODE] = put_mode,       [WORD_BYTES] = put_bytes,
    [WORD_MS] = put_ms,           [WORD_SECONDS] = put_seconds, [WORD_DATE] = put_seconds,
    [WORD_ID] = put_str,          [WORD_DOMAIN] = put_str,      [WORD_ACCOUNT] = put_z,
    [WORD_PATH] = put_z,          [WORD_SOCKET] = put_z,        [WORD_METRICS] = put_z,
    [WORD_RESOLVER] = put_z,      [WORD_NAMES] = put_names,     [WORD_NETS] = put_nets,
    [WORD_FIELDS] = put_names,
};

void value_write(struct out *o, const struct word *w, const void *from)
{
    writers[w->kind](o, w, from);
}
