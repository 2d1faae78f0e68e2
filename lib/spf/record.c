/* SPDX-License-Identifier: BSD-2-Clause */
#include "spf/record.h"

#include "spf/macro.h"

/* record    = version terms *SP
 * terms     = *( 1*SP ( directive / modifier ) )
 * directive = [ qualifier ] mechanism                                                               [RFC7208 4.6.1] */

enum { VERSION_N = 6 /* "v=spf1" */, FIRST_TERMS = 8 };

struct reader {
    struct arena *arena;
    struct spf_record *record;
    struct spf_term *term; /* being read */
    size_t cap;            /* terms there is room for */
    size_t redirect, exp;  /* 1 + place of the term; 0: none so far */
};

/* What may stand behind a mechanism's name. */
enum argument { NO_ARGUMENT, DOMAIN, MAYBE_DOMAIN, MAYBE_DOMAIN_CIDR, NETWORK4, NETWORK6 };

static const struct mechanism {
    str name;
    enum spf_kind kind;
    enum argument argument;
} mechanisms[] = {
    {S_INIT("ip4"), TERM_IP4, NETWORK4},        {S_INIT("include"), TERM_INCLUDE, DOMAIN},
    {S_INIT("all"), TERM_ALL, NO_ARGUMENT},     {S_INIT("a"), TERM_A, MAYBE_DOMAIN_CIDR},
    {S_INIT("mx"), TERM_MX, MAYBE_DOMAIN_CIDR}, {S_INIT("ip6"), TERM_IP6, NETWORK6},
    {S_INIT("exists"), TERM_EXISTS, DOMAIN},    {S_INIT("ptr"), TERM_PTR, MAYBE_DOMAIN},
};

static bool fails(struct reader *rd, enum ingam_fault fault, const uint8_t *at)
{
    rd->record->fault = fault;
    rd->record->at = (size_t)(at - rd->record->text.p);
    return false;
}

/* [RFC7208 4.6.2] */
static enum ingam_result take_qualifier(cur *c)
{
    if (cur_byte(c, '-'))
        return INGAM_RESULT_FAIL;
    if (cur_byte(c, '~'))
        return INGAM_RESULT_SOFTFAIL;
    if (cur_byte(c, '?'))
        return INGAM_RESULT_NEUTRAL;
    cur_byte(c, '+');
    return INGAM_RESULT_PASS;
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
    return is_named(str_first(text, VERSION_N), S("v=spf1")) &&
           (text.n == VERSION_N || text.p[VERSION_N] == ' ');
}

static const struct mechanism *find_mechanism(str name)
{
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
        if (is_named(name, mechanisms[i].name))
            return &mechanisms[i];
    return NULL;
}

/* ip4-cidr-length = "/" ("0" / %x31-39 0*1DIGIT), ip6-cidr-length likewise: no leading zeros.         [RFC7208 5.6] */
static bool read_cidr(struct reader *rd, str digits, unsigned max, uint8_t *bits)
{
    unsigned v = 0;
    size_t i = 0;
    for (; i < digits.n && i < 3 && byte_is(digits.p[i], C_DIGIT); i++)
        v = v * 10 + (unsigned)(digits.p[i] - '0');
    bool has_leading_zero = digits.n > 1 && digits.p[0] == '0';
    if (digits.n == 0 || i < digits.n || v > max || has_leading_zero)
        return fails(rd, FAULT_SPF_CIDR, digits.p);
    *bits = (uint8_t)v;
    return true;
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
    struct macro_check check;
    if (!domain_spec_check(text, &check))
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

/* ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ], ip6 likewise                                       [RFC7208 5.6] */
static bool read_network(struct reader *rd, bool is_v6, str text)
{
    struct spf_term *term = rd->term;
    if (text.n == 0 || text.p[0] != ':')
        return fails(rd, FAULT_SPF_NETWORK_MISSING, text.p);
    text = str_from(text, 1);
    str network = str_first(text, str_find(text, '/'));
    bool is_right = is_v6 ? ip_read_v6(network, &term->network) : ip_read_v4(network, &term->network);
    if (!is_right)
        return fails(rd, is_v6 ? FAULT_SPF_IP6 : FAULT_SPF_IP4, network.p);
    if (network.n == text.n)
        return true;
    str digits = str_from(text, network.n + 1);
    return is_v6 ? read_cidr(rd, digits, 128, &term->cidr6) : read_cidr(rd, digits, 32, &term->cidr4);
}

static bool read_argument(struct reader *rd, enum argument argument, str text)
{
    switch (argument) {
    case NO_ARGUMENT: return text.n == 0 || fails(rd, FAULT_SPF_ARGUMENT, text.p);
    case NETWORK4: return read_network(rd, false, text);
    case NETWORK6: return read_network(rd, true, text);
    case DOMAIN:
    case MAYBE_DOMAIN:
    case MAYBE_DOMAIN_CIDR: break;
    }
    return read_domain_argument(rd, argument, text);
}

/* mechanism = ( all / include / a / mx / ptr / ip4 / ip6 / exists )                                 [RFC7208 4.6.1] */
static bool read_mechanism(struct reader *rd, str name, str rest)
{
    const struct mechanism *mechanism = find_mechanism(name);
    if (mechanism == NULL)
        return fails(rd, FAULT_SPF_MECHANISM, name.p);
    rd->term->kind = (uint8_t)mechanism->kind;
    if (mechanism->kind == TERM_ALL)
        rd->record->has_all = true;
    return read_argument(rd, mechanism->argument, rest);
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

/* directive = [ qualifier ] mechanism; a modifier has no qualifier.                                  [RFC7208 4.6.1] */
static bool read_term(struct reader *rd, str word)
{
    struct spf_term *term = rd->term;
    cur c = cur_of(word);
    *term = (struct spf_term){.text = word, .cidr4 = 32, .cidr6 = 128};
    term->qualifier = (uint8_t)take_qualifier(&c);
    str name = cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_UNDER | C_DOT);
    bool is_read;
    if (cur_byte(&c, '='))
        is_read = read_modifier(rd, str_between(word.p, name.p + name.n), cur_rest(&c));
    else
        is_read = read_mechanism(rd, name, cur_rest(&c));
    if (is_read && (spf_kind_asks(term->kind) || term->kind == TERM_EXP))
        term->targets = new_targets(rd->arena);
    return is_read;
}

/* Makes room for one more term. */
static bool grow(struct reader *rd)
{
    struct spf_record *record = rd->record;
    size_t cap = rd->cap ? rd->cap * 2 : FIRST_TERMS;
    if (record->n == SPF_RECORD_TERMS)
        return fails(rd, FAULT_SPF_TOO_MANY_TERMS, record->text.p);
    struct spf_term *terms = arena_take_raw(rd->arena, cap * sizeof *terms);
    if (terms == NULL)
        return false;
    if (record->n)
        memcpy(terms, record->terms, record->n * sizeof *terms);
    record->terms = terms;
    rd->cap = cap;
    return true;
}

static str take_word(cur *c)
{
    const uint8_t *from = c->p;
    const uint8_t *space = memchr(from, ' ', (size_t)(c->end - from));
    c->p = space ? space : c->end;
    return str_between(from, c->p);
}

static bool read_terms(struct reader *rd, cur c)
{
    for (;;) {
        while (cur_byte(&c, ' '))
            continue;
        if (cur_end(&c))
            return true;
        if (rd->record->n == rd->cap && !grow(rd))
            return false;
        rd->term = &rd->record->terms[rd->record->n];
        if (!read_term(rd, take_word(&c)))
            return false;
        rd->record->n++;
    }
}

/* Sixteen bytes at once, in whatever registers the machine has; a high byte is negative. */
typedef int8_t bytes16 __attribute__((vector_size(16)));

static bool is_printable16(const uint8_t *p)
{
    bytes16 v;
    uint64_t half[2];
    memcpy(&v, p, sizeof v);
    bytes16 is_right = (v >= ' ') & (v < 0x7f);
    memcpy(half, &is_right, sizeof half);
    return (half[0] & half[1]) == UINT64_MAX;
}

/* The record is US-ASCII, and only SP stands between terms.                           [RFC7208 3.1] [RFC7208 4.6.1] */
size_t spf_wrong_byte(str text)
{
    size_t i = 0;
    while (text.n - i >= 16 && is_printable16(text.p + i))
        i += 16;
    if (text.n - i < 16 && text.n >= 16 && is_printable16(text.p + text.n - 16))
        return text.n;
    while (i < text.n && (uint8_t)(text.p[i] - ' ') < 0x7f - ' ')
        i++;
    return i;
}

struct spf_record *spf_record_read(struct arena *a, str text)
{
    struct spf_record *record = NEW(a, struct spf_record);
    if (record == NULL)
        return NULL;
    struct reader rd = {.arena = a, .record = record};
    record->text = text;
    size_t wrong_at = spf_wrong_byte(text);
    if (wrong_at < text.n)
        fails(&rd, FAULT_SPF_BYTE, text.p + wrong_at);
    else
        read_terms(&rd, cur_of(str_from(text, VERSION_N)));
    record->redirect = rd.redirect ? &record->terms[rd.redirect - 1] : NULL;
    record->exp = rd.exp ? &record->terms[rd.exp - 1] : NULL;
    return a->has_failed ? NULL : record;
}
