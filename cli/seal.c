/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam seal: puts an ARC set on top of a message that goes on to somebody else. docs/man/ingam-seal.1.scd */
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/judge.h"
#include "cli/output.h"
#include "cli/sign_keys.h"

#include <ingam/seal.h>

struct seal_options {
    struct options check; /* first: the rows that all commands share take it for the whole */
    struct sign_options key;
    bool header_only, is_from_header;
};

/* A seal has one signer; which of two was meant nobody can know. ret false: no value, or the second */
static bool set_one(struct sign_list *list, const char *value)
{
    list->values[0] = value;
    return *value != 0 && ++list->n == 1;
}

static bool set_domain(void *into, const char *value)
{
    return set_one(&((struct seal_options *)into)->key.domains, value);
}

static bool set_selector(void *into, const char *value)
{
    return set_one(&((struct seal_options *)into)->key.selectors, value);
}

static bool set_key(void *into, const char *value)
{
    return set_one(&((struct seal_options *)into)->key.keys, value);
}

static bool set_headers(void *into, const char *value)
{
    ((struct seal_options *)into)->key.style.headers = str_of(value);
    return *value != 0;
}

static bool set_results(void *into, const char *value)
{
    ((struct seal_options *)into)->is_from_header = strcmp(value, "from-header") == 0;
    return strcmp(value, "from-header") == 0 || strcmp(value, "own") == 0;
}

static bool set_header_only(void *into, const char *value)
{
    (void)value;
    ((struct seal_options *)into)->header_only = true;
    return true;
}

static const struct arg options_seal[] = {
    {"domain", "DOMAIN", "who seals: d=", set_domain, "a domain name, once"},
    {"selector", "SELECTOR", "under which name of that domain the key is published: s=", set_selector,
     "a selector such as 2026-arc, once"},
    {"key", "FILE", "the private key, PKCS#8 PEM: RSA of at least 2,048 bits (or Ed25519, which few know)",
     set_key, "the name of a file, once"},
    {"headers", "NAME:NAME...", "cover exactly these fields with the ARC-Message-Signature", set_headers,
     "names such as from:to:subject"},
    {"results", "own|from-header",
     "what ARC-Authentication-Results says: what is found here (own), or what the topmost "
     "Authentication-Results of this --authserv-id says",
     set_results, "own or from-header"},
    {"header-only", NULL, "write the three ARC fields alone, not the message", set_header_only, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct args usage = {
    .command = "seal",
    .synopsis = "--domain DOMAIN --selector SELECTOR --key FILE [OPTION]... [FILE|-]",
    .about =
        "Judges the message and its ARC chain, and writes it with an ARC set of our own on top (RFC 8617);\n"
        "every other byte is as it was. It is the last thing to be done to a message before it goes on.\n",
    .after =
        "Exit status: 0 sealed, or written as it was since its chain has failed and says so; 65 no mail, or\n"
        "a message or key that cannot be used; 64 wrong usage, 66 unreadable file, 75 no memory.\n"
        "The whole story: man ingam-seal\n",
    .groups = {options_seal, options_envelope, options_dns, NULL},
};

static const size_t ARENA_MAX = (size_t)64 << 20;

/* ret  the results in this field are those of this id                                              [RFC8601 2.5] */
static bool is_of(str value, str id)
{
    cur c = cur_of(str_trim_fws(value));
    bool is_quoted = cur_byte(&c, '"');
    if (!cur_text_nocase(&c, id) || (is_quoted && !cur_byte(&c, '"')))
        return false;
    return cur_end(&c) || cur_is(&c, C_FWS) || cur_at(&c, ';') || cur_at(&c, '(');
}

/* ret  what the topmost Authentication-Results of our id says; that it says nothing, if there is none */
static str results_of_header(const struct judged *d, str id)
{
    str name, value;
    struct out o;
    for (size_t i = 0; ingam_check_field_at(d->check, i, &name, &value); i++)
        if (str_eq_nocase(name, S("Authentication-Results")) && is_of(value, id))
            return value;
    out_init(&o, d->arena);
    out_str(&o, id);
    out_str(&o, S("; none"));
    return out_done(&o);
}

/* Lets the key make both signatures. ret false: no memory */
static bool answer(const struct ingam_private_key *key, struct ingam_seal *s)
{
    struct ingam_sign_job job;
    while (ingam_seal_next(s, &job) == INGAM_WANT_SIGN) {
        uint8_t signature[INGAM_SIGNATURE_MAX];
        size_t n = 0;
        if (!ingam_private_key_sign(key, job.digest, signature, &n))
            n = 0;
        struct ingam_sign_answer a = {job.id, {signature, n}};
        if (ingam_seal_answer(s, &a) != INGAM_OK)
            return false;
    }
    return true;
}

static bool is_about_options(enum ingam_fault fault)
{
    return fault == INGAM_FAULT_SIGN_DOMAIN || fault == INGAM_FAULT_SIGN_SELECTOR ||
           fault == INGAM_FAULT_SEAL_HEADERS || fault == INGAM_FAULT_SIGN_TIME;
}

static int refused(const struct message *m, enum ingam_fault fault)
{
    const struct ingam_fault_row *row = ingam_fault_row(fault);
    if (is_about_options(fault)) {
        complain("%s (%s)", row->sentence, row->spec);
        return EXIT_USAGE;
    }
    complain("%s: not sealed: %s (%s)", m->name, row->sentence, row->spec);
    return fault == INGAM_FAULT_SIGN_KEY_REFUSED ? EXIT_LATER : EXIT_DATA;
}

/* A message whose chain is closed goes on as it is.                                                [RFC8617 5.1] */
static int write_sealed(const struct seal_options *o, const struct message *m,
                        const struct ingam_sign_result *r)
{
    bool is_closed = r->fault == INGAM_FAULT_SEAL_CLOSED;
    if (r->fault && !is_closed)
        return refused(m, r->fault);
    if (is_closed)
        refused(m, r->fault);
    if (!o->header_only)
        output_bytes(m->from_line);
    for (size_t i = 0; i < r->n; i++)
        output_lines(m, r->fields[i]);
    if (!o->header_only)
        output_bytes(m->raw);
    return EXIT_GOOD;
}

static int seal(const struct judge *j, const struct seal_options *o, const struct sign_keys *k,
                const struct judged *d)
{
    struct ingam_seal_wanted wanted = {
        .domain = k->wanted[0].domain,
        .selector = k->wanted[0].selector,
        .algorithm = k->wanted[0].algorithm,
        .results = o->is_from_header ? results_of_header(d, j->config.authserv_id)
                                     : d->verdict->authentication_results,
        .headers = o->key.style.headers,
        .chain = d->verdict->arc.result,
    };
    struct ingam_seal *s = ingam_seal_new(&j->config, &wanted, (int64_t)(judge_now_ms(j) / 1000));
    bool is_made = s && ingam_seal_feed(s, d->message->bytes) == INGAM_OK && ingam_seal_end(s) == INGAM_OK &&
                   answer(k->keys[0], s);
    const struct ingam_sign_result *r = is_made ? ingam_seal_result(s) : NULL;
    int status = EXIT_LATER;
    if (r)
        status = write_sealed(o, d->message, r);
    else
        complain("%s: no memory", d->message->name);
    ingam_seal_free(s);
    return status;
}

static int seal_message(struct judge *j, const struct seal_options *o, const struct sign_keys *k,
                        const struct message *m)
{
    struct arena arena;
    struct judged d;
    arena_init(&arena, NULL, ARENA_MAX);
    int status = judge_message(j, m, &arena, &d);
    if (status == EXIT_GOOD)
        status = seal(j, o, k, &d);
    judged_free(&d);
    arena_free(&arena);
    return status;
}

static int seal_file(const struct seal_options *o, const struct sign_keys *k, char **files, size_t n)
{
    struct judge judge = {.source = NULL};
    struct input input;
    struct message m;
    input_init(&input, INPUT_WHOLE, files, n);
    int status = input_next(&input, &m) == INPUT_MESSAGE ? judge_open(&judge, &o->check) : EXIT_NO_INPUT;
    if (status == EXIT_GOOD)
        status = seal_message(&judge, o, k, &m);
    input_free(&input);
    judge_close(&judge);
    return status;
}

int seal_command(int argc, char **argv)
{
    struct seal_options o = {.header_only = false};
    struct sign_keys keys;
    int first = argc;
    options_default(&o.check);
    o.key.takes_short_keys = true;
    enum args_got got = args_read(&usage, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first > 1) {
        complain("one message at a time; \"%s\" is one too many", argv[first + 1]);
        return EXIT_USAGE;
    }
    int status = sign_keys_read(&keys, &o.key);
    if (status == EXIT_GOOD)
        status = seal_file(&o, &keys, argv + first, (size_t)(argc - first));
    sign_keys_free(&keys);
    return status;
}
