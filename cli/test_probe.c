/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes: each domain is an organization of its own (psd=n), so that no question goes above it. [RFC9989 4.10] */
#include "cli/test.h"

#include "base/date.h"
#include "io/clock.h"
#include "io/keys.h"
#include <ifaddrs.h>
#include <ingam/sign.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/random.h>

enum { RSA_BITS = 2048, RECORD_SIZE = 1024, STRING_MAX = 200, ADDRESSES_MAX = 20, TOKEN_BYTES = 8 };
static const char selector[] = "probe", below[] = "." TRIAL_NAME;

const struct probe_plan probe_plans[PROBE_N] = {
    {.name = "signed",
     .about = "signed by the domain of its author, and sent from where that domain allows",
     .label = "pass",
     .is_signed = true,
     .spf = "pass",
     .dkim = "pass",
     .dmarc = "pass"},
    {.name = "unsigned",
     .about = "not signed, but sent from where the domain of its author allows",
     .label = "pass",
     .spf = "pass",
     .dkim = "none",
     .dmarc = "pass"},
    {.name = "forged author",
     .about = "not signed, and sent from where the domain of its author (p=reject) does not allow",
     .label = "forged",
     .spf = "fail",
     .dkim = "none",
     .dmarc = "fail",
     .policy = POLICY_REJECT},
    {.name = "changed",
     .about = "signed, then changed on its way; its domain (p=quarantine) does not allow this server",
     .label = "changed",
     .is_signed = true,
     .is_changed = true,
     .spf = "fail",
     .dkim = "fail",
     .dmarc = "fail",
     .policy = POLICY_QUARANTINE},
    {.name = "forged results",
     .about = "signed, with Authentication-Results on top that pretend to be this server's",
     .label = "pass",
     .is_signed = true,
     .has_forged_results = true,
     .spf = "pass",
     .dkim = "pass",
     .dmarc = "pass"},
    {.name = "null sender",
     .about = "signed, with the empty sender of bounces",
     .label = "pass",
     .is_signed = true,
     .has_null_sender = true,
     .spf = "pass",
     .dkim = "pass",
     .dmarc = "pass"},
};

/* --- The zone ------------------------------------------------------------------------------------------------- */

static void put_txt(struct out *o, const char *name, str text)
{
    out_z(o, name);
    out_z(o, "." TRIAL_NAME ". 60 IN TXT");
    for (; text.n; text = str_from(text, STRING_MAX)) {
        out_z(o, " \"");
        out_str(o, str_first(text, STRING_MAX));
        out_byte(o, '"');
    }
    out_byte(o, '\n');
}

static void put_address(struct out *o, const struct sockaddr *a)
{
    struct ip ip = {0};
    if (a->sa_family == AF_INET) {
        memcpy(ip.bytes, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
    } else {
        ip.is_v6 = true;
        memcpy(ip.bytes, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
    }
    out_z(o, ip.is_v6 ? " ip6:" : " ip4:");
    ip_write(o, &ip);
}

/* Loopback, and this host's own addresses: whichever the mail server sees us come from. */
static str own_spf(struct arena *a)
{
    struct out o;
    struct ifaddrs *list = NULL;
    size_t n = 0;
    out_init(&o, a);
    out_z(&o, "v=spf1 ip4:127.0.0.0/8 ip6:::1");
    if (getifaddrs(&list) == 0) {
        for (const struct ifaddrs *i = list; i && n < ADDRESSES_MAX; i = i->ifa_next) {
            bool is_ip =
                i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6);
            if (!is_ip)
                continue;
            put_address(&o, i->ifa_addr);
            n++;
        }
        freeifaddrs(list);
    }
    out_z(&o, " -all");
    return out_done(&o);
}

static str key_record(struct arena *a, const struct ingam_private_key *key)
{
    char p[RECORD_SIZE];
    struct out o;
    size_t n = ingam_private_key_record(key, p, sizeof p);
    if (n == 0 || n >= sizeof p)
        return S("");
    out_init(&o, a);
    keys_record_write(&o, INGAM_RSA_SHA256, str_of(p));
    return out_done(&o);
}

static str zone_of(struct arena *a, const struct ingam_private_key *key)
{
    struct out o;
    str record = key_record(a, key);
    out_init(&o, a);
    put_txt(&o, "pass", own_spf(a));
    put_txt(&o, "_dmarc.pass", S("v=DMARC1; p=reject; psd=n"));
    put_txt(&o, "probe._domainkey.pass", record);
    put_txt(&o, "forged", S("v=spf1 -all"));
    put_txt(&o, "_dmarc.forged", S("v=DMARC1; p=reject; psd=n"));
    put_txt(&o, "changed", S("v=spf1 -all"));
    put_txt(&o, "_dmarc.changed", S("v=DMARC1; p=quarantine; psd=n"));
    put_txt(&o, "probe._domainkey.changed", record);
    return record.n ? out_done(&o) : S("");
}

/* --- The messages ---------------------------------------------------------------------------------------------- */

static str made(struct arena *a, const char *const parts[], size_t n)
{
    struct out o;
    out_init(&o, a);
    for (size_t i = 0; i < n; i++)
        out_z(&o, parts[i]);
    return out_done(&o);
}

static const char *date_of(struct arena *a, int64_t now_s)
{
    struct out o;
    out_init(&o, a);
    date_write_mail(&o, now_s);
    const char *date = arena_copy_z(a, out_done(&o));
    return date ? date : "";
}

static str letter_of(struct test *t, const struct probe *p)
{
    const struct probe_plan *plan = p->plan;
    const char *date = date_of(&t->arena, t->since_s);
    const char *const parts[] = {
        "From: Ingam trial <probe@",
        plan->label,
        below,
        ">\r\nTo: <",
        t->options.to,
        ">\r\nSubject: Ingam trial: ",
        plan->name,
        "\r\nDate: ",
        date,
        "\r\nMessage-ID: <",
        p->mark,
        "@probe",
        below,
        ">\r\nAuto-Submitted: auto-generated\r\nX-Ingam-Trial: ",
        p->mark,
        "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n",
        "A probe of `ingam test inbound`, which sees whether this mail server judges mail.\r\nThis one is ",
        plan->about,
        ".\r\nIt may be deleted.\r\n",
    };
    return made(&t->arena, parts, sizeof parts / sizeof *parts);
}

static str signed_by(struct arena *a, const struct ingam_private_key *key, const struct probe *p,
                     int64_t now_s)
{
    struct ingam_config config;
    struct ingam_sign_wanted wanted = {.domain = p->domain, .selector = str_of(selector)};
    struct ingam_sign_job job;
    struct out o;
    uint8_t bytes[INGAM_SIGNATURE_MAX];
    size_t n = 0;
    ingam_config_default(&config);
    struct ingam_sign *sign = ingam_sign_new(&config, &wanted, 1, now_s);
    bool is_good = sign && ingam_sign_feed(sign, p->message) == INGAM_OK &&
                   ingam_sign_end(sign) == INGAM_OK && ingam_sign_next(sign, &job) == INGAM_WANT_SIGN &&
                   ingam_private_key_sign(key, job.digest, bytes, &n) &&
                   ingam_sign_answer(sign, &(struct ingam_sign_answer){job.id, {bytes, n}}) == INGAM_OK &&
                   ingam_sign_next(sign, &job) == INGAM_WANT_NOTHING;
    const struct ingam_sign_result *r = is_good ? ingam_sign_result(sign) : NULL;
    out_init(&o, a);
    for (size_t i = 0; r && i < r->n; i++)
        out_str(&o, r->fields[i]);
    bool is_signed = o.n > 0;
    out_str(&o, p->message);
    ingam_sign_free(sign);
    return is_signed ? out_done(&o) : S("");
}

static str changed(struct arena *a, str message)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, message);
    out_z(&o, "This line was added on its way.\r\n");
    return out_done(&o);
}

static str with_forged_results(struct test *t, str message)
{
    struct out o;
    out_init(&o, &t->arena);
    out_z(&o, "Authentication-Results: ");
    out_str(&o, t->conf->authserv_id);
    out_z(&o, ";\r\n dmarc=pass header.from=forgery." TRIAL_NAME "\r\n");
    out_str(&o, message);
    return out_done(&o);
}

/* ret  false: no memory */
static bool make(struct test *t, struct probe *p, const struct ingam_private_key *key)
{
    const struct probe_plan *plan = p->plan;
    struct arena *a = &t->arena;
    const char *const domain[] = {plan->label, below};
    const char *const sender[] = {"probe@", plan->label, below};
    p->domain = made(a, domain, 2);
    p->mail_from = plan->has_null_sender ? S("") : made(a, sender, 3);
    p->message = letter_of(t, p);
    if (plan->is_signed)
        p->message = signed_by(a, key, p, t->since_s);
    if (plan->is_changed && p->message.n)
        p->message = changed(a, p->message);
    if (plan->has_forged_results && p->message.n)
        p->message = with_forged_results(t, p->message);
    return p->message.n && p->domain.n;
}

str probes_make(struct test *t)
{
    uint8_t token[TOKEN_BYTES];
    struct ingam_private_key *key = ingam_private_key_new(NULL, INGAM_RSA_SHA256, RSA_BITS);
    bool is_good = key && getrandom(token, sizeof token, 0) == (ssize_t)sizeof token;
    t->since_s = (int64_t)(clock_wall_ms() / 1000);
    for (size_t i = 0; is_good && i < PROBE_N; i++) {
        struct probe *p = &t->probes[i];
        *p = (struct probe){.plan = &probe_plans[i]};
        char *end = p->mark;
        for (size_t k = 0; k < sizeof token; k++)
            end += snprintf(end, 3, "%02x", token[k]);
        snprintf(end, MARK_SIZE - 2 * sizeof token, "-%zu", i + 1);
        is_good = make(t, p, key);
    }
    str zone = is_good ? zone_of(&t->arena, key) : S("");
    ingam_private_key_free(key);
    return zone;
}
