/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/zone.h"

enum { FIRST_BUCKETS = 64, FIRST_RRS = 2 };

static uint32_t hash_of(str name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ name.p[i]) * 16777619u;
    return hash;
}

static struct zone_node *find(const struct ingam_zone *zone, str name, uint32_t hash)
{
    if (zone->bucket_n == 0)
        return NULL;
    struct zone_node *node = zone->buckets[hash & (zone->bucket_n - 1)];
    while (node && (node->hash != hash || !str_eq(node->name, name)))
        node = node->next;
    return node;
}

struct zone_node *zone_find(const struct ingam_zone *zone, str name)
{
    return find(zone, name, hash_of(name));
}

static void into_bucket(struct zone_node **buckets, size_t bucket_n, struct zone_node *node)
{
    struct zone_node **bucket = &buckets[node->hash & (bucket_n - 1)];
    node->next = *bucket;
    *bucket = node;
}

static bool grow(struct ingam_zone *zone)
{
    size_t bucket_n = zone->bucket_n ? zone->bucket_n * 2 : FIRST_BUCKETS;
    struct zone_node **buckets = alloc_get(&zone->arena.alloc, bucket_n * sizeof(struct zone_node *));
    if (buckets == NULL)
        return false;
    memset(buckets, 0, bucket_n * sizeof(struct zone_node *));
    for (size_t i = 0; i < zone->bucket_n; i++)
        for (struct zone_node *node = zone->buckets[i], *next; node; node = next) {
            next = node->next;
            into_bucket(buckets, bucket_n, node);
        }
    alloc_put(&zone->arena.alloc, zone->buckets);
    zone->buckets = buckets;
    zone->bucket_n = bucket_n;
    return true;
}

/* in   name  lives as long as the zone */
static struct zone_node *add_node(struct ingam_zone *zone, str name, uint32_t hash)
{
    if (zone->node_n >= zone->bucket_n && !grow(zone))
        return NULL;
    struct zone_node *node = NEW(&zone->arena, struct zone_node);
    if (node == NULL)
        return NULL;
    node->name = name;
    node->hash = hash;
    into_bucket(zone->buckets, zone->bucket_n, node);
    zone->node_n++;
    return node;
}

struct zone_node *zone_node(struct ingam_zone *zone, str name)
{
    uint32_t hash = hash_of(name);
    struct zone_node *node = find(zone, name, hash);
    if (node)
        return node;
    str copy = arena_copy(&zone->arena, name);
    return copy.p ? add_node(zone, copy, hash) : NULL;
}

/* All names above an existing one exist: they are the empty non-terminals. Where one exists already, all above it do.
 *                                                                                              [RFC4592 2.2.2] */
bool zone_exists(struct ingam_zone *zone, struct zone_node *node)
{
    while (!node->is_there) {
        str above = name_parent(node->name);
        uint32_t hash = hash_of(above);
        node->is_there = true;
        if (node->name.n == 0)
            return true;
        node = find(zone, above, hash);
        if (node == NULL)
            node = add_node(zone, above, hash);
        if (node == NULL)
            return false;
    }
    return true;
}

const struct zone_set *zone_set_of(const struct zone_node *node, uint16_t type)
{
    const struct zone_set *set = node->sets;
    while (set && set->type != type)
        set = set->next;
    return set;
}

struct zone_set *zone_set_for(struct ingam_zone *zone, struct zone_node *node, uint16_t type)
{
    struct zone_set *set = node->sets;
    while (set && set->type != type)
        set = set->next;
    if (set)
        return set;
    set = NEW(&zone->arena, struct zone_set);
    if (set == NULL)
        return NULL;
    set->type = type;
    set->ttl = UINT32_MAX;
    set->next = node->sets;
    node->sets = set;
    return set;
}

static bool make_room(struct ingam_zone *zone, struct zone_set *set)
{
    if (set->n < set->cap)
        return true;
    size_t cap = set->cap ? set->cap * 2 : FIRST_RRS;
    struct ingam_rr *rrs = NEW_N(&zone->arena, struct ingam_rr, cap);
    if (rrs == NULL)
        return false;
    if (set->n)
        memcpy(rrs, set->rrs, set->n * sizeof *rrs);
    set->rrs = rrs;
    set->cap = cap;
    return true;
}

enum zone_added zone_add(struct ingam_zone *zone, struct zone_set *set, const struct ingam_rr *rr)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->rrs[i].preference == rr->preference && str_eq(set->rrs[i].data, rr->data))
            return ZONE_ADDED;
    if (set->n == ZONE_SET_MAX)
        return ZONE_TOO_MANY;
    if (!make_room(zone, set))
        return ZONE_NO_MEMORY;
    set->rrs[set->n++] = *rr;
    return ZONE_ADDED;
}
