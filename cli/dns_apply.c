/* SPDX-License-Identifier: BSD-2-Clause */
/* Publishing: by nsupdate (RFC 2136), or by a command of the operator's. No shell sees any of the data. */
#include "cli/dns_records.h"

#include "cli/cli.h"
#include "cli/program.h"
#include <errno.h>
#include <stdio.h>

enum { ARGS_MAX = 8 };

struct call {
    const char *words[ARGS_MAX + 1];
    int input; /* its standard input; 0: nothing */
};

/* Runs it to its end. ret  an exit status */
static int run(struct arena *a, const struct call *c)
{
    if (program_run_as(a, &(struct program){.argv = c->words, .input = c->input}).status == 0)
        return EXIT_GOOD;
    complain("%s failed; ingam key check tells what is published now", c->words[0]);
    return EXIT_LATER;
}

static void write_server(struct out *o, const char *server)
{
    str text = str_of(server);
    size_t at = str_find(text, '@');
    out_z(o, "server ");
    out_str(o, str_first(text, at));
    if (at < text.n) {
        out_byte(o, ' ');
        out_str(o, str_from(text, at + 1));
    }
    out_byte(o, '\n');
}

/* All changes of a domain stand in one message, so that they are made together or not at all.            [RFC2136 3.4] */
static str script(const struct key_options *k, struct arena *a, str zone, const struct dns_changes *changes)
{
    struct out o;
    out_init(&o, a);
    if (k->server)
        write_server(&o, k->server);
    if (zone.n) {
        out_z(&o, "zone ");
        out_str(&o, zone);
        out_z(&o, ".\n");
    }
    for (size_t i = 0; i < changes->n; i++) {
        const struct dns_change *c = &changes->list[i];
        if (c->is_elsewhere)
            continue;
        out_z(&o, "update delete ");
        out_str(&o, c->name);
        out_z(&o, ". TXT\n");
        if (c->is_delete)
            continue;
        out_z(&o, "update add ");
        out_str(&o, c->name);
        out_z(&o, ". ");
        out_uint(&o, c->ttl_s);
        out_z(&o, " IN TXT ");
        key_put_strings(&o, c->value);
        out_byte(&o, '\n');
    }
    out_z(&o, "send\n");
    return out_done(&o);
}

static int apply_nsupdate(const struct key_options *k, struct arena *a, const struct dns_changes *changes)
{
    str zone = S("");
    if (k->update_zone && !key_domain(a, k->update_zone, &zone))
        return EXIT_USAGE;
    str text = script(k, a, zone, changes);
    FILE *file = tmpfile();
    if (text.p == NULL || file == NULL || fwrite(text.p, 1, text.n, file) != text.n || fflush(file) != 0 ||
        fseek(file, 0, SEEK_SET) != 0) {
        complain("the script for nsupdate cannot be written: %s", strerror(errno));
        if (file)
            fclose(file);
        return EXIT_LATER;
    }
    struct call call = {.words = {"nsupdate", k->tsig ? "-k" : NULL, k->tsig}, .input = fileno(file)};
    int status = run(a, &call);
    fclose(file);
    return status;
}

/* ACTION NAME TYPE TTL VALUE, each an argument of its own. */
static int apply_hook(const char *command, struct arena *a, const struct dns_change *c)
{
    struct out ttl;
    out_init(&ttl, a);
    out_uint(&ttl, c->ttl_s);
    struct call call = {.words = {command, c->is_delete ? "delete" : "set", arena_copy_z(a, c->name), c->type,
                                  arena_copy_z(a, out_done(&ttl)),
                                  arena_copy_z(a, c->is_delete ? S("") : c->value)}};
    return a->has_failed ? EXIT_LATER : run(a, &call);
}

int dns_apply(const struct key_options *o, struct arena *a, const struct dns_changes *changes)
{
    int status = EXIT_GOOD;
    if (changes->n == 0)
        return EXIT_GOOD;
    if (strcmp(o->apply, "nsupdate") == 0)
        status = apply_nsupdate(o, a, changes);
    for (size_t i = 0; *o->apply == 'h' && i < changes->n && status == EXIT_GOOD; i++)
        if (!changes->list[i].is_elsewhere)
            status = apply_hook(o->apply + strlen("hook:"), a, &changes->list[i]);
    if (status == EXIT_GOOD)
        printf("; published; next: ingam key check --keys %s\n", o->keys);
    return status;
}
