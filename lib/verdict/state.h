/* SPDX-License-Identifier: BSD-2-Clause */
/* The check itself: what the files of this room share, and nobody else sees. */
#ifndef VERDICT_STATE_H
#define VERDICT_STATE_H

#include "arc/arc.h"
#include "authres/authres.h"
#include "dkim/dkim.h"
#include "dmarc/dmarc.h"
#include "dns/dns.h"
#include "mail/mail.h"
#include "spf/spf.h"
#include "verdict/verdict.h"

/* One method of the check; they are told apart by the share of questions that each has. */
struct method {
    struct trace trace;
    size_t kept; /* notes at its start that no run replaces */
    bool is_done;
    bool is_due; /* something it looks at is new since its last run */
};

enum feeding { FED_NOTHING, FED_BYTES, FED_FIELDS };

/* What is made only when somebody asks, also of a check that he may not change. */
struct told {
    struct arena *arena;
    struct ingam_note *notes;
    size_t note_n, note_cap;
    struct ingam_warning *warnings; /* NULL: not made yet */
    size_t warning_n;
};

struct ingam_check {
    struct arena arena; /* holds the check, too */
    struct ingam_config config;
    int64_t now_s;
    uint64_t deadline_ms;
    str remote_ip, receiver;
    struct spf_request helo, mail_from;
    struct spf_sender senders[SPF_HELO + 1]; /* by enum spf_identity */
    bool has_mail_from;

    enum feeding feeding;
    bool is_header_done, is_ended, has_verdict;
    bool has_removed; /* verdict.removed is found out */
    struct mail_splitter splitter;
    struct mail_header header;
    struct mail_author author;
    struct dkim_check *dkim;
    struct arc_check *arc;
    struct dkim_body *bodies; /* NULL: nobody wants the body hashed */

    struct facts facts;
    struct method methods[SHARE_N];
    struct trace mail_trace, policy_trace;
    struct ingam_dkim_outcome *dkim_outcomes;
    struct ingam_verdict verdict;
    struct told *told;
};

/* ret  memory ran out: there will be no verdict */
static inline bool check_failed(const struct ingam_check *c)
{
    return c->arena.has_failed || c->splitter.has_failed;
}

static inline struct trace *check_trace(struct ingam_check *c, struct trace *t)
{
    return c->config.no_trace ? NULL : t;
}

/* methods.c */
void methods_header_ended(struct ingam_check *c); /* author domain, signatures; DKIM and DMARC are due */
void methods_message_ended(struct ingam_check *c);
void methods_answered(struct ingam_check *c, const struct fact *fact);
void methods_deadline(struct ingam_check *c);
void methods_run(struct ingam_check *c); /* all that are due */
bool methods_are_done(const struct ingam_check *c);
bool methods_find_removed(struct ingam_check *c); /* ret false: no memory */
void methods_conclude(struct ingam_check *c);     /* writes the verdict */

/* chain.c */
/* Reads what a passing chain says, for people's eyes and for chain_excuses; leaves notes.          [RFC8617 4.1.1] */
void chain_read_results(const struct method_run *run, const struct arc_check *arc, str author_domain,
                        struct ingam_arc_outcome *out);

/* lookalike.c */
/* ret  the domain (A-labels) has a label made to be misread: scripts mixed, or letters that look like Latin ones
 * out  shown  the domain as people see it, in the arena */
bool lookalike_domain(struct arena *a, str domain, str *shown);
/* ret  the text holds invisible characters or ones that turn its direction */
bool lookalike_hidden(str text);

#endif
