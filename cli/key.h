/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam key and ingam dns: what their verbs share. A verb reads the folder of a domain, looks at the DNS where it must, takes
 * the steps that are due (io/keys.h), saves, and tells what it did, what is waited for and which command comes next.
 *
 *   key.c          the verbs, and their options           key_domain.c  folders, time, errors
 *   key_look.c     asks all name servers, takes the steps key_tell.c    what a person reads
 *   key_new.c key_check.c key_rotate.c key_test.c key_import.c          the verbs
 *   dns.c dns_apply.c                                     what is to be published, and publishing it */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "cli/args.h"
#include "cli/screen.h"
#include "io/authority.h"
#include "io/keys.h"
#include <ingam/check.h>

enum { KEY_SERVERS_MAX = 32 };

struct key_options {
    const char *verb;
    const char *keys; /* the folder of all keys */
    bool has_at;
    int64_t at_s;
    enum ingam_algorithm algorithm;
    uint32_t bits;        /* 0: that of the key it follows, or 2,048 */
    const char *template; /* of selectors */
    int64_t every_s;
    struct keys_times times;
    bool is_leaked, is_forced, with_past;
    const char *zone, *resolver; /* --dns, --resolver */
    struct authority_server servers[KEY_SERVERS_MAX];
    size_t server_n;
    char texts[KEY_SERVERS_MAX][256]; /* their zones */
    double timeout_s;
    bool is_opendkim;
    /* dns */
    const char *apply, *tsig, *server, *update_zone, *delegate_to;
    uint32_t ttl_s;
};

/* Rows for args_read; `into` is a struct key_options. */
extern const struct arg key_options_store[], key_options_time[], key_options_dns[], key_options_make[],
    key_options_every[], key_options_retire[], key_options_list[], key_options_test[], key_options_import[],
    key_options_publish[];
void key_options_default(struct key_options *o);

int64_t key_now_s(const struct key_options *o);
/* Makes the form in which folders and questions have a domain. ret  false: said that it is none */
bool key_domain(struct arena *a, const char *text, str *domain);
/* Says what went wrong. ret  the exit status */
int key_failed(enum keys_got got, const struct keys_error *error);

/* Does something with each of the domains that were given, or with all that have a folder where none was.
 * ret  the worst of the exit statuses */
typedef int key_verb(struct key_options *o, struct arena *a, str domain);
int key_each(struct key_options *o, char **domains, size_t n, key_verb *verb);

/* --- Looking ---------------------------------------------------------------------------------------------------------- */

/* One key of a domain, seen and taken on. */
struct key_look {
    enum keys_state before;
    struct keys_step step;
    struct authority_report report; /* n is 0 where it was not asked */
    enum keys_sight *each;
    bool was_asked;
};
/* Asks about every key that is not over, takes the steps in d->list.
 * out  *looks  one a key
 * ret  an exit status; what is not EXIT_GOOD was said */
int key_look_all(struct key_options *o, struct arena *a, struct keys_domain *d, struct key_look **looks);
/* ret  the base64 of the public key, empty where the file is gone; EXIT_GOOD or what was said */
int key_public(struct arena *a, const struct keys_domain *d, const struct keys_entry *e, str *p);
/* Opens where answers of the DNS come from; NULL: said why. */
struct source *key_source(const struct key_options *o);

/* Makes a key and adds it. ret  an exit status */
int key_make(const struct key_options *o, struct keys_domain *d, enum ingam_algorithm algorithm,
             uint32_t bits);
/* Saves. ret  an exit status */
int key_save(struct keys_domain *d);

/* --- Telling ------------------------------------------------------------------------------------------------------------ */

void key_tell_head(struct screen *s, str domain);
/* A line about a key: selector, kind, what it was and is. */
void key_tell_entry(struct screen *s, const struct keys_entry *e, enum keys_state before);
/* What every name server shows, where they do not all show what is waited for. */
void key_tell_servers(struct screen *s, const struct key_look *look);
/* What the key waits for, until when, and the next command. */
void key_tell_wait(struct screen *s, const struct key_options *o, str domain, const struct keys_step *step);
void key_tell_line(struct screen *s, const char *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ret  "2026-09-01T12:00:00Z" */
enum { KEY_TIME_SIZE = 32 };
const char *key_time(int64_t at_s, char text[KEY_TIME_SIZE]);

/* Writes the zone text of a TXT record, in strings of at most 255 bytes.                          [RFC1035 5.1] */
void key_put_strings(struct out *o, str text);
/* ret  "SELECTOR._domainkey.DOMAIN" in lower case */
str key_name(struct arena *a, const char *selector, str domain);

int key_new(struct key_options *o, struct arena *a, str domain);
int key_list(struct key_options *o, struct arena *a, str domain);
int key_check(struct key_options *o, struct arena *a, str domain);
int key_rotate(struct key_options *o, struct arena *a, str domain);
int key_test(struct key_options *o, struct arena *a, str domain);
int key_retire(struct key_options *o, char **words, size_t n);
int key_import(struct key_options *o, char **words, size_t n);

#endif
