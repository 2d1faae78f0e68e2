/* SPDX-License-Identifier: BSD-2-Clause */
/* arc: what did the hands say through which a message came?                                                [RFC8617]
 *
 * Each hand that passes a message on may put a set of three fields on top: what it found (ARC-Authentication-Results), a
 * signature over the message as it leaves (ARC-Message-Signature, AMS), and a seal over all sets so far (ARC-Seal). At the end
 * of the header arc_begin sorts the fields into sets and looks at their structure. A chain that has none ends here. Of the
 * others the keys are asked for, each name once, and the body is hashed in the one pass that DKIM's signatures share. Then the
 * newest AMS must hold and every seal must; older AMS only tell how far back the message is unchanged (oldest-pass).
 *
 * Seal i covers the sets 1 to i. All sets are canonicalized and hashed once, from the first on; before the seal's own field the
 * state of the hash is copied and ended, so that N seals cost N fields and not N * N.
 *
 * All failures are permanent, also those of the DNS. A chain overrides nothing: whether a site makes something of the results
 * of sealers that it trusts is the verdict's business.                                                  [RFC8617 5.2.1]
 *
 *   read.c  fields -> sets, structure        keys.c  facts -> keys, each read once
 *   arc.c   the steps of 5.2                 tell.c  the trace                      seal_*.c  a new set (seal.h) */
#ifndef ARC_ARC_H
#define ARC_ARC_H

#include "dkim/dkim.h"

struct arc_check;
struct arc_wanted {
    const struct mail_header *header; /* lives as long as the check */
    struct ingam_keys *keys;          /* may be NULL */
    bool allow_partial_body;
    struct dkim_body **bodies; /* the message's body hashers; made where *bodies is NULL and one is needed */
};
/* ret  NULL: no memory */
struct arc_check *arc_begin(const struct method_run *run, const struct arc_wanted *wanted);
void arc_allow_partial_body(struct arc_check *c, bool is_allowed); /* another mind, before arc_eval is DONE */
/* in   is_body_done  false: asks for keys only, unless the chain has failed already
 * out  out           valid when DONE; first_dmarc is left to the verdict                             [RFC8617 5.2] */
enum progress arc_eval(const struct method_run *run, struct arc_check *c, bool is_body_done,
                       struct ingam_arc_outcome *out);
void arc_free(struct arc_check *c); /* gives keys back; NULL is fine */
/* ret  what set `instance` says behind "i=N;", with its folds; empty if the fields are no chain */
str arc_results_at(const struct arc_check *c, uint32_t instance);

#endif
