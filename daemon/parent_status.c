/* SPDX-License-Identifier: BSD-2-Clause */
/* What people ask for by the control socket: status, reload, log-level WORD. */
#include "daemon/parent_inside.h"
#include "daemon/status.h"
#include "io/clock.h"

#include <ingam/ingam.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WAITS_FOR_NEXT = 1, WAITS_FOR_THIS = 2 };

static const char *const levels[] = {"error", "warning", "notice", "info", "debug"};

/* --- status -------------------------------------------------------------------------------------------------- */

static json_t *number(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static void add_process(json_t *list, const struct child *c, uint64_t now_ms)
{
    char name[32];
    if (!c->is_wanted && c->pid == 0)
        return;
    json_t *o = json_pack("{ss si sb si}", "name", child_name(c, name), "pid", (int)c->pid, "ready",
                          (int)c->is_ready, "restarts", (int)c->restarts);
    if (o && c->pid)
        json_object_set_new(o, "age_s", number((now_ms - c->started_ms) / 1000));
    json_array_append_new(list, o);
}

static json_t *processes(const struct parent *p)
{
    json_t *list = json_array();
    uint64_t now_ms = clock_now_ms();
    json_array_append_new(list, json_pack("{ss si sb si sI}", "name", "parent", "pid", (int)getpid(), "ready",
                                          (int)p->was_ready, "restarts", 0, "age_s",
                                          (json_int_t)(clock_wall_ms() / 1000 - p->all->started_s)));
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++)
        add_process(list, &p->workers[i], now_ms);
    add_process(list, &p->keyd, now_ms);
    add_process(list, &p->status, now_ms);
    return list;
}

static json_t *listeners(const struct conf *conf)
{
    json_t *list = json_array();
    for (size_t i = 0; i < conf->listen_n; i++) {
        const struct conf_listen *l = &conf->listens[i];
        json_array_append_new(list, json_pack("{ss ss sb}", "address", l->address, "front",
                                              l->front == CONF_RSPAMC ? "rspamc" : "milter", "submission",
                                              (int)l->is_submission));
    }
    return list;
}

static json_t *actions(const uint64_t n[4])
{
    json_t *o = json_object();
    for (unsigned i = 0; i < 4; i++)
        json_object_set_new(o, status_action(i), number(n[i]));
    return o;
}

static json_t *messages(const struct parent *p)
{
    struct counters c;
    status_sum(p->all, &c);
    return json_pack("{sI sI sI sI sI sI sI so so sI sI sI}", "sessions_open", (json_int_t)c.sessions_open,
                     "judged", (json_int_t)c.messages_judged, "signed", (json_int_t)c.messages_signed,
                     "sealed", (json_int_t)c.messages_sealed, "aborted", (json_int_t)c.messages_aborted,
                     "troubles", (json_int_t)c.troubles, "deadlines", (json_int_t)c.deadlines, "actions",
                     actions(c.actions), "would_be", actions(c.would_be), "dns_questions",
                     (json_int_t)c.dns_asked, "dns_failures", (json_int_t)c.dns_failed, "dns_timeouts",
                     (json_int_t)c.dns_timed_out);
}

static json_t *configuration(const struct parent *p)
{
    json_t *files = json_array();
    for (size_t i = 0; i < p->now.texts.n; i++)
        json_array_append_new(files, json_string(p->now.texts.list[i].name));
    return json_pack("{si sI so sI sI ss}", "generation", (int)p->now.number, "read_s",
                     (json_int_t)p->now.read_s, "files", files, "reloads", (json_int_t)p->all->reloads,
                     "refused", (json_int_t)p->all->reloads_refused, "log_level",
                     levels[p->all->log_level % (sizeof levels / sizeof *levels)]);
}

static json_t *status(const struct parent *p)
{
    const struct conf *c = p->now.conf;
    json_t *o = json_pack("{ss so so so so sI}", "version", ingam_version(), "processes", processes(p),
                          "listeners", listeners(c), "messages", messages(p), "configuration",
                          configuration(p), "keys", (json_int_t)p->keyd_life.key_n);
    if (o) {
        json_object_set_new(o, "authserv_id", json_stringn((const char *)c->authserv_id.p, c->authserv_id.n));
        json_object_set_new(o, "metrics", c->metrics ? json_string(c->metrics) : json_null());
    }
    return o;
}

/* --- Commands ------------------------------------------------------------------------------------------------ */

static bool may_change(const struct parent *p, const struct control_peer *peer)
{
    uid_t uid = control_uid(peer);
    const char *user = p->now.conf->user;
    const struct passwd *account = geteuid() == 0 && user ? getpwnam(user) : NULL;
    return uid == 0 || uid == geteuid() || (account && uid == account->pw_uid);
}

static void set_level(struct parent *p, struct control_peer *peer, const char *word)
{
    for (unsigned i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(levels[i], word) != 0)
            continue;
        p->all->log_level = i;
        log_say(&p->log, CONF_NOTICE, "the log's level is %s until the next reload", levels[i]);
        control_answer(peer, json_pack("{sb ss}", "ok", 1, "log_level", levels[i]));
        return;
    }
    control_answer(peer, json_pack("{ss}", "error", "a level is one of error, warning, notice, info, debug"));
}

void parent_asked(void *context, struct control_peer *peer, const char *line)
{
    struct parent *p = context;
    static const char level[] = "log-level ";
    bool is_level = strncmp(line, level, sizeof level - 1) == 0, is_reload = strcmp(line, "reload") == 0;
    bool is_trial = trial_is_asked(line);
    if (strcmp(line, "status") == 0) {
        control_answer(peer, status(p));
    } else if (!is_level && !is_reload && !is_trial) {
        control_answer(peer,
                       json_pack("{ss}", "error", "commands are status, reload, log-level WORD, trial"));
    } else if (!may_change(p, peer)) {
        control_answer(peer,
                       json_pack("{ss}", "error", "only root and the daemon's user may change anything"));
    } else if (p->is_stopping) {
        control_answer(peer, json_pack("{ss}", "error", "the daemon is about to end"));
    } else if (is_trial) {
        trial_asked(p, peer, line);
    } else if (is_level) {
        set_level(p, peer, line + sizeof level - 1);
    } else {
        control_wait(peer, WAITS_FOR_NEXT);
        reload_ask(p);
    }
}

void parent_reload_begins(struct parent *p)
{
    struct control_peer *peer;
    while ((peer = control_waiting(p->control, WAITS_FOR_NEXT)))
        control_wait(peer, WAITS_FOR_THIS);
}

void parent_answer_reloads(struct parent *p, const char *error)
{
    struct control_peer *peer;
    while ((peer = control_waiting(p->control, WAITS_FOR_THIS)))
        control_answer(peer, error ? json_pack("{ss si}", "refused", error, "generation", (int)p->now.number)
                                   : json_pack("{sb si}", "ok", 1, "generation", (int)p->now.number));
}
