/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/input.h"

#include "cli/cli.h"
#include "cli/maildir.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536 };
static const size_t MESSAGE_MAX = (size_t)1 << 30;

void input_init(struct input *in, enum input_kind kind, char **files, size_t n)
{
    static char dash[] = "-";
    static char *standard_input[] = {dash};
    *in = (struct input){
        .kind = kind, .given = n ? files : standard_input, .given_n = n ? n : 1, .file = {.fd = -1}};
}

static void file_close(struct input_file *f)
{
    if (f->fd > STDIN_FILENO)
        close(f->fd);
    free(f->p);
    *f = (struct input_file){.fd = -1};
}

static bool file_room(struct input_file *f)
{
    if (f->cap - f->n >= CHUNK)
        return true;
    size_t cap = f->cap ? f->cap * 2 : 2 * (size_t)CHUNK;
    uint8_t *p = f->n > MESSAGE_MAX ? NULL : realloc(f->p, cap);
    if (p == NULL) {
        errno = EFBIG;
        return false;
    }
    f->p = p;
    f->cap = cap;
    return true;
}

/* Reads some more bytes. ret false: errno says why */
static bool file_more(struct input_file *f)
{
    if (!file_room(f))
        return false;
    ssize_t n;
    do
        n = read(f->fd, f->p + f->n, CHUNK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return false;
    f->n += (size_t)n;
    f->is_end = n == 0;
    return true;
}

static bool file_all(struct input_file *f)
{
    while (!f->is_end)
        if (!file_more(f))
            return false;
    return true;
}

/* Makes sure that the line at `at` is there whole. ret false: errno says why */
static bool file_line(struct input_file *f, size_t at, str *line)
{
    size_t seen = at;
    for (;;) {
        const uint8_t *end = seen < f->n ? memchr(f->p + seen, '\n', f->n - seen) : NULL;
        if (end || f->is_end) {
            *line = f->n ? str_between(f->p + at, end ? end + 1 : f->p + f->n) : S("");
            return true;
        }
        seen = f->n > at ? f->n : at;
        if (!file_more(f))
            return false;
    }
}

/* ret  the line parts two messages of an mbox: "From ", and somewhere a time of day */
static bool is_from_line(str line)
{
    if (!str_starts(line, S("From ")))
        return false;
    for (size_t i = 7; i + 2 < line.n; i++)
        if (line.p[i] == ':' && byte_is(line.p[i - 2], C_DIGIT) && byte_is(line.p[i - 1], C_DIGIT) &&
            byte_is(line.p[i + 1], C_DIGIT) && byte_is(line.p[i + 2], C_DIGIT))
            return true;
    return false;
}

static bool is_blank_line(str line)
{
    return str_eq(line, S("\n")) || str_eq(line, S("\r\n"));
}

/* Finds the end of the mbox message whose text begins at `from`: the next parting line behind an empty one, or the end.
 * out  *end   without the empty line;  *next  where the next message's parting line stands */
static bool find_mbox_end(struct input_file *f, size_t from, size_t *end, size_t *next)
{
    size_t blank = 0; /* length of the empty line before `at`, or 0 */
    for (size_t at = from;;) {
        str line;
        if (!file_line(f, at, &line))
            return false;
        if (line.n == 0 || (blank && is_from_line(line))) {
            *end = at - blank;
            *next = at;
            return true;
        }
        blank = is_blank_line(line) ? line.n : 0;
        at += line.n;
    }
}

/* Fills the message from the open file. ret false: errno says why */
static bool file_message(struct input *in, struct message *m)
{
    struct input_file *f = &in->file;
    str first;
    size_t end = 0, next = 0;
    if (!file_line(f, 0, &first))
        return false;
    size_t from = is_from_line(first) ? first.n : 0;
    in->is_mbox = in->kind == INPUT_MBOX && from > 0;
    if (in->is_mbox ? !find_mbox_end(f, from, &end, &next) : !file_all(f))
        return false;
    if (!in->is_mbox)
        end = next = f->n;
    f->used = next;
    in->number++;
    m->name = in->name;
    m->number = in->is_mbox ? in->number : 0;
    m->from_line = f->n ? (str){f->p, from} : S("");
    m->raw = f->n ? (str){f->p + from, end - from} : S("");
    return true;
}

static size_t count_lf(str raw)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++)
        n += raw.p[i] == '\n';
    return n;
}

/* ret  the line ends are LF: there is no CRLF at all, or the first line, which the last server wrote, has none and the empty line
 *      behind the header neither. One CR that a sender put somewhere must not make the header of an LF file one long line. */
static bool has_lf_ends(str raw)
{
    size_t lf = str_find(raw, '\n');
    if (lf == raw.n || (lf && raw.p[lf - 1] == '\r'))
        return false;
    return str_find_str(raw, S("\n\n")) < str_find_str(raw, S("\r\n\r\n")) ||
           str_find_str(raw, S("\r\n")) == raw.n;
}

/* Gives m->bytes CRLF line ends where the file has LF. ret false: no memory */
static bool with_crlf(struct input *in, struct message *m)
{
    m->bytes = m->raw;
    m->has_lf_ends = has_lf_ends(m->raw);
    if (!m->has_lf_ends)
        return true;
    uint8_t *to = in->copy = malloc(m->raw.n + count_lf(m->raw) + 1);
    if (to == NULL)
        return false;
    for (size_t i = 0; i < m->raw.n; i++) {
        if (m->raw.p[i] == '\n')
            *to++ = '\r';
        *to++ = m->raw.p[i];
    }
    m->bytes = str_between(in->copy, to);
    return true;
}

static enum input_got unreadable(struct input *in, const char *name)
{
    complain("%s: %s; expected %s", name, errno == EFBIG ? "a message of more than 1 GiB" : strerror(errno),
             in->kind == INPUT_MBOX ? "a message, an mbox file or a Maildir folder"
                                    : "the file of one message");
    file_close(&in->file);
    in->name = NULL;
    return INPUT_UNREADABLE;
}

static const char *next_name(struct input *in)
{
    if (in->found_at < in->found_n)
        return in->found[in->found_at++];
    maildir_free(in->found, in->found_n);
    in->found = NULL;
    in->found_n = in->found_at = 0;
    return in->given_at < in->given_n ? in->given[in->given_at++] : NULL;
}

/* Opens the next file, or a folder's list. */
static enum input_got open_next(struct input *in)
{
    struct stat about;
    const char *name = next_name(in);
    if (name == NULL)
        return INPUT_END;
    bool is_standard = strcmp(name, "-") == 0 && in->found == NULL;
    if (is_standard && isatty(STDIN_FILENO))
        complain("reading a message from the terminal; an end of file (Ctrl-D) ends it");
    in->file.fd = is_standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (in->file.fd < 0 || fstat(in->file.fd, &about) != 0)
        return unreadable(in, name);
    in->number = 0;
    if (!S_ISDIR(about.st_mode)) {
        in->name = name;
        return INPUT_MESSAGE;
    }
    file_close(&in->file);
    if (in->found == NULL && in->kind == INPUT_MBOX && maildir_list(name, &in->found, &in->found_n))
        return INPUT_MESSAGE;
    errno = EISDIR;
    return unreadable(in, name);
}

static bool is_used_up(struct input *in)
{
    struct input_file *f = &in->file;
    if (in->number == 0)
        return false;
    memmove(f->p, f->p + f->used, f->n - f->used);
    f->n -= f->used;
    f->used = 0;
    str line;
    return !in->is_mbox || !file_line(f, 0, &line) || line.n == 0;
}

enum input_got input_next(struct input *in, struct message *m)
{
    *m = (struct message){0};
    free(in->copy);
    in->copy = NULL;
    if (in->name && is_used_up(in)) {
        file_close(&in->file);
        in->name = NULL;
    }
    while (in->name == NULL) {
        enum input_got got = open_next(in);
        if (got != INPUT_MESSAGE)
            return got;
    }
    errno = 0;
    if (!file_message(in, m))
        return unreadable(in, in->name);
    if (with_crlf(in, m))
        return INPUT_MESSAGE;
    errno = EFBIG;
    return unreadable(in, in->name);
}

void input_free(struct input *in)
{
    file_close(&in->file);
    maildir_free(in->found, in->found_n);
    free(in->copy);
}

bool input_read_file(const char *name, uint8_t **text, size_t *n)
{
    struct input_file f = {.fd = open(name, O_RDONLY | O_CLOEXEC)};
    if (f.fd < 0 || !file_all(&f)) {
        complain("%s: %s", name, strerror(errno));
        file_close(&f);
        return false;
    }
    *text = f.p;
    *n = f.n;
    close(f.fd);
    return true;
}
