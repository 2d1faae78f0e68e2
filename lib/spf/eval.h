/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of one evaluation share. The records that are being gone over are a stack of frames, an include on top of
 * the record that it stands in. A run that ends at an open question leaves its stack in the sender's spf_stand, and the next
 * one goes on from there: what was answered does not change, so going over it again would come out the same. The run that is
 * told starts from the top. */
#ifndef SPF_EVAL_H
#define SPF_EVAL_H

#include "spf/record.h"
#include "spf/spf.h"

/* What becomes of a term, or of any part of one. */
enum spf_step {
    STEP_NO,      /* does not match; go on */
    STEP_YES,     /* matches; or: the thing asked for is there */
    STEP_ON,      /* go on with the record on top of the stack, which is another one */
    STEP_PENDING, /* a question is open; leave at once */
    STEP_STOP     /* temperror or permerror: spf_run.fault says which */
};

/* A record under evaluation and the domain it was found at. */
struct spf_place {
    str domain; /* lower case; %{d} */
    struct spf_record *record;
};

struct spf_frame {
    struct spf_frame *outer; /* in whose term at `at` this include stands; NULL: the sender's own record */
    const struct fact *due;  /* asked for the record to go over next, maybe open; NULL: place is that */
    struct spf_place place;  /* before the first record is found: none; behind a redirect: where it stood */
    size_t at;               /* the term that comes next */
    bool is_redirected;
};

struct spf_run {
    const struct method_run *on;
    const struct spf_request *request;
    struct ingam_spf_outcome *out;
    struct trace *trace; /* NULL: this run tells nothing                              */
    struct spf_sender *sender;
    struct spf_frame *frame;       /* the top of the stack                            */
    const struct spf_place *place; /* the record now; NULL before the first was found */
    const struct spf_term *term;   /* the term now                                    */
    const struct fact *open;       /* the question this run ended at                  */
    str detail;                    /* what the term looked at, for its note           */
    enum ingam_fault fault;
    bool has_used_ptr;  /* a %{p} was counted                                        */
    bool is_explaining; /* in exp: nothing counts                                    */
    uint32_t depth;     /* includes around this record                               */
    uint32_t noted;     /* terms told in the trace                                   */
    uint32_t unnoted;   /* terms that were not                                       */
};

/* Finds the sender and asks for its record; U-labels become A-labels.                   [RFC7208 4.3] [RFC8616 4]
 * in   sender  zeroed
 * out  sender  txt stays NULL where there can be no record */
void spf_find_sender(const struct method_run *on, const struct spf_request *request,
                     struct spf_sender *sender);

/* Adds a note with the counters as they stand. */
void spf_write_note(const struct spf_run *run, enum rule_short rule, str first, str second, str third);
static inline void spf_note(const struct spf_run *run, enum rule_short rule, str first, str second, str third)
{
    if (run->trace)
        spf_write_note(run, rule, first, second, third);
}
/* Stops the evaluation: notes the fault and the term. ret STEP_STOP */
enum spf_step spf_stop(struct spf_run *run, enum ingam_fault fault);
/* Adds to the count of terms that query, or that found nothing. ret STEP_YES or STEP_STOP           [RFC7208 4.6.4] */
enum spf_step spf_count_lookup(struct spf_run *run);
enum spf_step spf_count_void(struct spf_run *run);
/* ret  answered, but with no record */
static inline bool spf_is_void(const struct fact *fact)
{
    return fact->rr_n == 0 && fact->status != INGAM_STATUS_FAILED;
}

/* Finds what the term asks for: its domain-spec expanded, or the place's own domain.    [RFC7208 4.8] [RFC7208 7.3]
 * out  target  its name stays for all runs of this identity
 * ret  STEP_YES; STEP_NO: no such name can be asked for; STEP_PENDING, STEP_STOP: by a %{p} */
enum spf_step spf_find_target(struct spf_run *run, struct spf_target **target);
/* Expands an explanation. ret STEP_YES, or STEP_PENDING by a %{p} */
enum spf_step spf_expand(struct spf_run *run, str text, struct out *o);
/* Asks for a target once. ret NULL: no such name can exist */
const struct fact *spf_fact(struct spf_run *run, struct spf_target *target, enum ingam_rr_type type);
/* Asks for a target once.
 * ret  STEP_YES: answered, maybe with nothing; STEP_NO: no such name; STEP_PENDING; STEP_STOP: it failed */
enum spf_step spf_ask(struct spf_run *run, struct spf_target *target, enum ingam_rr_type type);
/* What an answer means to the term that needs it; ret as spf_ask */
enum spf_step spf_settle_rest(struct spf_run *run, const struct fact *fact);
static inline enum spf_step spf_settle(struct spf_run *run, const struct fact *fact)
{
    return fact_is_open(fact) || fact_failed(fact) ? spf_settle_rest(run, fact) : STEP_YES;
}

/* One of the client's own kind: A for IPv4, AAAA for IPv6.                                            [RFC7208 5] */
static inline enum ingam_rr_type spf_address_type(const struct spf_run *run)
{
    return run->request->ip.is_v6 ? INGAM_RR_AAAA : INGAM_RR_A;
}
/* ret  the client shares its first `bits` bits with one of the addresses */
bool spf_has_client(const struct spf_run *run, const struct fact *addresses, unsigned bits);

/* Evaluates run->term.                          [RFC7208 5.3] [RFC7208 5.4] [RFC7208 5.5] [RFC7208 5.7] */
enum spf_step spf_match_a(struct spf_run *run);
enum spf_step spf_match_mx(struct spf_run *run);
enum spf_step spf_match_ptr(struct spf_run *run);
enum spf_step spf_match_exists(struct spf_run *run);
/* Finds what %{p} stands for: the domain itself, a name under it, any other, or "unknown".            [RFC7208 7.3] */
enum spf_step spf_validated_name(struct spf_run *run, str *name);

/* Fetches and expands the explanation of the record that said fail.                                   [RFC7208 6.2]
 * ret  PENDING, or DONE: run->out->explanation is set, or empty with a note why */
enum progress spf_explain(struct spf_run *run, const struct spf_place *place);

#endif
