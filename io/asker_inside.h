/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the asker.
 *
 *   asker.c       questions, their deadlines, and the calls back     asker_unbound.c   a libunbound context on the loop
 *   asker_zone.c  a zone text
 *
 * A question is open until libunbound has called, or its deadline has come; then it is ready, and the loop's next turn
 * calls back. One that was cancelled, or has timed out, while libunbound still owes its call, is lost: it is kept for that
 * call and counted, so that a dead name server cannot make libunbound hold ever more questions. */
#ifndef IO_ASKER_INSIDE_H
#define IO_ASKER_INSIDE_H

#include "dns/dns.h"
#include "io/asker.h"

#include <event2/event.h>

enum { ASKER_OPEN_MAX = 8192, ASKER_FIRST_MEMORY = 1024, ASKER_ANSWER_MEMORY = 4 << 20 };

struct askings {
    struct asking *first, *last;
    size_t n;
};

struct asking {
    struct asking *before, *next;
    struct askings *in; /* NULL: being answered */
    struct asker *asker;
    struct ingam_question question;
    asker_answered answered;
    void *context;
    bool is_out;  /* libunbound will call */
    int async_id; /* where it is out */
    uint64_t asked_us;
    struct ingam_answer answer;
    struct arena arena; /* of the answer */
    uint8_t name[NAME_MAX];
    _Alignas(ARENA_ALIGN) uint8_t memory[ASKER_FIRST_MEMORY];
};

struct asker {
    struct event *serve, *expire;
    struct askings open, ready, lost;
    struct ub_ctx *ctx; /* one of these two */
    struct ingam_zone *zone;
    uint64_t question_us;
    struct asker_counts counts;
};

/* ret  an asker that cannot ask yet; NULL: no memory, and error says so */
struct asker *asker_new(struct event_base *base, struct source_error *error);
/* The answer of an open question is there, or it has failed. */
void asker_ready(struct asking *g);
void asker_fail(struct asking *g, const char *why);
/* libunbound has called for the last time. ret  the question still waits for an answer */
bool asker_landed(struct asking *g);

/* Sends a question that is open. */
void asker_unbound_send(struct asking *g);
void asker_unbound_close(struct asker *a);

#endif
