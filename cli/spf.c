/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam spf: may this server send for that domain? docs/man/ingam-spf.1.scd */
#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/facts.h"
#include "cli/json.h"
#include "cli/spf_tree.h"
#include "cli/words.h"
#include "io/pump.h"

static const struct args usage = {
    .command = "spf",
    .synopsis = "--ip IP [--helo NAME] [--mail-from ADDR] [OPTION]...",
    .about =
        "Asks by SPF (RFC 7208) whether a server may send mail for a domain: for that of --mail-from or,\n"
        "where there is none, for that of --helo.\n",
    .after = "Exit status: 0 pass, none or neutral; 1 fail, softfail or permerror; 75 temperror;\n"
             "64 wrong usage, 65 wrong zone file, 66 unreadable file.\n"
             "ingam spf tree, who and flatten look at a record; each has its own --help.\n"
             "The whole story: man ingam-spf\n",
    .groups = {options_envelope, options_dns, options_json, NULL},
};

static const size_t ARENA_MAX = (size_t)4 << 20;

struct asking {
    struct judge judge;
    struct envelope envelope;
    struct ingam_spf *spf;
    const struct ingam_spf_outcome *outcome;
    const char *identity;
    struct arena arena;
};

static int status_of(enum ingam_result result)
{
    switch (result) {
    case INGAM_RESULT_PASS:
    case INGAM_RESULT_NONE:
    case INGAM_RESULT_NEUTRAL: return EXIT_GOOD;
    case INGAM_RESULT_TEMPERROR: return EXIT_LATER;
    case INGAM_RESULT_FAIL:
    case INGAM_RESULT_SOFTFAIL:
    case INGAM_RESULT_POLICY:
    case INGAM_RESULT_PERMERROR: break;
    }
    return EXIT_BAD;
}

static bool show_json(struct asking *q)
{
    const struct ingam_spf_outcome *s = q->outcome;
    const struct ingam_note *notes;
    size_t n = ingam_spf_notes(q->spf, &notes);
    json_t *line = json_pack(
        "{s:s,s:s,s:o,s:o,s:o,s:I,s:I,s:o,s:o,s:o}", "result", ingam_result_name(s->result), "identity",
        q->identity, "domain", json_text_or_null(s->domain), "mechanism", json_text_or_null(s->mechanism),
        "explanation", json_text_or_null(s->explanation), "lookups", (json_int_t)s->lookups, "voids",
        (json_int_t)s->voids, "fault", json_fault(s->fault), "received_spf",
        json_text_or_null(fact_unfolded(&q->arena, "", ingam_spf_received(q->spf))), "trace",
        json_notes(notes, n));
    return json_line(line, stdout);
}

static const char *meaning(enum ingam_result result)
{
    static const char *const words[] = {
        [INGAM_RESULT_NONE] = " has said nothing about who may send for it",
        [INGAM_RESULT_PASS] = " lets it send",
        [INGAM_RESULT_FAIL] = " does not let it send",
        [INGAM_RESULT_SOFTFAIL] = " thinks that it may not send",
        [INGAM_RESULT_NEUTRAL] = " does not want to say whether it may send",
        [INGAM_RESULT_POLICY] = " lets it send, but this site does not accept that",
        [INGAM_RESULT_TEMPERROR] = " cannot be asked now: the DNS failed",
        [INGAM_RESULT_PERMERROR] = " has a record that cannot be used",
    };
    return words[result];
}

static void row(struct screen *s, const char *label, str text)
{
    enum { INDENT = 2, LABEL = 14 };
    if (text.n == 0)
        return;
    screen_blanks(s, INDENT);
    screen_cell(s, PAINT_STRONG, str_of(label), LABEL);
    screen_wrap(s, PAINT_NONE, INDENT + LABEL, INDENT + LABEL, text);
}

static str counters(struct asking *q)
{
    struct out o;
    const struct ingam_limits *limits = &q->judge.config.limits;
    out_init(&o, &q->arena);
    out_z(&o, "lookups ");
    out_uint(&o, q->outcome->lookups);
    out_byte(&o, '/');
    out_uint(&o, limits->spf_terms);
    out_z(&o, ", void ");
    out_uint(&o, q->outcome->voids);
    out_byte(&o, '/');
    out_uint(&o, limits->spf_voids);
    return out_done(&o);
}

static void show_first_line(struct screen *s, struct asking *q)
{
    const struct ingam_spf_outcome *spf = q->outcome;
    const char *name = ingam_result_name(spf->result);
    struct out o;
    out_init(&o, &q->arena);
    out_str(&o, q->envelope.smtp.ip);
    out_z(&o, ": ");
    out_str(&o, spf->domain.n ? spf->domain : S("the sender"));
    out_z(&o, meaning(spf->result));
    screen_paint(s, words_paint(spf->result), str_of(name));
    screen_z(s, ": ");
    screen_wrap(s, PAINT_STRONG, strlen(name) + 2, 2, out_done(&o));
}

static void show_plain(struct screen *s, struct asking *q)
{
    const struct ingam_spf_outcome *spf = q->outcome;
    const struct ingam_note *notes;
    show_first_line(s, q);
    row(s, "identity", strcmp(q->identity, "helo") == 0 ? S("HELO") : S("MAIL FROM"));
    row(s, "matched", spf->mechanism);
    row(s, "counted", counters(q));
    row(s, "explanation", spf->explanation);
    row(s, "fault", fact_fault(spf->fault));
    row(s, "Received-SPF", fact_unfolded(&q->arena, "", ingam_spf_received(q->spf)));
    if (q->judge.options->view != VIEW_EXPLAIN)
        return;
    size_t n = ingam_spf_notes(q->spf, &notes);
    screen_end_line(s);
    for (size_t i = 0; i < n; i++)
        explain_note(s, &q->arena, &notes[i]);
}

static int ask(struct asking *q)
{
    struct pump pump =
        pump_start(q->judge.source, judge_now_ms(&q->judge), q->judge.config.limits.deadline_ms);
    q->spf = ingam_spf_new(&q->judge.config, &q->envelope.smtp, pump.now_ms);
    if (q->spf && pump_spf(&pump, q->spf) == INGAM_OK)
        q->outcome = ingam_spf_outcome(q->spf);
    if (q->outcome == NULL) {
        complain("there is not enough memory");
        return EXIT_LATER;
    }
    q->identity = q->outcome == ingam_spf_helo_outcome(q->spf) ? "helo" : "mailfrom";
    return EXIT_GOOD;
}

static int show(struct asking *q)
{
    struct screen screen;
    screen_init(&screen, stdout, q->judge.options->color);
    if (q->judge.options->view != VIEW_JSON)
        show_plain(&screen, q);
    else if (!show_json(q))
        return EXIT_LATER;
    return status_of(q->outcome->result);
}

static bool is_asked_right(const struct options *o, int words, const char *word)
{
    if (words > 0)
        complain("\"%s\" is no option; ingam spf --help lists them", word);
    else if (o->ip == NULL)
        complain("--ip is missing: expected the address of the client, as in --ip 192.0.2.1");
    else if (o->helo == NULL && o->mail_from == NULL)
        complain(
            "--mail-from and --helo are missing: expected at least one of them, to know whose record to ask");
    else
        return true;
    return false;
}

/* The words behind ingam spf that ask about a record, not about a client. ret NULL: none of them */
static const struct command *word_of(const char *word)
{
    static const struct command words[] = {
        {"tree", "", spf_tree_command}, {"who", "", spf_who_command}, {"flatten", "", spf_flatten_command}};
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i].name) == 0)
            return &words[i];
    return NULL;
}

int spf_command(int argc, char **argv)
{
    const struct command *word = word_of(argv[1]);
    if (word)
        return word->run(argc - 1, argv + 1);
    if (argc > 1 && argv[1][0] != '-' && argv[1][0]) {
        complain("there is no word \"%s\"; ingam spf knows tree, who and flatten, or asks with --ip",
                 argv[1]);
        return EXIT_USAGE;
    }
    struct options o;
    struct asking q = {.spf = NULL};
    int first = argc;
    options_default(&o);
    enum args_got got = args_read(&usage, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (!is_asked_right(&o, argc - first, argv[first]))
        return EXIT_USAGE;
    arena_init(&q.arena, NULL, ARENA_MAX);
    envelope_given(&o, &q.envelope);
    int status = judge_open(&q.judge, &o);
    if (status == EXIT_GOOD)
        status = ask(&q);
    if (status == EXIT_GOOD)
        status = show(&q);
    ingam_spf_free(q.spf);
    judge_close(&q.judge);
    arena_free(&q.arena);
    return status;
}
