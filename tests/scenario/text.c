/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void room(struct text *t, size_t n)
{
    if (t->n + n + 1 <= t->cap)
        return;
    t->cap = (t->n + n + 1) * 2;
    t->p = realloc(t->p, t->cap);
    if (t->p == NULL)
        abort();
}

void text_put(struct text *t, const void *bytes, size_t n)
{
    room(t, n);
    if (n)
        memcpy(t->p + t->n, bytes, n);
    t->n += n;
    t->p[t->n] = 0;
}

void text_add(struct text *t, const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_put(t, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void text_str(struct text *t, ingam_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= 0x20 && s.p[i] < 0x7f)
            text_put(t, &s.p[i], 1);
        else
            text_add(t, "\\x%02x", s.p[i]);
    }
}

void text_free(struct text *t)
{
    free(t->p);
    *t = (struct text){0};
}

bool text_file(struct text *t, const char *path)
{
    char chunk[4096];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        text_put(t, chunk, n);
    bool is_fine = !ferror(file);
    fclose(file);
    return is_fine;
}

char *copy_of(const char *z)
{
    char *copy = strdup(z);
    if (copy == NULL)
        abort();
    return copy;
}
