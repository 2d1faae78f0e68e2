/* SPDX-License-Identifier: BSD-2-Clause */
/* Children: how one begins, how its end is seen, when its successor comes. The first death costs no wait. What dies before it has served
 * waits 200 ms, 400 ms, ... up to 10 s; what has served never waits longer than 200 ms, so that a message that kills workers, tried
 * again by its sender, does not stop the mail of others. */
#include "daemon/parent_inside.h"
#include "daemon/worker.h"
#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum { WAIT_FIRST_MS = 200, WAIT_LAST_MS = 10000, YOUNG_MS = 2000, SETTLED_MS = 60000, EARLY_DEATHS_MAX = 3 };

const char *child_name(const struct child *c, char buf[32])
{
    if (c->role == ROLE_WORKER)
        snprintf(buf, 32, "worker %u", c->number);
    else
        snprintf(buf, 32, "%s", c->role == ROLE_KEYD ? "keyd" : "status");
    return buf;
}

/* --- Beginning ----------------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

static void close_but(int *kept, size_t n)
{
    unsigned from = STDERR_FILENO + 1;
    qsort(kept, n, sizeof *kept, by_number);
    for (size_t i = 0; i < n; i++) {
        unsigned fd = (unsigned)kept[i];
        if (kept[i] < (int)from)
            continue;
        if (fd > from)
            close_range(from, fd - 1, 0);
        from = fd + 1;
    }
    close_range(from, ~0U, 0);
}

/* A terminal's signals are for the parent, which tells the others. */
static void reset_signals(void)
{
    sigset_t none;
    static const int defaults[] = {SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2}, ignored[] = {SIGHUP, SIGINT, SIGPIPE};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        signal(defaults[i], SIG_DFL);
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void live(struct child_fork *f, pid_t parent)
{
    char name[32], title[48];
    snprintf(title, sizeof title, "ingamd %s", child_name(f->child, name));
    prctl(PR_SET_NAME, title, 0, 0, 0);
    if (f->child->role != ROLE_KEYD)
        prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid() != parent)
        _exit(PARENT_FAILED);
    closelog();
    close_but(f->kept, f->kept_n);
    reset_signals();
    int status = f->run(f->child->parent, f->child);
    fflush(stderr);
    _exit(status);
}

bool child_fork(struct child_fork *f)
{
    struct child *c = f->child;
    struct log *log = &c->parent->log;
    char name[32];
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        live(f, parent);
    if (pid < 0) {
        log_say(log, CONF_ERROR, "%s cannot be started: %s", child_name(c, name), strerrordesc_np(errno));
        return false;
    }
    c->pid = pid;
    c->is_ready = c->is_replaced = false;
    c->started_ms = c->alive_ms = clock_now_ms();
    log_say(log, CONF_DEBUG, "%s is process %d", child_name(c, name), (int)pid);
    return true;
}

static void wait_ms(struct child *c, uint64_t ms)
{
    struct timeval time = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    event_add(c->again, &time);
}

void child_start(struct child *c)
{
    static bool (*const forks[])(struct child *) = {worker_fork, keyd_fork, status_fork};
    if (c->pid || !c->is_wanted || c->parent->is_stopping)
        return;
    event_del(c->again);
    if (!forks[c->role](c))
        wait_ms(c, WAIT_LAST_MS);
}

static void again(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    child_start(context);
}

void child_init(struct parent *p, struct child *c, enum role role, unsigned number)
{
    *c = (struct child){.parent = p, .role = role, .number = number, .channel = -1};
    c->again = evtimer_new(p->base, again, c);
}

void child_free(struct child *c)
{
    if (c->role == ROLE_WORKER && c->again)
        worker_left_us(c);
    if (c->again)
        event_free(c->again);
    c->again = NULL;
}

/* --- End ----------------------------------------------------------------------------------------------------- */

void child_kill(struct child *c, int signal)
{
    if (c->pid)
        kill(c->pid, signal);
}

static void write_reason(char reason[REASON_SIZE], int status)
{
    if (WIFSIGNALED(status))
        snprintf(reason, REASON_SIZE, "signal %d (%s)%s", WTERMSIG(status), sigabbrev_np(WTERMSIG(status)),
                 WCOREDUMP(status) ? ", core dumped" : "");
    else
        snprintf(reason, REASON_SIZE, "exit status %d", WEXITSTATUS(status));
}

static uint64_t back_off(struct child *c, uint64_t lived_ms)
{
    if (lived_ms >= SETTLED_MS)
        c->deaths = 0;
    else if (c->has_served && c->deaths > 1)
        c->deaths = 1;
    unsigned n = c->deaths++;
    if (n == 0)
        return 0;
    uint64_t ms = n > 6 ? WAIT_LAST_MS : (uint64_t)WAIT_FIRST_MS << (n - 1);
    return ms < WAIT_LAST_MS ? ms : WAIT_LAST_MS;
}

static void count_restart(struct parent *p, struct child *c)
{
    c->restarts++;
    if (c->role == ROLE_WORKER)
        p->all->restarts_worker++;
    else if (c->role == ROLE_KEYD)
        p->all->restarts_keyd++;
    else
        p->all->restarts_status++;
}

/* Before all was ready once, what cannot start ends the whole: whoever started us is waiting for an answer. */
static bool ends_all(struct parent *p, const struct child *c, int status)
{
    char name[32];
    if (p->was_ready || c->has_served || WIFSIGNALED(status) || ++p->early_deaths < EARLY_DEATHS_MAX)
        return false;
    log_say(&p->log, CONF_ERROR, "%s does not come up: giving up", child_name(c, name));
    p->exit_status = PARENT_FAILED;
    parent_stop(p, "a part of it does not start");
    return true;
}

static void succeed(struct child *c, int status)
{
    struct parent *p = c->parent;
    char name[32], reason[REASON_SIZE];
    bool is_renewal = c->role == ROLE_WORKER && WIFEXITED(status) && WEXITSTATUS(status) == WORKER_RENEW;
    if (is_renewal || c->is_replaced) {
        child_start(c);
        return;
    }
    if (ends_all(p, c, status))
        return;
    uint64_t ms = back_off(c, clock_now_ms() - c->started_ms);
    write_reason(reason, status);
    log_say(&p->log, CONF_WARNING, "%s ended: %s; its successor starts in %lu ms", child_name(c, name),
            reason, (unsigned long)ms);
    count_restart(p, c);
    if (ms)
        wait_ms(c, ms);
    else
        child_start(c);
}

static void has_ended(struct child *c, int status)
{
    struct parent *p = c->parent;
    char name[32], reason[REASON_SIZE];
    pid_t pid = c->pid;
    uint64_t lived_ms = clock_now_ms() - c->started_ms;
    c->has_served = lived_ms >= YOUNG_MS || (c->is_ready && c->role != ROLE_STATUS);
    c->pid = 0;
    if (c->role == ROLE_WORKER)
        worker_left_us(c);
    else if (c->role == ROLE_KEYD)
        keyd_left_us(p);
    worker_count(p);
    if (!p->is_stopping && c->is_wanted) {
        succeed(c, status);
        return;
    }
    write_reason(reason, status);
    bool is_expected = status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    log_say(&p->log, is_expected ? CONF_DEBUG : CONF_NOTICE, "%s, process %d, ended: %s", child_name(c, name),
            (int)pid, reason);
}

static void reap_retired(struct parent *p)
{
    for (size_t i = 0; i < RETIRED_MAX; i++)
        if (p->retired[i] && waitpid(p->retired[i], NULL, WNOHANG) == p->retired[i])
            p->retired[i] = 0;
}

void child_reap(struct parent *p)
{
    int status;
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX + 2; i++) {
        struct child *c = i < COUNTERS_WORKERS_MAX    ? &p->workers[i]
                          : i == COUNTERS_WORKERS_MAX ? &p->keyd
                                                      : &p->status;
        if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid)
            has_ended(c, status);
    }
    reap_retired(p);
    reload_look(p);
    parent_may_end(p);
}

bool child_each_ended(const struct parent *p, bool with_others)
{
    for (size_t i = 0; i < COUNTERS_WORKERS_MAX; i++)
        if (p->workers[i].pid)
            return false;
    return !with_others || (p->keyd.pid == 0 && p->status.pid == 0);
}
