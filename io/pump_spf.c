/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/pump.h"
#include <ingam/spf.h>

static enum ingam_want next(void *subject, uint64_t now_ms, struct ingam_question *q)
{
    return ingam_spf_next(subject, now_ms, q);
}

static enum ingam_err answer(void *subject, const struct ingam_answer *a)
{
    return ingam_spf_answer(subject, a);
}

enum ingam_err pump_spf(struct pump *p, struct ingam_spf *spf)
{
    static const struct pump_face face = {next, answer};
    return pump_run(p, &face, spf);
}
