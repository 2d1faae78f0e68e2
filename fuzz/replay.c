/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds a fuzz target each file of the folders or files named as arguments, once, and the empty input.
 * Stands in for libFuzzer's main, so that every finding stays a test under gcc as well. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_path(const char *path, unsigned *done_n);

/* Reads a whole file into memory of exactly its size, so that ASan sees a read past its end.
 * ret  the bytes, to be freed; NULL where the file cannot be read */
static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    struct stat st;
    uint8_t *bytes = NULL;
    if (fstat(fileno(file), &st) == 0) {
        *len = (size_t)st.st_size;
        bytes = malloc(*len ? *len : 1);
        if (bytes && fread(bytes, 1, *len, file) != *len) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

static int replay_file(const char *path, unsigned *done_n)
{
    size_t len = 0;
    uint8_t *bytes = read_file(path, &len);
    if (!bytes) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
    (*done_n)++;
    return 0;
}

static int replay_folder(const char *path, unsigned *done_n)
{
    DIR *folder = opendir(path);
    if (!folder) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char full[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        int len = snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        failed |= len < 0 || (size_t)len >= sizeof full || replay_path(full, done_n);
    }
    closedir(folder);
    return failed;
}

static int replay_path(const char *path, unsigned *done_n)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    return S_ISDIR(st.st_mode) ? replay_folder(path, done_n) : replay_file(path, done_n);
}

int main(int argc, char **argv)
{
    unsigned done_n = 0;
    unsigned failed_n = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        failed_n += replay_path(argv[i], &done_n) != 0;
    if (done_n == 0)
        fprintf(stderr, "no seed was found\n");
    printf("%u passed, %u failed\n", done_n, failed_n + (done_n == 0));
    return failed_n || done_n == 0;
}
