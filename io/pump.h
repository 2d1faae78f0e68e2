/* SPDX-License-Identifier: BSD-2-Clause */
/* pump: carries the questions of a check to a source and the answers back, until the verdict stands.
 *
 *     struct pump pump = pump_start(source, now_ms, config.limits.deadline_ms);
 *     check = ingam_check_new(&config, &envelope, now_ms);
 *     ingam_check_feed(check, bytes) ...;  ingam_check_end(check);
 *     pump_check(&pump, check);              now ingam_check_verdict is there
 *
 * now_ms is the moment at which the message is judged (--at, or clock_wall_ms()); from there the check's clock runs on
 * with the real one, so that its deadline holds for any --at. */
#ifndef IO_PUMP_H
#define IO_PUMP_H

#include "io/source.h"
#include <ingam/check.h>

struct ingam_spf;

struct pump {
    struct source *source;
    uint64_t now_ms;      /* the check's clock when it began */
    uint64_t started_ms;  /* clock_now_ms() at the same moment */
    uint64_t deadline_ms; /* how long the check may wait */
};

/* Begins one message; forgets what the source still has open of the one before. */
struct pump pump_start(struct source *source, uint64_t now_ms, uint64_t deadline_ms);

/* Asks and answers until the check wants NOTHING (or INPUT, if it was not ended).
 * ret  INGAM_ERR_MEMORY, what ingam_check_answer said, or INGAM_ERR_ORDER: the check still wants answers though its deadline
 *      is over or no question is open */
enum ingam_err pump_check(struct pump *p, struct ingam_check *check);
enum ingam_err pump_spf(struct pump *p, struct ingam_spf *spf);

/* The same for anything that is pulled in this way. */
struct pump_face {
    enum ingam_want (*next)(void *subject, uint64_t now_ms, struct ingam_question *q);
    enum ingam_err (*answer)(void *subject, const struct ingam_answer *a);
};
enum ingam_err pump_run(struct pump *p, const struct pump_face *face, void *subject);

#endif
