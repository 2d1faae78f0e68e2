/* SPDX-License-Identifier: BSD-2-Clause */
/* The fact box. Questions stand in the order of asking; a small hash table finds them, since a method that is run again
 * asks all of them again. */
#include "dns/dns.h"

#include "base/word.h"

enum { FIRST_SLOTS = 32, NAME_TEXT_MAX = 4 * NAME_MAX, TXT_MAX = 65535 };

/* How 64 questions are shared out; other numbers in proportion. docs/limits.md says why. */
static const uint8_t share_of_64[SHARE_N] = {
    [SHARE_SPF_HELO] = 10, [SHARE_SPF_MAIL_FROM] = 22, [SHARE_DKIM] = 8, [SHARE_DMARC] = 18, [SHARE_ARC] = 6};

/* What is left over by rounding goes to (or is taken from) the largest share. */
static void share_out(size_t limit[SHARE_N], size_t questions)
{
    size_t sum = 0;
    for (size_t i = 0; i < SHARE_N; i++) {
        limit[i] = questions / 64 * share_of_64[i] + questions % 64 * share_of_64[i] / 64;
        if (limit[i] == 0)
            limit[i] = 1;
        sum += limit[i];
    }
    size_t *largest = &limit[SHARE_SPF_MAIL_FROM];
    if (sum < questions)
        *largest += questions - sum;
    else
        *largest -= sum - questions < *largest ? sum - questions : *largest - 1;
}

void facts_init(struct facts *f, struct arena *a, size_t questions)
{
    *f = (struct facts){.arena = a};
    share_out(f->share_limit, questions);
    f->over_limit = (struct fact){
        .status = INGAM_STATUS_FAILED, .is_over_limit = true, .why = "over the limit of questions"};
    f->no_memory = (struct fact){.status = INGAM_STATUS_FAILED, .why = "no memory"};
    f->no_name = (struct fact){.status = INGAM_STATUS_NXDOMAIN};
}

void facts_account(struct facts *f, enum share share)
{
    f->share = share;
}

/* A question: its name joined from two parts, in lower case. */
struct asked {
    uint16_t type;
    uint32_t hash;
    bool is_too_long; /* no DNS can hold such a name */
    str name;         /* in bytes */
    uint8_t bytes[(NAME_MAX + 8) / 8 * 8];
};

/* Copies the text in lower case and hashes it, eight bytes at a time; zeros fill the last eight.
 * in   text  may stand in asked->bytes already */
static void lower_and_hash(struct asked *asked, str text, uint16_t type)
{
    uint64_t hash = type;
    for (size_t i = 0; i < text.n; i += 8) {
        size_t left = text.n - i;
        uint64_t w = word_lower(left >= 8 ? word_load(text.p + i) : word_load_part(text.p + i, left));
        word_store(w, asked->bytes + i);
        hash = (hash ^ w) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    asked->hash = (uint32_t)(hash ^ hash >> 32);
    asked->name = (str){asked->bytes, text.n};
}

static void join(struct asked *asked, str prefix, str name, uint16_t type)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    asked->bytes[0] = 0; /* the root's name has none */
    asked->type = type;
    asked->is_too_long = prefix.n > NAME_MAX || name.n > NAME_MAX || prefix.n + name.n > NAME_MAX;
    if (asked->is_too_long)
        return;
    if (prefix.n) {
        memcpy(asked->bytes, prefix.p, prefix.n);
        if (name.n)
            memcpy(asked->bytes + prefix.n, name.p, name.n);
        name = (str){asked->bytes, prefix.n + name.n};
    }
    lower_and_hash(asked, name, type);
}

static struct fact *find(const struct facts *f, const struct asked *asked)
{
    if (f->slot_n == 0 || asked->is_too_long)
        return NULL;
    for (size_t i = asked->hash & (f->slot_n - 1); f->slots[i]; i = (i + 1) & (f->slot_n - 1)) {
        struct fact *fact = f->list[f->slots[i] - 1];
        if (fact->hash == asked->hash && fact->type == asked->type && str_eq(fact->name, asked->name))
            return fact;
    }
    return NULL;
}

static void put_slot(uint32_t *slots, size_t slot_n, const struct fact *fact)
{
    size_t i = fact->hash & (slot_n - 1);
    while (slots[i])
        i = (i + 1) & (slot_n - 1);
    slots[i] = fact->id;
}

/* Makes room for one more fact; the table is at most half full. */
static bool grow(struct facts *f)
{
    if (f->n < f->cap)
        return true;
    size_t slot_n = f->slot_n ? f->slot_n * 2 : FIRST_SLOTS;
    struct fact **list = NEW_N(f->arena, struct fact *, slot_n / 2);
    uint32_t *slots = NEW_N(f->arena, uint32_t, slot_n);
    if (list == NULL || slots == NULL)
        return false;
    for (size_t i = 0; i < f->n; i++) {
        list[i] = f->list[i];
        put_slot(slots, slot_n, list[i]);
    }
    f->list = list;
    f->cap = slot_n / 2;
    f->slots = slots;
    f->slot_n = slot_n;
    return true;
}

/* Puts a question into the box; after the deadline it has failed at once. Its name stands behind it.
 * ret  NULL: no memory */
static struct fact *put(struct facts *f, const struct asked *asked)
{
    size_t n = asked->name.n;
    struct fact *fact = grow(f) ? arena_take_raw(f->arena, sizeof *fact + (n + 7) / 8 * 8) : NULL;
    if (fact == NULL)
        return NULL;
    uint8_t *name = (uint8_t *)(fact + 1);
    for (size_t i = 0; i < n; i += 8)
        memcpy(name + i, asked->bytes + i, 8);
    *fact =
        (struct fact){.name = {name, n}, .type = asked->type, .hash = asked->hash, .id = (uint32_t)f->n + 1};
    if (f->is_closed) {
        fact->status = INGAM_STATUS_FAILED;
        fact->why = f->closed_why;
    } else {
        f->open++;
    }
    f->list[f->n++] = fact;
    put_slot(f->slots, f->slot_n, fact);
    return fact;
}

/* A name that cannot be costs nothing. Then the limit is looked at, before the box: whether another method has asked the same
 * must not matter. */
const struct fact *facts_ask(struct facts *f, str prefix, str name, enum ingam_rr_type type)
{
    uint8_t bit = (uint8_t)(1u << f->share);
    struct asked asked;
    join(&asked, prefix, name, (uint16_t)type);
    struct fact *fact = find(f, &asked);
    if (fact && (fact->shares & bit))
        return fact;
    if (fact == NULL && (asked.is_too_long || !name_is_askable(asked.name)))
        return &f->no_name;
    if (f->per_share[f->share] >= f->share_limit[f->share])
        return &f->over_limit;
    if (fact == NULL)
        fact = put(f, &asked);
    if (fact == NULL)
        return &f->no_memory;
    fact->shares |= bit;
    f->per_share[f->share]++;
    return fact;
}

void facts_remember(struct facts *f, const struct fact *fact, enum memo kind, void *memo)
{
    if (fact->id && fact->id <= f->n && f->list[fact->id - 1] == fact)
        f->list[fact->id - 1]->memo[kind] = memo;
}

bool facts_next(struct facts *f, struct ingam_question *q)
{
    while (f->sent < f->n) {
        const struct fact *fact = f->list[f->sent++];
        if (!fact_is_open(fact))
            continue;
        *q = (struct ingam_question){.id = fact->id, .type = fact->type, .name = fact->name};
        return true;
    }
    return false;
}

static bool is_right_data(uint16_t type, const struct ingam_rr *rr)
{
    if (rr->data.n && rr->data.p == NULL)
        return false;
    switch (type) {
    case INGAM_RR_A: return rr->data.n == 4;
    case INGAM_RR_AAAA: return rr->data.n == 16;
    case INGAM_RR_MX:
    case INGAM_RR_PTR:
    case INGAM_RR_NS:
    case INGAM_RR_CNAME: return rr->data.n <= NAME_TEXT_MAX;
    default: return rr->data.n <= TXT_MAX;
    }
}

/* ret  an answer that can be: records if and only if it is OK, each of the size its type has */
static bool is_right_answer(uint16_t type, const struct ingam_answer *a)
{
    if (a->status == INGAM_STATUS_OPEN || a->status > INGAM_STATUS_FAILED)
        return false;
    if ((a->status == INGAM_STATUS_OK) != (a->rr_n > 0) || (a->rr_n && a->rrs == NULL))
        return false;
    for (size_t i = 0; i < a->rr_n; i++)
        if (!is_right_data(type, &a->rrs[i]))
            return false;
    return true;
}

/* Copies the records into one piece of memory, their bytes behind them. */
static bool copy_records(struct arena *a, const struct ingam_answer *from, struct fact *to)
{
    size_t bytes_n = 0;
    for (size_t i = 0; i < from->rr_n; i++)
        bytes_n += from->rrs[i].data.n;
    if (from->rr_n > (SIZE_MAX / 2 - bytes_n) / sizeof(struct ingam_rr))
        return false;
    struct ingam_rr *rrs = arena_take_raw(a, from->rr_n * sizeof *rrs + bytes_n);
    if (rrs == NULL)
        return false;
    uint8_t *bytes = (uint8_t *)(rrs + from->rr_n);
    for (size_t i = 0; i < from->rr_n; i++) {
        str data = from->rrs[i].data;
        if (data.n)
            memcpy(bytes, data.p, data.n);
        rrs[i] = (struct ingam_rr){from->rrs[i].preference, {bytes, data.n}};
        bytes += data.n;
    }
    to->rrs = rrs;
    to->rr_n = from->rr_n;
    return true;
}

enum ingam_err facts_answer(struct facts *f, const struct ingam_answer *a)
{
    struct fact *fact = a->id && a->id <= f->sent ? f->list[a->id - 1] : NULL;
    if (fact == NULL || !fact_is_open(fact))
        return INGAM_ERR_ORDER;
    if (!is_right_answer(fact->type, a))
        return INGAM_ERR_ARGUMENT;
    if (a->rr_n && !copy_records(f->arena, a, fact))
        return INGAM_ERR_MEMORY;
    fact->status = a->status;
    fact->ttl = a->ttl;
    fact->is_secure = a->is_secure;
    fact->why = a->status == INGAM_STATUS_FAILED ? a->why : NULL;
    f->open--;
    return INGAM_OK;
}

void facts_close(struct facts *f, const char *why)
{
    f->is_closed = true;
    f->closed_why = why;
    for (size_t i = 0; i < f->n; i++) {
        if (!fact_is_open(f->list[i]))
            continue;
        f->list[i]->status = INGAM_STATUS_FAILED;
        f->list[i]->why = why;
    }
    f->open = 0;
}
