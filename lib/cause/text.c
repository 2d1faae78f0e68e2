/* SPDX-License-Identifier: BSD-2-Clause */
/* What gateways do to the text of a body: line ends, spaces, blank lines, mbox and dot escapes. One row a hypothesis: a
 * function that makes the body that may have been signed of the one that came. */
#include "cause/search.h"

static str lf_to_crlf(struct arena *a, str body, unsigned unused)
{
    struct out o;
    (void)unused;
    out_init(&o, a);
    for (size_t i = 0; i < body.n; i++) {
        if (body.p[i] == '\n' && (i == 0 || body.p[i - 1] != '\r'))
            out_byte(&o, '\r');
        out_byte(&o, body.p[i]);
    }
    return out_done(&o);
}

static str cr_to_crlf(struct arena *a, str body, unsigned unused)
{
    struct out o;
    (void)unused;
    out_init(&o, a);
    for (size_t i = 0; i < body.n; i++) {
        out_byte(&o, body.p[i]);
        if (body.p[i] == '\r' && (i + 1 == body.n || body.p[i + 1] != '\n'))
            out_byte(&o, '\n');
    }
    return out_done(&o);
}

static str drop_doubled_cr(struct arena *a, str body, unsigned unused)
{
    struct out o;
    (void)unused;
    out_init(&o, a);
    for (size_t i = 0; i < body.n; i++)
        if (body.p[i] != '\r' || i + 1 == body.n || body.p[i + 1] == '\n')
            out_byte(&o, body.p[i]);
    return out_done(&o);
}

/* The next line without its line end; is_last: it had none. */
static str next_line(cur *c, bool *has_end)
{
    str rest = cur_rest(c);
    size_t n = str_find_str(rest, S("\r\n"));
    *has_end = n < rest.n;
    c->p += *has_end ? n + 2 : n;
    return str_first(rest, n);
}

typedef void line_change(struct out *o, str line);

static str each_line(struct arena *a, str body, line_change *change)
{
    struct out o;
    out_init(&o, a);
    for (cur c = cur_of(body); !cur_end(&c);) {
        bool has_end = false;
        change(&o, next_line(&c, &has_end));
        if (has_end)
            out_str(&o, S("\r\n"));
    }
    return out_done(&o);
}

static void trailing_space_off(struct out *o, str line)
{
    while (line.n && byte_is(line.p[line.n - 1], C_WSP))
        line.n--;
    out_str(o, line);
}

static void trailing_space_off_but_mark(struct out *o, str line)
{
    if (str_eq(line, S("-- ")))
        out_str(o, line);
    else
        trailing_space_off(o, line);
}

static void signature_mark_space(struct out *o, str line)
{
    out_str(o, line);
    if (str_eq(line, S("--")))
        out_byte(o, ' ');
}

static void quoted_blank_space(struct out *o, str line)
{
    out_str(o, line);
    if (str_eq(line, S(">")))
        out_byte(o, ' ');
}

static void every_line_space(struct out *o, str line)
{
    out_str(o, line);
    if (line.n && line.p[line.n - 1] != ' ')
        out_byte(o, ' ');
}

static void spaces_single(struct out *o, str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (!byte_is(line.p[i], C_WSP) || i == 0 || !byte_is(line.p[i - 1], C_WSP))
            out_byte(o, byte_is(line.p[i], C_WSP) ? ' ' : line.p[i]);
}

static void from_unescaped(struct out *o, str line)
{
    out_str(o, str_starts(line, S(">From ")) ? str_from(line, 1) : line);
}

static void from_escaped(struct out *o, str line)
{
    if (str_starts(line, S("From ")))
        out_byte(o, '>');
    out_str(o, line);
}

static void dot_taken(struct out *o, str line)
{
    out_str(o, str_starts(line, S("..")) ? str_from(line, 1) : line);
}

static void dot_given(struct out *o, str line)
{
    if (str_starts(line, S(".")))
        out_byte(o, '.');
    out_str(o, line);
}

static void leading_space_off(struct out *o, str line)
{
    out_str(o, str_starts(line, S(" ")) ? str_from(line, 1) : line);
}

static line_change *const changes[] = {trailing_space_off,
                                       trailing_space_off_but_mark,
                                       signature_mark_space,
                                       quoted_blank_space,
                                       every_line_space,
                                       spaces_single,
                                       from_unescaped,
                                       from_escaped,
                                       dot_taken,
                                       dot_given,
                                       leading_space_off};
enum {
    TRAILING_SPACE_OFF,
    TRAILING_SPACE_OFF_BUT_MARK,
    SIGNATURE_MARK_SPACE,
    QUOTED_BLANK_SPACE,
    EVERY_LINE_SPACE,
    SPACES_SINGLE,
    FROM_UNESCAPED,
    FROM_ESCAPED,
    DOT_TAKEN,
    DOT_GIVEN,
    LEADING_SPACE_OFF
};

static str change_lines(struct arena *a, str body, unsigned which)
{
    return each_line(a, body, changes[which]);
}

static str blank_lines_in_front(struct arena *a, str body, unsigned n)
{
    struct out o;
    out_init(&o, a);
    for (unsigned i = 0; i < n; i++)
        out_str(&o, S("\r\n"));
    out_str(&o, body);
    return out_done(&o);
}

/* in  kept  how many of the blank lines in a row stay; of a doubled text every second one is blank */
static str fewer_blank_lines(struct arena *a, str body, unsigned kept)
{
    struct out o;
    unsigned row = 0;
    out_init(&o, a);
    for (cur c = cur_of(body); !cur_end(&c);) {
        bool has_end = false;
        str line = next_line(&c, &has_end);
        row = str_trim_wsp(line).n ? 0 : row + 1;
        if (row > kept)
            continue;
        out_str(&o, line);
        if (has_end)
            out_str(&o, S("\r\n"));
    }
    return out_done(&o);
}

/* Each line was followed by a blank one that was not there: takes one of each away. */
static str halved_lines(struct arena *a, str body, unsigned unused)
{
    struct out o;
    (void)unused;
    out_init(&o, a);
    for (cur c = cur_of(body); !cur_end(&c);) {
        bool has_end = false;
        out_str(&o, next_line(&c, &has_end));
        if (has_end)
            out_str(&o, S("\r\n"));
        cur_text(&c, S("\r\n"));
    }
    return out_done(&o);
}

static str doubled_lines(struct arena *a, str body, unsigned unused)
{
    struct out o;
    (void)unused;
    out_init(&o, a);
    for (cur c = cur_of(body); !cur_end(&c);) {
        bool has_end = false;
        out_str(&o, next_line(&c, &has_end));
        out_str(&o, has_end ? S("\r\n\r\n") : S(""));
    }
    return out_done(&o);
}

static const struct hypothesis {
    const char *kind;
    str (*make)(struct arena *a, str body, unsigned argument);
    unsigned argument;
    const char *sentence;
} rows[] = {
    {"body-line-endings", lf_to_crlf, 0, "bare line feeds stand where CRLF was signed"},
    {"body-line-endings", cr_to_crlf, 0, "bare carriage returns stand where CRLF was signed"},
    {"body-line-endings", drop_doubled_cr, 0, "carriage returns were doubled at the line ends"},
    {"body-trailing-space", change_lines, TRAILING_SPACE_OFF, "spaces were added at the ends of lines"},
    {"body-trailing-space", change_lines, TRAILING_SPACE_OFF_BUT_MARK,
     "spaces were added at the ends of lines"},
    {"body-trailing-space", change_lines, SIGNATURE_MARK_SPACE,
     "the space behind the signature mark \"--\" was taken away"},
    {"body-trailing-space", change_lines, QUOTED_BLANK_SPACE,
     "the space behind lone quote marks was taken away"},
    {"body-trailing-space", change_lines, EVERY_LINE_SPACE,
     "the space at the end of each line was taken away"},
    {"body-changed", change_lines, SPACES_SINGLE,
     "runs of spaces were made longer, or tabs put in their place"},
    {"body-changed", change_lines, FROM_UNESCAPED,
     "lines that began with \"From \" were escaped to \">From \""},
    {"body-changed", change_lines, FROM_ESCAPED, "lines that began with \">From \" lost the \">\""},
    {"body-changed", change_lines, DOT_TAKEN, "dots at the start of lines were doubled"},
    {"body-changed", change_lines, DOT_GIVEN, "doubled dots at the start of lines were halved"},
    {"body-changed", change_lines, LEADING_SPACE_OFF, "a space was put in front of lines"},
    {"body-blank-lines", blank_lines_in_front, 1, "a blank line at the start was taken away"},
    {"body-blank-lines", blank_lines_in_front, 2, "two blank lines at the start were taken away"},
    {"body-blank-lines", halved_lines, 0, "a blank line was put behind each line"},
    {"body-blank-lines", doubled_lines, 0, "the blank line behind each line was taken away"},
    {"body-blank-lines", fewer_blank_lines, 1, "blank lines were doubled"},
    {"body-blank-lines", fewer_blank_lines, 0, "blank lines were put between the lines"},
};

/* Blank lines in front are cut one by one, before cut.c would call them a banner. */
static bool blank_lines_added(struct cause_scene *scene, struct found *f)
{
    for (size_t n = 1; n <= 3 && str_starts(str_from(scene->body, 2 * (n - 1)), S("\r\n")); n++) {
        const uint64_t numbers[2] = {n, 0};
        if (!body_fits(scene, str_from(scene->body, 2 * n)))
            continue;
        found_set(scene, f, "body-blank-lines", "blank lines were added at the start: {0}", numbers);
        return true;
    }
    return false;
}

/* A signer that hashed the text before its line ends became CRLF. */
static bool signed_with_lf(struct cause_scene *scene, struct found *f)
{
    struct lines l;
    struct out o;
    if (scene->sig->has_length || !lines_of(scene, scene->body, scene->sig->body_canon, &l))
        return false;
    out_init(&o, scene->scratch);
    for (size_t i = 0; i < l.n; i++) {
        str line = lines_from_to(&l, i, i + 1);
        out_str(&o, str_first(line, line.n - 2));
        out_byte(&o, '\n');
    }
    if (!canonical_fits(scene, out_done(&o)))
        return false;
    found_text(scene, f, "body-line-endings", "the signer hashed bare line feeds where CRLF is due", S(""));
    return true;
}

bool text_search(struct cause_scene *scene, struct found *f)
{
    if (blank_lines_added(scene, f))
        return true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && scene_afford_pass(scene); i++) {
        struct arena_mark mark = arena_mark(scene->scratch);
        bool is_it = body_fits(scene, rows[i].make(scene->scratch, scene->body, rows[i].argument));
        arena_rewind(scene->scratch, mark);
        if (is_it) {
            found_text(scene, f, rows[i].kind, rows[i].sentence, S(""));
            return true;
        }
    }
    return signed_with_lf(scene, f);
}
