/* SPDX-License-Identifier: BSD-2-Clause */
/* keyd: the process that holds the private keys and does nothing else.
 *
 * It reads the keys that may sign now (io/keys.h: the youngest active one of each algorithm of each domain), gives up all
 * rights, and then answers digests over one SOCK_SEQPACKET socket for each worker. A request names domain, selector and
 * algorithm; for a domain that the configuration does not let us sign, or a key that is not there, it says no. Each
 * worker is told at the start, and whenever keys change (the parent then starts another keyd and hands the workers new
 * sockets), which keys there are: the list is the first thing on the socket. */
#ifndef DAEMON_KEYD_H
#define DAEMON_KEYD_H

#include "conf/conf.h"
#include "daemon/log.h"

enum { KEYD_KEYS_MAX = 4096, KEYD_NAME_SIZE = 256, KEYD_SELECTOR_SIZE = 128 };

/* Everything is one packet of one of these, in host order: both ends are the same program. */
enum keyd_kind { KEYD_KEY = 1, KEYD_LIST_END, KEYD_SIGN, KEYD_SIGNED, KEYD_REFUSED };
struct keyd_packet {
    uint32_t kind;
    uint32_t id;
    uint32_t algorithm; /* enum ingam_algorithm */
    uint32_t n;         /* SIGNED: bytes of signature; REFUSED: a keyd_refusal */
    char domain[KEYD_NAME_SIZE], selector[KEYD_SELECTOR_SIZE];
    uint8_t digest[32];
    uint8_t signature[INGAM_SIGNATURE_MAX];
};
/* ret  a packet of n bytes is one of ours: whole, its texts end, its numbers are in bounds */
bool keyd_packet_is_whole(const struct keyd_packet *p, size_t n);
enum keyd_refusal { KEYD_NO_SUCH_KEY = 1, KEYD_KEY_FAILED };

/* The process's life: never returns but with the exit status.
 * in   sockets  one a worker; ready_fd: one byte goes there once the keys are read and rights are given up */
struct keyd_start {
    const struct conf *conf;
    struct log *log;
    const int *sockets;
    size_t socket_n;
    int ready_fd;
    bool (*give_up_rights)(const struct conf *conf, const char *role); /* sandbox.h's */
};
int keyd_run(const struct keyd_start *start);

/* --- The worker's end --------------------------------------------------------------------------------------- */

struct event_base;
struct keyd_client;
struct keyd_wish;                                            /* one digest on its way */
typedef void (*keyd_answered)(void *context, str signature); /* empty: refused, or keyd is gone */

/* Waits for no one: requests made before the list has come are held back up to 2 s, then refused. */
struct keyd_client *keyd_client_new(struct event_base *base, struct log *log);
void keyd_client_free(struct keyd_client *k);
/* Gives it the socket of a (new) keyd; what was open with the old one is asked again, once. fd -1: there is none, and no key
 * is known. Where a keyd has only died, its keys stay known until the next one tells its own. */
void keyd_client_attach(struct keyd_client *k, int fd);
/* The keys for a domain, one for each algorithm, RSA first. ret how many (0 to 2) */
struct keyd_known {
    enum ingam_algorithm algorithm;
    const char *selector; /* until the next attach or loop turn; copy it */
};
size_t keyd_client_keys(const struct keyd_client *k, str domain, struct keyd_known known[2]);
bool keyd_client_has_list(const struct keyd_client *k);
/* What is to be signed; all of it is copied. */
struct keyd_wanted {
    str domain, selector;
    enum ingam_algorithm algorithm;
    const uint8_t *digest; /* 32 bytes */
};
/* ret  NULL: no memory; else `answered` is called once, from the loop, within 2 s, unless cancelled */
struct keyd_wish *keyd_client_sign(struct keyd_client *k, const struct keyd_wanted *wanted,
                                   keyd_answered answered, void *context);
void keyd_client_cancel(struct keyd_wish *wish);

#endif
