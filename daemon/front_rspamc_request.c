/* SPDX-License-Identifier: BSD-2-Clause */
/* What Exim says of a message, and what is said to it. A stock Exim 4.96 sends these lines, each only where it has something to say:
 *
 *     Queue-Id: 1xUwum-0004jP-03      From: <a@b>       Rcpt: <c@d> (one each)       Helo: name
 *     Hostname: the client's name, where its addresses hold that of the client
 *     IP: the client; missing for mail that a program of the same host hands over
 *     User: $authenticated_id: who gave name and password; without IP the account of that program */
#include "daemon/front_rspamc.h"

void request_init(struct rspamc_request *q, const struct worker *w, const struct conf_listen *listen)
{
    *q = (struct rspamc_request){.envelope = {.listen = listen}};
    arena_init(&q->arena, &w->alloc, RSPAMC_REQUEST_ROOM);
    rspamc_keep_init(&q->results, &q->arena, S("Authentication-Results"));
}

void request_free(struct rspamc_request *q)
{
    arena_free(&q->arena);
}

static str without_brackets(str address)
{
    bool has_brackets = address.n >= 2 && address.p[0] == '<' && address.p[address.n - 1] == '>';
    return has_brackets ? (str){address.p + 1, address.n - 2} : address;
}

static void add_rcpt(struct rspamc_request *q, str address)
{
    size_t n = q->envelope.rcpt_n;
    if (n == q->rcpts_cap) {
        size_t cap = n ? n * 2 : 4;
        str *rcpts = NEW_N(&q->arena, str, cap);
        if (rcpts == NULL)
            return;
        if (n)
            memcpy(rcpts, q->rcpts, n * sizeof *rcpts);
        q->rcpts = rcpts;
        q->rcpts_cap = cap;
        q->envelope.rcpts = rcpts;
    }
    q->rcpts[n] = arena_copy(&q->arena, without_brackets(address));
    q->envelope.rcpt_n++;
}

static str *place_of(struct session_envelope *e, str name)
{
    struct {
        str name;
        str *place;
    } known[] = {
        {S("Queue-Id"), &e->queue_id},    {S("From"), &e->mail_from}, {S("Helo"), &e->helo},
        {S("Hostname"), &e->client_name}, {S("IP"), &e->ip},          {S("User"), &e->auth_user},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq_nocase(name, known[i].name))
            return known[i].place;
    return NULL;
}

/* The first of each name counts. */
void request_pair(struct rspamc_request *q, str name, str value)
{
    str *place = place_of(&q->envelope, name);
    if (str_eq_nocase(name, S("Rcpt")))
        add_rcpt(q, value);
    else if (place && place->p == NULL)
        *place = arena_copy(&q->arena, str_eq(name, S("From")) ? without_brackets(value) : value);
}

/* ret  "Name:value CRLF" */
static str whole_field(struct rspamc_request *q, const struct edit *e)
{
    struct out o;
    out_init(&o, &q->arena);
    out_str(&o, e->name);
    out_byte(&o, ':');
    out_str(&o, e->value);
    out_z(&o, "\r\n");
    return out_done(&o);
}

static str numbered_name(struct rspamc_request *q, const struct edit *e)
{
    struct out o;
    out_init(&o, &q->arena);
    out_str(&o, e->name);
    out_byte(&o, ':');
    out_uint(&o, e->at);
    return out_done(&o);
}

/* Our fields among each other, as the edits put them; those that are there already all stay below. */
static size_t put_fields(struct rspamc_request *q, const struct decision *d, str *fields)
{
    size_t n = 0;
    for (size_t i = 0; i < d->edit_n; i++) {
        const struct edit *e = &d->edits[i];
        if (e->kind != EDIT_INSERT)
            continue;
        size_t at = e->at < n ? e->at : n;
        memmove(fields + at + 1, fields + at, (n - at) * sizeof *fields);
        fields[at] = whole_field(q, e);
        n++;
    }
    return n;
}

static bool is_results(const struct rspamc_request *q, const struct edit *e)
{
    return e->kind == EDIT_DELETE && str_eq_nocase(e->name, q->results.name);
}

static bool is_deleted(const struct rspamc_request *q, const struct decision *d, size_t nth)
{
    for (size_t i = 0; i < d->edit_n; i++)
        if (is_results(q, &d->edits[i]) && d->edits[i].at == nth)
            return true;
    return false;
}

/* What goes, and what of it has to come back. */
static void put_removed(struct rspamc_request *q, const struct decision *d, struct rspamc_answer *a)
{
    str *removed = NEW_N(&q->arena, str, d->edit_n);
    str *kept = NEW_N(&q->arena, str, RSPAMC_KEPT_MAX);
    bool has_results = false;
    if (removed == NULL || kept == NULL)
        return;
    for (size_t i = 0; i < d->edit_n; i++) {
        if (d->edits[i].kind != EDIT_DELETE)
            continue;
        has_results = has_results || is_results(q, &d->edits[i]);
        removed[a->removed_n++] = numbered_name(q, &d->edits[i]);
    }
    for (size_t nth = 1; has_results && nth <= q->results.n && nth <= RSPAMC_KEPT_MAX; nth++)
        if (!is_deleted(q, d, nth))
            kept[a->kept_n++] = rspamc_keep_field(&q->results, nth);
    a->removed = removed;
    a->kept = kept;
}

static str action_of(const struct decision *d)
{
    switch (d->does) {
    case INGAM_ACCEPT: return S("no action");
    case INGAM_QUARANTINE: return d->is_held ? S("quarantine") : S("add header");
    case INGAM_REJECT: return S("reject");
    case INGAM_DEFER: break;
    }
    return S("soft reject");
}

/* ret  false: it cannot be written */
static bool write_answer(struct rspamc_request *q, const struct decision *d, struct out *o)
{
    struct rspamc_answer a = {.action = action_of(d), .id = d->id};
    str *fields = NEW_N(&q->arena, str, d->edit_n);
    if (d->does == INGAM_REJECT || d->does == INGAM_DEFER) {
        a.code = d->code;
        a.enhanced = d->enhanced;
        a.text = d->text;
    } else if (fields) {
        a.field_n = put_fields(q, d, fields);
        a.fields = fields;
        put_removed(q, d, &a);
    }
    return rspamc_write(o, &a) && !q->arena.has_failed;
}

/* A stranger's mail that passes unmarked: what it says of itself goes. */
static void write_unmarked(const struct rspamc_request *q, const struct decision *d, struct out *o)
{
    struct rspamc_answer a = {.action = S("no action"),
                              .id = d->id,
                              .removed = &q->results.name,
                              .removed_n = q->results.n ? 1 : 0};
    rspamc_write(o, &a);
}

bool request_answer(struct rspamc_request *q, const struct conf *conf, const struct decision *d,
                    struct out *o)
{
    const struct decision *given = d;
    for (int i = 0; i < 2; i++, d = session_none(conf)) {
        o->n = 0;
        if (d->does == INGAM_ACCEPT && d->edit_n == 0 && !session_is_ours(conf, &q->envelope)) {
            write_unmarked(q, d, o);
            return d == given;
        }
        if (write_answer(q, d, o))
            return d == given;
    }
    return false;
}
