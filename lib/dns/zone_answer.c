/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to a zone: aliases are followed, wildcards stand for what is not there.      [RFC1034 4.3.2] [RFC4592] */
#include "dns/zone.h"

enum { ALIASES_MAX = 16 };

/* ret  the node that answers for the name: its own, or the wildcard below its closest encloser; NULL: no such name
 *                                                                                         [RFC4592 3.3.1] */
static const struct zone_node *answering(const struct ingam_zone *zone, str name)
{
    uint8_t wildcard[NAME_MAX + 2] = {'*', '.'};
    const struct zone_node *node = zone_find(zone, name);
    if (node && node->is_there)
        return node;
    do {
        name = name_parent(name);
        node = zone_find(zone, name);
        if (node && node->is_there)
            break;
    } while (name.n);
    if (name.n)
        memcpy(wildcard + 2, name.p, name.n);
    node = zone_find(zone, (str){wildcard, name.n ? name.n + 2 : 1});
    return node && node->is_there ? node : NULL;
}

static const struct zone_fault *fault_of(const struct ingam_zone *zone, str name, uint16_t type)
{
    const struct zone_node *node = zone_find(zone, name);
    const struct zone_fault *fault = node ? node->faults : NULL;
    while (fault && fault->type && fault->type != type)
        fault = fault->next;
    return fault;
}

/* How long it is known that something is not there: what the SOA above says; not at all without one.  [RFC2308 5] */
static uint32_t negative_ttl(const struct ingam_zone *zone, str name)
{
    for (;; name = name_parent(name)) {
        const struct zone_node *node = zone_find(zone, name);
        const struct zone_set *soa = node ? zone_set_of(node, INGAM_RR_SOA) : NULL;
        if (soa)
            return soa->negative_ttl;
        if (name.n == 0)
            return 0;
    }
}

static void keep_smallest(uint32_t *ttl, uint32_t other)
{
    if (other < *ttl)
        *ttl = other;
}

static void without_records(const struct ingam_zone *zone, str name, enum ingam_status status,
                            struct ingam_answer *out)
{
    out->status = status;
    keep_smallest(&out->ttl, negative_ttl(zone, name));
}

/* Makes the name that is asked of a name as it is written. ret false: too long to be one */
static bool ask_for(struct ingam_zone *zone, str text, str *name)
{
    if (text.n && text.p[text.n - 1] == '.')
        text.n--;
    if (text.n > NAME_MAX)
        return false;
    for (size_t i = 0; i < text.n; i++)
        zone->asked[i] = byte_lower(text.p[i]);
    *name = (str){zone->asked, text.n};
    return true;
}

/* Answers for one name of a chain of aliases.
 * ret  the alias to follow; NULL: answered */
static const struct zone_set *answer_at(const struct ingam_zone *zone, str name, uint16_t type,
                                        struct ingam_answer *out)
{
    const struct zone_fault *fault = fault_of(zone, name, type);
    if (fault) {
        out->status = fault->status;
        out->why = fault->why;
        out->ttl = 0;
        return NULL;
    }
    const struct zone_node *node = answering(zone, name);
    const struct zone_set *set = node ? zone_set_of(node, type) : NULL;
    const struct zone_set *alias = node && !set ? zone_set_of(node, INGAM_RR_CNAME) : NULL;
    if (alias) {
        keep_smallest(&out->ttl, alias->ttl);
        return alias;
    }
    if (!set) {
        without_records(zone, name, node ? INGAM_STATUS_NODATA : INGAM_STATUS_NXDOMAIN, out);
        return NULL;
    }
    out->status = INGAM_STATUS_OK;
    out->rrs = set->rrs;
    out->rr_n = set->n;
    keep_smallest(&out->ttl, set->ttl);
    return NULL;
}

void ingam_zone_answer(struct ingam_zone *zone, const struct ingam_question *q, struct ingam_answer *out)
{
    str name;
    *out = (struct ingam_answer){.id = q->id, .ttl = UINT32_MAX};
    if (!ask_for(zone, q->name, &name)) {
        without_records(zone, S(""), INGAM_STATUS_NXDOMAIN, out);
        return;
    }
    for (int i = 0; i <= ALIASES_MAX; i++) {
        const struct zone_set *alias = answer_at(zone, name, q->type, out);
        if (alias == NULL)
            return;
        if (!ask_for(zone, alias->rrs[0].data, &name))
            break;
    }
    out->status = INGAM_STATUS_FAILED;
    out->why = "CNAME loop";
    out->ttl = 0;
}

/* Counts lines and columns only when something is wrong. */
static void say_where(const struct zone_reader *r, struct ingam_zone_error *error)
{
    const uint8_t *line_start = r->text.p;
    *error = (struct ingam_zone_error){.line = 1, .expected = r->expected};
    for (const uint8_t *p = r->text.p; p < r->wrong; p++)
        if (*p == '\n') {
            error->line++;
            line_start = p + 1;
        }
    error->column = (size_t)(r->wrong - line_start) + 1;
}

struct ingam_zone *ingam_zone_new(const struct ingam_alloc *alloc, ingam_str text,
                                  struct ingam_zone_error *error)
{
    struct ingam_zone_error unused;
    struct ingam_zone *zone = alloc_get(alloc, sizeof *zone);
    if (error == NULL)
        error = &unused;
    *error = (struct ingam_zone_error){0};
    if (zone == NULL)
        return NULL;
    *zone = (struct ingam_zone){0};
    arena_init(&zone->arena, alloc, ZONE_MEMORY_MAX);
    struct zone_reader r = {.zone = zone, .text = text};
    if (zone_read(&r))
        return zone;
    if (r.expected && !zone->arena.has_failed)
        say_where(&r, error);
    ingam_zone_free(zone);
    return NULL;
}

void ingam_zone_free(struct ingam_zone *zone)
{
    if (zone == NULL)
        return;
    struct ingam_alloc alloc = zone->arena.alloc;
    alloc_put(&alloc, zone->buckets);
    arena_free(&zone->arena);
    alloc_put(&alloc, zone);
}
