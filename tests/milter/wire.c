/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int open_unix(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof to.sun_path)
        return -1;
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* in   at  "PORT@HOST" */
static int open_inet(int family, const char *at)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
    char *end;
    unsigned long port = strtoul(at, &end, 10);
    const char *host = *end == '@' ? end + 1 : family == AF_INET ? "127.0.0.1" : "::1";
    to.sin_port = to6.sin6_port = htons((uint16_t)port);
    if (inet_pton(family, host, family == AF_INET ? (void *)&to.sin_addr : (void *)&to6.sin6_addr) != 1)
        return -1;
    int one = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = family == AF_INET ? connect(fd, (struct sockaddr *)&to, sizeof to)
                                   : connect(fd, (struct sockaddr *)&to6, sizeof to6);
    if (fd >= 0 && failed) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

bool wire_open(struct wire *w, const char *address)
{
    wire_close(w);
    if (strncmp(address, "unix:", 5) == 0)
        w->fd = open_unix(address + 5);
    else if (strncmp(address, "inet:", 5) == 0)
        w->fd = open_inet(AF_INET, address + 5);
    else if (strncmp(address, "inet6:", 6) == 0)
        w->fd = open_inet(AF_INET6, address + 6);
    w->is_closed = w->fd < 0;
    return w->fd >= 0;
}

void wire_close(struct wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    free(w->bytes);
    *w = (struct wire){.fd = -1, .timeout_ms = w->timeout_ms, .is_closed = true};
}

/* Takes what is there. ret false: the other side ended */
static bool receive(struct wire *w)
{
    enum { PIECE = 65536 };
    if (w->at == w->n)
        w->at = w->n = 0;
    if (w->cap - w->n < PIECE) {
        uint8_t *more = realloc(w->bytes, w->cap + 2 * PIECE);
        if (more == NULL)
            abort();
        w->bytes = more;
        w->cap += 2 * PIECE;
    }
    ssize_t got = recv(w->fd, w->bytes + w->n, PIECE, MSG_DONTWAIT);
    if (got > 0)
        w->n += (size_t)got;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until this may be done. ret what may be done; 0: nothing in time */
static short wait_for(struct wire *w, short events, int64_t until_ms)
{
    int64_t left = until_ms - now_ms();
    struct pollfd fd = {.fd = w->fd, .events = events};
    int got = poll(&fd, 1, left > 0 ? (int)left : 0);
    return got > 0 ? fd.revents : 0;
}

bool wire_send(struct wire *w, str bytes)
{
    int64_t until = now_ms() + w->timeout_ms;
    while (bytes.n && !w->is_closed) {
        short may = wait_for(w, POLLIN | POLLOUT, until);
        if (may == 0)
            return false;
        if ((may & (POLLIN | POLLHUP)) && !receive(w))
            w->is_closed = true;
        ssize_t sent = may & POLLOUT ? send(w->fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            w->is_closed = true;
        if (sent > 0) {
            bytes = str_from(bytes, (size_t)sent);
            until = now_ms() + w->timeout_ms;
        }
    }
    return bytes.n == 0;
}

enum milter_answer_kind wire_next(struct wire *w, struct milter_answer *answer)
{
    int64_t until = now_ms() + w->timeout_ms;
    for (;;) {
        str input = {w->bytes + w->at, w->n - w->at};
        if (w->n > w->at && milter_client_next(&input, answer) != MILTER_ANSWER_MORE) {
            w->at = w->n - input.n;
            return answer->kind;
        }
        *answer = (struct milter_answer){.kind = MILTER_ANSWER_MORE};
        if (w->is_closed || wait_for(w, POLLIN, until) == 0)
            return MILTER_ANSWER_MORE;
        w->is_closed = !receive(w);
    }
}

void wire_drop(struct wire *w)
{
    if (!w->is_closed)
        w->is_closed = !receive(w);
    w->at = w->n;
}

bool wire_ends(struct wire *w)
{
    int64_t until = now_ms() + w->timeout_ms;
    while (!w->is_closed && wait_for(w, POLLIN, until))
        wire_drop(w);
    return w->is_closed;
}
