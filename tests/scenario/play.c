/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <string.h>
#include <strings.h>

enum { OPEN_MAX = 256 };

struct game {
    const struct scenario *sc;
    const struct way *way;
    struct played *out;
    struct ingam_check *c;
    struct ingam_question open[OPEN_MAX];
    size_t open_n;
    uint64_t now_ms;
    uint32_t random;
    bool is_ended, is_out_of_memory;
};

static uint32_t next_random(struct game *g)
{
    g->random = g->random * 1664525u + 1013904223u;
    return g->random >> 8;
}

static void took(struct game *g, enum ingam_err err, const char *what)
{
    if (err == INGAM_ERR_MEMORY)
        g->is_out_of_memory = true;
    else if (err != INGAM_OK || g->is_out_of_memory)
        g->out->wrong = what;
}

static bool is_silent(const struct scenario *sc, ingam_str name)
{
    for (size_t i = 0; i < sc->silent_n; i++)
        if (strlen(sc->silent[i]) == name.n && strncasecmp(sc->silent[i], (const char *)name.p, name.n) == 0)
            return true;
    return false;
}

static void answer(struct game *g, size_t i)
{
    struct ingam_question q = g->open[i];
    struct ingam_answer a = {0};
    memmove(&g->open[i], &g->open[i + 1], (--g->open_n - i) * sizeof g->open[0]);
    ingam_zone_answer(g->out->zone, &q, &a);
    a.id = q.id;
    took(g, ingam_check_answer(g->c, &a), "answer refused");
}

/* Takes a new question down, or answers it at once. */
static void take_question(struct game *g, const struct ingam_question *q)
{
    if (is_silent(g->sc, q->name))
        return;
    if (g->open_n == OPEN_MAX) {
        g->out->wrong = "too many questions";
        return;
    }
    g->open[g->open_n++] = *q;
    if (g->way->answer == ANSWER_AT_ONCE)
        answer(g, g->open_n - 1);
}

/* Answers something, as this way of playing has it. ret false: nothing may be answered now */
static bool answer_some(struct game *g)
{
    if (g->open_n == 0 || (g->way->answer == ANSWER_LATE && !g->is_ended))
        return false;
    if (g->way->answer == ANSWER_RANDOM) {
        if (!g->is_ended && next_random(g) % 3)
            return false;
        answer(g, next_random(g) % g->open_n);
        return true;
    }
    answer(g, g->way->answer == ANSWER_REVERSED ? g->open_n - 1 : 0);
    return true;
}

/* Hears what the check wants until there is nothing more to do for now. ret true: the verdict stands */
static bool hear(struct game *g)
{
    for (int rounds = 0; rounds < 10000 && g->out->wrong == NULL; rounds++) {
        struct ingam_question q;
        enum ingam_want want = ingam_check_next(g->c, g->now_ms, &q);
        if (want == INGAM_WANT_NOTHING)
            return true;
        if (want == INGAM_WANT_ANSWER && q.id)
            take_question(g, &q);
        else if (!answer_some(g))
            return false;
    }
    g->out->wrong = "it never ends";
    return true;
}

static ingam_str piece(const struct text *t, size_t at, size_t n)
{
    return (ingam_str){(const uint8_t *)t->p + at, n < t->n - at ? n : t->n - at};
}

static void feed_bytes(struct game *g)
{
    const struct text *message = &g->sc->message;
    for (size_t at = 0; at < message->n && g->out->wrong == NULL;) {
        size_t n = g->way->feed == FEED_WHOLE   ? message->n
                   : g->way->feed == FEED_BYTES ? 1
                                                : next_random(g) % 200;
        ingam_str bytes = piece(message, at, n);
        took(g, ingam_check_feed(g->c, bytes), "feed refused");
        at += bytes.n;
        hear(g);
    }
}

/* One field of the message, as a milter hands it over. */
struct field {
    ingam_str name, value;
    size_t end; /* behind its CRLF */
};

static const char *find_crlf(const char *from, const char *end)
{
    for (; from + 1 < end; from++)
        if (from[0] == '\r' && from[1] == '\n')
            return from;
    return NULL;
}

/* ret  false: there is no field here */
static bool field_at(const struct text *message, size_t at, struct field *f)
{
    const char *start = message->p + at, *end = message->p + message->n, *stop = find_crlf(start, end);
    while (stop && stop + 2 < end && (stop[2] == ' ' || stop[2] == '\t'))
        stop = find_crlf(stop + 2, end);
    const char *colon = stop ? memchr(start, ':', (size_t)(stop - start)) : NULL;
    if (colon == NULL || colon == start)
        return false;
    for (const char *p = start; p < colon; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    f->name = (ingam_str){(const uint8_t *)start, (size_t)(colon - start)};
    f->value = (ingam_str){(const uint8_t *)colon + 1, (size_t)(stop - colon - 1)};
    f->end = (size_t)(stop + 2 - message->p);
    return true;
}

/* ret  where the header ends: at the empty line or the end of the message */
static bool header_end(const struct text *message, size_t *end)
{
    struct field f;
    size_t at = 0;
    while (at < message->n && strncmp(message->p + at, "\r\n", 2) != 0) {
        if (!field_at(message, at, &f))
            return false;
        at = f.end;
    }
    *end = at;
    return true;
}

bool can_feed_fields(const struct scenario *sc)
{
    size_t end = 0;
    if (!sc->feeds_fields || !header_end(&sc->message, &end))
        return false;
    for (size_t i = 0; i < end; i++) { /* a CR or LF of its own, or a NUL, comes through no milter as it is */
        char c = sc->message.p[i];
        bool is_crlf =
            c == '\r' ? i + 1 < end && sc->message.p[i + 1] == '\n' : i > 0 && sc->message.p[i - 1] == '\r';
        if (c == 0 || ((c == '\r' || c == '\n') && !is_crlf))
            return false;
    }
    return true;
}

/* Folds go over as bare LF, as sendmail's protocol has it. */
static void feed_field(struct game *g, const struct field *f)
{
    struct text value = {0};
    for (size_t i = 0; i < f->value.n; i++)
        if (f->value.p[i] != '\r')
            text_put(&value, &f->value.p[i], 1);
    took(g, ingam_check_field(g->c, f->name, (ingam_str){(const uint8_t *)value.p, value.n}),
         "field refused");
    text_free(&value);
    hear(g);
}

static void feed_fields(struct game *g)
{
    const struct text *message = &g->sc->message;
    struct field f;
    size_t at = 0, end = 0;
    header_end(message, &end);
    while (at < end && g->out->wrong == NULL && field_at(message, at, &f)) {
        feed_field(g, &f);
        at = f.end;
    }
    took(g, ingam_check_fields_end(g->c), "end of the header refused");
    for (at = end + 2; at < message->n && g->out->wrong == NULL; at += 100) {
        took(g, ingam_check_body(g->c, piece(message, at, 100)), "body refused");
        hear(g);
    }
}

/* Once memory has run out, every call says so and nothing else. */
static void check_memory_sticks(struct game *g)
{
    struct ingam_question q;
    struct ingam_answer a = {.id = 1, .status = INGAM_STATUS_NODATA};
    if (ingam_check_next(g->c, g->now_ms, &q) != INGAM_WANT_NOTHING)
        g->out->wrong = "next goes on without memory";
    bool is_told = ingam_check_feed(g->c, (ingam_str){0}) == INGAM_ERR_MEMORY &&
                   ingam_check_field(g->c, (ingam_str){0}, (ingam_str){0}) == INGAM_ERR_MEMORY &&
                   ingam_check_fields_end(g->c) == INGAM_ERR_MEMORY &&
                   ingam_check_body(g->c, (ingam_str){0}) == INGAM_ERR_MEMORY &&
                   ingam_check_answer(g->c, &a) == INGAM_ERR_MEMORY &&
                   ingam_check_end(g->c) == INGAM_ERR_MEMORY;
    if (!is_told)
        g->out->wrong = "a call does not say that memory ran out";
    if (ingam_check_verdict(g->c))
        g->out->wrong = "a verdict without memory";
}

static void play_on(struct game *g)
{
    hear(g);
    if (g->way->feed == FEED_FIELDS)
        feed_fields(g);
    else
        feed_bytes(g);
    took(g, ingam_check_end(g->c), "end refused");
    g->is_ended = true;
    if (!hear(g)) {
        g->now_ms += g->sc->config.limits.deadline_ms;
        if (!hear(g) && g->out->wrong == NULL)
            g->out->wrong = "no verdict after the deadline";
    }
    g->out->verdict = ingam_check_verdict(g->c);
    if (g->out->verdict == NULL && g->out->wrong == NULL)
        check_memory_sticks(g);
    else if (ingam_check_end(g->c) != INGAM_ERR_ORDER)
        g->out->wrong = "the message could end twice";
}

static ingam_str slice_of(const char *z)
{
    return z ? (ingam_str){(const uint8_t *)z, strlen(z)} : (ingam_str){0};
}

/* ret  how many sealers the case trusts */
static size_t trust(const struct scenario *sc, ingam_str sealers[SEALERS_MAX])
{
    size_t n = 0;
    for (const char *p = sc->sealers; p && *p && n < SEALERS_MAX; p += *p == ',') {
        sealers[n++] = (ingam_str){(const uint8_t *)p, strcspn(p, ",")};
        p += strcspn(p, ",");
    }
    return n;
}

void play(const struct scenario *sc, const struct way *way, struct played *out)
{
    struct ingam_zone_error error = {0};
    *out = (struct played){
        .zone = ingam_zone_new(NULL, (ingam_str){(const uint8_t *)sc->zone.p, sc->zone.n}, &error)};
    if (out->zone == NULL) {
        printf("%s:%zu: zone line %zu column %zu: expected %s\n", sc->file, sc->line, error.line,
               error.column, error.expected ? error.expected : "memory");
        out->wrong = "bad zone";
        return;
    }
    ingam_str sealers[SEALERS_MAX];
    struct ingam_config config = sc->config;
    config.authserv_id = slice_of(sc->authserv_id);
    config.keys = way->keys;
    config.policy.trusted_sealers = sealers;
    config.policy.trusted_sealer_n = trust(sc, sealers);
    if (way->cap)
        config.limits.arena = way->cap;
    if (way->memory)
        config.alloc = memory_alloc(way->memory);
    struct ingam_envelope env = {
        slice_of(sc->ip), slice_of(sc->helo), slice_of(sc->mail), sc->mail != NULL, {0}};
    out->check = ingam_check_new(&config, &env, sc->now_ms);
    if (out->check == NULL)
        return;
    struct game g = {
        .sc = sc, .way = way, .out = out, .c = out->check, .now_ms = sc->now_ms, .random = way->seed};
    play_on(&g);
}

void played_free(struct played *p)
{
    ingam_check_free(p->check);
    ingam_zone_free(p->zone);
    *p = (struct played){0};
}
