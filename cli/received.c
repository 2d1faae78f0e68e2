/* SPDX-License-Identifier: BSD-2-Clause */
/* Received is written in many ways; the ones that mail servers really use:
 *
 *   from HELO (RDNS [192.0.2.1]) by ...            Postfix, Sendmail, Gmail
 *   from [192.0.2.1] (helo=HELO) by ...            Exim
 *   from RDNS ([192.0.2.1] helo=HELO) by ...       Exim
 *   from RDNS (HELO HELO) (192.0.2.1) by ...       qmail
 *   from HELO (2001:db8::1) by ...                 Exchange
 *   from HELO ([IPv6:2001:db8::1]) by ...          the form of RFC 5321 */
#include "cli/envelope.h"

#include "base/ip.h"

/* One word of the clause: text between blanks and brackets of a comment. */
struct word {
    str text;
    unsigned depth; /* 0: outside of comments */
};

static bool is_bracket(uint8_t c)
{
    return c == '(' || c == ')';
}

/* Skips what stands between two words and counts the comments that open and end there. */
static void skip_gap(cur *c, unsigned *depth)
{
    for (; cur_is(c, C_FWS) || (!cur_end(c) && is_bracket(*c->p)); c->p++) {
        if (*c->p == '(')
            ++*depth;
        else if (*c->p == ')' && *depth)
            --*depth;
    }
}

static bool word_next(cur *c, unsigned *depth, struct word *w)
{
    skip_gap(c, depth);
    const uint8_t *from = c->p;
    while (!cur_end(c) && !byte_is(*c->p, C_FWS) && !is_bracket(*c->p))
        c->p++;
    *w = (struct word){str_between(from, c->p), *depth};
    return w->text.n > 0;
}

/* Reads "[192.0.2.1]", "[IPv6:2001:db8::1]", "[192.0.2.1]:25" or, where a bare one will do, "192.0.2.1". */
static bool address_of(str word, bool is_bare_fine, str *address)
{
    struct ip ip;
    if (word.n && word.p[0] == '[') {
        str inner = str_from(word, 1);
        *address = str_first(inner, str_find(inner, ']'));
        if (str_starts_nocase(*address, S("IPv6:")))
            *address = str_from(*address, 5);
        return ip_read(*address, &ip);
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
};

static void take_address(struct reading *g, const struct word *w)
{
    str address;
    int strength = w->depth ? FOUND_IN_COMMENT : FOUND_OUTSIDE;
    if (strength <= g->found || !address_of(w->text, w->depth > 0, &address))
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

bool received_read(str value, struct received *r)
{
    cur c = cur_of(value);
    unsigned depth = 0;
    struct word w;
    *r = (struct received){0};
    if (!word_next(&c, &depth, &w) || depth || !str_eq_nocase(w.text, S("from")))
        return false;
    struct reading g = {.r = r};
    bool is_from = true;
    str before = S("");
    while (word_next(&c, &depth, &w)) {
        if (w.depth == 0 && str_eq_nocase(w.text, S("by")))
            is_from = false;
        if (is_from)
            take_word(&g, &w);
        else if (w.depth)
            take_sender(r, before, w.text);
        before = w.text;
    }
    return true;
}
