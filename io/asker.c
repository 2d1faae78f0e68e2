/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/asker_inside.h"

#include "io/clock.h"

#include <stdio.h>
#include <stdlib.h>

static void append(struct askings *list, struct asking *g)
{
    g->before = list->last;
    g->next = NULL;
    if (list->last)
        list->last->next = g;
    else
        list->first = g;
    list->last = g;
    list->n++;
    g->in = list;
}

static void take_out(struct asking *g)
{
    struct askings *list = g->in;
    if (g->before)
        g->before->next = g->next;
    else
        list->first = g->next;
    if (g->next)
        g->next->before = g->before;
    else
        list->last = g->before;
    list->n--;
    g->in = NULL;
}

static struct asking *take_first(struct askings *list)
{
    struct asking *g = list->first;
    list->first = g->next;
    if (g->next)
        g->next->before = NULL;
    else
        list->last = NULL;
    list->n--;
    g->in = NULL;
    return g;
}

static void drop(struct asking *g)
{
    arena_free(&g->arena);
    free(g);
}

/* Nobody waits for it any more. */
static void let_go(struct asking *g)
{
    if (g->in)
        take_out(g);
    if (g->is_out)
        append(&g->asker->lost, g);
    else
        drop(g);
}

/* The timer stands at the deadline of the first open question, or before: all have the same time, so the first of the
 * list is the first to be due. */
static void set_timer(struct asker *a, uint64_t now_us)
{
    uint64_t due_us = a->open.first->asked_us + a->question_us;
    uint64_t left_us = due_us > now_us ? due_us - now_us : 0;
    struct timeval wait = {(time_t)(left_us / 1000000), (suseconds_t)(left_us % 1000000)};
    evtimer_add(a->expire, &wait);
}

static void expire(evutil_socket_t fd, short what, void *context)
{
    struct asker *a = context;
    uint64_t now_us = clock_now_us();
    (void)fd;
    (void)what;
    while (a->open.first && a->open.first->asked_us + a->question_us <= now_us) {
        a->counts.timed_out++;
        asker_fail(a->open.first, "timeout");
    }
    if (a->open.first)
        set_timer(a, now_us);
}

/* The answer of a zone is made when it is given: its slices live until the zone's next answer. */
static void answer(struct asking *g)
{
    struct asker *a = g->asker;
    if (a->zone)
        ingam_zone_answer(a->zone, &g->question, &g->answer);
    if (g->answer.status == INGAM_STATUS_FAILED)
        a->counts.failed++;
    g->answered(g->context, &g->answer);
    let_go(g);
}

/* Calls back for those that are ready now; what becomes ready meanwhile has its turn after others had theirs. */
static void serve(evutil_socket_t fd, short what, void *context)
{
    struct asker *a = context;
    (void)fd;
    (void)what;
    for (size_t n = a->ready.n; n && a->ready.first; n--)
        answer(take_first(&a->ready));
    if (a->ready.first)
        event_add(a->serve, &(struct timeval){0, 0});
}

void asker_ready(struct asking *g)
{
    struct asker *a = g->asker;
    a->counts.waited_us += clock_now_us() - g->asked_us;
    take_out(g);
    append(&a->ready, g);
    if (a->ready.n == 1)
        event_add(a->serve, &(struct timeval){0, 0});
}

void asker_fail(struct asking *g, const char *why)
{
    g->answer = (struct ingam_answer){.id = g->question.id, .status = INGAM_STATUS_FAILED, .why = why};
    asker_ready(g);
}

bool asker_landed(struct asking *g)
{
    struct asker *a = g->asker;
    g->is_out = false;
    if (g->in == &a->lost)
        let_go(g);
    else if (g->in == &a->open)
        return true;
    return false;
}

static void send_question(struct asking *g)
{
    struct asker *a = g->asker;
    if (a->zone)
        asker_ready(g);
    else if (a->open.n + a->lost.n > ASKER_OPEN_MAX)
        asker_fail(g, "too many questions at once");
    else
        asker_unbound_send(g);
    if (a->open.first && !evtimer_pending(a->expire, NULL))
        set_timer(a, g->asked_us);
}

struct asking *asker_ask(struct asker *a, const struct ingam_question *q, asker_answered answered,
                         void *context)
{
    struct asking *g = malloc(sizeof *g);
    if (g == NULL)
        return NULL;
    memset(g, 0, offsetof(struct asking, name));
    g->asker = a;
    g->question = (struct ingam_question){q->id, q->type, str_first(q->name, NAME_MAX)};
    if (g->question.name.n)
        memcpy(g->name, q->name.p, g->question.name.n);
    g->question.name.p = g->name;
    g->answered = answered;
    g->context = context;
    g->asked_us = clock_now_us();
    arena_init(&g->arena, NULL, ASKER_ANSWER_MEMORY);
    arena_lend(&g->arena, g->memory, sizeof g->memory);
    a->counts.asked++;
    append(&a->open, g);
    if (q->name.n > NAME_MAX)
        asker_fail(g, "name too long");
    else
        send_question(g);
    return g;
}

void asker_cancel(struct asking *g)
{
    if (g)
        let_go(g);
}

const struct asker_counts *asker_counts(const struct asker *a)
{
    return &a->counts;
}

struct asker *asker_new(struct event_base *base, struct source_error *error)
{
    struct asker *a = calloc(1, sizeof *a);
    if (a) {
        a->serve = evtimer_new(base, serve, a);
        a->expire = evtimer_new(base, expire, a);
    }
    if (a && a->serve && a->expire)
        return a;
    snprintf(error->text, sizeof error->text, "resolver: no memory");
    asker_close(a);
    return NULL;
}

static void drop_all(struct askings *list)
{
    while (list->first)
        drop(take_first(list));
}

void asker_close(struct asker *a)
{
    if (a == NULL)
        return;
    asker_unbound_close(a);
    drop_all(&a->open);
    drop_all(&a->ready);
    drop_all(&a->lost);
    ingam_zone_free(a->zone);
    if (a->serve)
        event_free(a->serve);
    if (a->expire)
        event_free(a->expire);
    free(a);
}
