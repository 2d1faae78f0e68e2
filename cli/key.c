/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam key: keys and their life. docs/man/ingam-key.1.scd */
#include "cli/key.h"

#include "cli/cli.h"

struct verb {
    const char *name, *about;
    struct args args;
    key_verb *each;                                              /* one domain after the other */
    int (*words)(struct key_options *o, char **words, size_t n); /* or all words at once */
    bool needs_domain;
};

#define WHOLE_STORY "The whole story: man ingam-key\n"

static const struct verb verbs[] = {
    {"new",
     "make a key, and show the record to publish",
     {.command = "key new",
      .synopsis = "[OPTION]... DOMAIN...",
      .about = "Makes a private key for each domain. It signs nothing until its record has been seen on\n"
               "every name server.\n",
      .after = WHOLE_STORY,
      .groups = {key_options_store, key_options_make, key_options_time, NULL}},
     key_new,
     NULL,
     true},
    {"list",
     "show the keys, without asking the DNS",
     {.command = "key list",
      .synopsis = "[OPTION]... [DOMAIN]...",
      .about = "Shows how far each key has come.\n",
      .after = WHOLE_STORY,
      .groups = {key_options_store, key_options_list, key_options_time, NULL}},
     key_list,
     NULL,
     false},
    {"check",
     "ask every name server, and take the steps that are due",
     {.command = "key check",
      .synopsis = "[OPTION]... [DOMAIN]...",
      .about = "Asks every name server of the zone about each key, and writes down what it has become.\n",
      .after = "Exit status: 0 all is well or on its way; 1 signatures fail; 75 the DNS could not be "
               "asked.\n" WHOLE_STORY,
      .groups = {key_options_store, key_options_dns, key_options_time, NULL}},
     key_check,
     NULL,
     false},
    {"rotate",
     "give old keys successors, and retire them once these sign; made for cron",
     {.command = "key rotate",
      .synopsis = "[--every DURATION] [OPTION]... [DOMAIN]...",
      .about = "Does what `key check` does, retires keys that have an active successor, and makes\n"
               "successors for keys that are old enough. Calling it again changes nothing until something\n"
               "is due.\n",
      .after = WHOLE_STORY,
      .groups = {key_options_store, key_options_every, key_options_dns, key_options_time, NULL}},
     key_rotate,
     NULL,
     false},
    {"retire",
     "take a key out of use",
     {.command = "key retire",
      .synopsis = "[OPTION]... DOMAIN SELECTOR",
      .about =
          "The key signs no more. Its record stays until mail signed by it can no longer be on its way.\n",
      .after = WHOLE_STORY,
      .groups = {key_options_store, key_options_retire, key_options_time, NULL}},
     NULL,
     key_retire,
     true},
    {"test",
     "sign a message and verify it through the DNS",
     {.command = "key test",
      .synopsis = "[OPTION]... DOMAIN...",
      .about = "Signs a message with the active keys and judges it as others will.\n",
      .after = WHOLE_STORY,
      .groups = {key_options_store, key_options_test, NULL}},
     key_test,
     NULL,
     true},
    {"import",
     "take over the keys of OpenDKIM",
     {.command = "key import",
      .synopsis = "--opendkim [OPTION]... KEYTABLE SIGNINGTABLE",
      .about = "Copies keys as they are; the originals are not touched. What cannot be taken is said, and\n"
               "why.\n",
      .after = WHOLE_STORY,
      .groups = {key_options_store, key_options_import, key_options_time, NULL}},
     NULL,
     key_import,
     true},
};
enum { VERB_N = sizeof verbs / sizeof *verbs };

static void help(FILE *to)
{
    fputs("usage: ingam key VERB [OPTION]... [DOMAIN]...\n\nKeys live in DIR/DOMAIN/SELECTOR.pem (--keys "
          "DIR).\n\n",
          to);
    for (size_t i = 0; i < VERB_N; i++)
        fprintf(to, "  %-8s %s\n", verbs[i].name, verbs[i].about);
    fputs(
        "\ningam key VERB --help tells more about one. What to publish: ingam dns show DOMAIN\n" WHOLE_STORY,
        to);
}

static const struct verb *verb_named(const char *name)
{
    for (size_t i = 0; i < VERB_N; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int run(const struct verb *v, int argc, char **argv)
{
    static struct key_options o;
    int first = argc;
    key_options_default(&o);
    o.verb = v->name;
    enum args_got got = args_read(&v->args, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (v->needs_domain && first == argc) {
        complain("which domain? ingam key %s --help tells more", v->name);
        return EXIT_USAGE;
    }
    size_t n = (size_t)(argc - first);
    return v->each ? key_each(&o, argv + first, n, v->each) : v->words(&o, argv + first, n);
}

int key_command(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        help(stdout);
        return EXIT_GOOD;
    }
    const struct verb *v = verb_named(name);
    if (v)
        return run(v, argc - 1, argv + 1);
    if (*name)
        complain("there is no verb \"%s\"", name);
    help(stderr);
    return EXIT_USAGE;
}
