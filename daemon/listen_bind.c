/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_un un;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static bool fails(struct listen_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fails(struct listen_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool listen_group(const struct conf *conf, const char *group, gid_t *gid, struct listen_error *error)
{
    *gid = (gid_t)-1;
    if (group) {
        const struct group *g = getgrnam(group);
        if (g == NULL)
            return fails(error, "there is no group \"%s\"", group);
        *gid = g->gr_gid;
    } else if (conf->user && geteuid() == 0) {
        const struct passwd *p = getpwnam(conf->user);
        if (p == NULL)
            return fails(error, "there is no account \"%s\"", conf->user);
        *gid = p->pw_gid;
    }
    return true;
}

bool listen_folder_gives(const char *path)
{
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
    struct stat s;
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n == 0 || n >= sizeof folder)
        return false;
    memcpy(folder, path, n);
    folder[n] = 0;
    return stat(folder, &s) == 0 && (s.st_mode & S_ISGID);
}

static socklen_t address_of(const struct listen_want *want, union address *a)
{
    memset(a, 0, sizeof *a);
    if (want->path) {
        size_t n = strlen(want->path);
        a->un.sun_family = AF_UNIX;
        if (n >= sizeof a->un.sun_path)
            return 0;
        memcpy(a->un.sun_path, want->path, n);
        return (socklen_t)sizeof a->un;
    }
    if (want->ip.is_v6) {
        a->in6.sin6_family = AF_INET6;
        a->in6.sin6_port = htons(want->port);
        memcpy(&a->in6.sin6_addr, want->ip.bytes, 16);
        return (socklen_t)sizeof a->in6;
    }
    a->in.sin_family = AF_INET;
    a->in.sin_port = htons(want->port);
    memcpy(&a->in.sin_addr, want->ip.bytes, 4);
    return (socklen_t)sizeof a->in;
}

/* ret  0: somebody listens there; else an errno: ECONNREFUSED: a file that a dead process has left */
static int asked(const union address *a, socklen_t size)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    int got = connect(fd, &a->any, size) == 0 ? 0 : errno;
    close(fd);
    return got == EAGAIN ? 0 : got; /* its queue is full: somebody has it */
}

/* Removes what a dead process has left, and nothing else. */
static bool make_way(const union address *a, socklen_t size, struct listen_error *error)
{
    struct stat s;
    const char *path = a->un.sun_path;
    if (lstat(path, &s) != 0)
        return errno == ENOENT || fails(error, "%s", strerrordesc_np(errno));
    if (!S_ISSOCK(s.st_mode))
        return fails(error, "something else than a socket is there; it stays");
    int got = asked(a, size);
    if (got == 0)
        return fails(error, "another process listens there already");
    if (got != ECONNREFUSED)
        return fails(error, "a socket is there that cannot be asked: %s", strerrordesc_np(got));
    return unlink(path) == 0 || errno == ENOENT ||
           fails(error, "the old socket cannot be removed: %s", strerrordesc_np(errno));
}

bool listen_mode(const struct listen_want *want, struct listen_error *error)
{
    struct stat s;
    if (want->path == NULL)
        return true;
    if (lstat(want->path, &s) != 0)
        return fails(error, "%s", strerrordesc_np(errno));
    if (want->gid != (gid_t)-1 && s.st_gid != want->gid && lchown(want->path, (uid_t)-1, want->gid) != 0)
        return fails(error,
                     "its group cannot be set: %s; a folder of that group with mode 2750 gives it, and no "
                     "word is needed here (man ingam.conf)",
                     strerrordesc_np(errno));
    if ((s.st_mode & 0777) != want->mode && chmod(want->path, want->mode) != 0)
        return fails(error, "its mode cannot be set: %s", strerrordesc_np(errno));
    return true;
}

static const char *why_not(int error)
{
    return error == EADDRINUSE ? "another process listens there already" : strerrordesc_np(error);
}

/* The file is born without any right, so that nobody of a wrong group slips in before group and mode are set. */
static bool bind_it(int fd, const struct listen_want *want, const union address *a, socklen_t size,
                    struct listen_error *error)
{
    if (want->path == NULL)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (want->path == NULL && want->ip.is_v6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int));
    mode_t kept = umask(0777);
    int got = bind(fd, &a->any, size);
    int why = errno;
    umask(kept);
    if (got != 0)
        return fails(error, "%s", why_not(why));
    if (listen_mode(want, error) && listen(fd, LISTEN_BACKLOG) == 0)
        return true;
    if (error->text[0] == 0)
        fails(error, "%s", why_not(errno));
    if (want->path)
        unlink(want->path);
    return false;
}

int listen_bind(const struct listen_want *want, struct listen_error *error)
{
    union address a;
    socklen_t size = address_of(want, &a);
    error->text[0] = 0;
    if (size == 0) {
        fails(error, "the path is too long for a socket");
        return -1;
    }
    if (want->path && !make_way(&a, size, error))
        return -1;
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        fails(error, "%s", strerrordesc_np(errno));
        return -1;
    }
    if (bind_it(fd, want, &a, size, error))
        return fd;
    close(fd);
    return -1;
}

bool listen_read(const char *address, struct listen_want *want)
{
    str text = str_of(address), host;
    size_t colon = str_find_last(text, ':');
    uint64_t port;
    if (colon >= text.n || !str_to_uint(str_from(text, colon + 1), 65535, &port))
        return false;
    host = str_first(text, colon);
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_from(str_first(host, host.n - 1), 1);
    *want = (struct listen_want){.port = (uint16_t)port};
    return ip_read(host, &want->ip);
}
