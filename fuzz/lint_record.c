/* SPDX-License-Identifier: BSD-2-Clause */
/* One record as every kind: findings point into the record, have words, and come out the same a second time. */
#include <ingam/records.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void look_at(const struct ingam_finding *f, ingam_str text)
{
    char words[256];
    must(f->code < INGAM_FINDING_N && f->name.n == 0);
    must(f->record.n <= text.n && f->at <= f->record.n && f->length <= f->record.n - f->at);
    size_t n = ingam_finding_text(f, words, sizeof words);
    must(n > 0 && strlen(words) == (n < sizeof words ? n : sizeof words - 1));
    for (size_t i = 0; words[i]; i++)
        must(words[i] >= 0x20 && words[i] < 0x7f);
    must(ingam_finding_fix(f, NULL, 0) > 0 && *ingam_finding_spec(f));
}

static size_t judge(ingam_str text, enum ingam_record type, enum ingam_finding_code *first)
{
    struct ingam_config config = {.authserv_id = {NULL, 0}};
    const struct ingam_finding *findings;
    ingam_limits_default(&config.limits);
    struct ingam_lint *lint = ingam_lint_record(&config, text, type);
    if (lint == NULL)
        return 0;
    size_t n = ingam_lint_findings(lint, &findings);
    /* Each term or tag is worth only so many findings. */
    must(n <= 8 * (text.n + 4));
    for (size_t i = 0; i < n; i++)
        look_at(&findings[i], text);
    *first = n ? findings[0].code : INGAM_FINDING_N;
    ingam_lint_free(lint);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ingam_str text = {data, size};
    for (int type = INGAM_RECORD_UNKNOWN; type < INGAM_RECORD_N; type++) {
        enum ingam_finding_code first = INGAM_FINDING_N, again = INGAM_FINDING_N;
        size_t n = judge(text, (enum ingam_record)type, &first);
        must(judge(text, (enum ingam_record)type, &again) == n && first == again);
    }
    return 0;
}
