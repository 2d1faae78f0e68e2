/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: what a line looks like in both forms, and that nothing of others can leave its quotes. */
#include "daemon/log.h"
#include "daemon/outlet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <fcntl.h>
#include <jansson.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static int kept_stderr = -1;
static int ends[2];
static char got[65536];

/* Standard error goes into a packet pipe, so that each write can be counted. */
static void listen_in(void)
{
    assert_int_equal(pipe2(ends, O_DIRECT | O_NONBLOCK), 0);
    kept_stderr = dup(2);
    assert_int_equal(dup2(ends[1], 2), 2);
    outlet_open();
}

/* ret  what the one write was; NULL: there was none */
static const char *heard(void)
{
    char more;
    ssize_t n = read(ends[0], got, sizeof got - 1);
    assert_int_equal(read(ends[0], &more, 1), -1);
    dup2(kept_stderr, 2);
    close(kept_stderr);
    close(ends[0]);
    close(ends[1]);
    if (n < 0)
        return NULL;
    got[n] = 0;
    return got;
}

static struct log opened(enum conf_log_form form, const uint32_t *level)
{
    struct conf conf = {.log = {.to = CONF_LOG_STDERR, .form = form}};
    struct log log;
    log_open(&log, &conf, level, "worker 1");
    return log;
}

/* Past the time, which is not the test's business. */
static const char *behind_time(const char *line)
{
    assert_non_null(line);
    assert_true(strlen(line) > 21 && line[10] == 'T' && line[19] == 'Z');
    return line + 21;
}

static const struct {
    const char *about;
    str value;
    const char *text, *json;
} values[] = {
    {"a word", S_INIT("4fXyz"), " v=4fXyz", ",\"v\":\"4fXyz\""},
    {"nothing is left out", S_INIT(""), "", ""},
    {"a blank", S_INIT("a b"), " v=\"a b\"", ",\"v\":\"a b\""},
    {"what looks like a pair", S_INIT("x=1"), " v=\"x=1\"", ",\"v\":\"x=1\""},
    {"quotes", S_INIT("a\"b\\"), " v=\"a\\\"b\\\\\"", ",\"v\":\"a\\\"b\\\\\""},
    {"a line's end", S_INIT("a\r\nb=c"), " v=\"a\\x0d\\x0ab=c\"", ",\"v\":\"a\\r\\nb=c\""},
    {"escape sequences", S_INIT("\033[2J"), " v=\"\\x1b[2J\"", ",\"v\":\"\\u001B[2J\""},
    {"NUL", S_INIT("a\000b"), " v=\"a\\x00b\"", ",\"v\":\"a\\u0000b\""},
    {"UTF-8", S_INIT("\303\274"), " v=\"\\xc3\\xbc\"", ",\"v\":\"\\u00FC\""},
    {"no UTF-8", S_INIT("\377\\"), " v=\"\\xff\\\\\"", ",\"v\":\"\\\\xff\\\\x5c\""},
    {"delete", S_INIT("\177"), " v=\"\\x7f\"", ",\"v\":\"\177\""},
};

static void pairs_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char want[256];
        struct log_line l;
        struct log log = opened(CONF_LOG_TEXT, NULL);
        listen_in();
        log_begin(&l, &log, CONF_INFO);
        log_text(&l, "v", values[i].value);
        log_number(&l, "n", UINT64_MAX);
        log_word(&l, "w", "ok");
        log_end(&l);
        snprintf(want, sizeof want, "info worker 1:%s n=18446744073709551615 w=ok\n", values[i].text);
        const char *line = behind_time(heard());
        if (strcmp(line, want) != 0)
            fail_msg("%s: %s, wanted %s", values[i].about, line, want);
    }
}

static void json_pairs_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char want[256];
        struct log_line l;
        struct log log = opened(CONF_LOG_JSON, NULL);
        listen_in();
        log_begin(&l, &log, CONF_WARNING);
        log_text(&l, "v", values[i].value);
        log_number(&l, "n", 7);
        log_end(&l);
        snprintf(want, sizeof want, "\"level\":\"warning\",\"process\":\"worker 1\"%s,\"n\":7}\n",
                 values[i].json);
        const char *line = heard();
        assert_non_null(line);
        json_t *read = json_loads(line, JSON_ALLOW_NUL, NULL);
        const char *at = strstr(line, "\"level\"");
        if (read == NULL || at == NULL || strcmp(at, want) != 0)
            fail_msg("%s: %s, wanted %s", values[i].about, line, want);
        json_decref(read);
    }
}

static void levels_are_kept(void **state)
{
    uint32_t level = CONF_WARNING;
    struct log_line l;
    struct log log = opened(CONF_LOG_TEXT, &level);
    (void)state;
    assert_true(log_has(&log, CONF_ERROR));
    assert_false(log_has(&log, CONF_NOTICE));
    listen_in();
    log_begin(&l, &log, CONF_INFO);
    log_text(&l, "v", S("x"));
    log_end(&l);
    log_say(&log, CONF_DEBUG, "nobody sees %d", 1);
    assert_null(heard());
    level = CONF_DEBUG;
    listen_in();
    log_say(&log, CONF_DEBUG, "seen: %s", "a\nb\033");
    assert_string_equal(behind_time(heard()), "debug worker 1: seen: a\\x0ab\\x1b\n");
    log.form = CONF_LOG_JSON;
    listen_in();
    log_say(&log, CONF_ERROR, "seen: %s", "a\nb");
    assert_non_null(strstr(heard(), ",\"text\":\"seen: a\\nb\"}\n"));
}

/* A line is cut between two pairs, and says so. */
static void long_lines_are_cut(void **state)
{
    static uint8_t many[6000], huge[100000];
    memset(many, 'x', sizeof many);
    memset(huge, '\n', sizeof huge);
    (void)state;
    for (int form = CONF_LOG_TEXT; form <= CONF_LOG_JSON; form++) {
        struct log_line l;
        struct log log = opened((enum conf_log_form)form, NULL);
        listen_in();
        log_begin(&l, &log, CONF_INFO);
        log_text(&l, "a", (str){many, sizeof many});
        log_text(&l, "b", (str){form == CONF_LOG_TEXT ? many : huge, sizeof many});
        log_text(&l, "c", S("late"));
        log_end(&l);
        /* a packet pipe hands over 4,096 bytes at a time */
        char line[16384];
        size_t n = 0;
        for (ssize_t k; (k = read(ends[0], line + n, sizeof line - n)) > 0;)
            n += (size_t)k;
        heard();
        assert_in_range(n, sizeof many, 8192 + 32);
        line[n] = 0;
        assert_null(strstr(line, "late"));
        assert_non_null(strstr(line, form == CONF_LOG_TEXT ? " cut=yes\n" : ",\"cut\":true}\n"));
    }
    struct log_line l;
    struct log log = opened(CONF_LOG_TEXT, NULL);
    listen_in();
    log_begin(&l, &log, CONF_INFO);
    log_text(&l, "a", (str){huge, sizeof huge});
    log_end(&l);
    assert_string_equal(behind_time(heard()), "info worker 1: cut=yes\n");
}

static void the_journal_gets_a_priority(void **state)
{
    struct stat s;
    char stream[64];
    (void)state;
    listen_in();
    assert_int_equal(fstat(2, &s), 0);
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)s.st_dev, (unsigned long long)s.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    struct log log = opened(CONF_LOG_TEXT, NULL);
    log_say(&log, CONF_NOTICE, "hello");
    assert_string_equal(heard(), "<5>worker 1: hello\n");
    log = opened(CONF_LOG_TEXT, NULL); /* another stream now */
    unsetenv("JOURNAL_STREAM");
    assert_false(log.is_journal);
    struct conf conf = {.log = {.to = CONF_LOG_JOURNAL}};
    log_open(&log, &conf, NULL, "worker 1");
    assert_int_equal(log.to, CONF_LOG_STDERR);
}

static const char house[] = "log_test.socket";
static char sent[16384];

static int open_house(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", house);
    unlink(house);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* ret  what came, behind priority, time and program; NULL: nothing */
static const char *sent_to(int fd, const char *priority)
{
    ssize_t n = recv(fd, sent, sizeof sent - 1, 0);
    if (n < 0)
        return NULL;
    sent[n] = 0;
    assert_memory_equal(sent, priority, strlen(priority));
    const char *process = strstr(sent, " ingamd[");
    assert_non_null(process);
    assert_int_equal(process - sent, (long)strlen(priority) + 15);
    assert_int_equal(strtol(process + 8, NULL, 10), getpid());
    return strstr(process, ": ") + 2;
}

static struct log to_syslog(void)
{
    struct conf conf = {.log = {.to = CONF_LOG_SYSLOG, .form = CONF_LOG_TEXT}};
    struct log log;
    log_open(&log, &conf, NULL, "keyd");
    outlet_open_syslog(house);
    return log;
}

static void syslog_gets_plain_lines(void **state)
{
    int fd = open_house();
    struct log log = to_syslog();
    struct log_line l;
    (void)state;
    log_begin(&l, &log, CONF_WARNING);
    log_text(&l, "from", S("100%s\n"));
    log_end(&l);
    assert_string_equal(sent_to(fd, "<20>"), "keyd: from=\"100%s\\x0a\"");
    log_say(&log, CONF_ERROR, "%s", "no");
    assert_string_equal(sent_to(fd, "<19>"), "keyd: no");
    close(fd);
    unlink(house);
}

/* It stands still, ends, and begins anew: nothing waits, what is lost is told, and it is found again. */
static void syslog_may_end_and_come_back(void **state)
{
    int fd = open_house();
    struct log log = to_syslog();
    char *long_text = calloc(1, 12000);
    const char *last = NULL;
    (void)state;
    memset(long_text, 'x', 8000);
    for (size_t i = 0; i < 2000; i++)
        log_say(&log, CONF_INFO, "%.1000s", long_text);
    while (sent_to(fd, "<22>"))
        continue;
    close(fd);
    unlink(house);
    log_say(&log, CONF_INFO, "nobody hears this");
    fd = open_house();
    log_say(&log, CONF_NOTICE, "again");
    assert_string_equal(sent_to(fd, "<21>"), "keyd: again");
    log_say(&log, CONF_NOTICE, "and again");
    last = sent_to(fd, "<20>");
    assert_non_null(strstr(last, " lines of the log are lost"));
    assert_string_equal(sent_to(fd, "<21>"), "keyd: and again");
    assert_null(sent_to(fd, ""));
    free(long_text);
    close(fd);
    unlink(house);
}

/* ret  bytes that were in the pipe; the last of them stand in got */
static size_t drained(void)
{
    size_t all = 0;
    for (ssize_t n; (n = read(ends[0], got, sizeof got - 1)) > 0; all += (size_t)n)
        got[n] = 0;
    return all;
}

/* A pipe of 64 KiB that nobody reads: what does not fit is lost and counted, and what was written is whole lines. */
static void a_reader_that_stands_still(void **state)
{
    (void)state;
    kept_stderr = dup(2);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(dup2(ends[1], 2), 2);
    struct log log = opened(CONF_LOG_TEXT, NULL);
    for (size_t i = 0; i < 2000; i++)
        log_say(&log, CONF_INFO, "line %0100zu", i);
    size_t n = drained();
    assert_in_range(n, 32 * 1024, 65536);
    assert_int_equal(got[(n - 1) % (sizeof got - 1)], '\n');
    log_say(&log, CONF_INFO, "again");
    assert_in_range(drained(), 1, 4096);
    assert_non_null(strstr(got, "lines of the log are lost"));
    assert_non_null(strstr(got, " again\n"));
    dup2(kept_stderr, 2);
    close(kept_stderr);
    close(ends[0]);
    close(ends[1]);
    outlet_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_written),
        cmocka_unit_test(json_pairs_are_written),
        cmocka_unit_test(levels_are_kept),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(the_journal_gets_a_priority),
        cmocka_unit_test(syslog_gets_plain_lines),
        cmocka_unit_test(syslog_may_end_and_come_back),
        cmocka_unit_test(a_reader_that_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
