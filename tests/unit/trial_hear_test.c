/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parent makes of a worker's word on a trial, when the worker is not ours any more: texts without end, and numbers that
 * nobody knows. */
#include "daemon/parent_inside.h"
#include "daemon/trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static struct parent parent;
static char answer[1 << 17];

static void asked(void *context, struct control_peer *peer, const char *line)
{
    (void)context;
    trial_asked(&parent, peer, line);
}

/* A socket that listens under a name of the kernel's choice, and the way to it. */
static int listening(struct sockaddr_un *at, socklen_t *n)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    *n = sizeof at->sun_family;
    assert_int_equal(bind(fd, (struct sockaddr *)at, *n), 0);
    *n = sizeof *at;
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, n), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static const char *ask_results(void)
{
    static const char line[] = "trial results\n";
    struct sockaddr_un at;
    socklen_t n;
    parent.base = event_base_new();
    parent.control = control_new(parent.base, listening(&at, &n), asked, NULL);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(write(fd, line, sizeof line - 1), sizeof line - 1);
    size_t got = 0;
    while (got == 0 || answer[got - 1] != '\n') {
        event_base_loop(parent.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        ssize_t more = recv(fd, answer + got, sizeof answer - 1 - got, MSG_DONTWAIT);
        got += more > 0 ? (size_t)more : 0;
    }
    answer[got] = 0;
    close(fd);
    control_free(parent.control);
    event_base_free(parent.base);
    return answer;
}

static void say(struct child *c, uint8_t word, uint32_t n)
{
    struct trial_result r;
    memset(&r, 'A', sizeof r);
    r.is_ours = r.has_verdict = r.is_held = true;
    r.spf = r.dkim = r.dmarc = r.mode = 0;
    r.does = r.would_be = r.on_reject = r.on_quarantine = word;
    parent.packet = (struct channel_packet){.kind = CHANNEL_TRIAL_RESULT, .n = n};
    memcpy(parent.packet.bytes, &r, sizeof r);
    trial_hear(c);
}

static void texts_without_end(void **state)
{
    struct child c = {.parent = &parent};
    char mark[64];
    (void)state;
    memset(mark, 'A', sizeof mark);
    mark[sizeof mark - 1] = 0;
    for (int i = 0; i < 2 * TRIAL_KEPT; i++)
        say(&c, INGAM_QUARANTINE, sizeof(struct trial_result));
    json_t *got = json_loads(ask_results(), 0, NULL);
    json_t *list = json_object_get(got, "results");
    assert_int_equal(json_array_size(list), TRIAL_KEPT);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "mark")), mark);
    json_decref(got);
    trial_close(&parent);
}

static void what_is_no_result(void **state)
{
    struct child c = {.parent = &parent};
    (void)state;
    say(&c, INGAM_ACCEPT, sizeof(struct trial_result) - 1);
    say(&c, 0xff, sizeof(struct trial_result));
    json_t *got = json_loads(ask_results(), 0, NULL);
    assert_int_equal(json_array_size(json_object_get(got, "results")), 0);
    json_decref(got);
    trial_close(&parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_without_end),
        cmocka_unit_test(what_is_no_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
