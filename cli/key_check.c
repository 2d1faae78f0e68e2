/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam key check, rotate, retire: docs/man/ingam-key.1.scd */
#include "cli/cli.h"
#include "cli/key.h"

enum { RSA_BITS = 2048 };

static bool is_past(const struct key_look *l)
{
    return l->before == KEYS_GONE && !l->was_asked;
}

/* ret  not one name server said anything */
static bool is_unanswered(const struct key_look *l)
{
    size_t i = 0;
    while (l->was_asked && i < l->report.n && l->each[i] == KEYS_UNSEEN)
        i++;
    return l->was_asked && i == l->report.n;
}

/* ret  an exit status: some signature fails in the world, the DNS could not be asked, or all is well */
static int status_of(const struct key_look *l)
{
    if (is_unanswered(l))
        return EXIT_LATER;
    return l->step.is_alarm ? EXIT_BAD : EXIT_GOOD;
}

/* Tells about every key what became of it. ret  the worst exit status */
static int tell_all(const struct key_options *o, const struct keys_domain *d, const struct key_look *looks)
{
    struct screen s;
    int status = EXIT_GOOD;
    screen_init(&s, stdout, COLOR_AUTO);
    key_tell_head(&s, str_of(d->domain));
    for (size_t i = 0; i < d->n; i++) {
        const struct key_look *l = &looks[i];
        if (is_past(l))
            continue;
        key_tell_entry(&s, &l->step.entry, l->before);
        key_tell_servers(&s, l);
        if (l->step.is_alarm)
            key_tell_line(&s, "WRONG", "%s",
                          l->step.entry.has_file ? "signatures of this key fail: put its record back"
                                                 : "its file is not there: nothing is signed with it");
        key_tell_wait(&s, o, str_of(d->domain), &l->step);
        status = worse_of(status, status_of(l));
    }
    return status;
}

/* Opens, looks, takes the steps and saves them. */
static int look_and_save(struct key_options *o, struct arena *a, str domain, struct keys_domain *d,
                         struct key_look **looks)
{
    struct keys_error error;
    enum keys_got got = keys_open(o->keys, domain, KEYS_CHANGE, d, &error);
    int status = got == KEYS_OK ? key_look_all(o, a, d, looks) : key_failed(got, &error);
    return status == EXIT_GOOD ? key_save(d) : status;
}

int key_check(struct key_options *o, struct arena *a, str domain)
{
    struct keys_domain *d = NEW(a, struct keys_domain);
    struct key_look *looks = NULL;
    if (d == NULL)
        return EXIT_LATER;
    int status = look_and_save(o, a, domain, d, &looks);
    if (status == EXIT_GOOD && looks)
        status = tell_all(o, d, looks);
    keys_close(d);
    return status;
}

/* A key that has an active successor retires. */
static void retire_planned(const struct key_options *o, struct keys_domain *d, const struct keys_plan *plan,
                           struct key_look *looks)
{
    for (size_t i = 0; i < d->n; i++)
        if (plan->retires[i] && keys_retire(&d->list[i], key_now_s(o), false)) {
            struct keys_seen unseen = {KEYS_UNSEEN, 0};
            looks[i].step = keys_step(&d->list[i], unseen, key_now_s(o), &o->times);
            d->list[i] = looks[i].step.entry;
        }
}

static void tell_made(const struct key_options *o, const struct keys_domain *d)
{
    struct screen s;
    const struct keys_entry *e = &d->list[d->n - 1];
    struct keys_step step = {.entry = *e, .wait = KEYS_WAITS_RECORD};
    screen_init(&s, stdout, COLOR_AUTO);
    key_tell_entry(&s, e, e->state);
    key_tell_line(&s, "made", "%s/%s/%s.pem", d->root, d->domain, e->selector);
    key_tell_wait(&s, o, str_of(d->domain), &step);
}

static int make_planned(const struct key_options *o, struct keys_domain *d, const struct keys_plan *plan)
{
    int status = EXIT_GOOD;
    for (int i = INGAM_RSA_SHA256; i <= INGAM_ED25519_SHA256 && status == EXIT_GOOD; i++) {
        if (!plan->makes[i])
            continue;
        uint32_t old = d->list[plan->like[i]].bits;
        uint32_t bits = old == 3072 || old == 4096 ? old : RSA_BITS;
        status = key_make(o, d, (enum ingam_algorithm)i, o->bits ? o->bits : bits);
        if (status == EXIT_GOOD)
            tell_made(o, d);
    }
    return status;
}

int key_rotate(struct key_options *o, struct arena *a, str domain)
{
    struct keys_domain *d = NEW(a, struct keys_domain);
    struct keys_plan *plan = NEW(a, struct keys_plan);
    struct key_look *looks = NULL;
    if (d == NULL || plan == NULL)
        return EXIT_LATER;
    int status = look_and_save(o, a, domain, d, &looks);
    if (status == EXIT_GOOD && looks) {
        keys_plan(d->list, d->n, key_now_s(o), o->every_s, plan);
        retire_planned(o, d, plan, looks);
        status = key_save(d);
    }
    if (status == EXIT_GOOD && looks) {
        int seen = tell_all(o, d, looks);
        status = worse_of(seen, make_planned(o, d, plan));
    }
    keys_close(d);
    return status;
}

/* ret  another key signs for this domain */
static bool has_other_signer(const struct keys_domain *d, size_t but)
{
    for (size_t i = 0; i < d->n; i++)
        if (i != but && d->list[i].state == KEYS_ACTIVE && d->list[i].has_file)
            return true;
    return false;
}

static int retire_one(const struct key_options *o, struct keys_domain *d, const char *selector)
{
    size_t i = keys_find(d, selector);
    if (i == d->n) {
        complain("%s has no key \"%s\"; ingam key list --keys %s %s lists them", d->domain, selector, o->keys,
                 d->domain);
        return EXIT_NO_INPUT;
    }
    struct keys_entry *e = &d->list[i];
    enum keys_state before = e->state;
    if (before == KEYS_ACTIVE && !o->is_forced && !has_other_signer(d, i)) {
        complain("%s: nothing else signs for %s; first: ingam key rotate --keys %s %s (or --force)", selector,
                 d->domain, o->keys, d->domain);
        return EXIT_USAGE;
    }
    struct screen s;
    screen_init(&s, stdout, COLOR_AUTO);
    bool is_changed = keys_retire(e, key_now_s(o), o->is_leaked);
    struct keys_step step = keys_step(e, (struct keys_seen){KEYS_UNSEEN, 0}, key_now_s(o), &o->times);
    int status = is_changed ? key_save(d) : EXIT_GOOD;
    if (status != EXIT_GOOD)
        return status;
    key_tell_head(&s, str_of(d->domain));
    key_tell_entry(&s, e, before);
    key_tell_wait(&s, o, str_of(d->domain), &step);
    return EXIT_GOOD;
}

int key_retire(struct key_options *o, char **words, size_t n)
{
    static struct keys_domain d;
    struct keys_error error;
    struct arena a;
    str domain;
    if (n != 2) {
        complain("which key? ingam key retire [OPTION]... DOMAIN SELECTOR");
        return EXIT_USAGE;
    }
    arena_init(&a, NULL, 65536);
    int status = EXIT_USAGE;
    if (key_domain(&a, words[0], &domain)) {
        enum keys_got got = keys_open(o->keys, domain, KEYS_CHANGE, &d, &error);
        status = got == KEYS_OK ? retire_one(o, &d, words[1]) : key_failed(got, &error);
        keys_close(&d);
    }
    arena_free(&a);
    return status;
}
