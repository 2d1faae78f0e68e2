/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of the public enums, and the limits as they stand where nobody says otherwise. */
#include <ingam/check.h>

static const char *const results[] = {"none",    "pass",   "fail",      "softfail",
                                      "neutral", "policy", "temperror", "permerror"};
static const char *const methods[] = {"mail", "dns", "spf", "dkim", "arc", "dmarc", "authres", "policy"};
static const char *const statuses[] = {"open", "ok", "nodata", "nxdomain", "failed"};
static const char *const dispositions[] = {"none", "quarantine", "reject", "defer"};
static const char *const policies[] = {NULL, "none", "quarantine", "reject"};

#define WORD(words, i) ((size_t)(i) < sizeof(words) / sizeof((words)[0]) ? (words)[i] : NULL)

const char *ingam_result_name(enum ingam_result result)
{
    return WORD(results, result);
}

const char *ingam_method_name(enum ingam_method method)
{
    return WORD(methods, method);
}

const char *ingam_status_name(enum ingam_status status)
{
    return WORD(statuses, status);
}

const char *ingam_disposition_name(enum ingam_disposition d)
{
    return WORD(dispositions, d);
}

const char *ingam_dmarc_policy_name(enum ingam_dmarc_policy p)
{
    return WORD(policies, p);
}

const char *ingam_rr_type_name(uint16_t type)
{
    static const struct {
        uint16_t type;
        const char *name;
    } rows[] = {{INGAM_RR_A, "A"},     {INGAM_RR_NS, "NS"},    {INGAM_RR_CNAME, "CNAME"},
                {INGAM_RR_SOA, "SOA"}, {INGAM_RR_PTR, "PTR"},  {INGAM_RR_MX, "MX"},
                {INGAM_RR_TXT, "TXT"}, {INGAM_RR_AAAA, "AAAA"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].type == type)
            return rows[i].name;
    return NULL;
}

void ingam_limits_default(struct ingam_limits *limits)
{
    *limits = (struct ingam_limits){
        .header_block = 1024 * 1024,
        .field = 256 * 1024,
        .fields = 4096,
        .dkim_field = 16 * 1024,
        .dkim_tags = 64,
        .dkim_signed_names = 256,
        .dkim_signatures = 8,
        .key_record = 8 * 1024,
        .rsa_bits_max = 8192,
        .questions = 64,
        .arena = 2 * 1024 * 1024,
        .nesting = 32,
        .from_addresses = 64,
        .spf_terms = 10,
        .spf_voids = 2,
        .spf_mx = 10,
        .spf_ptr = 10,
        .arc_sets = 50,
        .deadline_ms = 30 * 1000,
    };
}
