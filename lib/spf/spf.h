/* SPDX-License-Identifier: BSD-2-Clause */
/* spf: who may send mail in a domain's name.                                              [RFC7208]
 *
 * spf_eval is check_host() over the fact box: it reads the record of the domain (its whole syntax first), goes over its terms
 * from left to right, into include and redirect, and counts as RFC 7208 4.6.4 says. A record is parsed once and kept
 * beside its fact. PENDING comes back wherever an answer is missing; the next call goes on there if the caller keeps the
 * sender, else it starts from the top.
 *
 *   record_*.c  text -> terms (whole-record syntax)      macro.c     %{...}
 *   eval_*.c    terms over facts                         explain.c   exp=
 *   sender.c  whose record it is                        hosts.c, ptr.c  a mx exists ptr
 *   received.c  the Received-SPF field                   check.c     the public ingam_spf_* face */
#ifndef SPF_SPF_H
#define SPF_SPF_H

#include "base/ip.h"
#include "dns/dns.h"
#include <ingam/check.h>

enum spf_identity { SPF_MAIL_FROM, SPF_HELO };

/* Where a run ended, and the counters there. */
struct spf_stand {
    struct spf_frame *frame; /* NULL: begin at the top */
    const struct fact *open; /* NULL: one of several */
    uint32_t lookups, voids, depth;
    bool has_used_ptr, uses_local_part;
};

/* What the first run of a request finds out about its sender, so that later ones need not, and how far the last one came. */
struct spf_sender {
    str local;              /* local-part; "postmaster" where there is none                 [RFC7208 4.3] */
    str domain;             /* A-labels, lower case; empty if it cannot have a record       [RFC8616 4]   */
    str written;            /* the domain as it stands in the envelope */
    const struct fact *txt; /* asked for, maybe open */
    bool is_known;
    bool has_high_local; /* the local-part is not ASCII                                  [RFC8616 4]   */
    struct spf_stand stand;
};

struct spf_request {
    enum spf_identity identity;
    bool has_ip;
    struct ip ip;
    str mail_from; /* as in the envelope; may be empty */
    str helo;
    str receiver;
    struct spf_sender
        *sender; /* NULL, or zeroed by the caller and the same in all runs: makes them cheaper */
};

/* Evaluates one identity. For MAIL FROM with an empty reverse-path the sender is postmaster@helo.   [RFC7208 2.4]
 * out  out   valid when DONE */
enum progress spf_eval(const struct method_run *run, const struct spf_request *request,
                       struct ingam_spf_outcome *out);

/* Writes the Received-SPF field body, folded with CRLF and a tab.                     [RFC7208 9.1]
 * ret  empty on no memory */
str spf_received(struct arena *a, const struct spf_request *request, const struct ingam_spf_outcome *out);

#endif
