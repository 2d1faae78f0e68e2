/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/cur.h"
#include "base/out.h"

struct ip {
    uint8_t bytes[16]; /* network order; IPv4: the first 4, the rest zero */
    bool is_v6;
};

/* Reads four octets without leading zeros.                                [RFC7208 5.6] */
bool ip_read_v4(str text, struct ip *ip);
/* Takes the same off the front. ret false: it does not stand there, nothing is taken */
bool ip_take_v4(cur *c, struct ip *ip);
/* Reads the text forms of RFC 4291 2.2, also with dotted IPv4 at the end. */
bool ip_read_v6(str text, struct ip *ip);
/* Reads either; an IPv4-mapped IPv6 address becomes IPv4.                 [RFC7208 5] */
bool ip_read(str text, struct ip *ip);
/* ret  the first `bits` bits are the same; false for different families */
bool ip_in_prefix(const struct ip *ip, const struct ip *network, unsigned bits);
/* Writes the usual form; IPv6 in the form of RFC 5952. */
void ip_write(struct out *o, const struct ip *ip);
/* Writes what %{i} is: dotted quad, or 32 dotted nibbles.                 [RFC7208 7.3] */
void ip_write_dotted(struct out *o, const struct ip *ip);
/* Writes the name under in-addr.arpa or ip6.arpa for a PTR question, without a last dot. */
void ip_write_reverse(struct out *o, const struct ip *ip);

#endif
