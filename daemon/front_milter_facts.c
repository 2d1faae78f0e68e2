/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/front_milter.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_BETWEEN = 4096, RCPT_BYTES_MAX = 1 << 20 };

static bool kept_room(struct kept_text *k, size_t n)
{
    if (n <= k->cap)
        return true;
    size_t cap = k->cap ? k->cap : 32;
    while (cap < n)
        cap *= 2;
    uint8_t *p = realloc(k->p, cap);
    if (p == NULL)
        return false;
    k->p = p;
    k->cap = cap;
    return true;
}

bool kept_add(struct kept_text *k, str value)
{
    if (!kept_room(k, k->n + value.n))
        return false;
    if (value.n)
        memcpy(k->p + k->n, value.p, value.n);
    k->n += value.n;
    return true;
}

bool kept_set(struct kept_text *k, str value)
{
    k->n = 0;
    return kept_add(k, value);
}

void kept_free(struct kept_text *k)
{
    free(k->p);
    *k = (struct kept_text){0};
}

str kept_of(const struct milter_connection *c, enum kept which)
{
    return (str){c->kept[which].p, c->kept[which].n};
}

void facts_forget(struct milter_connection *c, enum kept first)
{
    for (size_t i = first; i < KEPT_N; i++) {
        c->kept[i].n = 0;
        if (c->kept[i].cap > KEPT_BETWEEN)
            kept_free(&c->kept[i]);
    }
    c->rcpt_n = 0;
}

/* What came in without SMTP has no client. Postfix's cleanup says localhost, 127.0.0.1 and port 0, which no client that came over
 * the network can have; Sendmail says localhost and that the family is not known. A server that merely does not know its
 * client's address (XCLIENT, a proxy) says "unknown": that is somebody, and nobody of ours. */
static bool is_without_client(const struct milter_event *e)
{
    if (e->family == '4' || e->family == '6')
        return e->port == 0 && (str_eq(e->address, S("127.0.0.1")) || str_eq(e->address, S("::1")));
    return str_eq_nocase(e->name, S("localhost"));
}

bool facts_connect(struct milter_connection *c, const struct milter_event *e)
{
    c->is_local = is_without_client(e);
    bool has_address = (e->family == '4' || e->family == '6') && !c->is_local;
    return kept_set(&c->kept[KEPT_HOST], e->name) &&
           kept_set(&c->kept[KEPT_ADDRESS], has_address ? e->address : S(""));
}

static const struct {
    str name;
    enum kept at;
} macro_rows[] = {
    {S_INIT("i"), KEPT_QUEUE_ID},
    {S_INIT("j"), KEPT_RECEIVER},
    {S_INIT("client_resolve"), KEPT_RESOLVE},
    {S_INIT("auth_authen"), KEPT_AUTH_USER},
    {S_INIT("auth_type"), KEPT_AUTH_TYPE},
};

static bool take_macro(struct milter_connection *c, str name, str value)
{
    for (size_t i = 0; i < sizeof macro_rows / sizeof *macro_rows; i++) {
        enum kept at = macro_rows[i].at;
        if (!str_eq(macro_rows[i].name, name) || str_eq(kept_of(c, at), value))
            continue;
        if (at == KEPT_QUEUE_ID && c->session)
            session_queue_id(c->session, value);
        return kept_set(&c->kept[at], value);
    }
    return true;
}

bool facts_macros(struct milter_connection *c, const struct milter_event *e)
{
    str macros = e->value, name, value;
    bool is_kept = true;
    while (milter_macro_next(&macros, &name, &value))
        is_kept = take_macro(c, name, value) && is_kept;
    return is_kept;
}

bool facts_rcpt(struct milter_connection *c, str rcpt)
{
    struct kept_text *k = &c->kept[KEPT_RCPTS];
    if (k->n + rcpt.n > RCPT_BYTES_MAX || !kept_add(k, rcpt) || !kept_add(k, (str){(const uint8_t *)"", 1}))
        return false;
    c->rcpt_n++;
    return true;
}

/* Postfix writes "unknown" for a name that does not lead back to the address, Sendmail [192.0.2.1], or the name all the
 * same and {client_resolve}, which is OK for a verified one. */
static str verified_name(const struct milter_connection *c)
{
    str name = kept_of(c, KEPT_HOST), resolve = kept_of(c, KEPT_RESOLVE);
    bool is_verified = name.n && name.p[0] != '[' && !str_eq_nocase(name, S("unknown")) &&
                       (resolve.n == 0 || str_eq_nocase(resolve, S("OK")));
    return is_verified && c->kept[KEPT_ADDRESS].n ? name : S("");
}

static str *list_of_rcpts(const struct milter_connection *c)
{
    str *list = calloc(c->rcpt_n + 1, sizeof *list);
    cur at = cur_of(kept_of(c, KEPT_RCPTS));
    for (size_t i = 0; list && i < c->rcpt_n; i++) {
        list[i] = cur_until(&at, 0);
        cur_byte(&at, 0);
    }
    return list;
}

struct session *facts_session(struct milter_connection *c, session_done done)
{
    str *rcpts = list_of_rcpts(c), user = kept_of(c, KEPT_AUTH_USER);
    if (rcpts == NULL)
        return NULL;
    struct session_envelope e = {
        .listen = c->listen,
        .is_local = c->is_local,
        .ip = kept_of(c, KEPT_ADDRESS),
        .client_name = verified_name(c),
        .helo = kept_of(c, KEPT_HELO),
        .mail_from = kept_of(c, KEPT_FROM),
        .rcpts = rcpts,
        .rcpt_n = c->rcpt_n,
        .auth_user = user.n ? user : kept_of(c, KEPT_AUTH_TYPE),
        .queue_id = kept_of(c, KEPT_QUEUE_ID),
        .receiver = kept_of(c, KEPT_RECEIVER),
    };
    struct session *s = session_new(c->front->w, &e, done, c);
    free(rcpts);
    return s;
}
