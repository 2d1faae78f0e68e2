/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads case files; tests/cases/README.md says what stands in them. */
#include "scenario.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct reader {
    struct scenarios *all;
    struct scenario common, *now; /* now: the case being read, or &common */
    const char *folder, *path;
    size_t line;
    struct text *block; /* inline text that goes on; NULL: none */
    bool is_message;
    size_t blank; /* empty lines that may belong to it */
    bool has_failed;
};

static void complain(struct reader *r, const char *what, const char *about)
{
    fprintf(stderr, "%s:%zu: %s: %s\n", r->path, r->line, what, about);
    r->has_failed = true;
}

static void set(char **where, const char *value)
{
    free(*where);
    *where = value ? copy_of(value) : NULL;
}

static void scenario_free(struct scenario *sc)
{
    free(sc->file);
    free(sc->name);
    free(sc->ip);
    free(sc->helo);
    free(sc->mail);
    free(sc->authserv_id);
    free(sc->sealers);
    text_free(&sc->zone);
    text_free(&sc->message);
    for (size_t i = 0; i < sc->silent_n; i++)
        free(sc->silent[i]);
    for (size_t i = 0; i < sc->expected_n; i++) {
        free(sc->expected[i].key);
        free(sc->expected[i].value);
    }
}

static char *again(const char *z)
{
    return z ? copy_of(z) : NULL;
}

static struct scenario scenario_copy(const struct scenario *from)
{
    struct scenario sc = *from;
    sc.file = again(from->file);
    sc.name = again(from->name);
    sc.ip = again(from->ip);
    sc.helo = again(from->helo);
    sc.mail = again(from->mail);
    sc.authserv_id = again(from->authserv_id);
    sc.sealers = again(from->sealers);
    sc.zone = sc.message = (struct text){0};
    text_put(&sc.zone, from->zone.p, from->zone.n);
    text_put(&sc.message, from->message.p, from->message.n);
    for (size_t i = 0; i < from->silent_n; i++)
        sc.silent[i] = again(from->silent[i]);
    for (size_t i = 0; i < from->expected_n; i++) {
        sc.expected[i].key = again(from->expected[i].key);
        sc.expected[i].value = again(from->expected[i].value);
    }
    return sc;
}

/* --- inline text --- */

static size_t escape_hex(struct text *t, const char *p)
{
    char hex[3] = {p[0], p[0] ? p[1] : 0, 0};
    char byte = (char)strtoul(hex, NULL, 16);
    text_put(t, &byte, 1);
    return 2;
}

/* \{N:text}: ret how many bytes behind the brace were taken */
static size_t escape_repeat(struct text *t, const char *p)
{
    char *colon = NULL;
    unsigned long n = strtoul(p, &colon, 10);
    const char *end = strchr(colon, '}');
    if (*colon != ':' || end == NULL)
        return 0;
    for (unsigned long i = 0; i < n; i++)
        text_put(t, colon + 1, (size_t)(end - colon - 1));
    return (size_t)(end + 1 - p);
}

/* Adds a line of a message with its escapes read; \c at the end leaves its CRLF out. */
static void add_message_line(struct text *t, const char *p)
{
    static const char from[] = "rnt0\\", to[] = "\r\n\t\0\\";
    for (; *p; p++) {
        const char *known = *p == '\\' && p[1] ? strchr(from, p[1]) : NULL;
        if (*p != '\\') {
            text_put(t, p, 1);
        } else if (known) {
            text_put(t, &to[known - from], 1);
            p++;
        } else if (p[1] == 'x') {
            p += 1 + escape_hex(t, p + 2);
        } else if (p[1] == '{') {
            p += 1 + escape_repeat(t, p + 2);
        } else if (p[1] == 'c') {
            return;
        }
    }
    text_put(t, "\r\n", 2);
}

static void add_block_line(struct reader *r, const char *line)
{
    if (r->is_message) {
        add_message_line(r->block, line);
        return;
    }
    text_put(r->block, line, strlen(line));
    text_put(r->block, "\n", 1);
}

/* ret  the line belongs to the inline text above it */
static bool is_in_block(struct reader *r, const char *line)
{
    if (r->block == NULL)
        return false;
    if (line[0] == 0) {
        r->blank++;
        return true;
    }
    if (strncmp(line, "    ", 4) != 0) {
        r->block = NULL;
        return false;
    }
    for (; r->blank; r->blank--)
        add_block_line(r, "");
    add_block_line(r, line + 4);
    return true;
}

static void open_block(struct reader *r, struct text *where, const char *value)
{
    text_free(where);
    text_put(where, "", 0);
    r->is_message = where == &r->now->message;
    r->blank = 0;
    if (*value == 0) {
        r->block = where;
        if (!r->is_message)
            text_add(where, "$ORIGIN .\n$TTL 300\n");
        return;
    }
    char path[512];
    snprintf(path, sizeof path, "%s/%s", r->folder, value);
    if (!text_file(where, path))
        complain(r, "no such file", path);
}

/* --- keywords --- */

static void read_now(struct reader *r, char *value)
{
    struct tm tm = {0};
    const char *rest = strptime(value, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (rest == NULL || *rest)
        complain(r, "not a time", value);
    r->now->now_ms = (uint64_t)timegm(&tm) * 1000;
}

static void read_zone(struct reader *r, char *value)
{
    open_block(r, &r->now->zone, value);
}

static void read_message(struct reader *r, char *value)
{
    open_block(r, &r->now->message, value);
}

/* Splits NAME=VALUE pairs at blanks; a value may stand in double quotes. ret NULL at the end */
static char *next_pair(char **rest, char **value)
{
    char *name = *rest + strspn(*rest, " \t");
    if (*name == 0)
        return NULL;
    char *eq = name + strcspn(name, "=");
    bool is_quoted = eq[0] == '=' && eq[1] == '"';
    char *from = *eq ? eq + 1 + is_quoted : eq;
    char *end = is_quoted ? from + strcspn(from, "\"") : from + strcspn(from, " \t");
    *rest = *end ? end + 1 : end;
    *end = 0;
    if (*eq)
        *eq = 0;
    *value = from;
    return name;
}

static void read_smtp(struct reader *r, char *rest)
{
    struct scenario *sc = r->now;
    set(&sc->ip, NULL);
    set(&sc->helo, NULL);
    set(&sc->mail, NULL);
    for (char *value, *name; (name = next_pair(&rest, &value));) {
        if (strcmp(name, "ip") == 0)
            set(&sc->ip, value);
        else if (strcmp(name, "helo") == 0)
            set(&sc->helo, value);
        else if (strcmp(name, "mail") == 0 && strcmp(value, "unknown") == 0)
            set(&sc->mail, NULL);
        else if (strcmp(name, "mail") == 0 && value[0] == '<' && value[strlen(value) - 1] == '>') {
            value[strlen(value) - 1] = 0;
            set(&sc->mail, value + 1);
        } else if (strcmp(name, "rcpt") != 0) {
            complain(r, "not of an envelope", name);
        }
    }
}

static enum ingam_disposition disposition(struct reader *r, const char *word)
{
    for (int d = INGAM_ACCEPT; d <= INGAM_DEFER; d++)
        if (strcmp(word, ingam_disposition_name((enum ingam_disposition)d)) == 0)
            return (enum ingam_disposition)d;
    complain(r, "not a disposition", word);
    return INGAM_ACCEPT;
}

static void read_policy(struct reader *r, char *rest)
{
    struct ingam_policy *policy = &r->now->config.policy;
    for (char *value, *name; (name = next_pair(&rest, &value));) {
        if (strcmp(name, "mode") == 0)
            policy->mode = strcmp(value, "observe") == 0 ? INGAM_OBSERVE : INGAM_ENFORCE;
        else if (strcmp(name, "on-reject") == 0)
            policy->on_reject = disposition(r, value);
        else if (strcmp(name, "on-temperror") == 0)
            policy->on_temperror = disposition(r, value);
        else if (strcmp(name, "on-no-author") == 0)
            policy->on_no_author = disposition(r, value);
        else if (strcmp(name, "trust-arc") == 0)
            set(&r->now->sealers, value);
        else if (strcmp(name, "partial-body") == 0)
            policy->allow_partial_body = strcmp(value, "yes") == 0;
        else
            complain(r, "not of a policy", name);
    }
}

/* Calls m(member) for each limit that is a size. */
#define LIMITS(m)                                                                                            \
    m(header_block) m(field) m(fields) m(dkim_field) m(dkim_tags) m(dkim_signed_names) m(dkim_signatures)    \
        m(key_record) m(rsa_bits_max) m(questions) m(arena) m(nesting) m(from_addresses) m(spf_terms)        \
            m(spf_voids) m(spf_mx) m(spf_ptr) m(arc_sets)

static void read_limit(struct reader *r, char *rest)
{
    static const struct {
        const char *name;
        size_t at;
    } sizes[] = {
#define ROW(member) {#member, offsetof(struct ingam_limits, member)},
        LIMITS(ROW)
#undef ROW
    };
    for (char *value, *name; (name = next_pair(&rest, &value));) {
        size_t n = strtoull(value, NULL, 10);
        bool is_known = strcmp(name, "deadline_ms") == 0;
        if (is_known)
            r->now->config.limits.deadline_ms = n;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            if (strcmp(name, sizes[i].name) != 0)
                continue;
            memcpy((char *)&r->now->config.limits + sizes[i].at, &n, sizeof n);
            is_known = true;
        }
        if (!is_known)
            complain(r, "not a limit", name);
    }
}

static void read_silent(struct reader *r, char *value)
{
    if (r->now->silent_n == SILENT_MAX) {
        complain(r, "too many", value);
        return;
    }
    r->now->silent[r->now->silent_n++] = copy_of(value);
}

static void read_feed(struct reader *r, char *value)
{
    r->now->feeds_fields = strstr(value, "fields") != NULL;
    r->now->feeds_bytes = strstr(value, "bytes") != NULL;
}

static void read_id(struct reader *r, char *value)
{
    set(&r->now->authserv_id, value);
}

/* key=value, key~value, key!~value; the name ends at the first of = ~ ! */
static void read_expect(struct reader *r, char *rest)
{
    for (rest += strspn(rest, " \t"); *rest; rest += strspn(rest, " \t")) {
        char *op = rest + strcspn(rest, "=~!");
        char *from = op + (*op == '!' ? 2 : 1);
        if (*op == 0 || r->now->expected_n == EXPECT_MAX) {
            complain(r, *op ? "too many" : "not an expectation", rest);
            return;
        }
        bool is_quoted = *from == '"';
        from += is_quoted;
        char *end = from + strcspn(from, is_quoted ? "\"" : " \t");
        char kind = *op;
        *op = 0;
        bool is_last = *end == 0;
        *end = 0;
        r->now->expected[r->now->expected_n++] =
            (struct expected){copy_of(rest), kind, copy_of(from), r->line};
        rest = is_last ? end : end + 1;
    }
}

static void read_case(struct reader *r, char *value)
{
    struct scenarios *all = r->all;
    all->list = realloc(all->list, (all->n + 1) * sizeof *all->list);
    if (all->list == NULL)
        abort();
    char *citation = strstr(value, "  ");
    if (citation)
        *citation = 0;
    r->now = &all->list[all->n++];
    *r->now = scenario_copy(&r->common);
    set(&r->now->name, value);
    r->now->line = r->line;
}

static void read_line(struct reader *r, char *line)
{
    static const struct {
        const char *keyword;
        void (*read)(struct reader *r, char *value);
    } rows[] = {{"case", read_case},   {"now", read_now},         {"smtp", read_smtp},
                {"zone", read_zone},   {"message", read_message}, {"policy", read_policy},
                {"limit", read_limit}, {"silent", read_silent},   {"feed", read_feed},
                {"id", read_id},       {"expect", read_expect}};
    if (is_in_block(r, line) || line[0] == 0 || line[0] == '#')
        return;
    char *value = line + strcspn(line, " \t");
    if (*value)
        *value++ = 0;
    value += strspn(value, " \t");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(line, rows[i].keyword) == 0) {
            rows[i].read(r, value);
            return;
        }
    complain(r, "unknown keyword", line);
}

static void prepare(struct reader *r)
{
    struct scenario *sc = &r->common;
    r->now = sc;
    sc->file = copy_of(r->path);
    sc->name = copy_of("");
    sc->line = 1;
    sc->feeds_bytes = sc->feeds_fields = true;
    ingam_config_default(&sc->config);
    sc->config.policy.mode = INGAM_ENFORCE;
    sc->authserv_id = copy_of("mx.rcpt.example");
    text_add(&sc->zone, "$ORIGIN .\n");
    text_put(&sc->message, "", 0);
}

bool scenarios_read(struct scenarios *all, const char *folder, const char *path)
{
    struct reader r = {.all = all, .folder = folder, .path = path};
    struct text text = {0};
    size_t before = all->n;
    if (!text_file(&text, path)) {
        fprintf(stderr, "%s: not readable\n", path);
        return false;
    }
    prepare(&r);
    char *next = NULL;
    for (char *line = text.p; line && *line; line = next) {
        r.line++;
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        read_line(&r, line);
    }
    if (all->n == before) {
        char name[] = "";
        read_case(&r, name);
    }
    scenario_free(&r.common);
    text_free(&text);
    return !r.has_failed;
}

void scenarios_free(struct scenarios *all)
{
    for (size_t i = 0; i < all->n; i++)
        scenario_free(&all->list[i]);
    free(all->list);
}
