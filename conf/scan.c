/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/scan.h"

#include <stdarg.h>
#include <stdio.h>

enum { DEPTH_MAX = 4 };

struct scan {
    cur c;
    const char *name;
    struct conf_error *error;
    struct out o;
    struct scanned *scanned;
    uint32_t line;
    uint32_t open[DEPTH_MAX]; /* the lines of the braces that are open */
    size_t depth;
    bool is_behind_equals;
};

void conf_error_set(struct conf_error *error, const char *name, size_t line, const char *format, ...)
{
    va_list list;
    int n = line ? snprintf(error->text, sizeof error->text, "%.300s:%zu: ", name, line)
                 : snprintf(error->text, sizeof error->text, "%.300s: ", name);
    va_start(list, format);
    if (n > 0)
        vsnprintf(error->text + n, sizeof error->text - (size_t)n, format, list);
    va_end(list);
}

#define FAILS(s, at, ...) (conf_error_set((s)->error, (s)->name, (at), __VA_ARGS__), false)

/* Writes a word in quotes, so that libconfuse takes each of its bytes for itself. */
static void put_quoted(struct scan *s, str word)
{
    out_z(&s->o, " \"");
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '"' || word.p[i] == '\\' || word.p[i] == '$')
            out_byte(&s->o, '\\');
        out_byte(&s->o, word.p[i]);
    }
    out_byte(&s->o, '"');
}

static bool has_environment(str text)
{
    return str_find_str(text, S("${")) < text.n;
}

static bool no_environment(struct scan *s)
{
    return FAILS(s, s->line, "${...} is not filled in from the environment; write the value itself");
}

/* "..." with \" and \\, or '...' as it stands. */
static bool take_string(struct scan *s)
{
    uint8_t quote = *s->c.p++;
    struct out word;
    out_init(&word, s->o.arena);
    while (!cur_end(&s->c) && *s->c.p != quote && *s->c.p != '\n') {
        if (*s->c.p == '\\' && quote == '"') {
            s->c.p++;
            if (!cur_at(&s->c, '"') && !cur_at(&s->c, '\\'))
                return FAILS(s, s->line,
                             "in quotes a backslash stands before another or before a quote only");
        }
        out_byte(&word, *s->c.p++);
    }
    if (!cur_byte(&s->c, quote))
        return FAILS(s, s->line, "the string that begins here does not end on its line");
    str text = out_done(&word);
    if (has_environment(text))
        return no_environment(s);
    put_quoted(s, text);
    return true;
}

static bool ends_word(const cur *c)
{
    static const char signs[] = " \t\n\"'{}()=,#;";
    return cur_end(c) || memchr(signs, *c->p, sizeof signs - 1) ||
           (c->end - c->p > 1 && c->p[0] == '+' && c->p[1] == '=');
}

static bool take_word(struct scan *s)
{
    const uint8_t *from = s->c.p;
    while (!ends_word(&s->c))
        s->c.p++;
    str word = str_between(from, s->c.p);
    bool is_variable = word.n && word.p[word.n - 1] == '$' && cur_at(&s->c, '{');
    if (is_variable || has_environment(word))
        return no_environment(s);
    put_quoted(s, word);
    return true;
}

/* ret  a comment stood there and is passed over; *is_good: it ends */
static bool take_comment(struct scan *s, bool *is_good)
{
    uint32_t line = s->line;
    if (cur_at(&s->c, '#') || cur_text(&s->c, S("//"))) {
        cur_until(&s->c, '\n');
        return true;
    }
    if (!cur_text(&s->c, S("/*")))
        return false;
    bool is_closed = false;
    while (!cur_end(&s->c) && !(is_closed = cur_text(&s->c, S("*/")))) {
        if (*s->c.p == '\n') {
            s->line++;
            out_byte(&s->o, '\n');
        }
        s->c.p++;
    }
    *is_good = is_closed || FAILS(s, line, "the comment that begins here has no end");
    return true;
}

static bool open_brace(struct scan *s)
{
    struct scanned *to = s->scanned;
    if (s->depth == DEPTH_MAX)
        return FAILS(s, s->line, "too many braces inside one another");
    if (s->depth == 0 && !s->is_behind_equals) {
        if (to->block_n == SCAN_BLOCKS_MAX)
            return FAILS(s, s->line, "more than %d blocks", SCAN_BLOCKS_MAX);
        to->block_line[to->block_n++] = s->line;
    }
    s->open[s->depth++] = s->line;
    return true;
}

static bool take_sign(struct scan *s)
{
    uint8_t sign = *s->c.p;
    if (sign == '{' && !open_brace(s))
        return false;
    if (sign == '}' && s->depth == 0)
        return FAILS(s, s->line, "this } closes nothing");
    if (sign == '}')
        s->depth--;
    if (sign == ';')
        return FAILS(s, s->line, "\";\" has no meaning here: a line needs no sign at its end");
    if (sign == '(' || sign == ')')
        return FAILS(s, s->line, "\"%c\" has no meaning here; a value that contains it stands in quotes",
                     sign);
    s->c.p++;
    out_byte(&s->o, sign);
    return true;
}

/* Takes one thing: a blank, a line end, a comment, a string, a sign or a word. */
static bool take(struct scan *s)
{
    bool is_good = true;
    if (cur_byte(&s->c, '\n')) {
        s->line++;
        out_byte(&s->o, '\n');
        return true;
    }
    if (cur_run(&s->c, C_WSP).n || take_comment(s, &is_good))
        return is_good;
    bool is_equals = cur_at(&s->c, '=');
    if (cur_text(&s->c, S("+="))) {
        is_equals = true;
        out_z(&s->o, " +=");
    } else if (cur_at(&s->c, '"') || cur_at(&s->c, '\'')) {
        is_good = take_string(s);
    } else {
        is_good = ends_word(&s->c) ? take_sign(s) : take_word(s);
    }
    s->is_behind_equals = is_equals;
    return is_good;
}

/* One line: UTF-8, and no control bytes but tabs and a CR at its end. */
static bool copy_line(struct scan *s, struct out *plain, str line)
{
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    for (size_t i = 0; i < line.n; i++)
        if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
            return FAILS(s, s->line, "a control byte (0x%02x)", line.p[i]);
    if (!str_is_utf8(line))
        return FAILS(s, s->line, "bytes that are not UTF-8");
    out_str(plain, line);
    return true;
}

static bool copy_lines(struct scan *s, str text, struct out *plain)
{
    if (str_starts(text, S("\xef\xbb\xbf")))
        text = str_from(text, 3);
    for (s->line = 1; text.n; s->line++) {
        str line = str_first(text, str_find(text, '\n'));
        if (!copy_line(s, plain, line))
            return false;
        if (line.n < text.n)
            out_byte(plain, '\n');
        text = str_from(text, line.n + 1);
    }
    s->line = 1;
    return true;
}

bool scan_text(struct arena *a, const struct conf_text *text, struct scanned *scanned,
               struct conf_error *error)
{
    struct scan s = {.name = text->name, .error = error, .scanned = scanned};
    struct out plain;
    out_init(&plain, a);
    *scanned = (struct scanned){.block_line = NEW_N(a, uint32_t, SCAN_BLOCKS_MAX)};
    if (!copy_lines(&s, text->text, &plain))
        return false;
    s.c = cur_of(out_done(&plain));
    out_init(&s.o, a);
    while (!a->has_failed && !cur_end(&s.c))
        if (!take(&s))
            return false;
    if (a->has_failed)
        return FAILS(&s, 0, "no memory");
    if (s.depth)
        return FAILS(&s, s.open[s.depth - 1], "the { on this line is not closed");
    scanned->text = out_done(&s.o);
    return true;
}
