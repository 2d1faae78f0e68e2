/* SPDX-License-Identifier: BSD-2-Clause */
/* source: where answers come from. The live DNS (resolver.h) and a zone file are asked the same way:
 *
 *     source = resolver_open(&options, &error);   or   source_open_zone("dns.zone", &error);
 *     source_ask(source, &question) ...           any number; all are in flight together
 *     while (source_wait(source, deadline_ms, &answer))
 *         ingam_check_answer(check, &answer);
 *     source_forget(source);                      before the next message: its ids begin anew
 *     source_close(source);
 *
 * pump.h does this for a whole check. Not for two threads at once. */
#ifndef IO_SOURCE_H
#define IO_SOURCE_H

#include <ingam/dns.h>

/* What went wrong in opening, as one line for a person: "dns.zone:3:12: expected a TTL, a class or a type". */
struct source_error {
    char text[512];
};

struct source;

/* A zone file as the whole DNS, see ingam/dns.h.
 * ret  NULL: error says why (unreadable, over 64 MiB, or where its text is wrong) */
struct source *source_open_zone(const char *path, struct source_error *error);
/* The same from memory; `name` stands in front of the line in errors. */
struct source *source_open_zone_text(const char *name, ingam_str text, struct source_error *error);

/* Sends a question. Where it cannot be sent, its answer is FAILED, so that each question has exactly one answer.
 * in   q  id: unique among the questions that are open; name: copied
 * ret  INGAM_ERR_MEMORY: this one will have no answer */
enum ingam_err source_ask(struct source *s, const struct ingam_question *q);
/* Waits for the next answer, in the order in which they come.
 * in   deadline_ms  by clock_now_ms(); 0: only what is already there
 * out  a            its slices live until the next call on this source
 * ret  false: none came in time, or nothing is open */
bool source_wait(struct source *s, uint64_t deadline_ms, struct ingam_answer *a);
size_t source_open_n(const struct source *s); /* questions without an answer */
void source_forget(struct source *s);         /* drops all open questions */
void source_close(struct source *s);          /* NULL: nothing */

#endif
