/* SPDX-License-Identifier: BSD-2-Clause */
/* Where messages come from: files, mbox files, Maildir folders, standard input; one after the other, each held once. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/base.h"

struct message {
    const char *name; /* as given on the command line; in a Maildir the path of the file */
    size_t number;    /* in an mbox: 1, 2 ...; 0: the file is the message */
    str from_line;    /* mbox: its "From " line with the line end; else empty */
    str raw;          /* as it stands in the file */
    str bytes;        /* with CRLF line ends: raw itself, or a copy */
    bool has_lf_ends; /* the header has LF line ends: each LF was read as CRLF */
};

/* MBOX: a file that begins with a "From " line is cut into messages. WHOLE: it is one message behind that line. */
enum input_kind { INPUT_MBOX, INPUT_WHOLE };

struct input_file {
    int fd;
    uint8_t *p;
    size_t n, cap;
    size_t used; /* bytes of the message handed out last */
    bool is_end;
};

struct input {
    enum input_kind kind;
    char **given; /* not owned */
    size_t given_n, given_at;
    char **found; /* files of the Maildir that is being read, sorted */
    size_t found_n, found_at;
    struct input_file file;
    const char *name; /* of the open file; NULL: none is open */
    size_t number;
    bool is_mbox;
    uint8_t *copy; /* with CRLF */
};

enum input_got { INPUT_MESSAGE, INPUT_END, INPUT_UNREADABLE };

/* in   files  names; "-" is standard input; none at all too */
void input_init(struct input *in, enum input_kind kind, char **files, size_t n);
/* Yields the next message; it lives until the next call.
 * ret  INPUT_UNREADABLE: what is wrong with one file was said on standard error; call again for the next one */
enum input_got input_next(struct input *in, struct message *m);
void input_free(struct input *in);

/* Reads a whole file. ret false: why was said; else *text is the caller's to free */
bool input_read_file(const char *name, uint8_t **text, size_t *n);

#endif
