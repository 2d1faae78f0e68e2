/* SPDX-License-Identifier: BSD-2-Clause */
/* What the name server of resolver_test.c serves. */
#ifndef RESOLVER_ZONES_H
#define RESOLVER_ZONES_H

static const char lab_zone[] = "$ORIGIN lab.test.\n"
                               "$TTL 300\n"
                               "@        SOA ns host 1 3600 600 86400 77\n"
                               "@        NS  ns\n"
                               "ns       A   127.0.0.1\n"
                               "a        A   192.0.2.1\n"
                               "a        A   192.0.2.2\n"
                               "a        AAAA 2001:db8::1\n"
                               "m    120 MX  20 b\n"
                               "m    120 MX  10 a\n"
                               "nomx     MX  0 .\n"
                               "t        TXT \"v=spf1 \" \"-all\"\n"
                               "t        TXT \"\\195\\188\" \"\"\n"
                               "p        PTR host.lab.test.\n"
                               "dot      PTR a\\.b.lab.test.\n"
                               "a\\.b    A   192.0.2.3\n"
                               "foo:bar\\032%  A 192.0.2.4\n"
                               "chain 50 CNAME chain2\n"
                               "chain2   CNAME t\n"
                               "dead     CNAME gone\n"
                               "x.ent    A   192.0.2.5\n"
                               "*.wild   TXT any\n";

static const char reverse_zone[] = "$ORIGIN 2.0.192.in-addr.arpa.\n"
                                   "$TTL 300\n"
                                   "@        SOA ns.lab.test. host.lab.test. 1 3600 600 86400 77\n"
                                   "@        NS  ns.lab.test.\n"
                                   "1        PTR a.lab.test.\n";

/* Signed with a key that is nowhere else; one record was changed afterwards. */
static const char signed_zone[] =
    "signed.example. 300 IN SOA ns.signed.example. host.signed.example. 1 3600 600 86400 60\n"
    "signed.example. 300 IN RRSIG SOA 15 2 300 20800101000000 20200101000000 1401 signed.example. 63p"
    "s7pXmXKlPrQZzdOVa7bl3iq/jeUQBj2RWd+dywS9uk4frRLn7wSKBIVFw5bSFVNyDmJJTdrqcIoXJjfekAQ==\n"
    "signed.example. 300 IN NS ns.signed.example.\n"
    "signed.example. 300 IN RRSIG NS 15 2 300 20800101000000 20200101000000 1401 signed.example. JCXi"
    "fCSXXabT0OzaLKGwVuIR92miv9chEGUG/LzsGoDsn6WYCCSxaRHnT8XzhZdHrDuAtF1mo8vVdAOYhruTBg==\n"
    "signed.example. 300 IN DNSKEY 257 3 15 Cx0GPXlWh0T5NA+qZT8MpFYJseCOSi6/z0KmdBzXHS8=\n"
    "signed.example. 300 IN RRSIG DNSKEY 15 2 300 20800101000000 20200101000000 1401 signed.example. "
    "M2Sz9ZU4fSqFXrCbgclntypWdK6bVKJGRnf9H9CpSMDB5XTEmmF9A71yNeY/1nT3EDDCLmIbF0o2psbrUzbaCw==\n"
    "signed.example. 60 IN NSEC bad.signed.example. NS SOA RRSIG NSEC DNSKEY\n"
    "signed.example. 60 IN RRSIG NSEC 15 2 60 20800101000000 20200101000000 1401 signed.example. Mg3x"
    "dGKr7Uy3NUYb8kJ3LuW6QYtIeloDaBkouTB3FTVVOjkj9G+LVZ5KnJaHCMvRwyWQphHI8nr10EiOZ2nlBQ==\n"
    "bad.signed.example. 300 IN TXT \"v=spf1 +all\"\n"
    "bad.signed.example. 300 IN RRSIG TXT 15 3 300 20800101000000 20200101000000 1401 signed.example."
    " HhKZToSPYQC0QpGVatf4hm8usaSKBf8V0Qj9qzXt57FBOEbo5V2PRrSoz9AKBfuLft5+Fn60g0Jwwn8C3UHUAg==\n"
    "bad.signed.example. 60 IN NSEC ns.signed.example. TXT RRSIG NSEC\n"
    "bad.signed.example. 60 IN RRSIG NSEC 15 3 60 20800101000000 20200101000000 1401 signed.example. "
    "ndUQwdcQOeZIQfoMCZPgspNOIAHs4YxRrUhIhk0QACzJGRE52updBUFgnMqwEqeRqlkNxEfNDyMwViSKb3T0Aw==\n"
    "ns.signed.example. 300 IN A 127.0.0.1\n"
    "ns.signed.example. 300 IN RRSIG A 15 3 300 20800101000000 20200101000000 1401 signed.example. ct"
    "8gujeTZ+pp6FAGtyIow6oC/TbBr41PYtmEHJQgxyibdwWaT+v2s0MDWJ9ZJ8G0bK2GPofhjP9fSxhc/VEWBg==\n"
    "ns.signed.example. 60 IN NSEC well.signed.example. A RRSIG NSEC\n"
    "ns.signed.example. 60 IN RRSIG NSEC 15 3 60 20800101000000 20200101000000 1401 signed.example. b"
    "EsYsrddq09SR7m89XriLdpHfE/3iuPYPD6jlS63kuejfSTEkdXdUGJWcWXF3BLmFGGBETjJgQqjIfI3AADQDg==\n"
    "well.signed.example. 300 IN TXT \"v=spf1 -all\"\n"
    "well.signed.example. 300 IN RRSIG TXT 15 3 300 20800101000000 20200101000000 1401 signed.example"
    ". xwcHEa0yIMbki1Ly+5IuKwLJrgzQw/H0PUx7hBysTPntv1IohbiOh1UqAw7jvv1B0thDabbuLJJYLQCFJTiyCQ==\n"
    "well.signed.example. 60 IN NSEC signed.example. TXT RRSIG NSEC\n"
    "well.signed.example. 60 IN RRSIG NSEC 15 3 60 20800101000000 20200101000000 1401 signed.example."
    " zQD/GBYYd3VEx85hk97U7sb8Je5w/642B8nFTjTSOitS0sf2ltAQz2Mi/RrLJ4J3rrbR0j25h3s594C1a4MZAg==\n";
static const char signed_anchor[] =
    "signed.example. IN DNSKEY 257 3 15 Cx0GPXlWh0T5NA+qZT8MpFYJseCOSi6/z0KmdBzXHS8=\n";

#endif
