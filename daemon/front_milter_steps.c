/* SPDX-License-Identifier: BSD-2-Clause */
/* What each event of the protocol does to the connection's message. */
#include "daemon/front_milter.h"

#include "io/clock.h"

enum { FAULTS_SAID = 10 }; /* lines a second */

/* Postfix and Sendmail send at each stage just these; {client_resolve}, which Postfix does not know, stands where nothing is
 * needed, since an empty list would mean all that they would send by themselves. More fields than a message may have are not
 * the connection's fault: the check says what is wrong with them. */
const struct milter_wants front_milter_wants = {
    .actions = MILTER_ADD_FIELD | MILTER_CHANGE_FIELD | MILTER_QUARANTINE,
    .options = MILTER_NO_UNKNOWN | MILTER_SKIP | MILTER_LEADING_SPACE | MILTER_NO_REPLY_CONNECT |
               MILTER_NO_REPLY_HELO | MILTER_NO_REPLY_MAIL | MILTER_NO_REPLY_RCPT | MILTER_NO_REPLY_DATA |
               MILTER_NO_REPLY_UNKNOWN | MILTER_NO_REPLY_FIELD | MILTER_NO_REPLY_FIELDS_END |
               MILTER_NO_REPLY_BODY,
    .macros = {[MILTER_AT_CONNECT] = S_INIT("j {client_resolve}"),
               [MILTER_AT_HELO] = S_INIT("{client_resolve}"),
               [MILTER_AT_MAIL] = S_INIT("i {auth_type} {auth_authen}"),
               [MILTER_AT_RCPT] = S_INIT("{client_resolve}"),
               [MILTER_AT_DATA] = S_INIT("i"),
               [MILTER_AT_END] = S_INIT("i"),
               [MILTER_AT_FIELDS_END] = S_INIT("{client_resolve}")},
    .fields_max = 65536,
};

static void goes_on(struct milter_connection *c, const struct milter_event *e)
{
    if (e->has_reply)
        milter_write(&c->turn->out, &c->m, MILTER_REPLY_CONTINUE);
}

/* Where something of a message could not be kept, nothing of it is judged. */
static void must(struct milter_connection *c, bool is_kept)
{
    if (!is_kept)
        c->is_trouble = true;
}

void message_forget(struct milter_connection *c)
{
    if (c->session)
        session_free(c->session);
    c->session = NULL;
    c->is_trouble = false;
    c->stage = MESSAGE_NONE;
    c->results_n = 0;
    facts_forget(c, KEPT_QUEUE_ID);
}

static void decided(void *context, const struct decision *d)
{
    struct milter_connection *c = context;
    bool has_turn = c->turn != NULL;
    struct turn own;
    if (!has_turn)
        connection_begin_turn(c, &own);
    answer_write(c, d);
    message_forget(c);
    if (!has_turn)
        connection_end_turn(c);
}

static void begin_session(struct milter_connection *c)
{
    if (c->stage != MESSAGE_ENVELOPE)
        return;
    c->stage = MESSAGE_COMING;
    if (!c->is_trouble)
        c->session = facts_session(c, decided);
    must(c, c->session != NULL);
}

static void on_negotiated(struct milter_connection *c, const struct milter_event *e)
{
    (void)e;
    milter_write_options(&c->turn->out, &c->m);
}

static void on_macros(struct milter_connection *c, const struct milter_event *e)
{
    must(c, facts_macros(c, e));
}

static void on_connect(struct milter_connection *c, const struct milter_event *e)
{
    if (!facts_connect(c, e))
        c->is_over = true; /* each of its messages would be judged wrongly */
    goes_on(c, e);
}

static void on_helo(struct milter_connection *c, const struct milter_event *e)
{
    if (!kept_set(&c->kept[KEPT_HELO], e->name))
        c->is_over = true;
    goes_on(c, e);
}

static void on_mail(struct milter_connection *c, const struct milter_event *e)
{
    c->stage = MESSAGE_ENVELOPE;
    must(c, kept_set(&c->kept[KEPT_FROM], e->name));
    goes_on(c, e);
}

static void on_rcpt(struct milter_connection *c, const struct milter_event *e)
{
    must(c, facts_rcpt(c, e->name));
    goes_on(c, e);
}

static void on_data(struct milter_connection *c, const struct milter_event *e)
{
    begin_session(c);
    goes_on(c, e);
}

/* Before version 6 the server leaves out the blank behind the colon, which nearly all fields have. */
static void show_with_blank(struct milter_connection *c, str name, str value)
{
    struct arena *a = &c->turn->arena;
    struct arena_mark mark = arena_mark(a);
    uint8_t *p = arena_take_raw(a, value.n + 1);
    must(c, p != NULL);
    if (p == NULL)
        return;
    p[0] = ' ';
    if (value.n)
        memcpy(p + 1, value.p, value.n);
    session_field(c->session, name, (str){p, value.n + 1});
    arena_rewind(a, mark);
}

static void on_field(struct milter_connection *c, const struct milter_event *e)
{
    begin_session(c);
    c->results_n += str_eq_nocase(str_trim_wsp(e->name), S("Authentication-Results"));
    if (c->session && (c->m.options & MILTER_LEADING_SPACE))
        session_field(c->session, e->name, e->value);
    else if (c->session)
        show_with_blank(c, e->name, e->value);
    goes_on(c, e);
}

static void on_fields_end(struct milter_connection *c, const struct milter_event *e)
{
    begin_session(c);
    if (c->session)
        session_fields_end(c->session);
    goes_on(c, e);
}

static void on_body(struct milter_connection *c, const struct milter_event *e)
{
    if (c->session)
        session_body(c->session, e->value);
    bool is_enough = c->session == NULL || session_is_satisfied(c->session);
    if (e->has_reply)
        milter_write(&c->turn->out, &c->m, is_enough ? MILTER_REPLY_SKIP : MILTER_REPLY_CONTINUE);
}

static void on_end(struct milter_connection *c, const struct milter_event *e)
{
    if (c->session == NULL || c->is_trouble) {
        answer_trouble(c);
        message_forget(c);
        return;
    }
    if (e->value.n)
        session_body(c->session, e->value);
    c->stage = MESSAGE_WAITING;
    c->progress_ms = clock_now_ms();
    session_end(c->session);
}

static void on_abort(struct milter_connection *c, const struct milter_event *e)
{
    (void)e;
    message_forget(c);
}

static void on_unknown(struct milter_connection *c, const struct milter_event *e)
{
    goes_on(c, e);
}

static void on_quit_next(struct milter_connection *c, const struct milter_event *e)
{
    (void)e;
    message_forget(c);
    facts_forget(c, KEPT_HOST);
    c->is_local = false;
}

static void on_quit(struct milter_connection *c, const struct milter_event *e)
{
    (void)e;
    c->is_over = true;
}

static void end_by_fault(struct milter_connection *c, const char *name, const char *text)
{
    struct worker *w = c->front->w;
    w->counters->protocol_faults++;
    c->is_over = true;
    if (c->front->faults_said++ < FAULTS_SAID)
        log_say(&w->log, CONF_NOTICE, "milter: a connection to %s is closed: %s: %s", c->listen->address,
                name, text);
}

static void on_bad(struct milter_connection *c, const struct milter_event *e)
{
    (void)e;
    end_by_fault(c, milter_fault_name(c->m.fault), milter_fault_text(c->m.fault));
}

static bool may_stand_while_waiting(enum milter_event_kind kind)
{
    return kind == MILTER_ABORT || kind == MILTER_QUIT || kind == MILTER_MACROS || kind == MILTER_BAD;
}

void step(struct milter_connection *c, const struct milter_event *e)
{
    static void (*const steps[])(struct milter_connection *, const struct milter_event *) = {
        [MILTER_BAD] = on_bad,
        [MILTER_NEGOTIATED] = on_negotiated,
        [MILTER_MACROS] = on_macros,
        [MILTER_CONNECT] = on_connect,
        [MILTER_HELO] = on_helo,
        [MILTER_MAIL] = on_mail,
        [MILTER_RCPT] = on_rcpt,
        [MILTER_DATA] = on_data,
        [MILTER_FIELD] = on_field,
        [MILTER_FIELDS_END] = on_fields_end,
        [MILTER_BODY] = on_body,
        [MILTER_END] = on_end,
        [MILTER_ABORT] = on_abort,
        [MILTER_UNKNOWN] = on_unknown,
        [MILTER_QUIT_NEXT] = on_quit_next,
        [MILTER_QUIT] = on_quit,
    };
    if (c->stage == MESSAGE_WAITING && !may_stand_while_waiting(e->kind))
        end_by_fault(c, "impatient", "the mail server does not wait for the answer");
    else if (steps[e->kind])
        steps[e->kind](c, e);
}
