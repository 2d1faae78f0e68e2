/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/program.h"

#include "cli/cli.h"
#include "io/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 20, ARGS_MAX = 32, PATH_SIZE = 512 };

static bool is_in(const char *folder, const char *name, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return access(path, X_OK) == 0;
}

bool program_exists(const char *name)
{
    static const char *const folders[] = {"/usr/sbin",      "/usr/bin", "/usr/local/sbin",
                                          "/usr/local/bin", "/sbin",    "/bin"};
    char path[PATH_SIZE];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (is_in(folders[i], name, path))
            return true;
    return false;
}

/* Mail servers' commands lie where the PATH of a plain user does not look. */
static const char *place_of(const char *name, char path[PATH_SIZE])
{
    static const char *const folders[] = {"/usr/sbin", "/usr/local/sbin", "/sbin"};
    if (strchr(name, '/'))
        return name;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (is_in(folders[i], name, path))
            return path;
    return name;
}

static int set_files(posix_spawn_file_actions_t *actions, const struct program *p, int output)
{
    int rc = p->input > 0 ? posix_spawn_file_actions_adddup2(actions, p->input, 0)
                          : posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0 && output >= 0)
        rc = posix_spawn_file_actions_adddup2(actions, output, 1);
    if (rc == 0 && p->is_quiet)
        rc = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    return rc;
}

static int start(const struct program *p, int output, pid_t *pid)
{
    char path[PATH_SIZE];
    char *words[ARGS_MAX + 1] = {NULL};
    posix_spawn_file_actions_t actions;
    for (size_t n = 0; n < ARGS_MAX && p->argv[n]; n++)
        memcpy(&words[n], &p->argv[n], sizeof words[n]); /* posix_spawn changes no word */
    int rc = words[0] ? posix_spawn_file_actions_init(&actions) : EINVAL;
    if (rc != 0)
        return rc;
    rc = set_files(&actions, p, output);
    if (rc == 0)
        rc = posix_spawnp(pid, place_of(words[0], path), &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* ret  false: nothing came until then */
static bool is_readable(int fd, uint64_t end_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int got = -1;
    errno = EINTR;
    while (got < 0 && errno == EINTR) {
        uint64_t now_ms = clock_now_ms();
        if (end_ms && now_ms >= end_ms)
            return false;
        got = poll(&wait, 1, end_ms ? (int)(end_ms - now_ms) : -1);
    }
    return got > 0;
}

/* Reads to the end; what is beyond the limit is dropped. ret  false: the end did not come in time */
static bool read_all(struct arena *a, int fd, int limit_ms, str *output)
{
    struct out o;
    uint8_t chunk[4096];
    uint64_t end_ms = limit_ms ? clock_now_ms() + (uint64_t)limit_ms : 0;
    ssize_t n = 1;
    out_init(&o, a);
    while (n > 0 && is_readable(fd, end_ms)) {
        n = read(fd, chunk, sizeof chunk);
        if (n > 0 && o.n < OUTPUT_MAX)
            out_str(&o, (str){chunk, (size_t)n});
    }
    *output = out_done(&o);
    return n <= 0;
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void end_pipe(int fd)
{
    if (fd >= 0)
        close(fd);
}

struct program_end program_run_as(struct arena *a, const struct program *p)
{
    struct program_end end = {.status = -1};
    int ends[2] = {-1, -1};
    pid_t pid = 0;
    fflush(stdout);
    int rc = p->is_captured && pipe2(ends, O_CLOEXEC) != 0 ? errno : start(p, ends[1], &pid);
    end_pipe(ends[1]);
    if (rc != 0) {
        end_pipe(ends[0]);
        if (!p->is_quiet)
            complain("%s: %s", p->argv[0] ? p->argv[0] : "", strerror(rc));
        return end;
    }
    if (p->is_captured && !read_all(a, ends[0], p->limit_ms, &end.output))
        kill(pid, SIGKILL); /* then wait_for says -1 */
    end_pipe(ends[0]);
    end.status = wait_for(pid);
    return end;
}

struct program_end program_run(struct arena *a, const char *const argv[], bool is_captured)
{
    return program_run_as(a, &(struct program){.argv = argv, .is_captured = is_captured});
}
