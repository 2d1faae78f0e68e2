/* SPDX-License-Identifier: BSD-2-Clause */
/* libopendkim, called as its milter calls it: fields, end of header, body chunks, end of message. */
#include "bench.h"

#include <opendkim/dkim.h>
#include <stdio.h>
#include <string.h>

/* What we oversign by default, so that it makes the same signature. */
static const char *names[] = {"from",
                              "to",
                              "cc",
                              "subject",
                              "date",
                              "message-id",
                              "reply-to",
                              "mime-version",
                              "content-type",
                              "content-transfer-encoding",
                              "in-reply-to",
                              "references",
                              "list-unsubscribe",
                              "list-unsubscribe-post",
                              NULL};

static DKIM_LIB *verifier, *signer;

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t n)
{
    char name[512];
    (void)dkim;
    snprintf(name, sizeof name, "%s._domainkey.%s", (char *)dkim_sig_getselector(sig),
             (char *)dkim_sig_getdomain(sig));
    const struct record *found = world_record(text(name));
    if (found == NULL || found->rr.data.n >= n)
        return DKIM_CBSTAT_NOTFOUND;
    memcpy(buf, found->text_z, found->rr.data.n + 1);
    return DKIM_CBSTAT_CONTINUE;
}

void opendkim_init(void)
{
    verifier = dkim_init(NULL, NULL);
    signer = dkim_init(NULL, NULL);
    if (verifier == NULL || signer == NULL)
        give_up("libopendkim", "does not start");
    dkim_set_key_lookup(verifier, look_up);
    if (dkim_options(signer, DKIM_OP_SETOPT, DKIM_OPTS_SIGNHDRS, names, sizeof(char **)) != DKIM_STAT_OK ||
        dkim_options(signer, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS, names, sizeof(char **)) != DKIM_STAT_OK)
        give_up("libopendkim", "an option is refused");
}

static void must(DKIM_STAT stat, const struct job *job, const char *call)
{
    if (stat == DKIM_STAT_OK || stat == DKIM_STAT_NOSIG)
        return;
    char why[256];
    snprintf(why, sizeof why, "libopendkim: %s says %d", call, stat);
    give_up(why, job->file);
}

static void feed(DKIM *dkim, const struct job *job)
{
    const struct mail *m = job->mail;
    for (size_t i = 0; i < m->field_n; i++)
        must(dkim_header(dkim, m->fields[i].whole.p, m->fields[i].whole.n), job, "header");
    must(dkim_eoh(dkim), job, "eoh");
    for (size_t at = 0; at < m->body.n; at += BODY_CHUNK)
        must(dkim_body(dkim, m->body.p + at, m->body.n - at < BODY_CHUNK ? m->body.n - at : BODY_CHUNK), job,
             "body");
    bool is_testing;
    must(dkim_eom(dkim, &is_testing), job, "eom");
}

void opendkim_verify(const struct job *job)
{
    DKIM_STAT stat;
    DKIM *dkim = dkim_verify(verifier, (const u_char *)"bench", NULL, &stat);
    feed(dkim, job);
    DKIM_SIGINFO **sigs = NULL;
    int n = 0;
    must(dkim_getsiglist(dkim, &sigs, &n), job, "getsiglist");
    if ((size_t)n != job->key_n)
        give_up("libopendkim: signatures not found", job->file);
    for (int i = 0; i < n; i++) {
        must(dkim_sig_process(dkim, sigs[i]), job, "sig_process"); /* nothing to do where eom did it */
        if (!DKIM_SIG_CHECK(sigs[i]))
            give_up("libopendkim: does not pass", job->file);
    }
    dkim_free(dkim);
}

static void sign(const struct job *job, enum key_kind kind)
{
    DKIM_STAT stat;
    bool is_rsa = kind == KEY_RSA;
    DKIM *dkim =
        dkim_sign(signer, (const u_char *)"bench", NULL, world.pem[kind].p,
                  (const u_char *)(is_rsa ? "rsa" : "ed"), (const u_char *)DOMAIN, DKIM_CANON_RELAXED,
                  DKIM_CANON_RELAXED, is_rsa ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256, -1, &stat);
    must(stat, job, "sign");
    feed(dkim, job);
    u_char *field = NULL;
    size_t n = 0;
    must(dkim_getsighdr_d(dkim, strlen(DKIM_SIGNHEADER) + 2, &field, &n), job, "getsighdr");
    if (n == 0)
        give_up("libopendkim: does not sign", job->file);
    dkim_free(dkim);
}

/* Its handle makes one signature: for two the message is fed twice, as its milter does. */
void opendkim_sign(const struct job *job)
{
    for (size_t i = 0; i < job->key_n; i++)
        sign(job, job->keys[i]);
}
