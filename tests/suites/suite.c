/* SPDX-License-Identifier: BSD-2-Clause */
#include "suite.h"

#include <limits.h>
#include <stdlib.h>

enum { SKIPPED = 77 /* meson's word for it */, FILE_MAX = 1 << 20 };

const char *suite_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

bool suite_has_word(const json_t *words, const char *word)
{
    size_t i;
    json_t *one;
    json_array_foreach(words, i, one)
    {
        if (strcmp(json_string_value(one), word) == 0)
            return true;
    }
    return false;
}

bool suite_expects(const struct suite_case *test, const char *key, const char *got)
{
    const json_t *words = json_object_get(test->expected, key);
    if (words == NULL || suite_has_word(words, got))
        return true;
    printf("%s: %s is %s\n", test->id, key, got);
    return false;
}

/* ret  fits into PATH_MAX */
static bool join(char path[PATH_MAX], const char *folder, const char *name)
{
    int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return n > 0 && n < PATH_MAX;
}

static ingam_str read_file(const char *folder, const char *name, bool is_message)
{
    char path[PATH_MAX];
    FILE *file = join(path, folder, name) ? fopen(path, "rb") : NULL;
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

static bool run_case(const json_t *row, const char *folder, suite_judge *judge)
{
    struct ingam_zone_error error;
    ingam_str text = read_file(folder, suite_text(row, "zone"), false);
    bool has_message = json_is_string(json_object_get(row, "message"));
    struct suite_case test = {.id = suite_text(row, "id"),
                              .args = json_object_get(row, "args"),
                              .expected = json_object_get(row, "expected"),
                              .zone = text.p ? ingam_zone_new(NULL, text, &error) : NULL};
    if (has_message)
        test.message = read_file(folder, suite_text(row, "message"), true);
    bool is_whole = test.zone && (test.message.p || !has_message);
    bool is_right = is_whole && judge(&test);
    if (!is_right)
        printf("%s: failed%s\n", test.id, is_whole ? "" : ", its files cannot be read");
    ingam_zone_free(test.zone);
    free_file(text);
    free_file(test.message);
    return is_right;
}

/* ret  false: the suite is not here */
static bool run_suite(const char *folder, suite_judge *judge, size_t counts[2])
{
    char path[PATH_MAX];
    FILE *cases = join(path, folder, "cases.jsonl") ? fopen(path, "r") : NULL;
    if (cases == NULL)
        return false;
    for (json_t *row; (row = json_loadf(cases, JSON_DISABLE_EOF_CHECK, NULL)) != NULL; json_decref(row))
        counts[run_case(row, folder, judge)]++;
    fclose(cases);
    return true;
}

int suite_main(int argc, char **argv, const char *const names[], suite_judge *judge)
{
    const char *given = getenv("INGAM_TESTDATA");
    const char *data = given ? given : argc > 1 ? argv[1] : "../shared/testdata";
    char cases[PATH_MAX], folder[PATH_MAX];
    size_t counts[2] = {0, 0}, found = 0;
    for (size_t i = 0; names[i]; i++)
        if (join(cases, data, "cases") && join(folder, cases, names[i]))
            found += run_suite(folder, judge, counts);
    if (found == 0) {
        printf("%s: the suite is not here, skipped\n", names[0]);
        return SKIPPED;
    }
    printf("%zu passed, %zu failed\n", counts[1], counts[0]);
    return counts[0] || counts[1] == 0;
}
