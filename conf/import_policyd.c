/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/import_inside.h"

#define SPF_DECIDES_NOTHING                                                                                  \
    "left out: SPF alone refuses nothing here; DMARC decides (RFC 9989 7.1), see on-reject and "             \
    "on-quarantine"
#define ONE_SENTENCE "left out: the refusal names the domain, the reason and an id by itself"

static void take_reject(struct import *im, str value)
{
    if (!str_eq_nocase(value, S("False")) && !str_eq_nocase(value, S("No_Check")))
        import_leave(im, SPF_DECIDES_NOTHING);
}
static void take_defer(struct import *im, str value)
{
    im->defers = import_is_on(value);
}
static void take_test(struct import *im, str value)
{
    if (str_eq(value, S("0")))
        import_leave(im, "carried over as mode = observe, unless OpenDMARC rejects");
}

static void take_header(struct import *im, str value)
{
    im->adds_received_spf = str_eq_nocase(value, S("SPF"));
}
static void take_id(struct import *im, str value)
{
    import_id(im, value);
}

static void add_host(struct import *im, str entry)
{
    struct import_trust *t = &im->trusts[HOSTS_POLICYD];
    import_host(im, &t->nets, &t->hosts, entry);
}
static void take_hosts(struct import *im, str value)
{
    import_dataset(im, value, add_host);
}
/* A name there stands for itself and all below it; ".name" for what is below alone. */
static void add_suffix(struct import *im, str entry)
{
    struct out o;
    add_host(im, entry);
    if (str_starts(entry, S(".")))
        return;
    out_init(&o, im->a);
    out_byte(&o, '.');
    out_str(&o, entry);
    add_host(im, out_done(&o));
}
static void take_suffixes(struct import *im, str value)
{
    import_dataset(im, value, add_suffix);
}

static void take_voids(struct import *im, str value)
{
    if (!str_eq(value, S("2")))
        import_leave(im, "left out: two void lookups, as RFC 7208 4.6.4 has it");
}

const struct import_word import_policyd_words[] = {
    {"debugLevel", NULL, NULL, false},
    {"TestOnly", take_test, NULL, false},
    {"defaultSeedOnly", take_test, NULL, false},
    {"HELO_reject", take_reject, NULL, false},
    {"HELO_pass_restriction", NULL, "left out: restrictions of the mail server are not called", false},
    {"Mail_From_reject", take_reject, NULL, false},
    {"Mail_From_pass_restriction", NULL, "left out: restrictions of the mail server are not called", false},
    {"No_Mail", NULL, SPF_DECIDES_NOTHING, true},
    {"Reject_Not_Pass_Domains", NULL, SPF_DECIDES_NOTHING, false},
    {"PermError_reject", NULL, SPF_DECIDES_NOTHING, true},
    {"TempError_Defer", take_defer, NULL, false},
    {"Prospective", NULL, "left out: ingam spf who tells whether a server may send for a domain", false},
    {"skip_addresses", take_hosts, NULL, false},
    {"Whitelist", take_hosts, NULL, false},
    {"HELO_Whitelist", take_hosts, NULL, false},
    {"Domain_Whitelist", NULL,
     "left out: an SPF record names no trusted host; write trust \"...\" { host = {...} } or { address = "
     "{...} }",
     false},
    {"Domain_Whitelist_PTR", take_suffixes, NULL, false},
    {"SPF_Enhanced_Status_Codes", NULL, NULL, false},
    {"Header_Type", take_header, NULL, false},
    {"Hide_Receiver", NULL,
     "left out: Received-SPF names the receiver; without received-spf = yes there is none", true},
    {"Authserv_Id", take_id, NULL, false},
    {"Lookup_Time", NULL, "left out: limits { message = 8s } bounds all questions of a message together",
     false},
    {"Whitelist_Lookup_Time", NULL, NULL, false},
    {"Void_Limit", take_voids, NULL, false},
    {"Reason_Message", NULL, ONE_SENTENCE, false},
    {"Mock", NULL, NULL, false},
    {NULL, NULL, NULL, false},
};
