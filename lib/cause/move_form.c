/* SPDX-License-Identifier: BSD-2-Clause */
/* The same header written otherwise: folded again, in other case, dates and addresses in another form, MIME words changed,
 * encoded words decoded or encoded. */
#include "base/base64.h"
#include "base/date.h"
#include "cause/search.h"

typedef void form(struct head *head, size_t item);

/* Writes a value with each fold, and the white space behind it, in another way. */
static str refold(struct head *head, str value, const char *fold)
{
    struct out o;
    out_init(&o, head->scene->scratch);
    for (cur c = cur_of(value); !cur_end(&c);) {
        if (!cur_text(&c, S("\r\n"))) {
            out_byte(&o, *c.p++);
            continue;
        }
        if (fold == NULL)
            continue;
        cur_run(&c, C_WSP);
        out_z(&o, fold);
    }
    return out_done(&o);
}

/* Breaks a line before the last space that fits, as most programs do. */
static str folded_at(struct head *head, size_t item, size_t columns, const char *fold)
{
    str value = refold(head, head->items[item].field->value, " ");
    size_t column = head->items[item].field->name.n + 1;
    struct out o;
    out_init(&o, head->scene->scratch);
    for (cur c = cur_of(value); !cur_end(&c);) {
        str space = cur_run(&c, C_WSP);
        const uint8_t *word = c.p;
        while (!cur_end(&c) && !cur_is(&c, C_WSP))
            c.p++;
        size_t n = (size_t)(c.p - word);
        bool breaks = column + space.n + n > columns && column > 1 && o.n;
        if (breaks)
            out_z(&o, fold);
        else
            out_str(&o, space);
        out_str(&o, (str){word, n});
        column = breaks ? 1 + n : column + space.n + n;
    }
    return out_done(&o);
}

/* Only the simple form sees folding.                                                            [RFC6376 3.4.1] */
static void folding(struct head *head, size_t item)
{
    static const char sentence[] = "{2} was folded otherwise";
    static const size_t widths[] = {76, 78, 77, 75, 72, 998};
    str value = head->items[item].field->value;
    if (head->scene->sig->header_canon != CANON_SIMPLE)
        return;
    head_try_value(head, "header-refolded", item, refold(head, value, " "), sentence);
    head_try_value(head, "header-refolded", item, refold(head, value, NULL), sentence);
    head_try_value(head, "header-refolded", item, refold(head, value, "\r\n\t"), sentence);
    head_try_value(head, "header-refolded", item, refold(head, value, "\r\n "), sentence);
    head_try_value(head, "header-refolded", item, refold(head, value, "\r\n        "), sentence);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        head_try_value(head, "header-refolded", item, folded_at(head, item, widths[i], "\r\n "), sentence);
        head_try_value(head, "header-refolded", item, folded_at(head, item, widths[i], "\r\n\t"), sentence);
    }
    if (!str_starts(value, S(" ")))
        head_try_value(head, "header-refolded", item, refold(head, value, "\r\n "), sentence);
}

static str cased_name(struct head *head, str name, bool is_title)
{
    struct out o;
    out_init(&o, head->scene->scratch);
    for (size_t i = 0; i < name.n; i++) {
        bool is_start = i == 0 || name.p[i - 1] == '-';
        uint8_t lower = byte_lower(name.p[i]);
        out_byte(&o, is_title && is_start && byte_is(lower, C_ALPHA) ? (uint8_t)(lower - 0x20) : lower);
    }
    return out_done(&o);
}

static void try_name(struct head *head, size_t item, str name)
{
    str text = head_canonical(head, name, head->items[item].field->value);
    struct found f;
    if (name.p == NULL || str_eq(text, head->items[item].canonical))
        return;
    found_text(head->scene, &f, "header-case", "the name {2} was written in other case", name);
    move_item(head_move(head, "header-case", f.detail), item, text);
}

static void name_case(struct head *head, size_t item)
{
    if (head->scene->sig->header_canon != CANON_SIMPLE)
        return;
    str name = head->items[item].field->name;
    try_name(head, item, head->items[item].name);
    try_name(head, item, cased_name(head, name, false));
    try_name(head, item, cased_name(head, name, true));
    if (str_eq_nocase(name, S("Message-ID"))) {
        try_name(head, item, S("Message-ID"));
        try_name(head, item, S("Message-Id"));
    }
    if (str_eq_nocase(name, S("MIME-Version")))
        try_name(head, item, S("MIME-Version"));
}

/* A value in lower case; where something is written in mixed case that has no case in it, gateways do that. */
static void value_case(struct head *head, size_t item)
{
    struct out o;
    out_init(&o, head->scene->scratch);
    out_lower(&o, head->items[item].field->value);
    head_try_value(head, "header-case", item, out_done(&o), "{2} was written in other case");
}

static str date_value(struct head *head, int64_t when, int64_t east, const char *style)
{
    struct out o, text;
    bool has_weekday = style[0] == 'w', has_zero = style[1] == '0';
    out_init(&text, head->scene->scratch);
    date_write_mail(&text, when + east); /* "Tue, 01 Sep 2026 12:00:00 +0000" */
    str full = out_done(&text);
    out_init(&o, head->scene->scratch);
    out_byte(&o, ' ');
    if (has_weekday)
        out_str(&o, str_first(full, 5));
    str rest = str_from(full, 5);
    if (!has_zero && str_starts(rest, S("0")))
        rest = str_from(rest, 1);
    out_str(&o, str_first(rest, rest.n < 5 ? 0 : rest.n - 5));
    return out_done(&o);
}

static void put_zone(struct out *o, int64_t east)
{
    uint64_t minutes = (uint64_t)(east < 0 ? -east : east) / 60;
    out_byte(o, east < 0 ? '-' : '+');
    out_byte(o, (uint8_t)('0' + minutes / 600));
    out_byte(o, (uint8_t)('0' + minutes / 60 % 10));
    out_byte(o, (uint8_t)('0' + minutes % 60 / 10));
    out_byte(o, (uint8_t)('0' + minutes % 10));
}

static void try_date(struct head *head, size_t item, str clock, int64_t east, const char *word)
{
    struct out o;
    out_init(&o, head->scene->scratch);
    out_str(&o, clock);
    if (word)
        out_z(&o, word);
    else
        put_zone(&o, east);
    head_try_value(head, "date-normalised", item, out_done(&o), "{2} was written in another form");
}

static void date_form(struct head *head, size_t item)
{
    static const char *const styles[] = {"w0", "w ", " 0", "  "};
    static const char *const words[] = {"GMT",         "UTC",         "UT",    "-0000", "+0000 (UTC)",
                                        "+0000 (GMT)", "-0000 (UTC)", "+0000", "Z"};
    int64_t when = 0;
    if (!str_eq_nocase(head->items[item].name, S("Date")) ||
        !date_read_mail(head->items[item].field->value, &when))
        return;
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        str clock = date_value(head, when, 0, styles[i]);
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
            try_date(head, item, clock, 0, words[k]);
        if (i > 1)
            continue;
        for (int64_t half_hours = -24; half_hours <= 28; half_hours++)
            try_date(head, item, date_value(head, when, half_hours * 1800, styles[i]), half_hours * 1800,
                     NULL);
    }
}

/* How addresses may be written: quotes around the name, angles around the address, what stands between two. */
struct address_style {
    char quotes; /* '-' none, 'q' always, '=' as they are */
    bool is_angled;
    const char *between;
};

static str bare_name(str display)
{
    bool is_quoted = display.n > 1 && display.p[0] == '"' && display.p[display.n - 1] == '"';
    return is_quoted ? (str){display.p + 1, display.n - 2} : display;
}

static void put_address(struct out *o, const struct mail_address *a, const struct address_style *style)
{
    bool has_name = a->display.n > 0;
    bool is_quoted = style->quotes == 'q' && has_name;
    out_str(o, is_quoted ? S("\"") : S(""));
    out_str(o, style->quotes == '=' ? a->display : bare_name(a->display));
    out_str(o, is_quoted ? S("\" ") : has_name ? S(" ") : S(""));
    bool is_angled = has_name || style->is_angled;
    out_str(o, is_angled ? S("<") : S(""));
    out_str(o, a->local);
    out_byte(o, '@');
    out_str(o, a->domain);
    out_str(o, is_angled ? S(">") : S(""));
}

static void try_style(struct head *head, size_t item, const struct mail_addresses *list,
                      const struct address_style *style)
{
    struct out o;
    out_init(&o, head->scene->scratch);
    out_byte(&o, ' ');
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            out_z(&o, style->between);
        put_address(&o, &list->list[i], style);
    }
    head_try_value(head, "address-normalised", item, out_done(&o),
                   "the addresses of {2} were written in another form");
}

static void address_form(struct head *head, size_t item)
{
    static const char quotes[] = "-q=";
    static const char *const between[] = {", ", ",", ",  ", ",\r\n ", ",\r\n\t", ",\r\n        "};
    static const char *const names[] = {"from", "to", "cc", "reply-to", "sender", "resent-from", "resent-to"};
    struct mail_addresses list;
    bool is_address = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        is_address = is_address || str_eq_nocase(head->items[item].name, str_of(names[i]));
    if (!is_address)
        return;
    if (!mail_addresses_read(head->scene->scratch, head->items[item].field->value, head->scene->run->limits,
                             &list) ||
        list.fault || list.n == 0)
        return;
    for (size_t q = 0; q < 3; q++)
        for (size_t angled = 0; angled < 2; angled++)
            for (size_t b = 0; b < (list.n > 1 ? 6 : 1); b++)
                try_style(head, item, &list, &(struct address_style){quotes[q], angled == 1, between[b]});
}

static void mime_form(struct head *head, size_t item)
{
    static const char *const encodings[] = {" 7bit", " 8bit", " quoted-printable", " base64", " binary",
                                            " 7BIT", " 8BIT", " QUOTED-PRINTABLE"};
    static const char *const types[] = {" text/plain",
                                        " text/plain; charset=utf-8",
                                        " text/plain; charset=\"utf-8\"",
                                        " text/plain; charset=UTF-8",
                                        " text/plain; charset=\"UTF-8\"",
                                        " text/plain; charset=us-ascii",
                                        " text/plain; charset=\"us-ascii\"",
                                        " text/html; charset=utf-8",
                                        " text/html; charset=\"utf-8\"",
                                        " text/html; charset=UTF-8",
                                        " text/plain; charset=utf-8; format=flowed",
                                        " text/plain; charset=UTF-8; format=flowed"};
    bool is_encoding = str_eq_nocase(head->items[item].name, S("Content-Transfer-Encoding"));
    size_t n = is_encoding ? sizeof encodings / sizeof encodings[0] : sizeof types / sizeof types[0];
    if (!is_encoding && !str_eq_nocase(head->items[item].name, S("Content-Type")))
        return;
    for (size_t i = 0; i < n; i++)
        head_try_value(head, "mime-changed", item, str_of(is_encoding ? encodings[i] : types[i]),
                       "{2} was changed");
}

/* Quotes around a parameter taken away, or put there. */
static void parameter_quotes(struct head *head, size_t item)
{
    str value = head->items[item].field->value;
    struct out bare, quoted;
    if (!str_eq_nocase(head->items[item].name, S("Content-Type")))
        return;
    out_init(&bare, head->scene->scratch);
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != '"')
            out_byte(&bare, value.p[i]);
    head_try_value(head, "mime-changed", item, out_done(&bare), "quotes in {2} were added");
    out_init(&quoted, head->scene->scratch);
    for (cur c = cur_of(value); !cur_end(&c);) {
        out_byte(&quoted, *c.p++);
        if (quoted.p && quoted.p[quoted.n - 1] == '=' && cur_is(&c, C_TOKEN)) {
            out_byte(&quoted, '"');
            out_str(&quoted, cur_run(&c, C_TOKEN));
            out_byte(&quoted, '"');
        }
    }
    head_try_value(head, "mime-changed", item, out_done(&quoted), "quotes in {2} were taken away");
}

static void words_form(struct head *head, size_t item)
{
    static const char sentence[] = "the encoded words of {2} were written in another form";
    struct arena *a = head->scene->scratch;
    str text = mail_words_decode(a, str_trim_fws(head->items[item].field->value));
    struct out o;
    if (text.p == NULL || str_is_ascii(text))
        return;
    out_init(&o, a);
    out_byte(&o, ' ');
    out_str(&o, text);
    head_try_value(head, "header-changed", item, out_done(&o), sentence);
    static const char *const starts[] = {" =?utf-8?b?", " =?UTF-8?B?", " =?utf-8?B?", " =?UTF-8?b?"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        out_init(&o, a);
        out_z(&o, starts[i]);
        base64_write(&o, text);
        out_str(&o, S("?="));
        head_try_value(head, "header-changed", item, out_done(&o), sentence);
    }
}

/* White space inside the signature field itself: relaxed keeps one space where there were several, not where there was none. */
static void own_spacing(struct head *head)
{
    size_t item = head->n - 1;
    struct cause_scene *s = head->scene;
    str text = head->items[item].canonical;
    struct out o;
    if (s->sig->header_canon != CANON_RELAXED)
        return;
    out_init(&o, s->scratch);
    for (size_t i = 0; i < text.n; i++) {
        bool is_inner = text.p[i] == ' ' && i && text.p[i - 1] != ';';
        if (!is_inner)
            out_byte(&o, text.p[i]);
    }
    if (!str_eq(out_done(&o), text))
        move_item(head_move(head, "header-refolded", S("white space was put into DKIM-Signature")), item,
                  out_done(&o));
}

void moves_of_form(struct head *head)
{
    static form *const forms[] = {folding,      name_case, value_case,       date_form,
                                  address_form, mime_form, parameter_quotes, words_form};
    for (size_t i = 0; i + 1 < head->n; i++)
        for (size_t k = 0; head->items[i].field && k < sizeof forms / sizeof forms[0]; k++)
            forms[k](head, i);
    own_spacing(head);
}
