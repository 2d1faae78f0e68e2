/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of OpenDKIM, OpenDMARC and policyd-spf in ours. */
#include "conf/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { KIM = IMPORT_OPENDKIM, MARC = IMPORT_OPENDMARC, SPF = IMPORT_POLICYD };

/* The only file that can be named. */
static const char list_file[] = "192.0.2.1 # a\n\n  host.example\n2001:db8::1/32\n";

static const char *read_list(void *context, struct arena *a, const char *path, str *text)
{
    (void)context, (void)a;
    *text = str_of(list_file);
    return strcmp(path, "/list") == 0 ? NULL : "left out: no such file";
}

static const struct {
    enum import_program program;
    const char *text;
    const char *conf; /* must stand in what is made; NULL: look at the rest only */
    const char *left; /* all of it */
} rows[] = {
    {KIM, "", "mode = observe\n", ""},
    {KIM, "AuthservID HOSTNAME\nUserID opendkim\nPidFile /x\nLogWhy yes\nSendReports no\n", NULL, ""},
    {KIM, "authservid Mx.example\n", "authserv-id = \"Mx.example\"\n", ""},
    {KIM, "AuthservID a b\n", NULL,
     "f:1: AuthservID: left out: not a name that stands in a header without quotes; write authserv-id = "
     "NAME\n"},
    {KIM, "Socket inet:8891\n", "listen \"inet:8891@127.0.0.1\" {",
     "f:1: Socket: listened on all interfaces; ingamd listens on the loopback only\n"},
    {KIM, "Socket inet6:8891@[::1]\n", "listen \"inet6:8891@[::1]\" {", ""},
    {KIM, "Socket inet:8891@mail.example\n", NULL,
     "f:1: Socket: left out: write listen \"inet:PORT@ADDRESS\" with an address, not a name\n"},
    {KIM, "Domain a.example,.b.example\nSubDomains yes\n",
     "    domains = {\"a.example\",\n        \".b.example\"}\n    clients = {\"127.0.0.1\"}\n    subdomains "
     "= yes\n",
     ""},
    {KIM, "Mode v\nDomain a.example\n", "mode = observe\n", ""},
    {KIM, "Mode s\n", NULL,
     "f:1: Mode: mail that is not ours is judged and marked all the same; mode = observe refuses nothing\n"},
    {KIM, "Domain a.example\nInternalHosts /list\n",
     "    clients = {\"192.0.2.1\",\n        \"2001:db8::/32\"}\n",
     "/list:3: InternalHosts: an entry is left out: clients are addresses; write the host's address\n"},
    {KIM, "Domain a.example\nInternalHosts localhost\n", "    clients = {\"127.0.0.1\",\n        \"::1\"}\n",
     ""},
    {KIM, "Domain a.example\nSignHeaders From,To,*\n", "    headers = {\"from\",\n        \"to\"}\n",
     "f:2: SignHeaders: an entry is left out: write the fields out, sign { headers = {from, to, ...} }\n"},
    {KIM, "Domain a.example\nSignatureTTL 60\n", NULL,
     "f:2: SignatureTTL: left out: a signature stands for 1 h to 3650 d\n"},
    {KIM, "Nameservers 192.0.2.53,192.0.2.54\nDNSTimeout 7\n",
     "resolver {\n    forward = \"192.0.2.53\"\n    timeout = 7s\n}\n",
     "f:1: Nameservers: only the first is carried over; way = system asks all servers of resolv.conf\n"},
    {KIM, "MaximumHeaders 65536\nMaximumSignaturesToVerify 3\nOn-InternalError accept\n",
     "limits {\n    signatures = 3\n    header = 65536\n    on-trouble = unmarked\n}\n", ""},
    {KIM, "On-DNSError accept\n", "on-temperror = accept\n", ""},
    {KIM, "On-Default tempfail\nOn-BadSignature a\nOn-Security t\n", NULL, ""},
    {KIM, "ExemptDomains a.example\n",
     "policy \"exempt\" {\n    mode = observe\n    author = {\"a.example\"}\n}\n", ""},
    {KIM, "Include /list\n", NULL,
     "/list:1: 192.0.2.1: left out: not known\n/list:3: host.example: left out: not known\n"
     "/list:4: 2001:db8::1/32: left out: not known\n"},
    {KIM, "KeyTable db:/x\nSigningTable refile:/list\n", NULL,
     "f:1: KeyTable: left out: a table from a data base; write its rows to a file\n"},
    {KIM, "KeyFile /k\nSelector s;rm\nDomain a.example\n", NULL,
     "f:1: KeyFile: the key is taken over by: ingam key import --opendkim KEYTABLE SIGNINGTABLE, see "
     "ingam-key(1)\n"},
    {MARC, "", "trust \"IgnoreHosts of OpenDMARC addresses\" {\n    address = {\"127.0.0.1\"}\n}\n", ""},
    {MARC, "RejectFailures yes\nRejectMultiValueFrom true\n", "mode = enforce\non-reject = reject\n", ""},
    {MARC, "RejectFailures yes\n", "on-no-author = accept\n", ""},
    {MARC, "HoldQuarantinedMessages 1\n",
     "mode = enforce\non-reject = accept\non-quarantine = quarantine\nquarantine = hold\n", ""},
    {MARC, "IgnoreHosts /list\n", "    host = {\"host.example\"}\n",
     "f:1: IgnoreHosts: mail of these hosts is judged and marked all the same, but never refused (trust)\n"},
    {MARC, "DomainWhitelist lists.example, .other.example\nDomainWhitelistFile /list\n",
     "    arc = {\"lists.example\",\n        \".other.example\",\n        \"192.0.2.1\",\n        "
     "\"host.example\"}\n",
     "/list:4: DomainWhitelistFile: an entry is left out: no domain name\n"},
    {MARC, "IgnoreMailFrom a.example,*\n", "    author = {\"a.example\",\n        \"*\"}\n", ""},
    {SPF, "", "received-spf = yes\n", ""},
    {SPF, "Header_Type = AR\nAuthserv_Id=mx.example\n", "authserv-id = \"mx.example\"\n", ""},
    {SPF, "Whitelist = 192.0.2.0/31,::ffff:192.0.2.8/126\n",
     "    address = {\"192.0.2.0/31\",\n        \"192.0.2.8/30\"}\n", ""},
    {SPF, "Domain_Whitelist_PTR = .p.example\n", "    host = {\".p.example\"}\n", ""},
    {SPF, "Domain_Whitelist_PTR = p.example\n", "    host = {\"p.example\",\n        \".p.example\"}\n", ""},
    {SPF, "Void_Limit = 5\nMail_From_reject = Softfail\nNo_Mail = False\n", NULL,
     "f:1: Void_Limit: left out: two void lookups, as RFC 7208 4.6.4 has it\n"
     "f:2: Mail_From_reject: left out: SPF alone refuses nothing here; DMARC decides (RFC 9989 7.1), see "
     "on-reject and "
     "on-quarantine\n"},
    {SPF, "TestOnly = 0\n", "mode = observe\n",
     "f:1: TestOnly: carried over as mode = observe, unless OpenDMARC rejects\n"},
};

static void words_are_carried_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct imported made;
        struct conf_error error;
        struct import_from from = {.read = read_list};
        arena_init(&a, NULL, 1 << 22);
        from.list[rows[i].program] = (struct conf_text){"f", str_of(rows[i].text)};
        if (!conf_import(&a, &from, &made, &error))
            fail_msg("%s: %s", rows[i].text, error.text);
        if (rows[i].conf && str_find_str(made.conf, str_of(rows[i].conf)) == made.conf.n)
            fail_msg("%s:\n%.*s", rows[i].text, (int)made.conf.n, (const char *)made.conf.p);
        if (!str_eq(made.left, str_of(rows[i].left)))
            fail_msg("%s:\n%.*s", rows[i].text, (int)made.left.n, (const char *)made.left.p);
        arena_free(&a);
    }
}

/* The first file's word stands; a second that says otherwise is named. */
static void programs_that_differ(void **state)
{
    (void)state;
    struct arena a;
    struct imported made;
    struct conf_error error;
    struct import_from from = {.read = read_list,
                               .list = {{"k", S_INIT("AuthservID a.example\nSocket inet:1@127.0.0.1\n")},
                                        {"m", S_INIT("AuthservID b.example\nSocket inet:2@127.0.0.1\n")},
                                        {"s", S_INIT("Authserv_Id = a.example\n")}}};
    arena_init(&a, NULL, 1 << 22);
    assert_true(conf_import(&a, &from, &made, &error));
    assert_true(str_find_str(made.conf, S("authserv-id = \"a.example\"\n")) < made.conf.n);
    assert_true(str_find_str(made.conf, S("listen \"inet:1@127.0.0.1\"")) < made.conf.n);
    assert_true(str_find_str(made.conf, S("inet:2")) == made.conf.n);
    assert_true(str_eq(
        made.left, S("m:1: AuthservID: left out: another file gives another name; there is one authserv-id\n"
                     "m:2: Socket: left out: ingamd does this in the same session; take it out of the mail "
                     "server's milters\n")));
    arena_free(&a);
}

/* However little memory there is, the answer is no, or whole. */
static void without_memory(void **state)
{
    (void)state;
    struct import_from from = {
        .read = read_list,
        .list = {
            {"k", S_INIT("Domain a.example\nInternalHosts /list\nKeyFile /k\nSelector s\nPeerList /list\n")},
            {"m", S_INIT("DomainWhitelistFile /list\n")}}};
    for (size_t cap = 0; cap < 32768; cap += 512) {
        struct arena a;
        struct imported made;
        struct conf_error error;
        arena_init(&a, NULL, cap);
        if (conf_import(&a, &from, &made, &error))
            assert_true(made.conf.n > 0 && !a.has_failed);
        else
            assert_string_equal(error.text, "import: no memory");
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_carried_over),
        cmocka_unit_test(programs_that_differ),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
