/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealing, inside: what the public face (seal_message.c) is made of.
 *
 *   seal_wanted.c  what was asked for, checked      seal_write.c  the three fields, and what is signed of them */
#ifndef ARC_SEAL_H
#define ARC_SEAL_H

#include "arc/chain.h"
#include <ingam/seal.h>

/* A field that is being written: whole when its signature has been put in. */
struct seal_field {
    str name;
    struct out out;
    struct dkim_writer writer;
};

/* The set on its way. */
struct seal_set {
    uint32_t instance;
    enum ingam_result cv; /* none, pass or fail */
    struct seal_field results, message, seal;
};

/* Copies and checks what is wanted; headers stays empty where nothing was said.
 * ret  NONE, or what is wrong with it (also on no memory: then the arena says so) */
enum ingam_fault seal_wanted_read(struct arena *a, const struct ingam_seal_wanted *wanted, int64_t now_s,
                                  struct ingam_seal_wanted *out);

/* Copies what is to stand behind "i=N;", folded anew; *results is empty with a fault. */
enum ingam_fault seal_results_read(struct arena *a, str text, str *results);

/* What the fields are written from. */
struct seal_work {
    const struct method_run *run;
    const struct ingam_seal_wanted *wanted;
    const struct mail_header *header;
    const struct arc_chain *chain;
    str names; /* h= */
    const uint8_t *body_hash;
};
/* Writes ARC-Authentication-Results, whole.                                                      [RFC8617 4.1.1] */
void seal_write_results(const struct seal_work *w, struct seal_set *set);
/* Writes ARC-Message-Signature up to "b=" and hashes what it covers. ret false: no memory         [RFC8617 4.1.2] */
bool seal_message_digest(const struct seal_work *w, struct seal_set *set, uint8_t digest[32]);
/* Writes ARC-Seal up to "b=" and hashes the sets, this one among them; after a failed chain this one alone.
 * in   set  its message signature is whole
 * ret  false: no memory                                                                          [RFC8617 5.1.1] [RFC8617 5.1.2] */
bool seal_digest(const struct seal_work *w, struct seal_set *set, uint8_t digest[32]);

#endif
