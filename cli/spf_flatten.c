/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam spf flatten: the last resort against too many look-ups. docs/man/ingam-spf.1.scd
 *
 * Each top term is replaced by the networks it stands for, unless something below it depends on the message or is wrong: then it
 * stays as it is. What comes out is right only until the first of the answers it rests on runs out. */
#include "base/date.h"
#include "cli/cli.h"
#include "cli/dns_plan.h"
#include "cli/spf_tree.h"

enum { RECORD_MAX = 400, PARTS_MAX = 32 };

static bool set_against(void *into, const char *value)
{
    ((struct spf_asked *)into)->against = value;
    return *value != 0;
}

static const struct arg options_flatten[] = {
    {"against", "NAME", "also show what differs from the record that is published at NAME", set_against,
     "a domain name"},
    {NULL, NULL, NULL, NULL, NULL},
};

struct flat {
    struct spf_asked *q;
    struct spf_list list;
    struct out kept; /* terms that stay, each with a blank before it */
    str all;         /* the last term */
    bool is_frozen;  /* a term that takes out was met: from there on the order matters, so nothing is moved */
    uint32_t ttl;
    str parts[PARTS_MAX]; /* their networks as terms */
    size_t part_n;
};

/* ret  where the branches of a top term end */
static size_t end_of(const struct spf_asked *q, size_t at)
{
    size_t end = at + 1;
    while (end < q->n && q->branches[end].depth > q->branches[at].depth)
        end++;
    return end;
}

/* ret  everything below is a plain list of addresses that pass */
static bool is_plain(const struct spf_asked *q, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct ingam_spf_branch *b = &q->branches[i];
        bool is_harmless = b->code == INGAM_FINDING_N || b->code == INGAM_FINDING_SPF038;
        bool is_other = !b->is_record && !spf_is_all(b->term) && b->result != INGAM_RESULT_PASS;
        if (b->is_dynamic || !is_harmless || is_other)
            return false;
    }
    return true;
}

/* The all of the record that is redirected to speaks for the whole. */
static str all_below(const struct spf_asked *q, size_t from, size_t to)
{
    for (size_t i = from + 1; i < to; i++)
        if (q->branches[i].depth == q->branches[from].depth + 2 && spf_is_all(q->branches[i].term))
            return q->branches[i].term;
    return S("?all");
}

static void keep(struct flat *f, str term)
{
    out_byte(&f->kept, ' ');
    out_str(&f->kept, term);
}

static void note_ttl(struct flat *f, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        f->ttl = f->q->branches[i].ttl < f->ttl ? f->q->branches[i].ttl : f->ttl;
}

/* Adds what a top term lets in to the list, or keeps the term. */
static bool take(struct flat *f, size_t from, size_t to)
{
    struct spf_asked *q = f->q;
    const struct ingam_spf_branch *top = &q->branches[from];
    bool is_redirect = str_starts_nocase(top->term, S("redirect="));
    struct spf_list more, sum;
    f->is_frozen = f->is_frozen || top->result != INGAM_RESULT_PASS;
    if (f->is_frozen || spf_is_all(top->term) || !is_plain(q, from, to)) {
        if (spf_is_all(top->term) || is_redirect)
            f->all = top->term;
        else
            keep(f, top->term);
        return true;
    }
    if (is_redirect)
        f->all = all_below(q, from, to);
    note_ttl(f, from, to);
    if (!spf_list_make(&q->arena, q->branches, from, to, &more))
        return false;
    const struct ingam_spf_branch both[] = {
        {.networks = f->list.networks, .network_n = f->list.n, .result = INGAM_RESULT_PASS},
        {.networks = more.networks, .network_n = more.n, .result = INGAM_RESULT_PASS}};
    if (!spf_list_make(&q->arena, both, 0, 2, &sum))
        return false;
    f->list = sum;
    return true;
}

/* Cuts the networks into parts that fit. */
static void cut(struct flat *f)
{
    struct arena *a = &f->q->arena;
    struct out o;
    out_init(&o, a);
    for (size_t i = 0; i < f->list.n; i++) {
        const struct ingam_network *network = &f->list.networks[i];
        str text = spf_network(a, network);
        if (o.n && o.n + text.n + 5 > RECORD_MAX && f->part_n + 1 < PARTS_MAX) {
            f->parts[f->part_n++] = out_done(&o);
            out_init(&o, a);
        }
        out_z(&o, network->is_v6 ? " ip6:" : " ip4:");
        out_str(&o, text);
    }
    if (o.n)
        f->parts[f->part_n++] = out_done(&o);
}

static void put(str text)
{
    fwrite(text.p, 1, text.n, stdout);
}

/* A TXT record of the zone, its text in strings of at most 255 bytes.                                 [RFC7208 3.3] */
static void put_record(const struct flat *f, size_t part, str text)
{
    if (part)
        printf("_spf%zu.", part);
    put(f->q->domain);
    printf(". %u IN TXT", (unsigned)f->ttl);
    for (size_t at = 0; at < text.n; at += 255)
        zone_put_string(str_first(str_from(text, at), 255));
    printf("\n");
}

static void put_top(struct flat *f, bool is_one)
{
    struct out o;
    out_init(&o, &f->q->arena);
    out_z(&o, "v=spf1");
    if (is_one && f->part_n)
        out_str(&o, f->parts[0]);
    for (size_t i = 1; !is_one && i <= f->part_n; i++) {
        out_z(&o, " include:_spf");
        out_uint(&o, i);
        out_z(&o, ".");
        out_str(&o, f->q->domain);
    }
    out_str(&o, out_done(&f->kept));
    out_byte(&o, ' ');
    out_str(&o, f->all);
    put_record(f, 0, out_done(&o));
}

static void put_zone(struct flat *f)
{
    struct arena *a = &f->q->arena;
    bool is_one = f->part_n == 0 || (f->part_n == 1 && f->kept.n + f->parts[0].n <= RECORD_MAX);
    put_top(f, is_one);
    for (size_t i = 0; !is_one && i < f->part_n; i++) {
        struct out o;
        out_init(&o, a);
        out_z(&o, "v=spf1");
        out_str(&o, f->parts[i]);
        out_z(&o, " -all");
        put_record(f, i + 1, out_done(&o));
    }
}

static void put_head(const struct flat *f)
{
    struct out until;
    out_init(&until, &f->q->arena);
    date_write(&until, (int64_t)(judge_now_ms(&f->q->judge) / 1000) + f->ttl);
    printf("; made of the record of ");
    put(f->q->domain);
    printf(" and all it includes: %zu networks\n", f->list.n);
    printf("; good until ");
    put(out_done(&until));
    printf(": from then on an address may be missing; make it again before, and publish at once\n");
    for (size_t i = 1; i < f->q->n; i++)
        if (f->q->branches[i].depth == 1 && !is_plain(f->q, i, end_of(f->q, i))) {
            printf("; kept as it is, since it depends on the message or holds an error: ");
            put(f->q->branches[i].term);
            printf("\n");
        }
}

static void put_missing(struct flat *f, char sign, const struct spf_list *of, const struct spf_list *in)
{
    for (size_t i = 0; i < of->n; i++)
        if (!spf_list_has(in, &of->networks[i])) {
            printf("; %c ", sign);
            put(spf_network(&f->q->arena, &of->networks[i]));
            printf("\n");
        }
}

/* What is published at another name, and is to be replaced. */
static int put_difference(struct flat *f)
{
    int status = EXIT_GOOD;
    const struct ingam_spf_branch *branches;
    struct spf_list other, whole;
    struct ingam_lint *lint = spf_asked_run(f->q, f->q->against, &status);
    if (lint == NULL)
        return status;
    size_t n = ingam_lint_spf_tree(lint, &branches);
    bool is_made = spf_list_make(&f->q->arena, branches, 0, n, &other) &&
                   spf_list_make(&f->q->arena, f->q->branches, 0, f->q->n, &whole);
    if (is_made) {
        printf("; against %s:\n", f->q->against);
        put_missing(f, '+', &whole, &other);
        put_missing(f, '-', &other, &whole);
    }
    ingam_lint_free(lint);
    return status;
}

/* Nothing is written while some name could not be asked: its addresses would be missing. */
static bool is_known(const struct spf_asked *q)
{
    const struct ingam_finding *findings;
    size_t n = ingam_lint_findings(q->lint, &findings);
    for (size_t i = 0; i < n; i++) {
        if (findings[i].code != INGAM_FINDING_DNS001)
            continue;
        complain("the DNS could not be asked for %.*s; its addresses would be missing",
                 (int)findings[i].name.n, (const char *)findings[i].name.p);
        return false;
    }
    return true;
}

/* A record that cannot be read lets nobody in: written as networks it would say something else.        [RFC7208 4.6] */
static bool is_readable(struct spf_asked *q)
{
    struct linted d;
    linted_take(&d, q->lint, q->domain);
    if (q->n > 1 || d.errors == 0)
        return true;
    str why = linted_text(&q->arena, &d.findings[0], ingam_finding_text);
    complain("the record cannot be flattened: %.*s", (int)why.n, (const char *)why.p);
    return false;
}

static int flatten(struct spf_asked *q)
{
    enum { TTL_MAX = 3600 };
    struct flat f = {.q = q, .all = S("?all"), .ttl = TTL_MAX};
    if (!is_known(q))
        return EXIT_LATER;
    if (!is_readable(q))
        return EXIT_BAD;
    out_init(&f.kept, &q->arena);
    note_ttl(&f, 0, 1);
    for (size_t i = 1; i < q->n; i = end_of(q, i))
        if (!take(&f, i, end_of(q, i)))
            return EXIT_LATER;
    cut(&f);
    put_head(&f);
    put_zone(&f);
    return q->against ? put_difference(&f) : EXIT_GOOD;
}

int spf_flatten_command(int argc, char **argv)
{
    static const struct args usage = {
        .command = "spf flatten",
        .synopsis = "DOMAIN [--against NAME] [OPTION]...",
        .about = "Writes an SPF record as plain networks, in parts that fit. A last resort against too many "
                 "look-ups:\n"
                 "what comes out is wrong as soon as a provider moves, so make it again before its time is "
                 "over.\n",
        .after = "Exit status: 0, 1 where the record cannot be used, 75 the DNS failed.\n",
        .groups = {options_flatten, options_dns, NULL},
    };
    struct spf_asked q = {.wanted = 1};
    int first, status = spf_asked_open(&q, &usage, argc, argv, &first);
    if (status < 0)
        status = flatten(&q);
    spf_asked_close(&q);
    return status;
}
