/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes back at the end of a message. The edits and the reply are written into one piece of memory, which is sent whole;
 * where one of them cannot be written, all of them are taken back, and the answer is the one for trouble. */
#include "daemon/front_milter.h"

static bool put_edits(struct milter_connection *c, const struct decision *d)
{
    struct out *o = &c->turn->out;
    for (size_t i = 0; i < d->edit_n; i++) {
        const struct edit *e = &d->edits[i];
        bool is_written = e->kind == EDIT_INSERT ? milter_write_insert(o, &c->m, e->at, e->name, e->value)
                                                 : milter_write_change(o, &c->m, e->at, e->name, S(""));
        if (!is_written)
            return false;
    }
    return true;
}

/* A server that has no quarantine for us: the message says itself what should be done with it. */
static bool put_hold(struct milter_connection *c, str reason)
{
    struct out *o = &c->turn->out;
    str why = reason.n ? reason : S("quarantine");
    return milter_write_quarantine(o, &c->m, why) ||
           milter_write_insert(o, &c->m, 0, S("X-Ingam-Action"), S(" quarantine"));
}

static void take_back(struct milter_connection *c, size_t n)
{
    c->turn->out.n = n;
    c->turn->out.has_failed = c->turn->arena.has_failed = false;
}

/* What passes unmarked must not bear the marks of others: a reader behind us takes them for ours. */
static bool put_unmarked(struct milter_connection *c)
{
    for (size_t nth = c->results_n; nth > 0; nth--)
        if (!milter_write_change(&c->turn->out, &c->m, (uint32_t)nth, S("Authentication-Results"), S("")))
            return false;
    milter_write(&c->turn->out, &c->m, MILTER_REPLY_CONTINUE);
    return !c->turn->out.has_failed;
}

static bool put_accept(struct milter_connection *c, const struct decision *d)
{
    bool is_held = d->does == INGAM_QUARANTINE && d->is_held;
    if (d->is_unmarked)
        return put_unmarked(c);
    if (!put_edits(c, d) || (is_held && !put_hold(c, d->quarantine)))
        return false;
    milter_write(&c->turn->out, &c->m, MILTER_REPLY_CONTINUE);
    return true;
}

static bool put_refusal(struct milter_connection *c, const struct decision *d)
{
    struct out *o = &c->turn->out;
    if (!milter_write_reply(o, d->code, d->enhanced, d->text))
        milter_write(o, &c->m, d->does == INGAM_REJECT ? MILTER_REPLY_REJECT : MILTER_REPLY_TEMPFAIL);
    return true;
}

static bool is_refusal(const struct decision *d)
{
    return d->does == INGAM_REJECT || d->does == INGAM_DEFER;
}

void answer_trouble(struct milter_connection *c)
{
    struct worker *w = c->front->w;
    bool is_deferred = w->conf->limits.on_trouble == CONF_DEFER;
    size_t before = c->turn->out.n;
    w->counters->troubles++;
    if (!is_deferred && !put_unmarked(c)) {
        take_back(c, before);
        is_deferred = true;
    }
    if (is_deferred)
        milter_write(&c->turn->out, &c->m, MILTER_REPLY_TEMPFAIL);
    log_say(&w->log, CONF_ERROR, "milter: a message could not be judged: it is %s",
            is_deferred ? "deferred" : "let pass unmarked");
}

void answer_write(struct milter_connection *c, const struct decision *d)
{
    size_t before = c->turn->out.n;
    bool is_written = is_refusal(d) ? put_refusal(c, d) : put_accept(c, d);
    if (is_written && !c->turn->out.has_failed)
        return;
    take_back(c, before);
    answer_trouble(c);
}
