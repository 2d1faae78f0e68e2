/* SPDX-License-Identifier: BSD-2-Clause */
/* milter: the protocol between a mail server and a filter, versions 2 to 6, without I/O.
 *
 * A connection is a stream of packets: four bytes of length in network order, a command byte, data. One connection carries
 * one SMTP session at a time, that has any number of messages:
 *
 *     OPTNEG  ( CONNECT  HELO  ( MAIL  RCPT...  DATA  FIELD...  FIELDS_END  BODY...  END )*  QUIT_NEXT )*  QUIT
 *
 * MACROS may stand before each of these, ABORT at any point; HELO, RCPT and DATA may be missing, and so may the steps that both
 * sides agreed to leave out. The host keeps what came in; milter_next takes one whole packet off its front, checks that it may
 * stand here, and shows it as an event whose slices lie in the input. Each event says whether the peer waits for a reply; the
 * host then writes exactly one (milter_write_*), and at END first all edits.
 *
 * What is wrong with a packet ends the connection, and nothing else: milter_next says MILTER_BAD from then on, and `fault`
 * names it. No fault here is the message's.
 *
 *   milter.c   the session: what may follow what     read.c   packets -> events
 *   negotiate.c  options both sides take              write.c  replies and edits
 *   client.c   the mail server's side, for tests and trials (client.h) */
#ifndef MILTER_MILTER_H
#define MILTER_MILTER_H

#include "base/base.h"

/* What our side may do to a message, as the protocol's bits (SMFIF_*). */
enum milter_action {
    MILTER_ADD_FIELD = 0x01,
    MILTER_CHANGE_BODY = 0x02,
    MILTER_ADD_RCPT = 0x04,
    MILTER_DELETE_RCPT = 0x08,
    MILTER_CHANGE_FIELD = 0x10,
    MILTER_QUARANTINE = 0x20,
    MILTER_CHANGE_FROM = 0x40,
    MILTER_ADD_RCPT_PAR = 0x80,
    MILTER_SET_MACROS = 0x100
};

/* Steps and replies of the protocol that can be left out, and the leading space (SMFIP_*). */
enum milter_option {
    MILTER_NO_CONNECT = 0x01,
    MILTER_NO_HELO = 0x02,
    MILTER_NO_MAIL = 0x04,
    MILTER_NO_RCPT = 0x08,
    MILTER_NO_BODY = 0x10,
    MILTER_NO_FIELDS = 0x20,
    MILTER_NO_FIELDS_END = 0x40,
    MILTER_NO_REPLY_FIELD = 0x80,
    MILTER_NO_UNKNOWN = 0x100,
    MILTER_NO_DATA = 0x200,
    MILTER_SKIP = 0x400,
    MILTER_REJECTED_RCPT = 0x800,
    MILTER_NO_REPLY_CONNECT = 0x1000,
    MILTER_NO_REPLY_HELO = 0x2000,
    MILTER_NO_REPLY_MAIL = 0x4000,
    MILTER_NO_REPLY_RCPT = 0x8000,
    MILTER_NO_REPLY_DATA = 0x10000,
    MILTER_NO_REPLY_UNKNOWN = 0x20000,
    MILTER_NO_REPLY_FIELDS_END = 0x40000,
    MILTER_NO_REPLY_BODY = 0x80000,
    MILTER_LEADING_SPACE = 0x100000
};

/* The places at which macros are sent; SMFIM_*. */
enum milter_stage {
    MILTER_AT_CONNECT,
    MILTER_AT_HELO,
    MILTER_AT_MAIL,
    MILTER_AT_RCPT,
    MILTER_AT_DATA,
    MILTER_AT_END,
    MILTER_AT_FIELDS_END,
    MILTER_STAGE_N
};

/* What our side wants of each connection; constant for the life of the sessions that use it. */
struct milter_wants {
    uint32_t
        actions; /* a peer that does not offer one of these: MILTER_FAULT_ACTIONS, but QUARANTINE and SET_MACROS, which
                         are taken where they are offered */
    uint32_t options; /* taken where they are offered */
    str macros
        [MILTER_STAGE_N]; /* names asked for, apart by blanks: "i {auth_authen}"; empty: what the peer sends by itself */
    size_t packet_max; /* bytes of the longest packet; 0: 1 MiB */
    size_t fields_max; /* fields of one message; 0: 4,096 */
    size_t macros_max; /* macro packets between two other commands; 0: 64 */
    size_t rcpts_max;  /* recipients of one message; 0: 65,536 */
};

enum milter_fault {
    MILTER_FAULT_NONE,
#define MILTER_FAULT(name, word, sentence) MILTER_FAULT_##name,
#include "milter/faults.def"
#undef MILTER_FAULT
    MILTER_FAULT_N
};
const char *milter_fault_name(enum milter_fault fault); /* "packet-too-long" */
const char *milter_fault_text(enum milter_fault fault); /* a sentence */

enum milter_event_kind {
    MILTER_MORE,       /* no whole packet is there */
    MILTER_BAD,        /* the connection is over: fault */
    MILTER_NEGOTIATED, /* answer with milter_write_options, before anything else */
    MILTER_MACROS,     /* for_stage, value: a list for milter_macro_next; never a reply */
    MILTER_CONNECT,    /* name: the host; family, address, port */
    MILTER_HELO,       /* name */
    MILTER_MAIL, /* name: the reverse-path without brackets, value: ESMTP parameters as sent, NULs between */
    MILTER_RCPT, /* the same for a forward-path */
    MILTER_DATA,
    MILTER_FIELD, /* name, value: behind the colon; with MILTER_LEADING_SPACE as in the message; folds are LF or CRLF */
    MILTER_FIELDS_END,
    MILTER_BODY, /* value: bytes */
    MILTER_END, /* end of message; value: last bytes of the body, mostly none. Edits may go out now, then the reply */
    MILTER_ABORT, /* this message is over; the connection goes on at MAIL. Also shown before a HELO, MAIL or QUIT_NEXT
                         (and before its macros) that stands inside a message, and maybe where there is no message */
    MILTER_UNKNOWN,   /* name: the SMTP command */
    MILTER_QUIT_NEXT, /* a new SMTP session begins on this connection: CONNECT follows */
    MILTER_QUIT       /* close */
};

struct milter_event {
    enum milter_event_kind kind;
    bool has_reply; /* the peer waits for exactly one reply; of NEGOTIATED it is the options */
    str name, value;
    str address;                 /* CONNECT: "192.0.2.1", "2001:db8::1", path; empty: not known */
    uint16_t port;               /* CONNECT */
    uint8_t family;              /* CONNECT: '4' '6' 'L' 'U' as sent */
    enum milter_stage for_stage; /* MACROS; STAGE_N: of a command at which none are asked for */
    uint8_t for_command;         /* MACROS: the command byte as sent */
};

/* One connection's state: no memory but this. */
struct milter {
    const struct milter_wants *wants;
    enum milter_fault fault;
    uint32_t version, actions, options; /* what both take, from NEGOTIATED on */
    uint32_t stage;                     /* private */
    size_t fields_n, macros_n, rcpt_n;  /* private */
};
void milter_init(struct milter *m, const struct milter_wants *wants);
/* Takes one packet off the front of *input.
 * in   input  all bytes that came and were not taken; *event's slices lie in it
 * ret  event->kind */
enum milter_event_kind milter_next(struct milter *m, str *input, struct milter_event *event);

/* Takes the next macro off a list of MILTER_MACROS; names without braces: "i", "auth_authen".
 * ret  false: nothing left, or what is left is no list */
bool milter_macro_next(str *macros, str *name, str *value);

/* --- Writing. Each appends whole packets to `o`; what does not fit the protocol is refused: false, nothing written. --- */

enum milter_reply {
    MILTER_REPLY_CONTINUE,
    MILTER_REPLY_ACCEPT, /* no more of this message */
    MILTER_REPLY_REJECT, /* the server's own words; milter_write_reply has ours */
    MILTER_REPLY_TEMPFAIL,
    MILTER_REPLY_DISCARD,
    MILTER_REPLY_SKIP,    /* no more body; only with MILTER_SKIP, else it is written as CONTINUE */
    MILTER_REPLY_PROGRESS /* not a reply: the peer's clock begins anew */
};
void milter_write_options(struct out *o, const struct milter *m);
void milter_write(struct out *o, const struct milter *m, enum milter_reply reply);
/* An SMTP reply of our own. "%" is doubled as the protocol wants it.
 * in   code      4xx or 5xx
 *      enhanced  "5.7.1", its class that of code
 *      text      printable US-ASCII without line ends, at most 400 bytes are written */
bool milter_write_reply(struct out *o, uint16_t code, str enhanced, str text);
/* in   at     index among all fields, 0: on top
 *      value  what stands behind the colon, its first blank included where the session keeps leading space (it is dropped
 *             where it does not); folds CRLF or LF followed by WSP; no other control bytes. LF goes on the wire */
bool milter_write_insert(struct out *o, const struct milter *m, uint32_t at, str name, str value);
bool milter_write_add(struct out *o, const struct milter *m, str name, str value);
/* in   nth    from 1, among the fields of this name, case-insensitive
 *      value  empty: delete */
bool milter_write_change(struct out *o, const struct milter *m, uint32_t nth, str name, str value);
bool milter_write_quarantine(struct out *o, const struct milter *m, str reason); /* false: not negotiated */

#endif
