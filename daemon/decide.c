/* SPDX-License-Identifier: BSD-2-Clause */
/* Policy and trust for one message. Each recipient may have a policy of his own, yet the mail server takes one answer for all:
 * the mildest counts, point by point, so that nobody loses mail by another's wish. */
#include "daemon/session_inside.h"

#include "base/idn.h"

static const char local_trouble[] = "the message cannot be examined now, please try again later";

struct plain {
    uint8_t *p;
    size_t n, depth;
    bool is_quoted;
};

/* Notes where comments and quotes begin and end. ret  the byte was such an end, and is left out */
static bool turns(struct plain *a, uint8_t c)
{
    if (c == '"' && a->depth == 0) {
        a->is_quoted = !a->is_quoted;
        return true;
    }
    if (a->is_quoted || (c != '(' && c != ')'))
        return false;
    if (c == '(')
        a->depth++;
    else if (a->depth)
        a->depth--;
    else
        return false;
    return true;
}

static void put_plain(struct plain *a, uint8_t c, bool is_escaped)
{
    if (!is_escaped && turns(a, c))
        return;
    if (a->depth == 0 && !byte_is(c, C_FWS) && c != '<' && c != '>')
        a->p[a->n++] = c;
}

/* An address of an envelope as Postfix understands it, which hands over what the client has written: without comments, quotes, blanks
 * and brackets. Else a sender could choose by them which recipient's policy counts. */
static str without_trimmings(struct arena *arena, str address)
{
    struct plain a = {.p = arena_take_raw(arena, address.n)};
    for (size_t i = 0; a.p && i < address.n; i++) {
        bool is_escaped = address.p[i] == '\\' && i + 1 < address.n;
        i += is_escaped ? 1 : 0;
        put_plain(&a, address.p[i], is_escaped);
    }
    return (str){a.p, a.n};
}

/* user@domain; and what Postfix and Sendmail make that of: user%domain, domain!user. */
static str raw_domain(str address)
{
    size_t at = str_find_last(address, '@');
    if (at == address.n)
        at = str_find_last(address, '%');
    if (at < address.n)
        return str_from(address, at + 1);
    size_t bang = str_find(address, '!');
    return bang < address.n ? str_first(address, bang) : S("");
}

str decide_domain_of(struct arena *a, str address)
{
    str domain = raw_domain(without_trimmings(a, address));
    str ascii;
    while (domain.n && domain.p[domain.n - 1] == '.')
        domain.n--;
    return domain.n && idn_to_ascii(a, domain, &ascii) == IDN_OK ? ascii : arena_copy_lower(a, domain);
}

/* Accepting is milder than quarantine, that than making the sender wait, and that than turning the message down. */
static int severity(enum ingam_disposition d)
{
    static const int rows[] = {
        [INGAM_ACCEPT] = 0, [INGAM_QUARANTINE] = 1, [INGAM_DEFER] = 2, [INGAM_REJECT] = 3};
    return rows[d];
}

static void take_milder(enum ingam_disposition *had, enum ingam_disposition other)
{
    if (severity(other) < severity(*had))
        *had = other;
}

static void merge(struct session *s, struct ingam_policy *p, const struct conf_policy *one)
{
    if (one->mode == INGAM_OBSERVE)
        p->mode = INGAM_OBSERVE;
    take_milder(&p->on_reject, one->on_reject);
    take_milder(&p->on_quarantine, one->on_quarantine);
    take_milder(&p->on_temperror, one->on_temperror);
    take_milder(&p->on_no_author, one->on_no_author);
    p->allow_partial_body |= one->allows_partial_body;
    if (one->quarantine == CONF_TAG)
        s->quarantine = CONF_TAG;
    s->is_policy_mixed = true;
}

static void begin_with(struct session *s, struct ingam_policy *p, const struct conf_policy *one)
{
    *p = (struct ingam_policy){
        .mode = one->mode,
        .on_reject = one->on_reject,
        .on_quarantine = one->on_quarantine,
        .on_temperror = one->on_temperror,
        .on_no_author = one->on_no_author,
        .allow_partial_body = one->allows_partial_body,
    };
    s->policy = one;
    s->quarantine = one->quarantine;
}

static bool is_in_scope(const struct conf_names *scope, str domain)
{
    return scope->n == 0 || conf_names_fit(scope, domain);
}

/* ret  this rule may say something about the message, by what is known before it was judged */
static bool may_count(const struct session *s, const struct conf_trust *t)
{
    if (t->until_s && t->until_s <= (int64_t)(s->wall_ms / 1000))
        return false;
    if (!is_in_scope(&t->author, ingam_check_author(s->check)))
        return false;
    if (t->kind == CONF_TRUST_ADDRESS)
        return s->has_ip && conf_nets_hold(&t->nets, &s->ip);
    if (t->kind == CONF_TRUST_HOST)
        return s->envelope.client_name.n && conf_names_fit(&t->names, s->envelope.client_name);
    return true;
}

static bool fits_a_recipient(const struct conf_trust *t, const str *domains, size_t n)
{
    if (t->recipient.n == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        if (conf_names_fit(&t->recipient, domains[i]))
            return true;
    return false;
}

/* ret  how many entries a rule makes: one for each name that the library is to look for */
static size_t entries_of(const struct conf_trust *t)
{
    return t->kind == CONF_TRUST_ARC || t->kind == CONF_TRUST_DKIM ? t->names.n : 1;
}

static struct ingam_trust entry_of(const struct conf_trust *t, size_t i)
{
    struct ingam_trust entry = {.kind = INGAM_TRUST_CLIENT, .effect = t->effect, .rule = str_of(t->name)};
    if (t->kind == CONF_TRUST_ARC || t->kind == CONF_TRUST_DKIM) {
        entry.kind = t->kind == CONF_TRUST_ARC ? INGAM_TRUST_ARC : INGAM_TRUST_DKIM;
        entry.name = t->names.list[i];
    }
    return entry;
}

static bool collect_trust(struct session *s, struct ingam_policy *p, const str *domains, size_t n)
{
    const struct conf *c = s->conf;
    size_t room = 0;
    for (size_t i = 0; i < c->trust_n; i++)
        room += entries_of(&c->trusts[i]);
    struct ingam_trust *list = NEW_N(&s->arena, struct ingam_trust, room);
    if (list == NULL)
        return false;
    p->trusts = list;
    for (size_t i = 0; i < c->trust_n; i++) {
        const struct conf_trust *t = &c->trusts[i];
        if (!may_count(s, t) || !fits_a_recipient(t, domains, n))
            continue;
        for (size_t k = 0; k < entries_of(t); k++)
            list[p->trust_n++] = entry_of(t, k);
    }
    return true;
}

/* A message whose recipients are not known is judged as one to nobody in particular. */
bool decide_policy(struct session *s)
{
    size_t n = s->envelope.rcpt_n ? s->envelope.rcpt_n : 1;
    str *domains = NEW_N(&s->arena, str, n);
    str author = ingam_check_author(s->check);
    struct ingam_policy p = {0};
    const struct conf_policy *last = NULL;
    for (size_t i = 0; domains && i < n; i++) {
        domains[i] = s->envelope.rcpt_n ? decide_domain_of(&s->arena, s->envelope.rcpts[i]) : S("");
        const struct conf_policy *one = conf_policy_for(s->conf, author, domains[i]);
        if (i == 0)
            begin_with(s, &p, one);
        else if (one != last)
            merge(s, &p, one);
        last = one;
    }
    if (domains == NULL || !collect_trust(s, &p, domains, n) || s->arena.has_failed)
        return false;
    return ingam_check_set_policy(s->check, &p) == INGAM_OK;
}

static void put(struct session *s, size_t *n, str text)
{
    text = str_first(text, SESSION_REPLY_SIZE - *n);
    memcpy(s->reply + *n, text.p, text.n);
    *n += text.n;
}

/* Writes " (ID)" behind the words. They are printable already; there is room for the longest domain in them. */
static void say(struct session *s, uint16_t code, str enhanced, str words)
{
    size_t n = 0;
    put(s, &n, words);
    put(s, &n, S(" ("));
    put(s, &n, s->decision.id);
    put(s, &n, S(")"));
    s->decision.code = code;
    s->decision.enhanced = enhanced;
    s->decision.text = (str){s->reply, n};
}

static void begin_decision(struct session *s)
{
    s->decision = (struct decision){.id = {(const uint8_t *)s->id, SESSION_ID_N}};
}

/* The reasons on one line, for the mail server's quarantine and its log. */
static str reasons_of(struct session *s, const struct ingam_action *action)
{
    struct out o;
    out_init(&o, &s->arena);
    for (size_t i = 0; i < action->reason_n; i++) {
        out_z(&o, action->reasons[i]);
        out_str(&o, S("; "));
    }
    out_str(&o, S("id "));
    out_z(&o, s->id);
    return out_done(&o);
}

void decide(struct session *s)
{
    begin_decision(s);
    if (s->is_ours)
        return;
    const struct ingam_action *action = &s->verdict->action;
    struct decision *d = &s->decision;
    d->does = action->disposition;
    d->would_be = action->would_be;
    d->is_held = d->does == INGAM_QUARANTINE && s->quarantine == CONF_HOLD;
    if (d->does == INGAM_QUARANTINE)
        d->quarantine = reasons_of(s, action);
    if (action->code)
        say(s, action->code, action->enhanced, action->text);
}

/* The sender tries again, or the message goes on as if we were not there: nothing between. */
void decide_trouble(struct session *s, const char *why)
{
    session_trouble(s, why);
    begin_decision(s);
    s->decision.is_unmarked = !s->is_ours && s->conf->limits.on_trouble == CONF_UNMARKED;
    if (s->conf->limits.on_trouble == CONF_UNMARKED)
        return;

    s->decision.does = s->decision.would_be = INGAM_DEFER;
    say(s, 451, S("4.3.0"), str_of(local_trouble));
}
