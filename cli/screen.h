/* SPDX-License-Identifier: BSD-2-Clause */
/* The only way to a person's eyes. All text goes through screen_put, which lets printable ASCII and, in a UTF-8 locale,
 * harmless letters through, and writes anything else as \xNN or \u{NNNN}: control bytes, escape sequences, invisible
 * letters and those that turn the direction of writing never reach the terminal. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "base/base.h"
#include <stdio.h>

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum paint { PAINT_NONE, PAINT_GOOD, PAINT_BAD, PAINT_UNSURE, PAINT_DIM, PAINT_STRONG };

struct screen {
    FILE *to;
    bool has_color;
    bool has_utf8;
    bool is_terminal;
    size_t width;   /* columns to use: at most 100 */
    size_t pending; /* blanks that are written once something follows them on the line */
};

/* AUTO: colours where `to` is a terminal that knows them and NO_COLOR is not set. */
void screen_init(struct screen *s, FILE *to, enum color color);
/* Writes text, each byte made harmless; a line end in it is shown, not obeyed. */
void screen_put(struct screen *s, str text);
static inline void screen_z(struct screen *s, const char *z)
{
    screen_put(s, str_of(z));
}
void screen_paint(struct screen *s, enum paint paint, str text);
/* Writes text and then blanks up to `columns`. */
void screen_cell(struct screen *s, enum paint paint, str text, size_t columns);
void screen_blanks(struct screen *s, size_t n);
void screen_end_line(struct screen *s);
/* ret  columns that the text takes once it is harmless */
size_t screen_columns(struct screen *s, str text);
/* ret  the beginning of text that takes no more than `columns` */
str screen_fitting(struct screen *s, str text, size_t columns);
/* ret  text; of one that takes more than `columns` the beginning and how many bytes it has */
str screen_shortened(struct screen *s, struct arena *a, str text, size_t columns);
/* Writes text as a paragraph and ends its line. The caller has already filled `at` columns of the first line; further lines
 * begin with `indent` blanks. */
void screen_wrap(struct screen *s, enum paint paint, size_t at, size_t indent, str text);
/* Shows `text` on a line behind `indent` blanks and a caret under its byte `at`; a long text is cut around that byte. */
void screen_caret(struct screen *s, size_t indent, str text, size_t at);

#endif
