/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured, and what is to be reached. */
#include "bench.h"

#include <string.h>

#define RSA     .keys = {KEY_RSA}, .key_n = 1
#define ED25519 .keys = {KEY_ED25519}, .key_n = 1
#define BOTH    .keys = {KEY_RSA, KEY_ED25519}, .key_n = 2
#define VERIFY                                                                                               \
    "libopendkim",                                                                                           \
    {                                                                                                        \
        ours_verify, opendkim_verify, floor_verify, floor_hash                                               \
    }
#define WHOLE                                                                                                \
    "all three",                                                                                             \
    {                                                                                                        \
        ours_whole, peers_whole, floor_verify, floor_hash                                                    \
    }
#define SPF                                                                                                  \
    "libspf2",                                                                                               \
    {                                                                                                        \
        ours_spf, spf2_check, NULL, NULL                                                                     \
    }
#define DMARC                                                                                                \
    "libopendmarc",                                                                                          \
    {                                                                                                        \
        ours_dmarc, opendmarc_check, NULL, NULL                                                              \
    }
#define SIGN                                                                                                 \
    "libopendkim",                                                                                           \
    {                                                                                                        \
        ours_sign, opendkim_sign, floor_sign, floor_hash                                                     \
    }

struct row rows[] = {
    {"verify-2k", VERIFY, {"rsa-2k.eml", RSA}, 6, 0, 0},
    {"verify-2k-cold", VERIFY, {"rsa-2k.eml", RSA, .is_cold = true}, 4.5, 0, 0},
    {"verify-2k-simple", VERIFY, {"simple-2k.eml", RSA}, 0, 0, 0},
    {"verify-2k-ed25519", VERIFY, {"ed25519-2k.eml", ED25519}, 2.3, 0, 0},
    {"verify-2k-double", VERIFY, {"double-2k.eml", BOTH}, 3.8, 0, 0},
    {"verify-100k", VERIFY, {"rsa-100k.eml", RSA}, 6, 0, 0},
    {"verify-100k-simple", VERIFY, {"simple-100k.eml", RSA}, 0, 0, 0},
    {"verify-1m", VERIFY, {"rsa-1m.eml", RSA}, 5.5, 0, 0.8},
    {"verify-1m-attached", VERIFY, {"attached-1m.eml", RSA}, 5.5, 0, 0.8},
    {"verify-1m-simple", VERIFY, {"simple-1m.eml", RSA}, 0, 0, 0.8},
    {"verify-10m", VERIFY, {"rsa-10m.eml", RSA}, 5, 0, 0.8},
    {"verify-10m-attached", VERIFY, {"attached-10m.eml", RSA}, 5, 0, 0.8},
    {"verify-10m-simple", VERIFY, {"simple-10m.eml", RSA}, 0, 0, 0.8},
    {"spf-direct", SPF, {.sender = "a@" DOMAIN}, 2, 0, 0},
    {"spf-3", SPF, {.sender = "a@spf3.example", .lookups = 3}, 5, 0, 0},
    {"spf-9", SPF, {.sender = "a@spf9.example", .lookups = 9}, 7, 0, 0},
    {"dmarc", DMARC, {.sender = DOMAIN, .key_n = 1}, 8, 0, 0},
    {"dmarc-subdomain", DMARC, {.sender = CLIENT, .key_n = 1}, 8, 0, 0},
    {"whole-2k", WHOLE, {"rsa-2k.eml", RSA, .is_whole = true}, 0, 0, 0},
    {"whole-100k", WHOLE, {"rsa-100k.eml", RSA, .is_whole = true}, 0, 0, 0},
    {"whole-1m", WHOLE, {"rsa-1m.eml", RSA, .is_whole = true}, 0, 0, 0},
    {"sign-2k-rsa", SIGN, {"plain-2k.eml", RSA}, 3, 1.05, 0},
    {"sign-100k-rsa", SIGN, {"plain-100k.eml", RSA}, 3, 1.05, 0},
    {"sign-1m-rsa", SIGN, {"plain-1m.eml", RSA}, 3, 1.05, 0},
    {"sign-2k-ed25519", SIGN, {"plain-2k.eml", ED25519}, 9, 0, 0},
    {"sign-100k-ed25519", SIGN, {"plain-100k.eml", ED25519}, 9, 0, 0},
    {"sign-1m-ed25519", SIGN, {"plain-1m.eml", ED25519}, 9, 0, 0},
    {"sign-2k-both", SIGN, {"plain-2k.eml", BOTH}, 0, 0, 0},
    {"sign-100k-both", SIGN, {"plain-100k.eml", BOTH}, 0, 0, 0},
    {"sign-1m-both", SIGN, {"plain-1m.eml", BOTH}, 0, 0, 0},
};
const size_t row_n = sizeof rows / sizeof rows[0];

void row_ready(struct row *row)
{
    if (row->job.file)
        row->job.mail = world_mail(row->job.file);
}

struct row *row_named(const char *name)
{
    for (size_t i = 0; i < row_n; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    give_up("no such row", name);
}

contestant *contestant_named(const struct row *row, const char *name)
{
    static const char *const names[] = {"ours", "peer", "floor", "hash"};
    for (size_t i = 0; i < WHO_N; i++)
        if (strcmp(names[i], name) == 0 && row->by[i])
            return row->by[i];
    give_up("no such contestant", name);
}

void set_up(const char *folder, const char *keys)
{
    world_read(folder, keys);
    ours_init();
    floor_init();
    opendkim_init();
    spf2_init();
    opendmarc_init();
}
