/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters that would do our work a second time, and how to take them out with what they were told. */
#include "cli/doctor.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static const struct filter {
    const char *name;   /* of its process and service */
    const char *hint;   /* stands in the name of its socket */
    unsigned ports[2];  /* where it listens by habit */
    const char *file;   /* its configuration */
    const char *option; /* of ingam config import; NULL: none */
} filters[] = {
    {"opendkim", "opendkim", {8891, 12301}, "/etc/opendkim.conf", "--opendkim"},
    {"opendmarc", "opendmarc", {8893, 54321}, "/etc/opendmarc.conf", "--opendmarc"},
    {"dkimpy-milter", "dkimpy", {8892, 0}, NULL, NULL},
    {"pyspf-milter", "pyspf", {0, 0}, NULL, NULL},
};
static const char *const lists[] = {"smtpd_milters", "non_smtpd_milters"};

static bool runs(struct doctor *d, const char *name)
{
    DIR *all = opendir("/proc");
    bool is_found = false;
    for (const struct dirent *e; all && !is_found && (e = readdir(all)) != NULL;) {
        str comm;
        bool is_process = e->d_name[0] >= '1' && e->d_name[0] <= '9';
        if (is_process && doctor_read(d, doctor_text(d, "/proc/%s/comm", e->d_name), &comm))
            is_found = str_eq(str_trim_fws(comm), str_of(name));
    }
    if (all)
        closedir(all);
    return is_found;
}

static bool has_port(str element, unsigned port)
{
    char text[16];
    snprintf(text, sizeof text, ":%u", port);
    size_t at = str_find_str(element, str_of(text)), n = strlen(text);
    return port && at < element.n &&
           !(at + n < element.n && element.p[at + n] >= '0' && element.p[at + n] <= '9');
}

static bool is_of(struct doctor *d, str element, const struct filter *f)
{
    if (doctor_ours(d, element))
        return false;
    if (str_find_str(element, str_of(f->hint)) < element.n)
        return true;
    return (has_port(element, f->ports[0]) || has_port(element, f->ports[1])) && runs(d, f->name);
}

/* Makes the list without the elements of a filter. ret  false: it has none */
static bool without(struct doctor *d, const struct filter *f, str list, str *rest)
{
    struct out o;
    bool is_found = false;
    out_init(&o, &d->arena);
    for (str e = doctor_element(&list); e.n; e = doctor_element(&list)) {
        if (is_of(d, e, f)) {
            is_found = true;
            continue;
        }
        out_z(&o, o.n ? ", " : "");
        out_str(&o, e);
    }
    *rest = out_done(&o);
    return is_found;
}

/* What it was told becomes a file of ours beside the configuration. */
static void run_import(struct doctor *d, const char *option, const char *file, const char *name)
{
    const char *config = doctor_config_file(d), *slash = strrchr(config, '/');
    if (option == NULL || access(file, R_OK) != 0)
        return;
    const char *folder = doctor_text(d, "%.*sconf.d", slash ? (int)(slash + 1 - config) : 0, config);
    const char *quoted = doctor_quoted(d, folder);
    doctor_run(d, "mkdir -p %s && ingam config import %s %s >%s/%s.conf", quoted, option, file, quoted, name);
    doctor_run(d, "ingam config check %s", doctor_quoted(d, config));
    doctor_run_reload(d);
}

static void run_set(struct doctor *d, const char *name, str value)
{
    const char *setting = doctor_text(d, "%s = %.*s", name, (int)value.n, (const char *)value.p);
    doctor_run(d, "postconf%s -e %s", doctor_postconf_words(d), doctor_quoted(d, setting));
}

static void run_away(struct doctor *d, const char *service)
{
    doctor_run(d, "postfix%s reload", doctor_postconf_words(d));
    if (access("/run/systemd/system", F_OK) == 0)
        doctor_run(d, "systemctl disable --now %s", service);
}

static void look_at_filter(struct doctor *d, const struct filter *f)
{
    str rests[2];
    bool are_in[2];
    for (size_t i = 0; i < 2; i++)
        are_in[i] = without(d, f, doctor_setting(d, lists[i]), &rests[i]);
    if (!are_in[0] && !are_in[1])
        return;
    doctor_say(d, DOCTOR_NOTE, "other-milter", "Postfix asks %s, too (%s): the same work is done twice",
               f->name, are_in[0] ? lists[0] : lists[1]);
    run_import(d, f->option, f->file, f->name);
    for (size_t i = 0; i < 2; i++)
        if (are_in[i])
            run_set(d, lists[i], rests[i]);
    run_away(d, f->name);
}

/* Modules of rspamd that do our work, and are not switched off. */
static void look_at_rspamd(struct doctor *d)
{
    static const char *const modules[] = {"spf", "dkim", "dkim_signing", "arc", "dmarc"};
    static const struct filter rspamd = {"rspamd", "rspamd", {11332, 0}, NULL, NULL};
    str rest;
    bool is_said = false;
    if (!without(d, &rspamd, doctor_setting(d, lists[0]), &rest) &&
        !without(d, &rspamd, doctor_setting(d, lists[1]), &rest))
        return;
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        const char *file = doctor_text(d, "/etc/rspamd/local.d/%s.conf", modules[i]);
        str text;
        if (doctor_read(d, file, &text) && str_find_str(text, S("enabled = false")) < text.n)
            continue;
        if (!is_said)
            doctor_say(
                d, DOCTOR_NOTE, "other-rspamd",
                "Postfix asks rspamd, too: its modules for SPF, DKIM, ARC and DMARC do our work again");
        is_said = true;
        doctor_run(d, "echo 'enabled = false;' >>%s", file);
    }
    if (is_said)
        doctor_run(d, "rspamadm configtest && systemctl restart rspamd");
}

/* check_policy_service with a socket that is SPF's, in a list of restrictions. */
static bool without_spf(struct doctor *d, str list, str *rest)
{
    struct out o;
    bool is_found = false;
    out_init(&o, &d->arena);
    for (str e = doctor_element(&list); e.n; e = doctor_element(&list)) {
        str ahead = list, next = doctor_element(&ahead);
        bool is_spf = str_eq(e, S("check_policy_service")) && str_find_str(next, S("spf")) < next.n;
        if (is_spf) {
            is_found = true;
            list = ahead;
            continue;
        }
        out_z(&o, o.n ? (str_eq(e, S("check_policy_service")) ? ", " : " ") : "");
        out_str(&o, e);
    }
    *rest = out_done(&o);
    return is_found;
}

static void look_at_policyd(struct doctor *d)
{
    static const char *const names[] = {"smtpd_client_restrictions",     "smtpd_helo_restrictions",
                                        "smtpd_sender_restrictions",     "smtpd_recipient_restrictions",
                                        "smtpd_relay_restrictions",      "smtpd_data_restrictions",
                                        "smtpd_end_of_data_restrictions"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        str rest;
        if (!without_spf(d, doctor_setting(d, names[i]), &rest))
            continue;
        doctor_say(
            d, DOCTOR_NOTE, "other-policyd",
            "Postfix asks a policy service for SPF (%s): mail may be refused before DMARC is looked at",
            names[i]);
        run_import(d, "--policyd-spf", "/etc/postfix-policyd-spf-python/policyd-spf.conf", "policyd-spf");
        run_set(d, names[i], rest);
        doctor_run(d, "postfix%s reload", doctor_postconf_words(d));
    }
}

static void look_at_amavis(struct doctor *d)
{
    static const char file[] = "/etc/amavis/conf.d/50-user";
    str filter = doctor_setting(d, "content_filter"), text;
    if (str_find_str(filter, S("amavis")) == filter.n ||
        (doctor_read(d, file, &text) && str_find_str(text, S("$enable_dkim_verification = 0")) < text.n))
        return;
    doctor_say(d, DOCTOR_NOTE, "other-amavis",
               "mail goes through amavis, which verifies and may sign DKIM itself");
    doctor_write(d, file, "$enable_dkim_verification = 0; $enable_dkim_signing = 0;");
    doctor_run(d, "systemctl restart amavis");
}

/* Exim and Sendmail: what their configuration names. */
static void look_in_text(struct doctor *d)
{
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (str_find_str(d->mta.settings, str_of(filters[i].hint)) == d->mta.settings.n)
            continue;
        doctor_say(d, DOCTOR_NOTE, "other-milter", "the mail server's configuration names %s, too",
                   filters[i].name);
        run_import(d, filters[i].option, filters[i].file, filters[i].name);
        doctor_run(d, "systemctl disable --now %s", filters[i].name);
    }
}

void doctor_others(struct doctor *d)
{
    const struct doctor_finding *before = d->now;
    if (d->mta.kind == DOCTOR_NO_MTA)
        return;
    if (d->mta.kind != DOCTOR_POSTFIX) {
        look_in_text(d);
    } else {
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
            look_at_filter(d, &filters[i]);
        look_at_rspamd(d);
        look_at_policyd(d);
        look_at_amavis(d);
    }
    if (d->now == before)
        doctor_say(d, DOCTOR_OK, "other-none", "the mail server asks nobody else about SPF, DKIM or DMARC");
}
