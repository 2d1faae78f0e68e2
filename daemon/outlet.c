/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 100, LINE_ROOM = 9000 };

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

/* Standard error may have become something else since it was opened anew. */
static void follow(void)
{
    struct stat st;
    bool is_other = outlet.fd != STDERR_FILENO && (fstat(STDERR_FILENO, &st) != 0 ||
                                                   st.st_dev != outlet.device || st.st_ino != outlet.inode);
    if (!is_other)
        return;
    if (is_ours(outlet.fd))
        close(outlet.fd);
    outlet.fd = STDERR_FILENO;
    outlet.is_socket = false;
}

void outlet_write(str line)
{
    follow();
    if (outlet.is_torn && put_all(S("\n")) == 1)
        outlet.is_torn = false;
    size_t done = outlet.is_torn ? 0 : put_all(line);
    if (done == line.n)
        return;
    outlet.is_torn |= done > 0;
    outlet.lost++;
}

/* --- Syslog -------------------------------------------------------------------------------------------------- */

static struct {
    int fd;
    pid_t pid; /* whose fd that is: a child has closed it and opens its own */
    struct sockaddr_un to;
    bool is_flowing; /* the last line went through */
} house = {.fd = -1};

void outlet_open_syslog(const char *path)
{
    house.to = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(house.to.sun_path, sizeof house.to.sun_path, "%s", path);
    if (house.fd >= 0 && house.pid == getpid())
        return;
    house.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    house.pid = getpid();
}

/* "<22>Nov 22 03:35:00 ingamd[2075]: ...", in the local time, as syslog has it. */
void outlet_syslog(int priority, str line)
{
    char head[96], date[32], text[LINE_ROOM];
    time_t now = time(NULL);
    struct tm tm;
    localtime_r(&now, &tm);
    strftime(date, sizeof date, "%b %e %H:%M:%S", &tm);
    int n = snprintf(head, sizeof head, "<%d>%s ingamd[%ld]: ", priority, date, (long)getpid());
    size_t rest = line.n < sizeof text - sizeof head ? line.n : sizeof text - sizeof head;
    memcpy(text, head, (size_t)n);
    memcpy(text + n, line.p, rest);
    ssize_t sent = sendto(house.fd, text, (size_t)n + rest, MSG_DONTWAIT | MSG_NOSIGNAL,
                          (const struct sockaddr *)&house.to, sizeof house.to);
    house.is_flowing = sent >= 0;
    outlet.lost += sent < 0;
}

uint64_t outlet_lost(bool is_syslog)
{
    uint64_t lost = outlet.lost;
    if (lost == 0 || !(is_syslog ? house.is_flowing : has_room()))
        return 0;
    outlet.lost = 0;
    return lost;
}
