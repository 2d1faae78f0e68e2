/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam dns plan: the records that a domain should publish first. docs/man/ingam-dns.1.scd */
#include "cli/dns_plan.h"

#include "cli/cli.h"
#include "cli/lint.h"

enum { SENDERS_MAX = 64 };

struct planning {
    struct options base; /* first: the rows of options.h write there */
    ingam_str senders[SENDERS_MAX];
    struct ingam_plan_wish wish;
    struct judge judge;
    struct ingam_lint *lint;
    const struct ingam_planned *list;
    size_t n;
};

/* Commas between senders, and the option may be given again. */
static bool set_senders(void *into, const char *value)
{
    struct planning *q = into;
    cur c = cur_of(str_of(value));
    do {
        str sender = str_trim_wsp(cur_until(&c, ','));
        if (q->wish.sender_n == SENDERS_MAX || !ingam_plan_knows(sender))
            return false;
        q->senders[q->wish.sender_n++] = sender;
    } while (cur_byte(&c, ','));
    return true;
}

static bool set_reports(void *into, const char *value)
{
    str address = str_of(value);
    size_t at = str_find_last(address, '@');
    ((struct planning *)into)->wish.reports = address;
    return at > 0 && at + 1 < address.n && str_find(address, ';') == address.n &&
           str_find(address, ',') == address.n;
}

static const struct arg options_plan[] = {
    {"senders", "S,...",
     "who else sends: google, microsoft, sendgrid ..., an address or network, a domain to include",
     set_senders, "a known provider, an IP address or network, or a domain name, with commas between"},
    {"reports", "ADDR", "the address that reports go to (one in the domain itself)", set_reports,
     "an address such as reports@example.org"},
    {NULL, NULL, NULL, NULL, NULL},
};

static void put(str text)
{
    fwrite(text.p, 1, text.n, stdout);
}

/* One string of a TXT record, as zone text.                                                        [RFC1035 5.1] */
void zone_put_string(str text)
{
    printf(" \"");
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        bool is_plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        if (is_plain)
            putchar(c);
        else
            printf("\\%03u", c);
    }
    printf("\"");
}

static void put_planned(const struct ingam_planned *p)
{
    printf("; %s\n%s", p->why, p->is_published ? "; " : "");
    put(p->name);
    printf(". 3600 IN TXT");
    for (size_t at = 0; at < p->text.n; at += 255)
        zone_put_string(str_first(str_from(p->text, at), 255));
    printf("\n");
}

static void show(const struct planning *q, str domain)
{
    printf("; stage 0 for ");
    put(domain);
    printf(": nothing that works today stops working\n");
    for (size_t i = 0; i < q->n; i++)
        put_planned(&q->list[i]);
    printf("; sign what goes out: ingam key new ");
    put(domain);
    printf("\n; then look: ingam lint ");
    put(domain);
    printf("\n");
}

static bool show_json(const struct planning *q, str domain)
{
    json_t *list = json_array();
    for (size_t i = 0; i < q->n; i++)
        json_array_append_new(list, json_pack("{s:s,s:o,s:o,s:s,s:b}", "type",
                                              ingam_record_name(q->list[i].type), "name",
                                              json_text(q->list[i].name), "text", json_text(q->list[i].text),
                                              "why", q->list[i].why, "published", q->list[i].is_published));
    return json_line(json_pack("{s:o,s:o}", "domain", json_text(domain), "records", list), stdout);
}

/* ret  some answer is missing, without which the plan would be a guess */
static bool is_guess(const struct planning *q)
{
    const struct ingam_finding *findings;
    size_t n = ingam_lint_findings(q->lint, &findings);
    for (size_t i = 0; i < n; i++)
        if (findings[i].code == INGAM_FINDING_DNS001) {
            complain("the DNS could not be asked for %.*s", (int)findings[i].name.n,
                     (const char *)findings[i].name.p);
            return true;
        }
    return false;
}

static int plan(struct planning *q, const char *domain)
{
    static const struct lint_zone nowhere;
    struct ingam_lint_what what = {.domain = str_of(domain)};
    int status = judge_open(&q->judge, &q->base);
    if (status != EXIT_GOOD)
        return status;
    q->lint = lint_run(&q->judge, &nowhere, &what, &status);
    if (q->lint == NULL)
        return status;
    q->wish.senders = q->senders;
    q->n = ingam_lint_plan(q->lint, &q->wish, &q->list);
    if (q->n == 0 || is_guess(q))
        return EXIT_LATER;
    if (q->base.view != VIEW_JSON)
        show(q, ingam_lint_domain_name(q->lint));
    else if (!show_json(q, ingam_lint_domain_name(q->lint)))
        return EXIT_LATER;
    return EXIT_GOOD;
}

int dns_plan_command(int argc, char **argv)
{
    static const struct args usage = {
        .command = "dns plan",
        .synopsis = "DOMAIN [--senders S,...] [--reports ADDR] [OPTION]...",
        .about = "Proposes the records that a domain should publish first, as zone text: stage 0 of the way "
                 "to p=reject.\n"
                 "What is there already stays. Nothing is changed anywhere.\n",
        .after = "Exit status: 0, 75 the DNS failed; 64 wrong usage, 65 no domain name.\n"
                 "The whole story: man ingam-dns\n",
        .groups = {options_plan, options_dns, options_json, NULL},
    };
    struct planning q = {.lint = NULL};
    int first = argc;
    options_default(&q.base);
    enum args_got got = args_read(&usage, &q, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first != 1) {
        complain("expected: ingam dns plan DOMAIN");
        return EXIT_USAGE;
    }
    int status = plan(&q, argv[first]);
    ingam_lint_free(q.lint);
    judge_close(&q.judge);
    return status;
}
