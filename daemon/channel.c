/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for the descriptors of one packet, aligned as the kernel wants it. */
union control {
    struct cmsghdr head;
    uint8_t bytes[CMSG_SPACE(CHANNEL_FDS * sizeof(int))];
};

enum { HEAD_BYTES = offsetof(struct channel_packet, bytes) };

static void add_fds(struct msghdr *message, union control *control, const int *fds, size_t fd_n)
{
    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(fd_n * sizeof(int));
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fd_n * sizeof(int));
    memcpy(CMSG_DATA(c), fds, fd_n * sizeof(int));
}

bool channel_send(int fd, const struct channel_packet *packet, const int *fds, size_t fd_n)
{
    union control control;
    union {
        const struct channel_packet *read;
        void *base; /* sendmsg only reads it */
    } from = {packet};
    struct iovec bytes = {.iov_base = from.base, .iov_len = HEAD_BYTES + packet->n};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (packet->n > CHANNEL_BYTES || fd_n > CHANNEL_FDS) {
        errno = EMSGSIZE;
        return false;
    }
    if (fds && fd_n)
        add_fds(&message, &control, fds, fd_n);
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

static size_t take_fds(struct msghdr *message, int fds[CHANNEL_FDS])
{
    size_t n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t came = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < came && n < CHANNEL_FDS; i++)
            memcpy(&fds[n++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return n;
}

static bool is_whole(const struct msghdr *message, size_t got, const struct channel_packet *packet)
{
    return (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && got >= HEAD_BYTES &&
           packet->n <= CHANNEL_BYTES && got == HEAD_BYTES + packet->n &&
           memchr(packet->name, 0, sizeof packet->name) != NULL;
}

/* What is no packet of ours ends the channel: its other end is not what it should be. */
int channel_receive(int fd, struct channel_packet *packet, int fds[CHANNEL_FDS], size_t *fd_n)
{
    union control control;
    struct iovec bytes = {.iov_base = packet, .iov_len = sizeof *packet};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    *fd_n = 0;
    do
        got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? 0 : -1;
    *fd_n = take_fds(&message, fds);
    if (is_whole(&message, (size_t)got, packet))
        return 1;
    for (size_t i = 0; i < *fd_n; i++)
        close(fds[i]);
    *fd_n = 0;
    return -1;
}
