/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam setup: tells a mail server of the daemon, and takes that back. docs/man/ingam-setup.1.scd */
#include "cli/setup.h"

#include "cli/args.h"
#include "cli/cli.h"
#include <stdio.h>
#include <unistd.h>

static const char default_config[] = "/etc/ingam/ingam.conf";

static bool set_apply(void *into, const char *value)
{
    (void)value;
    ((struct setup *)into)->verb = SETUP_APPLY;
    return true;
}

static bool set_undo(void *into, const char *value)
{
    (void)value;
    ((struct setup *)into)->verb = SETUP_UNDO;
    return true;
}

static bool set_config(void *into, const char *value)
{
    ((struct setup *)into)->config = value;
    return *value != 0;
}

static bool set_listen(void *into, const char *value)
{
    ((struct setup *)into)->listen = value;
    return *value != 0;
}

static bool set_mta_config(void *into, const char *value)
{
    ((struct setup *)into)->mta_config = value;
    return *value != 0;
}

static bool set_on_failure(void *into, const char *value)
{
    ((struct setup *)into)->defers = strcmp(value, "defer") == 0;
    return strcmp(value, "defer") == 0 || strcmp(value, "accept") == 0;
}

static const struct arg options_setup[] = {
    {"apply", NULL, "do it, not only print it", set_apply, NULL},
    {"undo", NULL, "take out what --apply has put in", set_undo, NULL},
    {"config", "FILE", "the daemon's configuration (/etc/ingam/ingam.conf), for the socket it listens on",
     set_config, "the name of a file"},
    {"listen", "ADDR", "that socket itself, instead of the configuration", set_listen,
     "an address such as unix:/run/ingam/milter or inet:8891@127.0.0.1"},
    {"mta-config", "PATH", "Postfix: the folder of main.cf; Exim and Sendmail: the file to be changed",
     set_mta_config, "the name of a folder or file"},
    {"on-failure", "accept|defer", "what becomes of mail while the daemon does not answer (accept)",
     set_on_failure, "accept or defer"},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct args usage = {
    .command = "setup",
    .synopsis = "postfix|exim|sendmail [--apply | --undo] [OPTION]...",
    .about =
        "Shows the few lines by which a mail server learns of ingamd. Without --apply nothing is changed.\n",
    .after =
        "As shipped the daemon observes: it marks and records, and refuses nothing. `mode = enforce` in its\n"
        "configuration changes that, one word, when the log says what you expect.\n",
    .groups = {options_setup},
};

static const struct {
    const char *name;
    enum conf_front front;
    int (*run)(struct setup *s);
} servers[] = {
    {"postfix", CONF_MILTER, setup_postfix},
    {"exim", CONF_RSPAMC, setup_exim},
    {"sendmail", CONF_MILTER, setup_sendmail},
};
enum { SERVER_N = sizeof servers / sizeof *servers };

/* Reads the daemon's configuration, or makes one of --listen. */
static struct conf *read_conf(struct setup *s, enum conf_front front, struct conf_error *error)
{
    static struct conf_texts texts;
    char text[1024], host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    if (s->listen == NULL) {
        struct conf *c = conf_load(s->config ? s->config : default_config, &texts, error)
                             ? conf_read(texts.list, texts.n, host, error)
                             : NULL;
        conf_texts_free(&texts);
        return c;
    }
    if (strpbrk(s->listen, "\"\\\n")) {
        snprintf(error->text, sizeof error->text, "--listen: an address has no quotes");
        return NULL;
    }
    snprintf(text, sizeof text, "listen \"%s\" { front = %s }\n", s->listen,
             front == CONF_MILTER ? "milter" : "rspamc");
    struct conf_text one = {"--listen", str_of(text)};
    return conf_read(&one, 1, host, error);
}

/* The first socket of the right front that is not for submission alone. */
static bool choose(struct setup *s, const struct conf *c, enum conf_front front)
{
    for (size_t i = 0; i < c->listen_n; i++) {
        const struct conf_listen *l = &c->listens[i];
        if (l->front != front || l->is_submission || l->family == CONF_ACTIVATED)
            continue;
        s->target = *l;
        s->target.address = arena_copy_z(&s->arena, str_of(l->address));
        s->target.path = l->path ? arena_copy_z(&s->arena, str_of(l->path)) : NULL;
        s->authserv_id = arena_copy(&s->arena, c->authserv_id);
        snprintf(s->user, sizeof s->user, "%s", c->user ? c->user : "");
        return !s->arena.has_failed;
    }
    complain("the daemon listens on no %s socket; add to its configuration: listen \"%s\" { front = %s }",
             front == CONF_MILTER ? "milter" : "rspamc",
             front == CONF_MILTER ? "inet:8891@127.0.0.1" : "inet:8899@127.0.0.1",
             front == CONF_MILTER ? "milter" : "rspamc");
    return false;
}

/* What stands between our marks is found without the daemon's address, also when its configuration names none any more. */
static bool needs_no_address(const struct setup *s, size_t which)
{
    return s->verb == SETUP_UNDO && servers[which].run != setup_postfix;
}

static int set_up(struct setup *s, size_t which)
{
    struct conf_error error = {""};
    if (needs_no_address(s, which))
        s->listen = "inet:1@127.0.0.1";
    struct conf *c = read_conf(s, servers[which].front, &error);
    if (c == NULL) {
        complain("%s", error.text);
        return EXIT_DATA;
    }
    bool is_chosen = choose(s, c, servers[which].front);
    conf_drop(c);
    return is_chosen ? servers[which].run(s) : EXIT_DATA;
}

int setup_command(int argc, char **argv)
{
    struct setup s = {.verb = SETUP_SHOW};
    int first = 0, status = EXIT_USAGE;
    enum args_got got = args_read(&usage, &s, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    size_t which = 0;
    while (first < argc && which < SERVER_N && strcmp(servers[which].name, argv[first]) != 0)
        which++;
    if (argc - first != 1 || which == SERVER_N) {
        complain("expected one of postfix, exim, sendmail");
        return EXIT_USAGE;
    }
    arena_init(&s.arena, NULL, 64 << 20);
    status = set_up(&s, which);
    arena_free(&s.arena);
    return status;
}
