/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: each code has a record (or a zone) that raises it, and a near-identical one that does not.
 *                              [RFC7208 4] [RFC6376 3.6.1] [RFC9989 4.7] [RFC8461 3.1] [RFC8460 3] [RFC9990 4] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "records/records.h"
#include <stdio.h>

enum { TEXT_MAX = 8192 };
static bool is_raised[INGAM_FINDING_N];

/* [RFC8017 A.1.1] */
static void write_length(struct out *o, uint8_t tag, size_t n)
{
    out_byte(o, tag);
    out_byte(o, n < 256 ? 0x81 : 0x82);
    if (n >= 256)
        out_byte(o, (uint8_t)(n >> 8));
    out_byte(o, (uint8_t)n);
}

/* A key record's p= for an RSA key of so many bits: modulus of ones, exponent 65537, as a bare
 * RSAPublicKey. */
static size_t write_key(char *to, size_t bits)
{
    struct arena a;
    struct out inside, text, whole;
    size_t n = bits / 8 + 1;
    arena_init(&a, NULL, 1 << 20);
    out_init(&inside, &a);
    out_init(&whole, &a);
    out_init(&text, &a);
    if (n < 128)
        out_str(&inside, (str){(const uint8_t[]){2, (uint8_t)n}, 2});
    else
        write_length(&inside, 2, n);
    out_byte(&inside, 0);
    for (size_t i = 1; i < n; i++)
        out_byte(&inside, 0xff);
    out_str(&inside, (str){(const uint8_t *)"\x02\x03\x01\x00\x01", 5});
    if (inside.n < 128)
        out_str(&whole, (str){(const uint8_t[]){0x30, (uint8_t)inside.n}, 2});
    else
        write_length(&whole, 0x30, inside.n);
    out_str(&whole, out_done(&inside));
    base64_write(&text, out_done(&whole));
    n = text.n;
    memcpy(to, text.p, n);
    arena_free(&a);
    return n;
}

/* Copies a text in which {2048} stands for a key of 2048 bits and {#600} for 600 letters. */
static str expanded(const char *text, char out[TEXT_MAX])
{
    size_t n = 0, number = 0;
    int took = 0;
    while (*text) {
        if (sscanf(text, "{#%zu}%n", &number, &took) == 1 && took > 0) {
            memset(out + n, 'x', number);
            n += number;
        } else if (sscanf(text, "{%zu}%n", &number, &took) == 1 && took > 0 && number >= 512) {
            n += write_key(out + n, number);
        } else {
            out[n++] = *text;
            took = 1;
        }
        text += took;
        took = 0;
    }
    out[n] = 0;
    return (str){(const uint8_t *)out, n};
}

static bool has(const struct ingam_lint *lint, enum ingam_finding_code code)
{
    const struct ingam_finding *findings;
    size_t n = ingam_lint_findings(lint, &findings);
    for (size_t i = 0; i < n; i++)
        if (findings[i].code == code)
            return true;
    return false;
}

/* ret  every finding has words, a place inside its record and no placeholder left over */
static bool is_told_well(const struct ingam_lint *lint)
{
    const struct ingam_finding *f;
    char text[2048], fix[2048];
    for (size_t i = 0, n = ingam_lint_findings(lint, &f); i < n; i++) {
        ingam_finding_text(&f[i], text, sizeof text);
        ingam_finding_fix(&f[i], fix, sizeof fix);
        bool is_inside = f[i].at + f[i].length <= f[i].record.n;
        if (!is_inside || !*text || !*fix || strstr(text, "{0}") || strstr(fix, "{1}"))
            return false;
    }
    return true;
}

#define SPF   INGAM_RECORD_SPF
#define DKIM  INGAM_RECORD_DKIM
#define DMARC INGAM_RECORD_DMARC
#define STS   INGAM_RECORD_MTA_STS
#define TLS   INGAM_RECORD_TLSRPT
#define BIMI  INGAM_RECORD_BIMI

static const struct {
    enum find code;
    enum ingam_record type; /* UNKNOWN: told by the text */
    const char *raises, *not_raises;
} rows[] = {
    {FIND_REC001, 0, "hello world", "v=spf1 -all"},
    {FIND_REC002, 0, "\"v=spf1 -all\"", "v=spf1 -all"},
    {FIND_REC003, 0, "v=DMARC1; p=none\xe2\x80\x93", "v=DMARC1; p=none-"},
    {FIND_REC004, 0, "v=spf1 exists:{#60}.{#60}.{#60}.{#60}.a exists:{#60}.{#60}.{#60}.b -all",
     "v=spf1 exists:{#60}.a -all"},
    {FIND_REC005, 0, "v=DKIM1; k=rsa; p={2048}", "v=DKIM1; k=rsa; p={1024}"},
    {FIND_REC006, 0, " v=DMARC1; p=none", "v=DMARC1; p=none"},
    /* SPF */
    {FIND_SPF001, 0, "v=spf1 ip4:192.0.2.0/33 -all", "v=spf1 ip4:192.0.2.0/32 -all"},
    {FIND_SPF002, SPF, "v=spf10 -all", "v=spf1 -all"},
    {FIND_SPF010, 0, "v=spf1 mx +all", "v=spf1 mx -all"},
    {FIND_SPF010, 0, "v=spf1 mx all", "v=spf1 mx ~all"},
    {FIND_SPF011, 0, "v=spf1 mx ?all", "v=spf1 mx ~all"},
    {FIND_SPF012, 0, "v=spf1 mx", "v=spf1 mx redirect=a.example"},
    {FIND_SPF013, 0, "v=spf1 -all mx", "v=spf1 mx -all"},
    {FIND_SPF014, 0, "v=spf1 mx -all redirect=a.example", "v=spf1 mx redirect=a.example"},
    {FIND_SPF015, 0, "v=spf1 ptr -all", "v=spf1 mx -all"},
    {FIND_SPF016, 0, "v=spf1 ip4:0.0.0.0/0 -all", "v=spf1 -ip4:0.0.0.0/0"},
    {FIND_SPF016, 0, "v=spf1 a/0 -all", "v=spf1 a/24 -all"},
    {FIND_SPF017, 0, "v=spf1 ip4:8.0.0.0/8 -all", "v=spf1 ip4:8.0.0.0/16 -all"},
    {FIND_SPF018, 0, "v=spf1 ip4:172.16.3.0/24 -all", "v=spf1 ip4:172.32.3.0/24 -all"},
    {FIND_SPF018, 0, "v=spf1 ip6:fe80::1 -all", "v=spf1 ip6:2001:db8::1 -all"},
    {FIND_SPF019, 0, "v=spf1 ip4:192.0.2.1/24 -all", "v=spf1 ip4:192.0.2.0/24 -all"},
    {FIND_SPF020, 0, "v=spf1 a mx a:b.c a:d.c a:e.c a:f.c a:g.c a:h.c a:i.c a:j.c a:k.c -all",
     "v=spf1 a mx a:b.c a:d.c a:e.c a:f.c a:g.c a:h.c a:i.c a:j.c -all"},
    {FIND_SPF021, 0, "v=spf1 mx +MX -all", "v=spf1 mx a -all"},
    {FIND_SPF022, 0, "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.9 -all",
     "v=spf1 ip4:192.0.2.0/24 ip4:192.0.3.9 -all"},
    {FIND_SPF023, 0, "v=spf1 mx=a.example -all", "v=spf1 mx:a.example -all"},
    {FIND_SPF024, 0, "v=spf1 exists:%{p}.a.example -all", "v=spf1 exists:%{i}.a.example -all"},
    {FIND_SPF026, 0, "v=spf1 a mx a:b.c a:d.c a:e.c a:f.c a:g.c a:h.c -all", "v=spf1 a mx a:b.c a:d.c -all"},
    /* keys */
    {FIND_DKM001, 0, "v=DKIM1; k=rsa; p=!", "v=DKIM1; k=rsa; p={2048}"},
    {FIND_DKM001, 0, "v=DKIM1; k=rsa; k=rsa; p={2048}", "v=DKIM1; k=rsa; p={2048}"},
    {FIND_DKM002, 0, "v=DKIM1; p=", "v=DKIM1; p={2048}"},
    {FIND_DKM003, 0, "v=DKIM1; p={768}", "v=DKIM1; p={1024}"},
    {FIND_DKM004, 0, "v=DKIM1; p={1024}", "v=DKIM1; p={2048}"},
    {FIND_DKM005, 0, "v=DKIM1; t=s:y; p={2048}", "v=DKIM1; t=s; p={2048}"},
    {FIND_DKM006, 0, "v=DKIM1; g=*; p={2048}", "v=DKIM1; n=*; p={2048}"},
    {FIND_DKM007, 0, "v=DKIM1; s=other; p={2048}", "v=DKIM1; s=email:other; p={2048}"},
    {FIND_DKM008, 0, "v=DKIM1; h=sha1; p={2048}", "v=DKIM1; h=sha256; p={2048}"},
    {FIND_DKM009, 0, "v=DKIM1; h=sha1:sha256; p={2048}", "v=DKIM1; h=sha256; p={2048}"},
    {FIND_DKM010, 0, "k=rsa; p={2048}", "v=DKIM1; k=rsa; p={2048}"},
    {FIND_DKM011, 0, "v=DKIM1; z=1; p={2048}", "v=DKIM1; n=1; p={2048}"},
    {FIND_DKM012, 0, "v=DKIM1; p={8192}", "v=DKIM1; p={4096}"},
    {FIND_DKM013, 0,
     "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "v=DKIM1; k=rsa; p={2048}"},
    {FIND_DKM014, 0, "v=DKIM1; k=dsa; p={2048}", "v=DKIM1; k=rsa; p={2048}"},
    {FIND_DKM015, 0, "v=DKIM1; s=tlsrpt; p={2048}", "v=DKIM1; s=email; p={2048}"},
    /* DMARC */
    {FIND_DMR001, DMARC, "v=dmarc1; p=reject", "v=DMARC1; p=reject"},
    {FIND_DMR001, DMARC, "p=reject; v=DMARC1", "V = DMARC1; p=reject"},
    {FIND_DMR002, 0, "v=DMARC1; p=none; p=none", "v=DMARC1; p=none; sp=none"},
    {FIND_DMR003, 0, "v=DMARC1; p=block", "v=DMARC1; p=REJECT"},
    {FIND_DMR004, 0, "v=DMARC1; sp=none", "v=DMARC1; p=none; sp=none"},
    {FIND_DMR005, 0, "v=DMARC1; rua=mailto:a@b.example", "v=DMARC1; p=none; rua=mailto:a@b.example"},
    {FIND_DMR006, 0, "v=DMARC1; p=none; sp=no", "v=DMARC1; p=none; sp=none"},
    {FIND_DMR007, 0, "v=DMARC1; p=none; np=no", "v=DMARC1; p=none; np=none"},
    {FIND_DMR010, 0, "v=DMARC1; p=none; pct=50", "v=DMARC1; p=none; t=y"},
    {FIND_DMR011, 0, "v=DMARC1; p=none; rf=afrf", "v=DMARC1; p=none; fo=1"},
    {FIND_DMR012, 0, "v=DMARC1; p=none; ri=86400", "v=DMARC1; p=none"},
    {FIND_DMR013, 0, "v=DMARC1; p=none; rua=mailto:a@b.example!10m",
     "v=DMARC1; p=none; rua=mailto:a@b.example"},
    {FIND_DMR014, 0, "v=DMARC1; p=none", "v=DMARC1; p=none; rua=mailto:a@b.example"},
    {FIND_DMR015, 0, "v=DMARC1; p=reject", "v=DMARC1; p=reject; rua=mailto:a@b.example"},
    {FIND_DMR016, 0, "v=DMARC1; p=reject; sp=none", "v=DMARC1; p=reject; sp=none; np=reject"},
    {FIND_DMR017, 0, "v=DMARC1; p=reject; sp=quarantine", "v=DMARC1; p=quarantine; sp=reject"},
    {FIND_DMR018, 0, "v=DMARC1; p=reject; np=none", "v=DMARC1; p=reject; np=reject"},
    {FIND_DMR019, 0, "v=DMARC1; p=reject; t=y", "v=DMARC1; p=reject; t=n"},
    {FIND_DMR020, 0, "v=DMARC1; p=reject; fo=1", "v=DMARC1; p=reject; fo=1; ruf=mailto:a@b.example"},
    {FIND_DMR021, 0, "v=DMARC1; p=reject; fo=0:1; ruf=mailto:a@b.example",
     "v=DMARC1; p=reject; fo=1:d:s; ruf=mailto:a@b.example"},
    {FIND_DMR022, 0, "v=DMARC1; p=reject; ruf=mailto:a@b.example",
     "v=DMARC1; p=reject; ruf=mailto:a@b.example; fo=1"},
    {FIND_DMR023, 0, "v=DMARC1; p=none; rua=a@b.example", "v=DMARC1; p=none; rua=mailto:a@b.example"},
    {FIND_DMR023, 0, "v=DMARC1; p=none; rua=mailto:a@b.example,,",
     "v=DMARC1; p=none; rua=mailto:a@b.example , mailto:c@b.example"},
    {FIND_DMR024, 0, "v=DMARC1; p=none; rua=https://b.example/", "v=DMARC1; p=none; rua=mailto:a@b.example"},
    {FIND_DMR025, 0, "v=DMARC1; p=none; policy=none", "v=DMARC1; p=none; sp=none"},
    {FIND_DMR026, 0, "v=DMARC1; p=none; sp", "v=DMARC1; p=none;;"},
    {FIND_DMR027, 0, "v=DMARC1; p=none; adkim=strict", "v=DMARC1; p=none; adkim=S"},
    {FIND_DMR028, 0, "v=DMARC1; p=none; psd=y", "v=DMARC1; p=none; psd=n"},
    {FIND_DMR029, 0, "v=DMARC1; p=none; t=y", "v=DMARC1; p=reject; t=y"},
    /* MTA-STS, TLS-RPT, BIMI */
    {FIND_STS001, STS, "v=STSV1; id=1", "v=STSv1; id=1"},
    {FIND_STS002, 0, "v=STSv1;", "v=STSv1; id=1;"},
    {FIND_STS003, 0, "v=STSv1; id=2026-09-01", "v=STSv1; id=20260901"},
    {FIND_STS004, 0, "v=STSv1; id=1; x", "v=STSv1; id=1; x=1"},
    {FIND_STS005, 0, "v=STSv1; id=1; mode=enforce", "v=STSv1; id=1"},
    {FIND_STS008, 0, "v=STSv1; id=1; id=2", "v=STSv1; id=1"},
    {FIND_TLS001, TLS, "v=TLSRPT1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:a@b.example"},
    {FIND_TLS002, 0, "v=TLSRPTv1;", "v=TLSRPTv1; rua=mailto:a@b.example"},
    {FIND_TLS003, 0, "v=TLSRPTv1; rua=http://b.example/",
     "v=TLSRPTv1; rua=https://b.example/,mailto:a@b.example"},
    {FIND_TLS004, 0, "v=TLSRPTv1; rua=mailto:a@b.example; x", "v=TLSRPTv1; rua=mailto:a@b.example; x=1"},
    {FIND_TLS005, 0, "v=TLSRPTv1; rua=mailto:a@b.example; x=1", "v=TLSRPTv1; rua=mailto:a@b.example"},
    {FIND_TLS008, 0, "v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@b.example",
     "v=TLSRPTv1; rua=mailto:a@b.example"},
    {FIND_BIM001, BIMI, "v=bimi1; l=https://b.example/a.svg", "v=BIMI1; l=https://b.example/a.svg"},
    {FIND_BIM002, 0, "v=BIMI1; a=https://b.example/a.pem", "v=BIMI1; l=; a="},
    {FIND_BIM003, 0, "v=BIMI1; l=http://b.example/a.svg", "v=BIMI1; l=https://b.example/a.svg"},
    {FIND_BIM004, 0, "v=BIMI1; l=https://b.example/a.png", "v=BIMI1; l=https://b.example/a.svg?1"},
    {FIND_BIM005, 0, "v=BIMI1; l=https://b.example/a.svg",
     "v=BIMI1; l=https://b.example/a.svg; a=https://b.example/a.pem"},
    {FIND_BIM006, 0, "v=BIMI1; l=; avp=mine", "v=BIMI1; l=; avp=brand"},
    {FIND_BIM007, 0, "v=BIMI1; l=; a=", "v=BIMI1; l=https://b.example/a.svg; a="},
    {FIND_BIM008, 0, "v=BIMI1; l=; l=", "v=BIMI1; l="},
    {FIND_BIM010, 0, "v=BIMI1; l=; x=1", "v=BIMI1; l=; a="},
};

static struct ingam_lint *judged(const char *text, enum ingam_record type)
{
    static char bytes[TEXT_MAX];
    struct ingam_config config = {.authserv_id = S("")};
    ingam_limits_default(&config.limits);
    struct ingam_lint *lint = ingam_lint_record(&config, expanded(text, bytes), type);
    assert_non_null(lint);
    return lint;
}

static void each_code_has_its_record(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum ingam_finding_code code = (enum ingam_finding_code)rows[i].code;
        struct ingam_lint *with = judged(rows[i].raises, rows[i].type);
        struct ingam_lint *without = judged(rows[i].not_raises, rows[i].type);
        bool is_right = has(with, code) && !has(without, code) && is_told_well(with) && is_told_well(without);
        if (!is_right)
            print_error("%s: %s (%d) / %s (%d)\n", ingam_finding_row(code)->code, rows[i].raises,
                        has(with, code), rows[i].not_raises, has(without, code));
        wrong += !is_right;
        is_raised[code] = true;
        ingam_lint_free(with);
        ingam_lint_free(without);
    }
    assert_int_equal(wrong, 0);
}

/* A domain whose zone has one part replaced. */
#define GOOD_MX    "d MX 10 mx.d\n"
#define GOOD_HOST  "mx.d A 192.0.2.1\n"
#define GOOD_SPF   "d TXT \"v=spf1 mx -all\"\n"
#define GOOD_KEY   "sel._domainkey.d TXT \"v=DKIM1; p={1024}\"\n"
#define GOOD_DMARC "_dmarc.d TXT \"v=DMARC1; p=reject; rua=mailto:r@d.example\"\n"
#define PLAIN_MX   GOOD_MX GOOD_HOST
#define REST_MX    GOOD_HOST GOOD_SPF GOOD_KEY GOOD_DMARC
#define REST_SPF   GOOD_MX GOOD_HOST GOOD_KEY GOOD_DMARC
#define REST_KEY   GOOD_MX GOOD_HOST GOOD_SPF GOOD_DMARC
#define REST_DMARC GOOD_MX GOOD_HOST GOOD_SPF GOOD_KEY
#define GOOD       GOOD_MX REST_MX
#define INCLUDES                                                                                             \
    "include:i1.example include:i2.example include:i3.example include:i4.example include:i5.example "
#define FIVE                                                                                                 \
    "i1 TXT \"v=spf1 a:mx.d.example -all\"\ni2 TXT \"v=spf1 a:mx.d.example -all\"\ni3 TXT \"v=spf1 "         \
    "a:mx.d.example -all\"\n"                                                                                \
    "i4 TXT \"v=spf1 a:mx.d.example -all\"\ni5 TXT \"v=spf1 a:mx.d.example -all\"\n"
#define ELEVEN                                                                                               \
    "d MX 1 a.d\nd MX 2 b.d\nd MX 3 c.d\nd MX 4 e.d\nd MX 5 f.d\nd MX 6 g.d\nd MX 7 h.d\nd MX 8 i.d\nd MX "  \
    "9 j.d\nd MX 9 k.d\n"

static const struct {
    enum find code;
    const char *raises, *not_raises;
} domains[] = {
    {FIND_MXR001, REST_MX, GOOD},
    {FIND_MXR002, "d MX 0 .\n" GOOD, GOOD},
    {FIND_MXR003, "d MX 20 gone.d\n" GOOD, GOOD},
    {FIND_MXR004, "d MX 20 al.d\nal.d CNAME mx.d\n" GOOD, "d MX 20 al.d\nal.d A 192.0.2.2\n" GOOD},
    {FIND_MXR005, "d MX 20 192.0.2.1.\n" GOOD, GOOD},
    {FIND_MXR006, "d MX 0 .\nd TXT \"v=spf1 ip4:192.0.2.1 -all\"\n", "d MX 0 .\nd TXT \"v=spf1 -all\"\n"},
    {FIND_DNS001, ";!fault d.example. MX SERVFAIL\n" GOOD, GOOD},
    {FIND_DNS002, "d CNAME e\ne MX 10 mx.d\n" GOOD_HOST, GOOD},
    {FIND_DNS003, "*.d TXT hello\n" GOOD, "*.d TXT \"v=spf1 -all\"\n" GOOD},
    {FIND_DNS004, "e A 192.0.2.1\n", GOOD},
    {FIND_SPF030, "d TXT \"v=spf1 -all\"\n" GOOD, "d TXT other\n" GOOD},
    {FIND_SPF031, REST_SPF, GOOD},
    {FIND_SPF032, "d TXT \"v=spf1 include:no.example -all\"\n" REST_SPF,
     "d TXT \"v=spf1 include:no.example -all\"\nno TXT \"v=spf1 -all\"\n" REST_SPF},
    {FIND_SPF033,
     "d TXT \"v=spf1 include:i.example -all\"\ni TXT \"v=spf1 include:d.example -all\"\n" REST_SPF,
     "d TXT \"v=spf1 include:i.example -all\"\ni TXT \"v=spf1 -all\"\n" REST_SPF},
    {FIND_SPF034, "d TXT \"v=spf1 mx " INCLUDES "-all\"\n" FIVE REST_SPF,
     "d TXT \"v=spf1 " INCLUDES "-all\"\n" FIVE REST_SPF},
    {FIND_SPF035, "d TXT \"v=spf1 " INCLUDES "-all\"\n" FIVE REST_SPF,
     "d TXT \"v=spf1 include:i1.example -all\"\n" FIVE REST_SPF},
    {FIND_SPF036, "d TXT \"v=spf1 a:x.example a:y.example a:z.example -all\"\n" REST_SPF,
     "d TXT \"v=spf1 a:x.example a:y.example -all\"\n" REST_SPF},
    {FIND_SPF037, "d TXT \"v=spf1 a:x.example -all\"\n" REST_SPF,
     "d TXT \"v=spf1 a:mx.d.example -all\"\n" REST_SPF},
    {FIND_SPF038,
     "d TXT \"v=spf1 include:i1.example include:j.example -all\"\nj TXT \"v=spf1 include:i1.example "
     "-all\"\n" FIVE REST_SPF,
     "d TXT \"v=spf1 include:i1.example include:i2.example -all\"\n" FIVE REST_SPF},
    {FIND_SPF039, ELEVEN GOOD, GOOD},
    {FIND_SPF040, "d TXT \"v=spf1 include:i.example -all\"\ni TXT \"v=spf1 ip4:1.2.3 -all\"\n" REST_SPF,
     "d TXT \"v=spf1 include:i.example -all\"\ni TXT \"v=spf1 ip4:1.2.3.4 -all\"\n" REST_SPF},
    {FIND_SPF041, "d TXT \"v=spf1 include:i.example -all\"\ni TXT \"v=spf1 +all\"\n" REST_SPF,
     "d TXT \"v=spf1 include:i.example -all\"\ni TXT \"v=spf1 ?all\"\n" REST_SPF},
    {FIND_SPF042, "d TXT {#240}\nd TXT {#241}\n" GOOD, "d TXT {#240}\n" GOOD},
    {FIND_DKM020, "k1._domainkey.d TXT hello\n" REST_KEY,
     "k1._domainkey.d TXT \"v=DKIM1; p={1024}\"\n" REST_KEY},
    {FIND_DKM021, REST_KEY, GOOD},
    {FIND_DKM022, "sel._domainkey.d TXT \"v=DKIM1; p=\"\n" GOOD, GOOD},
    {FIND_DKM023, "*._domainkey.d TXT \"v=DKIM1; p=\"\n" GOOD, GOOD},
    {FIND_DMR030, REST_DMARC, GOOD},
    {FIND_DMR031, "_dmarc.d TXT \"v=DMARC1; p=none\"\n" GOOD, "_dmarc.d TXT other\n" GOOD},
    {FIND_DMR032, "_dmarc TXT \"v=DMARC1; p=none\"\n" REST_DMARC, GOOD},
    {FIND_DMR033, "_dmarc.d TXT \"v=DMARC1; p=none; rua=mailto:a@e.test\"\n" REST_DMARC,
     "_dmarc.d TXT \"v=DMARC1; p=none; rua=mailto:a@e.test\"\nd.example._report._dmarc.e.test. TXT "
     "v=DMARC1\n" REST_DMARC},
    {FIND_DMR035, "_dmarc TXT \"v=DMARC1; p=none\"\n_dmarc.d TXT \"v=DMARC1; p=none; sp=none\"\n" REST_DMARC,
     "_dmarc.d TXT \"v=DMARC1; p=none; sp=none\"\n" REST_DMARC},
    {FIND_DMR036, "_dmarc.d TXT hello\n" REST_DMARC, GOOD},
    {FIND_DMR037, "_dmarc.d TXT \"v=DMARC1; p=none; rua=mailto:a@e.d.example\"\n" REST_DMARC,
     "_dmarc.d TXT \"v=DMARC1; p=none; rua=mailto:a@mx.d.example\"\n" REST_DMARC},
    {FIND_DMR038, REST_KEY, GOOD},
    {FIND_DMR039, "_dmarc.d TXT \"v=DMARC1; p=none; rua=mailto:a@d.example\"\n" REST_DMARC, GOOD},
    {FIND_STS006, "_mta-sts.d TXT \"v=STSv1; id=1\"\n_mta-sts.d TXT \"v=STSv1; id=2\"\n" GOOD,
     "_mta-sts.d TXT \"v=STSv1; id=1\"\n" GOOD},
    {FIND_STS007, "_mta-sts.d TXT \"v=STSv1; id=1\"\n" GOOD,
     "_mta-sts.d TXT \"v=STSv1; id=1\"\nmta-sts.d A 192.0.2.1\n" GOOD},
    {FIND_TLS006, "_smtp._tls.d TXT v=TLSRPTv1\n_smtp._tls.d TXT \"v=TLSRPTv1;\"\n" GOOD,
     "_smtp._tls.d TXT v=TLSRPTv1\n" GOOD},
    {FIND_TLS007, "_mta-sts.d TXT \"v=STSv1; id=1\"\n" GOOD,
     "_mta-sts.d TXT \"v=STSv1; id=1\"\n_smtp._tls.d TXT v=TLSRPTv1\n" GOOD},
    {FIND_BIM009, "default._bimi.d TXT \"v=BIMI1; l=\"\n_dmarc.d TXT \"v=DMARC1; p=none\"\n" REST_DMARC,
     "default._bimi.d TXT \"v=BIMI1; l=\"\n" GOOD},
};

/* Answers all questions; `is_last_first`: those that were asked last before the others. */
static void answer_all(struct ingam_lint *lint, struct ingam_zone *zone, bool is_last_first)
{
    struct ingam_question open[256], q;
    struct ingam_answer a;
    size_t n = 0;
    while (ingam_lint_next(lint, 0, &q) == INGAM_WANT_ANSWER) {
        if (q.id) {
            assert_true(n < 256);
            open[n++] = q;
            if (is_last_first)
                continue;
        }
        assert_true(n > 0);
        ingam_zone_answer(zone, &open[--n], &a);
        assert_int_equal(ingam_lint_answer(lint, &a), INGAM_OK);
    }
    assert_true(ingam_lint_is_whole(lint));
}

static struct ingam_lint *judged_domain(const char *domain, const char *text, bool is_last_first)
{
    static char bytes[TEXT_MAX], whole[TEXT_MAX + 64];
    static const str selectors[] = {S_INIT("sel")};
    struct ingam_lint_what what = {.domain = str_of(domain), .selectors = selectors, .selector_n = 1};
    struct ingam_config config = {.authserv_id = S("")};
    struct ingam_zone_error error;
    ingam_limits_default(&config.limits);
    snprintf(whole, sizeof whole, "$ORIGIN example.\n$TTL 300\n%s", (const char *)expanded(text, bytes).p);
    struct ingam_zone *zone = ingam_zone_new(NULL, str_of(whole), &error);
    if (zone == NULL)
        fail_msg("line %zu column %zu: %s\n%s", error.line, error.column, error.expected, whole);
    struct ingam_lint *lint = ingam_lint_domain(&config, &what, 0);
    assert_non_null(lint);
    answer_all(lint, zone, is_last_first);
    ingam_zone_free(zone);
    return lint;
}

static void each_code_has_its_zone(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        enum ingam_finding_code code = (enum ingam_finding_code)domains[i].code;
        struct ingam_lint *with = judged_domain("d.example", domains[i].raises, i % 2);
        struct ingam_lint *without = judged_domain("d.example", domains[i].not_raises, i % 2);
        bool is_right = has(with, code) && !has(without, code) && is_told_well(with) && is_told_well(without);
        if (!is_right)
            print_error("%s: %d %d\n", ingam_finding_row(code)->code, has(with, code), has(without, code));
        wrong += !is_right;
        is_raised[code] = true;
        ingam_lint_free(with);
        ingam_lint_free(without);
    }
    assert_int_equal(wrong, 0);
}

/* [RFC9989 5.1.8] */
static void a_deep_record_governs_no_name_below(void **state)
{
    (void)state;
    static const char zone[] =
        "_dmarc.1.2.3.4.5.6.7 TXT \"v=DMARC1; p=none\"\n_dmarc.2.3.4.5.6.7 TXT \"v=DMARC1; p=none\"\n";
    struct ingam_lint *eight = judged_domain("1.2.3.4.5.6.7.example", zone, false);
    struct ingam_lint *seven = judged_domain("2.3.4.5.6.7.example", zone, false);
    assert_true(has(eight, INGAM_FINDING_DMR034));
    assert_false(has(seven, INGAM_FINDING_DMR034));
    is_raised[INGAM_FINDING_DMR034] = true;
    ingam_lint_free(eight);
    ingam_lint_free(seven);
}

static void a_good_domain_has_no_finding_but_its_short_key(void **state)
{
    (void)state;
    const struct ingam_finding *f;
    struct ingam_lint *lint = judged_domain("d.example", GOOD, false);
    assert_int_equal(ingam_lint_findings(lint, &f), 1);
    assert_int_equal(f[0].code, INGAM_FINDING_DKM004);
    assert_int_equal(ingam_lint_worst(lint), INGAM_SEVERITY_WARNING);
    ingam_lint_free(lint);
}

/* What is proposed is judged, too: no error, no warning. */
static void a_plan_is_right(void **state)
{
    (void)state;
    static const char *const zones[] = {"e A 192.0.2.1\n", "d MX 0 .\n", PLAIN_MX, "d A 192.0.2.1\n"};
    static const str senders[] = {S_INIT("google"), S_INIT("192.0.2.0/24"), S_INIT("2001:db8::1"),
                                  S_INIT("a:x.example")};
    for (size_t i = 0; i < 8; i++) {
        struct ingam_lint *lint = judged_domain("d.example", zones[i / 2], false);
        struct ingam_plan_wish wish = {.senders = senders, .sender_n = i % 2 ? 4 : 0};
        const struct ingam_planned *list;
        size_t n = ingam_lint_plan(lint, &wish, &list);
        assert_true(n == 2 || n == 3);
        for (size_t k = 0; k < n; k++) {
            char z[512];
            snprintf(z, sizeof z, "%.*s", (int)list[k].text.n, (const char *)list[k].text.p);
            struct ingam_lint *one = judged(z, list[k].type);
            assert_int_equal(ingam_lint_worst(one), INGAM_SEVERITY_NOTE);
            ingam_lint_free(one);
        }
        ingam_lint_free(lint);
    }
    assert_false(ingam_plan_knows(S("nobody")) || ingam_plan_knows(S("192.0.2.0/33")) ||
                 ingam_plan_knows(S("a.example b.example")));
}

/* Runs last: the tables above have looked at every row of findings.def. */
static void every_code_was_looked_at(void **state)
{
    (void)state;
    unsigned missing = 0;
    for (int code = 0; code < INGAM_FINDING_N; code++) {
        if (!is_raised[code])
            print_error("%s has no test\n", ingam_finding_row((enum ingam_finding_code)code)->code);
        missing += !is_raised[code];
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_has_its_record),
        cmocka_unit_test(each_code_has_its_zone),
        cmocka_unit_test(a_deep_record_governs_no_name_below),
        cmocka_unit_test(a_good_domain_has_no_finding_but_its_short_key),
        cmocka_unit_test(a_plan_is_right),
        cmocka_unit_test(every_code_was_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
