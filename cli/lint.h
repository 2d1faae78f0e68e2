/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of `ingam lint` share, and who else runs the judge of records over a domain. */
#ifndef CLI_LINT_H
#define CLI_LINT_H

#include "cli/json.h"
#include "cli/judge.h"
#include "cli/screen.h"
#include <ingam/records.h>

enum lint_output { LINT_TEXT, LINT_JSON, LINT_SARIF };
enum { LINT_SELECTORS_MAX = 64 };

struct lint_options {
    struct options base; /* first: the rows of options.h write there */
    const char *record, *zone;
    enum ingam_record type;
    enum lint_output output;
    bool is_strict;
    ingam_str selectors[LINT_SELECTORS_MAX];
    size_t selector_n;
};

/* One text or domain, judged. */
struct linted {
    struct ingam_lint *lint;
    str subject; /* the domain; empty: a text by itself */
    const struct ingam_finding *findings;
    size_t n, errors, warnings, notes;
};

/* Counts what was found. */
void linted_take(struct linted *d, struct ingam_lint *lint, str subject);
/* ret  "ok", "warning" or "error" */
const char *linted_verdict(const struct linted *d);
/* ret  a sentence of a finding, in the arena */
str linted_text(struct arena *a, const struct ingam_finding *f,
                size_t (*words)(const struct ingam_finding *f, char *buf, size_t cap));

/* Runs over a domain until all is answered.
 * ret  NULL: why was said, *status says what to exit with */
struct lint_zone;
struct ingam_lint *lint_run(struct judge *j, const struct lint_zone *zone, const struct ingam_lint_what *what,
                            int *status);

void lint_show(struct screen *s, struct arena *a, const struct linted *d);
json_t *lint_json(struct arena *a, const struct linted *d);
/* All of them as one SARIF 2.1.0 log. */
json_t *lint_sarif(struct arena *a, const struct linted *list, size_t n);

/* Domains one after the other; a name that the zone itself answers for is not asked elsewhere. */
struct lint_zone {
    struct ingam_zone *zone; /* NULL: none */
    ingam_str *names;
    size_t n;
};
/* ret  an exit status; what is not EXIT_GOOD was said */
int lint_zone_open(struct lint_zone *z, struct arena *a, const char *path, size_t max);

#endif
