/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/facts.h"
#include "cli/json.h"

static json_t *envelope(const struct envelope *e)
{
    return json_pack("{s:o,s:o,s:o,s:s}", "ip", json_text_or_null(e->smtp.ip), "helo",
                     json_text_or_null(e->smtp.helo), "mail_from",
                     e->smtp.has_mail_from ? json_text(e->smtp.mail_from) : json_null(), "source",
                     envelope_source(e));
}

static json_t *spf(const struct ingam_spf_outcome *s)
{
    return json_pack("{s:s,s:o,s:o,s:o,s:o,s:I,s:I}", "result", ingam_result_name(s->result), "domain",
                     json_text_or_null(s->domain), "mechanism", json_text_or_null(s->mechanism),
                     "explanation", json_text_or_null(s->explanation), "fault", json_fault(s->fault),
                     "lookups", (json_int_t)s->lookups, "voids", (json_int_t)s->voids);
}

static json_t *cause(const struct judged *d, size_t i)
{
    struct ingam_cause c;
    if (!judged_cause(d, i, &c))
        return json_null();
    json_t *also = json_array();
    for (size_t k = 0; k < c.also_n; k++)
        json_array_append_new(also, json_string(c.also[k]));
    return json_pack("{s:s,s:b,s:o,s:o}", "kind", c.kind, "proved", c.is_proved, "detail",
                     json_text(c.detail), "also", also);
}

static json_t *dkim(const struct judged *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->verdict->dkim_n; i++) {
        const struct ingam_dkim_outcome *s = &d->verdict->dkim[i];
        json_array_append_new(
            list,
            json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:b,s:o}", "result", ingam_result_name(s->result),
                      "domain", json_text_or_null(s->domain), "selector", json_text_or_null(s->selector),
                      "algorithm", json_text_or_null(s->algorithm), "auid", json_text_or_null(s->auid),
                      "key_bits", s->key_bits ? json_integer(s->key_bits) : json_null(), "aligned",
                      s->is_aligned, "fault", json_fault(s->fault), "cause", cause(d, i), "testing",
                      s->is_testing, "unsigned_bytes",
                      s->has_length ? json_integer((json_int_t)s->unsigned_bytes) : json_null()));
    }
    return list;
}

static json_t *arc(const struct judged *d)
{
    const struct ingam_arc_outcome *a = &d->verdict->arc;
    json_t *sealers = json_array();
    for (size_t i = 0; i < a->sealer_n; i++)
        json_array_append_new(sealers, json_text(a->sealers[i]));
    str first = fact_unfolded(d->arena, "", a->first_results);
    return json_pack("{s:s,s:I,s:o,s:o,s:o,s:o}", "result", ingam_result_name(a->result), "sets",
                     (json_int_t)a->sets, "oldest_pass",
                     a->result == INGAM_RESULT_PASS ? json_integer((json_int_t)a->oldest_pass) : json_null(),
                     "sealers", sealers, "first_results", json_text_or_null(first), "fault",
                     json_fault(a->fault));
}

static json_t *policy_name(enum ingam_dmarc_policy policy)
{
    const char *name = ingam_dmarc_policy_name(policy);
    return name ? json_string(name) : json_null();
}

static json_t *dmarc(const struct ingam_dmarc_outcome *m)
{
    json_t *by = json_array();
    if (m->is_dkim_aligned)
        json_array_append_new(by, json_string("dkim"));
    if (m->is_spf_aligned)
        json_array_append_new(by, json_string("spf"));
    return json_pack("{s:s,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:o}", "result", ingam_result_name(m->result),
                     "author_domain", json_text_or_null(m->author_domain), "organizational_domain",
                     json_text_or_null(m->organizational_domain), "policy_domain",
                     json_text_or_null(m->policy_domain), "policy", policy_name(m->policy), "testing",
                     m->is_testing, "aligned_by", by, "fault", json_fault(m->fault), "published",
                     policy_name(m->published));
}

/* "550 5.7.1 text", or null. */
static json_t *reply(const struct judged *d)
{
    const struct ingam_action *a = &d->verdict->action;
    struct out o;
    if (a->code == 0)
        return json_null();
    out_init(&o, d->arena);
    out_uint(&o, a->code);
    out_byte(&o, ' ');
    out_str(&o, a->enhanced);
    out_byte(&o, ' ');
    out_str(&o, a->text);
    return json_text(out_done(&o));
}

static json_t *action(const struct judged *d)
{
    const struct ingam_action *a = &d->verdict->action;
    json_t *reasons = json_array();
    for (size_t i = 0; i < a->reason_n; i++)
        json_array_append_new(reasons, json_string(a->reasons[i]));
    return json_pack("{s:s,s:o,s:o,s:s}", "disposition", ingam_disposition_name(a->disposition), "reply",
                     reply(d), "reasons", reasons, "would_be", ingam_disposition_name(a->would_be));
}

static json_t *question(const struct judged *d, const struct ingam_fact *f)
{
    json_t *answers = json_array();
    for (size_t i = 0; i < f->rr_n; i++)
        json_array_append_new(answers, json_text(fact_answer(d->arena, f, i)));
    return json_pack("{s:o,s:s,s:s,s:I,s:b,s:s?,s:o}", "name", json_text(f->name), "type",
                     fact_type(d->arena, f->type), "status", ingam_status_name(f->status), "ttl",
                     (json_int_t)f->ttl, "secure", f->is_secure, "why", f->why, "answers", answers);
}

static json_t *questions(const struct judged *d)
{
    json_t *list = json_array();
    struct ingam_fact f;
    for (size_t i = 0; ingam_check_fact(d->check, i, &f); i++)
        json_array_append_new(list, question(d, &f));
    return list;
}

static json_t *warnings(const struct judged *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->warning_n; i++)
        json_array_append_new(list, json_pack("{s:s,s:o}", "kind", d->warnings[i].kind, "text",
                                              json_text(fact_sentence(d->arena, &d->warnings[i]))));
    return list;
}

static json_t *trace(const struct judged *d)
{
    const struct ingam_note *notes;
    size_t n = ingam_check_notes(d->check, &notes);
    return json_notes(notes, n);
}

static json_t *unfolded(const struct judged *d, str body)
{
    return json_text_or_null(fact_unfolded(d->arena, "", body));
}

bool json_verdict(const struct judged *d, FILE *to)
{
    const struct ingam_verdict *v = d->verdict;
    json_t *line =
        json_pack("{s:i,s:o,s:o,s:{s:o,s:o},s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:o,s:o,s:o,s:o,s:s,s:o}", "version",
                  1, "message", json_text(str_of(d->message->name)), "envelope", envelope(&d->envelope),
                  "spf", "mailfrom", spf(&v->spf_mail_from), "helo", spf(&v->spf_helo), "dkim", dkim(d),
                  "arc", arc(d), "dmarc", dmarc(&v->dmarc), "action", action(d), "authentication_results",
                  unfolded(d, v->authentication_results), "received_spf", unfolded(d, v->received_spf),
                  "removed_authentication_results", (json_int_t)v->removed_n, "questions", questions(d),
                  "trace", trace(d), "warnings", warnings(d), "fault", json_fault(v->fault), "line_ends",
                  d->message->has_lf_ends ? "lf" : "crlf", "number",
                  d->message->number ? json_integer((json_int_t)d->message->number) : json_null());
    return json_line(line, to);
}
