/* SPDX-License-Identifier: BSD-2-Clause */
/* Postfix: two lists of milters in main.cf, changed by postconf. Ours goes to the end of each, so that what other filters change is signed
 * as it leaves; --undo takes out our element and leaves all others as they are. */
#include "cli/setup.h"

#include "cli/cli.h"
#include "cli/program.h"
#include "cli/setup_place.h"
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

/* Writes how Postfix calls a socket at an address. */
static str element_of_ip(struct setup *s)
{
    struct out o;
    out_init(&o, &s->arena);
    out_z(&o, s->target.ip.is_v6 ? "inet:[" : "inet:");
    ip_write(&o, &s->target.ip);
    out_z(&o, s->target.ip.is_v6 ? "]:" : ":");
    out_uint(&o, s->target.port);
    return out_done(&o);
}

/* May Postfix's account open a socket that lies outside of the queue's folder? */
static bool is_open_to_postfix(struct setup *s)
{
    return !is_chrooted(s) && (s->listen || s->target.group || (s->target.mode & 06) == 06);
}

/* Where Postfix cannot reach the socket of our configuration, one that it can reach is planned.
 * ret  empty: no way, and that was said */
static str element_of_path(struct setup *s, struct place *place)
{
    struct out o;
    str path = str_of(s->target.path), queue = S(""), mail_owner = S("");
    if (!ask(s, "-h", "queue_directory", &queue) || !ask(s, "-h", "mail_owner", &mail_owner) ||
        !place_plan(s, queue, mail_owner, place))
        return S("");
    bool is_inside = str_starts(path, queue) && path.n > queue.n && path.p[queue.n] == '/';
    place->is_needed = !is_inside && !is_open_to_postfix(s);
    if (place->is_needed && s->listen) {
        complain(
            "Postfix's smtpd is locked into %.*s and cannot reach %s. Let the daemon listen in there or on "
            "inet:8891@127.0.0.1; without --listen this command sees to it",
            (int)queue.n, (const char *)queue.p, s->target.path);
        return S("");
    }
    out_init(&o, &s->arena);
    out_z(&o, "unix:");
    out_str(&o, place->is_needed ? S("ingam/milter") : is_inside ? str_from(path, queue.n + 1) : path);
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

/* The socket is there before Postfix is told of it, and Postfix has forgotten it before it goes. */
static int carry_out(struct setup *s, const struct place *place, const char *const settings[])
{
    int status = EXIT_GOOD;
    if (s->verb == SETUP_SHOW) {
        if (place->is_needed)
            place_show(place);
        show(s, settings);
        return EXIT_GOOD;
    }
    if (s->verb == SETUP_APPLY && place->is_needed)
        status = place_make(s, place);
    if (status == EXIT_GOOD)
        status = apply(s, settings);
    if (status == EXIT_GOOD && s->verb == SETUP_UNDO && place->file[0] && !s->listen)
        status = place_leave(s, place);
    return status;
}

int setup_postfix(struct setup *s)
{
    const char *settings[LIST_N];
    struct place place = {.is_needed = false};
    str address = s->target.family == CONF_INET ? element_of_ip(s) : element_of_path(s, &place);
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
    return carry_out(s, &place, settings);
}
