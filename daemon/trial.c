/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/trial.h"

#include "daemon/channel.h"
#include "daemon/session_inside.h"

#include <stdlib.h>

struct trial {
    struct asker *zone; /* the last trial's: kept, since questions to it may be open */
    bool is_on;
    struct event *over;
    int channel;
    struct channel_packet packet; /* too large for the stack */
};

/* --- The zone ------------------------------------------------------------------------------------------------- */

static bool is_below(str name, str top)
{
    return str_ends_nocase(name, top) && (name.n == top.n || name.p[name.n - top.n - 1] == '.');
}

struct asker *trial_asker(const struct worker *w, str name)
{
    const struct trial *t = w->trial;
    return t && t->is_on && is_below(name, S(TRIAL_NAME)) ? t->zone : w->asker;
}

static void over(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    ((struct trial *)context)->is_on = false;
}

static struct trial *trial_new(struct worker *w, int channel)
{
    struct trial *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->channel = channel;
    t->over = evtimer_new(w->base, over, t);
    if (t->over)
        return t;
    free(t);
    return NULL;
}

static bool open_zone(struct worker *w, struct trial *t, str zone)
{
    static const char name[] = "the zone of a trial";
    struct source_error error = {"no memory"};
    bool is_open = false;
    if (t->zone)
        is_open = asker_set_zone(t->zone, name, zone, &error);
    else
        is_open = (t->zone = asker_open_zone(w->base, name, zone, &error)) != NULL;
    if (is_open && event_add(t->over, &(struct timeval){.tv_sec = TRIAL_S}) == 0)
        return true;
    log_say(&w->log, CONF_WARNING, "no trial: %s", error.text);
    return false;
}

bool trial_begin(struct worker *w, int channel, str zone)
{
    if (w->trial == NULL)
        w->trial = trial_new(w, channel);
    if (w->trial)
        w->trial->is_on = zone.n && open_zone(w, w->trial, zone);
    return w->trial && w->trial->is_on;
}

void trial_free(struct worker *w)
{
    struct trial *t = w->trial;
    if (t == NULL)
        return;
    asker_close(t->zone);
    event_free(t->over);
    free(t);
    w->trial = NULL;
}

/* --- What was decided ------------------------------------------------------------------------------------------ */

static void copy(char *to, size_t size, str text)
{
    str cut = str_first(text, size - 1);
    if (cut.n)
        memcpy(to, cut.p, cut.n);
    to[cut.n] = 0;
}

static str mark_of(const struct session *s)
{
    str name;
    str value;
    for (size_t i = 0; ingam_check_field_at(s->check, i, &name, &value); i++)
        if (str_eq_nocase(name, S("X-Ingam-Trial")))
            return str_trim_fws(value);
    return S("");
}

static enum ingam_result best_of(const struct ingam_verdict *v)
{
    enum ingam_result best = INGAM_RESULT_NONE;
    for (size_t i = 0; i < v->dkim_n; i++)
        if (i == 0 || v->dkim[i].result == INGAM_RESULT_PASS)
            best = v->dkim[i].result;
    return best;
}

static void copy_reasons(struct trial_result *r, const struct ingam_action *action)
{
    size_t n = 0;
    for (size_t i = 0; i < action->reason_n; i++) {
        str reason = str_of(action->reasons[i]);
        if (n + reason.n + 3 > sizeof r->reasons)
            break;
        if (n) {
            memcpy(r->reasons + n, "; ", 2);
            n += 2;
        }
        memcpy(r->reasons + n, reason.p, reason.n);
        n += reason.n;
    }
}

static void copy_verdict(struct trial_result *r, const struct ingam_verdict *v)
{
    const struct ingam_spf_outcome *spf = v->spf_mail_from.is_run ? &v->spf_mail_from : &v->spf_helo;
    r->has_verdict = true;
    r->spf = (uint8_t)spf->result;
    r->dkim = (uint8_t)best_of(v);
    r->dmarc = (uint8_t)v->dmarc.result;
    copy(r->spf_domain, sizeof r->spf_domain, spf->domain);
    copy_reasons(r, &v->action);
}

static void fill(struct trial_result *r, const struct session *s)
{
    const struct decision *d = &s->decision;
    copy(r->mark, sizeof r->mark, mark_of(s));
    copy(r->id, sizeof r->id, d->id);
    copy(r->client, sizeof r->client, s->envelope.ip);
    copy(r->text, sizeof r->text, d->text);
    copy(r->trouble, sizeof r->trouble, s->trouble ? str_of(s->trouble) : S(""));
    r->is_ours = s->is_ours;
    r->is_held = d->is_held;
    r->does = (uint8_t)d->does;
    r->would_be = (uint8_t)d->would_be;
    r->code = d->code;
    r->removed = (uint32_t)s->removed_n;
    if (s->policy) {
        r->mode = (uint8_t)s->policy->mode;
        r->on_reject = (uint8_t)s->policy->on_reject;
        r->on_quarantine = (uint8_t)s->policy->on_quarantine;
    }
    if (s->verdict)
        copy_verdict(r, s->verdict);
}

void trial_tell(const struct session *s)
{
    struct trial *t = s->worker->trial;
    bool is_known = t && t->is_on && s->check && s->is_header_done;
    if (!is_known || !is_below(ingam_check_author(s->check), S(TRIAL_NAME)))
        return;
    struct trial_result r = {0};
    fill(&r, s);
    t->packet = (struct channel_packet){.kind = CHANNEL_TRIAL_RESULT, .n = sizeof r};
    memcpy(t->packet.bytes, &r, sizeof r);
    channel_send(t->channel, &t->packet, NULL, 0);
}
