/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers. Exim reads the first three lines itself and hands all from "Action:" on to the ACL as $spam_report:
 *
 *     answer = "RSPAMD/1.3 0 EX_OK" CRLF
 *              "Metric: default; " ( "True" / "False" ) "; " score " / 1.0 / 3.0" CRLF
 *              "Action: " action CRLF
 *              [ "Id: " id CRLF ]
 *              [ "Reply: " code SP enhanced SP text CRLF ]
 *              [ "Removed: " name *( SP name ) CRLF          ; as they were given, with their numbers
 *                [ "Remove: " name *( ":" name ) CRLF ] ]    ; each once, as remove_header wants them
 *              *( ":after_received:" field )                 ; these as add_header wants them: each one goes above
 *              *( ":at_start:" field )                       ;   the one before, so the topmost stands last
 *
 * No line but the folds of a field begins with a blank; Exim puts one before each, which the ACL takes away again. */
#include "rspamc/rspamc.h"

static bool is_plain(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] > '~')
            return false;
    return true;
}

/* ret  what follows a name is a value: no bytes that a field may not have, each CRLF but the last followed by a blank */
static bool is_value(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool is_end = s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n';
        if (is_end && i + 2 == s.n)
            return true;
        if (is_end && !byte_is(s.p[i + 2], C_WSP))
            return false;
        if (!is_end && (s.p[i] < ' ' ? s.p[i] != '\t' : s.p[i] == 0x7f))
            return false;
        i += is_end ? 1 : 0;
    }
    return false;
}

static bool is_field(str field)
{
    cur c = cur_of(field);
    return cur_run(&c, C_FTEXT).n && cur_byte(&c, ':') && is_value(cur_rest(&c));
}

/* ret  the name; empty: other bytes are in it, that mean something to Exim in a list of names */
static str name_of(str removed)
{
    cur c = cur_of(removed);
    str name = cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_UNDER);
    return cur_end(&c) || cur_at(&c, ':') ? name : (str){0};
}

static bool are_fields_sound(const struct rspamc_answer *a)
{
    for (size_t i = 0; i < a->removed_n; i++)
        if (a->removed[i].n == 0 || !is_plain(a->removed[i]))
            return false;
    for (size_t i = 0; i < a->field_n; i++)
        if (!is_field(a->fields[i]))
            return false;
    return true;
}

static bool is_sound(const struct rspamc_answer *a)
{
    bool has_good_code = a->code == 0 || (a->code >= 400 && a->code <= 599);
    bool has_good_texts =
        is_plain(a->action) && is_plain(a->id) && is_plain(a->enhanced) && is_plain(a->text);
    return a->action.n && has_good_code && has_good_texts && are_fields_sound(a);
}

/* The score tells an ACL that compares numbers the same as the action does. */
static str metric_of(str action)
{
    if (str_eq(action, S("no action")))
        return S("False; 0.0");
    if (str_eq(action, S("reject")))
        return S("True; 3.0");
    return str_eq(action, S("soft reject")) ? S("True; 2.0") : S("True; 1.0");
}

static void write_reply(struct out *o, const struct rspamc_answer *a)
{
    out_z(o, "Reply: ");
    out_uint(o, a->code);
    if (a->enhanced.n) {
        out_byte(o, ' ');
        out_str(o, a->enhanced);
    }
    out_byte(o, ' ');
    out_str(o, a->text);
    out_z(o, "\r\n");
}

/* ret  it is a name, and stands here for the first time */
static bool is_to_list(const struct rspamc_answer *a, size_t i)
{
    str name = name_of(a->removed[i]);
    for (size_t k = 0; k < i; k++)
        if (str_eq_nocase(name_of(a->removed[k]), name))
            return false;
    return name.n > 0;
}

static void write_removed(struct out *o, const struct rspamc_answer *a)
{
    size_t listed_n = 0;
    out_z(o, "Removed:");
    for (size_t i = 0; i < a->removed_n; i++) {
        out_byte(o, ' ');
        out_str(o, a->removed[i]);
    }
    out_z(o, "\r\n");
    for (size_t i = 0; i < a->removed_n; i++) {
        if (!is_to_list(a, i))
            continue;
        out_z(o, listed_n++ ? ":" : "Remove: ");
        out_str(o, name_of(a->removed[i]));
    }
    if (listed_n)
        out_z(o, "\r\n");
}

static void write_fields(struct out *o, str place, const str *fields, size_t n)
{
    while (n-- > 0) {
        if (!is_field(fields[n]))
            continue;
        out_str(o, place);
        out_str(o, fields[n]);
    }
}

static void write_all(struct out *o, const struct rspamc_answer *a, size_t kept_n)
{
    out_z(o, "RSPAMD/1.3 0 EX_OK\r\nMetric: default; ");
    out_str(o, metric_of(a->action));
    out_z(o, " / 1.0 / 3.0\r\nAction: ");
    out_str(o, a->action);
    out_z(o, "\r\n");
    if (a->id.n) {
        out_z(o, "Id: ");
        out_str(o, a->id);
        out_z(o, "\r\n");
    }
    if (a->code)
        write_reply(o, a);
    if (a->removed_n)
        write_removed(o, a);
    write_fields(o, S(":after_received:"), a->kept, kept_n);
    write_fields(o, S(":at_start:"), a->fields, a->field_n);
}

bool rspamc_write(struct out *o, const struct rspamc_answer *answer)
{
    if (!is_sound(answer))
        return false;
    size_t from = o->n;
    for (size_t kept_n = answer->kept_n;; kept_n--) {
        write_all(o, answer, kept_n);
        if (o->has_failed || o->n - from <= RSPAMC_ANSWER_MAX)
            return !o->has_failed;
        o->n = from;
        if (kept_n == 0)
            return false;
    }
}

void rspamc_write_error(struct out *o, enum rspamc_fault fault)
{
    out_z(o, "RSPAMD/1.3 1 ");
    out_z(o, rspamc_fault_name(fault));
    out_z(o, "\r\n\r\n");
}

void rspamc_write_pong(struct out *o)
{
    out_z(o, "RSPAMD/1.3 0 PONG\r\n\r\n");
}
