/* SPDX-License-Identifier: BSD-2-Clause */
/* DMARC records: slices lie in the text, what may be ignored changes nothing, two p= void the record. */
#include "dmarc/dmarc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool is_true)
{
    if (!is_true)
        abort();
}

static void lies_in(str slice, str text)
{
    hold(slice.n == 0 || (slice.p >= text.p && slice.p + slice.n <= text.p + text.n));
}

static bool has_same_policy(const struct dmarc_record *a, const struct dmarc_record *b)
{
    return a->p == b->p && a->sp == b->sp && a->np == b->np && a->p_fault == b->p_fault &&
           a->fault == b->fault;
}

static bool is_same(const struct dmarc_record *a, const struct dmarc_record *b)
{
    bool has_same_flags = a->psd == b->psd && a->is_adkim_strict == b->is_adkim_strict &&
                          a->is_aspf_strict == b->is_aspf_strict && a->is_testing == b->is_testing &&
                          a->has_valid_rua == b->has_valid_rua;
    return has_same_flags && has_same_policy(a, b) && str_eq(a->rua, b->rua) && str_eq(a->ruf, b->ruf) &&
           str_eq(a->fo, b->fo);
}

/* The text with more behind it. */
static bool read_with(str text, str more, struct dmarc_record *record, uint8_t **bytes)
{
    *bytes = malloc(text.n + more.n);
    hold(*bytes != NULL);
    if (text.n)
        memcpy(*bytes, text.p, text.n);
    memcpy(*bytes + text.n, more.p, more.n);
    return dmarc_record_read((str){*bytes, text.n + more.n}, record);
}

static void ignores(str text, const struct dmarc_record *record, str more)
{
    struct dmarc_record other;
    uint8_t *bytes;
    hold(read_with(text, more, &other, &bytes));
    hold(is_same(record, &other));
    free(bytes);
}

static void checks_a_second_p(str text)
{
    struct dmarc_record other;
    uint8_t *bytes;
    hold(read_with(text, S(";p=none;p=none"), &other, &bytes));
    hold(other.fault != FAULT_NONE);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {data, size};
    struct dmarc_record record;
    (void)dmarc_uri_is_valid(text);
    if (!dmarc_record_read(text, &record))
        return 0;
    lies_in(record.rua, text);
    lies_in(record.ruf, text);
    lies_in(record.fo, text);
    hold(record.at <= size);
    hold((record.p == INGAM_DMARC_NO_POLICY) <= (record.p_fault != FAULT_NONE));
    ignores(text, &record, S(" ; "));
    ignores(text, &record, S(";pct=5;zzz=\xff"));
    checks_a_second_p(text);
    return 0;
}
