/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays the openspf suite for RFC 7208, each case with its answers in order, reversed and late: the result must be one of
 * the expected and the explanation the expected one, whatever the order.                                [RFC7208] */
#include <ingam/spf.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum order { IN_ORDER, REVERSED, LATE, ORDERS };
static const char *const order_names[ORDERS] = {"in order", "reversed", "late"};

enum { HELD_MAX = 128, SKIPPED = 77 /* meson's word for it */ };

/* Questions that are out. */
struct held {
    struct ingam_question q[HELD_MAX];
    size_t n;
    unsigned seed;
};

static ingam_str str_of(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

static ingam_str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    ingam_str text = {NULL, 0};
    if (file == NULL)
        return text;
    uint8_t *bytes = malloc(1 << 20);
    if (bytes) {
        text.n = fread(bytes, 1, 1 << 20, file);
        text.p = bytes;
    }
    fclose(file);
    return text;
}

static void answer(struct ingam_spf *spf, struct ingam_zone *zone, const struct ingam_question *q)
{
    struct ingam_answer a;
    ingam_zone_answer(zone, q, &a);
    ingam_spf_answer(spf, &a);
}

/* Takes one of the questions that are out: the newest, or any. */
static struct ingam_question take(struct held *held, enum order order)
{
    held->seed = held->seed * 1103515245u + 12345u;
    size_t i = order == LATE ? held->seed / 65536u % held->n : held->n - 1;
    struct ingam_question q = held->q[i];
    held->q[i] = held->q[--held->n];
    return q;
}

static void judge(struct ingam_spf *spf, struct ingam_zone *zone, enum order order, unsigned seed)
{
    static struct held held;
    struct ingam_question q;
    held.n = 0;
    held.seed = seed;
    while (ingam_spf_next(spf, 0, &q) == INGAM_WANT_ANSWER) {
        if (q.id && order == IN_ORDER) {
            answer(spf, zone, &q);
        } else if (q.id && held.n < HELD_MAX) {
            held.q[held.n++] = q;
        } else if (held.n) {
            q = take(&held, order);
            answer(spf, zone, &q);
        } else {
            return;
        }
    }
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_expected_result(const json_t *expected, const char *result)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(expected, "result"), i, one)
    {
        if (strcmp(json_string_value(one), result) == 0)
            return true;
    }
    return false;
}

/* The suite's DEFAULT is the checker's own text, or none; ours is none.                        [RFC7208 6.2] */
static bool is_expected_explanation(const json_t *expected, ingam_str got)
{
    const char *want = json_string_value(json_object_get(expected, "explanation"));
    if (want == NULL)
        return true;
    if (strcmp(want, "DEFAULT") == 0)
        want = "";
    return got.n == strlen(want) && (got.n == 0 || memcmp(got.p, want, got.n) == 0);
}

static bool passes(const json_t *test, struct ingam_zone *zone, enum order order)
{
    const json_t *args = json_object_get(test, "args");
    const json_t *expected = json_object_get(test, "expected");
    struct ingam_config config = {.no_trace = false};
    ingam_limits_default(&config.limits);
    struct ingam_envelope env = {.ip = str_of(text_of(args, "ip")),
                                 .helo = str_of(text_of(args, "helo")),
                                 .mail_from = str_of(text_of(args, "mail_from")),
                                 .has_mail_from = true};
    struct ingam_spf *spf = ingam_spf_new(&config, &env, 0);
    judge(spf, zone, order, (unsigned)strlen(text_of(test, "id")));
    const struct ingam_spf_outcome *out = ingam_spf_outcome(spf);
    const char *result = out ? ingam_result_name(out->result) : "(not done)";
    bool is_right =
        out && is_expected_result(expected, result) && is_expected_explanation(expected, out->explanation);
    if (!is_right)
        printf("%s (%s): %s, explanation '%.*s'\n", text_of(test, "id"), order_names[order], result,
               out ? (int)out->explanation.n : 0, out ? (const char *)out->explanation.p : "");
    ingam_spf_free(spf);
    return is_right;
}

/* One case under all orders. */
static bool run_case(const json_t *test, const char *folder)
{
    char path[PATH_MAX];
    struct ingam_zone_error error;
    int path_n = snprintf(path, sizeof path, "%s/%s", folder, text_of(test, "zone"));
    if (path_n < 0 || (size_t)path_n >= sizeof path)
        return false;
    ingam_str text = read_file(path);
    struct ingam_zone *zone = text.p ? ingam_zone_new(NULL, text, &error) : NULL;
    bool is_right = zone != NULL;
    if (zone == NULL)
        printf("%s: no zone from %s\n", text_of(test, "id"), path);
    for (enum order order = IN_ORDER; zone && order < ORDERS; order++)
        is_right = passes(test, zone, order) && is_right;
    ingam_zone_free(zone);
    free((void *)(uintptr_t)text.p);
    return is_right;
}

int main(int argc, char **argv)
{
    const char *data = getenv("INGAM_TESTDATA");
    char folder[PATH_MAX / 2], path[PATH_MAX], line[65536];
    unsigned passed = 0, failed = 0;
    if (data == NULL)
        data = argc > 1 ? argv[1] : "../shared/testdata";
    snprintf(folder, sizeof folder, "%s/cases/openspf-rfc7208", data);
    snprintf(path, sizeof path, "%s/cases.jsonl", folder);
    FILE *cases = fopen(path, "r");
    if (cases == NULL) {
        printf("spf suite: skipped, %s is not there\n", path);
        return SKIPPED;
    }
    while (fgets(line, sizeof line, cases)) {
        json_t *test = json_loads(line, 0, NULL);
        bool is_right = test && run_case(test, folder);
        passed += is_right;
        failed += !is_right;
        json_decref(test);
    }
    fclose(cases);
    printf("spf suite: %u passed, %u failed\n", passed, failed);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
