/* SPDX-License-Identifier: BSD-2-Clause */
/* front_milter: mail servers that speak the milter protocol, on the worker's loop.
 *
 * Bytes are read into one buffer that all connections share; only a packet that is not whole yet stays with its connection, so
 * that an idle one costs a few hundred bytes. All packets that came are taken in one turn, and what is to be said goes out in
 * one write at its end; where that does not fit into the socket, nothing is read from this peer until it has gone.
 *
 * Nothing that a peer sends before the end of the message waits for an answer of ours, where it can do without. The session
 * begins at DATA, when the recipients are known, so that the DNS is asked while the message comes.
 *
 *   front_milter.c        connections: take, read, write, time, drain
 *   front_milter_steps.c  what an event does                  front_milter_answer.c   what goes back at the end
 *   front_milter_facts.c  who sends: kept between the steps */
#ifndef DAEMON_FRONT_MILTER_H
#define DAEMON_FRONT_MILTER_H

#include "daemon/session.h"
#include "milter/milter.h"

#include <event2/event_struct.h>

/* Texts that outlive the packet they came in. Their memory stays from one message to the next. */
enum kept {
    KEPT_HOST,    /* CONNECT: the client's name, as the server says it */
    KEPT_ADDRESS, /* empty: a local submission, or not known */
    KEPT_RESOLVE, /* {client_resolve}: Sendmail's word on that name */
    KEPT_RECEIVER,
    KEPT_HELO,
    KEPT_QUEUE_ID, /* from here on: of one message */
    KEPT_FROM,
    KEPT_AUTH_USER,
    KEPT_AUTH_TYPE,
    KEPT_RCPTS, /* a NUL behind each */
    KEPT_N
};
struct kept_text {
    uint8_t *p;
    size_t n, cap;
};

enum message_stage { MESSAGE_NONE, MESSAGE_ENVELOPE, MESSAGE_COMING, MESSAGE_WAITING };

struct turn { /* what is written in one go */
    struct arena arena;
    struct out out;
};

struct milter_connection {
    struct milter_connection *next, **link;
    struct milter_front *front;
    struct conf *conf; /* under which it was accepted: keeps its listen block */
    const struct conf_listen *listen;
    struct event readable, writable;
    int fd;
    bool is_tcp;
    bool is_trouble; /* this message cannot be judged */
    bool is_over;    /* closed at the end of the turn */
    enum message_stage stage;
    struct milter m;
    struct session *session;
    struct turn *turn;       /* NULL: none is under way */
    struct kept_text begun;  /* a packet that is not whole */
    struct kept_text unsent; /* what the socket did not take */
    uint64_t came_ms, begun_ms, unsent_ms, progress_ms;
    struct kept_text kept[KEPT_N];
    size_t rcpt_n, results_n; /* results_n: fields named Authentication-Results */
    bool is_local;            /* the session has no client */
};

struct milter_front {
    struct worker *w;
    struct milter_connection *all;
    struct event *tick;
    unsigned faults_said; /* in this second */
    uint8_t *input;       /* where all connections read to */
    uint8_t *output;      /* where a turn's text mostly fits */
};

/* --- front_milter.c ------------------------------------------------------------------------------------------- */
void connection_begin_turn(struct milter_connection *c, struct turn *turn);
/* Writes what the turn has said. ret false: the connection is gone */
bool connection_end_turn(struct milter_connection *c);

/* --- front_milter_facts.c --------------------------------------------------------------------------------------- */
bool kept_set(struct kept_text *k, str value); /* false: no memory, it is empty */
bool kept_add(struct kept_text *k, str value);
void kept_free(struct kept_text *k);
str kept_of(const struct milter_connection *c, enum kept which);
/* Another SMTP session, another message on the same connection. */
void facts_forget(struct milter_connection *c, enum kept first);
/* ret  false: no memory for what the check must know */
bool facts_connect(struct milter_connection *c, const struct milter_event *e);
bool facts_macros(struct milter_connection *c, const struct milter_event *e);
bool facts_rcpt(struct milter_connection *c, str rcpt);
/* The session for the message that these facts tell of. ret NULL: no memory */
struct session *facts_session(struct milter_connection *c, session_done done);

/* --- front_milter_steps.c --------------------------------------------------------------------------------------- */
extern const struct milter_wants front_milter_wants;
void step(struct milter_connection *c, const struct milter_event *e);
void message_forget(struct milter_connection *c);

/* --- front_milter_answer.c -------------------------------------------------------------------------------------- */
/* The decision, as the milter protocol says it: all of it, or the answer for trouble. */
void answer_write(struct milter_connection *c, const struct decision *d);
void answer_trouble(struct milter_connection *c);

#endif
