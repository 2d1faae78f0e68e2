/* SPDX-License-Identifier: BSD-2-Clause */
/* Just enough of MIME to find the parts of a body.                                           [RFC2045 5.1] [RFC2046 5.1] */
#include "cause/search.h"

enum { DEPTH_MAX = 8 };

const struct mail_field *header_find(const struct mail_header *h, str name)
{
    for (size_t i = 0; i < h->n; i++)
        if (mail_field_is(&h->fields[i], name))
            return &h->fields[i];
    return NULL;
}

str mime_parameter(str value, str name)
{
    cur c = cur_of(value);
    for (;;) {
        cur_until(&c, ';');
        if (!cur_byte(&c, ';'))
            return S("");
        cur_run(&c, C_FWS);
        str attribute = cur_run(&c, C_TOKEN);
        cur_run(&c, C_FWS);
        if (!cur_byte(&c, '='))
            continue;
        cur_run(&c, C_FWS);
        str found = cur_byte(&c, '"') ? cur_until(&c, '"') : cur_run(&c, C_TOKEN);
        if (str_eq_nocase(attribute, name))
            return found;
    }
}

/* ret  this line is the boundary's delimiter; is_closing: with "--" behind it */
static bool is_delimiter(str line, str boundary, bool *is_closing)
{
    if (!str_starts(line, S("--")) || !str_starts(str_from(line, 2), boundary))
        return false;
    str rest = str_trim_wsp(str_from(line, 2 + boundary.n));
    *is_closing = str_eq(rest, S("--"));
    return rest.n == 0 || *is_closing;
}

/* Takes all up to the next delimiter; the CRLF before it belongs to the delimiter.
 * ret  false: there is none, the rest was taken */
static bool take_part(str *rest, str boundary, str *part, bool *is_closing)
{
    const uint8_t *from = rest->p;
    while (rest->n) {
        const uint8_t *at = rest->p;
        str line = str_first(*rest, str_find_str(*rest, S("\r\n")));
        *rest = str_from(*rest, line.n + 2);
        if (!is_delimiter(line, boundary, is_closing))
            continue;
        *part = at - from >= 2 ? str_between(from, at - 2) : str_between(from, from);
        return true;
    }
    *part = str_between(from, rest->p);
    return false;
}

/* ret  the value of Content-Type in a part's own header, unfolded only as far as parameters need */
static str part_type(str part)
{
    for (str rest = part; rest.n && !str_starts(rest, S("\r\n"));) {
        if (str_starts_nocase(rest, S("content-type:"))) {
            size_t end = str_find_str(rest, S("\r\n\r\n"));
            return str_from(str_first(rest, end), 13);
        }
        rest = str_from(rest, str_find_str(rest, S("\r\n")) + 2);
    }
    return S("");
}

/* ret  what stands behind the part's empty line */
static str part_content(str part)
{
    if (str_starts(part, S("\r\n")))
        return str_from(part, 2);
    return str_from(part, str_find_str(part, S("\r\n\r\n")) + 4);
}

struct parts {
    str *list;
    size_t n, max;
};

/* A queue rather than recursion: list holds contents, and what is multipart among them is gone through in turn. */
static void parts_of(struct parts *p, str body, str boundary, str *boundaries)
{
    str part = {NULL, 0};
    bool is_closing = false;
    str rest = body;
    bool more = take_part(&rest, boundary, &part, &is_closing);
    while (more && !is_closing && p->n < p->max) {
        more = take_part(&rest, boundary, &part, &is_closing);
        boundaries[p->n] = mime_parameter(part_type(part), S("boundary"));
        p->list[p->n++] = part_content(part);
    }
}

size_t mime_parts(str body, str boundary, str *list, size_t max)
{
    enum { PARTS_MAX = 64 };
    str boundaries[PARTS_MAX];
    struct parts p = {list, 0, max < PARTS_MAX ? max : PARTS_MAX};
    if (boundary.n)
        parts_of(&p, body, boundary, boundaries);
    for (size_t i = 0; i < p.n; i++)
        if (boundaries[i].n)
            parts_of(&p, list[i], boundaries[i], boundaries);
    return p.n;
}
