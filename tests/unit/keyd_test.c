/* SPDX-License-Identifier: BSD-2-Clause */
/* keyd in a process of its own, with a folder of keys; workers in this one. */
#include "io/clock.h"

#include "keyd_lab.h"

enum { WORKERS = 3 };

/* --- The worker's end ------------------------------------------------------------------------------------------- */

struct got {
    bool has_answer;
    size_t n;
    uint8_t signature[INGAM_SIGNATURE_MAX];
    struct keyd_wish *kills;
};
static size_t got_n, wanted_n;
static bool is_signing; /* inside keyd_client_sign: nobody may call */

static void keep(void *context, str signature)
{
    struct got *g = context;
    assert_false(is_signing);
    assert_false(g->has_answer);
    g->has_answer = true;
    g->n = signature.n;
    if (signature.n)
        memcpy(g->signature, signature.p, signature.n);
    keyd_client_cancel(g->kills);
    if (++got_n == wanted_n)
        event_base_loopbreak(base);
}

static struct keyd_wish *wish(struct keyd_client *k, const char *domain, const char *selector,
                              enum ingam_algorithm algorithm, struct got *g)
{
    uint8_t digest[32];
    memset(digest, 'd', sizeof digest);
    g->has_answer = false;
    is_signing = true;
    struct keyd_wanted wanted = {str_of(domain), str_of(selector), algorithm, digest};
    struct keyd_wish *w = keyd_client_sign(k, &wanted, keep, g);
    is_signing = false;
    assert_non_null(w);
    return w;
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
    got_n = 0;
    wanted_n = n;
    evtimer_add(end, &wait);
    event_base_dispatch(base);
    event_free(end);
    return got_n;
}

static void wait_for_list(struct keyd_client *k)
{
    for (int i = 0; i < 500 && !keyd_client_has_list(k); i++)
        run_for(1, 10);
    assert_true(keyd_client_has_list(k));
}

static struct keyd_client *attached(int fd)
{
    struct keyd_client *k = keyd_client_new(base, &quiet);
    assert_non_null(k);
    keyd_client_attach(k, fd);
    return k;
}

/* Both algorithms are deterministic: the right signature is one and the same. */
static bool is_right(const struct got *g, const struct ingam_private_key *key)
{
    uint8_t digest[32], signature[INGAM_SIGNATURE_MAX];
    size_t n = 0;
    memset(digest, 'd', sizeof digest);
    assert_true(ingam_private_key_sign(key, digest, signature, &n));
    return g->has_answer && g->n == n && memcmp(g->signature, signature, n) == 0;
}

static void keys_that_may_sign_are_known(void **state)
{
    struct conf conf = all_domains();
    struct keyd_known known[2];
    struct keyd_process process;
    (void)state;
    start_keyd(&process, &conf, WORKERS);
    for (size_t i = 0; i < WORKERS; i++) {
        struct keyd_client *k = attached(process.ends[i]);
        wait_for_list(k);
        assert_int_equal(keyd_client_keys(k, S("a.test"), known), 2);
        assert_int_equal(known[0].algorithm, INGAM_RSA_SHA256);
        assert_string_equal(known[0].selector, "r1");
        assert_int_equal(known[1].algorithm, INGAM_ED25519_SHA256);
        assert_string_equal(known[1].selector, "e1");
        assert_int_equal(keyd_client_keys(k, S("b.test"), known), 1);
        assert_int_equal(keyd_client_keys(k, S("new.test"), known), 0);
        assert_int_equal(keyd_client_keys(k, S("refused.test"), known), 0);
        assert_int_equal(keyd_client_keys(k, S("c.test"), known), 0);
        assert_int_equal(keyd_client_keys(k, S(""), known), 0);
        keyd_client_free(k);
        process.ends[i] = -1;
    }
    assert_int_equal(end_keyd(&process), 0); /* all workers are gone: nothing is left to do */
    assert_non_null(strstr(process.said, "3 keys sign"));
    assert_non_null(strstr(process.said, "new.test: no key may sign yet"));
    assert_non_null(strstr(process.said, "refused.test signs nothing: "));
    assert_non_null(strstr(process.said, "chmod"));
}

static void only_allowed_domains_sign(void **state)
{
    static const str patterns[] = {S_INIT("b.test"), S_INIT(".other.test"), S_INIT("no.test")};
    struct conf conf = all_domains();
    struct keyd_process process;
    struct keyd_known known[2];
    struct got got = {0};
    (void)state;
    conf.sign.domains = (struct conf_names){patterns, 3};
    start_keyd(&process, &conf, 1);
    assert_non_null(strstr(process.said, "no.test signs nothing: it has no folder in "));
    assert_null(strstr(process.said, "other.test"));
    struct keyd_client *k = attached(process.ends[0]);
    wait_for_list(k);
    assert_int_equal(keyd_client_keys(k, S("a.test"), known), 0);
    assert_int_equal(keyd_client_keys(k, S("b.test"), known), 1);
    wish(k, "a.test", "r1", INGAM_RSA_SHA256, &got);
    assert_int_equal(run_for(1, 5000), 1);
    assert_int_equal(got.n, 0);
    keyd_client_free(k);
    process.ends[0] = -1;
    assert_int_equal(end_keyd(&process), 0);
    conf.sign.seal_domain = S("a.test"); /* seals need its key */
    start_keyd(&process, &conf, 1);
    assert_non_null(strstr(process.said, "3 keys sign"));
    assert_int_equal(end_keyd(&process), 0);
}

static void digests_are_signed(void **state)
{
    static const struct {
        const char *domain, *selector;
        enum ingam_algorithm algorithm;
        int key; /* -1: refused */
    } rows[] = {
        {"a.test", "r1", INGAM_RSA_SHA256, 0},      {"a.test", "e1", INGAM_ED25519_SHA256, 1},
        {"b.test", "r2", INGAM_RSA_SHA256, 0},      {"a.test", "r2", INGAM_RSA_SHA256, -1},
        {"a.test", "r1", INGAM_ED25519_SHA256, -1}, {"new.test", "r3", INGAM_RSA_SHA256, -1},
        {"a.tes", "r1", INGAM_RSA_SHA256, -1},      {"", "", INGAM_RSA_SHA256, -1},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    static struct got got[2][ROWS];
    struct conf conf = all_domains();
    struct keyd_process process;
    (void)state;
    memset(got, 0, sizeof got);
    start_keyd(&process, &conf, 2);
    struct keyd_client *k[2] = {attached(process.ends[0]), attached(process.ends[1])};
    for (size_t i = 0; i < ROWS; i++) /* before the list is there */
        for (size_t w = 0; w < 2; w++)
            wish(k[w], rows[i].domain, rows[i].selector, rows[i].algorithm, &got[w][i]);
    assert_int_equal(run_for(2 * ROWS, 10000), 2 * ROWS);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t w = 0; w < 2; w++)
            if (rows[i].key < 0 ? got[w][i].n != 0
                                : !is_right(&got[w][i], rows[i].key ? lab.ed25519 : lab.rsa))
                fail_msg("worker %zu: %s %s", w, rows[i].domain, rows[i].selector);
    keyd_client_free(k[0]);
    keyd_client_free(k[1]);
    process.ends[0] = process.ends[1] = -1;
    assert_int_equal(end_keyd(&process), 0);
}

/* More than the socket holds, some of them given up meanwhile. */
static void many_wishes_are_granted(void **state)
{
    enum { MANY = 1500 };
    static struct got got[MANY];
    struct conf conf = all_domains();
    struct keyd_process process;
    size_t n = 0;
    (void)state;
    memset(got, 0, sizeof got);
    start_keyd(&process, &conf, 1);
    struct keyd_client *k = attached(process.ends[0]);
    wait_for_list(k);
    for (size_t i = 0; i < MANY; i++) {
        struct keyd_wish *w = wish(k, "a.test", "e1", INGAM_ED25519_SHA256, &got[i]);
        if (i % 10 == 9)
            keyd_client_cancel(w);
    }
    assert_int_equal(run_for(MANY - MANY / 10, 10000), MANY - MANY / 10);
    for (size_t i = 0; i < MANY; i++)
        n += got[i].n == 64;
    assert_int_equal(n, MANY - MANY / 10);
    got[0].kills = wish(k, "a.test", "e1", INGAM_ED25519_SHA256, &got[1]);
    keyd_client_cancel(got[0].kills);
    wish(k, "a.test", "e1", INGAM_ED25519_SHA256, &got[0]);
    got[0].kills = wish(k, "a.test", "e1", INGAM_ED25519_SHA256, &got[1]);
    assert_int_equal(run_for(2, 200), 1);
    keyd_client_free(k);
    process.ends[0] = -1;
    assert_int_equal(end_keyd(&process), 0);
}

static void garbage_closes_one_socket(void **state)
{
    static const char junk[sizeof(struct keyd_packet) + 100];
    static struct keyd_packet bad[4];
    struct conf conf = all_domains();
    struct keyd_process process;
    struct got got = {0};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        bad[i] = (struct keyd_packet){.kind = KEYD_SIGN, .domain = "a.test", .selector = "r1"};
    bad[0].kind = KEYD_SIGNED;
    bad[1].algorithm = 7;
    memset(bad[2].domain, 'x', sizeof bad[2].domain);
    memset(bad[3].selector, 'x', sizeof bad[3].selector);
    for (size_t i = 0; i < 7; i++) {
        start_keyd(&process, &conf, 2);
        struct keyd_packet p;
        const void *bytes = i < 4 ? (const void *)&bad[i] : junk;
        size_t n = i < 4 || i == 4 ? sizeof p : i == 5 ? 1 : sizeof junk;
        do
            assert_int_equal(recv(process.ends[0], &p, sizeof p, 0), sizeof p);
        while (p.kind != KEYD_LIST_END);
        assert_int_equal(send(process.ends[0], bytes, n, 0), n);
        assert_int_equal(recv(process.ends[0], &p, sizeof p, 0), 0);
        struct keyd_client *k = attached(process.ends[1]);
        wish(k, "a.test", "e1", INGAM_ED25519_SHA256, &got);
        assert_int_equal(run_for(1, 5000), 1);
        assert_true(is_right(&got, lab.ed25519));
        keyd_client_free(k);
        process.ends[1] = -1;
        assert_int_equal(end_keyd(&process), 0);
    }
}

/* Wishes wait for a keyd that is not there yet, but not longer than two seconds. */
static void without_keyd_wishes_end(void **state)
{
    struct got got[2] = {{.n = 1}, {.n = 1}};
    struct keyd_client *k = attached(-1);
    uint64_t start_ms = clock_now_ms();
    (void)state;
    assert_false(keyd_client_has_list(k));
    wish(k, "a.test", "r1", INGAM_RSA_SHA256, &got[0]);
    assert_int_equal(run_for(1, 300), 0);
    wish(k, "a.test", "r1", INGAM_RSA_SHA256, &got[1]);
    assert_int_equal(run_for(2, 5000), 2);
    assert_in_range(clock_now_ms() - start_ms, 2290, 4000);
    assert_int_equal(got[0].n + got[1].n, 0);
    wish(k, "a.test", "r1", INGAM_RSA_SHA256, &got[0]); /* freed with the client */
    keyd_client_free(k);
}

static void a_new_keyd_is_asked_again(void **state)
{
    struct conf conf = all_domains();
    struct keyd_process first, second;
    struct keyd_known known[2];
    struct got got = {0};
    (void)state;
    start_keyd(&first, &conf, 1);
    struct keyd_client *k = attached(first.ends[0]);
    wait_for_list(k);
    kill(first.pid, SIGSTOP);
    wish(k, "a.test", "r1", INGAM_RSA_SHA256, &got);
    kill_keyd(&first);
    assert_int_equal(run_for(1, 100), 0);
    assert_int_equal(keyd_client_keys(k, S("a.test"), known), 2); /* still known */
    start_keyd(&second, &conf, 1);
    keyd_client_attach(k, second.ends[0]);
    assert_int_equal(run_for(1, 5000), 1);
    assert_true(is_right(&got, lab.rsa));
    kill_keyd(&second);
    keyd_client_free(k);
}

/* A keyd that tells no key and never answers. ret  our end of its socket */
static int mute_keyd(struct keyd_client *k)
{
    int pair[2];
    struct keyd_packet end = {.kind = KEYD_LIST_END};
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(send(pair[1], &end, sizeof end, 0), sizeof end);
    keyd_client_attach(k, pair[0]);
    return pair[1];
}

static bool was_asked(int fd)
{
    struct keyd_packet p;
    return recv(fd, &p, sizeof p, 0) == sizeof p && p.kind == KEYD_SIGN && strcmp(p.selector, "r1") == 0;
}

/* A wish over which two keyds have died is refused. */
static void wishes_are_asked_again_once(void **state)
{
    struct got got = {.n = 1};
    struct keyd_known known[2];
    struct keyd_client *k = keyd_client_new(base, &quiet);
    uint64_t start_ms = clock_now_ms();
    (void)state;
    wish(k, "a.test", "r1", INGAM_RSA_SHA256, &got);
    for (int i = 0; i < 3; i++) {
        int fd = mute_keyd(k);
        assert_int_equal(run_for(1, 50), i == 2);
        assert_int_equal(was_asked(fd), i < 2);
        close(fd);
    }
    assert_true(got.has_answer && got.n == 0 && clock_now_ms() - start_ms < 1500);
    keyd_client_attach(k, -1);
    assert_int_equal(keyd_client_keys(k, S("a.test"), known), 0);
    assert_false(keyd_client_has_list(k));
    keyd_client_free(k);
}

/* A keyd that lies is one that is gone. */
static void a_lying_keyd_is_left(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        int pair[2];
        struct keyd_packet p = {.kind = KEYD_KEY, .domain = "a.test", .selector = "r1"};
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
        struct keyd_client *k = attached(pair[0]);
        if (i == 0)
            memset(p.domain, 'x', sizeof p.domain);
        if (i == 1)
            p = (struct keyd_packet){.kind = KEYD_SIGNED, .n = INGAM_SIGNATURE_MAX + 1};
        if (i == 2)
            p.kind = KEYD_SIGN;
        assert_int_equal(send(pair[1], &p, i == 3 ? 5 : sizeof p, 0), i == 3 ? 5 : sizeof p);
        run_for(1, 20);
        assert_int_equal(recv(pair[1], &p, sizeof p, 0), 0);
        assert_false(keyd_client_has_list(k));
        keyd_client_free(k);
        close(pair[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_may_sign_are_known), cmocka_unit_test(only_allowed_domains_sign),
        cmocka_unit_test(digests_are_signed),           cmocka_unit_test(many_wishes_are_granted),
        cmocka_unit_test(garbage_closes_one_socket),    cmocka_unit_test(without_keyd_wishes_end),
        cmocka_unit_test(a_new_keyd_is_asked_again),    cmocka_unit_test(wishes_are_asked_again_once),
        cmocka_unit_test(a_lying_keyd_is_left),
    };
    return cmocka_run_group_tests(tests, make_lab, remove_lab);
}
