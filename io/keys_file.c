/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/keys_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, NAME_SIZE = 300 };

enum keys_got keys_say(enum keys_got got, struct keys_error *error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    /* cppcheck-suppress ctuuninitvar */
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    return got;
}

/* Writes a path so that a shell takes it as one word. */
static void quote(const char *path, char quoted[KEYS_PATH_SIZE])
{
    cur c = cur_of(str_of(path));
    cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT | C_BASE64);
    if (cur_end(&c) && *path && *path != '-')
        snprintf(quoted, KEYS_PATH_SIZE, "%s", path);
    else if (strchr(path, '\''))
        snprintf(quoted, KEYS_PATH_SIZE, "THAT-PATH");
    else
        snprintf(quoted, KEYS_PATH_SIZE, "'%s%s'", *path == '-' ? "./" : "", path);
}

struct rule {
    const char *path;
    uid_t owner, or_owner; /* either is fine */
    mode_t forbidden;
    mode_t mends; /* the mode to set */
};

/* Refuses an owner or a mode, and says which command mends it. */
static enum keys_got judge(const struct rule *r, const struct stat *st, struct keys_error *error)
{
    char path[KEYS_PATH_SIZE];
    quote(r->path, path);
    if (st->st_uid != r->owner && st->st_uid != r->or_owner)
        return keys_say(KEYS_REFUSED, error, "%s belongs to user %lu, not to %lu; mend it with: chown %lu %s",
                        r->path, (unsigned long)st->st_uid, (unsigned long)r->owner, (unsigned long)r->owner,
                        path);
    if (st->st_mode & r->forbidden)
        return keys_say(KEYS_REFUSED, error, "%s is open to others (mode %04o); mend it with: chmod %03o %s",
                        r->path, (unsigned)(st->st_mode & 07777), (unsigned)r->mends, path);
    return KEYS_OK;
}

enum keys_got keys_open_root(const char *root, int *fd, struct keys_error *error)
{
    struct stat st;
    *fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0 && errno == ENOENT)
        return keys_say(KEYS_NONE, error,
                        "%s: there is no such folder; --keys DIR names another, ingam key new makes one",
                        root);
    if (*fd < 0 || fstat(*fd, &st) != 0)
        return keys_say(KEYS_TROUBLE, error, "%s: %s", root, strerror(errno));
    struct rule rule = {root, geteuid(), geteuid() ? 0 : st.st_uid, 022, 0700};
    return judge(&rule, &st, error);
}

enum keys_got keys_open_folder(int root_fd, const char *root, const char *domain, int *fd,
                               struct keys_error *error)
{
    char path[KEYS_PATH_SIZE];
    struct stat above, st;
    snprintf(path, sizeof path, "%s/%s", root, domain);
    *fd = openat(root_fd, domain, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (*fd < 0 && errno == ENOENT)
        return keys_say(KEYS_NONE, error, "%s: there are no keys of this domain", path);
    if (*fd < 0 || fstat(root_fd, &above) != 0 || fstat(*fd, &st) != 0)
        return keys_say(KEYS_TROUBLE, error, "%s: %s", path, strerror(errno));
    struct rule rule = {path, geteuid(), geteuid() ? geteuid() : above.st_uid, 077, 0700};
    return judge(&rule, &st, error);
}

static enum keys_got check_open_file(const struct keys_domain *d, const char *name, const struct stat *st,
                                     struct keys_error *error)
{
    char path[KEYS_PATH_SIZE];
    struct stat above;
    snprintf(path, sizeof path, "%s/%s/%s", d->root, d->domain, name);
    if (fstat(d->dir, &above) != 0)
        return keys_say(KEYS_TROUBLE, error, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
        return keys_say(KEYS_REFUSED, error, "%s is no file of its own (a link, or no file at all)", path);
    struct rule rule = {path, above.st_uid, above.st_uid, 077, 0600};
    return judge(&rule, st, error);
}

enum keys_got keys_check_file(const struct keys_domain *d, const char *name, struct stat *st,
                              struct keys_error *error)
{
    if (fstatat(d->dir, name, st, AT_SYMLINK_NOFOLLOW) != 0)
        return keys_say(errno == ENOENT ? KEYS_NONE : KEYS_TROUBLE, error, "%s/%s/%s: %s", d->root, d->domain,
                        name, strerror(errno));
    return check_open_file(d, name, st, error);
}

static bool read_all(int fd, uint8_t *p, size_t n)
{
    while (n) {
        ssize_t got = read(fd, p, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

/* ret  KEYS_TROUBLE: errno says it */
static enum keys_got read_open_file(int fd, size_t n, struct keys_text *text)
{
    uint8_t *p = malloc(n + 1);
    if (p == NULL || !read_all(fd, p, n)) {
        free(p);
        return KEYS_TROUBLE;
    }
    p[n] = 0;
    *text = (struct keys_text){p, n};
    return KEYS_OK;
}

enum keys_got keys_read_file(const struct keys_domain *d, const char *name, struct keys_text *text,
                             struct keys_error *error)
{
    struct stat st;
    *text = (struct keys_text){NULL, 0};
    int fd = openat(d->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP)
        return keys_check_file(d, name, &st, error);
    if (fd < 0 || fstat(fd, &st) != 0)
        return keys_say(fd < 0 && errno == ENOENT ? KEYS_NONE : KEYS_TROUBLE, error, "%s/%s/%s: %s", d->root,
                        d->domain, name, strerror(errno));
    enum keys_got got = check_open_file(d, name, &st, error);
    if (got == KEYS_OK && st.st_size > FILE_MAX)
        got = keys_say(KEYS_REFUSED, error, "%s/%s/%s is too large", d->root, d->domain, name);
    if (got == KEYS_OK && read_open_file(fd, (size_t)st.st_size, text) != KEYS_OK)
        got = keys_say(KEYS_TROUBLE, error, "%s/%s/%s: cannot be read: %s", d->root, d->domain, name,
                       strerror(errno));
    close(fd);
    return got;
}

void keys_wipe(struct keys_text *text)
{
    if (text->p)
        explicit_bzero(text->p, text->n);
    free(text->p);
    *text = (struct keys_text){NULL, 0};
}

static bool write_all(int fd, str text)
{
    while (text.n) {
        ssize_t put = write(fd, text.p, text.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        text = str_from(text, (size_t)put);
    }
    return true;
}

/* Writes the file beside its place; when this returns true it is on the disk. What root writes belongs to the folder's
 * owner. */
static bool write_beside(const struct keys_domain *d, const char *beside, str text)
{
    struct stat st;
    int fd = openat(d->dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool is_done = fstat(d->dir, &st) == 0 && fchmod(fd, 0600) == 0 &&
                   (st.st_uid == geteuid() || fchown(fd, st.st_uid, st.st_gid) == 0) && write_all(fd, text) &&
                   fsync(fd) == 0;
    int why = errno;
    is_done = close(fd) == 0 && is_done;
    if (!is_done && why)
        errno = why;
    return is_done;
}

/* A new file is never put over another one; who changes keys holds the lock, so nothing comes between asking and renaming. A
 * link instead would leave two names for one file where the machine stops. */
static bool put_in_place(const struct keys_domain *d, const char *beside, const char *name, bool is_new)
{
    struct stat st;
    if (is_new && fstatat(d->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return false;
    }
    return renameat(d->dir, beside, d->dir, name) == 0 && fsync(d->dir) == 0;
}

enum keys_got keys_write_file(const struct keys_domain *d, const char *name, str text, bool is_new,
                              struct keys_error *error)
{
    char beside[NAME_SIZE];
    snprintf(beside, sizeof beside, ".%s.part", name);
    if (write_beside(d, beside, text) && put_in_place(d, beside, name, is_new))
        return KEYS_OK;
    enum keys_got got = errno == EEXIST ? KEYS_REFUSED : KEYS_TROUBLE;
    keys_say(got, error, "%s/%s/%s: %s", d->root, d->domain, name,
             got == KEYS_REFUSED ? "there is such a key already" : strerror(errno));
    unlinkat(d->dir, beside, 0);
    return got;
}
