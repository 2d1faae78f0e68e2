/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays the messages of dkimpy and go-msgauth, whole and in pieces of 1, 7 and 61 bytes: the best result of all signatures,
 * and that of each one that a case names, must be among the expected ones.                       [RFC6376] [RFC6376 3.6.2.2] [RFC8463] */
#include "suite.h"

#include "tests/unit/dkim_world.h"

static const size_t chunks[] = {0, 1, 7, 61};
/* Best first. */
static const enum ingam_result ranks[] = {INGAM_RESULT_PASS,   INGAM_RESULT_TEMPERROR, INGAM_RESULT_FAIL,
                                          INGAM_RESULT_POLICY, INGAM_RESULT_PERMERROR, INGAM_RESULT_NEUTRAL};

static void ask_zone(void *zone, const struct ingam_question *q, struct ingam_answer *a)
{
    ingam_zone_answer(zone, q, a);
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
        if (str_eq(w->list[i].domain, suite_str(suite_text(want, "d"))) &&
            str_eq(w->list[i].selector, suite_str(suite_text(want, "s"))) &&
            suite_has_word(json_object_get(want, "result"), ingam_result_name(w->list[i].result)))
            return true;
    return false;
}

static bool fits(const struct suite_case *test, const struct world *w)
{
    size_t i;
    json_t *want;
    if (!suite_expects(test, "result", ingam_result_name(best_of(w))))
        return false;
    json_array_foreach(json_object_get(test->expected, "sigs"), i, want)
    {
        if (!fared(w, want)) {
            printf("%s: the signature %s fares otherwise\n", test->id, suite_text(want, "s"));
            return false;
        }
    }
    return true;
}

static bool is_expected(const struct suite_case *test)
{
    bool is_right = true;
    for (size_t i = 0; is_right && i < sizeof chunks / sizeof *chunks; i++) {
        struct world w;
        world_init(&w);
        w.answer = ask_zone;
        w.context = test->zone;
        w.chunk = chunks[i];
        w.now_s = (int64_t)json_integer_value(json_object_get(test->args, "now"));
        is_right = world_judge(&w, test->message) && fits(test, &w);
        world_free(&w);
    }
    return is_right;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"dkimpy", "go-msgauth", NULL};
    return suite_main(argc, argv, names, is_expected);
}
