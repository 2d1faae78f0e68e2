/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam doctor: is this machine fit to judge and sign mail? docs/man/ingam-doctor.1.scd */
#include "cli/doctor.h"

#include "cli/args.h"
#include "cli/cli.h"
#include <unistd.h>

static const size_t ARENA_MAX = (size_t)64 << 20;

static bool set_text(const char **into, const char *value)
{
    *into = value;
    return *value != 0;
}

static bool set_config(void *into, const char *value)
{
    return set_text(&((struct doctor *)into)->config, value);
}

static bool set_mta(void *into, const char *value)
{
    ((struct doctor *)into)->mta_name = value;
    return strcmp(value, "postfix") == 0 || strcmp(value, "exim") == 0 || strcmp(value, "sendmail") == 0;
}

static bool set_mta_config(void *into, const char *value)
{
    return set_text(&((struct doctor *)into)->mta_config, value);
}

static bool set_zone(void *into, const char *value)
{
    return set_text(&((struct doctor *)into)->zone, value);
}

static bool set_resolver(void *into, const char *value)
{
    return set_text(&((struct doctor *)into)->resolver, value);
}

static bool set_json(void *into, const char *value)
{
    (void)value;
    ((struct doctor *)into)->is_json = true;
    return true;
}

static const struct arg options_doctor[] = {
    {"config", "FILE", "the daemon's configuration (/etc/ingam/ingam.conf)", set_config,
     "the name of a file"},
    {"mta", "NAME", "the mail server: postfix, exim or sendmail (the one that is there)", set_mta,
     "postfix, exim or sendmail"},
    {"mta-config", "PATH", "Postfix: the folder of main.cf; Exim, Sendmail: the file", set_mta_config,
     "the name of a folder or file"},
    {"dns", "FILE", "take answers from this zone file instead of the DNS", set_zone, "the name of a file"},
    {"resolver", "ADDR", "ask this resolver, not that of the configuration: ADDR or ADDR@PORT", set_resolver,
     "an address such as 192.0.2.53 or ::1@5353"},
    {"json", NULL, "one JSON object", set_json, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct args usage = {
    .command = "doctor",
    .synopsis = "[OPTION]...",
    .about = "Looks at all that ingamd stands on: its configuration, processes and sockets, the mail server, "
             "the DNS,\n"
             "clock, names, keys. Says what is well and what is not, and what mends it. Changes nothing. "
             "Best as root.\n",
    .after = "Exit status: 0 all is well, maybe with notes; 1 something is wrong; 75 something could not be "
             "looked at;\n"
             "64 wrong usage. The whole story: man ingam-doctor\n",
    .groups = {options_doctor, NULL},
};

static const struct examination {
    const char *area;
    void (*look)(struct doctor *d);
    bool needs_conf;
} examinations[] = {
    {"configuration", doctor_configuration, false},
    {"mail server", doctor_find_mta, false},
    {"daemon", doctor_daemon, false},
    {"socket", doctor_sockets, true},
    {"mail server", doctor_mail_server, true},
    {"other filters", doctor_others, false},
    {"resolver", doctor_resolver, false},
    {"clock", doctor_clock, false},
    {"names", doctor_names, false},
    {"keys", doctor_keys, true},
    {"limits", doctor_limits, true},
};

/* Each finding is shown as soon as its examination is over. */
static void examine(struct doctor *d)
{
    for (size_t i = 0; i < sizeof examinations / sizeof *examinations; i++) {
        const struct examination *e = &examinations[i];
        struct doctor_finding **from = d->last;
        d->area = e->area;
        if (!e->needs_conf || d->conf)
            e->look(d);
        for (const struct doctor_finding *f = *from; f && !d->is_json; f = f->next)
            doctor_show(d, f);
        fflush(stdout);
    }
}

static int status_of(const struct doctor *d)
{
    int status = EXIT_GOOD;
    for (const struct doctor_finding *f = d->first; f; f = f->next) {
        if (f->grade == DOCTOR_WRONG)
            return EXIT_BAD;
        if (f->grade == DOCTOR_UNSEEN)
            status = EXIT_LATER;
    }
    return status;
}

static int run(struct doctor *d)
{
    arena_init(&d->arena, NULL, ARENA_MAX);
    screen_init(&d->screen, stdout, COLOR_AUTO);
    d->last = &d->first;
    if (gethostname(d->host, sizeof d->host - 1) != 0)
        d->host[0] = 0;
    examine(d);
    int status = status_of(d);
    if (d->arena.has_failed || (d->is_json && !doctor_show_json(d))) {
        complain("there is not enough memory");
        status = EXIT_LATER;
    }
    json_decref(d->status);
    conf_drop(d->conf);
    conf_texts_free(&d->texts);
    arena_free(&d->arena);
    return status;
}

int doctor_command(int argc, char **argv)
{
    static struct doctor d;
    int first = argc;
    enum args_got got = args_read(&usage, &d, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (first < argc) {
        complain("\"%s\" is one word too many", argv[first]);
        return EXIT_USAGE;
    }
    if (d.mta_config && d.mta_name == NULL) {
        complain("--mta-config goes with --mta");
        return EXIT_USAGE;
    }
    return run(&d);
}
