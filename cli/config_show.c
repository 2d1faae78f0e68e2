/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/config.h"

#include "base/date.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/screen.h"
#include "conf/show.h"
#include <pwd.h>
#include <time.h>
#include <unistd.h>

enum { SHOW_MAX = 256 << 20 };

/* A file gets the bytes, a terminal only harmless ones. */
static void write_lines(str text)
{
    struct screen s;
    screen_init(&s, stdout, COLOR_NEVER);
    while (s.is_terminal && text.n) {
        str line = str_first(text, str_find(text, '\n'));
        screen_put(&s, line);
        screen_end_line(&s);
        text = str_from(text, line.n + 1);
    }
    output_bytes(text);
}

bool config_show_text(const struct conf *c)
{
    struct arena a;
    struct out o;
    arena_init(&a, NULL, SHOW_MAX);
    out_init(&o, &a);
    conf_show(&o, c);
    str text = out_done(&o);
    write_lines(text);
    arena_free(&a);
    return text.n > 0;
}

static json_t *json_names(const struct conf_names *names)
{
    json_t *list = json_array();
    for (size_t i = 0; i < names->n; i++)
        json_array_append_new(list, json_text(names->list[i]));
    return list;
}

static json_t *json_nets(const struct conf_nets *nets, struct arena *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < nets->n; i++) {
        struct out o;
        out_init(&o, a);
        value_write_net(&o, &nets->list[i]);
        json_array_append_new(list, json_text(out_done(&o)));
    }
    return list;
}

/* What is written without quotes: "none" is null. */
static json_t *json_word(const struct word *w, const void *value, struct arena *a)
{
    struct out o;
    out_init(&o, a);
    value_write(&o, w, value);
    str text = out_done(&o);
    if (str_eq(text, S("none")))
        return json_null();
    if (text.n > 1 && text.p[0] == '"')
        text = w->kind == WORD_ID || w->kind == WORD_DOMAIN ? *(const str *)value
                                                            : str_of(*(const char *const *)value);
    return json_text(text);
}

static json_t *json_value(const struct word *w, const void *value, struct arena *a)
{
    bool is_seconds = w->kind == WORD_SECONDS && *(const int64_t *)value;
    if (w->kind == WORD_YES)
        return json_boolean(*(const bool *)value);
    if (w->kind == WORD_NUMBER || w->kind == WORD_BYTES)
        return json_integer((json_int_t) * (const size_t *)value);
    if (w->kind == WORD_MS)
        return json_real((double)*(const uint64_t *)value / 1000);
    if (is_seconds)
        return json_real((double)*(const int64_t *)value);
    if (w->kind == WORD_NAMES || w->kind == WORD_FIELDS)
        return json_names(value);
    return w->kind == WORD_NETS ? json_nets(value, a) : json_word(w, value, a);
}

static void add_words(json_t *to, const struct conf *c, enum block_id block, size_t i)
{
    struct arena a;
    arena_init(&a, NULL, SHOW_MAX);
    for (const struct word *w = blocks[block].words; w->name; w++) {
        const void *value = show_value(c, block, i, w, &a);
        if (value)
            json_object_set_new(to, w->name, json_value(w, value, &a));
    }
    arena_free(&a);
}

static json_t *json_blocks(const struct conf *c, enum block_id block)
{
    json_t *list = json_array();
    for (size_t i = 0; i < show_count(c, block); i++) {
        json_t *one = json_object();
        json_object_set_new(one, block == BLOCK_LISTEN ? "address" : "name",
                            json_text(str_of(show_title(c, block, i))));
        add_words(one, c, block, i);
        json_array_append_new(list, one);
    }
    return list;
}

bool config_show_json(const struct conf *c)
{
    json_t *all = json_object();
    add_words(all, c, BLOCK_TOP, 0);
    for (unsigned i = BLOCK_TOP + 1; i < BLOCK_N; i++) {
        json_t *block = blocks[i].has_title ? json_blocks(c, (enum block_id)i) : json_object();
        if (!blocks[i].has_title)
            add_words(block, c, (enum block_id)i, 0);
        json_object_set_new(all, blocks[i].name, block);
    }
    return json_line(all, stdout);
}

static size_t note_trusts(const struct conf *c, int64_t now_s)
{
    size_t n = 0;
    for (size_t i = 0; i < c->trust_n; i++) {
        if (c->trusts[i].until_s && c->trusts[i].until_s < now_s) {
            complain("note: trust \"%s\" has ended; take it out or give it another date", c->trusts[i].name);
            n++;
        }
    }
    return n;
}

static size_t note_file(const char *word, const char *path)
{
    if (path == NULL || access(path, R_OK) == 0)
        return 0;
    complain("note: %s: %s cannot be read here", word, path);
    return 1;
}

size_t config_notes(const struct conf *c)
{
    size_t n = note_trusts(c, (int64_t)time(NULL));
    n += note_file("keys", c->sign.keys);
    n += note_file("anchor", c->resolver.anchor_file);
    if (c->user && getpwnam(c->user) == NULL) {
        complain("note: user: there is no \"%s\" on this machine", c->user);
        n++;
    }
    return n;
}
