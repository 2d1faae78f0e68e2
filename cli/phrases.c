/* SPDX-License-Identifier: BSD-2-Clause */
/* A cause of a broken signature in a few words, for the first line. */
#include "cli/words.h"

static const struct {
    const char *kind;
    const char *phrase;
    bool is_header; /* proved only by a signature of the header that then holds */
} rows[] = {
    {"body-appended", "text was added at its end", false},
    {"body-truncated", "its end was cut off", false},
    {"body-line-endings", "its line ends were changed", false},
    {"body-trailing-space", "blanks at its line ends were changed", false},
    {"body-blank-lines", "its blank lines were changed", false},
    {"body-recoded", "its text was coded in another way", false},
    {"body-rewrapped", "its lines were cut anew", false},
    {"mime-changed", "its MIME parts were changed", false},
    {"body-changed", "its text was changed", false},
    {"header-removed", "a signed header field was removed", true},
    {"header-added", "a header field was added", true},
    {"header-changed", "a signed header field was changed", true},
    {"header-refolded", "its header was folded anew", true},
    {"header-case", "upper and lower case in its header were changed", true},
    {"subject-tagged", "a tag was put into its Subject", true},
    {"from-rewritten", "its From was rewritten", true},
    {"reply-to-added", "a Reply-To was added", true},
    {"list-headers", "a list added its fields", true},
    {"date-normalised", "its Date was written anew", true},
    {"address-normalised", "its addresses were written anew", true},
    {"key-mismatch", "the published key is another", false},
    {"key-missing", "its key is not published", false},
    {"key-revoked", "its key was revoked", false},
    {"signature-corrupted", "the signature itself is damaged", false},
    {"signature-expired", "the signature has expired", false},
    {"clock-skew", "its time and ours differ", false},
    {"l-tag-uncovered", "text was added that it does not cover", false},
};

const char *words_cause(const char *kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].kind, kind) == 0)
            return rows[i].phrase;
    return kind;
}

static bool is_of_header(const char *kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].kind, kind) == 0)
            return rows[i].is_header;
    return false;
}

bool words_is_header_proved(const struct ingam_cause *cause)
{
    if (cause->is_proved && is_of_header(cause->kind))
        return true;
    for (size_t i = 0; i < cause->also_n; i++)
        if (is_of_header(cause->also[i]))
            return true;
    return false;
}
