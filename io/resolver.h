/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver: the live DNS, through libunbound. Questions of one message are in flight together, each with a deadline of its
 * own. NXDOMAIN and no data are told apart, CNAMEs are followed, TTL and what DNSSEC proved are kept; SERVFAIL, REFUSED,
 * a time-out and bogus data are FAILED with their reason. Answers stay in a cache as long as the source is open. */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include "io/source.h"

enum resolver_way {
    RESOLVER_SYSTEM,  /* the name servers of resolv.conf; the hosts file is not looked at */
    RESOLVER_FORWARD, /* one resolver by address */
    RESOLVER_RECURSE  /* from the root, with DNSSEC */
};

/* Zeroed memory is the system's resolver with the defaults. */
struct resolver_options {
    enum resolver_way way;
    const char *forward;     /* FORWARD: "ADDR" or "ADDR@PORT", IPv4 or IPv6                          */
    const char *resolv_conf; /* SYSTEM: NULL: /etc/resolv.conf                                         */
    const char *anchor_file; /* trust anchor: validates in any way; RECURSE: NULL: the usual places    */
    const char *root_hints;  /* RECURSE: NULL: those built in                                          */
    uint64_t question_ms;    /* deadline of one question; 0: 10,000                                    */
    bool keeps_ttl; /* shows the TTL the server gave, up to 7 days, and that of absence, up to 1 day */
};

/* ret  NULL: error says why */
struct source *resolver_open(const struct resolver_options *options, struct source_error *error);

#endif
