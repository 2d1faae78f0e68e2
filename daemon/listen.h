/* SPDX-License-Identifier: BSD-2-Clause */
/* listen: the sockets that mail servers come to, and the text that stands for the options of the command line.
 *
 *   listen.c  sets of sockets    listen_bind.c  one socket    listen_given.c  what the command line and the service manager gave */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "conf/conf.h"

#include <sys/types.h>

enum { LISTEN_MAX = 64, LISTEN_ERROR_SIZE = 512, LISTEN_BACKLOG = 1024 };
struct listen_error {
    char text[LISTEN_ERROR_SIZE];
};

/* --- Options ------------------------------------------------------------------------------------------------- */

struct listen_options {
    const char *listens[LISTEN_MAX]; /* each "ADDR" or, with another front than milter, "rspamc:ADDR" */
    size_t listen_n;
    const char *authserv_id; /* NULL: not given */
    bool has_file;           /* there is a configuration file beside them */
    bool to_syslog;          /* a daemon in the background has no standard error */
};
/* Writes them as lines of a configuration, so that there is one way to a snapshot.
 * out  text  to free; its n is 0 where no option was given
 * ret  false: a character that no address or name has, or no memory; error says so */
bool listen_options_text(const struct listen_options *o, str *text, struct listen_error *error);

/* --- Sockets ------------------------------------------------------------------------------------------------- */

struct listener_socket {
    int fd;        /* -1: none */
    char *address; /* as written, ours */
    char *path;    /* UNIX: to be removed at the end; else NULL */
    dev_t device;  /* UNIX: which file it is, so that only our own is removed */
    ino_t inode;
};
struct listener_set {
    struct listener_socket *list; /* one for each of conf->listens, same order */
    size_t n;
};

/* Sockets that the service manager has opened already. */
struct listen_activated {
    int fds[LISTEN_MAX];
    char *names[LISTEN_MAX];
    size_t n;
};
/* Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, and removes them from the environment. */
void listen_activated_open(struct listen_activated *a);
void listen_activated_close(struct listen_activated *a);

/* Opens all that conf wants. What `before` has already is taken over from there.
 * ret  false: error says which and why; nothing has changed but modes and groups */
bool listen_open(struct listener_set *set, const struct conf *conf, struct listener_set *before,
                 const struct listen_activated *activated, struct listen_error *error);
/* Closes what is in it, and removes our own from the file system. */
void listen_close(struct listener_set *set);

/* What one socket is to be. */
struct listen_want {
    const char *path; /* a unix socket; NULL: ip and port */
    unsigned mode;
    gid_t gid; /* (gid_t)-1: as it comes */
    struct ip ip;
    uint16_t port;
};
/* ret  the group that conf says for it, by its name or as that of the account to run as; (gid_t)-1: none
 *      false: there is no such group */
bool listen_group(const struct conf *conf, const char *group, gid_t *gid, struct listen_error *error);
/* ret  the folder of this socket hands its own group on (setgid): then no group is set where none is named */
bool listen_folder_gives(const char *path);
/* Binds and listens. A socket file that nobody answers on is replaced.
 * ret  -1: error says why */
int listen_bind(const struct listen_want *want, struct listen_error *error);
/* Mode and group of one that is bound already. */
bool listen_mode(const struct listen_want *want, struct listen_error *error);
/* Reads "127.0.0.1:9163" or "[::1]:9163". */
bool listen_read(const char *address, struct listen_want *want);

#endif
