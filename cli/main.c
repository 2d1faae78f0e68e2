/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/cli.h"
#include "cli/screen.h"
#include <ingam/ingam.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
    {"check", "judge a message by SPF, DKIM and DMARC, and say why", check_command},
    {"config", "judge and show the configuration of the daemon, or make it from that of OpenDKIM and others",
     config_command},
    {"dmarc", "show which DMARC record governs a domain, step by step", dmarc_command},
    {"explain", "tell what the daemon did with a message and why, by its id", explain_command},
    {"lint", "judge the records that a domain publishes, and say what is wrong", lint_command},
    {"dns", "show what to publish for the keys of a domain, or publish it; plan what comes first",
     dns_command},
    {"doctor", "look at all that the daemon stands on, and say what mends what is not well", doctor_command},
    {"key", "make keys, watch them in the DNS, rotate and retire them", key_command},
    {"log-level", "say how much the daemon logs", log_level_command},
    {"mark", "write a message as it would be delivered, with our Authentication-Results", mark_command},
    {"reload", "have the daemon read its configuration again", reload_command},
    {"seal", "put an ARC set on top of a message that goes on to somebody else", seal_command},
    {"setup", "tell Postfix, Exim or Sendmail of the daemon, or take that back", setup_command},
    {"sign", "put DKIM signatures on top of a message", sign_command},
    {"spf", "ask whether a server may send for a domain", spf_command},
    {"status", "show how the daemon fares", status_command},
    {"test", "send probes through the mail server and see whether they are judged", test_command},
};
enum { COMMAND_N = sizeof commands / sizeof *commands };

static void help(FILE *to)
{
    fputs("ingam judges mail: did it come from where it says it does?\n"
          "\n"
          "usage: ingam COMMAND [OPTION]... [FILE]...\n"
          "\n",
          to);
    for (size_t i = 0; i < COMMAND_N; i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].about);
    fputs("\n"
          "ingam COMMAND --help tells more about one; ingam --version names the version.\n"
          "A first try:  ingam check suspicious.eml\n",
          to);
}

static const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < COMMAND_N; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int unknown(const char *name)
{
    complain("there is no command \"%s\"; ingam --help lists them", name);
    return EXIT_USAGE;
}

/* What stands behind help is a command, and maybe one of its own words, as in ingam help spf tree. */
static int help_about(int argc, char **argv)
{
    static char word[] = "--help";
    if (argc == 2) {
        help(stdout);
        return EXIT_GOOD;
    }
    const struct command *command = command_named(argv[2]);
    if (command == NULL) {
        unknown(argv[2]);
        help(stderr);
        return EXIT_USAGE;
    }
    complain_as(argv[2]);
    char *asked[] = {argv[2], argc > 3 ? argv[3] : word, argc > 3 ? word : NULL, NULL};
    return command->run(argc > 3 ? 3 : 2, asked);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        printf("ingam %s\n", ingam_version());
        return EXIT_GOOD;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help_about(argc, argv);
    const struct command *command = command_named(name);
    if (command == NULL)
        return unknown(name);
    complain_as(name);
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    int status = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain("the output could not be written");
        return EXIT_LATER;
    }
    return status;
}
