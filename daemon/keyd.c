/* SPDX-License-Identifier: BSD-2-Clause */
/* One loop over the workers' sockets. Each turn takes at most one request of each, so that no worker can keep the others
 * waiting; an answer that does not go out now is kept, and nothing more is taken from that worker until it has gone. */
#include "daemon/keyd.h"

#include "io/keys.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS_MAX = 256 };

struct key {
    char domain[KEYD_NAME_SIZE], selector[KEYD_SELECTOR_SIZE];
    enum ingam_algorithm algorithm;
    struct ingam_private_key *private;
};

struct peer {
    int fd;          /* -1: gone */
    size_t listed_n; /* keys it was told of; key_n + 1: also that this was all */
    bool has_held;   /* an answer waits to go out */
    struct keyd_packet held;
};

struct keyd {
    const struct conf *conf;
    const struct log *log;
    struct key *keys; /* sorted by domain, selector, algorithm */
    size_t key_n;
    struct peer *peers;
    size_t peer_n;
};

bool keyd_packet_is_whole(const struct keyd_packet *p, size_t n)
{
    return n == sizeof *p && p->kind >= KEYD_KEY && p->kind <= KEYD_REFUSED &&
           p->algorithm <= INGAM_ED25519_SHA256 && memchr(p->domain, 0, sizeof p->domain) &&
           memchr(p->selector, 0, sizeof p->selector) &&
           (p->kind != KEYD_SIGNED || (p->n > 0 && p->n <= sizeof p->signature));
}

static void copy_z(char *to, size_t size, const char *from)
{
    size_t n = strnlen(from, size - 1);
    memcpy(to, from, n);
    to[n] = 0;
}

/* --- Keys ------------------------------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = strcmp(x->domain, y->domain);
    if (order == 0)
        order = strcmp(x->selector, y->selector);
    return order ? order : (int)x->algorithm - (int)y->algorithm;
}

static bool may_sign(const struct conf *c, str domain)
{
    return c->sign.domains.n == 0 || conf_names_fit(&c->sign.domains, domain) ||
           str_eq(domain, c->sign.seal_domain);
}

/* The keys go from the folder's list into ours. */
static void take_keys(struct keyd *k, const char *domain, struct keys_signing *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (k->key_n == KEYD_KEYS_MAX) {
            log_say(k->log, CONF_ERROR, "more than %d keys: those of %s are left out", KEYD_KEYS_MAX, domain);
            ingam_private_key_free(s->list[i].key);
            continue;
        }
        struct key *key = &k->keys[k->key_n++];
        copy_z(key->domain, sizeof key->domain, domain);
        copy_z(key->selector, sizeof key->selector, s->list[i].selector);
        key->algorithm = ingam_private_key_algorithm(s->list[i].key);
        key->private = s->list[i].key;
    }
    s->n = 0;
}

/* What is wrong with one domain's folder is said, and the others sign. */
static void load_domain(struct keyd *k, const char *domain)
{
    struct keys_signing s;
    struct keys_error error = {""};
    switch (keys_signing(k->conf->sign.keys, str_of(domain), &s, &error)) {
    case KEYS_OK:
        if (s.n == 0)
            log_say(k->log, CONF_WARNING, "%s: no key may sign yet", domain);
        take_keys(k, domain, &s);
        break;
    case KEYS_NONE: break;
    case KEYS_REFUSED:
    case KEYS_TROUBLE: log_say(k->log, CONF_ERROR, "%s signs nothing: %s", domain, error.text); break;
    }
    keys_signing_free(&s);
}

static bool is_among(str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(str_of(names[i]), name))
            return true;
    return false;
}

/* Says which domains are to sign by name and have no folder. */
static void miss_folders(const struct keyd *k, const char *const *names, size_t n)
{
    const struct conf_names *wanted = &k->conf->sign.domains;
    for (size_t i = 0; i < wanted->n; i++) {
        str name = wanted->list[i];
        if (name.n && name.p[0] != '.' && name.p[0] != '*' && !is_among(name, names, n))
            log_say(k->log, CONF_WARNING, "%.*s signs nothing: it has no folder in %s", (int)name.n,
                    (const char *)name.p, k->conf->sign.keys);
    }
}

static void load_keys(struct keyd *k)
{
    struct arena arena;
    const char **names = NULL;
    size_t n = 0;
    struct keys_error error = {""};
    const char *root = k->conf->sign.keys;
    if (root == NULL)
        return;
    arena_init(&arena, NULL, 16 << 20);
    enum keys_got got = keys_domains(root, &arena, &names, &n, &error);
    if (got != KEYS_OK)
        log_say(k->log, CONF_ERROR, "nothing is signed: %s", got == KEYS_NONE ? root : error.text);
    for (size_t i = 0; got == KEYS_OK && i < n; i++)
        if (may_sign(k->conf, str_of(names[i])))
            load_domain(k, names[i]);
    if (got == KEYS_OK)
        miss_folders(k, names, n);
    arena_free(&arena);
    qsort(k->keys, k->key_n, sizeof *k->keys, compare);
}

/* A core or a page of swap must not hold a key. */
static void guard_memory(const struct log *log)
{
    struct rlimit none = {0, 0};
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        log_say(log, CONF_WARNING, "cannot forbid core dumps: %s", strerror(errno));
}

static void lock_memory(const struct log *log)
{
    if (mlockall(MCL_CURRENT) != 0)
        log_say(log, CONF_NOTICE, "memory could not be locked: %s", strerror(errno));
}

/* --- Requests ---------------------------------------------------------------------------------------------------- */

static void leave(struct keyd *k, struct peer *p, const char *why)
{
    if (why)
        log_say(k->log, CONF_WARNING, "a worker's socket is closed: %s", why);
    close(p->fd);
    p->fd = -1;
}

static const struct key *find(const struct keyd *k, const struct keyd_packet *request)
{
    struct key wanted = {.algorithm = (enum ingam_algorithm)request->algorithm};
    copy_z(wanted.domain, sizeof wanted.domain, request->domain);
    copy_z(wanted.selector, sizeof wanted.selector, request->selector);
    return bsearch(&wanted, k->keys, k->key_n, sizeof wanted, compare);
}

/* Turns a request into its answer. */
static void answer(const struct keyd *k, struct keyd_packet *p)
{
    size_t n = 0;
    const struct key *key = find(k, p);
    if (key && ingam_private_key_sign(key->private, p->digest, p->signature, &n)) {
        p->kind = KEYD_SIGNED;
        p->n = (uint32_t)n;
        return;
    }
    p->kind = KEYD_REFUSED;
    p->n = key ? KEYD_KEY_FAILED : KEYD_NO_SUCH_KEY;
    log_say(k->log, CONF_WARNING, "%s._domainkey.%s did not sign: %s", p->selector, p->domain,
            key ? "the key failed" : "there is no such key");
}

/* ret  true: it went out. false: not now, or the worker is gone */
static bool send_packet(struct keyd *k, struct peer *p, const struct keyd_packet *packet)
{
    if (send(p->fd, packet, sizeof *packet, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
        return true;
    if (errno != EAGAIN && errno != EINTR)
        leave(k, p, NULL);
    return false;
}

static void take_request(struct keyd *k, struct peer *p)
{
    ssize_t n = recv(p->fd, &p->held, sizeof p->held, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        leave(k, p, NULL);
        return;
    }
    if (!keyd_packet_is_whole(&p->held, (size_t)n) || p->held.kind != KEYD_SIGN) {
        leave(k, p, "what came was no request");
        return;
    }
    answer(k, &p->held);
    p->has_held = !send_packet(k, p, &p->held);
}

/* Tells the next keys, as many as go out now. */
static void tell_keys(struct keyd *k, struct peer *p)
{
    struct keyd_packet packet = {.kind = KEYD_KEY};
    for (; p->listed_n < k->key_n; p->listed_n++) {
        const struct key *key = &k->keys[p->listed_n];
        packet.algorithm = key->algorithm;
        copy_z(packet.domain, sizeof packet.domain, key->domain);
        copy_z(packet.selector, sizeof packet.selector, key->selector);
        if (!send_packet(k, p, &packet))
            return;
    }
    packet = (struct keyd_packet){.kind = KEYD_LIST_END, .n = (uint32_t)k->key_n};
    if (send_packet(k, p, &packet))
        p->listed_n++;
}

static bool has_to_send(const struct keyd *k, const struct peer *p)
{
    return p->has_held || p->listed_n <= k->key_n;
}

static void serve_peer(struct keyd *k, struct peer *p, short what)
{
    if (what & POLLNVAL) {
        p->fd = -1;
        return;
    }
    if (what & POLLOUT && p->has_held)
        p->has_held = !send_packet(k, p, &p->held);
    else if (what & POLLOUT)
        tell_keys(k, p);
    else
        take_request(k, p);
}

/* ret  false: every worker is gone */
static bool serve_turn(struct keyd *k, struct pollfd *polled)
{
    size_t left = 0;
    for (size_t i = 0; i < k->peer_n; i++) {
        short wants = has_to_send(k, &k->peers[i]) ? POLLOUT : POLLIN;
        polled[i] = (struct pollfd){.fd = k->peers[i].fd, .events = wants};
        left += k->peers[i].fd >= 0;
    }
    if (left == 0)
        return false;
    if (poll(polled, k->peer_n, -1) <= 0)
        return errno == EINTR;
    for (size_t i = 0; i < k->peer_n; i++)
        if (polled[i].revents)
            serve_peer(k, &k->peers[i], polled[i].revents);
    return true;
}

static bool say_ready(const struct keyd_start *start)
{
    if (start->ready_fd < 0)
        return true;
    bool is_said = write(start->ready_fd, "", 1) == 1;
    close(start->ready_fd);
    return is_said;
}

static int serve(struct keyd *k, const struct keyd_start *start, struct pollfd *polled)
{
    for (size_t i = 0; i < start->socket_n; i++)
        k->peers[i].fd = start->sockets[i];
    guard_memory(k->log);
    load_keys(k);
    lock_memory(k->log);
    if (start->give_up_rights && !start->give_up_rights(start->conf, "keyd"))
        return 1;
    log_say(k->log, CONF_INFO, "%zu keys sign", k->key_n);
    if (!say_ready(start))
        return 1;
    while (serve_turn(k, polled))
        continue;
    return 0;
}

int keyd_run(const struct keyd_start *start)
{
    size_t n = start->socket_n;
    struct keyd k = {.conf = start->conf, .log = start->log, .peer_n = n};
    if (n == 0 || n > WORKERS_MAX)
        return n ? 1 : 0;
    struct pollfd *polled = calloc(n, sizeof *polled);
    k.peers = calloc(n, sizeof *k.peers);
    k.keys = calloc(KEYD_KEYS_MAX, sizeof *k.keys);
    int status = polled && k.peers && k.keys ? serve(&k, start, polled) : 1;
    for (size_t i = 0; k.keys && i < k.key_n; i++)
        ingam_private_key_free(k.keys[i].private);
    free(k.keys);
    free(k.peers);
    free(polled);
    return status;
}
