/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam config: is ingam.conf right, what is in force, and what other programs' files say in our words.
 * docs/man/ingam-config.1.scd */
#include "cli/config.h"

#include "cli/cli.h"
#include <stdio.h>
#include <unistd.h>

static const char default_file[] = "/etc/ingam/ingam.conf";

static bool set_json(void *into, const char *value)
{
    (void)value;
    ((struct config_options *)into)->is_json = true;
    return true;
}

static bool set_opendkim(void *into, const char *value)
{
    ((struct config_options *)into)->opendkim = value;
    return *value != '\0';
}

static bool set_opendmarc(void *into, const char *value)
{
    ((struct config_options *)into)->opendmarc = value;
    return *value != '\0';
}

static bool set_policyd(void *into, const char *value)
{
    ((struct config_options *)into)->policyd = value;
    return *value != '\0';
}

static const struct arg show_options[] = {
    {"json", NULL, "one object of JSON: times in seconds, sizes in bytes", set_json, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const struct arg import_options[] = {
    {"opendkim", "FILE", "such as /etc/opendkim.conf", set_opendkim, "the name of a file"},
    {"opendmarc", "FILE", "such as /etc/opendmarc.conf", set_opendmarc, "the name of a file"},
    {"policyd-spf", "FILE", "such as /etc/postfix-policyd-spf-python/policyd-spf.conf", set_policyd,
     "the name of a file"},
    {NULL, NULL, NULL, NULL, NULL},
};

static struct conf *read_file(const char *file, struct conf_texts *texts)
{
    char host[256] = "";
    struct conf_error error;
    struct conf *c = NULL;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    if (conf_load(file, texts, &error))
        c = conf_read(texts->list, texts->n, host, &error);
    if (c == NULL)
        complain("%s", error.text);
    return c;
}

static int check_file(const struct config_options *o, const char *file)
{
    (void)o;
    struct conf_texts texts;
    struct conf *c = read_file(file, &texts);
    if (c) {
        config_notes(c);
        printf("nothing is wrong in %zu file%s: mode %s, %zu listener%s, %zu polic%s, %zu trust%s\n", texts.n,
               texts.n == 1 ? "" : "s",
               c->policies[c->policy_n - 1].mode == INGAM_ENFORCE ? "enforce" : "observe", c->listen_n,
               c->listen_n == 1 ? "" : "s", c->policy_n, c->policy_n == 1 ? "y" : "ies", c->trust_n,
               c->trust_n == 1 ? "" : "s");
    }
    conf_texts_free(&texts);
    conf_drop(c);
    return c ? EXIT_GOOD : EXIT_CONFIG;
}

static int show_file(const struct config_options *o, const char *file)
{
    struct conf_texts texts;
    struct conf *c = read_file(file, &texts);
    int status = c ? EXIT_GOOD : EXIT_CONFIG;
    if (c && !(o->is_json ? config_show_json(c) : config_show_text(c))) {
        complain("no memory");
        status = EXIT_LATER;
    }
    conf_texts_free(&texts);
    conf_drop(c);
    return status;
}

static int import_files(const struct config_options *o, const char *file)
{
    (void)file;
    return config_import(o);
}

#define AFTER                                                                                                \
    "Exit status: 0 good; 78 the configuration is wrong or cannot be read; 64 wrong usage.\n"                \
    "The whole story: man ingam-config\n"

static const struct verb {
    const char *name;
    struct args args;
    int (*run)(const struct config_options *o, const char *file);
    bool takes_file;
} verbs[] = {
    {"check",
     {.command = "config check",
      .synopsis = "[FILE]",
      .about = "Reads ingam.conf and the files conf.d/*.conf beside it as the daemon does, and says where "
               "they are wrong.\n",
      .after = AFTER,
      .groups = {NULL}},
     check_file,
     true},
    {"show",
     {.command = "config show",
      .synopsis = "[--json] [FILE]",
      .about =
          "Writes all that is in force, also what nobody wrote; the text can be read again as ingam.conf.\n",
      .after = AFTER,
      .groups = {show_options, NULL}},
     show_file,
     true},
    {"import",
     {.command = "config import",
      .synopsis = "[--opendkim FILE] [--opendmarc FILE] [--policyd-spf FILE]",
      .about =
          "Writes on standard output what these files say in the words of ingam.conf. What cannot be said "
          "there is\n"
          "named on standard error, with its file and line and what to do instead. Nothing is changed.\n",
      .after =
          "Exit status: 0 done; 65 what was made could not be read; 64 wrong usage; 66 unreadable file.\n"
          "The whole story: man ingam-config\n",
      .groups = {import_options, NULL}},
     import_files,
     false},
};
enum { VERB_N = sizeof verbs / sizeof *verbs };

static const struct args usage = {
    .command = "config",
    .synopsis = "check [FILE] | show [--json] [FILE] | import [OPTION]...",
    .about = "Judges and shows the configuration of the daemon (without FILE: /etc/ingam/ingam.conf and the "
             "files\n"
             "conf.d/*.conf beside it), and writes one from those of OpenDKIM, OpenDMARC and policyd-spf.\n",
    .after = AFTER,
    .groups = {NULL},
};

static int run_verb(const struct verb *v, int argc, char **argv)
{
    struct config_options o = {0};
    int first = argc;
    complain_as(v->args.command);
    enum args_got got = args_read(&v->args, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first > v->takes_file) {
        complain("\"%s\" is one word too many", argv[first + v->takes_file]);
        return EXIT_USAGE;
    }
    return v->run(&o, first < argc ? argv[first] : default_file);
}

int config_command(int argc, char **argv)
{
    int first = argc;
    for (int i = 0; argc > 1 && i < VERB_N; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return run_verb(&verbs[i], argc - 1, argv + 1);
    if (argc > 1 && argv[1][0] != '-') {
        complain("there is no \"config %s\"; expected check, show or import", argv[1]);
        return EXIT_USAGE;
    }
    enum args_got got = args_read(&usage, NULL, argc, argv, &first);
    if (got == ARGS_OK)
        complain("expected check, show or import");
    return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
}
