/* SPDX-License-Identifier: BSD-2-Clause */
#include "spf/macro.h"

#include "base/ip.h"
#include "spf/record.h"

/* macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 * transformers = *DIGIT [ "r" ]
 * delimiter    = "." / "-" / "+" / "," / "/" / "_" / "="                                              [RFC7208 7.1] */
static const uint8_t letters[] = "slodiphcrtv";
static const uint8_t delimiters[] = ".-+,/_=";

static bool is_one_of(uint8_t c, const uint8_t *set)
{
    for (; *set; set++)
        if (*set == c)
            return true;
    return false;
}

static enum macro_got bad(struct macro *m, enum ingam_fault why)
{
    m->why = why;
    return MACRO_BAD;
}

/* Takes *DIGIT; a number beyond all label counts stays one. ret false: it is zero                     [RFC7208 7.3] */
static bool read_keep(cur *c, struct macro *m)
{
    str digits = cur_run(c, C_DIGIT);
    for (size_t i = 0; i < digits.n; i++)
        if (m->keep < 100000)
            m->keep = m->keep * 10 + (unsigned)(digits.p[i] - '0');
    if (digits.n && m->keep == 0) {
        c->p = digits.p;
        return false;
    }
    return true;
}

static enum macro_got read_letter(cur *c, struct macro *m)
{
    if (cur_end(c) || !is_one_of(byte_lower(*c->p), letters))
        return bad(m, FAULT_SPF_MACRO_LETTER);
    m->letter = byte_lower(*c->p);
    m->is_escaped = *c->p++ != m->letter;
    if (!read_keep(c, m))
        return bad(m, FAULT_SPF_MACRO_ZERO);
    m->is_reversed = cur_byte(c, 'r') || cur_byte(c, 'R');
    const uint8_t *from = c->p;
    while (!cur_end(c) && is_one_of(*c->p, delimiters))
        c->p++;
    m->delimiters = str_between(from, c->p);
    return cur_byte(c, '}') ? MACRO_LETTER : bad(m, FAULT_SPF_MACRO_OPEN);
}

static enum macro_got escaped(struct macro *m, str stands_for)
{
    m->literal = stands_for;
    return MACRO_LITERAL;
}

enum macro_got macro_next(cur *c, struct macro *m)
{
    *m = (struct macro){.keep = 0};
    if (cur_end(c))
        return MACRO_END;
    m->literal = cur_until(c, '%');
    if (m->literal.n)
        return MACRO_LITERAL;
    const uint8_t *percent = c->p++;
    if (cur_byte(c, '{'))
        return read_letter(c, m);
    if (cur_byte(c, '%'))
        return escaped(m, S("%"));
    if (cur_byte(c, '_'))
        return escaped(m, S(" "));
    if (cur_byte(c, '-'))
        return escaped(m, S("%20"));
    c->p = percent;
    return bad(m, FAULT_SPF_MACRO_PERCENT);
}

static uint8_t uses_of(uint8_t letter)
{
    if (letter == 's' || letter == 'l')
        return USES_MACRO | USES_LOCAL;
    return letter == 'p' ? USES_MACRO | USES_PTR : USES_MACRO;
}

static bool is_exp_letter(uint8_t letter)
{
    return letter == 'c' || letter == 'r' || letter == 't';
}

bool macro_string_check(str text, bool is_exp, struct macro_check *check)
{
    cur c = cur_of(text);
    struct macro m;
    *check = (struct macro_check){.tail = c.p};
    for (;;) {
        const uint8_t *from = c.p;
        enum macro_got got = macro_next(&c, &m);
        if (got == MACRO_END)
            return true;
        check->wrong = c.p;
        check->why = m.why;
        if (got == MACRO_BAD)
            return false;
        if (*from != '%')
            continue;
        check->uses |= m.letter ? uses_of(m.letter) : USES_MACRO;
        check->tail = c.p;
        check->wrong = from + 2;
        check->why = FAULT_SPF_MACRO_EXP_ONLY;
        if (!is_exp && is_exp_letter(m.letter))
            return false;
    }
}

/* toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
 * so: letters, digits and dashes, no dash at either end, not digits alone.                            [RFC7208 7.1] */
bool domain_ends_right(str text)
{
    if (text.n && text.p[text.n - 1] == '.')
        text.n--;
    const uint8_t *end = cur_of(text).end, *p = end;
    unsigned seen = 0;
    for (; p > text.p; p--) {
        unsigned classes = byte_classes[p[-1]] & (C_ALPHA | C_DIGIT | C_DASH);
        if (classes == 0)
            break;
        seen |= classes;
    }
    bool has_more_than_digits = (seen & (C_ALPHA | C_DASH)) != 0;
    return has_more_than_digits && p > text.p && p[-1] == '.' && *p != '-' && end[-1] != '-';
}

static bool ends_wrong(struct macro_check *check, const uint8_t *at, enum ingam_fault why)
{
    check->wrong = at;
    check->why = why;
    return false;
}

/* domain-spec = macro-string domain-end
 * domain-end  = ( "." toplabel [ "." ] ) / macro-expand                                               [RFC7208 7.1] */
bool domain_spec_check(str text, struct macro_check *check)
{
    struct ip ip;
    *check = (struct macro_check){.tail = text.p};
    if (text.n == 0)
        return ends_wrong(check, text.p, FAULT_SPF_DOMAIN_MISSING);
    bool has_macro = str_find(text, '%') < text.n;
    if (has_macro && !macro_string_check(text, false, check))
        return false;
    str tail = str_between(check->tail, text.p + text.n);
    if (tail.n == 0 || domain_ends_right(tail))
        return true;
    if (tail.p[tail.n - 1] == '.')
        tail.n--;
    size_t dot = str_find_last(tail, '.');
    str label = str_from(tail, dot + 1);
    if (ip_read(text, &ip))
        return ends_wrong(check, text.p, FAULT_SPF_DOMAIN_IS_ADDRESS);
    return ends_wrong(check, dot < tail.n ? label.p : tail.p, FAULT_SPF_DOMAIN_END);
}

static bool is_delimiter(str set, uint8_t c)
{
    return str_find(set, c) < set.n;
}

/* unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"                                                  [RFC7208 7.3] */
static void write_part(struct out *o, const struct macro *m, str part)
{
    static const char hex[] = "0123456789ABCDEF";
    if (!m->is_escaped) {
        out_str(o, part);
        return;
    }
    for (size_t i = 0; i < part.n; i++) {
        uint8_t c = part.p[i];
        if (byte_is(c, C_ALPHA | C_DIGIT | C_DASH | C_DOT | C_UNDER) || c == '~') {
            out_byte(o, c);
            continue;
        }
        out_byte(o, '%');
        out_byte(o, (uint8_t)hex[c >> 4]);
        out_byte(o, (uint8_t)hex[c & 15]);
    }
}

/* ret  the first `n` parts of value: what is right-most once the order is turned */
static str first_parts(str value, str set, unsigned n)
{
    for (size_t i = 0; i < value.n; i++)
        if (is_delimiter(set, value.p[i]) && --n == 0)
            return str_first(value, i);
    return value;
}

static str last_parts(str value, str set, unsigned n)
{
    for (size_t i = value.n; i > 0; i--)
        if (is_delimiter(set, value.p[i - 1]) && --n == 0)
            return str_from(value, i);
    return value;
}

static void write_reversed(struct out *o, const struct macro *m, str value, str set)
{
    for (;;) {
        str part = last_parts(value, set, 1);
        write_part(o, m, part);
        if (part.n == value.n)
            return;
        out_byte(o, '.');
        value.n -= part.n + 1;
    }
}

void macro_write(struct out *o, const struct macro *m, str value)
{
    str set = m->delimiters.n ? m->delimiters : S(".");
    if (!m->keep && !m->is_reversed && !m->delimiters.n) {
        write_part(o, m, value);
        return;
    }
    if (m->keep)
        value = m->is_reversed ? first_parts(value, set, m->keep) : last_parts(value, set, m->keep);
    if (m->is_reversed) {
        write_reversed(o, m, value, set);
        return;
    }
    for (size_t i = 0; i < value.n; i++) {
        if (is_delimiter(set, value.p[i]))
            out_byte(o, '.');
        else
            write_part(o, m, (str){value.p + i, 1});
    }
}
