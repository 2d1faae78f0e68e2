/* SPDX-License-Identifier: BSD-2-Clause */
/* The same content in another transfer encoding: relays that meet a host without 8BITMIME recode, and some recode back. Single
 * bodies are recoded whole; in a multipart every part of one encoding, its Content-Transfer-Encoding line with it. */
#include "cause/search.h"

/* One way back: what the text is now, and what it may have been when it was signed. */
struct recoding {
    const char *now, *then; /* words of Content-Transfer-Encoding */
    unsigned how;           /* columns of base64, or 1: escapes dots and From in quoted-printable */
};
static const struct recoding ways[] = {
    {"quoted-printable", "8bit", 0},
    {"base64", "8bit", 0},
    {"8bit", "quoted-printable", 0},
    {"8bit", "quoted-printable", 1},
    {"8bit", "base64", 76},
    {"8bit", "base64", 72},
    {"8bit", "base64", 64},
    {"8bit", "base64", 60},
    {"quoted-printable", "base64", 76},
    {"quoted-printable", "base64", 72},
    {"base64", "quoted-printable", 0},
    {"base64", "quoted-printable", 1},
    {"quoted-printable", "quoted-printable", 0},
    {"quoted-printable", "quoted-printable", 1},
    {"base64", "base64", 76},
    {"base64", "base64", 72},
    {"base64", "base64", 64},
    {"quoted-printable", "7bit", 0},
    {"base64", "7bit", 0},
    {"7bit", "quoted-printable", 0},
    {"7bit", "base64", 76},
};

static str decode(struct arena *a, str text, const char *word)
{
    if (strcmp(word, "quoted-printable") == 0)
        return quoted_printable_read(a, text);
    if (strcmp(word, "base64") == 0)
        return base64_lines_read(a, text);
    return text;
}

static str encode(struct arena *a, str text, const struct recoding *way)
{
    if (text.p == NULL)
        return text;
    if (strcmp(way->then, "quoted-printable") == 0)
        return quoted_printable_write(a, text, way->how == 1);
    if (strcmp(way->then, "base64") == 0)
        return base64_lines_write(a, text, way->how);
    return text;
}

/* ret  the encoding that a header says; 7bit where it says nothing */
static bool says(const struct mail_field *field, const char *word)
{
    str value = field ? str_trim_fws(field->value) : S("7bit");
    bool is_plain =
        strcmp(word, "8bit") == 0 && (str_eq_nocase(value, S("7bit")) || str_eq_nocase(value, S("binary")));
    return is_plain || str_eq_nocase(value, str_of(word));
}

static str whole_body(struct cause_scene *scene, const struct recoding *way)
{
    if (!says(header_find(scene->header, S("Content-Transfer-Encoding")), way->now) ||
        !scene_afford_pass(scene))
        return (str){NULL, 0};
    return encode(scene->scratch, decode(scene->scratch, scene->body, way->now), way);
}

static const char encoding_name[] = "content-transfer-encoding:";

/* Takes one line with its end. */
static str take_line(cur *c)
{
    str rest = cur_rest(c);
    size_t n = str_find_str(rest, S("\r\n"));
    str line = str_first(rest, n + 2);
    c->p += line.n;
    return line;
}

/* ret  this line says the encoding that is to be undone; then the value's place is in *value */
static bool is_encoding_line(str line, const char *word, str *value)
{
    if (!str_starts_nocase(line, str_of(encoding_name)))
        return false;
    *value = str_trim_fws(str_from(line, sizeof encoding_name - 1));
    return str_eq_nocase(*value, str_of(word));
}

/* Takes a part's content: up to the line that begins with "--" and is no content, which is where the next delimiter stands. */
static str take_content(cur *c, str boundary_start)
{
    const uint8_t *from = c->p;
    while (!cur_end(c)) {
        str rest = cur_rest(c);
        if (str_starts(rest, boundary_start))
            break;
        take_line(c);
    }
    str content = str_between(from, c->p);
    return content.n >= 2 && !cur_end(c) ? str_first(content, content.n - 2) : content;
}

/* Copies a part's header with the encoding's word changed. ret  whether it was there */
static bool copy_part_header(cur *c, struct out *o, const struct recoding *way)
{
    bool is_there = false;
    while (!cur_end(c)) {
        str value = {NULL, 0};
        str line = take_line(c);
        if (is_encoding_line(line, way->now, &value)) {
            out_str(o, str_between(line.p, value.p));
            out_z(o, way->then);
            out_str(o, str_between(value.p + value.n, line.p + line.n));
            is_there = true;
        } else {
            out_str(o, line);
        }
        if (str_eq(line, S("\r\n")))
            break;
    }
    return is_there;
}

/* ret  what was written so far ends with CRLF; also where memory ran out, since nothing matters then */
static bool ends_a_line(const struct out *o)
{
    str written = out_done(o);
    return written.n < 2 || str_eq(str_from(written, written.n - 2), S("\r\n"));
}

/* Goes over the delimiters of one level; a nested multipart keeps its lines, its inner parts are found by the same scan, since
 * every line that begins with "--" and is followed by a header counts as a delimiter. */
static str all_parts(struct cause_scene *scene, const struct recoding *way)
{
    struct out o;
    bool is_changed = false;
    cur c = cur_of(scene->body);
    out_init(&o, scene->scratch);
    if (!scene_afford_pass(scene))
        return (str){NULL, 0};
    while (!cur_end(&c)) {
        str line = take_line(&c);
        out_str(&o, line);
        bool starts_part = str_starts(line, S("--")) && line.n > 4 && !cur_end(&c) &&
                           (cur_is(&c, C_ALPHA) || str_starts(cur_rest(&c), S("\r\n")));
        if (!starts_part || !copy_part_header(&c, &o, way))
            continue;
        is_changed = true;
        str content = take_content(&c, str_first(line, line.n - 2));
        out_str(&o, encode(scene->scratch, decode(scene->scratch, content, way->now), way));
        if (!cur_end(&c) && !ends_a_line(&o))
            out_str(&o, S("\r\n"));
    }
    return is_changed ? out_done(&o) : (str){NULL, 0};
}

static bool is_multipart(const struct cause_scene *scene)
{
    const struct mail_field *type = header_find(scene->header, S("Content-Type"));
    return type && str_starts_nocase(str_trim_fws(type->value), S("multipart/"));
}

bool recode_search(struct cause_scene *scene, struct found *f)
{
    bool has_parts = is_multipart(scene);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct arena_mark mark = arena_mark(scene->scratch);
        str candidate = has_parts ? all_parts(scene, &ways[i]) : whole_body(scene, &ways[i]);
        bool is_it = body_fits(scene, candidate);
        arena_rewind(scene->scratch, mark);
        if (!is_it)
            continue;
        struct out o;
        out_init(&o, scene->run->arena);
        out_z(&o, "the same content was signed in ");
        out_z(&o, ways[i].then);
        out_z(&o, " and came in ");
        out_z(&o, ways[i].now);
        *f = (struct found){"body-recoded", out_done(&o)};
        return true;
    }
    return false;
}
