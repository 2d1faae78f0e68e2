/* SPDX-License-Identifier: BSD-2-Clause */
/* Exim: a word of the main section and a few lines of the ACL that runs after DATA (packaging/exim-*.conf, kept in the program). They
 * go into the file that Exim reads, or, where Debian makes that file of pieces, into the pieces. */
#include "cli/setup.h"

#include "cli/cli.h"
#include "cli/marked.h"
#include "cli/program.h"
#include <stdio.h>
#include <unistd.h>

/* The bytes of packaging/exim-main.conf and exim-acl.conf, put in by the build. */
extern const char setup_exim_main[], setup_exim_acl[];

/* Where Debian keeps it, in the order in which it is looked for: one file, or the pieces of it. */
static const struct {
    const char *main, *acl;
} places[] = {
    {"/etc/exim4/exim4.conf", "/etc/exim4/exim4.conf"},
    {"/etc/exim4/conf.d/main/02_exim4-config_options", "/etc/exim4/conf.d/acl/40_exim4-config_check_data"},
    {"/etc/exim4/exim4.conf.template", "/etc/exim4/exim4.conf.template"},
    {"/etc/exim/exim.conf", "/etc/exim/exim.conf"},
};
static const char debian_settings[] = "/etc/exim4/update-exim4.conf.conf";

static void put_address(struct out *o, const struct conf_listen *l)
{
    if (l->family != CONF_INET) {
        out_z(o, l->path);
        return;
    }
    ip_write(o, &l->ip);
    out_byte(o, ' ');
    out_uint(o, l->port);
}

/* Puts the daemon's address where the text leaves room for it, and lets mail wait for the daemon where that is wanted. */
static str filled(struct setup *s, const char *lines)
{
    static const char *const words[] = {"@ADDRESS@", "/defer_ok\n"};
    struct out o;
    str text = str_of(lines);
    out_init(&o, &s->arena);
    while (text.n) {
        bool is_address = str_starts(text, str_of(words[0]));
        bool is_word = s->defers && str_starts(text, str_of(words[1]));
        if (is_address)
            put_address(&o, &s->target);
        else if (is_word)
            out_byte(&o, '\n');
        else
            out_byte(&o, text.p[0]);
        text = str_from(text, is_address ? strlen(words[0]) : is_word ? strlen(words[1]) : 1);
    }
    return out_done(&o);
}

static bool is_split(struct setup *s)
{
    str text = S("");
    return access(debian_settings, R_OK) == 0 && marked_read(&s->arena, debian_settings, &text) &&
           str_find_str(text, S("dc_use_split_config='true'")) < text.n;
}

/* ret  index into places, or -1: said */
static int find_place(struct setup *s)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (i == 1 && !is_split(s))
            continue;
        if (access(places[i].main, R_OK) == 0 && access(places[i].acl, R_OK) == 0)
            return (int)i;
    }
    complain("Exim's configuration is not where systems keep it; name it with --mta-config FILE");
    return -1;
}

/* Begins an ACL: "NAME:" */
static bool begins_acl(str line, const void *context)
{
    const str *name = context;
    line = str_trim_fws(line);
    return line.n == name->n + 1 && str_starts(line, *name) && line.p[name->n] == ':';
}

static bool is_anything(str line, const void *context)
{
    (void)context;
    return line.n > 0 && !str_starts(line, S("#!"));
}

/* The name behind acl_smtp_data; Debian's own where a macro stands there. */
static str acl_name(str text)
{
    str word = S("acl_smtp_data");
    while (text.n) {
        size_t n = str_find(text, '\n');
        str line = str_trim_fws(str_first(text, n));
        text = str_from(text, n + 1);
        if (!str_starts(line, word))
            continue;
        line = str_trim_fws(str_from(line, word.n));
        if (line.n > 1 && line.p[0] == '=')
            line = str_trim_fws(str_from(line, 1));
        if (line.n && line.p[0] >= 'a' && line.p[0] <= 'z')
            return line;
    }
    return S("acl_check_data");
}

/* Writes one file anew. in  lines  for main section and ACL; empty: nothing is put there */
static bool change(struct setup *s, const char *path, str main_lines, str acl_lines)
{
    str text = S("");
    if (!marked_read(&s->arena, path, &text))
        return false;
    str name = acl_name(text);
    text = marked_take(&s->arena, text);
    size_t at = marked_after(text, begins_acl, &name);
    if (acl_lines.n && at > text.n) {
        complain("%s has no ACL \"%.*s:\" to put the lines into; see ingam setup exim", path, (int)name.n,
                 (const char *)name.p);
        return false;
    }
    if (acl_lines.n)
        text = marked_put(&s->arena, text, at, acl_lines, S("# "));
    if (main_lines.n) {
        at = marked_after(text, is_anything, NULL);
        text = marked_put(&s->arena, text, at <= text.n ? 0 : text.n, main_lines, S("# "));
    }
    return !s->arena.has_failed && marked_write(path, text);
}

static int reload(struct setup *s, int place)
{
    const char *const update[] = {"update-exim4.conf", NULL};
    const char *const check[] = {"exim4", "-bV", NULL};
    bool is_debian = place == 1 || place == 2;
    if (is_debian && program_run(&s->arena, update, false).status != 0) {
        complain("Exim does not take the new configuration; ingam setup exim --undo takes it back");
        return EXIT_LATER;
    }
    if (place >= 0 && program_run(&s->arena, check, true).status != 0) {
        complain("exim4 -bV finds something wrong; ingam setup exim --undo takes it back");
        return EXIT_LATER;
    }
    puts(s->verb == SETUP_UNDO
             ? "The lines are out. Exim reads its configuration anew with: systemctl reload exim4"
             : "The lines are in. Exim reads its configuration anew with: systemctl reload exim4");
    return EXIT_GOOD;
}

static void show(str main_lines, str acl_lines)
{
    printf("In the main section of Exim's configuration:\n\n%.*s\n"
           "In the ACL that acl_smtp_data names, as its first lines:\n\n%.*s",
           (int)main_lines.n, (const char *)main_lines.p, (int)acl_lines.n, (const char *)acl_lines.p);
}

int setup_exim(struct setup *s)
{
    str main_lines = filled(s, setup_exim_main), acl_lines = filled(s, setup_exim_acl);
    if (s->verb == SETUP_SHOW) {
        show(main_lines, acl_lines);
        return EXIT_GOOD;
    }
    if (s->verb == SETUP_UNDO)
        main_lines = acl_lines = S("");
    int place = s->mta_config ? -1 : find_place(s);
    if (s->mta_config == NULL && place < 0)
        return EXIT_NO_INPUT;
    const char *one = s->mta_config ? s->mta_config : places[place].main;
    const char *two = s->mta_config ? s->mta_config : places[place].acl;
    bool is_one = strcmp(one, two) == 0;
    if (!change(s, one, main_lines, is_one ? acl_lines : S("")) ||
        (!is_one && !change(s, two, S(""), acl_lines)))
        return EXIT_DATA;
    return reload(s, place);
}
