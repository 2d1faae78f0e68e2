/* SPDX-License-Identifier: BSD-2-Clause */
/* dmarc: may this message call itself the author domain's?                                   [RFC9989]
 *
 * dmarc_eval is handed the author domain, the SPF outcome and the DKIM outcomes; it never looks inside the other methods.
 * It finds the policy record by the DNS Tree Walk (4.10), the Organizational Domain of the author domain and of each
 * identifier that could share it, and says pass, fail, none, temperror or permerror. It may be run before SPF and DKIM are
 * done (is_ready false): then it asks for the author domain's walk and returns PENDING.
 *
 * Questions go out in at most three rounds: the author domain's record; the rest of its walk; then, all at once, whether
 * the author domain exists (only where np= would change the policy) and the walks of identifiers below its organizational
 * domain. A question that fails matters only where the verdict rests on it.
 *
 *   record.c  text -> struct dmarc_record     walk.c   the tree walk      policy.c  which record, which policy
 *   align.c   identifiers                     dmarc.c  the verdict        tell.c    notes */
#ifndef DMARC_DMARC_H
#define DMARC_DMARC_H

#include "dns/dns.h"
#include <ingam/check.h>

enum dmarc_psd { PSD_UNSET, PSD_YES, PSD_NO };
struct dmarc_record {
    enum ingam_dmarc_policy p, sp, np; /* NO_POLICY: absent or not valid */
    enum ingam_fault p_fault;          /* p missing or bad, sp or np bad: see 4.10.1; NONE if all is well */
    bool is_adkim_strict, is_aspf_strict;
    bool is_testing;
    bool has_valid_rua;
    enum dmarc_psd psd;
    str rua, ruf, fo;       /* raw values */
    enum ingam_fault fault; /* what makes the record void as a whole; NONE */
    size_t at;              /* byte of the text for the caret */
    str text;               /* the whole record */
};
/* Reads one record text. ret false: this is no DMARC record at all (does not begin with v=DMARC1).   [RFC9989 4.7] [4.8] */
bool dmarc_record_read(str text, struct dmarc_record *record);
/* ret  one reporting URI, without the comma, is well-formed; an obsolete "!10m" at its end does no harm  [RFC9989 4.8] */
bool dmarc_uri_is_valid(str uri);

struct dmarc_request {
    str author_domain;             /* A-labels, lower case; empty: none */
    enum ingam_fault author_fault; /* why there is none */
    bool is_ready;                 /* false: identifiers not known yet */
    enum ingam_result spf;         /* of MAIL FROM */
    str spf_domain;
    struct ingam_dkim_outcome *dkim; /* is_aligned is set here */
    size_t dkim_n;
};
enum progress dmarc_eval(const struct method_run *run, const struct dmarc_request *request,
                         struct ingam_dmarc_outcome *out);

/* What the walk from `domain` found, for lint and `ingam dmarc walk`. */
struct dmarc_step {
    str name; /* without _dmarc. */
    const struct fact *fact;
    const struct dmarc_record *record; /* NULL: none, several, or one that is void */
    const struct dmarc_record *voided; /* the only record, with a fault that makes it void; else NULL */
    bool has_several;
};
enum { DMARC_WALK_MAX = 8 };
struct dmarc_walk {
    struct dmarc_step steps[DMARC_WALK_MAX];
    size_t n; /* steps that were needed: up to the first psd=y or psd=n, or the first failure */
    str organizational_domain; /* RFC 9989 4.10.2; empty with has_failed */
    bool has_failed;           /* a question failed: then nothing above holds */
    size_t failed_at;
};
/* Asks for the record of the domain, then for all other names of the walk at once.               [RFC9989 4.10] */
enum progress dmarc_walk(const struct method_run *run, str domain, struct dmarc_walk *walk);

#endif
