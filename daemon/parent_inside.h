/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the parent share. */
#ifndef DAEMON_PARENT_INSIDE_H
#define DAEMON_PARENT_INSIDE_H

#include "daemon/channel.h"
#include "daemon/control.h"
#include "daemon/counters.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/parent.h"

#include <event2/event.h>
#include <sys/types.h>

enum role { ROLE_WORKER, ROLE_KEYD, ROLE_STATUS };
enum { RETIRED_MAX = 8, REASON_SIZE = 96 };

struct parent;
struct child {
    struct parent *parent;
    enum role role;
    unsigned number;
    bool is_wanted, is_ready;
    bool is_replaced; /* its end is our wish: no word, no wait */
    bool has_served;  /* the one that has just ended did */
    pid_t pid;        /* 0: it does not run */
    uint64_t started_ms, alive_ms;
    unsigned deaths, restarts; /* deaths: in a row, for the back-off */
    struct event *again;       /* starts it (again) */

    int channel; /* a worker's */
    struct event *readable, *writable;
    bool owes_conf, owes_keyd, owes_trial, owes_drain; /* what it is still to be told, in this order */
    size_t text, text_at;                              /* how far owes_conf has come */
    uint32_t generation;                               /* that it has taken */
    uint32_t trial;                                    /* likewise */
};

struct generation {
    uint32_t number;
    int64_t read_s; /* when its files were read */
    struct conf_texts texts;
    struct conf *conf;
    struct listener_set sockets;
};

/* One keyd that runs: its ends of the workers' sockets are with it. */
struct keyd_life {
    int ends[COUNTERS_WORKERS_MAX]; /* the workers' ends, until they are handed over; -1 */
    int ready_fd, list_fd;
    struct event *ready, *list;
    size_t key_n, counted_n;
    uint64_t stamp; /* what the folder looked like */
};

struct trial_life {
    uint32_t number; /* of the last beginning or end */
    char *zone;      /* NULL: none is on */
    size_t zone_n;
    struct event *over;
    struct trial_result *results; /* a ring; NULL: none yet */
    size_t result_n;              /* ever */
};

struct parent {
    const struct parent_options *options;
    struct event_base *base;
    struct event *signals, *beat, *watchdog, *keys_look, *patience;
    int signal_fd, back_fd; /* back_fd: tells the process that started us in the background; -1 */
    struct log log;
    struct notify notify;
    struct counters_all *all;
    char host[256];
    str zone_text;
    uint8_t *zone_bytes; /* its memory */
    struct listen_activated activated;
    struct generation now;
    struct child workers[COUNTERS_WORKERS_MAX], keyd, status;
    unsigned worker_n;
    struct keyd_life keyd_life;
    struct trial_life trial;
    pid_t retired[RETIRED_MAX]; /* keyds that end when their workers have left them */
    int status_fd;
    struct control *control;
    char *control_path; /* NULL: none */
    dev_t control_device;
    ino_t control_inode;
    bool was_ready, is_stopping, is_hurried, is_reloading, wants_reload;
    unsigned early_deaths;
    int exit_status;
    struct channel_packet packet; /* too large for the stack */
};

/* parent_child.c */
const char *child_name(const struct child *c, char buf[32]);
void child_init(struct parent *p, struct child *c, enum role role, unsigned number);
void child_start(struct child *c); /* now */
void child_free(struct child *c);
/* in   run  in the new process; its value is the exit status
 *      kept  descriptors that stay open; sorted here
 * ret  false: no process */
struct child_fork {
    struct child *child;
    int (*run)(struct parent *p, struct child *c);
    int kept[2 * COUNTERS_WORKERS_MAX + 8];
    size_t kept_n;
};
bool child_fork(struct child_fork *f);
void child_reap(struct parent *p); /* looks who has ended */
void child_kill(struct child *c, int signal);
bool child_each_ended(const struct parent *p, bool with_others);

/* parent_worker.c */
bool worker_fork(struct child *c);
void worker_flush(struct child *c); /* sends what it is owed, as far as it goes */
void worker_left_us(struct child *c);
void worker_owe_conf(struct child *c);
void worker_owe_drain(struct child *c);
void worker_count(struct parent *p); /* the gauges */

/* parent_keyd.c */
bool keyd_is_wanted(const struct conf *conf);
bool keyd_fork(struct child *c);
int keyd_take_end(struct parent *p, unsigned worker); /* -1: there is no keyd */
void keyd_left_us(struct parent *p);
void keyd_renew(struct parent *p);
void keyd_forget(struct parent *p);
uint64_t keyd_stamp(const struct conf *conf);

/* parent_reload.c */
bool generation_read(const struct parent *p, struct generation *g, struct conf_error *error);
void generation_free(struct generation *g);
void reload_ask(struct parent *p);
void reload_look(struct parent *p); /* whether all have taken it */
unsigned reload_worker_n(const struct conf *conf);

void reload_patience(evutil_socket_t fd, short what, void *context);

/* parent_places.c: the sockets of our own service, control and metrics */
struct places {
    int control_fd, status_fd; /* new ones; -1 */
};
bool places_open(const struct parent *p, const struct conf *conf, struct places *places,
                 struct listen_error *error);
bool places_take(struct parent *p, const struct conf *conf, struct places *places); /* false: no memory */
void places_drop(struct places *places);
void places_close(struct parent *p);
bool status_fork(struct child *c);

/* parent_status.c */
void parent_asked(void *context, struct control_peer *peer, const char *line);
void parent_reload_begins(struct parent *p);
void parent_answer_reloads(struct parent *p, const char *error); /* NULL: it is in force */

/* parent_trial.c */
bool trial_is_asked(const char *line);
void trial_asked(struct parent *p, struct control_peer *peer, const char *line);
void trial_hear(struct child *c);                                /* a worker's word */
void trial_put(struct parent *p, struct channel_packet *packet); /* what workers are to know */
void trial_worker_begins(struct child *c);
void trial_close(struct parent *p);

/* background.c */
int background_enter(void); /* ret  what background_ready needs; -1: no process. Returns in the daemon only */
void background_ready(int fd);
bool pidfile_write(const char *path);

/* parent.c */
void parent_became_ready(struct parent *p);
void parent_stop(struct parent *p, const char *why);
void parent_may_end(struct parent *p);

#endif
