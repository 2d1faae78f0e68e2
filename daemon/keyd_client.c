/* SPDX-License-Identifier: BSD-2-Clause */
/* The worker's end of keyd. Wishes stand in the order of their deadlines, which are all equally far; so the first answer
 * mostly belongs to the first wish. A keyd that dies is replaced within moments: the keys it told of stay known, wishes wait
 * for the new one up to their deadline, and are asked again once. */
#include "daemon/keyd.h"

#include "io/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WISH_MS = 2000, TRIES_MAX = 2, PACKETS_A_TURN = 64 };

struct key {
    char domain[KEYD_NAME_SIZE], selector[KEYD_SELECTOR_SIZE];
    enum ingam_algorithm algorithm;
};

struct keys {
    struct key *list; /* once complete: sorted by domain, RSA first */
    size_t n, cap;
};

struct keyd_wish {
    struct keyd_wish *next;
    struct keyd_client *client;
    struct keyd_packet request;
    bool is_sent; /* to the keyd that is attached now */
    unsigned tries;
    uint64_t deadline_ms;
    keyd_answered answered;
    void *context;
};

struct keyd_client {
    struct event_base *base;
    struct log *log;
    int fd; /* -1: none */
    struct event *readable, *writable, *timer;
    struct keys known, coming;
    bool has_list;                  /* `known` is what some keyd told whole */
    bool is_serving;                /* the keyd that is attached now has told its list */
    struct keyd_wish *first, **end; /* *end is the pointer behind the last */
    uint32_t last_id;
};

/* Takes out the wish that this link of the list points to. */
static struct keyd_wish *take_out(struct keyd_client *k, struct keyd_wish **link)
{
    struct keyd_wish *w = *link;
    *link = w->next;
    if (w->next == NULL)
        k->end = link;
    return w;
}

static void grant(struct keyd_wish *w, str signature)
{
    w->answered(w->context, signature);
    free(w);
}

/* --- The list of keys ----------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = strcmp(x->domain, y->domain);
    return order ? order : (int)x->algorithm - (int)y->algorithm;
}

/* ret  false: no memory, or more keys than there can be */
static bool add_key(struct keys *keys, const struct keyd_packet *p)
{
    if (keys->n == keys->cap) {
        size_t cap = keys->cap ? keys->cap * 2 : 16;
        struct key *list = cap <= KEYD_KEYS_MAX ? realloc(keys->list, cap * sizeof *list) : NULL;
        if (list == NULL)
            return false;
        keys->list = list;
        keys->cap = cap;
    }
    struct key *key = &keys->list[keys->n++];
    memcpy(key->domain, p->domain, sizeof key->domain);
    memcpy(key->selector, p->selector, sizeof key->selector);
    key->algorithm = (enum ingam_algorithm)p->algorithm;
    return true;
}

static void forget_keys(struct keys *keys)
{
    free(keys->list);
    *keys = (struct keys){NULL, 0, 0};
}

size_t keyd_client_keys(const struct keyd_client *k, str domain, struct keyd_known known[2])
{
    size_t low = 0, high = k->known.n, n = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(str_of(k->known.list[middle].domain), domain) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < k->known.n && n < 2 && str_eq(str_of(k->known.list[low].domain), domain); low++)
        known[n++] = (struct keyd_known){k->known.list[low].algorithm, k->known.list[low].selector};
    return n;
}

bool keyd_client_has_list(const struct keyd_client *k)
{
    return k->has_list;
}

/* --- The socket ------------------------------------------------------------------------------------------------------- */

static void detach(struct keyd_client *k)
{
    if (k->readable)
        event_free(k->readable);
    if (k->writable)
        event_free(k->writable);
    k->readable = k->writable = NULL;
    if (k->fd >= 0)
        close(k->fd);
    k->fd = -1;
    k->is_serving = false;
    forget_keys(&k->coming);
}

static void lose(struct keyd_client *k, const char *why)
{
    log_say(k->log, CONF_WARNING, "keyd is gone: %s", why);
    detach(k);
}

/* Sends what has not gone out yet, in order, as far as the socket takes it. */
static void send_wishes(struct keyd_client *k)
{
    for (struct keyd_wish *w = k->first; w && k->is_serving; w = w->next) {
        if (w->is_sent)
            continue;
        if (send(k->fd, &w->request, sizeof w->request, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
            w->is_sent = true;
            w->tries++;
        } else if (errno == EAGAIN || errno == EINTR) {
            event_add(k->writable, NULL);
            return;
        } else
            lose(k, strerror(errno));
    }
}

static void can_write(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    send_wishes(context);
}

static void take_answer(struct keyd_client *k, const struct keyd_packet *p)
{
    struct keyd_wish **link = &k->first;
    while (*link && ((*link)->request.id != p->id || !(*link)->is_sent))
        link = &(*link)->next;
    if (*link == NULL)
        return; /* cancelled, or too late */
    if (p->kind == KEYD_REFUSED)
        log_say(k->log, CONF_WARNING, "keyd refused to sign: %s",
                p->n == KEYD_NO_SUCH_KEY ? "there is no such key" : "the key failed");
    grant(take_out(k, link), p->kind == KEYD_SIGNED ? (str){p->signature, p->n} : S(""));
}

static void end_list(struct keyd_client *k)
{
    forget_keys(&k->known);
    k->known = k->coming;
    k->coming = (struct keys){NULL, 0, 0};
    if (k->known.n)
        qsort(k->known.list, k->known.n, sizeof *k->known.list, compare);
    k->has_list = k->is_serving = true;
    send_wishes(k);
}

static void take_packet(struct keyd_client *k, const struct keyd_packet *p)
{
    switch (p->kind) {
    case KEYD_KEY:
        if (!add_key(&k->coming, p))
            lose(k, "its list is too long");
        break;
    case KEYD_LIST_END: end_list(k); break;
    case KEYD_SIGNED:
    case KEYD_REFUSED: take_answer(k, p); break;
    default: lose(k, "what came was no answer"); break;
    }
}

static void can_read(evutil_socket_t fd, short what, void *context)
{
    struct keyd_client *k = context;
    struct keyd_packet p;
    (void)what;
    for (int i = 0; i < PACKETS_A_TURN && k->fd == fd; i++) {
        ssize_t n = recv(fd, &p, sizeof p, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n > 0 && keyd_packet_is_whole(&p, (size_t)n))
            take_packet(k, &p);
        else
            lose(k, n < 0 ? strerror(errno) : n ? "what came was no answer" : "it has ended");
    }
}

/* --- Wishes ---------------------------------------------------------------------------------------------------------- */

static void set_timer(struct keyd_client *k, uint64_t now_ms)
{
    uint64_t left_ms = k->first->deadline_ms > now_ms ? k->first->deadline_ms - now_ms : 0;
    struct timeval wait = {(time_t)(left_ms / 1000), (suseconds_t)(left_ms % 1000 * 1000)};
    evtimer_add(k->timer, &wait);
}

static void expire(evutil_socket_t fd, short what, void *context)
{
    struct keyd_client *k = context;
    uint64_t now_ms = clock_now_ms();
    size_t n = 0;
    (void)fd;
    (void)what;
    for (; k->first && k->first->deadline_ms <= now_ms; n++)
        grant(take_out(k, &k->first), S(""));
    if (n)
        log_say(k->log, CONF_WARNING, "%zu signatures were not made: keyd did not answer", n);
    if (k->first)
        set_timer(k, now_ms);
}

/* A name that is too long is cut, and is then that of no key. */
static void copy_text(char *to, size_t size, str text)
{
    str cut = str_first(text, size - 1);
    if (cut.n)
        memcpy(to, cut.p, cut.n);
    to[cut.n] = 0;
}

struct keyd_wish *keyd_client_sign(struct keyd_client *k, const struct keyd_wanted *wanted,
                                   keyd_answered answered, void *context)
{
    struct keyd_wish *w = calloc(1, sizeof *w);
    uint64_t now_ms = clock_now_ms();
    if (w == NULL)
        return NULL;
    w->client = k;
    w->request = (struct keyd_packet){.kind = KEYD_SIGN, .id = ++k->last_id, .algorithm = wanted->algorithm};
    memcpy(w->request.digest, wanted->digest, sizeof w->request.digest);
    copy_text(w->request.domain, sizeof w->request.domain, wanted->domain);
    copy_text(w->request.selector, sizeof w->request.selector, wanted->selector);
    w->deadline_ms = now_ms + WISH_MS;
    w->answered = answered;
    w->context = context;
    *k->end = w;
    k->end = &w->next;
    if (!evtimer_pending(k->timer, NULL))
        set_timer(k, now_ms);
    send_wishes(k);
    return w;
}

void keyd_client_cancel(struct keyd_wish *w)
{
    if (w == NULL)
        return;
    struct keyd_wish **link = &w->client->first;
    while (*link && *link != w)
        link = &(*link)->next;
    if (*link)
        free(take_out(w->client, link));
}

void keyd_client_attach(struct keyd_client *k, int fd)
{
    uint64_t now_ms = clock_now_ms();
    detach(k);
    if (fd < 0) {
        forget_keys(&k->known);
        k->has_list = false;
        return;
    }
    k->fd = fd;
    k->readable = event_new(k->base, fd, EV_READ | EV_PERSIST, can_read, k);
    k->writable = event_new(k->base, fd, EV_WRITE, can_write, k);
    if (k->readable == NULL || k->writable == NULL || event_add(k->readable, NULL) != 0) {
        lose(k, "no memory");
        return;
    }
    for (struct keyd_wish *w = k->first; w; w = w->next) {
        if (w->is_sent && w->tries >= TRIES_MAX)
            w->deadline_ms = now_ms; /* two keyds have died over it: the timer refuses it now */
        w->is_sent = w->tries >= TRIES_MAX;
    }
    if (k->first)
        set_timer(k, now_ms);
}

struct keyd_client *keyd_client_new(struct event_base *base, struct log *log)
{
    struct keyd_client *k = calloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    *k = (struct keyd_client){.base = base, .log = log, .fd = -1, .timer = evtimer_new(base, expire, k)};
    k->end = &k->first;
    if (k->timer)
        return k;
    free(k);
    return NULL;
}

void keyd_client_free(struct keyd_client *k)
{
    if (k == NULL)
        return;
    detach(k);
    forget_keys(&k->known);
    while (k->first)
        free(take_out(k, &k->first));
    event_free(k->timer);
    free(k);
}
