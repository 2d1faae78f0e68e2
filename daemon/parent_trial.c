/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials, as the parent has them: `trial "ZONE"` (the zone text as a JSON string) is answered when all workers know it, `trial end` at once,
 * `trial results` with the decisions on the last TRIAL_KEPT probes. */
#include "daemon/parent_inside.h"
#include "daemon/trial.h"

#include <stdlib.h>

enum { WAITS_FOR_TRIAL = 3 };
static const char verb[] = "trial ";

static void answer_all(struct parent *p, const char *error)
{
    struct control_peer *peer;
    while ((peer = control_waiting(p->control, WAITS_FOR_TRIAL)))
        control_answer(peer, error
                                 ? json_pack("{ss}", "error", error)
                                 : json_pack("{sb si ss}", "ok", 1, "seconds", TRIAL_S, "name", TRIAL_NAME));
}

/* --- The zone ------------------------------------------------------------------------------------------------- */

/* ret  each line begins with a name in or below ours, or is empty */
static bool is_of_ours(str zone)
{
    str top = S(TRIAL_NAME ".");
    while (zone.n) {
        size_t end = str_find(zone, '\n');
        str line = str_first(zone, end), name = str_first(line, str_find(line, ' '));
        bool is_below = str_ends_nocase(name, top) && (name.n == top.n || name.p[name.n - top.n - 1] == '.');
        if (line.n && !is_below)
            return false;
        zone = str_from(zone, end + 1);
    }
    return true;
}

/* ret  NULL: it is a zone of ours, that can be told in one packet */
static const char *what_is_wrong(str zone)
{
    struct ingam_zone_error where = {0};
    if (zone.n == 0 || zone.n > CHANNEL_BYTES)
        return "a zone is wanted that is not too large";
    if (!is_of_ours(zone))
        return "each line must begin with a name in or below " TRIAL_NAME ".";
    struct ingam_zone *read = ingam_zone_new(NULL, zone, &where);
    ingam_zone_free(read);
    return read ? NULL : "this zone cannot be read";
}

static void tell_workers(struct parent *p)
{
    p->trial.number++;
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++) {
        p->workers[i].owes_trial = p->workers[i].pid != 0;
        worker_flush(&p->workers[i]);
    }
}

static void end(struct parent *p)
{
    if (p->trial.zone == NULL)
        return;
    free(p->trial.zone);
    p->trial.zone = NULL;
    event_del(p->trial.over);
    tell_workers(p);
    answer_all(p, "the trial is over before all workers knew of it");
}

static void over(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    end(context);
}

static void begin(struct parent *p, struct control_peer *peer, str zone)
{
    struct trial_life *t = &p->trial;
    end(p);
    if (t->over == NULL)
        t->over = evtimer_new(p->base, over, p);
    t->zone = malloc(zone.n);
    if (t->over == NULL || t->zone == NULL) {
        free(t->zone);
        t->zone = NULL;
        control_answer(peer, json_pack("{ss}", "error", "no memory"));
        return;
    }
    memcpy(t->zone, zone.p, zone.n);
    t->zone_n = zone.n;
    event_add(t->over, &(struct timeval){.tv_sec = TRIAL_S});
    log_say(&p->log, CONF_NOTICE, "a trial begins: for %d s the names below %s are our own", TRIAL_S,
            TRIAL_NAME);
    control_wait(peer, WAITS_FOR_TRIAL);
    tell_workers(p);
}

static void begin_of_json(struct parent *p, struct control_peer *peer, const char *word)
{
    json_t *text = json_loads(word, JSON_DECODE_ANY, NULL);
    str zone = {(const uint8_t *)json_string_value(text), json_string_length(text)};
    const char *wrong = what_is_wrong(zone);
    if (wrong)
        control_answer(peer, json_pack("{ss}", "error", wrong));
    else
        begin(p, peer, zone);
    json_decref(text);
}

/* --- Results --------------------------------------------------------------------------------------------------- */

static const char *action(unsigned d)
{
    return d == INGAM_ACCEPT ? "accept" : ingam_disposition_name((enum ingam_disposition)d);
}

static json_t *result(const struct trial_result *r)
{
    json_t *o =
        json_pack("{ss ss ss sb sb si si ss ss ss}", "mark", r->mark, "id", r->id, "client", r->client,
                  "ours", (int)r->is_ours, "held", (int)r->is_held, "removed", (int)r->removed, "code",
                  (int)r->code, "text", r->text, "trouble", r->trouble, "action", action(r->does));
    json_t *v =
        r->has_verdict
            ? json_pack("{ss ss ss ss ss ss ss ss}", "spf", ingam_result_name((enum ingam_result)r->spf),
                        "spf_domain", r->spf_domain, "dkim", ingam_result_name((enum ingam_result)r->dkim),
                        "dmarc", ingam_result_name((enum ingam_result)r->dmarc), "reasons", r->reasons,
                        "mode", r->mode == INGAM_ENFORCE ? "enforce" : "observe", "on_reject",
                        action(r->on_reject), "on_quarantine", action(r->on_quarantine))
            : NULL;
    if (v)
        json_object_update(o, v);
    json_decref(v);
    json_object_set_new(o, "would_be", json_string(action(r->would_be)));
    return o;
}

static json_t *results(const struct parent *p)
{
    const struct trial_life *t = &p->trial;
    json_t *list = json_array();
    size_t n = t->result_n < TRIAL_KEPT ? t->result_n : TRIAL_KEPT;
    for (size_t i = t->result_n - n; i < t->result_n; i++)
        json_array_append_new(list, result(&t->results[i % TRIAL_KEPT]));
    return json_pack("{sb sb so}", "ok", 1, "on", t->zone != NULL, "results", list);
}

/* A worker that somebody has taken over says what he likes: each text ends where its room does. */
static void end_texts(struct trial_result *r)
{
    r->mark[sizeof r->mark - 1] = r->id[sizeof r->id - 1] = r->client[sizeof r->client - 1] = 0;
    r->spf_domain[sizeof r->spf_domain - 1] = r->text[sizeof r->text - 1] = 0;
    r->reasons[sizeof r->reasons - 1] = r->trouble[sizeof r->trouble - 1] = 0;
}

static bool keep_result(struct parent *p)
{
    struct trial_life *t = &p->trial;
    if (t->results == NULL)
        t->results = calloc(TRIAL_KEPT, sizeof *t->results);
    if (t->results == NULL || p->packet.n != sizeof *t->results)
        return false;
    struct trial_result *kept = &t->results[t->result_n++ % TRIAL_KEPT];
    memcpy(kept, p->packet.bytes, sizeof *kept);
    end_texts(kept);
    return true;
}

/* --- Asked and told -------------------------------------------------------------------------------------------- */

bool trial_is_asked(const char *line)
{
    return strncmp(line, verb, sizeof verb - 1) == 0;
}

void trial_asked(struct parent *p, struct control_peer *peer, const char *line)
{
    const char *word = line + sizeof verb - 1;
    if (strcmp(word, "results") == 0) {
        control_answer(peer, results(p));
    } else if (strcmp(word, "end") == 0) {
        end(p);
        control_answer(peer, json_pack("{sb}", "ok", 1));
    } else {
        begin_of_json(p, peer, word);
    }
}

static void look(struct parent *p)
{
    for (size_t i = 0; i < p->worker_n; i++)
        if (p->workers[i].trial != p->trial.number)
            return;
    if (p->trial.zone)
        answer_all(p, NULL);
}

void trial_hear(struct child *c)
{
    struct parent *p = c->parent;
    uint32_t number = p->packet.number;
    if (p->packet.kind == CHANNEL_TRIAL_RESULT) {
        if (!keep_result(p))
            log_say(&p->log, CONF_WARNING, "the result of a trial is lost");
        return;
    }
    c->trial = number;
    if (p->packet.kind == CHANNEL_TRIAL_FAILED && number == p->trial.number)
        answer_all(p, "a worker has no memory for it");
    else
        look(p);
}

void trial_put(struct parent *p, struct channel_packet *packet)
{
    const struct trial_life *t = &p->trial;
    packet->number = t->number;
    packet->n = t->zone ? (uint32_t)t->zone_n : 0;
    if (t->zone)
        memcpy(packet->bytes, t->zone, t->zone_n);
}

/* One that begins in the middle is told, too; one that begins afterwards knows of none. */
void trial_worker_begins(struct child *c)
{
    c->owes_trial = c->parent->trial.zone != NULL;
    c->trial = c->owes_trial ? 0 : c->parent->trial.number;
    worker_flush(c);
}

void trial_close(struct parent *p)
{
    free(p->trial.zone);
    free(p->trial.results);
    if (p->trial.over)
        event_free(p->trial.over);
    p->trial = (struct trial_life){0};
}
