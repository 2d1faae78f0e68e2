/* SPDX-License-Identifier: BSD-2-Clause */
/* asker: the DNS for many messages at once, on a libevent base. Where source.h waits for one message, this calls back.
 *
 * libunbound runs in event mode on the same base: no thread, no file after opening. An answer that lies in its cache is there
 * at once, yet no callback is ever run from inside asker_ask: it comes from the loop. The same question asked by two messages at
 * the same time goes out once (libunbound does that). Answers are read from the packet that libunbound hands over (dns/packet.h). */
#ifndef IO_ASKER_H
#define IO_ASKER_H

#include "io/resolver.h"

struct event_base;
struct asker;
struct asking; /* one question on its way */

/* The live DNS. in cache_bytes  0: libunbound's own. ret NULL: error says why */
struct asker *asker_open(struct event_base *base, const struct resolver_options *options, size_t cache_bytes,
                         struct source_error *error);
/* A zone text as the whole DNS (--dns). */
struct asker *asker_open_zone(struct event_base *base, const char *name, ingam_str text,
                              struct source_error *error);
/* Gives such an asker another zone; what it was asked and has not answered yet is looked up there. ret false: it keeps its own */
bool asker_set_zone(struct asker *a, const char *name, ingam_str text, struct source_error *error);
void asker_close(struct asker *a); /* nothing may be open */

/* in   q         its name is copied where needed
 *      answered  called exactly once from the loop, unless cancelled before; the answer's slices live during the call
 * ret  NULL: no memory, there will be no call */
typedef void (*asker_answered)(void *context, const struct ingam_answer *a);
struct asking *asker_ask(struct asker *a, const struct ingam_question *q, asker_answered answered,
                         void *context);
void asker_cancel(struct asking *asking);

/* What it has done since it was opened; for metrics. */
struct asker_counts {
    uint64_t asked, failed, timed_out;
    uint64_t waited_us; /* sum over all answers */
};
const struct asker_counts *asker_counts(const struct asker *a);

#endif
