/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/crypto.h"

#include "base/base64.h"
#include "crypto/der.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypto_vectors.h"

enum { VECTORS_N = sizeof vectors / sizeof *vectors, BITS_MAX = 8192 };

static void sha256_matches_fips_180_and_does_not_mind_chunks(void **state)
{
    static const uint8_t want[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                     0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                     0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    static const uint8_t want_empty[4] = {0xe3, 0xb0, 0xc4, 0x42};
    uint8_t got[32];
    (void)state;
    sha256_of(S("abc"), got);
    assert_memory_equal(got, want, 32);
    sha256_of(S(""), got);
    assert_memory_equal(got, want_empty, 4);
    struct sha256 s, copy;
    sha256_init(&s);
    sha256_add(&s, S("a"));
    sha256_add(&s, (str){NULL, 0});
    copy = s;
    sha256_add(&copy, S("bc"));
    sha256_end(&copy, got);
    assert_memory_equal(got, want, 32);
}

static str decoded(str text, uint8_t *buf)
{
    size_t n = 0;
    assert_null(base64_read(text, buf, &n));
    return (str){buf, n};
}

static struct public_key *read_key(size_t i)
{
    uint8_t buf[2048];
    struct public_key *key;
    uint32_t bits = 0;
    str p = decoded(vectors[i].p, buf);
    if (public_key_read(NULL, &(struct key_data){vectors[i].kind, p, BITS_MAX}, &key, &bits) != KEY_OK)
        fail_msg("%s: the key cannot be read", vectors[i].about);
    assert_int_equal(public_key_bits(key), bits);
    assert_int_equal(public_key_kind(key), vectors[i].kind);
    return key;
}

/* [RFC8017 5.2.2] [RFC8017 8.2.2] [RFC8017 9.2] [RFC8032 5.1.7] [RFC8463 3] */
static void verifies_what_is_right_and_nothing_else(void **state)
{
    (void)state;
    uint8_t digest[32], buf[2048];
    sha256_of(S("ingam"), digest);
    for (size_t i = 0; i < VECTORS_N; i++) {
        struct public_key *key = read_key(i);
        str signature = decoded(vectors[i].signature, buf);
        for (int again = 0; again < 2; again++)
            if (public_key_verify(key, digest, signature) != vectors[i].fits)
                fail_msg("%s: expected %d", vectors[i].about, vectors[i].fits);
        if (vectors[i].fits) {
            digest[31] ^= 1;
            assert_false(public_key_verify(key, digest, signature));
            digest[31] ^= 1;
        }
        public_key_free(key);
    }
}

static void each_bit_of_a_signature_counts(void **state)
{
    (void)state;
    uint8_t digest[32], buf[2048];
    sha256_of(S("ingam"), digest);
    struct public_key *key = read_key(0);
    str signature = decoded(vectors[0].signature, buf);
    for (size_t bit = 0; bit < signature.n * 8; bit++) {
        buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(public_key_verify(key, digest, signature));
        buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    public_key_free(key);
}

static void recovers_the_digest_that_was_signed(void **state)
{
    (void)state;
    uint8_t digest[32], got[32], buf[2048];
    for (size_t i = 0; i < VECTORS_N; i++) {
        struct public_key *key = read_key(i);
        str about = str_of(vectors[i].about);
        sha256_of(str_eq(about, S("other data")) ? S("Ingam") : S("ingam"), digest);
        bool wanted = vectors[i].kind == KEY_RSA && (vectors[i].fits || str_eq(about, S("other data")));
        if (public_key_recover(key, decoded(vectors[i].signature, buf), got) != wanted)
            fail_msg("%s: recovered or not, the other way round", vectors[i].about);
        if (wanted)
            assert_memory_equal(got, digest, 32);
        public_key_free(key);
    }
}

/* RSAPublicKey of n = 15, e = 3 as 8 bytes, and the same inside a SubjectPublicKeyInfo. [RFC8017 A.1.1] [RFC3279 2.3.1] */
#define BARE      "\x30\x06\x02\x01\x0f\x02\x01\x03"
#define ALGORITHM "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define LONG_N                                                                                               \
    "\x02\x81\x81\x00\xff" ONES ONES ONES ONES ONES ONES ONES "\x01\x01\x01\x01\x01\x01\x01\x01\x01"         \
    "\x01\x01\x01\x01\x01\x01"
#define ONES "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
enum { FINE = -1 };
static const struct {
    const char *about;
    str der;
    int wrong_at;
} der_rows[] = {
    {"bare", S_INIT(BARE), FINE},
    {"subject public key", S_INIT("\x30\x1a" ALGORITHM "\x03\x09\x00" BARE), FINE},
    {"length in two bytes", S_INIT("\x30\x81\x87" LONG_N "\x02\x01\x03"), FINE},
    {"nothing", S_INIT(""), 0},
    {"only a tag", S_INIT("\x30"), 1},
    {"another tag", S_INIT("\x31\x06\x02\x01\x0f\x02\x01\x03"), 0},
    {"a byte behind", S_INIT(BARE "\x00"), 8},
    {"cut off", S_INIT("\x30\x06\x02\x01\x0f\x02\x01"), 2},
    {"longest length for a short one", S_INIT("\x30\x81\x06\x02\x01\x0f\x02\x01\x03"), 3},
    {"length in three bytes with a zero", S_INIT("\x30\x82\x00\x87" LONG_N "\x02\x01\x03"), 4},
    {"indefinite length", S_INIT("\x30\x80\x02\x01\x0f\x02\x01\x03\x00\x00"), 2},
    {"length in four bytes", S_INIT("\x30\x83\x00\x00\x06\x02\x01\x0f\x02\x01\x03"), 2},
    {"length beyond its own bytes", S_INIT("\x30\x82\x01"), 2},
    {"n missing", S_INIT("\x30\x00"), 2},
    {"e missing", S_INIT("\x30\x03\x02\x01\x0f"), 5},
    {"three numbers", S_INIT("\x30\x09\x02\x01\x0f\x02\x01\x03\x02\x01\x03"), 8},
    {"n is an OCTET STRING", S_INIT("\x30\x06\x04\x01\x0f\x02\x01\x03"), 2},
    {"n is negative", S_INIT("\x30\x06\x02\x01\x8f\x02\x01\x03"), 2},
    {"n with a zero too many", S_INIT("\x30\x07\x02\x02\x00\x0f\x02\x01\x03"), 2},
    {"n is zero", S_INIT("\x30\x06\x02\x01\x00\x02\x01\x03"), 2},
    {"n is empty", S_INIT("\x30\x05\x02\x00\x02\x01\x03"), 2},
    {"e is negative", S_INIT("\x30\x06\x02\x01\x0f\x02\x01\x83"), 5},
    {"another algorithm",
     S_INIT("\x30\x1a\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00\x03\x09\x00" BARE), 2},
    {"algorithm without NULL",
     S_INIT("\x30\x18\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x03\x09\x00" BARE), 2},
    {"unused bits", S_INIT("\x30\x1a" ALGORITHM "\x03\x09\x01" BARE), 19},
    {"empty bit string", S_INIT("\x30\x11" ALGORITHM "\x03\x00"), 19},
    {"no bit string", S_INIT("\x30\x0f" ALGORITHM), 17},
    {"a byte behind in the bit string", S_INIT("\x30\x1b" ALGORITHM "\x03\x0a\x00" BARE "\x00"), 28},
    {"a byte behind the bit string", S_INIT("\x30\x1b" ALGORITHM "\x03\x09\x00" BARE "\x00"), 28},
    {"another key inside the key", S_INIT("\x30\x1c" ALGORITHM "\x03\x0b\x00\x30\x08" BARE), 22},
};

static void der_is_read_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof der_rows / sizeof *der_rows; i++) {
        str n, e, der = der_rows[i].der;
        const uint8_t *wrong = der_rsa_read(der, &n, &e);
        int at = wrong ? (int)(wrong - der.p) : FINE;
        if (at != der_rows[i].wrong_at)
            fail_msg("%s: wrong at %d, expected %d", der_rows[i].about, at, der_rows[i].wrong_at);
        if (wrong == NULL)
            assert_true(e.n == 1 && e.p[0] == 3 && n.p[n.n - 1] == (n.n == 1 ? 15 : 1));
    }
}

static size_t put_head(uint8_t *at, uint8_t tag, size_t n)
{
    size_t used = 0;
    at[used++] = tag;
    at[used++] = n < 256 ? 0x81 : 0x82;
    if (n >= 256)
        at[used++] = (uint8_t)(n >> 8);
    at[used++] = (uint8_t)n;
    return used;
}

/* Writes a bare key of an odd modulus with so many bits. */
static str make_key(uint8_t *buf, size_t bits, uint8_t last, str e)
{
    size_t bytes = (bits + 7) / 8, zero = bits % 8 == 0, e_size = 2 + e.n;
    size_t n_size = (bytes + zero < 256 ? 3 : 4) + bytes + zero;
    size_t at = put_head(buf, 0x30, n_size + e_size);
    at += put_head(buf + at, 0x02, bytes + zero);
    if (zero)
        buf[at++] = 0;
    memset(buf + at, 0x55, bytes);
    buf[at] = (uint8_t)(1 << (bits - 1) % 8);
    at += bytes;
    buf[at - 1] = last;
    buf[at++] = 0x02;
    buf[at++] = (uint8_t)e.n;
    memcpy(buf + at, e.p, e.n);
    return (str){buf, at + e.n};
}

/* [RFC8301 3.2] [RFC8017 3.1] */
static const struct {
    const char *about;
    size_t bits;
    uint8_t last;
    str e;
    enum key_got want;
} size_rows[] = {
    {"one bit too short", 1023, 0x55, S_INIT("\x01\x00\x01"), KEY_TOO_SHORT},
    {"shortest", 1024, 0x55, S_INIT("\x01\x00\x01"), KEY_OK},
    {"odd size", 1033, 0x55, S_INIT("\x01\x00\x01"), KEY_OK},
    {"longest", 8192, 0x55, S_INIT("\x01\x00\x01"), KEY_OK},
    {"one bit too long", 8193, 0x55, S_INIT("\x01\x00\x01"), KEY_TOO_LONG},
    {"even modulus", 2048, 0x54, S_INIT("\x01\x00\x01"), KEY_SYNTAX},
    {"e = 3", 2048, 0x55, S_INIT("\x03"), KEY_OK},
    {"e = 1", 2048, 0x55, S_INIT("\x01"), KEY_BAD_EXPONENT},
    {"e = 2", 2048, 0x55, S_INIT("\x02"), KEY_BAD_EXPONENT},
    {"even e", 2048, 0x55, S_INIT("\x01\x00\x00"), KEY_BAD_EXPONENT},
    {"e of 64 bits", 2048, 0x55, S_INIT("\x7f\xff\xff\xff\xff\xff\xff\xff"), KEY_OK},
    {"e of 65 bits", 2048, 0x55, S_INIT("\x01\x00\x00\x00\x00\x00\x00\x00\x01"), KEY_BAD_EXPONENT},
};

static void keys_have_their_size(void **state)
{
    (void)state;
    uint8_t buf[2048];
    for (size_t i = 0; i < sizeof size_rows / sizeof *size_rows; i++) {
        struct public_key *key;
        uint32_t bits = 0;
        str der = make_key(buf, size_rows[i].bits, size_rows[i].last, size_rows[i].e);
        enum key_got got = public_key_read(NULL, &(struct key_data){KEY_RSA, der, BITS_MAX}, &key, &bits);
        if (got != size_rows[i].want || bits != size_rows[i].bits || (key != NULL) != (got == KEY_OK))
            fail_msg("%s: got %d, %u bits", size_rows[i].about, got, bits);
        public_key_free(key);
    }
}

static void an_ed25519_key_is_32_bytes(void **state)
{
    (void)state;
    struct public_key *key;
    uint32_t bits;
    uint8_t bytes[33] = {1};
    assert_int_equal(
        public_key_read(NULL, &(struct key_data){KEY_ED25519, (str){bytes, 31}, BITS_MAX}, &key, &bits),
        KEY_SYNTAX);
    assert_int_equal(
        public_key_read(NULL, &(struct key_data){KEY_ED25519, (str){bytes, 33}, BITS_MAX}, &key, &bits),
        KEY_SYNTAX);
    assert_null(key);
    assert_int_equal(
        public_key_read(NULL, &(struct key_data){KEY_ED25519, (str){bytes, 32}, BITS_MAX}, &key, &bits),
        KEY_OK);
    assert_int_equal(bits, 256);
    public_key_free(key);
}

/* An allocator that refuses after so many calls, and counts what is out. */
struct heap {
    size_t left, out;
};

static void *heap_get(void *context, size_t n)
{
    struct heap *heap = context;
    if (heap->left == 0)
        return NULL;
    heap->left--;
    heap->out++;
    return malloc(n);
}

static void heap_put(void *context, void *p)
{
    struct heap *heap = context;
    heap->out--;
    free(p);
}

static void no_memory_is_told_and_nothing_leaks(void **state)
{
    (void)state;
    uint8_t buf[2048];
    str p = decoded(vectors[0].p, buf);
    for (size_t left = 0; left <= 5; left++) {
        struct heap heap = {left, 0};
        struct ingam_alloc alloc = {heap_get, heap_put, &heap};
        struct ingam_keys *keys = ingam_keys_new(&alloc, 2);
        struct public_key *key = NULL;
        uint32_t bits;
        enum key_got got = public_key_read(&alloc, &(struct key_data){KEY_RSA, p, BITS_MAX}, &key, &bits);
        assert_true((keys == NULL) == (left < 3));
        assert_true(got == (left == 5 ? KEY_OK : KEY_MEMORY) || left == 2);
        public_key_free(key);
        ingam_keys_free(keys);
        assert_int_equal(heap.out, 0);
    }
}

static struct public_key *small_key(void)
{
    struct public_key *key = NULL;
    uint32_t bits;
    uint8_t bytes[32] = {1};
    assert_int_equal(
        public_key_read(NULL, &(struct key_data){KEY_ED25519, (str){bytes, 32}, BITS_MAX}, &key, &bits),
        KEY_OK);
    return key;
}

/* in  want  the records, oldest use last, that must be there; each is used by looking */
static void expect_cached(struct ingam_keys *keys, const char *there, const char *gone)
{
    for (const char *c = gone; *c; c++)
        assert_null(keys_get(keys, (str){(const uint8_t *)c, 1}));
    for (const char *c = there; *c; c++) {
        struct public_key *key = keys_get(keys, (str){(const uint8_t *)c, 1});
        assert_non_null(key);
        public_key_free(key);
    }
}

static void add(struct ingam_keys *keys, const char *records)
{
    for (const char *c = records; *c; c++) {
        struct public_key *key = small_key();
        keys_add(keys, (str){(const uint8_t *)c, 1}, key);
        public_key_free(key);
    }
}

static void the_cache_lets_the_longest_unused_go(void **state)
{
    (void)state;
    struct ingam_keys *keys = ingam_keys_new(NULL, 3);
    add(keys, "abc");
    expect_cached(keys, "abc", "de");
    expect_cached(keys, "a", "");
    add(keys, "d");
    expect_cached(keys, "cad", "b");
    add(keys, "c");
    add(keys, "ef");
    expect_cached(keys, "def", "abc");
    ingam_keys_free(keys);
}

static void a_key_in_use_outlives_the_cache(void **state)
{
    (void)state;
    struct ingam_keys *keys = ingam_keys_new(NULL, 0);
    struct public_key *first = small_key();
    keys_add(keys, S("a"), first);
    struct public_key *got = keys_get(keys, S("a"));
    assert_ptr_equal(got, first);
    add(keys, "b");
    expect_cached(keys, "b", "a");
    public_key_free(first);
    ingam_keys_free(keys);
    assert_int_equal(public_key_bits(got), 256);
    public_key_free(got);
}

static void the_cache_works_when_it_is_large(void **state)
{
    (void)state;
    enum { CAPACITY = 1000, N = 5000 };
    struct ingam_keys *keys = ingam_keys_new(NULL, CAPACITY);
    struct public_key *key = small_key();
    for (uint32_t i = 0; i < N; i++)
        keys_add(keys, (str){(const uint8_t *)&i, sizeof i}, key);
    for (uint32_t i = 0; i < N; i++) {
        struct public_key *got = keys_get(keys, (str){(const uint8_t *)&i, sizeof i});
        assert_true((got != NULL) == (i >= N - CAPACITY));
        public_key_free(got);
    }
    public_key_free(key);
    ingam_keys_free(keys);
    ingam_keys_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_matches_fips_180_and_does_not_mind_chunks),
        cmocka_unit_test(verifies_what_is_right_and_nothing_else),
        cmocka_unit_test(each_bit_of_a_signature_counts),
        cmocka_unit_test(recovers_the_digest_that_was_signed),
        cmocka_unit_test(der_is_read_strictly),
        cmocka_unit_test(keys_have_their_size),
        cmocka_unit_test(an_ed25519_key_is_32_bytes),
        cmocka_unit_test(no_memory_is_told_and_nothing_leaks),
        cmocka_unit_test(the_cache_lets_the_longest_unused_go),
        cmocka_unit_test(a_key_in_use_outlives_the_cache),
        cmocka_unit_test(the_cache_works_when_it_is_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
