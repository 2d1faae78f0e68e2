/* SPDX-License-Identifier: BSD-2-Clause */
/* Published records judged: one text by itself, or all that a domain publishes, by the same pull as ingam_check_*.
 *
 *     lint = ingam_lint_domain(&config, &what, now_ms);
 *     while (ingam_lint_next(lint, now_ms, &q) == INGAM_WANT_ANSWER)
 *         look q up, ingam_lint_answer(lint, &answer);
 *     n = ingam_lint_findings(lint, &findings);
 *     ingam_lint_free(lint); */
#ifndef INGAM_RECORDS_H
#define INGAM_RECORDS_H

#include <ingam/check.h>

enum ingam_severity { INGAM_SEVERITY_NOTE, INGAM_SEVERITY_WARNING, INGAM_SEVERITY_ERROR };
INGAM_API const char *ingam_severity_name(enum ingam_severity severity); /* "note" "warning" "error" */

enum ingam_record {
    INGAM_RECORD_UNKNOWN, /* asked: find out; answered: none that is known */
    INGAM_RECORD_SPF,
    INGAM_RECORD_DKIM,
    INGAM_RECORD_DMARC,
    INGAM_RECORD_MTA_STS,
    INGAM_RECORD_TLSRPT,
    INGAM_RECORD_BIMI,
    INGAM_RECORD_N
};
INGAM_API const char *ingam_record_name(enum ingam_record type); /* "spf" ... "mta-sts"; "unknown" */

/* What can be found. One row each in findings.def. */
enum ingam_finding_code {
#define FINDING(code, severity, spec, sentence, fix) INGAM_FINDING_##code,
#include <ingam/findings.def>
#undef FINDING
    INGAM_FINDING_N
};
struct ingam_finding_row {
    const char *code; /* "SPF010" */
    enum ingam_severity severity;
    const char *spec;     /* "RFC7208 5.1" */
    const char *sentence; /* with {0} {1} {#0} {#1} */
    const char *fix;      /* what to publish instead; likewise */
};
INGAM_API const struct ingam_finding_row *ingam_finding_row(enum ingam_finding_code code);

struct ingam_finding {
    enum ingam_finding_code code;
    enum ingam_fault fault; /* what the reader of the record said; NONE: nothing */
    ingam_str name;         /* where in the DNS; empty: a text by itself */
    ingam_str record;       /* the whole text in which something is wrong, or empty */
    size_t at, length;      /* the bytes of `record` that are meant; length 0: the place before `at` */
    ingam_str text[2];
    int64_t number[2];
};
/* ret  the section: the fault's own where there is one */
INGAM_API const char *ingam_finding_spec(const struct ingam_finding *finding);
/* Writes what is wrong, or what to publish instead, as printable text; other bytes become \xNN.
 * ret  length that was needed, without the NUL; at most cap - 1 bytes and a NUL are written */
INGAM_API size_t ingam_finding_text(const struct ingam_finding *finding, char *buf, size_t cap);
INGAM_API size_t ingam_finding_fix(const struct ingam_finding *finding, char *buf, size_t cap);

struct ingam_lint;

/* Judges one record; nothing is asked, the findings stand at once.
 * in   text  its strings joined; copied
 *      type  UNKNOWN: told by how it begins
 * ret  NULL: no memory */
INGAM_API struct ingam_lint *ingam_lint_record(const struct ingam_config *config, ingam_str text,
                                               enum ingam_record type);

struct ingam_lint_what {
    ingam_str domain; /* may be U-labels */
    const ingam_str *selectors;
    size_t selector_n;
    bool is_spf_only;  /* only the SPF tree: for ingam spf tree, who, flatten */
    bool is_walk_only; /* only the DMARC walk */
};
/* Judges what a domain publishes. `what` is copied. ret NULL: no memory, or no domain name */
INGAM_API struct ingam_lint *ingam_lint_domain(const struct ingam_config *config,
                                               const struct ingam_lint_what *what, uint64_t now_ms);
INGAM_API enum ingam_want ingam_lint_next(struct ingam_lint *lint, uint64_t now_ms, struct ingam_question *q);
INGAM_API enum ingam_err ingam_lint_answer(struct ingam_lint *lint, const struct ingam_answer *a);
INGAM_API void ingam_lint_free(struct ingam_lint *lint);

/* All below holds once NOTHING is wanted; slices live until free. */
/* ret  false: memory ran out, and nothing that was found counts */
INGAM_API bool ingam_lint_is_whole(const struct ingam_lint *lint);
INGAM_API size_t ingam_lint_findings(const struct ingam_lint *lint, const struct ingam_finding **findings);
INGAM_API enum ingam_severity ingam_lint_worst(const struct ingam_lint *lint); /* NOTE also for none */
INGAM_API enum ingam_record ingam_lint_type(const struct ingam_lint *lint);    /* of ingam_lint_record */
INGAM_API ingam_str ingam_lint_domain_name(const struct ingam_lint *lint);     /* A-labels, lower case */

/* A zone before it is published: finds the domains in it that have mail records.
 * out  names  sorted; live as long as the zone
 * ret  how many, at most max */
INGAM_API size_t ingam_lint_zone(const struct ingam_zone *zone, ingam_str *names, size_t max);
/* ret  the zone itself answers for this name: it stands below an SOA record of it, or below one of its domains */
INGAM_API bool ingam_lint_zone_has(const struct ingam_zone *zone, const ingam_str *names, size_t n,
                                   ingam_str name);

/* One record that was found in the DNS. */
struct ingam_published {
    enum ingam_record type;
    ingam_str name;
    ingam_str text;
    uint32_t ttl;
};
INGAM_API size_t ingam_lint_published(const struct ingam_lint *lint, const struct ingam_published **records);

/* The SPF record with all it includes, in the order of evaluation: each term of each record. */
struct ingam_spf_branch {
    ingam_str domain; /* whose record the term stands in */
    ingam_str term;   /* as written; the record itself: empty */
    ingam_str target; /* name that the term asks for; empty: none, or it has macros */
    uint32_t depth;   /* 0: the record of the domain; its terms 1; what they include 2 ... */
    uint32_t parent;  /* index of the branch this one hangs on; of the first: 0 */
    uint32_t lookups; /* terms that query, this one and all below */
    uint32_t voids;
    uint32_t ttl;             /* the smallest of the answers that this one needed */
    enum ingam_result result; /* what a match of it means to the record it stands in */
    bool is_record;           /* the record of `domain`; its text is `record` */
    bool is_dynamic;          /* exists, ptr or a macro: no list of addresses */
    bool is_repeated;         /* a record that was told before */
    ingam_str record;
    const struct ingam_network *networks; /* those that the term itself lets in */
    size_t network_n;
    enum ingam_finding_code code; /* what is wrong here; INGAM_FINDING_N: nothing */
};
struct ingam_network {
    uint8_t bytes[16];
    bool is_v6;
    uint8_t bits;
};
INGAM_API size_t ingam_lint_spf_tree(const struct ingam_lint *lint, const struct ingam_spf_branch **branches);
/* Writes "192.0.2.0/24", without the length where it is the whole address. ret as ingam_finding_text */
INGAM_API size_t ingam_network_text(const struct ingam_network *network, char *buf, size_t cap);

/* The walk of the DMARC record, as far as it was needed.                                  [RFC9989 4.10] */
struct ingam_walk_step {
    ingam_str name; /* with _dmarc. */
    enum ingam_status status;
    ingam_str record; /* the DMARC record there, or empty */
    bool has_several, is_void;
};
struct ingam_walk {
    const struct ingam_walk_step *steps;
    size_t n;
    ingam_str organizational_domain; /* empty: a question failed */
    ingam_str policy_domain;         /* empty: none */
    ingam_str record;                /* that governs; empty: none */
    enum ingam_dmarc_policy policy;  /* for this domain, as published */
    bool is_testing;                 /* t=y: receivers are asked to do one step less */
    bool is_refused;     /* the record that governs names no policy and no rua: DMARC does not apply */
    bool is_policy_open; /* np= would change the policy, and whether the name exists is not known */
};
INGAM_API const struct ingam_walk *ingam_lint_walk(const struct ingam_lint *lint);

/* Records for a domain that has none: stage 0 of the way to p=reject, which loses nothing. */
struct ingam_plan_wish {
    const ingam_str
        *senders; /* "google", "192.0.2.0/24", "_spf.example.net", "a:mx.example.net": see ingam_plan_knows */
    size_t sender_n;
    ingam_str reports; /* address that takes reports; empty: one in the domain itself */
};
struct ingam_planned {
    enum ingam_record type;
    ingam_str name, text;
    const char *why;
    bool is_published; /* there is one already: text is that */
};
/* ret  such a sender can be written as a term of SPF */
INGAM_API bool ingam_plan_knows(ingam_str sender);
/* in   lint  of ingam_lint_domain, NOTHING wanted
 * ret  how many; 0: no memory, or not whole */
INGAM_API size_t ingam_lint_plan(struct ingam_lint *lint, const struct ingam_plan_wish *wish,
                                 const struct ingam_planned **list);

#endif
