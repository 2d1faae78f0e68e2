/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a state file:
 *
 *     ingam-keys 1
 *     202611-rsa rsa-sha256 2048 active wait=3600 made=2026-11-01T10:00:00Z seen=... active=...
 *
 * Lines that begin with # and empty ones say nothing. What is not known is an error: an older Ingam must not forget what a
 * newer one wrote. */
#include "io/keys.h"

#include "base/date.h"
#include <stdio.h>

static const char *const event_names[KEYS_EVENT_N] = {"made",    "seen",    "active", "retired",
                                                      "revoked", "emptied", "gone",   "removed"};

static void write_entry(struct out *o, const struct keys_entry *e)
{
    out_z(o, e->selector);
    out_byte(o, ' ');
    out_z(o, ingam_algorithm_name(e->algorithm));
    out_byte(o, ' ');
    out_uint(o, e->bits);
    out_byte(o, ' ');
    out_z(o, keys_state_name(e->state));
    out_z(o, " wait=");
    out_uint(o, (uint64_t)e->wait_s);
    for (size_t i = 0; i < KEYS_EVENT_N; i++)
        if (e->at[i]) {
            out_byte(o, ' ');
            out_z(o, event_names[i]);
            out_byte(o, '=');
            date_write(o, e->at[i]);
        }
    out_byte(o, '\n');
}

void keys_state_write(struct out *o, const struct keys_entry *list, size_t n)
{
    out_z(
        o,
        "# Written by `ingam key`: selector, algorithm, bits, state, then when what happened. man ingam-key\n"
        "ingam-keys 1\n");
    for (size_t i = 0; i < n; i++)
        write_entry(o, &list[i]);
}

/* Takes the next word of a line; blanks between. */
static str word_of(cur *c)
{
    cur_run(c, C_WSP);
    const uint8_t *from = c->p;
    while (c->p < c->end && !byte_is(*c->p, C_WSP))
        c->p++;
    return str_between(from, c->p);
}

static bool read_algorithm(str word, enum ingam_algorithm *algorithm)
{
    for (int i = INGAM_RSA_SHA256; i <= INGAM_ED25519_SHA256; i++)
        if (str_eq(word, str_of(ingam_algorithm_name((enum ingam_algorithm)i)))) {
            *algorithm = (enum ingam_algorithm)i;
            return true;
        }
    return false;
}

static bool read_state(str word, enum keys_state *state)
{
    for (int i = 0; i < KEYS_STATE_N; i++)
        if (str_eq(word, str_of(keys_state_name((enum keys_state)i)))) {
            *state = (enum keys_state)i;
            return true;
        }
    return false;
}

/* Reads NAME=VALUE. */
static bool read_fact(str word, struct keys_entry *e)
{
    size_t at = str_find(word, '=');
    str name = str_first(word, at), value = str_from(word, at + 1);
    uint64_t wait = 0;
    if (str_eq(name, S("wait"))) {
        bool is_number = str_to_uint(value, UINT32_MAX, &wait);
        e->wait_s = (int64_t)wait;
        return is_number;
    }
    for (size_t i = 0; i < KEYS_EVENT_N; i++)
        if (str_eq(name, str_of(event_names[i])))
            return date_read(value, &e->at[i]) && e->at[i] > 0;
    return false;
}

static bool read_selector(str word, char selector[KEYS_SELECTOR_SIZE])
{
    if (word.n == 0 || word.n >= KEYS_SELECTOR_SIZE)
        return false;
    snprintf(selector, KEYS_SELECTOR_SIZE, "%.*s", (int)word.n, (const char *)word.p);
    return keys_selector_is_good(selector);
}

/* ret  NULL, or what is wrong */
static const char *read_entry(str line, struct keys_entry *e)
{
    cur c = cur_of(line);
    uint64_t bits = 0;
    *e = (struct keys_entry){.state = KEYS_NEW};
    if (!read_selector(word_of(&c), e->selector))
        return "no selector stands first";
    if (!read_algorithm(word_of(&c), &e->algorithm))
        return "no known algorithm stands second";
    if (!str_to_uint(word_of(&c), 65536, &bits))
        return "no number of bits stands third";
    if (!read_state(word_of(&c), &e->state))
        return "no known state stands fourth";
    e->bits = (uint32_t)bits;
    for (str word = word_of(&c); word.n; word = word_of(&c))
        if (!read_fact(word, e))
            return "a word that is not known, or a time that is none";
    return NULL;
}

static bool is_there(const struct keys_entry *list, size_t n, const char *selector)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].selector, selector) == 0)
            return true;
    return false;
}

static const char *read_line(str line, struct keys_entry list[KEYS_MAX], size_t *n, bool *has_head)
{
    if (line.n == 0 || line.p[0] == '#')
        return NULL;
    if (!*has_head) {
        *has_head = true;
        return str_eq(line, S("ingam-keys 1")) ? NULL : "\"ingam-keys 1\" does not stand first";
    }
    if (*n == KEYS_MAX)
        return "too many keys";
    const char *why = read_entry(line, &list[*n]);
    if (why == NULL && is_there(list, *n, list[*n].selector))
        return "this selector stands here twice";
    if (why == NULL)
        ++*n;
    return why;
}

size_t keys_state_read(str text, struct keys_entry list[KEYS_MAX], size_t *n, const char **why)
{
    bool has_head = false;
    size_t line_n = 1;
    *n = 0;
    for (; text.n; line_n++) {
        str line = str_first(text, str_find(text, '\n'));
        *why = line.n < text.n ? read_line(line, list, n, &has_head) : "the last line has no end";
        if (*why)
            return line_n;
        text = str_from(text, line.n + 1);
    }
    *why = "\"ingam-keys 1\" does not stand first";
    return has_head ? 0 : line_n;
}
