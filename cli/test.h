/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam test inbound: probes go through the mail server, while the daemon knows a zone of our own, and what came out is compared with
 * what should have.
 *
 *   test.c         the command: options, the order of things      test_probe.c  the probes, their zone, their signatures
 *   test_send.c    SMTP                                            test_box.c    what was delivered
 *   test_judge.c   what should have come out                       test_show.c   for people, for programs */
#ifndef CLI_TEST_H
#define CLI_TEST_H

#include "base/base.h"
#include "conf/conf.h"
#include <jansson.h>

#define TRIAL_NAME "ingam-trial.test" /* as the daemon has it */
enum { PROBE_N = 6, WHYS_MAX = 6, MARK_SIZE = 64, REPLY_SIZE = 512 };

/* What a probe is, and what should come out. */
enum probe_policy { POLICY_NONE, POLICY_REJECT, POLICY_QUARANTINE };
struct probe_plan {
    const char *name, *about;
    const char *label; /* of its domain below TRIAL_NAME */
    bool is_signed, is_changed, has_forged_results, has_null_sender;
    const char *spf, *dkim, *dmarc;
    enum probe_policy policy; /* which DMARC policy it breaks */
};
extern const struct probe_plan probe_plans[PROBE_N];

struct probe {
    const struct probe_plan *plan;
    char mark[MARK_SIZE]; /* its X-Ingam-Trial field */
    str domain, mail_from, message;
    int code; /* the server's last reply */
    char reply[REPLY_SIZE];
    const json_t *decision; /* NULL: the daemon never saw it */
    str delivered;          /* its header, LF line ends; empty: not found, or not looked for */
    enum ingam_mode mode;   /* of the policy that should stand for it */
    enum ingam_disposition wanted, wanted_now; /* what enforcing makes of it; what is done in that mode */
    str whys[WHYS_MAX];                        /* what is wrong */
    size_t why_n;
};

struct test_options {
    const char *to, *smtp, *maildir, *mbox, *config;
    bool is_json;
};

struct test {
    struct test_options options;
    struct arena arena;
    struct conf *conf;
    bool is_box_guessed;
    size_t mbox_at; /* how large the mbox was before */
    int64_t since_s;
    struct probe probes[PROBE_N];
    json_t *results;
};

/* --- test_probe.c --- */
struct ingam_private_key;
/* Makes the probes and their zone. ret empty: no memory */
str probes_make(struct test *t);

/* --- test_send.c --- */
bool sending_begins(void);
void sending_ends(void);
/* ret  false: the server cannot be talked to; said why */
bool send_probe(struct test *t, struct probe *p);

/* --- test_box.c --- */
/* Chooses the place to look at, where none was given, and remembers what it holds. */
void box_find(struct test *t);
/* Waits a while for what was accepted. */
void box_read(struct test *t);

/* --- test_judge.c --- */
/* Before anything is sent. */
void judge_plan(struct test *t);
void judge_probe(struct test *t, struct probe *p);
/* ret  the mail server is to deliver it, and nothing holds it back */
bool judge_is_to_come(const struct probe *p);

/* --- test_show.c --- */
void test_show(struct test *t);
void test_show_json(struct test *t);

#endif
