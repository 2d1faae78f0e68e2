/* SPDX-License-Identifier: BSD-2-Clause */
/* Postfix: does it ask us, for all mail, and what does it do while we are away? */
#include "cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>

static const str blanks = S_INIT(", \t\n");

str doctor_element(str *list)
{
    while (list->n && str_find(blanks, list->p[0]) < blanks.n)
        *list = str_from(*list, 1);
    size_t n = 0;
    bool is_braced = list->n && list->p[0] == '{';
    while (n < list->n && (is_braced ? list->p[n] != '}' : str_find(blanks, list->p[n]) == blanks.n))
        n++;
    str element = str_first(*list, n + (is_braced && n < list->n));
    *list = str_from(*list, element.n);
    return element;
}

/* --- Is this socket ours? --------------------------------------------------------------------------------- */

/* The address alone, without braces and what else stands in them. */
static str bare(str element)
{
    if (element.n && element.p[0] == '{') {
        element = str_from(element, 1);
        element = doctor_element(&element);
    }
    return element;
}

static bool is_same_file(const char *one, const char *two)
{
    struct stat a, b;
    if (strcmp(one, two) == 0)
        return true;
    return stat(one, &a) == 0 && stat(two, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool is_our_path(struct doctor *d, str path, const struct conf_listen *l)
{
    const char *queue = d->mta.queue ? d->mta.queue : "";
    bool is_below = path.n && path.p[0] != '/', is_locked = d->mta.is_locked && path.n && path.p[0] == '/';
    const char *whole = doctor_text(d, "%s%s%.*s", is_below || is_locked ? queue : "", is_below ? "/" : "",
                                    (int)path.n, (const char *)path.p);
    return l->family == CONF_UNIX && is_same_file(whole, l->path);
}

static bool is_our_port(str host, str port, const struct conf_listen *l)
{
    struct ip ip, any = {.is_v6 = l->ip.is_v6};
    uint64_t number = 0;
    if (l->family != CONF_INET || !str_to_uint(port, 65535, &number) || number != l->port)
        return false;
    if (host.n > 1 && host.p[0] == '[')
        host = str_from(str_first(host, host.n - 1), 1);
    if (str_eq_nocase(host, S("localhost")))
        host = l->ip.is_v6 ? S("::1") : S("127.0.0.1");
    if (!ip_read(host, &ip) || ip.is_v6 != l->ip.is_v6)
        return false;
    return memcmp(ip.bytes, l->ip.bytes, sizeof ip.bytes) == 0 ||
           memcmp(any.bytes, l->ip.bytes, sizeof any.bytes) == 0;
}

const struct conf_listen *doctor_ours(struct doctor *d, str element)
{
    element = bare(element);
    str rest = str_from(element, str_find(element, ':') + 1);
    size_t colon = str_find_last(rest, ':');
    bool is_unix = str_starts(element, S("unix:")) || str_starts(element, S("local:"));
    for (size_t i = 0; d->conf && i < d->conf->listen_n; i++) {
        const struct conf_listen *l = &d->conf->listens[i];
        if (is_unix ? is_our_path(d, rest, l)
                    : is_our_port(str_first(rest, colon), str_from(rest, colon + 1), l))
            return l;
    }
    return NULL;
}

static str find_ours(struct doctor *d, str list)
{
    for (str e = doctor_element(&list); e.n; e = doctor_element(&list))
        if (doctor_ours(d, e))
            return e;
    return S("");
}

/* --- What Postfix is told --------------------------------------------------------------------------------- */

static void run_reload(struct doctor *d)
{
    doctor_run(d, "postfix%s reload", doctor_postconf_words(d));
}

/* What becomes of mail while we do not answer: of our own element, or of all. */
static str action_of(const struct doctor *d, str element)
{
    static const str word = S_INIT("default_action");
    size_t at = str_find_str(element, word);
    if (at == element.n)
        return doctor_setting(d, "milter_default_action");
    str rest = str_trim_fws(str_from(element, at + word.n));
    rest = str_trim_fws(str_from(rest, rest.n && rest.p[0] == '='));
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '}' && str_find(blanks, rest.p[n]) == blanks.n)
        n++;
    return str_first(rest, n);
}

static void look_at_action(struct doctor *d, str element)
{
    str action = action_of(d, element);
    if (str_eq(action, S("accept")) || str_eq(action, S("tempfail"))) {
        doctor_say(d, DOCTOR_OK, "mta-told", "Postfix asks us by %.*s; while we do not answer mail %s",
                   (int)bare(element).n, (const char *)bare(element).p,
                   str_eq(action, S("accept")) ? "passes unmarked" : "waits at the sender's");
        return;
    }
    doctor_say(d, DOCTOR_WRONG, "mta-action", "while the daemon does not answer Postfix would \"%.*s\" mail",
               (int)action.n, (const char *)action.p);
    doctor_run_setup(d);
}

static void look_at_lists(struct doctor *d)
{
    static const char *const lists[] = {"smtpd_milters", "non_smtpd_milters"};
    static const char *const whose[] = {"comes by SMTP", "is submitted here"};
    bool is_missing = false;
    for (size_t i = 0; i < 2 && !is_missing; i++) {
        is_missing = find_ours(d, doctor_setting(d, lists[i])).n == 0;
        if (is_missing) {
            doctor_say(d, DOCTOR_WRONG, "mta-not-told", "Postfix does not ask us about mail that %s (%s)",
                       whose[i], lists[i]);
            doctor_run_setup(d);
        }
    }
    if (!is_missing)
        look_at_action(d, find_ours(d, doctor_setting(d, lists[0])));
}

/* postconf -P takes no blanks in a value; a list that has to have some is for an editor. */
static void run_add(struct doctor *d, str service, str list, str ours)
{
    struct out o;
    out_init(&o, &d->arena);
    for (str e = doctor_element(&list); e.n; e = doctor_element(&list)) {
        out_str(&o, e);
        out_byte(&o, ',');
    }
    out_str(&o, bare(ours));
    str whole = out_done(&o);
    if (str_find(whole, '{') < whole.n) {
        doctor_write(d, doctor_text(d, "%s/master.cf", d->mta_config ? d->mta_config : "/etc/postfix"),
                     "  -o { smtpd_milters = %.*s }", (int)whole.n, (const char *)whole.p);
    } else {
        const char *setting = doctor_text(d, "%.*s/smtpd_milters=%.*s", (int)service.n,
                                          (const char *)service.p, (int)whole.n, (const char *)whole.p);
        doctor_run(d, "postconf%s -P %s", doctor_postconf_words(d), doctor_quoted(d, setting));
    }
    run_reload(d);
}

/* Services that have a list of their own: "submission/inet/smtpd_milters = ..." */
static void look_at_services(struct doctor *d)
{
    str text = d->mta.overrides, line;
    while (doctor_line(&text, &line)) {
        size_t at = str_find_str(line, S("/smtpd_milters"));
        str list = str_trim_fws(str_from(line, str_find(line, '=') + 1));
        str ours = find_ours(d, doctor_setting(d, "smtpd_milters"));
        if (at == line.n || ours.n == 0 || str_starts(list, S("$")) || find_ours(d, list).n)
            continue;
        doctor_say(d, DOCTOR_NOTE, "mta-service",
                   "mail of the service %.*s goes past us: it has a list of its own", (int)at,
                   (const char *)line.p);
        run_add(d, str_first(line, at), list, ours);
    }
}

static void look_at_protocol(struct doctor *d)
{
    uint64_t version = 0;
    str text = doctor_setting(d, "milter_protocol");
    if (text.n == 0 || !str_to_uint(str_first(text, 1), 9, &version) || version >= 6)
        return;
    doctor_say(d, DOCTOR_NOTE, "mta-protocol",
               "milter_protocol is %.*s: each message takes more round trips, and macros may lack",
               (int)text.n, (const char *)text.p);
    doctor_run(d, "postconf%s -e 'milter_protocol = 6'", doctor_postconf_words(d));
    run_reload(d);
}

void doctor_postfix(struct doctor *d)
{
    look_at_lists(d);
    look_at_services(d);
    look_at_protocol(d);
}
