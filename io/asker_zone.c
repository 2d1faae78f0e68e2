/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/asker_inside.h"

#include <stdio.h>

struct asker *asker_open_zone(struct event_base *base, const char *name, ingam_str text,
                              struct source_error *error)
{
    struct ingam_zone_error where = {0};
    struct asker *a = asker_new(base, error);
    if (a == NULL)
        return NULL;
    a->zone = ingam_zone_new(NULL, text, &where);
    if (a->zone)
        return a;
    if (where.line)
        snprintf(error->text, sizeof error->text, "%s:%zu:%zu: expected %s", name, where.line, where.column,
                 where.expected);
    else
        snprintf(error->text, sizeof error->text, "%s: no memory for this zone", name);
    asker_close(a);
    return NULL;
}
