/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam test inbound: docs/man/ingam-test.1.scd */
#include "cli/test.h"

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "io/clock.h"
#include <stdlib.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { RESULTS_MS = 2000, PAUSE_MS = 50, MEMORY = 64 << 20, SMTP_MAX = 256, ADDRESS_MAX = 254 };
static const char default_config[] = "/etc/ingam/ingam.conf", default_smtp[] = "127.0.0.1:25";

/* ret  printable bytes, none of them one that means something where the text goes */
static bool is_plain(const char *text, size_t max, const char *meaning)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || strchr(meaning, text[i]))
            return false;
    return n > 0 && n <= max;
}

static bool set_to(void *into, const char *value)
{
    const char *at = strrchr(value, '@');
    ((struct test_options *)into)->to = value;
    return is_plain(value, ADDRESS_MAX, "<>\"\\,;") && at && at != value && at[1];
}

static bool set_smtp(void *into, const char *value)
{
    ((struct test_options *)into)->smtp = value;
    return is_plain(value, SMTP_MAX, "/@?#%<>\"\\");
}

static bool set_maildir(void *into, const char *value)
{
    ((struct test_options *)into)->maildir = value;
    return *value != 0;
}

static bool set_mbox(void *into, const char *value)
{
    ((struct test_options *)into)->mbox = value;
    return *value != 0;
}

static bool set_config(void *into, const char *value)
{
    ((struct test_options *)into)->config = value;
    return *value != 0;
}

static bool set_json(void *into, const char *value)
{
    (void)value;
    ((struct test_options *)into)->is_json = true;
    return true;
}

static const struct arg options_test[] = {
    {"to", "ADDRESS", "whom the probes go to: somebody that this mail server delivers to", set_to,
     "an address such as postmaster@example.org"},
    {"smtp", "HOST:PORT", "the mail server (127.0.0.1:25)", set_smtp, "a host and port such as 127.0.0.1:25"},
    {"maildir", "DIR", "where their mail is delivered: what came out is looked at, too", set_maildir,
     "the name of a folder"},
    {"mbox", "FILE", "the same, for an mbox file", set_mbox, "the name of a file"},
    {"config", "FILE", "the daemon's configuration (/etc/ingam/ingam.conf)", set_config,
     "the name of a file"},
    {"json", NULL, "one JSON object", set_json, NULL},
    {0},
};

static const struct args usage = {
    .command = "test",
    .synopsis = "inbound --to ADDRESS [OPTION]...",
    .about = "Sends six small mails, signed, unsigned, forged, through the mail server here, and compares "
             "what the server\n"
             "answers, the daemon decides and the box holds with what should come out. For that the daemon "
             "is told, for\n"
             "a minute at most, a zone of our own: only root and the daemon's user may do that.\n",
    .after = "Exit status: 0 all came out as they should; 1 some did not; 75 it could not be tried.\n",
    .groups = {options_test},
};

/* --- The daemon ------------------------------------------------------------------------------------------------ */

static struct conf *read_conf(const struct test *t)
{
    static struct conf_texts texts;
    struct conf_error error = {""};
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    struct conf *c =
        conf_load(t->options.config, &texts, &error) ? conf_read(texts.list, texts.n, host, &error) : NULL;
    conf_texts_free(&texts);
    if (c == NULL)
        complain("%s", error.text);
    return c;
}

static bool has_control(const struct test *t)
{
    const char *path = t->conf->control;
    if (path && strlen(path) < sizeof((struct sockaddr_un *)0)->sun_path)
        return true;
    complain("%s names no control socket that can be asked", t->options.config);
    return false;
}

/* ret  NULL: the daemon did not answer, or said no; said why */
static json_t *ask(const struct test *t, const char *command)
{
    json_t *answer = control_ask(t->conf->control, command);
    const char *error = control_text(answer, "error");
    if (*error == 0)
        return answer;
    complain("the daemon refuses: %s", error);
    json_decref(answer);
    return NULL;
}

static bool begin_trial(const struct test *t, str zone)
{
    json_t *text = json_stringn((const char *)zone.p, zone.n);
    char *json = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    size_t n = json ? strlen(json) + sizeof "trial " : 0;
    char *command = n ? malloc(n) : NULL;
    json_t *answer = NULL;
    if (command) {
        memcpy(command, "trial ", sizeof "trial ");
        memcpy(command + sizeof "trial " - 1, json, n - sizeof "trial " + 1);
        answer = ask(t, command);
    }
    bool is_on = answer != NULL;
    json_decref(answer);
    json_decref(text);
    free(command);
    free(json);
    return is_on;
}

static void end_trial(const struct test *t)
{
    json_decref(ask(t, "trial end"));
}

/* ret  every probe that the server has answered has its decision */
static bool take_decisions(struct test *t)
{
    const json_t *list = json_object_get(t->results, "results");
    size_t n = 0;
    for (size_t i = 0; i < PROBE_N; i++) {
        struct probe *p = &t->probes[i];
        p->decision = NULL;
        for (size_t k = 0; k < json_array_size(list); k++)
            if (strcmp(control_text(json_array_get(list, k), "mark"), p->mark) == 0)
                p->decision = json_array_get(list, k);
        n += p->decision != NULL;
    }
    return n == PROBE_N;
}

/* The workers' word comes to the parent a moment after that of the mail server came to us. ret false: it does not answer */
static bool read_decisions(struct test *t)
{
    uint64_t until_ms = clock_now_ms() + RESULTS_MS;
    for (;;) {
        json_decref(t->results);
        t->results = ask(t, "trial results");
        if (t->results == NULL)
            return false;
        if (take_decisions(t) || clock_now_ms() > until_ms)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}

/* --- The order of things --------------------------------------------------------------------------------------- */

static bool send_all(struct test *t)
{
    bool is_good = sending_begins();
    for (size_t i = 0; is_good && i < PROBE_N; i++)
        is_good = send_probe(t, &t->probes[i]);
    sending_ends();
    return is_good;
}

static int tell(struct test *t)
{
    int status = EXIT_GOOD;
    for (size_t i = 0; i < PROBE_N; i++) {
        judge_probe(t, &t->probes[i]);
        if (t->probes[i].why_n)
            status = EXIT_BAD;
    }
    if (t->options.is_json)
        test_show_json(t);
    else
        test_show(t);
    return status;
}

static int try_it(struct test *t)
{
    str zone = probes_make(t);
    if (zone.n == 0) {
        complain("no memory");
        return EXIT_LATER;
    }
    judge_plan(t);
    box_find(t);
    if (!begin_trial(t, zone))
        return EXIT_LATER;
    bool is_good = send_all(t) && read_decisions(t);
    end_trial(t);
    if (!is_good)
        return EXIT_LATER;
    box_read(t);
    return tell(t);
}

static int inbound(struct test *t)
{
    t->conf = read_conf(t);
    if (t->conf == NULL)
        return EXIT_LATER;
    arena_init(&t->arena, NULL, MEMORY);
    int status = has_control(t) ? try_it(t) : EXIT_LATER;
    json_decref(t->results);
    arena_free(&t->arena);
    conf_drop(t->conf);
    return status;
}

int test_command(int argc, char **argv)
{
    struct test t = {.options = {.smtp = default_smtp, .config = default_config}};
    int first = argc;
    enum args_got got = args_read(&usage, &t.options, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first != 1 || strcmp(argv[first], "inbound") != 0) {
        complain("expected the word inbound");
        return EXIT_USAGE;
    }
    if (t.options.to == NULL || (t.options.maildir && t.options.mbox)) {
        complain(t.options.to ? "--maildir and --mbox do not go together"
                              : "--to ADDRESS is needed: whom the probes go to");
        return EXIT_USAGE;
    }
    return inbound(&t);
}
