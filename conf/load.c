/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool fails(struct conf_error *error, const char *path, const char *why)
{
    conf_error_set(error, path, 0, "%s", why);
    return false;
}

static bool read_all(int fd, uint8_t *p, size_t *n)
{
    *n = 0;
    while (*n <= CONF_TEXT_BYTES) {
        ssize_t got = read(fd, p + *n, CONF_TEXT_BYTES + 1 - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        *n += (size_t)got;
    }
    return true;
}

/* in   path  taken over, also where it fails */
static bool add_file(struct conf_texts *texts, char *path, struct conf_error *error)
{
    struct conf_text *to = &texts->list[texts->n];
    uint8_t *p = malloc(CONF_TEXT_BYTES + 1);
    size_t n = 0;
    *to = (struct conf_text){.name = path, .text = {p, 0}};
    if (path == NULL || p == NULL) {
        free(path);
        free(p);
        return fails(error, "configuration", "no memory");
    }
    texts->n++;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool is_read = fd >= 0 && read_all(fd, p, &n);
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (!is_read)
        return fails(error, path, strerror(why));
    if (n > CONF_TEXT_BYTES)
        return fails(error, path, "larger than 1 MiB");
    uint8_t *fitting = realloc(p, n ? n : 1);
    if (fitting)
        to->text.p = fitting;
    to->text.n = n;
    return true;
}

static int is_wanted(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(struct conf_texts *texts, const char *folder, struct conf_error *error)
{
    struct dirent **list = NULL;
    int n = scandir(folder, &list, is_wanted, by_bytes);
    bool is_good = n >= 0 || errno == ENOENT || errno == ENOTDIR || fails(error, folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (is_good && texts->n == CONF_TEXTS_MAX)
            is_good = fails(error, folder, "more than 255 files");
        if (is_good)
            is_good =
                add_file(texts, asprintf(&path, "%s/%s", folder, list[i]->d_name) < 0 ? NULL : path, error);
        free(list[i]);
    }
    free(list);
    return is_good;
}

bool conf_load(const char *path, struct conf_texts *texts, struct conf_error *error)
{
    texts->n = 0;
    error->text[0] = '\0';
    if (!add_file(texts, strdup(path), error))
        return false;
    const char *slash = strrchr(path, '/');
    char *folder = NULL;
    if (asprintf(&folder, "%.*sconf.d", slash ? (int)(slash + 1 - path) : 0, path) < 0)
        return fails(error, path, "no memory");
    bool is_good = add_folder(texts, folder, error);
    free(folder);
    return is_good;
}

/* What was taken by malloc is shown as const. */
static void give_back(const void *p)
{
    void *own;
    memcpy(&own, &p, sizeof own);
    free(own);
}

void conf_texts_free(struct conf_texts *texts)
{
    for (size_t i = 0; i < texts->n; i++) {
        give_back(texts->list[i].name);
        give_back(texts->list[i].text.p);
    }
    texts->n = 0;
}
