/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam.conf: what texts mean, and the literal words of each error. */
#include "conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct conf *read_two(const char *first, const char *second, struct conf_error *error)
{
    struct conf_text texts[] = {{"a.conf", str_of(first)}, {"b.conf", str_of(second ? second : "")}};
    return conf_read(texts, second ? 2 : 1, "mx.example.org", error);
}

static struct conf *must_read(const char *first, const char *second)
{
    struct conf_error error;
    struct conf *c = read_two(first, second, &error);
    if (c == NULL)
        fail_msg("%s: %s", first, error.text);
    return c;
}

static str shown(struct arena *a, const struct conf *c)
{
    struct out o;
    out_init(&o, a);
    conf_show(&o, c);
    str text = out_done(&o);
    assert_true(text.n > 0);
    return text;
}

/* Reads text, and compares the lines of what conf_show makes of it with `want`: each must stand there. */
static void expect_shown(const char *about, const char *first, const char *second, const char *want)
{
    struct arena a;
    arena_init(&a, NULL, 1 << 22);
    struct conf *c = must_read(first, second);
    str text = shown(&a, c);
    for (const char *line = want; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        str wanted = {(const uint8_t *)line, strcspn(line, "\n")};
        if (str_find_str(text, wanted) == text.n)
            fail_msg("%s: not shown: %.*s\n%.*s", about, (int)wanted.n, line, (int)text.n,
                     (const char *)text.p);
    }
    conf_drop(c);
    arena_free(&a);
}

static const struct {
    const char *about, *first, *second, *want;
} meanings[] = {
    {"nothing gives the defaults", "", NULL,
     "authserv-id = \"mx.example.org\"\nuser = \"ingam\"\nworkers = auto\ncontrol = \"/run/ingam/control\"\n"
     "metrics = none\nreceived-spf = no\nmode = observe\non-reject = quarantine\non-quarantine = quarantine\n"
     "on-temperror = defer\non-no-author = reject\nquarantine = tag\npartial-body = no\n"
     "listen \"unix:/run/ingam/milter\" {\n    front = milter\n    submission = no\n    group = none\n    "
     "mode = 0660\n"
     "    keys = none\n    domains = {}\n    authenticated = yes\n    local = yes\n    clients = {}\n"
     "    subdomains = no\n    expire = none\n    headers = {}\n    seal = {}\n    seal-domain = none\n"
     "    way = system\n    forward = none\n    dnssec = no\n    anchor = none\n    timeout = 5s\n    cache "
     "= 4M\n"
     "    message = 8s\n    idle = 10m\n    packet = 1m\n    sessions = 2048\n    drain = 30s\n    "
     "on-trouble = defer\n"
     "    header = 1M\n    field = 256K\n    fields = 4096\n    signatures = 8\n    questions = 64\n    "
     "memory = 2M\n"
     "    to = stderr\n    form = text\n    level = info\n"},
    {"quotes of both kinds, and none", "user = 'a'\ncontrol=\"/run/x y\" metrics = 127.0.0.1:9163", NULL,
     "user = \"a\"\ncontrol = \"/run/x y\"\nmetrics = \"127.0.0.1:9163\""},
    {"escapes in quotes", "control = \"/a\\\"b\\\\c$d\"", NULL, "control = \"/a\\\"b\\\\c$d\""},
    {"comments of three kinds", "# a\nuser = x # b\n// c\nworkers /* { \n */ = 3", NULL,
     "user = \"x\"\nworkers = 3"},
    {"CR LF and a byte order mark", "\xef\xbb\xbfuser = x\r\nworkers = 2\r\n", NULL,
     "user = \"x\"\nworkers = 2"},
    {"slashes inside a word", "control = /run//x/*y", NULL, "control = \"/run//x/*y\""},
    {"none is nothing", "user = none\ncontrol = none", NULL, "user = none\ncontrol = none"},
    {"words for yes and no", "received-spf = on\npartial-body = True", NULL,
     "received-spf = yes\npartial-body = yes"},
    {"listeners",
     "listen unix:/a { mode = 0600 group = mail submission = yes }\n"
     "listen inet:8891@127.0.0.1 { front = rspamc }\nlisten \"inet6:8891@[::1]\" {}\nlisten systemd:milter { "
     "}\n"
     "listen inet:8892@localhost {}",
     NULL,
     "listen \"unix:/a\" {\n    submission = yes\n    group = \"mail\"\n    mode = 0600\n"
     "listen \"inet:8891@127.0.0.1\" {\n    front = rspamc\nlisten \"inet6:8891@[::1]\" {\nlisten "
     "\"systemd:milter\" {"},
    {"signing",
     "sign { keys = /var/lib/ingam/keys domains = {Example.ORG, \"b\xc3\xbc"
     "cher.example\", .sub.example}\n"
     "clients = {192.0.2.0/24, ::1} expire = 30d headers = {From, To} seal = \"*\" seal-domain = example.org "
     "}",
     NULL,
     "    domains = {\"example.org\", \"xn--bcher-kva.example\", \".sub.example\"}\n"
     "    clients = {\"192.0.2.0/24\", \"::1\"}\n    expire = 30d\n    headers = {\"from\", \"to\"}\n    "
     "seal = {\"*\"}\n"
     "    seal-domain = \"example.org\""},
    {"a policy inherits the words outside",
     "mode = enforce\non-reject = reject\n"
     "policy \"a b\" { author = *.bank.example mode = observe }",
     NULL,
     "policy \"a b\" {\n    author = {\".bank.example\"}\n    recipient = {}\n    mode = observe\n    "
     "on-reject = reject\n"
     "mode = enforce"},
    {"trusts",
     "trust l { arc = {lists.example} effect = quarantine until = 2027-01-31 }\n"
     "trust f { address = {192.0.2.1} recipient = {a.example} until = 2027-01-31T12:00:00Z }",
     NULL,
     "trust \"l\" {\n    arc = {\"lists.example\"}\n    effect = quarantine\n    until = "
     "2027-01-31T23:59:59Z\n"
     "trust \"f\" {\n    address = {\"192.0.2.1\"}\n    effect = accept\n    until = 2027-01-31T12:00:00Z"},
    {"forward is understood", "resolver { forward = 127.0.0.1@5353 }", NULL,
     "    way = forward\n    forward = \"127.0.0.1@5353\"\n    dnssec = no"},
    {"dnssec finds its anchor", "resolver { dnssec = yes }", NULL,
     "    dnssec = yes\n    anchor = \"/usr/share/dns/root.key\""},
    {"an anchor means dnssec", "resolver { anchor = /a }", NULL, "    dnssec = yes\n    anchor = \"/a\""},
    {"recursion has dnssec", "resolver { way = recurse }", NULL, "    dnssec = yes\n    anchor = none"},
    {"units", "limits { message = 1500ms idle = 1h drain = 0 header = 65536 memory = 256M }", NULL,
     "    message = 1500ms\n    idle = 1h\n    header = 64K\n    memory = 256M"},
    {"a later text stands instead", "user = a\nworkers = 2\nsign { local = no authenticated = no }",
     "user = b\nsign { local = yes }", "user = \"b\"\nworkers = 2\n    authenticated = no\n    local = yes"},
    {"a later text adds blocks", "listen unix:/a {}\npolicy a { author = a.example }",
     "listen unix:/b {}\npolicy b { author = b.example }",
     "listen \"unix:/a\" {\nlisten \"unix:/b\" {\npolicy \"a\" {\npolicy \"b\" {"},
    {"= replaces a list, += adds to it", "sign { keys = /k domains = {a.example} clients = {192.0.2.1} }",
     "sign { domains += {b.example} clients = {192.0.2.2} }",
     "    domains = {\"a.example\", \"b.example\"}\n    clients = {\"192.0.2.2\"}"},
};

static void texts_mean_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        expect_shown(meanings[i].about, meanings[i].first, meanings[i].second, meanings[i].want);
}

/* show(read(show(x))) is show(x). */
static void shown_text_reads_as_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        struct arena a;
        struct conf_error error;
        arena_init(&a, NULL, 1 << 22);
        struct conf *c = must_read(meanings[i].first, meanings[i].second);
        struct conf_text once = {"shown", shown(&a, c)};
        struct conf *again = conf_read(&once, 1, "other.example", &error);
        if (again == NULL)
            fail_msg("%s: %s", meanings[i].about, error.text);
        str twice = shown(&a, again);
        if (!str_eq(once.text, twice))
            fail_msg("%s:\n%.*s\n%.*s", meanings[i].about, (int)once.text.n, (const char *)once.text.p,
                     (int)twice.n, (const char *)twice.p);
        conf_drop(c);
        conf_drop(again);
        arena_free(&a);
    }
}

static const struct {
    const char *first, *second, *want;
} errors[] = {
    {"listn \"a\" {}", NULL, "a.conf:1: unknown word \"listn\"; did you mean \"listen\"?"},
    {"include(\"x\")", NULL,
     "a.conf:1: \"(\" has no meaning here; a value that contains it stands in quotes"},
    {"include = x", NULL,
     "a.conf:1: there is no \"include\"; the files conf.d/NAME.conf are read by themselves"},
    {"include x", NULL,
     "a.conf:1: there is no \"include\"; the files conf.d/NAME.conf are read by themselves"},
    {"sign { fron = x }", NULL, "a.conf:1: unknown word \"fron\" in sign"},
    {"keys = /x", NULL, "a.conf:1: \"keys\" stands inside \"sign { }\""},
    {"sign { user = x }", NULL, "a.conf:1: \"user\" is no word of \"sign\"; it stands outside of all blocks"},
    {"sign { keys = /a\ntrust \"x\" { } }", NULL,
     "a.conf:2: \"trust\" cannot stand inside \"sign\"; is a } missing before it?"},
    {"sign { keys = /a\nlisten x {\n}", NULL, "a.conf:1: the { on this line is not closed"},
    {"user a", NULL, "a.conf:1: behind \"user\" an = is missing"},
    {"user =", NULL, "a.conf:1: the text ends where more is expected"},
    {"user = \"abc\n", NULL, "a.conf:1: the string that begins here does not end on its line"},
    {"user = a;", NULL, "a.conf:1: \";\" has no meaning here: a line needs no sign at its end"},
    {"user = ${USER}", NULL,
     "a.conf:1: ${...} is not filled in from the environment; write the value itself"},
    {"\n/* x", NULL, "a.conf:2: the comment that begins here has no end"},
    {"user = a\nuser = b", NULL, "a.conf:2: a second \"user\"; the first is in line 1"},
    {"sign \"x\" { keys = a }", NULL, "a.conf:1: behind \"sign\" a { is missing"},
    {"sign x { keys = a }", NULL, "a.conf:1: behind \"sign\" a { is missing"},
    {"sign = x", NULL, "a.conf:1: behind \"sign\" a { is missing"},
    {"sign", NULL, "a.conf:1: the text ends where more is expected"},
    {"listen { }", NULL, "a.conf:1: behind \"listen\" its name or address is missing"},
    {"user += x", NULL, "a.conf:1: \"user\" takes one value: write =, not +="},
    {"user = {a}", NULL, "a.conf:1: \"{\" does not fit here"},
    {"user = a b", NULL, "a.conf:1: unknown word \"b\""},
    {"mode = enforced", NULL,
     "a.conf:1: mode: \"enforced\" is none of: observe, enforce; did you mean \"enforce\"?"},
    {"mode = x", NULL, "a.conf:1: mode: \"x\" is none of: observe, enforce"},
    {"on-temperror = reject", NULL, "a.conf:1: on-temperror: \"reject\" is none of: accept, defer"},
    {"workers = 1000", NULL, "a.conf:1: workers: \"1000\" is out of range: 1 to 64"},
    {"limits { message = \"8 s\" }", NULL,
     "a.conf:1: message: \"8 s\" is no time; write a number and ms, s, m, h or d, such as \"8s\""},
    {"limits { message = 8 }", NULL,
     "a.conf:1: message: \"8\" is no time; write a number and ms, s, m, h or d, such as \"8s\""},
    {"limits { message = 1h }", NULL, "a.conf:1: message: \"1h\" is out of range: 1s to 5m"},
    {"limits { memory = 4X }", NULL,
     "a.conf:1: memory: \"4X\" is no size; write bytes, or a number and K, M or G, such as \"4M\""},
    {"limits { memory = 4K }", NULL, "a.conf:1: memory: \"4K\" is out of range: 256K to 256M"},
    {"received-spf = maybe", NULL, "a.conf:1: received-spf: \"maybe\" is neither yes nor no"},
    {"listen \"8891\" {}", NULL,
     "a.conf:1: listen: \"8891\" is no address to listen at; write \"unix:PATH\", \"inet:PORT@ADDRESS\", "
     "\"inet6:PORT@ADDRESS\" or \"systemd:NAME\""},
    {"listen inet:8891 {}", NULL,
     "a.conf:1: listen: \"inet:8891\" names no address; write \"inet:PORT@127.0.0.1\""},
    {"listen inet:99999@127.0.0.1 {}", NULL,
     "a.conf:1: listen: \"inet:99999@127.0.0.1\" has no port between 1 and 65535 before the @"},
    {"listen inet:1@::1 {}", NULL, "a.conf:1: listen: \"inet:1@::1\" has no IPv4 address behind the @"},
    {"listen inet6:1@127.0.0.1 {}", NULL,
     "a.conf:1: listen: \"inet6:1@127.0.0.1\" has no IPv6 address behind the @"},
    {"listen unix:run/x {}", NULL,
     "a.conf:1: listen: \"unix:run/x\" has no path from the root; write \"unix:/run/ingam/milter\""},
    {"listen "
     "unix:/"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaa {}",
     NULL,
     "a.conf:1: listen: "
     "\"unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" has a path of "
     "109 bytes; a socket's has at most 107"},
    {"listen unix:/a { group = x }\nlisten \"local:/a\" { }", NULL,
     "a.conf:2: \"local:/a\" is the same place as \"unix:/a\" in a.conf:1"},
    {"listen unix:/a {\n}\n", "listen unix:/a {\n}",
     "b.conf:1: a second block for \"unix:/a\"; each stands once in all files together"},
    {"listen inet:1@127.0.0.1 { mode = 0600 }", NULL,
     "a.conf:1: listen \"inet:1@127.0.0.1\": group and mode are of a unix socket only"},
    {"listen unix:/a { mode = 0999 }", NULL, "a.conf:1: mode: \"0999\" is no file mode such as 0660"},
    {"listen systemd: { }", NULL,
     "a.conf:1: listen: \"systemd:\" has no name of a socket behind \"systemd:\""},
    {"sign { domains = { \"a b\" } }", NULL,
     "a.conf:1: domains: \"a b\" is no domain name; write \"example.org\", \".example.org\" for all below "
     "it, or \"*\" for any"},
    {"sign { domains = { a.example } }", NULL, "a.conf:1: domains: nothing is signed without keys = FOLDER"},
    {"sign { clients = { 192.0.2.1/24 } }", NULL,
     "a.conf:1: clients: \"192.0.2.1/24\" has bits behind its prefix; write the network's first address"},
    {"sign { clients = { 192.0.2.1/33 } }", NULL,
     "a.conf:1: clients: \"192.0.2.1/33\" is no address or network, such as 192.0.2.1 or 2001:db8::/32"},
    {"sign { clients = { mail.example } }", NULL,
     "a.conf:1: clients: \"mail.example\" is no address or network, such as 192.0.2.1 or 2001:db8::/32"},
    {"sign { keys = keys }", NULL,
     "a.conf:1: keys: \"keys\" is no path from the root, such as /var/lib/ingam/keys, nor \"none\""},
    {"sign { headers = { to } }", NULL, "a.conf:1: headers: a signature must cover \"from\""},
    {"sign { headers = { \"fr om\" } }", NULL, "a.conf:1: headers: \"fr om\" is no name of a header field"},
    {"sign { keys = /k seal = { * } }", NULL,
     "a.conf:1: seal: whose seal? write seal-domain = DOMAIN beside it"},
    {"sign { seal = { * } }", NULL, "a.conf:1: seal: nothing is sealed without keys = FOLDER"},
    {"sign { expire = 10s }", NULL, "a.conf:1: expire: \"10s\" is out of range: 1h to 3650d"},
    {"policy a { mode = enforce }", NULL,
     "a.conf:1: policy \"a\" fits all mail: give it author = or recipient =, or write its words outside of "
     "all blocks"},
    {"policy default { author = a.example }", NULL,
     "a.conf:1: policy \"default\" is what stands outside of all blocks; choose another name"},
    {"policy \"\" { author = a.example }", NULL,
     "a.conf:1: policy: a name has 1 to 64 printable ASCII characters without quotes"},
    {"trust a { effect = accept }", NULL,
     "a.conf:1: trust \"a\" names nobody: give it one of arc, dkim, host, address"},
    {"trust a { arc = {a.example} dkim = {b.example} }", NULL,
     "a.conf:1: trust \"a\" has more than one of arc, dkim, host, address; write a block for each"},
    {"trust a { arc = {} }", NULL,
     "a.conf:1: trust \"a\" names nobody: give it one of arc, dkim, host, address"},
    {"trust a { arc = {*} }", NULL, "a.conf:1: trust \"a\": \"*\" would trust everybody; name domains"},
    {"trust a { host={a.example} until = 2027-02-30 }", NULL,
     "a.conf:1: until: \"2027-02-30\" is no date such as 2027-01-31, nor \"none\""},
    {"trust a { host={a.example} until = tomorrow }", NULL,
     "a.conf:1: until: \"tomorrow\" is no date such as 2027-01-31, nor \"none\""},
    {"trust a { host={a.example} effect = reject }", NULL,
     "a.conf:1: effect: \"reject\" is none of: accept, quarantine"},
    {"resolver { way = forward }", NULL,
     "a.conf:1: way = forward needs the resolver's address: forward = ADDRESS"},
    {"resolver { way = system forward = 127.0.0.1 }", NULL,
     "a.conf:1: forward = 127.0.0.1 has no meaning with this way; write way = forward"},
    {"resolver { forward = dns.example }", NULL,
     "a.conf:1: forward: \"dns.example\" is no address of a resolver, such as 127.0.0.1 or "
     "2001:db8::53@5353, nor \"none\""},
    {"resolver { way = recurse dnssec = no }", NULL,
     "a.conf:1: way = recurse always checks DNSSEC; leave out dnssec = no"},
    {"resolver { dnssec = no anchor = /a }", NULL, "a.conf:1: an anchor has no meaning with dnssec = no"},
    {"metrics = 9163", NULL,
     "a.conf:1: metrics: \"9163\" is no address and port, such as 127.0.0.1:9163 or [::1]:9163, nor "
     "\"none\""},
    {"metrics = localhost:9163", NULL,
     "a.conf:1: metrics: \"localhost:9163\" is no address and port, such as 127.0.0.1:9163 or [::1]:9163, "
     "nor \"none\""},
    {"authserv-id = \"a b\"", NULL,
     "a.conf:1: authserv-id: \"a b\" is no name of this host as it stands in a header, such as "
     "mx.example.org"},
    {"authserv-id = \"\"", NULL,
     "a.conf:1: authserv-id: \"\" is no name of this host as it stands in a header, such as mx.example.org"},
    {"}", NULL, "a.conf:1: this } closes nothing"},
    {"sign {\nuser = x", NULL, "a.conf:1: the { on this line is not closed"},
    {"sign { domains = {{a}} }", NULL, "a.conf:1: \"{\" does not fit here"},
    {"user = a\001", NULL, "a.conf:1: a control byte (0x01)"},
    {"\nuser = \377", NULL, "a.conf:2: bytes that are not UTF-8"},
    {"user = \"a\\n\"", NULL, "a.conf:1: in quotes a backslash stands before another or before a quote only"},
    {"policy a {author={a.example}}\npolicy a {author={b.example}}", NULL,
     "a.conf:2: a second block for \"a\"; each stands once in all files together"},
    {"user = a\n", "\n\nuser = \"x y\"",
     "b.conf:3: user: \"x y\" is no name of a user or group, nor \"none\""},
    {"sign { keys = /a\n}", "sign {\n keys = b }",
     "b.conf:2: keys: \"b\" is no path from the root, such as /var/lib/ingam/keys, nor \"none\""},
    {"trust a {\n  dkim = {\n   a.example, b..example } }", NULL,
     "a.conf:3: dkim: \"b..example\" is no domain name; write \"example.org\", \".example.org\" for all "
     "below it, or \"*\" for any"},
    {"user = "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "\"",
     NULL,
     "a.conf:1: user: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is no name of "
     "a user or group, nor \"none\""},
    {"listen \"a\" { mode = enforce }", NULL, "a.conf:1: mode: \"enforce\" is no file mode such as 0660"},
    {"log { to = journald }", NULL,
     "a.conf:1: to: \"journald\" is none of: stderr, syslog, journal; did you mean \"journal\"?"},
    {"log { lvl = debug }", NULL, "a.conf:1: unknown word \"lvl\" in log; did you mean \"level\"?"},
    {"log { level = warn }", NULL,
     "a.conf:1: level: \"warn\" is none of: error, warning, notice, info, debug; did you mean \"warning\"?"},
    {"Mode = enforce", NULL, "a.conf:1: unknown word \"Mode\"; did you mean \"mode\"?"},
    {"signing { }", NULL, "a.conf:1: unknown word \"signing\"; did you mean \"sign\"?"},
    {"policy { author = a.example }", NULL, "a.conf:1: behind \"policy\" its name or address is missing"},
    {"sign { keys = /a, domains = {x} }", NULL, "a.conf:1: \",\" does not fit here"},
    {"sign { domains = {a b} }", NULL, "a.conf:1: \"b\" does not fit here"},
    {"= x", NULL, "a.conf:1: \"=\" does not fit here"},
    {"{ }", NULL, "a.conf:1: \"{\" does not fit here"},
    {"KeyTable file:/x", NULL, "a.conf:1: unknown word \"KeyTable\""},
};

static void errors_name_line_and_what_was_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct conf_error error;
        struct conf *c = read_two(errors[i].first, errors[i].second, &error);
        if (c != NULL)
            fail_msg("%s: was read", errors[i].first);
        if (strcmp(error.text, errors[i].want) != 0)
            fail_msg("%s:\n  got  %s\n  want %s", errors[i].first, error.text, errors[i].want);
    }
}

static void names_and_networks_fit(void **state)
{
    (void)state;
    struct ip in, out;
    struct conf *c =
        must_read("sign { keys = /k domains = {example.org, .below.example} clients = {192.0.2.0/24} }\n"
                  "policy all { recipient = {*} }",
                  NULL);
    const struct conf_names *names = &c->sign.domains;
    assert_true(conf_names_fit(names, S("example.org")));
    assert_true(conf_names_fit(names, S("Example.ORG")));
    assert_false(conf_names_fit(names, S("a.example.org")));
    assert_true(conf_names_fit(names, S("a.b.below.example")));
    assert_false(conf_names_fit(names, S("below.example")));
    assert_false(conf_names_fit(names, S("")));
    assert_true(conf_names_fit(&c->policies[0].recipient, S("any.example")));
    assert_false(conf_names_fit(&c->policies[0].author, S("any.example")));
    assert_true(ip_read(S("192.0.2.77"), &in) && ip_read(S("192.0.3.1"), &out));
    assert_true(conf_nets_hold(&c->sign.clients, &in));
    assert_false(conf_nets_hold(&c->sign.clients, &out));
    conf_drop(c);
}

static void the_first_policy_that_fits_stands(void **state)
{
    (void)state;
    struct conf *c = must_read("policy both { author = {a.example} recipient = {r.example} }\n"
                               "policy author { author = {a.example, b.example} }\n"
                               "policy recipient { recipient = {.r.example} }",
                               NULL);
    assert_string_equal(conf_policy_for(c, S("a.example"), S("r.example"))->name, "both");
    assert_string_equal(conf_policy_for(c, S("a.example"), S("other.example"))->name, "author");
    assert_string_equal(conf_policy_for(c, S("b.example"), S("r.example"))->name, "author");
    assert_string_equal(conf_policy_for(c, S("c.example"), S("x.r.example"))->name, "recipient");
    assert_string_equal(conf_policy_for(c, S(""), S(""))->name, "default");
    assert_int_equal(c->policy_n, 4);
    conf_drop(c);
}

/* An error leaves nothing behind that changes how the next text reads. */
static void an_error_does_not_reach_the_next_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"user = \"x",           "sign {", "user = {", "/* x",
                                      "sign { domains = { a", "user ="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct conf_error error;
        assert_null(read_two(bad[i], NULL, &error));
        struct conf *c = must_read("user = good", NULL);
        assert_string_equal(c->user, "good");
        conf_drop(conf_hold(c));
        assert_string_equal(c->user, "good");
        conf_drop(c);
    }
    conf_drop(NULL);
}

static void what_is_too_much_is_refused(void **state)
{
    (void)state;
    struct conf_error error;
    enum { BLOCKS = 1025, ROW = 64, BIG = CONF_TEXT_BYTES + 1 };
    char *text = malloc(BIG + 1);
    size_t n = 0;
    assert_non_null(text);
    for (int i = 0; i < BLOCKS; i++)
        n += (size_t)snprintf(text + n, ROW, "policy p%d { author = a.example }\n", i);
    assert_null(read_two(text, NULL, &error));
    assert_string_equal(error.text, "a.conf:1025: more than 1024 blocks");
    text[n / 2] = '\0';
    assert_null(read_two("policy a { author = a.example }", text, &error));
    memset(text, ' ', BIG);
    text[BIG] = '\0';
    assert_null(read_two(text, NULL, &error));
    assert_string_equal(error.text, "a.conf: more than 1048576 bytes");
    free(text);
}

/* Where this host's name is nothing that can stand in a header, the id is one that can. */
static void the_host_gives_the_id(void **state)
{
    (void)state;
    static const char *const hosts[][2] = {
        {"MX.Example.org", "mx.example.org"}, {"a b", "localhost"}, {"", "localhost"}, {NULL, "localhost"}};
    for (size_t i = 0; i < 4; i++) {
        struct conf_error error;
        struct conf *c = conf_read(NULL, 0, hosts[i][0], &error);
        assert_non_null(c);
        assert_true(str_eq(c->authserv_id, str_of(hosts[i][1])));
        conf_drop(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_mean_what_they_say),
        cmocka_unit_test(shown_text_reads_as_the_same),
        cmocka_unit_test(errors_name_line_and_what_was_expected),
        cmocka_unit_test(names_and_networks_fit),
        cmocka_unit_test(the_first_policy_that_fits_stands),
        cmocka_unit_test(an_error_does_not_reach_the_next_text),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(the_host_gives_the_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
