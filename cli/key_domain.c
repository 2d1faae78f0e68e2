/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/cli.h"
#include "cli/key.h"

#include "dns/dns.h"
#include "io/clock.h"

enum { KEY_ARENA = 16 << 20 };

int64_t key_now_s(const struct key_options *o)
{
    return o->has_at ? o->at_s : (int64_t)(clock_wall_ms() / 1000);
}

bool key_domain(struct arena *a, const char *text, str *domain)
{
    if (name_read(a, str_of(text), domain) && name_is_askable(*domain) &&
        str_find(*domain, '/') == domain->n && name_labels(*domain) > 1)
        return true;
    complain("\"%s\" is no domain; expected one such as example.org", text);
    return false;
}

int key_failed(enum keys_got got, const struct keys_error *error)
{
    complain("%s", error->text);
    switch (got) {
    case KEYS_NONE: return EXIT_NO_INPUT;
    case KEYS_REFUSED: return EXIT_DATA;
    case KEYS_OK:
    case KEYS_TROUBLE: break;
    }
    return EXIT_LATER;
}

int key_save(struct keys_domain *d)
{
    struct keys_error error;
    enum keys_got got = keys_save(d, &error);
    return got == KEYS_OK ? EXIT_GOOD : key_failed(got, &error);
}

static int for_one(struct key_options *o, const char *text, key_verb *verb)
{
    struct arena a;
    str domain;
    arena_init(&a, NULL, KEY_ARENA);
    int status = key_domain(&a, text, &domain) ? verb(o, &a, domain) : EXIT_USAGE;
    if (a.has_failed) {
        complain("%s: no memory", text);
        status = EXIT_LATER;
    }
    arena_free(&a);
    return status;
}

static int for_all(struct key_options *o, key_verb *verb)
{
    struct keys_error error;
    struct arena a;
    const char **names;
    size_t n;
    arena_init(&a, NULL, KEY_ARENA);
    enum keys_got got = keys_domains(o->keys, &a, &names, &n, &error);
    int status = got == KEYS_OK ? EXIT_GOOD : key_failed(got, &error);
    if (got == KEYS_OK && n == 0)
        printf("%s: no keys yet; make one with: ingam key new --keys %s DOMAIN\n", o->keys, o->keys);
    for (size_t i = 0; i < n && got == KEYS_OK; i++)
        status = worse_of(status, for_one(o, names[i], verb));
    arena_free(&a);
    return status;
}

int key_each(struct key_options *o, char **domains, size_t n, key_verb *verb)
{
    int status = EXIT_GOOD;
    if (n == 0)
        return for_all(o, verb);
    for (size_t i = 0; i < n; i++)
        status = worse_of(status, for_one(o, domains[i], verb));
    return status;
}
