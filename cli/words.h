/* SPDX-License-Identifier: BSD-2-Clause */
/* A verdict in plain words: the one sentence that is read first, and why. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "cli/judge.h"
#include "cli/screen.h"

struct words {
    enum paint paint;
    const char *word; /* "Genuine", "Forged" ... */
    str sentence;     /* what stands behind the word, without the last dot; may hold bytes of strangers */
    str reason;       /* why DMARC and the site came to this; one or more sentences */
};

/* Finds the words; they live in d->arena. */
void words_find(const struct judged *d, struct words *w);
/* ret  the warning of this kind, or NULL */
const struct ingam_warning *words_warning(const struct judged *d, const char *kind);
/* ret  "reject" -> "rejected" and so on, for a sentence */
const char *words_done(enum ingam_disposition d);
/* ret  how a result is painted */
enum paint words_paint(enum ingam_result result);
/* ret  a cause in a few words; the kind itself where it is unknown */
const char *words_cause(const char *kind);
/* ret  with these causes undone the signature of the header holds, so that its domain did sign */
bool words_is_header_proved(const struct ingam_cause *cause);
/* ret  the value of the first field of this name, unfolded and its encoded words decoded; empty: none */
str words_field(const struct judged *d, str name);

#endif
