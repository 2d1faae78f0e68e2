/* SPDX-License-Identifier: BSD-2-Clause */
/* A small message and the keys that seal it, for tests of what is sealed and of what is refused. */
#ifndef TESTS_SEAL_WORLD_H
#define TESTS_SEAL_WORLD_H

#include "tests/unit/arc_world.h"

static struct signer signer;

#define FIELDS  "From: a@author.example\r\nTo: b@rcpt.example\r\nSubject: hello\r\n"
#define MESSAGE FIELDS "\r\nbody\r\n"

/* Seals, into the arena. ret  the sealed message */
static inline str sealed(struct arena *a, struct sealing *g, str message)
{
    struct out o;
    out_init(&o, a);
    assert_true(seal_message(&signer, g, message, &o));
    return out_done(&o);
}

static inline int make_signer(void **state)
{
    (void)state;
    return signer_init(&signer) ? 0 : -1;
}

static inline int free_signer(void **state)
{
    (void)state;
    signer_free(&signer);
    return 0;
}

#endif
