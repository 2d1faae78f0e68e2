/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/pump.h"

#include "io/clock.h"

/* A check closes its questions at its deadline; one that does not within this time more never will. */
enum { GRACE_MS = 1000 };

struct pump pump_start(struct source *source, uint64_t now_ms, uint64_t deadline_ms)
{
    source_forget(source);
    return (struct pump){source, now_ms, clock_now_ms(), deadline_ms};
}

/* Takes one answer to the subject, or waits for the deadline where there is none. */
static enum ingam_err take_answer(struct pump *p, const struct pump_face *face, void *subject)
{
    struct ingam_answer a;
    uint64_t end_ms = p->started_ms + p->deadline_ms;
    if (source_wait(p->source, end_ms, &a))
        return face->answer(subject, &a);
    bool is_hopeless = source_open_n(p->source) == 0 || clock_now_ms() > end_ms + GRACE_MS;
    return is_hopeless ? INGAM_ERR_ORDER : INGAM_OK;
}

enum ingam_err pump_run(struct pump *p, const struct pump_face *face, void *subject)
{
    for (;;) {
        struct ingam_question q = {0};
        uint64_t passed_ms = clock_now_ms() - p->started_ms;
        if (face->next(subject, p->now_ms + passed_ms, &q) != INGAM_WANT_ANSWER)
            return INGAM_OK;
        enum ingam_err err = q.id ? source_ask(p->source, &q) : take_answer(p, face, subject);
        if (err != INGAM_OK)
            return err;
    }
}
