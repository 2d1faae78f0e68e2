/* SPDX-License-Identifier: BSD-2-Clause */
/* A chain on its way through validation: what the files of this room share. */
#ifndef ARC_CHAIN_H
#define ARC_CHAIN_H

#include "arc/arc.h"

/* The most that an instance can be.                                                              [RFC8617 4.2.1] */
enum { ARC_SETS_MAX = 50 };

/* A key name's answer, with its records parsed once for all the signatures that use it. */
struct arc_key {
    const struct fact *fact;
    enum key_kind kind;
    bool is_read;
    struct dkim_key *keys; /* by record; those that cannot be used have a fault */
    size_t n;
};

/* One signature of a set. */
struct arc_signature {
    struct dkim_signature sig;
    struct arc_key *key; /* NULL: not asked for */
    bool is_looked_at;
    enum ingam_fault fault;
    uint8_t digest[32];
};

struct arc_set {
    const struct mail_field *results;
    str payload; /* what stands behind "i=N;" */
    struct arc_signature message, seal;
    int body;         /* handle of the newest and of older ones without l=; -1: not hashed */
    int relaxed_body; /* the same under "relaxed" where c= is absent; else -1 */
};

/* The byte and the field that are to blame. */
struct arc_blame {
    enum ingam_fault fault;  /* what it means for the chain */
    enum ingam_fault detail; /* what is wrong with the field; may be the same */
    const struct mail_field *field;
    uint32_t instance;
    const uint8_t *wrong; /* inside the field's value, or NULL */
};

struct arc_chain {
    struct arc_set *sets; /* [0] is instance 1 */
    uint32_t n;           /* sets: the number of the kind of field that is there most often */
    uint32_t highest;     /* instance that could be read */
    str highest_cv;       /* cv= of the seal with the highest instance */
    uint32_t highest_seal;
    struct arc_blame blame;
};

/* Sorts the ARC fields of a header into sets and checks their structure.                         [RFC8617 5.2]
 * out  chain  n 0: there are none; blame.fault: why they are no chain
 * ret  false: no memory */
bool arc_chain_read(const struct method_run *run, const struct mail_header *h, struct arc_chain *chain);

struct arc_check {
    struct arc_wanted wanted;
    struct arc_chain chain;
    struct arc_key *keys; /* room for two a set */
    size_t key_n;
    uint32_t oldest_pass;
    enum ingam_fault fault;
    str *sealers, *selectors; /* newest first */
};

/* Asks for the key of one signature, or finds the one that was asked for already. ret NULL: no memory */
struct arc_key *arc_key_of(const struct method_run *run, struct arc_check *c,
                           const struct dkim_signature *sig);
/* Verifies a digest against whatever the key's name has. ret NONE, an ARC_KEY fault, or `wrong` where no key fits */
enum ingam_fault arc_key_verify(const struct method_run *run, struct arc_check *c,
                                struct arc_signature *signature, enum ingam_fault wrong);
void arc_keys_free(struct arc_check *c);

/* Adds a field in relaxed form to what a seal covers. ret false: no memory                       [RFC8617 5.1.1] */
bool arc_hash_field(struct arena *a, struct sha256 *sha, const struct mail_field *f);
/* The seal's own field: without the value of b= and its last CRLF.                       [RFC6376 3.7] */
bool arc_hash_own(struct arena *a, struct sha256 *sha, const struct dkim_signature *sig);

/* Leaves the notes of a chain in the trace. */
void arc_tell(const struct method_run *run, const struct arc_check *c, enum ingam_result result);

#endif
