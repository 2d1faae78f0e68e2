/* SPDX-License-Identifier: BSD-2-Clause */
/* milter-peer: plays a mail server from a script; README.md tells the language.
 *
 *   wire.c   the connection: bytes out, answers in        words.c   a line -> words
 *   play.c   commands -> packets, answers -> lines         peer.c    the arguments, the script's lines */
#ifndef TESTS_MILTER_PEER_H
#define TESTS_MILTER_PEER_H

#include "milter/client.h"

#include <stdio.h>

/* --- wire.c --- */
struct wire {
    int fd; /* -1: none */
    int timeout_ms;
    bool is_closed; /* by the other side */
    uint8_t *bytes; /* came and not taken: from `at` to `n` */
    size_t at, n, cap;
};
bool wire_open(struct wire *w, const char *address);
void wire_close(struct wire *w);
/* Sends all, and keeps what comes meanwhile.
 * ret  false: the other side is gone or takes nothing within the timeout */
bool wire_send(struct wire *w, str bytes);
/* Waits for the next answer; its slices live until the next call of anything here.
 * ret  MORE: nothing came in time, or the connection ended (is_closed) */
enum milter_answer_kind wire_next(struct wire *w, struct milter_answer *answer);
/* Passes over what came. */
void wire_drop(struct wire *w);
/* Passes over what comes until the other side ends. ret false: it does not within the timeout */
bool wire_ends(struct wire *w);

/* --- words.c --- */
enum { WORDS_MAX = 64 };
struct words {
    str list[WORDS_MAX];
    size_t n;
};
/* Cuts a line; escapes are undone in memory of `a`. ret false: a quotation mark or an escape that is not right */
bool words_read(struct arena *a, str line, struct words *words);

/* --- play.c --- */
enum played {
    PLAYED,
    PLAYED_OTHER, /* an expectation was disappointed */
    PLAYED_LOST,  /* no connection, no answer */
    PLAYED_WRONG  /* the script is wrong */
};
enum { EDITS_MAX = 512 };
struct peer {
    struct wire wire;
    const char *address;
    FILE *to;            /* what comes back is told here; NULL: nowhere */
    struct arena memory; /* of one line */
    struct arena kept;   /* of the last reply and its edits */
    uint32_t options;    /* what was agreed on */
    bool does_not_wait;
    struct milter_answer last, edits[EDITS_MAX];
    size_t edit_n;
    char why[256];
};
enum played peer_play(struct peer *p, const struct words *words);

#endif
