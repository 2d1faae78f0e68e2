/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam sign: puts DKIM signatures on top of a message. docs/man/ingam-sign.1.scd */
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/sign_keys.h"

#include "base/date.h"
#include <time.h>

static bool add(struct sign_list *list, const char *value)
{
    if (list->n == SIGN_KEYS_MAX || *value == 0)
        return false;
    list->values[list->n++] = value;
    return true;
}

static bool set_domain(void *into, const char *value)
{
    return add(&((struct sign_options *)into)->domains, value);
}

static bool set_selector(void *into, const char *value)
{
    return add(&((struct sign_options *)into)->selectors, value);
}

static bool set_key(void *into, const char *value)
{
    return add(&((struct sign_options *)into)->keys, value);
}

static bool set_keys(void *into, const char *value)
{
    ((struct sign_options *)into)->folder = value;
    return *value != 0;
}

static bool set_algorithm(void *into, const char *value)
{
    bool is_known = strcmp(value, "rsa-sha256") == 0 || strcmp(value, "ed25519-sha256") == 0;
    return is_known && add(&((struct sign_options *)into)->algorithms, value);
}

static bool set_headers(void *into, const char *value)
{
    ((struct sign_options *)into)->style.headers = str_of(value);
    return *value != 0;
}

static bool set_auid(void *into, const char *value)
{
    ((struct sign_options *)into)->style.auid = str_of(value);
    return *value != 0;
}

static bool set_no_oversign(void *into, const char *value)
{
    (void)value;
    ((struct sign_options *)into)->style.no_oversign = true;
    return true;
}

static bool set_header_only(void *into, const char *value)
{
    (void)value;
    ((struct sign_options *)into)->header_only = true;
    return true;
}

static bool read_canon(str word, enum ingam_canon *canon)
{
    *canon = str_eq(word, S("simple")) ? INGAM_SIMPLE : INGAM_RELAXED;
    return str_eq(word, S("simple")) || str_eq(word, S("relaxed"));
}

/* One word alone is about the header; the body is then simple, as in c=.                           [RFC6376 3.5] */
static bool set_canon(void *into, const char *value)
{
    struct ingam_sign_wanted *style = &((struct sign_options *)into)->style;
    str text = str_of(value);
    size_t at = str_find(text, '/');
    str body = at < text.n ? str_from(text, at + 1) : S("simple");
    return read_canon(str_first(text, at), &style->header_canon) && read_canon(body, &style->body_canon);
}

/* Seconds, or a number with s, m, h, d or w behind it. */
static bool set_expire(void *into, const char *value)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    static const uint64_t max_s = 3155760000; /* a hundred years */
    cur c = cur_of(str_of(value));
    uint64_t n = 0;
    int64_t unit = 1;
    if (!cur_uint(&c, max_s, &n) || n == 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (cur_byte(&c, (uint8_t)units[i].unit)) {
            unit = units[i].seconds;
            break;
        }
    ((struct sign_options *)into)->style.expire_s = (int64_t)n * unit;
    return cur_end(&c) && n <= max_s / (uint64_t)unit;
}

static bool set_at(void *into, const char *value)
{
    struct sign_options *o = into;
    o->has_at = true;
    return date_read(str_of(value), &o->at_s);
}

static const struct arg options_who[] = {
    {"domain", "DOMAIN", "who signs: d=", set_domain, "a domain name; at most 8 times"},
    {"selector", "SELECTOR", "under which name of that domain the key is published: s=", set_selector,
     "a selector such as 2026-rsa; at most 8 times"},
    {"key", "FILE", "the private key, PKCS#8 PEM: RSA of at least 2,048 bits or Ed25519", set_key,
     "the name of a file; at most 8 times"},
    {"keys", "DIR",
     "instead of --selector and --key: the folder of all keys; the active ones of --domain, or of the domain "
     "in From, sign",
     set_keys, "the name of a folder such as /var/lib/ingam/keys"},
    {"algorithm", "ALGORITHM", "make sure that the key is of this kind", set_algorithm,
     "rsa-sha256 or ed25519-sha256"},
    {"auid", "ADDR", "the identity in whose name it is signed: i=", set_auid,
     "an address such as ann@example.org, or @news.example.org"},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct arg options_what[] = {
    {"headers", "NAME:NAME...", "sign exactly these fields; a name may stand more than once", set_headers,
     "names such as from:to:subject"},
    {"no-oversign", NULL, "sign each field as often as it is there, not once more", set_no_oversign, NULL},
    {"canon", "HEADER/BODY", "canonicalization (relaxed/relaxed)", set_canon,
     "relaxed/relaxed, relaxed/simple, simple/relaxed or simple/simple"},
    {"expire", "DURATION", "the signature is no longer valid after this time: x=", set_expire,
     "a number of seconds, or one with m, h, d or w behind it"},
    {"at", "TIME", "sign as of this time, not now: t=", set_at,
     "a time such as 2026-09-01T12:00:00Z, or Unix seconds"},
    {"header-only", NULL, "write the DKIM-Signature fields alone, not the message", set_header_only, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct args usage = {
    .command = "sign",
    .synopsis = "--domain DOMAIN --selector SELECTOR --key FILE [OPTION]... [FILE|-]\n"
                "       ingam sign --keys DIR [--domain DOMAIN] [OPTION]... [FILE|-]",
    .about =
        "Writes the message with a DKIM signature on top; every other byte is as it was. With several --key\n"
        "it gets one signature from each; the first --selector belongs to the first --key, and so on.\n",
    .after = "Exit status: 0 signed; 65 the message breaks RFC 5322, so that no verifier would believe a "
             "signature,\n"
             "or the key is no key, or no key of --keys is active yet; 64 wrong usage, 66 unreadable file, "
             "75 no memory.\n"
             "The whole story: man ingam-sign\n",
    .groups = {options_who, options_what, NULL},
};

/* A place in the file as a person counts, from 1; an LF file has fewer bytes than what is signed. */
struct place {
    uint64_t line, byte;
};

static struct place place_of(const struct message *m, uint64_t at)
{
    str before = str_first(m->bytes, (size_t)at);
    struct place p = {1, at + 1 + m->from_line.n};
    for (size_t i = 0; i < before.n; i++)
        p.line += before.p[i] == '\n';
    if (m->has_lf_ends)
        p.byte -= p.line - 1;
    p.line += m->from_line.n > 0;
    return p;
}

static bool has_place(enum ingam_fault fault)
{
    return fault == INGAM_FAULT_SIGN_BARE_CR || fault == INGAM_FAULT_SIGN_BARE_LF ||
           fault == INGAM_FAULT_SIGN_LINE_TOO_LONG || fault == INGAM_FAULT_SIGN_JUNK ||
           fault == INGAM_FAULT_SIGN_FROM_TWICE || fault == INGAM_FAULT_SIGN_HEADER_OPEN;
}

static bool is_about_options(enum ingam_fault fault)
{
    return fault == INGAM_FAULT_SIGN_DOMAIN || fault == INGAM_FAULT_SIGN_SELECTOR ||
           fault == INGAM_FAULT_SIGN_AUID || fault == INGAM_FAULT_SIGN_HEADERS ||
           fault == INGAM_FAULT_SIGN_TIME;
}

static int refused(const struct message *m, const struct ingam_sign_result *r)
{
    const struct ingam_fault_row *row = ingam_fault_row(r->fault);
    if (is_about_options(r->fault)) {
        complain("%s (%s)", row->sentence, row->spec);
        return EXIT_USAGE;
    }
    if (!has_place(r->fault)) {
        complain("%s: not signed: %s (%s)", m->name, row->sentence, row->spec);
        return r->fault == INGAM_FAULT_SIGN_KEY_REFUSED ? EXIT_LATER : EXIT_DATA;
    }
    struct place p = place_of(m, r->at);
    complain("%s: not signed: line %llu, byte %llu: %s (%s)", m->name, (unsigned long long)p.line,
             (unsigned long long)p.byte, row->sentence, row->spec);
    return EXIT_DATA;
}

static void write_signed(const struct message *m, const struct ingam_sign_result *r, bool header_only)
{
    if (!header_only)
        output_bytes(m->from_line);
    for (size_t i = 0; i < r->n; i++)
        output_lines(m, r->fields[i]);
    if (!header_only)
        output_bytes(m->raw);
}

static int sign(const struct sign_options *o, const struct sign_keys *k, const struct message *m)
{
    struct ingam_config config;
    ingam_config_default(&config);
    int64_t now_s = o->has_at ? o->at_s : (int64_t)time(NULL);
    struct ingam_sign *s = ingam_sign_new(&config, k->wanted, k->n, now_s);
    bool is_made = s && ingam_sign_feed(s, m->bytes) == INGAM_OK && ingam_sign_end(s) == INGAM_OK &&
                   sign_keys_answer(k, s);
    const struct ingam_sign_result *r = is_made ? ingam_sign_result(s) : NULL;
    int status = EXIT_LATER;
    if (r == NULL) {
        complain("%s: no memory", m->name);
    } else if (r->fault) {
        status = refused(m, r);
    } else {
        write_signed(m, r, o->header_only);
        status = EXIT_GOOD;
    }
    ingam_sign_free(s);
    return status;
}

static int sign_file(const struct sign_options *o, struct sign_keys *k, char **files, size_t n)
{
    struct input input;
    struct message m;
    input_init(&input, INPUT_WHOLE, files, n);
    int status = input_next(&input, &m) == INPUT_MESSAGE ? EXIT_GOOD : EXIT_NO_INPUT;
    if (status == EXIT_GOOD && o->folder)
        status = sign_keys_of_folder(k, o, &m);
    if (status == EXIT_GOOD)
        status = sign(o, k, &m);
    input_free(&input);
    return status;
}

int sign_command(int argc, char **argv)
{
    struct sign_options o = {.has_at = false};
    struct sign_keys keys;
    int first = argc;
    enum args_got got = args_read(&usage, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (argc - first > 1) {
        complain("one message at a time; \"%s\" is one too many", argv[first + 1]);
        return EXIT_USAGE;
    }
    int status = sign_keys_read(&keys, &o);
    if (status == EXIT_GOOD)
        status = sign_file(&o, &keys, argv + first, (size_t)(argc - first));
    sign_keys_free(&keys);
    return status;
}
