/* SPDX-License-Identifier: BSD-2-Clause */
/* Between import.c, which reads lines and writes our text, and import_PROGRAM.c, which know the programs' words. */
#ifndef CONF_IMPORT_INSIDE_H
#define CONF_IMPORT_INSIDE_H

#include "conf/import.h"
#include "conf/value.h"

struct import_list {
    str *list;
    size_t n;
};

/* Hosts that a program passes over: each gives a trust block. */
struct import_trust {
    const char *name;
    struct import_list nets, hosts, sealers;
};

/* A value as it was written, and where. */
struct import_value {
    str text; /* empty: not written */
    str word;
    const char *name;
    size_t line;
};

enum import_hosts { HOSTS_OPENDKIM, HOSTS_OPENDMARC, HOSTS_POLICYD };

struct import {
    struct arena *a;
    const struct import_from *from;
    struct out left;
    const char *name; /* of the file that is read now */
    size_t line;
    str word;
    unsigned depth; /* of files that include one another */

    str authserv_id;
    str listen; /* as our word says it; empty: the default */
    bool has_syslog;
    bool adds_received_spf;
    bool rejects, holds, rejects_no_author, defers; /* OpenDMARC's and policyd-spf's */
    bool accepts_temperror, passes_trouble;
    bool has_policy; /* OpenDMARC is there */
    bool signs, has_internal_hosts, has_ignored_hosts;
    struct import_value domain, selector, key_file, key_table, signing_table; /* OpenDKIM's */
    struct import_list domains, clients, headers;
    bool has_subdomains;
    uint64_t expire_s, timeout_s, signatures, header_bytes;
    str forward, anchor;
    struct import_list exempt; /* author domains that are never refused */
    struct import_trust trusts[HOSTS_POLICYD + 1];
};

/* One word of a program. */
struct import_word {
    const char *name;
    void (*take)(struct import *im, str value); /* NULL: nothing to be done */
    const char *left;                           /* said where `take` is NULL; NULL: nothing is lost */
    bool is_switch;                             /* `left` is said only where it is on */
};
extern const struct import_word import_opendkim_words[]; /* end with a row without a name */
extern const struct import_word import_opendmarc_words[];
extern const struct import_word import_policyd_words[];

/* Names the word in hand as left out. */
void import_leave(struct import *im, const char *why);
/* Makes a value that was taken before the one in hand. */
void import_go_back(struct import *im, const struct import_value *to);
struct import_value import_here(const struct import *im, str text);
bool import_is_plain(str value); /* printable ASCII */
bool import_is_on(str value);    /* true, yes, on, 1 */
bool import_number(struct import *im, str value, uint64_t max, uint64_t *number);
void import_add(struct import *im, struct import_list *list, str text);
void import_read_lines(struct import *im, enum import_program program, const struct conf_text *text);
/* Reads a file named by the word in hand. ret  false: left out, and said */
bool import_open(struct import *im, str path, struct conf_text *text);
/* Words all three know. */
void import_id(struct import *im, str value);
void import_socket(struct import *im, str value);
void import_syslog(struct import *im, str value);
void import_facility(struct import *im, str value);
void import_timeout(struct import *im, str value);
/* One address, network or name of a host. */
void import_host(struct import *im, struct import_list *nets, struct import_list *hosts, str text);
/* Takes each entry of a list with commas or, behind file:, refile: or a slash, of a file. */
typedef void import_entry(struct import *im, str entry);
void import_dataset(struct import *im, str value, import_entry *take);
/* The keys and what they sign, once all words are read. */
void import_finish_opendkim(struct import *im);
void import_write(struct import *im, struct out *o);

#endif
