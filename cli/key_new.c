/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam key new, list: docs/man/ingam-key.1.scd */
#include "cli/cli.h"
#include "cli/key.h"

#include "cli/output.h"
#include <stdlib.h>

enum { PEM_MAX = 8192, TRIES = 99, RSA_BITS = 2048 };

/* A selector is never used twice: where it is taken, "-2" and so on follows. */
static bool find_selector(const struct key_options *o, const struct keys_domain *d,
                          enum ingam_algorithm algorithm, char selector[KEYS_SELECTOR_SIZE])
{
    char base[KEYS_SELECTOR_SIZE];
    if (!keys_selector_make(o->template, algorithm, key_now_s(o), base))
        return false;
    snprintf(selector, KEYS_SELECTOR_SIZE, "%s", base);
    for (int i = 2; keys_find(d, selector) < d->n && i < TRIES; i++)
        if (snprintf(selector, KEYS_SELECTOR_SIZE, "%.120s-%d", base, i) >= KEYS_SELECTOR_SIZE)
            return false;
    return keys_find(d, selector) == d->n && keys_selector_is_good(selector);
}

static int add_key(const struct key_options *o, struct keys_domain *d, const char *selector,
                   const struct ingam_private_key *key)
{
    struct keys_error error;
    char pem[PEM_MAX];
    size_t n = ingam_private_key_pem(key, pem, sizeof pem);
    enum keys_got got = KEYS_TROUBLE;
    if (n == 0 || n >= sizeof pem)
        snprintf(error.text, sizeof error.text, "no memory");
    else
        got = keys_put(d, selector, (str){(const uint8_t *)pem, n}, key_now_s(o), &error);
    explicit_bzero(pem, sizeof pem);
    return got == KEYS_OK ? EXIT_GOOD : key_failed(got, &error);
}

int key_make(const struct key_options *o, struct keys_domain *d, enum ingam_algorithm algorithm,
             uint32_t bits)
{
    char selector[KEYS_SELECTOR_SIZE];
    if (!find_selector(o, d, algorithm, selector)) {
        complain("%s: no free selector comes of \"%s\"", d->domain, o->template);
        return EXIT_USAGE;
    }
    struct ingam_private_key *key = ingam_private_key_new(NULL, algorithm, bits);
    if (key == NULL) {
        complain("%s: no key could be made", d->domain);
        return EXIT_LATER;
    }
    int status = add_key(o, d, selector, key);
    ingam_private_key_free(key);
    return status == EXIT_GOOD ? key_save(d) : status;
}

/* Puts a string on each line, so that the record can be read, and be copied from a terminal. [RFC1035 5.1] [RFC6376 3.6.2.2] */
static void put_lines(struct out *o, str record)
{
    enum { STRING_MAX = 72 };
    for (; record.n; record = str_from(record, STRING_MAX)) {
        out_z(o, "\n    ");
        key_put_strings(o, str_first(record, STRING_MAX));
    }
}

/* Shows what is to be published for a key. */
static int show_record(struct arena *a, const struct keys_domain *d, const struct keys_entry *e,
                       uint32_t ttl_s)
{
    struct out o, record;
    str p;
    int status = key_public(a, d, e, &p);
    if (status != EXIT_GOOD)
        return status;
    out_init(&record, a);
    keys_record_write(&record, e->algorithm, p);
    out_init(&o, a);
    out_str(&o, key_name(a, e->selector, str_of(d->domain)));
    out_z(&o, ". ");
    out_uint(&o, ttl_s);
    out_z(&o, " IN TXT (");
    put_lines(&o, out_done(&record));
    out_z(&o, " )\n");
    output_bytes(out_done(&o));
    return EXIT_GOOD;
}

static int make_and_tell(struct key_options *o, struct arena *a, struct keys_domain *d)
{
    struct screen s;
    int status = key_make(o, d, o->algorithm, o->bits ? o->bits : RSA_BITS);
    if (status != EXIT_GOOD)
        return status;
    const struct keys_entry *e = &d->list[d->n - 1];
    struct keys_step step = {.entry = *e, .wait = KEYS_WAITS_RECORD};
    screen_init(&s, stdout, COLOR_AUTO);
    key_tell_head(&s, str_of(d->domain));
    key_tell_entry(&s, e, e->state);
    key_tell_line(&s, "made", "%s/%s/%s.pem; publish this record:", d->root, d->domain, e->selector);
    status = show_record(a, d, e, o->ttl_s);
    key_tell_wait(&s, o, str_of(d->domain), &step);
    return status;
}

int key_new(struct key_options *o, struct arena *a, str domain)
{
    struct keys_domain *d = NEW(a, struct keys_domain);
    struct keys_error error;
    if (d == NULL)
        return EXIT_LATER;
    enum keys_got got = keys_open(o->keys, domain, KEYS_CREATE, d, &error);
    int status = got == KEYS_OK ? make_and_tell(o, a, d) : key_failed(got, &error);
    keys_close(d);
    return status;
}

/* How the key stands by what is written down; the DNS is not asked. */
static void list_one(struct screen *s, const struct key_options *o, const struct keys_entry *e)
{
    static const char *const words[] = {"made",    "seen",    "active", "retired",
                                        "revoked", "emptied", "gone",   "removed"};
    struct keys_step step = keys_step(e, (struct keys_seen){KEYS_UNSEEN, 0}, key_now_s(o), &o->times);
    char when[KEY_TIME_SIZE];
    key_tell_entry(s, e, e->state);
    for (size_t i = 0; i < KEYS_EVENT_N; i++)
        if (e->at[i])
            key_tell_line(s, words[i], "%s", key_time(e->at[i], when));
    if (!e->has_file && e->state != KEYS_GONE)
        key_tell_line(s, "WRONG", "its file is not there: nothing is signed with it");
    if (step.until_s)
        key_tell_line(s, "waits", "until %s", key_time(step.until_s, when));
}

static void list_all(const struct key_options *o, const struct keys_domain *d)
{
    struct screen s;
    size_t shown = 0;
    screen_init(&s, stdout, COLOR_AUTO);
    key_tell_head(&s, str_of(d->domain));
    for (size_t i = 0; i < d->n; i++)
        if (o->with_past || d->list[i].state != KEYS_GONE) {
            list_one(&s, o, &d->list[i]);
            shown++;
        }
    if (shown == 0 && d->n)
        key_tell_line(&s, "none", "all keys are over; ingam key list --all --keys %s %s shows them", o->keys,
                      d->domain);
    else if (shown == 0)
        key_tell_line(&s, "none", "make one with: ingam key new --keys %s %s", o->keys, d->domain);
}

int key_list(struct key_options *o, struct arena *a, str domain)
{
    struct keys_domain *d = NEW(a, struct keys_domain);
    struct keys_error error;
    if (d == NULL)
        return EXIT_LATER;
    enum keys_got got = keys_open(o->keys, domain, KEYS_LOOK, d, &error);
    int status = got == KEYS_OK ? EXIT_GOOD : key_failed(got, &error);
    if (got == KEYS_OK)
        list_all(o, d);
    keys_close(d);
    return status;
}
