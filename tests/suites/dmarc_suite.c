/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays the worked examples of RFC 9989 as whole messages: result, disposition of a site that honours p=reject, alignment
 * and the domain of the policy.                                                     [RFC9989 4.10, B.1, B.2, B.4] */
#include <ingam/ingam.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77 /* meson's word for it */, FILE_MAX = 1 << 20 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static ingam_str str_of(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

/* Reads a file; where it has no CRLF at all each LF becomes one. ret p NULL: not readable; else free it */
static ingam_str read_file(const char *folder, const char *name, bool is_message)
{
    char path[PATH_MAX];
    int path_n = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = path_n > 0 && (size_t)path_n < sizeof path ? fopen(path, "rb") : NULL;
    uint8_t *bytes = file ? malloc(2 * FILE_MAX) : NULL;
    if (bytes == NULL)
        return (ingam_str){NULL, 0};
    uint8_t *raw = bytes + FILE_MAX;
    size_t n = 0, raw_n = fread(raw, 1, FILE_MAX, file);
    fclose(file);
    bool has_crlf = raw_n && memmem(raw, raw_n, "\r\n", 2) != NULL;
    for (size_t i = 0; i < raw_n && n + 2 < FILE_MAX; i++) {
        if (is_message && !has_crlf && raw[i] == '\n')
            bytes[n++] = '\r';
        bytes[n++] = raw[i];
    }
    return (ingam_str){bytes, n};
}

static void free_file(ingam_str file)
{
    free((void *)(uintptr_t)file.p);
}

static struct ingam_check *judge(const json_t *args, struct ingam_zone *zone, ingam_str message)
{
    struct ingam_config config;
    struct ingam_question q;
    struct ingam_answer a;
    ingam_config_default(&config);
    config.policy.mode = INGAM_ENFORCE;
    config.policy.on_reject = INGAM_REJECT;
    struct ingam_envelope env = {.ip = str_of(text_of(args, "ip")),
                                 .helo = str_of(text_of(args, "helo")),
                                 .mail_from = str_of(text_of(args, "mail_from")),
                                 .has_mail_from = true};
    uint64_t now_ms = (uint64_t)json_integer_value(json_object_get(args, "now")) * 1000;
    struct ingam_check *c = ingam_check_new(&config, &env, now_ms);
    ingam_check_feed(c, message);
    ingam_check_end(c);
    while (ingam_check_next(c, now_ms, &q) == INGAM_WANT_ANSWER) {
        ingam_zone_answer(zone, &q, &a);
        a.id = q.id;
        ingam_check_answer(c, &a);
    }
    return c;
}

/* ret  what the case expects under this key is among the words, or it expects nothing */
static bool is_one_of(const json_t *test, const char *key, const char *got)
{
    const json_t *words = json_object_get(json_object_get(test, "expected"), key);
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word)
    {
        if (strcmp(json_string_value(word), got) == 0)
            return true;
    }
    if (words)
        printf("%s: %s is %s\n", text_of(test, "id"), key, got);
    return words == NULL;
}

static bool is_flag(const json_t *test, const char *key, bool got)
{
    const json_t *want = json_object_get(json_object_get(test, "expected"), key);
    if (want == NULL || json_boolean_value(want) == got)
        return true;
    printf("%s: %s is %d\n", text_of(test, "id"), key, got);
    return false;
}

static bool is_policy_domain(const json_t *test, ingam_str got)
{
    const char *want = text_of(json_object_get(test, "expected"), "policy_domain");
    if (*want == 0 || (strlen(want) == got.n && memcmp(want, got.p, got.n) == 0))
        return true;
    printf("%s: the policy stands at %.*s\n", text_of(test, "id"), (int)got.n, (const char *)got.p);
    return false;
}

static bool is_expected(const json_t *test, const struct ingam_verdict *v)
{
    if (v == NULL)
        return false;
    bool is_right = is_one_of(test, "dmarc", ingam_result_name(v->dmarc.result));
    is_right &= is_one_of(test, "disposition", ingam_disposition_name(v->action.disposition));
    is_right &= is_flag(test, "spf_aligned", v->dmarc.is_spf_aligned);
    is_right &= is_flag(test, "dkim_aligned", v->dmarc.is_dkim_aligned);
    return is_policy_domain(test, v->dmarc.policy_domain) && is_right;
}

static bool run_case(const json_t *test, const char *folder)
{
    struct ingam_zone_error error;
    ingam_str text = read_file(folder, text_of(test, "zone"), false);
    ingam_str message = read_file(folder, text_of(test, "message"), true);
    struct ingam_zone *zone = text.p ? ingam_zone_new(NULL, text, &error) : NULL;
    bool is_right = false;
    if (zone && message.p) {
        struct ingam_check *c = judge(json_object_get(test, "args"), zone, message);
        is_right = is_expected(test, ingam_check_verdict(c));
        ingam_check_free(c);
    }
    if (!is_right)
        printf("%s: failed\n", text_of(test, "id"));
    ingam_zone_free(zone);
    free_file(text);
    free_file(message);
    return is_right;
}

static FILE *open_cases(const char *beside, char folder[PATH_MAX])
{
    const char *given = getenv("INGAM_TESTDATA");
    char path[PATH_MAX];
    int folder_n = snprintf(folder, PATH_MAX, "%s/cases/rfc9989-appendix-b", given ? given : beside);
    int path_n = snprintf(path, sizeof path, "%s/cases.jsonl", folder);
    bool fits = folder_n > 0 && folder_n < PATH_MAX && path_n > 0 && path_n < PATH_MAX;
    return fits ? fopen(path, "r") : NULL;
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX];
    FILE *cases = open_cases(argc > 1 ? argv[1] : "../shared/testdata", folder);
    if (cases == NULL) {
        puts("the worked examples of RFC 9989 are not here: skipped");
        return SKIPPED;
    }
    size_t passed = 0, failed = 0;
    for (json_t *test; (test = json_loadf(cases, JSON_DISABLE_EOF_CHECK, NULL)) != NULL; json_decref(test)) {
        if (run_case(test, folder))
            passed++;
        else
            failed++;
    }
    fclose(cases);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed || passed == 0;
}
