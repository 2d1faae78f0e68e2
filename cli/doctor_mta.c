/* SPDX-License-Identifier: BSD-2-Clause */
/* Which mail server is there, what it calls itself, and what its configuration says. */
#include "cli/doctor.h"

#include "cli/program.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ASK_MS = 10000, OUTPUT_MAX = 1 << 20 };

/* --- Programs and files ----------------------------------------------------------------------------------- */

bool doctor_ask(struct doctor *d, const char *const argv[], str *output)
{
    const struct program p = {.argv = argv, .is_captured = true, .is_quiet = true, .limit_ms = ASK_MS};
    struct program_end end = program_run_as(&d->arena, &p);
    *output = end.status == -1 ? S("") : end.output;
    return end.status == 0;
}

bool doctor_read(struct doctor *d, const char *path, str *text)
{
    struct out o;
    uint8_t chunk[4096];
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    out_init(&o, &d->arena);
    while (fd >= 0 && n > 0 && o.n < OUTPUT_MAX) {
        n = read(fd, chunk, sizeof chunk);
        out_str(&o, (str){chunk, n > 0 ? (size_t)n : 0});
    }
    if (fd >= 0)
        close(fd);
    *text = out_done(&o);
    return fd >= 0 && n == 0;
}

bool doctor_line(str *text, str *line)
{
    if (text->n == 0)
        return false;
    *line = str_first(*text, str_find(*text, '\n'));
    *text = str_from(*text, line->n + 1);
    return true;
}

/* --- The mail server -------------------------------------------------------------------------------------- */

str doctor_setting(const struct doctor *d, const char *name)
{
    str text = d->mta.settings, line;
    while (doctor_line(&text, &line)) {
        str word = str_trim_fws(str_first(line, str_find(line, '=')));
        if (str_eq(word, str_of(name)))
            return str_trim_fws(str_from(line, str_find(line, '=') + 1));
    }
    return S("");
}

const char *doctor_postconf_words(struct doctor *d)
{
    return d->mta_config ? doctor_text(d, " -c %s", doctor_quoted(d, d->mta_config)) : "";
}

static bool find_postfix(struct doctor *d)
{
    struct doctor_mta *m = &d->mta;
    const char *folder = d->mta_config ? d->mta_config : "/etc/postfix";
    str chroot;
    const char *const services[] = {"postconf", "-c", folder, "-F", "*/inet/chroot", NULL};
    const char *const overrides[] = {"postconf", "-c", folder, "-P", NULL};
    const char *const settings[] = {"postconf", "-c", folder, "-x", NULL};
    if (!doctor_ask(d, settings, &m->settings))
        return false;
    *m = (struct doctor_mta){.kind = DOCTOR_POSTFIX, .name = "postfix", .settings = m->settings};
    m->queue = doctor_z(d, doctor_setting(d, "queue_directory"));
    m->user = doctor_z(d, doctor_setting(d, "mail_owner"));
    m->hostname = doctor_z(d, doctor_setting(d, "myhostname"));
    m->is_locked = doctor_ask(d, services, &chroot) && str_find_str(chroot, S("= y")) < chroot.n;
    doctor_ask(d, overrides, &m->overrides);
    return true;
}

static const char *exim_name(void)
{
    return program_exists("exim4") ? "exim4" : "exim";
}

static bool find_exim(struct doctor *d)
{
    struct doctor_mta *m = &d->mta;
    const char *const whole[] = {exim_name(), "-bP", "config", NULL},
                      *const user[] = {exim_name(), "-bP", "exim_user", NULL},
                      *const host[] = {exim_name(), "-n", "-bP", "primary_hostname", NULL};
    str text, name = S("");
    if (!program_exists(exim_name()))
        return false;
    if (d->mta_config ? !doctor_read(d, d->mta_config, &text) : !doctor_ask(d, whole, &text))
        text = S("");
    *m = (struct doctor_mta){.kind = DOCTOR_EXIM, .name = "exim", .settings = text};
    if (doctor_ask(d, host, &name) && name.n)
        m->hostname = doctor_z(d, str_trim_fws(name));
    m->user = "Debian-exim";
    if (doctor_ask(d, user, &name) && str_find(name, '=') < name.n)
        m->user = doctor_z(d, str_trim_fws(str_from(name, str_find(name, '=') + 1)));
    return true;
}

static bool find_sendmail(struct doctor *d)
{
    const char *file = d->mta_config ? d->mta_config : "/etc/mail/sendmail.mc";
    str text;
    if (!doctor_read(d, file, &text))
        return false;
    d->mta = (struct doctor_mta){.kind = DOCTOR_SENDMAIL, .name = "sendmail", .settings = text};
    return true;
}

void doctor_find_mta(struct doctor *d)
{
    static const struct {
        const char *name;
        bool (*find)(struct doctor *d);
    } rows[] = {{"postfix", find_postfix}, {"exim", find_exim}, {"sendmail", find_sendmail}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (d->mta_name && strcmp(d->mta_name, rows[i].name) != 0)
            continue;
        if (rows[i].find(d))
            return;
    }
    static const struct {
        const char *name, *path;
    } places[] = {{"postfix", "/etc/postfix"},
                  {"exim", "/etc/exim4/exim4.conf"},
                  {"sendmail", "/etc/mail/sendmail.mc"}};
    d->mta = (struct doctor_mta){.kind = DOCTOR_NO_MTA};
    doctor_say(d, d->mta_name ? DOCTOR_UNSEEN : DOCTOR_NOTE, "mta-none",
               d->mta_name ? "%s cannot be asked for its configuration here" : "no %s is found here",
               d->mta_name ? d->mta_name : "Postfix, Exim or Sendmail");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(d->mta_name ? d->mta_name : places[0].name, places[i].name) == 0)
            doctor_run(d, "ingam doctor%s --mta %s --mta-config %s", doctor_config_words(d), places[i].name,
                       places[i].path);
}
