/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of a master file:                                                            [RFC1035 5.1] [RFC2308 4]
 *
 *     entry     = [owner] [TTL] [class] type rdata  /  "$ORIGIN" name  /  "$TTL" TTL  /  nothing
 *     fault     = ";!fault" name ( type / "*" ) mode          ; ours: this question fails at once
 *
 * A line that begins with white space has the owner of the entry before. TTL and class stand in either order. */
#include "dns/zone.h"

enum { TTL_UNSTATED = 300 };

static struct zone_node *node_of(struct zone_reader *r, str word)
{
    uint8_t name[NAME_MAX];
    size_t n = 0;
    if (!zone_name(r, word, name, &n))
        return NULL;
    for (size_t i = 0; i < n; i++)
        name[i] = byte_lower(name[i]);
    return zone_node(r->zone, (str){name, n});
}

static bool is_word(str word, const char *want)
{
    return str_eq_nocase(word, str_of(want));
}

/* What stands between owner and data. */
struct head {
    bool has_ttl, has_class;
    uint32_t ttl;
    uint16_t type;
};

/* Takes [TTL] [class] type, the first two in either order. */
static bool read_head(struct zone_reader *r, str word, struct head *head)
{
    static const char expected[] = "a TTL, a class or a type";
    for (;;) {
        if (!head->has_ttl && zone_ttl(word, &head->ttl))
            head->has_ttl = true;
        else if (!head->has_class && is_word(word, "IN"))
            head->has_class = true;
        else if (is_word(word, "CH") || is_word(word, "HS") || is_word(word, "CS"))
            return zone_wrong(r, word.p, "the class IN");
        else
            return zone_type(word, &head->type) || zone_wrong(r, word.p, expected);
        if (!zone_word(r, expected, &word))
            return false;
    }
}

/* [RFC2308 4]: $TTL where there is one, else the TTL stated last. */
static uint32_t ttl_of(struct zone_reader *r, const struct head *head)
{
    if (head->has_ttl)
        r->last_ttl = head->ttl;
    return head->has_ttl || !r->has_default_ttl ? r->last_ttl : r->default_ttl;
}

static bool add_record(struct zone_reader *r, const struct head *head, const struct zone_rdata *data,
                       const uint8_t *at)
{
    uint32_t ttl = ttl_of(r, head);
    if (!zone_exists(r->zone, r->owner))
        return false;
    if (!data->is_kept)
        return true;
    struct zone_set *set = zone_set_for(r->zone, r->owner, head->type);
    if (set == NULL)
        return false;
    if (ttl < set->ttl)
        set->ttl = ttl;
    set->negative_ttl = data->negative_ttl < ttl ? data->negative_ttl : ttl;
    enum zone_added added = zone_add(r->zone, set, &data->rr);
    if (added == ZONE_TOO_MANY)
        return zone_wrong(r, at, "at most 1024 records of one name and type");
    return added == ZONE_ADDED;
}

/* in   word  the first word behind the owner */
static bool read_record(struct zone_reader *r, str word)
{
    struct head head = {0};
    struct zone_rdata data;
    if (!read_head(r, word, &head) || !zone_rdata(r, head.type, &data))
        return false;
    return add_record(r, &head, &data, word.p);
}

static bool read_end(struct zone_reader *r)
{
    str piece;
    enum zone_token token = zone_token(r, &piece);
    if (token == TOKEN_BAD)
        return false;
    return token == TOKEN_END || zone_wrong(r, piece.p, "the end of the line");
}

static bool read_origin(struct zone_reader *r)
{
    str word;
    uint8_t name[NAME_MAX];
    size_t n = 0;
    if (!zone_word(r, "a domain name", &word) || !zone_name(r, word, name, &n))
        return false;
    memcpy(r->origin, name, n);
    r->origin_n = n;
    return read_end(r);
}

static bool read_default_ttl(struct zone_reader *r)
{
    static const char expected[] = "a TTL: seconds, or with the units w d h m s";
    str word;
    if (!zone_word(r, expected, &word))
        return false;
    if (!zone_ttl(word, &r->default_ttl))
        return zone_wrong(r, word.p, expected);
    r->has_default_ttl = true;
    return read_end(r);
}

static bool read_directive(struct zone_reader *r, str word)
{
    if (is_word(word, "$ORIGIN"))
        return read_origin(r);
    if (is_word(word, "$TTL"))
        return read_default_ttl(r);
    return zone_wrong(r, word.p, "$ORIGIN or $TTL: other directives are not known here");
}

static const struct {
    const char *name;
    enum ingam_status status;
    const char *why;
} modes[] = {
    {"SERVFAIL", INGAM_STATUS_FAILED, "SERVFAIL"}, {"REFUSED", INGAM_STATUS_FAILED, "REFUSED"},
    {"TIMEOUT", INGAM_STATUS_FAILED, "timeout"},   {"NXDOMAIN", INGAM_STATUS_NXDOMAIN, NULL},
    {"NODATA", INGAM_STATUS_NODATA, NULL},
};

static bool read_mode(struct zone_reader *r, struct zone_fault *fault)
{
    static const char expected[] = "SERVFAIL, REFUSED, TIMEOUT, NXDOMAIN or NODATA";
    str word;
    if (!zone_word(r, expected, &word))
        return false;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (is_word(word, modes[i].name)) {
            fault->status = modes[i].status;
            fault->why = modes[i].why;
            return true;
        }
    return zone_wrong(r, word.p, expected);
}

static bool read_fault(struct zone_reader *r)
{
    str name, type;
    struct zone_fault fault = {0};
    if (!zone_word(r, "a domain name", &name) || !zone_word(r, "a type or *", &type) || !read_mode(r, &fault))
        return false;
    if (!str_eq(type, S("*")) && !zone_type(type, &fault.type))
        return zone_wrong(r, type.p, "a type or *");
    struct zone_node *node = node_of(r, name);
    struct zone_fault *kept = node ? NEW(&r->zone->arena, struct zone_fault) : NULL;
    if (kept == NULL)
        return false;
    fault.next = node->faults;
    *kept = fault;
    node->faults = kept;
    return read_end(r);
}

/* Takes ";!fault" and the white space behind it. */
static bool takes_fault(cur *c)
{
    cur at = *c;
    cur_run(&at, C_WSP);
    if (!cur_text_nocase(&at, S(";!fault")) || !cur_is(&at, C_WSP))
        return false;
    *c = at;
    return true;
}

static bool read_entry(struct zone_reader *r)
{
    if (takes_fault(&r->c))
        return read_fault(r);
    bool has_owner = !cur_is(&r->c, C_WSP);
    str word;
    enum zone_token token = zone_token(r, &word);
    if (token == TOKEN_END)
        return true;
    if (token != TOKEN_WORD)
        return zone_wrong(r, word.p, "an owner name, or white space");
    if (has_owner && *word.p == '$')
        return read_directive(r, word);
    if (has_owner) {
        r->owner = node_of(r, word);
        if (r->owner == NULL || !zone_word(r, "a TTL, a class or a type", &word))
            return false;
    }
    if (r->owner == NULL)
        return zone_wrong(r, word.p, "an owner name: there is none before this line");
    return read_record(r, word);
}

bool zone_read(struct zone_reader *r)
{
    r->c = cur_of(r->text);
    r->last_ttl = TTL_UNSTATED;
    while (!cur_end(&r->c))
        if (!read_entry(r))
            return false;
    return true;
}
