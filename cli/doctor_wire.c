/* SPDX-License-Identifier: BSD-2-Clause */
/* One packet straight to a resolver: how far away is it, and does it validate? [RFC4035 3.2.3] */
#include "cli/doctor.h"

#include "base/ip.h"
#include "io/clock.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DNS_PORT = 53, PATIENCE_MS = 2000, PACKET_MAX = 1500, HEAD = 12, AD = 0x20, QR = 0x80, RA = 0x80 };

/* "." NS, recursion desired, AD: say whether you validate. [RFC6840 5.7] */
static const uint8_t question[] = {0x1d, 0xa7, 0x01, AD, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};

static int connect_to(const char *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } to = {0};
    struct ip ip;
    str text = str_of(address), host = str_first(text, str_find(text, '@'));
    uint64_t port = DNS_PORT;
    if (!ip_read(host, &ip) || (host.n < text.n && !str_to_uint(str_from(text, host.n + 1), 65535, &port)))
        return -1;
    if (ip.is_v6) {
        to.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        memcpy(&to.in6.sin6_addr, ip.bytes, sizeof to.in6.sin6_addr);
    } else {
        to.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        memcpy(&to.in.sin_addr, ip.bytes, sizeof to.in.sin_addr);
    }
    int fd = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, &to.any, ip.is_v6 ? sizeof to.in6 : sizeof to.in) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool doctor_wire(const char *address, double *ms, bool *is_validating)
{
    uint8_t answer[PACKET_MAX] = {0};
    int fd = connect_to(address);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    ssize_t n = 0;
    uint64_t from_us = clock_now_us();
    *is_validating = false;
    if (fd < 0)
        return false;
    if (send(fd, question, sizeof question, 0) == (ssize_t)sizeof question && poll(&wait, 1, PATIENCE_MS) > 0)
        n = recv(fd, answer, sizeof answer, 0);
    *ms = (double)(clock_now_us() - from_us) / 1000;
    close(fd);
    if (n < HEAD || memcmp(answer, question, 2) != 0 || !(answer[2] & QR))
        return false;
    *is_validating = (answer[3] & AD) != 0;
    return true;
}
