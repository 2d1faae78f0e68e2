/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/judge.h"

#include "cli/cli.h"
#include "io/clock.h"
#include "io/pump.h"
#include "io/resolver.h"
#include <stdlib.h>
#include <unistd.h>

enum { KEYS_KEPT = 64 };

/* Reads the zone file apart from its text, so that both ways of going wrong have their exit status. */
static int open_zone(struct judge *j)
{
    struct source_error error;
    uint8_t *text;
    size_t n;
    if (!input_read_file(j->options->zone, &text, &n))
        return EXIT_NO_INPUT;
    j->source = source_open_zone_text(j->options->zone, (str){text, n}, &error);
    free(text);
    if (j->source)
        return EXIT_GOOD;
    complain("%s", error.text);
    return EXIT_DATA;
}

static int open_resolver(struct judge *j)
{
    const struct options *o = j->options;
    struct source_error error;
    struct resolver_options way = {.way = o->resolver     ? RESOLVER_FORWARD
                                          : o->has_dnssec ? RESOLVER_RECURSE
                                                          : RESOLVER_SYSTEM,
                                   .forward = o->resolver};
    j->source = resolver_open(&way, &error);
    if (j->source)
        return EXIT_GOOD;
    complain("%s", error.text);
    return EXIT_LATER;
}

/* Our name in Authentication-Results: the host's full one if it knows it. */
static void find_host(struct judge *j)
{
    if (gethostname(j->host, sizeof j->host) != 0)
        snprintf(j->host, sizeof j->host, "localhost");
    j->host[sizeof j->host - 1] = 0;
}

int judge_open(struct judge *j, const struct options *o)
{
    *j = (struct judge){.options = o};
    if ((o->zone != NULL) + (o->resolver != NULL) + o->has_dnssec > 1) {
        complain("only one of --dns, --resolver and --dnssec can say where answers come from");
        return EXIT_USAGE;
    }
    find_host(j);
    ingam_config_default(&j->config);
    j->config.policy = o->policy;
    j->config.authserv_id = str_of(o->authserv_id ? o->authserv_id : j->host);
    if (o->timeout_s > 0)
        j->config.limits.deadline_ms = (uint64_t)(o->timeout_s * 1000) + 1;
    j->config.keys = ingam_keys_new(NULL, KEYS_KEPT);
    return o->zone ? open_zone(j) : open_resolver(j);
}

void judge_close(struct judge *j)
{
    source_close(j->source);
    ingam_keys_free(j->config.keys);
}

uint64_t judge_now_ms(const struct judge *j)
{
    return j->options->has_at ? (uint64_t)j->options->at_s * 1000 : clock_wall_ms();
}

/* ret  the line is a header field */
static bool is_field(str line)
{
    cur c = cur_of(line);
    if (cur_run(&c, C_FTEXT).n == 0)
        return false;
    cur_run(&c, C_WSP);
    return cur_at(&c, ':');
}

/* ret  there is at least one header field before the first empty line */
static bool is_message(str bytes)
{
    while (bytes.n && bytes.p[0] != '\r' && bytes.p[0] != '\n') {
        str line = str_first(bytes, str_find(bytes, '\n'));
        if (is_field(line))
            return true;
        bytes = str_from(bytes, line.n + 1);
    }
    return false;
}

/* ret  the header with its empty line, or all */
static str header_of(str bytes)
{
    size_t at = str_starts(bytes, S("\r\n")) ? 0 : str_find_str(bytes, S("\r\n\r\n")) + 2;
    return str_first(bytes, at + 2);
}

/* Makes a check of the header alone: who sent the message must be known before it is judged. */
static bool read_header(const struct judge *j, struct judged *d)
{
    static const struct ingam_envelope nobody;
    d->header = ingam_check_new(&j->config, &nobody, judge_now_ms(j));
    return d->header && ingam_check_feed(d->header, header_of(d->message->bytes)) == INGAM_OK &&
           ingam_check_end(d->header) == INGAM_OK;
}

static bool run(struct judge *j, struct judged *d)
{
    const struct options *o = j->options;
    if (!(o->ip && o->helo && o->mail_from) && !read_header(j, d))
        return false;
    envelope_find(o, d->header, &d->envelope);
    struct pump pump = pump_start(j->source, judge_now_ms(j), j->config.limits.deadline_ms);
    d->check = ingam_check_new(&j->config, &d->envelope.smtp, pump.now_ms);
    if (d->check == NULL || ingam_check_feed(d->check, d->message->bytes) != INGAM_OK ||
        ingam_check_end(d->check) != INGAM_OK || pump_check(&pump, d->check) != INGAM_OK)
        return false;
    d->verdict = ingam_check_verdict(d->check);
    if (d->verdict == NULL)
        return false;
    d->warning_n = ingam_check_warnings(d->check, &d->warnings);
    return true;
}

static void complain_no_mail(const struct message *m)
{
    char number[32] = "";
    if (m->number)
        snprintf(number, sizeof number, "#%zu", m->number);
    complain("%s%s:1:1: this is no mail: expected a header field such as \"From: ann@example.org\"", m->name,
             number);
}

/* What is no mail has a verdict all the same, which JSON shows: a reader of many messages gets a line for each. */
int judge_message(struct judge *j, const struct message *m, struct arena *arena, struct judged *d)
{
    *d = (struct judged){.message = m, .arena = arena};
    bool is_mail = is_message(m->bytes);
    if (!is_mail) {
        complain_no_mail(m);
        if (j->options->view != VIEW_JSON)
            return EXIT_DATA;
    }
    if (run(j, d))
        return is_mail ? EXIT_GOOD : EXIT_DATA;
    complain("%s: there is not enough memory to judge it", m->name);
    return EXIT_LATER;
}

void judged_free(struct judged *d)
{
    ingam_check_free(d->check);
    ingam_check_free(d->header);
}

int judged_status(const struct judged *d)
{
    switch (d->verdict->dmarc.result) {
    case INGAM_RESULT_PASS:
    case INGAM_RESULT_NONE: return EXIT_GOOD;
    case INGAM_RESULT_TEMPERROR: return EXIT_LATER;
    case INGAM_RESULT_FAIL:
    case INGAM_RESULT_SOFTFAIL:
    case INGAM_RESULT_NEUTRAL:
    case INGAM_RESULT_POLICY:
    case INGAM_RESULT_PERMERROR: break;
    }
    return EXIT_BAD;
}

str judged_name(const struct judged *d)
{
    struct out o;
    out_init(&o, d->arena);
    out_z(&o, d->message->name);
    if (d->message->number) {
        out_byte(&o, '#');
        out_uint(&o, d->message->number);
    }
    return out_done(&o);
}

void judged_find_causes(struct judged *d)
{
    d->causes = NEW_N(d->arena, struct ingam_cause, d->verdict->dkim_n);
    for (size_t i = 0; d->causes && i < d->verdict->dkim_n; i++)
        if (!ingam_check_cause(d->check, i, d->message->bytes, &d->causes[i]))
            d->causes[i].kind = NULL;
}

bool judged_cause(const struct judged *d, size_t i, struct ingam_cause *cause)
{
    if (d->causes == NULL || d->causes[i].kind == NULL)
        return false;
    *cause = d->causes[i];
    return true;
}
