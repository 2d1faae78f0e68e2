/* SPDX-License-Identifier: BSD-2-Clause */
/* The public face: a signing is made, fed, gives out digests, takes signatures and is read. */
#include "dkim/sign.h"

enum { PIECE = 32 * 1024, ED25519_SIGNATURE = 64, RSA_SIGNATURE_MIN = 128, RSA_SIGNATURE_MAX = 1024 };

struct ingam_sign {
    struct arena arena;
    struct ingam_config config;
    struct mail_splitter splitter;
    struct mail_header header;
    struct sign_lines lines;
    struct dkim_body *bodies;
    struct sign_one *ones; /* RSA first */
    size_t n, answered_n;
    str *fields;
    int64_t now_s;
    bool is_ended;
    struct ingam_sign_result result;
};

static bool has_failed(const struct ingam_sign *s)
{
    return s->arena.has_failed || s->splitter.has_failed;
}

static enum ingam_err state_of(const struct ingam_sign *s)
{
    return has_failed(s) ? INGAM_ERR_MEMORY : INGAM_OK;
}

const char *ingam_algorithm_name(enum ingam_algorithm algorithm)
{
    return algorithm == INGAM_ED25519_SHA256 ? "ed25519-sha256" : "rsa-sha256";
}

static void refuse(struct ingam_sign *s, enum ingam_fault fault, uint64_t at)
{
    if (s->result.fault)
        return;
    s->result.fault = fault;
    s->result.at = at;
}

/* Takes those of one algorithm: RSA comes first, since many verifiers know nothing else and look at few. [RFC8463 6] */
static void take_wanted(struct ingam_sign *s, const struct ingam_sign_wanted *wanted, size_t n,
                        enum ingam_algorithm algorithm)
{
    for (size_t i = 0; i < n && !has_failed(s); i++) {
        if (wanted[i].algorithm != algorithm)
            continue;
        struct sign_one *one = &s->ones[s->n++];
        refuse(s, sign_wanted_read(&s->arena, &wanted[i], s->now_s, &one->wanted), 0);
        enum dkim_canon canon = wanted[i].body_canon == INGAM_SIMPLE ? CANON_SIMPLE : CANON_RELAXED;
        if (s->bodies)
            one->body = dkim_body_want(s->bodies, canon, UINT64_MAX);
    }
}

static bool prepare(struct ingam_sign *s, const struct ingam_config *config,
                    const struct ingam_sign_wanted *wanted, size_t n)
{
    s->config = *config;
    mail_splitter_init(&s->splitter, &s->config.alloc, &s->config.limits);
    s->ones = NEW_N(&s->arena, struct sign_one, n);
    s->fields = NEW_N(&s->arena, str, n);
    s->bodies = n ? dkim_body_new(&s->arena) : NULL;
    take_wanted(s, wanted, n, INGAM_RSA_SHA256);
    take_wanted(s, wanted, n, INGAM_ED25519_SHA256);
    return !has_failed(s);
}

struct ingam_sign *ingam_sign_new(const struct ingam_config *config, const struct ingam_sign_wanted *wanted,
                                  size_t wanted_n, int64_t now_s)
{
    struct arena a;
    arena_init(&a, &config->alloc, config->limits.arena);
    struct ingam_sign *s = NEW(&a, struct ingam_sign);
    if (s == NULL) {
        arena_free(&a);
        return NULL;
    }
    s->arena = a;
    s->now_s = now_s;
    if (prepare(s, config, wanted, wanted_n))
        return s;
    ingam_sign_free(s);
    return NULL;
}

void ingam_sign_free(struct ingam_sign *s)
{
    if (s == NULL)
        return;
    mail_splitter_free(&s->splitter);
    struct arena a = s->arena;
    arena_free(&a);
}

static void feed_piece(struct ingam_sign *s, str piece)
{
    sign_lines_feed(&s->lines, piece);
    if (!s->splitter.is_ended) {
        mail_splitter_feed(&s->splitter, &piece);
        if (!s->splitter.is_ended || has_failed(s))
            return;
    }
    if (s->bodies && piece.n && !s->lines.fault)
        dkim_body_feed(s->bodies, piece);
}

/* Each piece is looked at twice, for its line ends and for its hash: small enough to stay in the cache meanwhile. */
enum ingam_err ingam_sign_feed(struct ingam_sign *s, ingam_str bytes)
{
    if (s->is_ended)
        return INGAM_ERR_ORDER;
    for (; bytes.n && !has_failed(s); bytes = str_from(bytes, PIECE))
        feed_piece(s, str_first(bytes, PIECE));
    return state_of(s);
}

static void make_digests(struct ingam_sign *s)
{
    struct method_run run = {.arena = &s->arena, .limits = &s->config.limits, .now_s = s->now_s};
    dkim_body_end(s->bodies);
    for (size_t i = 0; i < s->n && !has_failed(s); i++) {
        struct sign_one *one = &s->ones[i];
        one->names = sign_names(&s->arena, &one->wanted, &s->header);
        if (sign_names_n(one->names) > s->config.limits.dkim_signed_names)
            refuse(s, FAULT_SIGN_TOO_MANY_NAMES, 0);
        else if (!sign_digest(&run, &s->header, s->bodies, one))
            s->arena.has_failed = true;
    }
}

static void check_message(struct ingam_sign *s)
{
    uint64_t at = 0;
    enum ingam_fault fault = sign_message_fault(&s->lines, &s->header, &at);
    refuse(s, fault, at);
}

enum ingam_err ingam_sign_end(struct ingam_sign *s)
{
    if (s->is_ended)
        return INGAM_ERR_ORDER;
    s->is_ended = true;
    sign_lines_end(&s->lines);
    mail_splitter_end(&s->splitter);
    if (!has_failed(s) && mail_header_split(&s->splitter, &s->arena, &s->header))
        check_message(s);
    else
        s->arena.has_failed = true;
    if (s->n && !s->result.fault && !has_failed(s))
        make_digests(s);
    return state_of(s);
}

/* ret  nothing is left to do: refused, failed, or all answered */
static bool is_done(const struct ingam_sign *s)
{
    return has_failed(s) || s->answered_n == s->n ||
           (s->result.fault && s->result.fault != FAULT_SIGN_KEY_REFUSED);
}

enum ingam_want ingam_sign_next(struct ingam_sign *s, struct ingam_sign_job *job)
{
    *job = (struct ingam_sign_job){0};
    if (!s->is_ended && !has_failed(s))
        return INGAM_WANT_INPUT;
    if (is_done(s))
        return INGAM_WANT_NOTHING;
    for (size_t i = 0; i < s->n; i++) {
        struct sign_one *one = &s->ones[i];
        if (one->is_given_out)
            continue;
        one->is_given_out = true;
        *job = (struct ingam_sign_job){(uint32_t)i + 1, one->wanted.key_name, one->wanted.algorithm, {0}};
        memcpy(job->digest, one->digest, sizeof job->digest);
        break;
    }
    return INGAM_WANT_SIGN;
}

static bool can_be(enum ingam_algorithm algorithm, str signature)
{
    if (algorithm == INGAM_ED25519_SHA256)
        return signature.n == ED25519_SIGNATURE;
    return signature.n >= RSA_SIGNATURE_MIN && signature.n <= RSA_SIGNATURE_MAX;
}

/* The fields go on top of the message in the order of the signatures; one whose key refused leaves no gap.  [RFC6376 5.6] */
static void collect(struct ingam_sign *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->ones[i].is_made)
            s->fields[s->result.n++] = out_done(&s->ones[i].field);
    s->result.fields = s->fields;
}

/* ret  the one that waits for this answer, or NULL */
static struct sign_one *waiting(const struct ingam_sign *s, uint32_t id)
{
    struct sign_one *one = id >= 1 && id <= s->n ? &s->ones[id - 1] : NULL;
    return one && one->is_given_out && !one->is_answered ? one : NULL;
}

enum ingam_err ingam_sign_answer(struct ingam_sign *s, const struct ingam_sign_answer *a)
{
    if (has_failed(s))
        return INGAM_ERR_MEMORY;
    struct sign_one *one = waiting(s, a->id);
    if (one == NULL)
        return INGAM_ERR_ORDER;
    if (a->signature.n && !can_be(one->wanted.algorithm, a->signature))
        return INGAM_ERR_ARGUMENT;
    one->is_answered = true;
    one->is_made = a->signature.n > 0;
    if (one->is_made)
        dkim_write_signature(&one->writer, a->signature);
    else
        refuse(s, FAULT_SIGN_KEY_REFUSED, 0);
    if (one->field.has_failed)
        s->arena.has_failed = true;
    if (++s->answered_n == s->n && !has_failed(s))
        collect(s);
    return state_of(s);
}

const struct ingam_sign_result *ingam_sign_result(const struct ingam_sign *s)
{
    return s->is_ended && !has_failed(s) && is_done(s) ? &s->result : NULL;
}
