/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/setup_place.h"

#include "cli/cli.h"
#include "cli/program.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 02750, FILE_MODE = 0644 };
static const char system_config[] = "/etc/ingam/ingam.conf";

static bool put(char *to, size_t size, int written)
{
    if (written >= 0 && (size_t)written < size)
        return true;
    to[0] = 0;
    complain("the name of a file is too long");
    return false;
}

bool place_plan(const struct setup *s, str queue, str mail_owner, struct place *place)
{
    const char *config = s->config ? s->config : system_config;
    const char *slash = strrchr(config, '/');
    int folder_n = slash ? (int)(slash - config) : 1;
    int text_n =
        snprintf(place->text, sizeof place->text,
                 "# A socket where Postfix finds it. Written by ingam setup postfix; --undo takes it away.\n"
                 "listen \"unix:%.*s/ingam/milter\" { mode = 0660 }\n",
                 (int)queue.n, (const char *)queue.p);
    snprintf(place->owner, sizeof place->owner, "%s", s->user[0] ? s->user : "root");
    snprintf(place->mail_owner, sizeof place->mail_owner, "%.*s", (int)mail_owner.n,
             (const char *)mail_owner.p);
    return put(place->text, sizeof place->text, text_n) &&
           put(place->folder, sizeof place->folder,
               snprintf(place->folder, sizeof place->folder, "%.*s/ingam", (int)queue.n,
                        (const char *)queue.p)) &&
           put(place->file, sizeof place->file,
               snprintf(place->file, sizeof place->file, "%.*s/conf.d/postfix.conf", folder_n,
                        slash ? config : "."));
}

void place_show(const struct place *place)
{
    const char *listen = strchr(place->text, '\n') + 1;
    printf("install -d -o %s -g %s -m %o %s\n", place->owner, place->mail_owner, (unsigned)FOLDER_MODE,
           place->folder);
    printf("echo '%.*s' >%s\n", (int)strcspn(listen, "\n"), listen, place->file);
    puts("systemctl restart ingamd");
}

/* ret  false: errno tells */
static bool make_folder(const struct place *place)
{
    struct stat st;
    const struct passwd *p = getpwnam(place->owner);
    uid_t uid = p ? p->pw_uid : 0;
    const struct passwd *q = p ? getpwnam(place->mail_owner) : NULL;
    errno = q ? 0 : ENOENT;
    if (q == NULL || (mkdir(place->folder, 0700) != 0 && errno != EEXIST))
        return false;
    int fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_good =
        fd >= 0 && fchown(fd, uid, q->pw_gid) == 0 && fchmod(fd, FOLDER_MODE) == 0 && fstat(fd, &st) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return is_good;
}

static bool is_as_written(const struct place *place)
{
    char text[2 * PLACE_SIZE + 1];
    FILE *f = fopen(place->file, "re");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (f)
        fclose(f);
    return n == strlen(place->text) && memcmp(text, place->text, n) == 0;
}

static bool write_file(const struct place *place)
{
    int fd = open(place->file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    size_t n = strlen(place->text);
    bool is_good = fd >= 0 && write(fd, place->text, n) == (ssize_t)n;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return is_good;
}

/* Not by reload: what the service manager shows of the file system to the daemon is settled at its start. */
static int start_daemon(struct setup *s)
{
    static const char *const restart[] = {"systemctl", "restart", "ingamd", NULL};
    if (access("/run/systemd/system", F_OK) != 0 || (s->config && strcmp(s->config, system_config) != 0)) {
        puts("Restart ingamd now: its sockets are others.");
        return EXIT_GOOD;
    }
    if (program_run(&s->arena, restart, false).status == 0)
        return EXIT_GOOD;
    complain("ingamd does not start; journalctl -u ingamd says why");
    return EXIT_LATER;
}

int place_make(struct setup *s, const struct place *place)
{
    if (!make_folder(place)) {
        complain("%s: cannot be made for %s and the group of %s: %s", place->folder, place->owner,
                 place->mail_owner, strerror(errno));
        return EXIT_NO_INPUT;
    }
    if (is_as_written(place))
        return EXIT_GOOD;
    if (!write_file(place)) {
        complain("%s: %s", place->file, strerror(errno));
        return EXIT_NO_INPUT;
    }
    return start_daemon(s);
}

int place_leave(struct setup *s, const struct place *place)
{
    if (!is_as_written(place))
        return EXIT_GOOD;
    if (unlink(place->file) != 0) {
        complain("%s: %s", place->file, strerror(errno));
        return EXIT_NO_INPUT;
    }
    return start_daemon(s);
}
