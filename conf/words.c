/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/words.h"

#include <stddef.h>

/* In the order of their enums. */
static const char *const modes[] = {"observe", "enforce", NULL};
static const char *const dispositions[] = {"accept", "quarantine", "reject", "defer", NULL};
static const char *const quarantines[] = {"tag", "hold", NULL};
static const char *const fronts[] = {"milter", "rspamc", NULL};
static const char *const ways[] = {"system", "forward", "recurse", NULL};
static const char *const troubles[] = {"defer", "unmarked", NULL};
static const char *const outlets[] = {"stderr", "syslog", "journal", NULL};
static const char *const forms[] = {"text", "json", NULL};
static const char *const levels[] = {"error", "warning", "notice", "info", "debug", NULL};

enum {
    ACCEPT = 1 << INGAM_ACCEPT,
    QUARANTINE = 1 << INGAM_QUARANTINE,
    REJECT = 1 << INGAM_REJECT,
    DEFER = 1 << INGAM_DEFER
};
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { KIB = 1 << 10, MIB = 1 << 20 };

#define OF(member)        offsetof(struct draft, conf.member)
#define POLICY_AT(member) offsetof(struct conf_policy, member)
#define POLICY_WORDS(base)                                                                                   \
    {"mode", WORD_CHOICE, (base) + POLICY_AT(mode), 0, 0, modes, 0},                                         \
        {"on-reject", WORD_CHOICE,  (base) + POLICY_AT(on_reject), 0,                                        \
         0,           dispositions, ACCEPT | QUARANTINE | REJECT},                                           \
        {"on-quarantine",                                                                                    \
         WORD_CHOICE,                                                                                        \
         (base) + POLICY_AT(on_quarantine),                                                                  \
         0,                                                                                                  \
         0,                                                                                                  \
         dispositions,                                                                                       \
         ACCEPT | QUARANTINE | REJECT},                                                                      \
        {"on-temperror", WORD_CHOICE, (base) + POLICY_AT(on_temperror), 0, 0, dispositions, ACCEPT | DEFER}, \
        {"on-no-author",                                                                                     \
         WORD_CHOICE,                                                                                        \
         (base) + POLICY_AT(on_no_author),                                                                   \
         0,                                                                                                  \
         0,                                                                                                  \
         dispositions,                                                                                       \
         ACCEPT | QUARANTINE | REJECT},                                                                      \
        {"quarantine", WORD_CHOICE, (base) + POLICY_AT(quarantine), 0, 0, quarantines, 0},                   \
    {                                                                                                        \
        "partial-body", WORD_YES, (base) + POLICY_AT(allows_partial_body), 0, 0, NULL, 0                     \
    }

static const struct word top_words[] = {
    {"authserv-id", WORD_ID, OF(authserv_id), 0, 0, NULL, 0},
    {"user", WORD_ACCOUNT, OF(user), 0, 0, NULL, 0},
    {"workers", WORD_WORKERS, OF(workers), 1, 64, NULL, 0},
    {"control", WORD_SOCKET, OF(control), 0, 0, NULL, 0},
    {"metrics", WORD_METRICS, OF(metrics), 0, 0, NULL, 0},
    {"received-spf", WORD_YES, OF(adds_received_spf), 0, 0, NULL, 0},
    POLICY_WORDS(offsetof(struct draft, policy)),
    {0},
};
static const struct word listen_words[] = {
    {"front", WORD_CHOICE, offsetof(struct conf_listen, front), 0, 0, fronts, 0},
    {"submission", WORD_YES, offsetof(struct conf_listen, is_submission), 0, 0, NULL, 0},
    {"group", WORD_ACCOUNT, offsetof(struct conf_listen, group), 0, 0, NULL, 0},
    {"mode", WORD_MODE, offsetof(struct conf_listen, mode), 0, 0777, NULL, 0},
    {0},
};
static const struct word sign_words[] = {
    {"keys", WORD_PATH, OF(sign.keys), 0, 0, NULL, 0},
    {"domains", WORD_NAMES, OF(sign.domains), 0, 0, NULL, 0},
    {"authenticated", WORD_YES, OF(sign.by_authenticated), 0, 0, NULL, 0},
    {"local", WORD_YES, OF(sign.by_local), 0, 0, NULL, 0},
    {"clients", WORD_NETS, OF(sign.clients), 0, 0, NULL, 0},
    {"subdomains", WORD_YES, OF(sign.for_subdomains), 0, 0, NULL, 0},
    {"expire", WORD_SECONDS, OF(sign.expire_s), 3600, 3650 * 86400, NULL, 0},
    {"headers", WORD_FIELDS, offsetof(struct draft, headers), 0, 0, NULL, 0},
    {"seal", WORD_NAMES, OF(sign.seals), 0, 0, NULL, 0},
    {"seal-domain", WORD_DOMAIN, OF(sign.seal_domain), 0, 0, NULL, 0},
    {0},
};
static const struct word policy_words[] = {
    {"author", WORD_NAMES, POLICY_AT(author), 0, 0, NULL, 0},
    {"recipient", WORD_NAMES, POLICY_AT(recipient), 0, 0, NULL, 0},
    POLICY_WORDS((size_t)0),
    {0},
};
#define TRUST_OF(kind) (offsetof(struct draft_trust, of) + (size_t)(kind) * sizeof(struct conf_names))
static const struct word trust_words[] = {
    {"arc", WORD_NAMES, TRUST_OF(CONF_TRUST_ARC), 0, 0, NULL, 0},
    {"dkim", WORD_NAMES, TRUST_OF(CONF_TRUST_DKIM), 0, 0, NULL, 0},
    {"host", WORD_NAMES, TRUST_OF(CONF_TRUST_HOST), 0, 0, NULL, 0},
    {"address", WORD_NETS, offsetof(struct draft_trust, trust.nets), 0, 0, NULL, 0},
    {"author", WORD_NAMES, offsetof(struct draft_trust, trust.author), 0, 0, NULL, 0},
    {"recipient", WORD_NAMES, offsetof(struct draft_trust, trust.recipient), 0, 0, NULL, 0},
    {"effect", WORD_CHOICE, offsetof(struct draft_trust, trust.effect), 0, 0, dispositions,
     ACCEPT | QUARANTINE},
    {"until", WORD_DATE, offsetof(struct draft_trust, trust.until_s), 0, 0, NULL, 0},
    {0},
};
static const struct word resolver_words[] = {
    {"way", WORD_CHOICE, OF(resolver.way), 0, 0, ways, 0},
    {"forward", WORD_RESOLVER, OF(resolver.forward), 0, 0, NULL, 0},
    {"dnssec", WORD_YES, offsetof(struct draft, has_dnssec), 0, 0, NULL, 0},
    {"anchor", WORD_PATH, OF(resolver.anchor_file), 0, 0, NULL, 0},
    {"timeout", WORD_MS, OF(resolver.question_ms), 100, MINUTE, NULL, 0},
    {"cache", WORD_BYTES, OF(resolver.cache_bytes), 64 * KIB, 4096ULL * MIB, NULL, 0},
    {0},
};
static const struct word limits_words[] = {
    {"message", WORD_MS, OF(limits.message_ms), SECOND, 5 * MINUTE, NULL, 0},
    {"idle", WORD_MS, OF(limits.idle_ms), 10 * SECOND, DAY, NULL, 0},
    {"packet", WORD_MS, OF(limits.packet_ms), SECOND, HOUR, NULL, 0},
    {"sessions", WORD_NUMBER, OF(limits.sessions), 1, 65536, NULL, 0},
    {"drain", WORD_MS, OF(limits.drain_ms), 0, HOUR, NULL, 0},
    {"on-trouble", WORD_CHOICE, OF(limits.on_trouble), 0, 0, troubles, 0},
    {"header", WORD_BYTES, OF(limits.message.header_block), 16 * KIB, 64 * MIB, NULL, 0},
    {"field", WORD_BYTES, OF(limits.message.field), 4 * KIB, 64 * MIB, NULL, 0},
    {"fields", WORD_NUMBER, OF(limits.message.fields), 64, 65536, NULL, 0},
    {"signatures", WORD_NUMBER, OF(limits.message.dkim_signatures), 1, 64, NULL, 0},
    {"questions", WORD_NUMBER, OF(limits.message.questions), 16, 512, NULL, 0},
    {"memory", WORD_BYTES, OF(limits.message.arena), 256 * KIB, 256 * MIB, NULL, 0},
    {0},
};
static const struct word log_words[] = {
    {"to", WORD_CHOICE, OF(log.to), 0, 0, outlets, 0},
    {"form", WORD_CHOICE, OF(log.form), 0, 0, forms, 0},
    {"level", WORD_CHOICE, OF(log.level), 0, 0, levels, 0},
    {0},
};

const struct block blocks[BLOCK_N] = {
    [BLOCK_TOP] = {NULL, false, top_words},           [BLOCK_LISTEN] = {"listen", true, listen_words},
    [BLOCK_SIGN] = {"sign", false, sign_words},       [BLOCK_POLICY] = {"policy", true, policy_words},
    [BLOCK_TRUST] = {"trust", true, trust_words},     [BLOCK_RESOLVER] = {"resolver", false, resolver_words},
    [BLOCK_LIMITS] = {"limits", false, limits_words}, [BLOCK_LOG] = {"log", false, log_words},
};

const struct word *word_named(enum block_id block, str name)
{
    for (const struct word *w = blocks[block].words; w->name; w++)
        if (str_eq(str_of(w->name), name))
            return w;
    return NULL;
}

enum block_id word_home(str name)
{
    for (unsigned i = BLOCK_TOP + 1; i < BLOCK_N; i++)
        if (word_named((enum block_id)i, name))
            return (enum block_id)i;
    return BLOCK_TOP;
}

enum { NEAR_MAX = 24 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, left out, replaced or swapped with the next; NEAR_MAX if one text is too long to look. */
static unsigned distance(str a, str b)
{
    unsigned rows[3][NEAR_MAX + 1] = {{0}};
    if (a.n >= NEAR_MAX || b.n >= NEAR_MAX)
        return NEAR_MAX;
    for (unsigned k = 0; k <= b.n; k++)
        rows[0][k] = k;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *twice = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned k = 1; k <= b.n; k++) {
            uint8_t mine = byte_lower(a.p[i - 1]), yours = byte_lower(b.p[k - 1]);
            row[k] = least(least(above[k], row[k - 1]) + 1, above[k - 1] + (mine != yours));
            if (i > 1 && k > 1 && mine == byte_lower(b.p[k - 2]) && yours == byte_lower(a.p[i - 2]))
                row[k] = least(row[k], twice[k - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

/* Takes `candidate` where it is nearer to `name` than the best so far. */
static void consider(const char *candidate, str name, const char **best, unsigned *best_at)
{
    str text = str_of(candidate);
    bool is_part = name.n >= 3 && text.n >= 3 && (str_starts(text, name) || str_starts(name, text));
    unsigned d = is_part ? 1 : distance(text, name);
    if (d < *best_at && d <= 1 + text.n / 4) {
        *best = candidate;
        *best_at = d;
    }
}

const char *word_nearest(enum block_id block, str name)
{
    const char *best = NULL;
    unsigned at = NEAR_MAX;
    for (const struct word *w = blocks[block].words; w->name; w++)
        consider(w->name, name, &best, &at);
    for (unsigned i = BLOCK_TOP + 1; block == BLOCK_TOP && i < BLOCK_N; i++)
        consider(blocks[i].name, name, &best, &at);
    return best;
}

const char *choice_nearest(const char *const *choices, str name)
{
    const char *best = NULL;
    unsigned at = NEAR_MAX;
    for (; *choices; choices++)
        consider(*choices, name, &best, &at);
    return best;
}
