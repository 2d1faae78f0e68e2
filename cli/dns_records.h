/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain's keys want of the DNS, as changes that may be made again and again. */
#ifndef CLI_DNS_RECORDS_H
#define CLI_DNS_RECORDS_H

#include "cli/key.h"

struct dns_change {
    bool is_delete;
    bool is_elsewhere; /* a CNAME that belongs into a zone which is not ours to change: only shown */
    str name;          /* without the last dot */
    const char *type;  /* "TXT" or "CNAME" */
    uint32_t ttl_s;
    str value; /* TXT: whole, not split; CNAME: the name without the last dot */
    str about; /* "202611-rsa: active" */
};
struct dns_changes {
    struct dns_change *list;
    size_t n;
};
/* in   delegate_to  A-labels; empty: the records live in the domain's own zone
 * ret  an exit status; what is not EXIT_GOOD was said */
int dns_changes_of(const struct key_options *o, struct arena *a, const struct keys_domain *d, str delegate_to,
                   struct dns_changes *changes);

/* Publishes them in the way of --apply. ret  an exit status */
int dns_apply(const struct key_options *o, struct arena *a, const struct dns_changes *changes);

#endif
