/* SPDX-License-Identifier: BSD-2-Clause */
/* The small things that every public header of Ingam shares: slices, results, faults, rules, limits. */
#ifndef INGAM_TYPES_H
#define INGAM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INGAM_API __attribute__((visibility("default")))

/* A slice of bytes that somebody else owns: never NUL-terminated, any byte may occur. */
typedef struct ingam_str {
    const uint8_t *p;
    size_t n;
} ingam_str;

/* What became of a call. What became of the message is a result and a fault. */
enum ingam_err {
    INGAM_OK,
    INGAM_ERR_MEMORY, /* the allocator refused, or the message's memory cap is reached */
    INGAM_ERR_ORDER,  /* called when it makes no sense: fed after the end, answered what was not asked */
    INGAM_ERR_ARGUMENT
};

/* The result words of RFC 8601 2.7, for every method.                    [RFC8601 2.7] */
enum ingam_result {
    INGAM_RESULT_NONE,
    INGAM_RESULT_PASS,
    INGAM_RESULT_FAIL,
    INGAM_RESULT_SOFTFAIL,
    INGAM_RESULT_NEUTRAL,
    INGAM_RESULT_POLICY,
    INGAM_RESULT_TEMPERROR,
    INGAM_RESULT_PERMERROR
};
INGAM_API const char *ingam_result_name(enum ingam_result result); /* "pass", "temperror" ... */

/* Where memory comes from: NULL members mean malloc and free. */
struct ingam_alloc {
    void *(*get)(void *context, size_t n);
    void (*put)(void *context, void *p);
    void *context;
};

/* Every limit of ours; reaching one is a named fault. Sizes in bytes. */
struct ingam_limits {
    size_t header_block;      /* 1 MiB: the whole header                            */
    size_t field;             /* 256 KiB: one header field with its folds           */
    size_t fields;            /* 4,096 fields                                       */
    size_t dkim_field;        /* 16 KiB: one DKIM-Signature (or ARC) field          */
    size_t dkim_tags;         /* 64 tags in a tag list                              */
    size_t dkim_signed_names; /* 256 names in h=                                   */
    size_t dkim_signatures;   /* 8 signatures tried                                 */
    size_t key_record;        /* 8 KiB: one key record                              */
    size_t rsa_bits_max;      /* 8,192                                              */
    size_t questions;         /* 64 DNS questions a message (shares: docs/limits.md) */
    size_t arena;             /* 2 MiB of memory beside the header block            */
    size_t nesting;           /* 32 comments or groups inside one another           */
    size_t from_addresses;    /* 64 addresses in From                               */
    size_t spf_terms;         /* 10 terms that query the DNS        [RFC7208 4.6.4] */
    size_t spf_voids;         /* 2 void lookups                     [RFC7208 4.6.4] */
    size_t spf_mx;            /* 10 MX names of one term            [RFC7208 4.6.4] */
    size_t spf_ptr;           /* 10 PTR names of one term           [RFC7208 4.6.4] */
    size_t arc_sets;          /* 50 ARC sets                        [RFC8617 5.2]   */
    uint64_t deadline_ms;     /* 30,000: after that every open question has failed  */
};
INGAM_API void ingam_limits_default(struct ingam_limits *limits);

/* Methods, as they appear in the trace. */
enum ingam_method {
    INGAM_METHOD_MAIL,
    INGAM_METHOD_DNS,
    INGAM_METHOD_SPF,
    INGAM_METHOD_DKIM,
    INGAM_METHOD_ARC,
    INGAM_METHOD_DMARC,
    INGAM_METHOD_AUTHRES,
    INGAM_METHOD_POLICY
};
INGAM_API const char *ingam_method_name(enum ingam_method method); /* "spf", "dkim" ... */

/* Faults: what can be wrong with a message or a record. One row each in faults/ROOM.def:
 * FAULT(NAME, RESULT, "RFCnnnn section", "sentence"). */
enum ingam_fault {
    INGAM_FAULT_NONE,
#define FAULT(name, result, spec, sentence) INGAM_FAULT_##name,
#include <ingam/faults/all.def>
#undef FAULT
    INGAM_FAULT_N
};
struct ingam_fault_row {
    const char *name; /* "SPF_TOO_MANY_LOOKUPS" */
    enum ingam_result result;
    const char *spec; /* "RFC7208 4.6.4" */
    const char *sentence;
};
/* ret  never NULL; the row of INGAM_FAULT_NONE has empty texts */
INGAM_API const struct ingam_fault_row *ingam_fault_row(enum ingam_fault fault);
/* Writes the name as people and JSON see it: "spf-too-many-lookups". ret buf */
enum { INGAM_FAULT_NAME_SIZE = 64 };
INGAM_API const char *ingam_fault_name(enum ingam_fault fault, char buf[INGAM_FAULT_NAME_SIZE]);

/* Rules: what a method says in the trace when it decides something. One row each in rules/ROOM.def:
 * RULE(NAME, METHOD, "name", "RFCnnnn section", "sentence with {0} {1} {2} for texts and {#0} {#1} {#2} for numbers"). */
enum ingam_rule {
#define RULE(id, method, name, spec, sentence) INGAM_RULE_##id,
#include <ingam/rules/all.def>
#undef RULE
    INGAM_RULE_N
};

/* One note of the trace: this rule looked at these bytes and this came out. Texts live as long as the check. */
struct ingam_note {
    enum ingam_rule rule;
    enum ingam_fault fault; /* INGAM_FAULT_NONE where nothing is wrong */
    uint32_t subject;       /* DKIM: index of the signature from the top; SPF: 0 MAIL FROM, 1 HELO; else 0 */
    ingam_str text[3];
    int64_t number[3];
    ingam_str record; /* the whole text in which something is wrong, or empty */
    size_t at;        /* byte of `record` for the caret */
};
struct ingam_rule_row {
    enum ingam_method method;
    const char *name;
    const char *spec;
    const char *sentence;
};
INGAM_API const struct ingam_rule_row *ingam_rule_row(enum ingam_rule rule);

/* Writes the sentence of a note as printable text; bytes outside printable ASCII become \xNN.
 * ret  length that was needed, without the NUL; at most cap - 1 bytes and a NUL are written */
INGAM_API size_t ingam_note_text(const struct ingam_note *note, char *buf, size_t cap);

#endif
