/* SPDX-License-Identifier: BSD-2-Clause */
/* The cause of a failing signature, for those who have the whole message. The search has memory of its own, since its candidates
 * are as large as the body; what it finds moves into the check. */
#include "cause/cause.h"
#include "verdict/state.h"

enum { KEYS_MAX = 64, CANDIDATES_OF_BODY = 12 };
static const size_t scratch_floor = 16 * 1024 * 1024;
static const uint64_t hash_budget = 1536ULL * 1024 * 1024; /* of a message; one to two seconds */

static size_t other_keys(const struct ingam_check *c, const struct public_key **keys)
{
    size_t n = 0;
    for (size_t i = 0; i < c->verdict.dkim_n && n < KEYS_MAX; i++) {
        const struct public_key *key = dkim_key_at(c->dkim, i);
        if (key)
            keys[n++] = key;
    }
    return n;
}

/* ret  what one signature may cost: those that do not pass share the budget of the message */
static uint64_t share_of_budget(const struct ingam_check *c)
{
    uint64_t n = 0;
    for (size_t i = 0; i < c->verdict.dkim_n; i++)
        n += c->verdict.dkim[i].result != INGAM_RESULT_PASS;
    return hash_budget / (n ? n : 1);
}

/* What stands behind the header block and the empty line. */
static str body_of(const struct ingam_check *c, str message)
{
    return str_from(message, c->header.block.n + 2);
}

bool ingam_check_cause(struct ingam_check *c, size_t i, ingam_str message, struct ingam_cause *cause)
{
    const struct public_key *keys[KEYS_MAX];
    struct arena scratch;
    if (!c->has_verdict || c->dkim == NULL || i >= c->verdict.dkim_n)
        return false;
    arena_init(&scratch, &c->config.alloc, scratch_floor + CANDIDATES_OF_BODY * message.n);
    struct method_run run = {&c->facts, &c->arena, NULL, &c->config.limits, c->now_s};
    struct cause_scene scene = {
        .run = &run,
        .header = &c->header,
        .body = body_of(c, message),
        .sig = dkim_signature_at(c->dkim, i),
        .key = dkim_key_at(c->dkim, i),
        .outcome = &c->verdict.dkim[i],
        .other_keys = keys,
        .other_key_n = other_keys(c, keys),
        .scratch = &scratch,
        .budget = share_of_budget(c),
    };
    bool is_found = scene.sig && cause_find(&scene, cause);
    arena_free(&scratch);
    return is_found;
}
