/* SPDX-License-Identifier: BSD-2-Clause */
/* records: what a domain publishes, judged.
 *
 * Each kind of record has a judge that takes one text and adds findings: a code, the bytes that are meant, and what stands in
 * the sentence. The readers of the methods say what a record means (spf_record_read, dkim_key_read, dmarc_record_read); the
 * judges only look at what they found and at what no check ever needs: what is dangerous, gone, or without effect.
 *
 * A whole domain is judged over the fact box like a message: every part asks for all it needs at once and says nothing where
 * an answer is missing; when all answers of a round are in, everything is run again from the start. The findings of the last
 * run stand.
 *
 *   finding.c     the table, words           text.c        which kind a text is; what holds for any record
 *   lint_spf.c    lint_dkim.c   lint_dmarc.c   lint_uris.c   lint_fields.c (MTA-STS, TLS-RPT)   lint_bimi.c   one record each
 *   tree.c        an SPF record with all it includes        tree_hosts.c   what a, mx, ip4, ip6 let in
 *   domain.c      the run over a domain       domain_mx.c   domain_spf.c   domain_keys.c   domain_dmarc.c   domain_tls.c
 *   zone.c        domains of a zone file                   make.c         records for a domain that has none
 *   lint.c        the public face */
#ifndef RECORDS_RECORDS_H
#define RECORDS_RECORDS_H

#include "dmarc/dmarc.h"
#include "dns/dns.h"
#include "spf/record.h"
#include <ingam/records.h>

/* Short names, as FAULT_x: FIND_x is INGAM_FINDING_x. */
enum find {
#define FINDING(code, severity, spec, sentence, fix) FIND_##code = INGAM_FINDING_##code,
#include <ingam/findings.def>
#undef FINDING
    FIND_N = INGAM_FINDING_N
};

struct spf_tree {
    struct ingam_spf_branch *branches;
    struct ingam_network **networks; /* of each branch: the list it shows */
    size_t n, cap;
    uint32_t lookups, voids;
};

/* One run of a judge. */
struct lint {
    const struct method_run *run;
    struct ingam_finding *findings;
    size_t n, cap;
    struct ingam_published *published;
    size_t published_n, published_cap;
    bool is_open;  /* some answer is missing: what was found does not stand yet */
    bool is_alone; /* one text by itself: nothing around it is known */
    str name;      /* where the record stands that is being judged */
    str record;    /* and its text */

    /* of a domain */
    str domain;
    const str *selectors;
    size_t selector_n;
    bool is_spf_only, is_walk_only;
    bool has_null_mx, has_key, has_sts;
    bool is_key_unsure; /* some selector could not be asked */
    bool is_below;      /* the record stands below the organizational domain */
    struct spf_tree tree;
    struct ingam_walk walk;
    struct ingam_walk_step steps[DMARC_WALK_MAX];
};

/* Begins with one text: all that is added is about it. */
void lint_take(struct lint *l, str name, str record);
/* Adds a finding about a part of the record; `part` may be empty or lie elsewhere: then it is about the whole.
 * ret  to put more in; NULL only out of memory */
struct ingam_finding *lint_add(struct lint *l, enum find code, str part);
struct ingam_finding *lint_add_text(struct lint *l, enum find code, str part, str first, str second);
struct ingam_finding *lint_add_number(struct lint *l, enum find code, str part, int64_t number);
/* Adds what the reader of a record said about its byte `at`. */
void lint_add_fault(struct lint *l, enum find code, enum ingam_fault fault, size_t at);

/* ret  what the text is, by how it begins; what comes nearest where nothing fits */
enum ingam_record record_kind(str text);
/* What holds for every record: bytes, white space, length. ret false: no use to look further */
bool lint_any(struct lint *l, enum ingam_record kind);
/* Judges l->record. */
void lint_spf(struct lint *l);
void lint_dkim(struct lint *l);
void lint_dmarc(struct lint *l, const struct dmarc_record *record);
void lint_sts(struct lint *l);
void lint_tls(struct lint *l);
void lint_bimi(struct lint *l);
/* Judges it as the kind it is said to be. */
void lint_one(struct lint *l, enum ingam_record kind);
/* rua= or ruf=. ret how many URIs a report can go to */
size_t lint_uris(struct lint *l, str list);
/* ret  the text begins with this tag and value, white space around "=" allowed, then ";" or the end */
bool record_begins(str text, str tag, str value);

/* One piece between two semicolons, name and value without white space around them. */
struct piece {
    str whole; /* trimmed */
    str name;
    str value;
    bool is_tag; /* false: no "=" in it */
};
/* ret  false: nothing left; empty pieces are passed over */
bool piece_next(cur *c, struct piece *piece);

/* Asks; notes where the answer is still open (then NULL comes back), and where it failed (a finding, once a name). */
const struct fact *lint_ask(struct lint *l, str prefix, str name, enum ingam_rr_type type);
/* The records of a TXT answer of this kind. ret how many; *only is set to the last one */
size_t lint_records(const struct fact *fact, enum ingam_record kind, str *only);
/* Remembers a record that was found. */
void lint_publish(struct lint *l, enum ingam_record kind, const struct fact *fact, str text);

/* Parts of a domain, each over the facts. */
void domain_mx(struct lint *l);
void domain_spf(struct lint *l);
void domain_keys(struct lint *l);
void domain_dmarc(struct lint *l);
void domain_tls(struct lint *l);
void domain_bimi(struct lint *l);
void domain_run(struct lint *l);

/* Makes l->tree from the record of the domain.                                                        [RFC7208 4.6.4] */
void tree_make(struct lint *l, const struct fact *txt, str text);
/* Adds what ip4, ip6, a or mx lets in to branch `at`. */
void tree_hosts(struct lint *l, uint32_t at, const struct spf_term *term);
/* Adds a finding about a term of the tree, and marks its branch. */
void tree_say(struct lint *l, uint32_t at, enum find code, int64_t number);

/* The host a report goes to takes mail, and agreed to get it.                                           [RFC9990 4] */
void domain_reports(struct lint *l, str policy_domain, str organizational, str uris);

/* What to publish first; the face is ingam_lint_plan. */
size_t records_plan(struct lint *l, struct arena *a, const struct ingam_plan_wish *wish,
                    const struct ingam_planned **list);

#endif
