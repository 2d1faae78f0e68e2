/* SPDX-License-Identifier: BSD-2-Clause */
/* control: a socket on which people ask the parent. One line in, one line of JSON back, and the connection ends. */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum { CONTROL_LINE_MAX = 8192, CONTROL_PEERS_MAX = 32, CONTROL_IDLE_S = 30 };

struct control;
struct control_peer;
/* in   line  what was asked, without its end. Answer now or later, by control_answer, once */
typedef void (*control_asked)(void *context, struct control_peer *peer, const char *line);

/* in   fd  listens already; closed with it */
struct control *control_new(struct event_base *base, int fd, control_asked asked, void *context);
void control_free(struct control *c);
uid_t control_uid(const struct control_peer *peer);
/* Sends it and ends the connection. Takes the reference. */
void control_answer(struct control_peer *peer, json_t *answer);
/* Keeps the peer for later: what it waits for is a small number that is not 0. */
void control_wait(struct control_peer *peer, int what);
/* ret  the next peer that waits for it; NULL: none */
struct control_peer *control_waiting(struct control *c, int what);

#endif
