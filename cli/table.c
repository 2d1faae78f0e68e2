/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/table.h"

#include "cli/facts.h"
#include "cli/words.h"

enum {
    INDENT = 2,
    LABEL = 7,
    RESULT = 11,
    DOMAIN_MIN = 12,
    DOMAIN_MAX = 36,
    ALIGNED = 9,
    HEAD_LABEL = 10,
    SEALERS_SHOWN = 4,
    QUOTED = 72 /* columns of a stranger's text within a sentence */
};

struct table {
    struct screen *s;
    const struct judged *d;
    size_t domain; /* columns of the domain */
};

struct row {
    const char *label;
    enum ingam_result result;
    str domain;
    const char *aligned;
    str detail;
};

static void show_row(const struct table *t, const struct row *r)
{
    size_t at = INDENT + LABEL + RESULT + t->domain + ALIGNED;
    screen_blanks(t->s, INDENT);
    screen_cell(t->s, PAINT_STRONG, str_of(r->label), LABEL);
    screen_cell(t->s, words_paint(r->result), str_of(ingam_result_name(r->result)), RESULT);
    screen_cell(t->s, PAINT_NONE, r->domain, t->domain - 1);
    screen_blanks(t->s, 1);
    screen_cell(t->s, PAINT_NONE, str_of(r->aligned), ALIGNED);
    size_t domain = screen_columns(t->s, r->domain) + 1;
    size_t over = domain > t->domain ? domain - t->domain : 0;
    screen_wrap(t->s, PAINT_DIM, at + over, at, r->detail);
}

static void add_fault(struct out *o, enum ingam_fault fault)
{
    if (fault == INGAM_FAULT_NONE)
        return;
    out_z(o, o->n ? "; " : "");
    out_str(o, fact_fault(fault));
}

static str spf_detail(const struct table *t, const struct ingam_spf_outcome *spf)
{
    struct out o;
    out_init(&o, t->d->arena);
    if (!spf->is_run)
        return t->d->envelope.smtp.ip.n ? S("no sender to ask about")
                                        : S("no client address is known; --ip gives it");
    if (spf->mechanism.n) {
        out_str(&o, str_eq(spf->mechanism, S("default")) ? S("no term") : spf->mechanism);
        out_z(&o, " matches ");
        out_str(&o, t->d->envelope.smtp.ip);
    }
    add_fault(&o, spf->fault);
    if (spf->explanation.n) {
        out_z(&o, o.n ? "; " : "");
        out_z(&o, "the domain explains: ");
        out_str(&o, spf->explanation);
    }
    return o.n ? out_done(&o) : S("no SPF record");
}

static void show_spf(const struct table *t)
{
    const struct ingam_verdict *v = t->d->verdict;
    const struct ingam_spf_outcome *spf = &v->spf_mail_from, *helo = &v->spf_helo;
    bool has_both = spf->is_run && helo->is_run;
    if (spf->is_run || !helo->is_run)
        show_row(t, &(struct row){"SPF", spf->result, spf->domain, v->dmarc.is_spf_aligned ? "aligned" : "",
                                  spf_detail(t, spf)});
    if (helo->is_run && (!has_both || helo->result != INGAM_RESULT_NONE))
        show_row(t, &(struct row){"HELO", helo->result, helo->domain, "", spf_detail(t, helo)});
}

static str dkim_detail(const struct table *t, size_t i)
{
    const struct ingam_dkim_outcome *sig = &t->d->verdict->dkim[i];
    struct ingam_cause cause;
    struct out o;
    out_init(&o, t->d->arena);
    out_str(&o, sig->selector);
    if (sig->algorithm.n) {
        out_z(&o, o.n ? ", " : "");
        out_str(&o, sig->algorithm);
    }
    if (sig->key_bits) {
        out_z(&o, ", ");
        out_uint(&o, sig->key_bits);
        out_z(&o, " bits");
    }
    if (!judged_cause(t->d, i, &cause)) {
        add_fault(&o, sig->fault);
    } else {
        out_z(&o, cause.is_proved ? "; proved: " : "; likely: ");
        out_str(&o, cause.detail.n ? cause.detail : str_of(words_cause(cause.kind)));
    }
    return out_done(&o);
}

static void show_dkim(const struct table *t)
{
    const struct ingam_verdict *v = t->d->verdict;
    for (size_t i = 0; i < v->dkim_n; i++)
        show_row(t, &(struct row){"DKIM", v->dkim[i].result, v->dkim[i].domain,
                                  v->dkim[i].is_aligned ? "aligned" : "other", dkim_detail(t, i)});
    if (v->dkim_n == 0)
        show_row(t, &(struct row){"DKIM", INGAM_RESULT_NONE, S(""), "", S("not signed")});
}

/* In the column of the domain stands the newest sealer. */
static void show_arc(const struct table *t)
{
    const struct ingam_arc_outcome *arc = &t->d->verdict->arc;
    struct out o;
    out_init(&o, t->d->arena);
    if (arc->sets) {
        out_uint(&o, arc->sets);
        out_z(&o, arc->sets == 1 ? " set" : " sets");
    }
    for (size_t i = 1; i < arc->sealer_n && i < SEALERS_SHOWN; i++) {
        out_z(&o, i == 1 ? "; sealed before by " : ", ");
        out_str(&o, arc->sealers[i]);
    }
    if (arc->sealer_n > SEALERS_SHOWN)
        out_z(&o, " and others");
    if (arc->oldest_pass) {
        out_z(&o, "; unchanged since set ");
        out_uint(&o, arc->oldest_pass);
    }
    add_fault(&o, arc->fault);
    show_row(t, &(struct row){"ARC", arc->result, arc->sealer_n ? arc->sealers[0] : S(""), "", out_done(&o)});
}

static void show_dmarc(const struct table *t)
{
    const struct ingam_dmarc_outcome *m = &t->d->verdict->dmarc;
    const char *policy = ingam_dmarc_policy_name(m->policy);
    struct out o;
    out_init(&o, t->d->arena);
    if (policy) {
        out_z(&o, "p=");
        out_z(&o, policy);
        out_z(&o, m->is_testing ? " (t=y: testing) at " : " at ");
        out_str(&o, m->policy_domain);
    }
    if (m->result == INGAM_RESULT_PASS)
        out_z(&o, m->is_dkim_aligned && m->is_spf_aligned ? ", by DKIM and SPF"
                  : m->is_dkim_aligned                    ? ", by DKIM"
                                                          : ", by SPF");
    if (o.n == 0 && m->result == INGAM_RESULT_NONE)
        out_str(&o, m->fault ? fact_fault(m->fault) : S("no DMARC record"));
    show_row(t, &(struct row){"DMARC", m->result, m->author_domain, "", out_done(&o)});
}

static size_t domain_columns(struct screen *s, const struct judged *d)
{
    const struct ingam_verdict *v = d->verdict;
    size_t columns = DOMAIN_MIN, n;
    const str fixed[] = {v->spf_mail_from.domain, v->spf_helo.domain, v->dmarc.author_domain};
    for (size_t i = 0; i < 3; i++)
        if ((n = screen_columns(s, fixed[i])) > columns)
            columns = n;
    for (size_t i = 0; i < v->dkim_n; i++)
        if ((n = screen_columns(s, v->dkim[i].domain)) > columns)
            columns = n;
    if (v->arc.sealer_n && (n = screen_columns(s, v->arc.sealers[0])) > columns)
        columns = n;
    return (columns < DOMAIN_MAX ? columns : DOMAIN_MAX) + 2;
}

static void show_head(struct screen *s, const char *label, str text)
{
    if (text.n == 0)
        return;
    screen_blanks(s, INDENT);
    screen_cell(s, PAINT_STRONG, str_of(label), HEAD_LABEL);
    screen_wrap(s, PAINT_NONE, INDENT + HEAD_LABEL, INDENT + HEAD_LABEL, text);
}

/* Shows what a stranger wrote: at most three lines. However words are wrapped, two lines hold the text of one. */
static void show_strange(struct screen *s, const struct judged *d, const char *label, str text)
{
    size_t room = s->width - INDENT - HEAD_LABEL;
    show_head(s, label, screen_shortened(s, d->arena, text, room + room / 2));
}

static void add_source(struct out *o, const struct envelope *e)
{
    if (e->ip_is_read || e->helo_is_read)
        out_z(o, e->mail_from_is_read ? "; read from Received and Return-Path" : "; read from Received");
    else if (e->mail_from_is_read)
        out_z(o, "; sender read from Return-Path");
}

static void show_client(struct screen *s, const struct judged *d)
{
    const struct envelope *e = &d->envelope;
    struct out o;
    out_init(&o, d->arena);
    out_str(&o, e->smtp.ip.n ? e->smtp.ip : S("unknown address"));
    if (e->has_helo) {
        out_z(&o, ", HELO ");
        out_str(&o, e->smtp.helo);
    }
    if (e->smtp.has_mail_from) {
        out_z(&o, ", MAIL FROM <");
        out_str(&o, e->smtp.mail_from);
        out_z(&o, ">");
    }
    add_source(&o, e);
    show_strange(s, d, "Client", out_done(&o));
}

static void show_hint(struct screen *s, const char *hint)
{
    screen_blanks(s, INDENT);
    screen_wrap(s, PAINT_DIM, INDENT, INDENT + 2, str_of(hint));
}

static str warning_sentence(struct screen *s, const struct judged *d, size_t i)
{
    struct ingam_warning w = d->warnings[i];
    for (size_t k = 0; k < sizeof w.text / sizeof w.text[0]; k++)
        w.text[k] = screen_shortened(s, d->arena, w.text[k], QUOTED);
    return fact_sentence(d->arena, &w);
}

static void show_warnings(struct screen *s, const struct judged *d)
{
    const struct ingam_envelope *smtp = &d->envelope.smtp;
    bool is_local = d->envelope.ip_is_read && (str_starts(smtp->ip, S("127.")) || str_eq(smtp->ip, S("::1")));
    for (size_t i = 0; i < d->warning_n; i++) {
        screen_blanks(s, INDENT);
        screen_paint(s, PAINT_UNSURE, S("! "));
        screen_wrap(s, PAINT_NONE, INDENT + 2, INDENT + 2, warning_sentence(s, d, i));
    }
    if (d->message->has_lf_ends)
        show_hint(s, "- the file has LF line ends only; each was read as the CRLF it had when it was sent");
    if (is_local)
        show_hint(s,
                  "- the client is the receiving machine itself; give the address of the real one with --ip");
    if (d->warning_n || d->message->has_lf_ends || is_local)
        screen_end_line(s);
}

static void show_verdict(struct screen *s, const struct words *w)
{
    screen_paint(s, w->paint, str_of(w->word));
    screen_z(s, ": ");
    screen_wrap(s, PAINT_STRONG, strlen(w->word) + 2, 2, w->sentence);
}

void table_show(struct screen *s, const struct judged *d)
{
    struct words w;
    words_find(d, &w);
    struct table t = {s, d, domain_columns(s, d)};
    show_verdict(s, &w);
    screen_end_line(s);
    show_head(s, "Message", judged_name(d));
    show_strange(s, d, "From", words_field(d, S("From")));
    show_strange(s, d, "Subject", words_field(d, S("Subject")));
    show_client(s, d);
    screen_end_line(s);
    show_spf(&t);
    show_dkim(&t);
    show_arc(&t);
    show_dmarc(&t);
    screen_end_line(s);
    show_warnings(s, d);
    screen_blanks(s, INDENT);
    screen_wrap(s, PAINT_NONE, INDENT, INDENT, w.reason);
}

void table_brief(struct screen *s, const struct judged *d)
{
    enum { NAME = 20, DMARC = 10 };
    struct words w;
    words_find(d, &w);
    str name = judged_name(d);
    enum ingam_result result = d->verdict->dmarc.result;
    screen_cell(s, words_paint(result), str_of(ingam_result_name(result)), DMARC);
    screen_cell(s, PAINT_NONE, name, NAME - 1);
    screen_blanks(s, 1);
    screen_paint(s, w.paint, str_of(w.word));
    screen_z(s, ": ");
    size_t named = screen_columns(s, name) + 1;
    size_t at = DMARC + (named > NAME ? named : NAME) + strlen(w.word) + 2;
    str sentence = w.sentence;
    if (s->is_terminal && at + screen_columns(s, sentence) > s->width)
        sentence = screen_fitting(s, sentence, s->width > at + 2 ? s->width - at - 2 : 0);
    screen_put(s, sentence);
    screen_z(s, sentence.n < w.sentence.n ? ".." : "");
    screen_end_line(s);
}
