/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/program.h"

#include "cli/cli.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 20, ARGS_MAX = 16, PATH_SIZE = 512 };

/* Mail servers' commands lie where the PATH of a plain user does not look. */
static const char *place_of(const char *name, char path[PATH_SIZE])
{
    static const char *const folders[] = {"/usr/sbin", "/usr/local/sbin", "/sbin"};
    if (name == NULL || strchr(name, '/'))
        return name;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, PATH_SIZE, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return path;
    }
    return name;
}

static int start(const char *const argv[], int output, pid_t *pid)
{
    char path[PATH_SIZE];
    char *words[ARGS_MAX + 1] = {NULL};
    posix_spawn_file_actions_t actions;
    for (size_t n = 0; n < ARGS_MAX && argv[n]; n++)
        memcpy(&words[n], &argv[n], sizeof words[n]); /* posix_spawn changes no word */
    int rc = words[0] ? posix_spawn_file_actions_init(&actions) : EINVAL;
    if (rc != 0)
        return rc;
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    if (rc == 0 && output >= 0)
        rc = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (rc == 0)
        rc = posix_spawnp(pid, place_of(argv[0], path), &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static str read_all(struct arena *a, int fd)
{
    struct out o;
    uint8_t chunk[4096];
    ssize_t n;
    out_init(&o, a);
    while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && o.n < OUTPUT_MAX)
            out_str(&o, (str){chunk, (size_t)n});
    return out_done(&o);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct program_end program_run(struct arena *a, const char *const argv[], bool is_captured)
{
    struct program_end end = {.status = -1};
    int ends[2] = {-1, -1};
    pid_t pid = 0;
    fflush(stdout);
    int rc = is_captured && pipe2(ends, O_CLOEXEC) != 0 ? errno : start(argv, ends[1], &pid);
    if (ends[1] >= 0)
        close(ends[1]);
    if (rc != 0)
        complain("%s: %s", argv[0], strerror(rc));
    if (rc == 0 && is_captured)
        end.output = read_all(a, ends[0]);
    if (ends[0] >= 0)
        close(ends[0]);
    if (rc == 0)
        end.status = wait_for(pid);
    return end;
}
