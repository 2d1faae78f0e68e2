/* SPDX-License-Identifier: BSD-2-Clause */
/* Exim: a word of the main section, a few lines of the ACL that runs after DATA, and an ACL for what comes without SMTP, so that mail of
 * this machine is signed (packaging/exim-*.conf, kept in the program). They go into the file that Exim reads, or, where Debian makes
 * that file of pieces, into the pieces. */
#include "cli/setup.h"

#include "cli/cli.h"
#include "cli/marked.h"
#include "cli/program.h"
#include <stdio.h>
#include <unistd.h>

/* The bytes of packaging/exim-main.conf and exim-acl.conf, put in by the build. */
extern const char setup_exim_main[], setup_exim_acl[], setup_exim_local[];
static const char local_name[] = "acl_ingam_local";

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

/* ret  what stands behind `word` in the main section; empty: nothing does */
static str setting(str text, const char *word)
{
    while (text.n) {
        size_t n = str_find(text, '\n');
        str line = str_trim_fws(str_first(text, n));
        text = str_from(text, n + 1);
        if (!str_starts(line, str_of(word)))
            continue;
        line = str_trim_fws(str_from(line, strlen(word)));
        if (line.n && line.p[0] == '=')
            return str_trim_fws(str_from(line, 1));
    }
    return S("");
}

static bool is_acl_name(str value)
{
    return value.n && value.p[0] >= 'a' && value.p[0] <= 'z';
}

/* What is put where; both names as the main section has them. */
struct exim {
    struct setup *s;
    str main_lines, acl_lines, local_lines;
    str data_acl;  /* Debian's own where a macro stands there */
    str local_acl; /* empty: there is none yet */
};

/* Exim knows one scanner by this word. ret false: it is another's, and that was said */
static bool has_room(struct exim *x, const char *path, str text)
{
    str other = setting(text, "spamd_address");
    struct out o;
    if (other.n == 0)
        return true;
    out_init(&o, &x->s->arena);
    put_address(&o, &x->s->target);
    str ours = out_done(&o);
    complain("%s: spamd_address names another scanner, and Exim has only one such word; nothing is changed",
             path);
    complain(
        "write in its place: spamd_address = ${if def:acl_m_ingam_asks{%.*s variant=rspamd tmo=20s}{%.*s}}",
        (int)ours.n, (const char *)ours.p, (int)other.n, (const char *)other.p);
    complain("and put the lines of ingam setup exim in by hand, as docs/exim.md says under \"SpamAssassin or "
             "rspamd beside it\"");
    return false;
}

/* Reads both files and looks what is there of others. ret false: said why */
static bool look(struct exim *x, const char *main_path)
{
    str text = S("");
    if (!marked_read(&x->s->arena, main_path, &text))
        return false;
    text = marked_take(&x->s->arena, text);
    str data = setting(text, "acl_smtp_data");
    x->data_acl = is_acl_name(data) ? data : S("acl_check_data");
    x->local_acl = setting(text, "acl_not_smtp");
    return x->s->verb == SETUP_UNDO || has_room(x, main_path, text);
}

/* ret  where the line that ends before `at` begins */
static size_t line_before(str text, size_t at)
{
    while (at > 1 && text.p[at - 2] != '\n')
        at--;
    return at ? at - 1 : 0;
}

/* An ACL of ours above that of acl_smtp_data, or the same lines in the one that is there. */
static str with_local(struct exim *x, str text)
{
    struct out o;
    size_t at = marked_after(text, begins_acl, x->local_acl.n ? &x->local_acl : &x->data_acl);
    if (str_eq(x->local_acl, x->data_acl))
        return text;
    if (x->local_acl.n && at <= text.n)
        return marked_put(&x->s->arena, text, at, x->local_lines, S("# "));
    if (x->local_acl.n) {
        complain(
            "acl_not_smtp names \"%.*s\", which is not in this file: put the lines for mail without SMTP "
            "into it by hand, see ingam setup exim",
            (int)x->local_acl.n, (const char *)x->local_acl.p);
        return text;
    }
    out_init(&o, &x->s->arena);
    out_z(&o, local_name);
    out_z(&o, ":\n");
    out_str(&o, x->local_lines);
    out_z(&o, "  accept\n");
    return marked_put(&x->s->arena, text, line_before(text, at), out_done(&o), S("# "));
}

static bool with_acls(struct exim *x, const char *path, str *text)
{
    size_t at = marked_after(*text, begins_acl, &x->data_acl);
    if (at > text->n) {
        complain("%s has no ACL \"%.*s:\" to put the lines into; see ingam setup exim", path,
                 (int)x->data_acl.n, (const char *)x->data_acl.p);
        return false;
    }
    *text = marked_put(&x->s->arena, *text, at, x->acl_lines, S("# "));
    *text = with_local(x, *text);
    return true;
}

static str main_of(struct exim *x)
{
    struct out o;
    out_init(&o, &x->s->arena);
    out_str(&o, x->main_lines);
    if (x->local_acl.n == 0) {
        out_z(&o, "acl_not_smtp = ");
        out_z(&o, local_name);
        out_byte(&o, '\n');
    }
    return out_done(&o);
}

/* Writes one file anew, without what we had put in, and with it again unless it is to be undone. */
static bool change(struct exim *x, const char *path, bool has_main, bool has_acls)
{
    str text = S("");
    if (!marked_read(&x->s->arena, path, &text))
        return false;
    text = marked_take(&x->s->arena, text);
    bool adds = x->s->verb == SETUP_APPLY;
    if (adds && has_acls && !with_acls(x, path, &text))
        return false;
    if (adds && has_main) {
        size_t at = marked_after(text, is_anything, NULL);
        text = marked_put(&x->s->arena, text, at <= text.n ? 0 : text.n, main_of(x), S("# "));
    }
    return !x->s->arena.has_failed && marked_write(path, text);
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

static void show(struct exim *x)
{
    str main_lines = main_of(x);
    printf("In the main section of Exim's configuration:\n\n%.*s\n"
           "In the ACL that acl_smtp_data names, as its first lines:\n\n%.*s\n"
           "Behind \"begin acl\", an ACL for what comes without SMTP (where acl_not_smtp names one already: "
           "its lines "
           "there):\n\n%s:\n%.*s  accept\n",
           (int)main_lines.n, (const char *)main_lines.p, (int)x->acl_lines.n, (const char *)x->acl_lines.p,
           local_name, (int)x->local_lines.n, (const char *)x->local_lines.p);
}

int setup_exim(struct setup *s)
{
    struct exim x = {.s = s,
                     .main_lines = filled(s, setup_exim_main),
                     .acl_lines = filled(s, setup_exim_acl),
                     .local_lines = str_of(setup_exim_local)};
    if (s->verb == SETUP_SHOW) {
        show(&x);
        return EXIT_GOOD;
    }
    int place = s->mta_config ? -1 : find_place(s);
    if (s->mta_config == NULL && place < 0)
        return EXIT_NO_INPUT;
    const char *one = s->mta_config ? s->mta_config : places[place].main;
    const char *two = s->mta_config ? s->mta_config : places[place].acl;
    bool is_one = strcmp(one, two) == 0;
    if (!look(&x, one) || (!is_one && !change(&x, two, false, true)) || !change(&x, one, true, is_one))
        return EXIT_DATA;
    return reload(s, place);
}
