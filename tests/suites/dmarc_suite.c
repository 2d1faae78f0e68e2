/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays the worked examples of RFC 9989 as whole messages: result, disposition of a site that honours p=reject, alignment
 * and the domain of the policy.                                                     [RFC9989 4.10, B.1, B.2, B.4] */
#include "suite.h"

static struct ingam_check *judge(const struct suite_case *test)
{
    struct ingam_config config;
    struct ingam_question q;
    struct ingam_answer a;
    ingam_config_default(&config);
    config.policy.mode = INGAM_ENFORCE;
    config.policy.on_reject = INGAM_REJECT;
    struct ingam_envelope env = {.ip = suite_str(suite_text(test->args, "ip")),
                                 .helo = suite_str(suite_text(test->args, "helo")),
                                 .mail_from = suite_str(suite_text(test->args, "mail_from")),
                                 .has_mail_from = true};
    uint64_t now_ms = (uint64_t)json_integer_value(json_object_get(test->args, "now")) * 1000;
    struct ingam_check *c = ingam_check_new(&config, &env, now_ms);
    ingam_check_feed(c, test->message);
    ingam_check_end(c);
    while (ingam_check_next(c, now_ms, &q) == INGAM_WANT_ANSWER) {
        ingam_zone_answer(test->zone, &q, &a);
        a.id = q.id;
        ingam_check_answer(c, &a);
    }
    return c;
}

static bool is_flag(const struct suite_case *test, const char *key, bool got)
{
    const json_t *want = json_object_get(test->expected, key);
    if (want == NULL || json_boolean_value(want) == got)
        return true;
    printf("%s: %s is %d\n", test->id, key, got);
    return false;
}

static bool is_policy_domain(const struct suite_case *test, ingam_str got)
{
    const char *want = suite_text(test->expected, "policy_domain");
    if (*want == 0 || (strlen(want) == got.n && memcmp(want, got.p, got.n) == 0))
        return true;
    printf("%s: the policy stands at %.*s\n", test->id, (int)got.n, (const char *)got.p);
    return false;
}

static bool fits(const struct suite_case *test, const struct ingam_verdict *v)
{
    if (v == NULL)
        return false;
    bool is_right = suite_expects(test, "dmarc", ingam_result_name(v->dmarc.result));
    is_right &= suite_expects(test, "disposition", ingam_disposition_name(v->action.disposition));
    is_right &= is_flag(test, "spf_aligned", v->dmarc.is_spf_aligned);
    is_right &= is_flag(test, "dkim_aligned", v->dmarc.is_dkim_aligned);
    return is_policy_domain(test, v->dmarc.policy_domain) && is_right;
}

static bool is_expected(const struct suite_case *test)
{
    struct ingam_check *c = judge(test);
    bool is_right = fits(test, ingam_check_verdict(c));
    ingam_check_free(c);
    return is_right;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"rfc9989-appendix-b", NULL};
    return suite_main(argc, argv, names, is_expected);
}
