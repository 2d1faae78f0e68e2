/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam check: judges messages and says why. docs/man/ingam-check.1.scd */
#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/json.h"
#include "cli/table.h"

static const struct args usage = {
    .command = "check",
    .synopsis = "[OPTION]... [FILE|-]...",
    .about =
        "Judges messages by SPF, DKIM and DMARC, and says why. A FILE is a message, an mbox or a Maildir\n"
        "folder; without one the message comes from standard input. What the options do not say about\n"
        "the client that sent it is read from the topmost Received and Return-Path.\n",
    .after = "Exit status: 0 DMARC pass or none, 1 fail or permerror, 75 temperror;\n"
             "64 wrong usage, 65 no mail or no zone file, 66 unreadable file. The worst message counts.\n"
             "The whole story: man ingam-check\n",
    .groups = {options_envelope, options_dns, options_policy, options_view, NULL},
};

static const size_t ARENA_MAX = (size_t)64 << 20;

struct checking {
    struct judge judge;
    struct screen screen;
    size_t shown;
};

static int show(struct checking *c, const struct judged *d)
{
    enum view view = c->judge.options->view;
    if (view == VIEW_JSON)
        return json_verdict(d, stdout) ? EXIT_GOOD : EXIT_LATER;
    if (view == VIEW_BRIEF) {
        table_brief(&c->screen, d);
        return EXIT_GOOD;
    }
    if (c->shown++)
        screen_end_line(&c->screen);
    table_show(&c->screen, d);
    if (view == VIEW_EXPLAIN)
        explain_show(&c->screen, d);
    return EXIT_GOOD;
}

static int check_one(struct checking *c, const struct message *m)
{
    struct arena arena;
    struct judged d;
    arena_init(&arena, NULL, ARENA_MAX);
    int status = judge_message(&c->judge, m, &arena, &d);
    if (d.verdict) {
        judged_find_causes(&d);
        status = worse_of(status, worse_of(judged_status(&d), show(c, &d)));
    }
    judged_free(&d);
    arena_free(&arena);
    return status;
}

static int check_all(struct checking *c, char **files, size_t n)
{
    struct input input;
    struct message m;
    enum input_got got;
    int status = EXIT_GOOD;
    input_init(&input, INPUT_MBOX, files, n);
    while ((got = input_next(&input, &m)) != INPUT_END) {
        status = worse_of(status, got == INPUT_MESSAGE ? check_one(c, &m) : EXIT_NO_INPUT);
        fflush(stdout);
    }
    input_free(&input);
    return status;
}

int check_command(int argc, char **argv)
{
    struct options o;
    struct checking c = {.shown = 0};
    int first = argc;
    options_default(&o);
    enum args_got got = args_read(&usage, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    screen_init(&c.screen, stdout, o.color);
    int status = judge_open(&c.judge, &o);
    if (status == EXIT_GOOD)
        status = check_all(&c, argv + first, (size_t)(argc - first));
    judge_close(&c.judge);
    return status;
}
