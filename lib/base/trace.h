/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace: one list of notes for all methods. A method that is run again from its start begins its list anew, so that
 * only the last run is told. NULL is a trace that keeps nothing. */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/arena.h"
#include "base/fault.h"

struct trace {
    struct arena *arena;
    struct ingam_note *notes;
    size_t n, cap;
};

void trace_init(struct trace *t, struct arena *a);
/* Forgets all notes, keeps the memory. */
void trace_reset(struct trace *t);
/* Adds a note; where memory runs out the note is lost and the arena's error stands. */
void trace_add(struct trace *t, struct ingam_note note);
/* The same for a note that is written in place.
 * ret  where it goes, not zeroed; NULL: it is not kept */
struct ingam_note *trace_room(struct trace *t);

#endif
