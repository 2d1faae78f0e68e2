/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam explain: what became of one message and why, by the short id in the reply, the field X-Ingam-Action and the log.
 * docs/man/ingam-explain.1.scd */
#include "cli/explain_id.h"

#include "base/date.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { ID_N = 10, HEAD_COLUMNS = 10, ARENA_MAX = 16 << 20, BEFORE_S = 5 };

struct explain {
    struct arena arena;
    const char *log; /* NULL: the journal */
    bool is_json;
    str id;
    struct logged line;
};

static bool set_log(void *into, const char *value)
{
    ((struct explain *)into)->log = value;
    return *value != 0;
}

static bool set_json(void *into, const char *value)
{
    (void)value;
    ((struct explain *)into)->is_json = true;
    return true;
}

static const struct arg options_explain[] = {
    {"log", "FILE", "the daemon's log; - is standard input (journalctl -u ingamd)", set_log,
     "the name of a file"},
    {"json", NULL, "one JSON object", set_json, NULL},
    {0},
};

static const struct args usage = {
    .command = "explain",
    .synopsis = "ID [--log FILE] [--json]",
    .about =
        "Tells what ingamd did with a message and why, by the ten letters that stand in its replies, in\n"
        "the field X-Ingam-Action and in its log.\n",
    .after = "Exit status: 0 told; 1 the log has no such id; 64 that is no id; 66 the log cannot be read.\n",
    .groups = {options_explain, NULL},
};

/* --- The id -------------------------------------------------------------------------------------------------- */

static int digit_of(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' : c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* Takes off the parentheses in which a reply shows it. ret false: that is no id */
static bool read_id(struct explain *x, const char *word)
{
    str id = str_of(word);
    if (id.n == ID_N + 2 && id.p[0] == '(' && id.p[ID_N + 1] == ')')
        id = str_first(str_from(id, 1), ID_N);
    for (size_t i = 0; i < id.n; i++)
        if (digit_of(id.p[i]) < 0)
            return false;
    x->id = id;
    return id.n == ID_N;
}

/* An id begins with 44 bits of time in eighths of a millisecond: when the message came. */
static int64_t seconds_of(str id)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < id.n; i++)
        bits = bits << 5 | (unsigned)digit_of(id.p[i]);
    return (int64_t)((bits >> 6) / 8000);
}

/* --- The line ------------------------------------------------------------------------------------------------ */

static bool find_in_text(struct explain *x, str text)
{
    while (text.n) {
        size_t n = str_find(text, '\n');
        if (logged_read(&x->arena, str_first(text, n), x->id, &x->line))
            return true;
        text = str_from(text, n + 1);
    }
    return false;
}

static bool find_in_file(struct explain *x, FILE *f)
{
    char *line = NULL;
    size_t room = 0;
    bool is_found = false;
    for (ssize_t n; !is_found && (n = getline(&line, &room, f)) > 0;) {
        str got = {(const uint8_t *)line, (size_t)n};
        got.n -= got.p[got.n - 1] == '\n';
        is_found = str_find_str(got, x->id) < got.n &&
                   logged_read(&x->arena, arena_copy(&x->arena, got), x->id, &x->line);
    }
    free(line);
    return is_found;
}

/* ret  EXIT_GOOD: it was read, and `is_found` says the rest */
static int look_into_file(struct explain *x, bool *is_found)
{
    bool is_stdin = strcmp(x->log, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(x->log, "re");
    if (f == NULL) {
        complain("%s: %s", x->log, strerror(errno));
        return EXIT_NO_INPUT;
    }
    *is_found = find_in_file(x, f);
    bool has_failed = ferror(f);
    if (!is_stdin)
        fclose(f);
    if (has_failed && !*is_found)
        complain("%s cannot be read", is_stdin ? "standard input" : x->log);
    return has_failed && !*is_found ? EXIT_NO_INPUT : EXIT_GOOD;
}

/* The journal is asked for the lines with the id since the message came; clocks are set back by a few seconds at times. */
static int look_into_journal(struct explain *x, bool *is_found)
{
    char since[40], id[ID_N + 1] = "";
    snprintf(since, sizeof since, "--since=@%lld", (long long)(seconds_of(x->id) - BEFORE_S));
    memcpy(id, x->id.p, ID_N);
    const char *const argv[] = {"journalctl", "-u",  "ingamd", "-o", "cat",
                                "--no-pager", since, "-g",     id,   NULL};
    struct program_end end = program_run(&x->arena, argv, true);
    *is_found = find_in_text(x, end.output);
    if (end.status == 0 || end.status == 1) /* 1: no line */
        return EXIT_GOOD;
    complain("journalctl does not tell; name the daemon's log with --log FILE");
    return EXIT_NO_INPUT;
}

/* --- Telling ------------------------------------------------------------------------------------------------- */

static str time_of(struct explain *x)
{
    struct out o;
    out_init(&o, &x->arena);
    date_write(&o, seconds_of(x->id));
    return out_done(&o);
}

static bool show_json(struct explain *x, const struct tale *t)
{
    json_t *pairs = json_object(), *sentences = json_object();
    for (size_t i = 0; i < x->line.n; i++)
        json_object_setn_new(pairs, (const char *)x->line.keys[i].p, x->line.keys[i].n,
                             json_text(x->line.values[i]));
    for (size_t i = 0; i < t->n; i++)
        json_object_set_new(sentences, t->parts[i].head, json_text(t->parts[i].text));
    return json_line(json_pack("{s:o,s:o,s:o,s:o}", "id", json_text(x->id), "time", json_text(time_of(x)),
                               "log", pairs, "told", sentences),
                     stdout);
}

static void show(struct explain *x, const struct tale *t)
{
    struct screen s;
    screen_init(&s, stdout, COLOR_AUTO);
    screen_paint(&s, PAINT_STRONG, x->id);
    screen_z(&s, "  came ");
    screen_put(&s, time_of(x));
    screen_end_line(&s);
    for (size_t i = 0; i < t->n; i++) {
        screen_cell(&s, PAINT_DIM, str_of(t->parts[i].head), HEAD_COLUMNS);
        screen_wrap(&s, PAINT_NONE, HEAD_COLUMNS, HEAD_COLUMNS, t->parts[i].text);
    }
}

static int explain(struct explain *x)
{
    bool is_found = false;
    int status = x->log ? look_into_file(x, &is_found) : look_into_journal(x, &is_found);
    if (status != EXIT_GOOD)
        return status;
    if (!is_found) {
        complain("%s no line of a message with the id %.*s",
                 x->log ? "this log has" : "the journal of ingamd has", (int)x->id.n, (const char *)x->id.p);
        return EXIT_BAD;
    }
    struct tale t = {.n = 0};
    tale_write(&x->arena, &x->line, &t);
    if (x->is_json)
        return show_json(x, &t) ? EXIT_GOOD : EXIT_LATER;
    show(x, &t);
    return EXIT_GOOD;
}

int explain_command(int argc, char **argv)
{
    struct explain x = {.log = NULL};
    int first = argc;
    enum args_got got = args_read(&usage, &x, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first != 1 || !read_id(&x, argv[first])) {
        complain("expected an id: ten of the letters a to z and 2 to 7, as in \"(2eajznwpab)\" at the end of "
                 "a reply");
        return EXIT_USAGE;
    }
    arena_init(&x.arena, NULL, ARENA_MAX);
    int status = explain(&x);
    arena_free(&x.arena);
    return status;
}
