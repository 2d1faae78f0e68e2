/* SPDX-License-Identifier: BSD-2-Clause */
/* Judging one message: feed it, answer its questions, read the verdict.
 *
 *     check = ingam_check_new(&config, &envelope, now_ms);
 *     ingam_check_feed(check, bytes) ...;  ingam_check_end(check);
 *     while ((want = ingam_check_next(check, now_ms, &q)) == INGAM_WANT_ANSWER)
 *         look q up, ingam_check_answer(check, &answer);
 *     verdict = ingam_check_verdict(check);
 *     ingam_check_free(check);
 *
 * `next` may be called at any time, also between two feeds: questions go out while the body still comes. */
#ifndef INGAM_CHECK_H
#define INGAM_CHECK_H

#include <ingam/dns.h>
#include <ingam/types.h>

enum ingam_mode { INGAM_OBSERVE, INGAM_ENFORCE };
enum ingam_disposition { INGAM_ACCEPT, INGAM_QUARANTINE, INGAM_REJECT, INGAM_DEFER };
INGAM_API const char *ingam_disposition_name(
    enum ingam_disposition d); /* "none" "quarantine" "reject" "defer" */

/* Mail that DMARC would treat worse, but that comes through hands this site trusts. Where several fit, the mildest counts.
 *   ARC     a passing chain that is whole in trusted hands, the first of which saw DMARC pass     [RFC8617 7.2.1]
 *   DKIM    a passing signature of this domain, whoever the author is
 *   CLIENT  the host has found that this client is trusted */
enum ingam_trust_kind { INGAM_TRUST_ARC, INGAM_TRUST_DKIM, INGAM_TRUST_CLIENT };
struct ingam_trust {
    enum ingam_trust_kind kind;
    ingam_str
        name; /* ARC, DKIM: d= of the sealer or signer: "example.org", ".example.org" is all below it, "*" any */
    enum ingam_disposition effect; /* ACCEPT, or QUARANTINE instead of something worse */
    ingam_str rule;                /* what the operator calls it: goes into the reasons */
};

/* What this site makes of a verdict. Zeroed memory is not a policy: start from ingam_config_default. */
struct ingam_policy {
    enum ingam_mode mode;                 /* OBSERVE: only say what would have been done     */
    enum ingam_disposition on_reject;     /* p=reject failed: QUARANTINE [RFC9989 7.4]       */
    enum ingam_disposition on_quarantine; /* p=quarantine failed: QUARANTINE             */
    enum ingam_disposition
        on_temperror; /* DNS failure where a policy may stand: ACCEPT or DEFER (default)  */
    enum ingam_disposition on_no_author; /* no usable author domain: REJECT                 */
    bool allow_partial_body;             /* l= that leaves bytes unsigned may pass (default: policy) */
    const ingam_str *trusted_sealers; /* ARC: d= of sealers whose word is taken; not copied. Default: none */
    size_t trusted_sealer_n;
    const struct ingam_trust *trusts; /* not copied. Default: none */
    size_t trust_n;
};

struct ingam_keys; /* parsed public keys kept between messages; see ingam_keys_new */

struct ingam_config {
    struct ingam_limits limits;
    struct ingam_policy policy;
    ingam_str authserv_id;    /* who we are in Authentication-Results; "localhost" if empty */
    struct ingam_alloc alloc; /* zeroed: malloc */
    struct ingam_keys *keys;  /* NULL: no cache. One thread at a time */
    bool no_trace;            /* true: notes are not kept; everything else is the same */
};
INGAM_API void ingam_config_default(struct ingam_config *config);

/* A cache of parsed keys by record bytes, least recently used out first.
 * in   capacity  number of keys, at least 1 */
INGAM_API struct ingam_keys *ingam_keys_new(const struct ingam_alloc *alloc, size_t capacity);
INGAM_API void ingam_keys_free(struct ingam_keys *keys);

/* The SMTP envelope as the receiver saw it; copied by ingam_check_new. */
struct ingam_envelope {
    ingam_str ip;        /* text, IPv4 or IPv6; empty: unknown, then SPF is none */
    ingam_str helo;      /* as given in HELO or EHLO; may be empty */
    ingam_str mail_from; /* without < >; empty is the null reverse-path */
    bool has_mail_from;  /* false: not known, then SPF looks at HELO only */
    ingam_str receiver;  /* our host name for Received-SPF and %{r}; empty: authserv_id */
};

enum ingam_want {
    INGAM_WANT_INPUT,  /* nothing to ask; feed on, or end */
    INGAM_WANT_ANSWER, /* q is new if q->id != 0; id 0: only questions that are already out are open */
    INGAM_WANT_SIGN,   /* signing only, see sign.h */
    INGAM_WANT_NOTHING /* the verdict stands */
};

struct ingam_spf_outcome {
    enum ingam_result result;
    enum ingam_fault fault;
    ingam_str domain; /* the domain that was checked */
    ingam_str
        mechanism; /* the term that matched as written, "default" if none did, empty if there is no record */
    ingam_str explanation; /* exp= text, printable US-ASCII; empty if none */
    uint32_t lookups;      /* terms that queried the DNS */
    uint32_t voids;        /* void lookups */
    bool is_run;           /* false: the identity was absent */
    bool uses_local_part;  /* a macro used %{l} or %{s} */
};

struct ingam_dkim_outcome {
    enum ingam_result result;
    enum ingam_fault fault;
    ingam_str domain;             /* d= as A-labels lower case; empty if unreadable */
    ingam_str selector;           /* s= */
    ingam_str algorithm;          /* a= as written */
    ingam_str auid;               /* i= as written, or "@" d= */
    ingam_str b_prefix;           /* first 8 characters of b= without white space  [RFC6008 3] */
    uint32_t key_bits;            /* 0: no key was read */
    uint32_t field;               /* index of the DKIM-Signature field from the top of the message */
    bool is_aligned;              /* d= aligned with the author domain (whatever the result) */
    bool is_testing;              /* key says t=y */
    bool has_length;              /* l= present */
    uint64_t unsigned_bytes;      /* canonical body bytes beyond l= */
    uint8_t body_hash_wanted[32]; /* bh= ; zero where unreadable */
    uint8_t body_hash_got[32];
    bool has_body_hash; /* the two above are set */
    bool is_body_hash_right;
};

struct ingam_arc_outcome {
    enum ingam_result result;
    enum ingam_fault fault;
    uint32_t sets;
    uint32_t oldest_pass;       /* 0: all message signatures still verify [RFC8617 5.2] */
    const ingam_str *sealers;   /* d= of the seals, newest first; none where the fields are no chain */
    const ingam_str *selectors; /* s= of the same seals */
    size_t sealer_n;
    ingam_str first_results;       /* what set 1 says behind "i=1;", on one line; anybody can write that */
    enum ingam_result first_dmarc; /* what that says of DMARC for this author domain; NONE if nothing */
    bool is_author_signed;         /* the newest message signature covers From */
};

enum ingam_dmarc_policy {
    INGAM_DMARC_NO_POLICY,
    INGAM_DMARC_NONE,
    INGAM_DMARC_QUARANTINE,
    INGAM_DMARC_REJECT
};
INGAM_API const char *ingam_dmarc_policy_name(enum ingam_dmarc_policy p); /* NULL for NO_POLICY */

struct ingam_dmarc_outcome {
    enum ingam_result result; /* none pass fail temperror permerror */
    enum ingam_fault fault;
    ingam_str author_domain;           /* A-labels, lower case; empty: none usable */
    ingam_str organizational_domain;   /* of the author domain; empty if not found out */
    ingam_str policy_domain;           /* where the governing record stands; empty: no record */
    enum ingam_dmarc_policy policy;    /* the one that applies: p, sp or np, lowered by t=y */
    enum ingam_dmarc_policy published; /* the same before t=y */
    bool is_testing;
    bool is_dkim_aligned; /* an aligned DKIM pass */
    bool is_spf_aligned;  /* an aligned SPF pass */
};

enum { INGAM_REASONS_MAX = 8 };
/* What the site does. In observe mode disposition is ACCEPT and would_be says what enforcing would do. */
struct ingam_action {
    enum ingam_disposition disposition;
    enum ingam_disposition would_be;
    uint16_t code;                          /* SMTP reply code, 0: no reply */
    ingam_str enhanced;                     /* "5.7.1" */
    ingam_str text;                         /* printable US-ASCII, one line */
    const char *reasons[INGAM_REASONS_MAX]; /* "p=reject", "local-policy: quarantine instead of reject" ... */
    size_t reason_n;
};

struct ingam_verdict {
    struct ingam_spf_outcome spf_mail_from;
    struct ingam_spf_outcome spf_helo;
    const struct ingam_dkim_outcome *dkim; /* from the top of the message down */
    size_t dkim_n;
    struct ingam_arc_outcome arc;
    struct ingam_dmarc_outcome dmarc;
    struct ingam_action action;
    ingam_str authentication_results; /* field body, folded with CRLF and tab, without name and last CRLF */
    ingam_str received_spf;           /* field body, likewise; empty if SPF was not run */
    const uint32_t *removed;          /* indices from the top of the fields that must be deleted */
    size_t removed_n;
    enum ingam_fault fault; /* what is wrong with the message as such; NONE if nothing */
};

struct ingam_fact { /* one question of the message and its answer */
    ingam_str name;
    uint16_t type;
    enum ingam_status status;
    uint32_t ttl;
    bool is_secure;
    const char *why; /* of a failure; may be NULL */
    const struct ingam_rr *rrs;
    size_t rr_n;
};

struct ingam_check;

/* ret  NULL: no memory. Configuration is copied, but not what its pointers point to (keys, authserv_id bytes). */
INGAM_API struct ingam_check *ingam_check_new(const struct ingam_config *config,
                                              const struct ingam_envelope *env, uint64_t now_ms);
/* Feeds raw message bytes in any chunking. CRLF ends a line; nothing else does. */
INGAM_API enum ingam_err ingam_check_feed(struct ingam_check *c, ingam_str bytes);
/* The second way to feed, for milters: fields one by one, then the body. Not mixed with ingam_check_feed.
 * in   value  all that stands behind the colon without the last CRLF; LF before white space is read as a fold's CRLF. An LF
 *             that is no fold stays where it is, and the message has no usable author (MAIL_BARE_LF): a mail server that
 *             hands over a field with a line end in it may write two */
INGAM_API enum ingam_err ingam_check_field(struct ingam_check *c, ingam_str name, ingam_str value);
INGAM_API enum ingam_err ingam_check_fields_end(struct ingam_check *c);
INGAM_API enum ingam_err ingam_check_body(struct ingam_check *c, ingam_str bytes);
INGAM_API enum ingam_err ingam_check_end(struct ingam_check *c);

/* Known once the header has ended, before there is a verdict.
 * ret  the author domain, A-labels, lower case; empty before, and where there is none usable */
INGAM_API ingam_str ingam_check_author(const struct ingam_check *c);
/* Another policy than the configuration's, for hosts that choose one when they know author and recipients.
 * ret  INGAM_ERR_ORDER: the verdict stands already */
INGAM_API enum ingam_err ingam_check_set_policy(struct ingam_check *c, const struct ingam_policy *policy);
/* Which fields claim to be ours and must be deleted: the verdict's `removed`, for mail that is not judged.
 * ret  INGAM_ERR_ORDER: the header has not ended */
INGAM_API enum ingam_err ingam_check_removed(struct ingam_check *c, const uint32_t **removed, size_t *n);
/* ret  the body will be looked at. Before the header has ended: true */
INGAM_API bool ingam_check_wants_body(const struct ingam_check *c);
INGAM_API enum ingam_want ingam_check_next(struct ingam_check *c, uint64_t now_ms, struct ingam_question *q);
INGAM_API enum ingam_err ingam_check_answer(struct ingam_check *c, const struct ingam_answer *a);
/* ret  NULL until next has said NOTHING, or if memory ran out; lives until free */
INGAM_API const struct ingam_verdict *ingam_check_verdict(const struct ingam_check *c);
INGAM_API void ingam_check_free(struct ingam_check *c);

/* The evidence and the trace, in the order mail, spf helo, spf mail from, dkim, arc, dmarc, policy. */
INGAM_API size_t ingam_check_notes(const struct ingam_check *c, const struct ingam_note **notes);
INGAM_API size_t ingam_check_facts(const struct ingam_check *c); /* number of questions asked */
INGAM_API bool ingam_check_fact(const struct ingam_check *c, size_t i, struct ingam_fact *out);
INGAM_API size_t ingam_check_fields(const struct ingam_check *c); /* number of header fields */
/* out  name, value  slices into the header block; value is all behind the colon without the last CRLF */
INGAM_API bool ingam_check_field_at(const struct ingam_check *c, size_t i, ingam_str *name, ingam_str *value);

/* Things worth a person's eye that decide nothing: made when asked for. */
struct ingam_warning {
    const char *
        kind; /* "display-name-address" "reply-to-elsewhere" "l-tag" "short-key" "forged-authentication-results"
                         "lookalike" "bare-line-end" "junk-header-line" ... */
    ingam_str text[2];
    const char *sentence; /* with {0} and {1} */
};
/* ret  how many; *list lives as long as the check */
INGAM_API size_t ingam_check_warnings(struct ingam_check *c, const struct ingam_warning **list);

#endif
