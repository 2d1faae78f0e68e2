/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 100 };

static struct {
    int fd;
    dev_t device; /* of the pipe that fd is */
    ino_t inode;
    bool is_socket;
    bool is_torn; /* the last line lacks its end */
    uint64_t lost;
} outlet = {.fd = STDERR_FILENO};

static bool is_ours(int fd)
{
    struct stat st;
    return fd != STDERR_FILENO && fstat(fd, &st) == 0 && st.st_dev == outlet.device &&
           st.st_ino == outlet.inode;
}

void outlet_open(void)
{
    struct stat st;
    if (fstat(STDERR_FILENO, &st) != 0)
        return;
    bool is_same = st.st_dev == outlet.device && st.st_ino == outlet.inode;
    if (is_same && is_ours(outlet.fd))
        return;
    if (is_ours(outlet.fd))
        close(outlet.fd);
    outlet.fd = STDERR_FILENO;
    outlet.is_socket = S_ISSOCK(st.st_mode);
    if (!S_ISFIFO(st.st_mode))
        return;

    int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_APPEND);
    if (fd < 0)
        return;
    outlet.fd = fd;
    outlet.device = st.st_dev;
    outlet.inode = st.st_ino;
}

/* Whoever is lost already is not waited for again. */
static bool has_room(void)
{
    struct pollfd p = {outlet.fd, POLLOUT, 0};
    int got = poll(&p, 1, outlet.lost ? 0 : PATIENCE_MS);
    return got > 0 || (got < 0 && errno == EINTR);
}

static ssize_t put(str bytes)
{
    return outlet.is_socket ? send(outlet.fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL)
                            : write(outlet.fd, bytes.p, bytes.n);
}

/* ret  bytes that were written: all, or those up to where it had to be waited too long */
static size_t put_all(str bytes)
{
    size_t done = 0;
    while (done < bytes.n && has_room()) {
        ssize_t n = put(str_from(bytes, done));
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    return done;
}

void outlet_write(str line)
{
    if (outlet.is_torn && put_all(S("\n")) == 1)
        outlet.is_torn = false;
    size_t done = outlet.is_torn ? 0 : put_all(line);
    if (done == line.n)
        return;
    outlet.is_torn |= done > 0;
    outlet.lost++;
}

uint64_t outlet_lost(void)
{
    uint64_t lost = outlet.lost;
    if (lost == 0 || !has_room())
        return 0;
    outlet.lost = 0;
    return lost;
}
