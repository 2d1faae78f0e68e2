/* SPDX-License-Identifier: BSD-2-Clause */
/* front_rspamc: Exim's spam condition, on the worker's loop. One request a connection, answered once:
 *
 *     read the request, feeding the session as bytes come; nothing of the message is stored but a few fields
 *     wait for the session; write the answer; end our side; wait shortly for the peer to end its own
 *
 * The last step is there because closing a socket in which bytes lie unread takes the answer away from the peer.
 *
 *   front_rspamc.c    connections: take, read, write, time, drain     front_rspamc_request.c  pairs -> envelope, decision -> answer */
#ifndef DAEMON_FRONT_RSPAMC_H
#define DAEMON_FRONT_RSPAMC_H

#include "daemon/session.h"
#include "rspamc/rspamc.h"

/* Exim takes 50,000 recipients where nobody set a limit. */
enum { RSPAMC_REQUEST_ROOM = 32 * 1024 * 1024, RSPAMC_PAIRS_MAX = 60000 };

struct rspamc_request {
    struct arena arena;
    struct session_envelope envelope;
    str *rcpts; /* envelope.rcpts, to be written to */
    size_t rcpts_cap;
    struct rspamc_keep results; /* the message's Authentication-Results fields */
};
void request_init(struct rspamc_request *q, const struct worker *w, const struct conf_listen *listen);
void request_free(struct rspamc_request *q);
void request_pair(struct rspamc_request *q, str name, str value);
/* Writes the answer for a decision: all of it, or that for trouble.
 * ret  false: that for trouble */
bool request_answer(struct rspamc_request *q, const struct conf *conf, const struct decision *d,
                    struct out *o);

#endif
