/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection a probe. The name that we say at EHLO is in the zone: it is who a null sender is judged by. [RFC7208 2.4] */
#include "cli/test.h"

#include "cli/cli.h"
#include <curl/curl.h>
#include <stdio.h>

enum { CONNECT_S = 10, SEND_S = 120, URL_SIZE = 512, BYE = 221 };

struct sending {
    struct probe *probe;
    str rest;     /* of the message */
    bool is_last; /* the line that came last ends a reply */
};

bool sending_begins(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        return true;
    complain("libcurl cannot be used");
    return false;
}

void sending_ends(void)
{
    curl_global_cleanup();
}

static size_t give(char *to, size_t size, size_t n, void *context)
{
    struct sending *s = context;
    str piece = str_first(s->rest, size * n);
    if (piece.n)
        memcpy(to, piece.p, piece.n);
    s->rest = str_from(s->rest, piece.n);
    return piece.n;
}

static int code_of(str line)
{
    uint64_t code = 0;
    return str_to_uint(str_first(line, 3), 599, &code) ? (int)code : 0;
}

/* Keeps the last whole reply, its lines joined; not that to QUIT. */
static size_t hear(char *from, size_t size, size_t n, void *context)
{
    struct sending *s = context;
    struct probe *p = s->probe;
    str line = str_trim_fws((str){(const uint8_t *)from, size * n});
    int code = code_of(line);
    if (code == 0 || code == BYE)
        return size * n;
    p->code = code;
    bool is_more = line.n > 3 && line.p[3] == '-';
    size_t had = s->is_last ? 0 : strlen(p->reply);
    str text = str_from(line, 4);
    snprintf(p->reply + had, sizeof p->reply - had, "%s%.*s", had ? " " : "", (int)text.n,
             (const char *)text.p);
    s->is_last = !is_more;
    return size * n;
}

static struct curl_slist *set_up(CURL *c, const struct test *t, struct sending *s,
                                 char error[CURL_ERROR_SIZE])
{
    char url[URL_SIZE], from[URL_SIZE];
    const struct probe *p = s->probe;
    struct curl_slist *to = curl_slist_append(NULL, t->options.to);
    snprintf(url, sizeof url, "smtp://%s/pass.%s", t->options.smtp, TRIAL_NAME);
    snprintf(from, sizeof from, "%.*s", (int)p->mail_from.n, (const char *)p->mail_from.p);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)SEND_S);
    if (p->mail_from.n)
        curl_easy_setopt(c, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(c, CURLOPT_READDATA, s);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, hear);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, s);
    return to;
}

bool send_probe(struct test *t, struct probe *p)
{
    struct sending s = {.probe = p, .rest = p->message, .is_last = true};
    char error[CURL_ERROR_SIZE] = "";
    CURL *c = curl_easy_init();
    if (c == NULL)
        return false;
    struct curl_slist *to = set_up(c, t, &s, error);
    CURLcode got = to ? curl_easy_perform(c) : CURLE_OUT_OF_MEMORY;
    bool is_answered = got == CURLE_OK || p->code >= 400;
    if (!is_answered)
        complain("%s: %s", t->options.smtp, *error ? error : curl_easy_strerror(got));
    curl_easy_cleanup(c);
    curl_slist_free_all(to);
    return is_answered;
}
