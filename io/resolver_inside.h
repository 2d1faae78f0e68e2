/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the resolver.
 *
 *   resolver.c         options -> a libunbound context       resolver_flight.c  questions on their way
 *   resolver_answer.c  a libunbound result -> an answer
 *
 * libunbound works in a thread of its own; its results come through a pipe, and only ub_process, called while we wait,
 * runs our callback. So all of this is touched by one thread. */
#ifndef IO_RESOLVER_INSIDE_H
#define IO_RESOLVER_INSIDE_H

#include "dns/dns.h"
#include "io/resolver.h"
#include "io/source_face.h"

#include <unbound.h>

/* One question: open until it has a result or has failed, then answered, then given out. */
struct flight {
    struct flight *next;
    struct resolver *resolver;
    uint32_t id;
    uint16_t type;
    int async_id;
    uint64_t deadline_ms;
    const char *failed;       /* why there is no result; NULL: there may be one */
    struct ub_result *result; /* until the flight is freed */
    struct ingam_rr *rrs;
    uint8_t *bytes; /* names as text, joined strings */
};

struct flights {
    struct flight *first, *last;
    size_t n;
};

struct resolver {
    struct source source;
    struct ub_ctx *ctx;
    uint64_t question_ms;
    struct flights open, answered;
    struct flight *given; /* whose slices the last answer shows */
};

extern const struct source_face resolver_face;

enum { RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_REFUSED = 5 };

/* Sets up a context; the asker's too.
 * ret  false: error says why */
bool resolver_set(struct ub_ctx *ctx, const char *option, const char *value, struct source_error *error);
bool resolver_configure(struct ub_ctx *ctx, const struct resolver_options *o, struct source_error *error);
/* Takes away the zones that libunbound would answer by itself, where another resolver is asked. The context is complete
 * after this: no option can be set any more. */
bool resolver_remove_zones(struct ub_ctx *ctx, const struct resolver_options *o, struct source_error *error);

/* Writes a name so that libunbound reads the same labels back. */
enum { WIRE_TEXT_SIZE = 4 * NAME_MAX + 1 };
void resolver_write_name(str name, char text[WIRE_TEXT_SIZE]);
/* Makes the answer of a flight that has a result or has failed. */
void resolver_answer(struct flight *f, struct ingam_answer *a);

#endif
