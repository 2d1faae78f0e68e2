/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/clock.h"
#include "io/resolver_inside.h"

#include <poll.h>
#include <stdlib.h>

static void append(struct flights *list, struct flight *f)
{
    f->next = NULL;
    if (list->last)
        list->last->next = f;
    else
        list->first = f;
    list->last = f;
    list->n++;
}

static void take_out(struct flights *list, struct flight *f)
{
    struct flight *before = NULL;
    for (struct flight *at = list->first; at != f; at = at->next)
        before = at;
    if (before)
        before->next = f->next;
    else
        list->first = f->next;
    if (list->last == f)
        list->last = before;
    list->n--;
}

static void drop(struct flight *f)
{
    if (f == NULL)
        return;
    ub_resolve_free(f->result);
    free(f->rrs);
    free(f->bytes);
    free(f);
}

static void drop_all(struct flights *list)
{
    while (list->first) {
        struct flight *f = list->first;
        take_out(list, f);
        drop(f);
    }
}

/* Called from ub_process only. */
static void landed(void *context, int err, struct ub_result *result)
{
    struct flight *f = context;
    f->result = result;
    if (err != 0 || result == NULL)
        f->failed = ub_strerror(err);
    take_out(&f->resolver->open, f);
    append(&f->resolver->answered, f);
}

static void fails(struct flight *f, const char *why)
{
    f->failed = why;
    append(&f->resolver->answered, f);
}

static enum ingam_err ask(struct source *s, const struct ingam_question *q)
{
    struct resolver *r = (struct resolver *)s;
    char name[WIRE_TEXT_SIZE];
    if (q->name.n > NAME_MAX)
        return INGAM_ERR_ARGUMENT;
    struct flight *f = calloc(1, sizeof *f);
    if (f == NULL)
        return INGAM_ERR_MEMORY;
    *f = (struct flight){
        .resolver = r, .id = q->id, .type = q->type, .deadline_ms = clock_now_ms() + r->question_ms};
    resolver_write_name(q->name, name);
    int rc = ub_resolve_async(r->ctx, name, q->type, 1, f, landed, &f->async_id);
    if (rc == 0)
        append(&r->open, f);
    else
        fails(f, ub_strerror(rc));
    return INGAM_OK;
}

/* Fails what has waited too long. Questions are in the order of asking, so the first one's deadline is the nearest. */
static void expire(struct resolver *r, uint64_t now_ms)
{
    while (r->open.first && r->open.first->deadline_ms <= now_ms) {
        struct flight *f = r->open.first;
        ub_cancel(r->ctx, f->async_id);
        take_out(&r->open, f);
        fails(f, "timeout");
    }
}

/* Waits for the pipe, at most to the nearest deadline. ret false: the caller's is over */
static bool wait_more(struct resolver *r, uint64_t deadline_ms)
{
    struct pollfd pipe = {.fd = ub_fd(r->ctx), .events = POLLIN};
    uint64_t now_ms = clock_now_ms();
    uint64_t until_ms = r->open.first->deadline_ms < deadline_ms ? r->open.first->deadline_ms : deadline_ms;
    uint64_t left_ms = until_ms > now_ms ? until_ms - now_ms : 0;
    if (poll(&pipe, 1, left_ms < 60000 ? (int)left_ms : 60000) > 0)
        ub_process(r->ctx);
    now_ms = clock_now_ms();
    expire(r, now_ms);
    return now_ms < deadline_ms;
}

static bool wait_for(struct source *s, uint64_t deadline_ms, struct ingam_answer *a)
{
    struct resolver *r = (struct resolver *)s;
    drop(r->given);
    r->given = NULL;
    while (r->answered.n == 0 && r->open.n > 0)
        if (!wait_more(r, deadline_ms))
            break;
    if (r->answered.n == 0)
        return false;
    r->given = r->answered.first;
    take_out(&r->answered, r->given);
    resolver_answer(r->given, a);
    return true;
}

static size_t open_n(const struct source *s)
{
    const struct resolver *r = (const struct resolver *)s;
    return r->open.n + r->answered.n;
}

static void forget(struct source *s)
{
    struct resolver *r = (struct resolver *)s;
    for (struct flight *f = r->open.first; f; f = f->next)
        ub_cancel(r->ctx, f->async_id);
    drop_all(&r->open);
    drop_all(&r->answered);
    drop(r->given);
    r->given = NULL;
}

static void close_resolver(struct source *s)
{
    struct resolver *r = (struct resolver *)s;
    forget(s);
    ub_ctx_delete(r->ctx);
    free(r);
}

const struct source_face resolver_face = {ask, wait_for, open_n, forget, close_resolver};
