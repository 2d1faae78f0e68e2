/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone file as a source: every answer is there at once, in the order of asking. */
#include "dns/dns.h"
#include "io/source_face.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024 * 1024 };

struct waiting {
    uint32_t id;
    uint16_t type;
    size_t name_n;
    uint8_t name[NAME_MAX];
};

struct zone_source {
    struct source source;
    struct ingam_zone *zone;
    struct waiting *queue;
    size_t first, n, cap; /* queue[first .. n) are open */
};

static bool grow(struct zone_source *z)
{
    size_t cap = z->cap ? z->cap * 2 : 16;
    struct waiting *queue = realloc(z->queue, cap * sizeof *queue);
    if (queue == NULL)
        return false;
    z->queue = queue;
    z->cap = cap;
    return true;
}

static enum ingam_err ask(struct source *s, const struct ingam_question *q)
{
    struct zone_source *z = (struct zone_source *)s;
    if (z->first == z->n)
        z->first = z->n = 0;
    if (q->name.n > NAME_MAX)
        return INGAM_ERR_ARGUMENT;
    if (z->n == z->cap && !grow(z))
        return INGAM_ERR_MEMORY;
    struct waiting *w = &z->queue[z->n++];
    *w = (struct waiting){.id = q->id, .type = q->type, .name_n = q->name.n};
    if (q->name.n)
        memcpy(w->name, q->name.p, q->name.n);
    return INGAM_OK;
}

static bool wait_for(struct source *s, uint64_t deadline_ms, struct ingam_answer *a)
{
    struct zone_source *z = (struct zone_source *)s;
    (void)deadline_ms;
    if (z->first == z->n)
        return false;
    const struct waiting *w = &z->queue[z->first++];
    struct ingam_question q = {.id = w->id, .type = w->type, .name = {w->name, w->name_n}};
    ingam_zone_answer(z->zone, &q, a);
    return true;
}

static size_t open_n(const struct source *s)
{
    const struct zone_source *z = (const struct zone_source *)s;
    return z->n - z->first;
}

static void forget(struct source *s)
{
    struct zone_source *z = (struct zone_source *)s;
    z->first = z->n = 0;
}

static void close_zone(struct source *s)
{
    struct zone_source *z = (struct zone_source *)s;
    ingam_zone_free(z->zone);
    free(z->queue);
    free(z);
}

static const struct source_face face = {ask, wait_for, open_n, forget, close_zone};

struct source *source_open_zone_text(const char *name, ingam_str text, struct source_error *error)
{
    struct ingam_zone_error where = {0};
    struct zone_source *z = calloc(1, sizeof *z);
    struct ingam_zone *zone = z ? ingam_zone_new(NULL, text, &where) : NULL;
    if (zone) {
        z->source.face = &face;
        z->zone = zone;
        return &z->source;
    }
    if (where.line)
        snprintf(error->text, sizeof error->text, "%s:%zu:%zu: expected %s", name, where.line, where.column,
                 where.expected);
    else
        snprintf(error->text, sizeof error->text, "%s: no memory for this zone", name);
    free(z);
    return NULL;
}

/* ret  the bytes, to be freed; NULL: *why says so */
static uint8_t *read_all(FILE *file, size_t *n, const char **why)
{
    uint8_t *bytes = malloc(FILE_MAX + 1);
    *why = "no memory";
    if (bytes == NULL)
        return NULL;
    *n = fread(bytes, 1, FILE_MAX + 1, file);
    if (!ferror(file) && *n <= FILE_MAX)
        return bytes;
    *why = ferror(file) ? strerror(errno) : "larger than 64 MiB";
    free(bytes);
    return NULL;
}

struct source *source_open_zone(const char *path, struct source_error *error)
{
    FILE *file = fopen(path, "rbe");
    size_t n = 0;
    const char *why = strerror(errno);
    uint8_t *bytes = file ? read_all(file, &n, &why) : NULL;
    struct source *source = NULL;
    if (bytes)
        source = source_open_zone_text(path, (ingam_str){bytes, n}, error);
    else
        snprintf(error->text, sizeof error->text, "%s: %s", path, why);
    free(bytes);
    if (file)
        fclose(file);
    return source;
}
