/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/worker.h"

#include "daemon/trial.h"
#include "daemon/worker_inside.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TICK_S = 1, RENEW_APART_MS = 5000, PUBLIC_KEYS = 1024, OTHER_FILES = 1024, KEYS_WAIT_S = 2 };

static struct timeval time_of(uint64_t ms)
{
    return (struct timeval){.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

void worker_left(struct worker *w)
{
    struct life *life = (struct life *)w; /* its first member */
    w->connection_n--;
    w->counters->sessions_open = w->connection_n;
    if (w->connection_n == 0 && (w->is_draining || life->is_renewing))
        event_base_loopbreak(w->base);
}

static void leave(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct life *life = context;
    log_say(&life->w.log, CONF_WARNING, "leaving with %zu connections open", life->w.connection_n);
    event_base_loopbreak(life->w.base);
}

static void last_call(struct life *life, event_callback_fn what, uint64_t ms)
{
    struct timeval time = time_of(ms);
    if (life->last_call)
        event_free(life->last_call);
    life->last_call = evtimer_new(life->w.base, what, life);
    if (life->last_call == NULL || event_add(life->last_call, &time) != 0)
        event_base_loopbreak(life->w.base);
}

void worker_drain(struct life *life)
{
    struct worker *w = &life->w;
    if (w->is_draining)
        return;
    w->is_draining = true;
    worker_listen_end(life);
    last_call(life, leave, w->conf->limits.drain_ms);
    front_milter.drain(w);
    front_rspamc.drain(w);
    if (w->connection_n == 0)
        event_base_loopbreak(w->base);
}

static void drain_to_renew(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    worker_drain(context);
}

void worker_renew(struct life *life)
{
    struct worker *w = &life->w;
    if (life->is_renewing || w->is_draining)
        return;
    log_say(&w->log, CONF_NOTICE, "the resolver changes: a new process will take over");
    life->is_renewing = true;
    life->status = WORKER_RENEW;
    last_call(life, drain_to_renew,
              w->connection_n ? w->conf->limits.drain_ms + w->number * RENEW_APART_MS : 0);
}

static void terminated(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    worker_drain(context);
}

static void tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    worker_tell(context, CHANNEL_ALIVE, 0);
}

static bool say(const char *what, const char *why)
{
    fprintf(stderr, "ingamd: worker: %s: %s\n", what, why);
    return false;
}

static bool open_asker(struct life *life)
{
    struct worker *w = &life->w;
    const struct conf *c = w->conf;
    struct source_error error = {""};
    struct resolver_options options = {.forward = c->resolver.forward,
                                       .anchor_file = c->resolver.anchor_file,
                                       .question_ms = c->resolver.question_ms};
    switch (c->resolver.way) {
    case CONF_DNS_SYSTEM: options.way = RESOLVER_SYSTEM; break;
    case CONF_DNS_FORWARD: options.way = RESOLVER_FORWARD; break;
    case CONF_DNS_RECURSE: options.way = RESOLVER_RECURSE; break;
    }
    if (life->start->zone_name)
        w->asker = asker_open_zone(w->base, life->start->zone_name, life->start->zone_text, &error);
    else
        w->asker = asker_open(w->base, &options, c->resolver.cache_bytes, &error);
    return w->asker || say("the DNS cannot be asked", error.text);
}

/* The parent ends us by its word; a terminal's signals go to all of its processes. */
static bool mind_signals(struct life *life)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    life->term = evsignal_new(life->w.base, SIGTERM, terminated, life);
    bool is_set = life->term && event_add(life->term, NULL) == 0;
    sigprocmask(SIG_SETMASK, &none, NULL);
    return is_set;
}

static bool open_events(struct life *life)
{
    struct event_base *base = life->w.base;
    life->channel = event_new(base, life->start->channel, EV_READ | EV_PERSIST, worker_channel, life);
    life->tick = event_new(base, -1, EV_PERSIST, tick, life);
    struct timeval each = {.tv_sec = TICK_S};
    return life->channel && life->tick && event_add(life->channel, NULL) == 0 &&
           event_add(life->tick, &each) == 0 && mind_signals(life);
}

static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    if (config == NULL)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

/* Descriptors for all connections, and for the questions that their messages ask. */
static void raise_files(const struct conf *conf)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    rlim_t wanted = conf->limits.sessions + OTHER_FILES;
    if (files.rlim_cur == RLIM_INFINITY || files.rlim_cur >= wanted)
        return;
    files.rlim_cur = wanted < files.rlim_max ? wanted : files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static void waited(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    *(bool *)context = true;
}

/* Our users' mail that came before the list of keys would be deferred, so nobody is served before; but nobody waits long for a
 * keyd that is in trouble, since strangers' mail needs none. */
static void wait_for_keys(const struct worker *w)
{
    const struct timeval time = {.tv_sec = KEYS_WAIT_S};
    bool is_over = false;
    struct event *timer = event_new(w->base, -1, 0, waited, &is_over);
    if (timer == NULL)
        return;
    event_add(timer, &time);
    while (!is_over && !keyd_client_has_list(w->keyd))
        event_base_loop(w->base, EVLOOP_ONCE);
    event_free(timer);
}

static bool open_worker(struct life *life)
{
    struct worker *w = &life->w;
    const struct worker_start *start = life->start;
    raise_files(w->conf);
    w->base = new_base();
    if (w->base == NULL)
        return say("no event loop", "memory");
    if (!open_asker(life))
        return false;
    w->public_keys = ingam_keys_new(NULL, PUBLIC_KEYS);
    w->keyd = keyd_client_new(w->base, &w->log);
    if (w->public_keys == NULL || w->keyd == NULL)
        return say("cannot start", "memory");
    keyd_client_attach(w->keyd, start->keyd);
    if (start->keyd >= 0)
        wait_for_keys(w);
    if (!open_events(life))
        return say("cannot start", "memory");
    return worker_listen(life, w->conf, start->listens) || say("cannot serve its sockets", "memory");
}

static void end_event(struct event *event)
{
    if (event)
        event_free(event);
}

static void close_worker(struct life *life)
{
    struct worker *w = &life->w;
    worker_listen_end(life);
    coming_forget(&life->coming);
    end_event(life->channel);
    end_event(life->tick);
    end_event(life->term);
    end_event(life->last_call);
    if (w->connection_n == 0) { /* else they hold questions and wishes, and the process ends anyway */
        if (w->keyd)
            keyd_client_free(w->keyd);
        if (w->asker)
            asker_close(w->asker);
        trial_free(w);
        ingam_keys_free(w->public_keys);
        if (w->base)
            event_base_free(w->base);
        conf_drop(w->conf);
    }
}

static void begin(struct life *life, const struct worker_start *start, const char *process)
{
    life->start = start;
    life->w = (struct worker){.conf = conf_hold(start->conf),
                              .all = start->all,
                              .counters = &start->all->worker[start->number % COUNTERS_WORKERS_MAX],
                              .number = start->number,
                              .host = start->host};
    life->w.counters->sessions_open = 0;
    log_open(&life->w.log, start->conf, &start->all->log_level, process);
}

int worker_run(const struct worker_start *start)
{
    static struct life life;
    char process[32];
    snprintf(process, sizeof process, "worker %u", start->number);
    life = (struct life){0};
    begin(&life, start, process);
    bool is_open = open_worker(&life) && start->give_up_rights(start->conf, "worker");
    if (is_open) {
        worker_tell(&life, CHANNEL_READY, 0);
        event_base_dispatch(life.w.base);
    }
    close_worker(&life);
    return is_open ? life.status : 1;
}
