/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the milter room share: streams put together letter by letter, and events told as text. */
#ifndef MILTER_WORLD_H
#define MILTER_WORLD_H

#include "milter/client.h"
#include "milter/milter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static unsigned wrong_n;

static int set_up(void **state)
{
    (void)state;
    wrong_n = 0;
    arena_init(&arena, NULL, 1 << 26);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static inline void same(const char *about, str got, str want)
{
    if (str_eq(got, want))
        return;
    print_error("%s: got \"%.*s\", wanted \"%.*s\"\n", about, (int)got.n, (const char *)got.p, (int)want.n,
                (const char *)want.p);
    wrong_n++;
}

enum { ALL_ACTIONS = 0x1ff, ALL_OPTIONS = 0x1fffff };
#define ADD (MILTER_ADD_FIELD | MILTER_CHANGE_FIELD)

/* The first packet of a mail server that offers everything. */
static inline void put_options(struct out *o)
{
    milter_client_options(o, 6, ALL_ACTIONS, ALL_OPTIONS);
}

/* A right packet for a command letter: "x" is none. */
static inline void put_letter(struct out *o, char letter)
{
    static const struct {
        char letter;
        str data;
    } packets[] = {
        {'C', S_INIT("mx.example\0"
                     "4\x00\x19"
                     "192.0.2.1\0")},
        {'D', S_INIT("Ri\0Q1\0")},
        {'m', S_INIT("Mi\0Q1\0")},
        {'H', S_INIT("mx.example\0")},
        {'L', S_INIT("A\0 b\0")},
        {'M', S_INIT("<a@x.example>\0SIZE=1\0")},
        {'R', S_INIT("<b@x.example>\0")},
        {'B', S_INIT("text\r\n")},
        {'U', S_INIT("HALP\0")},
    };
    if (letter == 'O') {
        put_options(o);
        return;
    }
    str data = S("");
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        if (packets[i].letter == letter)
            data = packets[i].data;
    }
    milter_client_packet(o, (uint8_t)(letter == 'm' ? 'D' : letter), data);
}

static inline str letters(const char *text)
{
    struct out o;
    out_init(&o, &arena);
    for (; *text; text++)
        put_letter(&o, *text);
    return out_done(&o);
}

/* Writes text with each NUL as "^". */
static inline void put_shown(struct out *o, str s)
{
    for (size_t i = 0; i < s.n; i++)
        out_byte(o, s.p[i] ? s.p[i] : '^');
}

static inline char letter_of(enum milter_event_kind kind)
{
    return ".!ODCHMRTLNBEAUKQ"[kind];
}

/* Tells an event: its letter, "+" where a reply is due, and what it shows. */
static inline void put_event(struct out *o, const struct milter *m, const struct milter_event *e)
{
    out_byte(o, (uint8_t)letter_of(e->kind));
    if (e->kind == MILTER_BAD)
        out_z(o, milter_fault_name(m->fault));
    if (e->has_reply)
        out_byte(o, '+');
    if (e->kind == MILTER_CONNECT) {
        out_byte(o, e->family);
        put_shown(o, e->address);
        out_byte(o, ':');
        out_uint(o, e->port);
    }
    if (e->kind == MILTER_MACROS) {
        out_byte(o, e->for_command);
        out_uint(o, (uint64_t)e->for_stage);
    }
    out_byte(o, '(');
    put_shown(o, e->name);
    out_byte(o, '|');
    put_shown(o, e->value);
    out_byte(o, ')');
}

#endif
