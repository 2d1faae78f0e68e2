/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam spf tree: what a record includes, what each term costs and lets in. docs/man/ingam-spf.1.scd */
#include "cli/spf_tree.h"

#include "cli/cli.h"
#include "cli/facts.h"

enum { LOOKUPS_MAX = 10, VOIDS_MAX = 2, TERM = 44, COUNT = 5, INDENT = 2 };
static const size_t ARENA_MAX = (size_t)64 << 20;

int spf_asked_open(struct spf_asked *q, const struct args *usage, int argc, char **argv, int *first)
{
    int status = EXIT_GOOD;
    *first = argc;
    options_default(&q->base);
    arena_init(&q->arena, NULL, ARENA_MAX);
    enum args_got got = args_read(usage, q, argc, argv, first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - *first != q->wanted) {
        complain("expected: ingam %s %s", usage->command, usage->synopsis);
        return EXIT_USAGE;
    }
    status = judge_open(&q->judge, &q->base);
    if (status != EXIT_GOOD)
        return status;
    q->lint = spf_asked_run(q, argv[*first], &status);
    if (q->lint == NULL)
        return status;
    q->domain = ingam_lint_domain_name(q->lint);
    q->n = ingam_lint_spf_tree(q->lint, &q->branches);
    return -1;
}

void spf_asked_close(struct spf_asked *q)
{
    ingam_lint_free(q->lint);
    judge_close(&q->judge);
    arena_free(&q->arena);
}

struct ingam_lint *spf_asked_run(struct spf_asked *q, const char *domain, int *status)
{
    static const struct lint_zone nowhere;
    struct ingam_lint_what what = {.domain = str_of(domain), .is_spf_only = true};
    struct ingam_lint *lint = lint_run(&q->judge, &nowhere, &what, status);
    const struct ingam_spf_branch *branches;
    const struct ingam_finding *findings;
    if (lint == NULL || ingam_lint_spf_tree(lint, &branches))
        return lint;
    size_t n = ingam_lint_findings(lint, &findings);
    str why = n ? linted_text(&q->arena, &findings[0], ingam_finding_text) : S("there is no SPF record");
    complain("%s: %.*s", domain, (int)why.n, (const char *)why.p);
    *status = n && findings[0].code == INGAM_FINDING_DNS001 ? EXIT_LATER : EXIT_BAD;
    ingam_lint_free(lint);
    return NULL;
}

bool spf_is_all(str term)
{
    bool has_qualifier = term.n && str_find(S("+-~?"), term.p[0]) < 4;
    return str_eq_nocase(str_from(term, has_qualifier), S("all"));
}

str spf_network(struct arena *a, const struct ingam_network *network)
{
    char text[64];
    size_t n = ingam_network_text(network, text, sizeof text);
    return arena_copy(a, (str){(uint8_t *)text, n});
}

str spf_networks(struct arena *a, const struct ingam_spf_branch *branch)
{
    struct out o;
    out_init(&o, a);
    for (size_t i = 0; i < branch->network_n; i++) {
        out_z(&o, i ? ", " : "");
        out_str(&o, spf_network(a, &branch->networks[i]));
    }
    return o.n ? out_done(&o) : S("");
}

/* What there is to say about a term beside its costs. */
static str remark(struct arena *a, const struct ingam_spf_branch *b)
{
    if (b->code != INGAM_FINDING_N) {
        struct out o;
        const struct ingam_finding_row *row = ingam_finding_row(b->code);
        struct ingam_finding f = {.code = b->code, .text = {b->target, b->term}};
        out_init(&o, a);
        out_z(&o, row->code);
        out_z(&o, ": ");
        out_str(&o, linted_text(a, &f, ingam_finding_text));
        return out_done(&o);
    }
    return b->is_dynamic ? S("depends on each message") : spf_networks(a, b);
}

static str count_of(struct arena *a, size_t n)
{
    struct out o;
    out_init(&o, a);
    if (n)
        out_uint(&o, n);
    return n ? out_done(&o) : S("");
}

/* A term of a record; the record itself is not shown again below it. */
static void show_term(struct screen *s, struct arena *a, const struct ingam_spf_branch *b)
{
    size_t indent = INDENT + (size_t)b->depth / 2 * INDENT;
    size_t columns = screen_columns(s, b->term) + 1, room = TERM > indent ? TERM - indent : 1;
    size_t cell = columns > room ? columns : room;
    screen_blanks(s, indent);
    screen_cell(s, b->code == INGAM_FINDING_N ? PAINT_NONE : PAINT_BAD, b->term, cell);
    screen_cell(s, PAINT_DIM, count_of(a, b->lookups), COUNT);
    size_t at = indent + cell + COUNT, below = at < 50 ? at : 50;
    screen_wrap(s, b->code == INGAM_FINDING_N ? PAINT_DIM : PAINT_BAD, at, below, remark(a, b));
}

static size_t voids_of(const struct spf_asked *q)
{
    size_t n = 0;
    for (size_t i = 0; i < q->n; i++)
        n += q->branches[i].voids;
    return n;
}

static void show(struct spf_asked *q)
{
    struct screen s;
    struct out o;
    screen_init(&s, stdout, q->base.color);
    out_init(&o, &q->arena);
    out_z(&o, ": look-ups ");
    out_uint(&o, q->branches[0].lookups);
    out_z(&o, "/10, void ");
    out_uint(&o, voids_of(q));
    out_z(&o, "/2");
    bool is_bad = q->branches[0].lookups > LOOKUPS_MAX || voids_of(q) > VOIDS_MAX;
    screen_paint(&s, PAINT_STRONG, q->domain);
    screen_paint(&s, is_bad ? PAINT_BAD : PAINT_GOOD, out_done(&o));
    screen_end_line(&s);
    screen_blanks(&s, INDENT);
    screen_wrap(&s, PAINT_DIM, INDENT, INDENT, q->branches[0].record);
    for (size_t i = 1; i < q->n; i++)
        if (!q->branches[i].is_record)
            show_term(&s, &q->arena, &q->branches[i]);
}

static json_t *networks(struct arena *a, const struct ingam_spf_branch *b)
{
    json_t *list = json_array();
    for (size_t i = 0; i < b->network_n; i++)
        json_array_append_new(list, json_text(spf_network(a, &b->networks[i])));
    return list;
}

static json_t *branch(struct arena *a, const struct ingam_spf_branch *b)
{
    json_t *code = b->code == INGAM_FINDING_N ? json_null() : json_string(ingam_finding_row(b->code)->code);
    return json_pack("{s:I,s:o,s:o,s:o,s:s,s:I,s:I,s:b,s:o,s:o}", "depth", (json_int_t)(b->depth + 1) / 2,
                     "domain", json_text(b->domain), "term", json_text(b->term), "target",
                     json_text_or_null(b->target), "result", ingam_result_name(b->result), "lookups",
                     (json_int_t)b->lookups, "voids", (json_int_t)b->voids, "dynamic", b->is_dynamic,
                     "networks", networks(a, b), "finding", code);
}

static bool show_json(struct spf_asked *q)
{
    json_t *terms = json_array();
    for (size_t i = 1; i < q->n; i++)
        if (!q->branches[i].is_record)
            json_array_append_new(terms, branch(&q->arena, &q->branches[i]));
    return json_line(json_pack("{s:o,s:o,s:I,s:I,s:o}", "domain", json_text(q->domain), "record",
                               json_text(q->branches[0].record), "lookups",
                               (json_int_t)q->branches[0].lookups, "voids", (json_int_t)voids_of(q), "terms",
                               terms),
                     stdout);
}

int spf_tree_command(int argc, char **argv)
{
    static const struct args usage = {
        .command = "spf tree",
        .synopsis = "DOMAIN [OPTION]...",
        .about = "Shows an SPF record with all it includes: what each term costs of the 10 look-ups, and "
                 "what it lets in.\n",
        .after = "Exit status: 0, 1 where the record cannot be used; 75 the DNS failed.\n",
        .groups = {options_dns, options_json, NULL},
    };
    struct spf_asked q = {.wanted = 1};
    int first, status = spf_asked_open(&q, &usage, argc, argv, &first);
    if (status < 0) {
        struct linted d;
        linted_take(&d, q.lint, q.domain);
        bool is_fine = true;
        if (q.base.view == VIEW_JSON)
            is_fine = show_json(&q);
        else
            show(&q);
        status = !is_fine ? EXIT_LATER : d.errors ? EXIT_BAD : EXIT_GOOD;
    }
    spf_asked_close(&q);
    return status;
}
