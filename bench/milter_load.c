/* SPDX-License-Identifier: BSD-2-Clause */
/* milter_load [OPTION...] ADDRESS MAIL: sends one mail again and again to a milter, as a mail server does, without a mail server.
 *
 *   --connections N   connections at once (1)              --messages N   all together (1,000)
 *   --of-one N        messages on one connection before it is closed and another one opened (0: never)
 *   --ip A  --helo NAME  --from PATH  --to PATH            the envelope (192.0.2.7, mx.author.example, <a@author.example>, <b@rcpt.example>)
 *
 * ADDRESS is unix:PATH or inet:PORT@HOST. Packets between two replies go out in one write, as Postfix does it. Prints messages/s,
 * and of the time from MAIL to the last reply the median, the 90th and 99th percentile and the longest, in milliseconds; exits
 * with 1 where a message was answered with other than continue or accept, or a connection was lost. */
#include "milter_load.h"

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { INPUT = 131072, OFFERED_ACTIONS = 0x1ff, OFFERED_STEPS = 0x1fffff };

struct connection {
    int fd;
    struct load_plan plan; /* known once the options are agreed on */
    size_t batch;          /* the one that is sent or waits for its reply */
    size_t sent;           /* bytes of it */
    size_t n;              /* bytes of input */
    size_t message_n;      /* begun on this socket */
    uint64_t began_ns;
    uint8_t input[INPUT];
};

static struct {
    struct load_mail mail;
    const char *address;
    size_t connection_n, message_n, of_one;
    size_t begun, done, wrong;
    uint64_t *took_ns;
} load = {.connection_n = 1, .message_n = 1000};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void die(const char *why)
{
    fprintf(stderr, "milter_load: %s\n", why);
    exit(1);
}

static void begin(struct connection *c)
{
    load_plan_free(&c->plan);
    c->fd = load_open(load.address);
    if (c->fd < 0)
        die("no connection");
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    load_plan_options(&c->plan, OFFERED_ACTIONS, OFFERED_STEPS);
    c->batch = c->sent = c->n = c->message_n = 0;
}

static void end(struct connection *c)
{
    if (c->fd < 0)
        return;
    static const uint8_t quit[] = {0, 0, 0, 1, 'Q'};
    send(c->fd, quit, sizeof quit, MSG_NOSIGNAL);
    close(c->fd);
    c->fd = -1;
}

/* Goes to the next batch, the next message, the next connection, or ends. */
static void go_on(struct connection *c)
{
    c->sent = 0;
    if (++c->batch == c->plan.n) {
        load.took_ns[load.done++] = now_ns() - c->began_ns;
        c->batch = c->plan.message_at;
    }
    if (c->batch != c->plan.message_at)
        return;
    if (load.begun == load.message_n) {
        end(c);
        return;
    }
    if (load.of_one && c->message_n == load.of_one) {
        end(c);
        begin(c);
        return;
    }
    load.begun++;
    c->message_n++;
    c->began_ns = now_ns();
}

/* A reply came: the options, or to the last packet of a batch. */
static void answer(struct connection *c, const struct milter_answer *a)
{
    if (a->kind == MILTER_ANSWER_OPTIONS) {
        load_plan_make(&c->plan, a, &load.mail);
        c->batch = SIZE_MAX;
        go_on(c);
        return;
    }
    bool is_taken =
        a->kind == MILTER_ANSWER_CONTINUE || a->kind == MILTER_ANSWER_ACCEPT || a->kind == MILTER_ANSWER_SKIP;
    load.wrong += !is_taken;
    bool is_message_over = a->kind == MILTER_ANSWER_ACCEPT || !is_taken;
    if (is_message_over && c->batch >= c->plan.message_at)
        c->batch = c->plan.n - 1;
    go_on(c);
}

static void receive(struct connection *c)
{
    ssize_t got = recv(c->fd, c->input + c->n, sizeof c->input - c->n, 0);
    if (got <= 0)
        die("a connection was lost");
    c->n += (size_t)got;
    str rest = {c->input, c->n};
    struct milter_answer a;
    while (milter_client_next(&rest, &a) > MILTER_ANSWER_BAD) {
        if (milter_answer_is_reply(a.kind))
            answer(c, &a);
        if (c->n == 0 || c->fd < 0) /* the connection is another one now */
            return;
    }
    if (a.kind == MILTER_ANSWER_BAD)
        die("what came is no answer");
    memmove(c->input, rest.p, rest.n);
    c->n = rest.n;
}

static bool has_more(const struct connection *c)
{
    return c->fd >= 0 && c->sent < c->plan.batches[c->batch].n;
}

static void transmit(struct connection *c)
{
    str bytes = str_from(c->plan.batches[c->batch], c->sent);
    ssize_t sent = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    if (sent > 0)
        c->sent += (size_t)sent;
    if (c->batch == c->plan.silent_at && (size_t)sent == bytes.n)
        go_on(c);
}

/* ret  something waits to be sent still */
static bool send_on(struct connection *c)
{
    if (has_more(c))
        transmit(c);
    return has_more(c);
}

static void run(struct connection *all)
{
    struct pollfd *fds = calloc(load.connection_n, sizeof *fds);
    if (fds == NULL)
        die("no memory");
    while (load.done < load.message_n) {
        for (size_t i = 0; i < load.connection_n; i++) {
            bool is_full = send_on(&all[i]);
            fds[i] = (struct pollfd){.fd = all[i].fd, .events = is_full ? POLLIN | POLLOUT : POLLIN};
        }
        if (poll(fds, load.connection_n, 30000) <= 0)
            die("nothing came for 30 seconds");
        for (size_t i = 0; i < load.connection_n; i++) {
            if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
                receive(&all[i]);
        }
    }
    free(fds);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double part_ms(double part)
{
    return (double)load.took_ns[(size_t)(part * (double)(load.done - 1))] / 1e6;
}

static void tell(double seconds)
{
    qsort(load.took_ns, load.done, sizeof *load.took_ns, by_size);
    printf("messages %zu connections %zu seconds %.3f messages/s %.1f ms p50 %.3f p90 %.3f p99 %.3f max %.3f "
           "other %zu\n",
           load.done, load.connection_n, seconds, (double)load.done / seconds, part_ms(0.5), part_ms(0.9),
           part_ms(0.99), part_ms(1), load.wrong);
}

static size_t count(const char *text)
{
    return strtoul(text, NULL, 10);
}

static bool take_option(int option)
{
    switch (option) {
    case 'c': load.connection_n = count(optarg); break;
    case 'm': load.message_n = count(optarg); break;
    case 'o': load.of_one = count(optarg); break;
    case 'i': load.mail.ip = optarg; break;
    case 'h': load.mail.helo = optarg; break;
    case 'f': load.mail.from = optarg; break;
    case 't': load.mail.to = optarg; break;
    default: return false;
    }
    return true;
}

static bool take_arguments(int argc, char **argv)
{
    static const struct option options[] = {{"connections", 1, NULL, 'c'}, {"messages", 1, NULL, 'm'},
                                            {"of-one", 1, NULL, 'o'},      {"ip", 1, NULL, 'i'},
                                            {"helo", 1, NULL, 'h'},        {"from", 1, NULL, 'f'},
                                            {"to", 1, NULL, 't'},          {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (!take_option(option))
            return false;
    }
    if (argc - optind != 2 || load.connection_n == 0 || load.message_n == 0)
        return false;
    load.address = argv[optind];
    if (!load_mail_read(&load.mail, argv[optind + 1]))
        die("the mail cannot be read");
    return true;
}

int main(int argc, char **argv)
{
    load.mail = (struct load_mail){.ip = "192.0.2.7",
                                   .helo = "mx.author.example",
                                   .from = "<a@author.example>",
                                   .to = "<b@rcpt.example>"};
    if (!take_arguments(argc, argv)) {
        fputs("usage: milter_load [--connections N] [--messages N] [--of-one N] [--ip A] [--helo NAME] "
              "[--from PATH] [--to PATH] ADDRESS MAIL\n",
              stderr);
        return 64;
    }
    if (load.connection_n > load.message_n)
        load.connection_n = load.message_n;
    struct connection *all = calloc(load.connection_n, sizeof *all);
    load.took_ns = calloc(load.message_n, sizeof *load.took_ns);
    if (all == NULL || load.took_ns == NULL)
        die("no memory");
    for (size_t i = 0; i < load.connection_n; i++)
        begin(&all[i]);
    uint64_t began = now_ns();
    run(all);
    tell((double)(now_ns() - began) / 1e9);
    for (size_t i = 0; i < load.connection_n; i++) {
        end(&all[i]);
        load_plan_free(&all[i].plan);
    }
    load_mail_free(&load.mail);
    free(all);
    free(load.took_ns);
    return load.wrong > 0;
}
