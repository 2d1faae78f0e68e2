/* SPDX-License-Identifier: BSD-2-Clause */
/* What a key becomes: a function of what it was, what the DNS said and the time. */
#include "io/keys.h"

const char *keys_state_name(enum keys_state state)
{
    static const char *const names[] = {"new", "published", "active", "retiring", "revoked", "gone"};
    return names[state];
}

static void becomes(struct keys_step *s, enum keys_state state, enum keys_event event, int64_t now_s)
{
    s->entry.state = state;
    s->entry.at[event] = now_s;
}

/* Nothing signs with a key whose record has not been seen everywhere. */
static bool step_new(struct keys_step *s, struct keys_seen seen, int64_t now_s)
{
    s->wait = KEYS_WAITS_RECORD;
    if (seen.sight != KEYS_RIGHT || !s->entry.has_file)
        return false;
    s->entry.wait_s = seen.wait_s;
    becomes(s, KEYS_PUBLISHED, KEYS_SEEN, now_s);
    return true;
}

/* Caches may hold the absence of the record, or another one, as long as the zone lets them; and the record must still be
 * there when that is over.                                                                   [RFC2308 5] [RFC6376 3.6.2] */
static bool step_published(struct keys_step *s, struct keys_seen seen, int64_t now_s)
{
    struct keys_entry *e = &s->entry;
    s->wait = KEYS_WAITS_CACHES;
    if (seen.sight == KEYS_RIGHT && seen.wait_s > e->wait_s)
        e->wait_s = seen.wait_s;
    s->until_s = e->at[KEYS_SEEN] + e->wait_s;
    if (seen.sight == KEYS_UNSEEN)
        return false;
    if (seen.sight != KEYS_RIGHT) {
        e->state = KEYS_NEW;
        e->at[KEYS_SEEN] = 0;
        e->wait_s = 0;
        s->wait = KEYS_WAITS_RECORD;
        s->until_s = 0;
        return false;
    }
    if (now_s < s->until_s)
        return false;
    becomes(s, KEYS_ACTIVE, KEYS_ACTIVE_SINCE, now_s);
    return true;
}

/* A record that is lost stops nothing: a signature that fails is worth no less than none. It is said aloud. */
static bool step_active(struct keys_step *s, struct keys_seen seen, int64_t now_s)
{
    (void)now_s;
    s->wait = KEYS_WAITS_NOT;
    s->is_alarm = (seen.sight != KEYS_RIGHT && seen.sight != KEYS_UNSEEN) || !s->entry.has_file;
    return false;
}

static bool step_retiring(struct keys_step *s, struct keys_seen seen, int64_t now_s, int64_t flight_s)
{
    s->wait = KEYS_WAITS_FLIGHT;
    s->until_s = s->entry.at[KEYS_RETIRED] + flight_s;
    s->is_alarm = seen.sight != KEYS_RIGHT && seen.sight != KEYS_UNSEEN;
    if (now_s < s->until_s)
        return false;
    s->is_alarm = false;
    becomes(s, KEYS_REVOKED, KEYS_REVOKED_SINCE, now_s);
    return true;
}

/* No record at all revokes as well as an empty one.                                       [RFC6376 3.6.1] [RFC6376 6.1.2] */
static bool step_revoked(struct keys_step *s, struct keys_seen seen, int64_t now_s, int64_t empty_s)
{
    struct keys_entry *e = &s->entry;
    bool is_empty = seen.sight == KEYS_EMPTY || seen.sight == KEYS_ABSENT;
    if (is_empty && e->at[KEYS_EMPTIED] == 0)
        e->at[KEYS_EMPTIED] = now_s;
    if (!is_empty && seen.sight != KEYS_UNSEEN)
        e->at[KEYS_EMPTIED] = 0;
    s->wait = e->at[KEYS_EMPTIED] ? KEYS_WAITS_EMPTY : KEYS_WAITS_EMPTYING;
    s->until_s = e->at[KEYS_EMPTIED] ? e->at[KEYS_EMPTIED] + empty_s : 0;
    if (e->at[KEYS_EMPTIED] == 0 || now_s < s->until_s)
        return false;
    becomes(s, KEYS_GONE, KEYS_GONE_SINCE, now_s);
    return true;
}

static bool step_gone(struct keys_step *s, struct keys_seen seen, int64_t now_s)
{
    if (seen.sight == KEYS_ABSENT && s->entry.at[KEYS_REMOVED] == 0)
        s->entry.at[KEYS_REMOVED] = now_s;
    s->wait = s->entry.at[KEYS_REMOVED] ? KEYS_WAITS_NOT : KEYS_WAITS_REMOVAL;
    return false;
}

/* ret  the state has changed: look again, the same sight may carry it further */
static bool step(struct keys_step *s, struct keys_seen seen, int64_t now_s, const struct keys_times *times)
{
    s->until_s = 0;
    switch (s->entry.state) {
    case KEYS_NEW: return step_new(s, seen, now_s);
    case KEYS_PUBLISHED: return step_published(s, seen, now_s);
    case KEYS_ACTIVE: return step_active(s, seen, now_s);
    case KEYS_RETIRING: return step_retiring(s, seen, now_s, times->flight_s);
    case KEYS_REVOKED: return step_revoked(s, seen, now_s, times->empty_s);
    case KEYS_GONE: break;
    }
    return step_gone(s, seen, now_s);
}

struct keys_step keys_step(const struct keys_entry *e, struct keys_seen seen, int64_t now_s,
                           const struct keys_times *times)
{
    struct keys_step s = {.entry = *e};
    for (int i = 0; i < KEYS_STATE_N && step(&s, seen, now_s, times); i++)
        continue;
    return s;
}

/* A key that never signed needs no grace, and none that has leaked gets it. */
bool keys_retire(struct keys_entry *e, int64_t now_s, bool is_leaked)
{
    bool has_signed = e->state == KEYS_ACTIVE || e->state == KEYS_RETIRING;
    if (e->state == KEYS_REVOKED || e->state == KEYS_GONE || (e->state == KEYS_RETIRING && !is_leaked))
        return false;
    enum keys_event event = is_leaked ? KEYS_REVOKED_SINCE : has_signed ? KEYS_RETIRED : KEYS_GONE_SINCE;
    e->state = is_leaked ? KEYS_REVOKED : has_signed ? KEYS_RETIRING : KEYS_GONE;
    e->at[event] = now_s;
    return true;
}

size_t keys_signer(const struct keys_entry *list, size_t n, enum ingam_algorithm algorithm)
{
    size_t best = n;
    for (size_t i = 0; i < n; i++) {
        const struct keys_entry *e = &list[i];
        if (e->state != KEYS_ACTIVE || e->algorithm != algorithm || !e->has_file)
            continue;
        if (best == n || e->at[KEYS_ACTIVE_SINCE] > list[best].at[KEYS_ACTIVE_SINCE] ||
            (e->at[KEYS_ACTIVE_SINCE] == list[best].at[KEYS_ACTIVE_SINCE] &&
             e->at[KEYS_MADE] >= list[best].at[KEYS_MADE]))
            best = i;
    }
    return best;
}

static bool has_successor(const struct keys_entry *list, size_t n, enum ingam_algorithm algorithm)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].algorithm == algorithm && (list[i].state == KEYS_NEW || list[i].state == KEYS_PUBLISHED))
            return true;
    return false;
}

void keys_plan(const struct keys_entry *list, size_t n, int64_t now_s, int64_t every_s,
               struct keys_plan *plan)
{
    *plan = (struct keys_plan){.makes = {false, false}};
    for (int a = INGAM_RSA_SHA256; a <= INGAM_ED25519_SHA256; a++) {
        size_t signer = keys_signer(list, n, (enum ingam_algorithm)a);
        if (signer == n)
            continue;
        for (size_t i = 0; i < n; i++)
            if (i != signer && list[i].state == KEYS_ACTIVE && list[i].algorithm == list[signer].algorithm)
                plan->retires[i] = true;
        plan->like[a] = signer;
        plan->makes[a] = now_s - list[signer].at[KEYS_ACTIVE_SINCE] >= every_s &&
                         !has_successor(list, n, (enum ingam_algorithm)a);
    }
}
