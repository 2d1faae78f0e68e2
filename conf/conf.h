/* SPDX-License-Identifier: BSD-2-Clause */
/* conf: what an operator wrote, read into one immutable snapshot.
 *
 * The text is ingam.conf and conf.d/NAME.conf, read by libconfuse from memory. Who opens the files is another's business
 * (conf_load), so that a worker, which can open none, reads the same texts that its parent has read, and comes to the same
 * snapshot. A snapshot never changes: a reload makes a new one, and messages keep theirs (conf_hold, conf_drop; one thread).
 *
 * An error names file, line and what was expected, and for an unknown word the nearest known one. A text with one error gives no
 * snapshot at all.
 *
 *   conf.h       the snapshot            words.c    the known words, for the reader, the suggestions and the manual
 *   read.c ...   texts -> snapshot       load.c     files -> texts
 *   show.c       snapshot -> text        import_*.c other programs' files -> our text */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/base.h"
#include "base/ip.h"
#include <ingam/ingam.h>

struct conf_text {
    const char *name; /* as errors show it: "/etc/ingam/ingam.conf" */
    str text;
};
struct conf_error {
    char text[1024]; /* "ingam.conf:12: unknown word \"listn\"; did you mean \"listen\"?" */
};

/* Domain patterns: "example.org" is that name, ".example.org" all below it, "*" any; A-labels, lower case. */
struct conf_names {
    const str *list;
    size_t n;
};
/* ret  one of the patterns fits; an empty list fits nothing */
bool conf_names_fit(const struct conf_names *names, str domain);

struct conf_net {
    struct ip ip;
    unsigned bits;
};
struct conf_nets {
    const struct conf_net *list;
    size_t n;
};
bool conf_nets_hold(const struct conf_nets *nets, const struct ip *ip);

enum conf_front { CONF_MILTER, CONF_RSPAMC };
enum conf_family { CONF_UNIX, CONF_INET, CONF_ACTIVATED };
/* listen "unix:/run/ingam/milter" | "inet:8891@127.0.0.1" | "inet6:8891@::1" | "systemd:NAME" { front = milter ... } */
struct conf_listen {
    const char *address; /* as written */
    enum conf_family family;
    const char *path; /* UNIX: path; ACTIVATED: the name of the socket */
    struct ip ip;     /* INET */
    uint16_t port;
    enum conf_front front;
    bool is_submission; /* what comes in here is our users' */
    const char *group;  /* UNIX: group of the socket; NULL: the daemon's */
    unsigned mode;      /* UNIX: 0660 */
};

/* Which mail is ours: one of these must hold. Never by From alone. */
struct conf_sign {
    const char *keys;          /* folder of keys, as `ingam key` keeps it; NULL: nothing is signed */
    struct conf_names domains; /* which domains we sign for; empty: every one that has a folder */
    bool by_authenticated;     /* the client gave a name and a password (default yes) */
    bool by_local; /* sendmail(1), the mail server's own notices: no client address (default yes) */
    struct conf_nets clients; /* trusted clients */
    bool for_subdomains;      /* mail of a.example.org may be signed by example.org */
    int64_t expire_s;         /* x=; 0: none */
    str headers;              /* "from:to:subject"; empty: the default list */
    struct conf_names seals;  /* recipient domains whose mail gets an ARC set; empty: none */
    str seal_domain;          /* d= of the seals */
};

enum conf_mode { CONF_OBSERVE, CONF_ENFORCE };
enum conf_quarantine {
    CONF_TAG,
    CONF_HOLD
}; /* TAG: a field X-Ingam-Action; HOLD: the mail server's quarantine */
/* policy "NAME" { author = {..} recipient = {..} mode = .. }: the first that fits stands, then the default. */
struct conf_policy {
    const char *name;
    struct conf_names author, recipient; /* empty: any */
    enum ingam_mode mode;
    enum ingam_disposition on_reject;     /* DMARC failed under p=reject: quarantine */
    enum ingam_disposition on_quarantine; /* under p=quarantine: quarantine */
    enum ingam_disposition on_temperror;  /* defer */
    enum ingam_disposition on_no_author;  /* reject */
    enum conf_quarantine quarantine;      /* tag */
    bool allows_partial_body;
};

enum conf_trust_kind { CONF_TRUST_ARC, CONF_TRUST_DKIM, CONF_TRUST_HOST, CONF_TRUST_ADDRESS };
/* trust "NAME" { arc|dkim|host|address = {..} author = {..} recipient = {..} effect = accept|quarantine until = 2027-01-31 } */
struct conf_trust {
    const char *name;
    enum conf_trust_kind kind;
    struct conf_names names;             /* ARC, DKIM, HOST */
    struct conf_nets nets;               /* ADDRESS */
    struct conf_names author, recipient; /* scope; empty: any */
    enum ingam_disposition
        effect;      /* what becomes of mail that DMARC would treat worse: ACCEPT or QUARANTINE */
    int64_t until_s; /* 0: for ever */
};

enum conf_way { CONF_DNS_SYSTEM, CONF_DNS_FORWARD, CONF_DNS_RECURSE };
enum conf_log_to { CONF_LOG_STDERR, CONF_LOG_SYSLOG, CONF_LOG_JOURNAL }; /* JOURNAL: by standard error */
enum conf_log_form { CONF_LOG_TEXT, CONF_LOG_JSON };
enum conf_level { CONF_ERROR, CONF_WARNING, CONF_NOTICE, CONF_INFO, CONF_DEBUG };
enum conf_trouble {
    CONF_DEFER,
    CONF_UNMARKED
}; /* we could not judge: 451, or let it pass without our header */

struct conf {
    str authserv_id;     /* default: the host's name */
    const char *user;    /* to run as where started as root; NULL: stay */
    unsigned workers;    /* 0: one per core */
    const char *control; /* path of the control socket; NULL: none */
    const char *metrics; /* "127.0.0.1:9163"; NULL: none */
    bool adds_received_spf;
    struct conf_listen *listens;
    size_t listen_n;
    struct conf_sign sign;
    struct conf_policy *policies; /* in order; the last is the default, which always fits */
    size_t policy_n;
    struct conf_trust *trusts;
    size_t trust_n;
    struct {
        enum conf_way way;
        const char *forward;     /* "ADDR" or "ADDR@PORT" */
        const char *anchor_file; /* NULL: no DNSSEC, but with recurse */
        uint64_t question_ms;    /* 5,000 */
        size_t cache_bytes;      /* 4 MiB */
    } resolver;
    struct {
        uint64_t message_ms;          /* 8,000: the verdict stands then */
        uint64_t idle_ms;             /* 600,000: a connection on which nothing comes */
        uint64_t packet_ms;           /* 60,000: a packet that has begun must be whole */
        size_t sessions;              /* 2,048 connections a worker */
        uint64_t drain_ms;            /* 30,000: after SIGTERM */
        enum conf_trouble on_trouble; /* defer */
        struct ingam_limits message;
    } limits;
    struct {
        enum conf_log_to to;
        enum conf_log_form form;
        enum conf_level level; /* info: a line a message */
    } log;

    unsigned holds; /* private */
    void *memory;   /* private */
};

/* in   host  name of this host, for what is left out
 * ret  held once; NULL: error says why */
struct conf *conf_read(const struct conf_text *texts, size_t n, const char *host, struct conf_error *error);
struct conf *conf_hold(struct conf *c);
void conf_drop(struct conf *c); /* NULL: nothing */
/* What stands where nothing was written; one text that says all defaults is conf_show of it. */
void conf_show(struct out *o, const struct conf *c);

/* The files' texts: PATH, then the .conf files of the folder conf.d beside it, by name.
 * ret  false: error. conf_texts_free in any case */
enum { CONF_TEXTS_MAX = 256, CONF_TEXT_BYTES = 1 << 20 };
struct conf_texts {
    struct conf_text list[CONF_TEXTS_MAX];
    size_t n;
};
bool conf_load(const char *path, struct conf_texts *texts, struct conf_error *error);
void conf_texts_free(struct conf_texts *texts);

/* The policy and trust for one message: the first policy rule that fits author and recipient. */
const struct conf_policy *conf_policy_for(const struct conf *c, str author_domain, str recipient_domain);

#endif
