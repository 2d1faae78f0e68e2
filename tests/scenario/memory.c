/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <stdlib.h>

/* Stands before each piece, so that what comes back is known to be ours and how much it was. */
struct head {
    _Alignas(16) size_t n;
    size_t mark;
};
enum { MARK = 0x1e57ed };

static void *get(void *context, size_t n)
{
    struct memory *m = context;
    m->calls++;
    if (m->fail_at && (m->calls == m->fail_at || (m->fails_on && m->calls > m->fail_at)))
        return NULL;
    struct head *head = malloc(sizeof *head + n);
    if (head == NULL)
        return NULL;
    *head = (struct head){n, MARK};
    m->live++;
    m->bytes += n;
    if (m->bytes > m->peak)
        m->peak = m->bytes;
    return head + 1;
}

static void put(void *context, void *p)
{
    struct memory *m = context;
    struct head *head = (struct head *)p - 1;
    if (head->mark != MARK)
        abort();
    head->mark = 0;
    m->live--;
    m->bytes -= head->n;
    free(head);
}

struct ingam_alloc memory_alloc(struct memory *m)
{
    return (struct ingam_alloc){get, put, m};
}
