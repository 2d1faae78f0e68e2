/* SPDX-License-Identifier: BSD-2-Clause */
/* Any header whose first field is taken for a DKIM-Signature: slices lie in the field, a fault blames a byte of it, and
 * where there is none the header hash does not depend on what b= holds.                      [RFC6376 3.5] [RFC6376 3.7] */
#include "dkim/dkim.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 4 << 20, NOW = 1780000000 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_inside(str part, str whole)
{
    require(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void check_names(const struct dkim_signature *sig)
{
    require(sig->domain.n == 0 || (name_is_askable(sig->domain) && name_labels(sig->domain) >= 2));
    require(sig->fault || name_is_askable(sig->selector));
    require(sig->fault || sig->domain.n + sig->selector.n + 12 <= NAME_MAX);
    require(sig->fault || (sig->signature.n && sig->has_body_hash && sig->signed_names.n));
    require(sig->fault || !sig->has_expiry || sig->expires_at >= NOW);
}

static void check_slices(const struct dkim_signature *sig)
{
    str value = sig->field->value;
    require_inside(sig->algorithm, value);
    require_inside(sig->signed_names, value);
    require_inside(sig->b_value, value);
    require_inside(sig->b, sig->b_value);
    require_inside(sig->bh_raw, value);
    require(sig->wrong == NULL || (sig->fault && sig->wrong >= value.p && sig->wrong <= value.p + value.n));
}

/* Spoils b= in a copy of the block: the hash stays. */
static void check_hash(const struct method_run *run, str block, const struct dkim_signature *sig,
                       const struct mail_header *h)
{
    uint8_t digest[32], same[32];
    struct mail_header copy_h;
    struct dkim_signature copy_sig = *sig;
    require(dkim_header_hash(run, h, sig, digest));
    uint8_t *copy = arena_take_raw(run->arena, block.n);
    if (copy == NULL)
        return;
    memcpy(copy, block.p, block.n);
    memset(copy + (sig->b.p - block.p), 'A', sig->b.n);
    require(mail_header_of((str){copy, block.n}, run->arena, run->limits, &copy_h));
    copy_sig.field = &copy_h.fields[0];
    copy_sig.b_value.p = copy + (sig->b_value.p - block.p);
    require(dkim_header_hash(run, &copy_h, &copy_sig, same));
    require(memcmp(digest, same, sizeof digest) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct ingam_limits limits;
    struct mail_header h;
    struct dkim_signature sig;
    ingam_limits_default(&limits);
    arena_init(&a, NULL, ARENA);
    struct method_run run = {.arena = &a, .limits = &limits, .now_s = NOW};
    struct out o;
    out_init(&o, &a);
    out_str(&o, S("DKIM-Signature:"));
    out_str(&o, (str){data, size});
    str block = out_done(&o);
    if (mail_header_of(block, &a, &limits, &h) && h.n && dkim_signature_read(&run, &h.fields[0], &sig)) {
        check_slices(&sig);
        check_names(&sig);
        if (sig.fault == FAULT_NONE || sig.fault == FAULT_DKIM_EXPIRED)
            check_hash(&run, block, &sig, &h);
    }
    arena_free(&a);
    return 0;
}
