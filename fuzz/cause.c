/* SPDX-License-Identifier: BSD-2-Clause */
/* A message whose first DKIM-Signature is taken to fail, the first byte saying how: the search ends within its budget, what it
 * says is printable, and what the transfer encodings write they read again.
 *     bit 0: an Ed25519 key is there;  bit 1: the body hash is right */
#include "cause/search.h"

#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void encodings_hold(struct arena *a, str body)
{
    str plain = str_find(body, '\r') == body.n ? body : S("a line = with\ttab \r\n.dot\r\n");
    must(str_eq(quoted_printable_read(a, quoted_printable_write(a, plain, true)), plain) || a->has_failed);
    must(str_eq(base64_lines_read(a, base64_lines_write(a, body, 76)), body) || a->has_failed);
}

static void look_at(const struct ingam_cause *c)
{
    must(c->kind != NULL && c->detail.n > 0 && c->also_n <= 8);
    for (size_t i = 0; i < c->detail.n; i++)
        must(c->detail.p[i] >= 0x20 && c->detail.p[i] != 0x7f);
    must(str_is_utf8(c->detail));
}

static const struct mail_field *signature_of(const struct mail_header *h)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->fields[i].known == MAIL_DKIM_SIGNATURE)
            return &h->fields[i];
    return NULL;
}

static struct public_key *some_key(void)
{
    static const uint8_t base_point[32] = {0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                           0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                           0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};
    struct public_key *key = NULL;
    uint32_t bits = 0;
    must(public_key_read(NULL, &(struct key_data){KEY_ED25519, (str){base_point, 32}, 8192}, &key, &bits) ==
         KEY_OK);
    return key;
}

static void search(const struct method_run *run, str message, uint8_t how)
{
    struct mail_header h;
    struct arena scratch;
    struct dkim_signature sig;
    struct ingam_cause cause;
    size_t end = str_find_str(message, S("\r\n\r\n"));
    must(mail_header_of(str_first(message, end + 2), run->arena, run->limits, &h));
    const struct mail_field *field = signature_of(&h);
    if (field == NULL || !dkim_signature_read(run, field, &sig) || sig.fault)
        return;
    struct public_key *key = how & 1 ? some_key() : NULL;
    struct ingam_dkim_outcome outcome = {.result = INGAM_RESULT_FAIL,
                                         .fault = how & 2 ? INGAM_FAULT_DKIM_SIGNATURE_WRONG
                                                          : INGAM_FAULT_DKIM_BODY_HASH,
                                         .has_body_hash = true,
                                         .is_body_hash_right = how & 2};
    arena_init(&scratch, NULL, 8 << 20);
    encodings_hold(&scratch, str_from(message, end + 4));
    struct cause_scene scene = {.run = run,
                                .header = &h,
                                .body = str_from(message, end + 4),
                                .sig = &sig,
                                .key = key,
                                .outcome = &outcome,
                                .scratch = &scratch,
                                .budget = 2 << 20};
    if (cause_find(&scene, &cause))
        look_at(&cause);
    must(scene.budget <= 2 << 20);
    public_key_free(key);
    arena_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ingam_limits limits;
    struct arena a;
    struct facts facts;
    if (size == 0)
        return 0;
    ingam_limits_default(&limits);
    arena_init(&a, NULL, 8 << 20);
    facts_init(&facts, &a, limits.questions);
    struct method_run run = {&facts, &a, NULL, &limits, 1790000000};
    search(&run, (str){data + 1, size - 1}, data[0]);
    arena_free(&a);
    return 0;
}
