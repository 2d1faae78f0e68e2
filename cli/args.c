/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/screen.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARGS_MAX = 48, NAME_COLUMN = 2, HELP_COLUMN = 27 };

/* All rows of all groups, in the form getopt wants; the value of an option is 1 + its index here. */
struct rows {
    const struct arg *row[ARGS_MAX];
    struct option option[ARGS_MAX + 2];
    int n;
};

static void collect(const struct args *a, struct rows *r)
{
    r->n = 0;
    for (size_t g = 0; a->groups[g]; g++)
        for (const struct arg *row = a->groups[g]; row->name && r->n < ARGS_MAX; row++) {
            r->row[r->n] = row;
            r->option[r->n] =
                (struct option){row->name, row->value ? required_argument : no_argument, NULL, r->n + 1};
            r->n++;
        }
    r->option[r->n] = (struct option){"help", no_argument, NULL, 'h'};
    r->option[r->n + 1] = (struct option){NULL, 0, NULL, 0};
}

static void help_row(struct screen *s, const struct arg *row)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
    screen_blanks(s, NAME_COLUMN);
    screen_cell(s, PAINT_NONE, str_of(left), HELP_COLUMN - NAME_COLUMN - 1);
    if (strlen(left) > HELP_COLUMN - NAME_COLUMN - 2) {
        screen_end_line(s);
        screen_blanks(s, HELP_COLUMN - 1);
    }
    screen_blanks(s, 1);
    screen_wrap(s, PAINT_NONE, HELP_COLUMN, HELP_COLUMN, str_of(row->help));
}

static void help(const struct args *a)
{
    struct screen s;
    screen_init(&s, stdout, COLOR_NEVER);
    printf("usage: ingam %s %s\n\n%s\n", a->command, a->synopsis, a->about);
    for (size_t g = 0; a->groups[g]; g++) {
        for (const struct arg *row = a->groups[g]; row->name; row++)
            help_row(&s, row);
        screen_end_line(&s);
    }
    fputs(a->after, stdout);
}

/* Takes one option. ret false: its value does not fit, and that was said */
static bool take(const struct rows *r, int index, void *into)
{
    const struct arg *row = r->row[index];
    if (row->set(into, optarg))
        return true;
    complain("--%s: \"%s\" does not fit; expected %s", row->name, optarg, row->expected);
    return false;
}

static void complain_option(const struct args *a, const struct rows *r, char **argv, int got)
{
    const char *word = optind > 0 ? argv[optind - 1] : "";
    if (got == ':' && optopt > 0 && optopt <= r->n) {
        const struct arg *row = r->row[optopt - 1];
        complain("--%s needs a value: expected %s", row->name, row->expected ? row->expected : row->value);
    } else if (optopt > 0 && optopt <= r->n) {
        complain("--%s takes no value", r->row[optopt - 1]->name);
    } else {
        complain("there is no option %s; ingam %s --help lists them", word, a->command);
    }
}

enum args_got args_read(const struct args *a, void *into, int argc, char **argv, int *first)
{
    struct rows r;
    collect(a, &r);
    opterr = 0;
    optind = 0;
    for (;;) {
        int got = getopt_long(argc, argv, ":h", r.option, NULL);
        if (got == -1)
            break;
        if (got == 'h') {
            help(a);
            return ARGS_HELP;
        }
        if (got == '?' || got == ':') {
            complain_option(a, &r, argv, got);
            return ARGS_WRONG;
        }
        if (!take(&r, got - 1, into))
            return ARGS_WRONG;
    }
    *first = optind;
    return ARGS_OK;
}
