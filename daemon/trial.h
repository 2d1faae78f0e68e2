/* SPDX-License-Identifier: BSD-2-Clause */
/* trial: for a minute the daemon knows a zone of our own, so that `ingam test inbound` can send mail whose results are known.
 *
 * Only names in and below TRIAL_NAME, which the DNS will never have [RFC6761 6.2], are looked up in it; all others are asked as
 * always. Only root and the daemon's user may begin one. While it lasts, the decision on each message whose author is
 * below that name goes to the parent, which keeps the last of them.
 *
 *     parent (parent_trial.c)   trial ZONE | trial end | trial results, and the minute
 *     worker (trial.c)          the second asker, and what was decided */
#ifndef DAEMON_TRIAL_H
#define DAEMON_TRIAL_H

#include "daemon/session.h"

#define TRIAL_NAME "ingam-trial.test"
enum { TRIAL_S = 60, TRIAL_KEPT = 32, TRIAL_TEXT_SIZE = 320 };

/* What was decided on one message, on its way from worker to parent. Texts end with NUL, and are cut where they are too long. */
struct trial_result {
    char mark[64];   /* the message's X-Ingam-Trial field: which probe it is */
    char id[16];     /* of the decision */
    char client[48]; /* the address that it came from */
    char spf_domain[TRIAL_TEXT_SIZE];
    char text[TRIAL_TEXT_SIZE];    /* of the reply */
    char reasons[TRIAL_TEXT_SIZE]; /* "p=reject; observing" */
    char trouble[TRIAL_TEXT_SIZE]; /* why nothing was judged */
    bool is_ours, has_verdict, is_held;
    uint8_t spf, dkim, dmarc; /* enum ingam_result; of several signatures the best counts */
    uint8_t mode;             /* enum ingam_mode of the policy that stands */
    uint8_t does, would_be, on_reject, on_quarantine; /* enum ingam_disposition */
    uint16_t code;
    uint32_t removed; /* fields taken out */
};

/* --- The worker's --- */

struct trial;
/* Begins a trial, in place of one that is on; an empty zone ends it.
 * in   channel  to the parent
 * ret  one is on now */
bool trial_begin(struct worker *w, int channel, str zone);
void trial_free(struct worker *w); /* no session is left */
/* ret  who is to be asked for this name */
struct asker *trial_asker(const struct worker *w, str name);
/* Tells the parent of a message that was decided on, where it belongs to a trial. */
void trial_tell(const struct session *s);

#endif
