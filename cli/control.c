/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam status, reload, log-level: what the daemon's control socket is asked. docs/man/ingam-status.1.scd */
#include "cli/control.h"

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/screen.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 4 << 20, PATIENCE_S = 60, NAME_COLUMNS = 12, NUMBER_COLUMNS = 10 };

struct control_options {
    const char *path;
    bool is_json;
};

static bool set_path(void *into, const char *value)
{
    ((struct control_options *)into)->path = value;
    return value[0] == '/' && strlen(value) < sizeof((struct sockaddr_un *)0)->sun_path;
}

static bool set_json(void *into, const char *value)
{
    (void)value;
    ((struct control_options *)into)->is_json = true;
    return true;
}

static const struct arg options_control[] = {
    {"control", "PATH", "the daemon's control socket (/run/ingam/control)", set_path, "the path of a socket"},
    {0},
};
static const struct arg options_status[] = {
    {"json", NULL, "the daemon's answer as it is: one JSON object", set_json, NULL},
    {0},
};

/* --- Asking -------------------------------------------------------------------------------------------------- */

static int connected(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    complain("%s: %s; is ingamd running?", path, strerrordesc_np(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ret  what came up to its end, to free; NULL: nothing */
static char *read_answer(int fd, size_t *n)
{
    char *text = malloc(ANSWER_BYTES_MAX);
    ssize_t got = 1;
    for (*n = 0; text && *n < ANSWER_BYTES_MAX && got > 0; *n += got > 0 ? (size_t)got : 0)
        got = recv(fd, text + *n, ANSWER_BYTES_MAX - *n, 0);
    return text;
}

json_t *control_ask(const char *path, const char *command)
{
    size_t n = 0;
    int fd = connected(path);
    if (fd < 0)
        return NULL;
    bool is_sent = dprintf(fd, "%s\n", command) > 0;
    char *text = is_sent ? read_answer(fd, &n) : NULL;
    close(fd);
    json_t *answer = text ? json_loadb(text, n, 0, NULL) : NULL;
    free(text);
    if (!json_is_object(answer)) {
        complain("%s: no answer from ingamd", path);
        json_decref(answer);
        return NULL;
    }
    return answer;
}

const char *control_text(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : "";
}

static json_int_t number_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

/* ret  the exit status where the daemon said no; EXIT_GOOD: it did not */
static int refusal(const json_t *answer)
{
    if (json_object_get(answer, "refused")) {
        complain("refused, the configuration before it stays in force: %s", control_text(answer, "refused"));
        return EXIT_CONFIG;
    }
    if (json_object_get(answer, "error")) {
        complain("%s", control_text(answer, "error"));
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

/* --- status --------------------------------------------------------------------------------------------------- */

static void put_number(struct screen *s, json_int_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, n);
    screen_z(s, text);
}

static void begin_row(struct screen *s, const char *name)
{
    screen_cell(s, PAINT_DIM, str_of(name), NAME_COLUMNS);
}

static void put_pair(struct screen *s, const char *name, json_int_t n, bool is_first)
{
    if (!is_first)
        screen_z(s, ", ");
    put_number(s, n);
    screen_z(s, " ");
    screen_z(s, name);
}

static void put_age(struct screen *s, json_int_t seconds)
{
    char text[48];
    if (seconds < 120)
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT " s", seconds);
    else if (seconds < 7200)
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT " min", seconds / 60);
    else
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT " h", seconds / 3600);
    screen_z(s, text);
}

static void show_process(struct screen *s, const json_t *p)
{
    bool is_up = number_of(p, "pid") > 0, is_ready = json_is_true(json_object_get(p, "ready"));
    screen_cell(s, PAINT_NONE, str_of(control_text(p, "name")), NAME_COLUMNS);
    if (!is_up) {
        screen_paint(s, PAINT_BAD, S("does not run"));
    } else {
        char pid[32];
        snprintf(pid, sizeof pid, "%" JSON_INTEGER_FORMAT, number_of(p, "pid"));
        screen_cell(s, PAINT_NONE, str_of(pid), NUMBER_COLUMNS);
        screen_paint(s, is_ready ? PAINT_GOOD : PAINT_UNSURE, is_ready ? S("up ") : S("starting "));
        put_age(s, number_of(p, "age_s"));
    }
    if (number_of(p, "restarts"))
        put_pair(s, "restarts", number_of(p, "restarts"), false);
    screen_end_line(s);
}

static void show_listener(struct screen *s, const json_t *l)
{
    begin_row(s, control_text(l, "front"));
    screen_z(s, control_text(l, "address"));
    if (json_is_true(json_object_get(l, "submission")))
        screen_z(s, " (submission)");
    screen_end_line(s);
}

static void show_messages(struct screen *s, const json_t *m)
{
    static const char *const whats[] = {"judged", "signed", "sealed", "aborted", "troubles", "deadlines"};
    const char *action;
    const json_t *n;
    begin_row(s, "messages");
    for (size_t i = 0; i < sizeof whats / sizeof *whats; i++)
        put_pair(s, whats[i], number_of(m, whats[i]), i == 0);
    screen_end_line(s);
    begin_row(s, "actions");
    bool is_first = true;
    json_object_foreach(json_object_get(m, "actions"), action, n)
    {
        put_pair(s, action, json_integer_value(n), is_first);
        is_first = false;
    }
    screen_end_line(s);
    begin_row(s, "sessions");
    put_pair(s, "open", number_of(m, "sessions_open"), true);
    screen_end_line(s);
    begin_row(s, "dns");
    put_pair(s, "questions", number_of(m, "dns_questions"), true);
    put_pair(s, "failed", number_of(m, "dns_failures"), false);
    put_pair(s, "timed out", number_of(m, "dns_timeouts"), false);
    screen_end_line(s);
}

static void show_configuration(struct screen *s, const json_t *answer)
{
    const json_t *c = json_object_get(answer, "configuration"), *files = json_object_get(c, "files");
    begin_row(s, "conf");
    screen_z(s, "generation ");
    put_number(s, number_of(c, "generation"));
    put_pair(s, "reloads", number_of(c, "reloads"), false);
    put_pair(s, "refused", number_of(c, "refused"), false);
    screen_z(s, ", log level ");
    screen_z(s, control_text(c, "log_level"));
    screen_end_line(s);
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *file = json_string_value(json_array_get(files, i));
        begin_row(s, "");
        screen_z(s, file ? file : "");
        screen_end_line(s);
    }
    begin_row(s, "keys");
    put_pair(s, "may sign", number_of(answer, "keys"), true);
    screen_end_line(s);
}

static void show(const json_t *answer)
{
    struct screen s;
    const json_t *processes = json_object_get(answer, "processes"),
                 *listeners = json_object_get(answer, "listeners");
    screen_init(&s, stdout, COLOR_AUTO);
    screen_z(&s, "ingamd ");
    screen_z(&s, control_text(answer, "version"));
    screen_z(&s, " as ");
    screen_z(&s, control_text(answer, "authserv_id"));
    screen_end_line(&s);
    for (size_t i = 0; i < json_array_size(processes); i++)
        show_process(&s, json_array_get(processes, i));
    for (size_t i = 0; i < json_array_size(listeners); i++)
        show_listener(&s, json_array_get(listeners, i));
    show_messages(&s, json_object_get(answer, "messages"));
    show_configuration(&s, answer);
}

/* --- Commands -------------------------------------------------------------------------------------------------- */

static int take_options(const struct args *args, struct control_options *o, int argc, char **argv, int wanted)
{
    int first = argc;
    *o = (struct control_options){.path = "/run/ingam/control"};
    enum args_got got = args_read(args, o, argc, argv, &first);
    if (got == ARGS_HELP)
        return -1;
    if (got == ARGS_OK && argc - first == wanted)
        return first;
    if (got == ARGS_OK)
        complain(wanted ? "one word is wanted: error, warning, notice, info or debug"
                        : "no word is wanted; --help tells more");
    return -2;
}

int status_command(int argc, char **argv)
{
    static const struct args args = {
        .command = "status",
        .synopsis = "[--json] [--control PATH]",
        .about = "Shows how ingamd fares: its processes, sockets, messages and configuration.\n",
        .after = "Exit status: 0 it answers; 75 it does not.\n",
        .groups = {options_status, options_control, NULL}};
    struct control_options o;
    int at = take_options(&args, &o, argc, argv, 0);
    if (at < 0)
        return at == -1 ? EXIT_GOOD : EXIT_USAGE;
    json_t *answer = control_ask(o.path, "status");
    int status = answer ? refusal(answer) : EXIT_LATER;
    if (answer && status == EXIT_GOOD && o.is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
        putchar('\n');
    } else if (answer && status == EXIT_GOOD) {
        show(answer);
    }
    json_decref(answer);
    return status;
}

int reload_command(int argc, char **argv)
{
    static const struct args args = {
        .command = "reload",
        .synopsis = "[--control PATH]",
        .about =
            "Has ingamd read its configuration and its keys again, and waits until all of it is in force.\n"
            "A configuration with an error changes nothing.\n",
        .after = "Exit status: 0 it is in force; 78 it is refused, and where the error is; 75 ingamd does "
                 "not answer.\n",
        .groups = {options_control, NULL}};
    struct control_options o;
    int at = take_options(&args, &o, argc, argv, 0);
    if (at < 0)
        return at == -1 ? EXIT_GOOD : EXIT_USAGE;
    json_t *answer = control_ask(o.path, "reload");
    int status = answer ? refusal(answer) : EXIT_LATER;
    if (answer && status == EXIT_GOOD)
        printf("configuration %" JSON_INTEGER_FORMAT " is in force\n", number_of(answer, "generation"));
    json_decref(answer);
    return status;
}

static bool is_level(const char *word)
{
    static const char *const levels[] = {"error", "warning", "notice", "info", "debug"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i], word) == 0)
            return true;
    complain("\"%s\" is no level: error, warning, notice, info or debug", word);
    return false;
}

int log_level_command(int argc, char **argv)
{
    static const struct args args = {
        .command = "log-level",
        .synopsis = "[--control PATH] error|warning|notice|info|debug",
        .about = "Says how much ingamd writes into its log, until it reads its configuration again.\n",
        .after = "Exit status: 0 done; 64 no such level; 65 the daemon says no; 75 it does not answer.\n",
        .groups = {options_control, NULL}};
    struct control_options o;
    char command[32];
    int at = take_options(&args, &o, argc, argv, 1);
    if (at < 0)
        return at == -1 ? EXIT_GOOD : EXIT_USAGE;
    if (!is_level(argv[at]))
        return EXIT_USAGE;
    snprintf(command, sizeof command, "log-level %s", argv[at]);
    json_t *answer = control_ask(o.path, command);
    int status = answer ? refusal(answer) : EXIT_LATER;
    json_decref(answer);
    return status;
}
