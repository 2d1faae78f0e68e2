/* SPDX-License-Identifier: BSD-2-Clause */
/* A real name server (NSD) on this machine's loopback, for the tests of those who ask; without NSD their tests are skipped. */
#ifndef TESTS_DNS_LAB_H
#define TESTS_DNS_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <ingam/dns.h>

#include "resolver_zones.h"

/* The server under a folder of its own. */
static struct {
    char dir[64];
    char address[32]; /* for resolver_options.forward */
    char anchor[96];
    uint16_t port;
    pid_t pid; /* 0: there is no NSD here */
} lab;

static inline ingam_str text_of(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

static inline void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", lab.dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static inline struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

/* Opens a socket at a free port. */
static inline int bound_socket(int kind, uint16_t *port)
{
    struct sockaddr_in at = loopback(0);
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, kind, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* An answer of nearly 64 KiB, which only TCP can carry. */
enum { BIG_RECORDS = 230, BIG_STRING = 255 };
static inline void write_big_zone(void)
{
    static char text[100 + BIG_RECORDS * (BIG_STRING + 40)];
    int n = snprintf(text, sizeof text,
                     "$ORIGIN big.test.\n$TTL 300\n@ SOA ns host 1 3600 600 86400 77\n@ NS ns\n");
    for (int i = 0; i < BIG_RECORDS; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "@ TXT \"%0*d\"\n", BIG_STRING, i);
    write_file("big", text);
}

static inline void configure_server(void)
{
    char conf[2048];
    snprintf(conf, sizeof conf,
             "server:\n ip-address: 127.0.0.1@%u\n username: \"\"\n chroot: \"\"\n zonesdir: \"%s\"\n"
             " database: \"\"\n pidfile: \"\"\n zonelistfile: \"%s/list\"\n xfrdfile: \"%s/xfrd\"\n xfrdir: "
             "\"%s\"\n"
             " logfile: \"%s/log\"\n server-count: 1\n do-ip6: no\n rrl-ratelimit: 0\n"
             "remote-control:\n control-enable: no\n"
             "zone:\n name: lab.test\n zonefile: lab\n"
             "zone:\n name: 2.0.192.in-addr.arpa\n zonefile: reverse\n"
             "zone:\n name: signed.example\n zonefile: signed\n"
             "zone:\n name: big.test\n zonefile: big\n"
             "zone:\n name: broken.test\n zonefile: nowhere\n",
             lab.port, lab.dir, lab.dir, lab.dir, lab.dir, lab.dir);
    write_file("nsd.conf", conf);
    write_file("lab", lab_zone);
    write_big_zone();
    write_file("reverse", reverse_zone);
    write_file("signed", signed_zone);
    write_file("anchor", signed_anchor);
}

static inline pid_t start_server(const char *program)
{
    char conf[128];
    snprintf(conf, sizeof conf, "%s/nsd.conf", lab.dir);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int null = open("/dev/null", O_RDWR);
    dup2(null, 1);
    dup2(null, 2);
    execl(program, program, "-d", "-c", conf, (char *)NULL);
    _exit(127);
}

/* ret  it answers on TCP; it gets five seconds for that. false: it has ended */
static inline bool is_up(void)
{
    struct sockaddr_in at = loopback(lab.port);
    for (int i = 0; i < 100; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int rc = connect(fd, (struct sockaddr *)&at, sizeof at);
        close(fd);
        usleep(50 * 1000);
        if (waitpid(lab.pid, NULL, WNOHANG) != 0)
            return false; /* it has ended; whoever answers is somebody else's */
        if (rc == 0)
            return true;
    }
    kill(lab.pid, SIGKILL);
    waitpid(lab.pid, NULL, 0);
    return false;
}

static inline const char *find_nsd(void)
{
    static const char *const places[] = {"/usr/sbin/nsd", "/usr/local/sbin/nsd"};
    static char fetched[512];
    const char *servers = getenv("INGAM_SERVERS"); /* what tools/servers has fetched */
    snprintf(fetched, sizeof fetched, "%s/bin/nsd", servers ? servers : "");
    if (access(fetched, X_OK) == 0)
        return fetched;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

static inline int open_lab(void **state)
{
    const char *program = find_nsd();
    (void)state;
    if (program == NULL)
        return 0;
    snprintf(lab.dir, sizeof lab.dir, "%s/ingam-lab-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(lab.dir));
    snprintf(lab.anchor, sizeof lab.anchor, "%s/anchor", lab.dir);
    for (int i = 0; i < 5; i++) { /* somebody may take the port before it does */
        close(bound_socket(SOCK_DGRAM, &lab.port));
        snprintf(lab.address, sizeof lab.address, "127.0.0.1@%u", lab.port);
        configure_server();
        lab.pid = start_server(program);
        assert_true(lab.pid > 0);
        if (is_up())
            return 0;
    }
    return -1;
}

static inline int close_lab(void **state)
{
    static const char *const names[] = {"nsd.conf", "lab", "reverse", "signed", "anchor",
                                        "log",      "big", "list",    "xfrd",   "hints"};
    (void)state;
    if (lab.pid == 0)
        return 0;
    kill(lab.pid, SIGTERM);
    waitpid(lab.pid, NULL, 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", lab.dir, names[i]);
        unlink(path);
    }
    rmdir(lab.dir);
    return 0;
}

/* Writes status and records as one text; addresses in hexadecimal. */
static inline const char *shown(const struct ingam_answer *a, uint16_t type)
{
    static char buf[1024];
    int n = snprintf(buf, sizeof buf, "%s%s%s", ingam_status_name(a->status), a->why ? " " : "",
                     a->why ? a->why : "");
    for (size_t i = 0; i < a->rr_n; i++) {
        n += snprintf(buf + n, sizeof buf - (size_t)n, type == INGAM_RR_MX ? "|%u " : "|",
                      a->rrs[i].preference);
        for (size_t k = 0; k < a->rrs[i].data.n; k++) {
            uint8_t c = a->rrs[i].data.p[k];
            bool is_plain = type != INGAM_RR_A && type != INGAM_RR_AAAA && c >= 0x20 && c < 0x7f;
            n += snprintf(buf + n, sizeof buf - (size_t)n, is_plain ? "%c" : "%02x", c);
        }
    }
    return buf;
}

#endif
