/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/config.h"

#include "cli/cli.h"
#include "cli/output.h"
#include "conf/import.h"
#include <errno.h>
#include <stdio.h>

enum { IMPORT_ARENA = 256 << 20, FILE_MAX = 4 << 20 };

/* Reads a file into the arena.
 * ret  NULL, or why it cannot be read */
static const char *read_file(void *context, struct arena *a, const char *path, str *text)
{
    (void)context;
    FILE *file = fopen(path, "re");
    uint8_t *p = file ? arena_take_raw(a, FILE_MAX) : NULL;
    if (file == NULL)
        return strerror(errno);
    size_t n = p ? fread(p, 1, FILE_MAX, file) : 0;
    bool is_read = p && !ferror(file) && n < FILE_MAX;
    *text = (str){p, n};
    fclose(file);
    return is_read ? NULL : "cannot be read, or is larger than 4 MiB";
}

/* For a file that another one names. */
static const char *read_named(void *context, struct arena *a, const char *path, str *text)
{
    const char *why = read_file(context, a, path, text);
    if (why == NULL)
        return NULL;
    struct out o;
    out_init(&o, a);
    out_z(&o, "left out: the file it names: ");
    out_z(&o, why);
    out_byte(&o, '\0');
    str sentence = out_done(&o);
    return sentence.n ? (const char *)sentence.p : "left out: no memory";
}

static bool read_given(struct arena *a, const char *path, struct conf_text *text)
{
    text->name = path;
    const char *why = path ? read_file(NULL, a, path, &text->text) : NULL;
    if (why)
        complain("%s: %s", path, why);
    return why == NULL;
}

static void tell_left(str left)
{
    while (left.n) {
        str line = str_first(left, str_find(left, '\n'));
        complain("%.*s", (int)line.n, (const char *)line.p);
        left = str_from(left, line.n + 1);
    }
}

static int import(struct arena *a, const struct import_from *from)
{
    struct imported made;
    struct conf_error error;
    if (!conf_import(a, from, &made, &error)) {
        complain("%s", error.text);
        return EXIT_DATA;
    }
    output_bytes(made.conf);
    tell_left(made.left);
    return EXIT_GOOD;
}

int config_import(const struct config_options *o)
{
    const char *const given[IMPORT_PROGRAMS] = {o->opendkim, o->opendmarc, o->policyd};
    struct import_from from = {.read = read_named};
    struct arena a;
    int status = EXIT_GOOD;
    if (!o->opendkim && !o->opendmarc && !o->policyd) {
        complain("from what? give --opendkim FILE, --opendmarc FILE, --policyd-spf FILE, or several of them");
        return EXIT_USAGE;
    }
    arena_init(&a, NULL, IMPORT_ARENA);
    for (size_t i = 0; i < IMPORT_PROGRAMS; i++)
        if (!read_given(&a, given[i], &from.list[i]))
            status = EXIT_NO_INPUT;
    if (status == EXIT_GOOD)
        status = import(&a, &from);
    arena_free(&a);
    return status;
}
