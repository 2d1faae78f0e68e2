/* SPDX-License-Identifier: BSD-2-Clause */
#include <ingam/sign.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/base64.h"
#include <openssl/evp.h>
#include <openssl/x509.h>

#define BEGIN(words) "-----BEGIN " words "PRIVATE KEY-----\n"
#define END(words)   "-----END " words "PRIVATE KEY-----\n"
/* The example's secret key of RFC 8463 A.1, as PKCS#8. */
#define ED25519_BASE64 "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
#define ED25519        BEGIN("") ED25519_BASE64 END("")
/* The other one of A.1, 1024 bits: too short to sign with. */
#define RSA_1024                                                                                             \
    BEGIN("RSA ")                                                                                            \
    "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\n"                                     \
    "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM\n"                                     \
    "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n"                                     \
    "AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm\n"                                     \
    "6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe\n"                                     \
    "zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy\n"                                     \
    "6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc\n"                                     \
    "uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy\n"                                     \
    "WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd\n"                                     \
    "WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a\n"                                     \
    "licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst\n"                                     \
    "o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe\n"                                     \
    "uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL\n" END("RSA ")

static const struct {
    const char *about;
    str pem;
    enum ingam_key_fault want;
} rows[] = {
    {"a PKCS#8 key", S_INIT(ED25519), INGAM_KEY_OK},
    {"CRLF line ends",
     S_INIT("-----BEGIN PRIVATE KEY-----\r\n"
            "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\r\n"
            "-----END PRIVATE KEY-----\r\n"),
     INGAM_KEY_OK},
    {"words and a certificate before it",
     S_INIT("Bag Attributes\n-----BEGIN CERTIFICATE-----\nMA==\n"
            "-----END CERTIFICATE-----\n" ED25519),
     INGAM_KEY_OK},
    {"nothing", S_INIT(""), INGAM_KEY_NOT_PEM},
    {"some text", S_INIT("p=MCowBQYDK2VwAyEA"), INGAM_KEY_NOT_PEM},
    {"a public key", S_INIT("-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----\n"),
     INGAM_KEY_NOT_PEM},
    {"no end line", S_INIT(BEGIN("") ED25519_BASE64), INGAM_KEY_NOT_PEM},
    {"cut off", S_INIT(BEGIN("") "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK\n" END("")), INGAM_KEY_NOT_PEM},
    {"not base64", S_INIT(BEGIN("") "****\n" END("")), INGAM_KEY_NOT_PEM},
    {"an encrypted PKCS#8 key", S_INIT(BEGIN("ENCRYPTED ") "MA==\n" END("ENCRYPTED ")), INGAM_KEY_ENCRYPTED},
    {"an encrypted key of the older form", S_INIT(BEGIN("RSA ") "Proc-Type: 4,ENCRYPTED\n"),
     INGAM_KEY_ENCRYPTED},
    {"an EC key", S_INIT(BEGIN("EC ") "MA==\n" END("EC ")), INGAM_KEY_KIND},
    {"an OpenSSH key", S_INIT(BEGIN("OPENSSH ") "MA==\n" END("OPENSSH ")), INGAM_KEY_KIND},
    {"X25519 is not Ed25519",
     S_INIT(BEGIN("") "MC4CAQAwBQYDK2VuBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n" END("")),
     INGAM_KEY_KIND},
    {"an RSA key of 1024 bits", S_INIT(RSA_1024), INGAM_KEY_SIZE}, /* [RFC8301 3.2] */
};

static void reads_pem(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum ingam_key_fault fault = INGAM_KEY_NO_MEMORY;
        struct ingam_private_key *key = ingam_private_key_read(NULL, rows[i].pem, &fault);
        if (fault != rows[i].want || (key != NULL) != (rows[i].want == INGAM_KEY_OK))
            fail_msg("%s: %s", rows[i].about, ingam_key_fault_text(fault));
        ingam_private_key_free(key);
    }
}

static void says_every_fault(void **state)
{
    (void)state;
    for (int i = INGAM_KEY_OK; i <= INGAM_KEY_NO_MEMORY; i++)
        assert_true(strlen(ingam_key_fault_text((enum ingam_key_fault)i)) > 5);
    assert_string_equal(ingam_key_fault_text((enum ingam_key_fault)99), "");
}

/* The public key and the PEM are those of the RFC's example.                          [RFC8463 A.1] [RFC8463 A.2] */
static void knows_the_example(void **state)
{
    (void)state;
    char text[256];
    struct ingam_private_key *key = ingam_private_key_read(NULL, S(ED25519), NULL);
    assert_non_null(key);
    assert_int_equal(ingam_private_key_algorithm(key), INGAM_ED25519_SHA256);
    assert_int_equal(ingam_private_key_bits(key), 256);
    assert_int_equal(ingam_private_key_record(key, text, sizeof text), 44);
    assert_string_equal(text, "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    assert_int_equal(ingam_private_key_pem(key, text, sizeof text), strlen(ED25519));
    assert_string_equal(text, ED25519);
    assert_int_equal(ingam_private_key_record(key, text, 5), 44);
    assert_string_equal(text, "11qY");
    assert_int_equal(ingam_private_key_record(key, NULL, 0), 44);
    ingam_private_key_free(key);
}

/* ret  the key that p= of the record holds, as OpenSSL reads it */
static EVP_PKEY *published(const struct ingam_private_key *key)
{
    char text[2048];
    uint8_t der[2048];
    const uint8_t *p = der;
    size_t n = ingam_private_key_record(key, text, sizeof text);
    assert_true(n < sizeof text);
    assert_null(base64_read((str){(const uint8_t *)text, n}, der, &n));
    EVP_PKEY *open = ingam_private_key_algorithm(key) == INGAM_RSA_SHA256
                         ? d2i_PUBKEY(NULL, &p, (long)n)
                         : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, der, n);
    assert_non_null(open);
    return open;
}

/* ret  OpenSSL finds that this is the key's signature over the digest; Ed25519 signs the digest as text  [RFC8463 3] */
static bool is_right(EVP_PKEY *open, const uint8_t digest[32], str signature)
{
    bool is_rsa = EVP_PKEY_is_a(open, "RSA");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *rsa = EVP_PKEY_CTX_new(open, NULL);
    int got;
    if (is_rsa) {
        assert_int_equal(EVP_PKEY_verify_init(rsa), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(rsa, EVP_sha256()), 1);
        got = EVP_PKEY_verify(rsa, signature.p, signature.n, digest, 32);
    } else {
        assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, open), 1);
        got = EVP_DigestVerify(context, signature.p, signature.n, digest, 32);
    }
    EVP_PKEY_CTX_free(rsa);
    EVP_MD_CTX_free(context);
    return got == 1;
}

/* Made, written, read again: both sign the same bytes, and the published half verifies them. */
static void keeps_through_pem(struct ingam_private_key *key)
{
    char pem[8192];
    uint8_t digest[32] = {7, 7, 7}, first[INGAM_SIGNATURE_MAX], second[INGAM_SIGNATURE_MAX];
    size_t n, m;
    size_t pem_n = ingam_private_key_pem(key, pem, sizeof pem);
    struct ingam_private_key *again = ingam_private_key_read(NULL, (str){(uint8_t *)pem, pem_n}, NULL);
    EVP_PKEY *open = published(key);
    assert_non_null(again);
    assert_true(ingam_private_key_sign(key, digest, first, &n));
    assert_true(ingam_private_key_sign(again, digest, second, &m));
    assert_int_equal(n, m);
    assert_memory_equal(first, second, n);
    assert_true(is_right(open, digest, (str){first, n}));
    digest[31] ^= 1;
    assert_false(is_right(open, digest, (str){first, n}));
    EVP_PKEY_free(open);
    ingam_private_key_free(again);
}

static void makes_keys(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {2048, 3072, 0};
    for (size_t i = 0; i < 3; i++) {
        enum ingam_algorithm algorithm = sizes[i] ? INGAM_RSA_SHA256 : INGAM_ED25519_SHA256;
        struct ingam_private_key *key = ingam_private_key_new(NULL, algorithm, sizes[i]);
        assert_non_null(key);
        assert_int_equal(ingam_private_key_bits(key), sizes[i] ? sizes[i] : 256);
        keeps_through_pem(key);
        ingam_private_key_free(key);
    }
    assert_null(ingam_private_key_new(NULL, INGAM_RSA_SHA256, 1024));
    assert_null(ingam_private_key_new(NULL, INGAM_RSA_SHA256, 2049));
    ingam_private_key_free(NULL);
}

/* A modulus that does not belong to the primes is found out when the key is read. */
static void finds_damage(void **state)
{
    (void)state;
    char pem[8192];
    struct ingam_private_key *key = ingam_private_key_new(NULL, INGAM_RSA_SHA256, 2048);
    enum ingam_key_fault fault = INGAM_KEY_OK;
    assert_non_null(key);
    size_t n = ingam_private_key_pem(key, pem, sizeof pem);
    ingam_private_key_free(key);
    pem[200] = pem[200] == 'A' ? 'B' : 'A';
    assert_null(ingam_private_key_read(NULL, (str){(uint8_t *)pem, n}, &fault));
    assert_int_equal(fault, INGAM_KEY_NOT_PEM);
}

static void *no_memory(void *context, size_t n)
{
    (void)context;
    (void)n;
    return NULL;
}

static void lives_without_memory(void **state)
{
    (void)state;
    struct ingam_alloc alloc = {.get = no_memory};
    enum ingam_key_fault fault = INGAM_KEY_OK;
    assert_null(ingam_private_key_read(&alloc, S(ED25519), &fault));
    assert_int_equal(fault, INGAM_KEY_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_pem),         cmocka_unit_test(says_every_fault),
        cmocka_unit_test(knows_the_example), cmocka_unit_test(makes_keys),
        cmocka_unit_test(finds_damage),      cmocka_unit_test(lives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
