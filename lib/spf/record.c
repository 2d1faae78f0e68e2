/* SPDX-License-Identifier: BSD-2-Clause */
#include "spf/record.h"

#include "base/word.h"
#include "spf/macro.h"

/* record    = version terms *SP
 * terms     = *( 1*SP ( directive / modifier ) )
 * directive = [ qualifier ] mechanism                                                               [RFC7208 4.6.1] */

enum { VERSION_N = 6 /* "v=spf1" */, FIRST_TERMS = 8 };

struct reader {
    struct arena *arena;
    struct spf_record *record;
    struct spf_term *term;   /* being read */
    size_t cap;              /* terms there is room for */
    size_t redirect, exp;    /* 1 + place of the term; 0: none so far */
    const struct ip *client; /* NULL: keep all networks */
    bool has_macros;         /* somewhere in the record stands a '%' */
};

/* What may stand behind a mechanism's name. */
enum argument { NO_ARGUMENT, DOMAIN, MAYBE_DOMAIN, MAYBE_DOMAIN_CIDR, NETWORK4, NETWORK6 };

/* Up to seven lower case bytes as word_load gives them, and the bits of n bytes. */
#define KEY(a, b, c, d, e, f, g)                                                                             \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 |  \
     (uint64_t)(f) << 40 | (uint64_t)(g) << 48)
#define BYTES(n) ((UINT64_C(1) << 8 * (n)) - 1)

/* The commonest first. */
static const struct mechanism {
    uint64_t key, mask;
    uint8_t n; /* bytes of its name */
    uint8_t kind;
    uint8_t argument;
} mechanisms[] = {
    {KEY('i', 'p', '4', 0, 0, 0, 0), BYTES(3), 3, TERM_IP4, NETWORK4},
    {KEY('i', 'n', 'c', 'l', 'u', 'd', 'e'), BYTES(7), 7, TERM_INCLUDE, DOMAIN},
    {KEY('a', 'l', 'l', 0, 0, 0, 0), BYTES(3), 3, TERM_ALL, NO_ARGUMENT},
    {KEY('a', 0, 0, 0, 0, 0, 0), BYTES(1), 1, TERM_A, MAYBE_DOMAIN_CIDR},
    {KEY('m', 'x', 0, 0, 0, 0, 0), BYTES(2), 2, TERM_MX, MAYBE_DOMAIN_CIDR},
    {KEY('i', 'p', '6', 0, 0, 0, 0), BYTES(3), 3, TERM_IP6, NETWORK6},
    {KEY('e', 'x', 'i', 's', 't', 's', 0), BYTES(6), 6, TERM_EXISTS, DOMAIN},
    {KEY('p', 't', 'r', 0, 0, 0, 0), BYTES(3), 3, TERM_PTR, MAYBE_DOMAIN},
};

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )                                                 [RFC7208 4.6.1] */
enum { NAME_BYTES = C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT };

static bool fails(struct reader *rd, enum ingam_fault fault, const uint8_t *at)
{
    rd->record->fault = fault;
    rd->record->at = (size_t)(at - rd->record->text.p);
    return false;
}

static bool is_word_end(const cur *c)
{
    return c->p == c->end || *c->p == ' ';
}

/* [RFC7208 4.6.2] */
static enum ingam_result take_qualifier(cur *c)
{
    if (byte_is(*c->p, C_ALPHA))
        return INGAM_RESULT_PASS;
    switch (*c->p++) {
    case '-': return INGAM_RESULT_FAIL;
    case '~': return INGAM_RESULT_SOFTFAIL;
    case '?': return INGAM_RESULT_NEUTRAL;
    case '+': return INGAM_RESULT_PASS;
    default: c->p--; return INGAM_RESULT_PASS;
    }
}

static bool is_named(str name, str lower)
{
    if (name.n != lower.n)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (byte_lower(name.p[i]) != lower.p[i])
            return false;
    return true;
}

/* [RFC7208 4.5] */
bool spf_is_record(str text)
{
    const uint64_t version = KEY('v', '=', 's', 'p', 'f', '1', 0);
    return text.n >= VERSION_N && word_lower(word_load_part(text.p, VERSION_N)) == version &&
           (text.n == VERSION_N || text.p[VERSION_N] == ' ');
}

/* Takes the name of a mechanism, in any case; a byte that goes on with a name, or makes it a modifier's, may not follow.
 * ret  NULL: here stands no mechanism's name; nothing is taken */
static const struct mechanism *take_mechanism(cur *c)
{
    size_t left = (size_t)(c->end - c->p);
    uint64_t w = word_lower(left >= 8 ? word_load(c->p) : word_load_part(c->p, left));
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
        const struct mechanism *m = &mechanisms[i];
        if ((w & m->mask) != m->key)
            continue;
        if (left > m->n && (c->p[m->n] == '=' || byte_is(c->p[m->n], NAME_BYTES)))
            continue;
        c->p += m->n;
        return m;
    }
    return NULL;
}

/* ip4-cidr-length = "/" ("0" / %x31-39 0*1DIGIT), ip6-cidr-length likewise: no leading zeros.         [RFC7208 5.6]
 * in   c  behind the slash */
static bool take_bits(struct reader *rd, cur *c, unsigned max, uint8_t *bits)
{
    unsigned v = 0, digit;
    const uint8_t *from = c->p, *p = from;
    for (; p < c->end && p - from < 3 && (digit = (unsigned)*p - '0') <= 9; p++)
        v = v * 10 + digit;
    bool has_leading_zero = p - from > 1 && *from == '0';
    c->p = p;
    if (p == from || !is_word_end(c) || v > max || has_leading_zero)
        return fails(rd, FAULT_SPF_CIDR, from);
    *bits = (uint8_t)v;
    return true;
}

static bool read_cidr(struct reader *rd, str digits, unsigned max, uint8_t *bits)
{
    cur c = cur_of(digits);
    return take_bits(rd, &c, max, bits);
}

/* Takes `slashes` and the digits behind them off the end. ret false: there are none, nothing is taken */
static bool take_length(str *text, str slashes, str *digits)
{
    size_t i = text->n;
    while (i > 0 && byte_is(text->p[i - 1], C_DIGIT))
        i--;
    if (i == text->n || i < slashes.n || !str_starts(str_from(*text, i - slashes.n), slashes))
        return false;
    *digits = str_from(*text, i);
    text->n = i - slashes.n;
    return true;
}

/* dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]: read from the end, since a domain-spec may hold
 * slashes but cannot end in them and digits.                                                          [RFC7208 5.6] */
static bool take_dual_cidr(struct reader *rd, str *text)
{
    str digits;
    if (take_length(text, S("//"), &digits) && !read_cidr(rd, digits, 128, &rd->term->cidr6))
        return false;
    return !take_length(text, S("/"), &digits) || read_cidr(rd, digits, 32, &rd->term->cidr4);
}

static bool read_domain(struct reader *rd, str text)
{
    struct macro_check check = {.uses = 0};
    bool is_plain = !rd->has_macros && domain_ends_right(text);
    if (!is_plain && !domain_spec_check(text, &check))
        return fails(rd, check.why, check.wrong);
    rd->term->domain = text;
    rd->term->uses = check.uses;
    return true;
}

/* in   text  all behind the mechanism's name */
static bool read_domain_argument(struct reader *rd, enum argument argument, str text)
{
    if (argument == MAYBE_DOMAIN_CIDR && !take_dual_cidr(rd, &text))
        return false;
    if (text.n == 0)
        return argument != DOMAIN || fails(rd, FAULT_SPF_DOMAIN_MISSING, text.p);
    if (text.p[0] != ':')
        return fails(rd, argument == MAYBE_DOMAIN_CIDR ? FAULT_SPF_CIDR : FAULT_SPF_ARGUMENT, text.p);
    return read_domain(rd, str_from(text, 1));
}

/* ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ]                                                    [RFC7208 5.6] */
static bool take_network4(struct reader *rd, cur *c)
{
    if (!cur_byte(c, ':'))
        return fails(rd, FAULT_SPF_NETWORK_MISSING, c->p);
    const uint8_t *from = c->p;
    bool is_right = ip_take_v4(c, &rd->term->network);
    if (is_right && cur_byte(c, '/'))
        return take_bits(rd, c, 32, &rd->term->cidr4);
    return (is_right && is_word_end(c)) || fails(rd, FAULT_SPF_IP4, from);
}

/* ip6 = "ip6" ":" ip6-network [ ip6-cidr-length ]                                                    [RFC7208 5.6] */
static bool read_network6(struct reader *rd, str text)
{
    struct spf_term *term = rd->term;
    if (text.n == 0 || text.p[0] != ':')
        return fails(rd, FAULT_SPF_NETWORK_MISSING, text.p);
    text = str_from(text, 1);
    str network = str_first(text, str_find(text, '/'));
    if (!ip_read_v6(network, &term->network))
        return fails(rd, FAULT_SPF_IP6, network.p);
    if (network.n == text.n)
        return true;
    return read_cidr(rd, str_from(text, network.n + 1), 128, &term->cidr6);
}

static str take_word(cur *c)
{
    const uint8_t *from = c->p;
    const uint8_t *space = cur_end(c) ? NULL : memchr(from, ' ', (size_t)(c->end - from));
    c->p = space ? space : c->end;
    return str_between(from, c->p);
}

/* mechanism = ( all / include / a / mx / ptr / ip4 / ip6 / exists )                                 [RFC7208 4.6.1]
 * in   c  behind its name */
static bool take_argument(struct reader *rd, enum argument argument, cur *c)
{
    switch (argument) {
    case NO_ARGUMENT:
        rd->record->has_all = true;
        return is_word_end(c) || fails(rd, FAULT_SPF_ARGUMENT, c->p);
    case NETWORK4: return take_network4(rd, c);
    case NETWORK6: return read_network6(rd, take_word(c));
    case DOMAIN:
    case MAYBE_DOMAIN:
    case MAYBE_DOMAIN_CIDR: break;
    }
    return read_domain_argument(rd, argument, take_word(c));
}

static bool read_other(struct reader *rd, str value)
{
    struct macro_check check;
    rd->term->kind = TERM_OTHER;
    return macro_string_check(value, true, &check) || fails(rd, check.why, check.wrong);
}

/* modifier = redirect / explanation / unknown-modifier; the first two at most once.   [RFC7208 4.6.1] [RFC7208 6]
 * in   name  what stands before the "=" */
static bool read_modifier(struct reader *rd, str name, str value)
{
    if (name.n == 0 || !byte_is(name.p[0], C_ALPHA))
        return fails(rd, FAULT_SPF_MODIFIER_NAME, name.p);
    bool is_redirect = is_named(name, S("redirect"));
    if (!is_redirect && !is_named(name, S("exp")))
        return read_other(rd, value);
    size_t *place = is_redirect ? &rd->redirect : &rd->exp;
    if (*place)
        return fails(rd, FAULT_SPF_MODIFIER_TWICE, name.p);
    *place = rd->record->n + 1;
    rd->term->kind = is_redirect ? TERM_REDIRECT : TERM_EXP;
    return read_domain(rd, value);
}

static struct spf_target *new_targets(struct arena *a)
{
    struct spf_target *targets = arena_take_raw(a, SPF_IDENTITIES * sizeof *targets);
    for (size_t i = 0; targets && i < SPF_IDENTITIES; i++)
        targets[i] = (struct spf_target){.is_known = false};
    return targets;
}

/* What is no mechanism: a modifier, or wrong. A modifier has no qualifier.                           [RFC7208 4.6.1] */
static bool take_modifier(struct reader *rd, cur *c)
{
    str name = cur_run(c, NAME_BYTES);
    if (!cur_byte(c, '='))
        return fails(rd, FAULT_SPF_MECHANISM, name.p);
    return read_modifier(rd, str_between(rd->term->text.p, name.p + name.n), take_word(c));
}

/* directive = [ qualifier ] mechanism                                                               [RFC7208 4.6.1]
 * in   c  at the first byte of the term */
static bool take_term(struct reader *rd, cur *c)
{
    struct spf_term *term = rd->term;
    *term = (struct spf_term){.text = {c->p, 0}, .cidr4 = 32, .cidr6 = 128};
    term->qualifier = (uint8_t)take_qualifier(c);
    const struct mechanism *mechanism = take_mechanism(c);
    if (mechanism)
        term->kind = mechanism->kind;
    bool is_read =
        mechanism ? take_argument(rd, (enum argument)mechanism->argument, c) : take_modifier(rd, c);
    term->text.n = (size_t)(c->p - term->text.p);
    if (is_read && (spf_kind_asks(term->kind) || term->kind == TERM_EXP))
        term->targets = new_targets(rd->arena);
    return is_read;
}

/* Makes room for one more term. */
static bool grow(struct reader *rd)
{
    struct spf_record *record = rd->record;
    size_t cap = rd->cap ? rd->cap * 2 : FIRST_TERMS;
    struct spf_term *terms = arena_take_raw(rd->arena, cap * sizeof *terms);
    if (terms == NULL)
        return false;
    if (record->n)
        memcpy(terms, record->terms, record->n * sizeof *terms);
    record->terms = terms;
    rd->cap = cap;
    return true;
}

/* ret  a network that does not hold the client, which nobody asks about */
static bool is_elsewhere(const struct reader *rd)
{
    const struct spf_term *term = rd->term;
    if (rd->client == NULL || (term->kind != TERM_IP4 && term->kind != TERM_IP6))
        return false;
    return !ip_in_prefix(rd->client, &term->network, term->kind == TERM_IP6 ? term->cidr6 : term->cidr4);
}

static bool read_terms(struct reader *rd, cur c)
{
    struct spf_record *record = rd->record;
    for (size_t seen = 0;; seen++) {
        while (cur_byte(&c, ' '))
            continue;
        if (cur_end(&c))
            return true;
        if (seen == SPF_RECORD_TERMS)
            return fails(rd, FAULT_SPF_TOO_MANY_TERMS, record->text.p);
        if (record->n == rd->cap && !grow(rd))
            return false;
        rd->term = &record->terms[record->n];
        if (!take_term(rd, &c))
            return false;
        if (!is_elsewhere(rd))
            record->n++;
    }
}

/* With a sign: a byte of 0x80 and above is less than a space. */
typedef int8_t chars16 __attribute__((vector_size(16)));

static bool is_any(bytes16 v)
{
    uint64_t half[2];
    memcpy(half, &v, sizeof half);
    return (half[0] | half[1]) != 0;
}

/* Looks at n >= 16 bytes, at some of the last twice.
 * out  has_macros  one of them is '%'
 * ret  all are SP or printable US-ASCII */
static bool is_printable(const uint8_t *p, size_t n, bool *has_macros)
{
    const uint8_t *last = p + n - 16;
    bytes16 v = bytes16_load(last);
    bytes16 wrong = (bytes16)((chars16)v < ' ') | (bytes16)(v == 0x7f);
    bytes16 percent = (bytes16)(v == '%');
    for (; p < last; p += 16) {
        v = bytes16_load(p);
        wrong |= (bytes16)((chars16)v < ' ') | (bytes16)(v == 0x7f);
        percent |= (bytes16)(v == '%');
    }
    *has_macros = is_any(percent);
    return !is_any(wrong);
}

/* The record is US-ASCII, and only SP stands between terms.                           [RFC7208 3.1] [RFC7208 4.6.1] */
static size_t wrong_byte(str text, bool *has_macros)
{
    size_t i = 0;
    *has_macros = text.n < 16;
    if (text.n >= 16 && is_printable(text.p, text.n, has_macros))
        return text.n;
    while (i < text.n && (uint8_t)(text.p[i] - ' ') < 0x7f - ' ')
        i++;
    return i;
}

size_t spf_wrong_byte(str text)
{
    bool has_macros;
    return wrong_byte(text, &has_macros);
}

struct spf_record *spf_record_read_for(struct arena *a, str text, const struct ip *client)
{
    struct spf_record *record = NEW(a, struct spf_record);
    if (record == NULL)
        return NULL;
    struct reader rd = {.arena = a, .record = record, .client = client};
    record->text = text;
    record->is_short = client != NULL;
    size_t wrong_at = wrong_byte(text, &rd.has_macros);
    if (wrong_at < text.n)
        fails(&rd, FAULT_SPF_BYTE, text.p + wrong_at);
    else
        read_terms(&rd, cur_of(str_from(text, VERSION_N)));
    record->redirect = rd.redirect ? &record->terms[rd.redirect - 1] : NULL;
    record->exp = rd.exp ? &record->terms[rd.exp - 1] : NULL;
    return a->has_failed ? NULL : record;
}

struct spf_record *spf_record_read(struct arena *a, str text)
{
    return spf_record_read_for(a, text, NULL);
}
