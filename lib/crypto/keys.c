/* SPDX-License-Identifier: BSD-2-Clause */
/* The key cache. A record is known by its SHA-256, so that an entry has a fixed size whatever a domain publishes, and
 * nobody can make many records fall into one bucket cheaply. Entries stand in one array; the numbers in it make two lists:
 * one for each bucket, and one of all from the newest to the oldest use. */
#include "crypto/crypto.h"

enum { NOBODY = UINT32_MAX, CAPACITY_MAX = 1 << 20 };

struct entry {
    uint8_t id[32];
    struct public_key *key;
    uint32_t in_bucket; /* the next one of the same bucket */
    uint32_t newer, older;
};

struct ingam_keys {
    struct ingam_alloc alloc;
    struct entry *entries;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t n, capacity;
    uint32_t newest, oldest;
};

static uint32_t power_of_two(uint32_t least)
{
    uint32_t n = 1;
    while (n < least)
        n *= 2;
    return n;
}

struct ingam_keys *ingam_keys_new(const struct ingam_alloc *alloc, size_t capacity)
{
    uint32_t cap = capacity > CAPACITY_MAX ? CAPACITY_MAX : capacity < 1 ? 1 : (uint32_t)capacity;
    uint32_t buckets = power_of_two(cap);
    struct ingam_keys *keys = alloc_get(alloc, sizeof *keys);
    if (keys == NULL)
        return NULL;
    *keys =
        (struct ingam_keys){.bucket_mask = buckets - 1, .capacity = cap, .newest = NOBODY, .oldest = NOBODY};
    if (alloc)
        keys->alloc = *alloc;
    keys->entries = alloc_get(alloc, cap * sizeof *keys->entries);
    keys->buckets = alloc_get(alloc, buckets * sizeof *keys->buckets);
    if (keys->entries == NULL || keys->buckets == NULL) {
        ingam_keys_free(keys);
        return NULL;
    }
    memset(keys->buckets, 0xff, buckets * sizeof *keys->buckets);
    return keys;
}

void ingam_keys_free(struct ingam_keys *keys)
{
    if (keys == NULL)
        return;
    struct ingam_alloc alloc = keys->alloc;
    for (uint32_t i = 0; keys->entries && i < keys->n; i++)
        public_key_free(keys->entries[i].key);
    alloc_put(&alloc, keys->entries);
    alloc_put(&alloc, keys->buckets);
    alloc_put(&alloc, keys);
}

static uint32_t *bucket_of(struct ingam_keys *keys, const uint8_t id[32])
{
    uint32_t at = 0;
    memcpy(&at, id, sizeof at);
    return &keys->buckets[at & keys->bucket_mask];
}

static uint32_t find(struct ingam_keys *keys, const uint8_t id[32])
{
    uint32_t at = *bucket_of(keys, id);
    while (at != NOBODY && memcmp(keys->entries[at].id, id, 32) != 0)
        at = keys->entries[at].in_bucket;
    return at;
}

static void leave_order(struct ingam_keys *keys, const struct entry *e)
{
    *(e->newer == NOBODY ? &keys->newest : &keys->entries[e->newer].older) = e->older;
    *(e->older == NOBODY ? &keys->oldest : &keys->entries[e->older].newer) = e->newer;
}

static void become_newest(struct ingam_keys *keys, uint32_t at)
{
    struct entry *e = &keys->entries[at];
    e->newer = NOBODY;
    e->older = keys->newest;
    *(e->older == NOBODY ? &keys->oldest : &keys->entries[e->older].newer) = at;
    keys->newest = at;
}

static void leave_bucket(struct ingam_keys *keys, uint32_t at)
{
    uint32_t *link = bucket_of(keys, keys->entries[at].id);
    while (*link != at)
        link = &keys->entries[*link].in_bucket;
    *link = keys->entries[at].in_bucket;
}

/* ret  an entry that is in neither list: a new one, or the one that was longest unused */
static uint32_t take_entry(struct ingam_keys *keys)
{
    if (keys->n < keys->capacity)
        return keys->n++;
    uint32_t at = keys->oldest;
    leave_order(keys, &keys->entries[at]);
    leave_bucket(keys, at);
    public_key_free(keys->entries[at].key);
    return at;
}

struct public_key *keys_get(struct ingam_keys *keys, str record)
{
    uint8_t id[32];
    sha256_of(record, id);
    uint32_t at = find(keys, id);
    if (at == NOBODY)
        return NULL;
    if (at != keys->newest) {
        leave_order(keys, &keys->entries[at]);
        become_newest(keys, at);
    }
    public_key_keep(keys->entries[at].key);
    return keys->entries[at].key;
}

void keys_add(struct ingam_keys *keys, str record, struct public_key *key)
{
    uint8_t id[32];
    sha256_of(record, id);
    if (find(keys, id) != NOBODY)
        return;
    uint32_t at = take_entry(keys);
    uint32_t *bucket = bucket_of(keys, id);
    keys->entries[at] = (struct entry){.key = key, .in_bucket = *bucket};
    memcpy(keys->entries[at].id, id, sizeof id);
    *bucket = at;
    become_newest(keys, at);
    public_key_keep(key);
}
