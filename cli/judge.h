/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the library over one message after the other, with one source of answers and one cache of keys for all. */
#ifndef CLI_JUDGE_H
#define CLI_JUDGE_H

#include "cli/envelope.h"
#include "cli/input.h"
#include "io/source.h"

struct judge {
    const struct options *options;
    struct ingam_config config;
    struct source *source;
    char host[256]; /* our name, where --authserv-id does not say it */
};

/* ret  an exit status; what is not EXIT_GOOD was said on standard error */
int judge_open(struct judge *j, const struct options *o);
void judge_close(struct judge *j);
uint64_t judge_now_ms(const struct judge *j);

/* One message, judged. All slices live until judged_free. */
struct judged {
    const struct message *message;
    struct envelope envelope;
    struct ingam_check *check;
    struct ingam_check *header; /* read beforehand for the envelope; NULL where all of that was given */
    const struct ingam_verdict *verdict;
    const struct ingam_warning *warnings;
    size_t warning_n;
    struct arena *arena;        /* for texts that are made of it */
    struct ingam_cause *causes; /* one a signature, kind NULL: none; NULL until judged_find_causes */
};

/* in   arena  of the caller; gives its memory back behind judged_free
 * ret  EXIT_GOOD: all of *d is set; EXIT_DATA (with --json all of *d is set), EXIT_LATER: why was said; free in any case */
int judge_message(struct judge *j, const struct message *m, struct arena *arena, struct judged *d);
void judged_free(struct judged *d);
/* ret  what the verdict makes the program exit with */
int judged_status(const struct judged *d);
/* Looks for the cause of each signature that failed; a second pass over the message. */
void judged_find_causes(struct judged *d);
/* ret  false: signature i has none, or causes were not looked for */
bool judged_cause(const struct judged *d, size_t i, struct ingam_cause *cause);
/* ret  the name of the message for people: the file, and in an mbox its number: "box#3" */
str judged_name(const struct judged *d);

#endif
