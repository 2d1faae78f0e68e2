/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds a verdict against what the case says of it. Each key of `expect` is a short text made from the verdict. */
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

static void result(struct text *t, enum ingam_result result, enum ingam_fault fault)
{
    text_add(t, "%s", ingam_result_name(result));
    if (fault != INGAM_FAULT_NONE) {
        text_add(t, ":");
        tell_fault(t, fault);
    }
}

static void or_none(struct text *t)
{
    if (t->n == 0)
        text_add(t, "none");
}

static void key_spf(struct text *t, const struct played *p)
{
    result(t, p->verdict->spf_mail_from.result, p->verdict->spf_mail_from.fault);
}

static void key_helo(struct text *t, const struct played *p)
{
    result(t, p->verdict->spf_helo.result, p->verdict->spf_helo.fault);
}

static void key_dkim(struct text *t, const struct played *p)
{
    for (size_t i = 0; i < p->verdict->dkim_n; i++) {
        text_add(t, "%s", i ? "," : "");
        result(t, p->verdict->dkim[i].result, p->verdict->dkim[i].fault);
    }
    or_none(t);
}

static void key_arc(struct text *t, const struct played *p)
{
    result(t, p->verdict->arc.result, p->verdict->arc.fault);
}

static void key_sealers(struct text *t, const struct played *p)
{
    for (size_t i = 0; i < p->verdict->arc.sealer_n; i++) {
        text_add(t, "%s", i ? "," : "");
        text_str(t, p->verdict->arc.sealers[i]);
    }
    or_none(t);
}

static void key_first(struct text *t, const struct played *p)
{
    text_add(t, "%s", ingam_result_name(p->verdict->arc.first_dmarc));
}

static void key_dmarc(struct text *t, const struct played *p)
{
    result(t, p->verdict->dmarc.result, p->verdict->dmarc.fault);
}

static void policy_at(struct text *t, enum ingam_dmarc_policy policy, ingam_str domain)
{
    const char *word = ingam_dmarc_policy_name(policy);
    text_add(t, "%s", word ? word : "-");
    if (domain.n) {
        text_add(t, "@");
        text_str(t, domain);
    }
}

static void key_policy(struct text *t, const struct played *p)
{
    policy_at(t, p->verdict->dmarc.policy, p->verdict->dmarc.policy_domain);
}

static void key_published(struct text *t, const struct played *p)
{
    policy_at(t, p->verdict->dmarc.published, (ingam_str){0});
}

static void key_org(struct text *t, const struct played *p)
{
    text_str(t, p->verdict->dmarc.organizational_domain);
    or_none(t);
}

static void key_author(struct text *t, const struct played *p)
{
    text_str(t, p->verdict->dmarc.author_domain);
    or_none(t);
}

static void key_aligned(struct text *t, const struct played *p)
{
    const struct ingam_dmarc_outcome *dmarc = &p->verdict->dmarc;
    text_add(t, "%s%s%s", dmarc->is_dkim_aligned ? "dkim" : "",
             dmarc->is_dkim_aligned && dmarc->is_spf_aligned ? "," : "", dmarc->is_spf_aligned ? "spf" : "");
    or_none(t);
}

static void key_asked(struct text *t, const struct played *p)
{
    text_add(t, "%zu", ingam_check_facts(p->check));
}

static void key_action(struct text *t, const struct played *p)
{
    text_add(t, "%s", ingam_disposition_name(p->verdict->action.disposition));
}

static void key_would(struct text *t, const struct played *p)
{
    text_add(t, "%s", ingam_disposition_name(p->verdict->action.would_be));
}

static void key_reply(struct text *t, const struct played *p)
{
    const struct ingam_action *a = &p->verdict->action;
    if (a->code == 0)
        return or_none(t);
    text_add(t, "%u ", a->code);
    text_str(t, a->enhanced);
    text_add(t, " ");
    text_str(t, a->text);
}

static void key_reasons(struct text *t, const struct played *p)
{
    for (size_t i = 0; i < p->verdict->action.reason_n; i++)
        text_add(t, "%s%s", i ? "; " : "", p->verdict->action.reasons[i]);
    or_none(t);
}

static void key_removed(struct text *t, const struct played *p)
{
    for (size_t i = 0; i < p->verdict->removed_n; i++)
        text_add(t, "%s%u", i ? "," : "", p->verdict->removed[i]);
    or_none(t);
}

static void key_fault(struct text *t, const struct played *p)
{
    tell_fault(t, p->verdict->fault);
    or_none(t);
}

static void key_authres(struct text *t, const struct played *p)
{
    text_str(t, p->verdict->authentication_results);
}

static void key_received(struct text *t, const struct played *p)
{
    text_str(t, p->verdict->received_spf);
}

static void key_mechanism(struct text *t, const struct played *p)
{
    text_str(t, p->verdict->spf_mail_from.mechanism);
}

static void key_explanation(struct text *t, const struct played *p)
{
    text_str(t, p->verdict->spf_mail_from.explanation);
}

static void key_lookups(struct text *t, const struct played *p)
{
    text_add(t, "%u", p->verdict->spf_mail_from.lookups);
}

static void key_voids(struct text *t, const struct played *p)
{
    text_add(t, "%u", p->verdict->spf_mail_from.voids);
}

static void key_fields(struct text *t, const struct played *p)
{
    text_add(t, "%zu", ingam_check_fields(p->check));
}

static void key_note(struct text *t, const struct played *p)
{
    const struct ingam_note *notes = NULL;
    size_t n = ingam_check_notes(p->check, &notes);
    for (size_t i = 0; i < n; i++)
        text_add(t, "%s%s", i ? "," : "", ingam_rule_row(notes[i].rule)->name);
}

static void key_told(struct text *t, const struct played *p)
{
    tell_notes(t, p->check);
}

static void key_warn(struct text *t, const struct played *p)
{
    const struct ingam_warning *list = NULL;
    size_t n = ingam_check_warnings(p->check, &list);
    for (size_t i = 0; i < n; i++)
        text_add(t, "%s%s", i ? "," : "", list[i].kind);
    or_none(t);
}

static const struct {
    const char *name;
    void (*make)(struct text *t, const struct played *p);
} keys[] = {
    {"spf", key_spf},
    {"helo", key_helo},
    {"dkim", key_dkim},
    {"arc", key_arc},
    {"dmarc", key_dmarc},
    {"policy", key_policy},
    {"published", key_published},
    {"org", key_org},
    {"author", key_author},
    {"aligned", key_aligned},
    {"asked", key_asked},
    {"action", key_action},
    {"would", key_would},
    {"reply", key_reply},
    {"reasons", key_reasons},
    {"removed", key_removed},
    {"fault", key_fault},
    {"authres", key_authres},
    {"received", key_received},
    {"mechanism", key_mechanism},
    {"lookups", key_lookups},
    {"voids", key_voids},
    {"fields", key_fields},
    {"explanation", key_explanation},
    {"note", key_note},
    {"told", key_told},
    {"warn", key_warn},
    {"sealers", key_sealers},
    {"first", key_first},
};

/* ret  the same list; where the case names no fault any will do */
static bool is_same(const char *want, const char *got)
{
    while (*want || *got) {
        size_t want_n = strcspn(want, ","), got_n = strcspn(got, ",");
        const char *fault = memchr(got, ':', got_n);
        bool is_bare = memchr(want, ':', want_n) == NULL && fault;
        size_t n = is_bare ? (size_t)(fault - got) : got_n;
        if ((n != want_n && got_n != want_n) || strncmp(want, got, want_n) != 0)
            return false;
        if ((want[want_n] == ',') != (got[got_n] == ','))
            return false;
        want += want_n + (want[want_n] == ',');
        got += got_n + (got[got_n] == ',');
    }
    return true;
}

static bool is_met(const struct expected *e, const char *got)
{
    if (e->op == '=')
        return is_same(e->value, got);
    return (strstr(got, e->value) != NULL) == (e->op == '~');
}

static bool expect_one(const struct scenario *sc, const struct expected *e, const struct played *p)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].name, e->key) != 0)
            continue;
        struct text got = {0};
        text_put(&got, "", 0);
        keys[i].make(&got, p);
        bool met = is_met(e, got.p);
        if (!met)
            printf("%s:%zu: %s: %s %s %s, got %s\n", sc->file, e->line, sc->name, e->key,
                   e->op == '='   ? "is"
                   : e->op == '~' ? "has"
                                  : "has not",
                   e->value, got.p);
        text_free(&got);
        return met;
    }
    printf("%s:%zu: unknown key %s\n", sc->file, e->line, e->key);
    return false;
}

size_t expect_all(const struct scenario *sc, struct played *p)
{
    size_t unmet = 0;
    if (sc->expected_n == 0)
        printf("%s:%zu: %s: expects nothing\n", sc->file, sc->line, sc->name);
    for (size_t i = 0; i < sc->expected_n; i++)
        unmet += !expect_one(sc, &sc->expected[i], p);
    return unmet + (sc->expected_n == 0);
}
