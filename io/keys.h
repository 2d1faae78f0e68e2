/* SPDX-License-Identifier: BSD-2-Clause */
/* keys: the private keys of our domains, and their life.
 *
 * A folder is the whole key table: DIR/DOMAIN/SELECTOR.pem signs for exactly that domain under that selector. Beside the keys
 * of a domain lies one small text, DIR/DOMAIN/state, that says how far each key has come:
 *
 *     new        made; signs nothing
 *     published  the right record was seen on every name server of its zone, CNAMEs followed; signs nothing yet
 *     active     so long has passed that no cache can still hold what stood there before: signs
 *     retiring   signs no more, but mail signed by it may still be on its way, so its record stays
 *     revoked    its record is to be there with an empty p=
 *     gone       its record is to be removed; the private key is deleted
 *
 * What a key becomes is a pure function of that text, what the DNS said, and the time (keys_life.c): no daemon is needed,
 * the step is taken whenever somebody looks. The text changes only whole: written beside, flushed, renamed, and the folder
 * flushed; a crash leaves the old one or the new one.
 *
 *   keys_life.c    what a key becomes           keys_record.c   the record, and whether one that was seen is it
 *   keys_state.c   the text of the state file   keys_store.c    the folders       keys_file.c  modes, owners, atomic writes
 *   keys_sign.c    the keys that sign now       authority.h     what every name server says */
#ifndef IO_KEYS_H
#define IO_KEYS_H

#include "base/base.h"
#include <ingam/sign.h>

enum keys_state { KEYS_NEW, KEYS_PUBLISHED, KEYS_ACTIVE, KEYS_RETIRING, KEYS_REVOKED, KEYS_GONE };
enum { KEYS_STATE_N = KEYS_GONE + 1 };
const char *keys_state_name(enum keys_state state); /* "new" ... */

/* When what happened to a key, in Unix seconds; 0: it has not. */
enum keys_event {
    KEYS_MADE,
    KEYS_SEEN, /* first seen right everywhere */
    KEYS_ACTIVE_SINCE,
    KEYS_RETIRED,
    KEYS_REVOKED_SINCE,
    KEYS_EMPTIED, /* first seen empty, or not at all, everywhere */
    KEYS_GONE_SINCE,
    KEYS_REMOVED, /* first seen gone everywhere */
    KEYS_EVENT_N
};

enum { KEYS_SELECTOR_SIZE = 128, KEYS_MAX = 256 };

struct keys_entry {
    char selector[KEYS_SELECTOR_SIZE];
    enum ingam_algorithm algorithm;
    uint32_t bits;
    enum keys_state state;
    int64_t at[KEYS_EVENT_N];
    int64_t wait_s; /* how long caches may hold what stood there before the record */
    bool has_file;  /* its private key lies beside the state; not part of the text */
};

/* --- Life ------------------------------------------------------------------------------------------------------------- */

/* What all name servers together say. */
enum keys_sight {
    KEYS_UNSEEN,  /* not asked, or some server did not answer and none said otherwise */
    KEYS_ABSENT,  /* there is no record */
    KEYS_DIFFERS, /* another record, or not the same everywhere */
    KEYS_RIGHT,   /* the record of this key, everywhere */
    KEYS_EMPTY    /* an empty p=, everywhere */
};
struct keys_seen {
    enum keys_sight sight;
    int64_t wait_s; /* RIGHT: the longer of TTL and negative TTL */
};

struct keys_times {
    int64_t flight_s; /* how long mail may be on its way, or wait to be judged */
    int64_t empty_s;  /* how long an empty p= stands before the record is removed */
};
enum { KEYS_FLIGHT_S = 7 * 86400, KEYS_EMPTY_S = 30 * 86400 };

/* What a key waits for now. */
enum keys_wait {
    KEYS_WAITS_NOT,      /* active, or all over */
    KEYS_WAITS_RECORD,   /* new: for its record to be everywhere */
    KEYS_WAITS_CACHES,   /* published: until a moment */
    KEYS_WAITS_FLIGHT,   /* retiring: until a moment */
    KEYS_WAITS_EMPTYING, /* revoked: for the empty p= to be everywhere */
    KEYS_WAITS_EMPTY,    /* revoked: until a moment */
    KEYS_WAITS_REMOVAL   /* gone: for the record to be nowhere */
};

struct keys_step {
    struct keys_entry entry; /* what the key is from now on */
    enum keys_wait wait;
    int64_t until_s; /* CACHES, FLIGHT, EMPTY */
    bool is_alarm;   /* active or retiring, and its record is not what it must be: signatures of it fail */
};
struct keys_step keys_step(const struct keys_entry *e, struct keys_seen seen, int64_t now_s,
                           const struct keys_times *times);

/* Takes a key out of use.
 * in   is_leaked  somebody else may have it: no grace for mail on its way
 * ret  false: it is revoked or gone already, or retiring and not leaked; nothing changed */
bool keys_retire(struct keys_entry *e, int64_t now_s, bool is_leaked);

/* What is due in a domain: at most one new key for each algorithm, and old ones that have a successor. */
struct keys_plan {
    bool makes[2];  /* by enum ingam_algorithm */
    size_t like[2]; /* the key whose successor it is */
    bool retires[KEYS_MAX];
};
/* in   every_s  a key that has been active for so long gets a successor; 0: any */
void keys_plan(const struct keys_entry *list, size_t n, int64_t now_s, int64_t every_s,
               struct keys_plan *plan);
/* ret  index of the active key of this algorithm that signs (the youngest), or n */
size_t keys_signer(const struct keys_entry *list, size_t n, enum ingam_algorithm algorithm);

/* --- The record --------------------------------------------------------------------------------------------------------- */

/* Writes what is to be published: "v=DKIM1; k=rsa; p=...".                                       [RFC6376 3.6.1]
 * in   p  empty: the record of a revoked key */
void keys_record_write(struct out *o, enum ingam_algorithm algorithm, str p);
/* Compares a record that was seen with the key: what its tags say counts, not how they are written.
 * in   p  base64, as ingam_private_key_record writes it; empty: nothing is right but an empty one
 * ret  KEYS_RIGHT, KEYS_EMPTY or KEYS_DIFFERS */
enum keys_sight keys_record_judge(struct arena *a, str record, enum ingam_algorithm algorithm, str p);

/* --- The text of the state file ------------------------------------------------------------------------------------------ */

void keys_state_write(struct out *o, const struct keys_entry *list, size_t n);
/* ret  0: read; else the line in which something is wrong, and *why says what */
size_t keys_state_read(str text, struct keys_entry list[KEYS_MAX], size_t *n, const char **why);

/* --- The folders ---------------------------------------------------------------------------------------------------------- */

/* One sentence for a person, with the command that mends it where there is one. */
struct keys_error {
    char text[1024];
};

/* The keys of one domain, read whole. */
struct keys_domain {
    char domain[256];
    const char *root; /* as given */
    int dir;          /* open folder; it is locked where it was opened for changing */
    struct keys_entry list[KEYS_MAX];
    size_t n;
    bool is_changed; /* keys lie here that the state file did not know */
};

enum keys_got {
    KEYS_OK,
    KEYS_NONE,    /* there is no such folder */
    KEYS_REFUSED, /* a mode, an owner, a file that is no key, a state file that makes no sense: error says it */
    KEYS_TROUBLE /* the system said no */
};
enum keys_use {
    KEYS_LOOK,   /* only reads; sees the state before or after a change, never half of it */
    KEYS_CHANGE, /* waits until nobody else changes it */
    KEYS_CREATE  /* the same, and makes the folders where they are missing */
};
/* in   domain  A-labels, lower case
 * out  d       close it also after a failure */
enum keys_got keys_open(const char *root, str domain, enum keys_use use, struct keys_domain *d,
                        struct keys_error *error);
void keys_close(struct keys_domain *d);
/* Writes the state file, whole or not at all; deletes the private keys of those that are gone. */
enum keys_got keys_save(struct keys_domain *d, struct keys_error *error);
/* ret  index, or d->n */
size_t keys_find(const struct keys_domain *d, const char *selector);
/* Reads a private key; the caller frees it. */
enum keys_got keys_load(const struct keys_domain *d, const char *selector, struct ingam_private_key **key,
                        struct keys_error *error);
/* Puts a key into the folder, mode 0600, never over another one, and into the list as new. Call keys_save. */
enum keys_got keys_put(struct keys_domain *d, const char *selector, str pem, int64_t now_s,
                       struct keys_error *error);
/* ret  a selector: labels of letters, digits, "-" and "_" */
bool keys_selector_is_good(const char *selector);
/* Makes a selector from a template: %Y %m %d %H %M are those of the time, %a the algorithm ("rsa", "ed25519").
 * ret  false: it makes no good selector */
bool keys_selector_make(const char *template, enum ingam_algorithm algorithm, int64_t now_s,
                        char selector[KEYS_SELECTOR_SIZE]);

/* The domains that have a folder, sorted; names live in the arena. */
enum keys_got keys_domains(const char *root, struct arena *a, const char ***names, size_t *n,
                           struct keys_error *error);

/* --- Signing ---------------------------------------------------------------------------------------------------------------- */

/* The keys that sign for a domain now: the youngest active one of each algorithm, RSA first. */
struct keys_signing {
    struct {
        char selector[KEYS_SELECTOR_SIZE];
        struct ingam_private_key *key;
    } list[2];
    size_t n; /* 0: nothing may sign yet */
};
/* ret  KEYS_OK also where n is 0; free in any case */
enum keys_got keys_signing(const char *root, str domain, struct keys_signing *s, struct keys_error *error);
void keys_signing_free(struct keys_signing *s);

#endif
