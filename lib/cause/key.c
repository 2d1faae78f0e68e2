/* SPDX-License-Identifier: BSD-2-Clause */
/* The signature and the key. An RSA signature that does not open with the key was made with another key or is damaged; which of
 * the two shows where one changed character makes it right. */
#include "base/base64.h"
#include "cause/search.h"

enum { TRIED_BITS_MAX = 2048, B_MAX = 512 };

/* The bytes of b=. ret false: no base64, or too long to be looked at */
static bool signature_bytes(const struct cause_scene *scene, uint8_t *bytes, size_t *n)
{
    return scene->sig->b.n <= 1600 && base64_read(scene->sig->b, bytes, n) == NULL;
}

static bool is_usual_size(size_t n)
{
    return n == 64 || n == 128 || n == 192 || n == 256 || n == 384 || n == 512 || n == 1024;
}

static size_t right_size(const struct public_key *key)
{
    return public_key_kind(key) == KEY_ED25519 ? 64 : (public_key_bits(key) + 7) / 8;
}

/* b= without its white space, and where each of its characters is. */
static size_t compact(str b, uint8_t *text)
{
    size_t n = 0;
    for (size_t i = 0; i < b.n && n < B_MAX; i++)
        if (!byte_is(b.p[i], C_FWS))
            text[n++] = b.p[i];
    return n;
}

static bool verifies(struct cause_scene *scene, const uint8_t digest[32], str text)
{
    uint8_t bytes[B_MAX];
    size_t n = 0;
    return base64_read(text, bytes, &n) == NULL && public_key_verify(scene->key, digest, (str){bytes, n});
}

/* Tries every character at one place. ret  one of them makes the signature right */
static bool try_place(struct cause_scene *scene, const uint8_t digest[32], str text, uint8_t *place)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t was = *place;
    bool is_right = false;
    for (size_t i = 0; i < 64 && !is_right; i++) {
        *place = (uint8_t)digits[i];
        is_right = *place != was && verifies(scene, digest, text);
    }
    *place = was;
    return is_right;
}

static bool one_character(struct cause_scene *scene, const uint8_t digest[32], struct found *f)
{
    uint8_t text[B_MAX];
    size_t n = compact(scene->sig->b, text);
    if (scene->key == NULL || public_key_bits(scene->key) > TRIED_BITS_MAX || n == B_MAX)
        return false;
    for (size_t i = 0; i < n && text[i] != '='; i++) {
        if (!try_place(scene, digest, (str){text, n}, &text[i]))
            continue;
        const uint64_t numbers[2] = {i + 1, n};
        found_set(scene, f, "signature-corrupted", "character {0} of the {1} of b= was changed", numbers);
        return true;
    }
    return false;
}

static bool another_key(struct cause_scene *scene, str signature, struct found *f)
{
    uint8_t digest[32];
    for (size_t i = 0; i < scene->other_key_n; i++) {
        const struct public_key *key = scene->other_keys[i];
        if (key == NULL || key == scene->key || public_key_kind(key) != KEY_RSA)
            continue;
        if (!public_key_recover(key, signature, digest))
            continue;
        found_text(scene, f, "key-mismatch", "it was made with the key of another signature of this message",
                   S(""));
        return true;
    }
    return false;
}

static bool wrong_size(struct cause_scene *scene, size_t n, struct found *f)
{
    const uint64_t numbers[2] = {n, right_size(scene->key)};
    if (n == numbers[1])
        return false;
    if (is_usual_size(n))
        found_set(scene, f, "key-mismatch", "the signature has {0} bytes, and the published key makes {1}",
                  numbers);
    else
        found_set(scene, f, "signature-corrupted",
                  "b= holds {0} bytes where {1} are due: part of it was lost", numbers);
    return true;
}

bool key_search(struct cause_scene *scene, bool is_digest_known, const uint8_t digest[32], struct found *f)
{
    uint8_t bytes[1600];
    uint8_t recovered[32];
    size_t n = 0;
    if (scene->key == NULL)
        return false;
    if (!signature_bytes(scene, bytes, &n)) {
        found_text(scene, f, "signature-corrupted", "b= is no base64", S(""));
        return true;
    }
    if (wrong_size(scene, n, f))
        return true;
    if (public_key_kind(scene->key) == KEY_RSA && public_key_recover(scene->key, (str){bytes, n}, recovered))
        return false;
    return another_key(scene, (str){bytes, n}, f) || (is_digest_known && one_character(scene, digest, f));
}
