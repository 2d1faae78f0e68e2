/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/notify.h"

#include "io/clock.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* in   name  a path, or "@name" of an abstract socket
 * ret  -1: no such socket */
static int connected(const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof to.sun_path)
        return -1;
    memcpy(to.sun_path, name, n);
    if (name[0] == '@')
        to.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, size) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static uint64_t number_of(const char *text)
{
    return text ? strtoull(text, NULL, 10) : 0;
}

void notify_open(struct notify *n)
{
    const char *name = getenv("NOTIFY_SOCKET"), *whose = getenv("WATCHDOG_PID");
    bool is_ours = whose == NULL || number_of(whose) == (uint64_t)getpid();
    *n = (struct notify){.fd = name ? connected(name) : -1};
    if (n->fd >= 0 && is_ours)
        n->watchdog_ms = number_of(getenv("WATCHDOG_USEC")) / 2000;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void notify_close(struct notify *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

void notify_send(const struct notify *n, const char *lines)
{
    if (n->fd >= 0)
        (void)!send(n->fd, lines, strlen(lines), MSG_NOSIGNAL);
}

void notify_reloading(const struct notify *n)
{
    char lines[128];
    snprintf(lines, sizeof lines, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reading the configuration",
             clock_now_us());
    notify_send(n, lines);
}
