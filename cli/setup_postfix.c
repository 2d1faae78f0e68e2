/* SPDX-License-Identifier: BSD-2-Clause */
/* Postfix: two lists of milters in main.cf, changed by postconf. Ours goes to the end of each, so that what other filters change is signed
 * as it leaves; --undo takes out our element and leaves all others as they are. */
#include "cli/setup.h"

#include "cli/cli.h"
#include "cli/program.h"
#include <stdio.h>

static const char *const lists[] = {"smtpd_milters", "non_smtpd_milters"};
enum { LIST_N = sizeof lists / sizeof *lists };

static const char *postconf_of(const struct setup *s, const char *argv[], size_t n, const char *const words[])
{
    size_t at = 0;
    argv[at++] = "postconf";
    if (s->mta_config) {
        argv[at++] = "-c";
        argv[at++] = s->mta_config;
    }
    for (size_t i = 0; i < n; i++)
        argv[at++] = words[i];
    argv[at] = NULL;
    return argv[0];
}

/* ret  false: postconf could not tell */
static bool ask(struct setup *s, const char *option, const char *name, str *value)
{
    const char *argv[8];
    postconf_of(s, argv, 2, (const char *const[]){option, name});
    struct program_end end = program_run(&s->arena, argv, true);
    *value = str_trim_fws(end.output);
    if (end.status > 0)
        complain("postconf %s %s failed", option, name);
    return end.status == 0;
}

/* Is a server that takes mail locked into the queue's folder? "-" is yes only before compatibility level 1, which nobody has
 * any more. */
static bool is_chrooted(struct setup *s)
{
    str value = S("");
    ask(s, "-F", "*/inet/chroot", &value);
    return str_find_str(value, S("= y")) < value.n;
}

/* Writes how Postfix calls our socket.
 * ret  empty: it cannot reach it, and that was said */
static str element(struct setup *s)
{
    struct out o;
    str queue = S("");
    out_init(&o, &s->arena);
    if (s->target.family == CONF_INET) {
        out_z(&o, s->target.ip.is_v6 ? "inet:[" : "inet:");
        ip_write(&o, &s->target.ip);
        out_z(&o, s->target.ip.is_v6 ? "]:" : ":");
        out_uint(&o, s->target.port);
        return out_done(&o);
    }
    if (!ask(s, "-h", "queue_directory", &queue))
        return S("");
    str path = str_of(s->target.path);
    bool is_inside = str_starts(path, queue) && path.n > queue.n && path.p[queue.n] == '/';
    if (!is_inside && is_chrooted(s)) {
        complain(
            "Postfix's smtpd is locked into %.*s and cannot reach %s. Let the daemon listen there, or on "
            "inet:8891@127.0.0.1:\n  listen \"unix:%.*s/ingam/milter\" { front = milter group = \"postfix\" "
            "}",
            (int)queue.n, (const char *)queue.p, s->target.path, (int)queue.n, (const char *)queue.p);
        return S("");
    }
    out_z(&o, "unix:");
    out_str(&o, is_inside ? str_from(path, queue.n + 1) : path);
    return out_done(&o);
}

/* Takes the next element off a list: words apart by blanks and commas, or { ... }. */
static str next_element(str *list)
{
    while (list->n && (list->p[0] == ',' || list->p[0] == ' ' || list->p[0] == '\t' || list->p[0] == '\n'))
        *list = str_from(*list, 1);
    size_t n = 0;
    bool is_braced = list->n && list->p[0] == '{';
    while (n < list->n && (is_braced ? list->p[n] != '}' : !strchr(", \t\n", list->p[n])))
        n++;
    str element = str_first(*list, n + (is_braced && n < list->n));
    *list = str_from(*list, element.n);
    return element;
}

static bool is_ours(str element, str address)
{
    if (element.n && element.p[0] == '{') {
        element = str_trim_fws(str_from(str_first(element, element.n - 1), 1));
        element = str_first(element, str_find(element, ','));
        element = str_trim_fws(str_first(element, str_find(element, ' ')));
    }
    return str_eq(element, address);
}

/* Makes the list without ours, and with ours at its end where `adds`. */
static str changed(struct setup *s, str list, str address, bool adds)
{
    struct out o;
    out_init(&o, &s->arena);
    for (str e = next_element(&list); e.n; e = next_element(&list)) {
        if (is_ours(e, address))
            continue;
        out_z(&o, o.n ? ", " : "");
        out_str(&o, e);
    }
    if (adds) {
        out_z(&o, o.n ? ", { " : "{ ");
        out_str(&o, address);
        out_z(&o, s->defers ? ", default_action=tempfail }" : ", default_action=accept }");
    }
    return out_done(&o);
}

/* The commands as a person would type them. */
static void show(const struct setup *s, const char *const settings[])
{
    const char *folder = s->mta_config ? s->mta_config : "";
    const char *option = s->mta_config ? " -c " : "";
    for (size_t i = 0; i < LIST_N; i++)
        printf("postconf%s%s -e '%s'\n", option, folder, settings[i]);
    printf("postfix%s%s reload\n", option, folder);
}

static int apply(struct setup *s, const char *const settings[])
{
    const char *argv[10];
    postconf_of(s, argv, 1 + LIST_N, (const char *const[]){"-e", settings[0], settings[1]});
    if (program_run(&s->arena, argv, false).status != 0) {
        complain("postconf failed; nothing is changed");
        return EXIT_LATER;
    }
    const char *const with_folder[] = {"postfix", "-c", s->mta_config, "reload", NULL};
    const char *const plain[] = {"postfix", "reload", NULL};
    if (program_run(&s->arena, s->mta_config ? with_folder : plain, false).status != 0) {
        complain("main.cf is changed, but postfix reload failed: is Postfix running?");
        return EXIT_LATER;
    }
    puts(s->verb == SETUP_UNDO
             ? "Postfix does not ask ingamd any more."
             : "Postfix asks ingamd from now on. ingam setup postfix --undo takes it back.");
    return EXIT_GOOD;
}

int setup_postfix(struct setup *s)
{
    const char *settings[LIST_N];
    str address = element(s);
    if (address.n == 0)
        return EXIT_DATA;
    for (size_t i = 0; i < LIST_N; i++) {
        struct out o;
        str list = S("");
        if (!ask(s, "-h", lists[i], &list))
            return EXIT_NO_INPUT;
        out_init(&o, &s->arena);
        out_z(&o, lists[i]);
        out_z(&o, " = ");
        out_str(&o, changed(s, list, address, s->verb != SETUP_UNDO));
        settings[i] = arena_copy_z(&s->arena, out_done(&o));
        if (settings[i] == NULL)
            return EXIT_LATER;
    }
    if (s->verb != SETUP_SHOW)
        return apply(s, settings);
    show(s, settings);
    return EXIT_GOOD;
}
