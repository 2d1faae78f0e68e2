/* SPDX-License-Identifier: BSD-2-Clause */
/* A line is made whole in memory, then written once:
 *
 *     standard error      2026-11-22T02:00:00Z info worker 1: queue=4fXyz from="a b"
 *     the journal         <6>worker 1: queue=...
 *     syslog              worker 1: queue=...
 *     JSON, to any        {"time":"2026-11-22T02:00:00Z","level":"info","process":"worker 1","queue":"4fXyz"} */
#include "daemon/log.h"

#include "base/date.h"
#include "daemon/outlet.h"
#include "io/clock.h"

#include <jansson.h>
#include <paths.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX = 8192, LINE_MEMORY = 256 * 1024, SENTENCE_MAX = 2048 };

static const char *const level_names[] = {"error", "warning", "notice", "info", "debug"};

/* The journal reads our standard error where systemd says so and it is still the same stream.
 * A line then begins with its priority in angle brackets, and the journal adds time and process. */
static bool is_journal(void)
{
    struct stat s;
    unsigned long long device = 0, inode = 0;
    const char *stream = getenv("JOURNAL_STREAM");
    char *end = NULL;
    if (stream == NULL || fstat(STDERR_FILENO, &s) != 0)
        return false;
    device = strtoull(stream, &end, 10);
    if (*end != ':')
        return false;
    inode = strtoull(end + 1, &end, 10);
    return *end == 0 && device == s.st_dev && inode == s.st_ino;
}

void log_open(struct log *log, const struct conf *c, const uint32_t *level, const char *process)
{
    *log = (struct log){.to = c->log.to == CONF_LOG_JOURNAL ? CONF_LOG_STDERR : c->log.to,
                        .form = c->log.form,
                        .level = level,
                        .process = process};
    log->is_journal = log->to == CONF_LOG_STDERR && is_journal();
    if (log->to == CONF_LOG_STDERR)
        outlet_open();
    tzset(); /* syslog wants the local time; later no file can be opened */
    if (log->to == CONF_LOG_SYSLOG)
        outlet_open_syslog(_PATH_LOG);
}

bool log_has(const struct log *log, enum conf_level level)
{
    uint32_t up_to = log->level ? *(const volatile uint32_t *)log->level : CONF_INFO;
    return (uint32_t)level <= up_to;
}

static int priority_of(enum conf_level level)
{
    return LOG_ERR + (int)level;
}

/* Writes bytes of anybody between quotation marks. */
static void put_quoted(struct out *o, str value)
{
    out_byte(o, '"');
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        if (c == '"' || c == '\\')
            out_byte(o, '\\');
        if (c >= 0x20 && c < 0x7f) {
            out_byte(o, c);
            continue;
        }
        out_z(o, "\\x");
        out_hex(o, (str){&c, 1});
    }
    out_byte(o, '"');
}

static bool is_plain(str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] <= 0x20 || value.p[i] >= 0x7f || strchr("\"\\=", value.p[i]))
            return false;
    return value.n > 0;
}

static void put_json(struct out *o, str value)
{
    json_t *text = str_is_utf8(value) ? json_stringn(value.n ? (const char *)value.p : "", value.n) : NULL;
    char *made = text ? json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;
    if (made)
        out_z(o, made);
    free(made);
    json_decref(text);
}

/* What is no UTF-8 cannot be a JSON string: its bytes are written as \xNN first. */
static void put_json_bytes(struct log_line *l, str value)
{
    struct out text;
    if (str_is_utf8(value)) {
        put_json(&l->out, value);
        return;
    }
    out_init(&text, &l->arena);
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < 0x80 && value.p[i] != '\\') {
            out_byte(&text, value.p[i]);
            continue;
        }
        out_z(&text, "\\x");
        out_hex(&text, (str){value.p + i, 1});
    }
    put_json(&l->out, out_done(&text));
}

static void put_time(struct out *o)
{
    date_write(o, (int64_t)(clock_wall_ms() / 1000));
}

static void begin_text(struct log_line *l)
{
    const struct log *log = l->log;
    if (log->to == CONF_LOG_STDERR && log->is_journal) {
        out_byte(&l->out, '<');
        out_uint(&l->out, (uint64_t)priority_of(l->level));
        out_byte(&l->out, '>');
    } else if (log->to == CONF_LOG_STDERR) {
        put_time(&l->out);
        out_byte(&l->out, ' ');
        out_z(&l->out, level_names[l->level]);
        out_byte(&l->out, ' ');
    }
    out_z(&l->out, log->process ? log->process : "ingamd");
    out_byte(&l->out, ':');
}

static void begin_json(struct log_line *l)
{
    const struct log *log = l->log;
    if (log->to == CONF_LOG_STDERR && log->is_journal) {
        out_byte(&l->out, '<');
        out_uint(&l->out, (uint64_t)priority_of(l->level));
        out_byte(&l->out, '>');
    }
    out_z(&l->out, "{\"time\":\"");
    put_time(&l->out);
    out_z(&l->out, "\",\"level\":\"");
    out_z(&l->out, level_names[l->level]);
    out_z(&l->out, "\",\"process\":");
    put_json(&l->out, str_of(log->process ? log->process : "ingamd"));
}

void log_begin(struct log_line *l, const struct log *log, enum conf_level level)
{
    *l = (struct log_line){.log = log, .level = level};
    arena_init(&l->arena, NULL, LINE_MEMORY);
    out_init(&l->out, &l->arena);
    if (!log_has(log, level))
        return;
    if (log->form == CONF_LOG_JSON)
        begin_json(l);
    else
        begin_text(l);
}

/* ret  false: nothing of this line is wanted (any more) */
static bool begin_pair(struct log_line *l, const char *key)
{
    if (l->out.n == 0 || l->is_cut)
        return false;
    if (l->log->form == CONF_LOG_JSON) {
        out_z(&l->out, ",\"");
        out_z(&l->out, key);
        out_z(&l->out, "\":");
    } else {
        out_byte(&l->out, ' ');
        out_z(&l->out, key);
        out_byte(&l->out, '=');
    }
    return true;
}

/* Takes the pair back where the line became too long by it. */
static void end_pair(struct log_line *l, size_t began_at)
{
    if (l->out.n <= LINE_MAX)
        return;
    l->out.n = began_at;
    l->is_cut = true;
}

void log_text(struct log_line *l, const char *key, str value)
{
    size_t began_at = l->out.n;
    if (value.n == 0)
        return;
    if (value.n > LINE_MAX) {
        l->is_cut = true;
        return;
    }
    if (!begin_pair(l, key))
        return;
    if (l->log->form == CONF_LOG_JSON)
        put_json_bytes(l, value);
    else if (is_plain(value))
        out_str(&l->out, value);
    else
        put_quoted(&l->out, value);
    end_pair(l, began_at);
}

void log_word(struct log_line *l, const char *key, const char *value)
{
    log_text(l, key, str_of(value ? value : ""));
}

void log_number(struct log_line *l, const char *key, uint64_t value)
{
    size_t began_at = l->out.n;
    if (!begin_pair(l, key))
        return;
    out_uint(&l->out, value);
    end_pair(l, began_at);
}

static void send_line(const struct log *log, enum conf_level level, str line)
{
    if (log->to == CONF_LOG_STDERR)
        outlet_write(line);
    else
        outlet_syslog(LOG_MAIL | priority_of(level), str_first(line, line.n - 1));
}

static void tell_lost(const struct log *log)
{
    uint64_t lost = outlet_lost(log->to == CONF_LOG_SYSLOG);
    if (lost)
        log_say(log, CONF_WARNING, "%llu lines of the log are lost: nobody has read them",
                (unsigned long long)lost);
}

void log_end(struct log_line *l)
{
    bool is_json = l->log->form == CONF_LOG_JSON;
    if (l->out.n || l->out.has_failed) {
        if (l->is_cut)
            out_z(&l->out, is_json ? ",\"cut\":true" : " cut=yes");
        out_z(&l->out, is_json ? "}\n" : "\n");
        str line = out_done(&l->out);
        tell_lost(l->log);
        send_line(l->log, l->level, line.n ? line : S("ingamd: no memory for a line of the log\n"));
    }
    arena_free(&l->arena);
}

/* In text the sentence stands as it is, without a key; no byte of it can end the line or move a cursor. */
static void put_sentence(struct log_line *l, str sentence)
{
    out_byte(&l->out, ' ');
    for (size_t i = 0; i < sentence.n; i++) {
        uint8_t c = sentence.p[i];
        if (c >= 0x20 && c < 0x7f) {
            out_byte(&l->out, c);
            continue;
        }
        out_z(&l->out, "\\x");
        out_hex(&l->out, (str){&c, 1});
    }
}

void log_say(const struct log *log, enum conf_level level, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    struct log_line l;
    va_list arguments;
    if (!log_has(log, level))
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    log_begin(&l, log, level);
    if (log->form == CONF_LOG_JSON)
        log_text(&l, "text", str_of(sentence));
    else
        put_sentence(&l, str_of(sentence));
    log_end(&l);
}
