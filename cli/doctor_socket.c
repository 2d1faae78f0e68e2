/* SPDX-License-Identifier: BSD-2-Clause */
/* Each socket of ours: is it there, is it as the configuration says, may the mail server come in, and who answers? First by what the
 * modes say, which shows what is to be mended; then by a connection. */
#include "cli/doctor.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { GROUPS_MAX = 256 };

struct visitor {
    const char *name;
    uid_t uid;
    gid_t groups[GROUPS_MAX];
    int group_n;
};

/* ret  false: it needs no rights, or nothing is known of it */
static bool visitor_find(const struct doctor *d, struct visitor *v)
{
    const struct passwd *who = d->mta.user ? getpwnam(d->mta.user) : NULL;
    if (who == NULL || who->pw_uid == 0)
        return false;
    *v = (struct visitor){.name = d->mta.user, .uid = who->pw_uid, .group_n = GROUPS_MAX};
    if (getgrouplist(d->mta.user, who->pw_gid, v->groups, &v->group_n) < 0)
        v->group_n = GROUPS_MAX;
    return true;
}

static bool is_member(const struct visitor *v, gid_t gid)
{
    int i = 0;
    while (i < v->group_n && v->groups[i] != gid)
        i++;
    return i < v->group_n;
}

/* in   bit  1: walk through; 2: write */
static bool may(const struct visitor *v, const struct stat *s, unsigned bit)
{
    if (s->st_uid == v->uid)
        return (s->st_mode >> 6 & bit) != 0;
    return (s->st_mode >> (is_member(v, s->st_gid) ? 3 : 0) & bit) != 0;
}

static const char *group_name(struct doctor *d, gid_t gid)
{
    const struct group *g = getgrgid(gid);
    return g ? doctor_z(d, str_of(g->gr_name)) : doctor_text(d, "%lu", (unsigned long)gid);
}

static const char *user_name(struct doctor *d, uid_t uid)
{
    const struct passwd *p = getpwuid(uid);
    return p ? doctor_z(d, str_of(p->pw_name)) : doctor_text(d, "%lu", (unsigned long)uid);
}

static void run_mta_reload(struct doctor *d)
{
    if (d->mta.kind == DOCTOR_POSTFIX)
        doctor_run(d, "postfix%s reload", doctor_postconf_words(d));
    else if (d->mta.kind == DOCTOR_EXIM)
        doctor_run(d, "systemctl restart exim4");
}

/* A group that a mail server may be put into: one that was made for a daemon. */
static bool is_joinable(const struct doctor *d, gid_t gid)
{
    const struct passwd *us = d->conf->user ? getpwnam(d->conf->user) : NULL;
    return gid != 0 && gid != 65534 && us && gid == us->pw_gid;
}

static void run_join(struct doctor *d, const struct visitor *v, gid_t gid)
{
    doctor_run(d, "usermod -aG %s %s", doctor_quoted(d, group_name(d, gid)), doctor_quoted(d, v->name));
    run_mta_reload(d);
}

/* ret  the file in which the socket is named */
static const char *file_of(const struct doctor *d, const struct conf_listen *l)
{
    for (size_t i = 0; i < d->texts.n; i++)
        if (str_find_str(d->texts.list[i].text, str_of(l->address)) < d->texts.list[i].text.n)
            return d->texts.list[i].name;
    return doctor_config_file(d);
}

static void write_listen(struct doctor *d, const struct conf_listen *l, const char *address, unsigned mode)
{
    doctor_write(d, file_of(d, l), "listen \"%s\" { front = %s%s mode = %04o }", address,
                 l->front == CONF_MILTER ? "milter" : "rspamc", l->is_submission ? " submission = yes" : "",
                 mode);
}

/* --- What files say --------------------------------------------------------------------------------------- */

static void say_folder(struct doctor *d, const struct visitor *v, const char *folder, const struct stat *s)
{
    doctor_say(d, DOCTOR_WRONG, "socket-folder", "%s cannot walk through %s (mode %04o, %s:%s) to the socket",
               v->name, folder, (unsigned)s->st_mode & 07777, user_name(d, s->st_uid),
               group_name(d, s->st_gid));
    if (s->st_mode & S_IXGRP && is_joinable(d, s->st_gid))
        run_join(d, v, s->st_gid);
    else
        doctor_run(d, "chmod o+x %s", doctor_quoted(d, folder));
}

static void say_closed(struct doctor *d, const struct visitor *v, const struct conf_listen *l,
                       const struct stat *s)
{
    doctor_say(d, DOCTOR_WRONG, "socket-mode", "%s may not write to %s (mode %04o, %s:%s)", v->name, l->path,
               (unsigned)s->st_mode & 07777, user_name(d, s->st_uid), group_name(d, s->st_gid));
    bool joins = !is_member(v, s->st_gid) && is_joinable(d, s->st_gid);
    if (!(s->st_mode & S_IWGRP) || !joins) {
        write_listen(d, l, l->address, joins || is_member(v, s->st_gid) ? 0660 : 0666);
        doctor_run_reload(d);
    }
    if (joins)
        run_join(d, v, s->st_gid);
}

/* ret  false: said what bars the way */
static bool walk(struct doctor *d, const struct visitor *v, const struct conf_listen *l)
{
    struct stat s;
    size_t above = d->mta.is_locked ? strlen(d->mta.queue) : 0;
    for (size_t i = 1; l->path[i]; i++) {
        const char *folder = l->path[i] == '/' ? doctor_z(d, (str){(const uint8_t *)l->path, i}) : NULL;
        if (folder == NULL || i <= above || stat(folder, &s) != 0 || may(v, &s, 1))
            continue;
        say_folder(d, v, folder, &s);
        return false;
    }
    if (stat(l->path, &s) != 0 || may(v, &s, 2))
        return true;
    say_closed(d, v, l, &s);
    return false;
}

/* ret  false: it is no socket as it should be, said why */
static bool is_there(struct doctor *d, const struct conf_listen *l)
{
    struct stat s;
    if (lstat(l->path, &s) != 0 && errno == EACCES) {
        doctor_say(d, DOCTOR_UNSEEN, "socket-unseen", "%s cannot be looked at by this user", l->path);
        doctor_run(d, "sudo ingam doctor%s", doctor_config_words(d));
    } else if (lstat(l->path, &s) != 0) {
        doctor_say(d, DOCTOR_WRONG, "socket-missing", "%s is not there", l->path);
        doctor_run_reload(d);
    } else if (!S_ISSOCK(s.st_mode)) {
        doctor_say(d, DOCTOR_WRONG, "socket-none", "%s is there, but is no socket", l->path);
        doctor_run(d, "mv %s %s.away", doctor_quoted(d, l->path), doctor_quoted(d, l->path));
        doctor_run_reload(d);
    } else if ((s.st_mode & 0777) != l->mode) {
        doctor_say(d, DOCTOR_WRONG, "socket-changed", "%s has mode %04o, the configuration says %04o",
                   l->path, (unsigned)s.st_mode & 0777, l->mode);
        doctor_run_reload(d);
    } else {
        return true;
    }
    return false;
}

static bool is_inside(const struct doctor *d, const char *path)
{
    size_t n = strlen(d->mta.queue);
    return strncmp(path, d->mta.queue, n) == 0 && path[n] == '/';
}

static void say_outside(struct doctor *d, const struct conf_listen *l)
{
    doctor_say(d, DOCTOR_WRONG, "socket-outside", "Postfix's smtpd is locked into %s and cannot see %s",
               d->mta.queue, l->path);
    doctor_run_setup(d);
    if (access("/run/systemd/system", F_OK) != 0)
        doctor_run_restart(d);
}

/* --- Who answers ------------------------------------------------------------------------------------------ */

static const char *seen_as(const struct doctor_try *t)
{
    return t->user ? t->user : "this user";
}

static void say_refused(struct doctor *d, const struct doctor_try *t, int error)
{
    doctor_say(d, DOCTOR_WRONG, "socket-refused", "%s cannot connect to %s: %s", seen_as(t),
               t->listen->address, strerrordesc_np(error));
    doctor_run_reload(d);
}

static void say_strange(struct doctor *d, const struct doctor_try *t, const char *what)
{
    const struct conf_listen *l = t->listen;
    doctor_say(d, DOCTOR_WRONG, "socket-stranger", "at %s %s", l->address, what);
    if (l->family == CONF_INET)
        doctor_run(d, "ss -ltnp 'sport = :%u'", (unsigned)l->port);
    doctor_run_restart(d);
}

static void say_tried(struct doctor *d, const struct doctor_try *t)
{
    int error = 0;
    switch (doctor_try(t, &error)) {
    case DOCTOR_ANSWERS:
        if (d->status || d->is_control_closed)
            doctor_say(d, DOCTOR_OK, "socket-good", "%s reaches the daemon at %s", seen_as(t),
                       t->listen->address);
        else
            say_strange(d, t,
                        "somebody answers, but the daemon does not run: another program has that place");
        break;
    case DOCTOR_STRANGE: say_strange(d, t, "somebody answers who is not our daemon"); break;
    case DOCTOR_SILENT: say_strange(d, t, "the connection is taken, and no answer comes"); break;
    case DOCTOR_NO_ENTRY: say_refused(d, t, error); break;
    case DOCTOR_NOT_TRIED:
        doctor_say(d, DOCTOR_OK, "socket-modes",
                   "%s: by its modes %s may connect; as root this is tried, too", t->listen->address,
                   seen_as(t));
        break;
    }
}

/* ret  some list of Postfix names a socket of ours; l: this one */
static bool is_named(struct doctor *d, const struct conf_listen *l)
{
    static const char *const lists[] = {"smtpd_milters", "non_smtpd_milters"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        str list = doctor_setting(d, lists[i]);
        for (str e = doctor_element(&list); e.n; e = doctor_element(&list)) {
            const struct conf_listen *found = doctor_ours(d, e);
            if (found && (l == NULL || l == found))
                return true;
        }
    }
    return false;
}

/* Where there are several, the one counts that the mail server was told of. */
static bool is_for_mta(struct doctor *d, const struct conf_listen *l)
{
    if (d->mta.kind == DOCTOR_NO_MTA || (l->front == CONF_RSPAMC) != (d->mta.kind == DOCTOR_EXIM))
        return false;
    return d->mta.kind != DOCTOR_POSTFIX || !is_named(d, NULL) || is_named(d, l);
}

/* ret  false: the mail server cannot come to it, said why */
static bool is_reachable(struct doctor *d, const struct conf_listen *l)
{
    struct visitor v;
    if (d->mta.is_locked && !is_inside(d, l->path)) {
        say_outside(d, l);
        return false;
    }
    return !visitor_find(d, &v) || walk(d, &v, l);
}

static void look_at(struct doctor *d, const struct conf_listen *l)
{
    bool is_mta = is_for_mta(d, l), is_unix = l->family == CONF_UNIX;
    struct doctor_try t = {.listen = l, .path = l->path, .user = is_mta ? d->mta.user : NULL};
    if (l->family == CONF_ACTIVATED) {
        doctor_say(d, DOCTOR_OK, "socket-activated", "%s is made and kept by systemd", l->address);
        return;
    }
    if (is_unix && (!is_there(d, l) || (is_mta && !is_reachable(d, l))))
        return;
    if (is_unix && is_mta && d->mta.is_locked) {
        t.root = d->mta.queue;
        t.path = l->path + strlen(d->mta.queue);
    }
    say_tried(d, &t);
}

void doctor_sockets(struct doctor *d)
{
    for (size_t i = 0; i < d->conf->listen_n; i++)
        look_at(d, &d->conf->listens[i]);
}
