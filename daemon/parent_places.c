/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/parent_inside.h"
#include "daemon/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTROL_MODE = 0660 };

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool named(struct listen_error *error, const char *word, const char *place)
{
    struct listen_error why = *error;
    snprintf(error->text, sizeof error->text, "%s \"%.200s\": %.280s", word, place, why.text);
    return false;
}

static bool open_control(const struct conf *conf, int *fd, struct listen_error *error)
{
    struct listen_want want = {.path = conf->control, .mode = CONTROL_MODE};
    *fd = listen_group(conf, NULL, &want.gid, error) ? listen_bind(&want, error) : -1;
    return *fd >= 0 || named(error, "control", conf->control);
}

static bool open_metrics(const struct conf *conf, int *fd, struct listen_error *error)
{
    struct listen_want want;
    if (!listen_read(conf->metrics, &want))
        snprintf(error->text, sizeof error->text, "not an address and a port such as 127.0.0.1:9163");
    else
        *fd = listen_bind(&want, error);
    return *fd >= 0 || named(error, "metrics", conf->metrics);
}

bool places_open(const struct parent *p, const struct conf *conf, struct places *places,
                 struct listen_error *error)
{
    const char *had = p->status_fd >= 0 ? p->now.conf->metrics : NULL;
    *places = (struct places){-1, -1};
    if (conf->control && !is_same(p->control_path, conf->control) &&
        !open_control(conf, &places->control_fd, error))
        return false;
    if (conf->metrics && !is_same(had, conf->metrics) && !open_metrics(conf, &places->status_fd, error)) {
        places_drop(places);
        return false;
    }
    return true;
}

void places_drop(struct places *places)
{
    if (places->control_fd >= 0)
        close(places->control_fd);
    if (places->status_fd >= 0)
        close(places->status_fd);
    *places = (struct places){-1, -1};
}

static void leave_control(struct parent *p)
{
    struct stat s;
    control_free(p->control);
    if (p->control_path && lstat(p->control_path, &s) == 0 && s.st_dev == p->control_device &&
        s.st_ino == p->control_inode)
        unlink(p->control_path);
    free(p->control_path);
    p->control = NULL;
    p->control_path = NULL;
}

static bool take_control(struct parent *p, const struct conf *conf, int *fd)
{
    struct stat s = {0};
    char *path = strdup(conf->control);
    struct control *control = path ? control_new(p->base, *fd, parent_asked, p) : NULL;
    if (control == NULL) {
        free(path);
        return false;
    }
    *fd = -1;
    leave_control(p);
    lstat(path, &s);
    p->control = control;
    p->control_path = path;
    p->control_device = s.st_dev;
    p->control_inode = s.st_ino;
    return true;
}

bool places_take(struct parent *p, const struct conf *conf, struct places *places)
{
    if (places->control_fd >= 0 && !take_control(p, conf, &places->control_fd))
        return false;
    if (conf->control == NULL)
        leave_control(p);
    if (p->status_fd >= 0 && (conf->metrics == NULL || places->status_fd >= 0)) {
        close(p->status_fd);
        p->status_fd = -1;
    }
    if (places->status_fd >= 0)
        p->status_fd = places->status_fd;
    places->status_fd = -1;
    return true;
}

void places_close(struct parent *p)
{
    leave_control(p);
    if (p->status_fd >= 0)
        close(p->status_fd);
    p->status_fd = -1;
}

/* --- The process that serves metrics ------------------------------------------------------------------------- */

static int run_status(struct parent *p, struct child *c)
{
    static struct log log;
    (void)c;
    log_open(&log, p->now.conf, &p->all->log_level, "status");
    struct status_start start = {.conf = p->now.conf, .all = p->all, .log = &log, .fd = p->status_fd};
    return status_run(&start);
}

bool status_fork(struct child *c)
{
    struct child_fork f = {.child = c, .run = run_status, .kept = {c->parent->status_fd}, .kept_n = 1};
    bool is_good = child_fork(&f);
    c->is_ready = is_good;
    return is_good;
}
