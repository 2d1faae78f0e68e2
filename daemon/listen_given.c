/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/listen.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

/* What addresses and names are made of. Nothing of it means anything between the quotation marks of a configuration. */
static bool is_plain(const char *text)
{
    static const char others[] = ":@._/-+[]%,=~";
    for (const char *c = text; *c; c++)
        if (!byte_is((uint8_t)*c, C_ALPHA | C_DIGIT) && strchr(others, *c) == NULL)
            return false;
    return text[0] != 0;
}

static bool unfit(struct listen_error *error, const char *option)
{
    snprintf(error->text, sizeof error->text, "%s: a character is in it that belongs into no address or name",
             option);
    return false;
}

static bool write_listens(FILE *to, const struct listen_options *o, struct listen_error *error)
{
    static const char rspamc[] = "rspamc:";
    for (size_t i = 0; i < o->listen_n; i++) {
        const char *address = o->listens[i];
        bool is_rspamc = strncmp(address, rspamc, sizeof rspamc - 1) == 0;
        if (!is_plain(address))
            return unfit(error, "--listen");
        fprintf(to, "listen \"%s\" { front = %s }\n", address + (is_rspamc ? sizeof rspamc - 1 : 0),
                is_rspamc ? "rspamc" : "milter");
    }
    return true;
}

/* Without a file there is no place for a control socket, and no account that the operator made for us: the rights of nobody do. */
static bool write_options(FILE *to, const struct listen_options *o, struct listen_error *error)
{
    if (!o->has_file && o->listen_n)
        fprintf(to, "control = none\nuser = %s\n", getpwnam("ingam") ? "ingam" : "nobody");
    if (o->to_syslog)
        fputs("log { to = syslog }\n", to);
    if (o->authserv_id && !is_plain(o->authserv_id))
        return unfit(error, "--authserv-id");
    if (o->authserv_id)
        fprintf(to, "authserv-id = \"%s\"\n", o->authserv_id);
    return write_listens(to, o, error);
}

bool listen_options_text(const struct listen_options *o, str *text, struct listen_error *error)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&bytes, &n);
    bool is_good = to && write_options(to, o, error);
    if (to == NULL || fclose(to) != 0) {
        snprintf(error->text, sizeof error->text, "no memory");
        is_good = false;
    }
    *text = (str){(const uint8_t *)bytes, n};
    return is_good;
}

/* ret  the next of the names, which are separated by colons; its own memory */
static char *next_name(const char **names)
{
    if (*names == NULL)
        return strdup("unknown");
    size_t n = strcspn(*names, ":");
    char *name = strndup(*names, n);
    *names += n + ((*names)[n] == ':');
    return name;
}

static bool is_listening(int fd)
{
    int is = 0;
    socklen_t n = sizeof is;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is, &n) == 0 && is;
}

void listen_activated_open(struct listen_activated *a)
{
    const char *whose = getenv("LISTEN_PID"), *many = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    uint64_t pid = 0, n = 0;
    *a = (struct listen_activated){0};
    if (whose && many && str_to_uint(str_of(whose), INT32_MAX, &pid) && pid == (uint64_t)getpid())
        str_to_uint(str_of(many), LISTEN_MAX, &n);
    for (int fd = FIRST_FD; fd < FIRST_FD + (int)n; fd++) {
        char *name = next_name(&names);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        if (name && is_listening(fd)) {
            a->fds[a->n] = fd;
            a->names[a->n++] = name;
        } else {
            free(name);
        }
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

void listen_activated_close(struct listen_activated *a)
{
    for (size_t i = 0; i < a->n; i++) {
        close(a->fds[i]);
        free(a->names[i]);
    }
    a->n = 0;
}
