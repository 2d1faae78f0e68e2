/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/maildir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
    char **paths;
    size_t n, cap;
};

static bool list_add(struct list *l, const char *folder, const char *name)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        char **paths = realloc(l->paths, cap * sizeof *paths);
        if (paths == NULL)
            return false;
        l->paths = paths;
        l->cap = cap;
    }
    if (asprintf(&l->paths[l->n], "%s/%s", folder, name) < 0)
        return false;
    l->n++;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ret  false: there is no such folder, or no memory */
static bool list_folder(struct list *l, const char *maildir, const char *part)
{
    char *folder;
    if (asprintf(&folder, "%s/%s", maildir, part) < 0)
        return false;
    DIR *dir = opendir(folder);
    size_t from = l->n;
    bool is_fine = dir != NULL;
    for (struct dirent *entry; is_fine && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            is_fine = list_add(l, folder, entry->d_name);
    if (dir)
        closedir(dir);
    free(folder);
    if (l->n > from)
        qsort(l->paths + from, l->n - from, sizeof *l->paths, by_name);
    return is_fine;
}

bool maildir_list(const char *folder, char ***files, size_t *n)
{
    struct list l = {NULL, 0, 0};
    bool has_new = list_folder(&l, folder, "new");
    bool has_cur = list_folder(&l, folder, "cur");
    if (!has_new && !has_cur) {
        maildir_free(l.paths, l.n);
        return false;
    }
    *files = l.paths;
    *n = l.n;
    return true;
}

void maildir_free(char **files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(files[i]);
    free(files);
}
