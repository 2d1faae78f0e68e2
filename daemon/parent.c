/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/parent_inside.h"
#include "daemon/sandbox.h"
#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BEAT_S = 1, SILENT_MS = 10000, KEYS_LOOK_S = 60, LEAVE_MS = 1000, ZONE_BYTES = 64 << 20 };

static const char gone[] = "ingamd: %s: %s\n";

/* --- The end ------------------------------------------------------------------------------------------------- */

static void arm(struct event *e, uint64_t ms)
{
    struct timeval time = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    event_add(e, &time);
}

static void kill_all(struct parent *p)
{
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++)
        child_kill(&p->workers[i], SIGKILL);
    child_kill(&p->keyd, SIGKILL);
    child_kill(&p->status, SIGKILL);
    for (size_t i = 0; i < RETIRED_MAX; i++)
        if (p->retired[i])
            kill(p->retired[i], SIGKILL);
}

static void hurry(struct parent *p, const char *why)
{
    if (!child_each_ended(p, true))
        log_say(&p->log, CONF_WARNING, "%s: ending what still runs", why);
    p->is_hurried = true;
    kill_all(p);
    parent_may_end(p);
}

void parent_stop(struct parent *p, const char *why)
{
    if (p->is_stopping) {
        hurry(p, why);
        return;
    }
    log_say(&p->log, CONF_NOTICE, "%s: no new connections, finishing what is under way", why);
    p->is_stopping = true;
    notify_send(&p->notify, "STOPPING=1\nSTATUS=finishing what is under way");
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++)
        worker_owe_drain(&p->workers[i]);
    listen_close(&p->now.sockets);
    worker_count(p);
    arm(p->patience, p->now.conf->limits.drain_ms + LEAVE_MS);
    parent_may_end(p);
}

/* keyd goes last: what is under way may have to be signed. */
void parent_may_end(struct parent *p)
{
    if (!p->is_stopping || !child_each_ended(p, false))
        return;
    if (child_each_ended(p, true)) {
        event_base_loopbreak(p->base);
        return;
    }
    child_kill(&p->keyd, p->is_hurried ? SIGKILL : SIGTERM);
    child_kill(&p->status, p->is_hurried ? SIGKILL : SIGTERM);
    if (!p->is_hurried)
        arm(p->patience, LEAVE_MS);
}

static void patience_ends(evutil_socket_t fd, short what, void *context)
{
    struct parent *p = context;
    if (p->is_stopping)
        hurry(p, "the time to finish is over");
    else
        reload_patience(fd, what, context);
}

/* --- Events -------------------------------------------------------------------------------------------------- */

void parent_became_ready(struct parent *p)
{
    char status[128];
    bool has_keyd =
        !p->keyd.is_wanted || (p->keyd.is_ready && p->keyd_life.list == NULL); /* it has told all keys */
    if (p->was_ready || !has_keyd || p->all->accepting < p->worker_n)
        return;
    p->was_ready = true;
    log_say(&p->log, CONF_NOTICE, "ready: %u workers, %zu sockets, %zu keys", p->worker_n, p->now.sockets.n,
            p->keyd_life.key_n);
    snprintf(status, sizeof status, "READY=1\nSTATUS=serving, configuration %u", p->now.number);
    notify_send(&p->notify, status);
    if (p->back_fd >= 0)
        background_ready(p->back_fd);
    p->back_fd = -1;
    reload_look(p);
}

static void signalled(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct parent *p = context;
    struct signalfd_siginfo s;
    while (read(fd, &s, sizeof s) == (ssize_t)sizeof s) {
        if (s.ssi_signo == SIGCHLD)
            child_reap(p);
        else if (s.ssi_signo == SIGHUP)
            reload_ask(p);
        else
            parent_stop(p, s.ssi_signo == SIGTERM ? "told to end" : "interrupted");
    }
}

static void look_at(struct child *c, uint64_t now_ms)
{
    char name[32];
    bool is_waited_for = c->role == ROLE_WORKER || (c->role == ROLE_KEYD && !c->is_ready);
    if (c->pid == 0 || !is_waited_for || now_ms - c->alive_ms < SILENT_MS)
        return;
    log_say(&c->parent->log, CONF_ERROR, "%s has been silent for 10 s: it is killed", child_name(c, name));
    c->alive_ms = now_ms;
    child_kill(c, SIGKILL);
}

/* Where the parent itself was held up (a stopped machine), the word of the workers waits in their channels: that is read first. */
static void beat(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct parent *p = context;
    uint64_t now_ms = clock_now_ms();
    bool was_held_up = p->all->beat_ms && now_ms - p->all->beat_ms > 3 * BEAT_S * 1000;
    p->all->beat_ms = now_ms;
    for (size_t i = 0; !was_held_up && i < COUNTERS_WORKERS_MAX; i++)
        look_at(&p->workers[i], now_ms);
    if (!was_held_up)
        look_at(&p->keyd, now_ms);
}

static void watchdog(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    const struct parent *p = context;
    notify_send(&p->notify, "WATCHDOG=1");
}

static void keys_look(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct parent *p = context;
    if (!p->keyd.is_ready || keyd_stamp(p->now.conf) == p->keyd_life.stamp)
        return;
    log_say(&p->log, CONF_NOTICE, "the keys have changed: keyd is renewed");
    keyd_renew(p);
}

static struct event *each(struct parent *p, uint64_t ms, event_callback_fn what)
{
    struct event *e = event_new(p->base, -1, EV_PERSIST, what, p);
    if (e)
        arm(e, ms);
    return e;
}

static bool open_signals(struct parent *p)
{
    sigset_t set;
    static const int signals[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT};
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(&set, signals[i]);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    p->signals = event_new(p->base, p->signal_fd, EV_READ | EV_PERSIST, signalled, p);
    return p->signal_fd >= 0 && p->signals && event_add(p->signals, NULL) == 0;
}

static bool open_events(struct parent *p)
{
    p->base = event_base_new();
    if (p->base == NULL)
        return false;
    p->patience = evtimer_new(p->base, patience_ends, p);
    p->beat = each(p, BEAT_S * 1000, beat);
    p->keys_look = each(p, KEYS_LOOK_S * 1000, keys_look);
    p->watchdog = p->notify.watchdog_ms ? each(p, p->notify.watchdog_ms, watchdog) : NULL;
    return p->patience && p->beat && p->keys_look && open_signals(p);
}

/* --- The beginning ------------------------------------------------------------------------------------------- */

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, gone, what, why);
    return false;
}

static bool read_zone(struct parent *p)
{
    const char *path = p->options->zone;
    struct stat s;
    if (path == NULL)
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_file = fd >= 0 && fstat(fd, &s) == 0 && s.st_size <= ZONE_BYTES;
    uint8_t *bytes = is_file ? malloc((size_t)s.st_size + 1) : NULL;
    ssize_t n = bytes ? read(fd, bytes, (size_t)s.st_size) : -1;
    int why = errno;
    if (fd >= 0)
        close(fd);
    p->zone_bytes = bytes;
    p->zone_text = (str){bytes, n > 0 ? (size_t)n : 0};
    return n >= 0 || complain(path, is_file || fd < 0 ? strerrordesc_np(why) : "larger than 64 MiB");
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void init(struct parent *p, const struct parent_options *options)
{
    p->options = options;
    p->back_fd = p->signal_fd = p->status_fd = -1;
    p->keyd_life.ready_fd = p->keyd_life.list_fd = -1;
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++)
        p->keyd_life.ends[i] = -1;
    if (gethostname(p->host, sizeof p->host - 1) != 0)
        p->host[0] = 0;
}

static int open_all(struct parent *p)
{
    struct conf_error error;
    struct listen_error why = {""};
    struct places places;
    p->now.number = 1;
    if (!generation_read(p, &p->now, &error)) {
        fprintf(stderr, "ingamd: %s\n", error.text);
        return PARENT_CONFIG;
    }
    p->all = counters_new();
    if (p->all == NULL || !open_events(p)) {
        complain("cannot start", "no memory");
        return PARENT_FAILED;
    }
    p->all->log_level = (uint32_t)p->now.conf->log.level;
    p->all->beat_ms = clock_now_ms();
    p->all->started_s = clock_wall_ms() / 1000;
    log_open(&p->log, p->now.conf, &p->all->log_level, "parent");
    struct listener_set none = {0};
    if (!listen_open(&p->now.sockets, p->now.conf, &none, &p->activated, &why) ||
        !places_open(p, p->now.conf, &places, &why) || !places_take(p, p->now.conf, &places)) {
        complain("cannot start", why.text);
        return PARENT_FAILED;
    }
    return 0;
}

static void start_children(struct parent *p)
{
    for (unsigned i = 0; i < COUNTERS_WORKERS_MAX; i++)
        child_init(p, &p->workers[i], ROLE_WORKER, i);
    child_init(p, &p->keyd, ROLE_KEYD, 0);
    child_init(p, &p->status, ROLE_STATUS, 0);
    p->worker_n = reload_worker_n(p->now.conf);
    p->keyd.is_wanted = keyd_is_wanted(p->now.conf);
    p->status.is_wanted = p->status_fd >= 0;
    child_start(&p->keyd);
    for (unsigned i = 0; i < p->worker_n; i++) {
        p->workers[i].is_wanted = true;
        child_start(&p->workers[i]);
    }
    child_start(&p->status);
}

static void close_all(struct parent *p)
{
    enum { EVENT_N = 5 };
    struct event *events[EVENT_N] = {p->signals, p->beat, p->watchdog, p->keys_look, p->patience};
    trial_close(p);
    keyd_forget(p);
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++)
        child_free(&p->workers[i]);
    child_free(&p->keyd);
    child_free(&p->status);
    places_close(p);
    generation_free(&p->now);
    for (size_t i = 0; i < EVENT_N; i++)
        if (events[i])
            event_free(events[i]);
    if (p->base)
        event_base_free(p->base);
    if (p->signal_fd >= 0)
        close(p->signal_fd);
    listen_activated_close(&p->activated);
    notify_close(&p->notify);
    free(p->zone_bytes);
    libevent_global_shutdown();
}

static int serve(struct parent *p)
{
    int status = open_all(p);
    if (status != 0)
        return status;
    if (p->options->pidfile && !pidfile_write(p->options->pidfile))
        return PARENT_FAILED;
    if (!sandbox_parent())
        log_say(&p->log, CONF_WARNING, "the parent keeps rights that it does not need: %s",
                strerrordesc_np(errno));
    start_children(p);
    event_base_dispatch(p->base);
    if (p->options->pidfile)
        unlink(p->options->pidfile);
    log_say(&p->log, CONF_NOTICE, "ended");
    return p->exit_status;
}

int parent_run(const struct parent_options *options)
{
    static struct parent p;
    init(&p, options);
    if (!read_zone(&p))
        return PARENT_FAILED;
    if (!options->is_foreground && (p.back_fd = background_enter()) < 0)
        return complain("cannot go into the background", strerrordesc_np(errno)), PARENT_FAILED;
    listen_activated_open(&p.activated);
    notify_open(&p.notify);
    raise_descriptors();
    int status = serve(&p);
    if (p.back_fd >= 0) {
        unsigned char byte = (unsigned char)status;
        (void)!write(p.back_fd, &byte, 1);
    }
    close_all(&p);
    return status;
}

int parent_check(const struct parent_options *options)
{
    static struct parent p;
    struct conf_error error;
    init(&p, options);
    bool is_good = generation_read(&p, &p.now, &error);
    if (is_good)
        puts("the configuration is good");
    else
        fprintf(stderr, "ingamd: %s\n", error.text);
    generation_free(&p.now);
    return is_good ? 0 : PARENT_CONFIG;
}
