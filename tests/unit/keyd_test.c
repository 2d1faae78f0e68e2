/* SPDX-License-Identifier: BSD-2-Clause */
/* keyd in a process of its own, with a folder of keys; workers in this one. */
#include "daemon/keyd.h"
#include "io/clock.h"
#include "io/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { T0 = 1800000000, WORKERS = 3, SOCKETS_MAX = 4 };

/* Folders: a.test signs with both algorithms, b.test with RSA, refused.test is open to all, new.test may not sign yet. */
static struct {
    char dir[64];
    struct ingam_private_key *rsa, *ed25519;
} lab;

static struct log quiet = {.to = CONF_LOG_STDERR, .process = "test"};
static const uint32_t errors_only = CONF_ERROR;
static struct event_base *base;

static const char *path_of(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", lab.dir, name);
    return path;
}

static void put_key(const char *domain, const char *selector, const struct ingam_private_key *key,
                    enum keys_state state)
{
    static struct keys_domain d;
    struct keys_error error = {""};
    char pem[8192];
    size_t n = ingam_private_key_pem(key, pem, sizeof pem);
    assert_int_equal(keys_open(lab.dir, str_of(domain), KEYS_CREATE, &d, &error), KEYS_OK);
    assert_int_equal(keys_put(&d, selector, (str){(uint8_t *)pem, n}, T0, &error), KEYS_OK);
    size_t i = keys_find(&d, selector);
    assert_true(i < d.n);
    d.list[i].state = state;
    if (state == KEYS_ACTIVE)
        d.list[i].at[KEYS_SEEN] = d.list[i].at[KEYS_ACTIVE_SINCE] = T0;
    assert_int_equal(keys_save(&d, &error), KEYS_OK);
    keys_close(&d);
}

static int make_lab(void **state)
{
    (void)state;
    snprintf(lab.dir, sizeof lab.dir, "%s/ingam-keyd-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(lab.dir));
    base = event_base_new();
    quiet.level = &errors_only;
    lab.rsa = ingam_private_key_new(NULL, INGAM_RSA_SHA256, 2048);
    lab.ed25519 = ingam_private_key_new(NULL, INGAM_ED25519_SHA256, 0);
    assert_true(base && lab.rsa && lab.ed25519);
    put_key("a.test", "r1", lab.rsa, KEYS_ACTIVE);
    put_key("a.test", "e1", lab.ed25519, KEYS_ACTIVE);
    put_key("b.test", "r2", lab.rsa, KEYS_ACTIVE);
    put_key("new.test", "r3", lab.rsa, KEYS_NEW);
    put_key("refused.test", "r4", lab.rsa, KEYS_ACTIVE);
    assert_int_equal(chmod(path_of("refused.test/r4.pem"), 0644), 0);
    return 0;
}

static int remove_lab(void **state)
{
    static const char *const names[] = {"a.test/r1.pem", "a.test/e1.pem",       "a.test/state",
                                        "a.test",        "b.test/r2.pem",       "b.test/state",
                                        "b.test",        "new.test/r3.pem",     "new.test/state",
                                        "new.test",      "refused.test/r4.pem", "refused.test/state",
                                        "refused.test"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(path_of(names[i]));
    assert_int_equal(rmdir(lab.dir), 0);
    ingam_private_key_free(lab.rsa);
    ingam_private_key_free(lab.ed25519);
    event_base_free(base);
    return 0;
}

/* --- keyd in its process --------------------------------------------------------------------------------------- */

struct keyd_process {
    pid_t pid;
    int ends[SOCKETS_MAX]; /* the workers' */
    size_t n;
    char said[4096]; /* what it logged until it was ready */
};

static bool keeps_rights(const struct conf *conf, const char *role)
{
    struct rlimit core;
    (void)conf;
    return strcmp(role, "keyd") == 0 && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0;
}

static void run_keyd(const struct conf *conf, const int *sockets, size_t n, int ready_fd)
{
    static const uint32_t all = CONF_DEBUG;
    struct log log = {.to = CONF_LOG_STDERR, .level = &all, .process = "keyd"};
    struct keyd_start start = {conf, &log, sockets, n, ready_fd, keeps_rights};
    _exit(keyd_run(&start));
}

static void read_log(int fd, char *text, size_t size)
{
    ssize_t n = 0;
    size_t at = 0;
    while (at + 1 < size && (n = read(fd, text + at, size - 1 - at)) > 0)
        at += (size_t)n;
    text[at] = 0;
}

/* Starts keyd and waits until it says that it is ready. */
static void start_keyd(struct keyd_process *k, const struct conf *conf, size_t n)
{
    int pairs[SOCKETS_MAX][2], sockets[SOCKETS_MAX], ready[2], said[2];
    char byte;
    *k = (struct keyd_process){.n = n};
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe2(said, O_NONBLOCK), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pairs[i]), 0);
        k->ends[i] = pairs[i][0];
        sockets[i] = pairs[i][1];
    }
    k->pid = fork();
    assert_true(k->pid >= 0);
    if (k->pid == 0) {
        for (size_t i = 0; i < n; i++)
            close(k->ends[i]);
        close(ready[0]);
        dup2(said[1], 2);
        run_keyd(conf, sockets, n, ready[1]);
    }
    for (size_t i = 0; i < n; i++)
        close(sockets[i]);
    close(ready[1]);
    close(said[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    read_log(said[0], k->said, sizeof k->said);
    close(said[0]);
}

/* ret  its exit status */
static int end_keyd(struct keyd_process *k)
{
    int status = 0;
    for (size_t i = 0; i < k->n; i++)
        if (k->ends[i] >= 0)
            close(k->ends[i]);
    assert_int_equal(waitpid(k->pid, &status, 0), k->pid);
    return status;
}

static void kill_keyd(struct keyd_process *k)
{
    kill(k->pid, SIGKILL);
    waitpid(k->pid, NULL, 0);
}

static struct conf all_domains(void)
{
    return (struct conf){.sign = {.keys = lab.dir}};
}

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
    struct keyd_wish *w = keyd_client_sign(k, str_of(domain), str_of(selector), algorithm, digest, keep, g);
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
    static const str patterns[] = {S_INIT("b.test"), S_INIT(".other.test")};
    struct conf conf = all_domains();
    struct keyd_process process;
    struct keyd_known known[2];
    struct got got = {0};
    (void)state;
    conf.sign.domains = (struct conf_names){patterns, 2};
    start_keyd(&process, &conf, 1);
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
