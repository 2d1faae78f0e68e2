/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/import_inside.h"
#include "conf/scan.h"

static const struct import_word *const words_of[] = {import_opendkim_words, import_opendmarc_words,
                                                     import_policyd_words};
enum { INCLUDES_MAX = 4 };

/* Names of files and words as they may stand in a line: printable ASCII. */
static void put_plain(struct out *o, str text)
{
    text = str_first(text, 200);
    for (size_t i = 0; i < text.n; i++)
        out_byte(o, byte_is(text.p[i], C_VISIBLE) || text.p[i] == ' ' ? text.p[i] : '?');
}

struct import_value import_here(const struct import *im, str text)
{
    return (struct import_value){text, im->word, im->name, im->line};
}

void import_go_back(struct import *im, const struct import_value *to)
{
    im->word = to->word;
    im->name = to->name;
    im->line = to->line;
}

void import_leave(struct import *im, const char *why)
{
    put_plain(&im->left, str_of(im->name));
    out_byte(&im->left, ':');
    out_uint(&im->left, im->line);
    out_z(&im->left, ": ");
    put_plain(&im->left, im->word);
    out_z(&im->left, ": ");
    out_z(&im->left, why);
    out_byte(&im->left, '\n');
}

bool import_is_plain(str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (!byte_is(value.p[i], C_VISIBLE) && value.p[i] != ' ')
            return false;
    return true;
}

bool import_is_on(str value)
{
    return value.n && str_find(S("tTyY1"), value.p[0]) < 5;
}

bool import_number(struct import *im, str value, uint64_t max, uint64_t *number)
{
    if (str_to_uint(value, max, number))
        return true;
    import_leave(im, "left out: no number that fits");
    return false;
}

void import_add(struct import *im, struct import_list *list, str text)
{
    for (size_t i = 0; i < list->n && list->n <= 64; i++)
        if (str_eq(list->list[i], text))
            return;
    if ((list->n & (list->n - 1)) == 0) {
        str *more = NEW_N(im->a, str, list->n ? 2 * list->n : 1);
        if (more == NULL)
            return;
        if (list->n)
            memcpy(more, list->list, list->n * sizeof *more);
        list->list = more;
    }
    list->list[list->n++] = text;
}

static bool is_word(const struct import_word *w, str word)
{
    return str_eq_nocase(str_of(w->name), word);
}

static void take_word(struct import *im, enum import_program program, str value)
{
    const struct import_word *w = words_of[program];
    while (w->name && !is_word(w, im->word))
        w++;
    if (w->name == NULL)
        import_leave(im, "left out: not known");
    else if (w->take)
        w->take(im, value);
    else if (w->left && (!w->is_switch || import_is_on(value)))
        import_leave(im, w->left);
}

/* "Word value" or, of policyd-spf, "word = value"; "#" begins a comment. */
static void take_line(struct import *im, enum import_program program, str line)
{
    line = str_trim_fws(str_first(line, str_find(line, '#')));
    size_t n = 0;
    while (n < line.n && !byte_is(line.p[n], C_FWS) && !(program == IMPORT_POLICYD && line.p[n] == '='))
        n++;
    str value = str_trim_fws(str_from(line, n));
    if (program == IMPORT_POLICYD && str_starts(value, S("=")))
        value = str_trim_fws(str_from(value, 1));
    im->word = str_first(line, n);
    if (n)
        take_word(im, program, value);
}

void import_read_lines(struct import *im, enum import_program program, const struct conf_text *text)
{
    const char *name = im->name;
    size_t line = im->line;
    if (im->depth == INCLUDES_MAX) {
        import_leave(im, "left out: too many files inside one another");
        return;
    }
    im->depth++;
    im->name = text->name;
    im->line = 0;
    for (str rest = text->text; rest.n; rest = str_from(rest, str_find(rest, '\n') + 1)) {
        im->line++;
        take_line(im, program, str_first(rest, str_find(rest, '\n')));
    }
    im->name = name;
    im->line = line;
    im->depth--;
}

bool import_open(struct import *im, str path, struct conf_text *text)
{
    char *name = arena_copy_z(im->a, path);
    if (name == NULL)
        return false;
    const char *why = im->from->read(im->from->context, im->a, name, &text->text);
    text->name = name;
    if (why == NULL)
        return true;
    import_leave(im, why);
    return false;
}

void import_id(struct import *im, str value)
{
    if (str_eq(value, S("HOSTNAME")) || str_eq(value, S("HEADER")))
        return;
    if (!value_is_id(value))
        import_leave(im,
                     "left out: not a name that stands in a header without quotes; write authserv-id = NAME");
    else if (im->authserv_id.n && !str_eq(im->authserv_id, value))
        import_leave(im, "left out: another file gives another name; there is one authserv-id");
    else
        im->authserv_id = value;
}

/* Where only the port is given, all interfaces are meant; ours is the loopback. */
static str our_socket(struct import *im, str value)
{
    struct out o;
    out_init(&o, im->a);
    out_str(&o, value);
    if (str_find(value, '@') == value.n) {
        out_z(&o, str_starts(value, S("inet6:")) ? "@::1" : "@127.0.0.1");
        import_leave(im, "listened on all interfaces; ingamd listens on the loopback only");
    }
    return out_done(&o);
}

/* A path lies in a folder that belongs to the other program, so only ports are carried over. */
void import_socket(struct import *im, str value)
{
    struct conf_listen listen;
    struct value_error why;
    bool is_inet = str_starts(value, S("inet:")) || str_starts(value, S("inet6:"));
    if (!is_inet || im->listen.n) {
        import_leave(
            im,
            is_inet
                ? "left out: ingamd does this in the same session; take it out of the mail server's milters"
                : "left out: ingamd listens in its own folder, unix:/run/ingam/milter; ingam setup tells "
                  "the mail server");
        return;
    }
    str socket = our_socket(im, value);
    if (import_is_plain(socket) && value_read_listen(im->a, socket, &listen, &why))
        im->listen = socket;
    else
        import_leave(im, "left out: write listen \"inet:PORT@ADDRESS\" with an address, not a name");
}

void import_syslog(struct import *im, str value)
{
    im->has_syslog = im->has_syslog || import_is_on(value);
}

void import_facility(struct import *im, str value)
{
    if (!str_eq_nocase(value, S("mail")))
        import_leave(im, "left out: ingamd logs to the facility mail");
}

void import_timeout(struct import *im, str value)
{
    uint64_t seconds;
    if (!import_number(im, value, UINT32_MAX, &seconds))
        return;
    if (seconds == 0 || seconds > 60)
        import_leave(im, "left out: a question waits 100 ms to 60 s");
    else
        im->timeout_s = seconds;
}

/* IPv4 in IPv6 is IPv4 here. */
static bool read_net(str text, struct conf_net *net)
{
    size_t slash = str_find(text, '/');
    uint64_t bits;
    if (!str_starts_nocase(text, S("::ffff:")) || slash == text.n)
        return value_read_net(text, net);
    if (!str_to_uint(str_from(text, slash + 1), 128, &bits) || bits < 96 ||
        !ip_read(str_first(text, slash), &net->ip))
        return false;
    net->bits = (unsigned)bits - (net->ip.is_v6 ? 0 : 96);
    return true;
}

/* The network's first address, as our reader wants it. */
static str net_text(struct import *im, struct conf_net *net)
{
    struct out o;
    for (unsigned i = net->bits; i < (net->ip.is_v6 ? 128U : 32U); i++)
        net->ip.bytes[i / 8] = (uint8_t)(net->ip.bytes[i / 8] & ~(0x80U >> i % 8));
    out_init(&o, im->a);
    value_write_net(&o, net);
    return out_done(&o);
}

void import_host(struct import *im, struct import_list *nets, struct import_list *hosts, str text)
{
    struct conf_net net;
    str pattern;
    if (str_starts(text, S("!"))) {
        import_leave(im, "an entry with ! is left out: write the networks without the exception");
        return;
    }
    if (str_eq_nocase(text, S("localhost"))) {
        import_add(im, nets, S("127.0.0.1"));
        import_add(im, nets, S("::1"));
        return;
    }
    if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
        text = str_first(str_from(text, 1), text.n - 2);
    if (read_net(text, &net))
        import_add(im, nets, net_text(im, &net));
    else if (hosts && !str_eq(text, S("*")) && value_read_pattern(im->a, text, &pattern))
        import_add(im, hosts, pattern);
    else
        import_leave(im, hosts ? "an entry is left out: neither address nor name"
                               : "an entry is left out: clients are addresses; write the host's address");
}

static void take_entries(struct import *im, str text, char by, import_entry *take)
{
    while (text.n) {
        str one = str_first(text, str_find(text, (uint8_t)by));
        str entry = str_trim_fws(one);
        if (by == '\n') {
            im->line++;
            entry = str_trim_fws(str_first(one, str_find(one, '#')));
        }
        if (entry.n)
            take(im, entry);
        text = str_from(text, one.n + 1);
    }
}

static void take_file(struct import *im, str path, import_entry *take)
{
    struct conf_text text;
    if (!import_open(im, path, &text))
        return;
    const char *name = im->name;
    size_t line = im->line;
    im->name = text.name;
    im->line = 0;
    take_entries(im, text.text, '\n', take);
    im->name = name;
    im->line = line;
}

void import_dataset(struct import *im, str value, import_entry *take)
{
    static const char *const foreign[] = {
        "db:", "dsn:", "ldap:", "ldaps:", "ldapi:", "lua:", "memcache:", "erlang:", "odbx:", "mdb:"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (str_starts(value, str_of(foreign[i]))) {
            import_leave(im, "left out: a list from a data base; write its entries here");
            return;
        }
    }
    if (str_starts(value, S("file:")) || str_starts(value, S("refile:")))
        take_file(im, str_from(value, str_find(value, ':') + 1), take);
    else if (str_starts(value, S("/")))
        take_file(im, value, take);
    else
        take_entries(im, str_from(value, str_starts(value, S("csl:")) ? 4 : 0), ',', take);
}

static bool is_readable(const struct imported *made, struct conf_error *error)
{
    struct conf_text text = {"imported text", made->conf};
    struct conf *c = conf_read(&text, 1, "localhost", error);
    bool is_good = c != NULL;
    conf_drop(c);
    return is_good;
}

bool conf_import(struct arena *a, const struct import_from *from, struct imported *made,
                 struct conf_error *error)
{
    struct import im = {.a = a, .from = from};
    struct out o;
    out_init(&im.left, a);
    out_init(&o, a);
    for (unsigned i = 0; i < IMPORT_PROGRAMS; i++) {
        if (from->list[i].name == NULL)
            continue;
        im.has_policy = im.has_policy || i == IMPORT_OPENDMARC;
        im.adds_received_spf = im.adds_received_spf || i == IMPORT_POLICYD;
        im.signs = im.signs || i == IMPORT_OPENDKIM;
        import_read_lines(&im, (enum import_program)i, &from->list[i]);
        if (i == IMPORT_OPENDKIM)
            import_finish_opendkim(&im);
    }
    import_write(&im, &o);
    *made = (struct imported){out_done(&o), out_done(&im.left)};
    if (!a->has_failed && made->conf.n)
        return is_readable(made, error);
    conf_error_set(error, "import", 0, "no memory");
    return false;
}
