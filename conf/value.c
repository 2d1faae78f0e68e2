/* SPDX-License-Identifier: BSD-2-Clause */
/* Values from their text: one function a kind. */
#include "conf/value.h"

#include "base/date.h"
#include <stdarg.h>
#include <stdio.h>

enum { SOCKET_PATH_MAX = VALUE_SOCKET_PATH_MAX, SHOWN_MAX = 80 };

bool value_fails(struct value_error *why, str text, const char *format, ...)
{
    va_list list;
    size_t shown = text.n > SHOWN_MAX ? SHOWN_MAX : text.n;
    while (shown < text.n && shown && (text.p[shown] & 0xc0) == 0x80)
        shown--;
    int n = snprintf(why->text, sizeof why->text, "\"%.*s%s\" ", (int)shown, (const char *)text.p,
                     shown < text.n ? "..." : "");
    va_start(list, format);
    if (n > 0)
        vsnprintf(why->text + n, sizeof why->text - (size_t)n, format, list);
    va_end(list);
    return false;
}

static bool is_none(str text)
{
    return str_eq(text, S("none"));
}

static bool read_yes(str text, bool *yes)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < 6; i++) {
        if (str_eq_nocase(text, str_of(words[i]))) {
            *yes = i % 2;
            return true;
        }
    }
    return false;
}

static bool read_choice(const struct word *w, str text, unsigned *choice, struct value_error *why)
{
    char list[200] = "";
    size_t n = 0;
    for (unsigned i = 0; w->choices[i]; i++) {
        if (w->allowed && !(w->allowed & 1U << i))
            continue;
        if (str_eq(text, str_of(w->choices[i]))) {
            *choice = i;
            return true;
        }
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", w->choices[i]);
    }
    const char *near = choice_nearest(w->choices, text);
    return near && strstr(list, near)
               ? value_fails(why, text, "is none of: %s; did you mean \"%s\"?", list, near)
               : value_fails(why, text, "is none of: %s", list);
}

struct unit {
    const char *name;
    uint64_t worth;
};
/* The largest stands first. */
static const struct unit times[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000},
                                    {"s", 1000},     {"ms", 1},      {NULL, 0}};
static const struct unit sizes[] = {{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}, {NULL, 0}};

/* Digits and a unit, without a blank between. */
static bool read_units(const struct unit *units, str text, uint64_t *value)
{
    cur c = cur_of(text);
    uint64_t number;
    if (!cur_uint(&c, UINT32_MAX, &number))
        return false;
    for (; units->name; units++) {
        if (str_eq(cur_rest(&c), str_of(units->name))) {
            *value = number * units->worth;
            return true;
        }
    }
    return cur_end(&c) && number == 0 ? (*value = 0, true) : false;
}

static void write_units(struct out *o, const struct unit *units, uint64_t value)
{
    while (value % units->worth)
        units++;
    out_uint(o, value / units->worth);
    out_z(o, units->name);
}

void value_write_time(struct out *o, uint64_t ms)
{
    write_units(o, times, ms);
}

void value_write_size(struct out *o, uint64_t bytes)
{
    write_units(o, sizes, bytes);
}

static uint64_t worth_of(const struct word *w)
{
    return w->kind == WORD_SECONDS ? 1000 : 1;
}

/* Milliseconds, bytes or pieces, whatever the word's bounds. */
static bool read_amount(const struct word *w, str text, uint64_t *value, struct value_error *why)
{
    if (w->kind == WORD_MS || w->kind == WORD_SECONDS)
        return read_units(times, text, value) ||
               value_fails(why, text, "is no time; write a number and ms, s, m, h or d, such as \"8s\"");
    if (w->kind == WORD_BYTES)
        return read_units(sizes, text, value) ||
               value_fails(why, text, "is no size; write bytes, or a number and K, M or G, such as \"4M\"");
    return str_to_uint(text, UINT32_MAX, value) || value_fails(why, text, "is no number");
}

static void write_bound(struct out *o, const struct word *w, uint64_t bound)
{
    if (w->kind == WORD_MS || w->kind == WORD_SECONDS)
        value_write_time(o, bound * worth_of(w));
    else if (w->kind == WORD_BYTES)
        value_write_size(o, bound);
    else
        out_uint(o, bound);
}

static void write_range(struct out *o, const struct word *w)
{
    write_bound(o, w, w->min);
    out_z(o, " to ");
    write_bound(o, w, w->max);
}

/* Seconds, milliseconds, bytes or pieces between the word's bounds. */
static bool read_number(const struct word *w, struct arena *a, str text, uint64_t *value,
                        struct value_error *why)
{
    uint64_t worth = worth_of(w);
    if (!read_amount(w, text, value, why))
        return false;
    if (*value % worth == 0 && *value / worth >= w->min && *value / worth <= w->max) {
        *value /= worth;
        return true;
    }
    struct out o;
    out_init(&o, a);
    write_range(&o, w);
    str range = out_done(&o);
    return value_fails(why, text, "is out of range: %.*s", (int)range.n, (const char *)range.p);
}

static bool read_mode(str text, unsigned *mode)
{
    *mode = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '7' || i == 4)
            return false;
        *mode = *mode * 8 + (unsigned)(text.p[i] - '0');
    }
    return text.n >= 3 && *mode <= 0777;
}

/* "2027-01-31" is the end of that day; or RFC 3339. */
static bool read_date(struct arena *a, str text, int64_t *seconds)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, text);
    if (text.n == 10)
        out_z(&o, "T23:59:59Z");
    return text.n >= 10 && str_find(text, '-') < text.n && date_read(out_done(&o), seconds) && *seconds > 0;
}

/* ret  a bit is set behind the prefix: "192.0.2.1/24" is most likely a slip */
static bool has_host_bits(const struct conf_net *net)
{
    for (unsigned i = net->bits; i < (net->ip.is_v6 ? 128U : 32U); i++)
        if (net->ip.bytes[i / 8] & (0x80U >> i % 8))
            return true;
    return false;
}

#define READER(name)                                                                                         \
    static bool name(const struct word *w, struct arena *a, str text, void *into, struct value_error *why)

READER(take_choice)
{
    (void)a;
    return read_choice(w, text, into, why);
}

READER(take_yes)
{
    (void)w, (void)a;
    return read_yes(text, into) || value_fails(why, text, "is neither yes nor no");
}

READER(take_size)
{
    uint64_t value = 0;
    if (!read_number(w, a, text, &value, why))
        return false;
    *(size_t *)into = (size_t)value;
    return true;
}

READER(take_workers)
{
    uint64_t value = 0;
    if (!str_eq(text, S("auto")) && !read_number(w, a, text, &value, why))
        return false;
    *(unsigned *)into = (unsigned)value;
    return true;
}

READER(take_mode)
{
    (void)w, (void)a;
    return read_mode(text, into) || value_fails(why, text, "is no file mode such as 0660");
}

READER(take_ms)
{
    return read_number(w, a, text, into, why);
}

READER(take_seconds)
{
    uint64_t value = 0;
    if (!is_none(text) && !str_eq(text, S("0")) && !read_number(w, a, text, &value, why))
        return false;
    *(int64_t *)into = (int64_t)value;
    return true;
}

READER(take_date)
{
    (void)w;
    *(int64_t *)into = 0;
    return is_none(text) || read_date(a, text, into) ||
           value_fails(why, text, "is no date such as 2027-01-31, nor \"none\"");
}

READER(take_id)
{
    (void)w;
    str *id = into;
    bool is_read = true;
    if (str_is_ascii(text))
        *id = arena_copy(a, text);
    else
        is_read = value_read_domain(a, text, id);
    return (is_read && value_is_id(*id)) ||
           value_fails(why, text, "is no name of this host as it stands in a header, such as mx.example.org");
}

READER(take_domain)
{
    (void)w;
    *(str *)into = (str){NULL, 0};
    return is_none(text) || value_read_domain(a, text, into) ||
           value_fails(why, text, "is no domain name, nor \"none\"");
}

READER(take_pattern)
{
    (void)w;
    return value_read_pattern(a, text, into) ||
           value_fails(why, text,
                       "is no domain name; write \"example.org\", \".example.org\" for all below it, or "
                       "\"*\" for any");
}

READER(take_field)
{
    (void)w;
    cur c = cur_of(text);
    *(str *)into = arena_copy_lower(a, text);
    return (cur_run(&c, C_FTEXT).n && cur_end(&c)) || value_fails(why, text, "is no name of a header field");
}

READER(take_net)
{
    (void)w, (void)a;
    if (!value_read_net(text, into))
        return value_fails(why, text, "is no address or network, such as 192.0.2.1 or 2001:db8::/32");
    return !has_host_bits(into) ||
           value_fails(why, text, "has bits behind its prefix; write the network's first address");
}

/* Texts that end with NUL; "none" is NULL. */
static bool take_z(struct arena *a, str text, void *into)
{
    *(const char **)into = is_none(text) ? NULL : arena_copy_z(a, text);
    return true;
}

READER(take_account)
{
    (void)w;
    if (!value_is_account(text))
        return value_fails(why, text, "is no name of a user or group, nor \"none\"");
    return take_z(a, text, into);
}

READER(take_path)
{
    if (!is_none(text) && !str_starts(text, S("/")))
        return value_fails(why, text, "is no path from the root, such as /var/lib/ingam/keys, nor \"none\"");
    if (w->kind == WORD_SOCKET && text.n > SOCKET_PATH_MAX)
        return value_fails(why, text, "has %zu bytes; the path of a socket has at most %d", text.n,
                           SOCKET_PATH_MAX);
    return take_z(a, text, into);
}

READER(take_metrics)
{
    (void)w;
    if (!is_none(text) && !value_is_metrics(text))
        return value_fails(why, text,
                           "is no address and port, such as 127.0.0.1:9163 or [::1]:9163, nor \"none\"");
    return take_z(a, text, into);
}

READER(take_resolver)
{
    (void)w;
    if (!is_none(text) && !value_is_resolver(text))
        return value_fails(
            why, text, "is no address of a resolver, such as 127.0.0.1 or 2001:db8::53@5353, nor \"none\"");
    return take_z(a, text, into);
}

typedef bool reader(const struct word *w, struct arena *a, str text, void *into, struct value_error *why);
static reader *const readers[] = {
    [WORD_CHOICE] = take_choice,   [WORD_YES] = take_yes,
    [WORD_NUMBER] = take_size,     [WORD_WORKERS] = take_workers,
    [WORD_MODE] = take_mode,       [WORD_BYTES] = take_size,
    [WORD_MS] = take_ms,           [WORD_SECONDS] = take_seconds,
    [WORD_DATE] = take_date,       [WORD_ID] = take_id,
    [WORD_DOMAIN] = take_domain,   [WORD_ACCOUNT] = take_account,
    [WORD_PATH] = take_path,       [WORD_SOCKET] = take_path,
    [WORD_METRICS] = take_metrics, [WORD_RESOLVER] = take_resolver,
    [WORD_NAMES] = take_pattern,   [WORD_NETS] = take_net,
    [WORD_FIELDS] = take_field,
};

bool value_read(const struct word *w, struct arena *a, str text, void *into, struct value_error *why)
{
    return readers[w->kind](w, a, text, into, why);
}
