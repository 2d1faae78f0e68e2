/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys: may the daemon read them, is there one that signs for each domain, and does the DNS show its record? */
#include "cli/doctor.h"

#include "cli/key.h"
#include "io/keys.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAILED_MAX = 2, SHOWN_MAX = 4096 };

struct looking {
    const char *root;
    struct source *source; /* NULL: the DNS is dead */
    const char **names;
    size_t n;
    size_t failed, good, signing;
};

static void run_key(struct doctor *d, const struct looking *l, const char *verb, const char *domain)
{
    doctor_run(d, "ingam %s --keys %s %s", verb, doctor_quoted(d, l->root), doctor_quoted(d, domain));
}

/* Errors of io/keys end with the command that mends them, where there is one. */
static void say_refused(struct doctor *d, enum keys_got got, const struct keys_error *error, const char *root)
{
    static const char word[] = "; mend it with: ";
    const char *at = strstr(error->text, word);
    int n = (int)(at ? at - error->text : (ptrdiff_t)strlen(error->text));
    doctor_say(d, got == KEYS_TROUBLE ? DOCTOR_UNSEEN : DOCTOR_WRONG, "key-refused", "%.*s", n, error->text);
    if (at)
        doctor_run(d, "%s", at + sizeof word - 1);
    else if (got == KEYS_TROUBLE)
        doctor_run(d, "sudo ingam doctor%s", doctor_config_words(d));
    else
        doctor_run(d, "ingam key list --keys %s", doctor_quoted(d, root));
}

/* ret  KEYS_UNSEEN also where the key itself could not be read: said */
static enum keys_sight sight_of(struct doctor *d, struct looking *l, const struct keys_domain *k,
                                const struct keys_entry *e)
{
    struct ingam_answer a = {0};
    str p;
    double ms;
    if (l->source == NULL || l->failed >= FAILED_MAX || key_public(&d->arena, k, e, &p) != 0)
        return KEYS_UNSEEN;
    const char *name = doctor_z(d, key_name(&d->arena, e->selector, str_of(k->domain)));
    if (!doctor_question(l->source, name, INGAM_RR_TXT, &a, &ms) || a.status == INGAM_STATUS_FAILED) {
        l->failed++;
        doctor_say(d, DOCTOR_UNSEEN, "key-unseen", "%s could not be asked for: %s", name,
                   a.why ? a.why : "no answer in time");
        run_key(d, l, "key check", k->domain);
        return KEYS_UNSEEN;
    }
    if (a.rr_n == 0)
        return KEYS_ABSENT;
    return a.rr_n > 1 ? KEYS_DIFFERS : keys_record_judge(&d->arena, a.rrs[0].data, e->algorithm, p);
}

static const char *const sights[] = {[KEYS_UNSEEN] = "",
                                     [KEYS_ABSENT] = "is not there",
                                     [KEYS_DIFFERS] = "is another one",
                                     [KEYS_RIGHT] = "is there",
                                     [KEYS_EMPTY] = "is revoked: its p= is empty"};

static void write_record(struct doctor *d, const struct keys_domain *k, const struct keys_entry *e)
{
    struct out record, zone;
    str p;
    if (key_public(&d->arena, k, e, &p) != 0)
        return;
    out_init(&record, &d->arena);
    keys_record_write(&record, e->algorithm, p);
    out_init(&zone, &d->arena);
    key_put_strings(&zone, out_done(&record));
    str text = out_done(&zone);
    doctor_write(d, doctor_text(d, "the zone of %s", k->domain), "%s._domainkey.%s. TXT %.*s", e->selector,
                 k->domain, (int)(text.n < SHOWN_MAX ? text.n : SHOWN_MAX), (const char *)text.p);
}

/* A key whose signatures are on the way must have its record. */
static void look_at_key(struct doctor *d, struct looking *l, const struct keys_domain *k,
                        const struct keys_entry *e)
{
    bool signs = e->state == KEYS_ACTIVE || e->state == KEYS_RETIRING;
    if (signs && !e->has_file && e->state == KEYS_ACTIVE) {
        doctor_say(d, DOCTOR_WRONG, "key-no-file", "%s/%s/%s.pem is not there: nothing is signed with it",
                   l->root, k->domain, e->selector);
        run_key(d, l, "key new", k->domain);
        return;
    }
    enum keys_sight sight = signs ? sight_of(d, l, k, e) : KEYS_UNSEEN;
    l->good += sight == KEYS_RIGHT;
    if (!signs || sight == KEYS_UNSEEN || sight == KEYS_RIGHT)
        return;
    doctor_say(d, DOCTOR_WRONG, "key-record", "the record of %s._domainkey.%s %s: its signatures fail",
               e->selector, k->domain, sights[sight]);
    write_record(d, k, e);
}

static void say_unsigned(struct doctor *d, const struct looking *l, const struct keys_domain *k)
{
    for (size_t i = 0; i < k->n; i++) {
        const struct keys_entry *e = &k->list[i];
        if (e->state != KEYS_NEW && e->state != KEYS_PUBLISHED)
            continue;
        doctor_say(d, DOCTOR_NOTE, "key-waits", "%s: nothing is signed yet, the key %s waits for %s",
                   k->domain, e->selector,
                   e->state == KEYS_NEW ? "its record to be published"
                                        : "caches to forget what was there before");
        if (e->state == KEYS_NEW)
            write_record(d, k, e);
        run_key(d, l, "key check", k->domain);
        return;
    }
    doctor_say(d, DOCTOR_WRONG, "key-none", "%s has no key that signs", k->domain);
    run_key(d, l, "key new", k->domain);
}

static void look_at_domain(struct doctor *d, struct looking *l, const char *domain)
{
    struct keys_domain *k = NEW(&d->arena, struct keys_domain);
    struct keys_error error;
    if (k == NULL)
        return;
    enum keys_got got = keys_open(l->root, str_of(domain), KEYS_LOOK, k, &error);
    if (got != KEYS_OK) {
        say_refused(d, got, &error, l->root);
        keys_close(k);
        return;
    }
    size_t signers = 0;
    for (int i = INGAM_RSA_SHA256; i <= INGAM_ED25519_SHA256; i++)
        signers += keys_signer(k->list, k->n, (enum ingam_algorithm)i) < k->n;
    l->signing += signers;
    for (size_t i = 0; i < k->n; i++)
        look_at_key(d, l, k, &k->list[i]);
    if (signers == 0)
        say_unsigned(d, l, k);
    keys_close(k);
}

/* Domains that are to be signed for and have no keys at all. */
static void look_at_wanted(struct doctor *d, const struct looking *l)
{
    const struct conf_names *wanted = &d->conf->sign.domains;
    for (size_t i = 0; i < wanted->n; i++) {
        str name = wanted->list[i];
        size_t k = 0;
        while (k < l->n && !str_eq(str_of(l->names[k]), name))
            k++;
        if (k < l->n || name.n == 0 || name.p[0] == '.' || name.p[0] == '*')
            continue;
        const char *domain = doctor_z(d, name);
        doctor_say(d, DOCTOR_WRONG, "key-missing", "%s is to be signed for, and has no keys in %s", domain,
                   l->root);
        run_key(d, l, "key new", domain);
    }
}

/* The daemon says how many keys it may use. */
static void look_at_daemon(struct doctor *d, const struct looking *l)
{
    const struct passwd *who = d->conf->user ? getpwnam(d->conf->user) : NULL;
    struct stat s;
    if (d->status == NULL || l->signing == 0 || json_integer_value(json_object_get(d->status, "keys")) > 0)
        return;
    doctor_say(d, DOCTOR_WRONG, "key-unread", "the daemon has none of the keys in %s", l->root);
    if (who && stat(l->root, &s) == 0 && s.st_uid != who->pw_uid)
        doctor_run(d, "chown -R %s: %s", doctor_quoted(d, d->conf->user), doctor_quoted(d, l->root));
    doctor_run_reload(d);
}

void doctor_keys(struct doctor *d)
{
    struct looking l = {.root = d->conf->sign.keys};
    struct keys_error error;
    struct source_error why;
    const struct doctor_finding *before = d->now;
    if (l.root == NULL) {
        doctor_say(d, DOCTOR_OK, "key-off", "nothing is signed: the configuration names no folder of keys");
        return;
    }
    enum keys_got got = keys_domains(l.root, &d->arena, &l.names, &l.n, &error);
    if (got != KEYS_OK && got != KEYS_NONE) {
        say_refused(d, got, &error, l.root);
        return;
    }
    l.n = got == KEYS_OK ? l.n : 0;
    l.source = l.n && !d->dns_is_dead ? doctor_source(d, &why) : NULL;
    for (size_t i = 0; i < l.n; i++)
        look_at_domain(d, &l, l.names[i]);
    source_close(l.source);
    look_at_wanted(d, &l);
    look_at_daemon(d, &l);
    if (d->now != before)
        return;
    if (l.n == 0)
        doctor_say(d, DOCTOR_OK, "key-empty", "no keys yet: nothing is signed");
    else
        doctor_say(d, DOCTOR_OK, "key-good", "%zu domain%s with keys; %zu records looked at, all right", l.n,
                   l.n == 1 ? "" : "s", l.good);
}
