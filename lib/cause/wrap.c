/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that were broken on the way: gateways break lines that are too long, some of them everywhere, some at the limit of
 * RFC 5322, some with a "!" before the break. The original is made by joining them again. */
#include "cause/search.h"

struct joint {
    size_t least;  /* a line at least this long is joined with the next; 0: every line of a paragraph */
    bool is_exact; /* only lines of exactly that length */
    bool has_mark; /* "!" CRLF SP was put in */
    const char *between;
};

/* ret  this line goes on in the next */
static bool goes_on(const struct joint *j, str line, str next)
{
    if (line.n == 0 || next.n == 0)
        return false;
    if (j->has_mark)
        return line.p[line.n - 1] == '!' && next.p[0] == ' ' && line.n + 1 >= j->least;
    if (j->is_exact)
        return line.n == j->least;
    return line.n >= j->least;
}

static str line_at(str text)
{
    return str_first(text, str_find_str(text, S("\r\n")));
}

static str join(struct arena *a, str body, const struct joint *j)
{
    struct out o;
    bool is_first = true, is_joined = false;
    out_init(&o, a);
    for (str rest = body; rest.n;) {
        str line = line_at(rest);
        bool has_end = line.n < rest.n;
        rest = str_from(rest, line.n + 2);
        str shown = is_joined && j->has_mark ? str_from(line, 1) : line;
        is_joined = has_end && goes_on(j, line, line_at(rest));
        if (is_joined && j->has_mark)
            shown.n--;
        out_str(&o, shown);
        if (has_end)
            out_z(&o, is_joined ? j->between : "\r\n");
        is_first = is_first && !is_joined;
    }
    return is_first ? (str){NULL, 0} : out_done(&o);
}

static bool try_joint(struct cause_scene *scene, const struct joint *j, struct found *f)
{
    struct arena_mark mark = arena_mark(scene->scratch);
    if (!scene_afford_pass(scene))
        return false;
    bool is_it = body_fits(scene, join(scene->scratch, scene->body, j));
    const uint64_t numbers[2] = {j->least, 0};
    arena_rewind(scene->scratch, mark);
    if (is_it)
        found_set(scene, f, "body-rewrapped",
                  j->least ? "lines were broken that had been longer than {0} bytes"
                           : "paragraphs were broken into lines",
                  numbers);
    return is_it;
}

/* The lengths that the lines of the body really have: where lines are broken at one length, many have it, or come near. */
static size_t longest_line(str body)
{
    size_t longest = 0;
    for (str rest = body; rest.n;) {
        str line = line_at(rest);
        longest = line.n > longest ? line.n : longest;
        rest = str_from(rest, line.n + 2);
    }
    return longest;
}

/* Tries one length in each way. */
static bool try_length(struct cause_scene *scene, size_t length, struct found *f)
{
    const struct joint ways[] = {{length, true, false, ""},
                                 {length, true, false, " "},
                                 {length, false, false, ""},
                                 {length, false, false, " "},
                                 {length, false, true, ""}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (try_joint(scene, &ways[i], f))
            return true;
    return false;
}

bool wrap_search(struct cause_scene *scene, struct found *f)
{
    static const struct joint paragraphs[] = {
        {0, false, false, " "}, {0, false, false, ""}, {2, false, true, ""}};
    static const size_t usual[] = {998, 990, 997, 999, 1000, 1022, 1024, 2048, 512, 256, 255};
    if (!scene_afford_pass(scene))
        return false;
    size_t longest = longest_line(scene->body);
    for (size_t i = 0; i < sizeof paragraphs / sizeof paragraphs[0]; i++)
        if (try_joint(scene, &paragraphs[i], f))
            return true;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (longest >= usual[i] && try_length(scene, usual[i], f))
            return true;
    for (size_t less = 0; less < 24 && less + 20 < longest; less++)
        if (try_length(scene, longest - less, f))
            return true;
    return false;
}
