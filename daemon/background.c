/* SPDX-License-Identifier: BSD-2-Clause */
/* A daemon for a plain init: the command returns when it serves, with 0, or with 1 when it cannot. */
#include "daemon/parent_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The one that was started waits for a byte of the one that goes on; without it, for its exit status. */
static _Noreturn void wait_for(int fd)
{
    unsigned char status = PARENT_FAILED;
    ssize_t n;
    do
        n = read(fd, &status, 1);
    while (n < 0 && errno == EINTR);
    _exit(n == 1 ? status : PARENT_FAILED);
}

static bool without_terminal(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool is_good =
        null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 && chdir("/") == 0;
    if (null > STDERR_FILENO)
        close(null);
    return is_good;
}

int background_enter(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid < 0)
        return -1;
    if (pid > 0) {
        close(ends[1]);
        wait_for(ends[0]);
    }
    close(ends[0]);
    if (setsid() < 0 || (pid = fork()) < 0)
        return -1;
    if (pid > 0)
        _exit(0);
    return without_terminal() ? ends[1] : -1;
}

void background_ready(int fd)
{
    unsigned char good = 0;
    (void)!write(fd, &good, 1);
    close(fd);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDERR_FILENO);
    if (null > STDERR_FILENO)
        close(null);
}

bool pidfile_write(const char *path)
{
    char line[32];
    int n = snprintf(line, sizeof line, "%d\n", (int)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    bool is_good = fd >= 0 && write(fd, line, (size_t)n) == n;
    int why = errno;
    if (fd >= 0)
        is_good = close(fd) == 0 && is_good;
    if (!is_good)
        fprintf(stderr, "ingamd: %s: %s\n", path, strerrordesc_np(why));
    return is_good;
}
