/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam doctor: examinations of this machine, one a row of the table in doctor.c. Each looks at one area, says what it found, and
 * behind each thing that is not well the command or the line of configuration that mends it. None waits without an end.
 *
 *   doctor.c           options, the table, the exit status    doctor_tell.c      findings, as text and as JSON
 *   doctor_conf.c      ingam.conf                             doctor_daemon.c    the processes, by the control socket
 *   doctor_socket.c    sockets as the mail server sees them   doctor_try.c       a connection made as another account
 *   doctor_mta.c       which mail server is there            doctor_postfix.c doctor_exim.c (and Sendmail)
 *   doctor_others.c    other filters that do the same work    doctor_keys.c      keys and their records
 *   doctor_dns.c doctor_wire.c  the resolver                  doctor_host.c      clock, names, limits */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "base/base.h"
#include "cli/screen.h"
#include "conf/conf.h"
#include "io/source.h"
#include <jansson.h>
#include <sys/stat.h>

/* UNSEEN: it could not be looked at. */
enum doctor_grade { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_WRONG, DOCTOR_UNSEEN };

struct doctor_mend {
    struct doctor_mend *next;
    const char *file; /* where the line belongs; NULL: it is a command for a shell */
    str what;
};
struct doctor_finding {
    struct doctor_finding *next;
    const char *area, *code;
    enum doctor_grade grade;
    str text;
    struct doctor_mend *mends; /* in the order in which they are to be done */
};

enum doctor_mta_kind { DOCTOR_NO_MTA, DOCTOR_POSTFIX, DOCTOR_EXIM, DOCTOR_SENDMAIL };
struct doctor_mta {
    enum doctor_mta_kind kind;
    const char *name;     /* "postfix", as --mta has it */
    const char *user;     /* who connects to our socket; NULL: root */
    const char *queue;    /* Postfix: its queue_directory */
    bool is_locked;       /* its smtpd is locked into that folder */
    const char *hostname; /* what it calls itself; NULL: not known */
    str settings;         /* Postfix: "name = value" lines; Exim, Sendmail: the text of its configuration */
    str overrides;        /* Postfix: settings of single services */
};

struct doctor {
    const char *config, *mta_name, *mta_config, *zone, *resolver; /* options; NULL: not given */
    bool is_json;
    struct arena arena;
    struct screen screen;
    const char *area; /* of the examination that runs */
    struct doctor_finding *first, **last;
    struct doctor_finding *now; /* the one that mends are added to */
    struct conf *conf;          /* NULL: it is wrong or not there */
    struct conf_texts texts;
    json_t *status;         /* the daemon's answer; NULL: it does not run, or could not be asked */
    int control_error;      /* why it could not; 0: it took the question and was silent */
    bool is_control_closed; /* we may not ask it */
    struct doctor_mta mta;
    bool dns_is_dead;
    char host[256];
};

/* --- doctor_tell.c --- */

/* Adds a finding. in  code  "socket-mode", the same for ever: programs and the manual know it by that */
void doctor_say(struct doctor *d, enum doctor_grade grade, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds to the finding before it a command that mends it, or a line for a file. */
void doctor_run(struct doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doctor_write(struct doctor *d, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ret  words for a shell: 'text'; as it is where that is safe */
const char *doctor_quoted(struct doctor *d, const char *text);
/* ret  printed into the arena; "" where memory ran out */
const char *doctor_text(struct doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doctor_show(struct doctor *d, const struct doctor_finding *f);
bool doctor_show_json(const struct doctor *d);

/* --- Commands that mend more than one thing, doctor_daemon.c --- */

void doctor_run_start(struct doctor *d);   /* starts the daemon */
void doctor_run_restart(struct doctor *d); /* starts it anew */
void doctor_run_reload(struct doctor *d);  /* has it read its files again; starts it where it does not run */
void doctor_run_setup(struct doctor *d);   /* tells the mail server of us */
/* ret  " --config FILE", or "" */
const char *doctor_config_words(struct doctor *d);
const char *doctor_config_file(const struct doctor *d);

/* --- Looking --- */

/* Runs a program for at most ten seconds and gives what it wrote on standard output; its complaints go nowhere.
 * ret  false: it is not there, failed, or took too long */
bool doctor_ask(struct doctor *d, const char *const argv[], str *output);
/* ret  false: it cannot be read, or is larger than 1 MiB */
bool doctor_read(struct doctor *d, const char *path, str *text);
/* Takes the next line off the front. ret false: there is none */
bool doctor_line(str *text, str *line);
/* ret  NUL-terminated copy; "" where memory ran out */
const char *doctor_z(struct doctor *d, str text);

/* A connection as the mail server makes it, in a process of its own. */
struct doctor_try {
    const struct conf_listen *listen;
    const char *path; /* UNIX: as it is called inside `root` */
    const char *user; /* whose rights; NULL: ours */
    const char *root; /* folder to be locked into; NULL: none */
};
enum doctor_tried {
    DOCTOR_ANSWERS,  /* as our daemon does */
    DOCTOR_STRANGE,  /* it is taken, but what comes back is not the protocol */
    DOCTOR_SILENT,   /* it is taken, and nothing comes back in time */
    DOCTOR_NO_ENTRY, /* connect failed: *error */
    DOCTOR_NOT_TRIED /* we may not become that user */
};
enum doctor_tried doctor_try(const struct doctor_try *t, int *error);

/* Opens what the daemon's configuration or the command line names. ret NULL: error says why */
struct source *doctor_source(const struct doctor *d, struct source_error *error);
/* Asks one question. ret  false: no answer within 5 s; *ms is how long it took */
bool doctor_question(struct source *s, const char *name, uint16_t type, struct ingam_answer *answer,
                     double *ms);
/* Asks the resolver at an address for the name servers of the root, by a packet of our own.
 * ret  false: no answer within 2 s */
bool doctor_wire(const char *address, double *ms, bool *is_validating);

/* What the mail server asks at one place: "unix:ingam/milter", "inet:127.0.0.1:8891", braces taken off.
 * ret  the socket of ours that this is, or NULL */
const struct conf_listen *doctor_ours(struct doctor *d, str element);
/* Takes the next element off a list of milters or restrictions: words apart by blanks and commas, or { ... }. */
str doctor_element(str *list);
/* ret  value of a Postfix setting, blanks at its ends removed */
str doctor_setting(const struct doctor *d, const char *name);
/* ret  " -c FOLDER", or "" */
const char *doctor_postconf_words(struct doctor *d);

/* --- Examinations --- */

void doctor_configuration(struct doctor *d);
void doctor_ask_daemon(struct doctor *d); /* says nothing */
void doctor_find_mta(struct doctor *d);   /* says nothing but that there is none */
void doctor_daemon(struct doctor *d);
void doctor_sockets(struct doctor *d);
void doctor_mail_server(struct doctor *d);
void doctor_postfix(struct doctor *d);
void doctor_exim(struct doctor *d);
void doctor_sendmail(struct doctor *d);
void doctor_others(struct doctor *d);
void doctor_resolver(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_names(struct doctor *d);
void doctor_keys(struct doctor *d);
void doctor_limits(struct doctor *d);

#endif
