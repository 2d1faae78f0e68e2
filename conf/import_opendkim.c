/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/import_inside.h"
#include "conf/tables.h"

#define DKIM_DECIDES_NOTHING                                                                                 \
    "left out: DKIM alone decides nothing here; what DMARC makes of it is on-reject and on-quarantine"
#define OWN_LISTENER                                                                                         \
    "left out: give users' mail a listener of its own, listen \"...\" { submission = yes }; mail of a "      \
    "client with a name and "                                                                                \
    "password is ours anyway"
#define NO_SCRIPTS  "left out: there are no scripts; policy and trust blocks say who is treated otherwise"
#define NO_REPORTS  "left out: ingamd sends no failure reports"
#define NO_LDAP     "left out: lists stand in ingam.conf, not in a directory"
#define FROM_ALONE  "left out: the author is who stands in From"
#define OTHERS_STAY "left out: results of others stay, only those with our own authserv-id are deleted"
#define SEAL_INSTEAD                                                                                         \
    "left out: mail that goes on gets an ARC set, sign { seal = {RECIPIENT} seal-domain = DOMAIN }"

static void take_domain_words(struct import *im, str value)
{
    im->domain = import_here(im, value);
}
static void take_selector(struct import *im, str value)
{
    im->selector = import_here(im, value);
}
static void take_key_file(struct import *im, str value)
{
    im->key_file = import_here(im, value);
}
static void take_key_table(struct import *im, str value)
{
    im->key_table = import_here(im, value);
}
static void take_signing_table(struct import *im, str value)
{
    im->signing_table = import_here(im, value);
}
static void take_subdomains(struct import *im, str value)
{
    im->has_subdomains = import_is_on(value);
}

static void add_client(struct import *im, str entry)
{
    import_host(im, &im->clients, NULL, entry);
}
static void take_internal(struct import *im, str value)
{
    im->has_internal_hosts = true;
    import_dataset(im, value, add_client);
}

static void add_peer(struct import *im, str entry)
{
    struct import_trust *t = &im->trusts[HOSTS_OPENDKIM];
    import_host(im, &t->nets, &t->hosts, entry);
}
static void take_peers(struct import *im, str value)
{
    import_leave(im, "mail of these hosts is judged and marked all the same, but never refused (trust)");
    import_dataset(im, value, add_peer);
}

static void add_exempt(struct import *im, str entry)
{
    str pattern;
    if (value_read_pattern(im->a, entry, &pattern))
        import_add(im, &im->exempt, pattern);
    else
        import_leave(im, "an entry is left out: no domain name");
}
static void take_exempt(struct import *im, str value)
{
    import_dataset(im, value, add_exempt);
}

static void take_mode(struct import *im, str value)
{
    im->signs = str_find(value, 's') < value.n;
    if (str_find(value, 'v') == value.n)
        import_leave(
            im, "mail that is not ours is judged and marked all the same; mode = observe refuses nothing");
}

static void take_canonicalization(struct import *im, str value)
{
    if (!str_eq_nocase(value, S("relaxed/relaxed")))
        import_leave(im, "left out: ingamd signs relaxed/relaxed, which survives more servers");
}

static void take_ttl(struct import *im, str value)
{
    uint64_t seconds;
    if (!import_number(im, value, UINT32_MAX, &seconds))
        return;
    if (seconds < 3600 || seconds > 3650 * 86400ULL)
        import_leave(im, "left out: a signature stands for 1 h to 3650 d");
    else
        im->expire_s = seconds;
}

static void add_field(struct import *im, str entry)
{
    cur c = cur_of(entry);
    if (cur_is(&c, C_ALPHA) && cur_run(&c, C_FTEXT).n && cur_end(&c))
        import_add(im, &im->headers, arena_copy_lower(im->a, entry));
    else
        import_leave(im, "an entry is left out: write the fields out, sign { headers = {from, to, ...} }");
}
static void take_headers(struct import *im, str value)
{
    import_dataset(im, value, add_field);
    import_add(im, &im->headers, S("from"));
}

static void take_nameservers(struct import *im, str value)
{
    struct ip ip;
    str first = str_trim_fws(str_first(value, str_find(value, ',')));
    if (!ip_read(first, &ip)) {
        import_leave(im, "left out: no address");
        return;
    }
    im->forward = first;
    if (str_find(value, ',') < value.n)
        import_leave(im, "only the first is carried over; way = system asks all servers of resolv.conf");
}

static void take_anchor(struct import *im, str value)
{
    if (str_starts(value, S("/")) && import_is_plain(value))
        im->anchor = value;
    else
        import_leave(im, "left out: no path from the root; write resolver { anchor = FILE }");
}

static void take_signatures(struct import *im, str value)
{
    uint64_t n;
    if (!import_number(im, value, UINT32_MAX, &n))
        return;
    if (n >= 1 && n <= 64)
        im->signatures = n;
    else if (n)
        import_leave(im, "left out: at most 64 signatures are tried");
}

static void take_header_bytes(struct import *im, str value)
{
    uint64_t n;
    if (!import_number(im, value, UINT32_MAX, &n))
        return;
    if (n >= 16384 && n <= 64U << 20)
        im->header_bytes = n;
    else
        import_leave(im, "left out: a header has 16K to 64M, limits { header = SIZE }");
}

static bool accepts(str value)
{
    return value.n && (value.p[0] == 'a' || value.p[0] == 'A');
}
static bool defers(str value)
{
    return value.n && (value.p[0] == 't' || value.p[0] == 'T');
}
static void take_dkim_action(struct import *im, str value)
{
    if (!accepts(value))
        import_leave(im, DKIM_DECIDES_NOTHING);
}
static void take_dns_error(struct import *im, str value)
{
    im->accepts_temperror = accepts(value);
    if (!accepts(value) && !defers(value))
        import_leave(im, "left out: silence of the DNS is no proof; on-temperror is defer or accept");
}
static void take_internal_error(struct import *im, str value)
{
    im->passes_trouble = accepts(value);
    if (!accepts(value) && !defers(value))
        import_leave(im, "left out: limits { on-trouble } is defer or unmarked");
}
static void take_default_action(struct import *im, str value)
{
    take_dns_error(im, value);
    im->passes_trouble = accepts(value);
}

static void take_include(struct import *im, str value)
{
    struct conf_text text;
    if (import_open(im, value, &text))
        import_read_lines(im, IMPORT_OPENDKIM, &text);
}

static void take_key_bits(struct import *im, str value)
{
    uint64_t bits;
    if (import_number(im, value, UINT32_MAX, &bits) && bits != 1024)
        import_leave(
            im, "left out: keys under 1024 bits never count, and no other limit can be set (RFC 8301 3.2)");
}

const struct import_word import_opendkim_words[] = {
    {"AlwaysAddARHeader", NULL, NULL, false},
    {"AuthservID", import_id, NULL, false},
    {"AuthservIDWithJobID", NULL, "left out: the id is the same for all mail, as its readers need it", true},
    {"AutoRestart", NULL, NULL, false},
    {"AutoRestartCount", NULL, NULL, false},
    {"AutoRestartRate", NULL, NULL, false},
    {"Background", NULL, NULL, false},
    {"BaseDirectory", NULL, "left out: every path here is from the root", false},
    {"BodyLengthDB", NULL, "left out: l= is never written", false},
    {"BogusKey", NULL, DKIM_DECIDES_NOTHING, false},
    {"CaptureUnknownErrors", NULL, NULL, false},
    {"Canonicalization", take_canonicalization, NULL, false},
    {"ChangeRootDirectory", NULL, NULL, false},
    {"ClockDrift", NULL, "left out: how far a signature may lie in the future cannot be set", false},
    {"Diagnostics", NULL, "left out: ingam explain tells why a signature failed", true},
    {"DiagnosticDirectory", NULL, "left out: ingam explain tells why a signature failed", false},
    {"DisableCryptoInit", NULL, NULL, false},
    {"DNSConnect", NULL, NULL, false},
    {"DNSTimeout", import_timeout, NULL, false},
    {"Domain", take_domain_words, NULL, false},
    {"DomainKeysCompat", NULL, "left out: DomainKeys is not DKIM", true},
    {"DontSignMailTo", NULL, "left out: signing does not look at recipients", false},
    {"EnableCoredumps", NULL, NULL, false},
    {"ExemptDomains", take_exempt, NULL, false},
    {"ExternalIgnoreList", NULL, NULL, false},
    {"FinalPolicyScript", NULL, NO_SCRIPTS, false},
    {"FixCRLF", NULL, "left out: what is signed is what is sent", true},
    {"IdentityHeader", NULL, FROM_ALONE, false},
    {"IdentityHeaderRemove", NULL, FROM_ALONE, true},
    {"IgnoreMalformedMail", NULL, "left out: broken mail is judged too", true},
    {"Include", take_include, NULL, false},
    {"InternalHosts", take_internal, NULL, false},
    {"KeepAuthResults", NULL, "left out: results in our name that come from outside are always deleted",
     true},
    {"KeepTemporaryFiles", NULL, NULL, false},
    {"KeyFile", take_key_file, NULL, false},
    {"KeyTable", take_key_table, NULL, false},
    {"LDAPAuthMechanism", NULL, NO_LDAP, false},
    {"LDAPAuthName", NULL, NO_LDAP, false},
    {"LDAPAuthRealm", NULL, NO_LDAP, false},
    {"LDAPAuthUser", NULL, NO_LDAP, false},
    {"LDAPBindPassword", NULL, NO_LDAP, false},
    {"LDAPBindUser", NULL, NO_LDAP, false},
    {"LDAPDisableCache", NULL, NULL, false},
    {"LDAPKeepaliveIdle", NULL, NULL, false},
    {"LDAPKeepaliveInterval", NULL, NULL, false},
    {"LDAPKeepaliveProbes", NULL, NULL, false},
    {"LDAPTimeout", NULL, NULL, false},
    {"LDAPUseTLS", NULL, NULL, false},
    {"LogResults", NULL, NULL, false},
    {"LogWhy", NULL, NULL, false},
    {"MacroList", NULL, OWN_LISTENER, false},
    {"MaximumHeaders", take_header_bytes, NULL, false},
    {"MaximumSignaturesToVerify", take_signatures, NULL, false},
    {"MaximumSignedBytes", NULL, "left out: l= is never written", false},
    {"MilterDebug", NULL, "left out: log { level = debug }", false},
    {"Minimum", NULL, "left out: partial-body = no refuses every signature that leaves bytes out", false},
    {"MinimumKeyBits", take_key_bits, NULL, false},
    {"Mode", take_mode, NULL, false},
    {"MTA", NULL, OWN_LISTENER, false},
    {"MTACommand", NULL, NULL, false},
    {"MultipleSignatures", NULL, NULL, false},
    {"MustBeSigned", NULL, "left out: a signature must cover From, and no more is asked", false},
    {"Nameservers", take_nameservers, NULL, false},
    {"NoHeaderB", NULL, "left out: header.b tells two signatures of a domain apart", true},
    {"OmitHeaders", NULL, "left out: write the fields that are signed, sign { headers = {from, to, ...} }",
     false},
    {"On-BadSignature", take_dkim_action, NULL, false},
    {"On-Default", take_default_action, NULL, false},
    {"On-DNSError", take_dns_error, NULL, false},
    {"On-InternalError", take_internal_error, NULL, false},
    {"On-KeyNotFound", take_dkim_action, NULL, false},
    {"On-NoSignature", take_dkim_action, NULL, false},
    {"On-Security", take_internal_error, NULL, false},
    {"On-SignatureError", NULL,
     "left out: limits { on-trouble } says what becomes of mail that cannot be handled", false},
    {"OversignHeaders", NULL, NULL, false},
    {"PeerList", take_peers, NULL, false},
    {"PidFile", NULL, NULL, false},
    {"POPDBFile", NULL,
     "left out: clients that asked for their mail before are strangers; let them give a password", false},
    {"Quarantine", NULL, DKIM_DECIDES_NOTHING, true},
    {"QueryCache", NULL, NULL, false},
    {"RedirectFailuresTo", NULL,
     "left out: mail is never sent elsewhere; quarantine = hold keeps it in the mail server", false},
    {"RemoveARAll", NULL, OTHERS_STAY, true},
    {"RemoveARFrom", NULL, OTHERS_STAY, false},
    {"RemoveOldSignatures", NULL, "left out: signatures of others stay", true},
    {"ReplaceHeaders", NULL, "left out: what the mail server rewrites later must be switched off there",
     false},
    {"ReplaceRules", NULL, "left out: what the mail server rewrites later must be switched off there", false},
    {"ReportAddress", NULL, NO_REPORTS, false},
    {"ReportBccAddress", NULL, NO_REPORTS, false},
    {"RequestReports", NULL, "left out: r=y is not written", true},
    {"RequiredHeaders", NULL, "left out: only mail without a usable From is refused, on-no-author", true},
    {"RequireSafeKeys", NULL, NULL, false},
    {"ResignAll", NULL, SEAL_INSTEAD, true},
    {"ResignMailTo", NULL, SEAL_INSTEAD, false},
    {"ResolverConfiguration", NULL, "left out: resolver { way = system | forward | recurse } is all there is",
     false},
    {"ResolverTracing", NULL, NULL, false},
    {"ScreenPolicyScript", NULL, NO_SCRIPTS, false},
    {"SelectCanonicalizationHeader", NULL, "left out: ingamd signs relaxed/relaxed", false},
    {"Selector", take_selector, NULL, false},
    {"SenderHeaders", NULL, FROM_ALONE, false},
    {"SenderMacro", NULL, FROM_ALONE, false},
    {"SendReports", NULL, NO_REPORTS, true},
    {"SetupPolicyScript", NULL, NO_SCRIPTS, false},
    {"SignatureAlgorithm", NULL, NULL, false},
    {"SignatureTTL", take_ttl, NULL, false},
    {"SignHeaders", take_headers, NULL, false},
    {"SigningTable", take_signing_table, NULL, false},
    {"SMTPURI", NULL, NULL, false},
    {"Socket", import_socket, NULL, false},
    {"SoftStart", NULL, NULL, false},
    {"SoftwareHeader", NULL, "left out: no field names the software", true},
    {"Statistics", NULL, "left out: metrics = 127.0.0.1:9163 counts", false},
    {"StatisticsName", NULL, NULL, false},
    {"StatisticsPolicyScript", NULL, NO_SCRIPTS, false},
    {"StatisticsPrefix", NULL, NULL, false},
    {"StrictHeaders", NULL, "left out: only mail without a usable From is refused, on-no-author", true},
    {"StrictTestMode", NULL, NULL, false},
    {"SubDomains", take_subdomains, NULL, false},
    {"Syslog", import_syslog, NULL, false},
    {"SyslogFacility", import_facility, NULL, false},
    {"SyslogName", NULL, "left out: the log says ingamd", false},
    {"SyslogSuccess", NULL, NULL, false},
    {"TemporaryDirectory", NULL, NULL, false},
    {"TestDNSData", NULL, "left out: ingam check --dns FILE judges with a zone file", false},
    {"TestPublicKeys", NULL, "left out: ingam check --dns FILE judges with a zone file", false},
    {"TrustAnchorFile", take_anchor, NULL, false},
    {"TrustSignaturesFrom", NULL, "left out: a signature counts for DMARC where its domain is the author's",
     false},
    {"UMask", NULL, NULL, false},
    {"UnprotectedKey", NULL, NULL, false},
    {"UserID", NULL, NULL, false},
    {"VBR-Certifiers", NULL, "left out: there is no VBR", false},
    {"VBR-PurgeFields", NULL, NULL, false},
    {"VBR-TrustedCertifiers", NULL, "left out: there is no VBR", false},
    {"VBR-TrustedCertifiersOnly", NULL, NULL, false},
    {"VBR-Type", NULL, "left out: there is no VBR", false},
    {"WeakSyntaxChecks", NULL, NULL, false},
    {NULL, NULL, NULL, false},
};
