/* SPDX-License-Identifier: BSD-2-Clause */
/* Records made: what a domain that has none should publish first, so that reports begin to come and nothing of its own is lost. */
#include "base/ip.h"
#include "records/records.h"

enum { PLANNED_MAX = 8 };

/* What providers ask their customers to include. */
static const struct {
    str word, include;
} providers[] = {
    {S_INIT("google"), S_INIT("_spf.google.com")},
    {S_INIT("microsoft"), S_INIT("spf.protection.outlook.com")},
    {S_INIT("fastmail"), S_INIT("spf.messagingengine.com")},
    {S_INIT("proton"), S_INIT("_spf.protonmail.ch")},
    {S_INIT("icloud"), S_INIT("icloud.com")},
    {S_INIT("amazonses"), S_INIT("amazonses.com")},
    {S_INIT("sendgrid"), S_INIT("sendgrid.net")},
    {S_INIT("mailgun"), S_INIT("mailgun.org")},
    {S_INIT("mailchimp"), S_INIT("servers.mcsv.net")},
    {S_INIT("mandrill"), S_INIT("spf.mandrillapp.com")},
    {S_INIT("postmark"), S_INIT("spf.mtasv.net")},
    {S_INIT("mailjet"), S_INIT("spf.mailjet.com")},
    {S_INIT("salesforce"), S_INIT("_spf.salesforce.com")},
    {S_INIT("zendesk"), S_INIT("mail.zendesk.com")},
    {S_INIT("migadu"), S_INIT("spf.migadu.com")},
};
enum { PROVIDER_N = sizeof providers / sizeof providers[0] };

/* ret  the term reads as an SPF record by itself */
static bool is_term(struct arena *a, str term)
{
    struct out o;
    out_init(&o, a);
    out_z(&o, "v=spf1 ");
    out_str(&o, term);
    const struct spf_record *r = spf_record_read(a, out_done(&o));
    return r && r->fault == FAULT_NONE && r->n == 1 && r->terms[0].kind != TERM_OTHER;
}

static str term_with(struct arena *a, const char *before, str value)
{
    struct out o;
    out_init(&o, a);
    out_z(&o, before);
    out_str(&o, value);
    return out_done(&o);
}

/* A sender is a provider's word, an address or network, a domain to include, or a term as it would stand in the record.
 * ret  empty: none of these */
static str term_of(struct arena *a, str sender)
{
    struct ip ip;
    for (size_t i = 0; i < PROVIDER_N; i++)
        if (str_eq_nocase(sender, providers[i].word))
            return term_with(a, "include:", providers[i].include);
    str address = str_first(sender, str_find(sender, '/'));
    str term = sender;
    if (ip_read_v4(address, &ip))
        term = term_with(a, "ip4:", sender);
    else if (ip_read_v6(address, &ip))
        term = term_with(a, "ip6:", sender);
    else if (str_find(sender, ':') == sender.n && str_find(sender, '.') < sender.n)
        term = term_with(a, "include:", sender);
    return is_term(a, term) ? term : S("");
}

static const struct ingam_published *published(const struct lint *l, enum ingam_record type)
{
    for (size_t i = 0; i < l->published_n; i++)
        if (l->published[i].type == type)
            return &l->published[i];
    return NULL;
}

struct plan {
    const struct lint *l;
    struct arena *arena;
    struct ingam_planned *list;
    size_t n;
};

static void add(struct plan *p, enum ingam_record type, const char *prefix, str text, const char *why)
{
    const struct ingam_published *there = published(p->l, type);
    bool is_own = there && (type != INGAM_RECORD_DMARC || p->l->walk.policy_domain.n == p->l->domain.n);
    p->list[p->n++] =
        (struct ingam_planned){.type = type,
                               .name = term_with(p->arena, prefix, p->l->domain),
                               .text = is_own ? there->text : text,
                               .why = is_own ? "it is there already: ingam lint judges it" : why,
                               .is_published = is_own};
}

static bool has_exchanger(const struct lint *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->findings[i].code == INGAM_FINDING_MXR001 || l->findings[i].code == INGAM_FINDING_DNS004)
            return false;
    return !l->has_null_mx;
}

static str spf_text(struct plan *p, const struct ingam_plan_wish *wish, bool is_silent)
{
    struct out o;
    out_init(&o, p->arena);
    out_z(&o, "v=spf1");
    if (!is_silent)
        out_z(&o, has_exchanger(p->l) ? " mx" : " a");
    for (size_t i = 0; i < wish->sender_n; i++) {
        out_byte(&o, ' ');
        out_str(&o, term_of(p->arena, wish->senders[i]));
    }
    out_z(&o, is_silent ? " -all" : " ~all");
    return out_done(&o);
}

static str report_text(struct plan *p, const char *before, str address, const char *local)
{
    struct out o;
    out_init(&o, p->arena);
    out_z(&o, before);
    out_z(&o, "rua=mailto:");
    if (address.n == 0) {
        out_z(&o, local);
        out_str(&o, p->l->domain);
    }
    out_str(&o, address);
    return out_done(&o);
}

size_t records_plan(struct lint *l, struct arena *a, const struct ingam_plan_wish *wish,
                    const struct ingam_planned **list)
{
    struct plan p = {.l = l, .arena = a, .list = NEW_N(a, struct ingam_planned, PLANNED_MAX)};
    bool is_silent = l->has_null_mx && wish->sender_n == 0;
    *list = p.list;
    if (p.list == NULL)
        return 0;
    add(&p, INGAM_RECORD_SPF, "", spf_text(&p, wish, is_silent),
        is_silent
            ? "the domain takes no mail and nobody sends for it"
            : "your own servers and the senders you named; ~all until reports show that nobody is missing");
    const char *policy = is_silent ? "v=DMARC1; p=reject; sp=reject; np=reject; " : "v=DMARC1; p=none; ";
    add(&p, INGAM_RECORD_DMARC, "_dmarc.",
        is_silent && wish->reports.n == 0 ? S("v=DMARC1; p=reject; sp=reject; np=reject")
                                          : report_text(&p, policy, wish->reports, "dmarc-reports@"),
        is_silent ? "nothing of yours can be lost"
                  : "asks for reports and changes nothing yet: they show who sends in the domain's name");
    if (!is_silent && !l->has_null_mx)
        add(&p, INGAM_RECORD_TLSRPT, "_smtp._tls.",
            report_text(&p, "v=TLSRPTv1; ", wish->reports, "tls-reports@"),
            "asks for reports about mail that could not come by TLS; needed before MTA-STS");
    return p.n;
}

bool ingam_plan_knows(ingam_str sender)
{
    struct arena a;
    arena_init(&a, NULL, 64 * 1024);
    bool is_known = sender.n < 512 && term_of(&a, sender).n > 0;
    arena_free(&a);
    return is_known;
}
