/* SPDX-License-Identifier: BSD-2-Clause */
/* A key's life as tables: what was seen when, and what it is then. */
#include "io/keys.h"
#include "io/keys_look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { DAY = 86400, HOUR = 3600, T0 = 1800000000 };

static const struct keys_times times = {KEYS_FLIGHT_S, KEYS_EMPTY_S};

enum { LOOK_MAX = 8 };
struct look {
    int64_t after_s; /* T0 + this */
    enum keys_sight sight;
    int64_t wait_s;
    const char *want; /* state, what it waits for, until when after T0; "!" is an alarm */
};

static const char *shown(const struct keys_step *s)
{
    static const char *const waits[] = {"-", "record", "caches", "flight", "emptying", "empty", "removal"};
    static char buf[96];
    int n = snprintf(buf, sizeof buf, "%s %s", keys_state_name(s->entry.state), waits[s->wait]);
    if (s->until_s)
        n += snprintf(buf + n, sizeof buf - (size_t)n, " %lld", (long long)(s->until_s - T0));
    if (s->is_alarm)
        snprintf(buf + n, sizeof buf - (size_t)n, " !");
    return buf;
}

static const struct {
    const char *about;
    const char *op; /* "retire@SECONDS", "leak@SECONDS" or "" */
    struct look looks[LOOK_MAX];
} lives[] = {
    {"no record, no signature",
     "",
     {{0, KEYS_UNSEEN, 0, "new record"},
      {HOUR, KEYS_ABSENT, HOUR, "new record"},
      {2 * HOUR, KEYS_DIFFERS, HOUR, "new record"},
      {300 * DAY, KEYS_EMPTY, HOUR, "new record"}}},
    {"seen, then the caches, then active",
     "",
     {{0, KEYS_RIGHT, HOUR, "published caches 3600"},
      {HOUR - 1, KEYS_RIGHT, HOUR, "published caches 3600"},
      {HOUR, KEYS_UNSEEN, 0, "published caches 3600"},
      {HOUR, KEYS_RIGHT, HOUR, "active -"},
      {90 * DAY, KEYS_RIGHT, HOUR, "active -"}}},
    {"no TTL, no wait", "", {{0, KEYS_RIGHT, 0, "active -"}}},
    {"a longer TTL lengthens the wait",
     "",
     {{0, KEYS_RIGHT, HOUR, "published caches 3600"},
      {HOUR, KEYS_RIGHT, DAY, "published caches 86400"},
      {DAY, KEYS_RIGHT, 60, "active -"}}},
    {"lost before it was active: from the start",
     "",
     {{0, KEYS_RIGHT, HOUR, "published caches 3600"},
      {60, KEYS_DIFFERS, HOUR, "new record"},
      {2 * HOUR, KEYS_RIGHT, HOUR, "published caches 10800"},
      {2 * HOUR + 60, KEYS_ABSENT, HOUR, "new record"},
      {4 * HOUR, KEYS_EMPTY, HOUR, "new record"}}},
    {"lost while it signs: an alarm, no change",
     "",
     {{0, KEYS_RIGHT, 0, "active -"},
      {DAY, KEYS_ABSENT, HOUR, "active - !"},
      {2 * DAY, KEYS_UNSEEN, 0, "active -"},
      {3 * DAY, KEYS_DIFFERS, HOUR, "active - !"},
      {4 * DAY, KEYS_RIGHT, HOUR, "active -"}}},
    {"retired: the record stays for mail on its way",
     "retire@86400",
     {{0, KEYS_RIGHT, 0, "active -"},
      {DAY, KEYS_RIGHT, HOUR, "retiring flight 691200"},
      {2 * DAY, KEYS_ABSENT, HOUR, "retiring flight 691200 !"},
      {8 * DAY - 1, KEYS_RIGHT, HOUR, "retiring flight 691200"},
      {8 * DAY, KEYS_RIGHT, HOUR, "revoked emptying"},
      {9 * DAY, KEYS_EMPTY, HOUR, "revoked empty 3369600"},
      {39 * DAY, KEYS_EMPTY, HOUR, "gone removal"},
      {40 * DAY, KEYS_ABSENT, HOUR, "gone -"}}},
    {"leaked: no grace",
     "leak@60",
     {{0, KEYS_RIGHT, 0, "active -"},
      {60, KEYS_RIGHT, HOUR, "revoked emptying"},
      {120, KEYS_EMPTY, HOUR, "revoked empty 2592120"},
      {180, KEYS_RIGHT, HOUR, "revoked emptying"},
      {240, KEYS_ABSENT, HOUR, "revoked empty 2592240"},
      {DAY, KEYS_UNSEEN, 0, "revoked empty 2592240"},
      {2592240, KEYS_ABSENT, HOUR, "gone -"}}},
    {"retired before it signed: it never was",
     "retire@60",
     {{0, KEYS_RIGHT, HOUR, "published caches 3600"},
      {60, KEYS_RIGHT, HOUR, "gone removal"},
      {120, KEYS_UNSEEN, 0, "gone removal"},
      {180, KEYS_ABSENT, 0, "gone -"}}},
    {"nobody looked for a long time: one step a look at most as far as it was seen",
     "retire@0",
     {{0, KEYS_UNSEEN, 0, "gone removal"}, {400 * DAY, KEYS_ABSENT, 0, "gone -"}}},
    {"a clock that goes back changes nothing",
     "",
     {{DAY, KEYS_RIGHT, HOUR, "published caches 90000"}, {0, KEYS_RIGHT, HOUR, "published caches 90000"}}},
};

/* Does what is due before this look. */
static void operate(struct keys_entry *e, const char *op, int64_t after_s, bool *is_done)
{
    long long when = -1;
    char word[16] = "";
    if (*is_done || sscanf(op, "%15[a-z]@%lld", word, &when) != 2 || when > after_s)
        return;
    *is_done = true;
    assert_true(keys_retire(e, T0 + when, strcmp(word, "leak") == 0));
}

/* [RFC6376 3.6.1] [RFC2308 5] */
static void a_key_lives(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        struct keys_entry e = {.selector = "a", .has_file = true, .at = {[KEYS_MADE] = T0}};
        bool is_done = false;
        for (const struct look *l = lives[i].looks; l < lives[i].looks + LOOK_MAX && l->want; l++) {
            operate(&e, lives[i].op, l->after_s, &is_done);
            struct keys_step s =
                keys_step(&e, (struct keys_seen){l->sight, l->wait_s}, T0 + l->after_s, &times);
            if (strcmp(shown(&s), l->want) != 0)
                fail_msg("%s, look %zu: got '%s', wanted '%s'", lives[i].about,
                         (size_t)(l - lives[i].looks) + 1, shown(&s), l->want);
            e = s.entry;
        }
    }
}

/* Whatever is seen in whatever order: active only after RIGHT was seen and its wait is over. */
static void nothing_signs_unseen(void **state)
{
    (void)state;
    for (unsigned walk = 0; walk < 20000; walk++) {
        struct keys_entry e = {.selector = "a", .has_file = true};
        unsigned bits = walk * 2654435761u;
        int64_t right_since = -1;
        for (int64_t t = 0; t < 10; t++, bits = bits * 1664525u + 1013904223u) {
            enum keys_sight sight = (bits >> 16) % 3 ? KEYS_RIGHT : (enum keys_sight)((bits >> 20) % 5);
            if (sight != KEYS_RIGHT && sight != KEYS_UNSEEN)
                right_since = -1;
            else if (sight == KEYS_RIGHT && right_since < 0)
                right_since = t;
            enum keys_state before = e.state;
            e = keys_step(&e, (struct keys_seen){sight, 3}, T0 + t, &times).entry;
            if (before != KEYS_ACTIVE && e.state == KEYS_ACTIVE)
                assert_true(sight == KEYS_RIGHT && right_since >= 0 && t - right_since >= 3);
        }
    }
}

static void a_lost_file_never_signs(void **state)
{
    struct keys_entry e = {.selector = "a", .has_file = false};
    struct keys_step s = keys_step(&e, (struct keys_seen){KEYS_RIGHT, 0}, T0, &times);
    (void)state;
    assert_string_equal(shown(&s), "new record");
    e.state = KEYS_ACTIVE;
    s = keys_step(&e, (struct keys_seen){KEYS_RIGHT, 0}, T0, &times);
    assert_string_equal(shown(&s), "active - !");
    assert_int_equal(keys_signer(&e, 1, INGAM_RSA_SHA256), 1);
}

static void only_once_retired(void **state)
{
    static const struct {
        enum keys_state from;
        bool is_leaked, is_done;
        enum keys_state to;
    } rows[] = {
        {KEYS_NEW, false, true, KEYS_GONE},         {KEYS_PUBLISHED, false, true, KEYS_GONE},
        {KEYS_ACTIVE, false, true, KEYS_RETIRING},  {KEYS_RETIRING, false, false, KEYS_RETIRING},
        {KEYS_REVOKED, false, false, KEYS_REVOKED}, {KEYS_GONE, false, false, KEYS_GONE},
        {KEYS_NEW, true, true, KEYS_REVOKED},       {KEYS_PUBLISHED, true, true, KEYS_REVOKED},
        {KEYS_ACTIVE, true, true, KEYS_REVOKED},    {KEYS_RETIRING, true, true, KEYS_REVOKED},
        {KEYS_REVOKED, true, false, KEYS_REVOKED},  {KEYS_GONE, true, false, KEYS_GONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct keys_entry e = {.state = rows[i].from};
        assert_int_equal(keys_retire(&e, T0, rows[i].is_leaked), rows[i].is_done);
        assert_int_equal(e.state, rows[i].to);
    }
}

/* A row: "a" RSA or "e" Ed25519, the state's first letter ("t" is retiring, "r" revoked), days active. */
static size_t keys_of(const char *text, struct keys_entry list[8])
{
    static const char letters[] = "npatrg";
    size_t n = 0;
    char kind, state;
    int days, used;
    for (; sscanf(text, " %c%c%d%n", &kind, &state, &days, &used) == 3; text += used) {
        list[n] = (struct keys_entry){.algorithm = kind == 'e' ? INGAM_ED25519_SHA256 : INGAM_RSA_SHA256,
                                      .state = (enum keys_state)(strchr(letters, state) - letters),
                                      .has_file = true};
        list[n++].at[KEYS_ACTIVE_SINCE] = T0 - (int64_t)days * DAY;
    }
    return n;
}

static void rotation_is_planned(void **state)
{
    static const struct {
        const char *about, *keys;
        int every;
        const char *want; /* makes: r e; retires: digits */
    } rows[] = {
        {"nothing to rotate", "", 90, ""},
        {"a new key alone is let be", "rn0", 0, ""},
        {"young", "ra89", 90, ""},
        {"old", "ra90", 90, "r"},
        {"now", "ra0", 0, "r"},
        {"under way", "ra200 rn0", 90, ""},
        {"under way, seen", "ra200 rp0", 90, ""},
        {"the successor signs", "ra200 ra0", 90, "0"},
        {"whatever their order", "ra0 ra200 rt300", 90, "1"},
        {"each algorithm by itself", "ra200 ea10", 90, "r"},
        {"both", "ra200 ea100", 90, "re"},
        {"another's successor is none", "ra200 en0 ea3", 90, "r"},
        {"what is over counts for nothing", "rt5 rr200 rg300", 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct keys_entry list[8];
        struct keys_plan plan;
        char got[16] = "";
        size_t n = keys_of(rows[i].keys, list), at = 0;
        keys_plan(list, n, T0, (int64_t)rows[i].every * DAY, &plan);
        for (size_t a = 0; a < 2; a++)
            if (plan.makes[a])
                got[at++] = "re"[a];
        for (size_t k = 0; k < n; k++)
            if (plan.retires[k])
                got[at++] = (char)('0' + k);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got '%s', wanted '%s'", rows[i].about, got, rows[i].want);
    }
}

/* [RFC6376 3.6.1] [RFC6376 6.1.2] [RFC8463 4.2] */
static void records_are_compared(void **state)
{
    static const struct {
        const char *record;
        enum ingam_algorithm algorithm;
        enum keys_sight want;
    } rows[] = {
        {"v=DKIM1; k=rsa; p=QUJD", INGAM_RSA_SHA256, KEYS_RIGHT},
        {"p=QUJD", INGAM_RSA_SHA256, KEYS_RIGHT},
        {"v=DKIM1;p=QU JD ;", INGAM_RSA_SHA256, KEYS_RIGHT},
        {"v=DKIM1; h=sha1 : sha256; s=email; t=s; n=us; p=QUJD", INGAM_RSA_SHA256, KEYS_RIGHT},
        {"v=DKIM1; k=ed25519; p=QUJD", INGAM_ED25519_SHA256, KEYS_RIGHT},
        {"v=DKIM1; p=QUJD", INGAM_ED25519_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; k=ed25519; p=QUJD", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; p=QUJE", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; p=QUJ", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; p=", INGAM_RSA_SHA256, KEYS_EMPTY},
        {"v=DKIM1; k=rsa; p= ;", INGAM_ED25519_SHA256, KEYS_EMPTY},
        {"v=DKIM2; p=QUJD", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"p=QUJD; v=DKIM1", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; h=sha1; p=QUJD", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; s=tlsrpt; p=QUJD", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; t=y; p=QUJD", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=DKIM1; k=rsa", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"v=spf1 -all", INGAM_RSA_SHA256, KEYS_DIFFERS},
        {"", INGAM_RSA_SHA256, KEYS_DIFFERS},
    };
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 65536);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (keys_record_judge(&a, str_of(rows[i].record), rows[i].algorithm, S("QUJD")) != rows[i].want)
            fail_msg("%s", rows[i].record);
    assert_int_equal(keys_record_judge(&a, S("p=QUJD"), INGAM_RSA_SHA256, S("")), KEYS_DIFFERS);
    struct out o;
    out_init(&o, &a);
    keys_record_write(&o, INGAM_ED25519_SHA256, S("QUJD"));
    assert_true(str_eq(out_done(&o), S("v=DKIM1; k=ed25519; p=QUJD")));
    arena_free(&a);
}

/* A letter is what one address says: R right, A absent, E empty, D differs, C a CNAME of its own, 2 two records, - nothing.
 * Addresses of one server stand together; a blank begins the next server. */
static void servers_are_joined(void **state)
{
    static const struct {
        const char *said;
        enum keys_sight want;
    } rows[] = {
        {"", KEYS_UNSEEN},       {"R", KEYS_RIGHT},     {"R R", KEYS_RIGHT},   {"R A", KEYS_DIFFERS},
        {"R -", KEYS_UNSEEN},    {"R R-", KEYS_RIGHT},  {"-- R", KEYS_UNSEEN}, {"RA R", KEYS_DIFFERS},
        {"A A", KEYS_ABSENT},    {"E A", KEYS_EMPTY},   {"E E", KEYS_EMPTY},   {"E R", KEYS_DIFFERS},
        {"A -", KEYS_UNSEEN},    {"D -", KEYS_DIFFERS}, {"C R", KEYS_DIFFERS}, {"2", KEYS_DIFFERS},
        {"R A -", KEYS_DIFFERS}, {"-", KEYS_UNSEEN},
    };
    static const str right[] = {S_INIT("p=QUJD"), S_INIT("p=QUJD")};
    static const str empty[] = {S_INIT("p=")}, other[] = {S_INIT("p=QUJE")};
    struct arena a;
    (void)state;
    arena_init(&a, NULL, 65536);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct authority_answer list[8];
        enum keys_sight each[8];
        size_t n = 0;
        uint8_t server = 'a';
        for (const char *c = rows[i].said; *c; c++) {
            if (*c == ' ') {
                server++;
                continue;
            }
            const str *texts = *c == 'E' ? empty : *c == 'D' ? other : right;
            list[n] = (struct authority_answer){
                .got = AUTHORITY_TEXTS, .texts = texts, .text_n = *c == '2' ? 2 : 1};
            list[n].got = *c == 'A'   ? AUTHORITY_NONE
                          : *c == '-' ? AUTHORITY_FAILED
                          : *c == 'C' ? AUTHORITY_ALIAS
                                      : AUTHORITY_TEXTS;
            list[n++].server = arena_copy(&a, (str){&server, 1});
        }
        struct authority_report r = {.list = list, .n = n, .wait_s = 77};
        struct keys_seen seen = keys_look(&a, &r, INGAM_RSA_SHA256, S("QUJD"), each);
        if (seen.sight != rows[i].want || seen.wait_s != 77)
            fail_msg("'%s': got %d", rows[i].said, (int)seen.sight);
    }
    arena_free(&a);
}

static void selectors_are_made(void **state)
{
    static const struct {
        const char *template, *want;
    } rows[] = {
        {"%Y%m-%a", "202701-rsa"},
        {"s%d.x", "s15.x"},
        {"%H%M", "0800"},
        {"plain_1", "plain_1"},
        {"%q", NULL},
        {"a%", NULL},
        {"", NULL},
        {"a..b", NULL},
        {"-a", NULL},
        {"a/b", NULL},
        {"../x", NULL},
        {"a b", NULL},
    };
    char got[KEYS_SELECTOR_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool is_good = keys_selector_make(rows[i].template, INGAM_RSA_SHA256, T0, got);
        if (is_good != (rows[i].want != NULL) || (is_good && strcmp(got, rows[i].want) != 0))
            fail_msg("%s: %s", rows[i].template, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_lives),
        cmocka_unit_test(nothing_signs_unseen),
        cmocka_unit_test(a_lost_file_never_signs),
        cmocka_unit_test(only_once_retired),
        cmocka_unit_test(rotation_is_planned),
        cmocka_unit_test(records_are_compared),
        cmocka_unit_test(servers_are_joined),
        cmocka_unit_test(selectors_are_made),
    };
    return cmocka_run_group_tests_name("keys_life", tests, NULL, NULL);
}
