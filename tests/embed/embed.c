/* SPDX-License-Identifier: BSD-2-Clause */
/* embed MESSAGE ZONE: the whole of what a program does that judges mail by libingam. README shows judge(). */
#include <ingam/ingam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STR(text) ((ingam_str){(const uint8_t *)(text), strlen(text)})

/* README: from here */
static void judge(ingam_str message, struct ingam_zone *dns, uint64_t now_ms)
{
    struct ingam_config config;
    struct ingam_question q;
    struct ingam_answer a;
    ingam_config_default(&config);
    config.authserv_id = STR("mx.example.org");
    struct ingam_envelope from = {STR("192.0.2.1"), STR("mx.author.example"), STR("a@author.example"), true,
                                  STR("")};
    struct ingam_check *check = ingam_check_new(&config, &from, now_ms);
    ingam_check_feed(check, message); /* in as many pieces as it comes */
    ingam_check_end(check);
    while (ingam_check_next(check, now_ms, &q) == INGAM_WANT_ANSWER) {
        ingam_zone_answer(dns, &q, &a); /* or ask a resolver: q.name, q.type */
        ingam_check_answer(check, &a);
    }
    const struct ingam_verdict *v = ingam_check_verdict(check); /* NULL: no memory */
    if (v)
        printf("%.*s\n", (int)v->authentication_results.n, (const char *)v->authentication_results.p);
    ingam_check_free(check);
}
/* to here */

static ingam_str read_file(const char *path)
{
    static uint8_t room[2][65536];
    static size_t used;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(66);
    }
    ingam_str text = {room[used], fread(room[used], 1, sizeof room[0], file)};
    used++;
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    struct ingam_zone_error error;
    if (argc != 3) {
        fputs("usage: embed MESSAGE ZONE\n", stderr);
        return 64;
    }
    struct ingam_zone *dns = ingam_zone_new(NULL, read_file(argv[2]), &error);
    if (dns == NULL) {
        fprintf(stderr, "%s:%zu:%zu: expected %s\n", argv[2], error.line, error.column, error.expected);
        return 65;
    }
    judge(read_file(argv[1]), dns, 1788264000000);
    ingam_zone_free(dns);
    return 0;
}
