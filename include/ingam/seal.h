/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealing: an ARC set for a message that was judged here and goes on to somebody else. The same pull as signing, but that the
 * second signature covers the first: one job, its answer, then the other job.
 *
 *     seal = ingam_seal_new(&config, &wanted, now_s);
 *     ingam_seal_feed(seal, bytes) ...;  ingam_seal_end(seal);
 *     while (ingam_seal_next(seal, &job) == INGAM_WANT_SIGN)
 *         make the signature of job.digest with the key job.key_name, ingam_seal_answer(seal, &answer);
 *     result = ingam_seal_result(seal);
 *
 * A message is sealed last, when all other changes are done, DKIM signatures among them. */
#ifndef INGAM_SEAL_H
#define INGAM_SEAL_H

#include <ingam/sign.h>

/* The set that is wanted. All texts are copied.                                                    [RFC8617 5.1] */
struct ingam_seal_wanted {
    ingam_str domain, selector, key_name; /* as in struct ingam_sign_wanted */
    enum ingam_algorithm algorithm;       /* RSA is what every validator knows */
    ingam_str
        results; /* what stands behind "i=N;": the body of an Authentication-Results field; empty: decided later */
    ingam_str
        headers; /* h= of the ARC-Message-Signature; empty: what a DKIM signature covers, and DKIM-Signature */
    enum ingam_canon header_canon, body_canon; /* of the ARC-Message-Signature: relaxed/relaxed */
    enum ingam_result chain; /* what the check of this message said of its chain: goes into cv= */
};

struct ingam_seal;
/* ret  NULL: no memory. What is wrong with `wanted` is the result's fault */
INGAM_API struct ingam_seal *ingam_seal_new(const struct ingam_config *config,
                                            const struct ingam_seal_wanted *wanted, int64_t now_s);
INGAM_API enum ingam_err ingam_seal_feed(struct ingam_seal *s, ingam_str bytes);
INGAM_API enum ingam_err ingam_seal_end(struct ingam_seal *s);
/* Says what the check of this message has found, for hosts that feed both at once: before the first `next` behind the end.
 * Without results from here or from `wanted` the fault is SEAL_RESULTS.
 * ret  INGAM_ERR_ORDER: the first job was given out already */
INGAM_API enum ingam_err ingam_seal_decide(struct ingam_seal *s, ingam_str results, enum ingam_result chain);
/* ret  INGAM_WANT_INPUT, INGAM_WANT_SIGN (job is new if job->id != 0), INGAM_WANT_NOTHING */
INGAM_API enum ingam_want ingam_seal_next(struct ingam_seal *s, struct ingam_sign_job *job);
INGAM_API enum ingam_err ingam_seal_answer(struct ingam_seal *s, const struct ingam_sign_answer *a);
/* ret  NULL until next has said NOTHING. The fields are ARC-Seal, ARC-Message-Signature, ARC-Authentication-Results;
 *      none with a fault, SEAL_CLOSED among them: the newest seal says cv=fail, and there is nothing to be added */
INGAM_API const struct ingam_sign_result *ingam_seal_result(const struct ingam_seal *s);
INGAM_API void ingam_seal_free(struct ingam_seal *s);

#endif
