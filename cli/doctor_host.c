/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine itself brings: a clock that is right, names that others know, descriptors. */
#include "cli/doctor.h"

#include "cli/program.h"

#include "base/ip.h"
#include "cli/control.h"
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum { YEAR_MIN = 2025, YEAR_MAX = 2100, OTHER_FILES = 1024, ADDRESSES_MAX = 8 };

/* --- Clock ------------------------------------------------------------------------------------------------ */

static void run_sync(struct doctor *d)
{
    if (access("/run/systemd/system", F_OK) == 0 && program_exists("timedatectl"))
        doctor_run(d, "timedatectl set-ntp true");
    else
        doctor_run(d, program_exists("chronyd") ? "chronyd" : "apt-get install chrony");
}

void doctor_clock(struct doctor *d)
{
    struct timex t = {0};
    struct tm now;
    time_t at = time(NULL);
    int state = adjtimex(&t);
    int year = gmtime_r(&at, &now) ? now.tm_year + 1900 : 0;
    if (year < YEAR_MIN || year > YEAR_MAX) {
        doctor_say(d, DOCTOR_WRONG, "clock-year",
                   "the clock says it is the year %d: signatures would be taken for expired or not made yet",
                   year);
        run_sync(d);
    } else if (state < 0) {
        doctor_say(d, DOCTOR_OK, "clock-unknown",
                   "the clock says %d-%02d-%02d; whether it is kept right is not to be seen here", year,
                   now.tm_mon + 1, now.tm_mday);
    } else if (t.status & STA_UNSYNC || state == TIME_ERROR) {
        doctor_say(d, DOCTOR_NOTE, "clock-free",
                   "nothing keeps the clock right; t= and x= of signatures depend on it");
        run_sync(d);
    } else {
        doctor_say(d, DOCTOR_OK, "clock-good", "the clock is kept right, to %.1f ms",
                   (double)t.maxerror / 1000);
    }
}

/* --- Names ------------------------------------------------------------------------------------------------ */

static bool is_full(str name)
{
    return str_find(name, '.') < name.n && name.n > 2 && !str_ends_nocase(name, S("localhost")) &&
           !str_ends_nocase(name, S(".localdomain"));
}

static bool is_given(const struct doctor *d)
{
    return d->conf && !str_eq_nocase(d->conf->authserv_id, str_of(d->host));
}

static void look_at_host(struct doctor *d, str server)
{
    if (is_full(str_of(d->host))) {
        doctor_say(d, DOCTOR_OK, "host-name", "this host is %s", d->host);
        return;
    }
    doctor_say(d, DOCTOR_NOTE, "host-short", "the name of this host, \"%s\", is no full name", d->host);
    doctor_run(d, "hostnamectl set-hostname %s",
               is_full(server) ? doctor_quoted(d, doctor_z(d, server)) : "mx.example.org");
}

static void write_id(struct doctor *d, str server)
{
    const char *id = is_full(server)            ? doctor_z(d, server)
                     : is_full(str_of(d->host)) ? d->host
                                                : "mx.example.org";
    doctor_write(d, doctor_config_file(d), "authserv-id = \"%s\"", id);
    doctor_run_reload(d);
}

static void look_at_id(struct doctor *d, str server)
{
    str id = d->conf->authserv_id;
    int n = (int)id.n;
    const char *text = (const char *)id.p;
    if (!is_full(id)) {
        doctor_say(
            d, DOCTOR_WRONG, "id-short",
            "the authserv-id \"%.*s\" could be anybody's: fields under it cannot be told from forged ones", n,
            text);
        write_id(d, server);
    } else if (!is_given(d) && server.n && !str_eq_nocase(id, server)) {
        doctor_say(d, DOCTOR_NOTE, "id-differs",
                   "the authserv-id is %.*s, but the mail server calls itself %.*s", n, text, (int)server.n,
                   (const char *)server.p);
        write_id(d, server);
    } else {
        doctor_say(d, DOCTOR_OK, "id-good", "the authserv-id is %.*s%s", n, text,
                   server.n == 0               ? ""
                   : str_eq_nocase(id, server) ? ", as the mail server calls itself"
                                               : ", set on purpose");
    }
}

/* ret  the world can see it */
static bool is_public(const struct ip *ip)
{
    static const struct {
        const char *net;
        unsigned bits;
    } nets[] = {{"10.0.0.0", 8},    {"127.0.0.0", 8},    {"169.254.0.0", 16},
                {"172.16.0.0", 12}, {"192.168.0.0", 16}, {"100.64.0.0", 10}};
    struct ip net;
    if (ip->is_v6)
        return (ip->bytes[0] & 0xe0) == 0x20;
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (ip_read(str_of(nets[i].net), &net) && ip_in_prefix(ip, &net, nets[i].bits))
            return false;
    return true;
}

static bool address_of(const struct sockaddr *from, struct ip *ip)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    *ip = (struct ip){.is_v6 = from && from->sa_family == AF_INET6};
    if (from == NULL || (!ip->is_v6 && from->sa_family != AF_INET))
        return false;
    if (ip->is_v6) {
        memcpy(&in6, from, sizeof in6);
        memcpy(ip->bytes, &in6.sin6_addr, sizeof in6.sin6_addr);
    } else {
        memcpy(&in, from, sizeof in);
        memcpy(ip->bytes, &in.sin_addr, sizeof in.sin_addr);
    }
    return true;
}

static size_t find_addresses(struct ip list[ADDRESSES_MAX])
{
    struct ifaddrs *all = NULL;
    size_t n = 0;
    if (getifaddrs(&all) != 0)
        return 0;
    for (const struct ifaddrs *i = all; i && n < ADDRESSES_MAX; i = i->ifa_next)
        n += address_of(i->ifa_addr, &list[n]) && is_public(&list[n]);
    freeifaddrs(all);
    return n;
}

/* ret  the name has this address */
static bool leads_back(struct source *s, const char *name, const struct ip *ip)
{
    struct ingam_answer a = {0};
    double ms;
    size_t size = ip->is_v6 ? 16 : 4;
    if (!doctor_question(s, name, ip->is_v6 ? INGAM_RR_AAAA : INGAM_RR_A, &a, &ms))
        return false;
    for (size_t i = 0; i < a.rr_n; i++)
        if (a.rrs[i].data.n == size && memcmp(a.rrs[i].data.p, ip->bytes, size) == 0)
            return true;
    return false;
}

static void look_at_address(struct doctor *d, struct source *s, const struct ip *ip, const char *server)
{
    struct ingam_answer a = {0};
    struct out o;
    double ms;
    out_init(&o, &d->arena);
    ip_write_reverse(&o, ip);
    const char *reverse = doctor_z(d, out_done(&o));
    out_init(&o, &d->arena);
    ip_write(&o, ip);
    const char *text = doctor_z(d, out_done(&o));
    bool is_asked = doctor_question(s, reverse, INGAM_RR_PTR, &a, &ms) && a.status != INGAM_STATUS_FAILED;
    const char *name = is_asked && a.rr_n ? doctor_z(d, a.rrs[0].data) : "";
    if (!is_asked) {
        doctor_say(d, DOCTOR_UNSEEN, "address-unseen", "the name of %s could not be asked for", text);
        doctor_run(d, "dig -x %s", text);
    } else if (*name == 0) {
        doctor_say(d, DOCTOR_NOTE, "address-nameless", "%s has no name: many refuse mail from there", text);
        doctor_write(d, "the zone of the address", "%s. PTR %s.", reverse, server);
    } else if (!leads_back(s, name, ip)) {
        doctor_say(d, DOCTOR_NOTE, "address-half", "%s is called %s, but that name does not lead back", text,
                   name);
        doctor_write(d, "the zone of the name", "%s. %s %s", name, ip->is_v6 ? "AAAA" : "A", text);
    } else {
        doctor_say(d, DOCTOR_OK, "address-named", "%s is %s, both ways", text, name);
    }
}

void doctor_names(struct doctor *d)
{
    struct ip list[ADDRESSES_MAX];
    struct source_error error;
    str server = str_of(d->mta.hostname ? d->mta.hostname : "");
    look_at_host(d, server);
    if (d->conf)
        look_at_id(d, server);
    size_t n = d->dns_is_dead ? 0 : find_addresses(list);
    struct source *s = n ? doctor_source(d, &error) : NULL;
    for (size_t i = 0; s && i < n; i++)
        look_at_address(d, s, &list[i], is_full(server) ? doctor_z(d, server) : d->host);
    source_close(s);
}

/* --- Limits ----------------------------------------------------------------------------------------------- */

/* ret  how many descriptors a process of the daemon may have at most; its own, or what it would get from here */
static uint64_t files_of(struct doctor *d)
{
    static const str row = S_INIT("Max open files");
    const json_t *parent = json_array_get(json_object_get(d->status, "processes"), 0);
    json_int_t pid = json_integer_value(json_object_get(parent, "pid"));
    struct rlimit own = {0};
    uint64_t n = 0;
    str text, line;
    if (pid > 0 && doctor_read(d, doctor_text(d, "/proc/%" JSON_INTEGER_FORMAT "/limits", pid), &text))
        while (doctor_line(&text, &line)) {
            if (!str_starts(line, row))
                continue;
            str hard = str_trim_fws(str_from(line, row.n));
            hard = str_trim_fws(str_from(hard, str_find(hard, ' ')));
            if (str_to_uint(str_first(hard, str_find(hard, ' ')), UINT64_MAX, &n))
                return n;
        }
    return getrlimit(RLIMIT_NOFILE, &own) == 0 ? own.rlim_max : UINT64_MAX;
}

void doctor_limits(struct doctor *d)
{
    uint64_t has = files_of(d), wants = d->conf->limits.sessions + OTHER_FILES;
    if (has >= wants) {
        doctor_say(d, DOCTOR_OK, "limit-files", "a worker may have %zu sessions at once",
                   d->conf->limits.sessions);
        return;
    }
    doctor_say(
        d, DOCTOR_WRONG, "limit-files",
        "a worker may have %zu sessions, but only %llu descriptors: mail would be deferred when many come",
        d->conf->limits.sessions, (unsigned long long)has);
    if (has > 2 * OTHER_FILES)
        doctor_write(d, doctor_config_file(d), "limits { sessions = %llu }",
                     (unsigned long long)(has - OTHER_FILES));
    else
        doctor_run(
            d,
            "mkdir -p /etc/systemd/system/ingamd.service.d && printf '[Service]\\nLimitNOFILE=%llu\\n' "
            ">/etc/systemd/system/ingamd.service.d/files.conf && systemctl daemon-reload",
            (unsigned long long)wants);
    doctor_run_restart(d);
}
