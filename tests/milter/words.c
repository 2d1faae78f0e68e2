/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind the backslash. */
static bool take_escape(cur *c, struct out *o)
{
    static const char letters[] = "rnt0\\\"";
    static const char bytes[] = "\r\n\t\0\\\"";
    if (cur_byte(c, 'x')) {
        if (c->end - c->p < 2 || digit(c->p[0]) < 0 || digit(c->p[1]) < 0)
            return false;
        out_byte(o, (uint8_t)(digit(c->p[0]) << 4 | digit(c->p[1])));
        c->p += 2;
        return true;
    }
    for (size_t i = 0; i < sizeof letters - 1; i++) {
        if (cur_byte(c, (uint8_t)letters[i])) {
            out_byte(o, (uint8_t)bytes[i]);
            return true;
        }
    }
    return false;
}

static bool take_word(cur *c, struct out *o)
{
    bool is_quoted = false;
    while (!cur_end(c) && (is_quoted || !cur_is(c, C_FWS))) {
        if (cur_byte(c, '"')) {
            is_quoted = !is_quoted;
        } else if (cur_byte(c, '\\')) {
            if (!take_escape(c, o))
                return false;
        } else {
            out_byte(o, *c->p++);
        }
    }
    return !is_quoted;
}

bool words_read(struct arena *a, str line, struct words *words)
{
    cur c = cur_of(line);
    words->n = 0;
    for (cur_run(&c, C_FWS); !cur_end(&c); cur_run(&c, C_FWS)) {
        struct out o;
        if (words->n == 0 && cur_at(&c, '#'))
            return true;
        out_init(&o, a);
        if (words->n == WORDS_MAX || !take_word(&c, &o))
            return false;
        words->list[words->n++] = out_done(&o);
    }
    return true;
}
