/* SPDX-License-Identifier: BSD-2-Clause */
/* The only way into the log. Each line is one write; bytes of others are quoted: "..." with \xNN for what is no printable US-ASCII,
 * and JSON by jansson's rules. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include "base/base.h"
#include "conf/conf.h"

struct log {
    enum conf_log_to to;
    enum conf_log_form form;
    const uint32_t *level; /* shared, see counters.h; NULL: info */
    const char *process;   /* "worker 1", "keyd" */
    bool is_journal;       /* by log_open: the journal reads our standard error */
};
/* Opens syslog's socket where `to` says so; before the process gives up its rights. */
void log_open(struct log *log, const struct conf *c, const uint32_t *level, const char *process);
bool log_has(const struct log *log, enum conf_level level);
/* A sentence of our own; the format's %s must be our own words or constants. */
void log_say(const struct log *log, enum conf_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A line of pairs: begin, add, end. Memory is the line's own; a line over 8 KiB is cut at a pair, and says so. */
struct log_line {
    const struct log *log;
    enum conf_level level;
    struct arena arena;
    struct out out; /* text: key=value ...; JSON: {"key":"value",... */
    bool is_cut;
};
void log_begin(struct log_line *l, const struct log *log, enum conf_level level);
void log_text(struct log_line *l, const char *key,
              str value); /* quoted where it must be; left out where empty */
void log_word(struct log_line *l, const char *key, const char *value); /* constants of ours */
void log_number(struct log_line *l, const char *key, uint64_t value);
void log_end(struct log_line *l); /* writes and frees */

#endif
