/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges one message again and again, for measuring: one RSA-2048 signature, DMARC and Authentication-Results, a warm key cache,
 * and answers that come at once and cost nothing.
 *
 *   gate FOLDER SIZE WHAT N     N messages of SIZE (2k, 100k, 1m, 10m), for callgrind
 *   gate FOLDER SIZE WHAT       one message, warm: prints its allocations, its memory in flight and its header's size
 *
 * WHAT is `verify`, where the client is not known and SPF has nothing to say, or `whole`, with SPF for both identities. */
#include "tests/gates/counted.h"

#include <ingam/ingam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWERS_MAX = 32, CHUNK = 16384, HEAD_MAX = 4096, LINE_MAX = 128 };

struct bytes {
    uint8_t *p;
    size_t n;
};

static struct bytes read_file(const char *folder, const char *name, size_t room)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    struct bytes b = {malloc(room), 0};
    if (file == NULL || b.p == NULL) {
        perror(path);
        exit(66);
    }
    b.n = fread(b.p, 1, room, file);
    fclose(file);
    return b;
}

/* The signed header from its file, and the body that make.py has signed. */
static struct bytes make_message(const char *folder, const char *size, size_t *header_n)
{
    static const struct {
        const char *name;
        size_t lines;
    } sizes[] = {{"2k", 13}, {"100k", 1380}, {"1m", 14200}, {"10m", 142000}};
    static const char plain[] = "The minutes of our last meeting are below; please read them soon.";
    static const char eighth[] = "Alice will bring the numbers, Bob the coffee.  Nobody brought cake.";
    char name[64];
    size_t lines = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (strcmp(sizes[i].name, size) == 0)
            lines = sizes[i].lines;
    snprintf(name, sizeof name, "head-%s.eml", size);
    struct bytes m = read_file(folder, name, HEAD_MAX + lines * LINE_MAX);
    *header_n = m.n;
    for (size_t i = 0; i < lines; i++)
        m.n += (size_t)snprintf((char *)m.p + m.n, LINE_MAX, "%07zu %s\r\n", i, i % 8 == 7 ? eighth : plain);
    return m;
}

/* Answers as the zone gave them the first time; the same questions come in the same order. */
struct answers {
    struct ingam_zone *zone;
    struct ingam_answer list[ANSWERS_MAX];
    struct ingam_rr rrs[ANSWERS_MAX];
    bool is_known[ANSWERS_MAX];
};

static const struct ingam_answer *find(struct answers *known, const struct ingam_question *q)
{
    size_t i = q->id % ANSWERS_MAX;
    struct ingam_answer *a = &known->list[i];
    if (known->is_known[i])
        return a;
    ingam_zone_answer(known->zone, q, a);
    a->id = q->id;
    if (a->rr_n) {
        known->rrs[i] = a->rrs[0];
        uint8_t *copy = malloc(a->rrs[0].data.n + 1);
        memcpy(copy, a->rrs[0].data.p, a->rrs[0].data.n);
        known->rrs[i].data.p = copy;
        a->rrs = &known->rrs[i];
    }
    known->is_known[i] = true;
    return a;
}

static void listen(struct ingam_check *c, struct answers *known)
{
    struct ingam_question q;
    while (ingam_check_next(c, 1788264000000, &q) == INGAM_WANT_ANSWER)
        ingam_check_answer(c, find(known, &q));
}

static ingam_str str_of(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

static bool is_passed(const struct ingam_verdict *v, bool is_whole)
{
    if (v == NULL || v->dkim_n != 1 || v->dkim[0].result != INGAM_RESULT_PASS ||
        v->authentication_results.n == 0)
        return false;
    bool is_spf_passed =
        v->spf_mail_from.result == INGAM_RESULT_PASS && v->spf_helo.result == INGAM_RESULT_PASS;
    return v->dmarc.result == INGAM_RESULT_PASS && is_spf_passed == is_whole;
}

struct job {
    struct ingam_config config;
    struct ingam_envelope env;
    struct bytes message;
    size_t header_n;
    bool is_whole;
    struct answers known;
};

static void judge(struct job *job)
{
    struct bytes m = job->message;
    struct ingam_check *c = ingam_check_new(&job->config, &job->env, 1788264000000);
    for (size_t at = 0; at < m.n; at += CHUNK) {
        ingam_check_feed(c, (ingam_str){m.p + at, m.n - at < CHUNK ? m.n - at : CHUNK});
        listen(c, &job->known);
    }
    ingam_check_end(c);
    listen(c, &job->known);
    if (!is_passed(ingam_check_verdict(c), job->is_whole)) {
        fputs("the message does not pass\n", stderr);
        exit(1);
    }
    ingam_check_free(c);
}

static void prepare(struct job *job, char **argv)
{
    struct ingam_zone_error error;
    struct bytes zone = read_file(argv[1], "gate.zone", 65536);
    job->message = make_message(argv[1], argv[2], &job->header_n);
    job->is_whole = strcmp(argv[3], "whole") == 0;
    job->known.zone = ingam_zone_new(NULL, (ingam_str){zone.p, zone.n}, &error);
    ingam_config_default(&job->config);
    job->config.authserv_id = str_of("mx.rcpt.example");
    job->config.keys = ingam_keys_new(NULL, 16);
    if (job->is_whole)
        job->env = (struct ingam_envelope){.ip = str_of("192.0.2.1"),
                                           .helo = str_of("mx.author.example"),
                                           .mail_from = str_of("a@author.example"),
                                           .has_mail_from = true};
}

int main(int argc, char **argv)
{
    static struct job job;
    if (argc < 4) {
        fputs("usage: gate FOLDER SIZE verify|whole [N]\n", stderr);
        return 64;
    }
    prepare(&job, argv);
    judge(&job);
    judge(&job);
    if (argc > 4) {
        for (long i = 0; i < strtol(argv[4], NULL, 10); i++)
            judge(&job);
        return 0;
    }
    struct counted before = counted;
    counted.peak = counted.in_flight;
    judge(&job);
    size_t allocations = counted.calls - before.calls, high = counted.peak - before.in_flight;
    printf("message %zu header %zu allocations %zu in-flight %zu\n", job.message.n, job.header_n, allocations,
           high);
    return 0;
}
