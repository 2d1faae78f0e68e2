/* SPDX-License-Identifier: BSD-2-Clause */
/* What is worth a person's eye. Each is made only when somebody asks, and none decides anything. */
#include "verdict/state.h"

#include "base/cur.h"
#include "base/date.h"

enum { WARNINGS_MAX = 32, FUTURE_S = 7 * 24 * 3600, SHORT_BITS = 2048 };

enum warning {
    WARN_DISPLAY_ADDRESS,
    WARN_REPLY_TO,
    WARN_L_TAG,
    WARN_SHORT_KEY,
    WARN_TESTING_KEY,
    WARN_FORGED,
    WARN_LOOKALIKE,
    WARN_HIDDEN,
    WARN_BARE_LINE_END,
    WARN_NUL,
    WARN_JUNK,
    WARN_FUTURE,
    WARN_SEVERAL_FROM
};

static const struct {
    const char *kind, *sentence;
} rows[] = {
    [WARN_DISPLAY_ADDRESS] = {"display-name-address", "the name shown names {0}, but the address is of {1}"},
    [WARN_REPLY_TO] = {"reply-to-elsewhere", "answers would go to {0}, not to {1}"},
    [WARN_L_TAG] = {"l-tag", "the signature of {0} covers only the beginning of the body (l=)"},
    [WARN_SHORT_KEY] = {"short-key", "the key of {0} (selector {1}) is shorter than 2048 bits"},
    [WARN_TESTING_KEY] = {"testing-key",
                          "the key of {0} (selector {1}) says that it is only being tested (t=y)"},
    [WARN_FORGED] = {"forged-authentication-results",
                     "a field that came with the message claims to be our own: {0}"},
    [WARN_LOOKALIKE] = {"lookalike", "{0} is shown as {1}, in letters that look like others"},
    [WARN_HIDDEN] = {"hidden-characters", "{0} holds characters that nobody sees or that turn its direction"},
    [WARN_BARE_LINE_END] = {"bare-line-end", "the header holds a CR or LF that ends no line"},
    [WARN_NUL] = {"nul-byte", "the header holds a NUL byte"},
    [WARN_JUNK] = {"junk-header-line", "a line of the header is no field: {0}"},
    [WARN_FUTURE] = {"date-in-future", "the Date lies more than a week ahead: {0}"},
    [WARN_SEVERAL_FROM] = {"several-from", "the message names several authors, first {0}, then {1}"},
};

struct warnings {
    struct ingam_check *c;
    struct ingam_warning *list;
    size_t n;
};

static void warn(struct warnings *w, enum warning what, str first, str second)
{
    if (w->n < WARNINGS_MAX)
        w->list[w->n++] = (struct ingam_warning){rows[what].kind, {first, second}, rows[what].sentence};
}

/* ret  the same domain, or one above the other */
static bool is_related(str a, str b)
{
    return name_is_under(a, b) || name_is_under(b, a);
}

/* ret  a name with one of the endings that people know from addresses: a first name and a dot must not count */
static bool is_plain_domain(str word)
{
    static const str ends[] = {S_INIT(".com"), S_INIT(".org"),  S_INIT(".net"),
                               S_INIT(".edu"), S_INIT(".gov"),  S_INIT(".mil"),
                               S_INIT(".biz"), S_INIT(".info"), S_INIT(".bank")};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (word.n > ends[i].n && str_ends_nocase(word, ends[i]))
            return true;
    return false;
}

static str without_outer_dots(str word)
{
    while (word.n && word.p[0] == '.')
        word = str_from(word, 1);
    while (word.n && word.p[word.n - 1] == '.')
        word.n--;
    return word;
}

/* Finds a domain that the text names: what follows an @, or stands alone as a well-known kind of name.
 * out  named  inside the text; empty if there is none */
static bool names_domain(cur *c, str *named)
{
    while (!cur_end(c)) {
        bool is_after_at = cur_byte(c, '@');
        *named = without_outer_dots(cur_run(c, C_ALPHA | C_DIGIT | C_DASH | C_DOT));
        bool has_dot = str_find(*named, '.') < named->n;
        if (has_dot && (is_after_at || (!cur_at(c, '@') && is_plain_domain(*named))))
            return true;
        if (named->n == 0 && !cur_end(c) && !cur_at(c, '@'))
            c->p++;
    }
    return false;
}

static void look_at_display(struct warnings *w, const struct mail_address *address)
{
    str shown = mail_words_decode(&w->c->arena, address->display);
    cur c = cur_of(shown);
    for (str named; names_domain(&c, &named);) {
        if (is_related(named, address->domain))
            continue;
        warn(w, WARN_DISPLAY_ADDRESS, named, address->domain);
        break;
    }
    if (lookalike_hidden(shown))
        warn(w, WARN_HIDDEN, S("the name in From"), S(""));
}

static void look_at_from(struct warnings *w)
{
    const struct mail_addresses *from = &w->c->author.addresses;
    for (size_t i = 0; i < from->n; i++)
        look_at_display(w, &from->list[i]);
    if (from->n > 1)
        warn(w, WARN_SEVERAL_FROM, from->list[0].domain, from->list[1].domain);
    str shown;
    if (lookalike_domain(&w->c->arena, w->c->author.domain, &shown))
        warn(w, WARN_LOOKALIKE, w->c->author.domain, shown);
}

/* Reply-To in another organization than the author's; the walk has found out how far that reaches. */
static void look_at_reply_to(struct warnings *w, const struct mail_field *f)
{
    const struct ingam_dmarc_outcome *dmarc = &w->c->verdict.dmarc;
    str home = dmarc->organizational_domain.n ? dmarc->organizational_domain : dmarc->author_domain;
    struct mail_addresses to;
    if (home.n == 0 || !mail_addresses_read(&w->c->arena, f->value, &w->c->config.limits, &to))
        return;
    for (size_t i = 0; i < to.n; i++) {
        str domain = to.list[i].domain;
        if (domain.n == 0 || is_related(domain, home))
            continue;
        warn(w, WARN_REPLY_TO, domain, home);
        return;
    }
}

static void look_at_date(struct warnings *w, const struct mail_field *f)
{
    int64_t at = 0;
    if (date_read_mail(f->value, &at) && at > w->c->now_s + FUTURE_S)
        warn(w, WARN_FUTURE, str_trim_fws(f->value), S(""));
}

static void look_at_subject(struct warnings *w, const struct mail_field *f)
{
    if (lookalike_hidden(mail_words_decode(&w->c->arena, f->value)))
        warn(w, WARN_HIDDEN, S("the Subject"), S(""));
}

/* ret  From field number `which`, from 1 at the top; NULL: there are fewer */
static const struct mail_field *from_at(const struct mail_header *h, size_t which)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        if (h->fields[i].known == MAIL_FROM && ++n == which)
            return &h->fields[i];
    return NULL;
}

static void look_at_fields(struct warnings *w)
{
    const struct mail_header *h = &w->c->header;
    bool has_junk = false;
    for (size_t i = 0; i < h->n; i++) {
        const struct mail_field *f = &h->fields[i];
        if (f->known == MAIL_REPLY_TO)
            look_at_reply_to(w, f);
        else if (f->known == MAIL_SUBJECT)
            look_at_subject(w, f);
        else if (f->known == MAIL_JUNK && !has_junk)
            warn(w, WARN_JUNK, f->value, S(""));
        else if (mail_field_is(f, S("Date")))
            look_at_date(w, f);
        has_junk |= f->known == MAIL_JUNK;
    }
    const struct mail_field *first = from_at(h, 1), *second = from_at(h, 2);
    if (first && second)
        warn(w, WARN_SEVERAL_FROM, str_trim_fws(first->value), str_trim_fws(second->value));
}

static void look_at_header(struct warnings *w)
{
    const struct mail_header *h = &w->c->header;
    if (h->has_bare_cr || h->has_bare_lf)
        warn(w, WARN_BARE_LINE_END, S(""), S(""));
    if (h->has_nul)
        warn(w, WARN_NUL, S(""), S(""));
    if (w->c->verdict.removed_n)
        warn(w, WARN_FORGED, str_trim_fws(h->fields[w->c->verdict.removed[0]].value), S(""));
}

static void look_at_signatures(struct warnings *w)
{
    for (size_t i = 0; i < w->c->verdict.dkim_n; i++) {
        const struct ingam_dkim_outcome *sig = &w->c->verdict.dkim[i];
        if (sig->has_length)
            warn(w, WARN_L_TAG, sig->domain, sig->selector);
        if (sig->key_bits && sig->key_bits < SHORT_BITS && str_starts_nocase(sig->algorithm, S("rsa")))
            warn(w, WARN_SHORT_KEY, sig->domain, sig->selector);
        if (sig->is_testing)
            warn(w, WARN_TESTING_KEY, sig->domain, sig->selector);
    }
}

size_t ingam_check_warnings(struct ingam_check *c, const struct ingam_warning **list)
{
    *list = NULL;
    if (!c->has_verdict)
        return 0;
    if (c->told->warnings == NULL) {
        struct warnings w = {c, NEW_N(&c->arena, struct ingam_warning, WARNINGS_MAX), 0};
        if (w.list == NULL)
            return 0;
        look_at_from(&w);
        look_at_fields(&w);
        look_at_header(&w);
        look_at_signatures(&w);
        c->told->warnings = w.list;
        c->told->warning_n = w.n;
    }
    *list = c->told->warnings;
    return c->told->warning_n;
}
