/* SPDX-License-Identifier: BSD-2-Clause */
/* rspamc: the request by which Exim (spam = ..., variant=rspamd) hands over a message, and its answer, without I/O.
 *
 *     CHECK RSPAMC/1.3 CRLF  Content-length: N CRLF  Queue-Id: ... Helo: ... IP: ... CRLF CRLF  N bytes of message
 *
 * One request a connection. The host keeps what came in; rspamc_next takes from its front. The message Exim sends is not what
 * came over SMTP: an mbox head (a line "From ", maybe X-Envelope-...) stands before it and its lines end with LF. Both are undone
 * here: RSPAMC_BYTES shows the message as it was, with CRLF, header and body in one stream.
 *
 * The answer has the form Exim reads: a status line, "Metric: default; True|False; score / threshold / reject", "Action: ...",
 * and then lines of ours that an ACL takes out of $spam_report (see write.c for the grammar, the manual for the ACL).
 *
 * An ACL of Exim can remove all fields of a name, not the second of them. So the host keeps the raw fields of such a name
 * (rspamc_keep) and what is not to go is put back by the same answer.
 *
 *   read.c   request -> events      write.c   answers      keep.c   fields to be put back */
#ifndef RSPAMC_RSPAMC_H
#define RSPAMC_RSPAMC_H

#include "base/base.h"

enum rspamc_fault {
    RSPAMC_FAULT_NONE,
#define RSPAMC_FAULT(name, word, sentence) RSPAMC_FAULT_##name,
#include "rspamc/faults.def"
#undef RSPAMC_FAULT
    RSPAMC_FAULT_N
};
const char *rspamc_fault_name(enum rspamc_fault fault); /* "line-too-long" */
const char *rspamc_fault_text(enum rspamc_fault fault); /* a sentence */

enum rspamc_event_kind {
    RSPAMC_MORE,
    RSPAMC_BAD,      /* fault; answer with rspamc_write_error and close */
    RSPAMC_PING,     /* answer with rspamc_write_pong and close */
    RSPAMC_PAIR,     /* one header line of the request: name, value; slices lie in the input */
    RSPAMC_ENVELOPE, /* all pairs were shown */
    RSPAMC_BYTES,    /* value: a piece of the message, CRLF lines; lies in the input or is a constant */
    RSPAMC_END       /* the message was whole */
};
struct rspamc_event {
    enum rspamc_event_kind kind;
    str name, value;
};
struct rspamc_limits {
    size_t line;     /* one line of the request head: 0: 8 KiB */
    size_t pairs;    /* 0: 2,048 (a Rcpt line for each recipient) */
    uint64_t length; /* bytes of message; 0: 1 GiB */
};
struct rspamc {
    struct rspamc_limits limits;
    enum rspamc_fault fault;
    uint64_t left;   /* bytes of message to come; without Content-length they go on to the peer's end, counted
                      down from UINT64_MAX */
    uint32_t stage;  /* private */
    size_t pairs_n;  /* private */
    bool has_length; /* private */
    uint8_t last;    /* private: the byte before */
};
void rspamc_init(struct rspamc *r, const struct rspamc_limits *limits);
/* in   input     all bytes that came and were not taken
 *      is_ended  the peer sends no more */
enum rspamc_event_kind rspamc_next(struct rspamc *r, str *input, bool is_ended, struct rspamc_event *event);

/* The raw fields of one name, as they stand in a stream of message bytes (CRLF lines, any chunks). Their texts take memory up to
 * a bound; a field beyond it is counted, and its text is lost. */
enum { RSPAMC_KEPT_MAX = 64, RSPAMC_KEPT_BYTES = 16384 };
struct rspamc_keep {
    str name;
    struct out text;
    size_t n; /* fields of the name so far */
    struct rspamc_kept {
        size_t at, n; /* in text; n 0: lost */
    } list[RSPAMC_KEPT_MAX];
    uint32_t stage; /* private */
    size_t line_at; /* private: bytes of the line so far */
};
void rspamc_keep_init(struct rspamc_keep *k, struct arena *a, str name);
void rspamc_keep_bytes(struct rspamc_keep *k, str bytes);
/* in   nth  from 1
 * ret  the whole field with its CRLF, until the next bytes; empty: lost, or there is none */
str rspamc_keep_field(const struct rspamc_keep *k, size_t nth);

/* What goes back. All texts: printable US-ASCII, but `fields` and `kept`: whole fields with CRLF and folds. */
struct rspamc_answer {
    str action;    /* "no action" "add header" "reject" "soft reject" "quarantine" */
    uint16_t code; /* 0: no reply */
    str enhanced, text;
    str id;
    const str *fields; /* to be put on top, the first topmost */
    size_t field_n;
    const str *removed; /* names, with or without a number: "Authentication-Results:2" */
    size_t removed_n;
    const str *kept; /* all fields of the removed names go; these are put back, the first topmost */
    size_t kept_n;
};
/* The longest answer that Exim 4.96 reads whole is 32,599 bytes. */
enum { RSPAMC_ANSWER_MAX = 32000 };
/* ret  false: a text holds what it may not, or it all does not fit (`kept` is left out for that, from the last); nothing is
 *      written */
bool rspamc_write(struct out *o, const struct rspamc_answer *answer);
void rspamc_write_error(struct out *o, enum rspamc_fault fault);
void rspamc_write_pong(struct out *o);

#endif
