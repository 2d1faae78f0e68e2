/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/source_face.h"

enum ingam_err source_ask(struct source *s, const struct ingam_question *q)
{
    return s->face->ask(s, q);
}

bool source_wait(struct source *s, uint64_t deadline_ms, struct ingam_answer *a)
{
    return s->face->wait(s, deadline_ms, a);
}

size_t source_open_n(const struct source *s)
{
    return s->face->open_n(s);
}

void source_forget(struct source *s)
{
    s->face->forget(s);
}

void source_close(struct source *s)
{
    if (s)
        s->face->close(s);
}
