/* SPDX-License-Identifier: BSD-2-Clause */
/* cli: the command `ingam`, one file a sub-command.
 *
 * `ingam check` is a pipe: options.c reads what was asked for; input.c yields messages (a file, an mbox, a Maildir, standard
 * input); judge.c guesses the envelope where none was given (envelope.c), runs the library over the message and answers its
 * questions from a zone file or a resolver; then table.c, explain.c or json.c shows the verdict. words.c finds the one
 * sentence that a person reads first. Nothing reaches a terminal but through screen.c, which makes bytes of strangers
 * harmless.
 *
 * A new sub-command is a file with one `NAME_command` and a line in the table of main.c. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdarg.h>
#include <stddef.h>

/* What every sub-command exits with; the last five are those of sysexits.h. */
enum {
    EXIT_GOOD = 0,      /* DMARC pass or none */
    EXIT_BAD = 1,       /* DMARC fail or permerror */
    EXIT_USAGE = 64,    /* the command line is wrong */
    EXIT_DATA = 65,     /* what was read is not what it should be */
    EXIT_NO_INPUT = 66, /* a file cannot be read */
    EXIT_LATER = 75,    /* temporary: the DNS failed, or memory, or the output cannot be written */
    EXIT_CONFIG = 78    /* the daemon's configuration is wrong */
};

struct command {
    const char *name;
    const char *about; /* one line of `ingam --help` */
    int (*run)(int argc, char **argv);
};

int check_command(int argc, char **argv);
int config_command(int argc, char **argv);
int dmarc_command(int argc, char **argv);
int explain_command(int argc, char **argv);
int lint_command(int argc, char **argv);
int dns_command(int argc, char **argv);
int doctor_command(int argc, char **argv);
int key_command(int argc, char **argv);
int log_level_command(int argc, char **argv);
int mark_command(int argc, char **argv);
int reload_command(int argc, char **argv);
int seal_command(int argc, char **argv);
int setup_command(int argc, char **argv);
int sign_command(int argc, char **argv);
int spf_command(int argc, char **argv);
int status_command(int argc, char **argv);
int test_command(int argc, char **argv);

/* Says on standard error what went wrong: "ingam check: " and the sentence, made harmless for a terminal. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Names the sub-command that complains from here on; a constant or from argv. */
void complain_as(const char *command);

/* ret  the worse of two exit statuses: no input, data, temporary, bad, good */
int worse_of(int a, int b);

#endif
