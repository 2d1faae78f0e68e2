/* SPDX-License-Identifier: BSD-2-Clause */
/* Lets libopendkim verify messages: opendkim_verify KEYS FILE... The file KEYS holds lines "NAME RECORD". Prints a line for
 * each signature: FILE, algorithm, "pass" or the error. */
#include <stdbool.h>
#include <stddef.h>

#include <opendkim/dkim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char keys[65536];

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t n)
{
    char name[512];
    (void)dkim;
    int name_n = snprintf(name, sizeof name, "%s._domainkey.%s ", (char *)dkim_sig_getselector(sig),
                          (char *)dkim_sig_getdomain(sig));
    for (const char *line = keys; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, name, (size_t)name_n) == 0) {
            snprintf((char *)buf, n, "%.*s", (int)strcspn(line + name_n, "\n"), line + name_n);
            return DKIM_CBSTAT_CONTINUE;
        }
    return DKIM_CBSTAT_NOTFOUND;
}

static size_t slurp(const char *path, char *into, size_t room)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(66);
    }
    size_t n = fread(into, 1, room - 1, file);
    into[n] = 0;
    fclose(file);
    return n;
}

static const char *outcome(DKIM *dkim, DKIM_SIGINFO *sig)
{
    DKIM_STAT stat = dkim_sig_process(dkim, sig);
    unsigned flags = dkim_sig_getflags(sig);
    if (stat == DKIM_STAT_OK && (flags & DKIM_SIGFLAG_PASSED) && dkim_sig_getbh(sig) == DKIM_SIGBH_MATCH)
        return "pass";
    return dkim_sig_geterrorstr(dkim_sig_geterror(sig));
}

static void verify(DKIM_LIB *lib, const char *path)
{
    static char mail[1 << 20];
    size_t n = slurp(path, mail, sizeof mail);
    DKIM_STAT stat;
    DKIM_SIGINFO **sigs = NULL;
    int sig_n = 0;
    DKIM *dkim = dkim_verify(lib, (const u_char *)path, NULL, &stat);
    stat = dkim_chunk(dkim, (u_char *)mail, n);
    if (stat == DKIM_STAT_OK)
        stat = dkim_chunk(dkim, NULL, 0);
    bool testing;
    dkim_eom(dkim, &testing);
    dkim_getsiglist(dkim, &sigs, &sig_n);
    for (int i = 0; i < sig_n; i++) {
        dkim_alg_t algorithm = DKIM_SIGN_UNKNOWN;
        dkim_sig_getsignalg(sigs[i], &algorithm);
        printf("%s %s %s\n", path, algorithm == DKIM_SIGN_RSASHA256 ? "rsa-sha256" : "ed25519-sha256",
               outcome(dkim, sigs[i]));
    }
    dkim_free(dkim);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 64;
    slurp(argv[1], keys, sizeof keys);
    DKIM_LIB *lib = dkim_init(NULL, NULL);
    dkim_set_key_lookup(lib, look_up);
    unsigned long flags = DKIM_LIBFLAGS_VERIFYONE;
    dkim_options(lib, DKIM_OP_GETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    flags &= ~(unsigned long)DKIM_LIBFLAGS_VERIFYONE;
    dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    for (int i = 2; i < argc; i++)
        verify(lib, argv[i]);
    dkim_close(lib);
    return 0;
}
