/* SPDX-License-Identifier: BSD-2-Clause */
/* What should have come out of a probe, by the configuration file, beside what the server said, the daemon decided, and the box holds. */
#include "cli/test.h"

#include "cli/control.h"
#include <stdio.h>

enum { WHY_SIZE = 512 };

static void wrong(struct test *t, struct probe *p, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void wrong(struct test *t, struct probe *p, const char *format, ...)
{
    char text[WHY_SIZE];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    str why = arena_copy(&t->arena, str_of(text));
    if (p->why_n < WHYS_MAX && why.p)
        p->whys[p->why_n++] = why;
}

static const char *word(enum ingam_disposition d)
{
    return d == INGAM_ACCEPT ? "accept" : ingam_disposition_name(d);
}

void judge_plan(struct test *t)
{
    str to = str_of(t->options.to);
    char domain[256];
    size_t n = 0;
    for (str d = str_from(to, str_find_last(to, '@') + 1); n < d.n && n < sizeof domain; n++)
        domain[n] = (char)byte_lower(d.p[n]);
    for (size_t i = 0; i < PROBE_N; i++) {
        struct probe *p = &t->probes[i];
        const struct conf_policy *policy = conf_policy_for(t->conf, p->domain, (str){(uint8_t *)domain, n});
        p->mode = policy->mode;
        p->wanted = p->plan->policy == POLICY_REJECT       ? policy->on_reject
                    : p->plan->policy == POLICY_QUARANTINE ? policy->on_quarantine
                                                           : INGAM_ACCEPT;
        p->wanted_now = p->mode == INGAM_ENFORCE ? p->wanted : INGAM_ACCEPT;
    }
}

bool judge_is_to_come(const struct probe *p)
{
    return p->code / 100 == 2 && !json_is_true(json_object_get(p->decision, "held"));
}

/* --- The daemon's word ----------------------------------------------------------------------------------------- */

static void compare_result(struct test *t, struct probe *p, const char *method, const char *want)
{
    const char *got = control_text(p->decision, method);
    if (strcmp(got, want) == 0)
        return;
    if (strcmp(method, "spf") == 0)
        wrong(t, p, "spf is %s for %s from %s, and should be %s", got,
              control_text(p->decision, "spf_domain"), control_text(p->decision, "client"), want);
    else
        wrong(t, p, "%s is %s, and should be %s", method, got, want);
}

/* ret  the policy that stood is not that of the file */
static bool is_other_policy(struct test *t, struct probe *p)
{
    const char *mode = p->mode == INGAM_ENFORCE ? "enforce" : "observe",
               *got = control_text(p->decision, "mode");
    if (strcmp(mode, got) == 0)
        return false;
    wrong(t, p,
          "the configuration says %s, and the daemon does %s: `ingam reload` has it read its configuration "
          "again",
          mode, got);
    return true;
}

static void compare_action(struct test *t, struct probe *p)
{
    const char *would_be = control_text(p->decision, "would_be"), *does = control_text(p->decision, "action");
    const char *reasons = control_text(p->decision, "reasons");
    if (is_other_policy(t, p))
        return;
    if (strcmp(would_be, word(p->wanted)) != 0)
        wrong(t, p, "enforcing makes of it: %s (%s), and should: %s", would_be, reasons, word(p->wanted));
    else if (strcmp(does, word(p->wanted_now)) != 0)
        wrong(t, p, "what was done: %s (%s), and should have been: %s", does, reasons, word(p->wanted_now));
}

static void judge_decision(struct test *t, struct probe *p)
{
    const struct probe_plan *plan = p->plan;
    const char *trouble = control_text(p->decision, "trouble");
    json_int_t removed = json_integer_value(json_object_get(p->decision, "removed"));
    if (*trouble) {
        wrong(t, p, "the daemon could not judge it: %s", trouble);
        return;
    }
    if (!json_is_true(json_object_get(p->decision, "ours"))) {
        compare_result(t, p, "spf", plan->spf);
        compare_result(t, p, "dkim", plan->dkim);
        compare_result(t, p, "dmarc", plan->dmarc);
        compare_action(t, p);
    }
    if (plan->has_forged_results && removed == 0 && p->code / 100 == 2)
        wrong(t, p, "the forged Authentication-Results were not taken out");
}

/* --- The server's ---------------------------------------------------------------------------------------------- */

static void judge_reply(struct test *t, struct probe *p)
{
    const char *does = control_text(p->decision, "action"), *id = control_text(p->decision, "id");
    int wanted = strcmp(does, "reject") == 0 ? 5 : strcmp(does, "defer") == 0 ? 4 : 2;
    if (p->code / 100 != wanted)
        wrong(t, p,
              "the daemon said %s, and the mail server answered %d: another filter, or its own rules, had "
              "another word",
              does, p->code);
    else if (wanted != 2 && strstr(p->reply, id) == NULL)
        wrong(t, p, "the mail server refused it without the daemon's words, which name %s", id);
}

static void judge_without_daemon(struct test *t, struct probe *p)
{
    if (p->code / 100 == 2)
        wrong(t, p, "the mail server took it and did not ask the daemon");
    else
        wrong(t, p, "the mail server refused it by itself, before the daemon was asked");
}

/* --- The box's ------------------------------------------------------------------------------------------------- */

struct seen {
    size_t ours, actions; /* ours: above what the probe brought */
    bool is_below, has_results, has_forged;
};

static bool is_by_us(const struct test *t, str value)
{
    value = str_trim_fws(value);
    str id = str_trim_fws(str_first(value, str_find(value, ';')));
    return str_eq_nocase(str_first(id, str_find(id, ' ')), t->conf->authserv_id);
}

static bool holds_result(const struct probe *p, str value)
{
    char word_of[64];
    snprintf(word_of, sizeof word_of, "dmarc=%s", p->plan->dmarc);
    return str_find_str(value, str_of(word_of)) < value.n;
}

static void see_field(const struct test *t, const struct probe *p, str field, struct seen *seen)
{
    str name = str_first(field, str_find(field, ':')), value = str_from(field, name.n + 1);
    seen->is_below |= str_eq_nocase(name, S("X-Ingam-Trial")) || str_eq_nocase(name, S("From"));
    seen->actions += str_eq_nocase(name, S("X-Ingam-Action"));
    seen->has_forged |= str_find_str(value, S("forgery." TRIAL_NAME)) < value.n;
    if (!str_eq_nocase(name, S("Authentication-Results")) || !is_by_us(t, value))
        return;
    seen->ours += !seen->is_below;
    seen->has_results |= holds_result(p, value);
}

static struct seen see(const struct test *t, const struct probe *p)
{
    struct seen seen = {0};
    str rest = p->delivered;
    while (rest.n) {
        size_t n = 0;
        do
            n += str_find(str_from(rest, n), '\n') + 1;
        while (n < rest.n && (rest.p[n] == ' ' || rest.p[n] == '\t'));
        see_field(t, p, str_first(rest, n), &seen);
        rest = str_from(rest, n);
    }
    return seen;
}

static void judge_delivered(struct test *t, struct probe *p)
{
    struct seen seen = see(t, p);
    bool is_ours = json_is_true(json_object_get(p->decision, "ours"));
    if (seen.has_forged)
        wrong(t, p, "the forged Authentication-Results were delivered");
    if (is_ours)
        return;
    if (seen.ours == 0)
        wrong(t, p, "it was delivered without our Authentication-Results on top");
    else if (!seen.has_results)
        wrong(t, p, "our Authentication-Results do not say dmarc=%s", p->plan->dmarc);
    if (p->wanted != INGAM_ACCEPT && seen.actions == 0)
        wrong(t, p, "it was delivered without X-Ingam-Action");
}

static void judge_absent(struct test *t, struct probe *p)
{
    bool has_box = t->options.maildir || t->options.mbox;
    if (has_box && !t->is_box_guessed && judge_is_to_come(p))
        wrong(t, p, "it was accepted and is not in %s",
              t->options.maildir ? t->options.maildir : t->options.mbox);
}

void judge_probe(struct test *t, struct probe *p)
{
    if (p->decision == NULL) {
        judge_without_daemon(t, p);
        return;
    }
    judge_decision(t, p);
    judge_reply(t, p);
    if (p->delivered.n)
        judge_delivered(t, p);
    else
        judge_absent(t, p);
}
