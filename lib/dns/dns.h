/* SPDX-License-Identifier: BSD-2-Clause */
/* dns: what one message knows of the DNS, and how it asks for more.
 *
 * The fact box holds every question of a message with its answer. A method (SPF, a DKIM key, a DMARC walk) is a plain
 * function over the box: it calls facts_ask for what it needs. If the answer is there it goes on; if not, the box has
 * noted the question, and the method returns PENDING after asking for whatever else it already knows it will need. When
 * an answer comes, the method is called again from its start, and this time the box answers. Nothing else is kept
 * between the calls but what is dear: facts_remember keeps a parsed record or key beside its fact.
 *
 * Every question counts against the share of the method that asks it (share), so that a hostile SPF record cannot eat the
 * questions that DMARC needs, and so that the verdict does not depend on the order in which answers come: within one
 * method the order of questions is fixed. A question over the share is answered at once with FAILED.
 *
 *   names.c  names as text, A-labels, labels          facts.c  the box
 *   zone_*.c RFC 1035 text as a source of answers     packet.h what a packet off the wire says */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include "base/base.h"
#include <ingam/dns.h>

enum { NAME_MAX = 253, LABEL_MAX = 63 };

/* Checks a name and puts it in the form facts use: lower case, A-labels, no last dot.        [RFC1035 2.3.4] [RFC8616 3]
 * in   text  may be UTF-8, may end in one dot
 * ret  false: an empty label, a label over 63 or a name over 253 bytes, no name at all, or not convertible
 *      (also on no memory: then the arena says so) */
bool name_read(struct arena *a, str text, str *name);
/* The same check for names that are asked as they are (SPF expansions may hold any ASCII byte). */
bool name_is_askable(str name);
size_t name_labels(str name);             /* number of labels; 0 for the empty name */
str name_parent(str name);                /* without its leftmost label; empty after the last */
str name_last_labels(str name, size_t n); /* the rightmost n labels, or all */
bool name_is_under(str name, str top);    /* equal or below; ASCII case-insensitive; empty top: always */

/* Reads a name off the wire, uncompressed, as rdata holds it.                                 [RFC1035 3.1]
 * A dot inside a label becomes \046, so that it is never taken for the end of one; all other bytes stay as they are.
 * in   c     at the first length byte
 * out  text  case kept, no last dot; the root is the empty text; at most 253 bytes
 * ret  NULL: fine, c stands behind the name; else the byte that does not fit (also: text would be too long) */
const uint8_t *name_read_wire(cur *c, uint8_t text[NAME_MAX], size_t *n);

/* What a method run says. */
enum progress { DONE, PENDING };

/* Whose share a question counts against. The sum of the shares is limits.questions; see docs/limits.md.
 * A question that two methods ask is sent once and counts in both shares: so the share of one never depends on what
 * another did before it. */
enum share { SHARE_SPF_HELO, SHARE_SPF_MAIL_FROM, SHARE_DKIM, SHARE_DMARC, SHARE_ARC, SHARE_N };

/* What parsed things can be kept beside a fact. */
enum memo { MEMO_SPF, MEMO_DKIM, MEMO_DMARC, MEMO_N };

struct fact {
    str name; /* lower case, no last dot */
    uint16_t type;
    uint8_t shares; /* bit per share that has asked */
    bool is_secure;
    bool is_over_limit; /* never asked: the share was used up */
    enum ingam_status status;
    uint32_t id; /* from 1 in the order of asking */
    uint32_t ttl;
    const struct ingam_rr *rrs;
    size_t rr_n;
    const char *why; /* of a failure: constant; may be NULL */
    void *memo[MEMO_N];
    uint32_t hash;
};

struct facts {
    struct arena *arena;
    struct fact **list; /* in the order of asking */
    size_t n, cap;
    size_t sent; /* how many were handed out by facts_next */
    size_t open;
    size_t per_share[SHARE_N];
    size_t share_limit[SHARE_N];
    enum share share; /* who is asking now */
    bool is_closed;   /* deadline: every question fails at once */
    const char *closed_why;
    uint32_t *slots;                            /* hash table: id of a fact, 0: free */
    size_t slot_n;                              /* a power of two */
    struct fact over_limit, no_memory, no_name; /* answers to questions that are never noted */
};

/* in   questions  limits.questions: split over the shares; never below 1 each */
void facts_init(struct facts *f, struct arena *a, size_t questions);
/* All that is asked from here on counts against `share`. */
void facts_account(struct facts *f, enum share share);
/* Looks a fact up, and notes the question where it is new. The name is prefix and name joined; any case; one last dot is
 * dropped.
 * ret  never NULL: a fact that is over the limit, or found no memory, has FAILED; a name that no DNS can hold (too long, an
 *      empty label, not ASCII) is NXDOMAIN without being asked. These three have no name and remember nothing. */
const struct fact *facts_ask(struct facts *f, str prefix, str name, enum ingam_rr_type type);
static inline bool fact_is_open(const struct fact *fact)
{
    return fact->status == INGAM_STATUS_OPEN;
}
static inline bool fact_failed(const struct fact *fact)
{
    return fact->status == INGAM_STATUS_FAILED;
}
/* ret  what was remembered, or NULL */
static inline void *fact_memo(const struct fact *fact, enum memo kind)
{
    return fact->memo[kind];
}
void facts_remember(struct facts *f, const struct fact *fact, enum memo kind, void *memo);

/* The host's side: the next question that was not handed out yet. ret false: none */
bool facts_next(struct facts *f, struct ingam_question *q);
/* ret  INGAM_ERR_ORDER: no such open question; INGAM_ERR_ARGUMENT: an answer that cannot be (A of 5 bytes, OPEN ...);
 *      INGAM_ERR_MEMORY; the fact then stays open */
enum ingam_err facts_answer(struct facts *f, const struct ingam_answer *a);
/* Deadline: every open question has failed, and every new one fails. */
void facts_close(struct facts *f, const char *why);

/* What a method is handed for one run. */
struct method_run {
    struct facts *facts;
    struct arena *arena; /* lives as long as the message */
    struct trace *trace; /* may be NULL */
    const struct ingam_limits *limits;
    int64_t now_s; /* Unix seconds */
};

#endif
