/* SPDX-License-Identifier: BSD-2-Clause */
/* SPF by itself, for programs that only want that: the same pull as ingam_check_*.  [RFC7208] */
#ifndef INGAM_SPF_H
#define INGAM_SPF_H

#include <ingam/check.h>

struct ingam_spf;

/* Judges HELO and MAIL FROM of an envelope. ret NULL: no memory */
INGAM_API struct ingam_spf *ingam_spf_new(const struct ingam_config *config, const struct ingam_envelope *env,
                                          uint64_t now_ms);
INGAM_API enum ingam_want ingam_spf_next(struct ingam_spf *s, uint64_t now_ms, struct ingam_question *q);
INGAM_API enum ingam_err ingam_spf_answer(struct ingam_spf *s, const struct ingam_answer *a);
/* ret  the MAIL FROM outcome, or HELO's where there is no reverse-path; NULL until NOTHING is wanted */
INGAM_API const struct ingam_spf_outcome *ingam_spf_outcome(const struct ingam_spf *s);
INGAM_API const struct ingam_spf_outcome *ingam_spf_helo_outcome(const struct ingam_spf *s);
INGAM_API ingam_str ingam_spf_received(const struct ingam_spf *s); /* Received-SPF field body */
INGAM_API size_t ingam_spf_notes(const struct ingam_spf *s, const struct ingam_note **notes);
INGAM_API void ingam_spf_free(struct ingam_spf *s);

#endif
