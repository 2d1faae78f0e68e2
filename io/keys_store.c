/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/keys_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { STATE_MAX = 1 << 20, FILE_NAME_SIZE = KEYS_SELECTOR_SIZE + 8 };

/* Makes DIR/DOMAIN, and DIR. What is there already is fine; what is wrong with it is said by opening it. */
static void make_folders(const char *root, const char *domain)
{
    struct stat st;
    mkdir(root, 0700);
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (mkdirat(fd, domain, 0700) == 0 && fstat(fd, &st) == 0 && st.st_uid != geteuid() && geteuid() == 0)
        (void)!fchownat(fd, domain, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
    fsync(fd);
    close(fd);
}

static void file_name(const char *selector, char name[FILE_NAME_SIZE])
{
    snprintf(name, FILE_NAME_SIZE, "%s.pem", selector);
}

size_t keys_find(const struct keys_domain *d, const char *selector)
{
    size_t i = 0;
    while (i < d->n && strcmp(d->list[i].selector, selector) != 0)
        i++;
    return i;
}

enum keys_got keys_load(const struct keys_domain *d, const char *selector, struct ingam_private_key **key,
                        struct keys_error *error)
{
    char name[FILE_NAME_SIZE];
    enum ingam_key_fault fault;
    struct keys_text pem;
    *key = NULL;
    file_name(selector, name);
    enum keys_got got = keys_read_file(d, name, &pem, error);
    if (got != KEYS_OK)
        return got;
    *key = ingam_private_key_read(NULL, (str){pem.p, pem.n}, &fault);
    keys_wipe(&pem);
    if (*key)
        return KEYS_OK;
    return keys_say(fault == INGAM_KEY_NO_MEMORY ? KEYS_TROUBLE : KEYS_REFUSED, error, "%s/%s/%s: %s",
                    d->root, d->domain, name, ingam_key_fault_text(fault));
}

/* Reads what kind of key it is into a new entry. */
static enum keys_got note_key(struct keys_domain *d, const char *selector, int64_t made_s,
                              struct keys_error *error)
{
    struct ingam_private_key *key;
    if (d->n == KEYS_MAX)
        return keys_say(KEYS_REFUSED, error, "%s/%s: more than %d keys", d->root, d->domain, KEYS_MAX);
    enum keys_got got = keys_load(d, selector, &key, error);
    if (got != KEYS_OK)
        return got;
    struct keys_entry *e = &d->list[d->n++];
    *e = (struct keys_entry){.state = KEYS_NEW, .has_file = true};
    snprintf(e->selector, sizeof e->selector, "%s", selector);
    e->algorithm = ingam_private_key_algorithm(key);
    e->bits = ingam_private_key_bits(key);
    e->at[KEYS_MADE] = made_s > 0 ? made_s : 1;
    d->is_changed = true;
    ingam_private_key_free(key);
    return KEYS_OK;
}

/* A file that somebody put here is a new key as well. */
static enum keys_got note_file(struct keys_domain *d, const char *name, struct keys_error *error)
{
    char selector[KEYS_SELECTOR_SIZE];
    struct stat st;
    str text = str_of(name);
    if (name[0] == '.' || !str_ends_nocase(text, S(".pem")))
        return KEYS_OK;
    if (text.n - 4 < sizeof selector)
        snprintf(selector, sizeof selector, "%.*s", (int)(text.n - 4), name);
    if (text.n - 4 >= sizeof selector || !keys_selector_is_good(selector))
        return keys_say(KEYS_REFUSED, error, "%s/%s/%s: this name is no selector", d->root, d->domain, name);
    enum keys_got got = keys_check_file(d, name, &st, error);
    if (got != KEYS_OK)
        return got == KEYS_NONE ? KEYS_OK : got;
    size_t i = keys_find(d, selector);
    if (i == d->n)
        return note_key(d, selector, (int64_t)st.st_mtime, error);
    d->list[i].has_file = true;
    return KEYS_OK;
}

/* ret  the folder as a stream of its own, or NULL */
static DIR *listing(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (list == NULL && fd >= 0)
        close(fd);
    return list;
}

static enum keys_got read_files(struct keys_domain *d, struct keys_error *error)
{
    DIR *list = listing(d->dir);
    enum keys_got got = KEYS_OK;
    if (list == NULL)
        return keys_say(KEYS_TROUBLE, error, "%s/%s: %s", d->root, d->domain, strerror(errno));
    for (struct dirent *e = readdir(list); e && got == KEYS_OK; e = readdir(list))
        got = note_file(d, e->d_name, error);
    closedir(list);
    return got;
}

static enum keys_got read_state(struct keys_domain *d, struct keys_error *error)
{
    const char *why = NULL;
    struct keys_text text;
    enum keys_got got = keys_read_file(d, "state", &text, error);
    if (got == KEYS_NONE)
        return KEYS_OK;
    if (got != KEYS_OK)
        return got;
    size_t line = keys_state_read((str){text.p, text.n}, d->list, &d->n, &why);
    keys_wipe(&text);
    if (line == 0)
        return KEYS_OK;
    return keys_say(KEYS_REFUSED, error, "%s/%s/state:%zu: %s", d->root, d->domain, line, why);
}

static enum keys_got open_folder(enum keys_use use, struct keys_domain *d, struct keys_error *error)
{
    int root_fd;
    if (use == KEYS_CREATE)
        make_folders(d->root, d->domain);
    enum keys_got got = keys_open_root(d->root, &root_fd, error);
    if (got == KEYS_OK)
        got = keys_open_folder(root_fd, d->root, d->domain, &d->dir, error);
    if (root_fd >= 0)
        close(root_fd);
    if (got != KEYS_OK || use == KEYS_LOOK)
        return got;
    while (flock(d->dir, LOCK_EX) != 0)
        if (errno != EINTR)
            return keys_say(KEYS_TROUBLE, error, "%s/%s: cannot be locked: %s", d->root, d->domain,
                            strerror(errno));
    return KEYS_OK;
}

enum keys_got keys_open(const char *root, str domain, enum keys_use use, struct keys_domain *d,
                        struct keys_error *error)
{
    *d = (struct keys_domain){.root = root, .dir = -1};
    if (domain.n == 0 || domain.n >= sizeof d->domain || domain.p[0] == '.' ||
        memchr(domain.p, '/', domain.n))
        return keys_say(KEYS_REFUSED, error, "\"%.*s\" is no domain", (int)domain.n, (const char *)domain.p);
    snprintf(d->domain, sizeof d->domain, "%.*s", (int)domain.n, (const char *)domain.p);
    enum keys_got got = open_folder(use, d, error);
    if (got == KEYS_OK)
        got = read_state(d, error);
    return got == KEYS_OK ? read_files(d, error) : got;
}

void keys_close(struct keys_domain *d)
{
    if (d->dir >= 0)
        close(d->dir);
    d->dir = -1;
}

/* The key of one that is gone can only do harm now. Where this is cut short, the next saving does it. */
static void delete_gone(struct keys_domain *d)
{
    char name[FILE_NAME_SIZE];
    bool is_any = false;
    for (size_t i = 0; i < d->n; i++)
        if (d->list[i].state == KEYS_GONE && d->list[i].has_file) {
            file_name(d->list[i].selector, name);
            d->list[i].has_file = unlinkat(d->dir, name, 0) != 0;
            is_any = true;
        }
    if (is_any)
        fsync(d->dir);
}

enum keys_got keys_save(struct keys_domain *d, struct keys_error *error)
{
    struct arena a;
    struct out o;
    arena_init(&a, NULL, STATE_MAX);
    out_init(&o, &a);
    keys_state_write(&o, d->list, d->n);
    str text = out_done(&o);
    enum keys_got got = text.p ? keys_write_file(d, "state", text, false, error)
                               : keys_say(KEYS_TROUBLE, error, "%s: no memory", d->domain);
    arena_free(&a);
    if (got == KEYS_OK)
        delete_gone(d);
    return got;
}

enum keys_got keys_put(struct keys_domain *d, const char *selector, str pem, int64_t now_s,
                       struct keys_error *error)
{
    char name[FILE_NAME_SIZE];
    if (!keys_selector_is_good(selector))
        return keys_say(KEYS_REFUSED, error, "\"%s\" is no selector", selector);
    if (keys_find(d, selector) < d->n)
        return keys_say(KEYS_REFUSED, error, "%s/%s: the selector \"%s\" was used before", d->root, d->domain,
                        selector);
    file_name(selector, name);
    enum keys_got got = keys_write_file(d, name, pem, true, error);
    return got == KEYS_OK ? note_key(d, selector, now_s, error) : got;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_domain(struct arena *a, const char ***names, size_t *n, const char *name)
{
    const char **more = NEW_N(a, const char *, *n + 1);
    char *copy = arena_copy_z(a, str_of(name));
    if (more == NULL || copy == NULL)
        return false;
    if (*n)
        memcpy(more, *names, *n * sizeof **names);
    more[(*n)++] = copy;
    *names = more;
    return true;
}

enum keys_got keys_domains(const char *root, struct arena *a, const char ***names, size_t *n,
                           struct keys_error *error)
{
    struct stat st;
    int fd;
    *n = 0;
    *names = NULL;
    enum keys_got got = keys_open_root(root, &fd, error);
    DIR *list = got == KEYS_OK ? listing(fd) : NULL;
    for (struct dirent *e = list ? readdir(list) : NULL; e; e = readdir(list))
        if (e->d_name[0] != '.' && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(st.st_mode) && !add_domain(a, names, n, e->d_name))
            got = keys_say(KEYS_TROUBLE, error, "%s: no memory", root);
    if (list)
        closedir(list);
    if (fd >= 0)
        close(fd);
    if (*n > 1)
        qsort(*names, *n, sizeof **names, by_name);
    return got;
}
