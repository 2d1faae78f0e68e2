/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam sign --keys: the keys that the folder holds for a domain, those and only those whose time has come. */
#include "cli/cli.h"
#include "cli/key.h"
#include "cli/sign_keys.h"

#include "mail/mail.h"

enum { FOLDER_ARENA = 16 << 20 };

/* Who signs where no --domain was given: exactly the domain of the author.                        [RFC9989 5.3.1]
 * ret  an exit status; what is not EXIT_GOOD was said */
static int author_domain(struct arena *a, const struct message *m, str *domain)
{
    struct ingam_config config;
    struct mail_splitter splitter;
    struct mail_header header;
    struct mail_author author;
    str rest = m->bytes;
    ingam_config_default(&config);
    mail_splitter_init(&splitter, &config.alloc, &config.limits);
    mail_splitter_feed(&splitter, &rest);
    mail_splitter_end(&splitter);
    bool is_read =
        mail_header_split(&splitter, a, &header) && mail_author_find(a, &header, &config.limits, &author);
    mail_splitter_free(&splitter);
    if (!is_read)
        return EXIT_LATER;
    *domain = author.domain;
    if (author.fault == INGAM_FAULT_NONE)
        return EXIT_GOOD;
    const struct ingam_fault_row *row = ingam_fault_row(author.fault);
    complain("%s: not signed: From names no domain: %s (%s)", m->name, row->sentence, row->spec);
    return EXIT_DATA;
}

/* Keeps the domain where it lives as long as the keys. */
static bool keep(struct sign_keys *k, str domain)
{
    snprintf(k->domain, sizeof k->domain, "%.*s", (int)domain.n, (const char *)domain.p);
    if (str_eq(str_of(k->domain), domain))
        return true;
    complain("not signed: no folder can have the name of this domain");
    return false;
}

static int choose_domain(struct sign_keys *k, const struct sign_options *o, struct arena *a,
                         const struct message *m)
{
    str domain;
    if (o->domains.n)
        return key_domain(a, o->domains.values[0], &domain) && keep(k, domain) ? EXIT_GOOD : EXIT_USAGE;
    int status = author_domain(a, m, &domain);
    if (status != EXIT_GOOD)
        return status;
    return keep(k, domain) && key_domain(a, k->domain, &domain) ? EXIT_GOOD : EXIT_DATA;
}

/* Tells what each key waits for that will sign one day, in the words of `ingam key check`.
 * ret  how many there are */
static size_t tell_waiting(const struct key_options *o, const struct keys_domain *d)
{
    static const struct keys_seen nothing = {.sight = KEYS_UNSEEN};
    struct screen s;
    size_t n = 0;
    screen_init(&s, stderr, COLOR_AUTO);
    for (size_t i = 0; i < d->n; i++) {
        const struct keys_entry *e = &d->list[i];
        if (e->state != KEYS_NEW && e->state != KEYS_PUBLISHED)
            continue;
        struct keys_step step = keys_step(e, nothing, key_now_s(o), &o->times);
        key_tell_entry(&s, e, e->state);
        key_tell_wait(&s, o, str_of(d->domain), &step);
        n++;
    }
    return n;
}

/* Nothing signs before its time: a signature that a verifier cannot look up yet is one that fails. */
static int nothing_signs(struct arena *a, const char *folder, const char *domain)
{
    struct keys_error error;
    struct key_options o;
    struct keys_domain *d = NEW(a, struct keys_domain);
    if (d == NULL)
        return EXIT_LATER;
    key_options_default(&o);
    o.verb = "sign";
    o.keys = folder;
    enum keys_got got = keys_open(folder, str_of(domain), KEYS_LOOK, d, &error);
    int status = got == KEYS_OK ? EXIT_DATA : key_failed(got, &error);
    if (got == KEYS_OK) {
        complain("not signed: no key of %s may sign now", domain);
        if (tell_waiting(&o, d) == 0)
            complain("make one with: ingam key new --keys %s %s", folder, domain);
    }
    keys_close(d);
    return status;
}

static void take(struct sign_keys *k, const struct sign_options *o)
{
    static const uint8_t names[] = {0, 1};
    for (size_t i = 0; i < k->signing.n; i++) {
        k->keys[i] = k->signing.list[i].key;
        k->wanted[i] = o->style;
        k->wanted[i].domain = str_of(k->domain);
        k->wanted[i].selector = str_of(k->signing.list[i].selector);
        k->wanted[i].key_name = (str){&names[i], 1};
        k->wanted[i].algorithm = ingam_private_key_algorithm(k->keys[i]);
    }
    k->n = k->signing.n;
    k->signing.n = 0;
}

static int take_active(struct sign_keys *k, const struct sign_options *o, struct arena *a)
{
    struct keys_error error;
    enum keys_got got = keys_signing(o->folder, str_of(k->domain), &k->signing, &error);
    if (got != KEYS_OK) {
        keys_signing_free(&k->signing);
        return key_failed(got, &error);
    }
    take(k, o);
    return k->n ? EXIT_GOOD : nothing_signs(a, o->folder, k->domain);
}

int sign_keys_of_folder(struct sign_keys *k, const struct sign_options *o, const struct message *m)
{
    struct arena a;
    arena_init(&a, NULL, FOLDER_ARENA);
    int status = choose_domain(k, o, &a, m);
    if (status == EXIT_GOOD)
        status = take_active(k, o, &a);
    if (status == EXIT_LATER && a.has_failed)
        complain("%s: no memory", m->name);
    arena_free(&a);
    return status;
}
