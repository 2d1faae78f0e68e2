/* SPDX-License-Identifier: BSD-2-Clause */
/* A socket that a stock Postfix can reach. Its smtpd is locked into the queue's folder, and is in no group of ours. So the socket lies in
 * the queue, in a folder that hands its group on to what is made in it; a file conf.d/postfix.conf tells the daemon of it. */
#ifndef CLI_SETUP_PLACE_H
#define CLI_SETUP_PLACE_H

#include "cli/setup.h"

enum { PLACE_SIZE = 512 };
struct place {
    bool is_needed;            /* the daemon has no socket that Postfix can reach */
    char folder[PLACE_SIZE];   /* QUEUE/ingam; the socket in it is called milter */
    char file[PLACE_SIZE];     /* conf.d/postfix.conf beside the daemon's configuration */
    char text[2 * PLACE_SIZE]; /* what stands in it */
    char owner[64];            /* who the daemon is: Postfix need not look into the folder, only through it */
    char mail_owner[64];       /* the account of Postfix */
};
/* ret  false: a path is too long; said */
bool place_plan(const struct setup *s, str queue, str mail_owner, struct place *place);
/* The commands as a person would type them. */
void place_show(const struct place *place);
/* Makes folder and file, and lets the daemon start anew where there was none of them.
 * ret  exit status; what went wrong is said */
int place_make(struct setup *s, const struct place *place);
/* Takes the file away if it is as we wrote it. */
int place_leave(struct setup *s, const struct place *place);

#endif
