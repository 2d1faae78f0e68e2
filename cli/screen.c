/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/screen.h"

#include <langinfo.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { WIDTH_MAX = 100, WIDTH_MIN = 40 };

static size_t width_of(FILE *to)
{
    struct winsize size;
    int fd = fileno(to);
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_col > WIDTH_MAX)
        return WIDTH_MAX;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

static bool wants_color(FILE *to, enum color color)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (color != COLOR_AUTO)
        return color == COLOR_ALWAYS;
    return isatty(fileno(to)) && (no == NULL || *no == 0) && term && strcmp(term, "dumb") != 0;
}

void screen_init(struct screen *s, FILE *to, enum color color)
{
    s->to = to;
    s->has_color = wants_color(to, color);
    s->has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    s->is_terminal = isatty(fileno(to));
    s->width = width_of(to);
    s->pending = 0;
}

/* One letter as it will be shown. */
struct glyph {
    size_t took; /* bytes of the text */
    size_t columns;
    char shown[16];
    size_t n;
};

/* Letters that are well-formed but may not be shown: they are invisible, or change how others look. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x80, 0x9f},     {0xad, 0xad},     {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
    {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
};

static bool is_hidden(uint32_t code)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return true;
    return false;
}

/* ret  bytes of the well-formed UTF-8 letter at the start of s, 0 if there is none */
static size_t letter_at(str s, uint32_t *code)
{
    static const uint8_t mask[] = {0, 0, 0x1f, 0x0f, 0x07};
    uint8_t first = s.p[0];
    size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || n > s.n || !str_is_utf8(str_first(s, n)))
        return 0;
    *code = first & mask[n];
    for (size_t i = 1; i < n; i++)
        *code = *code << 6 | (s.p[i] & 0x3f);
    return n;
}

static void glyph_set(struct glyph *g, const char *format, unsigned value)
{
    int n = snprintf(g->shown, sizeof g->shown, format, value);
    g->n = n > 0 ? (size_t)n : 0;
    g->columns = g->n;
}

static struct glyph glyph_at(struct screen *s, str text)
{
    struct glyph g = {.took = 1, .columns = 1, .n = 1};
    uint32_t code = text.p[0];
    if (code >= 0x20 && code < 0x7f) {
        g.shown[0] = (char)code;
        return g;
    }
    size_t n = code < 0x80 ? 0 : letter_at(text, &code);
    if (n == 0) {
        glyph_set(&g, "\\x%02x", text.p[0]);
        return g;
    }
    g.took = n;
    int columns = s->has_utf8 && !is_hidden(code) ? wcwidth((wchar_t)code) : -1;
    if (columns < 0) {
        glyph_set(&g, "\\u{%x}", code);
        return g;
    }
    memcpy(g.shown, text.p, n);
    g.n = n;
    g.columns = (size_t)columns;
    return g;
}

static void write_pending(struct screen *s)
{
    fprintf(s->to, "%*s", (int)s->pending, "");
    s->pending = 0;
}

static void put_glyph(struct screen *s, const struct glyph *g)
{
    write_pending(s);
    fwrite(g->shown, 1, g->n, s->to);
}

void screen_put(struct screen *s, str text)
{
    while (text.n) {
        struct glyph g = glyph_at(s, text);
        put_glyph(s, &g);
        text = str_from(text, g.took);
    }
}

size_t screen_columns(struct screen *s, str text)
{
    size_t columns = 0;
    while (text.n) {
        struct glyph g = glyph_at(s, text);
        columns += g.columns;
        text = str_from(text, g.took);
    }
    return columns;
}

str screen_fitting(struct screen *s, str text, size_t columns)
{
    size_t n = 0, used = 0;
    while (n < text.n) {
        struct glyph g = glyph_at(s, str_from(text, n));
        used += g.columns;
        if (used > columns)
            break;
        n += g.took;
    }
    return str_first(text, n);
}

str screen_shortened(struct screen *s, struct arena *a, str text, size_t columns)
{
    enum { SUFFIX = 20 };
    struct out o;
    if (screen_fitting(s, text, columns).n == text.n)
        return text;
    out_init(&o, a);
    out_str(&o, screen_fitting(s, text, columns > SUFFIX ? columns - SUFFIX : 0));
    out_z(&o, " ... ");
    out_uint(&o, text.n);
    out_z(&o, " bytes");
    return out_done(&o);
}

static void paint_on(struct screen *s, enum paint paint)
{
    static const char *const codes[] = {"", "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[1m"};
    if (!s->has_color)
        return;
    write_pending(s);
    fputs(codes[paint], s->to);
}

static void paint_off(struct screen *s, enum paint paint)
{
    if (s->has_color && paint != PAINT_NONE)
        fputs("\033[0m", s->to);
}

void screen_paint(struct screen *s, enum paint paint, str text)
{
    if (text.n == 0)
        return;
    paint_on(s, paint);
    screen_put(s, text);
    paint_off(s, paint);
}

void screen_blanks(struct screen *s, size_t n)
{
    s->pending += n;
}

void screen_cell(struct screen *s, enum paint paint, str text, size_t columns)
{
    size_t n = screen_columns(s, text);
    screen_paint(s, paint, text);
    if (n < columns)
        screen_blanks(s, columns - n);
}

void screen_end_line(struct screen *s)
{
    fputc('\n', s->to);
    s->pending = 0;
}

/* Writes a word that is longer than a line, cut where the line is full. */
static size_t put_cut(struct screen *s, size_t at, size_t indent, str word)
{
    while (word.n) {
        struct glyph g = glyph_at(s, word);
        if (at + g.columns > s->width) {
            screen_end_line(s);
            screen_blanks(s, indent);
            at = indent;
        }
        put_glyph(s, &g);
        at += g.columns;
        word = str_from(word, g.took);
    }
    return at;
}

/* ret  how many blanks stand at the start of text */
static size_t blanks_of(str text)
{
    size_t n = 0;
    while (n < text.n && text.p[n] == ' ')
        n++;
    return n;
}

/* ret  the first word; an RFC section in brackets is one */
static str word_of(str text)
{
    size_t end = str_starts(text, S("[RFC")) ? str_find(text, ']') : 0;
    return str_first(text, end + str_find(str_from(text, end), ' '));
}

void screen_wrap(struct screen *s, enum paint paint, size_t at, size_t indent, str text)
{
    bool is_first = true;
    if (text.n)
        paint_on(s, paint);
    while (text.n) {
        size_t gap = blanks_of(text);
        text = str_from(text, gap);
        str word = word_of(text);
        size_t n = screen_columns(s, word);
        if (!is_first && n && at + gap + n > s->width && indent + n <= s->width) {
            screen_end_line(s);
            gap = indent;
            at = 0;
        }
        screen_blanks(s, gap);
        at = put_cut(s, at + gap, indent, word);
        text = str_from(text, word.n);
        is_first = false;
    }
    if (!is_first)
        paint_off(s, paint);
    screen_end_line(s);
}

void screen_caret(struct screen *s, size_t indent, str text, size_t at)
{
    enum { BEFORE = 50 };
    size_t room = s->width - indent - 4;
    at = at < text.n ? at : text.n;
    size_t from = at > BEFORE && text.n > room ? at - BEFORE : 0;
    while (from > 0 && from < text.n && (text.p[from] & 0xc0) == 0x80)
        from--;
    str head = str_first(str_from(text, from), at - from);
    str tail = str_from(text, at);
    size_t used = screen_columns(s, head), shown = 0;
    while (shown < tail.n) {
        struct glyph g = glyph_at(s, str_from(tail, shown));
        used += g.columns;
        if (used > room)
            break;
        shown += g.took;
    }
    screen_blanks(s, indent);
    screen_z(s, from ? ".." : "");
    screen_put(s, head);
    screen_put(s, str_first(tail, shown));
    screen_z(s, shown < tail.n ? ".." : "");
    screen_end_line(s);
    screen_blanks(s, indent + (from ? 2 : 0) + screen_columns(s, head));
    screen_paint(s, PAINT_BAD, S("^"));
    screen_end_line(s);
}
