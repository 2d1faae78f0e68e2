/* SPDX-License-Identifier: BSD-2-Clause */
/* keyd has one socket for each worker, made with it. A worker that begins takes its end of the newest keyd; where that end has been used
 * by a predecessor, a new keyd is started, for a socket begins with the list of keys. Workers that live get the new ends when
 * the new keyd is ready; the old one serves them until then and ends when the last has left it. */
#include "daemon/keyd.h"
#include "daemon/parent_inside.h"
#include "daemon/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool keyd_is_wanted(const struct conf *conf)
{
    return conf->sign.keys != NULL;
}

/* --- The folder ---------------------------------------------------------------------------------------------- */

static uint64_t mixed(uint64_t stamp, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        stamp = (stamp ^ (value >> (8 * i) & 0xff)) * UINT64_C(1099511628211);
    return stamp;
}

static uint64_t stamp_of(int folder, const char *name, uint64_t stamp)
{
    struct stat s;
    if (fstatat(folder, name, &s, 0) != 0)
        return mixed(stamp, 1);
    stamp = mixed(stamp, s.st_ino);
    stamp = mixed(stamp, (uint64_t)s.st_size);
    stamp = mixed(stamp, (uint64_t)s.st_mtim.tv_sec);
    return mixed(stamp, (uint64_t)s.st_mtim.tv_nsec);
}

/* The order in which a folder is read does not change while nothing changes in it. */
uint64_t keyd_stamp(const struct conf *conf)
{
    uint64_t stamp = UINT64_C(14695981039346656037);
    DIR *folder = conf->sign.keys ? opendir(conf->sign.keys) : NULL;
    if (folder == NULL)
        return stamp;
    stamp = stamp_of(dirfd(folder), ".", stamp);
    for (const struct dirent *e; (e = readdir(folder));) {
        char state[NAME_MAX + 16];
        if (e->d_name[0] == '.')
            continue;
        snprintf(state, sizeof state, "%s/state", e->d_name);
        stamp = stamp_of(dirfd(folder), e->d_name, stamp);
        stamp = stamp_of(dirfd(folder), state, stamp);
    }
    closedir(folder);
    return stamp;
}

/* --- What is open to it -------------------------------------------------------------------------------------- */

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void put_event(struct event **e)
{
    if (*e)
        event_free(*e);
    *e = NULL;
}

static void forget_start(struct keyd_life *life)
{
    put_event(&life->ready);
    put_event(&life->list);
    shut(&life->ready_fd);
    shut(&life->list_fd);
}

void keyd_forget(struct parent *p)
{
    struct keyd_life *life = &p->keyd_life;
    forget_start(life);
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++) {
        shut(&life->ends[i]);
        p->workers[i].owes_keyd = false;
    }
}

static void hand_over(struct parent *p)
{
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++) {
        struct child *w = &p->workers[i];
        if (w->pid == 0 || p->keyd_life.ends[i] < 0)
            continue;
        w->owes_keyd = true;
        worker_flush(w);
    }
}

static void became_ready(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct parent *p = context;
    char byte;
    bool is_ready = read(fd, &byte, 1) == 1;
    put_event(&p->keyd_life.ready);
    shut(&p->keyd_life.ready_fd);
    if (!is_ready)
        return;
    p->keyd.is_ready = true;
    worker_count(p);
    hand_over(p);
    reload_look(p);
    parent_became_ready(p);
}

static void list_came(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    static struct keyd_packet packet;
    struct parent *p = context;
    struct keyd_life *life = &p->keyd_life;
    ssize_t n;
    while ((n = recv(fd, &packet, sizeof packet, MSG_DONTWAIT)) > 0) {
        life->counted_n += packet.kind == KEYD_KEY;
        if (packet.kind != KEYD_LIST_END)
            continue;
        p->all->key_n = life->key_n = life->counted_n;
        log_say(&p->log, CONF_DEBUG, "keyd has %zu keys that sign", life->key_n);
        n = 0;
        break;
    }
    if (n == 0 || errno != EAGAIN) {
        put_event(&life->list);
        shut(&life->list_fd);
        parent_became_ready(p);
    }
}

/* --- Life ---------------------------------------------------------------------------------------------------- */

static struct {
    int sockets[COUNTERS_WORKERS_MAX + 1];
    size_t n;
    int ready_fd;
} its; /* what the next keyd gets; read behind the fork only */

static int run_keyd(struct parent *p, struct child *c)
{
    static struct log log;
    (void)c;
    log_open(&log, p->now.conf, &p->all->log_level, "keyd");
    struct keyd_start start = {.conf = p->now.conf,
                               .log = &log,
                               .sockets = its.sockets,
                               .socket_n = its.n,
                               .ready_fd = its.ready_fd,
                               .give_up_rights = sandbox_enter};
    return keyd_run(&start);
}

/* ret  our end; -1: none */
static int new_pair(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return -1;
    its.sockets[its.n++] = pair[1];
    return pair[0];
}

static bool open_pairs(struct parent *p)
{
    struct keyd_life *life = &p->keyd_life;
    int pipe_ends[2];
    bool is_good = true;
    for (size_t i = 0; is_good && i < p->worker_n; i++)
        is_good = (life->ends[i] = new_pair()) >= 0;
    if (!is_good || (life->list_fd = new_pair()) < 0 || pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    life->ready_fd = pipe_ends[0];
    its.ready_fd = pipe_ends[1];
    life->ready = event_new(p->base, life->ready_fd, EV_READ, became_ready, p);
    life->list = event_new(p->base, life->list_fd, EV_READ | EV_PERSIST, list_came, p);
    return life->ready && life->list && event_add(life->ready, NULL) == 0 && event_add(life->list, NULL) == 0;
}

static bool fork_with(struct child *c)
{
    struct child_fork f = {.child = c, .run = run_keyd};
    for (size_t i = 0; i < its.n; i++)
        f.kept[f.kept_n++] = its.sockets[i];
    f.kept[f.kept_n++] = its.ready_fd;
    return child_fork(&f);
}

bool keyd_fork(struct child *c)
{
    struct parent *p = c->parent;
    keyd_forget(p);
    its.n = 0;
    its.ready_fd = -1;
    p->keyd_life.counted_n = 0;
    p->keyd_life.stamp = keyd_stamp(p->now.conf);
    bool is_good = open_pairs(p);
    if (!is_good)
        log_say(&p->log, CONF_ERROR, "keyd cannot be started: %s", strerrordesc_np(errno));
    is_good = is_good && fork_with(c);
    for (size_t i = 0; i < its.n; i++)
        close(its.sockets[i]);
    shut(&its.ready_fd);
    if (!is_good)
        keyd_forget(p);
    return is_good;
}

static void retire(struct parent *p, pid_t pid)
{
    size_t i = 0;
    while (i < RETIRED_MAX && p->retired[i])
        i++;
    if (i == RETIRED_MAX) {
        kill(p->retired[0], SIGTERM);
        memmove(p->retired, p->retired + 1, (RETIRED_MAX - 1) * sizeof *p->retired);
        i = RETIRED_MAX - 1;
    }
    p->retired[i] = pid;
}

void keyd_renew(struct parent *p)
{
    struct child *c = &p->keyd;
    if (!c->is_wanted || p->is_stopping)
        return;
    if (c->pid)
        retire(p, c->pid);
    c->pid = 0;
    child_start(c);
}

int keyd_take_end(struct parent *p, unsigned worker)
{
    int *end = &p->keyd_life.ends[worker];
    if (!p->keyd.is_wanted || p->keyd.pid == 0)
        return -1;
    if (*end < 0)
        keyd_renew(p);
    int taken = *end;
    *end = -1;
    return taken;
}

void keyd_left_us(struct parent *p)
{
    keyd_forget(p);
    p->keyd.is_ready = false;
    p->all->key_n = p->keyd_life.key_n = 0;
}
