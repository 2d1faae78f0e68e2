/* SPDX-License-Identifier: BSD-2-Clause */
/* The asker: it says what the resolver says, calls from the loop only, and never for what was cancelled. */
#include "io/asker.h"
#include "io/clock.h"
#include "io/resolver.h"

#include <event2/event.h>

#include "dns_lab.h"

enum { MANY = 1000 };

static struct event_base *base;

/* What came for one question. */
struct heard {
    bool has_answer, is_secure;
    enum ingam_status status;
    uint32_t id, ttl;
    uint16_t type;
    size_t rr_n, bytes_n;
    char text[1024];
    struct asking *kills;  /* cancelled when this one is answered */
    struct asker *asks_on; /* asked once more when this one is answered */
    struct heard *next;
};

static bool is_asking; /* inside asker_ask: nobody may call */
static size_t answer_n, wanted_n;

static void ask(struct asker *a, const char *name, uint16_t type, struct heard *h);

static void keep(void *context, const struct ingam_answer *a)
{
    struct heard *h = context;
    assert_false(is_asking);
    assert_false(h->has_answer);
    h->has_answer = true;
    h->is_secure = a->is_secure;
    h->status = a->status;
    h->id = a->id;
    h->ttl = a->ttl;
    h->rr_n = a->rr_n;
    for (size_t i = 0; i < a->rr_n; i++)
        h->bytes_n += a->rrs[i].data.n;
    if (h->bytes_n < 256)
        snprintf(h->text, sizeof h->text, "%s", shown(a, h->type));
    asker_cancel(h->kills);
    if (h->asks_on)
        ask(h->asks_on, "t.lab.test", INGAM_RR_TXT, h->next);
    if (++answer_n == wanted_n)
        event_base_loopbreak(base);
}

static struct asking *begin(struct asker *a, const char *name, uint16_t type, struct heard *h)
{
    char *kept = strdup(name); /* freed at once: the asker has its own */
    struct ingam_question q = {.id = 5, .type = type, .name = text_of(kept)};
    *h = (struct heard){.type = type, .kills = h->kills, .asks_on = h->asks_on, .next = h->next};
    is_asking = true;
    struct asking *g = asker_ask(a, &q, keep, h);
    is_asking = false;
    free(kept);
    assert_non_null(g);
    return g;
}

static void ask(struct asker *a, const char *name, uint16_t type, struct heard *h)
{
    begin(a, name, type, h);
}

static void stop(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
    event_base_loopbreak(base);
}

/* Lets the loop run until so many answers are there, or for that time. ret how many came */
static size_t run_for(size_t n, unsigned ms)
{
    struct timeval wait = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};
    struct event *end = evtimer_new(base, stop, NULL);
    answer_n = 0;
    wanted_n = n;
    evtimer_add(end, &wait);
    event_base_dispatch(base);
    event_free(end);
    return answer_n;
}

static struct asker *opened(struct resolver_options options)
{
    struct source_error error;
    struct asker *a = asker_open(base, &options, 4 << 20, &error);
    if (a == NULL)
        fail_msg("%s", error.text);
    return a;
}

static struct resolver_options lab_options(const char *anchor)
{
    return (struct resolver_options){.way = RESOLVER_FORWARD, .forward = lab.address, .anchor_file = anchor};
}

static const struct {
    const char *name;
    uint16_t type;
} questions[] = {
    {"a.lab.test", INGAM_RR_A},
    {"a.lab.test", INGAM_RR_AAAA},
    {"m.lab.test", INGAM_RR_MX},
    {"nomx.lab.test", INGAM_RR_MX},
    {"t.lab.test", INGAM_RR_TXT},
    {"p.lab.test", INGAM_RR_PTR},
    {"dot.lab.test", INGAM_RR_PTR},
    {"a\\046b.lab.test", INGAM_RR_A},
    {"foo:bar %.lab.test", INGAM_RR_A},
    {"lab.test", INGAM_RR_NS},
    {"lab.test", INGAM_RR_SOA},
    {"chain.lab.test", INGAM_RR_CNAME},
    {"chain.lab.test", INGAM_RR_TXT},
    {"chain.lab.test", INGAM_RR_A},
    {"1.2.0.192.in-addr.arpa", INGAM_RR_PTR},
    {"q.wild.lab.test", INGAM_RR_TXT},
    {"a.lab.test", INGAM_RR_TXT},
    {"ent.lab.test", INGAM_RR_TXT},
    {"gone.lab.test", INGAM_RR_TXT},
    {"dead.lab.test", INGAM_RR_TXT},
    {"a.broken.test", INGAM_RR_A},
    {"well.signed.example", INGAM_RR_TXT},
    {"gone.signed.example", INGAM_RR_TXT},
    {"bad.signed.example", INGAM_RR_TXT},
    {"big.test", INGAM_RR_TXT},
};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

static size_t bytes_of(const struct ingam_answer *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->rr_n; i++)
        n += a->rrs[i].data.n;
    return n;
}

static void must_agree(const struct heard *h, const struct ingam_answer *a, size_t i)
{
    if (h->status != a->status || h->rr_n != a->rr_n || h->bytes_n != bytes_of(a) ||
        h->is_secure != a->is_secure)
        fail_msg("%s %u: '%s', the resolver said '%s'", questions[i].name, questions[i].type, h->text,
                 h->bytes_n < 256 ? shown(a, h->type) : "much");
    if (h->bytes_n < 256 && strcmp(h->text, shown(a, h->type)) != 0)
        fail_msg("%s %u: '%s', the resolver said '%s'", questions[i].name, questions[i].type, h->text,
                 shown(a, h->type));
    if (h->ttl > a->ttl + 5 || a->ttl > h->ttl + 5)
        fail_msg("%s %u: ttl %u, the resolver said %u", questions[i].name, questions[i].type, h->ttl, a->ttl);
    assert_int_equal(h->id, 5);
}

/* Two readers of the same name server: ours of the packet, libunbound's of its own.  [RFC1035 3.3] [RFC2308 2] */
static void it_says_what_the_resolver_says(void **state)
{
    (void)state;
    if (lab.pid == 0)
        skip();
    for (int is_validating = 0; is_validating < 2; is_validating++) {
        static struct heard heard[2][QUESTIONS];
        struct resolver_options options = lab_options(is_validating ? lab.anchor : NULL);
        struct source_error error;
        struct source *s = resolver_open(&options, &error);
        struct asker *a = opened(options);
        assert_non_null(s);
        memset(heard, 0, sizeof heard);
        for (size_t i = 0; i < QUESTIONS; i++)
            ask(a, questions[i].name, questions[i].type, &heard[0][i]);
        assert_int_equal(run_for(QUESTIONS, 15000), QUESTIONS);
        for (size_t i = 0; i < QUESTIONS; i++)
            ask(a, questions[i].name, questions[i].type, &heard[1][i]); /* from its cache now */
        assert_int_equal(run_for(QUESTIONS, 15000), QUESTIONS);
        for (size_t i = 0; i < QUESTIONS; i++) {
            struct ingam_answer from;
            struct ingam_question q = {
                .id = 5, .type = questions[i].type, .name = text_of(questions[i].name)};
            assert_int_equal(source_ask(s, &q), INGAM_OK);
            assert_true(source_wait(s, clock_now_ms() + 15000, &from));
            must_agree(&heard[0][i], &from, i);
            must_agree(&heard[1][i], &from, i);
        }
        assert_int_equal(asker_counts(a)->asked, 2 * QUESTIONS);
        assert_in_range(asker_counts(a)->failed, 2, 4);
        assert_int_equal(asker_counts(a)->timed_out, 0);
        assert_true(asker_counts(a)->waited_us > 0);
        asker_close(a);
        source_close(s);
    }
}

static void large_answers_come_whole(void **state)
{
    struct heard h = {0};
    (void)state;
    if (lab.pid == 0)
        skip();
    struct asker *a = opened(lab_options(NULL));
    ask(a, "big.test", INGAM_RR_TXT, &h);
    assert_int_equal(run_for(1, 15000), 1);
    assert_int_equal(h.rr_n, BIG_RECORDS);
    assert_int_equal(h.bytes_n, BIG_RECORDS * BIG_STRING);
    asker_close(a);
}

static void many_questions_fly_together(void **state)
{
    static struct heard heard[MANY];
    (void)state;
    if (lab.pid == 0)
        skip();
    struct asker *a = opened(lab_options(NULL));
    memset(heard, 0, sizeof heard);
    for (size_t i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%zu.wild.lab.test", i / 2); /* each by two */
        ask(a, name, INGAM_RR_TXT, &heard[i]);
    }
    assert_int_equal(run_for(MANY, 30000), MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_string_equal(heard[i].text, "ok|any");
    asker_close(a);
}

static void answers_may_ask_and_cancel(void **state)
{
    struct heard first = {0}, second = {0}, third = {0};
    (void)state;
    if (lab.pid == 0)
        skip();
    struct asker *a = opened(lab_options(NULL));
    ask(a, "t.lab.test", INGAM_RR_TXT, &first);
    assert_int_equal(run_for(1, 15000), 1);
    first = (struct heard){.asks_on = a, .next = &third}; /* both lie in the cache: they are ready at once */
    ask(a, "t.lab.test", INGAM_RR_TXT, &first);
    first.kills = begin(a, "t.lab.test", INGAM_RR_TXT, &second);
    assert_int_equal(run_for(2, 15000), 2);
    assert_string_equal(third.text, "ok|v=spf1 -all|c3bc");
    assert_int_equal(run_for(1, 50), 0);
    assert_false(second.has_answer);
    asker_close(a);
}

static void cancelled_questions_have_no_answers(void **state)
{
    static struct heard heard[40];
    struct heard last = {0};
    (void)state;
    if (lab.pid == 0)
        skip();
    struct asker *a = opened(lab_options(NULL));
    memset(heard, 0, sizeof heard);
    for (size_t i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu.wild.lab.test", i);
        struct asking *g = begin(a, name, INGAM_RR_TXT, &heard[i]);
        if (i % 2)
            event_base_loop(base, EVLOOP_NONBLOCK);
        if (!heard[i].has_answer)
            asker_cancel(g);
    }
    ask(a, "a.lab.test", INGAM_RR_A, &last);
    assert_int_equal(run_for(1, 15000), 1);
    assert_int_equal(last.status, INGAM_STATUS_OK);
    for (size_t i = 0; i < 40; i += 2)
        assert_false(heard[i].has_answer);
    begin(a, "late.wild.lab.test", INGAM_RR_TXT, &heard[0]);
    asker_cancel(begin(a, "a.lab.test", INGAM_RR_A, &heard[1])); /* ready, and not yet called */
    assert_int_equal(run_for(1, 15000), 1);
    assert_true(heard[0].has_answer);
    assert_false(heard[1].has_answer);
    asker_close(a);
}

/* A server that never says anything: the deadline stands, what was asked meanwhile too, and closing forgets the rest. */
static void silence_is_a_failure(void **state)
{
    static struct heard heard[50];
    char address[32];
    uint16_t port = 0;
    int fd = bound_socket(SOCK_DGRAM, &port);
    (void)state;
    snprintf(address, sizeof address, "127.0.0.1@%u", port);
    struct asker *a =
        opened((struct resolver_options){.way = RESOLVER_FORWARD, .forward = address, .question_ms = 400});
    uint64_t start_ms = clock_now_ms();
    memset(heard, 0, sizeof heard);
    for (size_t i = 0; i < 50; i++) {
        char name[32];
        snprintf(name, sizeof name, "s%zu.lab.test", i);
        struct asking *g = begin(a, name, INGAM_RR_A, &heard[i]);
        if (i >= 40)
            asker_cancel(g);
    }
    assert_int_equal(run_for(40, 200), 0);
    assert_int_equal(run_for(40, 5000), 40);
    assert_in_range(clock_now_ms() - start_ms, 400, 3000);
    assert_string_equal(heard[0].text, "failed timeout");
    assert_string_equal(heard[39].text, "failed timeout");
    assert_int_equal(asker_counts(a)->timed_out, 40);
    assert_int_equal(asker_counts(a)->failed, 40);
    ask(a, "again.lab.test", INGAM_RR_A, &heard[0]);
    assert_int_equal(run_for(1, 5000), 1);
    assert_string_equal(heard[0].text, "failed timeout");
    asker_close(a);
    close(fd);
}

/* A dead name server does not make us hold ever more: beyond a bound, questions fail at once. */
static void open_questions_are_bounded(void **state)
{
    enum { FLOOD = 9000 };
    static struct heard heard[FLOOD];
    char address[32];
    uint16_t port = 0;
    int fd = bound_socket(SOCK_DGRAM, &port);
    size_t refused = 0;
    (void)state;
    snprintf(address, sizeof address, "127.0.0.1@%u", port);
    struct asker *a =
        opened((struct resolver_options){.way = RESOLVER_FORWARD, .forward = address, .question_ms = 1000});
    memset(heard, 0, sizeof heard);
    for (size_t i = 0; i < FLOOD; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%zu.lab.test", i);
        ask(a, name, INGAM_RR_A, &heard[i]);
    }
    assert_int_equal(run_for(FLOOD, 20000), FLOOD);
    for (size_t i = 0; i < FLOOD; i++)
        refused += strcmp(heard[i].text, "failed too many questions at once") == 0;
    assert_int_equal(refused, FLOOD - 8192);
    asker_close(a);
    close(fd);
}

static void names_that_cannot_be_fail(void **state)
{
    static char name[300];
    struct heard h = {0};
    (void)state;
    struct asker *a = opened((struct resolver_options){.way = RESOLVER_FORWARD, .forward = "127.0.0.1@9"});
    memset(name, 'a', 299);
    ask(a, name, INGAM_RR_A, &h);
    assert_int_equal(run_for(1, 5000), 1);
    assert_string_equal(h.text, "failed name too long");
    name[200] = 0;
    ask(a, name, INGAM_RR_A, &h);
    assert_int_equal(run_for(1, 5000), 1);
    assert_int_equal(h.status, INGAM_STATUS_FAILED);
    ask(a, "a..b", INGAM_RR_A, &h);
    assert_int_equal(run_for(1, 5000), 1);
    assert_int_equal(h.status, INGAM_STATUS_FAILED);
    asker_close(a);
}

static void bad_options_are_refused(void **state)
{
    static const struct resolver_options rows[] = {
        {.way = RESOLVER_FORWARD},
        {.way = RESOLVER_FORWARD, .forward = "not an address"},
        {.way = RESOLVER_SYSTEM, .resolv_conf = "/nonexistent/resolv.conf"},
        {.way = RESOLVER_FORWARD, .forward = "127.0.0.1", .anchor_file = "/nonexistent/root.key"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct source_error error = {""};
        assert_null(asker_open(base, &rows[i], 0, &error));
        assert_int_equal(strncmp(error.text, "resolver", 8), 0);
    }
}

static const char zone_text[] = "$ORIGIN lab.test.\n$TTL 300\n@ SOA ns host 1 3600 600 86400 77\n"
                                "t TXT \"v=spf1 \" \"-all\"\nalias 50 CNAME t\n"
                                ";!fault slow TXT TIMEOUT\n;!fault sick TXT SERVFAIL\n";

static void a_zone_text_answers(void **state)
{
    static const struct {
        const char *name, *want;
        uint32_t ttl;
    } rows[] = {
        {"t.lab.test", "ok|v=spf1 -all", 300},  {"alias.lab.test", "ok|v=spf1 -all", 50},
        {"gone.lab.test", "nxdomain", 77},      {"lab.test", "nodata", 77},
        {"slow.lab.test", "failed timeout", 0}, {"sick.lab.test", "failed SERVFAIL", 0},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    struct heard heard[ROWS + 1] = {0};
    struct source_error error = {""};
    struct asker *a = asker_open_zone(base, "dns.zone", text_of(zone_text), &error);
    (void)state;
    assert_non_null(a);
    for (size_t i = 0; i < ROWS; i++)
        ask(a, rows[i].name, INGAM_RR_TXT, &heard[i]);
    asker_cancel(begin(a, "t.lab.test", INGAM_RR_TXT, &heard[ROWS]));
    assert_int_equal(run_for(ROWS, 5000), ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        assert_string_equal(heard[i].text, rows[i].want);
        assert_int_equal(heard[i].ttl, rows[i].ttl);
    }
    assert_int_equal(run_for(1, 20), 0);
    assert_int_equal(asker_counts(a)->failed, 2);
    asker_close(a);
    assert_null(asker_open_zone(base, "dns.zone", text_of("a b c\n"), &error));
    assert_int_equal(strncmp(error.text, "dns.zone:1:", 11), 0);
}

static int open_world(void **state)
{
    base = event_base_new();
    return base ? open_lab(state) : -1;
}

static int close_world(void **state)
{
    event_base_free(base);
    return close_lab(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_the_resolver_says),
        cmocka_unit_test(large_answers_come_whole),
        cmocka_unit_test(many_questions_fly_together),
        cmocka_unit_test(answers_may_ask_and_cancel),
        cmocka_unit_test(cancelled_questions_have_no_answers),
        cmocka_unit_test(silence_is_a_failure),
        cmocka_unit_test(open_questions_are_bounded),
        cmocka_unit_test(names_that_cannot_be_fail),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(a_zone_text_answers),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
