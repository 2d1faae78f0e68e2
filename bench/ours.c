/* SPDX-License-Identifier: BSD-2-Clause */
/* We, through the public interface, fed as a milter feeds: fields one by one, then the body in chunks. */
#include "bench.h"

#include <stdlib.h>

enum { NOW_MS_PER_S = 1000, KEYS_KEPT = 16 };

/* SPF and DMARC by themselves keep no trace, as the peers keep none; a message's check does. */
static struct ingam_config warm, cold, traceless;
static struct ingam_private_key *private_keys[KEY_N];

void ours_init(void)
{
    ingam_config_default(&cold);
    cold.authserv_id = text(RECEIVER);
    warm = traceless = cold;
    traceless.no_trace = true;
    warm.keys = ingam_keys_new(NULL, KEYS_KEPT);
    for (size_t i = 0; i < KEY_N; i++) {
        private_keys[i] = ingam_private_key_read(NULL, (ingam_str){world.pem[i].p, world.pem[i].n}, NULL);
        if (private_keys[i] == NULL)
            give_up("ingam", "a private key is not read");
    }
}

static ingam_str chunk_at(struct bytes b, size_t at)
{
    return (ingam_str){b.p + at, b.n - at < BODY_CHUNK ? b.n - at : BODY_CHUNK};
}

static void listen(struct ingam_check *c)
{
    struct ingam_question q;
    struct ingam_answer a;
    while (ingam_check_next(c, NOW_S * 1000ULL, &q) == INGAM_WANT_ANSWER) {
        world_answer(&q, &a);
        ingam_check_answer(c, &a);
    }
}

static void feed(struct ingam_check *c, const struct mail *m)
{
    for (size_t i = 0; i < m->field_n; i++) {
        const struct mail_field *f = &m->fields[i];
        ingam_check_field(c, (ingam_str){f->whole.p, f->name_n},
                          (ingam_str){f->whole.p + f->name_n + 1, f->whole.n - f->name_n - 1});
    }
    ingam_check_fields_end(c);
    listen(c);
    for (size_t at = 0; at < m->body.n; at += BODY_CHUNK)
        ingam_check_body(c, chunk_at(m->body, at));
    ingam_check_end(c);
    listen(c);
}

static bool is_passed(const struct ingam_verdict *v, const struct job *job)
{
    if (v == NULL || v->dkim_n != job->key_n || v->dmarc.result != INGAM_RESULT_PASS)
        return false;
    for (size_t i = 0; i < v->dkim_n; i++)
        if (v->dkim[i].result != INGAM_RESULT_PASS)
            return false;
    return !job->is_whole || (v->spf_mail_from.result == INGAM_RESULT_PASS &&
                              v->spf_helo.result == INGAM_RESULT_PASS && v->authentication_results.n);
}

static void check(const struct job *job, const struct ingam_envelope *env)
{
    struct ingam_check *c = ingam_check_new(job->is_cold ? &cold : &warm, env, NOW_S * 1000ULL);
    feed(c, job->mail);
    if (!is_passed(ingam_check_verdict(c), job))
        give_up("ingam: does not pass", job->file);
    ingam_check_free(c);
}

/* Without a client there is no SPF; what remains beside DKIM is From, DMARC and Authentication-Results. */
void ours_verify(const struct job *job)
{
    check(job, &(struct ingam_envelope){0});
}

void ours_whole(const struct job *job)
{
    check(job, &(struct ingam_envelope){.ip = text(CLIENT_IP),
                                        .helo = text(CLIENT),
                                        .mail_from = text("a@" DOMAIN),
                                        .has_mail_from = true});
}

void ours_spf(const struct job *job)
{
    struct ingam_envelope env = {
        .ip = text(CLIENT_IP), .mail_from = text(job->sender), .has_mail_from = true};
    struct ingam_spf *s = ingam_spf_new(&traceless, &env, NOW_S * 1000ULL);
    struct ingam_question q;
    struct ingam_answer a;
    while (ingam_spf_next(s, NOW_S * 1000ULL, &q) == INGAM_WANT_ANSWER) {
        world_answer(&q, &a);
        ingam_spf_answer(s, &a);
    }
    const struct ingam_spf_outcome *o = ingam_spf_outcome(s);
    if (o == NULL || o->result != INGAM_RESULT_PASS || o->lookups != job->lookups ||
        ingam_spf_received(s).n == 0)
        give_up("ingam: SPF does not pass", job->sender);
    ingam_spf_free(s);
}

static void answer(struct ingam_sign *s, const struct ingam_sign_job *job)
{
    uint8_t signature[INGAM_SIGNATURE_MAX];
    size_t n = 0;
    const struct ingam_private_key *key =
        private_keys[job->algorithm == INGAM_RSA_SHA256 ? KEY_RSA : KEY_ED25519];
    if (!ingam_private_key_sign(key, job->digest, signature, &n))
        give_up("ingam", "a key does not sign");
    ingam_sign_answer(s, &(struct ingam_sign_answer){job->id, {signature, n}});
}

void ours_sign(const struct job *job)
{
    struct ingam_sign_wanted wanted[SIGNATURES_MAX] = {0};
    for (size_t i = 0; i < job->key_n; i++) {
        bool is_rsa = job->keys[i] == KEY_RSA;
        wanted[i].domain = text(DOMAIN);
        wanted[i].selector = text(is_rsa ? "rsa" : "ed");
        wanted[i].algorithm = is_rsa ? INGAM_RSA_SHA256 : INGAM_ED25519_SHA256;
    }
    struct ingam_sign *s = ingam_sign_new(&warm, wanted, job->key_n, NOW_S);
    struct ingam_sign_job todo;
    for (size_t at = 0; at < job->mail->whole.n; at += BODY_CHUNK)
        ingam_sign_feed(s, chunk_at(job->mail->whole, at));
    ingam_sign_end(s);
    while (ingam_sign_next(s, &todo) == INGAM_WANT_SIGN)
        answer(s, &todo);
    const struct ingam_sign_result *made = ingam_sign_result(s);
    if (made == NULL || made->fault || made->n != job->key_n)
        give_up("ingam: does not sign", job->file);
    ingam_sign_free(s);
}
