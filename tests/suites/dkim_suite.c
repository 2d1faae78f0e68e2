/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays the messages of dkimpy and go-msgauth, whole and in pieces of 1, 7 and 61 bytes: the best result of all signatures,
 * and that of each one that a case names, must be among the expected ones.                       [RFC6376] [RFC6376 3.6.2.2] [RFC8463] */
#include "tests/unit/dkim_world.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = 77 /* meson's word for it */, FILE_LEAST = 1 << 20 };

static const char *const suites[] = {"dkimpy", "go-msgauth"};
static const size_t chunks[] = {0, 1, 7, 61};
/* Best first. */
static const enum ingam_result ranks[] = {INGAM_RESULT_PASS,   INGAM_RESULT_TEMPERROR, INGAM_RESULT_FAIL,
                                          INGAM_RESULT_POLICY, INGAM_RESULT_PERMERROR, INGAM_RESULT_NEUTRAL};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Reads a file; where it has no CRLF at all each LF becomes one. ret p NULL: not readable; else free it */
static str read_file(const char *folder, const char *name, bool is_message)
{
    char path[PATH_MAX];
    int path_n = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = path_n > 0 && (size_t)path_n < sizeof path ? fopen(path, "rb") : NULL;
    uint8_t *bytes = file ? malloc(2 * FILE_LEAST) : NULL;
    if (bytes == NULL)
        return (str){NULL, 0};
    uint8_t *raw = bytes + FILE_LEAST;
    size_t n = 0, raw_n = fread(raw, 1, FILE_LEAST, file);
    fclose(file);
    bool has_crlf = raw_n && memmem(raw, raw_n, "\r\n", 2) != NULL;
    for (size_t i = 0; i < raw_n && n + 2 < FILE_LEAST; i++) {
        if (is_message && !has_crlf && raw[i] == '\n')
            bytes[n++] = '\r';
        bytes[n++] = raw[i];
    }
    return (str){bytes, n};
}

static void free_file(str file)
{
    free((void *)(uintptr_t)file.p);
}

static void ask_zone(void *zone, const struct ingam_question *q, struct ingam_answer *a)
{
    ingam_zone_answer(zone, q, a);
}

static bool is_one_of(const json_t *words, enum ingam_result result)
{
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word)
    {
        if (strcmp(json_string_value(word), ingam_result_name(result)) == 0)
            return true;
    }
    return false;
}

static enum ingam_result best_of(const struct world *w)
{
    for (size_t r = 0; r < sizeof ranks / sizeof *ranks; r++)
        for (size_t i = 0; i < w->n; i++)
            if (w->list[i].result == ranks[r])
                return ranks[r];
    return INGAM_RESULT_NONE;
}

/* ret  a signature by this domain and selector fared as expected */
static bool fared(const struct world *w, const json_t *want)
{
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->list[i].domain, str_of(text_of(want, "d"))) &&
            str_eq(w->list[i].selector, str_of(text_of(want, "s"))) &&
            is_one_of(json_object_get(want, "result"), w->list[i].result))
            return true;
    return false;
}

static bool is_expected(const json_t *test, const struct world *w)
{
    const json_t *expected = json_object_get(test, "expected");
    size_t i;
    json_t *want;
    if (!is_one_of(json_object_get(expected, "result"), best_of(w))) {
        printf("%s: %s\n", text_of(test, "id"), ingam_result_name(best_of(w)));
        return false;
    }
    json_array_foreach(json_object_get(expected, "sigs"), i, want)
    {
        if (!fared(w, want)) {
            printf("%s: the signature %s fares otherwise\n", text_of(test, "id"), text_of(want, "s"));
            return false;
        }
    }
    return true;
}

static bool run_case(const json_t *test, const char *folder)
{
    struct ingam_zone_error error;
    str text = read_file(folder, text_of(test, "zone"), false);
    str message = read_file(folder, text_of(test, "message"), true);
    struct ingam_zone *zone = text.p ? ingam_zone_new(NULL, text, &error) : NULL;
    bool is_right = zone && message.p;
    for (size_t i = 0; is_right && i < sizeof chunks / sizeof *chunks; i++) {
        struct world w;
        world_init(&w);
        w.answer = ask_zone;
        w.context = zone;
        w.chunk = chunks[i];
        w.now_s = (int64_t)json_integer_value(json_object_get(json_object_get(test, "args"), "now"));
        is_right = world_judge(&w, message) && is_expected(test, &w);
        world_free(&w);
    }
    if (!is_right)
        printf("%s: failed\n", text_of(test, "id"));
    ingam_zone_free(zone);
    free_file(text);
    free_file(message);
    return is_right;
}

/* ret  false: the suite is not here */
static bool run_suite(const char *data, const char *name, size_t *passed, size_t *failed)
{
    char folder[PATH_MAX], path[PATH_MAX];
    int folder_n = snprintf(folder, sizeof folder, "%s/cases/%s", data, name);
    int path_n = snprintf(path, sizeof path, "%s/cases.jsonl", folder);
    bool fits = folder_n > 0 && folder_n < PATH_MAX && path_n > 0 && path_n < PATH_MAX;
    FILE *cases = fits ? fopen(path, "r") : NULL;
    if (cases == NULL)
        return false;
    for (json_t *test; (test = json_loadf(cases, JSON_DISABLE_EOF_CHECK, NULL)) != NULL; json_decref(test)) {
        if (run_case(test, folder))
            ++*passed;
        else
            ++*failed;
    }
    fclose(cases);
    return true;
}

int main(int argc, char **argv)
{
    const char *given = getenv("INGAM_TESTDATA");
    const char *data = given ? given : argc > 1 ? argv[1] : "../shared/testdata";
    size_t passed = 0, failed = 0, found = 0;
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        found += run_suite(data, suites[i], &passed, &failed);
    if (found == 0) {
        puts("the DKIM suites are not here: skipped");
        return SKIPPED;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed || passed == 0;
}
