/* SPDX-License-Identifier: BSD-2-Clause */
/* Which inbound fields must go.                                                              [RFC8601 5]
 *
 * A forger writes our id so that some reader behind us takes it for ours: with comments, quotes, folds, other letters, or in
 * a field that no strict reader accepts. So this does not ask what the field says by the grammar, but what its beginning
 * could be taken for: the bytes up to the first semicolon, without comments, quotes and backslashes, blanks made one; and
 * the same with encoded words decoded. A foreign field that goes too is a small loss, a forged one that stays is a large
 * one. */
#include "authres/authres.h"

#include "base/idn.h"
#include "base/out.h"

enum {
    SLACK = 1024, /* beyond our id; as U-labels an id is longer than as A-labels */
    DECODED_MAX =
        8192 /* bytes of a field with encoded words; no honest one is so long, and decoding takes memory */
};

/* The beginning of a field, read so. */
struct head {
    uint8_t *p;
    size_t n, cap;
    bool has_blank;  /* between two words */
    bool is_open;    /* a comment or a quoted-string has no end */
    bool is_pending; /* a blank that is written if something follows */
};

static bool is_id_byte(uint8_t c)
{
    return byte_is(c, C_ALPHA | C_DIGIT | C_DASH | C_DOT | C_UNDER | C_HIGH);
}

static void put(struct head *h, uint8_t c)
{
    if (byte_is(c, C_FWS)) {
        h->is_pending = h->n > 0;
        return;
    }
    if (h->is_pending && h->n < h->cap) {
        h->p[h->n++] = ' ';
        h->has_blank = true;
    }
    h->is_pending = false;
    if (h->n < h->cap)
        h->p[h->n++] = c;
}

/* Skips a comment, however deep. ret false: it has no end */
static bool skip_comment(cur *c)
{
    size_t depth = 0;
    while (!cur_end(c)) {
        uint8_t byte = *c->p++;
        if (byte == '\\' && !cur_end(c))
            c->p++;
        depth += byte == '(';
        depth -= byte == ')';
        if (depth == 0)
            return true;
    }
    return false;
}

static bool put_quoted(struct head *h, cur *c)
{
    for (c->p++; !cur_end(c); c->p++) {
        if (*c->p == '"') {
            c->p++;
            return true;
        }
        if (*c->p == '\\' && c->end - c->p > 1)
            c->p++;
        put(h, *c->p);
    }
    return false;
}

/* Reads the beginning, up to the first semicolon behind something. */
static void read_head(struct head *h, str value)
{
    cur c = cur_of(value);
    while (!cur_end(&c) && !h->is_open && !(h->n && *c.p == ';')) {
        if (*c.p == '(') {
            h->is_open = !skip_comment(&c);
            put(h, ' ');
        } else if (*c.p == '"') {
            h->is_open = !put_quoted(h, &c);
        } else if (h->n || byte_is(*c.p, C_TOKEN | C_HIGH)) {
            put(h, *c.p++);
        } else {
            c.p++;
        }
    }
}

/* Our id in the same form; what follows compares with it without its last dot. */
static str collapsed(struct arena *a, str id)
{
    struct head h = {.p = arena_take_raw(a, id.n), .cap = id.n};
    if (h.p == NULL)
        return (str){NULL, 0};
    for (size_t i = 0; i < id.n; i++)
        put(&h, id.p[i]);
    return (str){h.p, h.n};
}

static str without_last_dot(str id)
{
    if (id.n > 1 && id.p[id.n - 1] == '.')
        id.n--;
    return id;
}

/* Same id; U-labels and A-labels are the same.                                    [RFC8601 5] [RFC8616 6] */
static bool is_same(struct arena *a, str id, str ours)
{
    str as_ascii;
    str ours_as_ascii;
    id = without_last_dot(id);
    if (str_eq_nocase(id, ours))
        return true;
    if (str_is_ascii(id) && str_is_ascii(ours))
        return false;
    return idn_to_ascii(a, id, &as_ascii) == IDN_OK && idn_to_ascii(a, ours, &ours_as_ascii) == IDN_OK &&
           str_eq_nocase(without_last_dot(as_ascii), without_last_dot(ours_as_ascii));
}

/* ret  the text begins with our id, and the id ends there */
static bool begins_with(str text, str ours)
{
    if (!str_starts_nocase(text, ours))
        return false;
    str rest = str_from(text, ours.n);
    if (rest.n && rest.p[0] == '.')
        rest = str_from(rest, 1);
    return rest.n == 0 || !is_id_byte(rest.p[0]);
}

static str first_word(str text)
{
    size_t n = 0;
    while (n < text.n && is_id_byte(text.p[n]))
        n++;
    return str_first(text, n);
}

/* ret  our id with blanks in it, perhaps with a version behind it: some reader may join the words */
static bool is_ours_in_pieces(struct arena *a, str text, str ours)
{
    uint8_t *bytes = arena_take_raw(a, text.n);
    size_t n = 0;
    if (bytes == NULL)
        return true;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ')
            bytes[n++] = text.p[i];
    str joined = {bytes, n};
    if (begins_with(joined, ours) || is_same(a, joined, ours))
        return true;
    size_t digits = 0;
    while (digits < n && byte_is(bytes[n - 1 - digits], C_DIGIT))
        digits++;
    return digits && is_same(a, str_first(joined, n - digits), ours);
}

/* ret  `text` holds `part`, ASCII letters in any case */
static bool holds(str text, str part)
{
    for (size_t i = 0; i + part.n <= text.n; i++)
        if (str_eq_nocase((str){text.p + i, part.n}, part))
            return true;
    return false;
}

/* What no id begins with unless it is quoted goes, for readers that skip it. */
static str without_junk(str text)
{
    while (text.n && !byte_is(text.p[0], C_TOKEN | C_HIGH))
        text = str_from(text, 1);
    return text;
}

/* in   h  room for our id and SLACK; filled with the beginning */
static bool begins_as_ours(struct arena *a, str value, str ours, struct head *h)
{
    *h = (struct head){.p = h->p, .cap = h->cap};
    read_head(h, value);
    str whole = {h->p, h->n};
    str text = without_junk(whole);
    if (begins_with(whole, ours) || begins_with(text, ours) || is_same(a, first_word(text), ours))
        return true;
    if (h->has_blank && is_ours_in_pieces(a, text, ours))
        return true;
    return h->is_open && holds(value, ours);
}

/* Every encoded word, whatever its charset, as one of UTF-8: nearly all charsets have ASCII in them. */
static str in_any_charset(struct arena *a, str text)
{
    struct out o;
    cur c = cur_of(text);
    out_init(&o, a);
    while (!cur_end(&c)) {
        if (!cur_text(&c, S("=?"))) {
            out_byte(&o, *c.p++);
            continue;
        }
        cur_run(&c, C_TOKEN);
        out_str(&o, S("=?utf-8"));
    }
    return out_done(&o);
}

/* An id holds no encoded words; but a reader that decodes all it shows would show ours.      [RFC2047 5] [RFC8601 5]
 * in   text  the value, or its beginning without quotes */
static bool is_ours_decoded(struct arena *a, str text, str ours, struct head *h)
{
    if (!holds(text, S("=?")))
        return false;
    if (text.n > DECODED_MAX)
        return true;
    str decoded = mail_words_decode(a, text);
    str decoded_from_any = mail_words_decode(a, in_any_charset(a, text));
    return a->has_failed || begins_as_ours(a, decoded, ours, h) ||
           begins_as_ours(a, decoded_from_any, ours, h);
}

/* Bytes above ASCII that are no letters to some reader: a blank of Latin-1, half a character. */
static bool is_ours_without_high(struct arena *a, str value, str ours, struct head *h)
{
    str text = str_first(value, DECODED_MAX);
    uint8_t *bytes = arena_take_raw(a, text.n);
    if (str_is_ascii(text) || bytes == NULL)
        return a->has_failed;
    for (size_t i = 0; i < text.n; i++)
        bytes[i] = text.p[i] < 0x80 ? text.p[i] : ' ';
    return begins_as_ours(a, (str){bytes, text.n}, ours, h);
}

static bool is_taken_for_ours(struct arena *a, str value, str ours)
{
    ours = without_last_dot(collapsed(a, ours));
    struct head h = {.cap = ours.n + SLACK}, decoded = {.cap = h.cap};
    h.p = arena_take_raw(a, h.cap);
    decoded.p = arena_take_raw(a, h.cap);
    if (h.p == NULL || decoded.p == NULL || ours.p == NULL)
        return true;
    return begins_as_ours(a, value, ours, &h) || is_ours_decoded(a, value, ours, &decoded) ||
           is_ours_decoded(a, (str){h.p, h.n}, ours, &decoded) ||
           is_ours_without_high(a, value, ours, &decoded);
}

bool authres_is_ours(struct arena *a, str value, str authserv_id)
{
    struct arena_mark before = arena_mark(a);
    bool is_ours = is_taken_for_ours(a, value, authserv_id.n ? authserv_id : S("localhost"));
    arena_rewind(a, before);
    return is_ours;
}

/* A version that is not known must go as well, whoever it names.                              [RFC8601 5] */
static bool is_of_unknown_version(struct arena *a, str value)
{
    struct ingam_limits limits;
    struct authres results;
    struct arena_mark before = arena_mark(a);
    ingam_limits_default(&limits);
    bool is_unknown = authres_read(a, value, &limits, &results) && results.fault == FAULT_AUTHRES_VERSION;
    arena_rewind(a, before);
    return is_unknown;
}

static bool must_go(struct arena *a, const struct mail_field *field, str authserv_id)
{
    if (field->known != MAIL_AUTHENTICATION_RESULTS)
        return false;
    return authres_is_ours(a, field->value, authserv_id) || is_of_unknown_version(a, field->value);
}

bool authres_removals(struct arena *a, const struct mail_header *h, str authserv_id, const uint32_t **list,
                      size_t *n)
{
    size_t fields = 0;
    for (size_t i = 0; i < h->n; i++)
        fields += h->fields[i].known == MAIL_AUTHENTICATION_RESULTS;
    uint32_t *found = NEW_N(a, uint32_t, fields);
    *n = 0;
    *list = found;
    if (found == NULL)
        return false;
    for (size_t i = 0; i < h->n; i++)
        if (must_go(a, &h->fields[i], authserv_id))
            found[(*n)++] = (uint32_t)i;
    return !a->has_failed;
}
