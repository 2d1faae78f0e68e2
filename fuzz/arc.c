/* SPDX-License-Identifier: BSD-2-Clause */
/* Any header as ARC fields, and sealed: the structure's fault blames a byte of a field, what is no chain asks nothing, a chain has
 * its N sets each once; and a message that is sealed has one set more, which is sound unless the chain before it was not.
 *                                                                                         [RFC8617 4.2] [RFC8617 5.1] [RFC8617 5.2] */
#include "arc/chain.h"

#include <ingam/seal.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 8 << 20, NOW = 1780000000 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_inside(str part, str whole)
{
    require(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void check_sets(const struct arc_chain *chain)
{
    for (uint32_t i = 1; i <= chain->n; i++) {
        const struct arc_set *set = &chain->sets[i - 1];
        require(set->results && set->seal.sig.instance == i && set->message.sig.instance == i);
        require(set->seal.sig.fault == FAULT_NONE && set->seal.sig.signature.n);
        require(str_eq(set->seal.sig.chain, i == 1 ? S("none") : S("pass")));
        require_inside(set->payload, set->results->value);
        require_inside(set->seal.sig.b_value, set->seal.sig.field->value);
    }
    require(chain->sets[chain->n - 1].message.sig.fault == FAULT_NONE);
}

static void check_blame(const struct arc_blame *b)
{
    if (b->wrong == NULL)
        return;
    require(b->field && b->wrong >= b->field->value.p && b->wrong <= b->field->value.p + b->field->value.n);
}

/* Runs the chain with no key to be had. */
static void check_run(const struct method_run *run, const struct mail_header *h)
{
    struct dkim_body *bodies = NULL;
    struct ingam_question q;
    struct ingam_arc_outcome got;
    struct arc_check *c = arc_begin(run, &(struct arc_wanted){.header = h, .bodies = &bodies});
    require(c != NULL);
    if (c->chain.n && c->chain.blame.fault == FAULT_NONE)
        check_sets(&c->chain);
    check_blame(&c->chain.blame);
    if (bodies)
        dkim_body_end(bodies);
    enum progress said = arc_eval(run, c, true, &got);
    require((said == PENDING) == (c->chain.n && c->chain.blame.fault == FAULT_NONE));
    size_t asked = 0;
    while (facts_next(run->facts, &q)) {
        struct ingam_answer a = {.id = q.id, .status = INGAM_STATUS_NXDOMAIN};
        require(facts_answer(run->facts, &a) == INGAM_OK);
        asked++;
    }
    require(said == PENDING || asked == 0);
    require(arc_eval(run, c, true, &got) == DONE);
    require((got.result == INGAM_RESULT_NONE) == (got.sets == 0));
    require(got.sets == 0 || (got.result == INGAM_RESULT_FAIL && got.fault));
    arc_free(c);
}

/* Gives any signature: what is sealed is structure, too. */
static const struct ingam_sign_result *answer(struct ingam_seal *s)
{
    static const uint8_t bytes[256] = {1};
    struct ingam_sign_job job;
    while (ingam_seal_next(s, &job) == INGAM_WANT_SIGN) {
        struct ingam_sign_answer a = {job.id, {bytes, sizeof bytes}};
        require(ingam_seal_answer(s, &a) == INGAM_OK);
    }
    return ingam_seal_result(s);
}

static void check_sealed(const struct method_run *run, const struct arc_chain *before,
                         const struct ingam_sign_result *r, str block)
{
    struct out o;
    struct mail_header h;
    struct arc_chain after;
    out_init(&o, run->arena);
    for (size_t i = 0; i < r->n; i++)
        out_str(&o, r->fields[i]);
    out_str(&o, block);
    require(mail_header_of(out_done(&o), run->arena, run->limits, &h) && arc_chain_read(run, &h, &after));
    bool was_sound = before->blame.fault == FAULT_NONE;
    require(after.highest == before->highest + 1);
    require((after.blame.fault == FAULT_NONE) == was_sound);
    require(was_sound || after.blame.fault == FAULT_ARC_CV_FAIL);
}

static void check_seal(const struct method_run *run, const struct mail_header *h,
                       const struct ingam_config *config)
{
    struct arc_chain before;
    struct ingam_seal_wanted wanted = {.domain = S("a.example"),
                                       .selector = S("s"),
                                       .results = S("mx.a.example; none"),
                                       .chain = INGAM_RESULT_PASS};
    require(arc_chain_read(run, h, &before));
    struct ingam_seal *s = ingam_seal_new(config, &wanted, NOW);
    require(s && ingam_seal_feed(s, h->block) == INGAM_OK && ingam_seal_feed(s, S("\r\n")) == INGAM_OK &&
            ingam_seal_end(s) == INGAM_OK);
    const struct ingam_sign_result *r = answer(s);
    require(r && (r->fault != INGAM_FAULT_NONE) == (r->n == 0));
    if (r->n)
        check_sealed(run, &before, r, h->block);
    ingam_seal_free(s);
}

/* ret  the header ends where the block does, so that both ways of reading it see the same fields */
static bool is_whole(str block)
{
    return block.n >= 2 && block.p[block.n - 1] == '\n' && block.p[block.n - 2] == '\r' &&
           !str_starts(block, S("\r\n")) && str_find_str(block, S("\r\n\r\n")) == block.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct facts facts;
    struct trace trace;
    struct mail_header h;
    struct ingam_config config = {.authserv_id = {NULL, 0}};
    ingam_limits_default(&config.limits);
    config.limits.arena = ARENA;
    if (size > 200000)
        return 0;
    arena_init(&a, NULL, ARENA);
    facts_init(&facts, &a, config.limits.questions);
    trace_init(&trace, &a);
    struct method_run run = {&facts, &a, &trace, &config.limits, NOW};
    require(mail_header_of((str){data, size}, &a, &config.limits, &h));
    check_run(&run, &h);
    if (is_whole((str){data, size}))
        check_seal(&run, &h, &config);
    arena_free(&a);
    return 0;
}
