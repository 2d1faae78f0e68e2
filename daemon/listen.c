/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/listen.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One set on its way into force, and what it can take from. */
struct opening {
    const struct conf *conf;
    const struct listener_set *before;
    const struct listen_activated *activated;
    struct listen_error *error;
};

static int copy_of(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static const struct listener_socket *known(const struct listener_set *set, const char *address)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->list[i].fd >= 0 && strcmp(set->list[i].address, address) == 0)
            return &set->list[i];
    return NULL;
}

static int activated_fd(const struct listen_activated *a, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->names[i], name) == 0)
            return copy_of(a->fds[i]);
    return -1;
}

/* The file that is ours, so that it can be told from one that another made in its place. */
static bool remember_file(struct listener_socket *s, const char *path)
{
    struct stat file;
    s->path = strdup(path);
    if (s->path == NULL || lstat(path, &file) != 0)
        return false;
    s->device = file.st_dev;
    s->inode = file.st_ino;
    return true;
}

static bool open_new(struct listener_socket *s, const struct conf_listen *l, const struct listen_want *want,
                     struct opening *o)
{
    if (l->family == CONF_ACTIVATED) {
        s->fd = activated_fd(o->activated, l->path);
        if (s->fd < 0)
            snprintf(o->error->text, sizeof o->error->text,
                     "the service manager gave no socket of this name");
        return s->fd >= 0;
    }
    s->fd = listen_bind(want, o->error);
    return s->fd >= 0 && (want->path == NULL || remember_file(s, want->path));
}

static bool take_over(struct listener_socket *s, const struct listener_socket *old,
                      const struct listen_want *want, struct opening *o)
{
    s->fd = copy_of(old->fd);
    if (s->fd < 0)
        return false;
    return old->path == NULL || (listen_mode(want, o->error) && remember_file(s, old->path));
}

static bool open_one(struct listener_socket *s, const struct conf_listen *l, struct opening *o)
{
    const struct listener_socket *old = known(o->before, l->address);
    struct listen_want want = {.path = l->family == CONF_UNIX ? l->path : NULL,
                               .mode = l->mode,
                               .gid = (gid_t)-1,
                               .ip = l->ip,
                               .port = l->port};
    s->address = strdup(l->address);
    if (s->address == NULL)
        return false;
    bool has_group = l->group || (want.path && !listen_folder_gives(want.path));
    if (want.path && has_group && !listen_group(o->conf, l->group, &want.gid, o->error))
        return false;
    return old ? take_over(s, old, &want, o) : open_new(s, l, &want, o);
}

static void name_it(struct listen_error *error, const char *address)
{
    struct listen_error why = *error;
    snprintf(error->text, sizeof error->text, "listen \"%.200s\": %.280s", address,
             why.text[0] ? why.text : "no memory or no descriptor");
}

static bool is_in(const struct listener_set *set, const struct listener_socket *s)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->list[i].path && strcmp(set->list[i].path, s->path) == 0)
            return true;
    return false;
}

/* Closes all; removes files of ours but those that `staying` has too. */
static void close_but(struct listener_set *leaving, const struct listener_set *staying)
{
    for (size_t i = 0; i < leaving->n; i++) {
        struct listener_socket *s = &leaving->list[i];
        struct stat file;
        if (s->path && s->inode && !(staying && is_in(staying, s)) && lstat(s->path, &file) == 0 &&
            file.st_dev == s->device && file.st_ino == s->inode)
            unlink(s->path);
        if (s->fd >= 0)
            close(s->fd);
        free(s->address);
        free(s->path);
    }
    free(leaving->list);
    *leaving = (struct listener_set){0};
}

bool listen_open(struct listener_set *set, const struct conf *conf, struct listener_set *before,
                 const struct listen_activated *activated, struct listen_error *error)
{
    struct opening o = {conf, before, activated, error};
    error->text[0] = 0;
    if (conf->listen_n > LISTEN_MAX) {
        snprintf(error->text, sizeof error->text, "more than %d listen blocks", LISTEN_MAX);
        return false;
    }
    *set = (struct listener_set){.list = calloc(conf->listen_n + 1, sizeof *set->list)};
    for (size_t i = 0; set->list && i < conf->listen_n; i++) {
        set->list[i].fd = -1;
        set->n++;
        if (open_one(&set->list[i], &conf->listens[i], &o))
            continue;
        name_it(error, conf->listens[i].address);
        close_but(set, before);
        return false;
    }
    if (set->list)
        close_but(before, set);
    return set->list != NULL;
}

void listen_close(struct listener_set *set)
{
    close_but(set, NULL);
}
