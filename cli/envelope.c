/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/envelope.h"

/* Takes the < > off an address. */
static str without_angles(str text)
{
    text = str_trim_fws(text);
    if (text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
        return str_trim_fws((str){text.p + 1, text.n - 2});
    return text;
}

/* ret  false: no field of this name, or its value is empty */
static bool topmost(const struct ingam_check *header, str wanted, size_t *at, str *value)
{
    str name;
    for (; ingam_check_field_at(header, *at, &name, value); ++*at)
        if (str_eq_nocase(name, wanted) && str_trim_fws(*value).n)
            return true;
    return false;
}

/* Reads the topmost Received that has a "from" clause: servers add some without when they hand a message on inside. A hop inside
 * the machine, to the mailbox or through a filter, names no client either: the next one is the server's too. */
static bool read_received(const struct ingam_check *header, struct received *r)
{
    str value;
    for (size_t at = 0; topmost(header, S("Received"), &at, &value); at++)
        if (received_read(value, r) && !r->is_internal)
            return true;
    *r = (struct received){0};
    return false;
}

static void take_mail_from(const struct ingam_check *header, const struct received *r, struct envelope *e)
{
    str value;
    size_t at = 0;
    if (topmost(header, S("Return-Path"), &at, &value))
        e->smtp.mail_from = without_angles(value);
    else if (r->has_mail_from)
        e->smtp.mail_from = r->mail_from;
    else
        return;
    e->smtp.has_mail_from = e->mail_from_is_read = true;
}

void envelope_given(const struct options *o, struct envelope *e)
{
    *e = (struct envelope){
        .smtp = {.ip = o->ip ? str_of(o->ip) : S(""), .helo = o->helo ? str_of(o->helo) : S("")}};
    e->has_helo = o->helo != NULL;
    if (o->mail_from == NULL)
        return;
    e->smtp.mail_from = without_angles(str_of(o->mail_from));
    e->smtp.has_mail_from = true;
}

void envelope_find(const struct options *o, const struct ingam_check *header, struct envelope *e)
{
    struct received r = {0};
    envelope_given(o, e);
    if (header == NULL)
        return;
    bool has_received = read_received(header, &r);
    if (has_received && o->ip == NULL && r.ip.n) {
        e->smtp.ip = r.ip;
        e->ip_is_read = true;
    }
    if (has_received && o->helo == NULL && r.helo.n && str_eq_nocase(e->smtp.ip, r.ip)) {
        e->smtp.helo = r.helo;
        e->has_helo = e->helo_is_read = true;
    }
    if (o->mail_from == NULL)
        take_mail_from(header, &r, e);
}

const char *envelope_source(const struct envelope *e)
{
    bool has_read = e->ip_is_read || e->helo_is_read || e->mail_from_is_read;
    bool has_given = (e->smtp.ip.n && !e->ip_is_read) || (e->has_helo && !e->helo_is_read) ||
                     (e->smtp.has_mail_from && !e->mail_from_is_read);
    if (has_read)
        return has_given ? "mixed" : "headers";
    return has_given ? "given" : "none";
}
