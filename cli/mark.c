/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam mark: writes the message as it would be delivered. docs/man/ingam-mark.1.scd
 *
 * It stands in a pipe before somebody's mailbox, so a message that was read is always written: as it was where it cannot be
 * marked, and then the exit status says so. */
#include "cli/cli.h"
#include "cli/judge.h"
#include "cli/output.h"

static const struct args usage = {
    .command = "mark",
    .synopsis = "[OPTION]... [FILE|-]",
    .about =
        "Writes a message as it would be delivered: Authentication-Results that claim to be ours are gone,\n"
        "our own stands on top, every other byte is as it was. A \"From \" line of an mbox stays first.\n",
    .after =
        "Exit status: 0 the message is marked, whatever the verdict; 75 it could not be judged, 65 it is no\n"
        "mail or the zone file is wrong: then it is written as it was; 64 wrong usage, 66 unreadable file.\n"
        "The whole story: man ingam-mark\n",
    .groups = {options_envelope, options_dns, options_policy, options_mark, NULL},
};

static const size_t ARENA_MAX = (size_t)64 << 20;

static void write_field(const struct message *m, str name, str body)
{
    output_bytes(name);
    output_bytes(S(": "));
    output_lines(m, body);
    output_lines(m, S("\r\n"));
}

/* Finds where a field stands in the message: the check's fields are slices of one copy of the header.
 * ret  false: the bytes there are not the field's */
static bool find_field(const struct judged *d, size_t i, size_t *from, size_t *to)
{
    str first_name, first_value, name, value;
    if (!ingam_check_field_at(d->check, 0, &first_name, &first_value) ||
        !ingam_check_field_at(d->check, i, &name, &value) || name.n == 0)
        return false;
    const uint8_t *block = first_name.n ? first_name.p : first_value.p;
    str whole = str_between(name.p, value.p + value.n);
    *from = (size_t)(name.p - block);
    if (!str_eq(str_first(str_from(d->message->bytes, *from), whole.n), whole))
        return false;
    *to = *from + whole.n;
    if (str_starts(str_from(d->message->bytes, *to), S("\r\n")))
        *to += 2;
    return true;
}

/* Makes sure that each field that must go can be found. */
static bool can_remove(const struct judged *d)
{
    size_t from, to;
    for (size_t i = 0; i < d->verdict->removed_n; i++)
        if (!find_field(d, d->verdict->removed[i], &from, &to))
            return false;
    return true;
}

/* ret  how many bytes stand before the first field: lines that begin with a blank. They would become part of ours if ours
 *      stood before them, and a stranger could write results into it. */
static size_t folds_of_nothing(str bytes)
{
    size_t at = 0;
    while (at < bytes.n && byte_is(bytes.p[at], C_WSP)) {
        size_t line = str_find_str(str_from(bytes, at), S("\r\n"));
        at += line + 2;
    }
    return at < bytes.n ? at : bytes.n;
}

static void write_marked(const struct judged *d, bool with_received_spf)
{
    const struct message *m = d->message;
    const struct ingam_verdict *v = d->verdict;
    size_t at = folds_of_nothing(m->bytes), from = 0, to = 0;
    output_bytes(m->from_line);
    output_lines(m, str_first(m->bytes, at));
    write_field(m, S("Authentication-Results"), v->authentication_results);
    if (with_received_spf && v->received_spf.n)
        write_field(m, S("Received-SPF"), v->received_spf);
    for (size_t i = 0; i < v->removed_n; i++) {
        find_field(d, v->removed[i], &from, &to);
        output_lines(m, str_first(str_from(m->bytes, at), from - at));
        at = to;
    }
    output_lines(m, str_from(m->bytes, at));
}

static int mark(struct judge *j, const struct message *m)
{
    struct arena arena;
    struct judged d;
    arena_init(&arena, NULL, ARENA_MAX);
    int status = judge_message(j, m, &arena, &d);
    if (status == EXIT_GOOD && !can_remove(&d)) {
        complain("%s: a field that must be removed was not found", m->name);
        status = EXIT_LATER;
    }
    if (status == EXIT_GOOD) {
        write_marked(&d, j->options->with_received_spf);
    } else {
        output_bytes(m->from_line);
        output_bytes(m->raw);
    }
    judged_free(&d);
    arena_free(&arena);
    return status;
}

/* The message is read before anything else can go wrong. */
static int mark_file(const struct options *o, char **files, size_t n)
{
    struct judge judge = {.source = NULL};
    struct input input;
    struct message m;
    input_init(&input, INPUT_WHOLE, files, n);
    int status = input_next(&input, &m) == INPUT_MESSAGE ? judge_open(&judge, o) : EXIT_NO_INPUT;
    if (status == EXIT_GOOD) {
        status = mark(&judge, &m);
    } else {
        output_bytes(m.from_line);
        output_bytes(m.raw);
    }
    input_free(&input);
    judge_close(&judge);
    return status;
}

int mark_command(int argc, char **argv)
{
    struct options o;
    int first = argc;
    options_default(&o);
    enum args_got got = args_read(&usage, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first > 1) {
        complain("one message at a time; \"%s\" is one too many", argv[first + 1]);
        return EXIT_USAGE;
    }
    return mark_file(&o, argv + first, (size_t)(argc - first));
}
