/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

#include <stdlib.h>
#include <unistd.h>

static const char *const answer_words[] = {
    "nothing", "bad",   "options",  "continue", "accept", "reject", "tempfail",   "discard",
    "skip",    "reply", "progress", "insert",   "add",    "change", "quarantine", "other",
};

static enum played fails(struct peer *p, enum played how, const char *why)
{
    snprintf(p->why, sizeof p->why, "%s", why);
    return how;
}

/* --- What comes back, as lines. --- */

static void print_byte(FILE *to, uint8_t c)
{
    if (c == '"' || c == '\\')
        fprintf(to, "\\%c", c);
    else if (c >= ' ' && c <= '~')
        fputc(c, to);
    else if (c == '\n' || c == '\t')
        fputs(c == '\n' ? "\\n" : "\\t", to);
    else
        fprintf(to, "\\x%02x", c);
}

/* Prints text between quotation marks, printable and, of a reply, with single %. */
static void print_quoted(FILE *to, str s, bool is_reply)
{
    fputc('"', to);
    for (size_t i = 0; i < s.n; i++) {
        if (is_reply && s.p[i] == '%' && i + 1 < s.n && s.p[i + 1] == '%')
            i++;
        print_byte(to, s.p[i]);
    }
    fputc('"', to);
}

static void print_options(FILE *to, const struct milter_answer *a)
{
    uint32_t stage;
    str names, list = a->value;
    fprintf(to, "options: %u 0x%x 0x%x\n", a->version, a->actions, a->options);
    while (milter_client_symbols(&list, &stage, &names))
        fprintf(to, "wants: %u %.*s\n", stage, (int)names.n, (const char *)names.p);
}

static void print_answer(FILE *to, str command, const struct milter_answer *a)
{
    if (a->kind == MILTER_ANSWER_OPTIONS) {
        print_options(to, a);
        return;
    }
    fprintf(to, "%.*s: %s", (int)command.n, (const char *)command.p, answer_words[a->kind]);
    if (a->kind == MILTER_ANSWER_INSERT || a->kind == MILTER_ANSWER_CHANGE)
        fprintf(to, " %u", a->number);
    if (a->kind >= MILTER_ANSWER_INSERT && a->kind <= MILTER_ANSWER_CHANGE) {
        fputc(' ', to);
        print_quoted(to, a->name, false);
    }
    if (a->kind == MILTER_ANSWER_REPLY || a->kind >= MILTER_ANSWER_INSERT) {
        fputc(' ', to);
        print_quoted(to, a->value, a->kind == MILTER_ANSWER_REPLY);
    }
    fputc('\n', to);
}

static struct milter_answer keep(struct peer *p, struct milter_answer a)
{
    a.name = arena_copy(&p->kept, a.name);
    a.value = arena_copy(&p->kept, a.value);
    return a;
}

/* Waits for one reply and keeps it with the edits before it. */
static enum played take_reply(struct peer *p, str command)
{
    struct milter_answer a;
    arena_free(&p->kept);
    arena_init(&p->kept, NULL, (size_t)1 << 28);
    p->last = (struct milter_answer){.kind = MILTER_ANSWER_MORE};
    for (p->edit_n = 0; wire_next(&p->wire, &a) > MILTER_ANSWER_BAD;) {
        if (p->to)
            print_answer(p->to, command, &a);
        if (milter_answer_is_reply(a.kind)) {
            p->last = keep(p, a);
            return PLAYED;
        }
        if (a.kind != MILTER_ANSWER_PROGRESS && p->edit_n < EDITS_MAX)
            p->edits[p->edit_n++] = keep(p, a);
    }
    if (p->to && p->wire.is_closed)
        fputs("closed\n", p->to);
    return fails(p, PLAYED_LOST,
                 a.kind == MILTER_ANSWER_BAD ? "what came is no answer"
                 : p->wire.is_closed         ? "the milter closed the connection"
                                             : "no answer in time");
}

/* --- Commands. Each row is one word of the script. --- */

struct row;
typedef enum played player(struct peer *p, const struct row *row, const struct words *w);
struct row {
    const char *word;
    size_t least, most;          /* words behind it */
    enum milter_event_kind kind; /* for protocol commands */
    uint32_t no_reply;           /* NEVER: none is due */
    player *play;
};
#define NEVER UINT32_MAX

/* ret  the word's number, 0x for hexadecimal; what is no number is 0 */
static uint32_t number(str word)
{
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)(word.n < 31 ? word.n : 31), (const char *)word.p);
    return (uint32_t)strtoul(text, NULL, 0);
}

static enum played send_all(struct peer *p, const struct out *o)
{
    if (p->does_not_wait)
        wire_drop(&p->wire);
    bool is_sent = wire_send(&p->wire, out_done(o));
    return is_sent || p->does_not_wait ? PLAYED : fails(p, PLAYED_LOST, "the milter takes no more");
}

/* Sends an event's packet and waits for its reply where one is due. */
static enum played send_event(struct peer *p, const struct row *row, const struct milter_event *e, str word)
{
    struct out o;
    out_init(&o, &p->memory);
    milter_client_write(&o, e);
    enum played played = send_all(p, &o);
    bool is_due = row->no_reply != NEVER && !(p->options & row->no_reply) && !p->does_not_wait;
    return played == PLAYED && is_due ? take_reply(p, word) : played;
}

/* helo NAME, mail PATH PARAMETER..., header NAME VALUE, data, ... */
static enum played play_event(struct peer *p, const struct row *row, const struct words *w)
{
    struct milter_event e = {.kind = row->kind};
    struct out rest;
    out_init(&rest, &p->memory);
    for (size_t i = 2; i < w->n; i++) {
        if (i > 2)
            out_byte(&rest, 0);
        out_str(&rest, w->list[i]);
    }
    e.name = w->n > 1 ? w->list[1] : S("");
    e.value = out_done(&rest);
    if (row->kind == MILTER_BODY || row->kind == MILTER_END)
        e.value = e.name;
    return send_event(p, row, &e, w->list[0]);
}

static enum played play_connect(struct peer *p, const struct row *row, const struct words *w)
{
    struct milter_event e = {.kind = MILTER_CONNECT, .name = w->list[1], .family = 'U'};
    if (w->n > 2 && w->list[2].n)
        e.family = w->list[2].p[0];
    e.address = w->n > 3 ? w->list[3] : S("");
    e.port = w->n > 4 ? (uint16_t)number(w->list[4]) : 0;
    return send_event(p, row, &e, w->list[0]);
}

static enum played play_macros(struct peer *p, const struct row *row, const struct words *w)
{
    struct milter_event e = {.kind = MILTER_MACROS, .for_command = w->list[1].n ? w->list[1].p[0] : 0};
    struct out list;
    out_init(&list, &p->memory);
    for (size_t i = 2; i < w->n; i++) {
        size_t at = str_find(w->list[i], '=');
        milter_client_macro(&list, str_first(w->list[i], at), str_from(w->list[i], at + 1));
    }
    e.value = out_done(&list);
    return send_event(p, row, &e, w->list[0]);
}

static enum played play_negotiate(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    struct out o;
    out_init(&o, &p->memory);
    milter_client_options(&o, w->n > 1 ? number(w->list[1]) : 6, w->n > 2 ? number(w->list[2]) : 0x1ff,
                          w->n > 3 ? number(w->list[3]) : 0x1fffff);
    enum played played = send_all(p, &o);
    if (played != PLAYED || p->does_not_wait)
        return played;
    played = take_reply(p, w->list[0]);
    if (played == PLAYED && p->last.kind == MILTER_ANSWER_OPTIONS)
        p->options = p->last.options;
    return played;
}

/* --- A whole message. --- */

static const struct row field_row = {"header", 0, 0, MILTER_FIELD, MILTER_NO_REPLY_FIELD, NULL};
static const struct row fields_end_row = {"eoh", 0, 0, MILTER_FIELDS_END, MILTER_NO_REPLY_FIELDS_END, NULL};
static const struct row body_row = {"body", 0, 0, MILTER_BODY, MILTER_NO_REPLY_BODY, NULL};

/* Takes a line with its end. */
static str take_line(cur *c)
{
    const uint8_t *from = c->p;
    cur_until(c, '\n');
    cur_byte(c, '\n');
    return str_between(from, c->p);
}

/* Takes a field with its folds, without its last line end. ret empty: the header is over */
static str take_field(cur *c)
{
    const uint8_t *from = c->p;
    str line = take_line(c);
    if (line.n == 0 || line.p[0] == '\n' || line.p[0] == '\r')
        return (str){from, 0};
    while (cur_is(c, C_WSP))
        take_line(c);
    return str_trim_fws(str_between(from, c->p));
}

static enum played send_field(struct peer *p, str field)
{
    size_t at = str_find(field, ':');
    struct milter_event e = {
        .kind = MILTER_FIELD, .name = str_first(field, at), .value = str_from(field, at + 1)};
    struct out value;
    out_init(&value, &p->memory);
    for (size_t i = 0; i < e.value.n; i++) {
        bool is_first_blank = i == 0 && byte_is(e.value.p[0], C_WSP);
        if (e.value.p[i] != '\r' && !(is_first_blank && !(p->options & MILTER_LEADING_SPACE)))
            out_byte(&value, e.value.p[i]);
    }
    e.value = out_done(&value);
    return send_event(p, &field_row, &e, S("header"));
}

static enum played send_message(struct peer *p, str text)
{
    cur c = cur_of(text);
    enum played played = PLAYED;
    for (str field = take_field(&c); field.n && played == PLAYED; field = take_field(&c))
        played = send_field(p, field);
    struct milter_event end = {.kind = MILTER_FIELDS_END};
    if (played == PLAYED)
        played = send_event(p, &fields_end_row, &end, S("eoh"));
    for (str rest = cur_rest(&c); rest.n && played == PLAYED; rest = str_from(rest, 65535)) {
        struct milter_event e = {.kind = MILTER_BODY, .value = str_first(rest, 65535)};
        played = send_event(p, &body_row, &e, S("body"));
        if (p->last.kind == MILTER_ANSWER_SKIP)
            break;
    }
    return played;
}

static enum played play_message(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    struct out text;
    uint8_t piece[8192];
    FILE *file = fopen(arena_copy_z(&p->memory, w->list[1]), "rb");
    if (file == NULL)
        return fails(p, PLAYED_WRONG, "no such file");
    out_init(&text, &p->memory);
    p->last.kind = MILTER_ANSWER_MORE;
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        out_str(&text, (str){piece, n});
    fclose(file);
    return send_message(p, out_done(&text));
}

/* --- Bytes that no mail server would send. --- */

static enum played play_raw(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    struct out o;
    out_init(&o, &p->memory);
    for (size_t i = 1; i < w->n; i++) {
        for (size_t at = 0; at + 1 < w->list[i].n; at += 2) {
            char pair[3] = {(char)w->list[i].p[at], (char)w->list[i].p[at + 1], 0};
            out_byte(&o, (uint8_t)strtoul(pair, NULL, 16));
        }
    }
    return send_all(p, &o);
}

static enum played play_packet(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    struct out o;
    out_init(&o, &p->memory);
    milter_client_packet(&o, w->list[1].n ? w->list[1].p[0] : 0, w->n > 2 ? w->list[2] : S(""));
    return send_all(p, &o);
}

static enum played play_fill(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    struct out o;
    out_init(&o, &p->memory);
    uint8_t byte = (uint8_t)number(w->list[2]);
    for (uint32_t n = number(w->list[1]); n; n--)
        out_byte(&o, byte);
    return send_all(p, &o);
}

/* --- The script's own matters. --- */

static enum played play_reply(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    return take_reply(p, w->list[0]);
}

static enum played play_wait(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    p->does_not_wait = str_eq(w->list[1], S("off"));
    if (!p->does_not_wait)
        wire_drop(&p->wire);
    return PLAYED;
}

static enum played play_expect(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    if (!str_eq(w->list[1], str_of(answer_words[p->last.kind])))
        return fails(p, PLAYED_OTHER, answer_words[p->last.kind]);
    if (w->n > 2 && !str_starts(p->last.value, w->list[2]))
        return fails(p, PLAYED_OTHER, "another text");
    return PLAYED;
}

static enum played play_expect_edit(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    for (size_t i = 0; i < p->edit_n; i++) {
        const struct milter_answer *a = &p->edits[i];
        bool is_it = str_eq(w->list[1], str_of(answer_words[a->kind])) && str_eq_nocase(a->name, w->list[2]);
        if (is_it && (w->n < 4 || str_starts(a->value, w->list[3])))
            return PLAYED;
    }
    return fails(p, PLAYED_OTHER, "no such edit");
}

static enum played play_expect_edits(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    return p->edit_n == number(w->list[1]) ? PLAYED : fails(p, PLAYED_OTHER, "another number of edits");
}

static enum played play_closed(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    (void)w;
    if (!wire_ends(&p->wire))
        return fails(p, PLAYED_OTHER, "the connection stands");
    if (p->to)
        fputs("closed\n", p->to);
    return PLAYED;
}

static enum played play_open(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    p->options = 0;
    p->edit_n = 0;
    p->last.kind = MILTER_ANSWER_MORE;
    const char *address = w->n > 1 ? arena_copy_z(&p->memory, w->list[1]) : p->address;
    return wire_open(&p->wire, address) ? PLAYED : fails(p, PLAYED_LOST, "no connection");
}

static enum played play_close(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    (void)w;
    wire_close(&p->wire);
    return PLAYED;
}

static enum played play_sleep(struct peer *p, const struct row *row, const struct words *w)
{
    (void)p;
    (void)row;
    usleep(number(w->list[1]) * 1000);
    return PLAYED;
}

static enum played play_timeout(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    p->wire.timeout_ms = (int)number(w->list[1]);
    return PLAYED;
}

static enum played play_repeat(struct peer *p, const struct row *row, const struct words *w)
{
    (void)row;
    struct words again = {.n = w->n - 2};
    memcpy(again.list, w->list + 2, again.n * sizeof *again.list);
    enum played played = PLAYED;
    for (uint32_t n = number(w->list[1]); n && played == PLAYED; n--) {
        struct arena_mark mark = arena_mark(&p->memory);
        played = peer_play(p, &again);
        arena_rewind(&p->memory, mark);
    }
    return played;
}

/* clang-format off */
static const struct row rows[] = {
    {"negotiate",    0, 3,         MILTER_NEGOTIATED, 0,                          play_negotiate},
    {"macros",       1, WORDS_MAX, MILTER_MACROS,     NEVER,                      play_macros},
    {"connect",      1, 4,         MILTER_CONNECT,    MILTER_NO_REPLY_CONNECT,    play_connect},
    {"helo",         1, 1,         MILTER_HELO,       MILTER_NO_REPLY_HELO,       play_event},
    {"mail",         1, WORDS_MAX, MILTER_MAIL,       MILTER_NO_REPLY_MAIL,       play_event},
    {"rcpt",         1, WORDS_MAX, MILTER_RCPT,       MILTER_NO_REPLY_RCPT,       play_event},
    {"data",         0, 0,         MILTER_DATA,       MILTER_NO_REPLY_DATA,       play_event},
    {"header",       2, 2,         MILTER_FIELD,      MILTER_NO_REPLY_FIELD,      play_event},
    {"eoh",          0, 0,         MILTER_FIELDS_END, MILTER_NO_REPLY_FIELDS_END, play_event},
    {"body",         1, 1,         MILTER_BODY,       MILTER_NO_REPLY_BODY,       play_event},
    {"message",      1, 1,         MILTER_MORE,       NEVER,                      play_message},
    {"end",          0, 1,         MILTER_END,        0,                          play_event},
    {"abort",        0, 0,         MILTER_ABORT,      NEVER,                      play_event},
    {"quit_next",    0, 0,         MILTER_QUIT_NEXT,  NEVER,                      play_event},
    {"quit",         0, 0,         MILTER_QUIT,       NEVER,                      play_event},
    {"unknown",      1, 1,         MILTER_UNKNOWN,    MILTER_NO_REPLY_UNKNOWN,    play_event},
    {"raw",          1, WORDS_MAX, MILTER_MORE,       NEVER,                      play_raw},
    {"packet",       1, 2,         MILTER_MORE,       NEVER,                      play_packet},
    {"fill",         2, 2,         MILTER_MORE,       NEVER,                      play_fill},
    {"wait",         1, 1,         MILTER_MORE,       NEVER,                      play_wait},
    {"reply",        0, 0,         MILTER_MORE,       NEVER,                      play_reply},
    {"expect",       1, 2,         MILTER_MORE,       NEVER,                      play_expect},
    {"expect_edit",  2, 3,         MILTER_MORE,       NEVER,                      play_expect_edit},
    {"expect_edits", 1, 1,         MILTER_MORE,       NEVER,                      play_expect_edits},
    {"closed",       0, 0,         MILTER_MORE,       NEVER,                      play_closed},
    {"open",         0, 1,         MILTER_MORE,       NEVER,                      play_open},
    {"close",        0, 0,         MILTER_MORE,       NEVER,                      play_close},
    {"sleep",        1, 1,         MILTER_MORE,       NEVER,                      play_sleep},
    {"timeout",      1, 1,         MILTER_MORE,       NEVER,                      play_timeout},
    {"repeat",       2, WORDS_MAX, MILTER_MORE,       NEVER,                      play_repeat},
};
/* clang-format on */

enum played peer_play(struct peer *p, const struct words *words)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!str_eq(words->list[0], str_of(rows[i].word)))
            continue;
        if (words->n - 1 < rows[i].least || words->n - 1 > rows[i].most)
            return fails(p, PLAYED_WRONG, "another number of words is needed");
        return rows[i].play(p, &rows[i], words);
    }
    return fails(p, PLAYED_WRONG, "no such command");
}
