/* SPDX-License-Identifier: BSD-2-Clause */
/* cause: why does this signature fail?
 *
 * A verifier knows only that two hashes differ. Whoever has the whole message can do more: undo what usually happens to mail on
 * its way, one thing at a time, and hash again. Where the hash then matches, that is what happened; no guess is needed.
 *
 * Two hashes can be aimed at, and they are independent. The signed body hash stands in bh=. The signed header digest can be
 * recovered from an RSA signature with the public key; an Ed25519 signature is tried by verifying it. So a list that adds
 * a footer and a Subject tag is found out twice: once by the body, once by the header.
 *
 * A hypothesis about the body is a function that makes another body of the one that came (body_*.c, part.c), or cuts lines off
 * it (cut.c). A hypothesis about the header is a move: other bytes for one or more of the signed fields (move_*.c); moves are tried
 * alone, in pairs, and for what lists do together in threes (head.c). All work counts against a budget, so that a hostile
 * message costs a bounded time. Where nothing can be proved the likeliest cause is named, and said to be no more than
 * that (likely.c). */
#ifndef CAUSE_CAUSE_H
#define CAUSE_CAUSE_H

#include "dkim/dkim.h"
#include <ingam/cause.h>

/* What is looked at. Everything lives longer than the search. */
struct cause_scene {
    const struct method_run *run; /* arena: for what stays; limits; now_s */
    const struct mail_header *header;
    str body; /* all bytes behind the empty line */
    const struct dkim_signature *sig;
    const struct public_key *key; /* NULL: none was read */
    const struct ingam_dkim_outcome *outcome;
    const struct public_key *const *other_keys; /* of the other signatures of this message */
    size_t other_key_n;
    struct arena *scratch; /* for candidates: rewound after each */
    uint64_t budget; /* work left, in bytes hashed; making and reading candidates counts too (search.h) */
    bool is_spent;   /* the budget did not last: more might have been found */
};

/* Finds the cause of a failure.
 * out  cause  detail in run->arena
 * ret  false: nothing to say (the signature passed, or memory ran out) */
bool cause_find(struct cause_scene *scene, struct ingam_cause *cause);

#endif
