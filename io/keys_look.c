/* SPDX-License-Identifier: BSD-2-Clause */
/* What all name servers together say about a key. */
#include "io/keys_look.h"

static enum keys_sight sight_of(struct arena *a, const struct authority_answer *answer,
                                enum ingam_algorithm algorithm, str p)
{
    switch (answer->got) {
    case AUTHORITY_FAILED: return KEYS_UNSEEN;
    case AUTHORITY_NONE: return KEYS_ABSENT;
    case AUTHORITY_ALIAS: return KEYS_DIFFERS;
    case AUTHORITY_TEXTS: break;
    }
    return answer->text_n == 1 ? keys_record_judge(a, answer->texts[0], algorithm, p) : KEYS_DIFFERS;
}

/* A server that answers at one of its addresses answers. */
static bool is_silent(const struct authority_report *r, const struct authority_answer *answer)
{
    if (answer->got != AUTHORITY_FAILED)
        return false;
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i].got != AUTHORITY_FAILED && str_eq(r->list[i].server, answer->server))
            return false;
    return true;
}

/* An empty record and none at all both revoke; any other difference is one. */
static enum keys_sight joined(enum keys_sight one, enum keys_sight other)
{
    bool both_revoke =
        (one == KEYS_EMPTY || one == KEYS_ABSENT) && (other == KEYS_EMPTY || other == KEYS_ABSENT);
    if (one == KEYS_UNSEEN || one == other)
        return other;
    return both_revoke ? KEYS_EMPTY : KEYS_DIFFERS;
}

struct keys_seen keys_look(struct arena *a, const struct authority_report *r, enum ingam_algorithm algorithm,
                           str p, enum keys_sight *each)
{
    struct keys_seen seen = {KEYS_UNSEEN, r->wait_s};
    bool is_any_silent = r->n == 0;
    for (size_t i = 0; i < r->n; i++) {
        each[i] = sight_of(a, &r->list[i], algorithm, p);
        if (is_silent(r, &r->list[i]))
            is_any_silent = true;
        else if (each[i] != KEYS_UNSEEN)
            seen.sight = joined(seen.sight, each[i]);
    }
    if (is_any_silent && seen.sight != KEYS_DIFFERS)
        seen.sight = KEYS_UNSEEN;
    return seen;
}
