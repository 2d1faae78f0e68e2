/* SPDX-License-Identifier: BSD-2-Clause */
/* A generation is read, its snapshot made and its sockets bound before anything of the old one is touched. What fails before
 * that leaves the old one in force. Reloads that are asked for while one is under way become one reload behind it. */
#include "daemon/parent_inside.h"
#include "io/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_S = 10 };

unsigned reload_worker_n(const struct conf *conf)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = conf->workers ? conf->workers : cores > 0 ? (unsigned)cores : 1;
    return n < COUNTERS_WORKERS_MAX ? n : COUNTERS_WORKERS_MAX;
}

static bool has_no_room(const struct conf_texts *texts, struct conf_error *error)
{
    if (texts->n < CONF_TEXTS_MAX)
        return false;
    snprintf(error->text, sizeof error->text, "command line: there are %d files already", CONF_TEXTS_MAX);
    return true;
}

/* Adds what the command line says, if it says something. */
static bool add_options(const struct parent *p, struct conf_texts *texts, struct conf_error *error)
{
    struct listen_error why = {""};
    str text = {0};
    if (has_no_room(texts, error))
        return false;
    struct conf_text *to = &texts->list[texts->n++];
    bool is_good = listen_options_text(&p->options->listen, &text, &why);
    *to = (struct conf_text){.name = strdup("command line"), .text = text};
    if (!is_good || to->name == NULL)
        snprintf(error->text, sizeof error->text, "command line: %.500s", is_good ? "no memory" : why.text);
    else if (text.n == 0 && texts->n > 1)
        texts->n--;
    if (to == &texts->list[texts->n])
        conf_texts_free(&(struct conf_texts){.list = {*to}, .n = 1});
    return is_good && error->text[0] == 0;
}

bool generation_read(const struct parent *p, struct generation *g, struct conf_error *error)
{
    g->texts.n = 0;
    g->read_s = (int64_t)(clock_wall_ms() / 1000);
    error->text[0] = 0;
    if (p->options->config && !conf_load(p->options->config, &g->texts, error))
        return false;
    if (!add_options(p, &g->texts, error))
        return false;
    g->conf = conf_read(g->texts.list, g->texts.n, p->host, error);
    return g->conf != NULL;
}

void generation_free(struct generation *g)
{
    listen_close(&g->sockets);
    conf_texts_free(&g->texts);
    conf_drop(g->conf);
    *g = (struct generation){0};
}

/* --- What changes -------------------------------------------------------------------------------------------- */

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool are_same(const struct conf_names *a, const struct conf_names *b)
{
    bool is = a->n == b->n;
    for (size_t i = 0; is && i < a->n; i++)
        is = str_eq(a->list[i], b->list[i]);
    return is;
}

static bool has_same_log(const struct conf *a, const struct conf *b)
{
    return a->log.to == b->log.to && a->log.form == b->log.form;
}

static bool keyd_may_stay(const struct parent *p, const struct conf *old)
{
    const struct conf *now = p->now.conf;
    return is_same(old->sign.keys, now->sign.keys) && are_same(&old->sign.domains, &now->sign.domains) &&
           old->sign.for_subdomains == now->sign.for_subdomains &&
           str_eq(old->sign.seal_domain, now->sign.seal_domain) && has_same_log(old, now) &&
           p->keyd_life.stamp == keyd_stamp(now);
}

static void change_workers(struct parent *p)
{
    unsigned n = reload_worker_n(p->now.conf);
    bool is_more = n > p->worker_n;
    p->worker_n = n;
    for (unsigned i = 0; i < COUNTERS_WORKERS_MAX; i++) {
        struct child *c = &p->workers[i];
        c->is_wanted = i < n;
        if (c->pid && c->is_wanted && !c->is_replaced)
            worker_owe_conf(c);
        if (!c->is_wanted)
            worker_owe_drain(c);
    }
    if (is_more && p->keyd.is_wanted)
        keyd_renew(p); /* it has a socket for each */
    for (unsigned i = 0; i < n; i++)
        child_start(&p->workers[i]);
}

static void no_keyd(struct parent *p)
{
    p->keyd.is_wanted = false;
    child_kill(&p->keyd, SIGTERM);
    keyd_forget(p);
    for (unsigned i = 0; i < p->worker_n; i++) {
        p->workers[i].owes_keyd = p->workers[i].pid != 0;
        worker_flush(&p->workers[i]);
    }
}

static void change_keyd(struct parent *p, const struct conf *old)
{
    bool is_wanted = keyd_is_wanted(p->now.conf), was_wanted = p->keyd.is_wanted;
    if (was_wanted && !is_wanted)
        no_keyd(p);
    else if (is_wanted && !(was_wanted && keyd_may_stay(p, old))) {
        p->keyd.is_wanted = true;
        keyd_renew(p);
    }
}

static void change_status(struct parent *p, const struct conf *old)
{
    bool is_same_place = is_same(old->metrics, p->now.conf->metrics);
    p->status.is_wanted = p->status_fd >= 0;
    if (p->status.pid && (!is_same_place || !has_same_log(old, p->now.conf))) {
        p->status.is_replaced = true;
        child_kill(&p->status, SIGTERM);
    }
    if (p->status.is_wanted && p->status.pid == 0)
        child_start(&p->status);
}

static void warn_of_user(struct parent *p, const struct conf *old)
{
    if (!is_same(old->user, p->now.conf->user))
        log_say(&p->log, CONF_WARNING,
                "user has changed: running processes keep the old one until ingamd is started again");
}

/* --- One reload ---------------------------------------------------------------------------------------------- */

static void refuse(struct parent *p, struct generation *g, const char *why)
{
    char status[LISTEN_ERROR_SIZE + 128];
    generation_free(g);
    p->all->reloads_refused++;
    log_say(&p->log, CONF_ERROR, "%s", why);
    log_say(&p->log, CONF_ERROR, "the new configuration is refused; generation %u stays in force",
            p->now.number);
    snprintf(status, sizeof status, "READY=1\nSTATUS=new configuration refused: %.400s", why);
    notify_send(&p->notify, status);
    parent_answer_reloads(p, why);
}

static void put_in_force(struct parent *p, struct generation *g)
{
    struct generation old = p->now;
    g->number = old.number + 1;
    p->now = *g;
    p->all->log_level = (uint32_t)g->conf->log.level;
    log_open(&p->log, g->conf, &p->all->log_level, "parent");
    p->all->reloads++;
    p->is_reloading = true;
    change_workers(p);
    change_keyd(p, old.conf);
    change_status(p, old.conf);
    warn_of_user(p, old.conf);
    generation_free(&old);
    event_add(p->patience, &(struct timeval){.tv_sec = PATIENCE_S});
}

static bool open_sockets(struct parent *p, struct generation *g, struct listen_error *error)
{
    struct places places;
    if (!places_open(p, g->conf, &places, error))
        return false;
    if (listen_open(&g->sockets, g->conf, &p->now.sockets, &p->activated, error) &&
        places_take(p, g->conf, &places))
        return true;
    places_drop(&places);
    return false;
}

static void reload(struct parent *p)
{
    struct generation g = {0};
    struct conf_error error;
    struct listen_error why = {""};
    p->wants_reload = false;
    parent_reload_begins(p);
    notify_reloading(&p->notify);
    if (!generation_read(p, &g, &error))
        refuse(p, &g, error.text);
    else if (!open_sockets(p, &g, &why))
        refuse(p, &g, why.text);
    else
        put_in_force(p, &g);
}

static bool has_been_taken(const struct parent *p)
{
    for (unsigned i = 0; i < p->worker_n; i++) {
        const struct child *c = &p->workers[i];
        if (c->pid && c->generation != p->now.number && !c->is_replaced)
            return false;
    }
    return !p->keyd.is_wanted || p->keyd.pid == 0 || p->keyd.is_ready;
}

static void finish(struct parent *p)
{
    char status[128];
    p->is_reloading = false;
    event_del(p->patience);
    if (p->wants_reload)
        event_active(p->patience, EV_TIMEOUT, 0);
    log_say(&p->log, CONF_NOTICE, "generation %u of the configuration is in force", p->now.number);
    snprintf(status, sizeof status, "READY=1\nSTATUS=serving, configuration %u", p->now.number);
    notify_send(&p->notify, status);
    parent_answer_reloads(p, NULL);
}

void reload_look(struct parent *p)
{
    if (p->is_reloading && !p->is_stopping && has_been_taken(p))
        finish(p);
    if (p->wants_reload && p->was_ready && !p->is_reloading && !p->is_stopping)
        event_active(p->patience, EV_TIMEOUT, 0);
}

void reload_patience(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct parent *p = context;
    if (p->is_stopping)
        return;
    if (p->is_reloading) {
        log_say(&p->log, CONF_WARNING, "not every process has taken generation %u yet", p->now.number);
        finish(p);
        return;
    }
    if (p->wants_reload)
        reload(p);
}

void reload_ask(struct parent *p)
{
    p->wants_reload = true;
    if (!p->is_reloading && p->was_ready && !p->is_stopping)
        reload(p);
}
