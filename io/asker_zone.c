/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/asker_inside.h"

#include <stdio.h>

bool asker_set_zone(struct asker *a, const char *name, ingam_str text, struct source_error *error)
{
    struct ingam_zone_error where = {0};
    struct ingam_zone *zone = ingam_zone_new(NULL, text, &where);
    if (zone) {
        ingam_zone_free(a->zone);
        a->zone = zone;
    } else if (where.line) {
        snprintf(error->text, sizeof error->text, "%s:%zu:%zu: expected %s", name, where.line, where.column,
                 where.expected);
    } else {
        snprintf(error->text, sizeof error->text, "%s: no memory for this zone", name);
    }
    return zone != NULL;
}

struct asker *asker_open_zone(struct event_base *base, const char *name, ingam_str text,
                              struct source_error *error)
{
    struct asker *a = asker_new(base, error);
    if (a == NULL || asker_set_zone(a, name, text, error))
        return a;
    asker_close(a);
    return NULL;
}
