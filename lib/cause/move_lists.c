/* SPDX-License-Identifier: BSD-2-Clause */
/* What list software and filters do to a header: a tag in Subject, From rewritten, Reply-To and List-* put in. */
#include "cause/search.h"

static void mark_as_of_lists(struct head *head, size_t first)
{
    for (size_t i = first; i < head->move_n; i++)
        head->moves[i].is_of_lists = true;
}

/* Writes the leading white space, then two texts. */
static str value_of(struct head *head, str space, str a, str b)
{
    struct out o;
    out_init(&o, head->scene->scratch);
    out_str(&o, space);
    out_str(&o, a);
    out_str(&o, b);
    return out_done(&o);
}

struct bracket {
    const char *open, *close;
};
static const struct bracket brackets[] = {{"[", "]"}, {"***", "***"}, {"{", "}"}, {"(", ")"}, {"<", ">"}};

/* ret  the length of a tag at the start of s, with the white space behind it; 0: none */
static size_t tag_length(str s)
{
    for (size_t i = 0; i < sizeof brackets / sizeof brackets[0]; i++) {
        str open = str_of(brackets[i].open), close = str_of(brackets[i].close);
        if (!str_starts(s, open))
            continue;
        size_t end = open.n + str_find_str(str_from(s, open.n), close) + close.n;
        if (end > s.n || end > 80)
            continue;
        str behind = str_from(s, end);
        cur c = cur_of(behind);
        return end + cur_run(&c, C_FWS).n;
    }
    return 0;
}

/* ret  the length of "Re: ", "Fwd: " and their like at the start of s; 0: none */
static size_t reply_mark(str s)
{
    static const char *const marks[] = {"re:", "fw:", "fwd:", "aw:", "sv:", "antw:"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!str_starts_nocase(s, str_of(marks[i])))
            continue;
        cur c = cur_of(str_from(s, strlen(marks[i])));
        return strlen(marks[i]) + cur_run(&c, C_FWS).n;
    }
    return 0;
}

static const char sentence[] = "a tag was put into {2}";

/* The forms a tag is met in: in front; behind a reply mark; in front, with a reply mark that was moved or added. */
static void tagged(struct head *head, size_t item, str space, str text)
{
    size_t mark = reply_mark(text), tag = tag_length(text);
    str inner = str_from(text, mark);
    if (mark && tag_length(inner))
        head_try_value(head, "subject-tagged", item,
                       value_of(head, space, str_first(text, mark), str_from(inner, tag_length(inner))),
                       sentence);
    if (tag == 0)
        return;
    str rest = str_from(text, tag);
    head_try_value(head, "subject-tagged", item, value_of(head, space, S(""), rest), sentence);
    if (tag_length(rest))
        head_try_value(head, "subject-tagged", item,
                       value_of(head, space, S(""), str_from(rest, tag_length(rest))), sentence);
    mark = reply_mark(rest);
    if (mark == 0)
        return;
    head_try_value(head, "subject-tagged", item, value_of(head, space, S(""), str_from(rest, mark)),
                   sentence);
    str moved = value_of(head, S(""), str_first(text, tag), str_from(rest, mark));
    head_try_value(head, "subject-tagged", item, value_of(head, space, str_first(rest, mark), moved),
                   sentence);
}

/* A word in front or behind, without brackets: "SPAM: ", "EXTERNAL: ", "(fwd)". */
static void worded(struct head *head, size_t item, str space, str text)
{
    size_t colon = str_find(text, ':');
    cur c = cur_of(str_from(text, colon + 1));
    if (colon < text.n && colon < 24 && !reply_mark(text)) {
        cur_run(&c, C_FWS);
        head_try_value(head, "subject-tagged", item, value_of(head, space, S(""), cur_rest(&c)), sentence);
    }
    size_t open = str_find_last(text, text.n && text.p[text.n - 1] == ')' ? '(' : '[');
    if (open < text.n && open > 0 && byte_is(text.p[text.n - 1], C_VISIBLE) &&
        !byte_is(text.p[text.n - 1], C_ALPHA))
        head_try_value(head, "subject-tagged", item,
                       value_of(head, space, str_trim_fws(str_first(text, open)), S("")), sentence);
}

static void subject(struct head *head, size_t item)
{
    str value = head->items[item].field->value;
    cur c = cur_of(value);
    str space = cur_run(&c, C_FWS);
    tagged(head, item, space, cur_rest(&c));
    worded(head, item, space, cur_rest(&c));
}

/* ret  the words of a display name before " via ", unquoted */
static str name_before_via(str display)
{
    if (display.n > 1 && display.p[0] == '"')
        display = (str){display.p + 1, display.n - 2};
    size_t via = str_find_str(display, S(" via "));
    size_t comma = str_find_str(display, S("' via "));
    if (comma < display.n && display.p[0] == '\'')
        return (str){display.p + 1, comma - 1};
    return str_first(display, via);
}

static void from_with(struct head *head, size_t item, str name, str address)
{
    static const char *const forms[][3] = {{" ", " <", ">"}, {" \"", "\" <", ">"}, {" '", "' <", ">"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct out o;
        out_init(&o, head->scene->scratch);
        out_z(&o, forms[i][0]);
        out_str(&o, name);
        out_z(&o, forms[i][1]);
        out_str(&o, address);
        out_z(&o, forms[i][2]);
        head_try_value(head, "from-rewritten", item, out_done(&o),
                       "From was rewritten by who passed the message on");
    }
}

static str address_text(struct head *head, const struct mail_address *a)
{
    return value_of(head, a->local, S("@"), a->domain);
}

/* From was replaced by the list's address; the author's stands in another field. */
static void from_of(struct head *head, size_t item, const struct mail_field *other)
{
    struct arena *a = head->scene->scratch;
    struct mail_addresses now, then;
    head_try_value(head, "from-rewritten", item, other->value,
                   "From was rewritten by who passed the message on");
    if (!mail_addresses_read(a, head->items[item].field->value, head->scene->run->limits, &now) ||
        !mail_addresses_read(a, other->value, head->scene->run->limits, &then) || now.n == 0 || then.n == 0)
        return;
    str address = address_text(head, &then.list[0]);
    from_with(head, item, name_before_via(now.list[0].display), address);
    if (then.list[0].display.n)
        from_with(head, item, then.list[0].display, address);
    head_try_value(head, "from-rewritten", item, value_of(head, S(" "), S(""), address),
                   "From was rewritten by who passed the message on");
    head_try_value(head, "from-rewritten", item, value_of(head, S(" <"), address, S(">")),
                   "From was rewritten by who passed the message on");
}

static void from(struct head *head, size_t item)
{
    static const char *const keepers[] = {
        "Reply-To", "X-Original-From",  "X-Google-Original-From", "Original-From", "X-From", "Sender",
        "Cc",       "X-Original-Sender"};
    for (size_t i = 0; i < sizeof keepers / sizeof keepers[0]; i++) {
        const struct mail_field *other = header_find(head->scene->header, str_of(keepers[i]));
        if (other)
            from_of(head, item, other);
    }
}

static bool is_list_field(str name)
{
    return str_starts_nocase(name, S("list-")) || str_eq_nocase(name, S("precedence")) ||
           str_eq_nocase(name, S("mailing-list"));
}

static void list_fields(struct head *head)
{
    struct move *move = NULL;
    for (size_t i = 0; i + 1 < head->n; i++) {
        if (!head->items[i].field || !is_list_field(head->items[i].name))
            continue;
        if (move == NULL)
            move = head_move(head, "list-headers", S("the List-* fields were added by the list"));
        move_item(move, i, S(""));
    }
}

void moves_of_lists(struct head *head)
{
    size_t first = head->move_n;
    for (size_t i = 0; i + 1 < head->n; i++) {
        const struct mail_field *field = head->items[i].field;
        if (field && field->known == MAIL_SUBJECT)
            subject(head, i);
        else if (field && field->known == MAIL_FROM)
            from(head, i);
        else if (field && field->known == MAIL_REPLY_TO)
            move_item(head_move(head, "reply-to-added", S("Reply-To was added on the way")), i, S(""));
    }
    list_fields(head);
    mark_as_of_lists(head, first);
}
