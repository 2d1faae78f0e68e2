/* SPDX-License-Identifier: BSD-2-Clause */
/* The milter protocol: slices lie in the packet taken, each event takes one packet or says that a message is over, nothing
 * comes after a fault, pieces give the same events as the whole, what the mail server's side writes for an event is read as that
 * event, and it reads what is written about it. */
#include "milter/client.h"

#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool lies_in(str s, const uint8_t *from, const uint8_t *to)
{
    return s.n == 0 || (s.p >= from && s.p + s.n <= to);
}

static bool same_event(const struct milter_event *a, const struct milter_event *b)
{
    return a->kind == b->kind && a->has_reply == b->has_reply && str_eq(a->name, b->name) &&
           str_eq(a->value, b->value) && str_eq(a->address, b->address) && a->port == b->port &&
           a->family == b->family && a->for_stage == b->for_stage && a->for_command == b->for_command;
}

/* Takes the next event and looks at what holds for each. */
static enum milter_event_kind take(struct milter *m, str *input, struct milter_event *e)
{
    str before = *input;
    enum milter_event_kind kind = milter_next(m, input, e);
    must(kind == e->kind && (kind == MILTER_BAD) == (m->fault != MILTER_FAULT_NONE));
    if (kind == MILTER_MORE || kind == MILTER_BAD || input->n == before.n) {
        must(input->p == before.p && input->n == before.n && e->name.n == 0 && e->value.n == 0);
        must(kind <= MILTER_BAD || kind == MILTER_ABORT);
        return kind;
    }
    must(before.n - input->n >= 5 && input->p + input->n == before.p + before.n);
    must(lies_in(e->name, before.p + 5, input->p) && lies_in(e->value, before.p + 5, input->p) &&
         lies_in(e->address, before.p + 5, input->p));
    return kind;
}

/* The mail server reads what is written with parts of an event. */
static void write_edits(struct arena *a, const struct milter *m, const struct milter_event *e)
{
    struct out o;
    struct milter_answer answer;
    unsigned n = 0;
    out_init(&o, a);
    n += milter_write_insert(&o, m, (uint32_t)e->value.n, e->name, e->value);
    n += milter_write_add(&o, m, e->name, e->value);
    n += milter_write_change(&o, m, (uint32_t)e->name.n, e->name, e->value);
    n += milter_write_quarantine(&o, m, e->value);
    n += milter_write_reply(&o, 550, S("5.7.1"), e->value);
    milter_write(&o, m, MILTER_REPLY_SKIP);
    str input = out_done(&o);
    for (; n; n--) {
        must(milter_client_next(&input, &answer) > MILTER_ANSWER_PROGRESS ||
             answer.kind == MILTER_ANSWER_REPLY);
        must(answer.name.n == 0 || str_eq(answer.name, e->name));
        must(str_find(answer.value, '\r') == answer.value.n);
    }
    must(milter_answer_is_reply(milter_client_next(&input, &answer)) && input.n == 0);
}

/* Writes the event as a mail server does, and reads it in a session that stands at the same place. */
static void write_again(struct arena *a, struct milter before, const struct milter *after,
                        const struct milter_event *e)
{
    struct out o;
    struct milter_event again;
    out_init(&o, a);
    if (e->kind == MILTER_NEGOTIATED)
        milter_client_options(&o, after->version, after->actions, after->options);
    else
        must(milter_client_write(&o, e));
    str input = out_done(&o);
    must(take(&before, &input, &again) == e->kind && input.n == 0);
    /* A path may lose a second pair of brackets. */
    if (e->kind != MILTER_MAIL && e->kind != MILTER_RCPT)
        must(same_event(e, &again));
    must(before.stage == after->stage && before.options == after->options &&
         before.fields_n == after->fields_n);
}

static void check_options(struct arena *a, const struct milter *m, str offer)
{
    struct out o;
    struct milter_answer answer;
    out_init(&o, a);
    milter_write_options(&o, m);
    str input = out_done(&o);
    must(milter_client_next(&input, &answer) == MILTER_ANSWER_OPTIONS && input.n == 0);
    for (size_t i = 0; i < 8; i++) {
        uint32_t bits = i < 4 ? answer.actions >> (24 - 8 * i) : answer.options >> (24 - 8 * (i - 4));
        must((bits & 0xff & ~offer.p[9 + i]) == 0);
    }
}

/* Reads the same bytes as they come one by one, a step behind the reader of the whole.
 * in   there  bytes that came by now */
static void follow(struct milter *slow, str all, size_t *taken, size_t *there,
                   const struct milter_event *want)
{
    struct milter_event e;
    for (;;) {
        str input = str_first(str_from(all, *taken), *there - *taken);
        enum milter_event_kind kind = take(slow, &input, &e);
        *taken = *there - input.n;
        if (kind != MILTER_MORE || *there == all.n)
            break;
        ++*there;
    }
    must(same_event(&e, want));
}

static const struct milter_wants wants[] = {
    {.actions = 0x31, .options = 0x1fffff, .macros = {[MILTER_AT_MAIL] = S_INIT("i {auth_authen}")}},
    {.actions = 0x11,
     .options = 0x100400,
     .packet_max = 64,
     .fields_max = 2,
     .macros_max = 2,
     .rcpts_max = 2},
    {.actions = 0x11, .options = 0x100400},
    {.actions = 0x31, .options = 0x4a},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena a;
    struct milter m, slow;
    struct milter_event e;
    str all = {data + 1, size - 1}, input = all;
    size_t taken = 0, there = 0;
    milter_init(&m, &wants[data[0] % 4]);
    milter_init(&slow, &wants[data[0] % 4]);
    do {
        struct milter before = m;
        str at = input;
        take(&m, &input, &e);
        follow(&slow, all, &taken, &there, &e);
        arena_init(&a, NULL, (size_t)1 << 28);
        if (e.kind == MILTER_NEGOTIATED)
            check_options(&a, &m, at);
        if (e.kind > MILTER_BAD && input.n < at.n)
            write_again(&a, before, &m, &e);
        if (e.kind > MILTER_BAD)
            write_edits(&a, &m, &e);
        arena_free(&a);
    } while (e.kind > MILTER_BAD);
    must(milter_next(&m, &input, &e) == (m.fault ? MILTER_BAD : MILTER_MORE));
    return 0;
}
