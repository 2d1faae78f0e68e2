/* SPDX-License-Identifier: BSD-2-Clause */
/* A session, inside: what the files of session.h share.
 *
 * Two things can be wanted of a message: a verdict (`needs_verdict`), and signatures (struct session_signing). Both are begun at the end of
 * the header, fed while the body streams by, and at its end session_step asks of each whether it is done; it is called again
 * whenever an answer comes. The last thing a session does is to call `done`, which may free it: nothing is touched after. */
#ifndef DAEMON_SESSION_INSIDE_H
#define DAEMON_SESSION_INSIDE_H

#include "base/ip.h"
#include "daemon/session.h"
#include "io/clock.h"

enum { SESSION_ID_N = 10, SESSION_REPLY_SIZE = 512 };

/* One question or one digest on its way: freed with the arena, cancelled by session_free. */
struct session_question {
    struct session *session;
    struct asking *asking; /* NULL: answered */
    uint32_t id;
    uint64_t asked_us;
    struct session_question *next;
};
struct session_wish {
    struct session *session;
    struct keyd_wish *wish; /* NULL: none, or answered */
    uint32_t id;
};

enum signing_kind { SIGN_NOTHING, SIGN_OURS, SIGN_SEAL };
enum { SIGNING_KEYS = 2 };
struct session_signing {
    enum signing_kind kind;
    str domain;
    enum ingam_algorithm algorithms[SIGNING_KEYS];
    str selectors[SIGNING_KEYS];
    size_t key_n;
    struct ingam_sign *sign; /* OURS */
    struct ingam_seal *seal; /* SEAL */
    bool is_decided;         /* SEAL: the results are in */
    struct session_wish wishes[SIGNING_KEYS];
    const struct ingam_sign_result *result; /* NULL: not done */
    bool has_key_failed;
    const char *
        why_not; /* why our mail goes out without a signature of ours; NULL: it does not, or it is not ours */
};

struct session {
    struct arena arena; /* holds the session, too */
    struct worker *worker;
    struct conf *conf;
    struct session_envelope envelope;
    struct ip ip;
    bool has_ip;
    session_done done;
    void *context;
    char id[SESSION_ID_N + 1];
    uint64_t started_ms, wall_ms; /* by both clocks */
    uint64_t ended_us;            /* end of the message */

    bool is_ours, needs_verdict;
    bool is_header_done, is_ended, is_late /* the deadline has come */, is_decided;
    const char *trouble; /* why nothing can be done for our own reasons; NULL: nothing is wrong */
    struct ingam_check *check;
    const struct ingam_verdict *verdict;
    struct session_question *questions;
    struct event *timer;
    struct session_signing signing;

    const struct conf_policy *policy; /* the one that stands, or the first of several */
    bool is_policy_mixed;
    enum conf_quarantine quarantine;

    size_t field_n, results_n,
        actions_n;   /* fields that were handed over; those named Authentication-Results, X-Ingam-Action */
    bool has_hidden; /* one of them hides another; see edits_hides */
    uint64_t bytes;  /* of the message, so far */
    uint64_t dns_n, dns_open, dns_since_us, dns_us;
    size_t removed_n;
    struct decision decision;
    uint8_t reply[SESSION_REPLY_SIZE];
};

static inline void session_trouble(struct session *s, const char *why)
{
    if (s->trouble == NULL)
        s->trouble = why;
}
struct ingam_config session_config(const struct session *s);
/* Goes on as far as it can; the session may be gone afterwards. */
void session_step(struct session *s);

/* ours.c */
/* Finds the domain that signs for this author, and its keys.
 * out  g  domain, selectors, algorithms; key_n 0: nobody does, why_not says why */
void ours_find_signer(struct session *s, str author, struct session_signing *g);
/* ret  a field says it is a signature of this domain */
bool ours_has_signature(const struct session *s, str domain);
/* in   s  with a verdict. ret one of them passes */
bool ours_has_valid_signature(const struct session *s, str domain);

/* decide.c */
/* Chooses the policy and the trust for author and recipients, and gives them to the check. ret false: no memory */
bool decide_policy(struct session *s);
/* Makes the decision of the verdict, or of mail that is ours; edits come later. */
void decide(struct session *s);
/* Makes the decision of a message we could not look at. */
void decide_trouble(struct session *s, const char *why);
/* ret  the domain of an address as A-labels, lower case; empty: it has none */
str decide_domain_of(struct arena *a, str address);

/* edits.c */
/* ret  false: no memory */
bool edits_make(struct session *s);
/* ret  some readers would see a field of ours within this value, behind what ends a line for them */
bool edits_hides(str value);

/* signing.c */
/* At the end of the header. ret false: no memory */
bool signing_begin(struct session *s);
void signing_feed(struct session *s, str bytes); /* the body */
void signing_end(struct session *s);
/* ret  nothing is to be waited for */
bool signing_step(struct session *s);
void signing_free(struct session *s);

/* tell.c */
void tell(struct session *s);
void tell_aborted(struct session *s);

#endif
