/* SPDX-License-Identifier: BSD-2-Clause */
#include "cause/search.h"

bool scene_afford(struct cause_scene *scene, uint64_t bytes)
{
    if (scene->budget < bytes) {
        scene->budget = 0;
        scene->is_spent = true;
        return false;
    }
    scene->budget -= bytes;
    return true;
}

bool scene_afford_pass(struct cause_scene *scene)
{
    return scene_afford(scene, CAUSE_PASS_COST * (uint64_t)scene->body.n);
}

static uint64_t length_of(const struct dkim_signature *sig)
{
    return sig->has_length ? sig->length : UINT64_MAX;
}

bool body_fits(struct cause_scene *scene, str body)
{
    struct arena_mark mark = arena_mark(scene->scratch);
    struct dkim_body_result result = {.is_short = true};
    struct dkim_body *hasher = NULL;
    int handle = -1;
    if (body.p && scene_afford(scene, CAUSE_BODY_COST * (uint64_t)body.n))
        hasher = dkim_body_new(scene->scratch);
    if (hasher)
        handle = dkim_body_want(hasher, scene->sig->body_canon, length_of(scene->sig));
    if (handle >= 0) {
        dkim_body_feed(hasher, body);
        dkim_body_end(hasher);
        dkim_body_get(hasher, handle, &result);
    }
    arena_rewind(scene->scratch, mark);
    return handle >= 0 && !result.is_short && memcmp(result.hash, scene->sig->body_hash, 32) == 0;
}

bool canonical_fits(struct cause_scene *scene, str canonical)
{
    uint8_t digest[32];
    if (canonical.p == NULL || !scene_afford(scene, canonical.n))
        return false;
    sha256_of(canonical, digest);
    return memcmp(digest, scene->sig->body_hash, 32) == 0;
}

/* Words that stand behind a number, as they are behind 1. */
static const struct {
    const char *many, *one;
} counted[] = {
    {" lines were", " line was"}, {" lines are", " line is"}, {" lines", " line"},
    {" bytes", " byte"},          {" seconds", " second"},
};

static void put_number(struct out *o, uint64_t number, cur *behind)
{
    out_uint(o, number);
    for (size_t i = 0; number == 1 && i < sizeof counted / sizeof counted[0]; i++) {
        if (!cur_text(behind, str_of(counted[i].many)))
            continue;
        out_z(o, counted[i].one);
        return;
    }
}

/* Writes printable UTF-8: controls, and bytes that are no UTF-8, become '?'. */
static void put_text(struct out *o, str text)
{
    bool is_utf8 = str_is_utf8(text);
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        bool is_plain = c >= 0x20 && c < 0x7f;
        out_byte(o, is_plain || (c >= 0x80 && is_utf8) ? c : '?');
    }
}

static void put_sentence(struct out *o, const char *sentence, const uint64_t numbers[2], str text)
{
    for (cur c = cur_of(str_of(sentence)); !cur_end(&c);) {
        if (cur_text(&c, S("{0}")))
            put_number(o, numbers[0], &c);
        else if (cur_text(&c, S("{1}")))
            put_number(o, numbers[1], &c);
        else if (cur_text(&c, S("{2}")))
            put_text(o, str_first(text, 120));
        else
            out_byte(o, *c.p++);
    }
}

void found_set(struct cause_scene *scene, struct found *f, const char *kind, const char *sentence,
               const uint64_t numbers[2])
{
    struct out o;
    out_init(&o, scene->run->arena);
    put_sentence(&o, sentence, numbers, S(""));
    *f = (struct found){kind, out_done(&o)};
}

void found_text(struct cause_scene *scene, struct found *f, const char *kind, const char *sentence, str text)
{
    static const uint64_t none[2] = {0, 0};
    struct out o;
    out_init(&o, scene->run->arena);
    put_sentence(&o, sentence, none, text);
    *f = (struct found){kind, out_done(&o)};
}

/* Writes one line in relaxed form, without its CRLF.                                          [RFC6376 3.4.4] */
static void put_relaxed_line(struct out *o, str line)
{
    while (line.n && byte_is(line.p[line.n - 1], C_WSP))
        line.n--;
    for (size_t i = 0; i < line.n; i++) {
        bool is_wsp = byte_is(line.p[i], C_WSP);
        if (is_wsp && i && byte_is(line.p[i - 1], C_WSP))
            continue;
        out_byte(o, is_wsp ? ' ' : line.p[i]);
    }
}

static size_t count_lines(str body)
{
    size_t n = 1;
    for (str rest = body; rest.n; n++)
        rest = str_from(rest, str_find(rest, '\n') + 1);
    return n;
}

/* in  end  the line with its CRLF; the last may have none */
static str line_take(str *rest)
{
    size_t n = str_find_str(*rest, S("\r\n"));
    str line = str_first(*rest, n);
    *rest = str_from(*rest, n + 2);
    return line;
}

bool lines_of(struct cause_scene *scene, str body, enum dkim_canon canon, struct lines *lines)
{
    struct out o;
    *lines = (struct lines){0};
    if (!scene_afford_pass(scene))
        return false;
    *lines = (struct lines){.at = NEW_N(scene->scratch, size_t, count_lines(body) + 1)};
    out_init(&o, scene->scratch);
    if (lines->at == NULL || out_room(&o, body.n + 2) == NULL)
        return false;
    size_t n = 0;
    for (str rest = body; rest.n;) {
        size_t before = o.n;
        str line = line_take(&rest);
        if (canon == CANON_RELAXED)
            put_relaxed_line(&o, line);
        else
            out_str(&o, line);
        bool is_empty = o.n == before;
        out_str(&o, S("\r\n"));
        lines->at[++n] = o.n;
        if (!is_empty)
            lines->n = n;
    }
    lines->text = out_done(&o);
    return lines->text.p != NULL;
}
