/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of authority: authority_zone.c finds the servers of a name, authority.c asks them. */
#ifndef IO_AUTHORITY_INSIDE_H
#define IO_AUTHORITY_INSIDE_H

#include "dns/dns.h"
#include "io/authority.h"

enum { AUTHORITY_SERVERS_MAX = 32, AUTHORITY_NAMES_MAX = 16 };

struct authority_peer {
    str server, address;
    struct source *source; /* to this server alone; NULL: it could not be opened */
};
struct authority_peers {
    struct authority_peer list[AUTHORITY_SERVERS_MAX];
    size_t n;
    const char *why; /* where n is 0; a constant */
    str why_name;
};
/* Finds the servers of the zone that a name lies in. ret false: no memory */
bool authority_find(struct arena *a, const struct authority_options *o, str name, struct authority_peers *p);

#endif
