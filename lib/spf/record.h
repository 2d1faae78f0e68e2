/* SPDX-License-Identifier: BSD-2-Clause */
/* An SPF record as terms. Reading one asks nothing: what a term's domain expands to is found when it is evaluated, and
 * is then kept in its spf_target, since it stays the same for one message and identity. */
#ifndef SPF_RECORD_H
#define SPF_RECORD_H

#include "base/ip.h"
#include "dns/dns.h"

enum spf_kind {
    TERM_ALL,
    TERM_INCLUDE,
    TERM_A,
    TERM_MX,
    TERM_PTR,
    TERM_IP4,
    TERM_IP6,
    TERM_EXISTS,
    TERM_REDIRECT,
    TERM_EXP,
    TERM_OTHER /* a modifier nobody knows: ignored */
};

/* What a domain-spec needs for its expansion. */
enum {
    USES_MACRO = 1 << 0, /* any macro-expand, also %% %_ %- */
    USES_LOCAL = 1 << 1, /* %{s} or %{l}                    */
    USES_PTR = 1 << 2    /* %{p}                            */
};

enum { SPF_IDENTITIES = 2 };

/* What a term asks for on behalf of one identity. */
struct spf_target {
    str name; /* expanded, without last dot */
    bool is_known;
    bool is_askable;          /* false: a macro made a name that cannot exist, nothing is asked */
    bool has_parent;          /* more than one label */
    const struct fact *fact;  /* NULL: not asked yet */
    const struct fact **host; /* mx: the addresses of its names, in the order of the answer */
};

struct spf_term {
    str text;                   /* as written, with its qualifier */
    str domain;                 /* domain-spec; empty: the record's own domain */
    struct spf_target *targets; /* one for each identity; NULL where nothing is asked */
    struct ip network;          /* ip4, ip6 */
    uint8_t cidr4, cidr6;
    uint8_t uses;
    uint8_t kind;      /* enum spf_kind */
    uint8_t qualifier; /* enum ingam_result: pass fail softfail neutral */
};

/* The most terms one record may have; a record of 12 KB. */
enum { SPF_RECORD_TERMS = 1024 };

struct spf_record {
    str text;
    struct spf_term *terms; /* mechanisms and modifiers as they stand */
    size_t n;
    struct spf_term *redirect; /* NULL: none */
    struct spf_term *exp;
    size_t found_n; /* how many records the name has: set by the one who looked, see eval.c */
    bool has_all;
    bool is_short;          /* networks without the client were left out */
    enum ingam_fault fault; /* NONE: the whole record is right */
    size_t at;              /* the byte of text that is wrong */
};

/* ret  the text begins with a version section of exactly "v=spf1"                                    [RFC7208 4.5] */
bool spf_is_record(str text);
/* Reads a whole record; its first error makes the rest of it void.                                    [RFC7208 4.6]
 * in   text  a record by spf_is_record; must live as long as the arena
 * ret  NULL: no memory */
struct spf_record *spf_record_read(struct arena *a, str text);
/* The same, but its terms are only those that can matter to this client: networks that do not hold it are read and left out.
 * in   client  NULL: all terms */
struct spf_record *spf_record_read_for(struct arena *a, str text, const struct ip *client);
/* ret  offset of the first byte that is neither printable US-ASCII nor SP, or text.n                  [RFC7208 3.1] */
size_t spf_wrong_byte(str text);
/* ret  the term counts against the limit of 10                                                        [RFC7208 4.6.4] */
static inline bool spf_kind_asks(unsigned kind)
{
    const unsigned asking = 1u << TERM_INCLUDE | 1u << TERM_A | 1u << TERM_MX | 1u << TERM_PTR |
                            1u << TERM_EXISTS | 1u << TERM_REDIRECT;
    return (asking >> kind & 1u) != 0;
}

#endif
