/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection made in a process of its own, which takes the rights and the root of the mail server first: what the modes of files
 * promise is not all that decides. */
#include "cli/doctor.h"

#include "milter/client.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 4000, WHOLE_MS = 10000, ANSWER_BYTES = 4096, MILTER_VERSION = 6 };
static const uint32_t all_actions = 0x1ff, all_options = 0x1fffff;

struct result {
    enum doctor_tried tried;
    int error;
};

static bool take_groups(const struct passwd *who)
{
    return setgid(who->pw_gid) == 0 && initgroups(who->pw_name, who->pw_gid) == 0;
}

static bool take_root(const char *root)
{
    return root == NULL || (chroot(root) == 0 && chdir("/") == 0);
}

/* ret  false: we may not, or there is no such account */
static bool become(const struct doctor_try *t)
{
    const struct passwd *who = t->user ? getpwnam(t->user) : NULL;
    if (t->user == NULL)
        return take_root(t->root);
    return who && geteuid() == 0 && take_groups(who) && take_root(t->root) && setuid(who->pw_uid) == 0;
}

static int connect_to(const struct doctor_try *t)
{
    union {
        struct sockaddr any;
        struct sockaddr_un un;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } to = {0};
    const struct conf_listen *l = t->listen;
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    socklen_t n = sizeof to.un;
    if (l->family != CONF_INET) {
        to.un.sun_family = AF_UNIX;
        memcpy(to.un.sun_path, t->path, strnlen(t->path, sizeof to.un.sun_path - 1));
    } else if (l->ip.is_v6) {
        to.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(l->port)};
        memcpy(&to.in6.sin6_addr, l->ip.bytes, sizeof to.in6.sin6_addr);
        n = sizeof to.in6;
    } else {
        to.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(l->port)};
        memcpy(&to.in.sin_addr, l->ip.bytes, sizeof to.in.sin_addr);
        n = sizeof to.in;
    }
    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    return fd >= 0 && connect(fd, &to.any, n) == 0 ? fd : -1;
}

/* ret  the answer has come whole, or what came can be none */
static bool is_over(enum conf_front front, str got, enum doctor_tried *tried)
{
    static const str pong = S_INIT("RSPAMD/");
    struct milter_answer answer;
    if (front == CONF_RSPAMC) {
        *tried = str_starts(got, pong) ? DOCTOR_ANSWERS : DOCTOR_STRANGE;
        return got.n >= pong.n || *tried == DOCTOR_ANSWERS;
    }
    enum milter_answer_kind kind = milter_client_next(&got, &answer);
    *tried = kind == MILTER_ANSWER_OPTIONS ? DOCTOR_ANSWERS : DOCTOR_STRANGE;
    return kind != MILTER_ANSWER_MORE;
}

/* Says the first words of the protocol and hears what comes back. */
static enum doctor_tried greet(enum conf_front front, int fd)
{
    static uint8_t got[ANSWER_BYTES];
    struct arena a;
    struct out o;
    size_t n = 0;
    ssize_t came = 1;
    enum doctor_tried tried = DOCTOR_SILENT;
    arena_init(&a, NULL, ANSWER_BYTES);
    out_init(&o, &a);
    if (front == CONF_RSPAMC)
        out_z(&o, "PING RSPAMC/1.3\r\n\r\n");
    else
        milter_client_options(&o, MILTER_VERSION, all_actions, all_options);
    str hello = out_done(&o);
    bool is_sent = send(fd, hello.p, hello.n, MSG_NOSIGNAL) == (ssize_t)hello.n;
    while (is_sent && came > 0 && n < sizeof got) {
        came = recv(fd, got + n, sizeof got - n, 0);
        n += came > 0 ? (size_t)came : 0;
        if (came > 0 && is_over(front, (str){got, n}, &tried))
            break;
        if (came == 0)
            tried = DOCTOR_STRANGE;
    }
    arena_free(&a);
    return tried;
}

static struct result try_it(const struct doctor_try *t)
{
    if (!become(t))
        return (struct result){DOCTOR_NOT_TRIED, 0};
    int fd = connect_to(t);
    if (fd < 0)
        return (struct result){DOCTOR_NO_ENTRY, errno};
    return (struct result){greet(t->listen->front, fd), 0};
}

enum doctor_tried doctor_try(const struct doctor_try *t, int *error)
{
    struct result r = {DOCTOR_SILENT, 0};
    int ends[2];
    *error = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return DOCTOR_NOT_TRIED;
    pid_t pid = fork();
    if (pid == 0) {
        r = try_it(t);
        _exit(write(ends[1], &r, sizeof r) == (ssize_t)sizeof r ? 0 : 1);
    }
    close(ends[1]);
    struct pollfd wait = {.fd = ends[0], .events = POLLIN};
    if (pid > 0 && poll(&wait, 1, WHOLE_MS) > 0 && read(ends[0], &r, sizeof r) != (ssize_t)sizeof r)
        r.tried = DOCTOR_NOT_TRIED;
    close(ends[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *error = r.error;
    return pid > 0 ? r.tried : DOCTOR_NOT_TRIED;
}
