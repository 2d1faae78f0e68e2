/* SPDX-License-Identifier: BSD-2-Clause */
/* What a mail server says about one mail, cut into batches: what goes out between two replies. */
#ifndef BENCH_MILTER_LOAD_H
#define BENCH_MILTER_LOAD_H

#include "milter/client.h"

#include <stdio.h>

struct load_mail {
    const char *ip, *helo, *from, *to;
    struct arena memory;
    str text; /* LF or CRLF */
};
bool load_mail_read(struct load_mail *mail, const char *path);
void load_mail_free(struct load_mail *mail);

/* The options alone at first; then CONNECT and HELO, and from message_at on one message. */
enum { LOAD_BATCHES = 4096 };
struct load_plan {
    struct arena memory;
    str *batches;
    size_t n, message_at;
    size_t silent_at; /* the batch that has no reply: the greeting; SIZE_MAX: none */
};
void load_plan_options(struct load_plan *plan, uint32_t actions, uint32_t steps);
/* in  agreed  the milter's answer to the options */
void load_plan_make(struct load_plan *plan, const struct milter_answer *agreed, const struct load_mail *mail);
void load_plan_free(struct load_plan *plan);

/* ret  a connected socket; -1: none */
int load_open(const char *address);

#endif
