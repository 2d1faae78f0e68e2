/* SPDX-License-Identifier: BSD-2-Clause */
/* Exim and Sendmail: are they told of us? And what all mail servers share. */
#include "cli/doctor.h"

#include "cli/program.h"

#include <stdio.h>

void doctor_run_setup(struct doctor *d)
{
    if (d->mta.kind == DOCTOR_NO_MTA)
        return;
    doctor_run(d, "ingam setup %s --apply%s%s%s", d->mta.name, doctor_config_words(d),
               d->mta_config ? " --mta-config " : "", d->mta_config ? doctor_quoted(d, d->mta_config) : "");
}

/* ret  a line that is no comment has the word */
static bool has_line(str text, str word)
{
    str line;
    while (doctor_line(&text, &line)) {
        line = str_trim_fws(line);
        bool is_comment = str_starts(line, S("#")) || str_starts(line, S("dnl"));
        if (!is_comment && str_find_str(line, word) < line.n)
            return true;
    }
    return false;
}

static bool names_us(struct doctor *d, enum conf_front front)
{
    for (size_t i = 0; i < d->conf->listen_n; i++) {
        const struct conf_listen *l = &d->conf->listens[i];
        struct out o;
        if (l->front != front || l->family == CONF_ACTIVATED)
            continue;
        out_init(&o, &d->arena);
        if (l->family == CONF_UNIX)
            out_z(&o, l->path);
        else if (front == CONF_MILTER)
            ip_write(&o, &l->ip);
        if (l->family == CONF_INET && front == CONF_RSPAMC) {
            ip_write(&o, &l->ip);
            out_byte(&o, ' ');
            out_uint(&o, l->port);
        }
        str text = out_done(&o);
        const char *port = doctor_text(d, ":%u@", (unsigned)l->port);
        bool is_port =
            l->family != CONF_INET || front != CONF_MILTER || has_line(d->mta.settings, str_of(port));
        if (is_port && has_line(d->mta.settings, text))
            return true;
    }
    return false;
}

void doctor_exim(struct doctor *d)
{
    const char *const about[] = {program_exists("exim4") ? "exim4" : "exim", "-bV", NULL};
    str text;
    if (doctor_ask(d, about, &text) && str_find_str(text, S("Content_Scanning")) == text.n) {
        doctor_say(d, DOCTOR_WRONG, "exim-light",
                   "this Exim was built without content scanning: it cannot ask us");
        doctor_run(d, "apt-get install exim4-daemon-heavy");
    }
    if (d->mta.settings.n == 0) {
        doctor_say(d, DOCTOR_UNSEEN, "mta-unseen", "Exim's configuration cannot be read by this user");
        doctor_run(d, "sudo ingam doctor%s", doctor_config_words(d));
    } else if (!has_line(d->mta.settings, S("spamd_address")) || !names_us(d, CONF_RSPAMC)) {
        doctor_say(d, DOCTOR_WRONG, "mta-not-told", "Exim's spamd_address does not name us");
        doctor_run_setup(d);
    } else if (!has_line(d->mta.settings, S("acl_m_ingam"))) {
        doctor_say(d, DOCTOR_WRONG, "mta-not-told", "the ACL of Exim's acl_smtp_data does not ask us");
        doctor_run_setup(d);
    } else {
        doctor_say(d, DOCTOR_OK, "mta-told", "Exim asks us in the ACL of acl_smtp_data");
    }
}

void doctor_sendmail(struct doctor *d)
{
    struct stat source, made;
    if (!has_line(d->mta.settings, S("INPUT_MAIL_FILTER")) || !names_us(d, CONF_MILTER)) {
        doctor_say(d, DOCTOR_WRONG, "mta-not-told", "no INPUT_MAIL_FILTER of sendmail.mc names us");
        doctor_run_setup(d);
        return;
    }
    doctor_say(d, DOCTOR_OK, "mta-told", "Sendmail asks us by INPUT_MAIL_FILTER");
    if (d->mta_config || stat("/etc/mail/sendmail.mc", &source) != 0 ||
        (stat("/etc/mail/sendmail.cf", &made) == 0 && made.st_mtim.tv_sec >= source.st_mtim.tv_sec))
        return;
    doctor_say(d, DOCTOR_WRONG, "sendmail-old", "sendmail.cf was not made since sendmail.mc was changed");
    doctor_run(d, "make -C /etc/mail sendmail.cf");
    doctor_run(d, "systemctl restart sendmail");
}

void doctor_mail_server(struct doctor *d)
{
    switch (d->mta.kind) {
    case DOCTOR_POSTFIX: doctor_postfix(d); break;
    case DOCTOR_EXIM: doctor_exim(d); break;
    case DOCTOR_SENDMAIL: doctor_sendmail(d); break;
    case DOCTOR_NO_MTA: break;
    }
}
