/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox, entered by a process of its own for each role: what no longer works, and what still must. */
#include "daemon/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { STARTED = 0, NOT_ENTERED = 99 };
static const char *role;
static bool as_nobody;
static int listening;

/* Each gives true where the kernel forbids it. */
static bool no_open(void)
{
    return open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM;
}
static bool no_new_file(void)
{
    return open("/tmp/sandbox_test_file", O_WRONLY | O_CREAT, 0600) < 0 && errno == EPERM;
}
static bool no_old_open(void)
{
    return syscall(SYS_open, "/etc/passwd", O_RDONLY, 0) < 0 && errno == EPERM;
}
static bool no_exec(void)
{
    char *argv[] = {(char[]){"true"}, NULL};
    return execve("/bin/true", argv, argv + 1) < 0 && errno == EPERM;
}
static bool no_fork(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0 && errno == EPERM;
}
static bool no_trace(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0 && errno == EPERM;
}
static bool no_reading_of_others(void)
{
    return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) < 0 && errno == EPERM;
}
static bool no_killing(void)
{
    return kill(getppid(), 0) < 0 && errno == EPERM;
}
static bool no_unlink(void)
{
    return unlink("/tmp/nothing-is-here") < 0 && errno == EPERM;
}
static bool no_stat(void)
{
    struct stat s;
    return stat("/etc/passwd", &s) < 0 && errno == EPERM;
}
static bool no_executable_memory(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED && errno == EPERM;
}
static bool no_root(void)
{
    return syscall(SYS_setuid, 0) < 0 && errno == EPERM;
}
static bool no_packet_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM;
}
static bool no_netlink_socket(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM;
}
static bool no_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM;
}
static bool no_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM;
}
static bool no_unix_stream(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 && errno == EPERM &&
           socket(AF_UNIX, SOCK_SEQPACKET, 0) < 0 && errno == EPERM;
}
static bool no_other_protocols(void)
{
    return socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP) < 0 && errno == EPERM &&
           socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE) < 0 && errno == EPERM;
}
/* The kernel would send the signal of our choice to a process of our account where a descriptor becomes ready. */
static bool no_signal_by_descriptor(void)
{
    struct f_owner_ex owner = {F_OWNER_PID, getppid()};
    return fcntl(listening, F_SETOWN, getppid()) < 0 && errno == EPERM &&
           fcntl(listening, F_SETOWN_EX, &owner) < 0 && errno == EPERM &&
           fcntl(listening, F_SETSIG, SIGKILL) < 0 && errno == EPERM;
}
static bool flags_of_descriptors(void)
{
    int flags = fcntl(listening, F_GETFL);
    return flags >= 0 && fcntl(listening, F_SETFL, flags) == 0 && fcntl(listening, F_GETFD) == FD_CLOEXEC;
}
static bool no_accept(void)
{
    return accept4(listening, NULL, NULL, 0) < 0 && errno == EPERM;
}

/* Each gives true where it still works. */
static bool memory(void)
{
    uint8_t *big = malloc(8 << 20);
    if (big == NULL)
        return false;
    memset(big, 1, 8 << 20);
    big = realloc(big, 16 << 20);
    bool is_good = big && big[(8 << 20) - 1] == 1;
    free(big);
    return is_good;
}
static bool clocks(void)
{
    struct timespec t;
    return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t) == 0 && clock_gettime(CLOCK_REALTIME, &t) == 0 &&
           nanosleep(&(struct timespec){0, 1000}, NULL) == 0;
}
static bool randomness(void)
{
    uint8_t bytes[16];
    return getrandom(bytes, sizeof bytes, 0) == sizeof bytes;
}
static bool error_output(void)
{
    return write(STDERR_FILENO, "", 0) == 0 && fflush(stderr) == 0;
}
static bool what_is_open(void)
{
    struct stat s;
    return fstat(STDERR_FILENO, &s) == 0;
}
static bool core_is_ruled_out(void)
{
    struct rlimit l;
    return getrlimit(RLIMIT_CORE, &l) == 0 && l.rlim_max == 0;
}
static bool dns_socket(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_good = fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof a) == 0;
    a.sin_port = htons(9);
    return is_good && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0 && close(fd) == 0;
}
static bool log_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && close(fd) == 0;
}
static bool accepting(void)
{
    return accept4(listening, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EAGAIN;
}
static bool packets(void)
{
    /* the one pair that is open already: listening's neighbour */
    return recv(listening, &(char){0}, 1, MSG_DONTWAIT) < 0 && errno != EPERM;
}

struct row {
    const char *about;
    bool (*holds)(void);
};
#define OF_ALL                                                                                               \
    {"open", no_open}, {"creating a file", no_new_file}, {"the old open", no_old_open}, {"execve", no_exec}, \
        {"fork", no_fork}, {"ptrace", no_trace}, {"process_vm_readv", no_reading_of_others},                 \
        {"kill", no_killing}, {"unlink", no_unlink}, {"stat", no_stat},                                      \
        {"executable memory", no_executable_memory}, {"setuid", no_root},                                    \
        {"packet sockets", no_packet_socket}, {"netlink", no_netlink_socket}, {"memory works", memory},      \
        {"clocks work", clocks}, {"randomness works", randomness}, {"standard error works", error_output},   \
        {"fstat works", what_is_open}, {"packets work", packets},                                            \
        {"signals by descriptors", no_signal_by_descriptor}, {"fcntl works", flags_of_descriptors},          \
    {                                                                                                        \
        "there is no core", core_is_ruled_out                                                                \
    }

static const struct row worker_rows[] = {OF_ALL,
                                         {"a socket for the DNS", dns_socket},
                                         {"syslog", log_socket},
                                         {"unix streams", no_unix_stream},
                                         {"other protocols", no_other_protocols},
                                         {"accept", accepting},
                                         {0}};
static const struct row keyd_rows[] = {
    OF_ALL, {"sockets", no_socket}, {"unix sockets", no_unix_socket}, {"accept", no_accept}, {0}};
static const struct row status_rows[] = {OF_ALL, {"sockets", no_socket}, {"accept", accepting}, {0}};

/* The child's exit status says which row failed first, counted from 1. */
static int look(const struct row *rows)
{
    struct conf conf = {.user = as_nobody ? "nobody" : NULL};
    if (!sandbox_enter(&conf, role))
        return NOT_ENTERED;
    for (int i = 0; rows[i].about; i++)
        if (!rows[i].holds())
            return i + 1;
    return STARTED;
}

static void enter(const char *as, const struct row *rows)
{
    int status;
    role = as;
    pid_t pid = fork();
    if (pid == 0)
        _exit(look(rows));
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status))
        fail_msg("%s: signal %d", as, WTERMSIG(status));
    if (WEXITSTATUS(status) == NOT_ENTERED)
        fail_msg("%s: could not be entered", as);
    if (WEXITSTATUS(status) != STARTED)
        fail_msg("%s: %s", as, rows[WEXITSTATUS(status) - 1].about);
}

static int open_listening(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)state;
    listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return bind(listening, (const struct sockaddr *)&a, sizeof a) == 0 ? listen(listening, 1) : 1;
}

static void a_worker(void **state)
{
    (void)state;
    enter("worker", worker_rows);
}

static void a_keyd(void **state)
{
    (void)state;
    enter("keyd", keyd_rows);
}

static void a_status(void **state)
{
    (void)state;
    enter("status", status_rows);
}

static void as_another_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    as_nobody = true;
    enter("worker", worker_rows);
    enter("keyd", keyd_rows);
    as_nobody = false;
}

static void an_unknown_role(void **state)
{
    int status;
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        _exit(sandbox_enter(&(struct conf){0}, "nonsense") ? 1 : errno);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), EINVAL);
}

/* The facts as the kernel tells them: what ps and auditors look at. */
static void the_kernel_agrees(void **state)
{
    int go[2], ready[2], status;
    char path[64], text[8192], byte = 0;
    (void)state;
    assert_int_equal(pipe(go) | pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        bool is_in = sandbox_enter(&(struct conf){0}, "worker");
        _exit(is_in && write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1 ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    assert_true(n > 0);
    text[n] = 0;
    static const char *const wanted[] = {"\nSeccomp:\t2\n", "\nNoNewPrivs:\t1\n",
                                         "\nCapEff:\t0000000000000000\n", "\nCapPrm:\t0000000000000000\n",
                                         "\nCapInh:\t0000000000000000\n"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("%s is not in %s", wanted[i] + 1, text);
    assert_int_equal(write(go[1], &byte, 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker),        cmocka_unit_test(a_keyd),
        cmocka_unit_test(a_status),        cmocka_unit_test(as_another_user),
        cmocka_unit_test(an_unknown_role), cmocka_unit_test(the_kernel_agrees),
    };
    return cmocka_run_group_tests(tests, open_listening, NULL);
}
