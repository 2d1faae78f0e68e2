/* SPDX-License-Identifier: BSD-2-Clause */
/* pump: carries the questions of a check to a source and the answers back, until the verdict stands.
 *
 *     struct pump pump = pump_start(source, now_ms, config.limits.deadline_ms);
 *     check = ingam_check_new(&config, &envelope, now_ms);
 *     ingam_check_feed(check, bytes);  pump_check(&pump, check) ...     while there is more: questions go out early
 *     ingam_check_end(check);          pump_check(&pump, check);        waits; now ingam_check_verdict is there
 *
 * now_ms is the moment at which the message is judged (--at, or clock_wall_ms()); from there the check's clock runs on
 * with the real one, so that its deadline holds for any --at. */
#ifndef IO_PUMP_H
#define IO_PUMP_H

#include "io/source.h"

struct ingam_check;
struct ingam_spf;

struct pump {
    struct source *source;
    uint64_t now_ms;      /* the check's clock when it began */
    uint64_t started_ms;  /* clock_now_ms() at the same moment */
    uint64_t deadline_ms; /* how long the check may wait */
};

/* Begins one message; forgets what the source still has open of the one before. */
struct pump pump_start(struct source *source, uint64_t now_ms, uint64_t deadline_ms);

/* Asks and answers until the check wants INPUT (then nothing was waited for) or NOTHING.
 * ret  INGAM_OK, or what ingam_check_answer said */
enum ingam_err pump_check(struct pump *p, struct ingam_check *check);
enum ingam_err pump_spf(struct pump *p, struct ingam_spf *spf);

/* The same for anything that is pulled in this way. */
struct pump_face {
    int (*next)(void *subject, uint64_t now_ms, struct ingam_question *q); /* an enum ingam_want */
    enum ingam_err (*answer)(void *subject, const struct ingam_answer *a);
};
enum ingam_err pump_run(struct pump *p, const struct pump_face *face, void *subject);

#endif
