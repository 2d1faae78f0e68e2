/* SPDX-License-Identifier: BSD-2-Clause */
/* One signature of a message on its way through verification. */
#ifndef DKIM_VERIFY_H
#define DKIM_VERIFY_H

#include "dkim/dkim.h"

struct dkim_one {
    struct dkim_signature sig;
    uint32_t field; /* index from the top of the message */
    bool is_tried;  /* false: over the limit */
    bool is_done;   /* all below stands */
    bool has_verified;
    bool has_header_digest;
    int body;                /* handle of the body hasher; -1: none */
    str key_prefix;          /* "selector._domainkey." */
    const struct fact *fact; /* the key's; NULL: not asked */
    str record;              /* the key record that was used, or was the nearest to it */
    struct dkim_key key;
    struct dkim_body_result body_got;
    uint8_t header_digest[32];
    str body_hash_text; /* base64 of what was got, where it is wrong */
    enum ingam_fault fault;
    enum ingam_result result;
};

struct dkim_check {
    const struct mail_header *header;
    struct ingam_keys *keys;
    bool allow_partial_body;
    struct dkim_one *ones; /* from the top of the message down */
    size_t n;
    struct dkim_one **order; /* those that are tried, in the order of trying */
    size_t order_n;
    size_t total; /* DKIM-Signature fields of the message */
    struct dkim_body *body;
    struct ingam_dkim_outcome *outcomes;
};

/* Looks at one signature once its key's fact and the body are there; remembers what came out.     [RFC6376 6.1] */
void dkim_verify_one(const struct method_run *run, struct dkim_check *d, struct dkim_one *one);
/* Leaves the notes of one signature in the trace. */
void dkim_tell_one(const struct method_run *run, struct dkim_one *one, uint32_t subject);

#endif
