/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam lint: are these records right? docs/man/ingam-lint.1.scd */
#include "cli/lint.h"
#include "cli/cli.h"
#include <stdlib.h>

enum { DOMAINS_MAX = 256 };
static const size_t ARENA_MAX = (size_t)64 << 20;

static bool set_record(void *into, const char *value)
{
    ((struct lint_options *)into)->record = value;
    return true;
}

static bool set_type(void *into, const char *value)
{
    for (int type = INGAM_RECORD_SPF; type < INGAM_RECORD_N; type++)
        if (strcmp(value, ingam_record_name((enum ingam_record)type)) == 0) {
            ((struct lint_options *)into)->type = (enum ingam_record)type;
            return true;
        }
    return false;
}

static bool set_zone(void *into, const char *value)
{
    ((struct lint_options *)into)->zone = value;
    return *value != 0;
}

static bool set_selector(void *into, const char *value)
{
    struct lint_options *o = into;
    if (o->selector_n == LINT_SELECTORS_MAX || *value == 0 || strlen(value) > 63)
        return false;
    o->selectors[o->selector_n++] = str_of(value);
    return true;
}

static bool set_output(void *into, const char *value)
{
    static const char *const words[] = {"text", "json", "sarif"};
    for (int i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            ((struct lint_options *)into)->output = (enum lint_output)i;
            return true;
        }
    return false;
}

static bool set_json(void *into, const char *value)
{
    (void)value;
    ((struct lint_options *)into)->output = LINT_JSON;
    return true;
}

static bool set_strict(void *into, const char *value)
{
    (void)value;
    ((struct lint_options *)into)->is_strict = true;
    return true;
}

static bool set_color(void *into, const char *value)
{
    static const char *const words[] = {"auto", "always", "never"};
    for (int i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            ((struct lint_options *)into)->base.color = (enum color)i;
            return true;
        }
    return false;
}

static const struct arg options_lint[] = {
    {"record", "TEXT", "judge this text alone; nothing is asked", set_record, "the text of a record"},
    {"type", "TYPE", "what the text is: spf, dkim, dmarc, mta-sts, tlsrpt, bimi (else told by its start)",
     set_type, "spf, dkim, dmarc, mta-sts, tlsrpt or bimi"},
    {"selector", "S", "look at the key of this selector too; may be given again", set_selector,
     "a selector of at most 63 bytes, 64 of them at most"},
    {"zone", "FILE", "judge a zone before it is published: its names come from FILE, others from the DNS",
     set_zone, "the name of a zone file"},
    {"output", "text|json|sarif", "also -o: for people, as one JSON object a line, or as a SARIF 2.1.0 log",
     set_output, "text, json or sarif"},
    {"json", NULL, "the same as -o json", set_json, NULL},
    {"strict", NULL, "exit with 1 for warnings, too", set_strict, NULL},
    {"color", "auto|always|never", "colours (auto: on a terminal)", set_color, "auto, always or never"},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct args usage = {
    .command = "lint",
    .synopsis = "DOMAIN... [OPTION]...\n       ingam lint --record TEXT [--type TYPE] [OPTION]...",
    .about = "Looks at all that a domain publishes about its mail (MX, SPF with all it includes, DKIM keys, "
             "DMARC,\n"
             "MTA-STS, TLS-RPT, BIMI) and says what is wrong, where, and what to publish instead.\n",
    .after = "Exit status: 0 no error, 1 errors (with --strict also warnings), 75 the DNS failed;\n"
             "64 wrong usage, 65 wrong zone file or no domain name, 66 unreadable file.\n"
             "Every code: docs/lint.md. The whole story: man ingam-lint\n",
    .groups = {options_lint, options_dns, NULL},
};

void linted_take(struct linted *d, struct ingam_lint *lint, str subject)
{
    *d = (struct linted){.lint = lint, .subject = subject};
    d->n = ingam_lint_findings(lint, &d->findings);
    for (size_t i = 0; i < d->n; i++)
        switch (ingam_finding_row(d->findings[i].code)->severity) {
        case INGAM_SEVERITY_ERROR: d->errors++; break;
        case INGAM_SEVERITY_WARNING: d->warnings++; break;
        case INGAM_SEVERITY_NOTE: d->notes++; break;
        }
}

const char *linted_verdict(const struct linted *d)
{
    return d->errors ? "error" : d->warnings ? "warning" : "ok";
}

str linted_text(struct arena *a, const struct ingam_finding *f,
                size_t (*words)(const struct ingam_finding *f, char *buf, size_t cap))
{
    size_t n = words(f, NULL, 0);
    char *text = arena_take(a, n + 1);
    if (text == NULL)
        return S("");
    words(f, text, n + 1);
    return (str){(uint8_t *)text, n};
}

struct linting {
    struct lint_options options;
    struct judge judge;
    struct arena arena;
    struct lint_zone zone;
    struct linted list[DOMAINS_MAX];
    size_t n;
};

/* ret  some question about the domain could not be answered, and nothing worse is known of it */
static bool is_only_dns(const struct linted *d)
{
    size_t failed = 0;
    for (size_t i = 0; i < d->n; i++)
        failed += d->findings[i].code == INGAM_FINDING_DNS001;
    return failed && failed == d->errors;
}

static int status_of(const struct linting *q)
{
    int status = EXIT_GOOD;
    for (size_t i = 0; i < q->n; i++) {
        const struct linted *d = &q->list[i];
        if (is_only_dns(d))
            status = status == EXIT_BAD ? EXIT_BAD : EXIT_LATER;
        else if (d->errors || (d->warnings && q->options.is_strict))
            status = EXIT_BAD;
    }
    return status;
}

static bool show_json(struct linting *q)
{
    bool is_fine = true;
    for (size_t i = 0; i < q->n; i++)
        is_fine = json_line(lint_json(&q->arena, &q->list[i]), stdout) && is_fine;
    return is_fine;
}

static int show(struct linting *q)
{
    struct screen screen;
    bool is_fine = true;
    screen_init(&screen, stdout, q->options.base.color);
    if (q->options.output == LINT_SARIF)
        is_fine = json_line(lint_sarif(&q->arena, q->list, q->n), stdout);
    if (q->options.output == LINT_JSON)
        is_fine = show_json(q);
    for (size_t i = 0; q->options.output == LINT_TEXT && i < q->n; i++)
        lint_show(&screen, &q->arena, &q->list[i]);
    return is_fine ? status_of(q) : EXIT_LATER;
}

static int lint_text(struct linting *q)
{
    struct ingam_config config;
    ingam_config_default(&config);
    struct ingam_lint *lint = ingam_lint_record(&config, str_of(q->options.record), q->options.type);
    if (lint == NULL) {
        complain("there is not enough memory");
        return EXIT_LATER;
    }
    linted_take(&q->list[q->n++], lint, S(""));
    return show(q);
}

static int lint_domain(struct linting *q, str domain)
{
    int status = EXIT_GOOD;
    struct ingam_lint_what what = {
        .domain = domain, .selectors = q->options.selectors, .selector_n = q->options.selector_n};
    struct ingam_lint *lint = lint_run(&q->judge, &q->zone, &what, &status);
    if (lint)
        linted_take(&q->list[q->n++], lint, ingam_lint_domain_name(lint));
    return status;
}

static int lint_domains(struct linting *q, const str *domains, size_t n)
{
    int status = EXIT_GOOD;
    for (size_t i = 0; i < n && q->n < DOMAINS_MAX; i++)
        status = worse_of(status, lint_domain(q, domains[i]));
    return q->n ? worse_of(status, show(q)) : status;
}

static int lint_named(struct linting *q, char **words, int n)
{
    str *domains = arena_take(&q->arena, (size_t)n * sizeof *domains);
    for (int i = 0; domains && i < n; i++)
        domains[i] = str_of(words[i]);
    return domains ? lint_domains(q, domains, (size_t)n) : EXIT_LATER;
}

static bool is_asked_right(const struct lint_options *o, int words)
{
    if ((o->record != NULL) + (words > 0) + (o->zone != NULL && words == 0) != 1)
        complain("expected either the names of domains, or --record TEXT, or --zone FILE");
    else if (o->type != INGAM_RECORD_UNKNOWN && o->record == NULL)
        complain("--type goes with --record");
    else if (words > DOMAINS_MAX)
        complain("at most %d domains at once", (int)DOMAINS_MAX);
    else
        return true;
    return false;
}

/* args_read knows long names only. */
static void spell_out(int argc, char **argv)
{
    static char output[] = "--output";
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "-o") == 0)
            argv[i] = output;
}

static int run(struct linting *q, int words_n, char **words)
{
    if (q->options.record)
        return lint_text(q);
    int status = EXIT_GOOD;
    if (q->options.zone)
        status = lint_zone_open(&q->zone, &q->arena, q->options.zone, DOMAINS_MAX);
    if (status != EXIT_GOOD)
        return status;
    status = judge_open(&q->judge, &q->options.base);
    if (status == EXIT_GOOD)
        status = words_n ? lint_named(q, words, words_n) : lint_domains(q, q->zone.names, q->zone.n);
    judge_close(&q->judge);
    return status;
}

int lint_command(int argc, char **argv)
{
    int first = argc;
    struct linting *q = calloc(1, sizeof *q);
    if (q == NULL)
        return EXIT_LATER;
    options_default(&q->options.base);
    spell_out(argc, argv);
    enum args_got got = args_read(&usage, &q->options, argc, argv, &first);
    int status = got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    arena_init(&q->arena, NULL, ARENA_MAX);
    if (got == ARGS_OK && is_asked_right(&q->options, argc - first))
        status = run(q, argc - first, argv + first);
    for (size_t i = 0; i < q->n; i++)
        ingam_lint_free(q->list[i].lint);
    ingam_zone_free(q->zone.zone);
    arena_free(&q->arena);
    free(q);
    return status;
}
