/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions and answers: how the library asks its host for DNS facts, and how the host tells it. */
#ifndef INGAM_DNS_H
#define INGAM_DNS_H

#include <ingam/types.h>

enum ingam_rr_type {
    INGAM_RR_A = 1,
    INGAM_RR_NS = 2,
    INGAM_RR_CNAME = 5,
    INGAM_RR_SOA = 6,
    INGAM_RR_PTR = 12,
    INGAM_RR_MX = 15,
    INGAM_RR_TXT = 16,
    INGAM_RR_AAAA = 28
};
INGAM_API const char *ingam_rr_type_name(
    uint16_t type); /* "TXT"; "TYPE65" style is the caller's; NULL if unknown */

/* What the DNS said. NODATA and NXDOMAIN are different facts; a time-out, SERVFAIL or REFUSED is FAILED. */
enum ingam_status {
    INGAM_STATUS_OPEN, /* not answered yet: never given in an answer */
    INGAM_STATUS_OK,
    INGAM_STATUS_NODATA,
    INGAM_STATUS_NXDOMAIN,
    INGAM_STATUS_FAILED
};
INGAM_API const char *ingam_status_name(enum ingam_status status); /* "ok", "nodata", "nxdomain", "failed" */

/* One resource record of the asked type (CNAMEs already followed by the resolver).
 * data  A: 4 bytes; AAAA: 16 bytes, both in network order; TXT: its strings joined, any bytes;
 *       MX, PTR, NS, CNAME: the name as text without the last dot ("" is the root); a dot inside a label is \046
 *       SOA: the name of the primary server */
struct ingam_rr {
    uint16_t preference; /* MX only */
    ingam_str data;
};

struct ingam_question {
    uint32_t id; /* given back in the answer */
    uint16_t type;
    ingam_str name; /* lower case, A-labels, no last dot; lives as long as the check */
};

struct ingam_answer {
    uint32_t id;
    enum ingam_status status;
    uint32_t ttl; /* seconds: the smallest of the chain */
    bool is_secure;
    const struct ingam_rr *rrs; /* copied by the call */
    size_t rr_n;
    const char *why; /* FAILED only: "timeout", "SERVFAIL" ... a constant; may be NULL */
};

/* A zone text as a source of answers, for tests, demos and offline work: the file is the whole DNS. [RFC1035 5]
 * Lines `;!fault NAME TYPE MODE` make a question fail; NAME is relative to $ORIGIN as in any line. $INCLUDE is refused. */
struct ingam_zone;
struct ingam_zone_error {
    size_t line;   /* from 1 */
    size_t column; /* from 1, in bytes */
    const char *expected;
};
/* in   text  the zone file's bytes; not needed after the call
 *      alloc NULL: malloc
 * ret  NULL: no memory (error->line is 0) or bad text (error says where) */
INGAM_API struct ingam_zone *ingam_zone_new(const struct ingam_alloc *alloc, ingam_str text,
                                            struct ingam_zone_error *error);
/* Answers a question. out's slices live as long as the zone and until the next call on it. */
INGAM_API void ingam_zone_answer(struct ingam_zone *zone, const struct ingam_question *q,
                                 struct ingam_answer *out);
INGAM_API void ingam_zone_free(struct ingam_zone *zone);

#endif
