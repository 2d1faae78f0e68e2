/* SPDX-License-Identifier: BSD-2-Clause */
/* Received is written in many ways; the ones that mail servers really use:
 *
 *   from HELO (RDNS [192.0.2.1]) by ...            Postfix, Sendmail, Gmail
 *   from [192.0.2.1] (helo=HELO) by ...            Exim
 *   from RDNS ([192.0.2.1] helo=HELO) by ...       Exim
 *   from RDNS (HELO HELO) (192.0.2.1) by ...       qmail
 *   from HELO (2001:db8::1) by ...                 Exchange
 *   from HELO ([IPv6:2001:db8::1]) by ...          the form of RFC 5321
 *
 * HELO is what a stranger chose, and some servers take blanks and brackets in it: "x ([198.51.100.1])" is to look like the
 * server's own comment. The server's words come last, so of several comments the last with an address counts; a comment that is
 * glued to a word, one inside another, what is said to be HELO, and comments that tell of TLS or a login do not. Two words "by"
 * leave it open where the clause ends: then there is no address.
 *
 * A loopback address marks a hop inside the machine only where the server wrote it: a stranger may call itself [127.0.0.1]. */
#include "cli/envelope.h"

#include "base/ip.h"

/* One word of the clause: text between blanks and brackets of a comment. */
struct word {
    str text;
    unsigned depth; /* 0: outside of comments */
    bool is_first;  /* of its comment */
    bool is_glued;  /* its comment begins right behind another word */
};

struct words {
    cur c;
    unsigned depth;
    bool is_first, is_glued;
};

static bool is_bracket(uint8_t c)
{
    return c == '(' || c == ')';
}

static void open_comment(struct words *ws, bool is_behind_blank)
{
    if (ws->depth++)
        return;
    ws->is_first = true;
    ws->is_glued = !is_behind_blank;
}

/* Skips what stands between two words and counts the comments that open and end there. */
static void skip_gap(struct words *ws)
{
    bool is_behind_blank = false;
    for (cur *c = &ws->c; cur_is(c, C_FWS) || (!cur_end(c) && is_bracket(*c->p)); c->p++) {
        if (*c->p == '(')
            open_comment(ws, is_behind_blank);
        else if (*c->p == ')' && ws->depth)
            --ws->depth;
        is_behind_blank = byte_is(*c->p, C_FWS);
    }
}

static bool word_next(struct words *ws, struct word *w)
{
    skip_gap(ws);
    cur *c = &ws->c;
    const uint8_t *from = c->p;
    while (!cur_end(c) && !byte_is(*c->p, C_FWS) && !is_bracket(*c->p))
        c->p++;
    *w = (struct word){str_between(from, c->p), ws->depth, ws->is_first, ws->is_glued};
    ws->is_first = false;
    return w->text.n > 0;
}

/* ret  ":25" or nothing */
static bool is_port(str text)
{
    cur c = cur_of(text);
    return cur_end(&c) || (cur_byte(&c, ':') && cur_run(&c, C_DIGIT).n && cur_end(&c));
}

/* Reads "[192.0.2.1]", "[IPv6:2001:db8::1]", "[192.0.2.1]:25" or, where a bare one will do, "192.0.2.1". */
static bool address_of(str word, bool is_bare_fine, str *address)
{
    struct ip ip;
    if (word.n && word.p[0] == '[') {
        str inner = str_from(word, 1);
        size_t end = str_find(inner, ']');
        *address = str_first(inner, end);
        if (str_starts_nocase(*address, S("IPv6:")))
            *address = str_from(*address, 5);
        return is_port(str_from(inner, end + 1)) && ip_read(*address, &ip);
    }
    *address = word;
    return is_bare_fine && ip_read(word, &ip);
}

/* How sure it is that an address is the client's: a comment is written by the server, what stands outside may be HELO. */
enum { FOUND_NOTHING, FOUND_OUTSIDE, FOUND_IN_COMMENT };

struct reading {
    struct received *r;
    int found;
    bool has_first;   /* the word after "from" was seen */
    str before;       /* the word before this one */
    bool is_helo_set; /* by helo= or HELO */
    bool is_deaf;     /* to addresses, until the next comment */
};

/* ret  the word is HELO's name, or says that it follows */
static bool is_about_helo(str word)
{
    return str_eq_nocase(word, S("HELO")) || str_eq_nocase(word, S("EHLO")) ||
           str_starts_nocase(word, S("helo="));
}

/* ret  a comment that begins so tells of TLS or a login: names in it are the client's choice */
static bool is_about_session(str word)
{
    return str_eq(word, S("using")) || str_eq(word, S("Client")) || str_eq(word, S("No")) ||
           str_eq_nocase(word, S("authenticated"));
}

static void take_address(struct reading *g, const struct word *w)
{
    str address;
    int strength = w->depth ? FOUND_IN_COMMENT : FOUND_OUTSIDE;
    if (w->is_first)
        g->is_deaf = is_about_session(w->text);
    g->is_deaf = g->is_deaf || (w->depth && is_about_helo(w->text));
    bool is_strange = w->depth && (g->is_deaf || w->is_glued || w->depth > 1);
    if (is_strange || strength < g->found || !address_of(w->text, w->depth > 0, &address))
        return;
    g->r->ip = address;
    g->found = strength;
}

/* In a comment the server says itself that a word is the name of HELO. */
static void take_helo(struct reading *g, str word)
{
    bool is_said = str_eq_nocase(g->before, S("HELO")) || str_eq_nocase(g->before, S("EHLO"));
    if (g->is_helo_set)
        return;
    g->is_helo_set = is_said || str_starts_nocase(word, S("helo="));
    if (g->is_helo_set)
        g->r->helo = is_said ? word : str_from(word, 5);
}

static void take_word(struct reading *g, const struct word *w)
{
    take_address(g, w);
    if (w->depth)
        take_helo(g, w->text);
    else if (!g->has_first) {
        g->has_first = true;
        g->r->helo = w->text;
    }
    g->before = w->text;
}

static void take_sender(struct received *r, str before, str word)
{
    if (str_starts_nocase(word, S("envelope-from=")))
        word = str_from(word, 14);
    else if (!str_eq_nocase(before, S("envelope-from")))
        return;
    word = str_first(word, str_find(word, ';'));
    if (word.n < 2 || word.p[0] != '<' || word.p[word.n - 1] != '>')
        return;
    r->mail_from = (str){word.p + 1, word.n - 2};
    r->has_mail_from = true;
}

/* ret  "LMTP" and its kin: the way to the mailbox, never one that strangers come                       [RFC3848] */
static bool is_lmtp(str word)
{
    return str_starts_nocase(str_first(word, str_find(word, ';')), S("LMTP"));
}

/* ret  the server says in words of its own that the client was the machine itself */
static bool is_loopback(const struct reading *g)
{
    struct ip ip;
    bool is_sure = g->found == FOUND_IN_COMMENT || (g->found == FOUND_OUTSIDE && g->is_helo_set);
    if (!is_sure || !ip_read(g->r->ip, &ip))
        return false;
    static const uint8_t v6[16] = {[15] = 1};
    return ip.is_v6 ? memcmp(ip.bytes, v6, sizeof v6) == 0 : ip.bytes[0] == 127;
}

/* Takes a word behind "by". */
static void take_rest(struct received *r, str before, const struct word *w)
{
    if (w->depth)
        take_sender(r, before, w->text);
    else if (str_eq_nocase(before, S("with")))
        r->is_internal = r->is_internal || is_lmtp(w->text);
}

bool received_read(str value, struct received *r)
{
    struct words ws = {.c = cur_of(value)};
    struct word w;
    *r = (struct received){0};
    if (!word_next(&ws, &w) || w.depth || !str_eq_nocase(w.text, S("from")))
        return false;
    struct reading g = {.r = r};
    unsigned by = 0;
    for (str before = S(""); word_next(&ws, &w); before = w.text) {
        by += w.depth == 0 && str_eq_nocase(w.text, S("by"));
        if (by == 0)
            take_word(&g, &w);
        else
            take_rest(r, before, &w);
    }
    r->is_internal = by <= 1 && (r->is_internal || is_loopback(&g));
    if (by > 1)
        r->ip = S("");
    return true;
}
