/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/parent.h"

#include <getopt.h>
#include <ingam/ingam.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_USAGE = 64 };
static const char default_config[] = "/etc/ingam/ingam.conf";

static const char help[] =
    "usage: ingamd [OPTION]...\n"
    "\n"
    "Judges and signs mail beside a mail server.\n"
    "\n"
    "  --config FILE        read this, and conf.d/*.conf beside it (/etc/ingam/ingam.conf)\n"
    "  --foreground         stay in the foreground: for systemd, and for trying\n"
    "  --pidfile FILE       write the process number there\n"
    "  --listen ADDR        serve milter there: unix:PATH, inet:PORT@IP, inet6:PORT@IP, systemd:NAME;\n"
    "                       rspamc:ADDR serves Exim. Repeatable. Without --config no file is read then\n"
    "  --dns ZONEFILE       this file is the whole DNS\n"
    "  --authserv-id ID     who we are in Authentication-Results (the name of this host)\n"
    "  --check              say whether the configuration is good, and end\n"
    "  --version, --help\n"
    "\n"
    "To try it:  ingamd --foreground --listen inet:8891@127.0.0.1\n"
    "The whole story: man ingamd\n";

enum option_id { CONFIG = 1, FOREGROUND, PIDFILE, LISTEN, DNS, AUTHSERV_ID, CHECK, VERSION, HELP };
static const struct option options[] = {
    {"config", required_argument, NULL, CONFIG},
    {"foreground", no_argument, NULL, FOREGROUND},
    {"pidfile", required_argument, NULL, PIDFILE},
    {"listen", required_argument, NULL, LISTEN},
    {"dns", required_argument, NULL, DNS},
    {"authserv-id", required_argument, NULL, AUTHSERV_ID},
    {"check", no_argument, NULL, CHECK},
    {"version", no_argument, NULL, VERSION},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

struct asked {
    struct parent_options parent;
    bool is_check, is_version, is_help;
};

static bool add_listen(struct listen_options *o, const char *address)
{
    if (o->listen_n == LISTEN_MAX) {
        fprintf(stderr, "ingamd: more than %d --listen\n", LISTEN_MAX);
        return false;
    }
    o->listens[o->listen_n++] = address;
    return true;
}

/* ret  false: said what is wrong */
static bool take(struct asked *a, int id)
{
    switch (id) {
    case CONFIG: a->parent.config = optarg; break;
    case FOREGROUND: a->parent.is_foreground = true; break;
    case PIDFILE: a->parent.pidfile = optarg; break;
    case LISTEN: return add_listen(&a->parent.listen, optarg);
    case DNS: a->parent.zone = optarg; break;
    case AUTHSERV_ID: a->parent.listen.authserv_id = optarg; break;
    case CHECK: a->is_check = true; break;
    case VERSION: a->is_version = true; break;
    case HELP: a->is_help = true; break;
    default: fputs("ingamd --help lists the options\n", stderr); return false;
    }
    return true;
}

static bool read_options(struct asked *a, int argc, char **argv)
{
    int id;
    while ((id = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take(a, id))
            return false;
    if (optind < argc) {
        fputs("ingamd: what is this word for? ingamd --help lists the options\n", stderr);
        return false;
    }
    if (a->parent.config == NULL && a->parent.listen.listen_n == 0)
        a->parent.config = default_config;
    a->parent.listen.has_file = a->parent.config != NULL;
    a->parent.listen.to_syslog = !a->parent.is_foreground && !a->is_check;
    return true;
}

int main(int argc, char **argv)
{
    static struct asked a;
    if (!read_options(&a, argc, argv))
        return STATUS_USAGE;
    if (a.is_help) {
        fputs(help, stdout);
        return 0;
    }
    if (a.is_version) {
        printf("ingamd %s\n", ingam_version());
        return 0;
    }
    return a.is_check ? parent_check(&a.parent) : parent_run(&a.parent);
}
