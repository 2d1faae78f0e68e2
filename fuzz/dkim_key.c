/* SPDX-License-Identifier: BSD-2-Clause */
/* Any key record, for both kinds of signature: a key or a fault that blames a byte of it, and the same out of the cache.
 *                                                                                                     [RFC6376 3.6.1] */
#include "dkim/dkim.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 1 << 20 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_same(const struct dkim_key *a, const struct dkim_key *b)
{
    require(a->fault == b->fault && a->at == b->at && a->bits == b->bits);
    require(a->is_testing == b->is_testing && a->forbids_sub_domains == b->forbids_sub_domains);
    require((a->key == NULL) == (b->key == NULL));
}

static void check(const struct method_run *run, str record, const struct dkim_signature *sig)
{
    struct dkim_key key, first, again;
    uint8_t zero[512] = {0};
    struct ingam_keys *keys = ingam_keys_new(NULL, 2);
    dkim_key_read(run, NULL, record, sig, &key);
    dkim_key_read(run, keys, record, sig, &first);
    dkim_key_read(run, keys, record, sig, &again);
    require((key.key == NULL) == (key.fault != FAULT_NONE) && key.at <= record.n);
    require_same(&key, &first);
    require_same(&key, &again);
    if (key.key && key.bits <= 1024) {
        require(public_key_kind(key.key) == sig->kind && public_key_bits(key.key) == key.bits);
        require(!public_key_verify(key.key, zero, (str){zero, sig->kind == KEY_RSA ? 128 : 64}));
    }
    public_key_free(key.key);
    public_key_free(first.key);
    public_key_free(again.key);
    ingam_keys_free(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct ingam_limits limits;
    ingam_limits_default(&limits);
    arena_init(&a, NULL, ARENA);
    struct method_run run = {.arena = &a, .limits = &limits};
    check(&run, (str){data, size}, &(struct dkim_signature){.kind = KEY_RSA});
    check(&run, (str){data, size}, &(struct dkim_signature){.kind = KEY_ED25519, .is_auid_below = true});
    arena_free(&a);
    return 0;
}
