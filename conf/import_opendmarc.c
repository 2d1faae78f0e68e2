/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/import_inside.h"

#define NO_REPORTS "left out: ingamd sends no failure reports"
#define NO_HISTORY "left out: ingamd writes no history for opendmarc-importstats"

static void take_reject(struct import *im, str value)
{
    im->rejects = import_is_on(value);
}
static void take_hold(struct import *im, str value)
{
    im->holds = import_is_on(value);
}
static void take_no_author(struct import *im, str value)
{
    im->rejects_no_author = im->rejects_no_author || import_is_on(value);
}

static void add_ignored(struct import *im, str entry)
{
    struct import_trust *t = &im->trusts[HOSTS_OPENDMARC];
    import_host(im, &t->nets, &t->hosts, entry);
}
static void take_ignored(struct import *im, str value)
{
    struct out o;
    im->has_ignored_hosts = true;
    import_leave(im, "mail of these hosts is judged and marked all the same, but never refused (trust)");
    out_init(&o, im->a);
    out_z(&o, "file:");
    out_str(&o, value);
    import_dataset(im, out_done(&o), add_ignored);
}

static void add_author(struct import *im, str entry)
{
    str pattern;
    if (value_read_pattern(im->a, entry, &pattern))
        import_add(im, &im->exempt, pattern);
    else
        import_leave(im, "an entry is left out: no domain name");
}
static void take_authors(struct import *im, str value)
{
    import_dataset(im, value, add_author);
}

static void add_sealer(struct import *im, str entry)
{
    str pattern;
    if (value_read_pattern(im->a, entry, &pattern) && !str_eq(pattern, S("*")))
        import_add(im, &im->trusts[HOSTS_OPENDMARC].sealers, pattern);
    else
        import_leave(im, "an entry is left out: no domain name");
}
static void take_sealers(struct import *im, str value)
{
    import_dataset(im, value, add_sealer);
}
static void take_sealer_file(struct import *im, str value)
{
    struct out o;
    out_init(&o, im->a);
    out_z(&o, "file:");
    out_str(&o, value);
    import_dataset(im, out_done(&o), add_sealer);
}

const struct import_word import_opendmarc_words[] = {
    {"AuthservID", import_id, NULL, false},
    {"AuthservIDWithJobID", NULL, "left out: the id is the same for all mail, as its readers need it", true},
    {"AutoRestart", NULL, NULL, false},
    {"AutoRestartCount", NULL, NULL, false},
    {"AutoRestartRate", NULL, NULL, false},
    {"Background", NULL, NULL, false},
    {"BaseDirectory", NULL, "left out: every path here is from the root", false},
    {"ChangeRootDirectory", NULL, NULL, false},
    {"CopyFailuresTo", NULL,
     "left out: mail is never sent elsewhere; quarantine = hold keeps it in the mail server", false},
    {"DNSTimeout", import_timeout, NULL, false},
    {"DomainWhitelist", take_sealers, NULL, false},
    {"DomainWhitelistFile", take_sealer_file, NULL, false},
    {"DomainWhitelistSize", NULL, NULL, false},
    {"EnableCoredumps", NULL, NULL, false},
    {"FailureReports", NULL, NO_REPORTS, true},
    {"FailureReportsBcc", NULL, NO_REPORTS, false},
    {"FailureReportsOnNone", NULL, NO_REPORTS, true},
    {"FailureReportsSentBy", NULL, NO_REPORTS, false},
    {"HistoryFile", NULL, NO_HISTORY, false},
    {"HoldQuarantinedMessages", take_hold, NULL, false},
    {"IgnoreAuthenticatedClients", NULL, NULL, false},
    {"IgnoreHosts", take_ignored, NULL, false},
    {"IgnoreMailFrom", take_authors, NULL, false},
    {"IgnoreMailTo", NULL, NO_HISTORY, false},
    {"MilterDebug", NULL, "left out: log { level = debug }", false},
    {"PidFile", NULL, NULL, false},
    {"PublicSuffixList", NULL, "not needed: the organizational domain is found in the DNS (RFC 9989 4.10)",
     false},
    {"RecordAllMessages", NULL, NO_HISTORY, true},
    {"RejectFailures", take_reject, NULL, false},
    {"RejectMultiValueFrom", take_no_author, NULL, false},
    {"RejectString", NULL, "left out: the refusal names the domain, the reason and an id by itself", false},
    {"ReportCommand", NULL, NO_REPORTS, false},
    {"RequiredHeaders", take_no_author, NULL, false},
    {"Socket", import_socket, NULL, false},
    {"SoftwareHeader", NULL, "left out: no field names the software", true},
    {"SPFIgnoreResults", NULL, NULL, false},
    {"SPFSelfValidate", NULL, NULL, false},
    {"Syslog", import_syslog, NULL, false},
    {"SyslogFacility", import_facility, NULL, false},
    {"TemporaryDirectory", NULL, NULL, false},
    {"TrustedAuthservIDs", NULL,
     "not needed: SPF and DKIM are checked here, and no results of others are believed", false},
    {"UMask", NULL, NULL, false},
    {"UserID", NULL, NULL, false},
    {NULL, NULL, NULL, false},
};
