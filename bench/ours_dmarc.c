/* SPDX-License-Identifier: BSD-2-Clause */
/* DMARC by itself is a room of the library, not part of its face: measured through the room's door. */
#include "bench.h"
#include "dmarc/dmarc.h"

static void listen(struct facts *facts)
{
    struct ingam_question q;
    struct ingam_answer a;
    while (facts_next(facts, &q)) {
        world_answer(&q, &a);
        facts_answer(facts, &a);
    }
}

void ours_dmarc(const struct job *job)
{
    struct ingam_limits limits;
    struct arena arena;
    struct facts facts;
    struct ingam_dkim_outcome dkim = {.result = INGAM_RESULT_PASS, .domain = S(DOMAIN)};
    struct dmarc_request request = {.author_domain = S(DOMAIN),
                                    .is_ready = true,
                                    .spf = INGAM_RESULT_PASS,
                                    .spf_domain = text(job->sender),
                                    .dkim = &dkim,
                                    .dkim_n = job->key_n};
    struct ingam_dmarc_outcome out;
    ingam_limits_default(&limits);
    arena_init(&arena, NULL, limits.arena);
    facts_init(&facts, &arena, limits.questions);
    facts_account(&facts, SHARE_DMARC);
    struct method_run run = {&facts, &arena, NULL, &limits, NOW_S};
    while (dmarc_eval(&run, &request, &out) == PENDING)
        listen(&facts);
    if (out.result != INGAM_RESULT_PASS || !out.is_dkim_aligned || !out.is_spf_aligned)
        give_up("ingam", "DMARC does not pass");
    arena_free(&arena);
}
