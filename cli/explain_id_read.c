/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of the log back into pairs. In text it is `worker 1: id=... key=value key="value" ...`, where a quoted value has \" \\ and
 * \xNN; in JSON an object. What others wrote stands in quotes, so nothing of it passes for a line. */
#include "cli/explain_id.h"

#include "base/cur.h"

static void add(struct logged *l, str key, str value)
{
    if (l->n == LOGGED_PAIRS || value.n == 0)
        return;
    l->keys[l->n] = key;
    l->values[l->n++] = value;
}

str logged_value(const struct logged *l, const char *key)
{
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->keys[i], str_of(key)))
            return l->values[i];
    return S("");
}

/* --- Text ------------------------------------------------------------------------------------------------------ */

static int hex_of(uint8_t c)
{
    c = byte_lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes what a backslash stands before. */
static uint8_t unescaped(str *text)
{
    uint8_t c = text->p[0];
    bool is_hex = c == 'x' && text->n >= 3 && hex_of(text->p[1]) >= 0 && hex_of(text->p[2]) >= 0;
    if (is_hex)
        c = (uint8_t)(hex_of(text->p[1]) << 4 | hex_of(text->p[2]));
    *text = str_from(*text, is_hex ? 3 : 1);
    return c;
}

/* Takes a quoted value, behind its first quote, and the quote that ends it. */
static str quoted(struct arena *a, str *text)
{
    struct out o;
    out_init(&o, a);
    while (text->n) {
        uint8_t c = text->p[0];
        *text = str_from(*text, 1);
        if (c == '"')
            break;
        out_byte(&o, c == '\\' && text->n ? unescaped(text) : c);
    }
    return out_done(&o);
}

static str take_value(struct arena *a, str *text)
{
    if (text->n && text->p[0] == '"') {
        *text = str_from(*text, 1);
        return quoted(a, text);
    }
    str value = str_first(*text, str_find(*text, ' '));
    *text = str_from(*text, value.n);
    return value;
}

/* ret  where the first pair begins: behind "worker 1: ", in a line that has no pair before it; empty: it has none */
static str pairs_of(str line)
{
    size_t at = str_find_str(line, S(": id="));
    str before = str_first(line, at);
    size_t worker = str_find_str(before, S("worker "));
    bool is_plain = str_find(before, '=') == before.n && str_find(before, '"') == before.n;
    return at < line.n && is_plain && worker < before.n ? str_from(line, at + 2) : S("");
}

static void read_text(struct arena *a, str line, struct logged *l)
{
    str text = pairs_of(line);
    while (text.n) {
        size_t n = str_find(text, '=');
        str key = str_first(text, n);
        text = str_from(text, n + 1);
        add(l, key, take_value(a, &text));
        while (text.n && text.p[0] == ' ')
            text = str_from(text, 1);
    }
}

/* --- JSON ------------------------------------------------------------------------------------------------------ */

static str text_of(struct arena *a, const json_t *value)
{
    struct out o;
    out_init(&o, a);
    if (json_is_string(value))
        out_str(&o, (str){(const uint8_t *)json_string_value(value), json_string_length(value)});
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        out_uint(&o, (uint64_t)json_integer_value(value));
    return out_done(&o);
}

static void read_json(struct arena *a, str line, struct logged *l)
{
    str text = str_from(line, str_find_str(line, S("{\"time\":")));
    json_t *object = text.n ? json_loadb((const char *)text.p, text.n, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        add(l, arena_copy(a, str_of(key)), text_of(a, value));
    }
    json_decref(object);
}

bool logged_read(struct arena *a, str line, str id, struct logged *l)
{
    *l = (struct logged){.n = 0};
    if (str_find_str(line, id) == line.n)
        return false;
    read_json(a, line, l);
    if (l->n == 0)
        read_text(a, line, l);
    return str_eq(logged_value(l, "id"), id) && logged_value(l, "action").n > 0;
}
