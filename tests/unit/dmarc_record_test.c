/* SPDX-License-Identifier: BSD-2-Clause */
/* DMARC records, one by one.                                                 [RFC9989 4.7] [RFC9989 4.8] */
#include "dmarc/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char *word(enum ingam_dmarc_policy policy)
{
    return policy == INGAM_DMARC_NO_POLICY ? "-" : ingam_dmarc_policy_name(policy);
}

/* "p/sp/np adkim aspf t psd rua" as letters, then the faults */
static void describe(const struct dmarc_record *r, char *text, size_t cap)
{
    char p_fault[INGAM_FAULT_NAME_SIZE];
    char fault[INGAM_FAULT_NAME_SIZE];
    snprintf(text, cap, "%s/%s/%s %c%c%c%c%c %s%s%s", word(r->p), word(r->sp), word(r->np),
             r->is_adkim_strict ? 's' : 'r', r->is_aspf_strict ? 's' : 'r', r->is_testing ? 'y' : 'n',
             "uyn"[r->psd], r -> has_valid_rua ? '@' : '.', ingam_fault_name(r->p_fault, p_fault),
             r->fault ? " " : "", ingam_fault_name(r->fault, fault));
    size_t n = strlen(text);
    while (n && text[n - 1] == ' ')
        text[--n] = 0;
}

#define MISSING "dmarc-p-missing"
#define TWICE   "dmarc-tag-twice"

/* clang-format off */
static const struct {
    const char *about;
    str in;
    const char *want; /* NULL: no record */
    size_t at;
} records_are_read_rows[] = {
    /* the version [RFC9989 4.7] */
    {"nothing but the version", S_INIT("v=DMARC1"), "-/-/- rrnu. " MISSING, 8},
    {"with its semicolon", S_INIT("v=DMARC1;"), "-/-/- rrnu. " MISSING, 9},
    {"blanks around =", S_INIT("v \t= \tDMARC1 ; p=none"), "none/-/- rrnu.", 0},
    {"the tag in upper case", S_INIT("V=DMARC1;p=none"), "none/-/- rrnu.", 0},
    {"the value in lower case", S_INIT("v=dmarc1;p=none"), NULL, 0},
    {"another version", S_INIT("v=DMARC2;p=none"), NULL, 0},
    {"a longer version", S_INIT("v=DMARC10;p=none"), NULL, 0},
    {"no semicolon", S_INIT("v=DMARC1 p=none"), NULL, 0},
    {"a comma", S_INIT("v=DMARC1,p=none"), NULL, 0},
    {"not first", S_INIT("p=none;v=DMARC1"), NULL, 0},
    {"a blank first", S_INIT(" v=DMARC1;p=none"), NULL, 0},
    {"another record", S_INIT("v=spf1 -all"), NULL, 0},
    {"nothing", S_INIT(""), NULL, 0},
    /* policies, in any case [RFC9989 4.8] */
    {"reject", S_INIT("v=DMARC1; p=reject"), "reject/-/- rrnu.", 0},
    {"all three", S_INIT("v=DMARC1; np=reject; sp=quarantine; p=none"), "none/quarantine/reject rrnu.", 0},
    {"upper case", S_INIT("v=DMARC1; p=REJECT; sp=None"), "reject/none/- rrnu.", 0},
    {"no blank, last semicolon", S_INIT("v=DMARC1;p=quarantine;"), "quarantine/-/- rrnu.", 0},
    {"p far behind", S_INIT("v=DMARC1; rua=mailto:a@b.example; p=none"), "none/-/- rrnu@", 0},
    /* [RFC9989 4.10.1] */
    {"an unknown word", S_INIT("v=DMARC1; p=rejct"), "-/-/- rrnu. dmarc-p-invalid", 12},
    {"an empty p", S_INIT("v=DMARC1; p=; t=y"), "-/-/- rryu. dmarc-p-invalid", 12},
    {"a word too much", S_INIT("v=DMARC1; p=none none"), "-/-/- rrnu. dmarc-p-invalid", 12},
    {"a byte that may not be", S_INIT("v=DMARC1; p=none\x80"), "-/-/- rrnu. dmarc-p-invalid", 12},
    {"bad sp", S_INIT("v=DMARC1; p=none; sp=x"), "none/-/- rrnu. dmarc-sp-invalid", 21},
    {"bad np", S_INIT("v=DMARC1; p=none; np=x"), "none/-/- rrnu. dmarc-np-invalid", 21},
    {"bad p before bad sp", S_INIT("v=DMARC1; sp=x; p=y"), "-/-/- rrnu. dmarc-p-invalid", 18},
    {"missing p before bad sp", S_INIT("v=DMARC1; sp=x"), "-/-/- rrnu. " MISSING, 14},
    {"p without =", S_INIT("v=DMARC1; p none"), "-/-/- rrnu. " MISSING, 16},
    {"the case of tag names matters", S_INIT("v=DMARC1; P=none"), "-/-/- rrnu. " MISSING, 16},
    /* the other tags */
    {"strict", S_INIT("v=DMARC1; p=none; adkim=s; aspf=S"), "none/-/- ssnu.", 0},
    {"neither r nor s", S_INIT("v=DMARC1; p=none; adkim=strict; aspf=x"), "none/-/- rrnu.", 0},
    {"in testing", S_INIT("v=DMARC1; p=none; t=Y"), "none/-/- rryu.", 0},
    {"neither y nor n", S_INIT("v=DMARC1; p=none; t=yes; psd=yes"), "none/-/- rrnu.", 0},
    {"psd=y", S_INIT("v=DMARC1; p=none; psd=y"), "none/-/- rrny.", 0},
    {"psd=n", S_INIT("v=DMARC1; p=none; psd=N"), "none/-/- rrnn.", 0},
    {"psd=u", S_INIT("v=DMARC1; p=none; psd=u"), "none/-/- rrnu.", 0},
    {"historic and unknown tags", S_INIT("v=DMARC1; pct=10; rf=afrf; ri=3600; p=none; zz=1; zz=2"),
     "none/-/- rrnu.", 0},
    {"junk between", S_INIT("v=DMARC1; ;; ???; p=none; =; x=\x01"), "none/-/- rrnu.", 0},
    {"blanks everywhere", S_INIT("v=DMARC1 ;\tp\t=  none \t;  t = y ; "), "none/-/- rryu.", 0},
    /* a tag twice [RFC6376 3.2] */
    {"p twice", S_INIT("v=DMARC1; p=none; p=none"), "none/-/- rrnu.  " TWICE, 18},
    {"v twice", S_INIT("v=DMARC1; v=DMARC1; p=none"), "none/-/- rrnu.  " TWICE, 10},
    {"an sp that is wrong, twice", S_INIT("v=DMARC1; p=none; sp=x; sp=y"), "none/-/- rrnu. dmarc-sp-invalid "
     TWICE, 24},
};
/* clang-format on */

static void records_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records_are_read_rows / sizeof records_are_read_rows[0]; i++) {
        struct dmarc_record record;
        char text[200];
        bool is_record = dmarc_record_read(records_are_read_rows[i].in, &record);
        if (is_record != (records_are_read_rows[i].want != NULL))
            fail_msg("%s: %s", records_are_read_rows[i].about, is_record ? "a record" : "no record");
        if (!is_record)
            continue;
        describe(&record, text, sizeof text);
        if (strcmp(text, records_are_read_rows[i].want) != 0 || record.at != records_are_read_rows[i].at)
            fail_msg("%s: %s at %zu", records_are_read_rows[i].about, text, record.at);
        assert_ptr_equal(record.text.p, records_are_read_rows[i].in.p);
    }
}

static void raw_values_are_kept(void **state)
{
    struct dmarc_record r;
    (void)state;
    assert_true(dmarc_record_read(
        S("v=DMARC1;p=none; rua = mailto:a@b.example!10m , x ; ruf=mailto:c@d.example;fo=1:d:s"), &r));
    assert_true(str_eq(r.rua, S("mailto:a@b.example!10m , x")));
    assert_true(str_eq(r.ruf, S("mailto:c@d.example")));
    assert_true(str_eq(r.fo, S("1:d:s")));
    assert_true(r.has_valid_rua);
}

/* clang-format off */
static const struct {
    const char *about;
    str in;
    bool is_valid;
} uris_are_checked_rows[] = {
    {"mailto", S_INIT("mailto:a@example.com"), true},
    {"blanks around", S_INIT(" mailto:a@example.com\t"), true},
    {"scheme in any case", S_INIT("MailTo:a@example.com"), true},
    {"with a size", S_INIT("mailto:a@example.com!10m"), true},
    {"size without unit", S_INIT("mailto:a@example.com!10"), true},
    {"size of nothing", S_INIT("mailto:a@example.com!"), false},
    {"size without digits", S_INIT("mailto:a@example.com!m"), false},
    {"unknown unit", S_INIT("mailto:a@example.com!10x"), false},
    {"two units", S_INIT("mailto:a@example.com!10mm"), false},
    {"escaped comma", S_INIT("mailto:a%2cb@example.com"), true},
    {"half an escape", S_INIT("mailto:a%2@example.com"), false},
    {"an escape at the end", S_INIT("mailto:a@example.com%"), false},
    {"an unescaped !", S_INIT("mailto:a!b@example.com"), false},
    {"another scheme", S_INIT("https://example.com/report?x=1"), true},
    {"no scheme", S_INIT("a@example.com"), false},
    {"nothing behind the scheme", S_INIT("mailto:"), false},
    {"no mailbox", S_INIT("mailto:example.com"), false},
    {"no local-part", S_INIT("mailto:@example.com"), false},
    {"no domain", S_INIT("mailto:a@"), false},
    {"@ only behind ?", S_INIT("mailto:a?x=@b"), false},
    {"a query", S_INIT("mailto:a@example.com?subject=x"), true},
    {"a blank inside", S_INIT("mailto:a b@example.com"), false},
    {"scheme of digits", S_INIT("1a:b"), false},
    {"angles", S_INIT("mailto:<a@example.com>"), false},
    {"nothing", S_INIT(""), false},
    {"only a size", S_INIT("!10m"), false},
};
/* clang-format on */

/* dmarc-uri and obs-dmarc-uri                                                            [RFC9989 4.8] */
static void uris_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uris_are_checked_rows / sizeof uris_are_checked_rows[0]; i++)
        if (dmarc_uri_is_valid(uris_are_checked_rows[i].in) != uris_are_checked_rows[i].is_valid)
            fail_msg("%s", uris_are_checked_rows[i].about);
}

/* One good URI of a list is enough.                                                    [RFC9989 4.10.1] */
static void one_uri_is_enough(void **state)
{
    static const struct {
        str in;
        bool is_valid;
    } rows[] = {
        {S_INIT("v=DMARC1; rua=mailto:a@b.example"), true},
        {S_INIT("v=DMARC1; rua=x,,mailto:a@b.example"), true},
        {S_INIT("v=DMARC1; rua=mailto:a@b.example , x"), true},
        {S_INIT("v=DMARC1; rua=a@b.example,c@d.example"), false},
        {S_INIT("v=DMARC1; rua=,"), false},
        {S_INIT("v=DMARC1; rua="), false},
        {S_INIT("v=DMARC1; ruf=mailto:a@b.example"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dmarc_record r;
        assert_true(dmarc_record_read(rows[i].in, &r));
        if (r.has_valid_rua != rows[i].is_valid)
            fail_msg("%.*s", (int)rows[i].in.n, rows[i].in.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read),
        cmocka_unit_test(raw_values_are_kept),
        cmocka_unit_test(uris_are_checked),
        cmocka_unit_test(one_uri_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
