/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages of the sessions' tests, and who brings them. */
#ifndef TESTS_SESSION_MAIL_H
#define TESTS_SESSION_MAIL_H

#include "tests/unit/session_world.h"

#define ZONE                                                                                                 \
    "author.example IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"                                                  \
    "_dmarc.author.example IN TXT \"v=DMARC1; p=reject\"\n"                                                  \
    "_dmarc.soft.example IN TXT \"v=DMARC1; p=quarantine\"\n"                                                \
    "bounce.example IN TXT \"v=spf1 -all\"\n"                                                                \
    ";!fault _dmarc.broken.example TXT SERVFAIL\n"                                                           \
    "broken.example IN A 192.0.2.9\n"

#define ENFORCE "mode = enforce\non-reject = reject\n"
#define SIGN                                                                                                 \
    "sign { keys = \"/keys\" clients = {\"198.51.100.0/24\"} seal = {\"list.example\"} seal-domain = "       \
    "\"seal.example\" }\n"

#define FIELDS  "From: a@author.example\r\nTo: b@rcpt.example\r\nSubject: hello\r\n"
#define MESSAGE FIELDS "\r\nbody\r\n.. of two lines\r\n"

static const str rcpts[] = {S_INIT("b@rcpt.example")};
static const struct conf_listen plain = {.front = CONF_MILTER};

/* A client that author.example has not named, or the one that it has. */
static inline struct session_envelope from_elsewhere(void)
{
    return (struct session_envelope){.listen = &plain,
                                     .ip = S("203.0.113.9"),
                                     .helo = S("elsewhere.example"),
                                     .mail_from = S("x@bounce.example"),
                                     .rcpts = rcpts,
                                     .rcpt_n = 1,
                                     .queue_id = S("4fXyz")};
}

static inline struct session_envelope from_author(void)
{
    struct session_envelope e = from_elsewhere();
    e.ip = S("192.0.2.1");
    e.mail_from = S("a@author.example");
    return e;
}

static inline struct session_envelope from_user(void)
{
    struct session_envelope e = from_elsewhere();
    e.auth_user = S("a");
    return e;
}

#endif
