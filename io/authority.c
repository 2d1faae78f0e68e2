/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/authority_inside.h"

#include "io/clock.h"
#include "io/resolver.h"

enum { QUESTION_MS = 5000, ALIASES_MAX = 8, UNKNOWN_NEGATIVE_S = 10800 };
enum question { ASK_ALIAS = 1, ASK_TEXT, ASK_ABSENT, ASK_N };

/* What one server said to the three questions: CNAME and TXT of the name, and a name that is not there, for whose absence
 * the server names the time that caches keep it. */
struct said {
    enum ingam_status status[ASK_N];
    const char *why[ASK_N];
    int64_t ttl_s[ASK_N];
    str alias;
    str *texts;
    size_t text_n;
};

static void open_peers(struct arena *a, const struct authority_options *o, struct authority_peers *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct source_error error;
        struct resolver_options way = {.way = RESOLVER_FORWARD,
                                       .forward = arena_copy_z(a, p->list[i].address),
                                       .keeps_ttl = true,
                                       .question_ms = o->question_ms ? o->question_ms : QUESTION_MS};
        p->list[i].source = way.forward ? resolver_open(&way, &error) : NULL;
    }
}

static void close_peers(struct authority_peers *p)
{
    for (size_t i = 0; i < p->n; i++)
        source_close(p->list[i].source);
}

static void send(struct authority_peers *p, str name, enum question id, uint16_t type)
{
    struct ingam_question q = {.id = (uint32_t)id, .type = type, .name = name};
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].source)
            (void)!source_ask(p->list[i].source, &q);
}

static void note(struct arena *a, struct said *said, const struct ingam_answer *answer)
{
    if (answer->id >= ASK_N)
        return;
    said->status[answer->id] = answer->status;
    said->why[answer->id] = answer->why;
    said->ttl_s[answer->id] = answer->ttl;
    if (answer->status != INGAM_STATUS_OK)
        return;
    if (answer->id == ASK_ALIAS && answer->rr_n)
        said->alias = arena_copy_lower(a, answer->rrs[0].data);
    if (answer->id == ASK_TEXT)
        said->texts = NEW_N(a, str, answer->rr_n);
    for (size_t i = 0; said->texts && answer->id == ASK_TEXT && i < answer->rr_n; i++)
        said->texts[said->text_n++] = arena_copy(a, answer->rrs[i].data);
}

static void collect(struct arena *a, struct authority_peers *p, struct said *said)
{
    for (size_t i = 0; i < p->n; i++) {
        struct ingam_answer answer;
        while (p->list[i].source && source_wait(p->list[i].source, clock_now_ms() + UINT64_C(60000), &answer))
            note(a, &said[i], &answer);
    }
}

/* ret  a name beside this one that nobody has */
static str absent_name(struct arena *a, str name)
{
    struct out o;
    out_init(&o, a);
    out_z(&o, "ingam-looks-for-nothing.");
    out_str(&o, name_parent(name));
    return out_done(&o);
}

/* A TXT question at an alias would be followed to zones that this server may not have; so that of the CNAME goes first. */
static bool ask_all(struct arena *a, struct authority_peers *p, str name, struct said *said)
{
    str absent = absent_name(a, name);
    if (absent.p == NULL)
        return false;
    send(p, name, ASK_ALIAS, INGAM_RR_CNAME);
    send(p, absent, ASK_ABSENT, INGAM_RR_PTR);
    collect(a, p, said);
    for (size_t i = 0; i < p->n; i++) {
        struct ingam_question q = {.id = ASK_TEXT, .type = INGAM_RR_TXT, .name = name};
        bool has_none = said[i].status[ASK_ALIAS] == INGAM_STATUS_NODATA ||
                        said[i].status[ASK_ALIAS] == INGAM_STATUS_NXDOMAIN;
        if (p->list[i].source && has_none)
            (void)!source_ask(p->list[i].source, &q);
    }
    collect(a, p, said);
    return !a->has_failed;
}

static enum authority_got got_of(const struct said *said, const char **why)
{
    *why = NULL;
    if (said->status[ASK_ALIAS] == INGAM_STATUS_OK)
        return AUTHORITY_ALIAS;
    if (said->status[ASK_TEXT] == INGAM_STATUS_OK)
        return AUTHORITY_TEXTS;
    if (said->status[ASK_TEXT] == INGAM_STATUS_NODATA || said->status[ASK_TEXT] == INGAM_STATUS_NXDOMAIN)
        return AUTHORITY_NONE;
    const char *reason = said->why[ASK_TEXT] ? said->why[ASK_TEXT] : said->why[ASK_ALIAS];
    *why = reason ? reason : "no answer";
    return AUTHORITY_FAILED;
}

static void note_wait(struct authority_report *r, const struct said *said)
{
    int64_t negative_s = UNKNOWN_NEGATIVE_S;
    if (said->status[ASK_ABSENT] == INGAM_STATUS_NXDOMAIN || said->status[ASK_ABSENT] == INGAM_STATUS_NODATA)
        negative_s = said->ttl_s[ASK_ABSENT];
    const int64_t waits[] = {negative_s, said->alias.n ? said->ttl_s[ASK_ALIAS] : 0,
                             said->text_n ? said->ttl_s[ASK_TEXT] : 0};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        if (waits[i] > r->wait_s)
            r->wait_s = waits[i];
}

/* ret  the CNAME that every server which answered has; empty: there is none such */
static str common_alias(const struct said *said, size_t n)
{
    str alias = {NULL, 0};
    for (size_t i = 0; i < n; i++) {
        const char *why;
        enum authority_got got = got_of(&said[i], &why);
        if (got == AUTHORITY_FAILED)
            continue;
        if (got != AUTHORITY_ALIAS || (alias.n && !str_eq(alias, said[i].alias)))
            return S("");
        alias = said[i].alias;
    }
    return alias;
}

/* Reports what was said; of those that agree on a CNAME only who did not answer. */
static bool report(struct arena *a, const struct authority_peers *p, const struct said *said, str name,
                   struct authority_report *r)
{
    bool has_alias = common_alias(said, p->n).n > 0;
    struct authority_answer *list = NEW_N(a, struct authority_answer, r->n + p->n);
    if (list == NULL)
        return false;
    if (r->n)
        memcpy(list, r->list, r->n * sizeof *list);
    r->list = list;
    for (size_t i = 0; i < p->n; i++) {
        struct authority_answer answer = {.server = p->list[i].server,
                                          .address = p->list[i].address,
                                          .name = name,
                                          .texts = said[i].texts,
                                          .text_n = said[i].text_n};
        answer.got = got_of(&said[i], &answer.why);
        if (answer.got != AUTHORITY_FAILED)
            note_wait(r, &said[i]);
        if (!has_alias || answer.got == AUTHORITY_FAILED)
            list[r->n++] = answer;
    }
    return true;
}

/* One link of the chain. out  *next  the target to go on with; empty: this was the end */
static bool ask_link(struct arena *a, const struct authority_options *o, str name, struct authority_report *r,
                     str *next)
{
    struct authority_peers *p = NEW(a, struct authority_peers);
    *next = S("");
    if (p == NULL || !authority_find(a, o, name, p))
        return false;
    r->why = p->n ? NULL : p->why;
    r->why_name = p->why_name;
    struct said *said = NEW_N(a, struct said, p->n);
    open_peers(a, o, p);
    bool is_done = said && ask_all(a, p, name, said) && report(a, p, said, name, r);
    close_peers(p);
    if (is_done)
        *next = common_alias(said, p->n);
    return is_done;
}

static bool add_endless(struct arena *a, str name, struct authority_report *r)
{
    r->list = NEW(a, struct authority_answer);
    if (r->list == NULL)
        return false;
    r->list[0] = (struct authority_answer){.server = name, .got = AUTHORITY_ALIAS, .name = name};
    r->n = 1;
    return true;
}

bool authority_ask(struct arena *a, const struct authority_options *o, str name, struct authority_report *r)
{
    *r = (struct authority_report){.n = 0};
    for (int i = 0; i < ALIASES_MAX; i++) {
        str next;
        if (!ask_link(a, o, name, r, &next))
            return false;
        if (next.n == 0)
            return true;
        name = next;
    }
    return add_endless(a, name, r);
}
