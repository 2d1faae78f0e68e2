/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/tables.h"

static bool add(struct arena *a, struct opendkim_table *t, struct opendkim_row row)
{
    if ((t->n & (t->n - 1)) == 0) {
        struct opendkim_row *more = NEW_N(a, struct opendkim_row, t->n ? 2 * t->n : 1);
        if (more == NULL)
            return false;
        if (t->n)
            memcpy(more, t->rows, t->n * sizeof *more);
        t->rows = more;
    }
    t->rows[t->n++] = row;
    return true;
}

/* One word, blanks, and the rest; "#" begins a comment. */
static bool add_line(struct arena *a, struct opendkim_table *t, str line, size_t number)
{
    line = str_trim_fws(str_first(line, str_find(line, '#')));
    size_t n = 0;
    while (n < line.n && !byte_is(line.p[n], C_FWS))
        n++;
    if (line.n == 0)
        return true;
    return add(a, t,
               (struct opendkim_row){str_first(line, n), str_trim_fws(str_from(line, n)), number, false});
}

bool opendkim_add_lines(struct arena *a, struct opendkim_table *t, str text)
{
    for (size_t number = 1; text.n; number++) {
        str line = str_first(text, str_find(text, '\n'));
        if (!add_line(a, t, line, number))
            return false;
        text = str_from(text, line.n + 1);
    }
    return true;
}

bool opendkim_add_list(struct arena *a, struct opendkim_table *t, str text)
{
    while (text.n) {
        str one = str_first(text, str_find(text, ','));
        str word = str_trim_fws(str_first(one, str_find(one, '=')));
        str rest = str_trim_fws(str_from(one, str_find(one, '=') + 1));
        if (word.n && !add(a, t, (struct opendkim_row){word, rest, 0, false}))
            return false;
        text = str_from(text, one.n + 1);
    }
    return true;
}

bool opendkim_key(str rest, struct opendkim_key *key)
{
    size_t first = str_find(rest, ':');
    str behind = str_from(rest, first + 1);
    size_t second = str_find(behind, ':');
    key->domain = str_trim_fws(str_first(rest, first));
    key->selector = str_trim_fws(str_first(behind, second));
    key->path = str_trim_fws(str_from(behind, second + 1));
    return key->domain.n && key->selector.n && key->path.n;
}

/* "*@d" and "d" are a domain; ".d", "*@*.d" and "*.d" what is below one; "u@d" one address. */
enum opendkim_match opendkim_match(str pattern, str *domain)
{
    size_t at = str_find_last(pattern, '@');
    bool is_user = at < pattern.n && !str_eq(str_first(pattern, at), S("*"));
    *domain = at < pattern.n ? str_from(pattern, at + 1) : pattern;
    if (str_eq(*domain, S("*")))
        return OPENDKIM_ANY;
    if (str_starts(*domain, S(".")) || str_find(*domain, '*') < domain->n)
        return OPENDKIM_BELOW;
    return is_user ? OPENDKIM_ONE_USER : OPENDKIM_DOMAIN;
}
