/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/marked.h"

#include "cli/cli.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, FILE_MAX = 16 << 20 };

static const char begin_mark[] =
    "ingam begins: `ingam setup` put these lines here, and --undo takes them out";
static const char end_mark[] = "ingam ends";

bool marked_read(struct arena *a, const char *path, str *text)
{
    struct out o;
    uint8_t chunk[8192];
    out_init(&o, a);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    for (size_t n; o.n < FILE_MAX && (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        out_str(&o, (str){chunk, n});
    bool is_bad = ferror(file) || o.has_failed || o.n >= FILE_MAX;
    fclose(file);
    *text = out_done(&o);
    if (is_bad)
        complain("%s cannot be read whole", path);
    return !is_bad;
}

static bool write_to(int fd, str text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return fsync(fd) == 0;
}

/* The first copy is the one that has nothing of ours in it; later ones do not replace it. */
static bool keep(const char *path)
{
    char copy[PATH_SIZE];
    snprintf(copy, sizeof copy, "%s.before-ingam", path);
    return link(path, copy) == 0 || errno == EEXIST;
}

bool marked_write(const char *path, str text)
{
    struct stat st;
    char beside[PATH_SIZE];
    snprintf(beside, sizeof beside, "%s.ingam-XXXXXX", path);
    if (stat(path, &st) != 0) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    int fd = mkostemp(beside, O_CLOEXEC);
    bool is_written = fd >= 0 && fchmod(fd, st.st_mode & 07777) == 0 &&
                      fchown(fd, st.st_uid, st.st_gid) == 0 && write_to(fd, text);
    if (fd >= 0)
        close(fd);
    if (is_written && keep(path) && rename(beside, path) == 0)
        return true;
    complain("%s cannot be written: %s", path, strerror(errno));
    if (fd >= 0)
        unlink(beside);
    return false;
}

/* Takes a line with its LF off the front. */
static str next_line(str *text)
{
    size_t n = str_find(*text, '\n');
    str line = str_first(*text, n < text->n ? n + 1 : n);
    *text = str_from(*text, line.n);
    return line;
}

static bool holds(str line, const char *mark)
{
    return str_find_str(line, str_of(mark)) < line.n;
}

static void put_mark(struct out *o, str comment, const char *mark)
{
    out_str(o, comment);
    out_z(o, mark);
    out_byte(o, '\n');
}

str marked_put(struct arena *a, str text, size_t at, str lines, str comment)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, str_first(text, at));
    put_mark(&o, comment, begin_mark);
    out_str(&o, lines);
    put_mark(&o, comment, end_mark);
    out_str(&o, str_from(text, at));
    return out_done(&o);
}

str marked_take(struct arena *a, str text)
{
    struct out o;
    bool is_ours = false;
    out_init(&o, a);
    while (text.n) {
        str line = next_line(&text);
        is_ours |= holds(line, begin_mark);
        if (!is_ours)
            out_str(&o, line);
        is_ours = is_ours && !holds(line, end_mark);
    }
    return out_done(&o);
}

size_t marked_after(str text, bool (*fits)(str line, const void *context), const void *context)
{
    str rest = text;
    while (rest.n)
        if (fits(next_line(&rest), context))
            return text.n - rest.n;
    return text.n + 1;
}
