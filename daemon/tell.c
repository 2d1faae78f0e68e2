/* SPDX-License-Identifier: BSD-2-Clause */
/* One line a message, and the numbers. */
#include "daemon/session_inside.h"

/* What a line has room for, whatever stands in its values: a stranger's must not push out what was done with his mail. A byte
 * that is written as an escape counts for the longest. */
enum { ROOM_TEXT = 400, ROOM_RESULT = 800, ROOM_DKIM = 2000, ESCAPE_N = 6 };

static void tell_text(struct log_line *l, const char *key, str value, size_t room)
{
    struct out o;
    size_t n = 0, taken = 0;
    for (; n < value.n && taken < room; n++)
        taken += value.p[n] >= ' ' && value.p[n] < 0x7f ? 1 : ESCAPE_N;
    if (n == value.n) {
        log_text(l, key, value);
        return;
    }
    out_init(&o, &l->arena);
    out_str(&o, str_first(value, n));
    out_z(&o, "...");
    log_text(l, key, out_done(&o));
}

static void write_domain(struct out *o, str domain, str selector)
{
    out_byte(o, ':');
    out_str(o, domain);
    if (selector.n) {
        out_byte(o, '/');
        out_str(o, selector);
    }
}

static void write_fault(struct out *o, enum ingam_result result, enum ingam_fault fault)
{
    char name[INGAM_FAULT_NAME_SIZE];
    if (result == INGAM_RESULT_PASS || fault == INGAM_FAULT_NONE)
        return;
    out_byte(o, '(');
    out_z(o, ingam_fault_name(fault, name));
    out_byte(o, ')');
}

/* "pass:example.org", "fail(dkim-body-hash):example.org/selector": the word, why, whose. */
static void write_result(struct out *o, enum ingam_result result, enum ingam_fault fault, str domain)
{
    out_z(o, ingam_result_name(result));
    write_fault(o, result, fault);
    if (domain.n)
        write_domain(o, domain, S(""));
}

static void tell_spf_of(struct session *s, struct log_line *l, const char *key,
                        const struct ingam_spf_outcome *spf)
{
    struct out o;
    if (!spf->is_run)
        return;
    out_init(&o, &s->arena);
    write_result(&o, spf->result, spf->fault, spf->domain);
    log_text(l, key, out_done(&o));
}

/* The one that the header shows, too; beside it that of HELO where it says something. */
static void tell_spf(struct session *s, struct log_line *l)
{
    const struct ingam_verdict *v = s->verdict;
    if (!v->spf_mail_from.is_run) {
        tell_spf_of(s, l, "spf", &v->spf_helo);
        return;
    }
    tell_spf_of(s, l, "spf", &v->spf_mail_from);
    if (v->spf_helo.result != INGAM_RESULT_NONE)
        tell_spf_of(s, l, "spf_helo", &v->spf_helo);
}

static void tell_dkim(struct session *s, struct log_line *l)
{
    const struct ingam_verdict *v = s->verdict;
    struct out o;
    out_init(&o, &s->arena);
    if (v->dkim_n == 0)
        out_z(&o, "none");
    for (size_t i = 0; i < v->dkim_n; i++) {
        const struct ingam_dkim_outcome *sig = &v->dkim[i];
        if (i)
            out_byte(&o, ',');
        out_z(&o, ingam_result_name(sig->result));
        write_fault(&o, sig->result, sig->fault);
        write_domain(&o, sig->domain, sig->selector);
    }
    tell_text(l, "dkim", out_done(&o), ROOM_DKIM);
}

static void tell_arc(struct session *s, struct log_line *l)
{
    const struct ingam_arc_outcome *arc = &s->verdict->arc;
    struct out o;
    if (arc->result == INGAM_RESULT_NONE)
        return;
    out_init(&o, &s->arena);
    write_result(&o, arc->result, arc->fault, arc->sealer_n ? arc->sealers[0] : S(""));
    tell_text(l, "arc", out_done(&o), ROOM_RESULT);
}

static void tell_dmarc(struct session *s, struct log_line *l)
{
    const struct ingam_dmarc_outcome *dmarc = &s->verdict->dmarc;
    const char *policy = ingam_dmarc_policy_name(dmarc->policy);
    struct out o;
    out_init(&o, &s->arena);
    write_result(&o, dmarc->result, dmarc->fault, dmarc->policy_domain);
    tell_text(l, "dmarc", out_done(&o), ROOM_RESULT);
    if (policy)
        log_word(l, "p", policy);
}

static void tell_action(struct session *s, struct log_line *l)
{
    const struct ingam_action *action = &s->verdict->action;
    struct out o;
    if (s->policy) {
        out_init(&o, &s->arena);
        out_z(&o, s->policy->name ? s->policy->name : "default");
        if (s->is_policy_mixed)
            out_z(&o, " and others, the mildest");
        log_text(l, "policy", out_done(&o));
    }
    out_init(&o, &s->arena);
    for (size_t i = 0; i < action->reason_n; i++) {
        if (i)
            out_z(&o, "; ");
        out_z(&o, action->reasons[i]);
    }
    log_text(l, "reasons", out_done(&o));
}

static void tell_envelope(const struct session *s, struct log_line *l)
{
    const struct session_envelope *e = &s->envelope;
    tell_text(l, "queue", e->queue_id, ROOM_TEXT);
    tell_text(l, "client", e->ip, ROOM_TEXT);
    tell_text(l, "client_name", e->client_name, ROOM_TEXT);
    tell_text(l, "helo", e->helo, ROOM_TEXT);
    tell_text(l, "from", e->mail_from.n ? e->mail_from : S("<>"), ROOM_TEXT);
    log_number(l, "rcpts", e->rcpt_n);
    if (s->check && s->is_header_done)
        tell_text(l, "author", ingam_check_author(s->check), ROOM_TEXT);
    if (s->is_ours)
        tell_text(l, "user", e->auth_user, ROOM_TEXT);
}

static void tell_signing(struct session *s, struct log_line *l)
{
    const struct session_signing *g = &s->signing;
    const struct ingam_sign_result *r = g->result;
    struct out o;
    out_init(&o, &s->arena);
    for (size_t i = 0; r && r->n && i < g->key_n; i++) {
        if (i)
            out_byte(&o, ',');
        out_str(&o, g->domain);
        out_byte(&o, '/');
        out_str(&o, g->selectors[i]);
    }
    log_text(l, g->kind == SIGN_SEAL ? "sealed" : "signed", out_done(&o));
    if (r && r->n && g->has_key_failed)
        log_word(l, "sign", "a key failed");
    if (g->why_not)
        log_word(l, s->is_ours ? "unsigned" : "unsealed", g->why_not);
}

static void tell_verdict(struct session *s, struct log_line *l)
{
    tell_spf(s, l);
    tell_dkim(s, l);
    tell_arc(s, l);
    tell_dmarc(s, l);
    tell_action(s, l);
}

/* A disposition as the counters and the log have it. */
static const char *word_of(enum ingam_disposition d)
{
    return d == INGAM_ACCEPT ? "accept" : ingam_disposition_name(d);
}

static void tell_line(struct session *s, uint64_t now_us)
{
    struct log_line l;
    log_begin(&l, &s->worker->log, s->trouble ? CONF_WARNING : CONF_INFO);
    log_text(&l, "id", s->decision.id);
    tell_envelope(s, &l);
    if (s->trouble)
        log_word(&l, "trouble", s->trouble);
    else if (!s->is_ours)
        tell_verdict(s, &l);
    if (!s->trouble)
        tell_signing(s, &l);
    log_word(&l, "action", word_of(s->decision.does));
    if (s->decision.would_be != s->decision.does)
        log_word(&l, "would_be", word_of(s->decision.would_be));
    if (s->removed_n)
        log_number(&l, "removed", s->removed_n);
    if (s->is_late)
        log_word(&l, "deadline", "yes");
    log_number(&l, "dns", s->dns_n);
    log_number(&l, "dns_ms", s->dns_us / 1000);
    log_number(&l, "size", s->bytes);
    log_number(&l, "wait_ms", (now_us - s->ended_us) / 1000);
    log_number(&l, "ms", now_us / 1000 - s->started_ms);
    log_end(&l);
}

static void count_result(uint64_t list[COUNTERS_RESULTS], enum ingam_result result)
{
    if ((size_t)result < COUNTERS_RESULTS)
        list[result]++;
}

static void count_verdict(struct counters *n, const struct ingam_verdict *v)
{
    n->messages_judged++;
    count_result(n->spf, v->spf_mail_from.is_run ? v->spf_mail_from.result : v->spf_helo.result);
    if (v->dkim_n == 0)
        count_result(n->dkim, INGAM_RESULT_NONE);
    for (size_t i = 0; i < v->dkim_n; i++)
        count_result(n->dkim, v->dkim[i].result);
    count_result(n->arc, v->arc.result);
    count_result(n->dmarc, v->dmarc.result);
}

static void count_latency(struct counters *n, uint64_t us)
{
    size_t i = 0;
    while (i < COUNTERS_BUCKETS - 1 && us > (uint64_t)counters_bounds_ms[i] * 1000)
        i++;
    n->latency[i]++;
    n->latency_us += us;
}

static void count(const struct session *s, uint64_t now_us)
{
    struct counters *n = s->worker->counters;
    const struct session_signing *g = &s->signing;
    bool is_made = g->result && g->result->n && !s->trouble;
    n->troubles += s->trouble != NULL;
    n->actions[s->decision.does]++;
    n->would_be[s->decision.would_be]++;
    n->messages_signed += is_made && g->kind == SIGN_OURS;
    n->messages_sealed += is_made && g->kind == SIGN_SEAL;
    if (!s->is_ours && !s->trouble)
        count_verdict(n, s->verdict);
    count_latency(n, now_us - s->ended_us);
}

void tell(struct session *s)
{
    uint64_t now = clock_now_us();
    count(s, now);
    if (log_has(&s->worker->log, s->trouble ? CONF_WARNING : CONF_INFO))
        tell_line(s, now);
}

/* The client left, or another filter had enough: nothing was decided. */
void tell_aborted(struct session *s)
{
    struct log_line l;
    s->worker->counters->messages_aborted++;
    if (!log_has(&s->worker->log, CONF_INFO))
        return;
    log_begin(&l, &s->worker->log, CONF_INFO);
    log_text(&l, "id", (str){(const uint8_t *)s->id, SESSION_ID_N});
    tell_envelope(s, &l);
    log_word(&l, "action", "aborted");
    log_number(&l, "size", s->bytes);
    log_end(&l);
}
