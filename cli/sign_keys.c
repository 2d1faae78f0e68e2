/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/sign_keys.h"

#include "cli/cli.h"
#include "cli/input.h"
#include <stdlib.h>

/* ret  the value for the i-th key; empty: none was given */
static const char *value_for(const struct sign_list *list, size_t i)
{
    if (list->n == 0)
        return "";
    return list->values[i < list->n ? i : list->n - 1];
}

/* Short keys are told of, since most verifiers think little of them. */
static struct ingam_private_key *key_of(const char *name, str pem, bool takes_short,
                                        enum ingam_key_fault *fault)
{
    if (!takes_short)
        return ingam_private_key_read(NULL, pem, fault);
    struct ingam_private_key *key = ingam_private_key_read_short(NULL, pem, fault);
    if (key && ingam_private_key_algorithm(key) == INGAM_RSA_SHA256 && ingam_private_key_bits(key) < 2048)
        complain("%s: warning: the key has %u bits; 2,048 are usual", name,
                 (unsigned)ingam_private_key_bits(key));
    return key;
}

static int read_key(const char *name, bool takes_short, struct ingam_private_key **key)
{
    uint8_t *pem;
    size_t n;
    enum ingam_key_fault fault;
    if (!input_read_file(name, &pem, &n))
        return EXIT_NO_INPUT;
    *key = key_of(name, (str){pem, n}, takes_short, &fault);
    if (pem)
        explicit_bzero(pem, n);
    free(pem);
    if (*key)
        return EXIT_GOOD;
    complain("%s: %s", name, ingam_key_fault_text(fault));
    return fault == INGAM_KEY_NO_MEMORY ? EXIT_LATER : EXIT_DATA;
}

/* --algorithm picks nothing, a key has but one; it makes sure that it is the one that was meant. */
static int check_algorithm(const char *wanted, const char *file, const struct ingam_private_key *key)
{
    const char *has = ingam_algorithm_name(ingam_private_key_algorithm(key));
    if (*wanted == 0 || strcmp(wanted, has) == 0)
        return EXIT_GOOD;
    complain("%s: this key makes %s, not %s", file, has, wanted);
    return EXIT_USAGE;
}

static int read_one(struct sign_keys *k, const struct sign_options *o, size_t i)
{
    static const uint8_t names[SIGN_KEYS_MAX] = {0, 1, 2, 3, 4, 5, 6, 7};
    const char *file = o->keys.values[i];
    int status = read_key(file, o->takes_short_keys, &k->keys[i]);
    if (status != EXIT_GOOD)
        return status;
    k->n++;
    k->wanted[i] = o->style;
    k->wanted[i].domain = str_of(value_for(&o->domains, i));
    k->wanted[i].selector = str_of(value_for(&o->selectors, i));
    k->wanted[i].key_name = (str){&names[i], 1};
    k->wanted[i].algorithm = ingam_private_key_algorithm(k->keys[i]);
    return check_algorithm(value_for(&o->algorithms, i), file, k->keys[i]);
}

static const char *missing(const struct sign_options *o)
{
    if (o->domains.n == 0)
        return "--domain";
    if (o->selectors.n == 0)
        return "--selector";
    return o->keys.n == 0 ? "--key" : NULL;
}

/* The folder knows selectors and keys; one domain signs. */
static int check_folder(const struct sign_options *o)
{
    if (o->selectors.n == 0 && o->keys.n == 0 && o->algorithms.n == 0 && o->domains.n <= 1)
        return EXIT_GOOD;
    complain("--keys knows selectors and keys by itself; beside it there is at most one --domain, and no "
             "--selector, --key or --algorithm");
    return EXIT_USAGE;
}

int sign_keys_read(struct sign_keys *k, const struct sign_options *o)
{
    *k = (struct sign_keys){.n = 0};
    if (o->folder)
        return check_folder(o);
    if (missing(o)) {
        complain("%s is missing: who signs is said by --domain, --selector and --key, or by --keys",
                 missing(o));
        return EXIT_USAGE;
    }
    if (o->domains.n > o->keys.n || o->selectors.n > o->keys.n || o->algorithms.n > o->keys.n) {
        complain("each --key has one --domain, one --selector and one --algorithm; there are more of these "
                 "than keys");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < o->keys.n; i++) {
        int status = read_one(k, o, i);
        if (status != EXIT_GOOD)
            return status;
    }
    return EXIT_GOOD;
}

void sign_keys_free(struct sign_keys *k)
{
    for (size_t i = 0; i < k->n; i++)
        ingam_private_key_free(k->keys[i]);
    k->n = 0;
}

bool sign_keys_answer(const struct sign_keys *k, struct ingam_sign *s)
{
    struct ingam_sign_job job;
    while (ingam_sign_next(s, &job) == INGAM_WANT_SIGN) {
        uint8_t signature[INGAM_SIGNATURE_MAX];
        size_t n = 0;
        if (!ingam_private_key_sign(k->keys[job.key_name.p[0]], job.digest, signature, &n))
            n = 0;
        struct ingam_sign_answer answer = {job.id, {signature, n}};
        if (ingam_sign_answer(s, &answer) != INGAM_OK)
            return false;
    }
    return true;
}
