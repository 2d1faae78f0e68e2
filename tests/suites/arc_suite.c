/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays ValiMail's validation cases, whole and in pieces of 1, 7 and 61 bytes. All of them: those with keys of fewer than 1,024
 * bits expect a failure, as RFC 8301 wants it.                                                     [RFC8617 5.2] */
#include <ingam/ingam.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77 /* meson's word for it */, FILE_MAX = 1 << 20 };
static const size_t chunks[] = {0, 1, 7, 61};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
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

static void feed(struct ingam_check *c, ingam_str message, size_t chunk)
{
    size_t step = chunk ? chunk : message.n + 1;
    for (size_t at = 0; at < message.n; at += step) {
        size_t left = message.n - at;
        ingam_check_feed(c, (ingam_str){message.p + at, left < step ? left : step});
    }
    ingam_check_end(c);
}

/* ret  the result's word, or NULL: no verdict */
static const char *judge(struct ingam_zone *zone, ingam_str message, size_t chunk)
{
    static const struct ingam_envelope nobody;
    struct ingam_config config;
    struct ingam_question q;
    struct ingam_answer a;
    ingam_config_default(&config);
    struct ingam_check *c = ingam_check_new(&config, &nobody, 0);
    feed(c, message, chunk);
    while (ingam_check_next(c, 0, &q) == INGAM_WANT_ANSWER) {
        ingam_zone_answer(zone, &q, &a);
        a.id = q.id;
        ingam_check_answer(c, &a);
    }
    const struct ingam_verdict *v = ingam_check_verdict(c);
    const char *word = v ? ingam_result_name(v->arc.result) : NULL;
    ingam_check_free(c);
    return word;
}

static bool is_expected(const json_t *test, const char *got)
{
    const json_t *words = json_object_get(json_object_get(test, "expected"), "arc");
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word)
    {
        if (got && strcmp(json_string_value(word), got) == 0)
            return true;
    }
    printf("%s: arc is %s\n", text_of(test, "id"), got ? got : "not there");
    return false;
}

static bool run_case(const json_t *test, const char *folder)
{
    struct ingam_zone_error error;
    ingam_str text = read_file(folder, text_of(test, "zone"), false);
    ingam_str message = read_file(folder, text_of(test, "message"), true);
    struct ingam_zone *zone = text.p ? ingam_zone_new(NULL, text, &error) : NULL;
    bool is_right = zone && message.p;
    for (size_t i = 0; is_right && i < sizeof chunks / sizeof *chunks; i++)
        is_right = is_expected(test, judge(zone, message, chunks[i]));
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
    int folder_n = snprintf(folder, PATH_MAX, "%s/cases/arc-valimail", given ? given : beside);
    int path_n = snprintf(path, sizeof path, "%s/cases.jsonl", folder);
    bool fits = folder_n > 0 && folder_n < PATH_MAX && path_n > 0 && path_n < PATH_MAX;
    return fits ? fopen(path, "r") : NULL;
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX];
    FILE *cases = open_cases(argc > 1 ? argv[1] : "../shared/testdata", folder);
    if (cases == NULL) {
        puts("the ARC suite is not here: skipped");
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
