/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/keys.h"

#include <stdio.h>
#include <stdlib.h>

static enum keys_got load_signers(const struct keys_domain *d, struct keys_signing *s,
                                  struct keys_error *error)
{
    for (int a = INGAM_RSA_SHA256; a <= INGAM_ED25519_SHA256; a++) {
        size_t i = keys_signer(d->list, d->n, (enum ingam_algorithm)a);
        if (i == d->n)
            continue;
        enum keys_got got = keys_load(d, d->list[i].selector, &s->list[s->n].key, error);
        if (got != KEYS_OK)
            return got;
        snprintf(s->list[s->n].selector, sizeof s->list[s->n].selector, "%s", d->list[i].selector);
        s->n++;
    }
    return KEYS_OK;
}

enum keys_got keys_signing(const char *root, str domain, struct keys_signing *s, struct keys_error *error)
{
    struct keys_domain *d = malloc(sizeof *d);
    *s = (struct keys_signing){.n = 0};
    if (d == NULL) {
        snprintf(error->text, sizeof error->text, "no memory");
        return KEYS_TROUBLE;
    }
    enum keys_got got = keys_open(root, domain, KEYS_LOOK, d, error);
    if (got == KEYS_OK)
        got = load_signers(d, s, error);
    keys_close(d);
    free(d);
    return got;
}

void keys_signing_free(struct keys_signing *s)
{
    for (size_t i = 0; i < s->n; i++)
        ingam_private_key_free(s->list[i].key);
    s->n = 0;
}
