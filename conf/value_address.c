/* SPDX-License-Identifier: BSD-2-Clause */
/* Names, addresses and networks. */
#include "base/idn.h"
#include "conf/value.h"

enum { DOMAIN_MAX = 253, LABEL_MAX = 63 };

/* ret  bytes of the first label, or 0 if it is none */
static size_t label_of(str name)
{
    size_t n = 0;
    while (n < name.n && byte_is(name.p[n], C_ALPHA | C_DIGIT | C_DASH | C_UNDER))
        n++;
    bool is_good = n > 0 && n <= LABEL_MAX && name.p[0] != '-' && name.p[n - 1] != '-';
    return is_good ? n : 0;
}

static bool is_domain(str name)
{
    if (name.n > DOMAIN_MAX)
        return false;
    for (;;) {
        size_t n = label_of(name);
        if (n == 0 || n == name.n)
            return n > 0;
        if (name.p[n] != '.')
            return false;
        name = str_from(name, n + 1);
    }
}

bool value_read_domain(struct arena *a, str text, str *domain)
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
    if (!value_read_domain(a, is_below ? str_from(text, str_find(text, '.') + 1) : text, &domain))
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

bool value_is_id(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!byte_is(text.p[i], C_TOKEN))
            return false;
    return text.n > 0 && text.n <= DOMAIN_MAX;
}

bool value_is_account(str text)
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
        return value_fails(why, text, "names no address; write \"%s:PORT@%s\"", is_v6 ? "inet6" : "inet",
                           is_v6 ? "::1" : "127.0.0.1");
    if (!read_port(str_first(rest, at), &listen->port))
        return value_fails(why, text, "has no port between 1 and 65535 before the @");
    if (!read_host(str_from(rest, at + 1), is_v6, &listen->ip))
        return value_fails(why, text, "has no IPv%d address behind the @", is_v6 ? 6 : 4);
    return true;
}

static bool read_unix(struct arena *a, str text, str path, struct conf_listen *listen,
                      struct value_error *why)
{
    listen->family = CONF_UNIX;
    listen->path = arena_copy_z(a, path);
    if (!str_starts(path, S("/")))
        return value_fails(why, text, "has no path from the root; write \"unix:/run/ingam/milter\"");
    if (path.n > VALUE_SOCKET_PATH_MAX)
        return value_fails(why, text, "has a path of %zu bytes; a socket's has at most %d", path.n,
                           VALUE_SOCKET_PATH_MAX);
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
        return value_fails(why, text,
                           "is no address to listen at; write \"unix:PATH\", \"inet:PORT@ADDRESS\", "
                           "\"inet6:PORT@ADDRESS\" or "
                           "\"systemd:NAME\"");
    listen->family = CONF_ACTIVATED;
    listen->path = arena_copy_z(a, rest);
    return rest.n && value_is_account(rest)
               ? true
               : value_fails(why, text, "has no name of a socket behind \"systemd:\"");
}

bool value_is_metrics(str text)
{
    size_t colon = str_find_last(text, ':');
    struct ip ip;
    uint16_t port;
    if (colon == text.n || !read_port(str_from(text, colon + 1), &port))
        return false;
    str host = str_first(text, colon);
    return str_starts(host, S("[")) ? read_host(host, true, &ip) : ip_read_v4(host, &ip);
}

bool value_is_resolver(str text)
{
    size_t at = str_find(text, '@');
    struct ip ip;
    uint16_t port;
    return ip_read(str_first(text, at), &ip) && (at == text.n || read_port(str_from(text, at + 1), &port));
}
