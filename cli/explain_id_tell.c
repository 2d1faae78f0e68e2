/* SPDX-License-Identifier: BSD-2-Clause */
/* The pairs of a line as sentences: who, what each method found and why, what was done and what would have been done. */
#include "cli/explain_id.h"

#include <ingam/ingam.h>

struct teller {
    struct arena *a;
    const struct logged *l;
    struct tale *t;
    struct out o;
};

static str value(const struct teller *w, const char *key)
{
    return logged_value(w->l, key);
}

static bool is(const struct teller *w, const char *key, const char *word)
{
    return str_eq(value(w, key), str_of(word));
}

static void begin(struct teller *w)
{
    out_init(&w->o, w->a);
}

static void end(struct teller *w, const char *head)
{
    str text = out_done(&w->o);
    if (text.n == 0 || w->t->n == TALE_PARTS)
        return;
    w->t->parts[w->t->n].head = head;
    w->t->parts[w->t->n++].text = text;
}

/* Writes `before`, the value and `after` where there is such a value. */
static void put(struct teller *w, const char *before, const char *key, const char *after)
{
    str v = value(w, key);
    if (v.n == 0)
        return;
    out_z(&w->o, before);
    out_str(&w->o, v);
    out_z(&w->o, after);
}

/* --- Who ------------------------------------------------------------------------------------------------------- */

static void tell_who(struct teller *w)
{
    begin(w);
    if (value(w, "client").n == 0)
        out_z(&w->o, "a program of the mail server's own host");
    put(w, "", "client", "");
    put(w, " (", "client_name", ")");
    put(w, ", which called itself ", "helo", "");
    put(w, ", logged in as ", "user", "");
    end(w, "client");

    begin(w);
    put(w, "from ", "from", "");
    put(w, ", to ", "rcpts", is(w, "rcpts", "1") ? " recipient" : " recipients");
    put(w, ", ", "size", " bytes");
    put(w, ", queue id ", "queue", "");
    end(w, "message");

    begin(w);
    put(w, "", "author", "");
    if (value(w, "author").n == 0 && !is(w, "action", "aborted"))
        out_z(&w->o, "no usable domain in From");
    end(w, "author");
}

/* --- What was found -------------------------------------------------------------------------------------------- */

/* "fail(dkim-body-hash):example.org/sel" in its parts. */
struct found {
    str word, fault, domain, selector;
};

static struct found found_of(str text)
{
    struct found f = {.fault = S(""), .domain = S(""), .selector = S("")};
    size_t colon = str_find(text, ':'), slash;
    f.domain = str_from(text, colon + 1);
    f.word = str_first(text, colon);
    size_t paren = str_find(f.word, '(');
    if (paren < f.word.n && f.word.p[f.word.n - 1] == ')')
        f.fault = str_first(str_from(f.word, paren + 1), f.word.n - paren - 2);
    f.word = str_first(f.word, paren);
    slash = str_find(f.domain, '/');
    f.selector = str_from(f.domain, slash + 1);
    f.domain = str_first(f.domain, slash);
    return f;
}

static const char *sentence_of(str fault)
{
    char name[INGAM_FAULT_NAME_SIZE];
    for (int i = INGAM_FAULT_NONE + 1; fault.n && i < INGAM_FAULT_N; i++)
        if (str_eq(str_of(ingam_fault_name((enum ingam_fault)i, name)), fault))
            return ingam_fault_row((enum ingam_fault)i)->sentence;
    return NULL;
}

/* What a result means where it has no fault that says more. */
static const struct {
    const char *method, *word, *means;
} meanings[] = {
    {"spf", "pass", "the domain lets this address send"},
    {"spf", "fail", "the domain says that this address does not send for it"},
    {"spf", "softfail", "the domain says that this address hardly sends for it"},
    {"spf", "neutral", "the domain says nothing about this address"},
    {"spf", "none", "the domain publishes no SPF record"},
    {"dkim", "pass", "the signature holds"},
    {"dkim", "none", "the message bears no signature"},
    {"arc", "pass", "the chain of those who passed the message on holds"},
    {"dmarc", "pass", "the message is the domain's own"},
    {"dmarc", "none", "the author's domain publishes no DMARC policy"},
};

static const char *meaning_of(const char *method, str word)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(meanings[i].method, method) == 0 && str_eq(str_of(meanings[i].word), word))
            return meanings[i].means;
    return NULL;
}

static void put_found(struct teller *w, const char *method, str text)
{
    struct found f = found_of(text);
    const char *why = f.fault.n ? sentence_of(f.fault) : meaning_of(method, f.word);
    out_str(&w->o, f.word);
    if (f.domain.n) {
        out_z(&w->o, " for ");
        out_str(&w->o, f.domain);
    }
    if (f.selector.n) {
        out_z(&w->o, ", selector ");
        out_str(&w->o, f.selector);
    }
    if (why || f.fault.n) {
        out_z(&w->o, ": ");
        out_str(&w->o, why ? str_of(why) : f.fault);
    }
}

/* Several signatures stand apart by commas. */
static void tell_found(struct teller *w, const char *method, const char *key, const char *head)
{
    str text = value(w, key);
    begin(w);
    while (text.n) {
        size_t n = str_find(text, ',');
        put_found(w, method, str_first(text, n));
        text = str_from(text, n + 1);
        if (text.n)
            out_z(&w->o, "; ");
    }
    if (strcmp(key, "dmarc") == 0)
        put(w, "; the domain asks for p=", "p", "");
    end(w, head);
}

/* --- What was done --------------------------------------------------------------------------------------------- */

static const struct {
    const char *word, *done, *would;
} actions[] = {
    {"accept", "accepted", "have been accepted"},
    {"quarantine", "accepted, and marked or held as suspicious", "have been marked or held as suspicious"},
    {"reject", "refused for good", "have been refused for good"},
    {"defer", "put off: the sender was asked to try again later", "have been put off"},
    {"aborted", "given up by the client or by the mail server before anything was decided", NULL},
};

static const char *action_of(str word, bool is_done)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (str_eq(str_of(actions[i].word), word))
            return is_done ? actions[i].done : actions[i].would;
    return NULL;
}

static void tell_action(struct teller *w)
{
    const char *done = action_of(value(w, "action"), true), *would = action_of(value(w, "would_be"), false);
    begin(w);
    out_z(&w->o, done ? done : "something that this program does not know");
    put(w, "; ", "removed", " fields that could be taken for ours were taken out");
    if (is(w, "deadline", "yes"))
        out_z(&w->o, "; the verdict came by the deadline, with questions open");
    end(w, "done");

    begin(w);
    if (would) {
        out_z(&w->o, "enforcing, it would ");
        out_z(&w->o, would);
    }
    end(w, "would be");

    begin(w);
    put(w, "", "reasons", "");
    put(w, "we could not judge it: ", "trouble", "");
    end(w, "because");

    begin(w);
    put(w, "the rule \"", "policy", "\"");
    end(w, "policy");
}

/* "example.org/sel": by which key. */
static void tell_signing(struct teller *w)
{
    begin(w);
    put(w, "by ", "signed", "");
    put(w, "no: ", "unsigned", "");
    put(w, "; ", "sign", "");
    end(w, "signed");
    begin(w);
    put(w, "by ", "sealed", "");
    put(w, "no: ", "unsealed", "");
    end(w, "sealed");
}

static void tell_time(struct teller *w)
{
    begin(w);
    put(w, "", "dns", is(w, "dns", "1") ? " question to the DNS" : " questions to the DNS");
    put(w, ", ", "dns_ms", " ms for their answers");
    put(w, ", ", "wait_ms", " ms from the message's end to the decision");
    end(w, "time");
}

void tale_write(struct arena *a, const struct logged *l, struct tale *t)
{
    struct teller w = {.a = a, .l = l, .t = t};
    tell_who(&w);
    tell_found(&w, "spf", "spf", "spf");
    tell_found(&w, "spf", "spf_helo", "spf helo");
    tell_found(&w, "dkim", "dkim", "dkim");
    tell_found(&w, "arc", "arc", "arc");
    tell_found(&w, "dmarc", "dmarc", "dmarc");
    tell_action(&w);
    tell_signing(&w);
    tell_time(&w);
}
