/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parent says to a worker. A configuration comes as the texts the parent has read, since a worker opens no files, and
 * the sockets it names come with it. */
#include "daemon/trial.h"
#include "daemon/worker_inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool worker_tell(struct life *life, enum channel_kind kind, uint32_t number)
{
    life->packet = (struct channel_packet){.kind = kind, .number = number};
    return channel_send(life->start->channel, &life->packet, NULL, 0);
}

void coming_forget(struct coming *coming)
{
    for (size_t i = 0; i < coming->n; i++) {
        free(coming->texts[i].name);
        free(coming->texts[i].p);
    }
    *coming = (struct coming){0};
}

static bool add_text(struct coming *coming, const char *name)
{
    if (coming->n == CONF_TEXTS_MAX)
        return false;
    coming->texts[coming->n].name = strndup(name, CHANNEL_NAME_SIZE);
    if (coming->texts[coming->n].name == NULL)
        return false;
    coming->n++;
    return true;
}

static bool add_bytes(struct coming *coming, const struct channel_packet *packet)
{
    size_t i = coming->n - 1, n = coming->texts[i].n;
    uint8_t *p = realloc(coming->texts[i].p, n + packet->n + 1);
    if (p == NULL)
        return false;
    memcpy(p + n, packet->bytes, packet->n);
    coming->texts[i].p = p;
    coming->texts[i].n = n + packet->n;
    return true;
}

static bool add(struct coming *coming, const struct channel_packet *packet)
{
    return (coming->is_open || add_text(coming, packet->name)) && add_bytes(coming, packet);
}

static struct conf *read_conf(const struct coming *coming, const char *host, struct conf_error *error)
{
    struct conf_text texts[CONF_TEXTS_MAX];
    for (size_t i = 0; i < coming->n; i++)
        texts[i] = (struct conf_text){coming->texts[i].name, {coming->texts[i].p, coming->texts[i].n}};
    return conf_read(texts, coming->n, host, error);
}

static void take_text(struct life *life, const struct channel_packet *p)
{
    struct coming *coming = &life->coming;
    if (coming->generation != p->number)
        coming_forget(coming);
    coming->generation = p->number;
    coming->bytes += p->n;
    if (p->n > CHANNEL_BYTES || coming->bytes > 2 * CONF_TEXT_BYTES || !add(coming, p))
        coming->is_broken = true;
    coming->is_open = !p->is_last && !coming->is_broken;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What asker_open was given; the rest of the block has no part in it. */
static bool has_same_resolver(const struct conf *a, const struct conf *b)
{
    return a->resolver.way == b->resolver.way && is_same(a->resolver.forward, b->resolver.forward) &&
           is_same(a->resolver.anchor_file, b->resolver.anchor_file) &&
           a->resolver.question_ms == b->resolver.question_ms &&
           a->resolver.cache_bytes == b->resolver.cache_bytes;
}

/* ret  false: nothing has changed */
static bool take_conf(struct life *life, const int *fds, size_t fd_n)
{
    struct worker *w = &life->w;
    struct conf_error error;
    struct conf *conf = NULL;
    if (!life->coming.is_broken && !life->coming.is_open)
        conf = read_conf(&life->coming, w->host, &error);
    if (conf == NULL || fd_n != conf->listen_n || !worker_listen(life, conf, fds)) {
        log_say(&w->log, CONF_ERROR, "the new configuration cannot be taken: %s",
                conf ? "its sockets are not there" : "it does not read as it did in the parent");
        conf_drop(conf);
        return false;
    }
    bool must_renew = !life->start->zone_name && !has_same_resolver(w->conf, conf);
    conf_drop(w->conf);
    w->conf = conf;
    log_open(&w->log, conf, &w->all->log_level, w->log.process);
    if (must_renew)
        worker_renew(life);
    return true;
}

static void close_fds(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
}

static void take_or_refuse(struct life *life, uint32_t number, const int *fds, size_t fd_n)
{
    bool is_taken = !life->w.is_draining && life->coming.generation == number && take_conf(life, fds, fd_n);
    if (!is_taken)
        close_fds(fds, fd_n);
    coming_forget(&life->coming);
    worker_tell(life, is_taken ? CHANNEL_TAKEN : CHANNEL_REFUSED, number);
}

static void take_trial(struct life *life, const struct channel_packet *p)
{
    uint32_t number = p->number;
    str zone = {p->bytes, p->n};
    bool is_on = trial_begin(&life->w, life->start->channel, zone);
    worker_tell(life, is_on == (zone.n > 0) ? CHANNEL_TRIAL : CHANNEL_TRIAL_FAILED, number);
}

static void hear(struct life *life, const int *fds, size_t fd_n)
{
    uint32_t kind = life->packet.kind, number = life->packet.number;
    if (kind == CHANNEL_CONF) {
        take_or_refuse(life, number, fds, fd_n);
        return;
    }
    bool has_keyd = kind == CHANNEL_KEYD && fd_n > 0;
    if (kind == CHANNEL_TEXT)
        take_text(life, &life->packet);
    else if (kind == CHANNEL_KEYD)
        keyd_client_attach(life->w.keyd, has_keyd ? fds[0] : -1);
    else if (kind == CHANNEL_TRIAL)
        take_trial(life, &life->packet);
    else if (kind == CHANNEL_DRAIN)
        worker_drain(life);
    close_fds(fds + has_keyd, fd_n - has_keyd);
}

void worker_channel(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct life *life = context;
    int fds[CHANNEL_FDS];
    size_t fd_n = 0;
    int got;
    while ((got = channel_receive(fd, &life->packet, fds, &fd_n)) > 0)
        hear(life, fds, fd_n);
    if (got == 0)
        return;
    event_del(life->channel);
    if (!life->w.is_draining)
        log_say(&life->w.log, CONF_WARNING, "the parent is gone: finishing what is under way");
    worker_drain(life);
}
