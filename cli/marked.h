/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of ours in a file that is another program's: they stand between two marks, so that they can be found and taken out again,
 * whatever else was changed in between. */
#ifndef CLI_MARKED_H
#define CLI_MARKED_H

#include "base/base.h"

/* ret  false: said why */
bool marked_read(struct arena *a, const char *path, str *text);
/* Writes the file whole: beside it, with its mode and owner, then in its place. What stood there before is kept as PATH.before-ingam
 * the first time. */
bool marked_write(const char *path, str text);
/* in   lines    ours, each ends with LF
 *      comment  what begins a comment line there: "# ", "dnl "
 *      at       byte before which they are put: the beginning of a line */
str marked_put(struct arena *a, str text, size_t at, str lines, str comment);
/* ret  text without our lines and marks; the same where there are none */
str marked_take(struct arena *a, str text);
/* ret  where the line after the first one that `fits` begins, or text.n + 1 where none does */
size_t marked_after(str text, bool (*fits)(str line, const void *context), const void *context);

#endif
