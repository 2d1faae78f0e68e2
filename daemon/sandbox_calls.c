/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/sandbox_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Memory, time, waiting, and what is open already. */
static const int of_all[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(lseek),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(recvfrom),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getrusage),
    SCMP_SYS(getrlimit),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getcpu),
    -1,
};
static const int of_status[] = {SCMP_SYS(accept), SCMP_SYS(accept4), -1};
/* bind: the DNS is asked from ports of our choice. */
static const int of_worker[] = {SCMP_SYS(accept),
                                SCMP_SYS(accept4),
                                SCMP_SYS(connect),
                                SCMP_SYS(bind),
                                SCMP_SYS(sendmmsg),
                                SCMP_SYS(recvmmsg),
                                -1};
static const int of_keyd[] = {-1};

static const struct {
    const char *role;
    const int *calls;
    bool opens_sockets;
} roles[] = {{"worker", of_worker, true}, {"keyd", of_keyd, false}, {"status", of_status, false}};

static bool allow(scmp_filter_ctx filter, const int *calls)
{
    for (; *calls != -1; calls++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, *calls, 0) < 0)
            return false;
    return true;
}

static bool allow_where(scmp_filter_ctx filter, int call, struct scmp_arg_cmp where)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &where) >= 0;
}

static struct scmp_arg_cmp bits(unsigned argument, uint64_t mask, uint64_t are)
{
    return (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, are};
}

static struct scmp_arg_cmp is(unsigned argument, uint64_t value)
{
    return (struct scmp_arg_cmp){argument, SCMP_CMP_EQ, value, 0};
}

/* Not F_SETOWN and F_SETSIG: by them the kernel would send any signal to any process of our account, SIGKILL too. */
static bool allow_fcntl(scmp_filter_ctx filter)
{
    static const int commands[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!allow_where(filter, SCMP_SYS(fcntl), is(1, (uint64_t)commands[i])))
            return false;
    return true;
}

/* Memory that is never executable; the facts of what is open already; limits only read; a signal only to ourselves. */
static bool allow_halves(scmp_filter_ctx filter, pid_t self)
{
    return allow_where(filter, SCMP_SYS(mmap), bits(2, PROT_EXEC, 0)) &&
           allow_where(filter, SCMP_SYS(mprotect), bits(2, PROT_EXEC, 0)) &&
           allow_where(filter, SCMP_SYS(newfstatat), bits(3, AT_EMPTY_PATH, AT_EMPTY_PATH)) &&
           allow_where(filter, SCMP_SYS(prlimit64), is(2, 0)) &&
           allow_where(filter, SCMP_SYS(tgkill), is(0, (uint64_t)self)) &&
           allow_where(filter, SCMP_SYS(ioctl), is(1, FIONREAD)) &&
           allow_where(filter, SCMP_SYS(ioctl), is(1, FIONBIO));
}

static bool allow_socket(scmp_filter_ctx filter, struct scmp_arg_cmp family, struct scmp_arg_cmp other)
{
    struct scmp_arg_cmp both[] = {family, other};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, both) >= 0;
}

/* Of unix sockets only what syslog wants: the control socket, and those of other services, are streams. Of the others what the DNS wants:
 * SCTP, DCCP, MPTCP and their like are ways into the kernel. */
static bool allow_sockets(scmp_filter_ctx filter)
{
    static const int protocols[] = {0, IPPROTO_UDP, IPPROTO_TCP};
    const uint64_t flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    bool is_made = allow_socket(filter, is(0, AF_UNIX), bits(1, ~flags, SOCK_DGRAM));
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        is_made = is_made && allow_socket(filter, is(0, AF_INET), is(2, (uint64_t)protocols[i])) &&
                  allow_socket(filter, is(0, AF_INET6), is(2, (uint64_t)protocols[i]));
    return is_made;
}

static bool load(size_t role, pid_t self)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool is_made = filter && allow(filter, of_all) && allow(filter, roles[role].calls) &&
                   allow(filter, sandbox_build_calls) && allow_halves(filter, self) && allow_fcntl(filter) &&
                   (!roles[role].opens_sockets || allow_sockets(filter));
    int got = is_made ? seccomp_load(filter) : -ENOMEM;
    if (filter)
        seccomp_release(filter);
    errno = -got;
    return got >= 0;
}

bool sandbox_calls(const char *role)
{
    size_t i = 0, n = sizeof roles / sizeof *roles;
    while (i < n && strcmp(roles[i].role, role) != 0)
        i++;
    if (i < n)
        return load(i, getpid());
    errno = EINVAL;
    return false;
}
