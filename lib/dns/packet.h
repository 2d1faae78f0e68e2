/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet off the wire says about one question. The reader is strict: each record of each section must lie inside the
 * packet, each name must end, pointers go backwards only, and nothing may be left over; a packet that breaks this
 * proves nothing, and the question has FAILED. Its work is linear in the packet, times the aliases it follows. */
#ifndef DNS_PACKET_H
#define DNS_PACKET_H

#include "dns/dns.h"

enum { PACKET_ALIASES_MAX = 16, PACKET_NAME_MAX = 255 };

/* Reads the answer to q. The aliases of the answer section are followed; NXDOMAIN behind one is that of its target.
 *                                                                  [RFC1035 4.1] [RFC2308 2] [RFC6604 3] [RFC2181 8]
 * in   a       takes the records
 *      q       what was asked: name and type are compared with the packet's question
 * out  answer  id and all members but is_secure, which no packet can prove; ttl is the smallest of aliases and records, and
 *              of a negative answer the smaller of the SOA's and its MINIMUM */
void packet_read(struct arena *a, str packet, const struct ingam_question *q, struct ingam_answer *answer);

/* Reads a name that may be compressed.                                                    [RFC1035 4.1.4]
 * in   at    offset of its first length byte
 * out  wire  uncompressed, with the root's zero byte; case kept
 * ret  offset behind the name as it stands in the packet; 0: wrong */
size_t packet_name(str packet, size_t at, uint8_t wire[PACKET_NAME_MAX], size_t *n);
/* Writes a name of ours for the wire: \046 is a dot inside a label.
 * ret  bytes; 0: no name that the wire can hold */
size_t packet_write_name(str text, uint8_t wire[PACKET_NAME_MAX]);

#endif
