/* SPDX-License-Identifier: BSD-2-Clause */
/* What was delivered: the header of each probe, found by its mark in a Maildir or in what an mbox has grown by. */
#include "cli/test.h"

#include "cli/maildir.h"
#include "io/clock.h"
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, PAUSE_MS = 200, READ_MAX = 1 << 20, PATH_SIZE = 4096 };

static void find_by_account(struct test *t, const struct passwd *account)
{
    char path[PATH_SIZE];
    struct stat s;
    snprintf(path, sizeof path, "%s/Maildir/new", account->pw_dir);
    t->is_box_guessed = true;
    if (stat(path, &s) == 0) {
        snprintf(path, sizeof path, "%s/Maildir", account->pw_dir);
        t->options.maildir = arena_copy_z(&t->arena, str_of(path));
        return;
    }
    snprintf(path, sizeof path, "/var/mail/%s", account->pw_name);
    if (stat(path, &s) == 0 && S_ISREG(s.st_mode))
        t->options.mbox = arena_copy_z(&t->arena, str_of(path));
}

void box_find(struct test *t)
{
    struct stat s;
    str to = str_of(t->options.to);
    const char *name = arena_copy_z(&t->arena, str_first(to, str_find(to, '@')));
    const struct passwd *account = name ? getpwnam(name) : NULL;
    if (!t->options.maildir && !t->options.mbox && account)
        find_by_account(t, account);
    if (t->options.mbox && stat(t->options.mbox, &s) == 0)
        t->mbox_at = (size_t)s.st_size;
}

/* in   at  where to begin; 0 where the file is shorter by now
 * ret  what lies behind, up to READ_MAX, in the arena; empty: nothing, or it cannot be read */
static str read_file(struct arena *a, const char *path, size_t at)
{
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return S("");
    bool is_file = fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
    size_t size = is_file ? (size_t)s.st_size : 0, from = at <= size ? at : 0, n = 0;
    size_t room = size - from < READ_MAX ? size - from : READ_MAX;
    uint8_t *p = room ? NEW_N(a, uint8_t, room) : NULL;
    for (ssize_t got = 1; p && n < room && got > 0; n += got > 0 ? (size_t)got : 0)
        got = pread(fd, p + n, room - n, (off_t)(from + n));
    close(fd);
    return p ? (str){p, n} : S("");
}

/* Where in the text the message begins whose field stands at `at`: an mbox has several. */
static size_t begin_of(str text, size_t at)
{
    for (size_t i = at; i > 0; i--)
        if (text.p[i - 1] == '\n' && str_starts(str_from(text, i), S("From ")))
            return i;
    return 0;
}

static void look_for(struct test *t, struct probe *p, str text)
{
    char field[MARK_SIZE + 32];
    snprintf(field, sizeof field, "\nX-Ingam-Trial: %s\n", p->mark);
    size_t at = str_find_str(text, str_of(field));
    if (at == text.n)
        return;
    str message = str_from(text, begin_of(text, at));
    size_t end = str_find_str(message, S("\n\n"));
    p->delivered = arena_copy(&t->arena, str_first(message, end + 1));
}

static void look_for_all(struct test *t, str text)
{
    for (size_t i = 0; i < PROBE_N; i++)
        if (t->probes[i].delivered.n == 0)
            look_for(t, &t->probes[i], text);
}

static void look_at_maildir(struct test *t, struct arena *a)
{
    struct stat s;
    char **files = NULL;
    size_t n = 0;
    if (!maildir_list(t->options.maildir, &files, &n))
        return;
    for (size_t i = 0; i < n; i++)
        if (stat(files[i], &s) == 0 && s.st_mtime >= t->since_s - 1)
            look_for_all(t, read_file(a, files[i], 0));
    maildir_free(files, n);
}

static bool is_complete(const struct test *t)
{
    for (size_t i = 0; i < PROBE_N; i++)
        if (judge_is_to_come(&t->probes[i]) && t->probes[i].delivered.n == 0)
            return false;
    return true;
}

void box_read(struct test *t)
{
    uint64_t until_ms = clock_now_ms() + PATIENCE_MS;
    if (!t->options.maildir && !t->options.mbox)
        return;
    while (!is_complete(t) && clock_now_ms() < until_ms) {
        struct arena a;
        arena_init(&a, NULL, 256 << 20);
        if (t->options.maildir)
            look_at_maildir(t, &a);
        else
            look_for_all(t, read_file(&a, t->options.mbox, t->mbox_at));
        arena_free(&a);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}
