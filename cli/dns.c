/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam dns: what the keys of a domain want published (show), and what a domain should publish first (dns_plan.c).
 * docs/man/ingam-dns.1.scd */
#include "cli/dns_records.h"

#include "cli/cli.h"
#include "cli/dns_plan.h"
#include "cli/output.h"

/* Where the records of a key live: its own name, or SELECTOR._domainkey.DOMAIN.ZONE. */
static str place_of(struct arena *a, str name, str delegate_to)
{
    struct out o;
    if (delegate_to.n == 0)
        return name;
    out_init(&o, a);
    out_str(&o, name);
    out_byte(&o, '.');
    out_str(&o, delegate_to);
    return out_done(&o);
}

static str words_about(struct arena *a, const struct keys_entry *e)
{
    struct out o;
    out_init(&o, a);
    out_z(&o, e->selector);
    out_z(&o, ": ");
    out_z(&o, keys_state_name(e->state));
    return out_done(&o);
}

static int change_of(const struct key_options *o, struct arena *a, const struct keys_domain *d,
                     const struct keys_entry *e, struct dns_change *change)
{
    struct out value;
    str p;
    int status = key_public(a, d, e, &p);
    *change = (struct dns_change){.type = "TXT", .ttl_s = o->ttl_s, .about = words_about(a, e)};
    change->is_delete = e->state == KEYS_GONE;
    if (status != EXIT_GOOD)
        return status;
    out_init(&value, a);
    keys_record_write(&value, e->algorithm, e->state == KEYS_REVOKED ? S("") : p);
    change->value = out_done(&value);
    if (p.n || e->state == KEYS_REVOKED || e->state == KEYS_GONE)
        return EXIT_GOOD;
    complain("%s/%s/%s.pem is not there: its record cannot be made", d->root, d->domain, e->selector);
    return EXIT_DATA;
}

int dns_changes_of(const struct key_options *o, struct arena *a, const struct keys_domain *d, str delegate_to,
                   struct dns_changes *changes)
{
    changes->list = NEW_N(a, struct dns_change, 2 * d->n + 1);
    changes->n = 0;
    for (size_t i = 0; changes->list && i < d->n; i++) {
        const struct keys_entry *e = &d->list[i];
        struct dns_change *change = &changes->list[changes->n];
        if (e->state == KEYS_GONE && e->at[KEYS_REMOVED])
            continue;
        int status = change_of(o, a, d, e, change);
        if (status != EXIT_GOOD)
            return status;
        str name = key_name(a, e->selector, str_of(d->domain));
        change->name = place_of(a, name, delegate_to);
        changes->n++;
        if (delegate_to.n == 0)
            continue;
        struct dns_change *alias = &changes->list[changes->n++];
        *alias = *change;
        alias->is_elsewhere = true;
        alias->type = "CNAME";
        alias->name = name;
        alias->value = change->name;
    }
    return a->has_failed ? EXIT_LATER : EXIT_GOOD;
}

/* Writes a line of zone text; what is to go is a comment. */
static void show(struct out *o, const struct dns_change *c)
{
    out_z(o, "; ");
    out_str(o, c->about);
    out_z(o, c->is_delete ? ": remove this record\n; " : "\n");
    out_str(o, c->name);
    out_z(o, ". ");
    if (c->is_delete) {
        out_z(o, c->type);
        out_byte(o, '\n');
        return;
    }
    out_uint(o, c->ttl_s);
    out_z(o, " IN ");
    out_z(o, c->type);
    out_byte(o, ' ');
    if (strcmp(c->type, "TXT") == 0) {
        out_z(o, "( ");
        key_put_strings(o, c->value);
        out_z(o, " )\n");
        return;
    }
    out_str(o, c->value);
    out_z(o, ".\n");
}

static void show_all(struct arena *a, str domain, const struct dns_changes *changes)
{
    struct out o;
    out_init(&o, a);
    if (changes->n == 0) {
        out_z(&o, "; nothing is to be published for the keys of ");
        out_str(&o, domain);
        out_byte(&o, '\n');
    }
    for (size_t i = 0; i < changes->n; i++)
        show(&o, &changes->list[i]);
    output_bytes(out_done(&o));
}

static int show_domain(const struct key_options *o, struct arena *a, const struct keys_domain *d)
{
    struct dns_changes changes;
    str delegate_to = S("");
    if (o->delegate_to && !key_domain(a, o->delegate_to, &delegate_to))
        return EXIT_USAGE;
    int status = dns_changes_of(o, a, d, delegate_to, &changes);
    if (status != EXIT_GOOD)
        return status;
    show_all(a, str_of(d->domain), &changes);
    return o->apply ? dns_apply(o, a, &changes) : EXIT_GOOD;
}

static int dns_show(struct key_options *o, struct arena *a, str domain)
{
    struct keys_domain *d = NEW(a, struct keys_domain);
    struct keys_error error;
    if (d == NULL)
        return EXIT_LATER;
    enum keys_got got = keys_open(o->keys, domain, KEYS_LOOK, d, &error);
    int status = got == KEYS_OK ? show_domain(o, a, d) : key_failed(got, &error);
    keys_close(d);
    return status;
}

static const struct args usage = {
    .command = "dns show",
    .synopsis = "[OPTION]... DOMAIN...",
    .about =
        "Shows what should be published for the keys of a domain, as zone text. Nothing is changed anywhere\n"
        "without --apply.\n",
    .after = "The whole story: man ingam-dns\n",
    .groups = {key_options_store, key_options_publish, NULL},
};

static void help(FILE *to)
{
    fputs("usage: ingam dns show [OPTION]... DOMAIN...\n"
          "       ingam dns plan DOMAIN [--senders S,...] [--reports ADDR] [OPTION]...\n"
          "\n"
          "  show  what should be published for the keys of a domain, as zone text; --apply publishes it\n"
          "  plan  the records that a domain should publish first: SPF, DMARC, TLS-RPT\n"
          "\n"
          "ingam dns show --help and ingam dns plan --help list the options.\n"
          "The whole story: man ingam-dns\n",
          to);
}

static int show_command(int argc, char **argv)
{
    static struct key_options o;
    int first = argc;
    key_options_default(&o);
    enum args_got got = args_read(&usage, &o, argc, argv, &first);
    if (got != ARGS_OK)
        return got == ARGS_HELP ? EXIT_GOOD : EXIT_USAGE;
    if (first == argc) {
        complain("which domain? ingam dns show [OPTION]... DOMAIN...");
        return EXIT_USAGE;
    }
    return key_each(&o, argv + first, (size_t)(argc - first), dns_show);
}

int dns_command(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "show") == 0)
        return show_command(argc - 1, argv + 1);
    if (strcmp(name, "plan") == 0)
        return dns_plan_command(argc - 1, argv + 1);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        help(stdout);
        return EXIT_GOOD;
    }
    if (*name)
        complain("there is no verb \"%s\"", name);
    help(stderr);
    return EXIT_USAGE;
}
