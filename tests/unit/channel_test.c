/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel: packets whole or not at all, and no descriptor lost or leaked. */
#include "daemon/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct channel_packet out, in;
static int ends[2], got_fds[CHANNEL_FDS];
static size_t got_n;

static int open_ends(void **state)
{
    (void)state;
    memset(&out, 0, sizeof out);
    memset(&in, 0xee, sizeof in);
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

static int close_ends(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static size_t open_n(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void packets_come_as_they_went(void **state)
{
    static const uint32_t sizes[] = {0, 1, 4096, CHANNEL_BYTES};
    (void)state;
    assert_int_equal(channel_receive(ends[1], &in, got_fds, &got_n), 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        out = (struct channel_packet){
            .kind = CHANNEL_TEXT, .number = 7, .is_last = i & 1, .name = "a.conf", .n = sizes[i]};
        memset(out.bytes, (int)i + 1, sizes[i]);
        assert_true(channel_send(ends[0], &out, NULL, 0));
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(channel_receive(ends[1], &in, got_fds, &got_n), 1);
        assert_int_equal(in.n, sizes[i]);
        assert_int_equal(in.number, 7);
        assert_int_equal(in.is_last, i & 1);
        assert_string_equal(in.name, "a.conf");
        assert_int_equal(got_n, 0);
        for (uint32_t k = 0; k < in.n; k++)
            assert_int_equal(in.bytes[k], i + 1);
    }
    assert_int_equal(channel_receive(ends[1], &in, got_fds, &got_n), 0);
}

static void descriptors_come_along(void **state)
{
    int fds[CHANNEL_FDS], pipes[2];
    size_t before = open_n();
    (void)state;
    assert_int_equal(pipe(pipes), 0);
    for (size_t i = 0; i < CHANNEL_FDS; i++)
        fds[i] = pipes[1];
    out.kind = CHANNEL_CONF;
    assert_true(channel_send(ends[0], &out, fds, CHANNEL_FDS));
    assert_int_equal(channel_receive(ends[1], &in, got_fds, &got_n), 1);
    assert_int_equal(got_n, CHANNEL_FDS);
    for (size_t i = 0; i < got_n; i++) {
        assert_true(fcntl(got_fds[i], F_GETFD) & FD_CLOEXEC);
        assert_int_equal(write(got_fds[i], "x", 1), 1);
        close(got_fds[i]);
    }
    close(pipes[0]);
    close(pipes[1]);
    assert_int_equal(open_n(), before);
}

static void what_is_too_much_is_not_sent(void **state)
{
    static int many[CHANNEL_FDS + 1];
    (void)state;
    out.n = CHANNEL_BYTES + 1;
    assert_false(channel_send(ends[0], &out, NULL, 0));
    assert_int_equal(errno, EMSGSIZE);
    out.n = 0;
    assert_false(channel_send(ends[0], &out, many, CHANNEL_FDS + 1));
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(channel_receive(ends[1], &in, got_fds, &got_n), 0);
}

static void a_full_channel_says_so(void **state)
{
    (void)state;
    size_t n = 0;
    out.n = CHANNEL_BYTES;
    while (n < 1000 && channel_send(ends[0], &out, NULL, 0))
        n++;
    assert_in_range(n, 1, 999);
    assert_int_equal(errno, EAGAIN);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(channel_receive(ends[1], &in, got_fds, &got_n), 1);
    assert_true(channel_send(ends[0], &out, NULL, 0));
}

static void the_end_is_seen(void **state)
{
    int other[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, other), 0);
    close(other[1]);
    assert_int_equal(channel_receive(other[0], &in, got_fds, &got_n), -1);
    assert_false(channel_send(other[0], &out, NULL, 0));
    assert_int_not_equal(errno, EAGAIN);
    close(other[0]);
}

/* Whatever is no packet of ours ends the channel, and what came with it is closed. */
static void nonsense_ends_it(void **state)
{
    static const struct {
        const char *about;
        size_t sent;
        uint32_t n;
        int name; /* byte that fills the name */
    } rows[] = {
        {"shorter than a head", 10, 0, 0},
        {"fewer bytes than it says", offsetof(struct channel_packet, bytes) + 10, 11, 0},
        {"more bytes than it says", offsetof(struct channel_packet, bytes) + 10, 9, 0},
        {"more bytes than there can be", offsetof(struct channel_packet, bytes) + 10, UINT32_MAX, 0},
        {"a name without an end", offsetof(struct channel_packet, bytes), 0, 'x'},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memset(&out, 0, sizeof out);
        memset(out.name, rows[i].name, sizeof out.name);
        out.n = rows[i].n;
        assert_int_equal(send(ends[0], &out, rows[i].sent, 0), rows[i].sent);
        if (channel_receive(ends[1], &in, got_fds, &got_n) != -1)
            fail_msg("%s was taken", rows[i].about);
    }
}

static void too_long_with_a_descriptor(void **state)
{
    static uint8_t long_one[sizeof(struct channel_packet) + 64];
    size_t before = open_n();
    union {
        struct cmsghdr head;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec bytes = {long_one, sizeof long_one};
    struct msghdr m = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int fd = STDERR_FILENO;
    (void)state;
    memset(&control, 0, sizeof control);
    control.head =
        (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    assert_int_equal(sendmsg(ends[0], &m, 0), sizeof long_one);
    assert_int_equal(channel_receive(ends[1], &in, got_fds, &got_n), -1);
    assert_int_equal(got_n, 0);
    assert_int_equal(open_n(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packets_come_as_they_went, open_ends, close_ends),
        cmocka_unit_test_setup_teardown(descriptors_come_along, open_ends, close_ends),
        cmocka_unit_test_setup_teardown(what_is_too_much_is_not_sent, open_ends, close_ends),
        cmocka_unit_test_setup_teardown(a_full_channel_says_so, open_ends, close_ends),
        cmocka_unit_test_setup_teardown(the_end_is_seen, open_ends, close_ends),
        cmocka_unit_test_setup_teardown(nonsense_ends_it, open_ends, close_ends),
        cmocka_unit_test_setup_teardown(too_long_with_a_descriptor, open_ends, close_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
