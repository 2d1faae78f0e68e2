/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole worker in a process of its own, and the test as its parent at the other end of the channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/channel.h"
#include "daemon/worker.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

struct played {
    pid_t pid;
    int channel;
    char folder[64];
    struct channel_packet packet;
};

static struct sockaddr_un address(const struct played *p, const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s/%s", p->folder, name);
    return a;
}

static int listen_at(const struct played *p, const char *name)
{
    struct sockaddr_un a = address(p, name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

/* ret  a connection; -1: nobody listens */
static int connect_to(const struct played *p, const char *name)
{
    struct sockaddr_un a = address(p, name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

/* ret  somebody speaks milter on this connection */
static bool is_served(int fd)
{
    static const uint8_t options[] = {0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff};
    uint8_t got[512];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return fd >= 0 && send(fd, options, sizeof options, MSG_NOSIGNAL) == sizeof options &&
           poll(&wait, 1, PATIENCE_MS) == 1 && recv(fd, got, sizeof got, 0) > 16 && got[4] == 'O';
}

static bool serves_at(const struct played *p, const char *name)
{
    int fd = connect_to(p, name);
    bool is = is_served(fd);
    if (fd >= 0)
        close(fd);
    return is;
}

static bool keeps_all(const struct conf *conf, const char *role)
{
    return conf != NULL && strcmp(role, "worker") == 0;
}

static bool keeps_none(const struct conf *conf, const char *role)
{
    (void)conf, (void)role;
    return false;
}

static const char *conf_text(const struct played *p, const char *name, const char *more)
{
    static char text[1024];
    snprintf(text, sizeof text, "authserv-id = mx.example\nlisten \"unix:%s/%s\" { }\n%s", p->folder, name,
             more);
    return text;
}

static struct played start(const char *zone, const char *more,
                           bool (*rights)(const struct conf *, const char *))
{
    struct played p = {.folder = "/tmp/ingam-worker-XXXXXX"};
    int channel[2];
    assert_non_null(mkdtemp(p.folder));
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), 0);
    int listens[] = {listen_at(&p, "first")};
    p.pid = fork();
    if (p.pid == 0) {
        struct conf_error error;
        struct conf_text text = {"ingam.conf", str_of(conf_text(&p, "first", more))};
        struct worker_start s = {.conf = conf_read(&text, 1, "mx.example", &error),
                                 .all = counters_new(),
                                 .channel = channel[1],
                                 .keyd = -1,
                                 .listens = listens,
                                 .zone_name = zone ? "zone" : NULL,
                                 .zone_text = str_of(zone ? zone : ""),
                                 .host = "mx.example",
                                 .give_up_rights = rights};
        close(channel[0]);
        _exit(s.conf && s.all ? worker_run(&s) : 99);
    }
    close(channel[1]);
    close(listens[0]);
    p.channel = channel[0];
    return p;
}

/* Waits for the next packet that is no sign of life. ret its kind; 0: the worker has gone */
static uint32_t hear(struct played *p)
{
    int fds[CHANNEL_FDS];
    size_t fd_n;
    do {
        struct pollfd wait = {.fd = p->channel, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
        if (channel_receive(p->channel, &p->packet, fds, &fd_n) != 1)
            return 0;
    } while (p->packet.kind == CHANNEL_ALIVE);
    return p->packet.kind;
}

static void say(struct played *p, struct channel_packet packet, const int *fds, size_t fd_n)
{
    assert_true(channel_send(p->channel, &packet, fds, fd_n));
}

/* The text in pieces of a few bytes. */
static void say_text(struct played *p, uint32_t generation, const char *text)
{
    for (str rest = str_of(text), piece; rest.n; rest = str_from(rest, piece.n)) {
        piece = str_first(rest, 13);
        p->packet = (struct channel_packet){.kind = CHANNEL_TEXT,
                                            .number = generation,
                                            .is_last = piece.n == rest.n,
                                            .name = "ingam.conf",
                                            .n = (uint32_t)piece.n};
        memcpy(p->packet.bytes, piece.p, piece.n);
        say(p, p->packet, NULL, 0);
    }
}

static uint32_t say_conf(struct played *p, uint32_t generation, const int *fds, size_t fd_n)
{
    say(p, (struct channel_packet){.kind = CHANNEL_CONF, .number = generation}, fds, fd_n);
    uint32_t kind = hear(p);
    assert_int_equal(p->packet.number, generation);
    return kind;
}

static int ends_with(struct played *p)
{
    int status = 0;
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    close(p->channel);
    for (const char *const *name = (const char *const[]){"first", "second", NULL}; *name; name++) {
        struct sockaddr_un a = address(p, *name);
        unlink(a.sun_path);
    }
    rmdir(p->folder);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char zone[] = "$ORIGIN example.\n@ 300 TXT \"v=spf1 -all\"\n";

static void test_lives_and_drains(void **state)
{
    (void)state;
    struct played p = start(zone, "", keeps_all);
    assert_int_equal(hear(&p), CHANNEL_READY);
    assert_true(serves_at(&p, "first"));
    struct pollfd wait = {.fd = p.channel, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 5000), 1); /* a sign of life */
    say(&p, (struct channel_packet){.kind = CHANNEL_DRAIN}, NULL, 0);
    assert_int_equal(ends_with(&p), 0);
}

static void test_ends_with_its_parent(void **state)
{
    (void)state;
    struct played p = start(zone, "log { level = error }\n", keeps_all);
    assert_int_equal(hear(&p), CHANNEL_READY);
    close(p.channel);
    p.channel = -1;
    assert_int_equal(ends_with(&p), 0);
}

static void test_keeps_no_rights(void **state)
{
    (void)state;
    struct played p = start(zone, "", keeps_none);
    assert_int_equal(hear(&p), 0);
    assert_int_equal(ends_with(&p), 1);
}

static void test_takes_a_configuration_and_its_sockets(void **state)
{
    (void)state;
    struct played p = start(zone, "", keeps_all);
    assert_int_equal(hear(&p), CHANNEL_READY);
    int old = connect_to(&p, "first"), fd = listen_at(&p, "second");
    assert_true(is_served(old));
    say_text(&p, 2, conf_text(&p, "second", ""));
    assert_int_equal(say_conf(&p, 2, &fd, 1), CHANNEL_TAKEN);
    close(fd);
    assert_true(serves_at(&p, "second"));
    assert_int_equal(connect_to(&p, "first"), -1);
    struct pollfd wait = {.fd = old, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 100), 0); /* what was accepted there goes on */
    close(old);
    say(&p, (struct channel_packet){.kind = CHANNEL_DRAIN}, NULL, 0);
    assert_int_equal(ends_with(&p), 0);
}

static void test_refuses_what_it_cannot_take(void **state)
{
    (void)state;
    struct played p = start(zone, "log { level = error }\n", keeps_all);
    assert_int_equal(hear(&p), CHANNEL_READY);
    int fds[] = {listen_at(&p, "second"), listen_at(&p, "third")};
    struct sockaddr_un third = address(&p, "third");
    say_text(&p, 2, "listen \"unix:/x\" { frnt = milter }\n");
    assert_int_equal(say_conf(&p, 2, fds, 1), CHANNEL_REFUSED);
    say_text(&p, 3, conf_text(&p, "second", ""));
    assert_int_equal(say_conf(&p, 3, fds, 2), CHANNEL_REFUSED); /* one socket too many */
    say_text(&p, 4, conf_text(&p, "second", ""));
    assert_int_equal(say_conf(&p, 5, fds, 1), CHANNEL_REFUSED); /* texts of another generation */
    assert_true(serves_at(&p, "first"));
    close(fds[0]);
    close(fds[1]);
    unlink(third.sun_path);
    assert_int_equal(connect_to(&p, "second"), -1);
    say(&p, (struct channel_packet){.kind = CHANNEL_DRAIN}, NULL, 0);
    assert_int_equal(ends_with(&p), 0);
}

static void test_asks_to_be_renewed_for_another_resolver(void **state)
{
    (void)state;
    struct played p = start(NULL, "resolver { way = forward forward = 127.0.0.1 }\n", keeps_all);
    assert_int_equal(hear(&p), CHANNEL_READY);
    int open = connect_to(&p, "first"), fd = listen_at(&p, "second");
    assert_true(is_served(open));
    say_text(
        &p, 2,
        conf_text(&p, "second", "resolver { way = forward forward = 127.0.0.2 }\nlimits { drain = 60s }\n"));
    assert_int_equal(say_conf(&p, 2, &fd, 1), CHANNEL_TAKEN);
    assert_true(serves_at(&p, "second")); /* with the resolver it has */
    close(fd);
    close(open);
    assert_int_equal(hear(&p), 0);
    assert_int_equal(ends_with(&p), WORKER_RENEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives_and_drains),
        cmocka_unit_test(test_ends_with_its_parent),
        cmocka_unit_test(test_keeps_no_rights),
        cmocka_unit_test(test_takes_a_configuration_and_its_sockets),
        cmocka_unit_test(test_refuses_what_it_cannot_take),
        cmocka_unit_test(test_asks_to_be_renewed_for_another_resolver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
