/* SPDX-License-Identifier: BSD-2-Clause */
/* The scenario runner: messages, envelopes and zones from tests/cases/, and what must come of them.
 *
 * A case is played once plainly; that run is held against what the case expects. Then it is played again in other ways:
 * other chunks, field by field, answers in other orders, with a key cache, with each allocation failing in turn, and under
 * rising memory caps. Whatever the way, the whole verdict must be the same to the byte, or there is none for want of memory.
 *
 *   case.c    text -> struct scenario      play.c    one run of one scenario
 *   tell.c    a verdict as text            expect.c  held against what the case says
 *   memory.c  an allocator that fails      text.c    files and growing text
 *   main.c    which cases, which ways, which faults nobody saw */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include <ingam/ingam.h>
#include <stdio.h>

/* text.c: bytes that grow; always followed by a NUL. */
struct text {
    char *p;
    size_t n, cap;
};
void text_put(struct text *t, const void *bytes, size_t n);
void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_str(struct text *t, ingam_str s); /* bytes outside printable ASCII as \xNN */
void text_free(struct text *t);
/* ret  false: not readable */
bool text_file(struct text *t, const char *path);
char *copy_of(const char *z);

/* case.c */
enum { EXPECT_MAX = 48, SILENT_MAX = 8, SEALERS_MAX = 4 };
struct expected {
    char *key;
    char op; /* '=' is, '~' contains, '!' contains not */
    char *value;
    size_t line;
};
struct scenario {
    char *file, *name;
    size_t line;
    uint64_t now_ms;
    char *ip, *helo, *mail; /* mail NULL: unknown */
    struct text zone, message;
    struct ingam_config config;
    char *authserv_id;
    char *sealers;            /* whose ARC seals are trusted, with commas; NULL: nobody's */
    char *silent[SILENT_MAX]; /* names that are never answered */
    size_t silent_n;
    bool feeds_fields, feeds_bytes;
    struct expected expected[EXPECT_MAX];
    size_t expected_n;
};
struct scenarios {
    struct scenario *list;
    size_t n;
};
/* Reads a file of one or several cases. in  folder  what zone and message files are relative to
 * ret  false: complained on stderr */
bool scenarios_read(struct scenarios *all, const char *folder, const char *path);
void scenarios_free(struct scenarios *all);

/* memory.c */
struct memory {
    size_t calls;       /* of get so far */
    size_t fail_at;     /* this call gets nothing; 0: none */
    bool fails_on;      /* nor does any after it */
    size_t live;        /* pieces that were not put back */
    size_t bytes, peak; /* in flight */
};
struct ingam_alloc memory_alloc(struct memory *m);

/* play.c */
enum feed_way { FEED_WHOLE, FEED_BYTES, FEED_CHUNKS, FEED_FIELDS };
enum answer_way { ANSWER_AT_ONCE, ANSWER_REVERSED, ANSWER_LATE, ANSWER_RANDOM };
struct way {
    enum feed_way feed;
    enum answer_way answer;
    uint32_t seed;
    struct ingam_keys *keys;
    struct memory *memory; /* NULL: malloc */
    size_t cap;            /* of the arena; 0: the case's */
};
struct played {
    struct ingam_check *check;           /* NULL: no memory */
    const struct ingam_verdict *verdict; /* NULL: no memory */
    const char *wrong;                   /* a call did what it must not; NULL: none */
    struct ingam_zone *zone;
};
void play(const struct scenario *sc, const struct way *way, struct played *out);
void played_free(struct played *p);
/* ret  the message can be told field by field at all */
bool can_feed_fields(const struct scenario *sc);

/* tell.c: all of a verdict, in a fixed order. */
void tell_verdict(struct text *t, const struct ingam_verdict *v);
void tell_facts(struct text *t, const struct ingam_check *c); /* sorted: the order of asking may differ */
void tell_notes(struct text *t, const struct ingam_check *c);
void tell_fault(struct text *t, enum ingam_fault fault); /* without the method's name; nothing for NONE */

/* expect.c: ret  how many expectations were not met, each told on stdout */
size_t expect_all(const struct scenario *sc, struct played *p);

#endif
