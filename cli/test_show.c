/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/test.h"

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/json.h"
#include "cli/screen.h"
#include <stdio.h>

enum { VERDICT_COLUMNS = 7, NAME_COLUMNS = 11, LINE_SIZE = 1024 };

static bool is_ours(const struct probe *p)
{
    return json_is_true(json_object_get(p->decision, "ours"));
}

/* ret  how many probes it is true of */
static size_t count(const struct test *t, bool (*is)(const struct probe *))
{
    size_t n = 0;
    for (size_t i = 0; i < PROBE_N; i++)
        n += is(&t->probes[i]);
    return n;
}

static bool is_good(const struct probe *p)
{
    return p->why_n == 0;
}

static bool is_unseen(const struct probe *p)
{
    return p->decision == NULL;
}

static bool is_taken_unseen(const struct probe *p)
{
    return p->decision == NULL && p->code / 100 == 2;
}

/* --- For people ------------------------------------------------------------------------------------------------ */

static void line(struct screen *s, enum paint paint, const char *name, str text)
{
    screen_blanks(s, VERDICT_COLUMNS);
    screen_cell(s, PAINT_DIM, str_of(name), NAME_COLUMNS);
    screen_wrap(s, paint, VERDICT_COLUMNS + NAME_COLUMNS, VERDICT_COLUMNS + NAME_COLUMNS, text);
}

static void show_sent(struct screen *s, const struct probe *p)
{
    char text[LINE_SIZE];
    line(s, PAINT_NONE, "sent", str_of(p->plan->about));
    snprintf(text, sizeof text, "probe@%.*s, MAIL FROM <%.*s>", (int)p->domain.n, (const char *)p->domain.p,
             (int)p->mail_from.n, (const char *)p->mail_from.p);
    line(s, PAINT_NONE, "from", str_of(text));
}

static void show_decision(struct screen *s, const struct probe *p)
{
    char text[LINE_SIZE];
    const json_t *d = p->decision;
    const char *does = control_text(d, "action"), *would_be = control_text(d, "would_be"),
               *reasons = control_text(d, "reasons");
    if (d == NULL)
        snprintf(text, sizeof text, "never saw it");
    else if (is_ours(p))
        snprintf(text, sizeof text, "took it for mail of ours, and did not judge it; %s (id %s)", does,
                 control_text(d, "id"));
    else
        snprintf(text, sizeof text, "spf=%s dkim=%s dmarc=%s; %s%s%s%s%s%s (id %s)", control_text(d, "spf"),
                 control_text(d, "dkim"), control_text(d, "dmarc"), does,
                 strcmp(does, would_be) ? ", would be " : "", strcmp(does, would_be) ? would_be : "",
                 *reasons ? " (" : "", reasons, *reasons ? ")" : "", control_text(d, "id"));
    line(s, PAINT_NONE, "daemon", str_of(text));
}

static void show_delivered(struct screen *s, const struct test *t, const struct probe *p)
{
    const char *place = t->options.maildir ? t->options.maildir : t->options.mbox;
    bool is_held = json_is_true(json_object_get(p->decision, "held"));
    if (p->delivered.n && p->why_n == 0)
        line(s, PAINT_NONE, "delivered", is_ours(p) ? S("yes") : S("with our Authentication-Results on top"));
    else if (p->delivered.n)
        line(s, PAINT_NONE, "delivered", S("yes"));
    else if (p->code / 100 != 2)
        line(s, PAINT_NONE, "delivered", S("no: it was refused"));
    else if (is_held)
        line(s, PAINT_NONE, "delivered", S("not yet: it waits in the mail server's quarantine"));
    else if (place)
        line(s, PAINT_UNSURE, "delivered", S("not found"));
}

static void show_probe(struct screen *s, const struct test *t, const struct probe *p)
{
    char reply[REPLY_SIZE + 16];
    screen_cell(s, is_good(p) ? PAINT_GOOD : PAINT_BAD, is_good(p) ? S("OK") : S("WRONG"), VERDICT_COLUMNS);
    screen_paint(s, PAINT_STRONG, str_of(p->plan->name));
    screen_end_line(s);
    show_sent(s, p);
    snprintf(reply, sizeof reply, "%d %s", p->code, p->reply);
    line(s, PAINT_NONE, "server", str_of(reply));
    show_decision(s, p);
    show_delivered(s, t, p);
    for (size_t i = 0; i < p->why_n; i++)
        line(s, PAINT_BAD, "why", p->whys[i]);
}

static void paragraph(struct screen *s, const char *text)
{
    screen_end_line(s);
    screen_wrap(s, PAINT_NONE, 0, 0, str_of(text));
}

static void show_advice(struct screen *s, const struct test *t)
{
    if (count(t, is_taken_unseen))
        paragraph(s, "The mail server does not ask the daemon. `ingam setup postfix`, or exim or sendmail, "
                     "shows the lines that it "
                     "needs; `ingam doctor` looks for what stands between the two.");
    else if (count(t, is_unseen))
        paragraph(s, "The mail server refused some probes by rules of its own. Domains below " TRIAL_NAME
                     " are not in the DNS: where "
                     "it looks senders up, let this host pass first (Postfix: permit_mynetworks before "
                     "reject_unknown_sender_domain).");
    if (count(t, is_ours))
        paragraph(s, "Mail from this host's own address counts as ours here (sign.clients, or a socket with "
                     "submission = yes), "
                     "so it is not judged. To see mail judged, send from another address, or take this "
                     "host's out of sign.clients "
                     "for the time of the test.");
    if (t->is_box_guessed && !t->options.maildir && !t->options.mbox)
        paragraph(s, "What was delivered is not looked at: --maildir or --mbox says where it lies.");
}

void test_show(struct test *t)
{
    struct screen s;
    char head[LINE_SIZE];
    screen_init(&s, stdout, COLOR_AUTO);
    snprintf(head, sizeof head, "%d probes to %s by %s; for them the configuration says %s", PROBE_N,
             t->options.to, t->options.smtp, t->probes[0].mode == INGAM_ENFORCE ? "enforce" : "observe");
    screen_wrap(&s, PAINT_NONE, 0, 0, str_of(head));
    screen_end_line(&s);
    for (size_t i = 0; i < PROBE_N; i++)
        show_probe(&s, t, &t->probes[i]);
    show_advice(&s, t);
    screen_end_line(&s);
    snprintf(head, sizeof head, "%zu of %d came out as they should", count(t, is_good), PROBE_N);
    screen_wrap(&s, count(t, is_good) == PROBE_N ? PAINT_GOOD : PAINT_BAD, 0, 0, str_of(head));
}

/* --- For programs ---------------------------------------------------------------------------------------------- */

static json_t *probe_json(const struct probe *p)
{
    json_t *whys = json_array();
    for (size_t i = 0; i < p->why_n; i++)
        json_array_append_new(whys, json_text(p->whys[i]));
    return json_pack("{ss sb ss so so s{si so} sO? so so}", "probe", p->plan->name, "ok", (int)is_good(p),
                     "about", p->plan->about, "author_domain", json_text(p->domain), "mail_from",
                     json_text(p->mail_from), "reply", "code", p->code, "text", json_text(str_of(p->reply)),
                     "decision", p->decision, "delivered",
                     p->delivered.n ? json_text(p->delivered) : json_null(), "why", whys);
}

void test_show_json(struct test *t)
{
    json_t *list = json_array();
    for (size_t i = 0; i < PROBE_N; i++)
        json_array_append_new(list, probe_json(&t->probes[i]));
    json_t *o = json_pack("{ss ss ss sb so}", "to", t->options.to, "smtp", t->options.smtp, "mode",
                          t->probes[0].mode == INGAM_ENFORCE ? "enforce" : "observe", "ok",
                          count(t, is_good) == PROBE_N, "probes", list);
    if (!json_line(o, stdout))
        complain("no memory");
}
