/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of ingam sign and the keys they name. */
#ifndef CLI_SIGN_KEYS_H
#define CLI_SIGN_KEYS_H

#include "cli/input.h"
#include "io/keys.h"

enum { SIGN_KEYS_MAX = 8 };

/* Values of an option that may be given once for each key; the last one stands for the keys behind it too. */
struct sign_list {
    const char *values[SIGN_KEYS_MAX];
    size_t n;
};

struct sign_options {
    struct sign_list domains, selectors, keys, algorithms;
    const char *folder;             /* of all keys, instead of selectors and keys; NULL: not given */
    struct ingam_sign_wanted style; /* what all signatures have in common */
    bool has_at, header_only;
    bool takes_short_keys; /* a seal: RSA from 1,024 bits, with a warning */
    int64_t at_s;
};

struct sign_keys {
    struct ingam_private_key *keys[SIGN_KEYS_MAX];
    struct ingam_sign_wanted wanted[SIGN_KEYS_MAX]; /* key_name: one byte, the index */
    size_t n;
    char domain[256];            /* where the keys are those of a folder: whose, */
    struct keys_signing signing; /* and their selectors */
};

/* Reads the key files; with a folder, only looks whether the options fit.
 * ret  an exit status; what is not EXIT_GOOD was said on standard error; free in any case */
int sign_keys_read(struct sign_keys *k, const struct sign_options *o);
/* Reads the active keys of --domain, or of the domain in From, behind sign_keys_read.
 * ret  the same; EXIT_DATA: no key may sign yet, and what is waited for was said */
int sign_keys_of_folder(struct sign_keys *k, const struct sign_options *o, const struct message *m);
void sign_keys_free(struct sign_keys *k);
/* Lets the keys make what a signing waits for. ret false: no memory */
bool sign_keys_answer(const struct sign_keys *k, struct ingam_sign *s);

#endif
