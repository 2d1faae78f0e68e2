/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a zone: nodes by name, each with its sets of records.
 *
 *   zone_text.c   bytes -> words, quoted strings, ends of entries      zone_read.c   entries -> records
 *   zone_rdata.c  the right-hand side of a record                     zone_store.c  the nodes
 *   zone_answer.c questions; the public ingam_zone_* face
 *
 * The file is the whole DNS: there are no cuts and no delegations, and every name hangs below the root. */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "dns/dns.h"

enum { ZONE_MEMORY_MAX = 64 * 1024 * 1024, ZONE_SET_MAX = 1024, STRING_MAX = 255 };

struct zone_set {
    struct zone_set *next;
    uint16_t type;
    uint32_t ttl;          /* the smallest of its records */
    uint32_t negative_ttl; /* SOA only                    */
    struct ingam_rr *rrs;
    size_t n, cap;
};

struct zone_fault {
    struct zone_fault *next;
    uint16_t type; /* 0: every type */
    enum ingam_status status;
    const char *why;
};

struct zone_node {
    struct zone_node *next; /* in its bucket */
    uint32_t hash;
    bool is_there; /* has records, or something below it has; false: only faults stand here */
    str name;      /* lower case */
    struct zone_set *sets;
    struct zone_fault *faults; /* the last stated first */
};

struct ingam_zone {
    struct arena arena;
    struct zone_node **buckets; /* a power of two; through the allocator, not in the arena */
    size_t bucket_n, node_n;
    uint8_t asked[NAME_MAX]; /* the name of the question that is being answered */
};

/* zone_store.c: all of these return NULL or false on no memory only. */
struct zone_node *zone_find(const struct ingam_zone *zone, str name);
struct zone_node *zone_node(struct ingam_zone *zone, str name); /* finds or makes; does not make it exist */
bool zone_exists(struct ingam_zone *zone,
                 struct zone_node *node); /* from now on, with all names above it   */
const struct zone_set *zone_set_of(const struct zone_node *node, uint16_t type);
struct zone_set *zone_set_for(struct ingam_zone *zone, struct zone_node *node, uint16_t type);
enum zone_added { ZONE_ADDED, ZONE_NO_MEMORY, ZONE_TOO_MANY };
/* Adds one record; one that is there already is not added again.                               [RFC2181 5] */
enum zone_added zone_add(struct ingam_zone *zone, struct zone_set *set, const struct ingam_rr *rr);

/* What is read, and where reading stands. */
struct zone_reader {
    struct ingam_zone *zone;
    str text;
    cur c;
    unsigned depth; /* of parentheses */
    uint8_t origin[NAME_MAX];
    size_t origin_n;
    struct zone_node *owner; /* of the entry before; NULL: none yet */
    bool has_default_ttl;
    uint32_t default_ttl; /* $TTL */
    uint32_t last_ttl;
    const uint8_t *wrong; /* the byte that does not fit */
    const char *expected;
};

enum zone_token { TOKEN_WORD, TOKEN_QUOTED, TOKEN_END, TOKEN_BAD };
/* Reads the next piece of an entry; parentheses, comments and line ends inside them are passed over.   [RFC1035 5.1]
 * out  piece  as written, escapes and all, without quotation marks; at END and BAD: where that is
 * ret  TOKEN_END  the entry is over, the line's end is taken
 *      TOKEN_BAD  r->wrong and r->expected say why */
enum zone_token zone_token(struct zone_reader *r, str *piece);
/* Notes what is wrong, the first time. ret false */
bool zone_wrong(struct zone_reader *r, const uint8_t *at, const char *expected);
/* Takes a byte or an escape, \DDD or \X. ret false: an escape that is none; c stands at it             [RFC1035 5.1] */
bool zone_char(cur *c, uint8_t *byte);

/* The next word, which must be there; a quoted string is none. */
bool zone_word(struct zone_reader *r, const char *expected, str *word);
/* Reads a name as text; relative ones end with the origin.                                             [RFC1035 5.1]
 * out  name, n  case kept, no last dot */
bool zone_name(struct zone_reader *r, str word, uint8_t name[NAME_MAX], size_t *n);
/* Reads seconds, also with the units w d h m s ("1h30m"). ret false: no such thing; nothing is noted */
bool zone_ttl(str word, uint32_t *ttl);
/* ret  false: no type of that name; TYPE1 to TYPE65535 are types too                                   [RFC3597 5] */
bool zone_type(str word, uint16_t *type);

struct zone_rdata {
    bool is_kept; /* false: a type of which only the existence counts */
    struct ingam_rr rr;
    uint32_t negative_ttl;
};
/* Reads the rest of an entry, its end as well. */
bool zone_rdata(struct zone_reader *r, uint16_t type, struct zone_rdata *out);

/* ret  false: no memory, or wrong text: then r->wrong is set */
bool zone_read(struct zone_reader *r);

#endif
