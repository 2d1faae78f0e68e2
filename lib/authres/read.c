/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader.                                                                              [RFC8601 2.2]
 * Methods, results and property types that are not known are read like others: nothing read here decides anything, so
 * that they cannot either.                                                    [RFC8601 2.3] [RFC8601 4.1]
 *
 *     authres-payload = [CFWS] authserv-id [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS]
 *     no-result       = [CFWS] ";" [CFWS] "none"
 *     resinfo         = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]
 *     methodspec      = [CFWS] Keyword [ [CFWS] "/" [CFWS] 1*DIGIT ] [CFWS] "=" [CFWS] Keyword
 *     reasonspec      = "reason" [CFWS] "=" [CFWS] value
 *     propspec        = Keyword [CFWS] "." [CFWS] Keyword [CFWS] "=" pvalue
 *     pvalue          = [CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS]
 *     value           = token / quoted-string */
#include "authres/authres.h"

enum {
    RESULTS_MAX = 128,
    PROPERTIES_MAX = 1024,
    FIRST = 4,
    C_KEYWORD = C_ALPHA | C_DIGIT | C_DASH | C_UNDER
};

struct reader {
    cur c;
    struct arena *arena;
    size_t nesting;
    struct authres *out;
    size_t cap;          /* of out->results */
    size_t property_cap; /* of the result that is read */
    size_t property_n;   /* of all results */
    str comment;         /* the first since it was cleared */
    bool has_failed;     /* no memory */
};

static bool fails(struct reader *r, enum ingam_fault fault, const uint8_t *wrong)
{
    r->out->fault = fault;
    r->out->wrong = wrong;
    return false;
}

/* comment = "(" *([FWS] ccontent) [FWS] ")"; c is at the "("                             [RFC5322 3.2.2] */
static bool comment(struct reader *r)
{
    const uint8_t *from = r->c.p;
    size_t depth = 0;
    do {
        uint8_t byte = *r->c.p++;
        if (byte == '\\' && !cur_end(&r->c))
            r->c.p++;
        else if (byte == '(' && ++depth > r->nesting)
            return fails(r, FAULT_AUTHRES_NESTING, r->c.p - 1);
        else if (byte == ')')
            depth--;
    } while (depth && !cur_end(&r->c));
    if (depth)
        return fails(r, FAULT_AUTHRES_COMMENT_OPEN, from);
    if (r->comment.p == NULL)
        r->comment = str_between(from + 1, r->c.p - 1);
    return true;
}

/* Skips [CFWS]. */
static bool cfws(struct reader *r)
{
    for (;;) {
        cur_run(&r->c, C_FWS);
        if (!cur_at(&r->c, '('))
            return true;
        if (!comment(r))
            return false;
    }
}

/* Takes one byte with [CFWS] before and behind it. */
static bool mark(struct reader *r, uint8_t byte)
{
    if (!cfws(r))
        return false;
    if (!cur_byte(&r->c, byte))
        return fails(r, FAULT_AUTHRES_SYNTAX, r->c.p);
    return cfws(r);
}

/* Writes what a quoted-string means: no backslashes, no line ends of folds.               [RFC5322 3.2.4] */
static str unquoted(struct reader *r, str raw)
{
    uint8_t *bytes = arena_take_raw(r->arena, raw.n);
    size_t n = 0;
    if (bytes == NULL) {
        r->has_failed = true;
        return S("");
    }
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\r' || raw.p[i] == '\n')
            continue;
        if (raw.p[i] == '\\' && i + 1 < raw.n)
            i++;
        bytes[n++] = raw.p[i];
    }
    return (str){bytes, n};
}

/* quoted-string; c is at the first quote                                                   [RFC5322 3.2.4] */
static bool quoted_string(struct reader *r, str *value)
{
    const uint8_t *from = r->c.p++;
    bool is_plain = true;
    while (!cur_end(&r->c) && *r->c.p != '"') {
        bool is_escape = *r->c.p == '\\';
        is_plain &= !is_escape && *r->c.p != '\r' && *r->c.p != '\n';
        r->c.p += is_escape && r->c.end - r->c.p > 1 ? 2 : 1;
    }
    str raw = str_between(from + 1, r->c.p);
    if (!cur_byte(&r->c, '"'))
        return fails(r, FAULT_AUTHRES_QUOTE_OPEN, from);
    *value = is_plain ? raw : unquoted(r, raw);
    return true;
}

static bool value(struct reader *r, str *value)
{
    if (cur_at(&r->c, '"'))
        return quoted_string(r, value);
    *value = cur_run(&r->c, C_TOKEN | C_HIGH);
    return value->n > 0 || fails(r, FAULT_AUTHRES_SYNTAX, r->c.p);
}

static bool keyword(struct reader *r, str *word)
{
    *word = cur_run(&r->c, C_KEYWORD);
    return word->n > 0 || fails(r, FAULT_AUTHRES_SYNTAX, r->c.p);
}

static bool ends_pvalue(uint8_t byte)
{
    return byte == ';' || byte == '(' || byte == ')' || byte == '"';
}

/* The unquoted forms of pvalue, and what else is found there. May be empty. */
static void bare_pvalue(struct reader *r)
{
    while (cur_is(&r->c, C_VISIBLE | C_HIGH) && !ends_pvalue(*r->c.p))
        r->c.p++;
}

/* A quoted local-part with its domain is kept as written, so that it stays a mailbox. */
static bool pvalue(struct reader *r, str *value)
{
    const uint8_t *from = r->c.p;
    if (!cur_at(&r->c, '"')) {
        bare_pvalue(r);
        *value = str_between(from, r->c.p);
        return true;
    }
    if (!quoted_string(r, value))
        return false;
    if (!cur_at(&r->c, '@'))
        return true;
    bare_pvalue(r);
    *value = str_between(from, r->c.p);
    return true;
}

static bool add_property(struct reader *r, struct authres_property property)
{
    struct authres_result *result = &r->out->results[r->out->n];
    if (r->property_n == PROPERTIES_MAX)
        return fails(r, FAULT_AUTHRES_TOO_MANY, property.ptype.p);
    if (result->property_n == r->property_cap) {
        size_t cap = r->property_cap ? r->property_cap * 2 : FIRST;
        struct authres_property *grown = NEW_N(r->arena, struct authres_property, cap);
        if (grown == NULL) {
            r->has_failed = true;
            return false;
        }
        if (result->property_n)
            memcpy(grown, result->properties, result->property_n * sizeof *grown);
        result->properties = grown;
        r->property_cap = cap;
    }
    result->properties[result->property_n++] = property;
    r->property_n++;
    return true;
}

/* reasonspec or propspec; c is at its first byte */
static bool property_or_reason(struct reader *r)
{
    struct authres_property property;
    if (!keyword(r, &property.ptype) || !cfws(r))
        return false;
    if (cur_at(&r->c, '=') && str_eq_nocase(property.ptype, S("reason")))
        return mark(r, '=') && value(r, &r->out->results[r->out->n].reason);
    return mark(r, '.') && keyword(r, &property.property) && mark(r, '=') && pvalue(r, &property.value) &&
           add_property(r, property);
}

static bool is_version_1(str version)
{
    while (version.n > 1 && version.p[0] == '0')
        version = str_from(version, 1);
    return str_eq(version, S("1"));
}

/* [ [CFWS] "/" [CFWS] method-version ] out is_known  the version is 1                      [RFC8601 2.6] */
static bool method_version(struct reader *r, bool *is_known)
{
    *is_known = true;
    if (!cfws(r))
        return false;
    if (!cur_at(&r->c, '/'))
        return true;
    if (!mark(r, '/'))
        return false;
    str version = cur_run(&r->c, C_DIGIT);
    *is_known = is_version_1(version);
    return version.n > 0 || fails(r, FAULT_AUTHRES_SYNTAX, r->c.p);
}

static bool room_for_result(struct reader *r)
{
    struct authres *out = r->out;
    if (out->n == RESULTS_MAX)
        return fails(r, FAULT_AUTHRES_TOO_MANY, r->c.p);
    if (out->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : FIRST;
        struct authres_result *grown = NEW_N(r->arena, struct authres_result, cap);
        if (grown == NULL) {
            r->has_failed = true;
            return false;
        }
        if (out->n)
            memcpy(grown, out->results, out->n * sizeof *grown);
        out->results = grown;
        r->cap = cap;
    }
    out->results[out->n] = (struct authres_result){0};
    r->property_cap = 0;
    return true;
}

static bool at_end_of_result(struct reader *r)
{
    return cur_end(&r->c) || cur_at(&r->c, ';');
}

/* What stands behind the method's name. */
static bool rest_of_result(struct reader *r, bool *is_known)
{
    struct authres_result *result = &r->out->results[r->out->n];
    if (!method_version(r, is_known) || !mark(r, '=') || !keyword(r, &result->result))
        return false;
    r->comment = (str){NULL, 0};
    if (!cfws(r))
        return false;
    while (!at_end_of_result(r))
        if (!property_or_reason(r) || !cfws(r))
            return false;
    result->comment = r->comment;
    return true;
}

/* One resinfo, or the "none" of no-result; c is behind the semicolon. */
static bool resinfo(struct reader *r)
{
    bool is_known;
    if (!cfws(r))
        return false;
    if (cur_end(&r->c) && r->out->n)
        return true;
    if (!room_for_result(r))
        return false;
    struct authres_result *result = &r->out->results[r->out->n];
    if (!keyword(r, &result->method) || !cfws(r))
        return false;
    if (cur_end(&r->c) && r->out->n == 0 && str_eq_nocase(result->method, S("none"))) {
        r->out->is_none = true;
        return true;
    }
    if (!rest_of_result(r, &is_known))
        return false;
    r->out->n += is_known;
    return true;
}

/* authserv-id and version; stops before the first semicolon                       [RFC8601 2.5] [RFC8601 2.6] */
static bool head(struct reader *r)
{
    struct authres *out = r->out;
    if (!cfws(r))
        return false;
    if (!cur_at(&r->c, '"') && !cur_is(&r->c, C_TOKEN | C_HIGH))
        return fails(r, FAULT_AUTHRES_NO_ID, r->c.p);
    if (!value(r, &out->authserv_id) || !cfws(r))
        return false;
    out->version = cur_run(&r->c, C_DIGIT);
    if (out->version.n && !is_version_1(out->version))
        return fails(r, FAULT_AUTHRES_VERSION, out->version.p);
    return cfws(r) && (cur_at(&r->c, ';') || fails(r, FAULT_AUTHRES_SYNTAX, r->c.p));
}

bool authres_read(struct arena *a, str value, const struct ingam_limits *limits, struct authres *out)
{
    struct reader r = {.c = cur_of(value), .arena = a, .nesting = limits->nesting, .out = out};
    *out = (struct authres){0};
    bool is_fine = head(&r);
    while (is_fine && cur_byte(&r.c, ';'))
        is_fine = resinfo(&r);
    return !r.has_failed;
}
