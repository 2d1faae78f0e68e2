/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/value.h"

#include "base/date.h"
#include "base/idn.h"
#include <stdarg.h>
#include <stdio.h>

enum { SOCKET_PATH_MAX = 107, DOMAIN_MAX = 253, LABEL_MAX = 63, SHOWN_MAX = 80 };

static bool fails(struct value_error *why, str text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Writes the value as it was written, and what is expected. */
static bool fails(struct value_error *why, str text, const char *format, ...)
{
    va_list list;
    size_t shown = text.n;
    while (shown > SHOWN_MAX && (shown = SHOWN_MAX, true))
        while (shown && (text.p[shown] & 0xc0) == 0x80)
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
    return near && strstr(list, near) ? fails(why, text, "is none of: %s; did you mean \"%s\"?", list, near)
                                      : fails(why, text, "is none of: %s", list);
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

static void write_range(struct out *o, const struct word *w, const struct unit *units)
{
    uint64_t worth = w->kind == WORD_SECONDS ? 1000 : 1;
    if (units == NULL) {
        out_uint(o, w->min);
        out_z(o, " to ");
        out_uint(o, w->max);
        return;
    }
    write_units(o, units, w->min * worth);
    out_z(o, " to ");
    write_units(o, units, w->max * worth);
}

/* A number between the word's bounds; *value in milliseconds, bytes or pieces. */
static bool read_number(const struct word *w, struct arena *a, str text, uint64_t *value,
                        struct value_error *why)
{
    const struct unit *units = w->kind == WORD_MS || w->kind == WORD_SECONDS ? times
                               : w->kind == WORD_BYTES                       ? sizes
                                                                             : NULL;
    bool is_read = units ? read_units(units, text, value) : str_to_uint(text, UINT32_MAX, value);
    uint64_t worth = w->kind == WORD_SECONDS ? 1000 : 1;
    if (!is_read && units == times)
        return fails(why, text, "is no time; write a number and ms, s, m, h or d, such as \"8s\"");
    if (!is_read && units == sizes)
        return fails(why, text, "is no size; write bytes, or a number and K, M or G, such as \"4M\"");
    if (!is_read)
        return fails(why, text, "is no number");
    if (*value % worth == 0 && *value / worth >= w->min && *value / worth <= w->max) {
        *value /= worth;
        return true;
    }
    struct out o;
    out_init(&o, a);
    write_range(&o, w, units);
    str range = out_done(&o);
    return fails(why, text, "is out of range: %.*s", (int)range.n, (const char *)range.p);
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

static bool is_domain(str name)
{
    size_t label = 0;
    if (name.n == 0 || name.n > DOMAIN_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '.' && label == 0)
            return false;
        label = name.p[i] == '.' ? 0 : label + 1;
        if (label > LABEL_MAX || !byte_is(name.p[i], C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT))
            return false;
        bool is_edge = label == 1 || i + 1 == name.n || name.p[i + 1] == '.';
        if (name.p[i] == '-' && is_edge)
            return false;
    }
    return label > 0;
}

static bool read_domain(struct arena *a, str text, str *domain)
{
    if (text.n > 1 && text.p[text.n - 1] == '.')
        text.n--;
    return text.n && idn_to_ascii(a, text, domain) == IDN_OK && is_domain(*domain);
}

bool value_read_pattern(struct arena *a, str text, str *pattern)
{
    bool is_below = str_starts(text, S(".")) || str_starts(text, S("*."));
    str domain;
    if (str_eq(text, S("*"))) {
        *pattern = S("*");
        return true;
    }
    if (!read_domain(a, is_below ? str_from(text, str_find(text, '.') + 1) : text, &domain))
        return false;
    struct out o;
    out_init(&o, a);
    if (is_below)
        out_byte(&o, '.');
    out_str(&o, domain);
    *pattern = out_done(&o);
    return pattern->n > 0;
}

bool value_read_net(str text, struct conf_net *net)
{
    size_t slash = str_find(text, '/');
    uint64_t bits;
    if (!ip_read(str_first(text, slash), &net->ip))
        return false;
    bits = net->ip.is_v6 ? 128 : 32;
    if (slash < text.n && !str_to_uint(str_from(text, slash + 1), bits, &bits))
        return false;
    net->bits = (unsigned)bits;
    return true;
}

/* ret  a bit is set behind the prefix: "192.0.2.1/24" is most likely a slip */
static bool has_host_bits(const struct conf_net *net)
{
    for (unsigned i = net->bits; i < (net->ip.is_v6 ? 128U : 32U); i++)
        if (net->ip.bytes[i / 8] & (0x80U >> i % 8))
            return true;
    return false;
}

bool value_is_id(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!byte_is(text.p[i], C_TOKEN))
            return false;
    return text.n > 0 && text.n <= DOMAIN_MAX;
}

static bool is_account(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!byte_is(text.p[i], C_ALPHA | C_DIGIT | C_UNDER | C_DOT | C_DASH) || (i == 0 && text.p[i] == '-'))
            return false;
    return text.n > 0 && text.n <= 64;
}

static bool read_port(str text, uint16_t *port)
{
    uint64_t value;
    if (!str_to_uint(text, 65535, &value) || value == 0)
        return false;
    *port = (uint16_t)value;
    return true;
}

/* An address literal, in brackets or not; "localhost" is one too. */
static bool read_host(str text, bool is_v6, struct ip *ip)
{
    if (str_eq(text, S("localhost")))
        text = is_v6 ? S("::1") : S("127.0.0.1");
    if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
        text = str_first(str_from(text, 1), text.n - 2);
    return is_v6 ? ip_read_v6(text, ip) : ip_read_v4(text, ip);
}

static bool read_inet(str text, str rest, struct conf_listen *listen, struct value_error *why)
{
    bool is_v6 = str_starts(text, S("inet6:"));
    size_t at = str_find(rest, '@');
    listen->family = CONF_INET;
    if (at == rest.n)
        return fails(why, text, "names no address; write \"%s:PORT@%s\"", is_v6 ? "inet6" : "inet",
                     is_v6 ? "::1" : "127.0.0.1");
    if (!read_port(str_first(rest, at), &listen->port))
        return fails(why, text, "has no port between 1 and 65535 before the @");
    if (!read_host(str_from(rest, at + 1), is_v6, &listen->ip))
        return fails(why, text, "has no IPv%d address behind the @", is_v6 ? 6 : 4);
    return true;
}

static bool read_unix(struct arena *a, str text, str path, struct conf_listen *listen,
                      struct value_error *why)
{
    listen->family = CONF_UNIX;
    listen->path = arena_copy_z(a, path);
    if (!str_starts(path, S("/")))
        return fails(why, text, "has no path from the root; write \"unix:/run/ingam/milter\"");
    if (path.n > SOCKET_PATH_MAX)
        return fails(why, text, "has a path of %zu bytes; a socket's has at most %d", path.n,
                     SOCKET_PATH_MAX);
    return true;
}

bool value_read_listen(struct arena *a, str text, struct conf_listen *listen, struct value_error *why)
{
    str rest = str_from(text, str_find(text, ':') + 1);
    listen->address = arena_copy_z(a, text);
    if (str_starts(text, S("unix:")) || str_starts(text, S("local:")))
        return read_unix(a, text, rest, listen, why);
    if (str_starts(text, S("inet:")) || str_starts(text, S("inet6:")))
        return read_inet(text, rest, listen, why);
    if (!str_starts(text, S("systemd:")))
        return fails(why, text,
                     "is no address to listen at; write \"unix:PATH\", \"inet:PORT@ADDRESS\", "
                     "\"inet6:PORT@ADDRESS\" or "
                     "\"systemd:NAME\"");
    listen->family = CONF_ACTIVATED;
    listen->path = arena_copy_z(a, rest);
    return rest.n && is_account(rest) ? true
                                      : fails(why, text, "has no name of a socket behind \"systemd:\"");
}

/* ADDR:PORT, IPv6 in brackets. */
static bool is_metrics(str text)
{
    size_t colon = str_find_last(text, ':');
    struct ip ip;
    uint16_t port;
    if (colon == text.n || !read_port(str_from(text, colon + 1), &port))
        return false;
    str host = str_first(text, colon);
    return str_starts(host, S("[")) ? read_host(host, true, &ip) : ip_read_v4(host, &ip);
}

static bool is_resolver(str text)
{
    size_t at = str_find(text, '@');
    struct ip ip;
    uint16_t port;
    return ip_read(str_first(text, at), &ip) && (at == text.n || read_port(str_from(text, at + 1), &port));
}

/* The kinds whose value is a text ending with NUL, or NULL for "none". */
static bool read_z(const struct word *w, struct arena *a, str text, const char **z, struct value_error *why)
{
    bool is_path = w->kind == WORD_PATH || w->kind == WORD_SOCKET;
    *z = NULL;
    if (is_none(text))
        return true;
    if (is_path && !str_starts(text, S("/")))
        return fails(why, text, "is no path from the root, such as /etc/ingam/keys, nor \"none\"");
    if (w->kind == WORD_SOCKET && text.n > SOCKET_PATH_MAX)
        return fails(why, text, "has %zu bytes; the path of a socket has at most %d", text.n,
                     SOCKET_PATH_MAX);
    if (w->kind == WORD_ACCOUNT && !is_account(text))
        return fails(why, text, "is no name of a user or group, nor \"none\"");
    if (w->kind == WORD_METRICS && !is_metrics(text))
        return fails(why, text, "is no address and port, such as 127.0.0.1:9163 or [::1]:9163, nor \"none\"");
    if (w->kind == WORD_RESOLVER && !is_resolver(text))
        return fails(why, text,
                     "is no address of a resolver, such as 127.0.0.1 or 2001:db8::53@5353, nor \"none\"");
    *z = arena_copy_z(a, text);
    return true;
}

/* The kinds whose value is a slice. */
static bool read_str(const struct word *w, struct arena *a, str text, str *into, struct value_error *why)
{
    *into = (str){NULL, 0};
    if (w->kind == WORD_DOMAIN && is_none(text))
        return true;
    if (w->kind == WORD_DOMAIN && !read_domain(a, text, into))
        return fails(why, text, "is no domain name, nor \"none\"");
    if (w->kind == WORD_NAMES && !value_read_pattern(a, text, into))
        return fails(
            why, text,
            "is no domain name; write \"example.org\", \".example.org\" for all below it, or \"*\" for any");
    if (w->kind == WORD_ID) {
        bool is_good = str_is_ascii(text) ? (*into = arena_copy(a, text), true) : read_domain(a, text, into);
        if (!is_good || !value_is_id(*into))
            return fails(why, text,
                         "is no name of this host as it stands in a header, such as mx.example.org");
    }
    if (w->kind == WORD_FIELDS) {
        *into = arena_copy_lower(a, text);
        for (size_t i = 0; i < text.n; i++)
            if (!byte_is(text.p[i], C_FTEXT))
                return fails(why, text, "is no name of a header field");
        return text.n ? true : fails(why, text, "is no name of a header field");
    }
    return true;
}

static bool read_entry_of_nets(str text, struct conf_net *net, struct value_error *why)
{
    if (!value_read_net(text, net))
        return fails(why, text, "is no address or network, such as 192.0.2.1 or 2001:db8::/32");
    return !has_host_bits(net) ||
           fails(why, text, "has bits behind its prefix; write the network's first address");
}

static bool read_workers(const struct word *w, struct arena *a, str text, unsigned *n,
                         struct value_error *why)
{
    uint64_t value = 0;
    if (!str_eq(text, S("auto")) && !read_number(w, a, text, &value, why))
        return false;
    *n = (unsigned)value;
    return true;
}

static bool read_counted(const struct word *w, struct arena *a, str text, void *into, struct value_error *why)
{
    uint64_t value = 0;
    bool can_be_none = w->kind == WORD_SECONDS && (is_none(text) || str_eq(text, S("0")));
    if (!can_be_none && !read_number(w, a, text, &value, why))
        return false;
    if (w->kind == WORD_MS)
        *(uint64_t *)into = value;
    else if (w->kind == WORD_SECONDS)
        *(int64_t *)into = (int64_t)value;
    else
        *(size_t *)into = (size_t)value;
    return true;
}

bool value_read(const struct word *w, struct arena *a, str text, void *into, struct value_error *why)
{
    switch (w->kind) {
    case WORD_CHOICE: return read_choice(w, text, into, why);
    case WORD_YES: return read_yes(text, into) || fails(why, text, "is neither yes nor no");
    case WORD_WORKERS: return read_workers(w, a, text, into, why);
    case WORD_MODE: return read_mode(text, into) || fails(why, text, "is no file mode such as 0660");
    case WORD_NUMBER:
    case WORD_BYTES:
    case WORD_MS:
    case WORD_SECONDS: return read_counted(w, a, text, into, why);
    case WORD_DATE:
        if (is_none(text)) {
            *(int64_t *)into = 0;
            return true;
        }
        return read_date(a, text, into) || fails(why, text, "is no date such as 2027-01-31");
    case WORD_NETS: return read_entry_of_nets(text, into, why);
    case WORD_ID:
    case WORD_DOMAIN:
    case WORD_NAMES:
    case WORD_FIELDS: return read_str(w, a, text, into, why);
    case WORD_ACCOUNT:
    case WORD_PATH:
    case WORD_SOCKET:
    case WORD_METRICS:
    case WORD_RESOLVER: return read_z(w, a, text, into, why);
    }
    return false;
}

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

static void write_z(struct out *o, const char *z)
{
    if (z)
        value_write_quoted(o, str_of(z));
    else
        out_z(o, "none");
}

static void write_mode(struct out *o, unsigned mode)
{
    out_byte(o, '0');
    for (int shift = 6; shift >= 0; shift -= 3)
        out_byte(o, (uint8_t)('0' + (mode >> shift & 7)));
}

static void write_names(struct out *o, const struct conf_names *names)
{
    out_byte(o, '{');
    for (size_t i = 0; i < names->n; i++) {
        out_z(o, i ? ", " : "");
        value_write_quoted(o, names->list[i]);
    }
    out_byte(o, '}');
}

static void write_nets(struct out *o, const struct conf_nets *nets)
{
    out_byte(o, '{');
    for (size_t i = 0; i < nets->n; i++) {
        out_z(o, i ? ", \"" : "\"");
        value_write_net(o, &nets->list[i]);
        out_byte(o, '"');
    }
    out_byte(o, '}');
}

static void write_seconds(struct out *o, const struct word *w, int64_t seconds)
{
    if (seconds == 0)
        out_z(o, "none");
    else if (w->kind == WORD_DATE)
        date_write(o, seconds);
    else
        write_units(o, times, (uint64_t)seconds * 1000);
}

static void write_domain(struct out *o, str domain)
{
    if (domain.n)
        value_write_quoted(o, domain);
    else
        out_z(o, "none");
}

void value_write(struct out *o, const struct word *w, const void *from)
{
    switch (w->kind) {
    case WORD_CHOICE: out_z(o, w->choices[*(const unsigned *)from]); return;
    case WORD_YES: out_z(o, *(const bool *)from ? "yes" : "no"); return;
    case WORD_WORKERS:
        if (*(const unsigned *)from)
            out_uint(o, *(const unsigned *)from);
        else
            out_z(o, "auto");
        return;
    case WORD_MODE: write_mode(o, *(const unsigned *)from); return;
    case WORD_NUMBER: out_uint(o, *(const size_t *)from); return;
    case WORD_BYTES: write_units(o, sizes, *(const size_t *)from); return;
    case WORD_MS: write_units(o, times, *(const uint64_t *)from); return;
    case WORD_SECONDS:
    case WORD_DATE: write_seconds(o, w, *(const int64_t *)from); return;
    case WORD_ID:
    case WORD_DOMAIN: write_domain(o, *(const str *)from); return;
    case WORD_ACCOUNT:
    case WORD_PATH:
    case WORD_SOCKET:
    case WORD_METRICS:
    case WORD_RESOLVER: write_z(o, *(const char *const *)from); return;
    case WORD_NAMES:
    case WORD_FIELDS: write_names(o, from); return;
    case WORD_NETS: write_nets(o, from); return;
    }
}
