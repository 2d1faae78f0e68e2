/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's questions, answered by a zone that is not published yet, or from where --dns and --resolver say. */
#include "cli/cli.h"
#include "cli/lint.h"
#include "io/pump.h"
#include <stdlib.h>

struct running {
    struct ingam_lint *lint;
    const struct lint_zone *zone;
};

/* Answers what the zone itself knows at once. */
static enum ingam_want next(void *subject, uint64_t now_ms, struct ingam_question *q)
{
    const struct running *r = subject;
    const struct lint_zone *z = r->zone;
    struct ingam_answer a;
    for (;;) {
        enum ingam_want want = ingam_lint_next(r->lint, now_ms, q);
        bool is_own = want == INGAM_WANT_ANSWER && q->id && z->zone &&
                      ingam_lint_zone_has(z->zone, z->names, z->n, q->name);
        if (!is_own)
            return want;
        ingam_zone_answer(z->zone, q, &a);
        ingam_lint_answer(r->lint, &a);
    }
}

static enum ingam_err answer(void *subject, const struct ingam_answer *a)
{
    return ingam_lint_answer(((struct running *)subject)->lint, a);
}

/* Bytes that no domain name on a command line has: the DNS could carry them, zone text and terminals read them otherwise. */
static bool is_named_right(str domain)
{
    static const str wrong = S_INIT("@\"\\;()<>,:/");
    for (size_t i = 0; i < domain.n; i++)
        if (domain.p[i] <= ' ' || domain.p[i] == 0x7f || str_find(wrong, domain.p[i]) < wrong.n)
            return false;
    return domain.n > 0;
}

static void complain_of_name(str domain)
{
    if (str_find(domain, '@') < domain.n)
        complain("expected a domain, not an address");
    else if (!is_named_right(domain))
        complain("expected a domain name: letters, digits, hyphens and dots");
    else
        complain("\"%.*s\" is no domain name", (int)domain.n, (const char *)domain.p);
}

struct ingam_lint *lint_run(struct judge *j, const struct lint_zone *zone, const struct ingam_lint_what *what,
                            int *status)
{
    static const struct pump_face face = {next, answer};
    struct pump pump = pump_start(j->source, judge_now_ms(j), j->config.limits.deadline_ms);
    struct running r = {.zone = zone};
    if (is_named_right(what->domain))
        r.lint = ingam_lint_domain(&j->config, what, pump.now_ms);
    if (r.lint == NULL) {
        complain_of_name(what->domain);
        *status = EXIT_DATA;
        return NULL;
    }
    if (pump_run(&pump, &face, &r) == INGAM_OK && ingam_lint_is_whole(r.lint))
        return r.lint;
    complain("there is not enough memory");
    ingam_lint_free(r.lint);
    *status = EXIT_LATER;
    return NULL;
}

int lint_zone_open(struct lint_zone *z, struct arena *a, const char *path, size_t max)
{
    struct ingam_zone_error error;
    uint8_t *text;
    size_t n;
    if (!input_read_file(path, &text, &n))
        return EXIT_NO_INPUT;
    z->zone = ingam_zone_new(NULL, (str){text, n}, &error);
    free(text);
    if (z->zone == NULL) {
        complain("%s:%zu:%zu: expected %s", path, error.line, error.column,
                 error.expected ? error.expected : "less of it: there is not enough memory");
        return EXIT_DATA;
    }
    z->names = arena_take_array(a, max, sizeof *z->names);
    z->n = z->names ? ingam_lint_zone(z->zone, z->names, max) : 0;
    if (z->n)
        return EXIT_GOOD;
    complain("%s: no name in it has mail records", path);
    return EXIT_DATA;
}
