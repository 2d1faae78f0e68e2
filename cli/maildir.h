/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_MAILDIR_H
#define CLI_MAILDIR_H

#include <stdbool.h>
#include <stddef.h>

/* Lists the messages of a Maildir, those in new/ first, each folder by name.
 * out  *files  paths, to be given to maildir_free; may be none
 * ret  false: the folder has neither new/ nor cur/, or no memory */
bool maildir_list(const char *folder, char ***files, size_t *n);
void maildir_free(char **files, size_t n);

#endif
