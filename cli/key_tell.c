/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/key.h"

#include "base/date.h"
#include <stdarg.h>

enum { INDENT = 2, WORDS_AT = 12, TXT_STRING_MAX = 255 };

const char *key_time(int64_t at_s, char text[KEY_TIME_SIZE])
{
    struct arena a;
    struct out o;
    arena_init(&a, NULL, 4096);
    out_init(&o, &a);
    date_write(&o, at_s);
    str done = out_done(&o);
    snprintf(text, KEY_TIME_SIZE, "%.*s", (int)done.n, done.p ? (const char *)done.p : "");
    arena_free(&a);
    return text;
}

void key_tell_head(struct screen *s, str domain)
{
    screen_paint(s, PAINT_STRONG, domain);
    screen_end_line(s);
}

static enum paint paint_of(enum keys_state state)
{
    switch (state) {
    case KEYS_ACTIVE: return PAINT_GOOD;
    case KEYS_NEW:
    case KEYS_PUBLISHED: return PAINT_UNSURE;
    case KEYS_RETIRING:
    case KEYS_REVOKED:
    case KEYS_GONE: break;
    }
    return PAINT_DIM;
}

void key_tell_entry(struct screen *s, const struct keys_entry *e, enum keys_state before)
{
    char kind[32];
    snprintf(kind, sizeof kind, e->algorithm == INGAM_RSA_SHA256 ? " (rsa %u)  " : " (ed25519)  ", e->bits);
    screen_blanks(s, INDENT);
    screen_z(s, e->selector);
    screen_z(s, kind);
    if (before != e->state) {
        screen_z(s, keys_state_name(before));
        screen_z(s, " -> ");
    }
    screen_paint(s, paint_of(e->state), str_of(keys_state_name(e->state)));
    screen_end_line(s);
}

void key_tell_line(struct screen *s, const char *word, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    screen_blanks(s, 2 * INDENT);
    screen_cell(s, PAINT_NONE, str_of(word), WORDS_AT - 2 * INDENT);
    screen_z(s, text);
    screen_end_line(s);
}

static const char *sight_words(const struct authority_answer *answer, enum keys_sight sight)
{
    switch (sight) {
    case KEYS_UNSEEN: return answer->why ? answer->why : "no answer";
    case KEYS_ABSENT: return "no record";
    case KEYS_RIGHT: return "the record";
    case KEYS_EMPTY: return "an empty p=";
    case KEYS_DIFFERS: break;
    }
    if (answer->got == AUTHORITY_ALIAS)
        return "a CNAME that others do not have";
    return answer->text_n > 1 ? "more than one TXT record" : "another record";
}

static enum keys_sight wanted_sight(enum keys_wait wait)
{
    if (wait == KEYS_WAITS_EMPTYING || wait == KEYS_WAITS_EMPTY)
        return KEYS_EMPTY;
    return wait == KEYS_WAITS_REMOVAL ? KEYS_ABSENT : KEYS_RIGHT;
}

static void tell_server(struct screen *s, const struct authority_answer *answer, enum keys_sight sight)
{
    screen_blanks(s, 2 * INDENT);
    screen_cell(s, PAINT_NONE, S("server"), WORDS_AT - 2 * INDENT);
    screen_put(s, answer->server);
    if (!str_eq(answer->server, answer->address)) {
        screen_z(s, " ");
        screen_put(s, answer->address);
    }
    screen_z(s, ": ");
    screen_z(s, sight_words(answer, sight));
    screen_end_line(s);
}

void key_tell_servers(struct screen *s, const struct key_look *look)
{
    const struct authority_report *r = &look->report;
    enum keys_sight wanted = wanted_sight(look->step.wait);
    bool is_same = r->n > 0;
    if (!look->was_asked)
        return;
    for (size_t i = 0; i < r->n; i++)
        is_same = is_same && look->each[i] == wanted;
    for (size_t i = 0; i < r->n && !is_same; i++)
        tell_server(s, &r->list[i], look->each[i]);
    if (r->n == 0)
        key_tell_line(s, "servers", "%.*s: %s", (int)r->why_name.n, (const char *)r->why_name.p, r->why);
}

/* What is waited for, and what a person may do about it. */
static const struct {
    const char *waits;
    bool is_dated, needs_change;
} rows[] = {
    [KEYS_WAITS_NOT] = {NULL, false, false},
    [KEYS_WAITS_RECORD] = {"its record on every name server; it signs nothing before", false, true},
    [KEYS_WAITS_CACHES] = {"caches that may still hold what stood there before; it signs nothing before",
                           true, false},
    [KEYS_WAITS_FLIGHT] = {"mail on its way; keep its record", true, false},
    [KEYS_WAITS_EMPTYING] = {"the empty p= record on every name server", false, true},
    [KEYS_WAITS_EMPTY] = {"the empty p= to have stood long enough", true, false},
    [KEYS_WAITS_REMOVAL] = {"its record to be removed from every name server", false, true},
};

/* A key that was just made has shown its record already. */
static void tell_next(struct screen *s, const struct key_options *o, str domain, const struct keys_step *step,
                      const char *until)
{
    const char *zone = (const char *)domain.p;
    int n = (int)domain.n;
    if (!rows[step->wait].needs_change)
        key_tell_line(s, "next", "ingam key check --keys %s %.*s   not before %s", o->keys, n, zone, until);
    else if (strcmp(o->verb, "new") == 0)
        key_tell_line(s, "next", "publish it; then: ingam key check --keys %s %.*s", o->keys, n, zone);
    else
        key_tell_line(
            s, "next",
            "publish what this shows: ingam dns show --keys %s %.*s; then: ingam key check --keys %s %.*s",
            o->keys, n, zone, o->keys, n, zone);
}

void key_tell_wait(struct screen *s, const struct key_options *o, str domain, const struct keys_step *step)
{
    char until[KEY_TIME_SIZE] = "";
    const char *waits = rows[step->wait].waits;
    if (waits == NULL)
        return;
    if (rows[step->wait].is_dated)
        key_tell_line(s, "waits", "until %s: %s", key_time(step->until_s, until), waits);
    else
        key_tell_line(s, "waits", "for %s", waits);
    tell_next(s, o, domain, step, until);
}

/* [RFC1035 5.1] [RFC6376 3.6.2.2] */
void key_put_strings(struct out *o, str text)
{
    do {
        str part = str_first(text, TXT_STRING_MAX);
        out_byte(o, '"');
        for (size_t i = 0; i < part.n; i++) {
            if (part.p[i] == '"' || part.p[i] == '\\')
                out_byte(o, '\\');
            out_byte(o, part.p[i]);
        }
        out_byte(o, '"');
        text = str_from(text, part.n);
        if (text.n)
            out_byte(o, ' ');
    } while (text.n);
}

str key_name(struct arena *a, const char *selector, str domain)
{
    struct out o;
    out_init(&o, a);
    out_lower(&o, str_of(selector));
    out_z(&o, "._domainkey.");
    out_str(&o, domain);
    return out_done(&o);
}
