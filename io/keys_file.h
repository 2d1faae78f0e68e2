/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of keys: who may own and read them, and how they come to be. Inside of keys.h.
 *
 * DIR belongs to the caller or to root and only its owner writes it. DIR/DOMAIN belongs to the caller and nobody else may
 * look into it; for root it may belong to the owner of DIR as well. Each file belongs to the owner of its folder and is
 * for that one alone. */
#ifndef IO_KEYS_FILE_H
#define IO_KEYS_FILE_H

#include "io/keys.h"
#include <sys/stat.h>

enum { KEYS_PATH_SIZE = 4096 };

/* Says a sentence. ret  got */
enum keys_got keys_say(enum keys_got got, struct keys_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Opens DIR or DIR/DOMAIN and checks it. */
enum keys_got keys_open_root(const char *root, int *fd, struct keys_error *error);
enum keys_got keys_open_folder(int root_fd, const char *root, const char *domain, int *fd,
                               struct keys_error *error);
/* A whole file: of the heap, a NUL behind its n bytes. */
struct keys_text {
    uint8_t *p;
    size_t n;
};
/* Reads a file of a domain's folder, whole, after checking it.
 * out  text  the caller's to wipe
 * ret  KEYS_NONE: there is none */
enum keys_got keys_read_file(const struct keys_domain *d, const char *name, struct keys_text *text,
                             struct keys_error *error);
void keys_wipe(struct keys_text *text); /* and frees it */
/* Checks a file of a domain's folder without reading it. */
enum keys_got keys_check_file(const struct keys_domain *d, const char *name, struct stat *st,
                              struct keys_error *error);

/* Writes a file of a domain's folder, mode 0600: beside, flushed, then put in its place, and the folder flushed.
 * in   is_new  a file of that name is an error; else it is replaced */
enum keys_got keys_write_file(const struct keys_domain *d, const char *name, str text, bool is_new,
                              struct keys_error *error);

#endif
