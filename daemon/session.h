/* SPDX-License-Identifier: BSD-2-Clause */
/* session: one message, whatever front it came through: envelope -> check (or signing, or both) -> policy -> edits.
 *
 *     session = session_new(worker, &envelope, done, context);
 *     session_field(...)...  session_fields_end  session_body(...)...  session_end
 *     ... done(context, decision) is called once, from inside session_end or later from the loop
 *     session_free(session)            after done, or at any moment before: then done is never called
 *
 * Mail that is ours (conf->sign) is signed; all other mail is judged, and sealed where the configuration says so. Questions go out
 * from the moment the envelope is known. At the deadline, limits.message_ms after session_end, the verdict stands all the same
 * (signatures may take some seconds more: keyd_client_sign has a bound of its own).
 *
 * What cannot be judged or signed for our own reasons (memory, a bug) is `trouble`: DEFER or ACCEPT without edits, as
 * limits.on_trouble says. Our mail that cannot be signed goes out unsigned or is deferred by the same word.
 *
 *   session.c   the life            decide.c   policy, trust, many recipients     edits.c   what goes into the message
 *   ours.c      whose mail it is    signing.c  signatures and seals               tell.c    the log line, the counters */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include "daemon/worker.h"

struct session_envelope { /* copied */
    const struct conf_listen *listen;
    bool
        is_local; /* it came in without SMTP: sendmail(1), the mail server's own notices. Then there is no ip */
    str ip;       /* empty: none (is_local), or not known */
    str client_name; /* the reverse name that the mail server has verified; empty: none */
    str helo;
    str mail_from;    /* without brackets */
    const str *rcpts; /* without brackets; those the server accepted, as far as known */
    size_t rcpt_n;
    str auth_user; /* the login where the client authenticated; empty: it did not */
    str queue_id;
    str receiver; /* the mail server's host name ({j}); empty: ours */
};

enum edit_kind { EDIT_INSERT, EDIT_DELETE };
struct edit {
    enum edit_kind kind;
    str name;
    str value;   /* INSERT: behind the colon, begins with a blank, folds are CRLF + WSP, no last CRLF */
    uint32_t at; /* INSERT: 0 is the top. DELETE: the nth of that name, from 1, counted before any edit */
};

struct decision {
    enum ingam_disposition does; /* ACCEPT QUARANTINE REJECT DEFER: what the front is to do now */
    enum ingam_disposition would_be;
    uint16_t code;      /* REJECT, DEFER: the reply */
    str enhanced, text; /* text ends with " (ID)" */
    str id;             /* 10 characters a-z 2-7: in the reply, in the log */
    bool is_held;       /* QUARANTINE by the server's own quarantine; else the edits tag it */
    str quarantine;     /* reason for it */
    const struct edit *
        edits; /* DELETEs from the last to the first of each name, then INSERTs so that in this order, each at its
                                 `at`, the fields come to stand right. None where does is REJECT or DEFER */
    size_t edit_n;
    bool
        is_unmarked; /* a stranger's mail that nobody could judge passes: no field named Authentication-Results may stay */
};
typedef void (*session_done)(void *context, const struct decision *decision);

struct session;
/* ret  NULL: no memory; the message's decision is then session_none */
struct session *session_new(struct worker *w, const struct session_envelope *e, session_done done,
                            void *context);
/* ret  mail of our users, or of the machine itself: it is signed and not judged */
bool session_is_ours(const struct conf *conf, const struct session_envelope *e);
/* The queue id where it is known only later (Postfix: from DATA on). */
void session_queue_id(struct session *s, str queue_id);
/* in   value  behind the colon, as in the message, its leading blank included; folds LF or CRLF */
void session_field(struct session *s, str name, str value);
void session_fields_end(struct session *s);
void session_body(struct session *s, str bytes);
void session_end(struct session *s);
/* The other way to feed, for fronts that have raw bytes: header and body in one stream, CRLF lines. */
void session_bytes(struct session *s, str bytes);
/* Such fronts say before session_end how many fields named Authentication-Results the header has, also beyond the limits. */
void session_results(struct session *s, size_t n);
/* Nothing more of the body is needed: a milter front may ask the server to skip the rest. */
bool session_is_satisfied(const struct session *s);
void session_free(struct session *s);
/* What is decided where there is no session: limits.on_trouble. No id; constant. */
const struct decision *session_none(const struct conf *c);

#endif
