/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/sandbox.h"

#include "daemon/sandbox_calls.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool fails(const char *role, const char *what)
{
    int why = errno;
    fprintf(stderr, "ingamd: %s: %s: %s\n", role, what, strerrordesc_np(why));
    errno = why;
    return false;
}

/* --- Capabilities ------------------------------------------------------------------------------------------- */

/* For the parent: sockets with group and mode in folders of others, low ports, children as another user, their end; and that keyd
 * may lock its memory before it gives up the rest. */
static const unsigned of_parent[] = {
    CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,           CAP_KILL,
    CAP_SETGID, CAP_SETUID,       CAP_SETPCAP,         CAP_NET_BIND_SERVICE, CAP_IPC_LOCK};

static uint64_t parent_set(void)
{
    uint64_t set = 0;
    for (size_t i = 0; i < sizeof of_parent / sizeof *of_parent; i++)
        set |= UINT64_C(1) << of_parent[i];
    return set;
}

/* Which are lost beyond return; without the right to say so there is nothing to lose. */
static void bound(uint64_t kept)
{
    for (unsigned i = 0; i < 64; i++)
        if ((kept >> i & 1) == 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0 && errno == EINVAL)
            break;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* A service manager that has taken them all may also have forbidden to ask for fewer. */
static bool keep(uint64_t kept)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    bool has_more = false;
    if (syscall(SYS_capget, &head, data) != 0)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t part = (uint32_t)(kept >> (32 * i));
        has_more |= (data[i].permitted & ~part) || (data[i].effective & ~part) || data[i].inheritable;
        data[i].permitted &= part;
        data[i].effective &= part;
        data[i].inheritable = 0;
    }
    return !has_more || syscall(SYS_capset, &head, data) == 0;
}

/* --- The rest ------------------------------------------------------------------------------------------------ */

static bool become(const char *user, const char *role)
{
    if (geteuid() != 0 || user == NULL)
        return true;
    errno = 0;
    const struct passwd *p = getpwnam(user);
    if (p == NULL) {
        fprintf(stderr, "ingamd: %s: there is no account \"%s\"\n", role, user);
        errno = errno ? errno : ENOENT;
        return false;
    }
    if (initgroups(user, p->pw_gid) != 0 || setresgid(p->pw_gid, p->pw_gid, p->pw_gid) != 0 ||
        setresuid(p->pw_uid, p->pw_uid, p->pw_uid) != 0)
        return fails(role, "cannot become its user");
    return true;
}

/* A service manager may forbid to set limits, having set its own; then there is no core either, being not dumpable. */
static void no_core(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

/* The word of our end by the parent's is forgotten by the kernel when the user changes: it is given anew. */
static bool close_in(const char *role)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fails(role, "cannot rule out new rights");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return fails(role, "cannot hide its memory");
    if (strcmp(role, "keyd") != 0)
        prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    umask(077);
    no_core();
    return true;
}

static bool has_seccomp(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL;
}

bool sandbox_enter(const struct conf *conf, const char *role)
{
    bound(0);
    if (!become(conf->user, role))
        return false;
    if (!keep(0))
        return fails(role, "cannot give up capabilities");
    if (!close_in(role))
        return false;
    if (!has_seccomp()) {
        fprintf(stderr, "ingamd: %s: this kernel cannot limit system calls\n", role);
        return true;
    }
    return sandbox_calls(role) || fails(role, "cannot limit its system calls");
}

bool sandbox_parent(void)
{
    if (geteuid() != 0)
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    bound(parent_set());
    return keep(parent_set()) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}
