/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/dkim_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* RSA of 1024 bits, of 1023, and an Ed25519 key; see tests/keys. */
#define RSA                                                                                                  \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRI2P9edUJTyCouKCfLEdHrXebdkTn6UxO0hRMhKc5DYuiWn6v7s9vrguk9y35GG" \
    "3P"                                                                                                     \
    "0tycsbU1vZeB9vmZ1I/VoGiORw6qnn/76366jrSlonbIiuyOdsoJEQWzMr87iXbkqQi0HA6FV8r+Ae4zkd1/o/+tZtgvNwwxX6KC"   \
    "b2/nlQIDAQAB"
#define RSA_EVEN_E                                                                                           \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRI2P9edUJTyCouKCfLEdHrXebdkTn6UxO0hRMhKc5DYuiWn6v7s9vrguk9y35GG" \
    "3P"                                                                                                     \
    "0tycsbU1vZeB9vmZ1I/VoGiORw6qnn/76366jrSlonbIiuyOdsoJEQWzMr87iXbkqQi0HA6FV8r+Ae4zkd1/o/+tZtgvNwwxX6KC"   \
    "b2/nlQIDAQAA"
#define ED25519 "iTkHjd+BrQZFRK9QgTDbMdDWE2MGCmxQLSqZ5bUsgYg="

enum { ANYWHERE = -1 };

/* [RFC6376 3.6.1] [RFC6376 6.1.2] [RFC8301 3.2] [RFC8463 4] */
static const struct {
    const char *about;
    enum key_kind kind;
    str record;
    enum ingam_fault fault;
    int at;
    uint32_t bits;
} rows[] = {
    {"the least", KEY_RSA, S_INIT("p=" RSA), 0, ANYWHERE, 1024},
    {"all tags", KEY_RSA, S_INIT("v=DKIM1; h=sha256; k=rsa; n=notes; s=email; t=; p=" RSA ";"), 0, ANYWHERE,
     1024},
    {"white space", KEY_RSA,
     S_INIT(" v = DKIM1 ;\r\n\tk = rsa; p = MIGf "
            "MA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRI2P9edUJTyCouKCfLEdHrXebdkTn6UxO0hRMhKc5DYuiWn6v7s9vrguk9y35"
            "GG3P0tycsbU1vZeB9vmZ1I/VoGiORw6qnn/76366jrSlonbIiuyOdsoJEQWzMr87iXbkqQi0HA6FV8r+Ae4zkd1/o/"
            "+tZtgvNwwxX6KC b2/nlQIDAQAB"),
     0, ANYWHERE, 1024},
    {"any order", KEY_RSA, S_INIT("p=" RSA "; k=rsa"), 0, ANYWHERE, 1024},
    {"an unknown tag, and g=", KEY_RSA, S_INIT("g=*; foo=bar; p=" RSA), 0, ANYWHERE, 1024},
    {"hashes, ours among them", KEY_RSA, S_INIT("h=sha1 : sha256:x; p=" RSA), 0, ANYWHERE, 1024},
    {"services, ours among them", KEY_RSA, S_INIT("s=other:email; p=" RSA), 0, ANYWHERE, 1024},
    {"every service", KEY_RSA, S_INIT("s=*; p=" RSA), 0, ANYWHERE, 1024},
    {"unknown flags", KEY_RSA, S_INIT("t=x:yy; p=" RSA), 0, ANYWHERE, 1024},
    {"Ed25519", KEY_ED25519, S_INIT("v=DKIM1; k=ed25519; p=" ED25519), 0, ANYWHERE, 256},

    {"no tag list", KEY_RSA, S_INIT("hello"), FAULT_DKIM_KEY_SYNTAX, 5, 0},
    {"nothing", KEY_RSA, S_INIT(""), FAULT_DKIM_KEY_P_MISSING, 0, 0},
    {"a high byte", KEY_RSA, S_INIT("n=\xc3\xa4; p=" RSA), FAULT_DKIM_KEY_SYNTAX, 2, 0},
    {"a tag twice", KEY_RSA, S_INIT("p=; k=rsa; p=" RSA), FAULT_DKIM_KEY_TAG_TWICE, 11, 0},
    {"another version", KEY_RSA, S_INIT("v=DKIM2; p=" RSA), FAULT_DKIM_KEY_VERSION, 2, 0},
    {"a version in small letters", KEY_RSA, S_INIT("v=dkim1; p=" RSA), FAULT_DKIM_KEY_VERSION, 2, 0},
    {"a version in figures", KEY_RSA, S_INIT("v=DKIM1.0; p=" RSA), FAULT_DKIM_KEY_VERSION, 2, 0},
    {"an SPF record", KEY_RSA, S_INIT("v=spf1 -all"), FAULT_DKIM_KEY_VERSION, 2, 0},
    {"the version not first", KEY_RSA, S_INIT("k=rsa; v=DKIM1; p=" RSA), FAULT_DKIM_KEY_VERSION, 9, 0},
    {"no p=", KEY_RSA, S_INIT("v=DKIM1; k=rsa"), FAULT_DKIM_KEY_P_MISSING, 0, 0},
    {"another service", KEY_RSA, S_INIT("s=tlsrpt; p=" RSA), FAULT_DKIM_KEY_SERVICE, 2, 0},
    {"no service", KEY_RSA, S_INIT("s=; p=" RSA), FAULT_DKIM_KEY_SERVICE, 2, 0},
    {"another hash", KEY_RSA, S_INIT("h=sha1; p=" RSA), FAULT_DKIM_KEY_HASH, 2, 0},
    {"revoked", KEY_RSA, S_INIT("v=DKIM1; p="), FAULT_DKIM_KEY_REVOKED, 11, 0},
    {"revoked, whatever the type", KEY_ED25519, S_INIT("k=rsa; p= ;"), FAULT_DKIM_KEY_REVOKED, 10, 0},
    {"an RSA key for an Ed25519 signature", KEY_ED25519, S_INIT("k=rsa; p=" RSA), FAULT_DKIM_KEY_TYPE, 2, 0},
    {"the same by default", KEY_ED25519, S_INIT("p=" RSA), FAULT_DKIM_KEY_TYPE, 0, 0},
    {"an Ed25519 key for an RSA signature", KEY_RSA, S_INIT("k=ed25519; p=" ED25519), FAULT_DKIM_KEY_TYPE, 2,
     0},
    {"an unknown type", KEY_RSA, S_INIT("k=x; p=" RSA), FAULT_DKIM_KEY_TYPE, 2, 0},
    {"no base64", KEY_RSA, S_INIT("p=MIGf-"), FAULT_DKIM_KEY_BASE64, 6, 0},
    {"cut base64", KEY_RSA, S_INIT("p=MIGfM"), FAULT_DKIM_KEY_BASE64, 7, 0},
    {"no DER", KEY_RSA, S_INIT("p=AAAA"), FAULT_DKIM_KEY_DATA, 2, 0},
    {"an Ed25519 key of 31 bytes", KEY_ED25519,
     S_INIT("k=ed25519; p=iTkHjd+BrQZFRK9QgTDbMdDWE2MGCmxQLSqZ5bUsgQ=="), FAULT_DKIM_KEY_DATA, 13, 0},
    {"an Ed25519 key as SubjectPublicKeyInfo", KEY_ED25519,
     S_INIT("k=ed25519; p=MCowBQYDK2VwAyEAiTkHjd+BrQZFRK9QgTDbMdDWE2MGCmxQLSqZ5bUsgYg="), FAULT_DKIM_KEY_DATA,
     13, 0},
    {"an even exponent", KEY_RSA, S_INIT("p=" RSA_EVEN_E), FAULT_DKIM_KEY_EXPONENT, 2, 1024},
    {"512 bits", KEY_RSA,
     S_INIT("p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALCtCjqPt/kLaM6oVu9zrQzKly7KWmKsfrOyydxL43Y7czQoKwf8/"
            "r3gTfGw03pj+8WhlaWiiTbr0jtkReCiDRECAwEAAQ=="),
     FAULT_DKIM_KEY_TOO_SHORT, 2, 512},
};

struct reading {
    struct arena arena;
    struct ingam_limits limits;
    struct method_run run;
    struct dkim_signature sig;
    struct dkim_key key;
};

static void reading_init(struct reading *r, enum key_kind kind)
{
    *r = (struct reading){.sig.kind = kind};
    arena_init(&r->arena, NULL, WORLD_ARENA);
    ingam_limits_default(&r->limits);
    r->run = (struct method_run){.arena = &r->arena, .limits = &r->limits};
}

static void reading_free(struct reading *r)
{
    public_key_free(r->key.key);
    arena_free(&r->arena);
}

static void check_row(size_t i, struct ingam_keys *keys)
{
    struct reading r;
    reading_init(&r, rows[i].kind);
    dkim_key_read(&r.run, keys, rows[i].record, &r.sig, &r.key);
    const char *name = ingam_fault_row(r.key.fault)->name;
    if (r.key.fault != rows[i].fault || r.key.bits != rows[i].bits || !r.key.key != !!rows[i].fault)
        fail_msg("%s: got %s, %u bits", rows[i].about, name, r.key.bits);
    if (rows[i].at != ANYWHERE && r.key.at != (size_t)rows[i].at)
        fail_msg("%s: %s at byte %zu", rows[i].about, name, r.key.at);
    assert_false(r.key.is_testing || r.key.forbids_sub_domains);
    reading_free(&r);
}

static void records_are_read_or_blamed(void **state)
{
    (void)state;
    struct ingam_keys *keys = ingam_keys_new(NULL, 100);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(i, NULL);
        check_row(i, keys);
        check_row(i, keys);
    }
    ingam_keys_free(keys);
}

static struct public_key *read_with(struct ingam_keys *keys, str record, bool is_auid_below,
                                    struct dkim_key *out)
{
    struct reading r;
    reading_init(&r, KEY_RSA);
    r.sig.is_auid_below = is_auid_below;
    dkim_key_read(&r.run, keys, record, &r.sig, &r.key);
    *out = r.key;
    reading_free(&r);
    return out->key;
}

/* [RFC6376 3.6.1] */
static void flags_come_out_of_the_cache_too(void **state)
{
    (void)state;
    struct ingam_keys *keys = ingam_keys_new(NULL, 10);
    struct dkim_key key;
    str record = S("t=s : y; p=" RSA);
    assert_null(read_with(keys, record, true, &key));
    assert_int_equal(key.fault, FAULT_DKIM_KEY_SUB_DOMAIN);
    assert_int_equal(key.at, 2);
    assert_true(key.is_testing);
    struct public_key *first = read_with(keys, record, false, &key);
    assert_true(first && key.is_testing && key.forbids_sub_domains && key.bits == 1024);
    assert_ptr_equal(read_with(keys, record, false, &key), first);
    assert_true(key.is_testing && key.forbids_sub_domains && key.bits == 1024);
    assert_null(read_with(keys, record, true, &key));
    assert_int_equal(key.fault, FAULT_DKIM_KEY_SUB_DOMAIN);
    assert_non_null(read_with(keys, S("t=y; p=" RSA), true, &key));
    assert_true(key.is_testing && !key.forbids_sub_domains);
    ingam_keys_free(keys);
}

static void a_record_has_a_limit(void **state)
{
    (void)state;
    static uint8_t record[9000];
    for (size_t over = 0; over <= 1; over++) {
        struct reading r;
        reading_init(&r, KEY_RSA);
        size_t n = (size_t)snprintf((char *)record, sizeof record, "p=%s; n=", RSA);
        memset(record + n, 'a', sizeof record - n);
        dkim_key_read(&r.run, NULL, (str){record, r.limits.key_record + over}, &r.sig, &r.key);
        assert_int_equal(r.key.fault, over ? FAULT_DKIM_KEY_TOO_LONG : FAULT_NONE);
        reading_free(&r);
    }
}

static void a_key_has_a_limit(void **state)
{
    (void)state;
    struct reading r;
    reading_init(&r, KEY_RSA);
    r.limits.rsa_bits_max = 1023;
    dkim_key_read(&r.run, NULL, S("p=" RSA), &r.sig, &r.key);
    assert_int_equal(r.key.fault, FAULT_DKIM_KEY_TOO_LARGE);
    assert_int_equal(r.key.bits, 1024);
    reading_free(&r);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 8000; cap += 100) {
        struct reading r;
        reading_init(&r, KEY_RSA);
        r.arena.cap = cap;
        dkim_key_read(&r.run, NULL, S("p=" RSA), &r.sig, &r.key);
        assert_true((r.key.key != NULL) == !r.arena.has_failed);
        assert_true(r.key.key || r.key.fault);
        reading_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_or_blamed), cmocka_unit_test(flags_come_out_of_the_cache_too),
        cmocka_unit_test(a_record_has_a_limit),       cmocka_unit_test(a_key_has_a_limit),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
