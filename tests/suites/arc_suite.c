/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays ValiMail's validation cases, whole and in pieces of 1, 7 and 61 bytes. All of them: those with keys of fewer than 1,024
 * bits expect a failure, as RFC 8301 wants it.                                                     [RFC8617 5.2] */
#include "suite.h"

static const size_t chunks[] = {0, 1, 7, 61};

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

static bool is_expected(const struct suite_case *test)
{
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        const char *word = judge(test->zone, test->message, chunks[i]);
        if (word == NULL || !suite_expects(test, "arc", word))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"arc-valimail", NULL};
    return suite_main(argc, argv, names, is_expected);
}
