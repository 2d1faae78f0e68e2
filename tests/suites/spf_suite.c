/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays the openspf suite for RFC 7208, each case with its answers in order, reversed and late: the result must be one of
 * the expected and the explanation the expected one, whatever the order.                                [RFC7208] */
#include "suite.h"

enum order { IN_ORDER, REVERSED, LATE, ORDERS };
static const char *const order_names[ORDERS] = {"in order", "reversed", "late"};

enum { HELD_MAX = 128 };

/* Questions that are out. */
struct held {
    struct ingam_question q[HELD_MAX];
    size_t n;
    unsigned seed;
};

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

static bool passes(const struct suite_case *test, enum order order)
{
    struct ingam_config config = {.no_trace = false};
    ingam_limits_default(&config.limits);
    struct ingam_envelope env = {.ip = suite_str(suite_text(test->args, "ip")),
                                 .helo = suite_str(suite_text(test->args, "helo")),
                                 .mail_from = suite_str(suite_text(test->args, "mail_from")),
                                 .has_mail_from = true};
    struct ingam_spf *spf = ingam_spf_new(&config, &env, 0);
    judge(spf, test->zone, order, (unsigned)strlen(test->id));
    const struct ingam_spf_outcome *out = ingam_spf_outcome(spf);
    const char *result = out ? ingam_result_name(out->result) : "(not done)";
    bool is_right = out && suite_has_word(json_object_get(test->expected, "result"), result) &&
                    is_expected_explanation(test->expected, out->explanation);
    if (!is_right)
        printf("%s (%s): %s, explanation '%.*s'\n", test->id, order_names[order], result,
               out ? (int)out->explanation.n : 0, out ? (const char *)out->explanation.p : "");
    ingam_spf_free(spf);
    return is_right;
}

static bool is_expected(const struct suite_case *test)
{
    bool is_right = true;
    for (enum order order = IN_ORDER; order < ORDERS; order++)
        is_right = passes(test, order) && is_right;
    return is_right;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"openspf-rfc7208", NULL};
    return suite_main(argc, argv, names, is_expected);
}
