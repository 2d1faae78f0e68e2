/* SPDX-License-Identifier: BSD-2-Clause */
/* dkim: did the domain that says so sign this message?                           [RFC6376] [RFC8301] [RFC8463] [RFC8616]
 *
 * At the end of the header dkim_begin reads the DKIM-Signature fields, picks those to try (aligned with the author domain
 * first, then from the top) and opens one body hasher for each distinct (canonicalization, hash, length) among them; keys
 * can be asked for at once. Body bytes then stream through the hashers. When the body has ended and the keys are there
 * dkim_eval checks each signature on its own; a failure of one never taints another.
 *
 *   signature.c   the field -> struct dkim_signature     key.c        the record -> struct dkim_key
 *   canon_*.c     header and body canonicalization       body.c       the hashers
 *   verify.c      one signature over the facts           dkim.c       all of them */
#ifndef DKIM_DKIM_H
#define DKIM_DKIM_H

#include "crypto/crypto.h"
#include "dns/dns.h"
#include "mail/mail.h"
#include <ingam/sign.h>

enum dkim_canon { CANON_SIMPLE, CANON_RELAXED };

/* A parsed DKIM-Signature, ARC-Message-Signature or (without body) ARC-Seal. Slices lie in the field. */
struct dkim_signature {
    const struct mail_field *field;
    str algorithm, domain /* A-labels, lower case, in the arena */, selector, auid, signed_names /* raw h= */;
    str b_value;   /* raw value of b= with all white space around it: what is cut out for hashing */
    str b, bh_raw; /* trimmed values */
    str signature; /* b= decoded, in the arena */
    enum key_kind kind;
    enum dkim_canon header_canon, body_canon;
    bool has_length, has_time, has_expiry, has_body_hash;
    bool is_auid_below; /* i= names a sub-domain of d= */
    bool signs_author;  /* h= names From */
    bool has_canon;     /* c= present */
    uint32_t instance;  /* ARC: i=, from 1 to 50; 0: unreadable */
    str chain;          /* ARC-Seal: cv= */
    uint64_t length;    /* l= */
    int64_t signed_at, expires_at;
    uint8_t body_hash[32];
    enum ingam_fault fault; /* NONE: worth verifying */
    const uint8_t *wrong;   /* inside field->value; NULL if no single byte is to blame */
};
/* Reads a DKIM-Signature field. ret false: no memory; what is wrong in the text is sig->fault      [RFC6376 3.5] */
bool dkim_signature_read(const struct method_run *run, const struct mail_field *field,
                         struct dkim_signature *sig);
/* The same for the fields of ARC, which share its tags but for a few: i= is the instance, v= means nothing, and a seal has
 * neither h= nor bh= but cv=. The names of an ARC-Message-Signature may be none at all.                    [RFC8617 4.1] */
bool dkim_arc_message_read(const struct method_run *run, const struct mail_field *field,
                           struct dkim_signature *sig);
bool dkim_arc_seal_read(const struct method_run *run, const struct mail_field *field,
                        struct dkim_signature *sig);

struct dkim_key {
    struct public_key *key; /* NULL with a fault */
    uint32_t bits;
    bool is_testing;          /* t=y */
    bool forbids_sub_domains; /* t=s */
    enum ingam_fault fault;
    size_t at; /* byte of the record */
};
/* Reads one key record for this signature (its k=, h=, s= must fit).                  [RFC6376 3.6.1]
 * in   keys  may be NULL */
void dkim_key_read(const struct method_run *run, struct ingam_keys *keys, str record,
                   const struct dkim_signature *sig, struct dkim_key *key);

/* Body hashers: the message's body goes through once, whatever the number of signatures. */
struct dkim_body;
struct dkim_body *dkim_body_new(struct arena *a);
/* ret  a handle for dkim_body_result; the same for equal arguments; -1: no memory. l: UINT64_MAX without l= */
int dkim_body_want(struct dkim_body *b, enum dkim_canon canon, uint64_t l);
void dkim_body_feed(struct dkim_body *b, str bytes);
void dkim_body_end(struct dkim_body *b);
struct dkim_body_result {
    uint8_t hash[32];
    uint64_t hashed;         /* canonical bytes that went in */
    uint64_t unsigned_bytes; /* canonical bytes beyond l= */
    bool is_short;           /* l= is larger than the body */
};
void dkim_body_get(const struct dkim_body *b, int handle, struct dkim_body_result *out);

/* Hashes the header fields that h= names, then the signature field without its b= value.    [RFC6376 3.7]
 * ret  false: no memory */
bool dkim_header_hash(const struct method_run *run, const struct mail_header *h,
                      const struct dkim_signature *sig, uint8_t digest[32]);
/* Writes one field in relaxed form, with CRLF.                                      [RFC6376 3.4.2] */
void dkim_canon_header_relaxed(struct out *o, const struct mail_field *f);

/* Copies and checks what is wanted of a signature or a seal; puts the names into their written form.
 * ret  NONE, or what is wrong with it (also on no memory: then the arena says so) */
enum ingam_fault sign_wanted_read(struct arena *a, const struct ingam_sign_wanted *wanted, int64_t now_s,
                                  struct ingam_sign_wanted *out);
/* Watches the message go by for what no mail server passes on unchanged. Any chunking gives the same fault. */
struct sign_lines {
    uint64_t at;   /* bytes seen */
    size_t line_n; /* of them in the line that has not ended */
    uint8_t last;  /* the byte before the next one */
    enum ingam_fault fault;
    uint64_t wrong_at;
};
void sign_lines_feed(struct sign_lines *l, str bytes);
void sign_lines_end(struct sign_lines *l);
/* Looks for what no verifier would believe, in a message that has ended.                            [RFC6376 5.3]
 * out  at   byte of the message where it is wrong, where one is to blame
 * ret  NONE, or the first thing that is wrong with it */
enum ingam_fault sign_message_fault(const struct sign_lines *l, const struct mail_header *h, uint64_t *at);

/* ret  what a signature covers where nobody says otherwise: colons between, one more of each than is there.
 *      Empty on no memory                                                          [RFC6376 5.4] [RFC6376 5.4.1] */
str dkim_default_names(struct arena *a, const struct mail_header *h);
/* Writes a field that is a tag list, for signatures and seals: folded at tag boundaries, long lists of names behind a
 * colon, base64 anywhere, so that no line is longer than 78 bytes where there is a place to fold.      [RFC5322 2.1.1] */
struct dkim_writer {
    struct out *o;
    size_t column;
    bool is_open; /* a tag was written: the next one begins with ";" */
};
void dkim_write_field(struct dkim_writer *w, struct out *o, str name); /* "DKIM-Signature:" */
void dkim_write_tag(struct dkim_writer *w, str tag, str value);
void dkim_write_uint(struct dkim_writer *w, str tag, uint64_t value);
void dkim_write_names(struct dkim_writer *w, str tag, str names); /* colons between, no white space */
void dkim_write_hash(struct dkim_writer *w, str tag, const uint8_t hash[32]);
/* Begins the last tag, on a line of its own: what stands so far is hashed, then the signature and the last CRLF follow. */
void dkim_write_b(struct dkim_writer *w);
void dkim_write_signature(struct dkim_writer *w, str signature);

/* All signatures of a message. */
struct dkim_check;
/* in   author_domain  empty if there is none
 * ret  NULL: no memory */
struct dkim_check *dkim_begin(const struct method_run *run, const struct mail_header *h, str author_domain,
                              struct ingam_keys *keys, bool allow_partial_body);
void dkim_allow_partial_body(struct dkim_check *d,
                             bool is_allowed); /* another mind, before dkim_eval is DONE */
struct dkim_body *dkim_bodies(
    struct dkim_check *d); /* feed and end these; NULL if nothing has to be hashed */
/* in   is_body_done  false: asks for keys only, PENDING
 * out  *list  lives in the arena, from the top of the message down; is_aligned is left to dmarc */
enum progress dkim_eval(const struct method_run *run, struct dkim_check *d, bool is_body_done,
                        struct ingam_dkim_outcome **list, size_t *n);
void dkim_free(struct dkim_check *d); /* gives keys back; NULL is fine */
/* For the cause finder: the parsed signature of outcome i, its key (may be NULL) and its header digest (if it was made). */
const struct dkim_signature *dkim_signature_at(const struct dkim_check *d, size_t i);
const struct public_key *dkim_key_at(const struct dkim_check *d, size_t i);
const uint8_t *dkim_header_digest_at(const struct dkim_check *d, size_t i);

#endif
