/* SPDX-License-Identifier: BSD-2-Clause */
/* client: the mail server's side of the protocol, without I/O, for tests, trials and measurements. It writes what milter_next
 * reads, also what no mail server would send, and reads what milter_write_* writes. */
#ifndef MILTER_CLIENT_H
#define MILTER_CLIENT_H

#include "milter/milter.h"

/* Writes any packet at all. */
void milter_client_packet(struct out *o, uint8_t command, str data);
/* The first packet; milter_next shows it as NEGOTIATED. */
void milter_client_options(struct out *o, uint32_t version, uint32_t actions, uint32_t options);
/* Writes the packet that milter_next shows as this event. Paths are written as they stand: brackets are the caller's.
 * MACROS take for_command and value, a list that milter_client_macro has put together; CONNECT name, family, port, address.
 * ret  false: no packet gives this event (MORE, BAD, NEGOTIATED) */
bool milter_client_write(struct out *o, const struct milter_event *event);
/* Adds one macro to a list. */
void milter_client_macro(struct out *list, str name, str value);

enum milter_answer_kind {
    MILTER_ANSWER_MORE,
    MILTER_ANSWER_BAD,     /* no packet that a filter may send; nothing is taken */
    MILTER_ANSWER_OPTIONS, /* version, actions, options; value: a list for milter_client_symbols */
    MILTER_ANSWER_CONTINUE,
    MILTER_ANSWER_ACCEPT,
    MILTER_ANSWER_REJECT,
    MILTER_ANSWER_TEMPFAIL,
    MILTER_ANSWER_DISCARD,
    MILTER_ANSWER_SKIP,
    MILTER_ANSWER_REPLY,      /* value: "550 5.7.1 text", % doubled */
    MILTER_ANSWER_PROGRESS,   /* from here on: no reply, one is still to come */
    MILTER_ANSWER_INSERT,     /* number, name, value */
    MILTER_ANSWER_ADD,        /* name, value */
    MILTER_ANSWER_CHANGE,     /* number, name, value */
    MILTER_ANSWER_QUARANTINE, /* value */
    MILTER_ANSWER_OTHER /* an edit of recipients, sender or body; value: its data, version: its command byte */
};

struct milter_answer {
    enum milter_answer_kind kind;
    uint32_t version, actions, options, number;
    str name, value;
};
/* Takes one packet off the front of *input; the slices lie in it. */
enum milter_answer_kind milter_client_next(str *input, struct milter_answer *answer);
/* ret  the mail server goes on after this one */
static inline bool milter_answer_is_reply(enum milter_answer_kind kind)
{
    return kind >= MILTER_ANSWER_OPTIONS && kind <= MILTER_ANSWER_REPLY;
}
/* Takes the next request for macros off a list: stage, "i {auth_authen}". ret false: nothing left, or no list */
bool milter_client_symbols(str *list, uint32_t *stage, str *names);

#endif
