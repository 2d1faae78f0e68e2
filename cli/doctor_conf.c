/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam.conf: there, right, not to be changed by strangers, readable for the daemon, and what it says about people and time. */
#include "cli/doctor.h"

#include "base/date.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { YEAR_S = 365 * 86400 };

static bool may_read(const struct stat *s, const struct passwd *who)
{
    if (who->pw_uid == 0)
        return true;
    if (s->st_uid == who->pw_uid)
        return (s->st_mode & S_IRUSR) != 0;
    return (s->st_mode & (s->st_gid == who->pw_gid ? S_IRGRP : S_IROTH)) != 0;
}

static void look_at_file(struct doctor *d, const char *path, const struct passwd *who)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return;
    const char *quoted = doctor_quoted(d, path);
    if (s.st_mode & S_IWOTH) {
        doctor_say(d, DOCTOR_WRONG, "conf-mode", "%s may be changed by anybody (mode %04o)", path,
                   (unsigned)s.st_mode & 07777);
        doctor_run(d, "chmod o-w %s", quoted);
    }
    if (s.st_uid != 0 && s.st_uid != geteuid() && !(who && s.st_uid == who->pw_uid)) {
        doctor_say(d, DOCTOR_WRONG, "conf-owner",
                   "%s belongs to user %lu, who is neither root nor the daemon", path,
                   (unsigned long)s.st_uid);
        doctor_run(d, "chown root %s", quoted);
    }
    if (who && !may_read(&s, who)) {
        doctor_say(d, DOCTOR_WRONG, "conf-unreadable",
                   "%s cannot be read by %s (mode %04o): a reload would fail", path, who->pw_name,
                   (unsigned)s.st_mode & 07777);
        doctor_run(d, "chgrp %lu %s && chmod g+r %s", (unsigned long)who->pw_gid, quoted, quoted);
    }
}

static void look_at_account(struct doctor *d)
{
    const char *user = d->conf->user;
    struct passwd *who = user ? getpwnam(user) : NULL;
    if (user && who == NULL) {
        doctor_say(d, DOCTOR_WRONG, "conf-account", "there is no account \"%s\" for the daemon to run as",
                   user);
        doctor_run(d, "useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin %s",
                   doctor_quoted(d, user));
    }
    for (size_t i = 0; i < d->texts.n; i++)
        look_at_file(d, d->texts.list[i].name, who);
    for (size_t i = 0; i < d->conf->listen_n; i++) {
        const char *group = d->conf->listens[i].group;
        if (group == NULL || getgrnam(group))
            continue;
        doctor_say(d, DOCTOR_WRONG, "conf-group", "there is no group \"%s\" for %s", group,
                   d->conf->listens[i].address);
        doctor_run(d, "groupadd --system %s", doctor_quoted(d, group));
    }
}

static void look_at_trusts(struct doctor *d)
{
    time_t now = time(NULL), then = now + YEAR_S;
    struct tm day;
    char text[16] = "";
    if (gmtime_r(&then, &day))
        strftime(text, sizeof text, "%Y-%m-%d", &day);
    for (size_t i = 0; i < d->conf->trust_n; i++) {
        const struct conf_trust *t = &d->conf->trusts[i];
        if (t->until_s == 0 || t->until_s >= now)
            continue;
        doctor_say(d, DOCTOR_NOTE, "conf-trust",
                   "trust \"%s\" has ended and helps nobody; prolong it or take it out", t->name);
        doctor_write(d, doctor_config_file(d), "until = %s", text);
        doctor_run_reload(d);
    }
}

static void tell_good(struct doctor *d)
{
    const struct conf *c = d->conf;
    bool enforces = c->policies[c->policy_n - 1].mode == INGAM_ENFORCE;
    doctor_say(d, DOCTOR_OK, "conf-good", "%s is right: %zu file%s, %zu socket%s; %s", doctor_config_file(d),
               d->texts.n, d->texts.n == 1 ? "" : "s", c->listen_n, c->listen_n == 1 ? "" : "s",
               enforces ? "it enforces: mail may be refused"
                        : "it observes: mail is marked, none is refused (mode = enforce changes that)");
}

void doctor_configuration(struct doctor *d)
{
    struct conf_error error;
    const char *file = doctor_config_file(d);
    bool is_there = access(file, F_OK) == 0, is_readable = access(file, R_OK) == 0;
    if (conf_load(file, &d->texts, &error))
        d->conf = conf_read(d->texts.list, d->texts.n, d->host, &error);
    doctor_ask_daemon(d);
    if (d->conf) {
        tell_good(d);
        look_at_account(d);
        look_at_trusts(d);
        return;
    }
    doctor_say(d, is_there && !is_readable ? DOCTOR_UNSEEN : DOCTOR_WRONG, "conf-wrong", "%s", error.text);
    if (!is_there)
        doctor_run(d, "install -D -m 0644 /dev/null %s", doctor_quoted(d, file));
    else if (!is_readable)
        doctor_run(d, "sudo ingam doctor%s", doctor_config_words(d));
    else
        doctor_run(d, "ingam config check %s", doctor_quoted(d, file));
}
