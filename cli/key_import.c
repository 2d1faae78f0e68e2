/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam key import: keys of OpenDKIM, as they are. The originals are only read. */
#include "cli/cli.h"
#include "cli/key.h"

#include "cli/input.h"
#include "cli/opendkim.h"
#include "dns/dns.h"
#include <stdlib.h>

enum { IMPORT_ARENA = 64 << 20 };

struct import {
    struct key_options *o;
    struct arena *a;
    struct opendkim_table keys, signing;
    str *names; /* "selector.domain" of those that were taken, or were there already */
    size_t name_n;
    size_t taken, there, left;
};

/* Says what could not be taken: "KeyTable:3: why". */
static void leave(struct import *im, const struct opendkim_table *t, const struct opendkim_row *row,
                  const char *why)
{
    im->left++;
    if (row->line)
        complain("%s:%zu: %.*s: not taken: %s", t->name, row->line, (int)row->word.n,
                 (const char *)row->word.p, why);
    else
        complain("%.*s: not taken: %s", (int)row->word.n, (const char *)row->word.p, why);
}

/* ret  the public half of both is the same */
static bool is_same_key(const struct ingam_private_key *a, const struct ingam_private_key *b)
{
    enum { PUBLIC_MAX = 4096 };
    char of_a[PUBLIC_MAX], of_b[PUBLIC_MAX];
    size_t n = ingam_private_key_record(a, of_a, sizeof of_a);
    return n > 0 && n < sizeof of_a && ingam_private_key_record(b, of_b, sizeof of_b) == n &&
           memcmp(of_a, of_b, n) == 0;
}

/* ret  this very key lies here under this selector, from an import before */
static bool is_there(const struct keys_domain *d, const char *selector, const struct ingam_private_key *key)
{
    struct keys_error error;
    struct ingam_private_key *kept;
    size_t i = keys_find(d, selector);
    if (i == d->n || !d->list[i].has_file || keys_load(d, selector, &kept, &error) != KEYS_OK)
        return false;
    bool is_same = is_same_key(kept, key);
    ingam_private_key_free(kept);
    return is_same;
}

/* Puts it there and tells of it. */
static enum keys_got put(struct import *im, struct keys_domain *d, const char *selector, str pem,
                         struct keys_error *error)
{
    struct screen s;
    enum keys_got got = keys_put(d, selector, pem, key_now_s(im->o), error);
    if (got == KEYS_OK)
        got = keys_save(d, error);
    if (got != KEYS_OK)
        return got;
    screen_init(&s, stdout, COLOR_AUTO);
    key_tell_head(&s, str_of(d->domain));
    key_tell_entry(&s, &d->list[d->n - 1], KEYS_NEW);
    im->taken++;
    return got;
}

/* Puts a copy under the domain; the bytes are those of the file. ret  NULL, or why not */
static const char *store(struct import *im, str domain, const char *selector, str pem,
                         const struct ingam_private_key *key)
{
    static struct keys_domain d;
    static struct keys_error error;
    enum keys_got got = keys_open(im->o->keys, domain, KEYS_CREATE, &d, &error);
    if (got == KEYS_OK && is_there(&d, selector, key)) {
        printf("%s: %s is there already\n", d.domain, selector);
        im->there++;
    } else if (got == KEYS_OK) {
        got = put(im, &d, selector, pem, &error);
    }
    keys_close(&d);
    return got == KEYS_OK ? NULL : error.text;
}

/* The same key may stand behind several patterns of one domain. */
static bool is_taken(struct import *im, str domain, str selector)
{
    struct out o;
    out_init(&o, im->a);
    out_lower(&o, selector);
    out_byte(&o, '.');
    out_str(&o, domain);
    str name = out_done(&o);
    for (size_t i = 0; i < im->name_n; i++)
        if (str_eq(im->names[i], name))
            return true;
    str *more = NEW_N(im->a, str, im->name_n + 1);
    if (more == NULL)
        return false;
    if (im->name_n)
        memcpy(more, im->names, im->name_n * sizeof *more);
    more[im->name_n] = name;
    im->names = more;
    return false;
}

/* ret  NULL, or why not */
static const char *take_file(struct import *im, str domain, const struct opendkim_key *key)
{
    enum ingam_key_fault fault;
    size_t n;
    uint8_t *pem;
    const char *path = arena_copy_z(im->a, key->path), *selector = arena_copy_z(im->a, key->selector);
    if (path == NULL || selector == NULL || !input_read_file(path, &pem, &n))
        return "its file cannot be read";
    struct ingam_private_key *read = ingam_private_key_read(NULL, (str){pem, n}, &fault);
    const char *why = read ? store(im, domain, selector, (str){pem, n}, read) : ingam_key_fault_text(fault);
    ingam_private_key_free(read);
    if (pem)
        explicit_bzero(pem, n);
    free(pem);
    return why;
}

static const char *take(struct import *im, str pattern_domain, const struct opendkim_row *row)
{
    struct opendkim_key key;
    str domain, wanted;
    opendkim_key(row->rest, &key);
    if (str_eq(key.domain, S("%")))
        key.domain = pattern_domain;
    if (!name_read(im->a, key.domain, &domain) || !name_read(im->a, pattern_domain, &wanted))
        return "its domain is none";
    if (!str_eq(domain, wanted))
        return "it signs for one domain in the name of another; keys in folders sign for their own";
    if (key.path.p[0] != '/' && !str_starts(key.path, S("./")) && !str_starts(key.path, S("../")))
        return "the key stands in the table itself; put it into a file of its own";
    if (is_taken(im, domain, key.selector))
        return NULL;
    const char *why = take_file(im, domain, &key);
    im->name_n += why == NULL;
    return why;
}

static struct opendkim_row *key_named(struct import *im, str name)
{
    for (size_t i = 0; i < im->keys.n; i++)
        if (str_eq(im->keys.rows[i].word, name))
            return &im->keys.rows[i];
    return NULL;
}

static void import_row(struct import *im, struct opendkim_row *row)
{
    static const char *const whys[] = {
        [OPENDKIM_BELOW] = "it signs for every domain below one; put a key into the folder of each",
        [OPENDKIM_ONE_USER] = "it signs for one address alone; a key in a folder signs for its whole domain",
        [OPENDKIM_ANY] = "it signs for whatever comes; name the domains",
    };
    struct opendkim_key parts;
    str domain;
    enum opendkim_match match = opendkim_match(row->word, &domain);
    struct opendkim_row *key = key_named(im, row->rest);
    if (key == NULL) {
        leave(im, &im->signing, row, "the key table has no such key");
        return;
    }
    key->is_used = true;
    if (!opendkim_key(key->rest, &parts)) {
        leave(im, &im->keys, key, "behind the name stands no DOMAIN:SELECTOR:PATH");
        return;
    }
    const char *why = match == OPENDKIM_DOMAIN ? take(im, domain, key) : whys[match];
    if (why)
        leave(im, &im->signing, row, why);
}

static int import_all(struct import *im)
{
    for (size_t i = 0; i < im->signing.n; i++)
        import_row(im, &im->signing.rows[i]);
    for (size_t i = 0; i < im->keys.n; i++)
        if (!im->keys.rows[i].is_used)
            leave(im, &im->keys, &im->keys.rows[i], "no line of the signing table uses it");
    printf("%zu taken, %zu there already, %zu not taken; the originals are as they were\n", im->taken,
           im->there, im->left);
    if (im->taken)
        printf("next: ingam key check --keys %s   (each key signs once its record has been seen)\n",
               im->o->keys);
    return im->left ? EXIT_BAD : EXIT_GOOD;
}

int key_import(struct key_options *o, char **words, size_t n)
{
    uint8_t *keys_text = NULL, *signing_text = NULL;
    struct arena a;
    struct import im = {.o = o, .a = &a};
    if (!o->is_opendkim || n != 2) {
        complain("expected: ingam key import --opendkim KEYTABLE SIGNINGTABLE");
        return EXIT_USAGE;
    }
    arena_init(&a, NULL, IMPORT_ARENA);
    int status = opendkim_read(&a, words[0], &im.keys, &keys_text);
    if (status == EXIT_GOOD)
        status = opendkim_read(&a, words[1], &im.signing, &signing_text);
    if (status == EXIT_GOOD)
        status = import_all(&im);
    free(keys_text);
    free(signing_text);
    arena_free(&a);
    return status;
}
