/* SPDX-License-Identifier: BSD-2-Clause */
/* The public face: a sealing is made, fed, gives out two digests one after the other, and is read. */
#include "arc/seal.h"

enum { ED25519_SIGNATURE = 64, RSA_SIGNATURE_MIN = 128, RSA_SIGNATURE_MAX = 1024, FIELDS = 3 };

/* The jobs, and what stands between them; the numbers of the two are the ids of the jobs. READY: the message has ended, and
 * what is to be said in the set may still be decided. */
enum step { STEP_INPUT, STEP_MESSAGE, STEP_SEAL, STEP_DONE, STEP_READY };

struct ingam_seal {
    struct arena arena;
    struct ingam_config config;
    struct ingam_seal_wanted wanted;
    int64_t now_s;
    struct mail_splitter splitter;
    struct mail_header header;
    struct sign_lines lines;
    struct arc_chain chain;
    struct dkim_body *bodies;
    int body;
    str names;
    struct dkim_body_result body_got;
    struct seal_set set;
    enum step step;
    bool is_given_out; /* the job of this step */
    uint8_t digest[32];
    str fields[FIELDS];
    struct ingam_sign_result result;
};

static bool has_failed(const struct ingam_seal *s)
{
    return s->arena.has_failed || s->splitter.has_failed;
}

static enum ingam_err state_of(const struct ingam_seal *s)
{
    return has_failed(s) ? INGAM_ERR_MEMORY : INGAM_OK;
}

static void refuse(struct ingam_seal *s, enum ingam_fault fault, uint64_t at)
{
    if (s->result.fault)
        return;
    s->result.fault = fault;
    s->result.at = at;
}

static bool prepare(struct ingam_seal *s, const struct ingam_config *config,
                    const struct ingam_seal_wanted *wanted)
{
    enum dkim_canon canon = wanted->body_canon == INGAM_SIMPLE ? CANON_SIMPLE : CANON_RELAXED;
    s->config = *config;
    mail_splitter_init(&s->splitter, &s->config.alloc, &s->config.limits);
    refuse(s, seal_wanted_read(&s->arena, wanted, s->now_s, &s->wanted), 0);
    s->bodies = dkim_body_new(&s->arena);
    s->body = s->bodies ? dkim_body_want(s->bodies, canon, UINT64_MAX) : -1;
    return !has_failed(s);
}

struct ingam_seal *ingam_seal_new(const struct ingam_config *config, const struct ingam_seal_wanted *wanted,
                                  int64_t now_s)
{
    struct arena a;
    arena_init(&a, &config->alloc, config->limits.arena);
    struct ingam_seal *s = NEW(&a, struct ingam_seal);
    if (s == NULL) {
        arena_free(&a);
        return NULL;
    }
    s->arena = a;
    s->now_s = now_s;
    if (prepare(s, config, wanted))
        return s;
    ingam_seal_free(s);
    return NULL;
}

void ingam_seal_free(struct ingam_seal *s)
{
    if (s == NULL)
        return;
    mail_splitter_free(&s->splitter);
    struct arena a = s->arena;
    arena_free(&a);
}

enum ingam_err ingam_seal_feed(struct ingam_seal *s, ingam_str bytes)
{
    if (s->step != STEP_INPUT)
        return INGAM_ERR_ORDER;
    sign_lines_feed(&s->lines, bytes);
    if (!s->splitter.is_ended && !has_failed(s))
        mail_splitter_feed(&s->splitter, &bytes);
    if (s->splitter.is_ended && bytes.n && !has_failed(s))
        dkim_body_feed(s->bodies, bytes);
    return state_of(s);
}

static struct method_run run_of(struct ingam_seal *s)
{
    return (struct method_run){.arena = &s->arena, .limits = &s->config.limits, .now_s = s->now_s};
}

static struct seal_work work_of(const struct ingam_seal *s, const struct method_run *run)
{
    return (struct seal_work){run, &s->wanted, &s->header, &s->chain, s->names, s->body_got.hash};
}

/* Chooses instance and cv=. What is there is believed only where the check said so, too.     [RFC8617 5.1] [RFC8617 5.1.2] */
static void place(struct ingam_seal *s)
{
    const struct arc_chain *chain = &s->chain;
    bool is_sound = chain->blame.fault == FAULT_NONE && s->wanted.chain == INGAM_RESULT_PASS;
    s->set.instance = chain->highest + 1;
    s->set.cv = chain->n == 0 ? INGAM_RESULT_NONE : is_sound ? INGAM_RESULT_PASS : INGAM_RESULT_FAIL;
    if (chain->blame.fault == FAULT_ARC_CV_FAIL)
        refuse(s, FAULT_SEAL_CLOSED, 0);
    if (chain->blame.fault == FAULT_ARC_TOO_MANY || s->set.instance > ARC_SETS_MAX)
        refuse(s, FAULT_SEAL_FULL, 0);
}

/* ret  what a DKIM signature covers, and each DKIM-Signature: with them a later hand can see who signed at first
 *                                                                                                [RFC8617 4.1.2] */
static str default_names(struct ingam_seal *s)
{
    struct out o;
    out_init(&o, &s->arena);
    out_str(&o, dkim_default_names(&s->arena, &s->header));
    for (size_t i = 0; i < s->header.n; i++)
        if (s->header.fields[i].known == MAIL_DKIM_SIGNATURE)
            out_str(&o, S(":dkim-signature"));
    return out_done(&o);
}

static void choose_names(struct ingam_seal *s)
{
    size_t n = 1;
    s->names = s->wanted.headers.n ? s->wanted.headers : default_names(s);
    for (size_t i = 0; i < s->names.n; i++)
        n += s->names.p[i] == ':';
    if (n > s->config.limits.dkim_signed_names)
        refuse(s, FAULT_SIGN_TOO_MANY_NAMES, 0);
}

/* Writes the first two fields, and has the first digest. ret false: no memory */
static bool begin_set(struct ingam_seal *s, const struct method_run *run)
{
    dkim_body_end(s->bodies);
    dkim_body_get(s->bodies, s->body, &s->body_got);
    struct seal_work work = work_of(s, run);
    seal_write_results(&work, &s->set);
    return seal_message_digest(&work, &s->set, s->digest);
}

/* ret  false: no memory */
static bool look(struct ingam_seal *s, const struct method_run *run)
{
    uint64_t at = 0;
    if (!mail_header_split(&s->splitter, &s->arena, &s->header) ||
        !arc_chain_read(run, &s->header, &s->chain))
        return false;
    enum ingam_fault fault = sign_message_fault(&s->lines, &s->header, &at);
    refuse(s, fault, at);
    return true;
}

/* Makes the first job of what is known now. Texts that were never said are refused as empty ones are. */
static void begin_jobs(struct ingam_seal *s)
{
    struct method_run run = run_of(s);
    if (s->wanted.results.n == 0)
        refuse(s, FAULT_SEAL_RESULTS, 0);
    place(s);
    if (!s->result.fault)
        choose_names(s);
    if (!s->result.fault && !begin_set(s, &run))
        s->arena.has_failed = true;
    s->step = s->result.fault ? STEP_DONE : STEP_MESSAGE;
}

enum ingam_err ingam_seal_decide(struct ingam_seal *s, ingam_str results, enum ingam_result chain)
{
    if (s->step != STEP_INPUT && s->step != STEP_READY)
        return INGAM_ERR_ORDER;
    refuse(s, seal_results_read(&s->arena, results, &s->wanted.results), 0);
    s->wanted.chain = chain;
    return state_of(s);
}

enum ingam_err ingam_seal_end(struct ingam_seal *s)
{
    if (s->step != STEP_INPUT)
        return INGAM_ERR_ORDER;
    struct method_run run = run_of(s);
    sign_lines_end(&s->lines);
    mail_splitter_end(&s->splitter);
    if (has_failed(s) || !look(s, &run))
        s->arena.has_failed = true;
    s->step = s->result.fault ? STEP_DONE : STEP_READY;
    return state_of(s);
}

enum ingam_want ingam_seal_next(struct ingam_seal *s, struct ingam_sign_job *job)
{
    *job = (struct ingam_sign_job){0};
    if (s->step == STEP_READY && !has_failed(s))
        begin_jobs(s);
    if (has_failed(s) || s->step == STEP_DONE)
        return INGAM_WANT_NOTHING;
    if (s->step == STEP_INPUT)
        return INGAM_WANT_INPUT;
    if (!s->is_given_out) {
        s->is_given_out = true;
        *job = (struct ingam_sign_job){(uint32_t)s->step, s->wanted.key_name, s->wanted.algorithm, {0}};
        memcpy(job->digest, s->digest, sizeof job->digest);
    }
    return INGAM_WANT_SIGN;
}

static bool can_be(enum ingam_algorithm algorithm, str signature)
{
    if (algorithm == INGAM_ED25519_SHA256)
        return signature.n == ED25519_SIGNATURE;
    return signature.n >= RSA_SIGNATURE_MIN && signature.n <= RSA_SIGNATURE_MAX;
}

static void collect(struct ingam_seal *s)
{
    s->fields[0] = out_done(&s->set.seal.out);
    s->fields[1] = out_done(&s->set.message.out);
    s->fields[2] = out_done(&s->set.results.out);
    s->result.fields = s->fields;
    s->result.n = FIELDS;
    for (size_t i = 0; i < FIELDS; i++)
        s->arena.has_failed = s->arena.has_failed || s->fields[i].n == 0;
}

/* Puts a signature into its field and goes on to the next. */
static void take(struct ingam_seal *s, str signature)
{
    struct method_run run = run_of(s);
    struct seal_work work = work_of(s, &run);
    bool is_message = s->step == STEP_MESSAGE;
    dkim_write_signature(is_message ? &s->set.message.writer : &s->set.seal.writer, signature);
    s->is_given_out = false;
    s->step = is_message ? STEP_SEAL : STEP_DONE;
    if (!is_message)
        collect(s);
    else if (!seal_digest(&work, &s->set, s->digest))
        s->arena.has_failed = true;
}

enum ingam_err ingam_seal_answer(struct ingam_seal *s, const struct ingam_sign_answer *a)
{
    if (has_failed(s))
        return INGAM_ERR_MEMORY;
    if (!s->is_given_out || a->id != (uint32_t)s->step)
        return INGAM_ERR_ORDER;
    if (a->signature.n && !can_be(s->wanted.algorithm, a->signature))
        return INGAM_ERR_ARGUMENT;
    if (a->signature.n) {
        take(s, a->signature);
    } else {
        refuse(s, FAULT_SIGN_KEY_REFUSED, 0);
        s->step = STEP_DONE;
    }
    return state_of(s);
}

const struct ingam_sign_result *ingam_seal_result(const struct ingam_seal *s)
{
    return s->step == STEP_DONE && !has_failed(s) ? &s->result : NULL;
}
