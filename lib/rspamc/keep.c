/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the raw fields of one name. A field is known by its first line: the name in any case, blanks, a colon; these are written
 * as the name is spelled here, and what follows as it came. */
#include "rspamc/rspamc.h"

enum stage { AFTER_OTHER, AFTER_FIELD, IN_NAME, BEFORE_COLON, IN_FIELD, IN_OTHER, IN_BODY };

void rspamc_keep_init(struct rspamc_keep *k, struct arena *a, str name)
{
    *k = (struct rspamc_keep){.name = name, .stage = AFTER_OTHER};
    out_init(&k->text, a);
}

/* Adds to the newest field. One that is too much goes whole. */
static void add(struct rspamc_keep *k, str piece)
{
    if (k->n > RSPAMC_KEPT_MAX)
        return;
    struct rspamc_kept *kept = &k->list[k->n - 1];
    if (piece.n <= RSPAMC_KEPT_BYTES && k->text.n <= RSPAMC_KEPT_BYTES - piece.n) {
        out_str(&k->text, piece);
        kept->n = k->text.n - kept->at;
        return;
    }
    k->text.n = kept->at;
    kept->n = 0;
    k->stage = IN_OTHER;
}

static void begin(struct rspamc_keep *k)
{
    k->stage = IN_FIELD;
    if (k->n++ < RSPAMC_KEPT_MAX)
        k->list[k->n - 1] = (struct rspamc_kept){.at = k->text.n};
    add(k, k->name);
    if (k->stage == IN_FIELD)
        add(k, S(":"));
}

/* At a line's first byte, which is not taken. */
static void begin_line(struct rspamc_keep *k, uint8_t byte)
{
    if (byte_is(byte, C_WSP))
        k->stage = k->stage == AFTER_FIELD ? IN_FIELD : IN_OTHER;
    else
        k->stage = byte == '\r' || byte == '\n' ? IN_BODY : IN_NAME;
    k->line_at = 0;
}

/* ret  bytes taken: 1, or 0 where the line is another's */
static size_t read_name(struct rspamc_keep *k, uint8_t byte)
{
    if (k->stage == BEFORE_COLON && byte == ':') {
        begin(k);
        return 1;
    }
    if (k->stage == BEFORE_COLON && byte_is(byte, C_WSP))
        return 1;
    if (k->stage == IN_NAME && byte_lower(byte) == byte_lower(k->name.p[k->line_at])) {
        k->line_at++;
        k->stage = k->line_at == k->name.n ? BEFORE_COLON : IN_NAME;
        return 1;
    }
    k->stage = IN_OTHER;
    return 0;
}

/* ret  bytes taken: up to the line's end */
static size_t read_line(struct rspamc_keep *k, str bytes)
{
    size_t n = str_find(bytes, '\n');
    bool is_whole = n < bytes.n;
    n += is_whole ? 1 : 0;
    if (k->stage == IN_FIELD)
        add(k, str_first(bytes, n));
    if (is_whole)
        k->stage = k->stage == IN_FIELD ? AFTER_FIELD : AFTER_OTHER;
    return n;
}

void rspamc_keep_bytes(struct rspamc_keep *k, str bytes)
{
    while (bytes.n && k->stage != IN_BODY) {
        size_t n = 0;
        if (k->stage == AFTER_OTHER || k->stage == AFTER_FIELD)
            begin_line(k, bytes.p[0]);
        else if (k->stage == IN_NAME || k->stage == BEFORE_COLON)
            n = read_name(k, bytes.p[0]);
        else
            n = read_line(k, bytes);
        bytes = str_from(bytes, n);
    }
}

str rspamc_keep_field(const struct rspamc_keep *k, size_t nth)
{
    if (nth == 0 || nth > k->n || nth > RSPAMC_KEPT_MAX || k->text.has_failed)
        return (str){0};
    const struct rspamc_kept *kept = &k->list[nth - 1];
    str field = {k->text.p + kept->at, kept->n};
    return str_ends_nocase(field, S("\r\n")) ? field : (str){0};
}
