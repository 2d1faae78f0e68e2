/* SPDX-License-Identifier: BSD-2-Clause */
/* Time grows with the message and no faster: twice the size costs less than 2.5 times as much, for the shapes of message that
 * have made others slow. CPU time, the least of several runs; a bad ratio is measured again, since other programs disturb. */
#include <ingam/ingam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 3, TRIES = 6 };
static const double ratio_max = 2.5, least_s = 0.02;

struct text {
    char *p;
    size_t n, cap;
};

static void put(struct text *t, const char *z, size_t times)
{
    size_t n = strlen(z);
    if (t->n + n * times > t->cap) {
        t->cap = (t->n + n * times) * 2;
        t->p = realloc(t->p, t->cap);
        if (t->p == NULL)
            abort();
    }
    for (size_t i = 0; i < times; i++, t->n += n)
        memcpy(t->p + t->n, z, n);
}

/* A signature that is worth trying up to the RSA operation, if the body is empty in its canonical form. */
#define EMPTY_RELAXED "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define EMPTY_SIMPLE  "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="

static void put_signature(struct text *t, const char *canon, const char *body_hash)
{
    put(t, "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from:x; c=", 1);
    put(t, canon, 1);
    put(t, "; bh=", 1);
    put(t, body_hash, 1);
    put(t, "; b=", 1);
    put(t, "AAAA", 85);
    put(t, "AA==\r\n", 1);
}

static void start(struct text *t)
{
    put_signature(t, "relaxed/relaxed", EMPTY_RELAXED);
    put_signature(t, "simple/simple", EMPTY_SIMPLE);
}

static void blank_lines(struct text *t, size_t n)
{
    start(t);
    put(t, "From: a@a.example\r\n\r\n", 1);
    put(t, "\r\n", n / 2);
}

static void spaces(struct text *t, size_t n)
{
    start(t);
    put(t, "From: a@a.example\r\n\r\n", 1);
    put(t, " ", n);
}

static void one_line(struct text *t, size_t n)
{
    start(t);
    put(t, "From: a@a.example\r\nX: ", 1);
    put(t, "x ", n / 2);
    put(t, "\r\n\r\n", 1);
}

static void fields(struct text *t, size_t n)
{
    start(t);
    put(t, "From: a@a.example\r\n", 1);
    put(t, "X: y\r\n", n);
    put(t, "\r\n", 1);
}

static void addresses(struct text *t, size_t n)
{
    start(t);
    put(t, "From: a@a.example", 1);
    put(t, ",\r\n \"b\" (c) <b@a.example>", n);
    put(t, "\r\n\r\n", 1);
}

static void names(struct text *t, size_t n)
{
    put(t, "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; c=relaxed/relaxed; bh=" EMPTY_RELAXED "; b=",
        1);
    put(t, "AAAA", 85);
    put(t, "AA==; h=from", 1);
    put(t, ":x", n);
    put(t, "\r\nX: 1\r\nX: 2\r\nFrom: a@a.example\r\n\r\n", 1);
}

static ingam_str str_of(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

static struct ingam_config config_of(void)
{
    struct ingam_config config;
    ingam_config_default(&config);
    config.limits.header_block = config.limits.field = config.limits.dkim_field = 64 << 20;
    config.limits.fields = config.limits.from_addresses = config.limits.dkim_signed_names = 1 << 20;
    config.limits.arena = 1 << 30;
    return config;
}

static void judge(const struct text *message, struct ingam_zone *zone)
{
    struct ingam_config config = config_of();
    struct ingam_envelope env = {
        .ip = str_of("192.0.2.1"), .helo = str_of("a.example"), .has_mail_from = true};
    struct ingam_check *c = ingam_check_new(&config, &env, 1788264000000);
    struct ingam_question q;
    struct ingam_answer a;
    ingam_check_feed(c, (ingam_str){(const uint8_t *)message->p, message->n});
    ingam_check_end(c);
    while (ingam_check_next(c, 1788264000000, &q) == INGAM_WANT_ANSWER) {
        ingam_zone_answer(zone, &q, &a);
        a.id = q.id;
        ingam_check_answer(c, &a);
    }
    const struct ingam_warning *warnings;
    ingam_check_warnings(c, &warnings);
    const struct ingam_verdict *v = ingam_check_verdict(c);
    if (v == NULL || v->fault != INGAM_FAULT_NONE || v->dkim_n == 0) {
        puts("the message is not judged as it should be");
        exit(1);
    }
    ingam_check_free(c);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ret  seconds that one judgement takes, the least of several runs */
static double cost(const struct text *message, struct ingam_zone *zone)
{
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double from = now_s(), took = 0;
        int times = 0;
        for (; took < least_s; took = now_s() - from, times++)
            judge(message, zone);
        if (took / times < best)
            best = took / times;
    }
    return best;
}

static bool grows_in_line(const char *name, size_t n, void (*make)(struct text *t, size_t n),
                          struct ingam_zone *zone)
{
    struct text once = {0}, twice = {0};
    double ratio = 0;
    make(&once, n);
    make(&twice, 2 * n);
    for (int tries = 0; tries < TRIES; tries++) {
        double first = cost(&once, zone), second = cost(&twice, zone);
        ratio = second / first;
        printf("%s: %.2f ms, twice as much %.2f ms, ratio %.2f\n", name, first * 1e3, second * 1e3, ratio);
        if (ratio < ratio_max)
            break;
    }
    free(once.p);
    free(twice.p);
    return ratio < ratio_max;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        size_t n;
        void (*make)(struct text *t, size_t n);
    } shapes[] = {
        {"5 MB of blank lines", 5000000, blank_lines},  {"5 MB of spaces", 5000000, spaces},
        {"1 MB in one header line", 1000000, one_line}, {"10,000 fields", 10000, fields},
        {"10,000 From addresses", 10000, addresses},    {"20,000 names in h=", 20000, names},
    };
    static char text[4096];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        fputs("usage: growth ZONE\n", stderr);
        return 64;
    }
    struct ingam_zone_error error;
    size_t text_n = fread(text, 1, sizeof text, file), passed = 0, failed = 0;
    fclose(file);
    struct ingam_zone *zone = ingam_zone_new(NULL, (ingam_str){(const uint8_t *)text, text_n}, &error);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        bool is_good = grows_in_line(shapes[i].name, shapes[i].n, shapes[i].make, zone);
        passed += is_good;
        failed += !is_good;
    }
    ingam_zone_free(zone);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0;
}
