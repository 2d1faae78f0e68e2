/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam spf who: which term lets this address in. docs/man/ingam-spf.1.scd */
#include "cli/cli.h"
#include "cli/spf_tree.h"
#include "cli/words.h"
#include "io/pump.h"

bool spf_network_has(const struct ingam_network *network, const struct ip *ip)
{
    struct ip top = {.is_v6 = network->is_v6};
    memcpy(top.bytes, network->bytes, sizeof top.bytes);
    return ip_in_prefix(ip, &top, network->bits);
}

/* ret  the terms from the top down to this one, with ">" between */
static str way_to(struct spf_asked *q, size_t at)
{
    str way = q->branches[at].term;
    for (size_t i = q->branches[at].parent; i; i = q->branches[i].parent) {
        struct out o;
        if (q->branches[i].is_record)
            continue;
        out_init(&o, &q->arena);
        out_str(&o, q->branches[i].term);
        out_z(&o, " > ");
        out_str(&o, way);
        way = out_done(&o);
    }
    return way;
}

static bool lets_in(const struct ingam_spf_branch *b, const struct ip *ip)
{
    for (size_t i = 0; i < b->network_n; i++)
        if (spf_network_has(&b->networks[i], ip))
            return true;
    return false;
}

/* Goes down the tree as an evaluation does: the first term of the record itself that holds ends it, and inside an include only
 * a pass counts.                                                                              [RFC7208 4.6.2] [RFC7208 5.2]
 * io   is_decided  false before the first
 * ret  this term is to be told */
static bool is_told(const struct ingam_spf_branch *b, const struct ip *ip, bool *is_decided)
{
    bool is_outer = b->depth <= 1;
    bool holds = lets_in(b, ip) || (is_outer && spf_is_all(b->term));
    if (is_outer && *is_decided)
        return false;
    if (!is_outer && b->result != INGAM_RESULT_PASS)
        return false;
    *is_decided = *is_decided || holds;
    return holds || b->is_dynamic;
}

/* ret  what check_host() says about a sender postmaster of the domain, "?" where it could not be run */
static const char *result_of(struct spf_asked *q, const char *ip, enum ingam_result *result)
{
    struct out o;
    out_init(&o, &q->arena);
    out_z(&o, "postmaster@");
    out_str(&o, q->domain);
    struct ingam_envelope envelope = {
        .ip = str_of(ip), .helo = q->domain, .mail_from = out_done(&o), .has_mail_from = true};
    struct pump pump =
        pump_start(q->judge.source, judge_now_ms(&q->judge), q->judge.config.limits.deadline_ms);
    struct ingam_spf *spf = ingam_spf_new(&q->judge.config, &envelope, pump.now_ms);
    bool is_run = spf && pump_spf(&pump, spf) == INGAM_OK && ingam_spf_outcome(spf);
    *result = is_run ? ingam_spf_outcome(spf)->result : INGAM_RESULT_TEMPERROR;
    ingam_spf_free(spf);
    return is_run ? ingam_result_name(*result) : "?";
}

static bool show_json(struct spf_asked *q, const char *address, const struct ip *ip, const char *result)
{
    json_t *terms = json_array();
    bool is_decided = false;
    for (size_t i = 0; i < q->n; i++) {
        const struct ingam_spf_branch *b = &q->branches[i];
        if (!is_told(b, ip, &is_decided))
            continue;
        json_array_append_new(terms,
                              json_pack("{s:o,s:o,s:o,s:s,s:b}", "domain", json_text(b->domain), "term",
                                        json_text(b->term), "way", json_text(way_to(q, i)), "qualifier",
                                        ingam_result_name(b->result), "dynamic", b->is_dynamic));
    }
    return json_line(json_pack("{s:o,s:s,s:s,s:o}", "domain", json_text(q->domain), "ip", address, "result",
                               result, "terms", terms),
                     stdout);
}

static void show_way(struct screen *s, struct spf_asked *q, size_t i)
{
    enum { INDENT = 2, LABEL = 12 };
    const struct ingam_spf_branch *b = &q->branches[i];
    bool is_pass = b->result == INGAM_RESULT_PASS;
    str label = b->is_dynamic ? S("maybe") : is_pass ? S("by") : S("stopped by");
    screen_blanks(s, INDENT);
    screen_cell(s, b->is_dynamic ? PAINT_UNSURE : is_pass ? PAINT_GOOD : PAINT_BAD, label, LABEL);
    screen_wrap(s, PAINT_NONE, INDENT + LABEL, INDENT + LABEL, way_to(q, i));
}

static void show(struct spf_asked *q, const char *address, const struct ip *ip, enum ingam_result result)
{
    struct screen s;
    screen_init(&s, stdout, q->base.color);
    screen_paint(&s, words_paint(result), str_of(ingam_result_name(result)));
    screen_z(&s, ": ");
    screen_z(&s, address);
    screen_z(&s, " for ");
    screen_put(&s, q->domain);
    screen_end_line(&s);
    bool is_decided = false;
    for (size_t i = 0; i < q->n; i++)
        if (is_told(&q->branches[i], ip, &is_decided))
            show_way(&s, q, i);
}

int spf_who_command(int argc, char **argv)
{
    static const struct args usage = {
        .command = "spf who",
        .synopsis = "DOMAIN IP [OPTION]...",
        .about = "Shows every term by which an address may send for a domain, with the includes that lead to "
                 "it.\n",
        .after = "Exit status: 0 pass, 1 anything else, 75 the DNS failed.\n",
        .groups = {options_dns, options_json, NULL},
    };
    struct spf_asked q = {.wanted = 2};
    struct ip ip;
    enum ingam_result result;
    bool is_fine = true;
    int first, status = spf_asked_open(&q, &usage, argc, argv, &first);
    if (status < 0 && !ip_read(str_of(argv[first + 1]), &ip)) {
        complain("\"%s\" is no address", argv[first + 1]);
        status = EXIT_USAGE;
    }
    if (status < 0) {
        const char *name = result_of(&q, argv[first + 1], &result);
        if (q.base.view == VIEW_JSON)
            is_fine = show_json(&q, argv[first + 1], &ip, name);
        else
            show(&q, argv[first + 1], &ip, result);
        status = result == INGAM_RESULT_PASS        ? EXIT_GOOD
                 : result == INGAM_RESULT_TEMPERROR ? EXIT_LATER
                                                    : EXIT_BAD;
    }
    spf_asked_close(&q);
    return is_fine ? status : EXIT_LATER;
}
