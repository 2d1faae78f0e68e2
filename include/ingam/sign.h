/* SPDX-License-Identifier: BSD-2-Clause */
/* Signing: the same pull as checking. Feed the message once, make as many signatures as asked for.
 *
 *     sign = ingam_sign_new(&config, wanted, wanted_n, now_s);
 *     ingam_sign_feed(sign, bytes) ...;  ingam_sign_end(sign);
 *     while (ingam_sign_next(sign, &job) == INGAM_WANT_SIGN)
 *         make the signature of job.digest with the key job.key_name, ingam_sign_answer(sign, &answer);
 *     result = ingam_sign_result(sign);
 *
 * The private key never enters here: it may live in another process or an HSM. Where it lies in memory,
 * ingam_private_key_* makes the answer. */
#ifndef INGAM_SIGN_H
#define INGAM_SIGN_H

#include <ingam/check.h>

enum ingam_algorithm { INGAM_RSA_SHA256, INGAM_ED25519_SHA256 };
INGAM_API const char *ingam_algorithm_name(enum ingam_algorithm a); /* "rsa-sha256" */
enum ingam_canon { INGAM_RELAXED, INGAM_SIMPLE };

/* One DKIM signature that is wanted. Zeroed members are the defaults. */
struct ingam_sign_wanted {
    ingam_str domain;   /* d=: U-labels become A-labels */
    ingam_str selector; /* s= */
    ingam_str key_name; /* given back in the job; any bytes; empty: selector._domainkey.domain */
    enum ingam_algorithm algorithm;
    enum ingam_canon header_canon, body_canon; /* relaxed/relaxed */
    ingam_str auid;                            /* i=; empty: left out */
    ingam_str headers; /* "from:to:subject": exactly these; empty: the default list, those present */
    bool no_oversign;  /* default: each name once more than it is present */
    int64_t expire_s;  /* x= that many seconds after now; 0: none */
};

struct ingam_sign_job {
    uint32_t id; /* given back in the answer */
    ingam_str key_name;
    enum ingam_algorithm algorithm;
    uint8_t digest
        [32]; /* SHA-256 of what is signed; RSA: PKCS#1 v1.5, Ed25519: PureEdDSA over these 32 bytes [RFC8463 3] */
};
struct ingam_sign_answer {
    uint32_t id;
    ingam_str signature; /* raw bytes; empty: the key refused, the job fails with a fault */
};

struct ingam_sign_result {
    enum ingam_fault
        fault;   /* why nothing was signed: the message breaks RFC 5322, a key refused ...; NONE: all made */
    uint64_t at; /* byte of the message where it is wrong, where one byte is to blame */
    const ingam_str *fields; /* whole fields with CRLF, to be put on top in this order */
    size_t n;
};

struct ingam_sign;
/* ret  NULL: no memory. What is wrong with `wanted` is the result's fault */
INGAM_API struct ingam_sign *ingam_sign_new(const struct ingam_config *config,
                                            const struct ingam_sign_wanted *wanted, size_t wanted_n,
                                            int64_t now_s);
INGAM_API enum ingam_err ingam_sign_feed(struct ingam_sign *s, ingam_str bytes);
INGAM_API enum ingam_err ingam_sign_end(struct ingam_sign *s);
/* ret  INGAM_WANT_INPUT, INGAM_WANT_SIGN (job is new), INGAM_WANT_NOTHING */
INGAM_API enum ingam_want ingam_sign_next(struct ingam_sign *s, struct ingam_sign_job *job);
INGAM_API enum ingam_err ingam_sign_answer(struct ingam_sign *s, const struct ingam_sign_answer *a);
INGAM_API const struct ingam_sign_result *ingam_sign_result(const struct ingam_sign *s);
INGAM_API void ingam_sign_free(struct ingam_sign *s);

/* A private key in memory. Reading wipes its own copies; free wipes the key. One thread at a time. */
struct ingam_private_key;
enum ingam_key_fault {
    INGAM_KEY_OK,
    INGAM_KEY_NOT_PEM,
    INGAM_KEY_ENCRYPTED,
    INGAM_KEY_KIND,
    INGAM_KEY_SIZE,
    INGAM_KEY_NO_MEMORY
};
/* in   alloc  NULL: malloc
 *      pem    PKCS#8 ("PRIVATE KEY") or the older "RSA PRIVATE KEY"; RSA of 2,048 to 8,192 bits, or Ed25519; the first
 *             private key of the text counts. The caller's, who wipes it
 * out  fault  why NULL came back: a sentence is ingam_key_fault_text; may be NULL */
INGAM_API struct ingam_private_key *ingam_private_key_read(const struct ingam_alloc *alloc, ingam_str pem,
                                                           enum ingam_key_fault *fault);
/* The same, also for RSA from 1,024 bits, which RFC 8301 3.2 still lets signers use: for ARC seals, which nobody should
 * believe for their own sake, and for trials of other people's keys. Never for DKIM signatures. */
INGAM_API struct ingam_private_key *ingam_private_key_read_short(const struct ingam_alloc *alloc,
                                                                 ingam_str pem, enum ingam_key_fault *fault);
/* Makes a new one from the system's randomness.
 * in   bits  2048, 3072, 4096; Ed25519 ignores it
 * ret  NULL: another size, or no memory */
INGAM_API struct ingam_private_key *ingam_private_key_new(const struct ingam_alloc *alloc,
                                                          enum ingam_algorithm algorithm, uint32_t bits);
INGAM_API const char *ingam_key_fault_text(enum ingam_key_fault fault);
INGAM_API enum ingam_algorithm ingam_private_key_algorithm(const struct ingam_private_key *key);
INGAM_API uint32_t ingam_private_key_bits(const struct ingam_private_key *key); /* Ed25519: 256 */
/* out  signature, n  at least INGAM_SIGNATURE_MAX bytes of room
 * ret  false: the back end refused */
enum { INGAM_SIGNATURE_MAX = 1024 };
INGAM_API bool ingam_private_key_sign(const struct ingam_private_key *key, const uint8_t digest[32],
                                      uint8_t *signature, size_t *n);
/* Writes the p= value of the key record: base64 of SubjectPublicKeyInfo, or of the 32 bytes. [RFC6376 3.6.1] [RFC8463 4.2]
 * ret  length needed without the NUL, 0 where memory ran out; at most cap - 1 bytes and a NUL are written */
INGAM_API size_t ingam_private_key_record(const struct ingam_private_key *key, char *buf, size_t cap);
/* Writes PKCS#8 PEM. ret as above; buf is the caller's to wipe */
INGAM_API size_t ingam_private_key_pem(const struct ingam_private_key *key, char *buf, size_t cap);
INGAM_API void ingam_private_key_free(struct ingam_private_key *key); /* NULL is fine */

#endif
