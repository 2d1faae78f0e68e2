/* SPDX-License-Identifier: BSD-2-Clause */
/* Sendmail: one line of sendmail.mc before its mailers, and the configuration made anew from it. */
#include "cli/setup.h"

#include "cli/cli.h"
#include "cli/marked.h"
#include "cli/program.h"
#include <stdio.h>
#include <unistd.h>

static const char default_file[] = "/etc/mail/sendmail.mc";

static str line_of(struct setup *s)
{
    struct out o;
    out_init(&o, &s->arena);
    out_z(&o, "INPUT_MAIL_FILTER(`ingam', `S=");
    if (s->target.family == CONF_INET) {
        out_z(&o, s->target.ip.is_v6 ? "inet6:" : "inet:");
        out_uint(&o, s->target.port);
        out_byte(&o, '@');
        ip_write(&o, &s->target.ip);
    } else {
        out_z(&o, "unix:");
        out_z(&o, s->target.path);
    }
    out_z(&o, s->defers ? ", F=T" : "");
    out_z(&o, ", T=C:10s;S:10s;R:30s;E:60s')dnl\n");
    return out_done(&o);
}

static bool is_mailer(str line, const void *context)
{
    (void)context;
    return str_starts(line, S("MAILER("));
}

/* Before the first MAILER line, or at the end. */
static size_t place_in(str text)
{
    size_t after = marked_after(text, is_mailer, NULL);
    if (after > text.n)
        return text.n;
    size_t at = after;
    if (text.p[at - 1] == '\n')
        at--;
    while (at > 0 && text.p[at - 1] != '\n')
        at--;
    return at;
}

static int make(struct setup *s, const char *file)
{
    const char *const argv[] = {"make", "-C", "/etc/mail", "sendmail.cf", NULL};
    if (strcmp(file, default_file) != 0 || access("/etc/mail/Makefile", R_OK) != 0) {
        printf("%s is changed; make sendmail.cf from it, and start Sendmail again.\n", file);
        return EXIT_GOOD;
    }
    if (program_run(&s->arena, argv, false).status != 0) {
        complain("%s is changed, but making sendmail.cf from it failed", file);
        return EXIT_LATER;
    }
    puts("sendmail.cf is made. Start Sendmail again: it reads its configuration only then.");
    return EXIT_GOOD;
}

int setup_sendmail(struct setup *s)
{
    const char *file = s->mta_config ? s->mta_config : default_file;
    str line = line_of(s), text = S("");
    if (s->verb == SETUP_SHOW) {
        printf("In %s, before the MAILER lines:\n\n%.*s\nThen make sendmail.cf from it (make -C /etc/mail) "
               "and start Sendmail again.\n",
               file, (int)line.n, (const char *)line.p);
        return EXIT_GOOD;
    }
    if (!marked_read(&s->arena, file, &text))
        return EXIT_NO_INPUT;
    text = marked_take(&s->arena, text);
    if (s->verb == SETUP_APPLY)
        text = marked_put(&s->arena, text, place_in(text), line, S("dnl "));
    if (s->arena.has_failed || !marked_write(file, text))
        return EXIT_LATER;
    return make(s, file);
}
