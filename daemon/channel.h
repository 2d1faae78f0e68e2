/* SPDX-License-Identifier: BSD-2-Clause */
/* What parent and children say to each other: packets on a SOCK_SEQPACKET pair, with open descriptors where needed. */
#ifndef DAEMON_CHANNEL_H
#define DAEMON_CHANNEL_H

#include "base/base.h"

enum channel_kind {
    CHANNEL_TEXT =
        1, /* parent: one piece of one configuration text; `name` is its file, is_last ends the piece's file */
    CHANNEL_CONF, /* parent: all texts of generation `number` are there; descriptors: its listening sockets in order */
    CHANNEL_TAKEN,   /* child: generation `number` is in force */
    CHANNEL_REFUSED, /* child: generation `number` could not be read; the old one stays */
    CHANNEL_KEYD,    /* parent: descriptor: a new keyd, or none */
    CHANNEL_READY,   /* child: it serves */
    CHANNEL_DRAIN,   /* parent: take no new connection, finish what is under way, leave */
    CHANNEL_ALIVE,   /* child: every second; a worker that is silent for 10 s is killed and replaced */
    CHANNEL_TRIAL, /* parent: the zone of trial `number`, or none: it is over; see trial.h. Child: so it is */
    CHANNEL_TRIAL_FAILED, /* child: trial `number` cannot be had */
    CHANNEL_TRIAL_RESULT  /* child: a struct trial_result */
};
enum { CHANNEL_BYTES = 32768, CHANNEL_FDS = 64, CHANNEL_NAME_SIZE = 512 };
struct channel_packet {
    uint32_t kind, number;
    bool is_last;
    char name[CHANNEL_NAME_SIZE];
    uint32_t n; /* bytes used */
    uint8_t bytes[CHANNEL_BYTES];
};
/* ret  false: the other end is gone, or the packet does not go out now (full) */
bool channel_send(int fd, const struct channel_packet *packet, const int *fds, size_t fd_n);
/* out  fds, fd_n  descriptors that came, close-on-exec; the caller closes them
 * ret  1 a packet, 0 none now, -1 the other end is gone */
int channel_receive(int fd, struct channel_packet *packet, int fds[CHANNEL_FDS], size_t *fd_n);

#endif
