/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam dmarc walk: which record governs a domain, step by step. docs/man/ingam-dmarc.1.scd */
#include "cli/cli.h"
#include "cli/lint.h"
#include <libpsl.h>

static const size_t ARENA_MAX = (size_t)64 << 20;

struct walking {
    struct options base; /* first: the rows of options.h write there */
    struct judge judge;
    struct arena arena;
    struct ingam_lint *lint;
    const struct ingam_walk *walk;
    str domain;
    str by_list; /* the organizational domain by the Public Suffix List; empty: not known */
};

/* What RFC 7489 would have said: one label more than the public suffix. */
static str by_list(struct arena *a, str domain)
{
    const psl_ctx_t *list = psl_builtin();
    char *name = arena_copy_z(a, domain);
    const char *found = list && name ? psl_registrable_domain(list, name) : NULL;
    return found ? str_of(found) : S("");
}

static const char *what_is_there(const struct ingam_walk_step *step)
{
    if (step->has_several)
        return "several records: none counts";
    if (step->is_void)
        return "a record that is void";
    switch (step->status) {
    case INGAM_STATUS_NXDOMAIN: return "no such name";
    case INGAM_STATUS_FAILED: return "the DNS failed";
    case INGAM_STATUS_OPEN:
    case INGAM_STATUS_OK:
    case INGAM_STATUS_NODATA: break;
    }
    return "no record";
}

static void show_step(struct screen *s, size_t number, const struct ingam_walk_step *step)
{
    enum { NUMBER = 4, NAME = 36 };
    char text[24];
    size_t columns = screen_columns(s, step->name) + 1, cell = columns > NAME ? columns : NAME;
    snprintf(text, sizeof text, "%zu.", number);
    screen_blanks(s, 2);
    screen_cell(s, PAINT_DIM, str_of(text), NUMBER);
    screen_cell(s, PAINT_NONE, step->name, cell);
    str what = step->record.n && !step->is_void ? step->record : str_of(what_is_there(step));
    screen_wrap(s, step->record.n ? PAINT_NONE : PAINT_DIM, 2 + NUMBER + cell, 2 + NUMBER + 4, what);
}

static void show_row(struct screen *s, const char *label, str text)
{
    enum { INDENT = 2, LABEL = 24 };
    screen_blanks(s, INDENT);
    screen_cell(s, PAINT_STRONG, str_of(label), LABEL);
    screen_wrap(s, PAINT_NONE, INDENT + LABEL, INDENT + LABEL, text);
}

static bool differs(const struct walking *q)
{
    str walked = q->walk->organizational_domain;
    return q->by_list.n && walked.n && !str_eq_nocase(q->by_list, walked);
}

static str policy_words(struct walking *q)
{
    struct out o;
    const char *policy = ingam_dmarc_policy_name(q->walk->policy);
    out_init(&o, &q->arena);
    if (q->walk->organizational_domain.n == 0)
        return S("not known: the DNS failed");
    if (q->walk->record.n == 0)
        return S("none: no record governs this domain");
    if (q->walk->is_policy_open)
        out_z(&o, "not known: the DNS failed when asked whether the name exists");
    else if (q->walk->is_refused)
        out_z(&o, "none: DMARC does not apply, for want of a valid policy and of a valid rua");
    else
        out_z(&o, policy ? policy : "none");
    out_z(&o, ", by the record at ");
    out_str(&o, q->walk->policy_domain);
    out_z(&o, q->walk->is_testing ? " (t=y: testing)" : "");
    return out_done(&o);
}

static str list_words(struct walking *q)
{
    struct out o;
    out_init(&o, &q->arena);
    out_str(&o, q->by_list);
    out_z(&o, ": RFC 7489 would have taken this for the organizational domain, and looked at its record "
              "alone beside "
              "the domain's own");
    return out_done(&o);
}

static void show(struct walking *q)
{
    struct screen s;
    screen_init(&s, stdout, q->base.color);
    screen_paint(&s, PAINT_STRONG, q->domain);
    screen_end_line(&s);
    for (size_t i = 0; i < q->walk->n; i++)
        show_step(&s, i + 1, &q->walk->steps[i]);
    screen_end_line(&s);
    str organizational = q->walk->organizational_domain;
    show_row(&s, "organizational domain", organizational.n ? organizational : S("not known: the DNS failed"));
    show_row(&s, "policy", policy_words(q));
    if (differs(q))
        show_row(&s, "public suffix list", list_words(q));
}

static bool show_json(struct walking *q)
{
    const struct ingam_walk *w = q->walk;
    bool is_known = w->record.n && !w->is_refused && !w->is_policy_open;
    const char *policy = is_known ? ingam_dmarc_policy_name(w->policy) : NULL;
    json_t *steps = json_array();
    for (size_t i = 0; i < w->n; i++)
        json_array_append_new(steps, json_pack("{s:o,s:s,s:o,s:b,s:b}", "name", json_text(w->steps[i].name),
                                               "status", ingam_status_name(w->steps[i].status), "record",
                                               json_text_or_null(w->steps[i].record), "several",
                                               w->steps[i].has_several, "void", w->steps[i].is_void));
    return json_line(
        json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:o}", "domain", json_text(q->domain), "steps", steps,
                  "organizational_domain", json_text_or_null(w->organizational_domain), "policy_domain",
                  json_text_or_null(w->policy_domain), "record", json_text_or_null(w->record), "policy",
                  policy ? json_string(policy) : json_null(), "testing", w->is_testing, "applies",
                  w->record.n && !w->is_refused, "public_suffix_list", json_text_or_null(q->by_list)),
        stdout);
}

static int status_of(const struct walking *q)
{
    if (q->walk->organizational_domain.n == 0 || q->walk->is_policy_open)
        return EXIT_LATER;
    return q->walk->record.n && !q->walk->is_refused ? EXIT_GOOD : EXIT_BAD;
}

static int walk(struct walking *q, const char *domain)
{
    static const struct lint_zone nowhere;
    struct ingam_lint_what what = {.domain = str_of(domain), .is_walk_only = true};
    int status = judge_open(&q->judge, &q->base);
    if (status != EXIT_GOOD)
        return status;
    q->lint = lint_run(&q->judge, &nowhere, &what, &status);
    if (q->lint == NULL)
        return status;
    q->walk = ingam_lint_walk(q->lint);
    q->domain = ingam_lint_domain_name(q->lint);
    q->by_list = by_list(&q->arena, q->domain);
    if (q->base.view != VIEW_JSON)
        show(q);
    else if (!show_json(q))
        return EXIT_LATER;
    return status_of(q);
}

int dmarc_command(int argc, char **argv)
{
    static const struct args usage = {
        .command = "dmarc",
        .synopsis = "walk DOMAIN [OPTION]...",
        .about = "Shows the DNS tree walk of RFC 9989 from a domain: each name that is asked, what stands "
                 "there, which record\n"
                 "governs, and what the Public Suffix List would have said where it differs.\n",
        .after = "Exit status: 0 a record governs, 1 none does or it is void, 75 the DNS failed.\n",
        .groups = {options_dns, options_json, NULL},
    };
    struct walking q = {.lint = NULL};
    int first = argc, status;
    options_default(&q.base);
    enum args_got got = args_read(&usage, &q, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first != 2 || strcmp(argv[first], "walk") != 0) {
        complain("expected: ingam dmarc walk DOMAIN");
        return EXIT_USAGE;
    }
    arena_init(&q.arena, NULL, ARENA_MAX);
    status = walk(&q, argv[first + 1]);
    ingam_lint_free(q.lint);
    judge_close(&q.judge);
    arena_free(&q.arena);
    return status;
}
