/* SPDX-License-Identifier: BSD-2-Clause */
/* Two keys, a domain that publishes them, and a message that is signed with them and judged. */
#ifndef TESTS_SIGN_WORLD_H
#define TESTS_SIGN_WORLD_H

#include "tests/unit/dkim_world.h"
#include <ingam/sign.h>

enum { SIGNER_NOW = 1788264000 };

/* The Ed25519 key is that of RFC 8463 A.1; the RSA key is made anew. */
struct signer {
    struct ingam_private_key *keys[2]; /* by enum ingam_algorithm */
    char records[2][1024];             /* what the DNS says */
    size_t record_n[2];
    struct ingam_rr answered;
};

static inline void signer_publish(struct signer *s, enum ingam_algorithm algorithm)
{
    char *record = s->records[algorithm];
    str head = algorithm == INGAM_RSA_SHA256 ? S("v=DKIM1; k=rsa; p=") : S("v=DKIM1; k=ed25519; p=");
    memcpy(record, head.p, head.n);
    s->record_n[algorithm] = head.n + ingam_private_key_record(s->keys[algorithm], record + head.n,
                                                               sizeof s->records[algorithm] - head.n);
}

/* ret  false: no memory */
static inline bool signer_init(struct signer *s)
{
    *s = (struct signer){.record_n = {0}};
    s->keys[INGAM_RSA_SHA256] = ingam_private_key_new(NULL, INGAM_RSA_SHA256, 2048);
    s->keys[INGAM_ED25519_SHA256] =
        ingam_private_key_read(NULL,
                               S("-----BEGIN PRIVATE KEY-----\n"
                                 "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                                 "-----END PRIVATE KEY-----\n"),
                               NULL);
    for (int i = 0; i < 2; i++) {
        if (s->keys[i] == NULL)
            return false;
        signer_publish(s, (enum ingam_algorithm)i);
    }
    return true;
}

static inline void signer_free(struct signer *s)
{
    for (int i = 0; i < 2; i++)
        ingam_private_key_free(s->keys[i]);
}

static inline struct ingam_sign_wanted signer_wants(enum ingam_algorithm algorithm)
{
    return (struct ingam_sign_wanted){.domain = S("author.example"),
                                      .selector = algorithm == INGAM_RSA_SHA256 ? S("rsa") : S("ed"),
                                      .algorithm = algorithm};
}

static inline struct ingam_config signer_config(void)
{
    struct ingam_config config = {.authserv_id = S("")};
    ingam_limits_default(&config.limits);
    return config;
}

/* Lets the keys answer. ret false: no memory */
static inline bool signer_answer(const struct signer *keys, struct ingam_sign *s)
{
    struct ingam_sign_job job;
    while (ingam_sign_next(s, &job) == INGAM_WANT_SIGN) {
        uint8_t bytes[INGAM_SIGNATURE_MAX];
        size_t n = 0;
        if (!ingam_private_key_sign(keys->keys[job.algorithm], job.digest, bytes, &n))
            n = 0;
        struct ingam_sign_answer a = {job.id, {bytes, n}};
        if (ingam_sign_answer(s, &a) != INGAM_OK)
            return false;
    }
    return true;
}

/* What is wanted of one message, and what came out. */
struct signing {
    struct ingam_config config;
    struct ingam_sign_wanted wanted[2];
    size_t wanted_n;
    size_t chunk; /* bytes fed at once; 0: all */
    enum ingam_fault fault;
    uint64_t at;
    size_t field_n; /* signatures made */
    size_t top_n;   /* bytes of their fields */
};

static inline void signing_read(struct signing *g, const struct ingam_sign_result *r, str message,
                                struct out *o)
{
    g->fault = r->fault;
    g->at = r->at;
    g->field_n = r->n;
    for (size_t i = 0; i < r->n; i++)
        out_str(o, r->fields[i]);
    g->top_n = o->n;
    out_str(o, message);
}

/* Signs a message.
 * out  o  the fields, then the message as it was
 * ret  false: no memory */
static inline bool signer_sign(const struct signer *keys, struct signing *g, str message, struct out *o)
{
    struct ingam_sign *s = ingam_sign_new(&g->config, g->wanted, g->wanted_n, SIGNER_NOW);
    bool has_memory = s != NULL;
    size_t chunk = g->chunk ? g->chunk : message.n + 1;
    for (str left = message; has_memory && left.n; left = str_from(left, chunk))
        has_memory = ingam_sign_feed(s, str_first(left, chunk)) == INGAM_OK;
    has_memory = has_memory && ingam_sign_end(s) == INGAM_OK && signer_answer(keys, s);
    if (has_memory)
        signing_read(g, ingam_sign_result(s), message, o);
    else if (s && ingam_sign_result(s))
        has_memory = true; /* a result although memory ran out: the caller will not find its fields */
    ingam_sign_free(s);
    return has_memory;
}

/* The DNS of author.example. */
static inline void signer_dns(void *context, const struct ingam_question *q, struct ingam_answer *a)
{
    struct signer *s = context;
    bool is_rsa = str_eq(q->name, S("rsa._domainkey.author.example"));
    if (!is_rsa && !str_eq(q->name, S("ed._domainkey.author.example")))
        return;
    int i = is_rsa ? INGAM_RSA_SHA256 : INGAM_ED25519_SHA256;
    s->answered = (struct ingam_rr){0, {(const uint8_t *)s->records[i], s->record_n[i]}};
    a->status = INGAM_STATUS_OK;
    a->rrs = &s->answered;
    a->rr_n = 1;
}

/* Judges a message; the world is to be freed then. ret false: no memory */
static inline bool signer_judge(struct signer *s, struct world *w, str message)
{
    world_init(w);
    w->answer = signer_dns;
    w->context = s;
    w->now_s = SIGNER_NOW + 60;
    return world_judge(w, message);
}

#endif
