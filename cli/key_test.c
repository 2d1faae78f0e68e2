/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam key test: signs a message and judges it as others will, by the same checker as `ingam check`. */
#include "cli/cli.h"
#include "cli/key.h"

#include "base/date.h"
#include "io/pump.h"

static str message_of(struct arena *a, str domain, int64_t now_s)
{
    struct out o;
    out_init(&o, a);
    out_z(&o, "From: postmaster@");
    out_str(&o, domain);
    out_z(&o, "\r\nTo: postmaster@");
    out_str(&o, domain);
    out_z(&o, "\r\nSubject: ingam key test\r\nDate: ");
    date_write_mail(&o, now_s);
    out_z(&o, "\r\nMessage-ID: <ingam-key-test@");
    out_str(&o, domain);
    out_z(&o, ">\r\n\r\nThis message is never sent.\r\n");
    return out_done(&o);
}

static bool answer_all(struct ingam_sign *sign, const struct keys_signing *keys)
{
    struct ingam_sign_job job;
    while (ingam_sign_next(sign, &job) == INGAM_WANT_SIGN) {
        uint8_t bytes[INGAM_SIGNATURE_MAX];
        size_t n = 0, i = 0;
        while (i < keys->n && !str_eq(str_of(keys->list[i].selector), job.key_name))
            i++;
        if (i < keys->n && !ingam_private_key_sign(keys->list[i].key, job.digest, bytes, &n))
            n = 0;
        struct ingam_sign_answer answer = {job.id, {bytes, n}};
        if (ingam_sign_answer(sign, &answer) != INGAM_OK)
            return false;
    }
    return true;
}

/* Puts the signatures on top. ret  empty: it could not be signed */
static str sign_message(struct arena *a, const struct keys_signing *keys, str domain, str message,
                        int64_t now_s)
{
    struct ingam_config config;
    struct ingam_sign_wanted wanted[2] = {{.domain = domain}, {.domain = domain}};
    struct out o;
    for (size_t i = 0; i < keys->n; i++) {
        wanted[i].selector = wanted[i].key_name = str_of(keys->list[i].selector);
        wanted[i].algorithm = ingam_private_key_algorithm(keys->list[i].key);
    }
    ingam_config_default(&config);
    struct ingam_sign *sign = ingam_sign_new(&config, wanted, keys->n, now_s);
    bool is_done = sign && ingam_sign_feed(sign, message) == INGAM_OK && ingam_sign_end(sign) == INGAM_OK &&
                   answer_all(sign, keys);
    const struct ingam_sign_result *r = is_done ? ingam_sign_result(sign) : NULL;
    out_init(&o, a);
    for (size_t i = 0; r && r->fault == INGAM_FAULT_NONE && i < r->n; i++)
        out_str(&o, r->fields[i]);
    bool is_signed = o.n > 0;
    out_str(&o, message);
    ingam_sign_free(sign);
    return is_signed ? out_done(&o) : S("");
}

static bool tell_signature(struct screen *s, const struct ingam_dkim_outcome *outcome)
{
    bool is_good = outcome->result == INGAM_RESULT_PASS;
    screen_blanks(s, 2);
    screen_put(s, outcome->selector);
    screen_z(s, "  ");
    screen_paint(s, is_good ? PAINT_GOOD : PAINT_BAD, str_of(ingam_result_name(outcome->result)));
    if (!is_good) {
        screen_z(s, ": ");
        screen_z(s, ingam_fault_row(outcome->fault)->sentence);
    }
    screen_end_line(s);
    return is_good;
}

/* ret  every signature passed */
static int judge(struct key_options *o, str domain, str message)
{
    struct ingam_config config;
    struct screen s;
    static const struct ingam_envelope nobody;
    struct source *source = key_source(o);
    if (source == NULL)
        return EXIT_LATER;
    ingam_config_default(&config);
    if (o->timeout_s > 0)
        config.limits.deadline_ms = (uint64_t)(o->timeout_s * 1000) + 1;
    struct pump pump = pump_start(source, (uint64_t)key_now_s(o) * 1000, config.limits.deadline_ms);
    struct ingam_check *check = ingam_check_new(&config, &nobody, pump.now_ms);
    bool is_done = check && ingam_check_feed(check, message) == INGAM_OK &&
                   ingam_check_end(check) == INGAM_OK && pump_check(&pump, check) == INGAM_OK;
    const struct ingam_verdict *verdict = is_done ? ingam_check_verdict(check) : NULL;
    int status = verdict && verdict->dkim_n ? EXIT_GOOD : EXIT_LATER;
    screen_init(&s, stdout, COLOR_AUTO);
    key_tell_head(&s, domain);
    for (size_t i = 0; verdict && i < verdict->dkim_n; i++)
        if (!tell_signature(&s, &verdict->dkim[i]))
            status = EXIT_BAD;
    ingam_check_free(check);
    source_close(source);
    return status;
}

int key_test(struct key_options *o, struct arena *a, str domain)
{
    struct keys_signing keys;
    struct keys_error error;
    int status = EXIT_BAD;
    enum keys_got got = keys_signing(o->keys, domain, &keys, &error);
    if (got != KEYS_OK) {
        status = key_failed(got, &error);
    } else if (keys.n == 0) {
        complain("no key signs for %.*s yet; ingam key check --keys %s %.*s tells what is waited for",
                 (int)domain.n, (const char *)domain.p, o->keys, (int)domain.n, (const char *)domain.p);
    } else {
        str mail = sign_message(a, &keys, domain, message_of(a, domain, key_now_s(o)), key_now_s(o));
        status = mail.n ? judge(o, domain, mail) : EXIT_LATER;
        if (mail.n == 0)
            complain("%.*s: the message could not be signed", (int)domain.n, (const char *)domain.p);
    }
    keys_signing_free(&keys);
    return status;
}
