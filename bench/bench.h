/* SPDX-License-Identifier: BSD-2-Clause */
/* bench: what judging and signing costs, beside the peers and beside the bare cryptography.
 *
 * A row is one job done by up to four contestants: we, through the public interface; the peer, through its own; the floor,
 * which is OpenSSL's SHA-256 of the same bytes and the signature operation; and SHA-256 alone. All read the same messages
 * and keys, and get DNS answers from the same list in memory. Contestants take turns, round after round, and what counts is
 * the median of the ratios of one round, in CPU time.
 *
 *   rows.c  the rows    main.c  the rounds    count.c  allocations    world.c  messages, records, keys
 *   ours.c  ours_dmarc.c  we
 *   opendkim.c  spf2.c  opendmarc.c   the peers, one milter's calls each    floor.c  bare OpenSSL */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <ingam/ingam.h>

enum { FIELDS_MAX = 64, RECORDS_MAX = 64, SIGNATURES_MAX = 2, NOW_S = 1788264000 };
#define CLIENT_IP  "192.0.2.1"
#define CLIENT     "mx.author.example"
#define DOMAIN     "author.example"
#define RECEIVER   "mx.rcpt.example"
#define BODY_CHUNK 65535 /* what a milter gets at once */

struct bytes {
    uint8_t *p;
    size_t n;
};
struct mail_field {
    struct bytes whole; /* without the last CRLF */
    size_t name_n;
};
struct mail {
    struct bytes whole, body;
    struct mail_field fields[FIELDS_MAX];
    size_t field_n;
};

enum key_kind { KEY_RSA, KEY_ED25519, KEY_N };

/* What is done. Members that a job does not need are zero. */
struct job {
    const char *file;                   /* in the folder that make.py wrote */
    enum key_kind keys[SIGNATURES_MAX]; /* of the signatures made or verified */
    size_t key_n;
    bool is_cold;       /* ours: without the cache of keys; peers have none */
    bool is_whole;      /* SPF, DKIM, DMARC, Authentication-Results */
    const char *sender; /* MAIL FROM, where only SPF is asked for; its domain, where only DMARC */
    size_t lookups;     /* terms that must have been looked up */
    struct mail *mail;
};
typedef void contestant(const struct job *job);

/* world.c: one program, one world */
struct record {
    ingam_str name;
    struct ingam_rr rr;
    const char *name_z, *text_z;
};
struct world {
    struct record records[RECORDS_MAX];
    size_t record_n;
    struct bytes pem[KEY_N]; /* with a NUL behind */
    const char *folder;
};
extern struct world world;
/* Ends the program with a sentence. */
_Noreturn void give_up(const char *why, const char *what);
void world_read(const char *folder, const char *keys_folder);
/* Reads a message of the folder. */
struct mail *world_mail(const char *file);
/* ret  NULL: there is no such name */
const struct record *world_record(ingam_str name);
/* Looks a question up: TXT only, other types and unknown names do not exist. */
void world_answer(const struct ingam_question *q, struct ingam_answer *out);
ingam_str text(const char *z);

/* Each sets up what lives as long as the program. */
void ours_init(void);
void opendkim_init(void);
void spf2_init(void);
void opendmarc_init(void);
void floor_init(void);

enum who { OURS, PEER, FLOOR, HASH, WHO_N };
struct row {
    const char *name, *peer;
    contestant *by[WHO_N];
    struct job job;
    double target;    /* the peer's time by ours: at least this; 0: none is set */
    double floor_max; /* our time by the floor's: at most this */
    double hash_min;  /* SHA-256's time by ours: at least this */
};

/* rows.c */
extern struct row rows[];
extern const size_t row_n;
/* Reads the row's message. */
void row_ready(struct row *row);
/* Reads messages, records and keys, and starts all libraries. */
void set_up(const char *folder, const char *keys);
/* Ends the program where there is none of that name; WHO is ours, peer, floor or hash. */
struct row *row_named(const char *name);
contestant *contestant_named(const struct row *row, const char *who);

contestant ours_verify, ours_whole, ours_spf, ours_dmarc, ours_sign;
contestant opendkim_verify, opendkim_sign, spf2_check, opendmarc_check, peers_whole;
contestant floor_verify, floor_sign, floor_hash;

#endif
