/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of keys, and a keyd over it in a process of its own. */
#ifndef TESTS_KEYD_LAB_H
#define TESTS_KEYD_LAB_H

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

enum { T0 = 1800000000, SOCKETS_MAX = 4 };

/* Folders: a.test signs with both algorithms, b.test with RSA, refused.test is open to all, new.test may not sign yet. */
static struct {
    char dir[64];
    struct ingam_private_key *rsa, *ed25519;
} lab;

static struct log quiet = {.to = CONF_LOG_STDERR, .process = "test"};
static const uint32_t errors_only = CONF_ERROR;
static struct event_base *base;

static inline const char *path_of(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", lab.dir, name);
    return path;
}

static inline void put_key(const char *domain, const char *selector, const struct ingam_private_key *key,
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

static inline int make_lab(void **state)
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

static inline int remove_lab(void **state)
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

static inline bool keeps_rights(const struct conf *conf, const char *role)
{
    struct rlimit core;
    (void)conf;
    return strcmp(role, "keyd") == 0 && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0;
}

static inline void run_keyd(const struct conf *conf, const int *sockets, size_t n, int ready_fd)
{
    static const uint32_t all = CONF_DEBUG;
    struct log log = {.to = CONF_LOG_STDERR, .level = &all, .process = "keyd"};
    struct keyd_start start = {conf, &log, sockets, n, ready_fd, keeps_rights};
    _exit(keyd_run(&start));
}

static inline void read_log(int fd, char *text, size_t size)
{
    ssize_t n = 0;
    size_t at = 0;
    while (at + 1 < size && (n = read(fd, text + at, size - 1 - at)) > 0)
        at += (size_t)n;
    text[at] = 0;
}

/* Starts keyd and waits until it says that it is ready. */
static inline void start_keyd(struct keyd_process *k, const struct conf *conf, size_t n)
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
static inline int end_keyd(struct keyd_process *k)
{
    int status = 0;
    for (size_t i = 0; i < k->n; i++)
        if (k->ends[i] >= 0)
            close(k->ends[i]);
    assert_int_equal(waitpid(k->pid, &status, 0), k->pid);
    return status;
}

static inline void kill_keyd(struct keyd_process *k)
{
    kill(k->pid, SIGKILL);
    waitpid(k->pid, NULL, 0);
}

static inline struct conf all_domains(void)
{
    return (struct conf){.sign = {.keys = lab.dir}};
}

#endif
