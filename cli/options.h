/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that check, mark and spf share, as rows for args_read. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/args.h"
#include "cli/screen.h"
#include <ingam/ingam.h>

enum { TRUSTED_MAX = 64 };
enum view { VIEW_TABLE, VIEW_BRIEF, VIEW_EXPLAIN, VIEW_JSON };

struct options {
    const char *ip, *helo, *mail_from; /* NULL: not given; mail_from as written */
    const char *authserv_id;           /* NULL: the name of this host */
    const char *zone;                  /* --dns; NULL: the real DNS */
    const char *resolver;
    bool has_dnssec;
    double timeout_s; /* 0: the library's own */
    bool has_at;
    int64_t at_s;
    struct ingam_policy policy;
    ingam_str trusted[TRUSTED_MAX]; /* --trust-arc; policy points here */
    enum view view;
    enum color color;
    bool with_received_spf;
};

/* Groups of rows; `into` is a struct options. */
extern const struct arg options_envelope[];
extern const struct arg options_dns[];
extern const struct arg options_policy[];
extern const struct arg options_view[];
extern const struct arg options_json[]; /* --json alone */
extern const struct arg options_mark[];

/* Fills what stands when nothing is given. */
void options_default(struct options *o);

#endif
