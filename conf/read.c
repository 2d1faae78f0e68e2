/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts -> libconfuse -> snapshot. libconfuse knows the line of a value only while it reads it, so each value is judged in its
 * callback, and read again by build.c when all texts are in. */
#include "conf/inside.h"
#include "conf/scan.h"

#include <stdlib.h>

static const size_t SNAPSHOT_MAX = (size_t)64 << 20, SCRATCH_MAX = (size_t)64 << 20;
enum { SENTENCE_MAX = 600 };

/* libconfuse hands its callbacks nothing of ours. */
static _Thread_local struct reading *now_reading;

bool reading_fails(struct reading *r, struct place at, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list list;
    if (r->has_error)
        return false;
    va_start(list, format);
    vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    conf_error_set(r->error, at.name, at.line, "%s", sentence);
    r->has_error = true;
    return false;
}

static size_t index_of(enum block_id block, const char *word)
{
    return (size_t)(word_named(block, str_of(word)) - blocks[block].words);
}

struct place reading_place(const struct reading *r, enum block_id block, const char *word)
{
    return r->word_at[block][index_of(block, word)];
}

static struct place here(const struct reading *r, const cfg_t *cfg)
{
    return (struct place){r->text->name, (size_t)cfg->line};
}

static enum block_id block_of(const char *name)
{
    for (unsigned i = BLOCK_TOP + 1; i < BLOCK_N; i++)
        if (strcmp(blocks[i].name, name) == 0)
            return (enum block_id)i;
    return BLOCK_TOP;
}

static bool is_block(const char *name)
{
    return block_of(name) != BLOCK_TOP;
}

/* A word of another block, or a block within a block. ret  false: it is neither; else it was said */
static bool tell_misplaced(struct reading *r, struct place at, enum block_id block, const char *name)
{
    enum block_id home = word_home(str_of(name));
    const char *in = blocks[block].name;
    bool is_told = true;
    if (strcmp(name, "include") == 0)
        reading_fails(r, at, "there is no \"include\"; the files conf.d/NAME.conf are read by themselves");
    else if (in && is_block(name))
        reading_fails(r, at, "\"%s\" cannot stand inside \"%s\"; is a } missing before it?", name, in);
    else if (in && word_named(BLOCK_TOP, str_of(name)))
        reading_fails(r, at, "\"%s\" is no word of \"%s\"; it stands outside of all blocks", name, in);
    else if (home != BLOCK_TOP)
        reading_fails(r, at, "\"%.60s\" stands inside \"%s { }\"", name, blocks[home].name);
    else
        is_told = false;
    return is_told;
}

static void tell_unknown(struct reading *r, struct place at, enum block_id block, const char *name)
{
    const char *near = word_nearest(block, str_of(name));
    const char *in = blocks[block].name;
    if (tell_misplaced(r, at, block, name))
        return;
    reading_fails(r, at, "unknown word \"%.60s\"%s%s%s%s%s", name, in ? " in " : "", in ? in : "",
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* libconfuse's sentences of one word, and ours. */
static const struct {
    const char *theirs, *ours;
} sentences[] = {
    {"found duplicate title '%s'", "a second block for \"%.300s\"; each stands once in all files together"},
    {"missing equal sign after option '%s'", "behind \"%.60s\" an = is missing"},
    {"attempt to append to non-list option '%s'", "\"%.60s\" takes one value: write =, not +="},
    {"missing opening brace for section '%s'", "behind \"%.60s\" a { is missing"},
    {"missing title for section '%s'", "behind \"%.60s\" its name or address is missing"},
    {"premature end of file", "the text ends where more is expected"},
    {"unexpected closing brace", "a } where more is expected"},
    {"unexpected token '%s'", "\"%.60s\" does not fit here"},
};

static void on_error(cfg_t *cfg, const char *format, va_list list)
{
    struct reading *r = now_reading;
    char text[SENTENCE_MAX];
    if (r == NULL || r->has_error)
        return;
    if (strcmp(format, "no such option '%s'") == 0) {
        tell_unknown(r, here(r, cfg), block_of(cfg->name), va_arg(list, const char *));
        return;
    }
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (strcmp(format, sentences[i].theirs) == 0)
            format = sentences[i].ours;
    vsnprintf(text, sizeof text, format, list);
    reading_fails(r, here(r, cfg), "%s", text);
}

/* A single word stands once in a block of a text; in a later text it stands instead of the earlier. */
static bool note_word(struct reading *r, const cfg_t *cfg, enum block_id block, const struct word *w)
{
    size_t i = (size_t)(w - blocks[block].words);
    uint32_t *line = &r->line_here[block][i];
    r->word_at[block][i] = here(r, cfg);
    if (*line && !word_is_list(w))
        return reading_fails(r, here(r, cfg), "a second \"%s\"; the first is in line %u", w->name, *line);
    *line = (uint32_t)cfg->line;
    return true;
}

/* libconfuse: 0 is good. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    struct reading *r = now_reading;
    enum block_id block = block_of(cfg->name);
    const struct word *w = word_named(block, str_of(cfg_opt_name(opt)));
    struct value_error why;
    union {
        unsigned choice;
        bool yes;
        size_t n;
        uint64_t ms;
        int64_t s;
        str text;
        const char *z;
        struct conf_net net;
    } into;
    if (!note_word(r, cfg, block, w))
        return -1;
    struct arena_mark mark = arena_mark(r->scratch);
    bool is_good = value_read(w, r->scratch, str_of(value), &into, &why);
    arena_rewind(r->scratch, mark);
    if (!is_good && !reading_fails(r, here(r, cfg), "%s: %s", w->name, why.text))
        return -1;
    *(const char **)result = value;
    return 0;
}

/* A block has ended. */
static int on_block(cfg_t *cfg, cfg_opt_t *opt)
{
    struct reading *r = now_reading;
    enum block_id block = block_of(cfg_opt_name(opt));
    struct place at = {r->text->name, r->block_line[r->block_at++]};
    if (!blocks[block].has_title)
        return 0;
    memset(r->line_here[block], 0, sizeof r->line_here[block]);
    if (++r->block_n > SCAN_BLOCKS_MAX) {
        reading_fails(r, here(r, cfg), "more than %d blocks in all files together", SCAN_BLOCKS_MAX);
        return -1;
    }
    r->section_at[block][cfg_opt_size(opt) - 1] = at;
    return 0;
}

/* Rows of one block as libconfuse wants them; ends with a zeroed row. */
static cfg_opt_t *options_of(struct arena *a, enum block_id block)
{
    cfg_opt_t *options = NEW_N(a, cfg_opt_t, WORDS_MAX + BLOCK_N);
    size_t n = 0;
    for (const struct word *w = blocks[block].words; options && w->name; w++, n++) {
        options[n] = (cfg_opt_t)CFG_STR_CB(w->name, NULL, CFGF_NODEFAULT, on_value);
        if (word_is_list(w))
            options[n] = (cfg_opt_t)CFG_STR_LIST_CB(w->name, NULL, CFGF_NODEFAULT, on_value);
    }
    for (unsigned i = BLOCK_TOP + 1; options && block == BLOCK_TOP && i < BLOCK_N; i++, n++) {
        int flags = blocks[i].has_title ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE;
        options[n] = (cfg_opt_t)CFG_SEC(blocks[i].name, options_of(a, (enum block_id)i), flags);
        options[n].validcb = on_block;
    }
    return options;
}

static bool open_reading(struct reading *r)
{
    cfg_opt_t *options = options_of(r->scratch, BLOCK_TOP);
    for (unsigned i = 0; i < BLOCK_N; i++)
        r->section_at[i] = NEW_N(r->scratch, struct place, SCAN_BLOCKS_MAX);
    r->cfg = r->scratch->has_failed ? NULL : cfg_init(options, CFGF_NONE);
    if (r->cfg)
        cfg_set_error_function(r->cfg, on_error);
    return r->cfg != NULL;
}

static bool read_scanned(struct reading *r, const struct scanned *scanned)
{
    struct place whole = {r->text->name, 0};
    if (scanned->text.n == 0)
        return true;
    void *bytes; /* fmemopen writes nothing there in mode "r" */
    memcpy(&bytes, &scanned->text.p, sizeof bytes);
    FILE *file = fmemopen(bytes, scanned->text.n, "r");
    if (file == NULL)
        return reading_fails(r, whole, "no memory");
    now_reading = r;
    int got = cfg_parse_fp(r->cfg, file);
    now_reading = NULL;
    fclose(file);
    return got == CFG_SUCCESS && !r->has_error ? true : reading_fails(r, whole, "cannot be read");
}

static bool read_one(struct reading *r, const struct conf_text *text)
{
    struct scanned scanned;
    struct place whole = {text->name, 0};
    r->text = text;
    r->block_at = 0;
    memset(r->line_here, 0, sizeof r->line_here);
    if (text->text.n > CONF_TEXT_BYTES)
        return reading_fails(r, whole, "more than %d bytes", CONF_TEXT_BYTES);
    struct arena_mark mark = arena_mark(r->scratch);
    bool is_good = scan_text(r->scratch, text, &scanned, r->error);
    r->has_error = !is_good;
    r->block_line = scanned.block_line;
    is_good = is_good && read_scanned(r, &scanned);
    arena_rewind(r->scratch, mark);
    return is_good;
}

static struct conf *build(struct reading *r, const char *host)
{
    struct arena *a = malloc(sizeof *a);
    if (a == NULL) {
        reading_fails(r, (struct place){"configuration", 0}, "no memory");
        return NULL;
    }
    arena_init(a, NULL, SNAPSHOT_MAX);
    struct conf *c = build_conf(r, a, host);
    if (c) {
        c->holds = 1;
        c->memory = a;
        return c;
    }
    arena_free(a);
    free(a);
    return NULL;
}

struct conf *conf_read(const struct conf_text *texts, size_t n, const char *host, struct conf_error *error)
{
    struct arena scratch;
    struct reading r = {.scratch = &scratch, .error = error};
    arena_init(&scratch, NULL, SCRATCH_MAX);
    error->text[0] = '\0';
    bool is_good = open_reading(&r) || reading_fails(&r, (struct place){"configuration", 0}, "no memory");
    for (size_t i = 0; is_good && i < n; i++)
        is_good = read_one(&r, &texts[i]);
    struct conf *c = is_good ? build(&r, host) : NULL;
    cfg_free(r.cfg);
    arena_free(&scratch);
    return c;
}

struct conf *conf_hold(struct conf *c)
{
    c->holds++;
    return c;
}

void conf_drop(struct conf *c)
{
    if (c == NULL || --c->holds)
        return;
    struct arena *a = c->memory;
    arena_free(a);
    free(a);
}
