/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/pump.h"

static enum ingam_want next(void *subject, uint64_t now_ms, struct ingam_question *q)
{
    return ingam_check_next(subject, now_ms, q);
}

static enum ingam_err answer(void *subject, const struct ingam_answer *a)
{
    return ingam_check_answer(subject, a);
}

enum ingam_err pump_check(struct pump *p, struct ingam_check *check)
{
    static const struct pump_face face = {next, answer};
    return pump_run(p, &face, check);
}
