/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam setup: the few lines by which a mail server learns of the daemon; printed, put in, or taken out again. */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "base/base.h"
#include "conf/conf.h"

enum setup_verb { SETUP_SHOW, SETUP_APPLY, SETUP_UNDO };

struct setup {
    enum setup_verb verb;
    const char *config; /* of the daemon; NULL: /etc/ingam/ingam.conf */
    const char *listen; /* an address of the daemon instead of those in its configuration; NULL: none */
    const char
        *mta_config; /* Postfix: the folder of main.cf; Exim, Sendmail: the file; NULL: where Debian has it */
    bool defers;     /* where the daemon does not answer: defer, not accept */
    struct arena arena;
    struct conf_listen target; /* what the mail server is to connect to */
    str authserv_id;
    char user[64]; /* the account of the daemon; empty: it stays root */
};

int setup_postfix(struct setup *s);
int setup_exim(struct setup *s);
int setup_sendmail(struct setup *s);

#endif
