/* SPDX-License-Identifier: BSD-2-Clause */
/* Which domains OpenDKIM signs for, and how its keys come over. */
#include "conf/import_inside.h"
#include "conf/tables.h"

static void add_domain(struct import *im, str entry)
{
    str pattern;
    if (value_read_pattern(im->a, entry, &pattern))
        import_add(im, &im->domains, pattern);
    else
        import_leave(im, "an entry is left out: no domain name");
}

static bool is_plain(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!byte_is(text.p[i], C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT) && text.p[i] != '/')
            return false;
    return text.n > 0;
}

enum { SHOWN_DOMAINS = 16 };

static bool can_show_keys(const struct import *im)
{
    bool is_good = im->domains.n > 0 && im->domains.n <= SHOWN_DOMAINS && is_plain(im->selector.text) &&
                   is_plain(im->key_file.text);
    for (size_t i = 0; is_good && i < im->domains.n; i++)
        is_good = is_plain(im->domains.list[i]) && im->domains.list[i].p[0] != '.';
    return is_good;
}

static void put_parts(struct out *o, const str *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out_str(o, parts[i]);
}

/* Domain, Selector and KeyFile: the same key for each domain. */
static void tell_single_key(struct import *im)
{
    struct out o;
    import_go_back(im, &im->key_file);
    if (!can_show_keys(im)) {
        import_leave(
            im,
            "the key is taken over by: ingam key import --opendkim KEYTABLE SIGNINGTABLE, see ingam-key(1)");
        return;
    }
    out_init(&o, im->a);
    out_z(&o, "the key is taken over by: ingam key import --opendkim csl:");
    for (size_t i = 0; i < im->domains.n; i++) {
        str domain = im->domains.list[i];
        const str parts[] = {i ? S(",") : S(""), domain, S("="),           domain, S(":"),
                             im->selector.text,  S(":"), im->key_file.text};
        put_parts(&o, parts, sizeof parts / sizeof *parts);
    }
    for (size_t i = 0; i < im->domains.n; i++) {
        const str parts[] = {i ? S(",") : S(" csl:"), im->domains.list[i], S("="), im->domains.list[i]};
        put_parts(&o, parts, sizeof parts / sizeof *parts);
    }
    out_byte(&o, '\0');
    str text = out_done(&o);
    import_leave(im, text.n ? (const char *)text.p : "no memory");
}

static bool open_table(struct import *im, const struct import_value *value, struct opendkim_table *table)
{
    struct conf_text text = {"", {NULL, 0}};
    str spec = value->text;
    *table = (struct opendkim_table){.name = value->name};
    import_go_back(im, value);
    if (str_starts(spec, S("csl:")))
        return opendkim_add_list(im->a, table, str_from(spec, 4));
    bool is_named = str_starts(spec, S("file:")) || str_starts(spec, S("refile:"));
    if (!is_named && !str_starts(spec, S("/"))) {
        import_leave(im, "left out: a table from a data base; write its rows to a file");
        return false;
    }
    if (!import_open(im, is_named ? str_from(spec, str_find(spec, ':') + 1) : spec, &text))
        return false;
    table->name = text.name;
    return opendkim_add_lines(im->a, table, text.text);
}

static const struct opendkim_row *key_named(const struct opendkim_table *keys, str name)
{
    for (size_t i = 0; i < keys->n; i++)
        if (str_eq(keys->rows[i].word, name))
            return &keys->rows[i];
    return NULL;
}

/* One line of a SigningTable; the line in hand is that of the row. */
static void take_row(struct import *im, const struct opendkim_table *keys, const struct opendkim_row *row)
{
    struct opendkim_key key;
    str domain, parent;
    const struct opendkim_row *named = key_named(keys, row->rest);
    enum opendkim_match match = opendkim_match(row->word, &domain);
    parent = match == OPENDKIM_BELOW ? str_from(domain, str_find(domain, '.') + 1) : domain;
    if (match == OPENDKIM_ONE_USER) {
        import_leave(im, "left out: a domain signs for all its addresses, not for one");
    } else if (match == OPENDKIM_ANY) {
        import_leave(im, "left out: name the domains, sign { domains = {...} }; nobody signs for strangers");
    } else if (named == NULL || !opendkim_key(named->rest, &key)) {
        import_leave(im, "left out: its key is not in the KeyTable");
    } else if (!str_eq_nocase(key.domain, parent) && !str_eq(key.domain, S("%"))) {
        import_leave(
            im, "left out: the key is another domain's, and its signature proves nothing for this author");
    } else {
        im->has_subdomains = im->has_subdomains || match == OPENDKIM_BELOW;
        add_domain(im, domain);
    }
}

static void take_tables(struct import *im)
{
    struct opendkim_table keys, signing;
    struct import_value at = im->signing_table;
    if (!open_table(im, &im->key_table, &keys) || !open_table(im, &im->signing_table, &signing))
        return;
    import_leave(im, "the keys are taken over by: ingam key import --opendkim KEYTABLE SIGNINGTABLE");
    for (size_t i = 0; i < signing.n; i++) {
        if (signing.rows[i].line) {
            at.name = signing.name;
            at.line = signing.rows[i].line;
        }
        import_go_back(im, &at);
        take_row(im, &keys, &signing.rows[i]);
    }
}

void import_finish_opendkim(struct import *im)
{
    if (!im->signs)
        return;
    if (im->key_table.text.n && im->signing_table.text.n) {
        take_tables(im);
        return;
    }
    if (im->domain.text.n) {
        import_go_back(im, &im->domain);
        import_dataset(im, im->domain.text, add_domain);
    }
    if (im->key_file.text.n)
        tell_single_key(im);
}
