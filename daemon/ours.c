/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose mail it is. How a message came in says that, never From: anybody can write our domain there, and a signature of ours under
 * it would be the best forgery there is. */
#include "daemon/session_inside.h"

#include "base/tags.h"

/* An address that is not known makes nobody ours: only that there was no client at all. */
bool session_is_ours(const struct conf *conf, const struct session_envelope *e)
{
    const struct conf_sign *sign = &conf->sign;
    struct ip ip;
    if (e->listen && e->listen->is_submission)
        return true;
    if (sign->by_authenticated && e->auth_user.n)
        return true;
    if (sign->by_local && e->is_local)
        return true;
    return ip_read(e->ip, &ip) && conf_nets_hold(&sign->clients, &ip);
}

/* ret  the domain above; empty: it would be a top-level name */
static str parent_of(str domain)
{
    str parent = str_from(domain, str_find(domain, '.') + 1);
    return str_find(parent, '.') < parent.n ? parent : S("");
}

static void take_keys(struct session *s, struct session_signing *g, str domain)
{
    struct keyd_known known[SIGNING_KEYS];
    g->key_n = keyd_client_keys(s->worker->keyd, domain, known);
    for (size_t i = 0; i < g->key_n; i++) {
        g->algorithms[i] = known[i].algorithm;
        g->selectors[i] = arena_copy(&s->arena, str_of(known[i].selector));
    }
    if (g->key_n)
        g->domain = arena_copy(&s->arena, domain);
}

void ours_find_signer(struct session *s, str author, struct session_signing *g)
{
    const struct conf_sign *sign = &s->conf->sign;
    g->why_not = author.n ? "not a domain we sign for" : "no usable author domain";
    for (str domain = author; domain.n && g->key_n == 0; domain = parent_of(domain)) {
        bool is_allowed = sign->domains.n == 0 || conf_names_fit(&sign->domains, domain);
        if (is_allowed)
            take_keys(s, g, domain);
        if (is_allowed && g->key_n == 0)
            g->why_not = "no key";
        if (!sign->for_subdomains)
            break;
    }
    if (g->key_n)
        g->why_not = NULL;
}

static bool is_of(str value, str domain)
{
    cur c = cur_of(value);
    for (str name, text; tag_next(&c, &name, &text) == TAG_OK;)
        if (str_eq(name, S("d")))
            return str_eq_nocase(text, domain);
    return false;
}

bool ours_has_signature(const struct session *s, str domain)
{
    str name;
    str value;
    for (size_t i = 0; ingam_check_field_at(s->check, i, &name, &value); i++)
        if (str_eq_nocase(name, S("DKIM-Signature")) && is_of(value, domain))
            return true;
    return false;
}

bool ours_has_valid_signature(const struct session *s, str domain)
{
    for (size_t i = 0; i < s->verdict->dkim_n; i++) {
        const struct ingam_dkim_outcome *sig = &s->verdict->dkim[i];
        if (sig->result == INGAM_RESULT_PASS && str_eq_nocase(sig->domain, domain))
            return true;
    }
    return false;
}
