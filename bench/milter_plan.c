/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MEMORY = 1 << 30, PIECE = 65535 };

bool load_mail_read(struct load_mail *mail, const char *path)
{
    struct out o;
    uint8_t piece[8192];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    arena_init(&mail->memory, NULL, MEMORY);
    out_init(&o, &mail->memory);
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (piece[i] != '\r')
                out_byte(&o, piece[i]);
        }
    }
    fclose(file);
    mail->text = out_done(&o);
    return mail->text.n > 0;
}

void load_mail_free(struct load_mail *mail)
{
    arena_free(&mail->memory);
}

void load_plan_free(struct load_plan *plan)
{
    if (plan->batches)
        arena_free(&plan->memory);
    *plan = (struct load_plan){.n = 0};
}

static void plan_init(struct load_plan *plan)
{
    arena_init(&plan->memory, NULL, MEMORY);
    plan->batches = NEW_N(&plan->memory, str, LOAD_BATCHES);
    if (plan->batches == NULL)
        abort();
}

void load_plan_options(struct load_plan *plan, uint32_t actions, uint32_t steps)
{
    struct out o;
    plan_init(plan);
    out_init(&o, &plan->memory);
    milter_client_options(&o, 6, actions, steps);
    plan->batches[plan->n++] = out_done(&o);
    plan->message_at = plan->n;
    plan->silent_at = SIZE_MAX;
}

/* The packets that wait to be sent with the next one that has a reply. */
struct writer {
    struct load_plan *plan;
    uint32_t options;
    struct out o;
};

/* Ends the batch where the milter answers to what was written last, which is when it has not taken `no_reply`. */
static void replied(struct writer *w, uint32_t no_reply)
{
    if ((w->options & no_reply) || w->plan->n == LOAD_BATCHES)
        return;
    w->plan->batches[w->plan->n++] = out_done(&w->o);
    out_init(&w->o, &w->plan->memory);
}

/* Writes one step, unless the milter does not want it. */
static void step(struct writer *w, const struct milter_event *e, uint32_t left_out, uint32_t no_reply)
{
    if (w->options & left_out)
        return;
    milter_client_write(&w->o, e);
    replied(w, no_reply);
}

static void macros(struct writer *w, uint8_t command, const char *name, const char *value)
{
    struct out list;
    out_init(&list, &w->plan->memory);
    milter_client_macro(&list, str_of(name), str_of(value));
    milter_client_write(&w->o, &(struct milter_event){
                                   .kind = MILTER_MACROS, .for_command = command, .value = out_done(&list)});
}

static void plan_greeting(struct writer *w, const struct load_mail *mail)
{
    struct milter_event client = {
        .kind = MILTER_CONNECT, .name = str_of(mail->helo), .address = str_of(mail->ip), .port = 40000};
    client.family = strchr(mail->ip, ':') ? '6' : '4';
    macros(w, 'C', "j", "mx.rcpt.example");
    step(w, &client, MILTER_NO_CONNECT, MILTER_NO_REPLY_CONNECT);
    step(w, &(struct milter_event){.kind = MILTER_HELO, .name = str_of(mail->helo)}, MILTER_NO_HELO,
         MILTER_NO_REPLY_HELO);
}

static void plan_envelope(struct writer *w, const struct load_mail *mail)
{
    macros(w, 'M', "mail_addr", mail->from);
    step(w, &(struct milter_event){.kind = MILTER_MAIL, .name = str_of(mail->from)}, MILTER_NO_MAIL,
         MILTER_NO_REPLY_MAIL);
    macros(w, 'R', "rcpt_addr", mail->to);
    step(w, &(struct milter_event){.kind = MILTER_RCPT, .name = str_of(mail->to)}, MILTER_NO_RCPT,
         MILTER_NO_REPLY_RCPT);
    macros(w, 'T', "i", "4bVb4Q1Xk9z3");
    step(w, &(struct milter_event){.kind = MILTER_DATA}, MILTER_NO_DATA, MILTER_NO_REPLY_DATA);
}

/* Takes a field with its folds, without its last line end. ret empty: the header is over */
static str take_field(cur *c)
{
    const uint8_t *from = c->p;
    do {
        if (cur_at(c, '\n'))
            return (str){from, 0};
        cur_until(c, '\n');
        cur_byte(c, '\n');
    } while (cur_is(c, C_WSP));
    return str_trim_fws(str_between(from, c->p));
}

static void plan_field(struct writer *w, str field)
{
    size_t at = str_find(field, ':');
    str value = str_from(field, at + 1);
    if (!(w->options & MILTER_LEADING_SPACE) && value.n && byte_is(value.p[0], C_WSP))
        value = str_from(value, 1);
    step(w, &(struct milter_event){.kind = MILTER_FIELD, .name = str_first(field, at), .value = value},
         MILTER_NO_FIELDS, MILTER_NO_REPLY_FIELD);
}

static void plan_body(struct writer *w, str lines)
{
    struct out body;
    out_init(&body, &w->plan->memory);
    for (size_t i = 0; i < lines.n; i++) {
        if (lines.p[i] == '\n')
            out_byte(&body, '\r');
        out_byte(&body, lines.p[i]);
    }
    for (str rest = out_done(&body); rest.n; rest = str_from(rest, PIECE))
        step(w, &(struct milter_event){.kind = MILTER_BODY, .value = str_first(rest, PIECE)}, MILTER_NO_BODY,
             MILTER_NO_REPLY_BODY);
}

void load_plan_make(struct load_plan *plan, const struct milter_answer *agreed, const struct load_mail *mail)
{
    struct writer w = {.plan = plan, .options = agreed->options};
    cur c = cur_of(mail->text);
    load_plan_free(plan);
    plan_init(plan);
    out_init(&w.o, &plan->memory);
    plan_greeting(&w, mail);
    plan->silent_at = w.o.n ? plan->n : SIZE_MAX;
    if (w.o.n)
        replied(&w, 0);
    plan->message_at = plan->n;
    plan_envelope(&w, mail);
    for (str field = take_field(&c); field.n; field = take_field(&c))
        plan_field(&w, field);
    cur_byte(&c, '\n');
    step(&w, &(struct milter_event){.kind = MILTER_FIELDS_END}, MILTER_NO_FIELDS_END,
         MILTER_NO_REPLY_FIELDS_END);
    plan_body(&w, cur_rest(&c));
    macros(&w, 'E', "i", "4bVb4Q1Xk9z3");
    step(&w, &(struct milter_event){.kind = MILTER_END}, 0, 0);
}

static int open_unix(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof to.sun_path)
        return -1;
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

int load_open(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    char *end;
    int one = 1;
    if (strncmp(address, "unix:", 5) == 0)
        return open_unix(address + 5);
    if (strncmp(address, "inet:", 5) != 0)
        return -1;
    to.sin_port = htons((uint16_t)strtoul(address + 5, &end, 10));
    if (*end != '@' || inet_pton(AF_INET, end + 1, &to.sin_addr) != 1)
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}
